//! Mastering what goes beside a song: through the song's plan, keyed by its mix, each brought to its place to the sample.

use std::collections::BTreeMap;

use engine::{Chain, Depth};
use mastering::programme::{Programme, Song, SongAlternate, SongChain};
use mastering::{
    Alternate, Command, Master, MasterOrigin, MixAudio, ObjectSum, Project, Revision, RevisionNo,
    TrackId,
};
use serde::{Deserialize, Serialize};
use soundfile::{AudioSpec, SampleType};

use super::mail::staff_notice;
use super::master::{kept, read_plan};
use super::take::json_document;
use super::{Done, Shop, Trouble, room_for};
use crate::album::{Album, AlbumFile, Cut, Format, NoAlbum};
use crate::denied::chain;

/// What the song's plan is called in the programme of one song that is made here.
const PLAN: &str = "its plan";
/// A song at 24 bit, its two renders without rounding, and what is made of them: bytes a sample of everything beside it.
const BYTES_A_SAMPLE: u64 = 22;

/// What came of bringing alternates to their song, in sentences for the studio.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BesideReport {
    /// Where each lay.
    pub(crate) brought: Vec<String>,
    /// What adds up to the song.
    pub(crate) sums: Vec<String>,
    /// What does not.
    pub(crate) broken: Vec<String>,
}

/// The name of the document that holds it.
pub(crate) fn document(revision: RevisionNo, song: &TrackId) -> String {
    format!("beside:{revision}:{song}")
}

/// Masters the alternates of a song that wait for it in a revision; without one, or without the song's master, does nothing.
pub(super) fn make(
    shop: &Shop,
    project: &Project,
    (revision, song): (RevisionNo, &TrackId),
) -> Result<Done, Trouble> {
    let round = project.revisions.get(&revision);
    let Some((round, master)) = round.and_then(|round| Some((round, round.master(song)?))) else {
        return Ok(Done::default());
    };
    let waits = |other: &&Alternate| round.master(&other.track.id).is_none();
    let own: Vec<&Alternate> = project.alternates_of(song).collect();
    if !own.iter().any(waits) {
        return Ok(Done::default());
    }
    let title = project.called(song).unwrap_or_default();
    let plan = plan_of(&title, master)?;
    let album = laid(shop, project, (round, song, &own), &plan)?;
    let cut = whole_song(&album, master)?;
    let format = format_of(master, &album);
    check_song(shop, &album, (&cut, format), (&title, master))?;
    let mut done = Done::default();
    for (place, other) in own.iter().enumerate().filter(|(_, other)| waits(other)) {
        let mut scratch = shop.vault.scratch()?;
        let made = album.render_alternate(&cut, place, format, &mut scratch)?;
        let spec = AudioSpec {
            rate_hz: master.rate_hz,
            channels: u16::try_from(master.channels).map_err(|e| Trouble::Never(e.to_string()))?,
            sample: SampleType::I24,
        };
        let name = mix_name(other);
        let brought = album.brought().iter().find(|known| known.alternate == name);
        let origin = MasterOrigin::Beside {
            plan: plan.clone(),
            engine: engine::ENGINE_REVISION.to_owned(),
            mix: round.tracks[song].mix.clone(),
            song: master.samples.clone(),
            shift_frames: brought.map_or(0, |known| known.shift_frames),
        };
        let finished = (made.written, made.measured, made.overview);
        let made = kept(shop, project, spec, &mut scratch, finished, origin)?;
        done.also.extend(made.also);
        done.commands.push(Command::RecordMaster {
            revision,
            track: other.track.id.clone(),
            master: made.master,
        });
    }
    report(project, (revision, song, &title), &album, &mut done)?;
    Ok(done)
}

/// The plan that the song's master was rendered by.
fn plan_of(title: &str, master: &Master) -> Result<ObjectSum, Trouble> {
    let how = match &master.origin {
        MasterOrigin::Rendered { plan, .. } => return Ok(plan.clone()),
        MasterOrigin::Printed { .. } => "was printed through the rack",
        MasterOrigin::Elsewhere { .. } | MasterOrigin::Beside { .. } => "was mastered elsewhere",
    };
    Err(Trouble::Never(format!(
        "\u{201c}{title}\u{201d} {how}, so that what goes beside it cannot be rendered through its plan: drop the master of each into the Masters folder, named as the file that came, or take it away from the song"
    )))
}

/// What the programme of one song calls the mix of an alternate: as people know it.
fn mix_name(other: &Alternate) -> String {
    format!("{} ({})", other.words(), other.track.mix)
}

