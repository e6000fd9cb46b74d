use core::ops::Range;

use rtrb::{Consumer, Producer, RingBuffer};

use crate::band::{Band, Placement};
use crate::biquad::Biquad;
use crate::convolver::{Convolver, Filter, FilterMaker, Partitions, filter_taps};
use crate::design::phase;
use crate::processor::{Faults, Param, ParamEvent, Processor, Spec, frames_of, zero_non_finite};

/// Filters on their way to the audio thread and back at one time.
const UNDERWAY: usize = 4;

/// The equaliser's bands with less phase, or none: the magnitude of [`crate::Equaliser`], by fast
/// convolution whose work is spread evenly over the frames.
///
/// With a phase of 0 every frequency comes later by the same [`Processor::latency_frames`]: about a quarter of a
/// second. Bands that follow the level stand still here, and parameters do not move by events: a filter of this
/// length is designed elsewhere, by [`LinearPhaseKnobs`], and faded over to.
#[derive(Debug)]
pub struct LinearPhaseEqualiser {
    design: Design,
    /// What the filters are made of now; another one while they are faded over to.
    filters: Box<Filters>,
    coming: Option<Box<Filters>>,
    /// Whether what goes out now is a fade from one to the other.
    is_fading: bool,
    /// Filters that were faded over to: others than those of the design.
    turns: u64,
    knobs: Option<Ends>,
    convolvers: Vec<Convolver>,
    position: u64,
    faults: Faults,
}

/// The audio thread's ends of the rings.
#[derive(Debug)]
struct Ends {
    coming: Consumer<Box<Filters>>,
    going: Producer<Box<Filters>>,
}

/// One filter for each pair of channels.
type Filters = Vec<Filter>;

/// Turns the knobs of a [`LinearPhaseEqualiser`] that sounds on another thread.
///
/// Filters are designed and freed where this is called, never on the audio thread.
#[derive(Debug)]
pub struct LinearPhaseKnobs {
    design: Design,
    sent: Producer<Box<Filters>>,
    returned: Consumer<Box<Filters>>,
    underway: usize,
    is_turned: bool,
}

impl LinearPhaseKnobs {
    /// Turns gain, frequency or Q of a band, or the mix; other parameters are passed over.
    ///
    /// It is heard within half a second, by a fade of some 40 ms. Where knobs are turned faster than that, the last
    /// turn waits for [`LinearPhaseKnobs::tend`].
    pub fn turn(&mut self, param: Param, value: f64) {
        self.is_turned |= self.design.turn(param, value);
        self.tend();
    }

    /// Frees filters that came back and sends what has to wait; to be called now and then.
    pub fn tend(&mut self) {
        while self.returned.pop().is_ok() {
            self.underway -= 1;
        }
        if self.is_turned && self.underway < UNDERWAY {
            let filters = Box::new(self.design.make_filters());
            // There is room: no more are underway than the ring holds.
            if self.sent.push(filters).is_ok() {
                self.underway += 1;
                self.is_turned = false;
            }
        }
    }
}

impl LinearPhaseEqualiser {
    /// An equaliser of these bands; `phase` (0 to 1) is the share of the minimum phase that is kept, `mix` (0 to
    /// 1) the share of the equalised signal.
    pub fn new(bands: &[Band], phase: f64, mix: f64) -> Self {
        Self {
            design: Design {
                bands: bands.to_vec(),
                mix: mix.clamp(0.0, 1.0),
                phase: phase.clamp(0.0, 1.0),
                spec: Spec {
                    rate_hz: 48_000,
                    channels: 0,
                },
            },
            filters: Box::default(),
            coming: None,
            is_fading: false,
            turns: 0,
            knobs: None,
            convolvers: Vec::new(),
            position: 0,
            faults: Faults::default(),
        }
    }

    /// Knobs for this equaliser, to be asked for before it is prepared for `spec`; those given out before turn nothing
    /// any more.
    pub fn knobs(&mut self, spec: Spec) -> LinearPhaseKnobs {
        let (sent, coming) = RingBuffer::new(UNDERWAY);
        // The one that sounds goes back too.
        let (going, returned) = RingBuffer::new(UNDERWAY + 1);
        self.knobs = Some(Ends { coming, going });
        LinearPhaseKnobs {
            design: Design {
                spec,
                ..self.design.clone()
            },
            sent,
            returned,
            // The first filters were never sent.
            underway: 0,
            is_turned: false,
        }
    }

