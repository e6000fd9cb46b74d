//! What pages show of orders: who waits for whom, what may be done, what happened.

mod log;
mod offers;
mod rules_log;

use mastering::{
    BadId, FinalsWait, Hold, Kept, NEVER, Project, Retention, RevisionNo, ServiceKind, Stage,
};

use crate::access::Visitor;
use crate::terms::day_in;
use crate::views::OrderLine;

pub(crate) use self::log::{actor_words, log};
pub(crate) use self::offers::offers;

/// The sentence an approval agrees to.
pub(crate) fn approval_wording(project: &Project, revision: RevisionNo) -> String {
    format!(
        "I have listened to revision {revision} of \u{201c}{}\u{201d} and approve these masters. \
         The approval ends the free revisions; finals will be made from exactly these samples.",
        project.title
    )
}

/// What stays how long, as the client reads it.
pub(crate) fn retention_words(project: &Project) -> String {
    let day = |at: i64| day_in(&project.rules.time_zone, at);
    match &project.archive {
        None => kept_words(&project.retention),
        Some(archive) => {
            let working = match archive.working_gone_at {
                Some(at) => format!("The working files left on {}.", day(at)),
                None if archive.due.working_due_at == NEVER => "The working files stay.".to_owned(),
                None => format!(
                    "The working files leave on {}.",
                    day(archive.due.working_due_at)
                ),
            };
            let all = match archive.all_gone_at {
                Some(at) => format!("The archive left on {}.", day(at)),
                None if archive.due.archive_due_at == NEVER => {
                    "A recall stays possible; the archive has no end of its own.".to_owned()
                }
                None => format!(
                    "A recall is possible until {}.",
                    day(archive.due.archive_due_at)
                ),
            };
            match &project.retention_hold {
                Some(_) => {
                    format!("{working} {all} For now everything stays: the studio keeps it.")
                }
                None => format!("{working} {all}"),
            }
        }
    }
}

/// What will stay how long, before there is a date.
fn kept_words(retention: &Retention) -> String {
    let working = match retention.working_days {
        Kept::For(days) => format!("Working files are kept for {days} days after completion"),
        Kept::Forever => "Working files are kept".to_owned(),
    };
    match retention.recall_months {
        Kept::For(months) => {
            format!("{working}, everything needed for a recall for {months} months.")
        }
        Kept::Forever => format!("{working}, everything needed for a recall without an end."),
    }
}

/// Who has to do something next, in words for whoever looks.
pub(crate) fn waits_for_words(project: &Project, visitor: &Visitor) -> String {
    if visitor.is_staff() {
        waits_for(project)
    } else {
        client_waits_for(project)
    }
}

/// The same in the words for a client.
pub(crate) fn client_waits_for(project: &Project) -> String {
    // How many mixes somebody has to decide about is what a held client does not read yet.
    if project.stage == Stage::Intake
        && project.held_back().next().is_some()
        && project.unverified().next().is_some()
    {
        return "the studio listens to your mixes".to_owned();
    }
    let words = waits_for(project);
    match words.strip_prefix("the client ") {
        Some(deed) => you_do(deed),
        None => words,
    }
}

/// "listens to revision 1" as it is said to the one who listens.
fn you_do(deed: &str) -> String {
    let (verb, rest) = deed.split_once(' ').unwrap_or((deed, ""));
    let verb = match verb.strip_suffix("ches") {
        Some(stem) => format!("{stem}ch"),
        None => verb.strip_suffix('s').unwrap_or(verb).to_owned(),
    };
    format!("you {verb} {rest}")
}

