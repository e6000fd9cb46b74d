//! The journal's sentences about requests, questions, clocks, people and the keeping.

use mastering::{
    Answer, AttachmentEvent, Event, Heard, LabelCopyEvent, Lane, Limit, NEVER, PackageEvent,
    PreviewForm, Project, RemovalCost, SalesEvent, SendingEvent, SendingOutcome, SongLyrics, Sung,
    Timed,
};

use crate::terms::{audible_words, day_in, moment_in};

fn answer_words(answer: Answer) -> &'static str {
    match answer {
        Answer::Free => "a free round",
        Answer::Correction => "a correction of the studio's own; it is free and does not count",
        Answer::Charged => "a round that is charged; it is quoted",
        Answer::NewWork => "new work with its own quote",
        Answer::Declined => "nothing the studio does",
    }
}

fn preview_words(form: Option<PreviewForm>) -> &'static str {
    match form {
        None => "as the service says",
        Some(PreviewForm::Lossless) => "lossless",
        Some(PreviewForm::Lossy) => "coded with loss",
        Some(PreviewForm::Marked) => "with a mark",
        Some(PreviewForm::Excerpt) => "as excerpts",
    }
}

fn keeping(event: &Event, project: &Project) -> String {
    let day = |at: i64| day_in(&project.rules.time_zone, at);
    match event {
        Event::HoldPlaced { reason, by, .. } => {
            format!("{by} holds everything, whatever the dates say: {reason}")
        }
        Event::HoldLifted { by, .. } => format!("{by} lifted the hold; the dates count again."),
        Event::RetentionExtended {
            due, reason, by, ..
        } => {
            let until = if due.archive_due_at == NEVER {
                "without an end".to_owned()
            } else {
                format!("until {}", day(due.archive_due_at))
            };
            format!("{by} keeps the archive {until}: {reason}")
        }
        Event::DeletionAsked { reason, by, .. } => {
            format!("{by} asked to let everything go before its date: {reason}")
        }
        Event::DeletionConfirmed { by, .. } => format!("{by} confirmed that everything goes."),
        Event::DeletionWithdrawn { .. } => {
            "The request to let everything go was taken back.".to_owned()
        }
        _ => String::new(),
    }
}

/// What somebody kept of a song's words.
fn lyrics_told(lyrics: &SongLyrics, title: &str) -> String {
    match (&lyrics.sung, lyrics.timed()) {
        (Sung::Instrumental, _) => {
            format!("noted that \u{201c}{title}\u{201d} is an instrumental")
        }
        (Sung::Lines { .. }, Timed::NoWords) => {
            format!("took the words of \u{201c}{title}\u{201d} away")
        }
        (Sung::Lines { .. }, Timed::Open { without, of }) => format!(
            "kept the words of \u{201c}{title}\u{201d}, {} of {of} lines timed",
            of - without
        ),
        (Sung::Lines { .. }, Timed::Whole) => {
            format!("kept the words of \u{201c}{title}\u{201d}, each line timed")
        }
    }
}

fn releasing(event: &Event, project: &Project) -> String {
    match event {
        Event::ReleaseDescribed { by, .. } => format!("{by} filled in the release."),
        Event::LyricsKept { track, lyrics } => {
            let title = project.called(track).unwrap_or_default();
            format!("{} {}.", lyrics.by, lyrics_told(lyrics, &title))
        }
        Event::CodesAllotted { codes, by, .. } => {
            let given: Vec<&str> = codes.iter().map(|code| code.code.as_str()).collect();
            format!("{by} allotted {}.", given.join(", "))
        }
        Event::RemovalAsked(removal) => {
            let shops: Vec<&str> = removal.shops.keys().map(String::as_str).collect();
            let cost = match removal.cost {
                RemovalCost::Free => "free",
                RemovalCost::Fee => "for the price list's fee",
            };
            format!(
                "{} asked to take the release out of {}, {cost}: {}",
                removal.by,
                shops.join(", "),
                removal.reason
            )
        }
        Event::RemovalWithdrawn { no, by, .. } => {
            format!("{by} took removal {no} back; shops whose links live keep the release.")
        }
        Event::Sales(event) => match event {
            SalesEvent::Reported {
                distributor,
                quarter,
                ..
            } => format!("{distributor} reported its sales of {quarter}."),
            SalesEvent::PayoutAsked(asked) => {
                format!("{} asked for a payout of {}.", asked.by, asked.balance)
            }
            SalesEvent::PaidOut(payout) => format!(
                "{} noted that {} was paid out on {}: {}",
                payout.by, payout.amount, payout.paid_on, payout.words
            ),
        },
        Event::CoverKept(cover) => format!("{} brought a cover, {}.", cover.by, cover.file_name),
        Event::LabelCopy(event) => label_copy(event, project),
        Event::Package(event) => package(event, project),
        Event::Attachment(event) => attachment(event, project),
        Event::ShopGone { shop, .. } => format!("The release is gone from {shop}."),
        Event::RightsClaimed(claim) => {
            format!("{} claims rights in it: {}", claim.claimant, claim.words)
        }
        Event::ClaimWithdrawn { no, .. } => {
            let claim = project.claims.iter().find(|claim| claim.no == *no);
            let who = claim.map_or("somebody", |claim| claim.claimant.as_str());
            format!("The claim of {who} was withdrawn.")
        }
        _ => String::new(),
    }
}

