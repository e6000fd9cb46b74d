//! Watches for exact zeros at the end: what a copy that died in a reserved file looks like.

use soundfile::{AudioSpec, Block, planar_from_bytes};

/// How much sound before the zeros is looked at.
const BEFORE_SECONDS: f64 = 0.02;
/// Zeros shorter than this explain themselves.
const SHORTEST_SECONDS: f64 = 0.25;
/// Sound that ends above this level ends without a decay: 60 dB below full scale.
const LOUD: f64 = 0.001;

/// Follows the stream and remembers what came before the zeros at its end.
pub(crate) struct ZeroTail {
    spec: AudioSpec,
    zeros: u64,
    /// The last sound before the zeros.
    before: Vec<u8>,
    most_before: usize,
}

impl ZeroTail {
    pub(crate) fn new(spec: AudioSpec) -> Self {
        let frames = (f64::from(spec.rate_hz) * BEFORE_SECONDS) as usize;
        let frame = usize::from(spec.channels) * usize::from(spec.sample.bytes());
        Self {
            spec,
            zeros: 0,
            before: Vec::new(),
            most_before: frames * frame,
        }
    }

    pub(crate) fn feed(&mut self, block: &Block<'_>) {
        let frames = block.frames();
        let frame = block.bytes.len() / frames.max(1);
        let Some(last) = block.bytes.iter().rposition(|byte| *byte != 0) else {
            self.zeros += frames as u64;
            return;
        };
        let sound = (last / frame + 1) * frame;
        // Zeros that turned out not to be the end are sound like any other.
        let gap = usize::try_from(self.zeros).unwrap_or(usize::MAX);
        let gap = gap.saturating_mul(frame).min(self.most_before);
        self.before.resize(self.before.len() + gap, 0);
        let from = sound.saturating_sub(self.most_before);
        self.before.extend_from_slice(&block.bytes[from..sound]);
        let too_many = self.before.len().saturating_sub(self.most_before);
        self.before.drain(..too_many);
        self.zeros = (frames - sound / frame) as u64;
    }

    /// Frames of exact zeros at the end.
    pub(crate) fn frames(&self) -> u64 {
        self.zeros
    }

    /// True where the zeros are long and begin out of full sound.
    pub(crate) fn is_unexplained(&self) -> bool {
        if self.spec.seconds(self.zeros) < SHORTEST_SECONDS {
            return false;
        }
        let mut channels = vec![Vec::new(); usize::from(self.spec.channels)];
        planar_from_bytes(self.spec, &self.before, &mut channels);
        channels.iter().flatten().any(|sample| sample.abs() > LOUD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soundfile::SampleType;

    fn check(sound: &[i16], zeros: usize, expected: (u64, bool)) {
        let spec = AudioSpec {
            rate_hz: 8_000,
            channels: 1,
            sample: SampleType::I16,
        };
        let mut bytes: Vec<u8> = sound.iter().flat_map(|s| s.to_le_bytes()).collect();
        bytes.resize(bytes.len() + zeros * 2, 0);
        for size in [2, 100, 8_192] {
            let mut tail = ZeroTail::new(spec);
            for bytes in bytes.chunks(size) {
                tail.feed(&Block { spec, bytes });
            }
            let found = (tail.frames(), tail.is_unexplained());
            assert_eq!(found, expected, "in pieces of {size} bytes");
        }
    }

    #[test]
    fn zeros_after_full_sound_are_unexplained_and_after_a_decay_they_are_not() {
        let loud = [5_000; 300];
        let mut decay = [5_000; 600];
        decay[300..].fill(3);
        check(&loud, 4_000, (4_000, true));
        check(&loud, 100, (100, false));
        check(&decay, 4_000, (4_000, false));
        check(&[], 4_000, (4_000, false));
        check(&loud, 0, (0, false));
    }
}
