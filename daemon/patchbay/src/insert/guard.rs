//! A loop that feeds back is heard before it hurts.

/// Milliseconds that a level is read over.
const WINDOW_MS: f64 = 5.0;

/// Watches the return for a level that no programme holds.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    window: usize,
    ceiling: f64,
    sums: Vec<f64>,
    filled: usize,
}

impl Guard {
    /// `ceiling_dbfs` is a level of 5 ms, root mean square, 0 for a square wave at full scale.
    pub(crate) fn new(rate_hz: u32, channels: usize, ceiling_dbfs: f64) -> Self {
        let window = ((f64::from(rate_hz) * WINDOW_MS / 1e3) as usize).max(1);
        Self {
            window,
            ceiling: dsp::db_to_power(ceiling_dbfs) * window as f64,
            sums: vec![0.0; channels],
            filled: 0,
        }
    }

    /// Real-time: the first frame of the block at whose end a window stood above the ceiling.
    pub(crate) fn hear(
        &mut self,
        block: &[&[f32]],
        range: std::ops::Range<usize>,
    ) -> Option<usize> {
        for n in range {
            for (sum, channel) in self.sums.iter_mut().zip(block) {
                let x = f64::from(channel.get(n).copied().unwrap_or(0.0));
                *sum += if x.is_finite() { x * x } else { self.ceiling };
            }
            self.filled += 1;
            if self.filled == self.window {
                self.filled = 0;
                let ceiling = self.ceiling;
                let is_above = self.sums.iter().any(|sum| *sum > ceiling);
                self.sums.fill(0.0);
                if is_above {
                    return Some(n);
                }
            }
        }
        None
    }

    /// Real-time: forgets what it heard.
    pub(crate) fn reset(&mut self) {
        self.sums.fill(0.0);
        self.filled = 0;
    }
}
