//! A print of the queue as it is kept: why it waits, what it asks, what was measured, recorded and decided of it.

use gear::{Mark, Measurement};
use mastering::UnixMs;
use rack::Step;
use serde::{Deserialize, Serialize};

/// What is to come of a print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrintKind {
    /// A song's master.
    Song,
    /// A passage, twice: the measure that later recalls are held against.
    Reference,
    /// The passage once more: whether the gear sounds as it did.
    Recall,
}

impl PrintKind {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Song => "song",
            Self::Reference => "reference",
            Self::Recall => "recall",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::Song, Self::Reference, Self::Recall]
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Song => "the song",
            Self::Reference => "the reference passage, twice",
            Self::Recall => "the recall\u{2019}s proof",
        }
    }
}

/// What a print waits for a person with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// The rack stands otherwise: these steps are to be done.
    Set {
        /// In their order.
        steps: Vec<Step>,
    },
    /// Nobody knows how it is to be set.
    Lacks {
        /// What the sheet lacks, in sentences.
        what: Vec<String>,
    },
    /// A unit is not what it was.
    NotCertified {
        /// The unit.
        unit: String,
        /// Why, in sentences.
        objections: Vec<String>,
    },
    /// Each take slipped.
    Slipped {
        /// The unit.
        unit: String,
        /// The takes, by their place in the print's list, from 1.
        takes: Vec<usize>,
        /// Pairs of takes that make one without a slip.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        joins: Vec<JoinOffer>,
    },
    /// The song has another rate than the server.
    OtherRate {
        /// The song's.
        song_hz: u32,
        /// The server's.
        server_hz: u32,
    },
    /// Something else is in the way.
    Trouble {
        /// What, in a sentence with the next step.
        why: String,
    },
}

/// Two takes that can be joined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinOffer {
    /// The take that it begins with, by its place in the print's list, from 1.
    pub first: usize,
    /// The take that it goes on with.
    pub second: usize,
    /// The frame of the song at which the cross-fade begins, where the song is quietest.
    pub frame: u64,
    /// The same in seconds.
    pub seconds: f64,
}

/// What a person says to a print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub enum PrintAnswer {
    /// The rack is set as the steps say.
    Set,
    /// Measure and print once more.
    Again,
    /// Take this one as it is.
    Accept {
        /// Its place in the print's list, from 1.
        take: usize,
    },
    /// Join two takes, as was offered.
    Join {
        /// The take that it begins with, by its place in the print's list, from 1.
        first: usize,
        /// The take that it goes on with.
        second: usize,
        /// The frame of the song at which it changes over.
        frame: u64,
    },
    /// Convert the song to the server's rate, and the master back.
    Convert,
    /// Restart the audio server at the song's rate.
    RestartServer,
    /// Print it no more.
    Stop,
}

impl PrintAnswer {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Again => "again",
            Self::Accept { .. } => "accept",
            Self::Join { .. } => "join",
            Self::Convert => "convert",
            Self::RestartServer => "restart_server",
            Self::Stop => "stop",
        }
    }

    /// What somebody did, for the print's own list.
    pub(crate) fn done(self) -> String {
        match self {
            Self::Set => "The rack is set.".to_owned(),
            Self::Again => "It is printed again.".to_owned(),
            Self::Accept { take } => format!("Take {take} is accepted as it is."),
            Self::Join {
                first,
                second,
                frame,
            } => {
                format!(
                    "Take {first} and take {second} are joined: the second from frame {frame} on."
                )
            }
            Self::Convert => {
                "The song is converted to the server\u{2019}s rate, and the master back.".to_owned()
            }
            Self::RestartServer => {
                "The audio server is restarted at the song\u{2019}s rate.".to_owned()
            }
            Self::Stop => "The print is stopped.".to_owned(),
        }
    }
}

/// A unit's certificate of a print.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintCertificate {
    /// The unit, by the rack's name.
    pub unit: String,
    /// Which pass through hardware of the chain, from 1.
    pub pass: usize,
    /// When it was measured.
    pub at: UnixMs,
    /// The figures.
    pub measurement: Measurement,
    /// Why it may not print, in sentences; empty where it may.
    pub objections: Vec<String>,
    /// Figures that were held against its history, or against the day that is recalled.
    pub compared: usize,
}

/// A take as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptTake {
    /// What was printed: `song`, `first`, `second`, `now`, with the pass, such as `song.1`.
    pub of: String,
    /// The unit, by the rack's name.
    pub unit: String,
    /// When it was kept.
    pub at: UnixMs,
    /// The sound as it came back, in the vault; none where it became the print.
    pub object: Option<String>,
    /// What slipped; frames are those of the song.
    pub marks: Vec<Mark>,
    /// The same in words.
    pub words: Vec<String>,
    /// How far it came and why it ended there; empty where it is whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cut_short: String,
    /// Its certificate's place in the print's list, from 0.
    pub certificate: usize,
}

/// A sound on the way that is done, so that nothing is printed twice without need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sounded {
    /// As [`KeptTake::of`].
    pub(crate) of: String,
    /// What it was made of and how: the same again is not made again.
    pub(crate) with: String,
    /// Its file in the print's folder.
    pub(crate) file: String,
    /// Of its samples.
    pub(crate) samples: String,
}

/// What is being recorded: what a take that a kill leaves behind is looked at beside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    /// As [`KeptTake::of`].
    pub(crate) of: String,
    /// The unit.
    pub(crate) unit: String,
    /// Beginning of its takes' names in the print's folder.
    pub(crate) file: String,
    /// What is sent, by its name in the print's folder; none is the mix.
    pub(crate) song: Option<String>,
    /// Its certificate's place.
    pub(crate) certificate: usize,
}

/// Who said what of a print, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// When.
    pub at: UnixMs,
    /// Who, as journals name them.
    pub by: String,
    /// What, in a sentence.
    pub text: String,
}

/// The body of a print's row. `{}` is one that nobody has touched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PrintBody {
    /// Why it does not run, in a sentence.
    pub(crate) waits: String,
    /// When what it waits for is expected, where that has a time.
    pub(crate) until: Option<UnixMs>,
    /// It is not tried again before this.
    pub(crate) retry_at: Option<UnixMs>,
    pub(crate) question: Option<Question>,
    /// A take that a person takes as it is.
    pub(crate) accepted: Option<usize>,
    /// Two takes that a person has joined: the first, the second, and the frame at which it changes over.
    pub(crate) joined: Option<(usize, usize, u64)>,
    /// The song is converted to the server's rate, because a person said so.
    pub(crate) is_converted: bool,
    /// The server is to run at the song's rate.
    pub(crate) restart_at_hz: Option<u32>,
    /// Counts how often printing was begun, so that takes keep their names.
    pub(crate) attempts: u32,
    pub(crate) recording: Option<Recording>,
    pub(crate) sounded: Vec<Sounded>,
    pub(crate) takes: Vec<KeptTake>,
    pub(crate) certificates: Vec<PrintCertificate>,
    pub(crate) said: Vec<Said>,
    /// What it came to, in a sentence.
    pub(crate) outcome: String,
}
