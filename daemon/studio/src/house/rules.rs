//! An order's commands as they are given on the box, without a page.

mod named;

use std::collections::BTreeSet;

use mastering::programme::AlternateRole;
use mastering::{
    Answer, Audible, Borrowed, BorrowedSong, Charge, Command, CommentOn, ContentVerdict, DueDates,
    Heard, Lane, ListeningPurpose, OrderNumber, PreviewForm, Project, Release, Topic, Voice,
};
use serde::{Deserialize, Serialize};

pub(super) use self::named::song as song_named;
use self::named::{alternate, mix, newest_request, song, songs};
use super::Studio;
use super::order::Submission;
use super::programme::{ProgrammeSent, SetUpon};
use crate::access::Visitor;
use crate::clock::random_id;
use crate::denied::Denied;
use crate::live::LiveProject;
use crate::orders::approval_wording;

/// A command to an order. Songs are named by their place, title or id, mixes by their file's name
/// or id; a request is always the newest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RuleAsk {
    /// Asks for a revision.
    RequestRevision {
        /// What should change.
        words: String,
        /// What it is about.
        #[serde(default)]
        topics: BTreeSet<Topic>,
    },
    /// Says what the request that waits is.
    AnswerRequest {
        /// What it is.
        answer: Answer,
        /// Why.
        reason: String,
        /// What it is charged by; none: as the price list has it.
        #[serde(default)]
        charge: Option<Charge>,
    },
    /// Agrees to what the request costs.
    AgreeToRequest,
    /// Takes the request back.
    WithdrawRequest,
    /// Asks the client something; the clock stands still until they answer.
    AskClient {
        /// The words.
        words: String,
    },
    /// Answers the studio's question.
    AnswerQuestion {
        /// The words.
        words: String,
    },
    /// Puts the order into a lane of the queue.
    ChooseLane {
        /// Which.
        lane: Lane,
    },
    /// Names the one of the client's people who has the last word.
    NameLastWord {
        /// Their login.
        login: String,
    },
    /// Chooses how the client hears references of this order.
    ChoosePreview {
        /// How; none: as the service says.
        form: Option<PreviewForm>,
    },
    /// Decides about the content: it is worked on, or declined.
    DecideContent {
        /// What.
        verdict: ContentVerdict,
        /// Why.
        reason: String,
    },
    /// Lets the studio's people listen, as one of the client's people.
    AllowListening,
    /// Takes that back.
    ForbidListening,
    /// Records why one of the studio's people listens without it.
    GiveListeningReason {
        /// What for.
        purpose: ListeningPurpose,
        /// Why.
        reason: String,
    },
    /// Records that one of the client's people listened.
    Listen {
        /// To what.
        heard: HeardNamed,
        /// How much of it.
        part: Heard,
    },
    /// Decides that a song needs no permission.
    WaivePermission {
        /// The song, as the consultation names it.
        song: String,
        /// What of somebody else's it is or holds.
        what: Borrowed,
        /// Why.
        reason: String,
    },
    /// Fills in or corrects the release.
    DescribeRelease {
        /// All of it.
        release: Box<Release>,
    },
    /// Asks to take the release out of shops.
    AskRemoval {
        /// Which; none: all of them.
        #[serde(default)]
        shops: BTreeSet<String>,
        /// Why.
        reason: String,
    },
    /// Takes a removal back.
    WithdrawRemoval {
        /// Which.
        no: u32,
    },
    /// Records that a shop's links are dead.
    ShopGone {
        /// The removal.
        no: u32,
        /// The shop.
        shop: String,
    },
    /// Records that somebody claims rights.
    RecordClaim {
        /// Who.
        claimant: String,
        /// To what, and why.
        words: String,
    },
    /// Records that a claim was withdrawn.
    WithdrawClaim {
        /// Which.
        no: u32,
    },
    /// Approves the samples of the revision that the client listens to.
    Approve {
        /// The name of whoever approves.
        name: String,
    },
    /// Reopens an approved order, free, for a technical fault.
    ReportFault {
        /// Which.
        words: String,
    },
    /// Keeps everything, whatever the dates say.
    PlaceHold {
        /// Why.
        reason: String,
    },
    /// Lets the dates count again.
    LiftHold,
    /// Keeps the archive until the end of a day, by the order's own time zone.
    Extend {
        /// The day, as `2030-12-31`.
        until: String,
        /// Why.
        reason: String,
    },
    /// Asks, as the owner, to let everything go before its date.
    AskDeletion {
        /// Why.
        reason: String,
    },
    /// Confirms that, as one of two people of the studio.
    ConfirmDeletion,
    /// Takes the request to let everything go back.
    WithdrawDeletion,
    /// Lets the client read what was found.
    ReleaseFindings,
    /// Goes on with a mix as it came, on record.
    GoOnWith {
        /// The mix.
        mix: String,
        /// Why.
        reason: String,
    },
    /// Asks the client for a new file in place of a mix.
    AskReprint {
        /// The mix.
        mix: String,
        /// What to change.
        words: String,
    },
    /// Sets a mix aside: it no longer counts.
    SetAside {
        /// The mix.
        mix: String,
    },
    /// Says that all mixes are there.
    CloseIntake,
    /// Corrects a song's title.
    NameTrack {
        /// The song.
        song: String,
        /// Its title.
        title: String,
    },
    /// Puts the songs in order.
    OrderTracks {
        /// Each song, once.
        songs: Vec<String>,
    },
    /// Enters or corrects a song's ISRC and credits.
    MarkTrack {
        /// The song.
        song: String,
        /// Its ISRC; none: as it is.
        #[serde(default)]
        isrc: Option<String>,
        /// Its credits; none: as they are.
        #[serde(default)]
        credits: Option<String>,
    },
    /// Changes the plan of a song to a chain in its readable form.
    ChangePlan {
        /// The song.
        song: String,
        /// The chain.
        chain_toml: String,
    },
    /// Sets the programme of the revision being worked on.
    SetProgramme {
        /// The file that `lacquer album` takes; songs are named by their titles or ids.
        toml: String,
    },
    /// Prints a song through a chain of the rack, or renders it.
    PrintThrough {
        /// The song.
        song: String,
        /// The chain, by the rack's name; none renders it.
        chain: Option<String>,
    },
    /// Makes a song from another mix in the revision being worked on.
    TakeUpMix {
        /// The mix.
        mix: String,
        /// The song.
        song: String,
    },
    /// Says that a mix goes beside a song.
    NameAlternate {
        /// The mix.
        mix: String,
        /// The song.
        song: String,
        /// What it is to the song.
        role: AlternateRole,
        /// What it is called; a stem needs it.
        #[serde(default)]
        name: Option<String>,
    },
    /// Takes that back.
    UnnameAlternate {
        /// The alternate.
        alternate: String,
    },
    /// Opens a round of work without the client having asked.
    OpenRevision {
        /// Why.
        reason: String,
    },
    /// Makes the masters of the revision being worked on.
    StartMastering,
    /// Sends the reference to the client.
    SendReference,
    /// Says something about a moment of a song.
    Comment {
        /// The song.
        song: String,
        /// Where, in milliseconds from its start.
        position_ms: u64,
        /// Where the passage ends; none for a moment.
        until_ms: Option<u64>,
        /// The words.
        words: String,
    },
    /// Completes the project.
    Complete,
}

