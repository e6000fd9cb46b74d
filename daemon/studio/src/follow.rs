//! What follows from an event: work for the machine, notices for people.
//!
//! Follow-up work is written in the same transaction as the event and is safe to run twice.

mod attachments;
pub(crate) mod keeping;
mod leave;
mod making;
pub(crate) mod money;
mod packages;
mod told;

use std::collections::BTreeSet;
use std::sync::Arc;

use mastering::{
    Actor, ContentVerdict, Event, FindingLine, Hold, Mix, MixId, NEVER, Outcome, Project, Showing,
    Verdict,
};
use vault::{NoticeRow, NoticeState, Write};

use crate::clock::random_id;
use crate::config::StudioConfig;
use crate::notices::{Facts, Language, Words, finding_words};
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
    pub(crate) words: Arc<Words>,
}

impl FollowUp {
    pub(crate) fn of(config: &StudioConfig) -> Self {
        Self {
            mail: Configured::of(config.mail.as_ref()),
            second_place: Configured::of(config.second_place.as_ref()),
            words: config.words.clone(),
        }
    }
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
        Event::ReprintAsked { mix, words, .. } => {
            let name = project
                .mixes
                .get(mix)
                .map_or("a mix", |m| m.file_name.as_str());
            note.tell(
                "reprint_asked",
                &[("file", name), ("words", words)],
                &mix.to_string(),
            )
        }
        Event::FormatsOrdered { quote, .. } => match project.stage.revision() {
            Some(revision) if !project.finals.is_empty() => {
                vec![Work::Finals { revision }.queue(&project.id, &format!("{revision}:{quote}"))]
            }
            Some(_) | None => Vec::new(),
        },
        Event::FinalsAdded { revision, at, .. } => {
            let offer = Work::OfferFinals {
                revision: *revision,
            };
            let mut rows = vec![offer.queue(&project.id, &format!("{revision}:late:{at}"))];
            rows.extend(note.tell("finals_offered", &[], &format!("late:{at}")));
            rows
        }
        Event::LabelCopy(event) => packages::label_copy(&note, event),
        Event::Package(event) => packages::follow(&note, event),
        Event::Attachment(event) => attachments::follow(&note, event),
        Event::PermissionKept(kept) => leave::permission_kept(&note, kept, by),
        Event::PermissionNotNeeded(decided) => leave::settled(&note, decided.at),
        Event::Consulted(consulted) => leave::settled(&note, consulted.at),
        Event::RemovalAsked(_)
        | Event::RemovalWithdrawn { .. }
        | Event::Sales(_)
        | Event::ShopGone { .. }
        | Event::RightsClaimed(_)
        | Event::ClaimWithdrawn { .. } => leave::releasing(&note, event),
        Event::ListeningAllowed(_)
        | Event::ListeningForbidden { .. }
        | Event::ListeningReasoned(_) => leave::listening(&note, event),
        Event::MasteringStarted { revision } => {
            let mut rows = making::masters(project, *revision, None, (by, now));
            rows.extend(making::beside(project, *revision, None, now));
            rows.extend(making::programme(project, now));
            rows
        }
        Event::MasterRecorded {
            revision, track, ..
        } => {
            let mut rows = making::beside(project, *revision, Some(track), now);
            rows.extend(making::programme(project, now));
            rows
        }
        Event::MixTakenUp { track, .. } if project.alternate(track).is_some() => {
            let song = project.alternate(track).map(|other| &other.song);
            song.map_or_else(Vec::new, |song| making::named(project, song, now))
        }
        Event::AlternateNamed { song, .. } => making::named(project, song, now),
        Event::AlternateUnnamed { track, .. } => making::unnamed(project, track, (by, now)),
        Event::ProgrammeSet { .. } => making::programme(project, now),
        Event::VersionTaken {
            revision, track, ..
        } => {
            let mut rows = match project.stage {
                mastering::Stage::Mastering { .. } => {
                    making::beside(project, *revision, Some(track), now)
                }
                _ => Vec::new(),
            };
            rows.extend(making::programme(project, now));
            rows
        }
        Event::PrintChosen {
            revision, track, ..
        } => match project.stage {
            mastering::Stage::Mastering { .. } => {
                making::masters(project, *revision, Some(track), (by, now))
            }
            _ => Vec::new(),
        },
        Event::ReferenceSent { revision, .. } => {
            let revision = revision.to_string();
            note.tell("reference_sent", &[("revision", &revision)], &revision)
        }
        Event::Commented {
            revision,
            position_ms,
            until_ms,
            words,
            by: name,
            ..
        } if is_client(by) => note.staff(
            "comment",
            &format!(
                "{name} on revision {revision} at {}: {words}",
                passage(*position_ms, *until_ms)
            ),
        ),
        Event::RevisionRequested {
            heard,
            words,
            proposal,
            ..
        } => {
            let waits = match proposal {
                Some(proposal) if !proposal.opens_by_rule() => {
                    " It waits for your answer on the order's page."
                }
                Some(_) | None => "",
            };
            note.staff(
                "revision_requested",
                &format!("After revision {heard} the client asks: {words}{waits}"),
            )
        }
        Event::Approved {
            revision,
            name,
            consent,
            ..
        } => {
            let mut rows = note.staff("approved", &format!("{name} approved revision {revision}."));
            rows.extend(told::approved(&note, *revision, name, consent.how));
            rows.push(
                Work::Finals {
                    revision: *revision,
                }
                .queue(&project.id, &revision.to_string()),
            );
            rows.extend(ended_request(project, now));
            rows.extend(attachments::approved(&note, *revision));
            let name = name.clone();
            rows.push(Work::FeeFallsDue { name }.queue(&project.id, &revision.to_string()));
            rows
        }
        Event::FinalsRecorded { revision, .. } => {
            let offer = Work::OfferFinals {
                revision: *revision,
            };
            let mut rows = vec![offer.queue(&project.id, &revision.to_string())];
            rows.extend(leave::awaited(&note, *revision));
            rows
        }
        Event::FinalsOffered { .. } => note.tell("finals_offered", &[], "finals"),
        Event::HoldChanged { hold, at } => hold_changed(&note, *hold, *at),
        Event::ContentDecided(decision) if decision.verdict == ContentVerdict::Refused => note
            .tell(
                "declined",
                &[("reason", &decision.reason)],
                &decision.at.to_string(),
            ),
        // A project may be completed again, after a fault or a round that was paid for.
        Event::Completed { at } => vec![Work::Archive.queue(&project.id, &at.to_string())],
        Event::Archived { at, .. } => {
            let mut rows = keeping::of_archive(&note, "completed", "", *at);
            if studio.second_place == Configured::Yes {
                rows.push(Work::SecondCopy.queue(&project.id, &at.to_string()));
            }
            rows
        }
        Event::WorkingFilesReleased { at, .. } => {
            vec![Work::RemoveWorkingFiles.queue(&project.id, &at.to_string())]
        }
        Event::ArchiveReleased { at, .. } => {
            vec![Work::RemoveArchive.queue(&project.id, &at.to_string())]
        }
        Event::RequestAnswered { no, at, .. } => {
            let mut rows = told::by_rules(&note, event);
            rows.push(quote_request(project, *no, *at));
            rows
        }
        Event::FaultFound { at, .. } => {
            let mut rows = told::by_rules(&note, event);
            rows.extend(ended_request(project, *at));
            rows
        }
        Event::RequestWithdrawn { no, at } => vec![quote_request(project, *no, *at)],
        Event::QuestionAsked { .. }
        | Event::QuestionAnswered { .. }
        | Event::AskingEnds { .. }
        | Event::AskingEnded { .. }
        | Event::SilenceAnnounced { .. }
        | Event::FeeDue { .. } => told::by_rules(&note, event),
        Event::HoldPlaced { .. }
        | Event::HoldLifted { .. }
        | Event::RetentionExtended { .. }
        | Event::DeletionAsked { .. } => keeping::by_keeping(&note, event),
        Event::Opened { .. }
        | Event::ContentDecided(_)
        | Event::StudioListened(_)
        | Event::ReleaseDescribed { .. }
        | Event::LyricsKept { .. }
        | Event::CoverKept(_)
        | Event::CodesAllotted { .. }
        | Event::RushSold { .. }
        | Event::MixSuperseded { .. }
        | Event::MixAccepted { .. }
        | Event::MixSetAside { .. }
        | Event::IntakeClosed { .. }
        | Event::TrackNamed { .. }
        | Event::TracksOrdered { .. }
        | Event::RevisionOpened { .. }
        | Event::PlanChanged { .. }
        | Event::MixTakenUp { .. }
        | Event::ProgrammeMade { .. }
        | Event::Commented { .. }
        | Event::RequestAgreed { .. }
        | Event::SoldInSale { .. }
        | Event::LaneChosen { .. }
        | Event::LastWordNamed { .. }
        | Event::Listened(_)
        | Event::PreviewChosen { .. }
        | Event::TrackMarked { .. }
        | Event::DeletionConfirmed { .. }
        | Event::DeletionWithdrawn { .. } => Vec::new(),
    }
}

