//! An insert without hardware: what is sent comes back after a stated number of frames.

use crate::loopback_line::Line;

/// What one channel of the engine does, in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopbackChannel {
    /// Delay in frames, fractions included: up to 4 194 304. A fraction is exact to 110 dB up to 0.45 of the rate.
    pub delay_frames: f64,
    /// Added square of the sample: even harmonics.
    pub second: f64,
    /// Added cube of the sample: odd harmonics.
    pub third: f64,
    /// Gain in dB.
    pub gain_db: f64,
    /// True where it turns the signal over.
    pub is_inverted: bool,
    /// Level of noise added at the end, root mean square in dBFS (of 1.0); `None` adds none.
    pub noise_dbfs: Option<f64>,
}

impl LoopbackChannel {
    /// A wire of so many frames.
    pub fn wire(delay_frames: f64) -> Self {
        Self {
            delay_frames,
            second: 0.0,
            third: 0.0,
            gain_db: 0.0,
            is_inverted: false,
            noise_dbfs: None,
        }
    }
}

/// Gear that is not there, as it is configured.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopbackSettings {
    /// Frames per second.
    pub rate_hz: u32,
    /// Each channel.
    pub channels: Vec<LoopbackChannel>,
    /// By how much the return's clock runs behind the send's; it may gain or lose a second before it slips.
    pub drift_ppm: f64,
    /// The rate of the return, where it comes back by another clock.
    pub returned_hz: Option<u32>,
    /// What its noise starts from: the same seed gives the same bits.
    pub seed: u64,
}

/// A send and return loop of any number of channels.
///
/// It stands in where no audio server runs, and the self-test measures it like a unit.
#[derive(Clone, Debug)]
pub struct Loopback {
    lines: Vec<Line>,
    longest_frames: usize,
    non_finite: u64,
}

impl Loopback {
    /// A loop of `channels` that returns each sample `delay_frames` after it was sent.
    pub fn new(channels: usize, delay_frames: usize) -> Self {
        Self::with(&LoopbackSettings {
            rate_hz: 48_000,
            channels: vec![LoopbackChannel::wire(delay_frames as f64); channels],
            drift_ppm: 0.0,
            returned_hz: None,
            seed: 0,
        })
    }

    /// A loop as configured.
    pub fn with(settings: &LoopbackSettings) -> Self {
        let channels = settings.channels.iter();
        let longest = channels
            .clone()
            .fold(0.0, |a: f64, c| a.max(c.delay_frames));
        let lines = channels
            .enumerate()
            .map(|(n, channel)| Line::new(channel, settings, n))
            .collect();
        Self {
            lines,
            longest_frames: longest as usize,
            non_finite: 0,
        }
    }

    /// Channels of the loop.
    pub fn channels(&self) -> usize {
        self.lines.len()
    }

    /// Stated delay in whole frames, of the slowest channel.
    pub fn latency_frames(&self) -> usize {
        self.longest_frames
    }

    /// Samples that were NaN or infinite and went on as silence.
    pub fn non_finite_samples(&self) -> u64 {
        self.non_finite
    }

    /// Real-time: no allocation, lock, system call, log or panic.
    ///
    /// Sends one block and fills the returns with as many frames; blocks may have any length,
    /// channels that one side lacks stay as they are.
    pub fn process(&mut self, send: &[&[f64]], returned: &mut [&mut [f64]]) {
        for ((line, send), returned) in self.lines.iter_mut().zip(send).zip(returned) {
            for (sent, back) in send.iter().zip(returned.iter_mut()) {
                let finite = sent.is_finite();
                self.non_finite += u64::from(!finite);
                *back = line.next(if finite { *sent } else { 0.0 });
            }
        }
    }

    /// Real-time: forgets what is on its way; its noise goes on, as that of gear does.
    pub fn reset(&mut self) {
        self.lines.iter_mut().for_each(Line::reset);
    }
}

/// What a self-test of a loop found, channel by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    /// Delay at which what came back equals what was sent; `None` where there is no such delay.
    pub delay_frames: Vec<Option<usize>>,
}

impl SelfTest {
    /// True when every channel came back unchanged after exactly `stated` frames.
    pub fn holds(&self, stated: usize) -> bool {
        let mut channels = self.delay_frames.iter();
        !self.delay_frames.is_empty() && channels.all(|delay| *delay == Some(stated))
    }
}

/// Frames of the test signal: long enough that chance never repeats it.
const TEST_FRAMES: usize = 1024;

