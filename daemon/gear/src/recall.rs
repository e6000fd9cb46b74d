//! Is the gear where it was? The reference passage, printed twice on the day of the print and once now.
//!
//! What two prints of one day leave of each other is the gear's own: noise, and whatever does not repeat. A recall
//! is proved when today's print leaves no more of the archived one than that, in every band.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::null::{Null, NullBand, null_test};

/// What today's print may leave beyond what the day's two left, in dB: its noise, measured once more.
const MORE_DB: f64 = 3.0;
/// What is left below this is allowed whatever the day left, in dB: a level that is 0.003 dB off leaves as much.
const FLOOR_DB: f64 = -70.0;
/// A level may differ by so much, in dB, and by what the day's prints scatter.
const LEVEL_DB: f64 = 0.1;
/// Channels may be apart by so much more than then, in frames, and by what the day's prints scatter.
const SKEW_FRAMES: f64 = 0.1;
/// The scatter of two prints is known that badly.
const SCATTERS: f64 = 3.0;
/// A band whose level differs by less is left as it is and something else in it differs.
const HEARD_DB: f64 = 0.05;

/// One band of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofBand {
    /// Lower edge in hertz.
    pub from_hz: f64,
    /// Upper edge in hertz.
    pub to_hz: f64,
    /// What the day's two prints leave of each other, in dB.
    pub then_db: f64,
    /// What today's leaves of the first of them, in dB.
    pub now_db: f64,
    /// What it may leave, in dB.
    pub allowed_db: f64,
    /// By how much it is louder in this band once the whole is matched, in dB.
    pub louder_db: f64,
}

impl ProofBand {
    /// True where no more is left than allowed.
    pub fn holds(&self) -> bool {
        self.over_db() <= 0.0
    }

    fn over_db(&self) -> f64 {
        self.now_db - self.allowed_db
    }
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelProof {
    /// From 1.
    pub channel: usize,
    /// The day's second print against its first.
    pub then: Null,
    /// Today's against the day's first.
    pub now: Null,
    /// Both by bands that hold sound.
    pub bands: Vec<ProofBand>,
}

/// Why a recall is not proved: one sentence and the next step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "doubt")]
pub enum Doubt {
    /// Nothing to compare on one of the three.
    Silent {
        /// From 1.
        channel: usize,
    },
    /// The other polarity.
    Polarity {
        /// From 1.
        channel: usize,
    },
    /// Another level.
    Level {
        /// From 1.
        channel: usize,
        /// By how much it is louder than then, in dB.
        louder_db: f64,
        /// What is allowed, in dB.
        allowed_db: f64,
    },
    /// The channels lie apart.
    Skew {
        /// From 1; against channel 1.
        channel: usize,
        /// By how much it comes later than then, in frames.
        later_frames: f64,
        /// What is allowed, in frames.
        allowed_frames: f64,
    },
    /// More is left than the gear's own.
    Band {
        /// From 1.
        channel: usize,
        /// The band that is farthest over what is allowed.
        band: ProofBand,
        /// How many other bands are over it: what one control does reaches far beyond its own band, by its phase.
        others: usize,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent { channel } => write!(
                f,
                "channel {channel} has nothing to compare: see that its cables are in, then print the passage again"
            ),
            Self::Polarity { channel } => write!(
                f,
                "channel {channel} came back with the other polarity than then: look at its cables and the polarity switches, then print the passage again"
            ),
            Self::Level {
                channel,
                louder_db,
                allowed_db,
            } => write!(
                f,
                "channel {channel} is {louder_db:+.2} dB against then, where {allowed_db:.2} dB are allowed: go through the gains on the sheet, then print the passage again"
            ),
            Self::Skew {
                channel,
                later_frames,
                allowed_frames,
            } => write!(
                f,
                "channel {channel} comes {later_frames:+.3} samples against channel 1, where {allowed_frames:.3} are allowed: certify the chain again, then print the passage again"
            ),
            Self::Band { channel, band, .. } => band_words(f, *channel, band),
        }
    }
}

fn band_words(f: &mut fmt::Formatter<'_>, channel: usize, band: &ProofBand) -> fmt::Result {
    let ProofBand { from_hz, to_hz, .. } = band;
    write!(
        f,
        "from {from_hz:.0} to {to_hz:.0} Hz today\u{2019}s print leaves {:.1} dB on channel {channel}, where two prints of that day leave {:.1} dB",
        band.now_db, band.then_db
    )?;
    if band.louder_db.abs() < HEARD_DB {
        return write!(
            f,
            ": the level there is as it was, so look at what moves or distorts (attack, release, drive), then print the passage again"
        );
    }
    write!(
        f,
        "; it is {:+.2} dB there: look at the controls that act on it, then print the passage again",
        band.louder_db
    )
}

