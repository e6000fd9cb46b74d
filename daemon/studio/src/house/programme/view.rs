//! A programme as pages and the API show it.

use mastering::programme::{
    Advisory, Disc, DiscLine, Fault, Faults, Programme, Side, Song, Timeline,
};
use mastering::{Project, Refusal, RevisionNo, Stage, Track};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::house::journal::capitalised;
use crate::live::LiveProject;

/// The programme of an order.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeView {
    /// The journal's number that it was read at.
    pub seq: u64,
    /// The revision that it belongs to.
    pub revision: u32,
    /// Tells this programme of this revision from any other; with it in hand, setting it is refused once it is another.
    pub stands: String,
    /// How it stands.
    pub standing: ProgrammeStanding,
    /// The programme itself; songs are named by their ids.
    pub programme: Programme,
    /// The order's songs, those that are not in it too.
    pub songs: Vec<ProgrammeSong>,
    /// What an edit that replaces, or room tone, can name: songs and what goes beside them.
    pub names: Vec<String>,
    /// Where everything lies; empty while masters are awaited or something is wrong.
    pub discs: Vec<ProgrammeDisc>,
    /// All that is wrong with it.
    pub faults: Vec<FaultView>,
    /// Why it cannot be set now, where that is no fault of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// How a programme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgrammeStanding {
    /// It can be changed.
    Open,
    /// It can be changed, and was put together.
    Made,
    /// The client hears it or has approved it: a new revision opens it.
    Closed,
}

/// A song of the order.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeSong {
    /// Its id.
    pub track: String,
    /// Its title.
    pub title: String,
    /// Its masters, in the order in which they were made.
    pub versions: Vec<ProgrammeVersion>,
    /// The one that the revision holds, by its number; none while it is awaited.
    pub version: Option<u32>,
    /// What was found in its mix.
    pub findings: Vec<String>,
    /// What was said about it.
    pub comments: Vec<ProgrammeComment>,
}

/// One of a song's masters.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeVersion {
    /// Its number, from 1.
    pub number: u32,
    /// The revision that it was made in.
    pub revision: u32,
    /// The revision through which its sound is fetched; none where no revision holds it now.
    pub heard_at: Option<u32>,
    /// Its rate in hertz.
    pub rate_hz: u32,
    /// Its length in frames.
    pub frames: u64,
    /// Its integrated loudness.
    pub integrated_lufs: Option<f64>,
    /// Its true peak.
    pub true_peak_dbtp: Option<f64>,
}

/// Something said about a moment or a passage of a song.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeComment {
    /// The revision that was playing.
    pub revision: u32,
    /// Where, in seconds from the song's start.
    pub seconds: f64,
    /// Where what it is about ends; none for a moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_seconds: Option<f64>,
    /// The words.
    pub words: String,
    /// Who said it.
    pub by: String,
}

/// One disc, laid out.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeDisc {
    /// Its length.
    pub seconds: f64,
    /// Its songs.
    pub tracks: Vec<ProgrammePiece>,
    /// Its short-term loudness once a second in LUFS, where it was put together.
    pub loudness_lufs: Vec<Option<f64>>,
    /// Its integrated loudness, where it was put together.
    pub integrated_lufs: Option<f64>,
    /// Its true peak, where it was put together.
    pub true_peak_dbtp: Option<f64>,
    /// Samples beyond full scale, where it was put together.
    pub clipped_samples: u64,
    /// The side of a record that it is; none for no record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<ProgrammeSide>,
}

/// What a side of a record takes, and what this one's length costs.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeSide {
    /// The record in words.
    pub record: String,
    /// Up to here it is cut at full level.
    pub full_level_seconds: f64,
    /// Longer than this it is not cut.
    pub longest_seconds: f64,
    /// How much quieter than at full level it is cut at least.
    pub level_lost_db: f64,
    /// All of that in sentences.
    pub words: String,
    /// What its cutter has to know, where it was put together.
    pub findings: Vec<String>,
}

/// One song's places on its disc, in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammePiece {
    /// Its number; 0 for the hidden song.
    pub number: u32,
    /// Its title with the version that its edits make.
    pub title: String,
    /// Where the gap before it begins.
    pub gap_from_seconds: f64,
    /// Its first sample.
    pub start_seconds: f64,
    /// Where players begin it.
    pub mark_seconds: f64,
    /// Where its last sample ends.
    pub end_seconds: f64,
    /// Its index points from 2 on.
    pub index_seconds: Vec<f64>,
    /// The version that its edits make of its title, such as `Radio Edit`; none where nothing is edited.
    pub version: Option<&'static str>,
    /// How its words are marked as it is edited; none where nobody has said what they are.
    pub advisory: Option<Advisory>,
    /// What its edits make a question for whoever enters codes and marks.
    pub asks: Vec<&'static str>,
    /// All of that in sentences.
    pub outcome: String,
    /// Samples beyond full scale, where it was put together.
    pub clipped_samples: u64,
    /// The same in a sentence; empty for none.
    pub clipped: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Serialize)]
