//! Packages sent to their recipient's own server.

use serde::{Deserialize, Serialize};

use crate::ids::{ObjectSum, UnixMs};
use crate::package::Package;
use crate::project::Project;
use crate::refusal::Refusal;

/// That a package lies at its recipient's, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Files.
    pub files: u32,
    /// Bytes of them.
    pub bytes: u64,
    /// What the server showed of itself: the fingerprint of its key, and what kind of key.
    pub shown: String,
    /// When.
    pub at: UnixMs,
}

/// What became of a sending.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum SendingOutcome {
    /// It waits for its turn, for the server, or is on its way.
    #[default]
    Waiting,
    /// It lies there.
    Sent(Box<Sent>),
    /// It did not arrive, and is not tried any more.
    Failed {
        /// Why, and what to do.
        why: String,
        /// When.
        at: UnixMs,
    },
    /// Somebody wanted it no more.
    CalledOff {
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
}

/// A package on its way to its recipient's server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// Its number within the package, from 1.
    pub no: u32,
    /// Where to: an address without secrets.
    pub to: String,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// What became of it.
    pub outcome: SendingOutcome,
}

impl Sending {
    /// That it arrived, where it did.
    #[must_use]
    pub fn sent(&self) -> Option<&Sent> {
        match &self.outcome {
            SendingOutcome::Sent(sent) => Some(sent),
            SendingOutcome::Waiting
            | SendingOutcome::Failed { .. }
            | SendingOutcome::CalledOff { .. } => None,
        }
    }

    /// Whether it is still to arrive.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outcome == SendingOutcome::Waiting
    }

    /// What a client sees of it: that it arrived and when, and not by which login.
    pub(crate) fn for_client(&self) -> Option<Self> {
        let sent = self.sent()?;
        let sent = Sent {
            shown: String::new(),
            ..sent.clone()
        };
        Some(Self {
            to: String::new(),
            outcome: SendingOutcome::Sent(Box::new(sent)),
            ..self.clone()
        })
    }
}

/// Whether a package has to be released for production before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentOnce {
    /// It may be handed over.
    HandedOver,
    /// The client released it.
    Released,
}

/// Whether something that was sent before is sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendAgain {
    /// It is sent once.
    #[default]
    No,
    /// Somebody wants it sent again.
    Yes,
}

/// Something that is done with the sending of packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendingCommand {
    /// Asks for a package to be sent.
    Ask {
        /// Where to.
        to: String,
        /// What the recipient's profile has come first.
        once: SentOnce,
        /// What the order says of its release now, by its checksum.
        told: ObjectSum,
        /// Whether it is sent although it was before.
        again: SendAgain,
        /// Who asks.
        by: String,
    },
    /// Calls off what waits.
    CallOff {
        /// Who.
        by: String,
    },
    /// Records that one arrived.
    Record {
        /// Which sending of the package.
        sending: u32,
        /// What of it lies there.
        sent: Box<Sent>,
    },
    /// Records that one is given up.
    Fail {
        /// Which sending of the package.
        sending: u32,
        /// Why, and what to do.
        why: String,
    },
}

/// Something that became of the sending of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sending", rename_all = "snake_case")]
pub enum SendingEvent {
    /// A package was asked to be sent.
    Asked {
        /// The package, by its number.
        of: u32,
        /// Its sending.
        asked: Box<Sending>,
    },
    /// Something became of it.
    Ended {
        /// The package, by its number.
        of: u32,
        /// Which sending of it.
        no: u32,
        /// What.
        outcome: SendingOutcome,
    },
}

impl SendingEvent {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "sending_asked",
            Self::Ended { outcome, .. } => match outcome {
                SendingOutcome::Waiting => "sending_waits",
                SendingOutcome::Sent(_) => "sending_arrived",
                SendingOutcome::Failed { .. } => "sending_failed",
                SendingOutcome::CalledOff { .. } => "sending_called_off",
            },
        }
    }

    /// The package that it is about.
    #[must_use]
    pub fn package(&self) -> u32 {
        match self {
            Self::Asked { of, .. } | Self::Ended { of, .. } => *of,
        }
    }

    /// Its number within the package.
    #[must_use]
    pub fn no(&self) -> u32 {
        match self {
            Self::Asked { asked, .. } => asked.no,
            Self::Ended { no, .. } => *no,
        }
    }
}

impl Package {
    /// A sending of it by its number.
    #[must_use]
    pub fn sending(&self, no: u32) -> Option<&Sending> {
        self.sendings.iter().find(|sending| sending.no == no)
    }

    /// Whether it has to be released before it is sent, whatever its profile says: a plant presses what it gets.
    #[must_use]
    pub fn holds_a_disc(&self) -> bool {
        self.made.iter().any(|made| !made.discs.is_empty())
    }
}

impl Project {
    /// Whether a package may leave for its recipient's server: asked before it is sent, and again before the file that says that
    /// all of it is there.
    ///
    /// # Errors
    /// Another approval counts; what handing over waits for; a release for production that is missing.
    pub fn may_send(&self, package: &Package, once: SentOnce) -> Result<(), Refusal> {
        if Some(package.revision) != self.approved_revision() {
            return Err(Refusal::OtherApproval {
                package: package.no,
                revision: package.revision,
            });
        }
        self.may_hand_over()?;
        let is_first = once == SentOnce::Released || package.holds_a_disc();
        if is_first && package.released.is_none() {
            return Err(Refusal::NotReleased {
                package: package.no,
            });
        }
        Ok(())
    }
}
