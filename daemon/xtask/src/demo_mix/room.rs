//! The room the piece is played in: four delays that feed each other.

/// Lengths in frames, without a common divisor, so that no echo stands out (30 to 54 ms).
const DELAYS: [usize; 4] = [1_423, 1_783, 2_207, 2_593];

/// How long the room takes to fall by 60 dB, in frames.
const RT60_FRAMES: f64 = 1.5 * 48_000.0;

pub(super) struct Room {
    lines: [Vec<f64>; 4],
    at: [usize; 4],
    gains: [f64; 4],
    damped: [f64; 4],
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            lines: DELAYS.map(|frames| vec![0.0; frames]),
            at: [0; 4],
            gains: DELAYS.map(|frames| libm::exp10(-3.0 * frames as f64 / RT60_FRAMES)),
            damped: [0.0; 4],
        }
    }

    /// One frame in, left and right out.
    pub(super) fn process(&mut self, sent: f64) -> [f64; 2] {
        for (line, damped) in self.damped.iter_mut().enumerate() {
            // Walls swallow highs first.
            let echo = self.lines[line][self.at[line]] * self.gains[line];
            *damped += 0.6 * (echo - *damped);
        }
        let [a, b, c, d] = self.damped;
        // A Hadamard matrix keeps the energy while it spreads every echo over all lines.
        let mixed = [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d];
        for line in 0..4 {
            self.lines[line][self.at[line]] = sent + 0.5 * mixed[line];
            self.at[line] = (self.at[line] + 1) % DELAYS[line];
        }
        [a + c, b + d]
    }
}