/// What somebody listened to, as people name it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardNamed {
    /// A song of the reference that the client listens to.
    Song(String),
    /// A mix or an alternate.
    Mix(String),
}

impl Studio {
    /// Gives a command to an order.
    ///
    /// # Errors
    /// What the rules refuse; a song, mix, person or day that is none.
    pub(crate) async fn give_rule(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        rule: RuleAsk,
    ) -> Result<u64, Denied> {
        let live = self.seen(visitor, number).await?;
        let project = &live.project;
        let command = match rule {
            RuleAsk::ChangePlan {
                song: named,
                chain_toml,
            } => {
                let track = song(project, &named)?;
                let seq = Some(live.seq);
                return self
                    .change_plan(visitor, number, &track, &chain_toml, seq, None)
                    .await;
            }
            RuleAsk::SetProgramme { toml } => {
                let upon = SetUpon {
                    seq: Some(live.seq),
                    ..SetUpon::default()
                };
                let sent = ProgrammeSent::Toml(toml);
                return self.set_programme(visitor, number, sent, upon).await;
            }
            RuleAsk::NameLastWord { login } => {
                let person = self.access.person_by_login(login.trim()).await?;
                let person = person.ok_or_else(|| {
                    Denied::Invalid(format!("there is nobody with the login {login}"))
                })?;
                Command::NameLastWord(Voice {
                    person: crate::access::parse_id(&person.id)?,
                    name: person.name,
                })
            }
            RuleAsk::Extend { until, reason } => extend(&live, visitor, &until, reason)?,
            other => about_rounds(project, visitor.name().to_owned(), other)?,
        };
        let given = Submission {
            command,
            seq: Some(live.seq),
            key: None,
        };
        self.submit(visitor, number, given).await
    }
}