fn label_copy(event: &LabelCopyEvent, project: &Project) -> String {
    match event {
        LabelCopyEvent::Came(copy) if copy.by.is_empty() => {
            format!("{} came with titles, codes or credits.", copy.file_name)
        }
        LabelCopyEvent::Came(copy) => format!(
            "{} brought {}, a list of titles, codes or credits.",
            copy.by, copy.file_name
        ),
        LabelCopyEvent::Settled { no, settled } => {
            let name = project.label_copy(*no);
            let name = name.map_or("A list", |copy| copy.file_name.as_str());
            if settled.is_entered {
                format!("{} entered what was chosen of {name}.", settled.by)
            } else {
                format!("{} set {name} aside.", settled.by)
            }
        }
    }
}

fn attachment(event: &AttachmentEvent, project: &Project) -> String {
    let one = event.no().and_then(|no| project.attachment(no));
    let what = one.map_or_else(
        || "the cover".to_owned(),
        |one| format!("the {} {}", one.kind.words(), one.file_name),
    );
    match event {
        AttachmentEvent::Kept(kept) => format!("{} brought {what}.", kept.by),
        AttachmentEvent::Proposed(one) => format!(
            "{} came in the dropbox from {}, and waits to be taken as a {}.",
            one.file_name,
            one.by,
            one.kind.words()
        ),
        AttachmentEvent::Taken { by, song, .. } => {
            let title = song.as_ref().and_then(|song| project.track(song));
            match title {
                Some(track) => format!("{by} took {what} for \u{201c}{}\u{201d}.", track.title),
                None => format!("{by} took {what}."),
            }
        }
        AttachmentEvent::Coded { isrc, by, .. } => match isrc.as_str() {
            "" => format!("{by} took the ISRC of {what} away."),
            isrc => format!("{by} says that {what} has the ISRC {isrc}."),
        },
        AttachmentEvent::Read { read, .. } => match read.findings.len() {
            0 => format!("Nothing was found in {what}."),
            1 => format!("One thing was found in {what}."),
            count => format!("{count} things were found in {what}."),
        },
        AttachmentEvent::Ticked { tick, .. } => {
            format!("{} said of {what}: {}.", tick.by, tick.point.words())
        }
        AttachmentEvent::TickTakenBack { tick, .. } => format!(
            "{} took back what was said of {what}: {}.",
            tick.by,
            tick.point.words()
        ),
        AttachmentEvent::Removed { by, .. } if one.is_some_and(|one| one.is_waiting) => {
            format!("{by} set {what} aside.")
        }
        AttachmentEvent::Removed { by, .. } => {
            format!("{by} took {what} out of what is delivered.")
        }
    }
}

fn package(event: &PackageEvent, project: &Project) -> String {
    let package = project.package(event.no());
    let title = package.map_or("A package", |package| package.title.as_str());
    match event {
        PackageEvent::Asked(asked) => {
            format!("{} asked for the package {}.", asked.by, asked.title)
        }
        PackageEvent::Made { made, .. } => {
            format!("The package {title} was made: {} files.", made.files.len())
        }
        PackageEvent::Failed { why, .. } => format!("The package {title} was not made: {why}"),
        PackageEvent::Released { released, .. } => {
            format!(
                "{} released the package {title} for production.",
                released.by
            )
        }
        PackageEvent::Posted { posted, .. } => format!(
            "{} gave the package {title} to {}, {}.",
            posted.by, posted.carrier, posted.tracking
        ),
        PackageEvent::Sending(event) => sending(event, title),
    }
}

fn sending(event: &SendingEvent, title: &str) -> String {
    match event {
        SendingEvent::Asked { asked, .. } => format!("{} sends the package {title}.", asked.by),
        SendingEvent::Ended { outcome, .. } => match outcome {
            SendingOutcome::Waiting => format!("The package {title} waits to be sent."),
            SendingOutcome::Sent(sent) => format!(
                "The package {title} lies at its recipient's: {} files.",
                sent.files
            ),
            SendingOutcome::Failed { .. } => format!("The package {title} was not sent."),
            SendingOutcome::CalledOff { by, .. } => {
                format!("{by} called off the sending of the package {title}.")
            }
        },
    }
}

