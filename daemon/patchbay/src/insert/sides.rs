//! The two ends of an insert on the audio thread.
//!
//! Both count frames by the server's clock, not by their calls: where calls are missing, the send goes on at the
//! right place of its source, and the return says what it lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rtrb::{Consumer, Producer};

use crate::insert::guard::Guard;
use crate::insert::shared::{Report, Shared, Which};

/// Most channels.
pub(crate) const MOST_CHANNELS: usize = 32;
/// Periods between agreeing on a start and it: both clients have been called by then.
const AHEAD_PERIODS: u32 = 4;
/// While the server freewheels nobody is late, so a client may wait for its ring; this long, and then it is lost.
const FREEWHEEL_PATIENCE: u32 = 50_000;
const FREEWHEEL_NAP: Duration = Duration::from_micros(200);

/// Where a client is in a pass.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    phase: u32,
    /// Server time of the last call, and the frame of the pass it stood for; negative ahead of the start.
    last: Option<(u32, i64)>,
    /// The next frame of the pass.
    next: u64,
}

impl Clock {
    /// Real-time: the frame of the pass that a call at `time` begins with.
    fn at(&mut self, time: u32, start: u32) -> i64 {
        let frame = match self.last {
            Some((then, frame)) => frame + i64::from(time.wrapping_sub(then).cast_signed()),
            None => i64::from(time.wrapping_sub(start).cast_signed()),
        };
        self.last = Some((time, frame));
        frame
    }

    fn enter(&mut self, phase: u32) {
        *self = Self {
            phase,
            ..Self::default()
        };
    }
}

/// What goes out.
#[derive(Debug)]
pub(crate) struct SendSide {
    shared: Arc<Shared>,
    ring: Consumer<f32>,
    reports: Producer<Report>,
    channels: usize,
    clock: Clock,
    /// Frames of the source that were to be played while nobody called.
    owed: u64,
    gain: f32,
    /// By how much the gain may change a frame.
    ramp: f32,
}

impl SendSide {
    pub(crate) fn new(
        shared: Arc<Shared>,
        (ring, reports): (Consumer<f32>, Producer<Report>),
        channels: usize,
        rate_hz: u32,
    ) -> Self {
        Self {
            shared,
            ring,
            reports,
            channels,
            clock: Clock::default(),
            owed: 0,
            gain: 0.0,
            // Five milliseconds from nothing to all, and back.
            ramp: 200.0 / rate_hz as f32,
        }
    }

    /// Real-time: no allocation, lock, system call, log or panic, but naps while the server freewheels.
    ///
    /// Fills one period that begins at the server's `time`.
    pub(crate) fn process(&mut self, time: u32, out: &mut [&mut [f32]]) {
        self.shared.send_calls.fetch_add(1, Ordering::Relaxed);
        out.iter_mut().for_each(|channel| channel.fill(0.0));
        let frames = out.first().map_or(0, |channel| channel.len());
        let phase = self.shared.phase.load(Ordering::Acquire);
        if phase.is_multiple_of(2) {
            if phase != self.clock.phase {
                // Whatever is left of the last pass must not sound in the next.
                self.drop_frames(u64::MAX);
                self.clock.enter(phase);
            }
        } else {
            if phase != self.clock.phase {
                self.clock.enter(phase);
                (self.owed, self.gain) = (0, 0.0);
                let ahead = AHEAD_PERIODS * u32::try_from(frames).unwrap_or(0);
                self.shared.set_start(phase, time.wrapping_add(ahead));
            }
            if let Some(start) = self.shared.start_of(phase) {
                let at = self.clock.at(time, start);
                self.play(at, out);
            }
        }
        self.shared.send_seen.store(phase, Ordering::Release);
    }

    fn play(&mut self, at: i64, out: &mut [&mut [f32]]) {
        let frames = out.first().map_or(0, |channel| channel.len()) as u64;
        let total = self.shared.frames.load(Ordering::Relaxed);
        let end = u64::try_from(at + frames as i64).unwrap_or(0).min(total);
        if end <= self.clock.next {
            return;
        }
        let from = u64::try_from(at).unwrap_or(0);
        if from > self.clock.next {
            self.owed += from - self.clock.next;
            self.report(Report::Starved {
                frame: self.clock.next,
            });
        }
        let from = from.max(self.clock.next);
        let wanted = end - from;
        self.clock.next = end;
        self.wait_for(self.owed + wanted);
        self.drop_frames(self.owed);
        let offset = usize::try_from(from as i64 - at).unwrap_or(0);
        let played = if self.owed == 0 {
            self.fill(offset, wanted, out)
        } else {
            0
        };
        if played < wanted {
            self.owed += wanted - played;
            self.report(Report::Starved { frame: from });
        }
    }

