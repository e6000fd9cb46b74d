//! Which object an audio key means, and whether this visitor may hear it.

use mastering::{
    AttachmentKind, FinalFormat, ObjectSum, Package, PackageMade, Project, Revision, RevisionNo,
};

use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::packaging::{disc_name, disc_wav_head};
use crate::views::AudioKey;

/// What is known of an audio key before its bytes are opened.
pub(super) struct Named {
    pub(super) object: ObjectSum,
    pub(super) file_name: String,
    pub(super) mime: &'static str,
    pub(super) is_wav: bool,
    pub(super) loudness: Option<f64>,
    /// Where it lies in its object, where it is not all of it.
    pub(super) part: Option<Part>,
}

/// A stretch of an object, with what comes before it.
pub(super) struct Part {
    pub(super) head: Vec<u8>,
    pub(super) at: u64,
    pub(super) bytes: u64,
    /// Tells it from other stretches of its object; also what its waveform is kept under.
    pub(super) name: String,
}

impl Named {
    /// What its waveform is kept under.
    pub(super) fn overview(&self) -> String {
        match &self.part {
            Some(part) => format!("overview:{}", part.name),
            None => format!("overview:{}", self.object),
        }
    }
}

/// Whether audio was let go when its time had come. Decoded mixes are working files.
fn has_gone(project: &Project, key: &AudioKey) -> bool {
    let Some(archive) = &project.archive else {
        return false;
    };
    let is_working = matches!(key, AudioKey::Mix(_));
    archive.all_gone_at.is_some() || (is_working && archive.working_gone_at.is_some())
}

#[expect(
    clippy::too_many_lines,
    reason = "one match over every kind of audio; each arm names its file"
)]
pub(super) fn named(project: &Project, key: &AudioKey, visitor: &Visitor) -> Result<Named, Denied> {
    if has_gone(project, key) {
        return Err(Denied::NotFound);
    }
    match key {
        AudioKey::Mix(id) => {
            let mix = project.mixes.get(id).ok_or(Denied::NotFound)?;
            let audio = mix.audio.as_ref().ok_or(Denied::NotFound)?;
            let stem = mix
                .file_name
                .rsplit_once('.')
                .map_or(mix.file_name.as_str(), |(stem, _)| stem);
            Ok(Named {
                object: audio.canonical.clone(),
                file_name: format!("{stem}.wav"),
                mime: "audio/wav",
                is_wav: true,
                loudness: None,
                part: None,
            })
        }
        AudioKey::Disc { revision, disc } => disc_of(project, *revision, *disc, visitor),
        AudioKey::Master { revision, track } => {
            let round = heard_round(project, *revision, visitor)?;
            let master = round
                .tracks
                .get(track)
                .and_then(|v| v.master.as_ref())
                .ok_or(Denied::NotFound)?;
            let title = project.called(track);
            let title = title.unwrap_or_else(|| "master".to_owned());
            Ok(Named {
                object: master.object.clone(),
                file_name: format!("{} {title} r{revision}.wav", project.number),
                mime: "audio/wav",
                is_wav: true,
                loudness: master.integrated_lufs,
                part: None,
            })
        }
        AudioKey::PackageDisc { package, disc } => package_disc(project, *package, *disc, visitor),
        AudioKey::Attachment(no) => attachment(project, *no, visitor),
        AudioKey::PackageFile { package, file } => package_file(project, *package, *file, visitor),
        AudioKey::Final { track, format } => {
            visitor.must(Right::Download)?;
            if !project.may_fetch(*format) && !visitor.is_staff() {
                return Err(Denied::NotFound);
            }
            let file = project
                .finals
                .iter()
                .find(|f| &f.track == track && f.format == *format)
                .ok_or(Denied::NotFound)?;
            let (mime, is_wav) = match format {
                FinalFormat::Wav24
                | FinalFormat::Wav16
                | FinalFormat::Wav24At44
                | FinalFormat::Wav24At48
                | FinalFormat::Wav16At48 => ("audio/wav", true),
                FinalFormat::Flac24 => ("audio/flac", false),
                FinalFormat::Mp3 => ("audio/mpeg", false),
            };
            Ok(Named {
                object: file.object.clone(),
                file_name: file.file_name.clone(),
                mime,
                is_wav,
                loudness: None,
                part: None,
            })
        }
    }
}

