//! An order's page.

use std::collections::BTreeSet;

use mastering::{Final, ListeningPurpose, MixRole, Project, Revision, Stage, Zone};
use studio::{EarsView, HeldDrop, Offer, OrderPage, Visitor};

use super::beside::MixBeside;
use super::frame::LogView;
use super::mix::MixView;
use super::song::{Sees, SongView};
use super::terms::TermsShown;
use crate::words;

/// Everything that an order's page draws.
pub(crate) struct OrderView {
    pub(crate) base: String,
    pub(crate) number: String,
    pub(crate) seq: u64,
    pub(crate) title: String,
    pub(crate) artist: String,
    pub(crate) client: String,
    pub(crate) client_login: String,
    pub(crate) stage: &'static str,
    pub(crate) steps: Vec<StepView>,
    pub(crate) waits_for: String,
    pub(crate) opened: String,
    pub(crate) service: String,
    pub(crate) sound: String,
    pub(crate) target: String,
    pub(crate) declared: Option<String>,
    pub(crate) announced: Option<u32>,
    /// The programme as one piece for each disc.
    pub(crate) discs: Vec<SongView>,
    pub(crate) songs: Vec<SongView>,
    /// What of what goes beside the songs does not add up to them.
    pub(crate) broken: Vec<String>,
    pub(crate) mixes: Vec<MixView>,
    pub(crate) old_mixes: Vec<MixView>,
    pub(crate) revisions: Vec<RevisionView>,
    pub(crate) approval: Option<ApprovalView>,
    /// What an approval now would be about.
    pub(crate) to_approve: Option<ToApprove>,
    pub(crate) finals: Vec<FinalsView>,
    pub(crate) retention: String,
    pub(crate) log: Vec<LogView>,
    pub(crate) jobs: Vec<JobView>,
    pub(crate) held: Vec<HeldView>,
    /// The revision that is being worked on or heard.
    pub(crate) revision: Option<u32>,
    pub(crate) wording: String,
    /// The rules as they stand.
    pub(crate) terms: TermsShown,
    /// Whether the visitor's listening is reported: the studio does not listen for the client.
    pub(crate) is_client: bool,
    /// Whether the studio's people listen; none where the terms leave that open.
    pub(crate) ears: Option<EarsView>,
    offers: BTreeSet<Offer>,
}

/// One step of an order's life.
pub(crate) struct StepView {
    pub(crate) word: &'static str,
    /// `done`, `now` or `next`.
    pub(crate) state: &'static str,
}

/// A round of work.
pub(crate) struct RevisionView {
    pub(crate) no: u32,
    pub(crate) reason: String,
    pub(crate) opened: String,
    pub(crate) sent: Option<String>,
    pub(crate) is_mastered: bool,
}

/// The client's yes.
pub(crate) struct ApprovalView {
    pub(crate) revision: u32,
    pub(crate) name: String,
    pub(crate) when: String,
    pub(crate) wording: String,
    pub(crate) sums: Vec<SumView>,
}

/// What can be approved now.
pub(crate) struct ToApprove {
    pub(crate) revision: u32,
    pub(crate) sums: Vec<SumView>,
}

/// A song and the checksum of its samples.
pub(crate) struct SumView {
    pub(crate) track: String,
    pub(crate) title: String,
    pub(crate) sum: String,
}

/// The finals of one song.
pub(crate) struct FinalsView {
    pub(crate) title: String,
    pub(crate) files: Vec<FileView>,
}

/// A file to fetch.
pub(crate) struct FileView {
    pub(crate) format: &'static str,
    pub(crate) file_name: String,
    pub(crate) size: String,
    pub(crate) address: String,
    pub(crate) read_back: String,
    pub(crate) sum: String,
    pub(crate) short: String,
}

/// A file that was not taken.
pub(crate) struct HeldView {
    pub(crate) path: String,
    pub(crate) reason: String,
    pub(crate) when: String,
}

/// Work in hand.
pub(crate) struct JobView {
    pub(crate) kind: String,
    pub(crate) about: String,
    pub(crate) state: String,
    pub(crate) error: String,
}

