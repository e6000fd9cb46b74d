//! Grids: what a lossy encoder did not write is missing in the decoded sound as well, but it can
//! only be seen through the encoder's own transform, laid over the very places where it lay.
//!
//! So each transform is tried at every place of its grid, and each place is asked how many lines
//! are nearly nothing. At all wrong places they are as in any music; at the right one many are
//! empty. What one half of the excerpts says must be said at the same place by the other half.
//! After J. Herre and M. Schug, *Analysis of Decompressed Audio: The Inverse Decoder*, AES 109 (2000),
//! and R. Yang, Z. Qu and J. Huang, *Exposing MP3 audio forgeries using frame offsets* (2012).

mod hybrid;
mod lapped;

use std::fmt::Write;

use crate::detect::excerpts::{Excerpt, ExcerptWatch};
use crate::picture::frame_of;
use hybrid::Hybrid;
use lapped::{Lapped, Window};

/// Value of each place of a grid, larger where more lines are empty.
type Emptiness = Vec<f64>;

/// A family of encoders with one grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Mp3,
    Aac,
    Vorbis,
}

/// A grid that was found.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    pub(crate) codec: Codec,
    /// Frames from one coded frame to the next.
    pub(crate) hop: usize,
    /// Where in the hop it lies.
    pub(crate) place: usize,
    /// Standard deviations by which that place stands out, in excerpts that did not choose it.
    pub(crate) sigmas: f64,
    /// Excerpts that were looked at.
    pub(crate) excerpts: usize,
    /// All places, in standard deviations.
    pub(crate) curve: Vec<f64>,
}

impl Grid {
    /// All places as a drawing: one that stands out of the rest.
    pub(crate) fn svg(&self) -> String {
        const WIDTH: f64 = 320.0;
        const HEIGHT: f64 = 96.0;
        let most = self.sigmas.max(1.0);
        let mut svg = frame_of(WIDTH, HEIGHT);
        svg.push_str("<path fill=\"none\" stroke=\"currentColor\" d=\"");
        for (place, v) in self.curve.iter().enumerate() {
            let x = WIDTH * place as f64 / self.hop as f64;
            let y = HEIGHT * (0.9 - 0.8 * (v / most).clamp(-0.1, 1.0));
            let step = if place == 0 { 'M' } else { 'L' };
            let _ = write!(svg, "{step}{x:.1} {y:.1}");
        }
        svg.push_str("\"/></svg>");
        svg
    }
}

/// Minus the mean logarithm of all lines, of each channel and of middle and side.
fn views<L: AsRef<[f64]>>(channels: &[L]) -> f64 {
    // The bits of a float are its logarithm with a straight line between powers of two.
    let depth = |v: f64| (v * v).to_bits() >> 32;
    let mut sum: u64 = 0;
    for channel in channels {
        sum += channel.as_ref().iter().map(|&v| depth(v)).sum::<u64>();
    }
    if let [left, right] = channels {
        let pairs = left.as_ref().iter().zip(right.as_ref());
        sum += pairs.map(|(l, r)| depth(l + r) + depth(l - r)).sum::<u64>();
    }
    -(sum as f64)
}

/// How a place differs from those beside it: a grid is one frame sharp, while music that swells and
/// dies changes over many. `found` begins [`FARTHEST`] places early and ends as many late;
/// `start_frame` brings excerpts to places of the whole stream.
fn sharp(found: &[f64], start_frame: u64) -> Emptiness {
    let hop = found.len() - 2 * FARTHEST;
    let mut sharp = vec![0.0; hop];
    for place in FARTHEST..FARTHEST + hop {
        let before = &found[place - FARTHEST..=place - NEAREST];
        let after = &found[place + NEAREST..=place + FARTHEST];
        let beside: f64 = before.iter().chain(after).sum();
        let at = (start_frame + place as u64) % hop as u64;
        sharp[at as usize] = found[place] - beside / (before.len() + after.len()) as f64;
    }
    sharp
}