/// The song and everything beside it, through the plan.
fn laid(
    shop: &Shop,
    project: &Project,
    (round, song, own): (&Revision, &TrackId, &[&Alternate]),
    plan: &ObjectSum,
) -> Result<Album, Trouble> {
    let stored = read_plan(shop, project, plan)?;
    let played = Chain::from_toml(&stored.chain_toml).map_err(|e| Trouble::Never(chain(&e)))?;
    let no_audio = || Trouble::Never("the mix has no audio to master".to_owned());
    let audio_of = |track: &TrackId| -> Option<&MixAudio> {
        let mix = &round.tracks.get(track)?.mix;
        project.mixes.get(mix)?.audio.as_ref()
    };
    let audio = audio_of(song).ok_or_else(no_audio)?;
    let files_there = u64::try_from(own.len())
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let samples = audio.frames.saturating_mul(u64::from(audio.channels));
    room_for(
        &shop.vault,
        samples
            .saturating_mul(BYTES_A_SAMPLE)
            .saturating_mul(files_there),
    )?;
    let opened = |audio: &MixAudio| -> Result<AlbumFile, Trouble> {
        let vault = &shop.vault;
        let canonical = vault.copy_to_scratch(project.id.as_str(), audio.canonical.as_str())?;
        Ok(AlbumFile {
            canonical,
            samples_sha256: audio.samples.to_string(),
        })
    };
    let title = project.called(song).unwrap_or_default();
    let mut files = BTreeMap::from([(title.clone(), opened(audio)?)]);
    let mut alternates = Vec::new();
    for other in own {
        let audio = audio_of(&other.track.id).ok_or_else(no_audio)?;
        files.insert(mix_name(other), opened(audio)?);
        alternates.push(SongAlternate {
            role: other.role,
            file: mix_name(other),
            name: other.name.clone(),
        });
    }
    let programme = Programme::of_song(Song {
        chain: Some(SongChain::named(PLAN)),
        alternates,
        ..Song::of_file(&title, &title)
    });
    let chains = BTreeMap::from([(PLAN.to_owned(), played)]);
    Album::lay_through(&programme, files, &chains).map_err(|no| {
        Trouble::Never(match no {
            NoAlbum::Failed(why) => format!(
                "{}; send it again at its place, or take it away from the song",
                without_ids(own, why)
            ),
            NoAlbum::Faults(_) | NoAlbum::Grid(_) => without_ids(own, no.to_string()),
        })
    })
}

/// A sentence that names alternates as people do.
fn without_ids(own: &[&Alternate], text: String) -> String {
    own.iter().fold(text, |text, other| {
        let (name, words) = (mix_name(other), other.words());
        text.replace(
            &name,
            &format!("the {words} \u{201c}{}\u{201d}", other.track.title),
        )
    })
}

fn whole_song(album: &Album, master: &Master) -> Result<Cut, Trouble> {
    let cuts = album.cuts(master.rate_hz)?;
    let cut = cuts.into_iter().next();
    cut.ok_or_else(|| Trouble::Never("the song has no sound".to_owned()))
}

/// As masters are: at the mix's rate, 24 bit, dithered as the plan says.
fn format_of(master: &Master, album: &Album) -> Format {
    let played = album.mastered().first().map(|song| &song.chain);
    Format {
        rate_hz: master.rate_hz,
        depth: Depth::Int24,
        dither: played.map(Chain::dither).unwrap_or_default(),
        conversion: played.map(Chain::conversion).unwrap_or_default(),
    }
}

/// The song rendered again is the master that the revision holds: else nothing here would go with it.
fn check_song(
    shop: &Shop,
    album: &Album,
    (cut, format): (&Cut, Format),
    (title, master): (&str, &Master),
) -> Result<(), Trouble> {
    let mut scratch = shop.vault.scratch()?;
    let again = album.render(cut, format, &mut scratch)?;
    if again.written.samples_sha256 == master.samples.as_str() {
        return Ok(());
    }
    Err(Trouble::Never(format!(
        "\u{201c}{title}\u{201d} comes out otherwise than its master, which another revision of the engine made: change its plan to have it mastered anew, and what goes beside it with it"
    )))
}

/// Keeps what was found, and tells the studio what does not add up.
fn report(
    project: &Project,
    (revision, song, title): (RevisionNo, &TrackId, &str),
    album: &Album,
    done: &mut Done,
) -> Result<(), Trouble> {
    let all: Vec<&Alternate> = project.alternates_of(song).collect();
    let brought = album.brought().iter().map(|known| known.words());
    let mut found = BesideReport {
        brought: brought.map(|words| without_ids(&all, words)).collect(),
        ..BesideReport::default()
    };
    for whole in album.wholes() {
        let words = whole.words(Depth::Int24);
        // It is the only song there.
        let words = words
            .split_once(": ")
            .map_or(words.as_str(), |(_, rest)| rest);
        let kind = if whole.adds_up() {
            &mut found.sums
        } else {
            &mut found.broken
        };
        kind.push(words.to_owned());
    }
    if !found.broken.is_empty() {
        let text = format!(
            "Of what goes beside \u{201c}{title}\u{201d} in revision {revision}: {}.",
            found.broken.join("; ")
        );
        let id = Some(project.id.to_string());
        done.also
            .push(vault::Write::Notice(staff_notice("beside_song", id, text)));
    }
    done.also.push(json_document(
        &project.id,
        &document(revision, song),
        &found,
    )?);
    Ok(())
}
