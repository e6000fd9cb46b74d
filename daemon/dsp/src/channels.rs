use crate::decibel::db_to_gain;
use crate::processor::{
    Faults, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of, zero_non_finite,
};

/// Which channels are turned over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Polarity {
    /// None.
    #[default]
    Normal,
    /// The first.
    InvertLeft,
    /// The second.
    InvertRight,
    /// Both.
    InvertBoth,
}

/// What the two channels are turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recode {
    /// Left in place.
    #[default]
    AsTheyAre,
    /// Left is right and right is left.
    Swap,
    /// Left and right become mid and side: half the sum, half the difference.
    ToMidSide,
    /// Mid and side become left and right: sum and difference.
    ToLeftRight,
}

/// Balance, polarity and the two ways to write stereo, on the first two channels.
///
/// In this order: polarity, balance, recoding. With one channel only its polarity can change.
#[derive(Debug, Clone)]
pub struct ChannelTools {
    polarity: Polarity,
    balance_db: f64,
    recode: Recode,
    /// Amplitudes of left and right.
    gains: [Ramp; 2],
    position: u64,
    faults: Faults,
}

impl ChannelTools {
    /// `balance_db` above zero turns the left channel down by so much, below zero the right one.
    pub fn new(polarity: Polarity, balance_db: f64, recode: Recode) -> Self {
        let mut new = Self {
            polarity,
            balance_db,
            recode,
            gains: [Ramp::fixed(1.0); 2],
            position: 0,
            faults: Faults::default(),
        };
        new.reset();
        new
    }

    fn amplitudes(&self, balance_db: f64) -> [f64; 2] {
        let [left, right] = match self.polarity {
            Polarity::Normal => [1.0, 1.0],
            Polarity::InvertLeft => [-1.0, 1.0],
            Polarity::InvertRight => [1.0, -1.0],
            Polarity::InvertBoth => [-1.0, -1.0],
        };
        [
            left * db_to_gain(-balance_db.max(0.0)),
            right * db_to_gain(balance_db.min(0.0)),
        ]
    }
}

impl Processor for ChannelTools {
    fn prepare(&mut self, _spec: Spec, _max_frames: usize) {
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            for event in step.events.iter().filter(|e| e.param == Param::BalanceDb) {
                let amplitudes = self.amplitudes(event.value);
                for (gain, value) in self.gains.iter_mut().zip(amplitudes) {
                    gain.follow(&ParamEvent { value, ..*event }, step.start);
                }
            }
            let range = step.range.clone();
            match block {
                [left, right, ..] => {
                    let pair = left[range.clone()].iter_mut().zip(&mut right[range]);
                    for (frame, (l, r)) in (step.start..).zip(pair) {
                        let (x, y) = (*l * self.gains[0].at(frame), *r * self.gains[1].at(frame));
                        (*l, *r) = match self.recode {
                            Recode::AsTheyAre => (x, y),
                            Recode::Swap => (y, x),
                            Recode::ToMidSide => (0.5 * (x + y), 0.5 * (x - y)),
                            Recode::ToLeftRight => (x + y, x - y),
                        };
                    }
                }
                [mono] => {
                    let sign = self.gains[0].at(step.start).signum();
                    mono[range].iter_mut().for_each(|x| *x *= sign);
                }
                [] => (),
            }
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        0
    }

    fn reset(&mut self) {
        self.gains = self.amplitudes(self.balance_db).map(Ramp::fixed);
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
