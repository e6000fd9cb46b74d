//! Audio, waveforms and uploads.

mod named;
mod preview;

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use mastering::{Command, OrderNumber, PreviewForm, Project, Refusal, Trust};
use soundfile::{SampleType, WavReader};

use self::named::{BOOKLET_MIME, named};
use self::preview::{Preview, Treatment};
use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::Give;
use crate::packaging::Stretch;
use crate::views::AudioKey;

/// A blocking reader that can jump.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Where the samples lie in a WAV file, so that a player can fetch any part of them.
#[derive(Debug, Clone, Copy)]
pub struct WavLayout {
    /// The first sample's byte.
    pub data_offset: u64,
    /// Bytes of samples.
    pub data_bytes: u64,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// `i16`, `i24`, `i32`, `f32` or `f64`, little-endian, interleaved.
    pub sample: &'static str,
}

/// Audio to play or fetch.
pub struct AudioFile {
    /// The name to save it under.
    pub file_name: String,
    /// Media type.
    pub mime: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its checksum, which never changes.
    pub etag: String,
    /// The bytes; reading blocks.
    pub reader: Box<dyn ReadSeek + Send>,
    /// The layout, where it is a WAV.
    pub wav: Option<WavLayout>,
    /// Integrated loudness in LUFS, where it was measured.
    pub loudness: Option<f64>,
}

/// A WAV file of the vault that the studio alone hears, as it is.
pub(super) fn plain_wav(
    vault: &vault::Vault,
    project: &str,
    object: &str,
    file_name: String,
) -> Result<AudioFile, vault::VaultError> {
    let reader = vault.open_object(project, object)?;
    let header = WavReader::open(vault.open_object(project, object)?).ok();
    Ok(AudioFile {
        file_name,
        mime: "audio/wav",
        bytes: reader.len(),
        etag: object.to_owned(),
        reader: Box::new(reader),
        wav: header.map(|wav| layout(&wav)),
        loudness: None,
    })
}

/// Whether a file of this kind is listened to; a booklet is looked at.
fn is_heard(mime: &str) -> bool {
    mime != BOOKLET_MIME
}

/// The folders of a dropbox that a browser may upload into.
const UPLOAD_FOLDERS: [&str; 2] = ["Alternate Mixes", "References"];

impl Studio {
    /// Audio of an order to play or fetch.
    ///
    /// # Errors
    /// `NotFound` where this visitor may not hear it, or it is not there.
    pub async fn audio(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        key: &AudioKey,
    ) -> Result<AudioFile, Denied> {
        let live = self.seen(visitor, number).await?;
        let file = self.opened(visitor, &live.project, key).await?;
        self.count_download(visitor, &live.project, key).await?;
        if is_heard(file.mime) {
            self.note_listening(visitor, &live.project).await?;
        }
        Ok(file)
    }

    /// What a player must know of audio before it plays any of it; nobody has listened by that.
    ///
    /// # Errors
    /// As for [`Studio::audio`].
    pub async fn audio_facts(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        key: &AudioKey,
    ) -> Result<AudioFile, Denied> {
        let live = self.seen(visitor, number).await?;
        self.opened(visitor, &live.project, key).await
    }

