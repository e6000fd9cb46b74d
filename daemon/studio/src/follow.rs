//! What follows from an event: work for the machine, notices for people.
//!
//! Follow-up work is written in the same transaction as the event and is safe to run twice.

use std::collections::BTreeSet;

use mastering::{Actor, Event, FindingLine, Mix, MixId, Project, Showing, Verdict};
use vault::{NoticeRow, NoticeState, Write};

use crate::clock::random_id;
use crate::work::Work;

/// Whether the studio has set a thing up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Configured {
    Yes,
    No,
}

impl Configured {
    pub(crate) fn of<T>(setting: Option<&T>) -> Self {
        if setting.is_some() {
            Self::Yes
        } else {
            Self::No
        }
    }
}

/// What the rules of following up need to know of the studio.
#[derive(Debug, Clone)]
pub(crate) struct FollowUp {
    pub(crate) mail: Configured,
    pub(crate) second_place: Configured,
}

/// The audience of a notice to the studio.
pub(crate) const STAFF: &str = "staff";

/// The rows that follow from `event`, which has just brought `project` to where it stands.
#[expect(
    clippy::too_many_lines,
    reason = "one match over every event; each arm is what follows from it"
)]
pub(crate) fn follow(
    studio: &FollowUp,
    project: &Project,
    event: &Event,
    by: &Actor,
    now: i64,
) -> Vec<Write> {
    let note = Notices {
        studio,
        project,
        now,
    };
    match event {
        Event::MixReceived { mix, .. } => mix_received(&note, mix),
        Event::SetCompared { changed, .. } => set_compared(&note, changed),
        Event::FindingsReleased { mixes, at, .. } => findings_released(&note, mixes, *at),
        Event::ReprintAsked { mix, words } => {
            let name = project.mixes.get(mix).map_or("a mix", |m| m.file_name.as_str());
            note.client(
                "reprint_asked",
                &format!("{}: a new file is needed", project.number),
                &format!("Please send a new version of \u{201c}{name}\u{201d}.\n\n{words}"),
                &mix.to_string(),
            )
        }
        Event::MasteringStarted { revision } => {
            let round = project.revisions.get(revision);
            round
                .into_iter()
                .flat_map(|r| &r.tracks)
                .filter(|(_, version)| version.master.is_none())
                .map(|(track, version)| {
                    let plan = version.plan.clone();
                    let with = plan.as_ref().map_or("measured", |p| p.as_str()).to_owned();
                    let inputs = format!("{revision}:{track}:{}:{with}:{}", version.mix, engine::ENGINE_REVISION);
                    Work::Master { revision: *revision, track: track.clone(), mix: version.mix.clone(), plan }
                        .queue(&project.id, &inputs)
                })
                .collect()
        }
        Event::ReferenceSent { revision, .. } => note.client(
            "reference_sent",
            &format!("{}: revision {revision} is ready to listen to", project.number),
            &format!(
                "Revision {revision} of \u{201c}{}\u{201d} is ready. Listen, compare it with your mix, and then \
                 comment, ask for a change or approve it on the page below.",
                project.title
            ),
            &revision.to_string(),
        ),
        Event::Commented { revision, position_ms, words, by: name, .. } if is_client(by) => note.staff(
            "comment",
            &format!("{name} on revision {revision} at {}: {words}", timecode(*position_ms)),
        ),
        Event::RevisionRequested { heard, words, .. } => {
            note.staff("revision_requested", &format!("After revision {heard} the client asks: {words}"))
        }
        Event::Approved { revision, name, .. } => {
            let mut rows = note.staff("approved", &format!("{name} approved revision {revision}."));
            rows.push(Work::Finals { revision: *revision }.queue(&project.id, &revision.to_string()));
            rows
        }
        Event::FinalsRecorded { revision, .. } => {
            vec![Work::OfferFinals { revision: *revision }.queue(&project.id, &revision.to_string())]
        }
        Event::FinalsOffered { .. } => note.client(
            "finals_offered",
            &format!("{}: your finals are ready", project.number),
            &format!(
                "The finals of \u{201c}{}\u{201d} are ready to download on the page below, and lie in the folder \
                 Finals of your dropbox. Each was read back and compared with what was approved.",
                project.title
            ),
            "finals",
        ),
        Event::Completed { .. } => vec![Work::Archive.queue(&project.id, "once")],
        Event::Archived { .. } if studio.second_place == Configured::Yes => {
            vec![Work::SecondCopy.queue(&project.id, "once")]
        }
        Event::WorkingFilesReleased { .. } => vec![Work::RemoveWorkingFiles.queue(&project.id, "once")],
        Event::ArchiveReleased { .. } => vec![Work::RemoveArchive.queue(&project.id, "once")],
        Event::Opened { .. }
        | Event::MixSuperseded { .. }
        | Event::MixAccepted { .. }
        | Event::MixSetAside { .. }
        | Event::IntakeClosed { .. }
        | Event::TrackNamed { .. }
        | Event::TracksOrdered { .. }
        | Event::RevisionOpened { .. }
        | Event::PlanChanged { .. }
        | Event::MixTakenUp { .. }
        | Event::MasterRecorded { .. }
        | Event::Commented { .. }
        | Event::Archived { .. } => Vec::new(),
    }
}

