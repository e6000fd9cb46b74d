//! What happens to sound on its way into a unit and out of it: trims, mid and side, the dry share beside it.

/// How channels are turned round a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// As they are.
    Not,
    /// Left and right become mid and side: half of the sum, half of the difference.
    ToMidSide,
    /// And back: sum and difference.
    FromMidSide,
}

/// Turns two channels, then sets the gain of all of them. More or fewer channels than two are not turned.
pub fn on_the_way<R: AsMut<[f64]>>(rows: &mut [R], turned: Turned, gain_db: f64) {
    if let ([first, second], false) = (&mut *rows, turned == Turned::Not) {
        let share = match turned {
            Turned::ToMidSide => 0.5,
            Turned::FromMidSide | Turned::Not => 1.0,
        };
        for (a, b) in first.as_mut().iter_mut().zip(second.as_mut()) {
            (*a, *b) = (share * (*a + *b), share * (*a - *b));
        }
    }
    // A gain of nothing leaves every bit as it is.
    if gain_db != 0.0 {
        let gain = dsp::db_to_gain(gain_db);
        for row in rows {
            row.as_mut().iter_mut().for_each(|x| *x *= gain);
        }
    }
}

/// Mixes what came back with what went out, in place: `wet_percent` of the one, the rest of the other.
/// Where the dry sound has ended, only the wet one is left.
pub fn beside<R: AsMut<[f64]>>(wet: &mut [R], dry: &[Vec<f64>], wet_percent: f64) {
    let share = wet_percent / 100.0;
    for (wet, dry) in wet.iter_mut().zip(dry) {
        for (n, x) in wet.as_mut().iter_mut().enumerate() {
            let dry = dry.get(n).copied().unwrap_or(0.0);
            *x = share * *x + (1.0 - share) * dry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mid_and_side_there_and_back_is_what_it_was() {
        let (left, right) = (vec![0.5, -0.25, 1.0], vec![0.25, 0.75, -1.0]);
        let mut rows = [left.clone(), right.clone()];
        on_the_way(&mut rows, Turned::ToMidSide, 6.0);
        assert!((rows[0][0] - 0.375 * dsp::db_to_gain(6.0)).abs() < 1e-12);
        on_the_way(&mut rows, Turned::FromMidSide, -6.0);
        for (row, was) in rows.iter().zip([left, right]) {
            let off = row.iter().zip(&was).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f64::max) < 1e-12, "{row:?}");
        }
    }

    #[test]
    fn a_blend_holds_both_and_ends_with_the_longer() {
        let mut wet = [vec![1.0, 1.0, 1.0]];
        beside(&mut wet, &[vec![0.5, -0.5]], 25.0);
        assert_eq!(wet[0], [0.625, -0.125, 0.25]);
    }
}
