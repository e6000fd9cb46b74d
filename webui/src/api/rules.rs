//! The commands of an order's rules: requests, questions, lanes, listening, previews, keeping.

use mastering::money::{Amount, Extra};
use mastering::{
    Answer, Audible, Borrowed, BorrowedSong, Charge, Command, DueDates, Heard, Lane,
    ListeningPurpose, NEVER, PersonId, PreviewForm, TrackId, Voice,
};
use serde::Deserialize;

use super::commands::{Field, operation};
use super::operation::Operation;

const NO: Field = ("no", "integer", "The request's number.");
const REASON: Field = ("reason", "string", "Why.");
const WORDS: Field = ("words", "string", "The words.");

pub(super) fn operations() -> Vec<Operation> {
    let mut all = requests();
    all.extend(care());
    all.extend(songs());
    all.extend(keeping());
    all.extend(deletion());
    all.extend(leave());
    all
}

fn requests() -> Vec<Operation> {
    let answer = (
        "answer",
        "string",
        "`free`, `correction`, `charged`, `new_work` or `declined`.",
    );
    let extra = (
        "extra?",
        "string",
        "What of the price list it costs, where it costs: `extra_revision`, `edit`, `late_format`, ...",
    );
    let amount = (
        "amount?",
        "string",
        "What it costs before tax, where the list has nothing for it, such as `40.00 EUR`.",
    );
    vec![
        operation(
            "/orders/{number}/answer-request",
            "Says what a request is.",
            &[NO, answer, REASON, extra, amount],
            |given| {
                let Answered {
                    no,
                    answer,
                    reason,
                    extra,
                    amount,
                } = given.read()?;
                Ok(Command::AnswerRequest {
                    no,
                    answer,
                    reason,
                    by: given.name.clone(),
                    charge: Charge::named(extra, amount),
                })
            },
        ),
        operation(
            "/orders/{number}/agree-to-request",
            "Agrees to what a request costs.",
            &[NO],
            |given| {
                let Numbered { no } = given.read()?;
                let by = given.name.clone();
                Ok(Command::AgreeToRequest { no, by })
            },
        ),
        operation(
            "/orders/{number}/withdraw-request",
            "Takes a request back.",
            &[NO],
            |given| {
                let Numbered { no } = given.read()?;
                Ok(Command::WithdrawRequest { no })
            },
        ),
        operation(
            "/orders/{number}/report-fault",
            "Reopens an approved order, free, for a technical fault that was found later.",
            &[WORDS],
            |given| {
                let Words { words } = given.read()?;
                let by = given.name.clone();
                Ok(Command::ReportFault { words, by })
            },
        ),
    ]
}

fn care() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/ask-client",
            "Asks the client something; the clock stands still until they answer.",
            &[WORDS],
            |given| {
                let Words { words } = given.read()?;
                let by = given.name.clone();
                Ok(Command::AskClient { words, by })
            },
        ),
        operation(
            "/orders/{number}/answer-question",
            "Answers the studio's question.",
            &[WORDS],
            |given| {
                let Words { words } = given.read()?;
                let by = given.name.clone();
                Ok(Command::AnswerQuestion { words, by })
            },
        ),
        operation(
            "/orders/{number}/choose-lane",
            "Puts the order into the rush lane, or back.",
            &[("lane", "string", "`rush` or `usual`.")],
            |given| {
                let InLane { lane } = given.read()?;
                let by = given.name.clone();
                Ok(Command::ChooseLane { lane, by })
            },
        ),
        operation(
            "/orders/{number}/name-last-word",
            "Names the one of the client's people who asks for rounds and approves.",
            &[
                ("person", "string", "The person's id."),
                ("name", "string", "The person's name."),
            ],
            |given| {
                let Named { person, name } = given.read()?;
                Ok(Command::NameLastWord(Voice { person, name }))
            },
        ),
    ]
}

fn songs() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/listen",
            "Records that the caller listened.",
            &[
                (
                    "audible",
                    "object",
                    "`what` is `master` (with `revision` and `track`), `mix` (with `mix`) or `final` (with `track` and `format`).",
                ),
                ("heard", "string", "`part`, `half` or `whole`."),
            ],
            |given| {
                let Listening { audible, heard } = given.read()?;
                Ok(Command::Listen { audible, heard })
            },
        ),
        operation(
            "/orders/{number}/choose-preview",
            "Chooses how the client hears references of this order.",
            &[(
                "form?",
                "string",
                "`lossless`, `lossy`, `marked` or `excerpt`; none: as the service says.",
            )],
            |given| {
                let Form { form } = given.read()?;
                let by = given.name.clone();
                Ok(Command::ChoosePreview { form, by })
            },
        ),
        operation(
            "/orders/{number}/mark-track",
            "Enters or corrects a song's ISRC and credits; that reopens nothing.",
            &[
                ("track", "string", "The song's id."),
                ("isrc?", "string", "Its ISRC."),
                ("credits?", "string", "Its credits."),
            ],
            |given| {
                let Marked {
                    track,
                    isrc,
                    credits,
                } = given.read()?;
                Ok(Command::MarkTrack {
                    track,
                    isrc,
                    credits,
                })
            },
        ),
    ]
}

