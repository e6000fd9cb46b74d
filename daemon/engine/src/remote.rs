//! Chains that sound on another thread, and the hand that turns their knobs: rings between the two, and no lock.

use std::collections::BTreeMap;

use dsp::Audition;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::automation::{Move, Setting};
use crate::chain::{Chain, ChainError};
use crate::live::{Knob, LiveChain, LiveKnobs, LiveMeter};
use crate::render::RenderError;

/// Wishes that may wait for the audio thread: it looks at them with every block.
const WAITING: usize = 256;
/// Most knobs that one block turns.
const KNOBS: usize = 32;
/// Before the first stage and after each of the most that a chain has.
const METERS: usize = 65;

/// Why a knob is not turned.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The chain has no such stage, setting or value.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Nobody has looked at the last wishes yet.
    #[error("the audio thread does not take it; try again")]
    Busy,
}

#[derive(Debug, Clone, Copy)]
enum Wish {
    Turn(Knob),
    Levels,
}

/// A chain on the audio thread.
#[derive(Debug)]
pub struct LivePlayer {
    chain: LiveChain,
    wishes: Consumer<Wish>,
    levels: Producer<[LiveMeter; METERS]>,
}

impl LivePlayer {
    /// Frames by which the output comes later than the input.
    #[must_use]
    pub fn latency_frames(&self) -> u64 {
        self.chain.latency_frames()
    }

    /// Processes one block in place.
    ///
    /// Real-time: no allocation, lock, system call, log or panic.
    pub fn process(&mut self, block: &mut [&mut [f64]]) {
        let nothing = Knob::audition_all(Audition::Processed);
        let (mut knobs, mut turned) = ([nothing; KNOBS], 0);
        while turned < KNOBS
            && let Ok(wish) = self.wishes.pop()
        {
            match wish {
                Wish::Turn(knob) => {
                    knobs[turned] = knob;
                    turned += 1;
                }
                Wish::Levels => {
                    let mut meters = [LiveMeter::default(); METERS];
                    self.chain.read_meters(&mut meters);
                    // Where nobody has read the last ones, these are not wanted either.
                    let _ = self.levels.push(meters);
                }
            }
        }
        self.chain.process(block, &knobs[..turned]);
    }
}

/// The hand at one chain's knobs.
#[derive(Debug)]
pub struct LiveRemote {
    chain: Chain,
    knobs: LiveKnobs,
    wishes: Producer<Wish>,
    levels: Consumer<[LiveMeter; METERS]>,
    /// Where each knob was turned to last.
    turned: BTreeMap<(usize, Setting, Option<usize>), Move>,
    /// What is heard of each stage, and of all where that is 0.
    heard: BTreeMap<usize, Audition>,
}

impl LiveRemote {
    /// A chain for an audio thread, and its knobs.
    ///
    /// # Errors
    /// As for [`LiveChain::new`].
    pub fn plug(
        chain: &Chain,
        rate_hz: u32,
        channels: usize,
        max_frames: usize,
    ) -> Result<(LivePlayer, Self), RenderError> {
        let mut live = LiveChain::new(chain, rate_hz, channels, max_frames)?;
        let knobs = live
            .take_knobs()
            .expect("a chain has its knobs until they are taken");
        let (wishes, wished) = RingBuffer::new(WAITING);
        let (read, levels) = RingBuffer::new(4);
        let player = LivePlayer {
            chain: live,
            wishes: wished,
            levels: read,
        };
        let remote = Self {
            chain: chain.clone(),
            knobs,
            wishes,
            levels,
            turned: BTreeMap::new(),
            heard: BTreeMap::new(),
        };
        Ok((player, remote))
    }

    /// The chain as it began.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    fn wish(&mut self, wish: Wish) -> Result<(), RemoteError> {
        self.wishes.push(wish).map_err(|_| RemoteError::Busy)
    }

    /// Turns a setting, named as by [`Move`]; its frame and ramp mean nothing here.
    ///
    /// # Errors
    /// What the chain has no such setting for, or no such value.
    pub fn turn(&mut self, turned: &Move) -> Result<(), RemoteError> {
        if let Some(knob) = self.knobs.turn(turned)? {
            self.wish(Wish::Turn(knob))?;
        }
        let which = (turned.stage, turned.setting, turned.band);
        self.turned.insert(which, *turned);
        Ok(())
    }

    /// What is heard of a stage, from 1; of the whole chain where that is 0.
    ///
    /// # Errors
    /// No such stage.
    pub fn hear(&mut self, stage: usize, heard: Audition) -> Result<(), RemoteError> {
        let knob = match stage {
            0 => Knob::audition_all(heard),
            stage => Knob::audition(&self.chain, stage, heard)?,
        };
        self.wish(Wish::Turn(knob))?;
        self.heard.insert(stage, heard);
        Ok(())
    }

    /// What is heard of a stage, from 1; of the whole chain where that is 0.
    #[must_use]
    pub fn heard(&self, stage: usize) -> Audition {
        self.heard.get(&stage).copied().unwrap_or_default()
    }

    /// Where knobs were turned to, each once.
    pub fn turned(&self) -> impl Iterator<Item = &Move> {
        self.turned.values()
    }

    /// Sends on what had to wait and frees what came back; to be called now and then.
    pub fn tend(&mut self) {
        self.knobs.tend();
    }

    /// Asks for the levels before the first stage and after each one, since they were asked for last.
    ///
    /// # Errors
    /// Nobody has looked at the last wishes yet.
    pub fn ask_levels(&mut self) -> Result<(), RemoteError> {
        self.wish(Wish::Levels)
    }

    /// The levels that were asked for, once they are there.
    pub fn levels(&mut self) -> Option<Vec<LiveMeter>> {
        let meters = self.levels.pop().ok()?;
        let places = self.chain.stages().len() + 1;
        Some(meters.iter().take(places).copied().collect())
    }

    /// Turns everything as another hand at the same chain has turned it.
    ///
    /// # Errors
    /// More than waits at once.
    pub fn again(&mut self, other: &Self) -> Result<(), RemoteError> {
        for turned in other.turned.values() {
            self.turn(turned)?;
        }
        for (stage, heard) in &other.heard {
            self.hear(*stage, *heard)?;
        }
        Ok(())
    }
}

