//! The delivery's folder: filled, read back, and given its name.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use delivery::cd::PqTime;
use delivery::profile::GainTags;
use delivery::release::LabelSong;
use delivery::wish::{Lossless, Lossy, OfDisc, SessionAs, Wish};

use super::beside::BesideSong;
use super::checksums::{self, REPORT, put, sum};
use super::files::{GainKind, SongFile, gain_tags, song_files};
use super::lossy::{AlbumLoudness, Heard, LossyJob, write_lossy};
use super::passed::Passed;
use super::plan::DeliveryPlan;
use super::rendered::{Basis, CD, Figures, Rendered, loudness_in_a_row, render};
use super::report::{Delivered, DiscMade, DiscTrack, FileMade};
use super::side_by_side::each;
use super::{Delivery, DeliveryError, lossless};
use crate::disc::{DiscFormat, Image, Sound, write_format};

impl Delivery<'_> {
    /// Makes everything into the folder `out`, which must not be there yet; it gets its name once all of it was read back.
    ///
    /// # Errors
    /// What is missing, before anything is rendered; a file that cannot be read, written or made; what does not read back.
    pub fn make(&self, out: &Path) -> Result<Delivered, DeliveryError> {
        let plan = self.plan();
        if !plan.missing().is_empty() {
            return Err(DeliveryError::Missing(plan.missing().to_vec()));
        }
        let mut made = Delivered::new(self);
        durable::publish_folder(out, |draft| {
            let maker = Maker::new(self, &plan, draft)?;
            for (wish, basis) in &plan.wishes {
                maker.make(*wish, *basis, &mut made)?;
            }
            made.said.extend(plan.said().map(str::to_owned));
            made.said.extend(self.sums_said());
            if self.cover.is_some() && self.front_cover().is_none() {
                let words = "The cover stands in no song's file: it is no JPEG or PNG, or larger than 16 MiB.";
                made.said.push(words.to_owned());
            }
            made.judge(self);
            self.write_cover(draft, "Cover")?;
            if let Some(licence) = &self.profile.licence {
                put(&draft.join("Licence.txt"), licence.as_bytes())?;
            }
            let report = serde_json::to_vec_pretty(&made).expect("a report is plain data");
            put(&draft.join(REPORT), &report)?;
            put(&draft.join("Delivery report.pdf"), &made.pdf()?)?;
            checksums::write(draft, &made.known_sums(draft))
        })?;
        Ok(made)
    }
}

/// Everything that is rendered, and the folder that is filled.
pub(super) struct Maker<'a> {
    pub(super) delivery: &'a Delivery<'a>,
    plan: &'a DeliveryPlan,
    draft: &'a Path,
    rendered: BTreeMap<Basis, Vec<Rendered>>,
    /// What goes beside the songs, in the kinds of samples of which songs' files are made.
    beside: BTreeMap<Basis, Vec<BesideSong>>,
    /// The discs' sound, where it is the songs' own and nothing was rendered for it.
    passed: Option<Vec<Vec<Passed>>>,
}

impl Delivery<'_> {
    /// What is given to encoders alone is measured as it is decoded again; its own figures stand in gain tags, where those
    /// are wanted.
    fn figures_of(&self, plan: &DeliveryPlan, basis: Basis) -> Figures {
        let mut of_it = plan.wishes.iter().filter(|(_, own)| *own == Some(basis));
        let is_for_encoders = of_it.all(|(wish, _)| matches!(wish, Wish::Lossy(..)));
        if is_for_encoders && basis != CD && self.profile.gain_tags == GainTags::None {
            Figures::Unread
        } else {
            Figures::Read
        }
    }
}

