//! Whether a command may happen, and what it would mean.

mod alternates;
mod attaching;
mod care;
mod consulting;
mod copying;
mod ears;
mod intake;
mod keeping;
mod lyrics;
mod packaging;
pub(crate) mod permit;
mod programming;
mod releasing;
mod requests;
mod review;
mod rounds;
mod selling;
mod sending;
mod time;

use self::intake::{
    close_intake, order_by_path, receive_mix, record_set, release_findings, take_up,
};
use self::permit::{
    current_mix, due, house, in_stage, known_track, line, not_held, not_tied, optional_line,
    out_of_order, staff, staff_or_client, staff_or_house, text, working_revision,
};
use self::requests::{Given, agree, answer_request, request_revision, withdraw};
use self::rounds::{
    add_finals, first_revision, next_revision, print_through, receive_master, record_finals,
    record_master, start_mastering,
};
use crate::apply::apply;
use crate::command::{Command, NewOrder};
use crate::event::Event;
use crate::ids::{RevisionNo, UnixMs};
use crate::project::{Actor, Hold, Project, Stage};
use crate::refusal::Refusal;
use crate::service::{Completion, FeeDue, ServiceKind};

impl NewOrder {
    /// Opens the order.
    ///
    /// # Errors
    /// A missing title, or a target nobody could mean.
    pub fn open(self, by: &Actor, now: UnixMs) -> Result<Event, Refusal> {
        staff(by)?;
        Ok(Event::Opened {
            id: self.id,
            number: self.number,
            client: self.client,
            title: line(&self.title, "the title")?,
            artist: optional_line(&self.artist),
            service: if self.service.target.is_sensible() {
                self.service
            } else {
                return Err(Refusal::Missing {
                    what: "a target between -40 and -4 LUFS, at most 0 dBTP",
                });
            },
            rules: Box::new(self.rules),
            retention: self.retention,
            songs: self.songs,
            declared: self.declared,
            at: now,
        })
    }
}

/// Says whether `command` may happen to `project` and which events it means, with everything
/// that follows by rule (the last mix closes the intake, the last master sends the reference).
///
/// # Errors
/// The reason why not, for the person who asked.
pub fn decide(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    decide_knowing(project, Some(command), by, Arriving::Nothing, now)
}

/// Whether more mixes of a project are on their way through the intake check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arriving {
    /// Files that have come are still being opened.
    More,
    /// Everything that has come is checked.
    Nothing,
}

/// The same, knowing what the intake has in hand: while more mixes arrive, the intake stays open.
///
/// Without a command it says what follows by rule alone, such as when the last file of an upload
/// turned out to be no mix.
///
/// # Errors
/// The reason why not, for the person who asked.
pub fn decide_knowing(
    project: &Project,
    command: Option<Command>,
    by: &Actor,
    arriving: Arriving,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    if matches!(
        (&command, arriving),
        (Some(Command::CloseIntake), Arriving::More)
    ) {
        return Err(Refusal::StillArriving);
    }
    let mut events = match command {
        Some(command) => decide_alone(project, command, by, now)?,
        None => Vec::new(),
    };
    let mut after = project.clone();
    for event in &events {
        apply(&mut after, event);
    }
    while let Some(next) = next_by_rule(&after, arriving, now) {
        apply(&mut after, &next);
        events.push(next);
    }
    Ok(events)
}

