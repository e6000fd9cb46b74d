//! A piece that has what music has: drums, bass, chords, a lead, room, space at both ends.

use std::f64::consts::PI;

/// A small generator of repeatable noise.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Uniform in -1..1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// What to render.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) rate_hz: u32,
    pub(crate) seconds: f64,
    pub(crate) tempo_bpm: f64,
    pub(crate) seed: u64,
    /// Sample peak of the result.
    pub(crate) peak: f64,
    /// Bits of the print, TPDF dithered; 0 leaves floats.
    pub(crate) bits: u32,
}

impl Default for Piece {
    fn default() -> Self {
        Self {
            rate_hz: 48_000,
            seconds: 20.0,
            tempo_bpm: 112.0,
            seed: 1,
            peak: 0.5,
            bits: 24,
        }
    }
}

struct OnePole(f64, f64);

impl OnePole {
    fn new(hz: f64, rate: f64) -> Self {
        Self(1.0 - (-2.0 * PI * hz / rate).exp(), 0.0)
    }

    fn low(&mut self, x: f64) -> f64 {
        self.1 += self.0 * (x - self.1);
        self.1
    }
}

/// Left and right.
pub(crate) fn render(piece: Piece) -> [Vec<f64>; 2] {
    let rate = f64::from(piece.rate_hz);
    let frames = (piece.seconds * rate) as usize;
    let mut noise = Noise::new(piece.seed);
    let beat = 60.0 / piece.tempo_bpm;
    let roots = [55.0, 43.65, 65.41, 49.0];
    let mut out = [vec![0.0; frames], vec![0.0; frames]];
    let mut filters: Vec<OnePole> = [900.0, 2500.0, 2500.0, 7000.0, 6000.0, 300.0]
        .into_iter()
        .map(|hz| OnePole::new(hz, rate))
        .collect();
    let delay = (0.031 * rate) as usize;
    // Space in front, and a ring-out at the end.
    let (lead_in, ring_out) = (0.25, 4.0_f64.min(piece.seconds / 4.0));
    let end = piece.seconds - ring_out;
    for n in 0..frames {
        let t = n as f64 / rate - lead_in;
        let is_playing = t >= 0.0 && t < end - lead_in;
        let bar = (t / (4.0 * beat)).max(0.0);
        let root = roots[bar as usize % 4];
        let in_beat = if is_playing { t % beat } else { 10.0 };
        let beat_no = (t / beat).max(0.0) as usize;
        let phase = |hz: f64| (hz * t.max(0.0)).fract() * 2.0 - 1.0;
        let swell = if is_playing {
            1.0 - (-t * 20.0).exp()
        } else if t < 0.0 {
            0.0
        } else {
            (-(t - end + lead_in) * 3.0).exp()
        };
        let attack = |x: f64| (x / 0.002).min(1.0);
        let kick = attack(in_beat)
            * (2.0 * PI * (48.0 * in_beat + 6.0 * (1.0 - (-in_beat * 30.0).exp()))).sin()
            * (-in_beat * 9.0).exp()
            * 0.8;
        let white = noise.next();
        let snare = if beat_no % 2 == 1 {
            attack(in_beat) * white * (-in_beat * 22.0).exp() * 0.45
        } else {
            0.0
        };
        let in_half = if is_playing { t % (beat / 2.0) } else { 10.0 };
        let hiss = noise.next();
        let hat = (hiss - filters[3].low(hiss)) * attack(in_half) * (-in_half * 60.0).exp() * 0.25;
        let bass = filters[0].low(phase(root)) * 0.35 * swell;
        let left = filters[1].low(phase(root * 4.0) + phase(root * 4.76) + phase(root * 6.02))
            * 0.09
            * swell;
        let right = filters[2].low(phase(root * 4.01) + phase(root * 4.77) + phase(root * 5.98))
            * 0.09
            * swell;
        let lead_hz = root * [8.0, 9.51, 12.0, 10.68][beat_no % 4];
        let lead = filters[4].low((2.0 * PI * lead_hz * t.max(0.0)).sin()) * 0.12 * swell;
        let room = filters[5].low(noise.next()) * 2.0e-4;
        let centre = kick + snare + bass + lead;
        let echo = if n >= delay {
            [out[1][n - delay], out[0][n - delay]]
        } else {
            [0.0; 2]
        };
        out[0][n] = centre + left + 0.8 * hat + 0.22 * echo[0] + room;
        out[1][n] = centre + right + 1.1 * hat + 0.22 * echo[1] - room * 0.5;
    }
    let top = out.iter().flatten().fold(0.0_f64, |a, v| a.max(v.abs()));
    for v in out.iter_mut().flatten() {
        *v *= piece.peak / top;
    }
    if piece.bits > 0 {
        print(&mut out, piece.bits, &mut noise);
    }
    out
}

/// Dithers and rounds to integers of that many bits.
pub(crate) fn print(planar: &mut [Vec<f64>; 2], bits: u32, noise: &mut Noise) {
    let scale = f64::from(1_u32 << (bits - 1));
    for v in planar.iter_mut().flatten() {
        let dither = 0.5 * (noise.next() + noise.next());
        *v = (*v * scale + dither).round().clamp(-scale, scale - 1.0) / scale;
    }
}