/// What came of a recall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Frames per second.
    pub rate_hz: u32,
    /// Each channel that has sound in all three prints.
    pub channels: Vec<ChannelProof>,
    /// Why it is not proved; empty where it is.
    pub doubts: Vec<Doubt>,
}

impl Proof {
    /// True where today's print is as close as two prints of the same day.
    pub fn holds(&self) -> bool {
        self.doubts.is_empty()
    }

    /// The band that is farthest from what is allowed, with its channel; none where nothing sounded.
    pub fn worst(&self) -> Option<(usize, ProofBand)> {
        let bands = self.channels.iter();
        let bands = bands.flat_map(|c| c.bands.iter().map(|band| (c.channel, *band)));
        bands.max_by(|a, b| a.1.over_db().total_cmp(&b.1.over_db()))
    }
}

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// They do not have one number of channels.
    #[error(
        "the prints have {first}, {second} and {now} channels; all three have to be one number"
    )]
    Channels {
        /// The day's first print.
        first: usize,
        /// Its second.
        second: usize,
        /// Today's.
        now: usize,
    },
}

/// Proves a recall: `day` holds the two prints of the reference passage that were made on the day of the print,
/// `now` the one of today; each planar, at one rate. `longest_frames` is how far apart they may lie.
///
/// # Errors
/// Prints with different numbers of channels.
pub fn prove(
    day: [&[Vec<f64>]; 2],
    now: &[Vec<f64>],
    rate_hz: u32,
    longest_frames: usize,
) -> Result<Proof, ProofError> {
    let [first, second] = day;
    if first.len() != second.len() || first.len() != now.len() {
        return Err(ProofError::Channels {
            first: first.len(),
            second: second.len(),
            now: now.len(),
        });
    }
    let (mut channels, mut doubts) = (Vec::new(), Vec::new());
    for (n, first) in first.iter().enumerate() {
        let channel = n + 1;
        let against = |take: &[f64]| null_test(first, take, rate_hz, longest_frames);
        let (Some(then), Some(now)) = (against(&second[n]), against(&now[n])) else {
            doubts.push(Doubt::Silent { channel });
            continue;
        };
        channels.push(ChannelProof {
            channel,
            bands: bands(&then, &now),
            then,
            now,
        });
    }
    for proof in &channels {
        judge(proof, &channels[0], &mut doubts);
    }
    Ok(Proof {
        rate_hz,
        channels,
        doubts,
    })
}

fn bands(then: &Null, now: &Null) -> Vec<ProofBand> {
    let then_in = |band: &NullBand| {
        let same = then.bands.iter().find(|b| b.from_hz == band.from_hz);
        same.map_or(f64::NEG_INFINITY, |b| b.residual_db)
    };
    let both = now.bands.iter().map(|band| {
        let then_db = then_in(band).max(-200.0);
        ProofBand {
            from_hz: band.from_hz,
            to_hz: band.to_hz,
            then_db,
            now_db: band.residual_db,
            allowed_db: (then_db + MORE_DB).max(FLOOR_DB),
            louder_db: band.louder_db,
        }
    });
    both.collect()
}

fn judge(proof: &ChannelProof, first: &ChannelProof, doubts: &mut Vec<Doubt>) {
    let channel = proof.channel;
    if proof.now.is_inverted != proof.then.is_inverted {
        doubts.push(Doubt::Polarity { channel });
    }
    let allowed_db = LEVEL_DB + SCATTERS * proof.then.gain_db.abs();
    if proof.now.gain_db.abs() > allowed_db {
        doubts.push(Doubt::Level {
            channel,
            louder_db: proof.now.gain_db,
            allowed_db,
        });
    }
    let apart = |of: fn(&ChannelProof) -> &Null| of(proof).delay_frames - of(first).delay_frames;
    let allowed_frames = SKEW_FRAMES + SCATTERS * apart(|c| &c.then).abs();
    let later_frames = apart(|c| &c.now);
    if later_frames.abs() > allowed_frames {
        doubts.push(Doubt::Skew {
            channel,
            later_frames,
            allowed_frames,
        });
    }
    let over = || proof.bands.iter().filter(|band| !band.holds());
    let farthest = over().max_by(|a, b| a.over_db().total_cmp(&b.over_db()));
    doubts.extend(farthest.map(|band| Doubt::Band {
        channel,
        band: *band,
        others: over().count() - 1,
    }));
}