/// The same for a request that an approval or a fault ended before anybody agreed to it.
fn ended_request(project: &Project, at: i64) -> Option<Write> {
    let asked = project.requests.last()?;
    let was_charged = asked.answer.as_ref().is_some_and(|a| a.charge.is_some());
    let is_over = asked.outcome == Outcome::Withdrawn;
    (was_charged && is_over).then(|| quote_request(project, asked.no, at))
}

/// The work that brings the quote of a request to what the request says.
fn quote_request(project: &Project, no: u32, at: i64) -> Write {
    Work::QuoteRequest { no }.queue(&project.id, &format!("{no}:{at}"))
}

/// Finals that were ready and waited for money are offered now.
fn hold_changed(note: &Notices<'_>, hold: Hold, at: i64) -> Vec<Write> {
    let project = note.project;
    let is_late = project.finals.iter().any(|file| file.format.is_ordered());
    let is_waiting = !project.finals.is_empty() && (project.offered_at.is_none() || is_late);
    match (hold, project.stage.revision()) {
        (Hold::Nothing, Some(revision)) if is_waiting => {
            let offer = Work::OfferFinals { revision };
            vec![offer.queue(&project.id, &format!("{revision}:paid:{at}"))]
        }
        (Hold::Nothing | Hold::Finals | Hold::Everything, _) => Vec::new(),
    }
}