impl<'a> Maker<'a> {
    fn new(
        delivery: &'a Delivery<'a>,
        plan: &'a DeliveryPlan,
        draft: &'a Path,
    ) -> Result<Self, DeliveryError> {
        let mut bases = plan.bases();
        let mut passed = None;
        if !plan.discs.is_empty() && !bases.contains(&CD) {
            passed = delivery.passed();
            if passed.is_none() {
                bases.insert(CD);
            }
        }
        let mut rendered = BTreeMap::new();
        for basis in bases {
            let figures = delivery.figures_of(plan, basis);
            rendered.insert(basis, render(delivery.album, basis, figures, draft)?);
        }
        let mut beside = BTreeMap::new();
        for basis in plan.bases_of_songs() {
            let songs = rendered.get(&basis).map_or(&[][..], Vec::as_slice);
            beside.insert(basis, delivery.render_beside(songs, basis, draft)?);
        }
        Ok(Self {
            delivery,
            plan,
            draft,
            rendered,
            beside,
            passed,
        })
    }

    pub(super) fn of(&self, basis: Option<Basis>) -> &[Rendered] {
        basis
            .and_then(|basis| self.rendered.get(&basis))
            .map_or(&[], Vec::as_slice)
    }

    /// What goes beside the songs of a kind of samples.
    fn beside(&self, basis: Option<Basis>) -> &[BesideSong] {
        basis
            .and_then(|basis| self.beside.get(&basis))
            .map_or(&[], Vec::as_slice)
    }

    fn make(
        &self,
        wish: Wish,
        basis: Option<Basis>,
        made: &mut Delivered,
    ) -> Result<(), DeliveryError> {
        let mark = basis.map(Basis::mark).unwrap_or_default();
        match wish {
            Wish::Song(kind, _) => self.songs(wish, kind, (basis, &mark), made),
            Wish::Lossy(kind, _) => self.lossy(wish, kind, basis, made),
            Wish::Whole(_) => self.wholes(wish, basis, made),
            Wish::Disc(of) => self.discs(of, made),
            Wish::Ddex => self.ddex(basis, made),
            Wish::Label => self.labels(),
            Wish::Lyrics(kind) => {
                made.files.extend(self.lyrics(kind)?);
                Ok(())
            }
            Wish::Booklet | Wish::Video => self.attached(wish, made),
            Wish::Session(way) => self.session(way, made),
        }
    }

    pub(super) fn folder(&self, name: &str) -> Result<std::path::PathBuf, DeliveryError> {
        let folder = self.draft.join(name);
        std::fs::create_dir(&folder).map_err(DeliveryError::at("make", &folder))?;
        Ok(folder)
    }

    /// Loudness and peak of the whole release, where players are to be told.
    fn album_loudness(&self, songs: &[Rendered]) -> Result<Option<AlbumLoudness>, DeliveryError> {
        if self.delivery.profile.gain_tags == GainTags::None {
            return Ok(None);
        }
        let peaks = songs
            .iter()
            .filter_map(|song| song.measured.as_ref()?.true_peak_dbtp);
        Ok(Some(AlbumLoudness {
            lufs: loudness_in_a_row(songs)?,
            peak_dbtp: peaks.reduce(f64::max),
        }))
    }

    fn songs(
        &self,
        wish: Wish,
        kind: Lossless,
        (basis, mark): (Option<Basis>, &str),
        made: &mut Delivered,
    ) -> Result<(), DeliveryError> {
        let name = match kind {
            Lossless::Wav => "WAV",
            Lossless::Bw64 => "BW64",
            Lossless::Flac => "FLAC",
            Lossless::Aiff => "AIFF",
        };
        let folder = self.folder(&format!("{name} {mark}"))?;
        let rendered = self.of(basis);
        let mark = (mark, kind.extension());
        let mut songs = song_files(self.delivery, rendered, &folder, mark);
        let beside = self.beside(basis);
        songs.extend(self.delivery.beside_files(beside, &folder, mark)?);
        if let Some(album) = self.album_loudness(rendered)? {
            for song in &mut songs {
                song.tags.further = gain_tags(song.rendered, GainKind::ReplayGain, album, 0.0);
            }
        }
        let written = each(&songs, |song| {
            let words = lossless::write(self.delivery, kind, song)?;
            file_made(wish, song, None, words)
        });
        for file in written {
            made.files.push(file?);
        }
        Ok(())
    }

