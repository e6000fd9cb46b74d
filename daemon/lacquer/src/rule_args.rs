//! The command line's words about an order's rules and the work on it.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use mastering::OrderNumber;
use mastering::money::{Amount, Extra};

use crate::args::parse_word;

/// Whose word a command is, and how it is answered.
#[derive(Debug, ClapArgs)]
pub(crate) struct WordOf {
    /// The login of whose word it is, the studio's or the client's; without it, the administrator's
    #[arg(long, global = true)]
    pub(crate) by: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RuleVerb {
    /// Ask for a round
    Request {
        /// The order's number
        number: OrderNumber,
        /// What should change
        words: String,
        /// What it is about: level, tone, order, `new_file`, ..
        #[arg(long = "topic", value_parser = parse_word::<mastering::Topic>)]
        topics: Vec<mastering::Topic>,
    },
    /// Say what the request that waits is
    Answer {
        /// The order's number
        number: OrderNumber,
        /// free, correction, charged, `new_work` or declined
        #[arg(long = "as", value_parser = parse_word::<mastering::Answer>)]
        answer: mastering::Answer,
        /// Why, for the client
        #[arg(long)]
        reason: String,
        /// What of the price list it costs: `extra_revision`, edit, `late_format`, rush, ...
        #[arg(long, value_parser = parse_word::<Extra>)]
        extra: Option<Extra>,
        /// What it costs before tax, where the list has nothing for it: "40.00 EUR"
        #[arg(long)]
        amount: Option<Amount>,
    },
    /// Agree to what the request costs
    Agree {
        /// The order's number
        number: OrderNumber,
    },
    /// Take the request back
    Withdraw {
        /// The order's number
        number: OrderNumber,
    },
    /// Ask the client something; the clock stands still until they answer
    Ask {
        /// The order's number
        number: OrderNumber,
        /// The question
        words: String,
    },
    /// Answer the studio's question
    Reply {
        /// The order's number
        number: OrderNumber,
        /// The answer
        words: String,
    },
    /// Put the order into the rush lane, or back
    Lane {
        /// The order's number
        number: OrderNumber,
        /// rush or usual
        #[arg(value_parser = parse_word::<mastering::Lane>)]
        lane: mastering::Lane,
    },
    /// Name the one of the client's people who has the last word
    LastWord {
        /// The order's number
        number: OrderNumber,
        /// Their login
        login: String,
    },
    /// Choose how the client hears references before the masters are theirs
    Preview {
        /// The order's number
        number: OrderNumber,
        /// lossless, lossy, marked or excerpt; without it, as the service says
        #[arg(value_parser = parse_word::<mastering::PreviewForm>)]
        form: Option<mastering::PreviewForm>,
    },
    /// Decide about the content: accepted or refused
    Content {
        /// The order's number
        number: OrderNumber,
        /// accepted or refused
        #[arg(value_parser = parse_word::<mastering::ContentVerdict>)]
        verdict: mastering::ContentVerdict,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Let the studio's people listen, as one of the client's people: needs --by
    AllowListening {
        /// The order's number
        number: OrderNumber,
    },
    /// Take that back: needs --by
    ForbidListening {
        /// The order's number
        number: OrderNumber,
    },
    /// Record why you listen, or export, without the client's permission; the client reads it
    ListeningReason {
        /// The order's number
        number: OrderNumber,
        /// debugging, testing or `client_asked`
        #[arg(long = "for", value_parser = parse_word::<mastering::ListeningPurpose>)]
        purpose: mastering::ListeningPurpose,
        /// Why
        reason: String,
    },
    /// Record that one of the client's people listened: needs --by
    Listened {
        /// The order's number
        number: OrderNumber,
        /// The song of the newest reference
        #[arg(required_unless_present = "mix")]
        song: Option<String>,
        /// Or the mix or alternate
        #[arg(long, conflicts_with = "song")]
        mix: Option<String>,
        /// part, half or whole
        #[arg(long, default_value = "whole", value_parser = parse_word::<mastering::Heard>)]
        heard: mastering::Heard,
    },
    /// Record why a song needs no permission although somebody else's work is in it
    NotNeeded {
        /// The order's number
        number: OrderNumber,
        /// cover, remix or sample
        #[arg(value_parser = parse_word::<mastering::Borrowed>)]
        what: mastering::Borrowed,
        /// The song, as the consultation names it
        song: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Approve the samples of the newest reference, as one of the client's people
    Approve {
        /// The order's number
        number: OrderNumber,
        /// The name of whoever approves
        #[arg(long)]
        name: String,
    },
    /// Reopen an approved order, free, for a technical fault
    Fault {
        /// The order's number
        number: OrderNumber,
        /// Which fault
        words: String,
    },
    /// Keep everything of it, whatever its dates say
    Hold {
        /// The order's number
        number: OrderNumber,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Let its dates count again
    LiftHold {
        /// The order's number
        number: OrderNumber,
    },
    /// Keep its archive for longer
    Extend {
        /// The order's number
        number: OrderNumber,
        /// Until the end of this day, as 2030-12-31
        #[arg(long)]
        until: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Ask to let everything go before its date
    AskDeletion {
        /// The order's number
        number: OrderNumber,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Confirm that everything goes, as one of two people of the studio: needs --by
    ConfirmDeletion {
        /// The order's number
        number: OrderNumber,
    },
    /// Take the request to let everything go back
    WithdrawDeletion {
        /// The order's number
        number: OrderNumber,
    },
}

/// Songs are named by their place from 1, their title or their id; mixes by their file's name or id.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkVerb {
    /// Let the client read what was found in their mixes
    ReleaseFindings {
        /// The order's number
        number: OrderNumber,
    },
    /// Go on with a mix as it came, on record
    GoOn {
        /// The order's number
        number: OrderNumber,
        /// The mix
        mix: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Ask the client for a new file in place of a mix
    Reprint {
        /// The order's number
        number: OrderNumber,
        /// The mix
        mix: String,
        /// What to change
        #[arg(long)]
        words: String,
    },
    /// Set a mix aside: it no longer counts
    SetAside {
        /// The order's number
        number: OrderNumber,
        /// The mix
        mix: String,
    },
    /// Say that all mixes are there
    CloseIntake {
        /// The order's number
        number: OrderNumber,
    },
    /// Correct a song's title; that reopens nothing
    Name {
        /// The order's number
        number: OrderNumber,
        /// The song
        song: String,
        /// Its title
        title: String,
    },
    /// Put the songs in order: each once
    Programme {
        /// The order's number
        number: OrderNumber,
        /// The songs
        #[arg(required = true)]
        songs: Vec<String>,
    },
    /// Enter or correct a song's ISRC and credits; that reopens nothing
    Mark {
        /// The order's number
        number: OrderNumber,
        /// The song
        song: String,
        /// Its ISRC, or empty
        #[arg(long)]
        isrc: Option<String>,
        /// Its credits, or empty
        #[arg(long)]
        credits: Option<String>,
    },
    /// Change the plan of a song to a chain
    Plan {
        /// The order's number
        number: OrderNumber,
        /// The song
        song: String,
        /// The chain's file
        chain: PathBuf,
    },
    /// Set the programme of the revision being worked on: order, gaps, fades, segues, edits and versions of its songs
    SetProgramme {
        /// The order's number
        number: OrderNumber,
        /// The programme's file, as `lacquer album` takes it; songs are named by `track`
        file: PathBuf,
    },
    /// Print a song through a chain of the rack in the revision being worked on, or render it where none is named
    Print {
        /// The order's number
        number: OrderNumber,
        /// The song
        song: String,
        /// The chain, by the rack's name
        chain: Option<String>,
    },
    /// Make a song from another mix in the revision being worked on
    TakeUp {
        /// The order's number
        number: OrderNumber,
        /// The mix
        mix: String,
        /// The song
        song: String,
    },
    /// Say that a mix goes beside a song: an instrumental, an a cappella, a TV mix, a stem
    Beside {
        /// The order's number
        number: OrderNumber,
        /// The mix
        mix: String,
        /// The song
        song: String,
        /// What it is: instrumental, a_cappella, a_cappella_lead, a_cappella_backing, tv, radio or stem
        #[arg(long = "as")]
        role: mastering::programme::AlternateRole,
        /// What it is called, which a stem needs
        #[arg(long)]
        name: Option<String>,
    },
    /// Take an alternate away from its song
    NotBeside {
        /// The order's number
        number: OrderNumber,
        /// The alternate, by what it is called, its file's name or its id
        alternate: String,
    },
    /// Open a round of work without the client having asked
    OpenRevision {
        /// The order's number
        number: OrderNumber,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Make the masters of the revision being worked on
    Master {
        /// The order's number
        number: OrderNumber,
    },
    /// Send the reference to the client
    Send {
        /// The order's number
        number: OrderNumber,
    },
    /// Say something about a moment of a song
    Comment {
        /// The order's number
        number: OrderNumber,
        /// The song
        song: String,
        /// Where, as 2:14
        #[arg(value_parser = moment)]
        at: u64,
        /// Where the passage ends, as 2:20; none for a moment
        #[arg(long, value_parser = moment)]
        until: Option<u64>,
        /// The words
        words: String,
    },
    /// Complete the project
    Complete {
        /// The order's number
        number: OrderNumber,
    },
}

/// Reads `rate=96000`.
pub(crate) fn answer_pair(text: &str) -> Result<(String, String), String> {
    let (code, answer) = text
        .split_once('=')
        .ok_or("write it as code=answer, such as rate=96000")?;
    Ok((code.trim().to_owned(), answer.to_owned()))
}

/// Reads `2:14`, `134` or `134.5` as milliseconds.
fn moment(text: &str) -> Result<u64, String> {
    let wrong = || format!("\u{201c}{text}\u{201d} is no moment like 2:14");
    let (minutes, seconds) = text.split_once(':').unwrap_or(("0", text));
    let minutes: u64 = minutes.parse().map_err(|_| wrong())?;
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    if part.is_empty() || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let thousandths: u64 = format!("{part:0<3}").parse().map_err(|_| wrong())?;
    minutes
        .checked_mul(60)
        .and_then(|m| m.checked_add(whole))
        .and_then(|s| s.checked_mul(1000))
        .and_then(|ms| ms.checked_add(thousandths))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::{answer_pair, moment};

    #[test]
    fn a_moment_is_read_as_people_write_it() {
        for (text, ms) in [("2:14", 134_000), ("134", 134_000), ("0:01.25", 1_250)] {
            assert_eq!(moment(text), Ok(ms), "{text}");
        }
        for text in ["", "2:", ":4", "1:2:3", "1.", "1.2345", "-1", "soon"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_answer_may_hold_the_sign_itself() {
        assert_eq!(
            answer_pair("purpose=A=B"),
            Ok(("purpose".to_owned(), "A=B".to_owned()))
        );
        assert!(answer_pair("purpose").is_err());
    }
}
