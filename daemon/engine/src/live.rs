use dsp::{Audition, AuditionSwitch, Gain, LinearPhaseKnobs, Param, ParamEvent, Processor, Spec};

use crate::automation::Move;
use crate::chain::{Chain, ChainError};
use crate::loudness::LoudnessError;
use crate::render::{Level, RenderError, automation_of};

/// Time in which a turned knob arrives, in seconds.
const RAMP_SECONDS: f64 = 0.02;

/// Most events of one stage in one block; beyond them the last one counts.
const MOST_EVENTS: usize = 128;

/// A knob that is turned while a chain sounds. Small and without heap, for a ring to the audio thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knob {
    /// From 1; 0 is the whole chain.
    stage: usize,
    param: Param,
    value: f64,
}

impl Knob {
    /// A setting of a stage by its name in a chain file, as [`Move`] names it; its frame and ramp mean nothing here.
    ///
    /// An equaliser at linear or mixed phase is turned by [`LiveKnobs`], like everything else there is to turn.
    ///
    /// # Errors
    /// What the chain has no such setting for, or no such value; an equaliser at linear or mixed phase.
    pub fn setting(chain: &Chain, turned: &Move) -> Result<Self, ChainError> {
        turned.check(chain.stages())?;
        let nowhere = ChainError::NoStage {
            stage: turned.stage,
        };
        let event = turned.event(chain.stages(), 0).ok_or(nowhere)?;
        Ok(Self {
            stage: turned.stage,
            param: event.param,
            value: event.value,
        })
    }

    /// What is heard of one stage (from 1).
    ///
    /// # Errors
    /// The chain has no such stage.
    pub fn audition(chain: &Chain, stage: usize, heard: Audition) -> Result<Self, ChainError> {
        if !(1..=chain.stages().len()).contains(&stage) {
            return Err(ChainError::NoStage { stage });
        }
        Ok(Self::heard(stage, heard))
    }

    /// What is heard of the whole chain.
    #[must_use]
    pub fn audition_all(heard: Audition) -> Self {
        Self::heard(0, heard)
    }

    fn heard(stage: usize, heard: Audition) -> Self {
        Self {
            stage,
            param: Param::Audition(heard),
            value: 0.0,
        }
    }
}

/// The knobs of a chain that sounds on another thread.
///
/// What an equaliser at linear or mixed phase needs is designed here, by the caller, and handed over without a lock.
#[derive(Debug)]
pub struct LiveKnobs {
    chain: Chain,
    convolving: Vec<(usize, LinearPhaseKnobs)>,
}

impl LiveKnobs {
    /// Turns a setting, named as by [`Move`] (its frame and ramp mean nothing here): gives the knob that is to go to
    /// [`LiveChain::process`], or none where the setting is already on its way.
    ///
    /// # Errors
    /// What the chain has no such setting for, or no such value.
    pub fn turn(&mut self, turned: &Move) -> Result<Option<Knob>, ChainError> {
        let stages = self.chain.stages();
        let mut convolving = self.convolving.iter_mut();
        let Some((_, knobs)) = convolving.find(|(stage, _)| *stage == turned.stage) else {
            return Knob::setting(&self.chain, turned).map(Some);
        };
        turned.check_setting(stages)?;
        if let Some(event) = turned.event(stages, 0) {
            knobs.turn(event.param, event.value);
        }
        Ok(None)
    }

    /// Sends on what had to wait and frees what came back; to be called now and then.
    pub fn tend(&mut self) {
        for (_, knobs) in &mut self.convolving {
            knobs.tend();
        }
    }
}

/// Level at one place of a chain since it was last read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LiveMeter {
    /// RMS of all channels in dBFS (a full-scale square is 0); none for silence.
    pub rms_dbfs: Option<f64>,
    /// Highest sample in dBFS; none for silence.
    pub peak_dbfs: Option<f64>,
}

/// A chain that sounds while somebody turns its knobs: the same processors, and with still knobs the same bits, as
/// [`crate::render()`].
///
/// [`LiveChain::process`] may run on an audio thread: it does not allocate, lock or fail.
pub struct LiveChain {
    /// The first one changes nothing: it is the gate at which whatever is no audio is zeroed and counted.
    places: Vec<Place>,
    whole: AuditionSwitch,
    position: u64,
    ramp_frames: u32,
    latency: u64,
    max_frames: usize,
    knobs: Option<LiveKnobs>,
}

/// A processor with what stands around it.
struct Place {
    processor: Box<dyn Processor>,
    switch: AuditionSwitch,
    automation: Vec<ParamEvent>,
    /// After it.
    level: Level,
}

impl core::fmt::Debug for LiveChain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LiveChain")
            .field("latency_frames", &self.latency)
            .finish_non_exhaustive()
    }
}

