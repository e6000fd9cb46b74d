//! Music made from code for the tests, and files with exactly one fault.

use std::f64::consts::TAU;
use std::fs::File;
use std::path::{Path, PathBuf};

use soundfile::{AudioSpec, SampleType, WavWriter};

/// A short song: chords, bass, a pulse of noise; headroom, head and tail as a mix should have.
#[derive(Debug, Clone, Copy)]
pub struct Song {
    /// Length in seconds.
    pub seconds: f64,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Sample type.
    pub sample: SampleType,
    /// Moves the chords, so that two songs differ.
    pub key: u32,
}

impl Default for Song {
    fn default() -> Self {
        Self {
            seconds: 12.0,
            rate_hz: 48_000,
            sample: SampleType::I24,
            key: 0,
        }
    }
}

impl Song {
    /// Writes the song as WAV.
    pub fn write(&self, path: &Path) -> PathBuf {
        let file = File::create_new(path).expect("the test's folder takes files");
        let spec = AudioSpec {
            rate_hz: self.rate_hz,
            channels: 2,
            sample: self.sample,
        };
        let mut writer = WavWriter::new(file, spec, &[]).expect("a header can be written");
        let rate = f64::from(self.rate_hz);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few seconds of frames"
        )]
        let frames = (self.seconds * rate) as usize;
        let mut noise = Noise(0x9e37_79b9_7f4a_7c15 ^ u64::from(self.key));
        let (mut left, mut right) = (Vec::with_capacity(4096), Vec::with_capacity(4096));
        for frame in 0..frames {
            let t = frame as f64 / rate;
            let (l, r) = self.at(t, &mut noise);
            left.push(l);
            right.push(r);
            if left.len() == 4096 || frame + 1 == frames {
                writer
                    .write_planar(&[&left, &right])
                    .expect("samples can be written");
                left.clear();
                right.clear();
            }
        }
        writer.finish().expect("the file can be finished");
        path.to_owned()
    }

    fn at(&self, t: f64, noise: &mut Noise) -> (f64, f64) {
        let bar = (t / 2.0).floor();
        let step = [0.0, 5.0, 7.0, 3.0][(bar.rem_euclid(4.0)) as usize] + f64::from(self.key);
        let root = 110.0 * (step / 12.0).exp2();
        let tone = |hz: f64, phase: f64| (TAU * hz * t + phase).sin();
        let chord = tone(root * 2.0, 0.0) + tone(root * 2.52, 1.0) + tone(root * 3.0, 2.0);
        let beat = (t * 2.0).fract();
        let drum = noise.next() * (-beat * 18.0).exp();
        let bass = tone(root / 2.0, 0.0) * (1.0 - beat).max(0.0);
        // Room before the first note and after the last, with the hiss of a real room in it.
        let swell =
            ((t - 0.3) * 20.0).clamp(0.0, 1.0) * ((self.seconds - 0.6 - t) * 2.0).clamp(0.0, 1.0);
        let room = noise.next() * 2e-5;
        let body = 0.075 * chord + 0.16 * bass + 0.12 * drum;
        let wide = 0.03 * tone(root * 4.0, 0.7);
        (
            (body + wide) * swell + room,
            (body - wide) * swell + room * 0.8,
        )
    }
}

struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}
