//! Whether parts are their whole: what is left of it without them.

use crate::keyed::{Residual, block_of, fill};
use crate::render::{BLOCK_FRAMES, Level, RenderError};
use crate::stream::Source;

/// What a whole minus the sum of its parts is, from the first frame to the whole's last; behind its end a part is silent.
///
/// # Errors
/// A source that cannot be read, or a part with other channels than the whole.
pub fn residual<'a>(
    whole: &mut (dyn Source + 'a),
    parts: &mut [Box<dyn Source + 'a>],
) -> Result<Residual, RenderError> {
    let channels = whole.spec().channels;
    let rows = || vec![vec![0.0; BLOCK_FRAMES]; channels];
    let (mut left, mut part_rows, mut room) = (rows(), rows(), vec![Vec::new(); channels]);
    for (part, number) in parts.iter_mut().zip(1..) {
        let its = part.spec().channels;
        if its != channels {
            return Err(RenderError::Stem {
                stem: number,
                why: crate::keyed::Misfit::Channels { its, mix: channels },
            });
        }
        part.rewind()?;
    }
    whole.rewind()?;
    let mut level = Level::default();
    loop {
        let frames = fill(whole, &mut room, &mut left, BLOCK_FRAMES)?;
        if frames == 0 {
            return Ok(Residual::from(&level));
        }
        for part in parts.iter_mut() {
            let read = fill(part.as_mut(), &mut room, &mut part_rows, frames)?;
            for (to, from) in left.iter_mut().zip(&part_rows) {
                for (to, from) in to[..read].iter_mut().zip(from) {
                    *to -= *from;
                }
            }
        }
        level.feed(&block_of(&mut left, 0..frames));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::MemorySource;

    fn source(rows: &[Vec<f64>]) -> Box<dyn Source> {
        Box::new(MemorySource::new(48_000, rows.to_vec()))
    }

    #[test]
    fn parts_are_their_whole_or_what_is_missing_is_said() {
        let ramp = |by: f64| (0..10_000).map(|n| f64::from(n) * by).collect::<Vec<_>>();
        // Powers of two: nothing rounds.
        let (one, two) = (ramp(0.000_030_517_578_125), ramp(0.000_061_035_156_25));
        let sum: Vec<f64> = one.iter().zip(&two).map(|(a, b)| a + b).collect();
        let parts = || {
            vec![
                source(std::slice::from_ref(&one)),
                source(std::slice::from_ref(&two)),
            ]
        };
        let left = residual(source(std::slice::from_ref(&sum)).as_mut(), &mut parts()).unwrap();
        assert_eq!(left, Residual::default());
        assert!(left.is_sum());
        // Without the second part it is left over whole: its last and highest sample is 9999 of its steps.
        let left = residual(source(&[sum]).as_mut(), &mut parts()[..1]).unwrap();
        let peak = 20.0 * (9999.0 * 0.000_061_035_156_25_f64).log10();
        assert!((left.peak_dbfs.unwrap() - peak).abs() < 1e-9);
        assert!(!left.is_sum());
        let stereo = source(&[one.clone(), one.clone()]);
        assert!(residual(source(&[one]).as_mut(), &mut [stereo]).is_err());
    }
}
