use crate::band::{Band, Placement};
use crate::biquad::Biquad;
use crate::convolver::{Convolver, Filter, FilterMaker, Spectrum, hop_frames};
use crate::design::phase;
use crate::processor::{Faults, ParamEvent, Processor, Spec, frames_of, zero_non_finite};

/// The equaliser's bands with less phase, or none: the magnitude of [`crate::Equaliser`], by fast
/// convolution.
///
/// With a phase of 0 every frequency comes later by the same [`Processor::latency_frames`]: about half a
/// second. Bands that follow the level stand still here, and parameters do not move: a filter of this
/// length belongs to the whole song.
#[derive(Debug, Clone)]
pub struct LinearPhaseEqualiser {
    bands: Vec<Band>,
    mix: f64,
    phase: f64,
    spec: Spec,
    convolvers: Vec<Convolver>,
    position: u64,
    faults: Faults,
}

impl LinearPhaseEqualiser {
    /// An equaliser of these bands; `phase` (0 to 1) is the share of the minimum phase that is kept, `mix` (0 to
    /// 1) the share of the equalised signal.
    pub fn new(bands: &[Band], phase: f64, mix: f64) -> Self {
        Self {
            bands: bands.to_vec(),
            mix: mix.clamp(0.0, 1.0),
            phase: phase.clamp(0.0, 1.0),
            spec: Spec {
                rate_hz: 48_000,
                channels: 0,
            },
            convolvers: Vec::new(),
            position: 0,
            faults: Faults::default(),
        }
    }

    fn sections(&self, of: Placement) -> Vec<Biquad> {
        let bands = self.bands.iter().filter(|band| band.placement == of);
        bands
            .flat_map(|band| {
                let mut sections = vec![Biquad::IDENTITY; band.shape.sections()];
                band.design(self.spec.rate_hz, &mut sections);
                sections
            })
            .collect()
    }

    /// Magnitude and phase of all bands of one placement.
    fn response(&self, sections: &[Biquad], w: f64) -> (f64, f64) {
        let hz = w / core::f64::consts::TAU * f64::from(self.spec.rate_hz);
        let db = crate::response_db(sections, hz, self.spec.rate_hz);
        let turn = if self.phase == 0.0 {
            0.0
        } else {
            self.phase * sections.iter().map(|s| phase(s, w)).sum::<f64>()
        };
        (crate::db_to_gain(db.max(-400.0)), turn)
    }

    /// Left from left, left from right, right from left and right from right, as complex gains.
    fn matrix(&self, sections: &[Vec<Biquad>; 5], w: f64) -> [[(f64, f64); 2]; 2] {
        let [all, left, right, mid, side] = sections.each_ref().map(|s| {
            let (magnitude, phase) = self.response(s, w);
            (magnitude * libm::cos(phase), magnitude * libm::sin(phase))
        });
        let half = |a: (f64, f64), b: (f64, f64), sign: f64| {
            (0.5 * (a.0 + sign * b.0), 0.5 * (a.1 + sign * b.1))
        };
        let (same, other) = (half(mid, side, 1.0), half(mid, side, -1.0));
        let through = |own: (f64, f64), mixed: (f64, f64), is_through: f64| {
            let wet = times(times(all, own), mixed);
            (
                self.mix * wet.0 + (1.0 - self.mix) * is_through,
                self.mix * wet.1,
            )
        };
        [
            [through(left, same, 1.0), through(left, other, 0.0)],
            [through(right, other, 0.0), through(right, same, 1.0)],
        ]
    }

    fn make_filters(&self, hop: usize) -> Vec<Filter> {
        use Placement as P;
        let maker = FilterMaker::new(hop);
        let sections = [P::Stereo, P::Left, P::Right, P::Mid, P::Side].map(|p| self.sections(p));
        let entry = |row: usize, column: usize, sections: &[Vec<Biquad>; 5]| -> Spectrum {
            maker.make(|w| {
                let (re, im) = self.matrix(sections, w)[row][column];
                ((re * re + im * im).sqrt(), libm::atan2(im, re))
            })
        };
        let has_parts = self.bands.iter().any(|band| band.placement != P::Stereo);
        let pairs = self.spec.channels.div_ceil(2);
        let everything = [sections[0].clone(), vec![], vec![], vec![], vec![]];
        (0..pairs)
            .map(|pair| match (pair, self.spec.channels) {
                // One channel is its own left and mid, and nothing else.
                (0, 1) => {
                    let mono = [0, 1, 3]
                        .iter()
                        .flat_map(|i| sections[*i].clone())
                        .collect();
                    Filter::Same(entry(0, 0, &[mono, vec![], vec![], vec![], vec![]]))
                }
                (0, _) if has_parts => Filter::Matrix(Box::new(
                    [0, 1].map(|row| [0, 1].map(|column| entry(row, column, &sections))),
                )),
                _ => Filter::Same(entry(0, 0, &everything)),
            })
            .collect()
    }
}

fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

impl Processor for LinearPhaseEqualiser {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.spec = spec;
        let hop = hop_frames(spec.rate_hz);
        let filters = self.make_filters(hop);
        self.convolvers = filters
            .into_iter()
            .map(|filter| Convolver::new(hop, vec![filter]))
            .collect();
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, _: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for (convolver, channels) in self.convolvers.iter_mut().zip(block.chunks_mut(2)) {
            match channels {
                [left, right] => {
                    for (l, r) in left.iter_mut().zip(right.iter_mut()) {
                        convolver.step(*l, *r, |_, x, y| (*l, *r) = (x, y));
                    }
                }
                channels => {
                    for x in channels.iter_mut().flat_map(|c| c.iter_mut()) {
                        convolver.step(*x, 0.0, |_, y, _| *x = y);
                    }
                }
            }
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        Convolver::delay_frames(hop_frames(self.spec.rate_hz)) as u64
    }

    fn tail_frames(&self) -> u64 {
        2 * hop_frames(self.spec.rate_hz) as u64
    }

    fn reset(&mut self) {
        self.convolvers.iter_mut().for_each(Convolver::reset);
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
