/// One, as a gain in fixed point: sums of integers have no rounding, so running sums never drift
/// and a limiter at rest multiplies by exactly one.
pub(crate) const UNITY: u64 = 1 << 32;

/// Longest of the three averages in frames: their product times [`UNITY`] must fit 64 bits.
const LONGEST_BOX: usize = 1600;

/// Frames on both sides of a peak that get the peak's full reduction: the interpolation that
/// measures true peaks looks at the neighbours too.
const GUARD: usize = 8;

/// Depths below one fixed-point step are nothing.
const SNAP: f64 = 1e-10;

/// Turns the gain each frame must not exceed into a smooth gain that never exceeds it.
///
/// Minimum over the look-ahead and the hold, release towards a slow level that long passages of
/// limiting charge, then three moving averages in series (a smooth attack of the look-ahead's length).
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    minimum: SlidingMinimum,
    release: Release,
    boxes: [MovingSum; 3],
    /// The sums' output for a gain of one.
    full: f64,
    delay: usize,
}

/// Times of the envelope in frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EnvelopeTimes {
    pub(crate) lookahead: f64,
    pub(crate) hold: f64,
    pub(crate) release: f64,
    pub(crate) slow_charge: f64,
    pub(crate) slow_release: f64,
}

impl Envelope {
    pub(crate) fn new(times: EnvelopeTimes) -> Self {
        let length = frames(times.lookahead / 3.0).clamp(1, LONGEST_BOX);
        let delay = 3 * length - 3 + GUARD;
        let window = delay + 2 + GUARD + frames(times.hold);
        Self {
            minimum: SlidingMinimum::new(window),
            release: Release::new(times),
            boxes: core::array::from_fn(|_| MovingSum::new(length)),
            full: UNITY as f64 * (length * length * length) as f64,
            delay,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.minimum.reset();
        self.release.depth = 0.0;
        self.release.slow = 0.0;
        let mut full = UNITY;
        for moving in &mut self.boxes {
            full = moving.reset(full);
        }
    }

    /// Frames between a limit and the gain that obeys it.
    pub(crate) fn delay_frames(&self) -> usize {
        self.delay
    }

    /// Takes the highest gain allowed for this frame, returns the gain for the frame
    /// `delay_frames` ago.
    #[inline]
    pub(crate) fn next(&mut self, limit: u64) -> f64 {
        let lowest = self.minimum.next(limit);
        let mut sum = self.release.next(lowest);
        for moving in &mut self.boxes {
            sum = moving.next(sum);
        }
        // Exactly one when nothing is held down: both numbers are then equal.
        sum as f64 / self.full
    }
}

fn frames(count: f64) -> usize {
    count.max(0.0) as usize
}

/// Minimum over the last `window` values (D. Lemire, "Streaming maximum-minimum filter", 2006).
#[derive(Debug, Clone)]
struct SlidingMinimum {
    window: usize,
    /// Candidates in rising order of value, as (frame, value), in a ring.
    ring: Vec<(u64, u64)>,
    first: usize,
    count: usize,
    frame: u64,
}

impl SlidingMinimum {
    fn new(window: usize) -> Self {
        let ring = vec![(0, UNITY); (window + 1).next_power_of_two()];
        Self {
            window,
            ring,
            first: 0,
            count: 0,
            frame: 0,
        }
    }

    fn reset(&mut self) {
        (self.first, self.count, self.frame) = (0, 0, 0);
    }

    #[inline]
    fn next(&mut self, value: u64) -> u64 {
        let mask = self.ring.len() - 1;
        while self.count > 0 && self.ring[(self.first + self.count - 1) & mask].1 >= value {
            self.count -= 1;
        }
        self.ring[(self.first + self.count) & mask] = (self.frame, value);
        self.count += 1;
        if self.ring[self.first].0 + (self.window as u64) <= self.frame {
            self.first = (self.first + 1) & mask;
            self.count -= 1;
        }
        self.frame += 1;
        self.ring[self.first].1
    }
}

/// Exponential release in two speeds: back to a slow level first, and with that to rest.
#[derive(Debug, Clone)]
struct Release {
    depth: f64,
    slow: f64,
    keep: f64,
    slow_charge: f64,
    slow_keep: f64,
}

impl Release {
    fn new(times: EnvelopeTimes) -> Self {
        Self {
            depth: 0.0,
            slow: 0.0,
            keep: libm::exp(-1.0 / times.release.max(1.0)),
            slow_charge: 1.0 - libm::exp(-1.0 / times.slow_charge.max(1.0)),
            slow_keep: libm::exp(-1.0 / times.slow_release.max(1.0)),
        }
    }

    #[inline]
    fn next(&mut self, limit: u64) -> u64 {
        if limit == UNITY && self.depth == 0.0 {
            return UNITY;
        }
        let depth = (UNITY - limit) as f64 * (1.0 / UNITY as f64);
        let floor = self.slow.max(depth);
        self.depth = depth.max(floor + (self.depth - floor) * self.keep);
        if depth > self.slow {
            self.slow += (depth - self.slow) * self.slow_charge;
        } else {
            self.slow = depth + (self.slow - depth) * self.slow_keep;
        }
        if self.depth < SNAP {
            (self.depth, self.slow) = (0.0, 0.0);
        }
        // Rounded down, so that it stays at or below the limit.
        limit.min(((1.0 - self.depth) * UNITY as f64) as u64)
    }
}

/// Sum of the last `length` values.
#[derive(Debug, Clone)]
struct MovingSum {
    ring: Vec<u64>,
    at: usize,
    sum: u64,
}

impl MovingSum {
    fn new(length: usize) -> Self {
        Self {
            ring: vec![0; length],
            at: 0,
            sum: 0,
        }
    }

    /// Fills the memory with `value`; returns the sum.
    fn reset(&mut self, value: u64) -> u64 {
        self.ring.fill(value);
        self.at = 0;
        self.sum = value * self.ring.len() as u64;
        self.sum
    }

    #[inline]
    fn next(&mut self, value: u64) -> u64 {
        self.sum = self.sum + value - self.ring[self.at];
        self.ring[self.at] = value;
        self.at += 1;
        if self.at == self.ring.len() {
            self.at = 0;
        }
        self.sum
    }
}
