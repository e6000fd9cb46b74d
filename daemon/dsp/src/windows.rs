use crate::processor::is_audio;

/// Cuts a stream into windows that overlap by half.
///
/// ```
/// let mut windows = dsp::HalfWindows::new(4, 1);
/// let (mut at, mut full) = (0, 0);
/// while windows.fill(&[[1.0; 10]], 10, &mut at) {
///     full += 1;
///     windows.slide();
/// }
/// assert_eq!(full, 4);
/// ```
#[derive(Debug, Clone)]
pub struct HalfWindows {
    rows: Vec<Vec<f64>>,
    filled: usize,
    length: usize,
}

impl HalfWindows {
    /// Windows of `length` frames of `channels` channels.
    #[must_use]
    pub fn new(length: usize, channels: usize) -> Self {
        Self {
            rows: vec![vec![0.0; length]; channels],
            filled: 0,
            length,
        }
    }

    /// Takes frames of a block from `at` to `frames` and moves `at` on; true where a window is full, which is then
    /// to be used and let [`HalfWindows::slide`] before more is taken. Samples that are no audio count as silence.
    pub fn fill<S: AsRef<[f64]>>(&mut self, block: &[S], frames: usize, at: &mut usize) -> bool {
        let take = (self.length - self.filled).min(frames - *at);
        for (row, channel) in self.rows.iter_mut().zip(block) {
            let into = &mut row[self.filled..self.filled + take];
            for (to, from) in into.iter_mut().zip(&channel.as_ref()[*at..*at + take]) {
                *to = if is_audio(*from) { *from } else { 0.0 };
            }
        }
        self.filled += take;
        *at += take;
        self.filled == self.length
    }

    /// Lets the older half go.
    pub fn slide(&mut self) {
        for row in &mut self.rows {
            row.copy_within(self.length / 2.., 0);
        }
        self.filled = self.length / 2;
    }

    /// The window, a row for each channel.
    #[must_use]
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// Makes the rest of a window that is not full silence; false where nothing came at all.
    pub fn fill_up(&mut self) -> bool {
        for row in &mut self.rows {
            row[self.filled..].fill(0.0);
        }
        self.filled > 0
    }
}
