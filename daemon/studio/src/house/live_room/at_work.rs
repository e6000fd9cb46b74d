//! The thread that owns a live session: it waits for its units, reads the song, does what is said, tells what is.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc as threads};
use std::time::Duration;

use engine::{LivePlayer, LiveRemotes, Move, PanelKnob};
use patchbay::{
    Dim, MakeSections, MidiTransport, OtherRate, Run, Section, Session, SessionNow, SessionPlace,
    SessionSettings, SessionState, Source, TransportWord,
};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use vault::Vault;

use super::LiveTold;
use super::prepare::Prepared;
use super::view::{LiveKnob, LiveMoment, LiveNow, LiveStage, LiveView, tenths};
use super::words::LiveWord;
use crate::access::Visitor;
use crate::clock::now_ms;
use crate::denied::{Denied, chain};
use crate::desk::Desk;
use crate::house::journal::{Decision, decided};

/// How often the session is looked after and told.
const LOOK: Duration = Duration::from_millis(40);
/// A session at which nobody has looked for so long ends.
const AWAY_MS: i64 = 20_000;
/// Longest round trip that is looked for, in seconds.
const LONGEST_S: f64 = 0.5;

/// A word, and where to what came of it goes.
pub(super) type Said = (LiveWord, oneshot::Sender<Result<(), String>>);

/// Everything that the thread has.
pub(super) struct AtWork {
    pub(super) prepared: Prepared,
    pub(super) said: mpsc::Receiver<Said>,
    pub(super) told: watch::Sender<LiveTold>,
    pub(super) seen: Arc<AtomicI64>,
    pub(super) vault: Vault,
    pub(super) desk: Desk,
    pub(super) visitor: Visitor,
    /// The MIDI port of a controller for the transport; empty where none is named.
    pub(super) transport: String,
    pub(super) runtime: Handle,
}

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Said,
    Away,
}

impl End {
    fn words(self) -> &'static str {
        match self {
            Self::Said => "The session was ended.",
            Self::Away => "The session ended by itself: nobody looked at it any more.",
        }
    }
}

/// A session that is open.
struct Open {
    session: Session,
    remotes: LiveRemotes,
    handed: threads::Receiver<LiveRemotes>,
    /// The knobs of every stage, as the chain's file has them.
    panels: Vec<Vec<PanelKnob>>,
    longest_frames: usize,
}

impl AtWork {
    /// Begins; it ends when that is said, or nobody looks any more.
    pub(super) fn start(self) -> Result<(), Denied> {
        self.tell(LiveMoment::default());
        let named = std::thread::Builder::new().name("live-room".to_owned());
        let begun = named.spawn(move || self.run());
        begun
            .map(drop)
            .map_err(|e| Denied::fault("the live room could not be opened", &e))
    }

    fn run(mut self) {
        let words = match self.wait_for_units() {
            Some(end) => end.words().to_owned(),
            None => match self.open() {
                Ok(open) => {
                    self.note(Noted::Begun);
                    let end = self.work(open);
                    self.note(Noted::Ended);
                    end.words().to_owned()
                }
                Err(words) => words,
            },
        };
        self.show(|view| {
            (view.standing, view.words, view.run) = ("ended", words, "stopped");
        });
        self.tell(LiveMoment::default());
        // The units are let go, and the door is open, with the end of this.
    }

    fn show(&mut self, change: impl FnOnce(&mut LiveView)) {
        change(&mut self.prepared.view);
    }

    fn tell(&self, moment: LiveMoment) {
        let now = LiveNow {
            view: self.prepared.view.clone(),
            moment,
        };
        self.told.send_if_modified(|told| {
            if told.as_deref() == Some(&now) {
                return false;
            }
            *told = Some(Arc::new(now));
            true
        });
    }

    fn is_away(&self) -> bool {
        now_ms() - self.seen.load(Ordering::Relaxed) > AWAY_MS
    }