    /// Pops as many whole frames as there are, up to `most`, and counts them as paid.
    fn drop_frames(&mut self, most: u64) {
        let whole = (self.ring.slots() / self.channels) as u64;
        let dropped = whole.min(most);
        if let Ok(chunk) = self.ring.read_chunk(dropped as usize * self.channels) {
            chunk.commit_all();
            self.owed = self.owed.saturating_sub(dropped);
        }
    }

    fn fill(&mut self, offset: usize, wanted: u64, out: &mut [&mut [f32]]) -> u64 {
        let there = (self.ring.slots() / self.channels) as u64;
        let frames = there.min(wanted);
        let target = if self.shared.is_muted.load(Ordering::Acquire) {
            0.0
        } else {
            1.0
        };
        let Ok(chunk) = self.ring.read_chunk(frames as usize * self.channels) else {
            return 0;
        };
        let (first, second) = chunk.as_slices();
        let mut samples = first.iter().chain(second);
        for n in 0..frames as usize {
            // A guard that fell is in a hurry.
            self.gain += (target - self.gain).clamp(-5.0 * self.ramp, self.ramp);
            for channel in out.iter_mut().take(self.channels) {
                let x = samples.next().copied().unwrap_or(0.0);
                if let Some(to) = channel.get_mut(offset + n) {
                    // A gain of exactly one leaves every bit.
                    *to = if x.is_finite() { self.gain * x } else { 0.0 };
                }
            }
        }
        chunk.commit_all();
        frames
    }

    fn wait_for(&self, frames: u64) {
        let needed = usize::try_from(frames).unwrap_or(usize::MAX) * self.channels;
        nap_while(&self.shared, || {
            self.ring.slots() < needed.min(self.ring.buffer().capacity())
        });
    }