    fn lossy(
        &self,
        wish: Wish,
        kind: Lossy,
        basis: Option<Basis>,
        made: &mut Delivered,
    ) -> Result<(), DeliveryError> {
        let rate = basis.map_or(0, |basis| basis.rate_hz);
        let khz = f64::from(rate) / 1000.0;
        let folder = match kind {
            Lossy::Mp3 => format!("MP3 320-{khz}"),
            Lossy::Opus => "Opus 192-48".to_owned(),
            Lossy::Aac => format!("AAC {khz}"),
        };
        let folder = self.folder(&folder)?;
        let rendered = self.of(basis);
        let mark = (kind.mark(), kind.extension());
        let mut songs = song_files(self.delivery, rendered, &folder, mark);
        // What goes beside the songs is moved by the same gain, so that it goes on adding up to them.
        let beside = self.beside(basis);
        songs.extend(self.delivery.beside_files(beside, &folder, mark)?);
        let ceiling_dbtp = self.delivery.profile.figures.lossy_ceiling_dbtp();
        let job = LossyJob {
            kind,
            ceiling_dbtp,
            tags: self.album_loudness(rendered)?,
            aac: &self.delivery.profile.aac_encoder,
        };
        let heard = write_lossy(&songs, job)?;
        for (song, heard) in songs.iter().zip(&heard) {
            made.files
                .push(file_made(wish, song, Some(heard), heard.words.clone())?);
        }
        if let Some(heard) = heard.iter().find(|heard| heard.gain_db < 0.0) {
            made.said.push(format!(
                "{}: all songs were encoded {:.2} dB lower, so that no decoded peak passes {ceiling_dbtp:.2} dBTP",
                kind.title(),
                -heard.gain_db
            ));
        }
        Ok(())
    }

    /// Each disc or side in one file: its cuts one behind the other.
    /// The text of each disc's label.
    fn labels(&self) -> Result<(), DeliveryError> {
        let folder = self.folder("Label text")?;
        for (disc, line) in (1..).zip(&self.delivery.album.timeline().discs) {
            let songs = line.tracks.iter().map(|track| LabelSong {
                track: track.number,
                length: Duration::from_secs_f64((track.end - track.start).seconds()),
            });
            let songs: Vec<LabelSong> = songs.filter(|song| song.track > 0).collect();
            let release = self.delivery.release;
            let text = release.label_text(disc, line.title.as_deref(), &songs);
            put(&folder.join(format!("Disc {disc}.txt")), text.as_bytes())?;
        }
        Ok(())
    }

    fn session(&self, way: SessionAs, made: &mut Delivered) -> Result<(), DeliveryError> {
        let folder = self.folder(match way {
            SessionAs::Folder => "Session",
            SessionAs::Iso => "Session image",
        })?;
        made.files
            .extend(self.delivery.write_session(way, &folder)?);
        Ok(())
    }

    fn ddex(&self, basis: Option<Basis>, made: &mut Delivered) -> Result<(), DeliveryError> {
        let folder = self.folder("DDEX")?;
        made.files
            .extend(self.delivery.write_ddex(self.of(basis), &folder)?);
        Ok(())
    }