fn leave(event: &Event, project: &Project) -> String {
    match event {
        Event::PermissionNotNeeded(decided) => format!(
            "{} says that \u{201c}{}\u{201d}, {}, needs no permission: {}",
            decided.by,
            decided.song,
            decided.what.words(),
            decided.reason
        ),
        Event::ListeningAllowed(leave) => {
            format!("{} lets the studio's people listen.", leave.by)
        }
        Event::ListeningForbidden { by, .. } => {
            format!("{by} no longer lets the studio's people listen.")
        }
        Event::ListeningReasoned(given) => format!(
            "{} listens {}, until {}: {}",
            given.by,
            given.purpose.words(),
            moment_in(&project.rules.time_zone, given.until),
            given.reason
        ),
        Event::StudioListened(listened) => format!("{} of the studio listened.", listened.by),
        _ => String::new(),
    }
}

fn clocks(event: &Event, project: &Project) -> String {
    let last_day = |at: i64| day_in(&project.rules.time_zone, at.saturating_sub(1));
    match event {
        Event::AskingEnds { ends_at, .. } => format!(
            "The client was told that free rounds can be asked for until {}.",
            last_day(*ends_at)
        ),
        Event::AskingEnded { over, .. } => {
            let limit = match over.limit {
                Limit::Window => "after the first delivery",
                Limit::Asking => "after the last delivery",
            };
            format!(
                "The time for free rounds {limit} ended on {}; what was left of them has lapsed.",
                last_day(over.since)
            )
        }
        Event::SilenceAnnounced {
            revision,
            approves_at,
            ..
        } => format!(
            "It was announced that silence approves revision {revision} on {}.",
            day_in(&project.rules.time_zone, *approves_at)
        ),
        Event::FeeDue { .. } => "With the approval the fee fell due.".to_owned(),
        _ => String::new(),
    }
}

/// One sentence for each event of the rules.
pub(super) fn sentence(event: &Event, project: &Project) -> String {
    match event {
        Event::RequestAnswered {
            answer, reason, by, ..
        } => format!(
            "{by} says the request is {}: {reason}",
            answer_words(*answer)
        ),
        Event::RequestAgreed { by, .. } => format!("{by} agreed to what the request costs."),
        Event::RequestWithdrawn { .. } => "The request was taken back.".to_owned(),
        Event::QuestionAsked { words, by, .. } => format!("{by} asks the client: {words}"),
        Event::QuestionAnswered { words, by, .. } => format!("{by} answers: {words}"),
        Event::LaneChosen { lane, by, .. } => match lane {
            Lane::Rush => format!("{by} put the order into the rush lane."),
            Lane::Usual => format!("{by} put the order back into the usual lane."),
        },
        Event::LastWordNamed { voice, .. } => format!("{} has the last word.", voice.name),
        Event::Listened(listened) => {
            let what = audible_words(project, &listened.audible);
            match listened.heard {
                Heard::Part => format!("A part of {what} was listened to."),
                Heard::Half => format!("Half of {what} was listened to."),
                Heard::Whole => format!("All of {what} was listened to."),
            }
        }
        Event::PreviewChosen { form, by, .. } => {
            format!(
                "{by} lets the client hear references {}.",
                preview_words(*form)
            )
        }
        Event::TrackMarked { track, isrc, .. } => {
            let title = project.track(track).map_or("a song", |t| t.title.as_str());
            match isrc.as_str() {
                "" => format!("The credits of \u{201c}{title}\u{201d} were written down."),
                isrc => format!("\u{201c}{title}\u{201d} has the ISRC {isrc}."),
            }
        }
        Event::FaultFound { words, by, .. } => {
            format!("{by} found a technical fault, which is mended free: {words}")
        }
        Event::ReleaseDescribed { .. }
        | Event::LyricsKept { .. }
        | Event::CodesAllotted { .. }
        | Event::RemovalAsked(_)
        | Event::RemovalWithdrawn { .. }
        | Event::Sales(_)
        | Event::CoverKept(_)
        | Event::LabelCopy(_)
        | Event::Package(_)
        | Event::Attachment(_)
        | Event::ShopGone { .. }
        | Event::RightsClaimed(_)
        | Event::ClaimWithdrawn { .. } => releasing(event, project),
        Event::PermissionNotNeeded(_)
        | Event::ListeningAllowed(_)
        | Event::ListeningForbidden { .. }
        | Event::ListeningReasoned(_)
        | Event::StudioListened(_) => leave(event, project),
        Event::AskingEnds { .. }
        | Event::AskingEnded { .. }
        | Event::SilenceAnnounced { .. }
        | Event::FeeDue { .. } => clocks(event, project),
        _ => keeping(event, project),
    }
}
