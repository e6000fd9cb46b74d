//! A song with everything that can be listened to.

use mastering::{Comment, Master, MixId, Project, Revision, Track, TrackId, Zone};
use serde::Serialize;

use super::beside::BesideView;
use super::record::PlaceView;
use crate::words;

/// One song of the programme.
pub(crate) struct SongView {
    pub(crate) id: String,
    /// Its place in the programme; nothing for the whole of it.
    pub(crate) no: String,
    pub(crate) title: String,
    pub(crate) length: String,
    pub(crate) versions: Vec<VersionView>,
    pub(crate) comments: Vec<CommentView>,
    /// The newest revision that was sent: what comments and approvals are about.
    pub(crate) heard: Option<u32>,
    /// Where its songs begin, where it is a whole record.
    pub(crate) places: Vec<PlaceView>,
    /// What goes beside it.
    pub(crate) beside: Vec<BesideView>,
}

/// One of the things to listen to: the mix, or a revision's master.
pub(crate) struct VersionView {
    /// `mix`, `r1`, `r2`, ...
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) audio: String,
    pub(crate) sheet: String,
    pub(crate) figures: String,
    pub(crate) is_chosen: bool,
    /// The revision's number; 0 for the mix.
    pub(crate) revision: u32,
}

/// Something said about a moment.
#[derive(Serialize)]
pub(crate) struct CommentView {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) position_seconds: f64,
    /// Where what it is about ends; its beginning for a moment.
    pub(crate) until_seconds: f64,
    pub(crate) revision: u32,
    pub(crate) words: String,
    pub(crate) by: String,
    pub(crate) when: String,
}

impl SongView {
    /// A song as one visitor may hear it: clients hear what was sent, staff what is mastered.
    pub(crate) fn of(
        (project, zone): (&Project, &Zone),
        place: (usize, &Track),
        base: &str,
        sees_all: Sees,
    ) -> Self {
        let (index, track) = place;
        let heard = project.newest_sent();
        let may_hear = |r: &&Revision| sees_all == Sees::All || r.sent_at.is_some();
        let revisions: Vec<&Revision> = project.revisions.values().filter(may_hear).collect();
        let pinned = |r: &&Revision| r.tracks.get(&track.id).map(|v| v.mix.clone());
        let mix = revisions.iter().rev().find_map(pinned);
        let mix = mix.unwrap_or_else(|| track.mix.clone());
        let mut versions: Vec<VersionView> = mix_version(project, &mix, base).into_iter().collect();
        for revision in revisions {
            let version = revision.tracks.get(&track.id);
            if let Some(master) = version.and_then(|v| v.master.as_ref()) {
                let no = u32::from(revision.no);
                versions.push(master_version(no, &track.id, master, base));
            }
        }
        if let Some(newest) = versions.last_mut() {
            newest.is_chosen = true;
        }
        Self {
            id: track.id.to_string(),
            no: (index + 1).to_string(),
            title: track.title.clone(),
            length: length(project, &mix),
            versions,
            comments: comments((project, zone), &track.id),
            heard: heard.map(|r| u32::from(r.no)),
            places: Vec::new(),
            beside: BesideView::all(project, &track.id, base, sees_all),
        }
    }

    /// The song with its newest master alone, by whose time its words are sung.
    pub(crate) fn mastered(mut self) -> Self {
        let newest = self.versions.pop();
        self.versions = newest.filter(|own| own.revision > 0).into_iter().collect();
        self.comments.clear();
        self
    }

    /// Whether there is anything mastered to hear.
    pub(crate) fn is_mastered(&self) -> bool {
        self.versions.iter().any(|v| v.revision > 0)
    }
}

/// What a visitor is shown of the revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sees {
    /// Each revision, sent or not.
    All,
    /// Those that were sent.
    Sent,
}

fn length(project: &Project, mix: &MixId) -> String {
    let audio = project.mixes.get(mix).and_then(|m| m.audio.as_ref());
    audio.map_or_else(String::new, |a| {
        words::clock(a.frames as f64 / f64::from(a.rate_hz.max(1)))
    })
}

fn mix_version(project: &Project, id: &MixId, base: &str) -> Option<VersionView> {
    let mix = project.mixes.get(id)?;
    let audio = mix.audio.as_ref()?;
    Some(VersionView {
        code: "mix".to_owned(),
        label: "Mix".to_owned(),
        audio: format!("{base}/audio/mix/{id}"),
        sheet: format!("{base}/sheet/mix/{id}"),
        figures: audio.format.clone(),
        is_chosen: false,
        revision: 0,
    })
}

/// The newest master of a song or alternate that a visitor may hear.
pub(crate) fn newest_master(
    project: &Project,
    track: &TrackId,
    base: &str,
    sees: Sees,
) -> Option<VersionView> {
    let mut rounds = project.revisions.values().rev();
    rounds.find_map(|round| {
        let may_hear = sees == Sees::All || round.sent_at.is_some();
        let master = round.master(track).filter(|_| may_hear)?;
        Some(master_version(round.no.into(), track, master, base))
    })
}

fn master_version(no: u32, track: &TrackId, master: &Master, base: &str) -> VersionView {
    VersionView {
        code: format!("r{no}"),
        label: format!("Revision {no}"),
        audio: format!("{base}/audio/master/{no}/{track}"),
        sheet: format!("{base}/sheet/master/{no}/{track}"),
        figures: format!(
            "{}, {}",
            words::level(master.integrated_lufs, "LUFS"),
            words::level(master.true_peak_dbtp, "dBTP")
        ),
        is_chosen: false,
        revision: no,
    }
}

fn comments((project, zone): (&Project, &Zone), track: &TrackId) -> Vec<CommentView> {
    let about = project.comments.iter().filter(|c| &c.track == track);
    let mut views: Vec<CommentView> = about.map(|c| CommentView::of(c, zone)).collect();
    views.sort_by(|a, b| a.position_seconds.total_cmp(&b.position_seconds));
    views
}

impl CommentView {
    pub(super) fn of(comment: &Comment, zone: &Zone) -> Self {
        let seconds = |ms| std::time::Duration::from_millis(ms).as_secs_f64();
        Self {
            id: comment.id.to_string(),
            at: words::passage_ms(comment.position_ms, comment.until_ms),
            position_seconds: seconds(comment.position_ms),
            until_seconds: seconds(comment.until_ms.unwrap_or(comment.position_ms)),
            revision: comment.revision.into(),
            words: comment.words.clone(),
            by: comment.by.clone(),
            when: words::moment(zone, comment.at),
        }
    }
}