    /// Somebody else may have them: that is shown, and waited for.
    fn wait_for_units(&mut self) -> Option<End> {
        loop {
            let waits = self.prepared.claim.waits_for();
            if waits.is_empty() {
                return None;
            }
            self.show(|view| {
                let words = format!("It waits for its units: {waits}. It opens by itself.");
                (view.standing, view.words) = ("waits", words);
            });
            self.tell(LiveMoment::default());
            while let Ok((word, answer)) = self.said.try_recv() {
                if word == LiveWord::End {
                    let _ = answer.send(Ok(()));
                    return Some(End::Said);
                }
                let _ = answer.send(Err("the session still waits for its units".to_owned()));
            }
            if self.is_away() {
                return Some(End::Away);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Reads the song and opens the session; why not, in a sentence.
    fn open(&mut self) -> Result<Open, String> {
        self.show(|view| {
            let words = "The song is being made ready.".to_owned();
            (view.standing, view.words) = ("opens", words);
        });
        self.tell(LiveMoment::default());
        let sources = self.sources()?;
        let prepared = &self.prepared;
        let (out, handed) = threads::channel();
        let settings = SessionSettings {
            place: prepared.place.clone(),
            ways: prepared.ways.clone(),
            wet: prepared.wet,
            ceiling_dbfs: prepared.ceiling_dbfs,
            sources,
            rate_hz: prepared.rate_hz,
        };
        let make = sections(prepared.chains.clone(), prepared.channels, out);
        let mut session = Session::open(settings, make).map_err(|error| in_words(&error))?;
        let remotes = handed.recv();
        let remotes = remotes.map_err(|_| "the chain sounds without its knobs".to_owned())?;
        let longest_frames = (f64::from(prepared.rate_hz) * LONGEST_S) as usize;
        if matches!(prepared.place, SessionPlace::Jack { .. }) {
            session
                .measure(longest_frames)
                .map_err(|error| in_words(&error))?;
        }
        let stages = prepared.chains.iter().flat_map(engine::Chain::stages);
        Ok(Open {
            panels: stages.map(engine::Stage::panel).collect(),
            session,
            remotes,
            handed,
            longest_frames,
        })
    }

    fn sources(&self) -> Result<Vec<Arc<Source>>, String> {
        let prepared = &self.prepared;
        let mut all = Vec::new();
        for (at, wanted) in prepared.sources.iter().enumerate() {
            let opened = self.vault.open_object(&prepared.project, &wanted.object);
            let reader = opened.map_err(|error| in_words(&error))?;
            // What is worked on stays as it is; what it is compared with may be converted.
            let other = if at == 0 {
                OtherRate::Refuse
            } else {
                OtherRate::Convert
            };
            let spec = (prepared.rate_hz, prepared.channels);
            let source = Source::read(&wanted.name, reader, spec, other);
            all.push(Arc::new(source.map_err(|error| in_words(&error))?));
        }
        Ok(all)
    }

    /// Writes down that the units are at work, or no more.
    fn note(&self, noted: Noted) {
        let (order, units) = (self.prepared.view.order, self.prepared.units.join(", "));
        let through = self.prepared.view.chain.clone();
        let decision = match noted {
            Noted::Begun => Decision::LiveBegun { order, units },
            Noted::Ended => Decision::LiveEnded { order, units },
        };
        let row = decided(&self.visitor, through, &decision);
        if let Err(error) = self.runtime.block_on(self.desk.keep(vec![row])) {
            tracing::error!(%error, order = %order, "who used which units could not be written down");
        }
    }

    /// The transport's port at ALSA's sequencer, where there is one. That a named controller is missing is said.
    fn midi(&mut self) -> Option<MidiTransport> {
        let named = MidiTransport::open(&self.transport);
        if let Err(error) = &named
            && !self.transport.is_empty()
        {
            let words = in_words(error);
            self.show(|view| view.said = words);
        }
        named.or_else(|_| MidiTransport::open("")).ok()
    }

    fn work(&mut self, mut open: Open) -> End {
        let mut midi = self.midi();
        let end = loop {
            let mut answers = Vec::new();
            let mut ended = None;
            while let Ok((word, answer)) = self.said.try_recv() {
                if word == LiveWord::End {
                    ended = Some(answer);
                    break;
                }
                answers.push((answer, open.answer(&word)));
            }
            while let Some(word) = midi.as_mut().and_then(MidiTransport::next_word) {
                open.by_midi(word);
            }
            if let Some(answer) = ended {
                answers.push((answer, Ok(())));
                tell_each(answers);
                break End::Said;
            }
            if self.is_away() {
                tell_each(answers);
                break End::Away;
            }
            let said = open.tend();
            let now = open.session.now();
            self.show(|view| {
                if let Some(said) = said {
                    view.said = said;
                }
                open.show(&now, view);
            });
            self.tell(moment(&now));
            // Whoever has an answer sees in the view what came of the word.
            tell_each(answers);
            std::thread::sleep(LOOK);
        };
        open.session.close();
        end
    }
}

type Answer = (oneshot::Sender<Result<(), String>>, Result<(), String>);

fn tell_each(answers: Vec<Answer>) {
    for (to, answer) in answers {
        // Nobody may wait for it any more.
        let _ = to.send(answer);
    }
}

/// What is written down.
#[derive(Debug, Clone, Copy)]
enum Noted {
    Begun,
    Ended,
}

/// An error with its causes, as a sentence.
fn in_words(error: &dyn std::error::Error) -> String {
    let words = chain(error);
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Makes the processors, and hands their knobs over, as often as they are made.
fn sections(
    chains: Vec<engine::Chain>,
    channels: usize,
    out: threads::Sender<LiveRemotes>,
) -> MakeSections {
    Arc::new(move |server| {
        let plugged = LiveRemotes::plug(&chains, server.rate_hz, channels, server.max_frames);
        let (players, remotes) = plugged.map_err(|error| error.to_string())?;
        let nobody = |_| "nobody turns its knobs".to_owned();
        out.send(remotes).map_err(nobody)?;
        let section = |mut player: LivePlayer| Section {
            latency_frames: player.latency_frames(),
            work: Box::new(move |block| player.process(block)),
        };
        Ok(players.into_iter().map(section).collect())
    })
}

fn moment(now: &SessionNow) -> LiveMoment {
    let seconds = now.frame as f64 / f64::from(now.rate_hz.max(1));
    LiveMoment {
        seconds: (seconds * 1e3).round() / 1e3,
        source: now.source.into(),
        sends: now.units.iter().map(|unit| unit.send.into()).collect(),
        returns: now.units.iter().map(|unit| unit.returned.into()).collect(),
        monitors: now.monitors.into(),
        short_term_lufs: tenths(now.short_term_lufs),
        xruns: now.xruns,
    }
}

impl Open {
    /// Looks after the session; what came of something, in a sentence.
    fn tend(&mut self) -> Option<String> {
        let mut said = self.session.tend().err().map(|error| in_words(&error));
        while let Ok(mut remotes) = self.handed.try_recv() {
            if let Err(error) = remotes.again(&self.remotes) {
                said = Some(in_words(&error));
            }
            self.remotes = remotes;
        }
        self.remotes.tend();
        said
    }

    fn answer(&mut self, word: &LiveWord) -> Result<(), String> {
        if let LiveWord::Set {
            stage,
            setting,
            band,
            value,
        } = word
        {
            let turned = Move {
                stage: *stage,
                setting: *setting,
                band: *band,
                frame: 0,
                value: *value,
                ramp_frames: 0,
            };
            return self.remotes.turn(&turned).map_err(|error| in_words(&error));
        }
        if let LiveWord::Stage { stage, heard } = word {
            let heard = self.remotes.hear(*stage, (*heard).into());
            return heard.map_err(|error| in_words(&error));
        }
        self.ask(word).map_err(|error| in_words(&error))
    }

    /// Does what a controller asks for; what the session refuses it shows by itself.
    fn by_midi(&mut self, word: TransportWord) {
        let loop_begins = || {
            let now = self.session.now();
            let rate = f64::from(now.rate_hz.max(1));
            now.round.map_or(0.0, |(from, _)| from as f64 / rate)
        };
        let words = match word {
            TransportWord::Play => vec![LiveWord::Play],
            TransportWord::Stop => vec![LiveWord::Stop],
            TransportWord::At { seconds } => vec![LiveWord::At { seconds }],
            TransportWord::FromTheBeginning => {
                let seconds = loop_begins();
                vec![LiveWord::At { seconds }, LiveWord::Play]
            }
        };
        for word in words {
            if let Err(why) = self.answer(&word) {
                tracing::debug!(why, "the live session did not follow its controller");
            }
        }
    }

    fn ask(&mut self, word: &LiveWord) -> Result<(), patchbay::SessionError> {
        let rate = f64::from(self.session.now().rate_hz);
        let frame = |seconds: f64| (seconds.max(0.0) * rate) as u64;
        let session = &mut self.session;
        match *word {
            LiveWord::Play => session.play(),
            LiveWord::Stop => session.stop(),
            LiveWord::At { seconds } => session.locate(frame(seconds)),
            LiveWord::Loop {
                from_seconds,
                to_seconds,
            } => session.go_round(Some((frame(from_seconds), frame(to_seconds)))),
            LiveWord::LoopOff => session.go_round(None),
            LiveWord::Hear { source } => session.hear(source),
            LiveWord::Chain { heard } => session.audition(heard.into()),
            LiveWord::Unit { unit, heard } => session.audition_unit(unit, heard.into()),
            LiveWord::Level { level } => session.source_level(level.into()),
            LiveWord::Listen { listen } => session.listen(listen.into()),
            LiveWord::Dim => session.dim(Dim::Dimmed),
            LiveWord::Full => session.dim(Dim::Full),
            LiveWord::Trim {
                unit,
                send_db,
                return_db,
            } => session.trim(unit, [send_db, return_db]),
            LiveWord::Blend { percent } => session.blend(percent / 100.0),
            LiveWord::Measure => session.measure(self.longest_frames),
            LiveWord::Open => session.open_again(),
            LiveWord::Resume => session.resume(),
            // Done by who calls this.
            LiveWord::Set { .. } | LiveWord::Stage { .. } | LiveWord::End => Ok(()),
        }
    }

    /// Brings what is shown up to date.
    fn show(&self, now: &SessionNow, view: &mut LiveView) {
        (view.standing, view.words) = standing(now, view.place);
        if now.state == SessionState::Sounds && now.run == Run::Playing {
            view.said.clear();
        }
        view.latency_frames = now.latency_frames;
        view.run = match now.run {
            Run::Playing => "playing",
            Run::Stopped => "stopped",
        };
        let rate = f64::from(now.rate_hz.max(1));
        view.loop_seconds = now.round.map(|(a, b)| [a as f64 / rate, b as f64 / rate]);
        view.source = now.slot;
        view.source_level = now.source_level.into();
        view.heard = now.heard.into();
        view.listen = now.listen.into();
        view.is_dimmed = now.dim == Dim::Dimmed;
        view.blend_percent = (now.wet * 1e4).round() / 100.0;
        for (shown, unit) in view.units.iter_mut().zip(&now.units) {
            shown.delays_frames.clone_from(&unit.delays_frames);
            [shown.send_db, shown.return_db] = unit.trims_db;
            shown.heard = unit.heard.into();
        }
        view.stages = self.stages();
    }

    fn stages(&self) -> Vec<LiveStage> {
        let turned = self.remotes.turned();
        let stages = self.remotes.stages().into_iter().zip(&self.panels);
        let shown = stages.map(|((stage, behind_units, name), panel)| LiveStage {
            stage,
            behind_units,
            name,
            heard: self.remotes.heard(stage).into(),
            knobs: panel
                .iter()
                .map(|knob| {
                    let last = turned.iter().find(|turned| {
                        turned.stage == stage
                            && turned.setting == knob.setting
                            && turned.band == knob.band
                    });
                    let setting = serde_json::to_value(knob.setting).unwrap_or_default();
                    LiveKnob {
                        setting: setting.as_str().unwrap_or_default().to_owned(),
                        band: knob.band,
                        range: [knob.low, knob.high],
                        value: last.map_or(knob.value, |turned| turned.value),
                    }
                })
                .collect(),
        });
        shown.collect()
    }
}

fn standing(now: &SessionNow, place: &str) -> (&'static str, String) {
    let words = |words: &str| words.to_owned();
    match now.state {
        SessionState::Sounds if place == "loopback" => (
            "ready",
            words(
                "No audio server runs: the loopback engine stands in for the gear, and nothing is heard. Start the server and open this again to work through hardware.",
            ),
        ),
        SessionState::Sounds => ("ready", words("Ready.")),
        SessionState::Measures { unit } => (
            "measures",
            format!(
                "The round trip of unit {unit} is being measured; monitors are silent for some seconds."
            ),
        ),
        SessionState::Feedback { unit } => (
            "feedback",
            format!(
                "What came back of unit {unit} was far too loud: sends and monitors are silent. Look at the patch, turn it down, then open them again."
            ),
        ),
        SessionState::PortsLost => (
            "ports_lost",
            words(
                "A port of this session is gone or was disconnected. Patch it again; the session goes on.",
            ),
        ),
        SessionState::Gone => (
            "gone",
            words(
                "The audio server has ended or stands still. Start it again, then resume: everything stands as it stood.",
            ),
        ),
    }
}