fn is_client(by: &Actor) -> bool {
    match by {
        Actor::Client { .. } => true,
        Actor::Staff { .. } | Actor::House => false,
    }
}

/// Findings as the lines of a notice.
fn lines_of<'f>(findings: impl IntoIterator<Item = &'f FindingLine>) -> String {
    findings.into_iter().fold(String::new(), |text, finding| {
        format!("{text}\n- {}", finding.text)
    })
}

/// What was found of each of these mixes beside the others, as the lines of a notice.
fn set_lines<'m>(mixes: impl Iterator<Item = &'m Mix>) -> String {
    mixes.fold(String::new(), |text, mix| {
        let lines = lines_of(&mix.set_findings);
        format!("{text}\n\n\u{201c}{}\u{201d}:{lines}", mix.file_name)
    })
}

/// Tells what was found when the mixes were compared, and writes their notes again.
fn set_compared(note: &Notices<'_>, changed: &BTreeSet<MixId>) -> Vec<Write> {
    let project = note.project;
    let told: Vec<&Mix> = changed
        .iter()
        .filter_map(|id| project.mixes.get(id))
        .filter(|mix| mix.is_current() && !mix.set_findings.is_empty())
        .collect();
    let about = format!("{}:{}", project.mixes.len(), project.compared.len());
    let mut rows = Vec::new();
    if !changed.is_empty() {
        let mixes = changed.clone();
        let inputs = format!("set:{about}:{}", note.now);
        rows.push(Work::WriteNotes { mixes }.queue(&project.id, &inputs));
    }
    if told.is_empty() {
        return rows;
    }
    let text = |mixes: &[&Mix]| {
        format!(
            "The mixes were compared with each other.{}",
            set_lines(mixes.iter().copied())
        )
    };
    rows.extend(note.staff("set_compared", &text(&told)));
    let open: Vec<&Mix> = told
        .into_iter()
        .filter(|mix| mix.set_showing == Showing::Open)
        .collect();
    if !open.is_empty() {
        let subject = format!("{}: we compared your mixes", project.number);
        let about = format!("{about}:{}", note.now);
        rows.extend(note.client("set_compared", &subject, &text(&open), &about));
    }
    rows
}