fn keeping() -> Vec<Operation> {
    let until = |name, what| (name, "integer", what);
    vec![
        operation(
            "/orders/{number}/place-hold",
            "Keeps everything, whatever the dates say.",
            &[REASON],
            |given| {
                let Reason { reason } = given.read()?;
                let by = given.name.clone();
                Ok(Command::PlaceHold { reason, by })
            },
        ),
        operation(
            "/orders/{number}/lift-hold",
            "Lets the dates count again.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                let by = given.name.clone();
                Ok(Command::LiftHold { by })
            },
        ),
        operation(
            "/orders/{number}/extend-retention",
            "Keeps things for longer; dates in unix milliseconds, none for ever.",
            &[
                REASON,
                until("working_until?", "Until when the working files stay."),
                until("archive_until?", "Until when the archive stays."),
            ],
            |given| {
                let Longer {
                    reason,
                    working_until,
                    archive_until,
                } = given.read()?;
                Ok(Command::ExtendRetention {
                    due: DueDates {
                        working_due_at: working_until.unwrap_or(NEVER),
                        archive_due_at: archive_until.unwrap_or(NEVER),
                    },
                    reason,
                    by: given.name.clone(),
                })
            },
        ),
    ]
}

/// Who of the studio listens, and songs that need no permission.
fn leave() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/allow-listening",
            "Lets the studio's people listen to the order.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                let by = given.name.clone();
                Ok(Command::AllowListening { by })
            },
        ),
        operation(
            "/orders/{number}/forbid-listening",
            "Takes that back.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                let by = given.name.clone();
                Ok(Command::ForbidListening { by })
            },
        ),
        operation(
            "/orders/{number}/listening-reason",
            "Records why the caller, one of the studio's people, listens without the client's permission; the client reads it.",
            &[
                (
                    "purpose",
                    "string",
                    "`debugging`, `testing` or `client_asked`.",
                ),
                REASON,
            ],
            |given| {
                let ListenedFor { purpose, reason } = given.read()?;
                Ok(Command::GiveListeningReason {
                    purpose,
                    reason,
                    by: given.name.clone(),
                })
            },
        ),
        operation(
            "/orders/{number}/permission-not-needed",
            "Records why a song needs no permission although somebody else's work is in it.",
            &[
                ("song", "string", "The song, as the consultation names it."),
                ("what", "string", "`cover`, `remix` or `sample`."),
                REASON,
            ],
            |given| {
                let NoneNeeded { song, what, reason } = given.read()?;
                Ok(Command::WaivePermission {
                    song: BorrowedSong { song, what },
                    reason,
                    by: given.name.clone(),
                })
            },
        ),
    ]
}

fn deletion() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/ask-deletion",
            "Asks, as the owner, to let everything go before its date.",
            &[REASON],
            |given| {
                let Reason { reason } = given.read()?;
                let by = given.name.clone();
                Ok(Command::AskDeletion { reason, by })
            },
        ),
        operation(
            "/orders/{number}/confirm-deletion",
            "Confirms that, as one of two people of the studio.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                let by = given.name.clone();
                Ok(Command::ConfirmDeletion { by })
            },
        ),
        operation(
            "/orders/{number}/withdraw-deletion",
            "Takes the request to let everything go back.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                Ok(Command::WithdrawDeletion)
            },
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListenedFor {
    purpose: ListeningPurpose,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoneNeeded {
    song: String,
    what: Borrowed,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    no: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    no: u32,
    answer: Answer,
    reason: String,
    extra: Option<Extra>,
    amount: Option<Amount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InLane {
    lane: Lane,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    person: PersonId,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listening {
    audible: Audible,
    heard: Heard,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form: Option<PreviewForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marked {
    track: TrackId,
    #[serde(default)]
    isrc: String,
    #[serde(default)]
    credits: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Longer {
    reason: String,
    working_until: Option<i64>,
    archive_until: Option<i64>,
}