/// Sends noise of its own through each channel of the loop and looks for it in the return.
///
/// Delays up to `longest_frames` are found; the loop is reset before and after.
pub fn self_test(insert: &mut Loopback, longest_frames: usize) -> SelfTest {
    insert.reset();
    let channels = insert.channels();
    let frames = TEST_FRAMES + longest_frames;
    let sent: Vec<Vec<f64>> = (0..channels)
        .map(|channel| {
            let mut signal = test_signal(channel);
            signal.resize(frames, 0.0);
            signal
        })
        .collect();
    let mut returned = vec![vec![0.0; frames]; channels];
    let send: Vec<&[f64]> = sent.iter().map(Vec::as_slice).collect();
    let mut back: Vec<&mut [f64]> = returned.iter_mut().map(Vec::as_mut_slice).collect();
    insert.process(&send, &mut back);
    insert.reset();
    let delay_frames = sent.iter().zip(&returned).map(|(sent, returned)| {
        let signal = &sent[..TEST_FRAMES];
        returned
            .windows(TEST_FRAMES)
            .position(|window| window == signal)
    });
    SelfTest {
        delay_frames: delay_frames.collect(),
    }
}

/// Noise between -0.5 and 0.5 on a 24-bit grid, another for each channel so that a swap shows.
fn test_signal(channel: usize) -> Vec<f64> {
    let mut state = 0x9E37_79B9_u32 ^ u32::try_from(channel).unwrap_or(u32::MAX);
    let mut next = || {
        // Marsaglia's xorshift32, whose state is never 0.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state >> 9) / 8_388_608.0 - 0.5
    };
    (0..TEST_FRAMES).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use assert_no_alloc::{AllocDisabler, assert_no_alloc};
    use proptest::prelude::*;

    use super::*;

    #[global_allocator]
    static ALLOCATIONS: AllocDisabler = AllocDisabler;

    #[test]
    fn the_stated_delay_is_the_measured_one() {
        for delay in [0, 1, 255, 256, 4_800] {
            let mut insert = Loopback::new(2, delay);
            let found = self_test(&mut insert, 5_000);
            assert!(found.holds(delay), "{delay}: {found:?}");
            assert!(!found.holds(delay + 1));
        }
    }

    #[test]
    fn a_delay_beyond_the_search_is_not_guessed() {
        let found = self_test(&mut Loopback::new(1, 301), 300);
        assert_eq!(found.delay_frames, [None]);
        assert!(!self_test(&mut Loopback::new(0, 0), 10).holds(0));
    }

    #[test]
    fn the_audio_thread_is_not_held_up() {
        let mut insert = Loopback::new(2, 100);
        let sent = [0.25; 64];
        let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
        for _ in 0..1000 {
            assert_no_alloc(|| insert.process(&[&sent, &sent], &mut [&mut left, &mut right]));
        }
        assert_eq!(left, sent);
    }

    #[test]
    fn what_is_no_number_goes_on_as_silence() {
        let mut insert = Loopback::new(1, 0);
        let mut back = [1.0; 4];
        insert.process(&[&[f64::NAN, f64::INFINITY, -1.0, 0.0]], &mut [&mut back]);
        assert_eq!(back, [0.0, 0.0, -1.0, 0.0]);
        assert_eq!(insert.non_finite_samples(), 2);
    }

    /// Everything at once, and nothing that the audio thread must not do.
    #[test]
    fn a_configured_loop_has_the_same_bits_for_any_block() {
        let channel = LoopbackChannel {
            delay_frames: 12.375,
            second: 0.01,
            third: -0.02,
            gain_db: -3.0,
            is_inverted: true,
            noise_dbfs: Some(-80.0),
        };
        let settings = LoopbackSettings {
            rate_hz: 48_000,
            channels: vec![channel; 2],
            drift_ppm: 50.0,
            returned_hz: None,
            seed: 7,
        };
        let sent = test_signal(1);
        let run = |block: usize| {
            let mut insert = Loopback::with(&settings);
            let mut back = vec![vec![0.0; sent.len()]; 2];
            for at in (0..sent.len()).step_by(block) {
                let end = (at + block).min(sent.len());
                let [left, right] = back.get_disjoint_mut([0, 1]).unwrap();
                let (send, mut heard) = (&sent[at..end], [&mut left[at..end], &mut right[at..end]]);
                assert_no_alloc(|| insert.process(&[send, send], &mut heard));
            }
            back
        };
        let whole = run(1_024);
        assert!(run(1) == whole && run(77) == whole);
        assert_ne!(whole[0], whole[1], "each channel has noise of its own");
    }

    proptest! {
        /// The engineer may set any buffer: the sound is the same.
        #[test]
        fn the_block_size_changes_nothing(blocks in prop::collection::vec(0_usize..700, 1..12), delay in 0_usize..600) {
            let frames: usize = blocks.iter().sum();
            let sent: Vec<f64> = test_signal(3).into_iter().cycle().take(frames).collect();
            let mut whole = vec![0.0; frames];
            Loopback::new(1, delay).process(&[&sent], &mut [&mut whole]);
            let mut insert = Loopback::new(1, delay);
            let mut pieces = vec![0.0; frames];
            let mut at = 0;
            for block in blocks {
                let end = at + block;
                insert.process(&[&sent[at..end]], &mut [&mut pieces[at..end]]);
                at = end;
            }
            prop_assert_eq!(pieces, whole);
        }
    }
}