fn extend(
    live: &LiveProject,
    visitor: &Visitor,
    until: &str,
    reason: String,
) -> Result<Command, Denied> {
    let project = &live.project;
    let zone = &project.rules.time_zone;
    let ends = until.parse().ok().and_then(|day| zone.end_of(day));
    let ends = ends.ok_or_else(|| Denied::Invalid("write the day like 2030-12-31".to_owned()))?;
    let due = DueDates {
        working_due_at: project.archive.as_ref().map_or(0, |a| a.due.working_due_at),
        archive_due_at: ends,
    };
    let by = visitor.name().to_owned();
    Ok(Command::ExtendRetention { due, reason, by })
}

/// Rounds, questions, people, the keeping; anything else is about mixes and songs.
fn about_rounds(project: &Project, by: String, rule: RuleAsk) -> Result<Command, Denied> {
    Ok(match rule {
        RuleAsk::RequestRevision { words, topics } => Command::RequestRevision { words, topics },
        RuleAsk::AnswerRequest {
            answer,
            reason,
            charge,
        } => Command::AnswerRequest {
            no: newest_request(project)?,
            answer,
            reason,
            by,
            charge,
        },
        RuleAsk::AgreeToRequest => Command::AgreeToRequest {
            no: newest_request(project)?,
            by,
        },
        RuleAsk::WithdrawRequest => Command::WithdrawRequest {
            no: newest_request(project)?,
        },
        RuleAsk::AskClient { words } => Command::AskClient { words, by },
        RuleAsk::AnswerQuestion { words } => Command::AnswerQuestion { words, by },
        RuleAsk::ChooseLane { lane } => Command::ChooseLane { lane, by },
        RuleAsk::ChoosePreview { form } => Command::ChoosePreview { form, by },
        RuleAsk::DecideContent { verdict, reason } => Command::DecideContent {
            verdict,
            reason,
            by,
        },
        RuleAsk::Approve { name } => approve(project, name)?,
        RuleAsk::ReportFault { words } => Command::ReportFault { words, by },
        RuleAsk::PlaceHold { reason } => Command::PlaceHold { reason, by },
        RuleAsk::LiftHold => Command::LiftHold { by },
        RuleAsk::AskDeletion { reason } => Command::AskDeletion { reason, by },
        RuleAsk::ConfirmDeletion => Command::ConfirmDeletion { by },
        RuleAsk::WithdrawDeletion => Command::WithdrawDeletion,
        RuleAsk::AllowListening
        | RuleAsk::ForbidListening
        | RuleAsk::GiveListeningReason { .. }
        | RuleAsk::Listen { .. }
        | RuleAsk::WaivePermission { .. } => about_leave(project, by, rule)?,
        RuleAsk::DescribeRelease { release } => Command::DescribeRelease { release, by },
        RuleAsk::AskRemoval { shops, reason } => Command::AskRemoval { shops, reason, by },
        RuleAsk::WithdrawRemoval { no } => Command::WithdrawRemoval { no, by },
        RuleAsk::ShopGone { no, shop } => Command::RecordShopGone { no, shop },
        RuleAsk::RecordClaim { claimant, words } => Command::RecordClaim {
            claimant,
            words,
            by,
        },
        RuleAsk::WithdrawClaim { no } => Command::WithdrawClaim { no, by },
        other => about_alternates(project, by, other)?,
    })
}