pub struct FaultView {
    /// The disc, from 1; none for the whole programme.
    pub disc: Option<u32>,
    /// The track on it, from 1, 0 for the hidden song; none for the whole disc.
    pub track: Option<u32>,
    /// The time on the song's source.
    pub at: Option<String>,
    /// What, and what to do.
    pub words: String,
}

impl FaultView {
    fn of(fault: &Fault) -> Self {
        Self {
            disc: fault.spot.disc,
            track: fault.spot.track.as_ref().map(|(number, _)| *number),
            at: fault.spot.at.clone(),
            words: fault.problem.to_string(),
        }
    }
}

impl ProgrammeView {
    pub(super) fn of(
        live: &LiveProject,
        (programme, revision): (&Programme, RevisionNo),
        laid: Result<Option<Timeline>, Faults>,
    ) -> Self {
        let project = &live.project;
        let (timeline, faults) = match laid {
            Ok(timeline) => (timeline, Vec::new()),
            Err(faults) => (None, faults.0.iter().map(FaultView::of).collect()),
        };
        let songs = project.tracks.iter();
        Self {
            seq: live.seq,
            revision: revision.into(),
            stands: stands(programme, revision),
            standing: standing(project, revision),
            programme: told(project, programme, revision),
            songs: songs.map(|track| song(project, track, revision)).collect(),
            names: project.names_for_others(),
            discs: timeline
                .iter()
                .flat_map(|timeline| discs(timeline, programme))
                .collect(),
            faults,
            refusal: None,
        }
        .with_figures(project, revision)
    }

    pub(super) fn refused(mut self, refusal: Option<&Refusal>) -> Self {
        self.refusal = refusal.map(ToString::to_string);
        self
    }

    pub(super) fn with_lines(mut self, lines: Vec<Vec<Option<f64>>>) -> Self {
        for (disc, line) in self.discs.iter_mut().zip(lines) {
            disc.loudness_lufs = line;
        }
        self
    }

    pub(super) fn with_findings(mut self, findings: Vec<Vec<String>>) -> Self {
        for (disc, findings) in self.discs.iter_mut().zip(findings) {
            if let Some(side) = &mut disc.side {
                side.findings = findings;
            }
        }
        self
    }

    fn with_figures(mut self, project: &Project, revision: RevisionNo) -> Self {
        let round = project.revisions.get(&revision);
        let Some(made) = round.and_then(|round| round.made.as_ref()) else {
            return self;
        };
        for ((disc, made_disc), no) in self.discs.iter_mut().zip(&made.discs).zip(1..) {
            disc.integrated_lufs = made_disc.integrated_lufs;
            disc.true_peak_dbtp = made_disc.true_peak_dbtp;
            let songs = made.songs.values().filter(|song| song.disc == no);
            disc.clipped_samples = songs.map(|song| song.clipped_samples).sum();
        }
        let told = self.discs.iter_mut().zip(&self.programme.discs).zip(1..);
        for ((disc, own), no) in told {
            for (piece, (_, song)) in disc.tracks.iter_mut().zip(own.songs()) {
                let track = project.track_of(song);
                let cut = track.and_then(|track| made.songs.get(&track.id));
                let cut = cut.filter(|cut| cut.disc == no);
                piece.clipped_samples = cut.map_or(0, |cut| cut.clipped_samples);
                piece.clipped = clipped_words(piece.clipped_samples);
            }
        }
        self
    }
}

/// A short sum of a programme and its revision.
pub(super) fn stands(programme: &Programme, revision: RevisionNo) -> String {
    let sum = Sha256::digest(format!("{revision}\n{}", programme.to_toml()));
    hex::encode(&sum[..8])
}

/// What was never kept may name songs that the order does not have; it is shown as it is.
fn told(project: &Project, programme: &Programme, revision: RevisionNo) -> Programme {
    let mut songs = programme.discs.iter().flat_map(|disc| disc.songs());
    let is_known = |(_, song): (u32, &Song)| project.track_of(song).is_some();
    if songs.all(is_known) {
        project.told_programme(programme, revision)
    } else {
        programme.clone()
    }
}

fn standing(project: &Project, revision: RevisionNo) -> ProgrammeStanding {
    let made = project.revisions.get(&revision);
    let is_made = made.is_some_and(|round| round.made.is_some());
    match project.stage {
        Stage::Adjusting { .. } | Stage::Mastering { .. } if is_made => ProgrammeStanding::Made,
        Stage::Adjusting { .. } | Stage::Mastering { .. } => ProgrammeStanding::Open,
        Stage::Intake
        | Stage::InReview { .. }
        | Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => ProgrammeStanding::Closed,
    }
}

