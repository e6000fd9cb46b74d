//! Questions, lanes, people, previews, ISRC and credits.

use super::permit::{
    in_stage, known_track, line, optional_line, out_of_order, staff, staff_or_client, text,
};
use crate::command::Command;
use crate::event::Event;
use crate::ids::UnixMs;
use crate::project::{Actor, Project, Stage};
use crate::queue::Lane;
use crate::refusal::Refusal;
use crate::release::read_isrc;
use crate::voices::Voice;

/// Decides the commands that are about an order and change no sound.
pub(super) fn decide(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::AskClient { words, by: name } => ask_client(project, &words, &name, by, now),
        Command::AnswerQuestion { words, by: name } => {
            staff_or_client(project, by)?;
            if project.question.is_none() {
                return Err(Refusal::Unknown { what: "question" });
            }
            Ok(vec![Event::QuestionAnswered {
                words: text(&words, "the answer")?,
                by: line(&name, "the name")?,
                at: now,
            }])
        }
        Command::ChooseLane { lane, by: name } => choose_lane(project, lane, &name, by, now),
        Command::NameLastWord(named) => {
            // The account's holder says who speaks for it.
            match by {
                Actor::Client { account, person } if account != person => {
                    return Err(Refusal::NotYours {
                        who: "the studio or the client",
                    });
                }
                Actor::Client { .. } | Actor::Staff { .. } | Actor::House => {
                    staff_or_client(project, by)?;
                }
            }
            let name = line(&named.name, "the name")?;
            let voice = Voice { name, ..named };
            if project.last_word.as_ref() == Some(&voice) {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::LastWordNamed { voice, at: now }])
        }
        Command::ChoosePreview { form, by: name } => {
            staff(by)?;
            if project.preview == form {
                return Err(Refusal::Already);
            }
            let by = line(&name, "the name")?;
            Ok(vec![Event::PreviewChosen { form, by, at: now }])
        }
        Command::MarkTrack {
            track,
            isrc,
            credits,
        } => {
            staff_or_client(project, by)?;
            known_track(project, &track)?;
            let isrc = read_isrc(&isrc)?;
            let mut others = project.tracks.iter().filter(|other| other.id != track);
            // One recording, one code.
            if !isrc.is_empty() && others.any(|other| other.isrc == isrc) {
                return Err(Refusal::IsrcTwice { isrc });
            }
            Ok(vec![Event::TrackMarked {
                track,
                isrc,
                credits: optional_line(&credits),
            }])
        }
        _ => Err(out_of_order(project)),
    }
}

fn ask_client(
    project: &Project,
    words: &str,
    name: &str,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    in_stage(project, |s| {
        !matches!(s, Stage::Completed { .. } | Stage::Archived { .. })
    })?;
    if project.question.is_some() {
        return Err(Refusal::Already);
    }
    Ok(vec![Event::QuestionAsked {
        words: text(words, "the question")?,
        by: line(name, "the name")?,
        at: now,
    }])
}

fn choose_lane(
    project: &Project,
    lane: Lane,
    name: &str,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    if project.lane == lane {
        return Err(Refusal::Already);
    }
    if lane == Lane::Rush && project.rules.turnaround.rush.is_none() {
        return Err(Refusal::NoRush);
    }
    let by = line(name, "the name")?;
    Ok(vec![Event::LaneChosen { lane, by, at: now }])
}