/// Places beside one that it is held against: the nearest still see something of its grid.
const NEAREST: usize = 2;
const FARTHEST: usize = 9;

/// Excerpts that choose a place, and as many that confirm it.
const EXCERPTS: usize = 8;
/// Fewer say nothing.
const LEAST_EXCERPTS: usize = 4;
/// What one excerpt counts at most: an oddity of one moment is no grid.
const MOST_SIGMAS: f64 = 6.0;
/// A place that stands out less among those that choose is not looked at again: of 5,000 places of
/// music one reaches 4.
const CHOSEN_SIGMAS: f64 = 5.0;
/// Where not even the first few see this, no more are looked at: chance alone gets here once in nine pieces.
const FIRST_SIGMAS: f64 = 4.0;
/// Short blocks of Vorbis move its grid by multiples of this.
const VORBIS_STEP: usize = 128;

/// What a grid is looked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Lapped(Window),
    Hybrid,
}

impl Kind {
    const LAPPED: [Window; 3] = [Window::Sine, Window::Kaiser, Window::Vorbis];

    fn codec(self) -> Codec {
        match self {
            Self::Hybrid => Codec::Mp3,
            Self::Lapped(Window::Sine | Window::Kaiser) => Codec::Aac,
            Self::Lapped(Window::Vorbis) => Codec::Vorbis,
        }
    }

    /// What several excerpts say together, in standard deviations.
    fn together(self, looks: &[Emptiness]) -> Vec<f64> {
        let mut sum = Vec::new();
        for look in looks {
            let mut look = standardised(look.clone());
            if self == Self::Lapped(Window::Vorbis) {
                let best = |place: usize| {
                    let places = look[place..].iter().step_by(VORBIS_STEP);
                    places.fold(f64::NEG_INFINITY, |a, &v| a.max(v))
                };
                look = standardised((0..VORBIS_STEP).map(best).collect());
            }
            sum.resize(look.len(), 0.0);
            for (sum, v) in sum.iter_mut().zip(&look) {
                *sum += v.min(MOST_SIGMAS);
            }
        }
        standardised(sum)
    }
}

/// Takes off the median and makes the usual deviation 1; all zeros where nothing deviates.
fn standardised(mut values: Vec<f64>) -> Vec<f64> {
    let median = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
    };
    let middle = median(&values);
    values.iter_mut().for_each(|v| *v -= middle);
    let sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    // A normal distribution deviates by 1.4826 medians of its deviation.
    let sigma = 1.4826 * median(&sizes);
    for v in &mut values {
        *v = if sigma > 0.0 { *v / sigma } else { 0.0 };
    }
    values
}

fn highest(values: &[f64]) -> Option<(usize, f64)> {
    let by_value = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
    values.iter().copied().enumerate().max_by(by_value)
}

/// What excerpts say of one grid.
struct Look {
    kind: Kind,
    /// One for each excerpt.
    emptiness: Vec<Emptiness>,
    /// All of them together.
    together: Vec<f64>,
}

impl Look {
    fn new(kind: Kind, emptiness: Vec<Emptiness>) -> Self {
        Self {
            together: kind.together(&emptiness),
            kind,
            emptiness,
        }
    }

    fn and(mut self, more: Self) -> Self {
        self.emptiness.extend(more.emptiness);
        Self::new(self.kind, self.emptiness)
    }

    /// How much emptier it is there than beside it, wherever short blocks may have moved it.
    fn depth(&self, place: usize) -> f64 {
        let deepest = |look: &Emptiness| {
            let places = look[place % VORBIS_STEP..].iter().step_by(VORBIS_STEP);
            places.fold(f64::NEG_INFINITY, |a, &v| a.max(v))
        };
        self.emptiness.iter().map(deepest).sum()
    }
}

