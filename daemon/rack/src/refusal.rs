//! Why something of the rack is not taken, in sentences for the engineer.

/// Why a unit, a chain, a setting or a sheet is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RackRefusal {
    /// The file is none.
    #[error("this cannot be read: {why}")]
    Unreadable {
        /// What the reader says, with the line.
        why: String,
    },
    /// Something has no name.
    #[error("{what} needs a name")]
    Nameless {
        /// A unit, a control, a chain.
        what: &'static str,
    },
    /// What a control can be set to is written in no way that is known.
    #[error("{control} can be set to {how}; \u{201c}{text}\u{201d} is not that")]
    Range {
        /// The control.
        control: String,
        /// What was written.
        text: String,
        /// How it is written.
        how: &'static str,
    },
    /// Two of a kind share a name.
    #[error("{what} {name:?} is there twice; give each a name of its own")]
    Twice {
        /// A control, a port, a unit.
        what: &'static str,
        /// That name.
        name: String,
    },
    /// A figure outside its range.
    #[error("{what} must be from {low} to {high}, not {value}")]
    OutOfRange {
        /// Which figure.
        what: String,
        /// Lowest.
        low: f64,
        /// Highest.
        high: f64,
        /// The one found.
        value: f64,
    },
    /// The ports do not fit the layout.
    #[error("{layout} runs on {wanted}, not on {found}: name a send and a return for each")]
    Channels {
        /// Which layout, in words.
        layout: &'static str,
        /// How many it takes, in words.
        wanted: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A calibration of a channel that the unit lacks.
    #[error("a calibration speaks of channel {channel}, and the unit has {channels}")]
    CalibratedChannel {
        /// From 1.
        channel: usize,
        /// How many it has.
        channels: usize,
    },
    /// A control without anything to choose.
    #[error("control {control:?} needs at least two positions")]
    TooFewPositions {
        /// Its name.
        control: String,
    },
    /// A setting that a control does not have.
    #[error("{control} cannot be set to {text:?}; it has {choices}")]
    NoSuchSetting {
        /// The control's name.
        control: String,
        /// What was asked for.
        text: String,
        /// What it has, in words.
        choices: String,
    },
    /// A control that the unit lacks.
    #[error("{unit} has no control {control:?}")]
    NoSuchControl {
        /// The unit's name.
        unit: String,
        /// The one asked for.
        control: String,
    },
    /// A unit that is not in the rack, or not in the chain.
    #[error("there is no unit {unit:?} here")]
    NoSuchUnit {
        /// The one asked for.
        unit: String,
    },
    /// A step that the chain does not have.
    #[error("this chain has no manual step {step}")]
    NoSuchStep {
        /// From 1.
        step: usize,
    },
    /// A chain without hardware.
    #[error("a chain through the rack needs a unit; one of processors alone is a chain file")]
    NoUnit,
    /// Built-in processors that do not go where they stand.
    #[error("the processors of leg {leg} cannot be played: {why}")]
    Processors {
        /// From 1.
        leg: usize,
        /// Why.
        why: String,
    },
    /// A MIDI message that is none.
    #[error("the MIDI of control {control:?} is no message: {why}")]
    Midi {
        /// The control's name.
        control: String,
        /// What is wrong.
        why: &'static str,
    },
}

impl RackRefusal {
    /// A figure that is not from `low` to `high`; NaN is not.
    pub(crate) fn unless_in(
        what: impl Into<String>,
        value: f64,
        [low, high]: [f64; 2],
    ) -> Result<(), Self> {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(Self::OutOfRange {
            what: what.into(),
            low,
            high,
            value,
        })
    }
}