pub(crate) fn is_client(by: &Actor) -> bool {
    match by {
        Actor::Client { .. } => true,
        Actor::Staff { .. } | Actor::House => false,
    }
}

/// Findings as the lines of a notice.
fn lines_of<'f>(findings: impl IntoIterator<Item = &'f FindingLine>, language: Language) -> String {
    findings.into_iter().fold(String::new(), |text, finding| {
        format!("{text}\n- {}", finding_words(finding, language))
    })
}

/// What was found of each of these mixes beside the others, as the lines of a notice.
fn set_lines<'m>(mixes: impl Iterator<Item = &'m Mix>, language: Language) -> String {
    mixes.fold(String::new(), |text, mix| {
        let lines = lines_of(&mix.set_findings, language);
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
            set_lines(mixes.iter().copied(), Language::English)
        )
    };
    rows.extend(note.staff("set_compared", &text(&told)));
    let open: Vec<&Mix> = told
        .into_iter()
        .filter(|mix| mix.set_showing == Showing::Open)
        .collect();
    if !open.is_empty() {
        let about = format!("{about}:{}", note.now);
        let said = |language| set_lines(open.iter().copied(), language);
        let (english, german) = (said(Language::English), said(Language::German));
        let facts = [("findings", english.as_str()), ("findings.de", &german)];
        rows.extend(note.tell("set_compared", &facts, &about));
    }
    rows
}

/// Tells the client what was held back, and writes the notes beside the mixes again.
fn findings_released(note: &Notices<'_>, mixes: &BTreeSet<MixId>, at: i64) -> Vec<Write> {
    let project = note.project;
    let current = || {
        let known = mixes.iter().filter_map(|id| project.mixes.get(id));
        known.filter(|mix| mix.is_current())
    };
    let english = current().fold(String::new(), |text, mix| {
        let (_, what) = received_words(mix);
        let lines = lines_of(mix.all_findings(), Language::English);
        format!("{text}\n\n\u{201c}{}\u{201d} {what}.{lines}", mix.file_name)
    });
    let german = current().fold(String::new(), |text, mix| {
        let what = german_words(mix.verdict());
        let lines = lines_of(mix.all_findings(), Language::German);
        format!("{text}\n\n\u{201e}{}\u{201c} {what}.{lines}", mix.file_name)
    });
    let again = Work::WriteNotes {
        mixes: mixes.clone(),
    };
    let mut rows = vec![again.queue(&project.id, &format!("released:{at}"))];
    let about = at.to_string();
    let facts = [("findings", english.as_str()), ("findings.de", &german)];
    rows.extend(note.tell("findings_released", &facts, &about));
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

/// The words about a mix that came, in German.
fn german_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clear => "ist vollst\u{e4}ndig angekommen und kann gemastert werden",
        Verdict::Asks => {
            "ist angekommen; \u{fc}ber das, was auff\u{e4}llt, muss noch jemand entscheiden"
        }
        Verdict::Blocks => "ist angekommen, kann so aber nicht gemastert werden",
    }
}

