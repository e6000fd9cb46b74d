//! Stems and alternates through the mix's chain, every detector keyed by the mix: what adds up to the mix adds up to
//! the master.

use dsp::DitherSeed;
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::loudness::settle;
use crate::master::{Depth, MasterReport, MasterSink, Rounding};
use crate::render::{BLOCK_FRAMES, Level, RenderError, Runner};
use crate::stream::{Source, SourceError, SourceSpec};

/// A mix or a part of it: where it comes from and where its master goes.
pub struct Part<'a> {
    /// The samples.
    pub source: &'a mut dyn Source,
    /// Seeds the dither of its master.
    pub seed: DitherSeed,
    /// Takes its master's samples.
    pub sink: &'a mut dyn MasterSink,
}

/// Why a stem, an alternate or a key does not go with a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Another sample rate.
    #[error("it has {its_hz} Hz and the mix {mix_hz} Hz: export it again at the mix's rate")]
    Rate {
        /// Of the stem.
        its_hz: u32,
        /// Of the mix.
        mix_hz: u32,
    },
    /// Another number of channels.
    #[error("its channels are {its}, the mix's {mix}: export it with as many as the mix has")]
    Channels {
        /// Of the stem.
        its: usize,
        /// Of the mix.
        mix: usize,
    },
    /// Another length.
    #[error(
        "it is {its} frames long and the mix {mix}: export both from the same start to the same end"
    )]
    Length {
        /// Of the stem.
        its: u64,
        /// Of the mix.
        mix: u64,
    },
}

/// Whether a stem or an alternate can be rendered beside a mix: one rate, as many channels, as many frames.
pub fn check_stem(mix: &dyn Source, stem: &dyn Source) -> Result<(), Misfit> {
    let (here, there) = (mix.spec(), stem.spec());
    check_rate(here, there)?;
    if here.channels != there.channels {
        return Err(Misfit::Channels {
            its: there.channels,
            mix: here.channels,
        });
    }
    if mix.frames() != stem.frames() {
        return Err(Misfit::Length {
            its: stem.frames(),
            mix: mix.frames(),
        });
    }
    Ok(())
}

/// Whether detectors can listen to a key beside a mix: one rate, one channel or as many as the mix has.
pub fn check_key(mix: SourceSpec, key: SourceSpec) -> Result<(), Misfit> {
    check_rate(mix, key)?;
    if key.channels != 1 && key.channels != mix.channels {
        return Err(Misfit::Channels {
            its: key.channels,
            mix: mix.channels,
        });
    }
    Ok(())
}

fn check_rate(mix: SourceSpec, its: SourceSpec) -> Result<(), Misfit> {
    if mix.rate_hz != its.rate_hz {
        return Err(Misfit::Rate {
            its_hz: its.rate_hz,
            mix_hz: mix.rate_hz,
        });
    }
    Ok(())
}

/// What a mix minus the sum of its stems is: RMS of all channels and highest sample, in dBFS (a full-scale square is 0).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// RMS; none where not a bit is left over.
    pub rms_dbfs: Option<f64>,
    /// Highest sample; none where not a bit is left over.
    pub peak_dbfs: Option<f64>,
}

impl Residual {
    /// Stems whose difference to the mix is quieter than this add up to it: what exports at 16 bits leave is −90.
    pub const SUMS_DBFS: f64 = -80.0;

    /// True where the parts are the whole.
    pub fn is_sum(&self) -> bool {
        self.rms_dbfs.is_none_or(|rms| rms <= Self::SUMS_DBFS)
    }
}

impl From<&Level> for Residual {
    fn from(level: &Level) -> Self {
        Self {
            rms_dbfs: level.rms_dbfs(),
            peak_dbfs: level.peak_dbfs(),
        }
    }
}