/// Tells the client what was held back, and writes the notes beside the mixes again.
fn findings_released(note: &Notices<'_>, mixes: &BTreeSet<MixId>, at: i64) -> Vec<Write> {
    let project = note.project;
    let mut text = String::from("The studio has looked at your mixes.");
    for mix in mixes.iter().filter_map(|id| project.mixes.get(id)) {
        if !mix.is_current() {
            continue;
        }
        let (_, what) = received_words(mix);
        let lines = lines_of(mix.all_findings());
        text.push_str(&format!(
            "\n\n\u{201c}{}\u{201d} {what}.{lines}",
            mix.file_name
        ));
    }
    let again = Work::WriteNotes {
        mixes: mixes.clone(),
    };
    let mut rows = vec![again.queue(&project.id, &format!("released:{at}"))];
    let subject = format!("{}: we looked at your mixes", project.number);
    rows.extend(note.client("findings_released", &subject, &text, &at.to_string()));
    rows
}

/// The kind of notice about a mix that came, and the words.
fn received_words(mix: &Mix) -> (&'static str, &'static str) {
    match mix.verdict() {
        Verdict::Clear => ("mix_received", "arrived whole and is ready for mastering"),
        Verdict::Asks => (
            "mix_asks",
            "arrived; somebody has to decide about what was found",
        ),
        Verdict::Blocks => ("mix_blocked", "arrived and cannot be mastered like this"),
    }
}

fn mix_received(note: &Notices<'_>, mix: &Mix) -> Vec<Write> {
    let project = note.project;
    let lines = lines_of(&mix.findings);
    let (kind, what) = received_words(mix);
    let waits = match mix.showing {
        Showing::Open => "",
        Showing::Held => "\nThe client reads this once you release it on the order's page.",
    };
    let mut rows = note.staff(
        kind,
        &format!("\u{201c}{}\u{201d} {what}.{lines}{waits}", mix.file_name),
    );
    if project.is_intake_closed && mix.received_at > project.opened_at && mix.track.is_none() {
        rows.extend(note.staff(
            "late_mix",
            &format!("\u{201c}{}\u{201d} came after the intake was closed. A new file is new work: give it its place, or leave it.", mix.file_name),
        ));
    }
    let (kind, subject, text) = match mix.showing {
        Showing::Open => (
            kind,
            "we checked",
            format!("\u{201c}{}\u{201d} {what}.{lines}", mix.file_name),
        ),
        // Whether anything was found is what nobody may tell yet.
        Showing::Held => (
            "mix_received",
            "we received",
            format!(
                "\u{201c}{}\u{201d} arrived whole. The studio listens to it and will tell you about it.",
                mix.file_name
            ),
        ),
    };
    rows.extend(note.client(
        kind,
        &format!(
            "{}: {subject} \u{201c}{}\u{201d}",
            project.number, mix.file_name
        ),
        &text,
        &mix.id.to_string(),
    ));
    rows
}

/// `2:14` for 134 000 ms.
pub(crate) fn timecode(position_ms: u64) -> String {
    let seconds = position_ms / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

struct Notices<'p> {
    studio: &'p FollowUp,
    project: &'p Project,
    now: i64,
}

impl Notices<'_> {
    fn row(&self, audience: &str, kind: &str, text: &str) -> Write {
        Write::Notice(NoticeRow {
            id: random_id(),
            at_ms: self.now,
            audience: audience.to_owned(),
            project: Some(self.project.id.to_string()),
            kind: kind.to_owned(),
            text: text.to_owned(),
            facts: None,
            state: NoticeState::New,
        })
    }

    fn staff(&self, kind: &str, text: &str) -> Vec<Write> {
        vec![self.row(STAFF, kind, text)]
    }

    /// A notice on the portal, and a mail where mail is set up; `about` makes the mail's key.
    fn client(&self, kind: &str, subject: &str, text: &str, about: &str) -> Vec<Write> {
        let mut rows = vec![self.row(self.project.client.as_str(), kind, text)];
        if self.studio.mail == Configured::Yes {
            let work = Work::MailClient {
                subject: subject.to_owned(),
                text: text.to_owned(),
            };
            rows.push(work.queue(&self.project.id, &format!("{kind}:{about}")));
        }
        rows
    }
}
