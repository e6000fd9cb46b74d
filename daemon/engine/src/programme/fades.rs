use core::f64::consts::{FRAC_PI_2, PI};

/// Decibels that an exponential fade goes through.
const EXPONENTIAL_DB: f64 = 60.0;

/// How a fade goes; the formulas are for the way in, x from 0 to 1, and a fade out is its mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// x.
    Linear,
    /// sin(πx/2).
    Cosine,
    /// (1000^x − 1)/999: as many decibels each second, 60 in all, and silence at the end.
    Exponential,
    /// (1 − cos πx)/2.
    S,
}

impl Shape {
    /// The gain at x from 0 to 1.
    fn gain(self, x: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::Cosine => libm::sin(FRAC_PI_2 * x),
            Self::Exponential => {
                let most = dsp::db_to_gain(EXPONENTIAL_DB);
                (dsp::db_to_gain(EXPONENTIAL_DB * x) - 1.0) / (most - 1.0)
            }
            Self::S => 0.5 * (1.0 - libm::cos(PI * x)),
        }
    }
}

/// How two songs, or two stretches of one, share the time in which both sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blend {
    /// sin and cos: the squares add up to one, for what has nothing to do with each other.
    EqualPower,
    /// x and 1 − x: the gains add up to one, for what is the same on both sides.
    EqualGain,
}

impl Blend {
    /// The gains of what goes and of what comes, at x from 0 to 1.
    pub(super) fn gains(self, x: f64) -> (f64, f64) {
        match self {
            Self::EqualPower => (libm::cos(FRAC_PI_2 * x), libm::sin(FRAC_PI_2 * x)),
            Self::EqualGain => (1.0 - x, x),
        }
    }
}

/// Which way a ramp goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From silence to full level.
    FadeIn(Shape),
    /// From full level to silence.
    FadeOut(Shape),
    /// From silence, beside what goes out.
    SegueIn(Blend),
    /// To silence, beside what comes in.
    SegueOut(Blend),
}

/// A gain that moves between silence and full level, in frames of the disc.
///
/// Frame n of a ramp of L frames lies at x = n/L: the first one of a way out is at full level, and the first one after it
/// is silent; a way in begins with a silent frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// Its first frame.
    pub at: u64,
    /// Its length in frames.
    pub frames: u64,
    /// Which way it goes, and how.
    pub way: Way,
}

impl Ramp {
    /// The gain at a frame of the disc.
    #[must_use]
    pub fn gain(&self, frame: u64) -> f64 {
        let is_in = matches!(self.way, Way::FadeIn(_) | Way::SegueIn(_));
        if frame < self.at {
            return if is_in { 0.0 } else { 1.0 };
        }
        if frame >= self.end() {
            return if is_in { 1.0 } else { 0.0 };
        }
        let x = (frame - self.at) as f64 / self.frames as f64;
        match self.way {
            Way::FadeIn(shape) => shape.gain(x),
            Way::FadeOut(shape) => shape.gain(1.0 - x),
            Way::SegueIn(blend) => blend.gains(x).1,
            Way::SegueOut(blend) => blend.gains(x).0,
        }
    }

    /// The first frame after it.
    pub(super) fn end(&self) -> u64 {
        self.at.saturating_add(self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(way: Way) -> Ramp {
        Ramp {
            at: 1000,
            frames: 400,
            way,
        }
    }

    /// Rounding of a sine and a cosine in f64.
    const ROUNDING: f64 = 1e-15;

    #[test]
    fn fades_go_by_their_formulas() {
        // At a quarter, half and three quarters of the way in.
        for (shape, expected) in [
            (Shape::Linear, [0.25, 0.5, 0.75]),
            (
                Shape::Cosine,
                [
                    0.382_683_432_365_089_8,
                    0.707_106_781_186_547_5,
                    0.923_879_532_511_286_7,
                ],
            ),
            // (1000^0.25 − 1)/999 and so on.
            (
                Shape::Exponential,
                [
                    0.004_628_041_293_197,
                    0.030_653_430_031_716,
                    0.177_004_945_949_842,
                ],
            ),
            (
                Shape::S,
                [0.146_446_609_406_726_2, 0.5, 0.853_553_390_593_273_7],
            ),
        ] {
            let (into, out) = (ramp(Way::FadeIn(shape)), ramp(Way::FadeOut(shape)));
            for (place, gain) in [1100, 1200, 1300].into_iter().zip(expected) {
                assert!((into.gain(place) - gain).abs() < 1e-12, "{shape:?} {place}");
                assert_eq!(out.gain(2400 - place), into.gain(place));
            }
            for (frame, gain) in [(0, 0.0), (1000, 0.0), (1400, 1.0), (9999, 1.0)] {
                assert_eq!(into.gain(frame), gain, "{shape:?} {frame}");
                assert_eq!(out.gain(frame), 1.0 - gain, "{shape:?} {frame}");
            }
            for frame in 1000..1400 {
                assert!(
                    into.gain(frame) < into.gain(frame + 1)
                        && out.gain(frame) > out.gain(frame + 1)
                );
            }
        }
    }

    #[test]
    fn segues_keep_power_or_gain() {
        for frame in 990..1410 {
            let both = |blend| {
                let (into, out) = (ramp(Way::SegueIn(blend)), ramp(Way::SegueOut(blend)));
                (into.gain(frame), out.gain(frame))
            };
            let (into, out) = both(Blend::EqualPower);
            assert!((into * into + out * out - 1.0).abs() < ROUNDING, "{frame}");
            let (into, out) = both(Blend::EqualGain);
            assert!((into + out - 1.0).abs() < ROUNDING, "{frame}");
        }
    }
}
