//! Counting, and how sure a count makes one.

use measure::{Finding, Inspection, Severity};

/// How far a finding's time may lie from the fault, in seconds.
const NEAR_SECONDS: f64 = 0.010;

/// Two-sided 95 %.
const Z: f64 = 1.959_964;

/// Trials of one fault at one severity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) trials: u64,
    pub(super) found: u64,
    /// Of them with a finding that asks or blocks.
    pub(super) asked: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.trials += other.trials;
        self.found += other.found;
        self.asked += other.asked;
    }

    pub(super) fn share(self) -> f64 {
        self.found as f64 / self.trials.max(1) as f64
    }

    /// E. B. Wilson's interval of the share at 95 % (1927).
    pub(super) fn interval(self) -> (f64, f64) {
        let n = self.trials as f64;
        if n == 0.0 {
            return (0.0, 1.0);
        }
        let (p, z2) = (self.share(), Z * Z);
        let centre = p + z2 / (2.0 * n);
        let spread = Z * libm::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
        let norm = 1.0 + z2 / n;
        (
            (centre - spread) / norm,
            ((centre + spread) / norm).min(1.0),
        )
    }
}

/// Highest rate that `events` in `minutes` allow at 95 %, per `per` minutes.
///
/// Three at none (the rule of three); else Byar's approximation of the Poisson limit.
pub(super) fn most_events(events: u64, minutes: f64, per: f64) -> f64 {
    let k = events as f64 + 1.0;
    let limit = if events == 0 {
        3.0
    } else {
        k * libm::pow(
            1.0 - 1.0 / (9.0 * k) + 1.644_854 / (3.0 * libm::sqrt(k)),
            3.0,
        )
    };
    limit / minutes * per
}

/// Fewest trials, all found, that would show `share` at 95 %.
pub(super) fn trials_for(share: f64) -> u64 {
    (Z * Z * share / (1.0 - share)).ceil() as u64
}

/// Compares the answer with what was planted: one trial per place, or one for the whole file.
/// Also gives the places that were missed.
pub(super) fn judge(
    answer: &Inspection,
    codes: &[&str],
    least: Severity,
    places: &[f64],
) -> (Tally, Vec<f64>) {
    let findings: Vec<&Finding> = answer
        .findings
        .iter()
        .filter(|f| codes.contains(&f.code.as_str()) && f.severity >= least)
        .collect();
    let asks = findings.iter().any(|f| f.severity != Severity::Note);
    if places.is_empty() {
        let found = u64::from(!findings.is_empty());
        let asked = if asks { found } else { 0 };
        let tally = Tally {
            trials: 1,
            found,
            asked,
        };
        return (tally, Vec::new());
    }
    let is_near = |place: f64| {
        findings.iter().flat_map(|f| &f.spans).any(|span| {
            place >= span.start_seconds - NEAR_SECONDS
                && place <= span.start_seconds + span.length_seconds + NEAR_SECONDS
        })
    };
    let missed: Vec<f64> = places.iter().copied().filter(|p| !is_near(*p)).collect();
    let found = (places.len() - missed.len()) as u64;
    let tally = Tally {
        trials: places.len() as u64,
        found,
        asked: if asks { found } else { 0 },
    };
    (tally, missed)
}

/// The findings a clean piece should not have: code, severity and first place.
pub(super) fn alarms(answer: &Inspection, truths: &[&str]) -> Vec<(String, Severity, f64)> {
    answer
        .findings
        .iter()
        .filter(|f| !truths.contains(&f.code.as_str()))
        .map(|f| {
            let at = f.spans.first().map_or(0.0, |s| s.start_seconds);
            (f.code.clone(), f.severity, at)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_textbook() {
        let all = Tally {
            trials: 100,
            found: 100,
            asked: 0,
        }
        .interval();
        // Wilson for 100 of 100: n / (n + z²).
        assert!(
            (all.0 - 0.963_0).abs() < 1.0e-4 && (all.1 - 1.0).abs() < 1.0e-12,
            "{all:?}"
        );
        let half = Tally {
            trials: 50,
            found: 25,
            asked: 0,
        }
        .interval();
        assert!(
            (half.0 - 0.366_4).abs() < 1.0e-3 && (half.1 - 0.633_6).abs() < 1.0e-3,
            "{half:?}"
        );
        assert!((most_events(0, 300.0, 2_000.0) - 20.0).abs() < 1.0e-9);
        // One-sided 95 % of the Poisson mean at one event is 4.744.
        assert!((most_events(1, 1.0, 1.0) - 4.744).abs() < 0.03);
        assert_eq!(trials_for(0.98), 189);
    }
}
