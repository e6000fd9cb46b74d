//! Which song of an order a line of label copy means.

use std::collections::BTreeSet;

use labelcopy::{LabelCopy, SongPart, SongSaid};
use mastering::{Project, Track, TrackId};

/// How a line was brought to its song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By its title.
    Title,
    /// By its number in the list alone.
    Number,
}

/// A line of label copy at its song.
pub(super) struct Met<'c> {
    pub(super) said: &'c SongSaid,
    pub(super) track: &'c Track,
    pub(super) way: Way,
}

impl<'c> Met<'c> {
    fn by(said: &'c SongSaid, track: &'c Track, way: Way) -> Self {
        Self { said, track, way }
    }
}

/// Letters and digits of a title, small.
pub(super) fn plain(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// A title with the version that label copy gives it, unless the title says it already.
pub(super) fn full_title(said: &SongSaid) -> String {
    let version = said.said.get(&SongPart::Version);
    match version.filter(|version| !plain(&said.title).contains(&plain(version))) {
        Some(version) if !said.title.is_empty() => {
            let bare = version.trim_matches(['(', ')', '[', ']']);
            format!("{} ({bare})", said.title)
        }
        Some(_) | None => said.title.clone(),
    }
}

/// Songs in the order in which a list counts them: alternates are none.
fn in_order(project: &Project) -> Vec<&Track> {
    let is_song = |track: &&Track| project.alternate(&track.id).is_none();
    project.tracks.iter().filter(is_song).collect()
}

/// Brings every line to its song, by its title first; what is left by its number, where the list is as long as the record and on
/// one disc. Lines that mean no song, or one that another line means already, are told.
pub(super) fn met<'c>(copy: &'c LabelCopy, project: &'c Project) -> (Vec<Met<'c>>, Vec<String>) {
    let (mut met, mut told, mut open) = (Vec::new(), Vec::new(), Vec::new());
    let mut taken: BTreeSet<&TrackId> = BTreeSet::new();
    for (place, said) in copy.songs.iter().enumerate() {
        match by_title(said, project) {
            None => open.push(said),
            Some(track) if taken.insert(&track.id) => met.push((place, Met::by(said, track, Way::Title))),
            Some(track) => told.push(format!(
                "{}: \u{201c}{}\u{201d} stands there a second time; nothing of that line is proposed.",
                said.at, track.title
            )),
        }
    }
    let order = in_order(project);
    let is_alike = copy.songs.len() == order.len()
        && copy.songs.iter().all(|said| said.disc.unwrap_or(1) == 1);
    for said in open {
        let place = said
            .number
            .and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
        let place = place.filter(|_| is_alike);
        let there = place.and_then(|place| Some((place, *order.get(place)?)));
        match there.filter(|(_, track)| taken.insert(&track.id)) {
            Some((place, track)) => met.push((place, Met::by(said, track, Way::Number))),
            None => told.push(format!(
                "{}: no song of this order is called \u{201c}{}\u{201d}; give the song that title, or send the list corrected.",
                said.at, said.title
            )),
        }
    }
    met.sort_by_key(|(place, _)| *place);
    (met.into_iter().map(|(_, met)| met).collect(), told)
}

fn by_title<'c>(said: &SongSaid, project: &'c Project) -> Option<&'c Track> {
    let wanted = [full_title(said), said.title.clone()].map(|title| plain(&title));
    let of = |wanted: &String| {
        let mut tracks = project.tracks.iter();
        tracks.find(|track| !wanted.is_empty() && plain(&track.title) == *wanted)
    };
    wanted.iter().find_map(of)
}