/// A revision that this visitor may hear; one that has not been sent is the studio's own.
fn heard_round<'p>(
    project: &'p Project,
    revision: RevisionNo,
    visitor: &Visitor,
) -> Result<&'p Revision, Denied> {
    let round = project.revisions.get(&revision).ok_or(Denied::NotFound)?;
    if round.sent_at.is_none() && !visitor.is_staff() {
        return Err(Denied::NotFound);
    }
    Ok(round)
}

/// A disc of a revision's programme.
fn disc_of(
    project: &Project,
    revision: RevisionNo,
    disc: u32,
    visitor: &Visitor,
) -> Result<Named, Denied> {
    let made = heard_round(project, revision, visitor)?.made.as_ref();
    let place = usize::try_from(disc).ok().and_then(|n| n.checked_sub(1));
    let whole = made.zip(place).and_then(|(made, at)| made.discs.get(at));
    let whole = whole.ok_or(Denied::NotFound)?;
    Ok(Named {
        object: whole.object.clone(),
        file_name: format!("{} programme {disc} r{revision}.wav", project.number),
        mime: "audio/wav",
        is_wav: true,
        loudness: whole.integrated_lufs,
        part: None,
    })
}

/// A package that was made, and what was made of it, where this visitor may have it.
fn package<'p>(
    project: &'p Project,
    no: u32,
    visitor: &Visitor,
) -> Result<(&'p Package, &'p PackageMade), Denied> {
    visitor.must(Right::Download)?;
    if !visitor.is_staff() {
        project.may_hand_over()?;
    }
    let package = project.package(no).ok_or(Denied::NotFound)?;
    let made = package.made.as_ref().ok_or(Denied::NotFound)?;
    Ok((package, made))
}

fn nth<T>(all: &[T], place: usize) -> Result<&T, Denied> {
    let one = place.checked_sub(1).and_then(|place| all.get(place));
    one.ok_or(Denied::NotFound)
}

/// A disc of a package: its image as a plant reads it, with the head of a WAV before it.
fn package_disc(
    project: &Project,
    no: u32,
    disc: usize,
    visitor: &Visitor,
) -> Result<Named, Denied> {
    let (package, made) = package(project, no, visitor)?;
    let image = &nth(&made.discs, disc)?.image;
    let image = package.file(image).ok_or(Denied::NotFound)?;
    Ok(Named {
        object: made.archive.clone(),
        file_name: format!("{} {} disc {disc}.wav", project.number, package.title),
        mime: "audio/wav",
        is_wav: true,
        loudness: None,
        part: Some(Part {
            head: disc_wav_head(image.bytes),
            at: image.at,
            bytes: image.bytes,
            name: disc_name(no, disc),
        }),
    })
}

/// A booklet or a video as it was sent.
/// What a booklet is sent as.
pub(super) const BOOKLET_MIME: &str = "application/pdf";

fn attachment(project: &Project, no: u32, visitor: &Visitor) -> Result<Named, Denied> {
    visitor.must(Right::Download)?;
    let one = project.attachment(no).ok_or(Denied::NotFound)?;
    Ok(Named {
        object: one.object.clone(),
        file_name: one.file_name.clone(),
        mime: match one.kind {
            AttachmentKind::Booklet => BOOKLET_MIME,
            AttachmentKind::Video => "video/quicktime",
        },
        is_wav: false,
        loudness: None,
        part: None,
    })
}

fn package_file(
    project: &Project,
    no: u32,
    file: usize,
    visitor: &Visitor,
) -> Result<Named, Denied> {
    let (package, made) = package(project, no, visitor)?;
    if file == 0 {
        return Ok(Named {
            object: made.archive.clone(),
            file_name: format!("{} {}.zip", project.number, package.title),
            mime: "application/zip",
            is_wav: false,
            loudness: None,
            part: None,
        });
    }
    let own = nth(&made.files, file)?;
    let name = own.path.rsplit('/').next().unwrap_or(&own.path);
    Ok(Named {
        object: made.archive.clone(),
        file_name: name.to_owned(),
        mime: mime_of(name),
        is_wav: false,
        loudness: None,
        part: Some(Part {
            head: Vec::new(),
            at: own.at,
            bytes: own.bytes,
            name: format!("{no}-{file}"),
        }),
    })
}

/// The media type of a file by its ending.
fn mime_of(name: &str) -> &'static str {
    let ending = name.rsplit('.').next().unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "mp3" => "audio/mpeg",
        "opus" => "audio/ogg",
        "m4a" => "audio/mp4",
        "aiff" | "aif" => "audio/aiff",
        "pdf" => "application/pdf",
        "json" => "application/json",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        // What others wrote is never opened as a page of ours.
        _ => "application/octet-stream",
    }
}
