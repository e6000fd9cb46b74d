//! How long gear sounds on.

/// What the end of an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decay {
    /// Frames after which what is left is 60 dB below the whole.
    pub(crate) frames_60db: f64,
    /// Frames after which it is 90 dB below.
    pub(crate) frames_90db: f64,
}

/// From an answer that begins at its peak (M. Schroeder, "New method of measuring reverberation time", JASA 37,
/// 1965: the energy still to come). Where noise hides the rest, the line is drawn on.
pub(crate) fn decay(answer: &[f64]) -> Option<Decay> {
    let tail = answer.len() / 8;
    let quiet: f64 = answer[answer.len() - tail..].iter().map(|x| x * x).sum();
    let noise = quiet / tail.max(1) as f64;
    // Millisecond-sized pieces are plenty, and scatter less.
    let piece = 48;
    let energies: Vec<f64> = answer
        .chunks_exact(piece)
        .map(|part| (part.iter().map(|x| x * x).sum::<f64>() - noise * piece as f64).max(0.0))
        .collect();
    // Down to where a piece no more stands out of the noise there is sound.
    let last = energies
        .iter()
        .position(|e| *e < 2.0 * noise * piece as f64 || *e <= 0.0)
        .unwrap_or(energies.len());
    let whole: f64 = energies[..last].iter().sum();
    if whole <= 0.0 {
        return None;
    }
    let mut left = whole;
    let mut curve = vec![0.0];
    for energy in &energies[..last] {
        left = (left - energy).max(0.0);
        curve.push(dsp::power_to_db((left / whole).max(1e-15)));
    }
    let reached = |db: f64| curve.iter().position(|level| *level <= -db);
    // The slope between −5 and −25 dB goes on where the measurement ends.
    let slope = match (reached(5.0), reached(25.0)) {
        (Some(a), Some(b)) if b > a => (b - a) as f64 / 20.0,
        _ => 0.0,
    };
    let frames = |db: f64| {
        let within = reached(db).filter(|_| db <= 35.0 || slope < 4.0);
        let pieces = match (within, reached(25.0)) {
            (Some(place), _) => place as f64,
            (None, Some(place)) => place as f64 + slope * (db - 25.0),
            (None, None) => curve.len() as f64,
        };
        pieces * piece as f64
    };
    Some(Decay {
        frames_60db: frames(60.0),
        frames_90db: frames(90.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::Noise;

    #[test]
    fn a_room_that_dies_at_a_known_pace_is_timed() {
        // 0.6 s for 60 dB at 48 kHz, measured over half a second with noise 50 dB down.
        let mut noise = Noise::new(1);
        let mut white = || noise.next_unit() - 0.5;
        let pace = 3.0 * core::f64::consts::LN_10 / (0.6 * 48_000.0);
        let answer: Vec<f64> = (0..24_000)
            .map(|n| white() * libm::exp(-pace * f64::from(n)) + 3e-4 * white())
            .collect();
        let found = decay(&answer).unwrap();
        assert!(
            (found.frames_60db / 28_800.0 - 1.0).abs() < 0.1,
            "{found:?}"
        );
        assert!(
            (found.frames_90db / 43_200.0 - 1.0).abs() < 0.1,
            "{found:?}"
        );
    }

    #[test]
    fn a_wire_is_over_at_once() {
        let mut answer = vec![0.0; 24_000];
        answer[0] = 1.0;
        assert!(decay(&answer).unwrap().frames_90db <= 48.0);
        assert_eq!(decay(&[0.0; 4_800]), None);
    }
}
