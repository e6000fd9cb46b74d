//! Which object an audio key means, and whether this visitor may hear it.

use mastering::{FinalFormat, ObjectSum, Project, Revision, RevisionNo};

use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::views::AudioKey;

/// What is known of an audio key before its bytes are opened.
pub(super) struct Named {
    pub(super) object: ObjectSum,
    pub(super) file_name: String,
    pub(super) mime: &'static str,
    pub(super) is_wav: bool,
    pub(super) loudness: Option<f64>,
}

/// Whether audio was let go when its time had come. Decoded mixes are working files.
fn has_gone(project: &Project, key: &AudioKey) -> bool {
    let Some(archive) = &project.archive else {
        return false;
    };
    let is_working = matches!(key, AudioKey::Mix(_));
    archive.all_gone_at.is_some() || (is_working && archive.working_gone_at.is_some())
}

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
            })
        }
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
    })
}