fn mix_received(note: &Notices<'_>, mix: &Mix) -> Vec<Write> {
    let project = note.project;
    let lines = lines_of(&mix.findings, Language::English);
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
    let kind = match mix.showing {
        Showing::Open => kind,
        // Whether anything was found is what nobody may tell yet.
        Showing::Held => "mix_taken",
    };
    let german = lines_of(&mix.findings, Language::German);
    let (findings, german) = match mix.showing {
        Showing::Open => (lines.as_str(), german.as_str()),
        Showing::Held => ("", ""),
    };
    let facts = [
        ("file", mix.file_name.as_str()),
        ("findings", findings),
        ("findings.de", german),
    ];
    rows.extend(note.tell(kind, &facts, &mix.id.to_string()));
    rows
}

/// What fills a notice that carries its own words.
pub(crate) fn message_facts(project: &Project, subject: &str, words: &str) -> Facts {
    let mut facts = order_facts(project);
    facts.insert("subject".to_owned(), subject.to_owned());
    facts.insert("words".to_owned(), words.to_owned());
    facts
}

/// What each notice about an order knows.
fn order_facts(project: &Project) -> Facts {
    Facts::from([
        ("number".to_owned(), project.number.to_string()),
        ("title".to_owned(), project.title.clone()),
    ])
}

/// `2:14` for 134 000 ms.
pub(crate) fn timecode(position_ms: u64) -> String {
    let seconds = position_ms / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `2:14`, or `2:14 to 2:20` for a passage.
pub(crate) fn passage(from_ms: u64, until_ms: Option<u64>) -> String {
    let from = timecode(from_ms);
    until_ms.map_or_else(
        || from.clone(),
        |until| format!("{from} to {}", timecode(until)),
    )
}

pub(crate) struct Notices<'p> {
    pub(crate) studio: &'p FollowUp,
    pub(crate) project: &'p Project,
    pub(crate) now: i64,
}

impl Notices<'_> {
    fn line(&self, audience: &str, kind: &str, text: &str) -> NoticeRow {
        NoticeRow {
            id: random_id(),
            at_ms: self.now,
            audience: audience.to_owned(),
            project: Some(self.project.id.to_string()),
            kind: kind.to_owned(),
            text: text.to_owned(),
            facts: None,
            state: NoticeState::New,
        }
    }

    pub(crate) fn staff(&self, kind: &str, text: &str) -> Vec<Write> {
        vec![Write::Notice(self.line(STAFF, kind, text))]
    }

    /// A notice on the portal and in the dropbox, and a mail where mail is set up, in the words of its
    /// kind and the reader's language; `about` makes the mail's key.
    pub(crate) fn tell(&self, kind: &str, about_it: &[(&str, &str)], about: &str) -> Vec<Write> {
        let mut facts = order_facts(self.project);
        for (name, value) in about_it {
            facts.insert((*name).to_owned(), (*value).to_owned());
        }
        let said = self.studio.words.say(kind, Language::English, &facts);
        let row = NoticeRow {
            facts: serde_json::to_string(&facts).ok(),
            ..self.line(self.project.client.as_str(), kind, &said.text)
        };
        let note = format!("{kind}:{about}:{}", self.now);
        let mut rows = vec![
            Write::Notice(row),
            Work::WriteMessages.queue(&self.project.id, &note),
        ];
        if self.studio.mail == Configured::Yes {
            let work = Work::Tell {
                kind: kind.to_owned(),
                facts,
            };
            rows.push(work.queue(&self.project.id, &format!("{kind}:{about}")));
        }
        rows
    }

    /// A moment as the day it falls on by the order's calendar; nothing for what never comes.
    pub(crate) fn day(&self, at: i64) -> String {
        let moment = self.project.rules.time_zone.at(at);
        moment
            .filter(|_| at != NEVER)
            .map_or_else(String::new, |t| t.date().to_string())
    }

    /// The last day before a moment that ends a day.
    fn last_day(&self, ends_at: i64) -> String {
        self.day(ends_at.saturating_sub(1))
    }
}