fn song(project: &Project, track: &Track, revision: RevisionNo) -> ProgrammeSong {
    let held = project
        .revisions
        .get(&revision)
        .and_then(|r| r.master(&track.id));
    let mut version = None;
    let known = (1..).zip(project.versions_of(&track.id));
    let versions = known.filter_map(|(number, known)| {
        let master = known.version.master.as_ref()?;
        if held.is_some_and(|held| held.samples == master.samples) {
            version = Some(number);
        }
        let mut rounds = project.revisions.values().rev();
        let holds = |round: &&mastering::Revision| {
            let own = round.master(&track.id);
            own.is_some_and(|own| own.samples == master.samples)
        };
        Some(ProgrammeVersion {
            number,
            revision: known.revision.into(),
            heard_at: rounds.find(holds).map(|round| round.no.into()),
            rate_hz: master.rate_hz,
            frames: master.frames,
            integrated_lufs: master.integrated_lufs,
            true_peak_dbtp: master.true_peak_dbtp,
        })
    });
    let versions = versions.collect();
    let mix = project.mixes.get(&track.mix);
    let findings = mix
        .into_iter()
        .flat_map(|mix| mix.findings.iter().chain(&mix.set_findings));
    let comments = project
        .comments
        .iter()
        .filter(|said| said.track == track.id);
    ProgrammeSong {
        track: track.id.to_string(),
        title: track.title.clone(),
        versions,
        version,
        findings: findings.map(|finding| finding.text.clone()).collect(),
        comments: comments
            .map(|said| ProgrammeComment {
                revision: said.revision.into(),
                seconds: said.position_ms as f64 / 1000.0,
                until_seconds: said.until_ms.map(|until| until as f64 / 1000.0),
                words: said.words.clone(),
                by: said.by.clone(),
            })
            .collect(),
    }
}

fn discs(timeline: &Timeline, programme: &Programme) -> Vec<ProgrammeDisc> {
    let discs = timeline.discs.iter().zip(&programme.discs);
    let discs = discs.map(|(line, disc)| ProgrammeDisc {
        seconds: line.length.seconds(),
        tracks: pieces(line, disc),
        loudness_lufs: Vec::new(),
        integrated_lufs: None,
        true_peak_dbtp: None,
        clipped_samples: 0,
        side: disc.side.as_ref().map(|side| side_of(line, side)),
    });
    discs.collect()
}

fn side_of(line: &DiscLine, side: &Side) -> ProgrammeSide {
    let lengths = side.lengths();
    let level_lost_db = side.level_lost_db(line.length);
    let cut = if level_lost_db > 0.0 {
        format!("As long as it is, it is cut at least {level_lost_db:.1} dB quieter.")
    } else {
        "It can be cut at full level.".to_owned()
    };
    let [length, full, longest] =
        [line.length, lengths.full_level, lengths.longest].map(|length| {
            // Whole seconds: nobody cuts to the millisecond.
            let seconds = length.seconds() as u64;
            format!("{}:{:02}", seconds / 60, seconds % 60)
        });
    ProgrammeSide {
        record: side.to_string(),
        full_level_seconds: lengths.full_level.seconds(),
        longest_seconds: lengths.longest.seconds(),
        level_lost_db,
        words: format!(
            "{side}: {length} long. At full level up to {full}, at most {longest}. {cut}"
        ),
        findings: Vec::new(),
    }
}

/// What its edits make of a song, and what is asked by that.
fn outcome(title: &str, song: &Song) -> String {
    let words = song.edit_words();
    if words.version.is_none() {
        let nothing = song.edits.is_empty();
        let nothing = nothing.then_some("Nothing is edited in it.");
        return nothing.unwrap_or_default().to_owned();
    }
    let mut said = vec![format!(
        "It becomes \u{201c}{title}\u{201d}; its master stays as it is."
    )];
    let advisory = song.advisory().map(|advisory| match advisory {
        Advisory::Explicit => "It stays marked as explicit.",
        Advisory::Edited => "It is marked as edited: words were taken out.",
        Advisory::NotExplicit => "It is marked as not explicit.",
    });
    said.extend(advisory.map(str::to_owned));
    let asks = words.asks.iter().map(|ask| ask.words());
    said.extend(asks.map(capitalised));
    said.join(" ")
}

fn clipped_words(samples: u64) -> String {
    let (lie, were) = match samples {
        0 => return String::new(),
        1 => ("sample lies", "was"),
        _ => ("samples lie", "were"),
    };
    format!("{samples} {lie} beyond full scale and {were} held there: turn it down a little.")
}

fn pieces(line: &DiscLine, disc: &Disc) -> Vec<ProgrammePiece> {
    let tracks = line.tracks.iter().zip(disc.songs());
    let tracks = tracks.map(|(track, (_, song))| {
        let words = song.edit_words();
        ProgrammePiece {
            number: track.number,
            title: track.title.clone(),
            gap_from_seconds: track.gap_from.seconds(),
            start_seconds: track.start.seconds(),
            mark_seconds: track.mark.seconds(),
            end_seconds: track.end.seconds(),
            index_seconds: track.indexes.iter().map(|at| at.seconds()).collect(),
            version: words.version,
            advisory: song.advisory().filter(|_| words.version.is_some()),
            asks: words.asks.iter().map(|ask| ask.words()).collect(),
            outcome: outcome(&track.title, song),
            clipped_samples: 0,
            clipped: String::new(),
        }
    });
    tracks.collect()
}