#[expect(
    clippy::too_many_lines,
    reason = "one match over every command; the work is in the functions its arms call"
)]
fn decide_alone(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::ReceiveMix(mix) => receive_mix(project, mix, by),
        Command::RecordSet { findings, showing } => record_set(project, findings, showing, by),
        Command::ReleaseFindings { by: name } => release_findings(project, &name, by, now),
        Command::GoOnWith {
            mix,
            by: name,
            reason,
        } => {
            staff(by)?;
            let known = current_mix(project, &mix)?;
            if known.audio.is_none() {
                return Err(Refusal::NoAudio);
            }
            if known.is_verified() {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::MixAccepted {
                mix,
                by: line(&name, "the name")?,
                reason: line(&reason, "the reason")?,
                at: now,
            }])
        }
        Command::AskReprint { mix, words } => {
            staff(by)?;
            current_mix(project, &mix)?;
            Ok(vec![Event::ReprintAsked {
                mix,
                words: text(&words, "what to change")?,
                at: Some(now),
            }])
        }
        Command::SetAside { mix } => {
            staff(by)?;
            in_stage(project, |s| matches!(s, Stage::Intake))?;
            current_mix(project, &mix)?;
            Ok(vec![Event::MixSetAside { mix }])
        }
        Command::CloseIntake => {
            staff_or_client(project, by)?;
            in_stage(project, |s| matches!(s, Stage::Intake))?;
            close_intake(project)
        }
        Command::NameTrack { track, title } => {
            staff_or_client(project, by)?;
            known_track(project, &track)?;
            Ok(vec![Event::TrackNamed {
                track,
                title: line(&title, "the title")?,
            }])
        }
        Command::OrderTracks(order) => {
            staff_or_client(project, by)?;
            in_stage(project, |_| project.approval.is_none())?;
            if project.programme().is_some() {
                return Err(Refusal::ProgrammeOrders);
            }
            let mut given: Vec<_> = order.iter().collect();
            let mut all: Vec<_> = project.tracks.iter().map(|t| &t.id).collect();
            given.sort();
            all.sort();
            if given != all {
                return Err(Refusal::Unknown {
                    what: "order of songs: each song once",
                });
            }
            Ok(vec![Event::TracksOrdered { order }])
        }
        Command::ChangePlan { track, plan } => {
            staff(by)?;
            let revision = working_revision(project)?;
            known_track(project, &track)?;
            Ok(vec![Event::PlanChanged {
                revision,
                track,
                plan,
            }])
        }
        Command::PrintThrough { track, chain } => print_through(project, track, chain, by),
        Command::SetProgramme {
            programme,
            by: name,
        } => programming::set(project, &programme, &name, by, now),
        Command::RecordProgramme { revision, of, made } => {
            programming::record(project, revision, &of, made, by)
        }
        Command::TakeUpMix { mix, track } => take_up(project, mix, track, by),
        Command::NameAlternate { .. } | Command::UnnameAlternate { .. } => {
            alternates::decide(project, command, by, now)
        }
        Command::OpenRevision { reason } => {
            staff(by)?;
            let Stage::InReview { revision } = project.stage else {
                return Err(out_of_order(project));
            };
            if project.open_request().is_some() {
                return Err(Refusal::RequestWaits);
            }
            Ok(vec![next_revision(
                project,
                revision,
                (line(&reason, "the reason")?, None),
                now,
            )?])
        }
        Command::StartMastering => start_mastering(project, by),
        Command::RecordMaster {
            revision,
            track,
            master,
        } => {
            house(by)?;
            in_stage(project, |s| *s == Stage::Mastering { revision })?;
            record_master(project, revision, track, master)
        }
        Command::ReceiveMaster { track, master } => receive_master(project, track, master, by, now),
        Command::SendReference { revision } => {
            staff(by)?;
            in_stage(project, |s| *s == Stage::Mastering { revision })?;
            let round = project
                .revisions
                .get(&revision)
                .ok_or(Refusal::Unknown { what: "revision" })?;
            if !round.is_mastered() {
                return Err(Refusal::NotMastered(revision));
            }
            if !round.is_ready() {
                return Err(Refusal::ProgrammeNotMade(revision));
            }
            Ok(vec![Event::ReferenceSent { revision, at: now }])
        }
        Command::Comment {
            id,
            revision,
            on,
            position_ms,
            until_ms,
            words,
            by: name,
        } => {
            let said = review::Said {
                id,
                revision,
                on,
                position_ms,
                until_ms,
                words: &words,
                name: &name,
            };
            review::comment(project, said, by, now)
        }
        Command::RequestRevision { words, topics } => {
            request_revision(project, &words, topics, by, now)
        }
        Command::AnswerRequest {
            no,
            answer,
            reason,
            by: name,
            charge,
        } => {
            let given = Given {
                no,
                answer,
                reason: &reason,
                name: &name,
                charge,
            };
            answer_request(project, &given, by, now)
        }
        Command::AgreeToRequest { no, by: name } => agree(project, no, &name, by, now),
        Command::WithdrawRequest { no } => withdraw(project, no, by, now),
        Command::Approve {
            revision,
            name,
            wording,
            samples,
        } => {
            let yes = review::Yes {
                revision,
                name: &name,
                wording: &wording,
                samples,
            };
            review::approve(project, yes, by, now)
        }
        Command::Listen { audible, heard } => review::listen(project, audible, heard, by, now),
        Command::ReportFault { words, by: name } => {
            review::report_fault(project, &words, &name, by, now)
        }
        Command::KeepTime => time::keep_time(project, by, now),
        Command::AskClient { .. }
        | Command::AnswerQuestion { .. }
        | Command::ChooseLane { .. }
        | Command::NameLastWord(_)
        | Command::ChoosePreview { .. }
        | Command::MarkTrack { .. } => care::decide(project, command, by, now),
        Command::RecordConsultation { .. }
        | Command::DecideContent { .. }
        | Command::AttachPermission(_)
        | Command::WaivePermission { .. } => consulting::decide(project, command, by, now),
        Command::DescribeRelease { .. }
        | Command::KeepCover(_)
        | Command::TakeCodes { .. }
        | Command::AskRemoval { .. }
        | Command::WithdrawRemoval { .. }
        | Command::RecordShopGone { .. }
        | Command::RecordClaim { .. }
        | Command::WithdrawClaim { .. } => releasing::decide(project, command, by, now),
        Command::Sales(sales) => selling::decide(project, sales, by, now),
        Command::LabelCopy(copy) => copying::decide(project, copy, by, now),
        Command::KeepLyrics {
            track,
            sung,
            after,
            by: name,
        } => {
            let given = lyrics::Given {
                track,
                sung,
                after,
                by: name,
            };
            lyrics::keep(project, given, by, now)
        }
        Command::Attachment(attachment) => attaching::decide(project, attachment, by, now),
        Command::Package(package) => packaging::decide(project, package, by, now),
        Command::AllowListening { .. }
        | Command::ForbidListening { .. }
        | Command::GiveListeningReason { .. }
        | Command::HearAsStudio { .. } => ears::decide(project, command, by, now),
        Command::PlaceHold { .. }
        | Command::LiftHold { .. }
        | Command::ExtendRetention { .. }
        | Command::AskDeletion { .. }
        | Command::ConfirmDeletion { .. }
        | Command::WithdrawDeletion => keeping::decide(project, command, by, now),
        Command::RecordFinals { revision, finals } => {
            house(by)?;
            in_stage(project, |s| *s == Stage::Approved { revision })?;
            record_finals(project, revision, finals)
        }
        Command::AddFinals { revision, finals } => {
            house(by)?;
            add_finals(project, revision, finals, now)
        }
        Command::SellRush { quote, by: name } => {
            house(by)?;
            if project.rules.turnaround.rush.is_none() {
                return Err(Refusal::NoRush);
            }
            if project.told_quotes.contains(&quote) {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::RushSold {
                quote,
                by: name,
                at: now,
            }])
        }
        Command::OrderFormats {
            quote,
            formats,
            by: name,
        } => {
            house(by)?;
            if formats.is_subset(&project.formats) {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::FormatsOrdered {
                quote,
                formats,
                by: name,
                at: now,
            }])
        }
        Command::OfferFinals => {
            house(by)?;
            in_stage(project, |s| {
                matches!(s, Stage::Approved { .. }) && !project.finals.is_empty()
            })?;
            project.may_hand_over()?;
            Ok(vec![Event::FinalsOffered { at: now }])
        }
        Command::SetHold { hold } => {
            house(by)?;
            if project.hold == hold {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::HoldChanged { hold, at: now }])
        }
        Command::RecordSale(sale) => {
            house(by)?;
            if project.sale.as_ref() == Some(&sale) {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::SoldInSale { sale, at: now }])
        }
        Command::Complete => {
            staff_or_client(project, by)?;
            in_stage(project, |s| matches!(s, Stage::Delivered { .. }))?;
            Ok(vec![Event::Completed { at: now }])
        }
        Command::RecordArchive { manifest } => {
            house(by)?;
            in_stage(project, |s| matches!(s, Stage::Completed { .. }))?;
            let completed_at = project.completed_at.unwrap_or(now);
            let zone = &project.rules.time_zone;
            let due = project.retention.due_dates(completed_at, zone);
            Ok(vec![Event::Archived {
                manifest,
                at: now,
                due,
            }])
        }
        Command::ReleaseWorkingFiles { by: name } => {
            staff_or_house(by)?;
            let archive = project
                .archive
                .as_ref()
                .ok_or_else(|| out_of_order(project))?;
            due(archive.due.working_due_at, archive.working_gone_at, now)?;
            not_held(project)?;
            Ok(vec![Event::WorkingFilesReleased {
                by: line(&name, "the name")?,
                at: now,
            }])
        }
        Command::ReleaseArchive { by: name } => {
            staff_or_house(by)?;
            let archive = project
                .archive
                .as_ref()
                .ok_or_else(|| out_of_order(project))?;
            due(archive.due.archive_due_at, archive.all_gone_at, now)?;
            not_held(project)?;
            not_tied(project)?;
            Ok(vec![Event::ArchiveReleased {
                by: line(&name, "the name")?,
                at: now,
            }])
        }
    }
}

