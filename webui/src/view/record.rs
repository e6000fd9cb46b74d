//! A disc of the programme as one piece, with its real gaps: what the portal plays as the whole record.

use mastering::programme::{Disc, DiscMade, SaidOnRecord, Ticks, TrackLine};
use mastering::{Project, Revision, Zone};

use super::song::{CommentView, Sees, SongView, VersionView};
use crate::words;

/// Where a song begins on the record.
pub(crate) struct PlaceView {
    pub(crate) title: String,
    pub(crate) at: String,
    pub(crate) seconds: f64,
}

/// The discs of the newest programme that this visitor may hear, each with its earlier rounds.
pub(crate) fn discs((project, zone): (&Project, &Zone), base: &str, sees: Sees) -> Vec<SongView> {
    let may_hear = |r: &&Revision| sees == Sees::All || r.sent_at.is_some();
    let rounds = project.revisions.values().filter(may_hear);
    let rounds: Vec<&Revision> = rounds.filter(|r| r.made.is_some()).collect();
    let Some(newest) = rounds.last() else {
        return Vec::new();
    };
    let count = newest.made.as_ref().map_or(0, |made| made.discs.len());
    (0..count)
        .map(|at| SongView {
            comments: comments((project, zone), newest, at),
            ..disc((project, newest), (at, count), &rounds, base)
        })
        .collect()
}

fn disc(
    (project, newest): (&Project, &Revision),
    (at, count): (usize, usize),
    rounds: &[&Revision],
    base: &str,
) -> SongView {
    let no = at + 1;
    let made = |round: &Revision| round.made.as_ref()?.discs.get(at).cloned();
    let heard = rounds
        .iter()
        .filter_map(|round| Some((round.no.into(), made(round)?)));
    let mut versions: Vec<VersionView> = heard
        .map(|(revision, disc)| version(revision, no, &disc, base))
        .collect();
    if let Some(last) = versions.last_mut() {
        last.is_chosen = true;
    }
    let own = newest.programme.as_ref().and_then(|p| p.discs.get(at));
    // What is said is about what was sent.
    let sent = rounds.iter().filter(|round| round.sent_at.is_some());
    let heard: Vec<u32> = sent
        .filter(|round| made(round).is_some())
        .map(|round| round.no.into())
        .collect();
    let seconds = made(newest).map_or(0.0, |disc| {
        disc.frames as f64 / f64::from(disc.rate_hz.max(1))
    });
    SongView {
        id: format!("disc-{no}"),
        no: String::new(),
        title: title(own, no, count),
        length: words::clock(seconds),
        versions,
        comments: Vec::new(),
        heard: heard.into_iter().next_back(),
        places: places(project, newest, at),
        beside: Vec::new(),
    }
}

/// What was said of the songs, where it is heard on the record.
fn comments((project, zone): (&Project, &Zone), newest: &Revision, at: usize) -> Vec<CommentView> {
    let disc = u32::try_from(at + 1).unwrap_or(u32::MAX);
    let said = project.said_on_disc(newest.no, disc).into_iter();
    let view = |own: SaidOnRecord<'_>| {
        let seconds = own.at.seconds();
        CommentView {
            position_seconds: seconds,
            until_seconds: own.until.map_or(seconds, Ticks::seconds),
            ..CommentView::of(own.said, zone)
        }
    };
    said.map(view).collect()
}

fn title(disc: Option<&Disc>, no: usize, count: usize) -> String {
    let own = disc.and_then(|disc| disc.title.clone());
    own.unwrap_or_else(|| match count {
        1 => "The whole record".to_owned(),
        _ => format!("The whole record, disc {no}"),
    })
}

fn version(revision: u32, no: usize, disc: &DiscMade, base: &str) -> VersionView {
    VersionView {
        code: format!("r{revision}"),
        label: format!("Revision {revision}"),
        audio: format!("{base}/audio/disc/{revision}/{no}"),
        sheet: format!("{base}/sheet/disc/{revision}/{no}"),
        figures: format!(
            "{}, {}",
            words::level(disc.integrated_lufs, "LUFS"),
            words::level(disc.true_peak_dbtp, "dBTP")
        ),
        is_chosen: false,
        revision,
    }
}

fn places(project: &Project, round: &Revision, at: usize) -> Vec<PlaceView> {
    let programme = round.programme.as_ref();
    let laid = programme.and_then(|own| project.lay_programme(own, round.no).ok().flatten());
    let discs = laid.map(|timeline| timeline.discs);
    let tracks =
        discs.and_then(|mut discs| (at < discs.len()).then(|| discs.swap_remove(at).tracks));
    let place = |track: TrackLine| PlaceView {
        title: track.title,
        at: words::clock(track.mark.seconds()),
        seconds: track.mark.seconds(),
    };
    tracks.into_iter().flatten().map(place).collect()
}