    async fn opened(
        &self,
        visitor: &Visitor,
        project: &Project,
        key: &AudioKey,
    ) -> Result<AudioFile, Denied> {
        let named = named(project, key, visitor)?;
        if is_heard(named.mime) {
            self.may_listen(visitor, project)?;
        }
        let loudness = match (named.loudness, key) {
            (None, AudioKey::Mix(mix)) => self.mix_loudness(project, mix).await?,
            (known, _) => known,
        };
        let (id, object) = (project.id.to_string(), named.object.clone());
        let etag = match &named.part {
            Some(part) => format!("{object}-{}", part.name),
            None => object.to_string(),
        };
        let (is_wav, part) = (named.is_wav, named.part);
        let (reader, layout) = self
            .access
            .read(move |vault| {
                let open = || -> Result<Stretch<_>, vault::VaultError> {
                    let reader = vault.open_object(&id, object.as_str())?;
                    let whole = reader.len();
                    Ok(match &part {
                        Some(part) => Stretch::new(part.head.clone(), reader, part.at, part.bytes),
                        None => Stretch::new(Vec::new(), reader, 0, whole),
                    })
                };
                let reader = open()?;
                if !is_wav {
                    return Ok((reader, None));
                }
                // The header is read through a second opening, so that the first stands at its first byte.
                let layout = WavReader::open(open()?).ok().map(|wav| layout(&wav));
                Ok((reader, layout))
            })
            .await?;
        let bytes = reader.len();
        let under_terms = self.treatment(visitor, project, key).await?;
        let (reader, etag): (Box<dyn ReadSeek + Send>, String) = match under_terms {
            None => (Box::new(reader), etag),
            Some(treatment) => {
                // What cannot be treated is not given away untreated.
                let layout = layout.as_ref().ok_or(Denied::NotFound)?;
                let preview = Preview::of(reader, bytes, layout, treatment);
                let etag = format!("{etag}-{}", treatment.tag());
                (Box::new(preview.ok_or(Denied::NotFound)?), etag)
            }
        };
        Ok(AudioFile {
            file_name: named.file_name,
            mime: named.mime,
            bytes,
            etag,
            reader,
            wav: layout,
            loudness,
        })
    }

    /// Refuses the studio's people where an order's terms ask the client first.
    pub(super) fn may_listen(&self, visitor: &Visitor, project: &Project) -> Result<(), Denied> {
        if visitor.is_staff() {
            project.may_studio_listen(&visitor.person().id, now_ms())?;
        }
        Ok(())
    }

    /// Writes down that one of the studio's people listens, once for each permission or reason.
    pub(super) async fn note_listening(
        &self,
        visitor: &Visitor,
        project: &Project,
    ) -> Result<(), Denied> {
        let is_news = project.is_first_listening(&visitor.person().id, now_ms());
        if !visitor.is_staff() || !is_news {
            return Ok(());
        }
        let give = Give {
            project: project.id.clone(),
            by: visitor.actor(),
            command: Command::HearAsStudio {
                by: visitor.name().to_owned(),
            },
            seq: None,
            key: None,
            from: visitor.from(),
            also: Vec::new(),
        };
        match self.desk.give(give).await {
            // A player asks for several parts at once.
            Ok(_) | Err(Denied::Refused(Refusal::Already)) => Ok(()),
            Err(denied) => Err(denied),
        }
    }

    /// Counts a final that one of the client's people fetches, once for each file and day.
    async fn count_download(
        &self,
        visitor: &Visitor,
        project: &Project,
        key: &AudioKey,
    ) -> Result<(), Denied> {
        let AudioKey::Final { track, format } = key else {
            return Ok(());
        };
        if visitor.is_staff() {
            return Ok(());
        }
        let (id, file) = (project.id.to_string(), format!("{track}:{}", format.code()));
        let day = self.today().to_string();
        let asked = (id.clone(), file.clone(), day.clone());
        let known = self
            .access
            .read(move |vault| vault.is_downloaded(&asked.0, &asked.1, &asked.2))
            .await?;
        if known {
            return Ok(());
        }
        let counted = vault::Write::Downloaded {
            project: id,
            file,
            day,
        };
        self.desk.keep(vec![counted]).await
    }

