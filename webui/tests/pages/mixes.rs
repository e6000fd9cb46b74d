//! Short pieces of music, written here, as 24-bit WAV at 48 kHz.

use std::f64::consts::TAU;

/// Seconds of a piece: enough for a loudness, little enough for a test.
pub(crate) const SECONDS: u32 = 8;
const RATE: u32 = 48_000;

/// What is wrong with a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Driven far into full scale.
    Clips,
}

/// A piece: chords, bass and a pulse, with air at head and tail.
pub(crate) fn song(key: u32, fault: Fault) -> Vec<u8> {
    song_at(RATE, key, fault)
}

/// The same at another rate.
pub(crate) fn song_at(rate_hz: u32, key: u32, fault: Fault) -> Vec<u8> {
    let frames = SECONDS * rate_hz;
    let mut wav = header(rate_hz, frames * 6);
    let mut noise = 0x9e37_79b9_u32 ^ key;
    for frame in 0..frames {
        let t = f64::from(frame) / f64::from(rate_hz);
        let hiss = |noise: &mut u32| {
            *noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(*noise) / f64::from(u32::MAX) * 2.0 - 1.0
        };
        let (left, right) = (hiss(&mut noise), hiss(&mut noise));
        let step = [0.0, 5.0, 7.0, 3.0][usize::try_from(frame / rate_hz / 2 % 4).unwrap()];
        let root = 110.0 * ((step + f64::from(key)) / 12.0_f64).exp2();
        let tone = |hz: f64| (TAU * hz * t).sin();
        let beat = (t * 2.0).fract();
        let length = f64::from(SECONDS);
        let swell = ((t - 0.3) * 20.0).clamp(0.0, 1.0) * ((length - 0.6 - t) * 2.0).clamp(0.0, 1.0);
        let body = tone(root / 2.0) * 0.15 + (tone(root * 2.0) + tone(root * 3.0)) * 0.06;
        let drum = 0.25 * (-beat * 18.0).exp();
        let gain = match fault {
            Fault::None => 1.0,
            Fault::Clips => 6.0,
        };
        for side in [left, right] {
            let value = ((body + drum * side) * swell + side * 0.0002) * gain;
            push(&mut wav, value);
        }
    }
    wav
}

fn push(wav: &mut Vec<u8>, value: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 24 bits")]
    let sample = (value.clamp(-1.0, 1.0) * 8_388_607.0).round() as i32;
    wav.extend_from_slice(&sample.to_le_bytes()[..3]);
}

fn header(rate_hz: u32, data: u32) -> Vec<u8> {
    let mut wav = Vec::new();
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(data + 36).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16_u32.to_le_bytes());
    wav.extend_from_slice(&1_u16.to_le_bytes());
    wav.extend_from_slice(&2_u16.to_le_bytes());
    wav.extend_from_slice(&rate_hz.to_le_bytes());
    wav.extend_from_slice(&(rate_hz * 6).to_le_bytes());
    wav.extend_from_slice(&6_u16.to_le_bytes());
    wav.extend_from_slice(&24_u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&data.to_le_bytes());
    wav
}
