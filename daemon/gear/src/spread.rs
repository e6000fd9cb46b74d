//! One figure measured several times.

use serde::{Deserialize, Serialize};

/// Mean and scatter of repeated measures of one figure, in the figure's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Mean of the repeats.
    pub mean: f64,
    /// Standard deviation of one repeat (n − 1); 0 where there was but one.
    pub deviation: f64,
    /// Repeats.
    pub count: u32,
}

impl Spread {
    /// Of these repeats; `None` where there is none, or one is no number.
    pub fn of(repeats: &[f64]) -> Option<Self> {
        if repeats.is_empty() || repeats.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let count = repeats.len() as f64;
        let mean = repeats.iter().sum::<f64>() / count;
        let squares: f64 = repeats.iter().map(|x| (x - mean) * (x - mean)).sum();
        let deviation = if repeats.len() > 1 {
            (squares / (count - 1.0)).sqrt()
        } else {
            0.0
        };
        Some(Self {
            mean,
            deviation,
            count: u32::try_from(repeats.len()).unwrap_or(u32::MAX),
        })
    }

    /// Several sessions as one: the scatter within each, and that of their means, whichever is larger.
    ///
    /// Gear drifts from day to day by more than it does within a minute, so the second one usually counts.
    pub fn pooled(sessions: &[Self]) -> Option<Self> {
        let means: Vec<f64> = sessions.iter().map(|s| s.mean).collect();
        let between = Self::of(&means)?;
        let freedom = |s: &Self| f64::from(s.count.saturating_sub(1));
        let free: f64 = sessions.iter().map(freedom).sum();
        let within = if free > 0.0 {
            let squares: f64 = sessions
                .iter()
                .map(|s| freedom(s) * s.deviation * s.deviation)
                .sum();
            (squares / free).sqrt()
        } else {
            0.0
        };
        Some(Self {
            mean: between.mean,
            deviation: between.deviation.max(within),
            count: sessions.iter().map(|s| s.count).sum(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_have_a_mean_and_a_scatter() {
        let of = Spread::of(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((of.mean, of.deviation, of.count), (2.0, 1.0, 3));
        assert_eq!(Spread::of(&[5.0]).unwrap().deviation, 0.0);
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn days_that_differ_count_more_than_repeats_that_do_not() {
        let day = |mean| Spread {
            mean,
            deviation: 0.01,
            count: 3,
        };
        let pooled = Spread::pooled(&[day(1.0), day(1.2), day(1.4)]).unwrap();
        assert!((pooled.deviation - 0.2).abs() < 1e-12 && pooled.count == 9);
        let steady = Spread::pooled(&[day(1.0), day(1.0)]).unwrap();
        assert!((steady.deviation - 0.01).abs() < 1e-15);
    }
}