    /// What is done to audio before a visitor hears it; nothing to the studio's own ears, to the
    /// mixes, which are the client's, or to finals, which are approved.
    async fn treatment(
        &self,
        visitor: &Visitor,
        project: &Project,
        key: &AudioKey,
    ) -> Result<Option<Treatment>, Denied> {
        match key {
            AudioKey::Mix(_)
            | AudioKey::Final { .. }
            | AudioKey::PackageDisc { .. }
            | AudioKey::Attachment(_)
            | AudioKey::PackageFile { .. } => return Ok(None),
            AudioKey::Master { .. } | AudioKey::Disc { .. } if visitor.is_staff() => {
                return Ok(None);
            }
            AudioKey::Master { .. } | AudioKey::Disc { .. } => {}
        }
        let client = project.client.clone();
        let trust = self
            .access
            .read(move |vault| crate::access::trust_of(vault, &client))
            .await?;
        let preview = &project.rules.preview;
        let form = project.preview_form(trust);
        Ok(match form {
            PreviewForm::Lossless => None,
            PreviewForm::Lossy => Some(Treatment::Lossy),
            PreviewForm::Marked => Some(Treatment::Marked {
                every_seconds: preview.mark_every_seconds,
            }),
            PreviewForm::Excerpt => Some(Treatment::Excerpt {
                seconds: preview.excerpt_seconds,
            }),
        })
    }

    /// Says whether a client hears masters lossless before they are theirs.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but those who serve clients; `NotFound` where nobody has that login.
    pub async fn trust_client(
        &self,
        visitor: &Visitor,
        login: &str,
        trust: Trust,
    ) -> Result<(), Denied> {
        visitor.must(crate::access::Right::ServeClients)?;
        let client = self.access.person_by_login(login.trim()).await?;
        let client = client
            .filter(|p| p.role == "client")
            .ok_or(Denied::NotFound)?;
        let id = crate::access::parse_id(&client.id)?;
        self.desk
            .keep(vec![
                crate::access::trust_row(&id, trust),
                decided(visitor, &id, &Decision::TrustGiven { trust }),
            ])
            .await
    }

    async fn mix_loudness(
        &self,
        project: &Project,
        mix: &mastering::MixId,
    ) -> Result<Option<f64>, Denied> {
        let (id, name) = (project.id.to_string(), format!("mix_report:{mix}"));
        let row = self
            .access
            .read(move |vault| vault.document(&id, &name))
            .await?;
        let report =
            row.and_then(|row| serde_json::from_str::<crate::jobs::StoredReport>(&row.body).ok());
        Ok(report
            .and_then(|r| r.measurements)
            .and_then(|m| m.integrated_lufs))
    }

    /// The waveform of a mix or master: `{ "bins": [[min, max], ..], "duration_seconds": .. }`, bins from −127 to 127.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn overview(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        key: &AudioKey,
    ) -> Result<serde_json::Value, Denied> {
        let live = self.seen(visitor, number).await?;
        let named = named(&live.project, key, visitor)?;
        let (id, name) = (live.project.id.to_string(), named.overview());
        let row = self
            .access
            .read(move |vault| vault.document(&id, &name))
            .await?
            .ok_or(Denied::NotFound)?;
        let overview: measure::Overview = serde_json::from_str(&row.body)
            .map_err(|e| Denied::fault("the waveform could not be read", &e))?;
        Ok(drawn(&overview))
    }

    /// Takes a file from a browser into the client's dropbox, under the order's number.
    ///
    /// `file_name` may begin with `Alternate Mixes/` or `References/`. The file gets its name when
    /// its last byte is on the disk; a broken upload leaves nothing.
    ///
    /// # Errors
    /// `NoRoom`; a name that cannot be used.
    pub async fn upload(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        file_name: &str,
        mut body: impl Stream<Item = std::io::Result<Bytes>> + Unpin,
    ) -> Result<(), Denied> {
        let live = self.seen(visitor, number).await?;
        visitor.must(Right::Send)?;
        let client = self
            .access
            .person(&live.project.client)
            .await?
            .ok_or(Denied::NotFound)?;
        let relative = upload_path(number, file_name)?;
        let dropbox = self.config.data.join("dropboxes").join(&client.login);
        let broken = |e: &dyn std::error::Error| Denied::fault("the upload could not be kept", e);
        self.room_for(1)?;
        let mut upload =
            tokio::task::spawn_blocking(move || intake::Upload::begin(&dropbox, &relative))
                .await
                .map_err(|e| broken(&e))?
                .map_err(|e| broken(&e))?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|e| {
                Denied::Invalid(format!(
                    "the upload broke off: {e}; nothing was kept, send it again"
                ))
            })?;
            self.room_for(u64::try_from(chunk.len()).unwrap_or(u64::MAX))?;
            let written =
                tokio::task::spawn_blocking(move || upload.write(&chunk).map(|()| upload)).await;
            upload = written.map_err(|e| broken(&e))?.map_err(|e| broken(&e))?;
        }
        tokio::task::spawn_blocking(move || upload.finish())
            .await
            .map_err(|e| broken(&e))?
            .map_err(|e| broken(&e))?;
        self.watcher.look_again();
        Ok(())
    }

    fn room_for(&self, bytes: u64) -> Result<(), Denied> {
        use crate::jobs::Trouble;
        crate::jobs::room_for(&self.vault, bytes).map_err(|trouble| match trouble {
            Trouble::NoRoom(_) => Denied::NoRoom(
                "the studio's disk is full; nothing was kept, please try again later".to_owned(),
            ),
            Trouble::NotYet(cause)
            | Trouble::Again(cause)
            | Trouble::Never(cause)
            | Trouble::Stopping(cause)
            | Trouble::GivenUp { error: cause, .. } => {
                tracing::error!(cause, "the studio's disk could not be asked");
                Denied::Fault("the studio's disk could not be asked; nothing was kept".to_owned())
            }
        })
    }
}

