//! What is true after an event. Cannot fail: whatever `decide` let happen, happened.

mod alternates;
mod asked;
mod attaching;
mod copying;
mod kept;
mod packaging;
mod programming;
mod releasing;

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;
use crate::ids::MixId;
use crate::mix::{Acceptance, FindingLine, MixRole, Severity, Showing};
use crate::paid::{Payments, hold_changed};
use crate::project::{Archive, Hold, Project, Stage, Track};
use crate::queue::Lane;
use crate::revision::{Approval, Comment, Revision};
use crate::rounds::Silent;
use crate::service::ServiceRules;
use crate::turns::{Turn, TurnTaken, pass_turn};

/// Builds a project from its journal. `None` for a journal that does not begin with its opening.
#[must_use]
pub fn replay<'e>(events: impl IntoIterator<Item = &'e Event>) -> Option<Project> {
    let mut events = events.into_iter();
    let mut project = opened(events.next()?)?;
    for event in events {
        apply(&mut project, event);
    }
    Some(project)
}

#[expect(
    clippy::too_many_lines,
    reason = "one line for each field of an order that was just opened"
)]
fn opened(event: &Event) -> Option<Project> {
    let Event::Opened {
        id,
        number,
        client,
        title,
        artist,
        service,
        rules,
        retention,
        songs,
        declared,
        at,
    } = event
    else {
        return None;
    };
    Some(Project {
        id: id.clone(),
        number: *number,
        client: client.clone(),
        title: title.clone(),
        artist: artist.clone(),
        service: *service,
        rules: ServiceRules::clone(rules),
        retention: *retention,
        songs: *songs,
        declared: *declared,
        stage: Stage::Intake,
        hold: Hold::Nothing,
        payments: Payments::default(),
        sale: None,
        opened_at: *at,
        mixes: Default::default(),
        compared: Default::default(),
        is_intake_closed: false,
        tracks: Vec::new(),
        alternates: Vec::new(),
        revisions: Default::default(),
        versions: Default::default(),
        comments: Vec::new(),
        approval: None,
        earlier_approvals: Vec::new(),
        finals: Vec::new(),
        offered_at: None,
        completed_at: None,
        archive: None,
        turns: vec![TurnTaken {
            turn: Turn::Mixes,
            since: *at,
        }],
        question: None,
        reprints_asked: Default::default(),
        lane: Default::default(),
        last_word: None,
        requests: Vec::new(),
        rounds_over: None,
        asking_warned: None,
        silent: None,
        listened: Vec::new(),
        preview: None,
        fee_due_at: None,
        retention_hold: None,
        consulted: None,
        content: None,
        permissions: Vec::new(),
        not_needed: Vec::new(),
        ears: Default::default(),
        release: None,
        cover: None,
        attachments: Vec::new(),
        ticks: Vec::new(),
        removals: Vec::new(),
        sales_told: BTreeSet::new(),
        payouts: Vec::new(),
        payouts_asked: Vec::new(),
        claims: Vec::new(),
        label_copies: Vec::new(),
        lyrics: BTreeMap::new(),
        packages: Vec::new(),
        formats: BTreeSet::new(),
        told_quotes: BTreeSet::new(),
        deletion: None,
    })
}

/// Brings `project` to where it stands after `event`.
pub fn apply(project: &mut Project, event: &Event) {
    change(project, event);
    if let Some(revision) = programming::touched(event, project) {
        alternates::keep_with_songs(project, revision);
        programming::forget_what_was_made(project, revision);
    }
    pass_turn(project, event);
}