impl OrderView {
    /// Draws up the page of one visitor.
    pub(crate) fn of(page: OrderPage, visitor: &Visitor, base: &str) -> Self {
        let project: &Project = &page.project;
        let zone = &page.zone;
        let sees = if visitor.is_staff() {
            Sees::All
        } else {
            Sees::Sent
        };
        let songs = songs(&page, base, sees);
        let terms = TermsShown::of(&page);
        let mut mixes = mixes(&page);
        let old_mixes = mixes.extract_if(.., |m| m.is_old()).collect();
        Self {
            base: base.to_owned(),
            number: project.number.to_string(),
            seq: page.seq,
            title: project.title.clone(),
            artist: project.artist.clone(),
            client: page.client.name.clone(),
            client_login: page.client.login.clone(),
            stage: project.stage.code(),
            steps: steps(&project.stage),
            waits_for: crate::trouble::as_sentence(&page.waits_for),
            opened: words::moment(zone, project.opened_at),
            service: words::service(project),
            sound: words::sound(&project.service),
            target: format!(
                "{}, at most {}",
                words::level(Some(project.service.target.integrated_lufs), "LUFS"),
                words::level(Some(project.service.target.true_peak_max_dbtp), "dBTP")
            ),
            declared: project
                .declared
                .map(|d| format!("{} Hz, {} bit", d.rate_hz, d.bits)),
            announced: project.songs,
            discs: discs(&page, base, sees),
            songs,
            broken: broken(&page),
            mixes,
            old_mixes,
            revisions: project
                .revisions
                .values()
                .rev()
                .map(|revision| RevisionView::of(revision, &project.stage, zone))
                .collect(),
            approval: approval(project, zone),
            to_approve: to_approve(project),
            finals: finals(project, base),
            retention: page.retention.clone(),
            jobs: jobs(&page),
            held: page
                .held
                .iter()
                .map(|held| HeldView::of(held, zone))
                .collect(),
            revision: project.stage.revision().map(u32::from),
            wording: page.approval_wording,
            terms,
            is_client: !visitor.is_staff(),
            ears: page.ears,
            offers: page.offers,
            log: page
                .log
                .into_iter()
                .rev()
                .map(|line| LogView::of(line, &page.zone))
                .collect(),
        }
    }

    /// Whether the visitor may do this now.
    /// Where a player says what was heard; nowhere for the studio's own people.
    pub(crate) fn heard_address(&self) -> String {
        if self.is_client {
            format!("{}/heard", self.base)
        } else {
            String::new()
        }
    }

    pub(crate) fn may(&self, offer: Offer) -> bool {
        self.offers.contains(&offer)
    }

    /// Whether the visitor is one of the studio's people and may not listen.
    pub(crate) fn is_closed(&self) -> bool {
        self.ears.as_ref().is_some_and(|ears| !ears.may_listen)
    }

    /// What somebody of the studio may say they listen for.
    pub(crate) fn purposes(&self) -> [ListeningPurpose; 3] {
        ListeningPurpose::ALL
    }

    /// Whether work was given up that somebody may try again.
    pub(crate) fn has_failed_work(&self) -> bool {
        self.jobs.iter().any(|job| job.state == "failed")
    }

    pub(crate) fn stage_word(&self) -> &str {
        words::stage(self.stage)
    }

    /// Whether there is something mastered to hear.
    pub(crate) fn is_mastered(&self) -> bool {
        self.songs.iter().any(SongView::is_mastered)
    }

    /// Whether files are still awaited.
    pub(crate) fn is_intake(&self) -> bool {
        self.stage == Stage::Intake.code()
    }
}

/// The songs with what can be heard of them: nothing, where the studio's people may not listen.
fn songs(page: &OrderPage, base: &str, sees: Sees) -> Vec<SongView> {
    let is_closed = page.ears.as_ref().is_some_and(|ears| !ears.may_listen);
    let tracks = page.project.tracks.iter().enumerate();
    let songs = tracks.map(|track| {
        let mut song = SongView::of((&page.project, &page.zone), track, base, sees);
        if is_closed {
            song.versions.clear();
            song.beside.iter_mut().for_each(|other| other.master = None);
        }
        song
    });
    songs.collect()
}

/// What does not add up to its song, with the song's title.
fn broken(page: &OrderPage) -> Vec<String> {
    let found = page.beside.iter().flat_map(|found| {
        let songs = page.project.tracks.iter();
        let mut songs = songs.filter(|song| song.id.as_str() == found.song);
        let title = songs
            .next()
            .map_or_else(String::new, |song| song.title.clone());
        let broken = found.broken.iter();
        broken.map(move |words| format!("\u{201c}{title}\u{201d}: {words}"))
    });
    found.collect()
}

fn discs(page: &OrderPage, base: &str, sees: Sees) -> Vec<SongView> {
    let is_closed = page.ears.as_ref().is_some_and(|ears| !ears.may_listen);
    if is_closed {
        return Vec::new();
    }
    super::record::discs((&page.project, &page.zone), base, sees)
}