/// The next event that follows by rule, with nobody asking.
fn next_by_rule(project: &Project, arriving: Arriving, now: UnixMs) -> Option<Event> {
    let is_instant = match project.service.kind {
        ServiceKind::Instant => true,
        ServiceKind::Engineer => false,
    };
    match project.stage {
        Stage::Intake => {
            if project.is_intake_closed {
                return Some(first_revision(project, now));
            }
            let all_came = project
                .songs
                .is_some_and(|n| u32::try_from(project.main_mixes().count()) == Ok(n) && n > 0);
            // A set that nobody has compared yet may still hold a question.
            let is_ready = all_came
                && arriving == Arriving::Nothing
                && project.set_to_compare().is_none()
                && project.unverified().next().is_none();
            is_ready.then(|| Event::IntakeClosed {
                order: order_by_path(project),
            })
        }
        // The first revision of an instant order masters itself; any other waits for a person.
        Stage::Adjusting { revision }
            if is_instant
                && revision == RevisionNo::FIRST
                && project.hold != Hold::Everything
                && project.may_master().is_ok() =>
        {
            let is_untouched = project.revisions.get(&revision).is_some_and(|r| {
                r.sent_at.is_none()
                    && r.tracks
                        .values()
                        .all(|v| v.master.is_none() && v.plan.is_none())
            });
            is_untouched.then_some(Event::MasteringStarted { revision })
        }
        Stage::Mastering { revision } if is_instant => {
            let is_done = project
                .revisions
                .get(&revision)
                .is_some_and(|r| r.is_ready() && r.sent_at.is_none());
            is_done.then_some(Event::ReferenceSent { revision, at: now })
        }
        Stage::Approved { .. } => {
            let is_due = project.rules.approval.fee == FeeDue::OnApproval;
            (is_due && project.fee_due_at.is_none()).then_some(Event::FeeDue { at: now })
        }
        Stage::Delivered { .. } => match project.service.completion {
            Completion::OnDelivery => Some(Event::Completed { at: now }),
            Completion::ByHand => None,
        },
        Stage::Adjusting { .. }
        | Stage::Mastering { .. }
        | Stage::InReview { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => None,
    }
}

impl Project {
    /// Whether the calendar alone brings something about now, so that [`Command::KeepTime`] is due.
    #[must_use]
    pub fn has_time_come(&self, now: UnixMs) -> bool {
        time::due_event(self, now).is_some()
    }
}