#[expect(
    clippy::too_many_lines,
    reason = "one match over every event; the work is in its arms' functions"
)]
fn change(project: &mut Project, event: &Event) {
    match event {
        // A second opening is never decided.
        Event::Opened { .. } => {}
        Event::ReprintAsked { mix, .. } => {
            project.reprints_asked.insert(mix.clone());
        }
        Event::MixReceived {
            mix,
            title,
            key,
            version,
        } => receive_mix(project, mix, title, key, *version),
        Event::MixSuperseded { mix, by } => {
            if let Some(old) = project.mixes.get_mut(mix) {
                old.superseded_by = Some(by.clone());
            }
        }
        Event::SetCompared {
            findings,
            changed,
            showing,
        } => compare_set(project, findings, changed, *showing),
        Event::FindingsReleased { mixes, .. } => {
            for mix in project.mixes.values_mut().filter(|m| mixes.contains(&m.id)) {
                mix.showing = Showing::Open;
                mix.set_showing = Showing::Open;
            }
        }
        Event::MixAccepted {
            mix,
            by,
            reason,
            at,
        } => {
            if let Some(mix) = project.mixes.get_mut(mix) {
                mix.accepted = Some(Acceptance {
                    by: by.clone(),
                    at: *at,
                    reason: reason.clone(),
                });
            }
        }
        Event::MixSetAside { mix } => {
            if let Some(old) = project.mixes.get_mut(mix) {
                old.is_set_aside = true;
            }
            project.tracks.retain(|t| &t.mix != mix);
            project.alternates.retain(|other| &other.track.mix != mix);
            alternates::put_back_orphans(project);
        }
        Event::IntakeClosed { order } => {
            project.is_intake_closed = true;
            put_in_order(project, order);
        }
        Event::TracksOrdered { order } => put_in_order(project, order),
        Event::TrackNamed { track, title } => {
            if let Some(track) = project.tracks.iter_mut().find(|t| &t.id == track) {
                track.title.clone_from(title);
            }
        }
        Event::AlternateNamed { .. } | Event::AlternateUnnamed { .. } => {
            alternates::change(project, event);
        }
        Event::RevisionOpened {
            revision,
            reason,
            tracks,
            request,
            at,
        } => {
            asked::revision_opened(project, *request, *revision);
            let programme = project.programme().cloned().map(Box::new);
            project.revisions.insert(
                *revision,
                Revision {
                    no: *revision,
                    opened_at: *at,
                    reason: reason.clone(),
                    tracks: tracks.clone(),
                    programme,
                    made: None,
                    sent_at: None,
                },
            );
            project.stage = Stage::Adjusting {
                revision: *revision,
            };
        }
        Event::ProgrammeSet { .. } | Event::VersionTaken { .. } | Event::ProgrammeMade { .. } => {
            programming::change(project, event);
        }
        Event::PlanChanged {
            revision,
            track,
            plan,
        } => {
            if let Some(version) = project
                .revisions
                .get_mut(revision)
                .and_then(|r| r.tracks.get_mut(track))
            {
                version.plan = Some(plan.clone());
                version.master = None;
            }
            project.stage = Stage::Adjusting {
                revision: *revision,
            };
        }
        Event::PrintChosen {
            revision,
            track,
            chain,
        } => {
            let version = project
                .revisions
                .get_mut(revision)
                .and_then(|r| r.tracks.get_mut(track));
            let was_made = version.is_some_and(|version| {
                version.rack.clone_from(chain);
                version.master.take().is_some()
            });
            if was_made {
                project.stage = Stage::Adjusting {
                    revision: *revision,
                };
            }
        }
        Event::MixTakenUp {
            revision,
            track,
            mix,
        } => take_up(project, *revision, track, mix),
        Event::MasteringStarted { revision } => {
            project.stage = Stage::Mastering {
                revision: *revision,
            }
        }
        Event::MasterRecorded {
            revision,
            track,
            master,
        } => {
            if let Some(version) = project
                .revisions
                .get_mut(revision)
                .and_then(|r| r.tracks.get_mut(track))
            {
                if let crate::master::MasterOrigin::Rendered { plan, .. } = &master.origin {
                    version.plan = Some(plan.clone());
                }
                version.master = Some(master.clone());
            }
            programming::keep_version(project, *revision, track);
        }
        Event::ReferenceSent { revision, at } => {
            if let Some(round) = project.revisions.get_mut(revision) {
                round.sent_at = Some(*at);
            }
            project.silent = Some(Silent {
                since: *at,
                announced: Vec::new(),
            });
            project.stage = Stage::InReview {
                revision: *revision,
            };
        }
        Event::Commented {
            id,
            revision,
            track,
            position_ms,
            until_ms,
            words,
            by,
            at,
        } => {
            project.comments.push(Comment {
                id: id.clone(),
                revision: *revision,
                track: track.clone(),
                position_ms: *position_ms,
                until_ms: *until_ms,
                words: words.clone(),
                by: by.clone(),
                at: *at,
            });
            asked::speak(project, *at);
        }
        Event::Approved {
            revision,
            name,
            person,
            wording,
            samples,
            discs,
            at,
            consent,
        } => {
            asked::approved(project);
            project.approval = Some(Approval {
                revision: *revision,
                name: name.clone(),
                person: person.clone(),
                at: *at,
                wording: wording.clone(),
                samples: samples.clone(),
                discs: discs.clone(),
                consent: consent.clone(),
            });
            project.stage = Stage::Approved {
                revision: *revision,
            };
        }
        Event::FinalsRecorded { finals, .. } => project.finals.clone_from(finals),
        Event::FinalsOffered { at } => {
            project.offered_at = Some(*at);
            if let Stage::Approved { revision } = project.stage {
                project.stage = Stage::Delivered { revision };
            }
        }
        Event::HoldChanged { hold, at } => hold_changed(project, *hold, *at),
        Event::SoldInSale { sale, .. } => project.sale = Some(sale.clone()),
        Event::Consulted(consulted) => project.consulted = Some(consulted.clone()),
        Event::ContentDecided(decision) => project.content = Some(decision.clone()),
        Event::RushSold { quote, .. } => {
            project.lane = Lane::Rush;
            project.told_quotes.insert(*quote);
        }
        Event::FormatsOrdered { formats, .. } => project.formats.extend(formats),
        Event::FinalsAdded { finals, .. } => project.finals.extend(finals.iter().cloned()),
        Event::PermissionKept(kept) => project.permissions.push(kept.clone()),
        Event::PermissionNotNeeded(decided) => project.not_needed.push(decided.clone()),
        Event::ReleaseDescribed { .. }
        | Event::CoverKept(_)
        | Event::CodesAllotted { .. }
        | Event::RemovalAsked(_)
        | Event::ShopGone { .. }
        | Event::RemovalWithdrawn { .. }
        | Event::Sales(_)
        | Event::RightsClaimed(_)
        | Event::ClaimWithdrawn { .. } => releasing::change(project, event),
        Event::LabelCopy(event) => copying::change(project, event),
        Event::LyricsKept { track, lyrics } => {
            project.lyrics.insert(track.clone(), (**lyrics).clone());
        }
        Event::Attachment(event) => attaching::change(project, event),
        Event::Package(event) => packaging::change(project, event),
        Event::ListeningAllowed(leave) => project.ears.leave = Some(leave.clone()),
        Event::ListeningForbidden { .. } => project.ears.leave = None,
        Event::ListeningReasoned(reason) => project.ears.reasons.push(reason.clone()),
        Event::StudioListened(listened) => project.ears.listened.push(listened.clone()),
        Event::Completed { at } => {
            project.completed_at = Some(*at);
            if let Some(revision) = project.stage.revision() {
                project.stage = Stage::Completed { revision };
            }
        }
        Event::Archived { manifest, at, due } => {
            project.archive = Some(Archive {
                manifest: manifest.clone(),
                at: *at,
                due: *due,
                working_gone_at: None,
                all_gone_at: None,
            });
            if let Some(revision) = project.stage.revision() {
                project.stage = Stage::Archived { revision };
            }
        }
        Event::WorkingFilesReleased { at, .. } => {
            if let Some(archive) = &mut project.archive {
                archive.working_gone_at = Some(*at);
            }
        }
        Event::ArchiveReleased { at, .. } => {
            if let Some(archive) = &mut project.archive {
                archive.all_gone_at = Some(*at);
            }
        }
        Event::RevisionRequested { .. }
        | Event::RequestAnswered { .. }
        | Event::RequestAgreed { .. }
        | Event::RequestWithdrawn { .. }
        | Event::QuestionAsked { .. }
        | Event::QuestionAnswered { .. }
        | Event::AskingEnds { .. }
        | Event::AskingEnded { .. }
        | Event::SilenceAnnounced { .. } => asked::change(project, event),
        Event::LaneChosen { .. }
        | Event::LastWordNamed { .. }
        | Event::FeeDue { .. }
        | Event::Listened(_)
        | Event::PreviewChosen { .. }
        | Event::TrackMarked { .. }
        | Event::FaultFound { .. }
        | Event::HoldPlaced { .. }
        | Event::HoldLifted { .. }
        | Event::RetentionExtended { .. }
        | Event::DeletionAsked { .. }
        | Event::DeletionConfirmed { .. }
        | Event::DeletionWithdrawn { .. } => kept::change(project, event),
    }
}