/// The hand at several chains in a row, with hardware between them; stages are numbered through, from 1.
#[derive(Debug, Default)]
pub struct LiveRemotes {
    remotes: Vec<LiveRemote>,
}

impl LiveRemotes {
    /// Chains for an audio thread, and their knobs.
    ///
    /// # Errors
    /// As for [`LiveChain::new`].
    pub fn plug(
        chains: &[Chain],
        rate_hz: u32,
        channels: usize,
        max_frames: usize,
    ) -> Result<(Vec<LivePlayer>, Self), RenderError> {
        let (mut players, mut remotes) = (Vec::new(), Vec::new());
        for chain in chains {
            let (player, remote) = LiveRemote::plug(chain, rate_hz, channels, max_frames)?;
            players.push(player);
            remotes.push(remote);
        }
        Ok((players, Self { remotes }))
    }

    /// Each chain's hand.
    pub fn each(&mut self) -> impl Iterator<Item = &mut LiveRemote> {
        self.remotes.iter_mut()
    }

    /// Every stage with its number, the chain it stands in from 0, and its name.
    #[must_use]
    pub fn stages(&self) -> Vec<(usize, usize, &'static str)> {
        let chains = self.remotes.iter().enumerate();
        let names = chains.flat_map(|(at, remote)| {
            let stages = remote.chain.stages().iter();
            stages.map(move |stage| (at, stage.name()))
        });
        names
            .enumerate()
            .map(|(n, (at, name))| (n + 1, at, name))
            .collect()
    }

    fn find(&mut self, stage: usize) -> Result<(&mut LiveRemote, usize), RemoteError> {
        let mut left = stage;
        for remote in &mut self.remotes {
            let stages = remote.chain.stages().len();
            if (1..=stages).contains(&left) {
                return Ok((remote, left));
            }
            left = left.saturating_sub(stages);
        }
        Err(ChainError::NoStage { stage }.into())
    }

    /// As [`LiveRemote::turn`].
    ///
    /// # Errors
    /// As there.
    pub fn turn(&mut self, turned: &Move) -> Result<(), RemoteError> {
        let (remote, stage) = self.find(turned.stage)?;
        remote.turn(&Move { stage, ..*turned })
    }

    /// As [`LiveRemote::hear`], of one stage.
    ///
    /// # Errors
    /// No such stage.
    pub fn hear(&mut self, stage: usize, heard: Audition) -> Result<(), RemoteError> {
        let (remote, stage) = self.find(stage)?;
        remote.hear(stage, heard)
    }

    /// What is heard of a stage.
    #[must_use]
    pub fn heard(&self, stage: usize) -> Audition {
        let mut left = stage;
        for remote in &self.remotes {
            let stages = remote.chain.stages().len();
            if (1..=stages).contains(&left) {
                return remote.heard(left);
            }
            left = left.saturating_sub(stages);
        }
        Audition::Processed
    }

    /// Where knobs were turned to, with stages as they are numbered here.
    #[must_use]
    pub fn turned(&self) -> Vec<Move> {
        let (mut before, mut all) = (0, Vec::new());
        for remote in &self.remotes {
            all.extend(remote.turned().map(|turned| Move {
                stage: turned.stage + before,
                ..*turned
            }));
            before += remote.chain.stages().len();
        }
        all
    }

    /// As [`LiveRemote::tend`].
    pub fn tend(&mut self) {
        self.remotes.iter_mut().for_each(LiveRemote::tend);
    }

    /// As [`LiveRemote::again`].
    ///
    /// # Errors
    /// As there.
    pub fn again(&mut self, other: &Self) -> Result<(), RemoteError> {
        for (mine, theirs) in self.remotes.iter_mut().zip(&other.remotes) {
            mine.again(theirs)?;
        }
        Ok(())
    }
}