/// What rendering a mix with its stems did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyedReport {
    /// The mix's master, to the bit what it would be alone.
    pub mix: MasterReport,
    /// Samples of each stem's master beyond full scale that were clamped.
    pub stems_clipped_samples: Vec<u64>,
    /// The mix minus the sum of its stems, as they came; none without stems.
    pub before: Option<Residual>,
    /// The master minus the sum of the stems' masters, before each is dithered and rounded.
    pub after: Option<Residual>,
    /// Places in the chain (from 1) of stages that bend the wave: a sum bent is not the sum of its bent parts, so
    /// with them the stems cannot add up.
    pub bent_by: Vec<usize>,
}

/// Renders a mix, and beside it its stems or alternates, frame by frame through the same chain: in each stage the stems
/// get the gain that the mix gets there. For all that is linear or a gain, what adds up to the mix adds up to its
/// master within the rounding of `f64`.
///
/// A `key` feeds the stages that the chain names as keyed, for the mix and its stems alike; after its end it is silent.
/// Each master is dithered by itself, last. Memory does not grow with length; `progress` is told the mix's frames written.
///
/// # Errors
/// A stem or a key that does not fit the mix, a chain that asks for a key and gets none or the other way round, and
/// what [`crate::render_master`] refuses.
pub fn render_keyed<'a>(
    mut mix: Part<'a>,
    stems: &mut [Part<'a>],
    key: Option<&mut dyn Source>,
    chain: &Chain,
    depth: Depth,
    progress: &mut dyn FnMut(u64),
) -> Result<KeyedReport, RenderError> {
    for (index, stem) in stems.iter_mut().enumerate() {
        check_stem(mix.source, stem.source).map_err(|why| RenderError::Stem {
            stem: index + 1,
            why,
        })?;
        stem.source.rewind()?;
    }
    let (settled, loudness) = settle(mix.source, chain)?.unzip();
    let chain = settled.as_ref().unwrap_or(chain);
    let spec = mix.source.spec();
    let mut ensemble = Ensemble::new(chain, spec, (stems.len(), key), depth, |k| {
        k.checked_sub(1).map_or(mix.seed, |stem| stems[stem].seed)
    })?;
    mix.source.rewind()?;
    let (mut read, mut done) = (0, 0);
    loop {
        let frames = mix.source.read(&mut ensemble.lanes[0].rows)?;
        if frames == 0 {
            break;
        }
        read += frames as u64;
        for (stem, lane) in stems.iter_mut().zip(&mut ensemble.lanes[1..]) {
            if fill(stem.source, &mut ensemble.room, &mut lane.rows, frames)? < frames {
                return Err(RenderError::Length {
                    declared: stem.source.frames(),
                    read,
                });
            }
        }
        done += ensemble.pass(frames, (&mut mix, stems))?;
        progress(done);
    }
    if read != mix.source.frames() {
        return Err(RenderError::Length {
            declared: mix.source.frames(),
            read,
        });
    }
    // Silence pushes out what the chain still holds.
    let mut rest = ensemble.lanes[0].runner.latency();
    while rest > 0 {
        let frames = usize::try_from(rest.min(BLOCK_FRAMES as u64)).unwrap_or(BLOCK_FRAMES);
        for row in ensemble.lanes.iter_mut().flat_map(|lane| &mut lane.rows) {
            row[..frames].fill(0.0);
        }
        done += ensemble.pass(frames, (&mut mix, stems))?;
        progress(done);
        rest -= frames as u64;
    }
    let mut report = ensemble.report(chain, read);
    report.mix.loudness = loudness;
    Ok(report)
}

/// The mix (the first lane) and its stems on their way.
struct Ensemble<'k> {
    lanes: Vec<Lane>,
    key: Option<Key<'k>>,
    /// The mix as it stands before the stage at hand.
    heard: Vec<Vec<f64>>,
    room: Vec<Vec<f64>>,
    /// Frames still to drop because the chain comes late.
    early: u64,
    before: Level,
    after: Level,
}

struct Lane {
    runner: Runner,
    rows: Vec<Vec<f64>>,
    rounding: Rounding,
}