/// Lays every grid over the excerpts.
fn looks(excerpts: &[&Excerpt]) -> Vec<Look> {
    let lapped = Lapped::new(&Kind::LAPPED);
    let mut found = vec![Vec::new(); Kind::LAPPED.len()];
    for excerpt in excerpts {
        for (found, emptiness) in found.iter_mut().zip(lapped.look(excerpt)) {
            found.push(emptiness);
        }
    }
    let hybrid = Hybrid::new();
    let of_hybrid = excerpts.iter().map(|e| hybrid.look(e)).collect();
    let kinds = Kind::LAPPED.map(Kind::Lapped).into_iter().zip(found);
    kinds
        .chain([(Kind::Hybrid, of_hybrid)])
        .map(|(kind, emptiness)| Look::new(kind, emptiness))
        .collect()
}

/// The grid that stands out most, where one does.
pub(crate) fn find(watch: &ExcerptWatch) -> Option<Grid> {
    let mut excerpts: Vec<&Excerpt> = watch.kept().collect();
    excerpts.sort_by(|a, b| b.brightness.total_cmp(&a.brightness));
    excerpts.truncate(2 * EXCERPTS);
    if excerpts.len() < 2 * LEAST_EXCERPTS {
        return None;
    }
    let choose: Vec<&Excerpt> = excerpts.iter().copied().step_by(2).collect();
    let (first, rest) = choose.split_at(LEAST_EXCERPTS);
    let mut looked = looks(first);
    let is_worth_it = |look: &Look| highest(&look.together).is_some_and(|b| b.1 > FIRST_SIGMAS);
    if !looked.iter().any(is_worth_it) {
        return None;
    }
    if !rest.is_empty() {
        let more = looked.into_iter().zip(looks(rest));
        looked = more.map(|(look, more)| look.and(more)).collect();
    }
    let chosen: Vec<Option<usize>> = looked
        .iter()
        .map(|look| highest(&look.together))
        .map(|best| best.filter(|b| b.1 > CHOSEN_SIGMAS).map(|b| b.0))
        .collect();
    if chosen.iter().all(Option::is_none) {
        return None;
    }
    let confirm: Vec<&Excerpt> = excerpts.iter().copied().skip(1).step_by(2).collect();
    let confirmed: Vec<(Look, usize)> = looks(&confirm)
        .into_iter()
        .zip(chosen)
        .filter_map(|(look, place)| Some((look, place?)))
        .collect();
    let (look, place) = likeliest(&confirmed)?;
    Some(Grid {
        codec: look.kind.codec(),
        hop: look.together.len(),
        place,
        sigmas: look.together[place],
        excerpts: excerpts.len(),
        curve: look.together.clone(),
    })
}