    fn discs(&self, of: OfDisc, made: &mut Delivered) -> Result<(), DeliveryError> {
        let format = match of {
            OfDisc::Ddp => DiscFormat::Ddp,
            OfDisc::CueBin => DiscFormat::CueBin,
            OfDisc::CueWavs => DiscFormat::CueWavs,
            OfDisc::Pq => DiscFormat::Pq,
        };
        for (place, on_cd) in self.plan.discs.iter().enumerate() {
            let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
            let folder = if self.plan.discs.len() > 1 {
                format!("{} (disc {number})", format.folder())
            } else {
                format.folder().to_owned()
            };
            let image = self.image(place, on_cd.from, on_cd.disc.end)?;
            let folder_there = self.draft.join(&folder);
            made.summed
                .extend(write_format(&on_cd.disc, &image, format, &folder_there)?);
            if let Some(known) = made.discs.iter_mut().find(|disc| disc.disc == number) {
                known.folders.push(folder);
                continue;
            }
            let tracks = on_cd
                .disc
                .tracks
                .iter()
                .zip(1..)
                .map(|(track, no)| DiscTrack {
                    no,
                    pregap: track.pregap.map(|at| at.to_string()),
                    start: track.start.to_string(),
                    indexes: track.indexes.iter().map(ToString::to_string).collect(),
                    isrc: track.isrc.map(|isrc| isrc.to_string()),
                });
            self.check_clipped(place, made);
            made.discs.push(DiscMade {
                disc: number,
                folders: vec![folder],
                length: on_cd.disc.end.to_string(),
                tracks: tracks.collect(),
            });
        }
        Ok(())
    }

    fn check_clipped(&self, place: usize, made: &mut Delivered) {
        for part in self
            .of(Some(CD))
            .iter()
            .filter(|part| part.cut.disc == place)
        {
            let clipped = part.report.clipped_samples;
            if clipped > 0 {
                made.objections.push(format!(
                    "disc {}, track {}: on the CD {clipped} samples pass full scale; turn the song down by `gain_db`",
                    place + 1,
                    part.cut.track
                ));
            }
        }
    }

    /// The sound of a disc: its cuts at their places, silence before and behind.
    fn image(&self, place: usize, from: PqTime, end: PqTime) -> Result<Image, DeliveryError> {
        let mut parts = Vec::new();
        let passed = self.passed.iter().flatten().nth(place);
        for Passed { at, sound } in passed.into_iter().flatten() {
            let sound = sound
                .again()
                .map_err(DeliveryError::at("read", self.draft))?;
            parts.push((from.frames() + at, sound));
        }
        for part in self
            .of(Some(CD))
            .iter()
            .filter(|part| part.cut.disc == place)
        {
            let name = format!("disc {}, track {}", place + 1, part.cut.track);
            let file = part.file.try_clone();
            let file = file.map_err(DeliveryError::at("read", self.draft))?;
            parts.push((
                from.frames() + part.cut.frames.start,
                Sound::wav(&name, file)?,
            ));
        }
        Ok(Image::new(parts, end.frames()))
    }
}

pub(super) fn file_made(
    wish: Wish,
    song: &SongFile<'_>,
    heard: Option<&Heard>,
    read_back: String,
) -> Result<FileMade, DeliveryError> {
    let made = song.rendered;
    let measured = heard
        .map(|heard| &heard.measured)
        .or(made.measured.as_ref());
    let (sha256, bytes) = sum(&song.path)?;
    Ok(FileMade {
        format: wish.to_string(),
        path: song.name.clone(),
        disc: song.song.disc,
        track: Some(song.song.track),
        title: song.song.title.clone(),
        beside: song.beside.map(str::to_owned),
        isrc: song.song.isrc.map(|isrc| isrc.to_string()),
        bytes,
        sha256,
        samples_sha256: heard.is_none().then(|| made.written.samples_sha256.clone()),
        frames: made.written.frames,
        rate_hz: measured.map_or(made.basis.rate_hz, |own| own.rate_hz),
        integrated_lufs: measured.and_then(|own| own.integrated_lufs),
        lra_lu: measured.and_then(|own| own.lra_lu),
        true_peak_dbtp: measured.and_then(|own| own.true_peak_dbtp),
        clipped_samples: if heard.is_some() {
            0
        } else {
            made.report.clipped_samples
        },
        gain_db: heard.map_or(0.0, |heard| heard.gain_db),
        read_back,
    })
}