/// A key file, once for each stage that listens to it: as late as what arrives there.
struct Key<'k> {
    source: &'k mut dyn Source,
    room: Vec<Vec<f64>>,
    rows: Vec<Vec<f64>>,
    /// Per stage that listens: its place among the processors, and what is on its way there.
    lines: Vec<(usize, Vec<std::collections::VecDeque<f64>>)>,
    /// The line at hand.
    late: Vec<Vec<f64>>,
}

impl<'k> Key<'k> {
    fn new(
        source: Option<&'k mut dyn Source>,
        chain: &Chain,
        spec: SourceSpec,
        runner: &Runner,
    ) -> Result<Option<Self>, RenderError> {
        let source = match (source, chain.keyed().first()) {
            (None, None) => return Ok(None),
            (None, Some(stage)) => return Err(RenderError::NoKey { stage: *stage }),
            (Some(_), None) => return Err(RenderError::KeyUnheard),
            (Some(source), Some(_)) => source,
        };
        check_key(spec, source.spec()).map_err(RenderError::Key)?;
        source.rewind()?;
        let channels = source.spec().channels;
        let line = |stage: &usize| {
            let late = usize::try_from(runner.latency_before(*stage)).unwrap_or(usize::MAX);
            (
                *stage,
                vec![std::iter::repeat_n(0.0, late).collect(); channels],
            )
        };
        Ok(Some(Self {
            lines: chain.keyed().iter().map(line).collect(),
            source,
            room: vec![Vec::new(); channels],
            rows: vec![vec![0.0; BLOCK_FRAMES]; channels],
            late: vec![vec![0.0; BLOCK_FRAMES]; channels],
        }))
    }

    fn read(&mut self, frames: usize) -> Result<(), SourceError> {
        let read = fill(self.source, &mut self.room, &mut self.rows, frames)?;
        for row in &mut self.rows {
            row[read..frames].fill(0.0);
        }
        Ok(())
    }

    /// The key for a stage, if it listens.
    fn hear(&mut self, stage: usize, frames: usize) -> Option<&[Vec<f64>]> {
        let (_, lines) = self.lines.iter_mut().find(|(k, _)| *k == stage)?;
        for ((line, row), late) in lines.iter_mut().zip(&self.rows).zip(&mut self.late) {
            line.extend(&row[..frames]);
            for (to, from) in late.iter_mut().zip(line.drain(..frames)) {
                *to = from;
            }
        }
        Some(&self.late)
    }
}