fn compare_set(
    project: &mut Project,
    findings: &BTreeMap<MixId, Vec<FindingLine>>,
    changed: &BTreeSet<MixId>,
    showing: Showing,
) {
    project.compared = findings.keys().cloned().collect();
    for mix in project
        .mixes
        .values_mut()
        .filter(|m| changed.contains(&m.id))
    {
        let now = findings.get(&mix.id).cloned().unwrap_or_default();
        let is_new = |line: &&FindingLine| {
            line.severity > Severity::Note && mix.set_findings.iter().all(|l| l.code != line.code)
        };
        // Whoever accepted the mix did not know of this.
        if now.iter().any(|line| is_new(&line)) {
            mix.accepted = None;
        }
        mix.set_showing = if now.is_empty() {
            Showing::Open
        } else {
            showing
        };
        mix.set_findings = now;
    }
}

fn put_in_order(project: &mut Project, order: &[crate::ids::TrackId]) {
    let place = |t: &Track| {
        order
            .iter()
            .position(|id| id == &t.id)
            .unwrap_or(order.len())
    };
    project.tracks.sort_by_key(place);
}

fn receive_mix(project: &mut Project, mix: &crate::mix::Mix, title: &str, key: &str, version: u32) {
    let mut mix = mix.clone();
    let is_intake = matches!(project.stage, Stage::Intake);
    let is_known = is_intake && alternates::receive(project, &mut mix, key, version);
    if mix.role == MixRole::Main && is_intake && !is_known {
        let known = project.tracks.iter_mut().find(|t| t.key == key);
        if let Some(track) = known {
            // An older version that comes late is kept, and takes no place.
            if version >= track.version {
                track.mix = mix.id.clone();
                track.version = version;
            }
            mix.track = Some(track.id.clone());
        } else {
            let id = mix.id.as_track();
            project.tracks.push(Track {
                id: id.clone(),
                title: title.to_owned(),
                key: key.to_owned(),
                version,
                mix: mix.id.clone(),
                isrc: String::new(),
                credits: String::new(),
            });
            mix.track = Some(id);
        }
    }
    project.mixes.insert(mix.id.clone(), mix);
}

fn take_up(
    project: &mut Project,
    revision: Option<crate::ids::RevisionNo>,
    track: &crate::ids::TrackId,
    mix: &crate::ids::MixId,
) {
    let others = project.alternates.iter_mut().map(|other| &mut other.track);
    let mut all = project.tracks.iter_mut().chain(others);
    if let Some(song) = all.find(|t| &t.id == track) {
        song.mix = mix.clone();
    }
    let is_beside = project.alternate(track).is_some();
    if let Some(mix) = project.mixes.get_mut(mix) {
        mix.track = Some(track.clone());
        if is_beside {
            mix.role = MixRole::Alternate;
        }
    }
    let version = revision
        .and_then(|no| project.revisions.get_mut(&no))
        .and_then(|r| r.tracks.get_mut(track));
    if let Some(version) = version {
        // Another mix wants another plan: the old one was measured on the old mix.
        *version = crate::revision::Version {
            mix: mix.clone(),
            plan: None,
            // The gear stands as it stood.
            rack: version.rack.take(),
            master: None,
        };
    }
}