fn steps(stage: &Stage) -> Vec<StepView> {
    let now = match stage {
        Stage::Intake => 0,
        Stage::Mastering { .. } | Stage::Adjusting { .. } => 1,
        Stage::InReview { .. } => 2,
        Stage::Approved { .. } | Stage::Delivered { .. } => 3,
        Stage::Completed { .. } | Stage::Archived { .. } => 4,
    };
    ["Mixes", "Mastering", "Review", "Finals", "Archive"]
        .into_iter()
        .enumerate()
        .map(|(place, word)| StepView {
            word,
            state: match place.cmp(&now) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "now",
                std::cmp::Ordering::Greater => "next",
            },
        })
        .collect()
}

/// Main mixes in the programme's order, then the others by path.
fn mixes(page: &OrderPage) -> Vec<MixView> {
    let (project, zone) = (&page.project, &page.zone);
    let place = |id| project.tracks.iter().position(|t| &t.mix == id);
    let mut all: Vec<_> = project.mixes.values().collect();
    all.sort_by_key(|m| (place(&m.id).unwrap_or(usize::MAX), m.path.clone()));
    all.into_iter()
        .map(|mix| {
            let is_main = match mix.role {
                MixRole::Main => true,
                // A later file of one that goes beside a song.
                MixRole::Alternate => mix.track.is_none() && !project.alternates.is_empty(),
                MixRole::Reference => false,
            };
            let is_main = is_main && mix.is_current();
            MixView {
                is_unused: is_main && mix.audio.is_some() && place(&mix.id).is_none(),
                beside: MixBeside::of(page, mix),
                ..MixView::of(mix, zone)
            }
        })
        .collect()
}

fn sums(project: &Project, sums: impl Iterator<Item = (String, String)>) -> Vec<SumView> {
    let title = |track: &str| {
        let mut all = project.songs_and_alternates();
        let found = all.find(|t| t.id.as_str() == track);
        found
            .and_then(|t| project.called(&t.id))
            .unwrap_or_default()
    };
    sums.map(|(track, sum)| SumView {
        title: title(&track),
        track,
        sum,
    })
    .collect()
}

fn in_text<A: ToString, B: ToString>(pair: (&A, &B)) -> (String, String) {
    (pair.0.to_string(), pair.1.to_string())
}

fn approval(project: &Project, zone: &Zone) -> Option<ApprovalView> {
    let approval = project.approval.as_ref()?;
    Some(ApprovalView {
        revision: approval.revision.into(),
        name: approval.name.clone(),
        when: words::moment(zone, approval.at),
        wording: approval.wording.clone(),
        sums: sums(project, approval.samples.iter().map(in_text)),
    })
}

fn to_approve(project: &Project) -> Option<ToApprove> {
    let Stage::InReview { revision } = project.stage else {
        return None;
    };
    let heard = project.revisions.get(&revision)?.sample_sums();
    Some(ToApprove {
        revision: revision.into(),
        sums: sums(project, heard.iter().map(in_text)),
    })
}

fn finals(project: &Project, base: &str) -> Vec<FinalsView> {
    if project.offered_at.is_none() {
        return Vec::new();
    }
    let file = |f: &Final| FileView {
        format: words::format(f.format),
        file_name: f.file_name.clone(),
        size: words::size(f.bytes),
        address: format!("{base}/final/{}/{}", f.track, f.format.code()),
        read_back: f.read_back.clone(),
        sum: f.object.to_string(),
        short: words::short_sum(f.object.as_str()),
    };
    let tracks = project.songs_and_alternates().map(|track| FinalsView {
        title: project.called(&track.id).unwrap_or_default(),
        files: project
            .finals
            .iter()
            .filter(|f| f.track == track.id && project.may_fetch(f.format))
            .map(file)
            .collect(),
    });
    tracks.filter(|t| !t.files.is_empty()).collect()
}

fn jobs(page: &OrderPage) -> Vec<JobView> {
    let jobs = page.jobs.iter().map(|job| JobView {
        kind: job.kind.clone(),
        about: job.about.clone(),
        state: job.state.clone(),
        error: job.error.clone().unwrap_or_default(),
    });
    jobs.collect()
}

impl HeldView {
    fn of(held: &HeldDrop, zone: &Zone) -> Self {
        Self {
            path: held.path.clone(),
            reason: crate::trouble::as_sentence(&held.reason),
            when: words::moment(zone, held.at),
        }
    }
}

impl RevisionView {
    fn of(revision: &Revision, stage: &Stage, zone: &Zone) -> Self {
        // Until the work on it begins, a revision holds the masters of the one before.
        let waits = *stage
            == Stage::Adjusting {
                revision: revision.no,
            };
        Self {
            no: revision.no.into(),
            reason: revision.reason.clone(),
            opened: words::moment(zone, revision.opened_at),
            sent: revision.sent_at.map(|at| words::moment(zone, at)),
            is_mastered: revision.is_mastered() && !waits,
        }
    }
}