    fn report(&mut self, report: Report) {
        if self.reports.push(report).is_err() {
            self.shared.unsaid.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What comes back.
#[derive(Debug)]
pub(crate) struct ReturnSide {
    shared: Arc<Shared>,
    ring: Producer<f32>,
    reports: Producer<Report>,
    channels: usize,
    clock: Clock,
    guard: Guard,
    xruns: u64,
}

impl ReturnSide {
    pub(crate) fn new(
        shared: Arc<Shared>,
        (ring, reports): (Producer<f32>, Producer<Report>),
        channels: usize,
        guard: Guard,
    ) -> Self {
        Self {
            shared,
            ring,
            reports,
            channels,
            clock: Clock::default(),
            guard,
            xruns: 0,
        }
    }

    /// Real-time: no allocation, lock, system call, log or panic, but naps while the server freewheels.
    ///
    /// Takes one period that began at the server's `time`.
    pub(crate) fn process(&mut self, time: u32, heard: &[&[f32]]) {
        self.shared.return_calls.fetch_add(1, Ordering::Relaxed);
        let phase = self.shared.phase.load(Ordering::Acquire);
        if phase != self.clock.phase {
            self.clock.enter(phase);
            self.guard.reset();
            self.xruns = self.shared.xruns.load(Ordering::Relaxed);
            if self.shared.which == Which::Return && !phase.is_multiple_of(2) {
                self.shared.set_start(phase, time);
            }
        }
        if !phase.is_multiple_of(2)
            && let Some(start) = self.shared.start_of(phase)
        {
            let at = self.clock.at(time, start);
            self.record(at, heard);
        }
        self.shared.return_seen.store(phase, Ordering::Release);
    }

    fn record(&mut self, at: i64, heard: &[&[f32]]) {
        let frames = heard.first().map_or(0, |channel| channel.len());
        let total = self.shared.frames.load(Ordering::Relaxed);
        let end = u64::try_from(at + frames as i64).unwrap_or(0).min(total);
        let xruns = self.shared.xruns.load(Ordering::Relaxed);
        if xruns != self.xruns {
            self.xruns = xruns;
            // The server says it one or two periods after the one that was late.
            let frame = self.clock.next.saturating_sub(frames as u64);
            self.report(Report::Xrun { frame });
        }
        let from = u64::try_from(at).unwrap_or(0).min(total);
        if from > self.clock.next {
            let (frame, frames) = (self.clock.next, from - self.clock.next);
            if !self.report(Report::Lost { frame, frames }) {
                // Said with the next period, then of more frames.
                return;
            }
            self.clock.next = from;
        }
        if end <= self.clock.next {
            return;
        }
        let offset = usize::try_from(self.clock.next as i64 - at).unwrap_or(0);
        let count = (end - self.clock.next) as usize;
        if let Some(n) = self.guard.hear(heard, offset..offset + count)
            && !self.shared.is_muted.swap(true, Ordering::AcqRel)
        {
            let frame = self.clock.next + (n - offset) as u64;
            self.report(Report::Feedback { frame });
        }
        let needed = count * self.channels;
        nap_while(&self.shared, || self.ring.slots() < needed);
        let Ok(mut chunk) = self.ring.write_chunk(needed) else {
            // No room: the next period finds these frames missing.
            return;
        };
        let (first, second) = chunk.as_mut_slices();
        let mut places = first.iter_mut().chain(second);
        let mut non_finite = 0;
        for n in offset..offset + count {
            for c in 0..self.channels {
                let x = heard.get(c).and_then(|channel| channel.get(n)).copied();
                let x = x.unwrap_or(0.0);
                non_finite += u64::from(!x.is_finite());
                if let Some(place) = places.next() {
                    *place = if x.is_finite() { x } else { 0.0 };
                }
            }
        }
        chunk.commit_all();
        self.clock.next = end;
        if non_finite > 0 {
            self.shared
                .non_finite
                .fetch_add(non_finite, Ordering::Relaxed);
        }
    }

    fn report(&mut self, report: Report) -> bool {
        let is_said = self.reports.push(report).is_ok();
        if !is_said {
            self.shared.unsaid.fetch_add(1, Ordering::Relaxed);
        }
        is_said
    }
}

/// Waits for the other end of a ring, but only where time stands still meanwhile.
fn nap_while(shared: &Shared, is_missing: impl Fn() -> bool) {
    let mut naps = 0;
    while is_missing()
        && naps < FREEWHEEL_PATIENCE
        && shared.is_freewheeling.load(Ordering::Relaxed)
        && !shared.phase.load(Ordering::Relaxed).is_multiple_of(2)
    {
        std::thread::sleep(FREEWHEEL_NAP);
        naps += 1;
    }
}

#[cfg(test)]
mod tests {
    use assert_no_alloc::assert_no_alloc;
    use proptest::prelude::*;
    use rtrb::RingBuffer;

    use super::*;

    /// Both ends with a wire between them, and what the control side holds.
    struct Rig {
        shared: Arc<Shared>,
        send: SendSide,
        back: ReturnSide,
        sends: Producer<f32>,
        returns: Consumer<f32>,
        reports: [Consumer<Report>; 2],
        time: u32,
    }

    fn rig(frames: u64) -> Rig {
        let shared = Arc::new(Shared::default());
        let (sends, to_send) = RingBuffer::new(8_192);
        let (returned, returns) = RingBuffer::new(8_192);
        let (say_sent, sent) = RingBuffer::new(64);
        let (say_back, back) = RingBuffer::new(64);
        shared.frames.store(frames, Ordering::Relaxed);
        Rig {
            send: SendSide::new(Arc::clone(&shared), (to_send, say_sent), 2, 48_000),
            back: ReturnSide::new(
                Arc::clone(&shared),
                (returned, say_back),
                2,
                Guard::new(48_000, 2, 0.0),
            ),
            shared,
            sends,
            returns,
            reports: [sent, back],
            // The server's time goes round in the midst of the pass.
            time: u32::MAX - 700,
        }
    }

    impl Rig {
        /// One period of the server, in which nothing may be allocated.
        fn period(&mut self, frames: usize) -> [Vec<f32>; 2] {
            let mut out = [vec![9.0; frames], vec![9.0; frames]];
            let time = self.time;
            assert_no_alloc(|| {
                let [left, right] = &mut out;
                self.send.process(time, &mut [left, right]);
                self.back.process(time, &[left, right]);
            });
            self.skip(frames);
            out
        }

        fn skip(&mut self, frames: usize) {
            self.time = self.time.wrapping_add(u32::try_from(frames).unwrap());
        }

        fn heard(&mut self) -> Vec<f32> {
            let count = self.returns.slots();
            self.returns
                .read_chunk(count)
                .unwrap()
                .into_iter()
                .collect()
        }

        fn said(&mut self) -> Vec<Report> {
            let [sent, back] = &mut self.reports;
            std::iter::from_fn(|| sent.pop().or_else(|_| back.pop()).ok()).collect()
        }
    }

    /// Interleaved frames behind the ramp, each sample different.
    fn song(frames: u16) -> Vec<f32> {
        let sample = |n: u16| {
            if n < 1_000 {
                0.0
            } else {
                f32::from(n) / 65_536.0
            }
        };
        (0..2 * frames).map(sample).collect()
    }

    proptest! {
        /// The engineer may set any buffer, and change it: each frame comes back in its place, bit for bit.
        #[test]
        fn the_block_size_changes_nothing(blocks in prop::collection::vec(1_usize..700, 4..9)) {
            let mut rig = rig(1_500);
            prop_assert!(rig.period(64).iter().flatten().all(|x| *x == 0.0), "idle is silent");
            rig.sends.push_entire_slice(&song(1_500)).unwrap();
            rig.shared.phase.store(1, Ordering::Release);
            for block in blocks.into_iter().cycle().take(60) {
                rig.period(block);
            }
            rig.period(4_096);
            rig.period(4_096);
            prop_assert_eq!(rig.heard(), song(1_500));
            prop_assert_eq!(rig.said(), vec![]);
        }
    }

    #[test]
    fn frames_that_nobody_called_for_are_said_and_the_rest_keeps_its_place() {
        let mut rig = rig(1_500);
        rig.period(100);
        rig.sends.push_entire_slice(&song(1_500)).unwrap();
        rig.shared.phase.store(1, Ordering::Release);
        for _ in 0..4 + 7 {
            rig.period(100);
        }
        rig.skip(250);
        for _ in 0..10 {
            rig.period(100);
        }
        let (heard, song) = (rig.heard(), song(1_500));
        assert_eq!(heard[..1_400], song[..1_400]);
        assert_eq!(heard[1_400..], song[1_900..]);
        let said = rig.said();
        assert!(
            said.contains(&Report::Lost {
                frame: 700,
                frames: 250
            }),
            "{said:?}"
        );
        assert!(said.contains(&Report::Starved { frame: 700 }), "{said:?}");
    }

    #[test]
    fn a_level_that_stays_above_the_ceiling_silences_the_sends() {
        let mut rig = rig(4_000);
        rig.period(64);
        rig.shared.phase.store(1, Ordering::Release);
        let loud: Vec<f32> = (0..4_000)
            .map(|n| if n < 1_000 { 0.0 } else { 1.5 })
            .collect();
        rig.sends.push_entire_slice(&loud).unwrap();
        rig.sends.push_entire_slice(&loud).unwrap();
        let mut played = Vec::new();
        for _ in 0..40 {
            played.extend(rig.period(64)[0].clone());
        }
        let began = played.iter().position(|x| *x > 1.0).unwrap();
        let ended = played.iter().rposition(|x| *x != 0.0).unwrap();
        // 20 ms at 48 kHz.
        assert!(ended - began <= 960, "{began} {ended}");
        assert!(
            rig.said()
                .iter()
                .any(|report| matches!(report, Report::Feedback { .. }))
        );
    }

    #[test]
    fn what_is_no_number_goes_on_as_silence() {
        let mut rig = rig(1_000);
        rig.period(64);
        rig.shared.phase.store(1, Ordering::Release);
        rig.sends.push_entire_slice(&[f32::NAN; 2_000]).unwrap();
        for _ in 0..30 {
            assert!(rig.period(64).iter().flatten().all(|x| *x == 0.0));
        }
        let hostile = [f32::INFINITY; 64];
        rig.shared.phase.store(3, Ordering::Release);
        for _ in 0..8 {
            let time = rig.time;
            rig.send.process(time, &mut []);
            assert_no_alloc(|| rig.back.process(time, &[&hostile, &hostile]));
            rig.skip(64);
        }
        assert!(rig.heard().iter().all(|x| *x == 0.0));
        assert!(rig.shared.non_finite.load(Ordering::Relaxed) > 0);
    }
}