/// Listening, and somebody else's work.
fn about_leave(project: &Project, by: String, rule: RuleAsk) -> Result<Command, Denied> {
    Ok(match rule {
        RuleAsk::AllowListening => Command::AllowListening { by },
        RuleAsk::ForbidListening => Command::ForbidListening { by },
        RuleAsk::GiveListeningReason { purpose, reason } => Command::GiveListeningReason {
            purpose,
            reason,
            by,
        },
        RuleAsk::Listen { heard, part } => Command::Listen {
            audible: match heard {
                HeardNamed::Song(named) => Audible::Master {
                    revision: named::heard(project)?,
                    track: song(project, &named)?,
                },
                HeardNamed::Mix(named) => Audible::Mix {
                    mix: mix(project, &named)?,
                },
            },
            heard: part,
        },
        RuleAsk::WaivePermission { song, what, reason } => Command::WaivePermission {
            song: BorrowedSong { song, what },
            reason,
            by,
        },
        other => about_songs(project, by, other)?,
    })
}

/// What goes beside a song.
fn about_alternates(project: &Project, by: String, rule: RuleAsk) -> Result<Command, Denied> {
    Ok(match rule {
        RuleAsk::NameAlternate {
            mix: file,
            song: named,
            role,
            name: called,
        } => Command::NameAlternate {
            mix: mix(project, &file)?,
            song: song(project, &named)?,
            role,
            name: called,
            by,
        },
        RuleAsk::UnnameAlternate { alternate: named } => Command::UnnameAlternate {
            track: alternate(project, &named)?,
            by,
        },
        other => about_songs(project, by, other)?,
    })
}

fn about_songs(project: &Project, by: String, rule: RuleAsk) -> Result<Command, Denied> {
    Ok(match rule {
        RuleAsk::ReleaseFindings => Command::ReleaseFindings { by },
        RuleAsk::GoOnWith { mix: named, reason } => Command::GoOnWith {
            mix: mix(project, &named)?,
            by,
            reason,
        },
        RuleAsk::AskReprint { mix: named, words } => Command::AskReprint {
            mix: mix(project, &named)?,
            words,
        },
        RuleAsk::SetAside { mix: named } => Command::SetAside {
            mix: mix(project, &named)?,
        },
        RuleAsk::CloseIntake => Command::CloseIntake,
        RuleAsk::NameTrack { song: named, title } => Command::NameTrack {
            track: song(project, &named)?,
            title,
        },
        RuleAsk::OrderTracks { songs: named } => Command::OrderTracks(songs(project, &named)?),
        RuleAsk::MarkTrack {
            song: named,
            isrc,
            credits,
        } => mark(project, &named, isrc, credits)?,
        RuleAsk::PrintThrough { song: named, chain } => Command::PrintThrough {
            track: song(project, &named)?,
            chain,
        },
        RuleAsk::TakeUpMix {
            mix: file,
            song: named,
        } => Command::TakeUpMix {
            mix: mix(project, &file)?,
            track: song(project, &named).or_else(|_| alternate(project, &named))?,
        },
        RuleAsk::OpenRevision { reason } => Command::OpenRevision { reason },
        RuleAsk::StartMastering => Command::StartMastering,
        RuleAsk::SendReference => Command::SendReference {
            revision: named::revision(project)?,
        },
        RuleAsk::Comment {
            song: named,
            position_ms,
            until_ms,
            words,
        } => Command::Comment {
            id: random_id().parse().expect("random ids are ids"),
            revision: named::heard(project)?,
            on: CommentOn::Song(song(project, &named)?),
            position_ms,
            until_ms,
            words,
            by,
        },
        RuleAsk::Complete => Command::Complete,
        other => {
            return Err(Denied::Fault(format!(
                "a command was sent the wrong way: {other:?}"
            )));
        }
    })
}

fn approve(project: &Project, name: String) -> Result<Command, Denied> {
    let revision = named::heard(project)?;
    let round = project.revisions.get(&revision);
    Ok(Command::Approve {
        revision,
        name,
        wording: approval_wording(project, revision),
        samples: round
            .map(mastering::Revision::sample_sums)
            .unwrap_or_default(),
    })
}

/// What is not said stays as it is.
fn mark(
    project: &Project,
    named: &str,
    isrc: Option<String>,
    credits: Option<String>,
) -> Result<Command, Denied> {
    let track = song(project, named)?;
    let known = project.track(&track);
    let isrc = isrc.or_else(|| known.map(|t| t.isrc.clone()));
    let credits = credits.or_else(|| known.map(|t| t.credits.clone()));
    Ok(Command::MarkTrack {
        track,
        isrc: isrc.unwrap_or_default(),
        credits: credits.unwrap_or_default(),
    })
}