/// Whether the next step waits for money alone.
fn waits_for_money(project: &Project) -> bool {
    match project.stage {
        Stage::Adjusting { .. } => project.hold == Hold::Everything,
        Stage::Approved { .. } => project.hold != Hold::Nothing && !project.finals.is_empty(),
        Stage::Intake
        | Stage::Mastering { .. }
        | Stage::InReview { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => false,
    }
}

/// The permission that finals which are made wait for, if they do.
fn waits_for_permission(project: &Project) -> Option<String> {
    let is_made = matches!(project.stage, Stage::Approved { .. }) && !project.finals.is_empty();
    let mut waits = project.finals_wait_for().into_iter();
    let song = waits.find_map(|wait| match wait {
        FinalsWait::Permission { song } => Some(song),
        FinalsWait::Payment | FinalsWait::Claim { .. } => None,
    });
    let song = song.filter(|_| is_made)?;
    Some(format!(
        "the client sends the written permission for \u{201c}{}\u{201d}, {}; the finals wait for it",
        song.song,
        song.what.words()
    ))
}

/// Who has to do something next, in words.
pub(crate) fn waits_for(project: &Project) -> String {
    if waits_for_money(project) {
        return "a payment is awaited; the order's account says which".to_owned();
    }
    if let Some(waits) = waits_for_permission(project) {
        return waits;
    }
    if let Some(question) = &project.question {
        return format!("the client answers the question: {}", question.words);
    }
    if let Some(request) = project.open_request() {
        return match request.answer {
            Some(_) => "the client agrees to the quote of the request, or takes it back".to_owned(),
            None => "the studio answers the request".to_owned(),
        };
    }
    match project.stage {
        Stage::Intake => {
            let undecided = project.unverified().count();
            let came = project.main_mixes().count();
            if undecided > 0 {
                format!(
                    "the studio decides about {undecided} of {} mixes",
                    project.mixes.len()
                )
            } else {
                match project.songs {
                    Some(songs) => format!("the client sends mixes: {came} of {songs} are here"),
                    None if came == 0 => "the client sends mixes".to_owned(),
                    None => format!("the client says whether these {came} are all"),
                }
            }
        }
        Stage::Adjusting { revision } => format!("the studio works out revision {revision}"),
        Stage::Mastering { revision } => {
            if let Some(programme) = project
                .programme_to_make()
                .and_then(|r| r.programme.as_ref())
            {
                return match project.lay_programme(programme, revision) {
                    Ok(_) => format!("Lacquer puts the programme of revision {revision} together"),
                    Err(_) => format!(
                        "the studio changes the programme of revision {revision}, which does not fit its masters"
                    ),
                };
            }
            let is_mastered = project
                .revisions
                .get(&revision)
                .is_some_and(mastering::Revision::is_mastered);
            match (is_mastered, project.service.kind) {
                (true, ServiceKind::Engineer) => {
                    format!("the studio listens to revision {revision} and sends it")
                }
                (true, ServiceKind::Instant) | (false, _) => {
                    format!("Lacquer makes the masters of revision {revision}")
                }
            }
        }
        Stage::InReview { revision } => format!("the client listens to revision {revision}"),
        Stage::Approved { .. } => "Lacquer makes the finals and reads them back".to_owned(),
        Stage::Delivered { .. } => "the client fetches the finals".to_owned(),
        Stage::Completed { .. } => "Lacquer closes the project into the archive".to_owned(),
        Stage::Archived { .. } => "the project is complete and in the archive".to_owned(),
    }
}

/// A line of a list, from the columns that say where the order stands.
///
/// # Errors
/// An id or a number that is none.
pub(crate) fn line(row: vault::ListedRow, visitor: &Visitor) -> Result<OrderLine, BadId> {
    let standing = row.standing;
    Ok(OrderLine {
        project: row.id.parse()?,
        number: row.number.parse()?,
        title: standing.title,
        artist: standing.artist,
        client: row.client_name,
        stage: standing.stage,
        revision: standing.revision.map(RevisionNo::try_from).transpose()?,
        waits_for: if visitor.is_staff() {
            standing.waits_for
        } else {
            standing.waits_for_client
        },
        opened_at: row.created_ms,
    })
}

/// A number with the word for what is counted.
fn counted(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::you_do;

    #[test]
    fn a_client_reads_of_themselves_as_you() {
        assert_eq!(you_do("listens to revision 1"), "you listen to revision 1");
        assert_eq!(you_do("sends mixes"), "you send mixes");
        assert_eq!(
            you_do("says whether these 2 are all"),
            "you say whether these 2 are all"
        );
        assert_eq!(you_do("fetches the finals"), "you fetch the finals");
    }
}