impl<'k> Ensemble<'k> {
    fn new(
        chain: &Chain,
        spec: SourceSpec,
        (stems, key): (usize, Option<&'k mut dyn Source>),
        depth: Depth,
        seed: impl Fn(usize) -> DitherSeed,
    ) -> Result<Self, RenderError> {
        let rows = || vec![vec![0.0; BLOCK_FRAMES]; spec.channels];
        let mut lanes = Vec::with_capacity(stems + 1);
        for index in 0..=stems {
            let runner = Runner::new(chain, spec.rate_hz, spec.channels)?;
            let format = (spec.channels, spec.rate_hz);
            lanes.push(Lane {
                runner: if index == 0 {
                    runner.with_meters()
                } else {
                    runner
                },
                rows: rows(),
                rounding: Rounding::new(depth, chain.dither(), seed(index), format, BLOCK_FRAMES),
            });
        }
        let first = &lanes[0].runner;
        Ok(Self {
            key: Key::new(key, chain, spec, first)?,
            early: first.latency(),
            lanes,
            heard: rows(),
            room: vec![Vec::new(); spec.channels],
            before: Level::default(),
            after: Level::default(),
        })
    }

    /// Sends a block of everyone through the chain; returns the frames that came out.
    fn pass<'a>(
        &mut self,
        frames: usize,
        (mix, stems): (&mut Part<'a>, &mut [Part<'a>]),
    ) -> Result<u64, RenderError> {
        if let Some(key) = &mut self.key {
            key.read(frames)?;
        }
        self.lanes_difference(0..frames);
        self.before.feed(&block_of(&mut self.heard, 0..frames));
        self.process(frames);
        let skip = usize::try_from(self.early)
            .unwrap_or(usize::MAX)
            .min(frames);
        self.early -= skip as u64;
        if skip == frames {
            return Ok(0);
        }
        self.lanes_difference(skip..frames);
        self.after.feed(&block_of(&mut self.heard, skip..frames));
        let sinks = std::iter::once(mix).chain(stems);
        for (lane, part) in self.lanes.iter_mut().zip(sinks) {
            let out: Vec<&[f64]> = lane.rows.iter().map(|row| &row[skip..frames]).collect();
            lane.rounding.write(&out, part.sink)?;
        }
        Ok((frames - skip) as u64)
    }

    /// Stage by stage: first the mix, then each stem with the mix as it stood before.
    fn process(&mut self, frames: usize) {
        for stage in 0..self.lanes[0].runner.len() {
            let outer = match &mut self.key {
                Some(key) => key.hear(stage, frames),
                None => None,
            };
            let (mix, stems) = self.lanes.split_at_mut(1);
            if outer.is_none() && !stems.is_empty() {
                for (to, from) in self.heard.iter_mut().zip(&mix[0].rows) {
                    to[..frames].copy_from_slice(&from[..frames]);
                }
            }
            let outer: Option<Vec<&[f64]>> =
                outer.map(|rows| rows.iter().map(|row| &row[..frames]).collect());
            let mut block = block_of(&mut mix[0].rows, 0..frames);
            mix[0].runner.step(stage, &mut block, outer.as_deref());
            let key: Vec<&[f64]> =
                outer.unwrap_or_else(|| self.heard.iter().map(|row| &row[..frames]).collect());
            for lane in stems {
                let mut block = block_of(&mut lane.rows, 0..frames);
                lane.runner.step(stage, &mut block, Some(&key));
            }
        }
        for lane in &mut self.lanes {
            lane.runner.advance(frames);
        }
    }

    /// Puts the mix minus the sum of its stems into `heard`.
    fn lanes_difference(&mut self, range: std::ops::Range<usize>) {
        let (mix, stems) = self.lanes.split_at(1);
        for (channel, (to, from)) in self.heard.iter_mut().zip(&mix[0].rows).enumerate() {
            for frame in range.clone() {
                let sum: f64 = stems.iter().map(|lane| lane.rows[channel][frame]).sum();
                to[frame] = from[frame] - sum;
            }
        }
    }

    fn report(&self, chain: &Chain, frames: u64) -> KeyedReport {
        let (mix, stems) = self.lanes.split_at(1);
        let stages = chain.stages().iter().enumerate();
        let has_stems = !stems.is_empty();
        KeyedReport {
            mix: MasterReport {
                render: mix[0].runner.report(frames),
                stages: mix[0].runner.stages(),
                loudness: None,
                clipped_samples: mix[0].rounding.clipped_samples(),
            },
            stems_clipped_samples: stems.iter().map(|s| s.rounding.clipped_samples()).collect(),
            before: has_stems.then(|| Residual::from(&self.before)),
            after: has_stems.then(|| Residual::from(&self.after)),
            bent_by: stages
                .filter(|(_, stage)| stage.bends())
                .map(|(index, _)| index + 1)
                .collect(),
        }
    }
}

pub(crate) fn block_of(rows: &mut [Vec<f64>], range: std::ops::Range<usize>) -> Vec<&mut [f64]> {
    rows.iter_mut().map(|row| &mut row[range.clone()]).collect()
}

/// Reads as many frames as asked for, or as there are; `room` has as many rows as the source channels.
pub(crate) fn fill(
    source: &mut dyn Source,
    room: &mut [Vec<f64>],
    rows: &mut [Vec<f64>],
    frames: usize,
) -> Result<usize, SourceError> {
    let mut got = 0;
    while got < frames {
        room.iter_mut()
            .for_each(|row| row.resize(frames - got, 0.0));
        let read = source.read(room)?;
        if read == 0 {
            break;
        }
        for (to, from) in rows.iter_mut().zip(&*room) {
            to[got..got + read].copy_from_slice(&from[..read]);
        }
        got += read;
    }
    Ok(got)
}
