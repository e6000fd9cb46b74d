use crate::biquad::Biquad;
use crate::design::{
    Side, band_pass, bell, butterworth_highpass, butterworth_part, high_shelf, low_shelf, notch,
    tilt,
};
use crate::highpass::Slope;

/// What a band does around its frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandShape {
    /// Raises or lowers around the frequency; full gain there.
    Bell,
    /// Raises or lowers everything below; half the gain (in dB) at the frequency.
    LowShelf,
    /// Raises or lowers everything above; half the gain (in dB) at the frequency.
    HighShelf,
    /// Turns the whole spectrum about the frequency: half the gain up at the top, half of it down at the
    /// bottom.
    Tilt,
    /// Lets nothing through at the frequency.
    Notch,
    /// Lets the frequency through, 6 dB less per octave to both sides at Q 0.7.
    BandPass,
    /// Butterworth, −3 dB at the frequency; its order, 1 to 16, is the slope in 6 dB per octave.
    LowPass(u8),
    /// Butterworth, −3 dB at the frequency; its order, 1 to 16, is the slope in 6 dB per octave.
    HighPass(u8),
}

impl BandShape {
    /// Highest order of a low- or high-pass: 96 dB per octave.
    pub const HIGHEST_ORDER: u8 = 16;

    /// Sections that a band of this shape takes.
    pub(crate) fn sections(self) -> usize {
        match self {
            Self::Bell
            | Self::LowShelf
            | Self::HighShelf
            | Self::Tilt
            | Self::Notch
            | Self::BandPass => 2,
            Self::LowPass(order) | Self::HighPass(order) => 2 * order_of(order).div_ceil(2),
        }
    }
}

fn order_of(order: u8) -> usize {
    usize::from(order.clamp(1, BandShape::HIGHEST_ORDER))
}

/// What of the signal a band works on.
///
/// With one channel, right and side are nothing and the others are the channel; beyond two channels, all but
/// [`Placement::Stereo`] are about the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// All channels.
    #[default]
    Stereo,
    /// The first channel.
    Left,
    /// The second channel.
    Right,
    /// Half the sum of the first two channels.
    Mid,
    /// Half their difference.
    Side,
}

/// A band that works only while there is something to work on.
///
/// The detector hears what the band treats, cut to the band's own range (bell: band pass of its Q;
/// shelves: the shelf's side, 12 dB per octave).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynamics {
    /// Level in dBFS (a full-scale square reads 0) in the band's range where it begins.
    pub threshold_db: f64,
    /// How much of what is above the threshold is answered: n dB above give n (1 − 1/ratio) dB of change.
    pub ratio: f64,
    /// Most change in dB and its direction: −6 turns loud passages down by up to 6 dB, +3 up by up to 3.
    pub range_db: f64,
    /// Time constant of the attack in milliseconds.
    pub attack_ms: f64,
    /// Time constant of the release in milliseconds.
    pub release_ms: f64,
}

/// One band of the equaliser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// What it does.
    pub shape: BandShape,
    /// Centre or corner in hertz.
    pub frequency_hz: f64,
    /// Gain in dB; without meaning for notch, band, low and high pass.
    pub gain_db: f64,
    /// Q; 0.707 is the steepest shelf without overshoot. Without meaning for tilt, low and high pass.
    pub q: f64,
    /// What of the signal it works on.
    pub placement: Placement,
    /// Change by level on top of the gain: for bells and shelves, passed over by the other shapes.
    pub dynamics: Option<Dynamics>,
}

impl Band {
    /// A band on all channels without dynamics.
    pub fn new(shape: BandShape, frequency_hz: f64, gain_db: f64, q: f64) -> Self {
        Self {
            shape,
            frequency_hz,
            gain_db,
            q,
            placement: Placement::Stereo,
            dynamics: None,
        }
    }

    /// Writes the band's sections to the beginning of `to`, identities where it needs fewer.
    pub(crate) fn design(&self, rate_hz: u32, to: &mut [Biquad]) {
        let (hz, gain_db, q) = (self.frequency_hz, self.gain_db, self.q);
        let two = match self.shape {
            BandShape::Bell => bell(hz, gain_db, q, rate_hz),
            BandShape::LowShelf => low_shelf(hz, gain_db, q, rate_hz),
            BandShape::HighShelf => high_shelf(hz, gain_db, q, rate_hz),
            BandShape::Tilt => tilt(hz, gain_db, rate_hz),
            BandShape::Notch => notch(hz, q, rate_hz),
            BandShape::BandPass => band_pass(hz, q, rate_hz),
            BandShape::LowPass(order) => return pass(Side::Low, hz, order_of(order), rate_hz, to),
            BandShape::HighPass(order) => {
                return pass(Side::High, hz, order_of(order), rate_hz, to);
            }
        };
        for (to, section) in to.iter_mut().zip(two) {
            *to = section;
        }
    }

    /// What the dynamics' detector hears.
    pub(crate) fn detector(&self, rate_hz: u32) -> Biquad {
        let hz = self.frequency_hz;
        match self.shape {
            BandShape::LowShelf => complement(hz, rate_hz),
            BandShape::HighShelf => butterworth_highpass(hz, Slope::Db12, rate_hz)[0],
            BandShape::Bell
            | BandShape::Tilt
            | BandShape::Notch
            | BandShape::BandPass
            | BandShape::LowPass(_)
            | BandShape::HighPass(_) => band_pass(hz, self.q, rate_hz)[0],
        }
    }
}

/// The low-pass beside the rumble filter's high-pass: the same poles, zeros at Nyquist.
fn complement(frequency_hz: f64, rate_hz: u32) -> Biquad {
    let high = butterworth_highpass(frequency_hz, Slope::Db12, rate_hz)[0];
    let scale = (1.0 + high.a[0] + high.a[1]) / 4.0;
    Biquad {
        b: [scale, 2.0 * scale, scale],
        a: high.a,
    }
}

fn pass(side: Side, hz: f64, order: usize, rate_hz: u32, to: &mut [Biquad]) {
    for (part, to) in to.chunks_mut(2).take(order.div_ceil(2)).enumerate() {
        to.copy_from_slice(&butterworth_part(side, hz, order, part, rate_hz));
    }
}