impl LiveChain {
    /// Makes a chain ready for blocks of 1 to `max_frames` frames of `channels` channels at `rate_hz`. Its
    /// automation counts from the first frame that comes.
    ///
    /// # Errors
    /// No channels, or more than 64; a chain with a loudness goal or one that listens to a key.
    pub fn new(
        chain: &Chain,
        rate_hz: u32,
        channels: usize,
        max_frames: usize,
    ) -> Result<Self, RenderError> {
        if !(1..=64).contains(&channels) {
            return Err(RenderError::Channels { channels });
        }
        if chain.loudness().is_some() {
            return Err(LoudnessError::from(ChainError::LiveLoudness).into());
        }
        if let Some(stage) = chain.keyed().first() {
            return Err(RenderError::NoKey { stage: *stage });
        }
        let spec = Spec { rate_hz, channels };
        let mut processors: Vec<Box<dyn Processor>> = vec![Box::new(Gain::new(0.0))];
        let mut convolving = Vec::new();
        processors.extend(chain.live_processors(spec, &mut convolving));
        processors
            .iter_mut()
            .for_each(|p| p.prepare(spec, max_frames));
        let latency = processors.iter().map(|p| p.latency_frames()).sum();
        let automation = automation_of(chain, &processors);
        let places = processors.into_iter().zip(automation);
        Ok(Self {
            places: places
                .map(|(processor, automation)| Place {
                    switch: AuditionSwitch::new(spec, max_frames, processor.latency_frames()),
                    level: Level::default(),
                    processor,
                    automation,
                })
                .collect(),
            whole: AuditionSwitch::new(spec, max_frames, latency),
            position: 0,
            ramp_frames: (f64::from(rate_hz) * RAMP_SECONDS) as u32,
            latency,
            max_frames,
            knobs: Some(LiveKnobs {
                chain: chain.clone(),
                convolving,
            }),
        })
    }

    /// The knobs, for the thread on which they are turned; the chain has them once.
    pub fn take_knobs(&mut self) -> Option<LiveKnobs> {
        self.knobs.take()
    }

    /// Frames by which the output comes later than the input.
    #[must_use]
    pub fn latency_frames(&self) -> u64 {
        self.latency
    }

    /// Most frames of a block.
    #[must_use]
    pub fn max_frames(&self) -> usize {
        self.max_frames
    }

    /// Samples that were NaN or infinite and went on as silence.
    #[must_use]
    pub fn non_finite_samples(&self) -> u64 {
        self.places
            .first()
            .map_or(0, |gate| gate.processor.faults().non_finite_samples)
    }

    /// Processes one block in place; the knobs begin to turn at its first frame and arrive 20 ms later.
    ///
    /// Real-time: no allocation, lock, system call, log or panic.
    pub fn process(&mut self, block: &mut [&mut [f64]], knobs: &[Knob]) {
        let frames = block.first().map_or(0, |channel| channel.len());
        self.whole.keep(block);
        let (position, ramp_frames) = (self.position, self.ramp_frames);
        for (stage, place) in self.places.iter_mut().enumerate() {
            let mut due = Due::new();
            for knob in knobs.iter().filter(|k| k.stage == stage && stage > 0) {
                due.push(knob.event(position, ramp_frames));
            }
            let from = place.automation.partition_point(|e| e.frame < position);
            let until = position + frames as u64;
            let automation = place.automation[from..].iter();
            automation
                .take_while(|e| e.frame < until)
                .for_each(|e| due.push(*e));
            place.switch.keep(block);
            place.processor.process(block, None, due.events());
            place.switch.blend(block, due.events());
            place.level.feed(block);
        }
        let mut due = Due::new();
        for knob in knobs.iter().filter(|k| k.stage == 0) {
            due.push(knob.event(position, ramp_frames));
        }
        self.whole.blend(block, due.events());
        self.position += frames as u64;
    }

    /// Levels before the first stage and after each one, since they were last read; real-time too.
    ///
    /// Fills as many as there are, and says how many that is: the stages and one.
    pub fn read_meters(&mut self, to: &mut [LiveMeter]) -> usize {
        let filled = self.places.len().min(to.len());
        for (place, meter) in self.places.iter_mut().zip(to) {
            *meter = LiveMeter {
                rms_dbfs: place.level.rms_dbfs(),
                peak_dbfs: place.level.peak_dbfs(),
            };
            place.level.clear();
        }
        filled
    }
}

impl Knob {
    fn event(&self, frame: u64, ramp_frames: u32) -> ParamEvent {
        ParamEvent {
            frame,
            param: self.param,
            value: self.value,
            ramp_frames,
        }
    }
}

/// The events of one stage in one block, without heap.
struct Due {
    events: [ParamEvent; MOST_EVENTS],
    count: usize,
}

impl Due {
    fn new() -> Self {
        let nothing = ParamEvent {
            frame: 0,
            param: Param::GainDb,
            value: 0.0,
            ramp_frames: 0,
        };
        Self {
            events: [nothing; MOST_EVENTS],
            count: 0,
        }
    }

    /// The last place goes to the last comer: a knob ends where it was turned to last.
    fn push(&mut self, event: ParamEvent) {
        self.count = (self.count + 1).min(MOST_EVENTS);
        self.events[self.count - 1] = event;
    }

    fn events(&self) -> &[ParamEvent] {
        &self.events[..self.count]
    }
}