    /// Between two partitions: what was faded over to stays, and new filters are taken.
    fn exchange(&mut self) {
        self.is_fading = self.coming.is_some();
        let Some(ends) = &mut self.knobs else {
            return;
        };
        if let Some(filters) = self.coming.take() {
            let old = core::mem::replace(&mut self.filters, filters);
            // The ring has room for as many as there are, so nothing is freed here.
            let _ = ends.going.push(old);
            self.turns += 1;
        }
        while let Ok(filters) = ends.coming.pop() {
            if let Some(passed) = self.coming.replace(filters) {
                // Nobody heard it: the knob was turned on.
                let _ = ends.going.push(passed);
            }
        }
    }

    /// Frames up to the end of a partition, of one pair of channels (or one channel).
    fn run_pair(&mut self, pair: usize, channels: &mut [&mut [f64]], range: Range<usize>) {
        let convolver = &mut self.convolvers[pair];
        let frames = range.len();
        let mut rows = channels.iter_mut().map(|row| &mut row[range.clone()]);
        let (Some(left), right) = (rows.next(), rows.next()) else {
            return;
        };
        convolver.gather(left, right.as_deref());
        let (l, r) = convolver.ready(0, frames);
        left.copy_from_slice(l);
        let mut right = right;
        if let Some(right) = &mut right {
            right.copy_from_slice(r);
        }
        if self.is_fading {
            let (l, r) = convolver.ready(1, frames);
            let fade = |row: &mut [f64], to: &[f64]| {
                for (frame, (x, to)) in row.iter_mut().zip(to).enumerate() {
                    let way = convolver.share(frame);
                    *x += way * way * (3.0 - 2.0 * way) * (to - *x);
                }
            };
            fade(left, l);
            if let Some(right) = &mut right {
                fade(right, r);
            }
        }
        let (now, coming) = (&self.filters, &self.coming);
        let filters = |k: usize| match coming {
            Some(coming) if k == 1 => &coming[pair],
            Some(_) | None => &now[pair],
        };
        convolver.advance(frames, (1 + usize::from(coming.is_some()), filters));
    }
}

/// What the filters are designed by.
#[derive(Debug, Clone)]
struct Design {
    bands: Vec<Band>,
    mix: f64,
    phase: f64,
    spec: Spec,
}

impl Design {
    /// Sets what a parameter names; false for one that is not here.
    fn turn(&mut self, param: Param, value: f64) -> bool {
        let (band, set): (usize, fn(&mut Band) -> &mut f64) = match param {
            Param::BandGainDb(band) => (band, |b| &mut b.gain_db),
            Param::BandFrequencyHz(band) => (band, |b| &mut b.frequency_hz),
            Param::BandQ(band) => (band, |b| &mut b.q),
            Param::Mix => {
                self.mix = value.clamp(0.0, 1.0);
                return true;
            }
            Param::GainDb
            | Param::FrequencyHz
            | Param::ThresholdDb
            | Param::Ratio
            | Param::MakeupDb
            | Param::BandThresholdDb(_)
            | Param::DriveDb
            | Param::BalanceDb
            | Param::Width(_)
            | Param::ChannelGainDb(_)
            | Param::RotationDegrees
            | Param::CeilingDbtp
            | Param::Audition(_) => return false,
        };
        let found = self.bands.get_mut(band);
        found.map(|band| *set(band) = value).is_some()
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

    fn make_filters(&self) -> Filters {
        use Placement as P;
        let maker = FilterMaker::new(filter_taps(self.spec.rate_hz));
        let sections = [P::Stereo, P::Left, P::Right, P::Mid, P::Side].map(|p| self.sections(p));
        let entry = |row: usize, column: usize, sections: &[Vec<Biquad>; 5]| -> Partitions {
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
        self.design.spec = spec;
        *self.filters = self.design.make_filters();
        // A second one only where somebody can turn knobs.
        let most = 1 + usize::from(self.knobs.is_some());
        let convolver = Convolver::new(filter_taps(spec.rate_hz), most);
        self.convolvers = vec![convolver; self.filters.len()];
        self.turns = 0;
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, _: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        let mut at = 0;
        while let Some(first) = self.convolvers.first().filter(|_| at < frames) {
            let end = frames.min(at + first.room());
            if first.is_between() {
                self.exchange();
            }
            for (pair, channels) in block.chunks_mut(2).enumerate() {
                self.run_pair(pair, channels, at..end);
            }
            at = end;
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        Convolver::delay_frames(filter_taps(self.design.spec.rate_hz)) as u64
    }

    fn tail_frames(&self) -> u64 {
        Convolver::tail_frames(filter_taps(self.design.spec.rate_hz)) as u64
    }

    fn reset(&mut self) {
        if self.turns > 0 {
            *self.filters = self.design.make_filters();
        }
        self.coming = None;
        (self.is_fading, self.turns) = (false, 0);
        self.convolvers.iter_mut().for_each(Convolver::reset);
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