/// The grid that is there. Windows are alike, so more than one may see it; the right one sees deepest.
fn likeliest(confirmed: &[(Look, usize)]) -> Option<(&Look, usize)> {
    let sigmas = |(look, place): &&(Look, usize)| look.together[*place];
    let surest = (confirmed.iter()).max_by(|a, b| sigmas(a).total_cmp(&sigmas(b)))?;
    let depth = |(look, place): &&(Look, usize)| look.depth(*place);
    let named = (confirmed.iter())
        .filter(|other| surest.0.kind != Kind::Hybrid && other.0.kind != Kind::Hybrid)
        .filter(|other| sigmas(other) >= 0.5 * sigmas(&surest))
        .max_by(|a, b| depth(a).total_cmp(&depth(b)));
    let (look, place) = named.unwrap_or(surest);
    Some((look, *place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Block;
    use crate::detect::excerpts::EXCERPT_FRAMES;
    use crate::{InspectContext, Inspector, SampleKind, Severity, Thresholds, codes};

    const FRAMES: usize = 18 * EXCERPT_FRAMES;

    /// Noise that is bright and steady, the same every time.
    fn noise() -> Vec<f64> {
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
        };
        (0..FRAMES).map(|_| 0.2 * (next() + next())).collect()
    }

    /// Throws away the small lines, as an encoder does that has too few bits for them.
    fn starved(lines: &mut [f64]) {
        let step = 1.2 * libm::sqrt(lines.iter().map(|v| v * v).sum::<f64>() / lines.len() as f64);
        lines
            .iter_mut()
            .for_each(|v| *v = (*v / step).round() * step);
    }

    fn found(channel: &[f64]) -> Option<Grid> {
        let mut watch = ExcerptWatch::new(1);
        let samples = [channel.to_vec()];
        watch.block(&Block {
            samples: &samples,
            levels: &[],
            start_frame: 0,
        });
        find(&watch).filter(|grid| grid.sigmas > 6.0)
    }

    fn check(coded: &[f64], codec: Codec, place: usize) {
        let grid = found(coded).unwrap_or_else(|| panic!("{codec:?} is not found"));
        assert_eq!(
            (grid.codec, grid.place % VORBIS_STEP),
            (codec, place % VORBIS_STEP)
        );
        assert!(grid.svg().ends_with("</svg>"));
    }

    #[test]
    fn frames_of_lapped_transforms_are_found_where_they_lie_and_named_by_their_window() {
        let plain = noise();
        for (window, codec) in [
            (Window::Sine, Codec::Aac),
            (Window::Kaiser, Codec::Aac),
            (Window::Vorbis, Codec::Vorbis),
        ] {
            check(&lapped::coded(window, &plain, 301, starved), codec, 301);
        }
    }

    #[test]
    fn granules_of_an_mp3_are_found_where_they_lie() {
        let coded = Hybrid::new().coded(&noise(), starved);
        let grid = found(&coded).expect("it is found");
        assert_eq!(grid.codec, Codec::Mp3);
    }

    #[test]
    fn music_that_was_never_coded_has_no_grid_low_passed_or_not() {
        let plain = noise();
        assert!(found(&plain).is_none());
        let mut smooth = plain.clone();
        for _ in 0..12 {
            for n in (1..smooth.len()).rev() {
                smooth[n] = 0.5 * (smooth[n] + smooth[n - 1]);
            }
        }
        assert!(found(&smooth).is_none());
        // Coded, but nothing thrown away: the transform alone leaves no trace.
        let whole = lapped::coded(Window::Sine, &plain, 301, |_| ());
        assert!(found(&whole).is_none());
        let difference = whole[4_000..FRAMES - 4_000].iter().zip(&plain[4_000..]);
        assert!(difference.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) < 1.0e-9);
    }

    #[test]
    fn a_mix_that_was_an_aac_is_asked_about_with_a_drawing_unless_the_studio_spares_the_look() {
        let coded = lapped::coded(Window::Kaiser, &noise(), 77, starved);
        let inspect = |sigmas: f64| {
            let mut thresholds = Thresholds::default();
            thresholds.numbers.lossy_grid_sigmas = sigmas;
            let mut inspector = Inspector::new(InspectContext {
                rate_hz: 48_000,
                channels: 2,
                sample: SampleKind::F32,
                declared: None,
                lossy_source: None,
                thresholds,
            })
            .unwrap();
            inspector.feed(&[&coded, &coded]);
            let findings = inspector.finish().findings;
            findings.into_iter().find(|f| f.code == codes::LOSSY_SOURCE)
        };
        let finding = inspect(6.0).expect("it is told");
        assert_eq!(finding.severity, Severity::Ask);
        assert!(finding.client.contains("AAC") && finding.picture.is_some());
        let place = finding.evidence.iter().find(|e| e.name == "frame_start");
        assert_eq!(place.map(|e| e.value), Some(77.0));
        assert!(inspect(0.0).is_none());
    }

    #[test]
    fn too_little_sound_says_nothing() {
        assert!(found(&noise()[..6 * EXCERPT_FRAMES]).is_none());
        assert!(found(&vec![0.0; FRAMES]).is_none());
    }
}