fn upload_path(number: OrderNumber, file_name: &str) -> Result<PathBuf, Denied> {
    let (folder, name) = match file_name.split_once('/') {
        Some((folder, name)) if UPLOAD_FOLDERS.contains(&folder) => (Some(folder), name),
        Some(_) => {
            return Err(Denied::Invalid(
                "a file's name has no folders in it".to_owned(),
            ));
        }
        None => (None, file_name),
    };
    let name: String = name
        .chars()
        .filter(|c| !c.is_control() && *c != '/')
        .collect();
    let name = name.trim();
    if name.is_empty() || name == "." || name == ".." || name.len() > 255 {
        return Err(Denied::Invalid(
            "this file's name cannot be used; give it a plain one".to_owned(),
        ));
    }
    if intake::is_litter(Path::new(name)) {
        return Err(Denied::Invalid(
            "this is a file that computers leave behind, not a mix".to_owned(),
        ));
    }
    let mut path = PathBuf::from(number.to_string());
    path.extend(folder);
    path.push(name);
    Ok(path)
}

/// Where the samples of a WAV in hand lie.
pub(super) fn layout_of(file: &std::fs::File) -> Option<WavLayout> {
    WavReader::open(file).ok().map(|wav| layout(&wav))
}

fn layout<R: Read + Seek>(wav: &WavReader<R>) -> WavLayout {
    let spec = wav.spec();
    let (data_offset, data_bytes) = wav.data_range();
    WavLayout {
        data_offset,
        data_bytes,
        rate_hz: spec.rate_hz,
        channels: u32::from(spec.channels),
        sample: match spec.sample {
            SampleType::I16 => "i16",
            SampleType::I24 => "i24",
            SampleType::I32 => "i32",
            SampleType::F32 => "f32",
            SampleType::F64 => "f64",
        },
    }
}

/// The lanes of an overview as one, in steps of 1/127 of full scale.
fn drawn(overview: &measure::Overview) -> serde_json::Value {
    let count = overview
        .lanes
        .iter()
        .map(|l| l.min.len())
        .max()
        .unwrap_or(0);
    let step = |v: i16| i32::from(v) * 127 / i32::from(i16::MAX);
    let bins: Vec<[i32; 2]> = (0..count)
        .map(|i| {
            let low = overview
                .lanes
                .iter()
                .filter_map(|l| l.min.get(i))
                .min()
                .copied()
                .unwrap_or(0);
            let high = overview
                .lanes
                .iter()
                .filter_map(|l| l.max.get(i))
                .max()
                .copied()
                .unwrap_or(0);
            [step(low).clamp(-127, 127), step(high).clamp(-127, 127)]
        })
        .collect();
    serde_json::json!({ "bins": bins, "duration_seconds": overview.duration_seconds() })
}
