//! `lacquer live --mix`: a song through processors and hardware to the monitors, by words.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Context as _, bail};
use engine::{Chain, LiveRemotes};
use patchbay::{
    Carries, Dim, LevelNow, Listen, LoopbackSettings, MakeSections, OtherRate, Section, Session,
    SessionError, SessionPlace, SessionSettings, SessionState, Source, SourceLevel, WayPorts,
    WaySettings,
};
use soundfile::WavReader;

use crate::Outcome;
use crate::args::Place;
use crate::insert_unit::RackUnit;
use crate::live::{asked, chain_or_nothing};
use crate::live_args::LiveArgs;
use crate::live_words::{audition, level, lines_of_standard_input, number, seconds, turned, value};

/// How often the session is looked after.
const LOOK: Duration = Duration::from_millis(50);
/// Longest round trip that is looked for, in seconds.
const LONGEST_S: f64 = 0.5;

const WORDS: &str = "play; stop; at PLACE; loop PLACE PLACE|off; hear processed|bypassed|difference [STAGE|hardware]; \
hear mix|reference N|revision N; matched|as_it_is; stereo|mono|side; dim|full; set STAGE SETTING VALUE [BAND]; \
trim SEND_DB RETURN_DB; blend PERCENT; measure; open; resume; levels; where; quit";

/// What is spoken with.
struct Desk {
    session: Session,
    remotes: LiveRemotes,
    /// A new hand comes whenever the processors are made anew.
    handed: mpsc::Receiver<LiveRemotes>,
    references: usize,
    revisions: usize,
    rate_hz: u32,
}

pub(crate) fn run(place: &Place, args: &LiveArgs, mix: &Path) -> anyhow::Result<Outcome> {
    let mut desk = open(place, args, mix)?;
    let now = desk.session.now();
    println!(
        "{} is ready at {} Hz, {} frames to the monitors. Say: {WORDS}",
        mix.display(),
        now.rate_hz,
        now.latency_frames
    );
    if now.units.iter().any(|unit| unit.delays_frames.is_none()) {
        desk.session.measure(desk.frames(LONGEST_S))?;
        println!("the round trip is being measured");
    }
    let lines = lines_of_standard_input();
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(line) => {
                let line = line.context("standard input could not be read")?;
                if line.trim() == "quit" {
                    break;
                }
                if !line.trim().is_empty() {
                    match desk.answer(line.trim()) {
                        Ok(said) => println!("{said}"),
                        Err(error) => println!("not done: {error:#}"),
                    }
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => (),
            // Nobody speaks any more: nobody could stop what plays.
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        desk.tend();
    }
    desk.session.close();
    Ok(Outcome::Good)
}

fn open(place: &Place, args: &LiveArgs, mix: &Path) -> anyhow::Result<Desk> {
    let words = &args.session;
    let (rate_hz, channels) = spec_of(mix)?;
    let read = |path: &Path, other| -> anyhow::Result<Arc<Source>> {
        let file =
            File::open(path).with_context(|| format!("could not open {}", path.display()))?;
        let name = path.display().to_string();
        let source = Source::read(&name, BufReader::new(file), (rate_hz, channels), other)?;
        Ok(Arc::new(source))
    };
    let mut sources = vec![read(mix, OtherRate::Refuse)?];
    for path in words.reference.iter().chain(&words.revision) {
        sources.push(read(path, OtherRate::Convert)?);
    }
    let (sounds, ways) = hardware(place, args, (rate_hz, channels))?;
    let mut chains = vec![chain_or_nothing(args.chain.as_deref())?];
    match (ways.is_empty(), words.after.as_deref()) {
        (true, Some(_)) => bail!(
            "--after stands behind hardware: name it by --send and --return, --unit or --loopback"
        ),
        (true, None) => (),
        (false, after) => chains.push(chain_or_nothing(after)?),
    }
    let (out, handed) = mpsc::channel();
    let settings = SessionSettings {
        place: sounds,
        ways,
        wet: words.blend / 100.0,
        ceiling_dbfs: words.ceiling,
        sources,
        rate_hz,
    };
    if !(0.0..=1.0).contains(&settings.wet) {
        bail!("the chain\u{2019}s share lies between 0 and 100 per cent");
    }
    let session = Session::open(settings, sections(chains, channels, out))?;
    let remotes = handed
        .recv()
        .context("the chain sounds without its knobs")?;
    Ok(Desk {
        session,
        remotes,
        handed,
        references: words.reference.len(),
        revisions: words.revision.len(),
        rate_hz,
    })
}

/// Makes the processors, and hands their knobs over, as often as they are made.
fn sections(chains: Vec<Chain>, channels: usize, out: mpsc::Sender<LiveRemotes>) -> MakeSections {
    Arc::new(move |server| {
        let plugged = LiveRemotes::plug(&chains, server.rate_hz, channels, server.max_frames);
        let (players, remotes) = plugged.map_err(|error| error.to_string())?;
        let nobody = |_| "nobody turns its knobs".to_owned();
        out.send(remotes).map_err(nobody)?;
        let section = |mut player: engine::LivePlayer| Section {
            latency_frames: player.latency_frames(),
            work: Box::new(move |block| player.process(block)),
        };
        Ok(players.into_iter().map(section).collect())
    })
}

fn spec_of(mix: &Path) -> anyhow::Result<(u32, usize)> {
    let file = File::open(mix).with_context(|| format!("could not open {}", mix.display()))?;
    let reader = WavReader::open(BufReader::new(file));
    let spec = reader
        .with_context(|| format!("{} is no WAV file", mix.display()))?
        .spec();
    Ok((spec.rate_hz, usize::from(spec.channels)))
}

/// Where it sounds, and the one unit that it goes through, if any.
fn hardware(
    place: &Place,
    args: &LiveArgs,
    (rate_hz, channels): (u32, usize),
) -> anyhow::Result<(SessionPlace, Vec<WaySettings>)> {
    let words = &args.session;
    let delays_frames = match words.round_trip.as_slice() {
        [] => None,
        [one] => Some(vec![*one; channels]),
        each => Some(each.to_vec()),
    };
    let way = WaySettings {
        send_trim_db: 0.0,
        return_trim_db: 0.0,
        carries: Carries::Channels,
        delays_frames,
    };
    if let Some(words) = &words.loopback {
        let engine = patchbay::LoopbackSettings::from_words(words, Some(rate_hz))?;
        let channel = engine.channels.first().copied();
        let engine = LoopbackSettings {
            // As many as the mix has.
            channels: channel.map_or_else(Vec::new, |channel| vec![channel; channels]),
            rate_hz,
            ..engine
        };
        let ways = vec![engine];
        return Ok((SessionPlace::Loopback { ways, rate_hz }, vec![way]));
    }
    let (send, back) = match &words.unit {
        Some(unit) => {
            let unit = RackUnit::ask(place, unit)?;
            if let Some(server) = unit.return_server() {
                anyhow::bail!(
                    "the unit comes back on the audio server {server}, by another clock than the monitors': it can be measured and printed; patch its returns here to hear it live"
                );
            }
            unit.ports()?
        }
        None => (words.send.clone(), words.back.clone()),
    };
    let has_gear = !(send.is_empty() && back.is_empty());
    let ports = WayPorts { send, back };
    let sounds = SessionPlace::Jack {
        name: args.name.clone(),
        ways: if has_gear { vec![ports] } else { Vec::new() },
        monitors: args.to.clone(),
    };
    Ok((sounds, if has_gear { vec![way] } else { Vec::new() }))
}

fn done() -> anyhow::Result<String> {
    Ok("done".to_owned())
}

impl Desk {
    fn frames(&self, seconds: f64) -> usize {
        (seconds * f64::from(self.rate_hz)) as usize
    }

    fn frame(&self, word: &str) -> anyhow::Result<u64> {
        Ok((seconds(word)? * f64::from(self.rate_hz)) as u64)
    }

    /// Looks after the session; what came of it is said once.
    fn tend(&mut self) {
        let measured = matches!(self.session.now().state, SessionState::Measures { .. });
        if let Err(error) = self.session.tend() {
            println!("{error}");
        }
        let now = self.session.now();
        if measured && now.state == SessionState::Sounds {
            println!("{}", round_trip(&now));
        }
        while let Ok(mut remotes) = self.handed.try_recv() {
            if let Err(error) = remotes.again(&self.remotes) {
                println!("a knob stands where it stood first: {error}");
            }
            self.remotes = remotes;
        }
        self.remotes.tend();
    }

    fn answer(&mut self, words: &str) -> anyhow::Result<String> {
        let words: Vec<&str> = words.split_whitespace().collect();
        let session = &mut self.session;
        match words[..] {
            ["play"] => session.play()?,
            ["stop"] => session.stop()?,
            ["at", place] => {
                let frame = self.frame(place)?;
                self.session.locate(frame)?;
            }
            ["loop", "off"] => session.go_round(None)?,
            ["loop", from, to] => {
                let round = (self.frame(from)?, self.frame(to)?);
                self.session.go_round(Some(round))?;
            }
            ["hear", ref heard @ ..] => self.hear(heard)?,
            ["matched"] => session.source_level(SourceLevel::Matched)?,
            ["as_it_is"] => session.source_level(SourceLevel::AsItIs)?,
            ["stereo"] => session.listen(Listen::Channels)?,
            ["mono"] => session.listen(Listen::Mono)?,
            ["side"] => session.listen(Listen::Side)?,
            ["dim"] => session.dim(Dim::Dimmed)?,
            ["full"] => session.dim(Dim::Full)?,
            ["set", ref rest @ ..] => self.remotes.turn(&turned(rest)?)?,
            ["trim", send, back] => session.trim(1, [value(send)?, value(back)?])?,
            ["blend", percent] => session.blend(value(percent)? / 100.0)?,
            ["measure"] => {
                let longest = self.frames(LONGEST_S);
                self.session.measure(longest)?;
            }
            ["open"] => session.open_again()?,
            ["resume"] => session.resume()?,
            ["levels"] => return self.levels(),
            ["where"] => return Ok(self.place()),
            _ => bail!("say {WORDS}"),
        }
        done()
    }

    fn hear(&mut self, words: &[&str]) -> anyhow::Result<()> {
        let beyond = |what: &str, there: usize| -> anyhow::Result<()> {
            bail!("{there} {what}s were given to this session")
        };
        match *words {
            ["mix"] => self.session.hear(1)?,
            ["reference", n] => match number(n)? {
                n if n > 0 && n <= self.references => self.session.hear(1 + n)?,
                _ => beyond("reference", self.references)?,
            },
            ["revision", n] => match number(n)? {
                n if n > 0 && n <= self.revisions => self.session.hear(1 + self.references + n)?,
                _ => beyond("revision", self.revisions)?,
            },
            [heard, "hardware"] => self.session.audition_unit(1, audition(heard)?)?,
            [heard, stage] => self.remotes.hear(number(stage)?, audition(heard)?)?,
            [heard] => {
                self.session.audition(audition(heard)?)?;
                self.session.hear(0)?;
            }
            _ => bail!("say {WORDS}"),
        }
        Ok(())
    }

    fn place(&mut self) -> String {
        let now = self.session.now();
        let at = now.frame as f64 / f64::from(self.rate_hz);
        let state = match now.state {
            SessionState::Sounds => match now.run {
                patchbay::Run::Playing => "plays".to_owned(),
                patchbay::Run::Stopped => "stands".to_owned(),
            },
            SessionState::Measures { unit } => format!("the round trip of unit {unit} is measured"),
            SessionState::Feedback { unit } => {
                format!("unit {unit} was too loud; look at it, then say open")
            }
            SessionState::PortsLost => {
                "a port is gone or was disconnected; patch it again".to_owned()
            }
            SessionState::Gone => SessionError::Gone.to_string(),
        };
        format!("{at:.3} s, {state}; {}", round_trip(&now))
    }

    fn levels(&mut self) -> anyhow::Result<String> {
        let mut told = Vec::new();
        let mut line = |number: usize, name: &str, rms, peak| {
            told.push(format!(
                "{number:>2} {name:<16} RMS {:<12} peak {}",
                level(rms),
                level(peak)
            ));
        };
        let now = self.session.now();
        let of = |level: LevelNow| (level.rms_dbfs, level.peak_dbfs);
        let (rms, peak) = of(now.source);
        line(0, "mix", rms, peak);
        let (mut stage, session) = (0, &self.session);
        for (at, remote) in self.remotes.each().enumerate() {
            let meters = asked(remote, || session.now().state == SessionState::Gone)?;
            let stages = remote.chain().stages().iter();
            for (name, meter) in stages.map(engine::Stage::name).zip(&meters[1..]) {
                stage += 1;
                line(stage, name, meter.rms_dbfs, meter.peak_dbfs);
            }
            if let Some(unit) = now.units.get(at) {
                for (name, level) in [("send", unit.send), ("return", unit.returned)] {
                    let (rms, peak) = of(level);
                    line(0, name, rms, peak);
                }
            }
        }
        let (rms, peak) = of(now.monitors);
        line(0, "monitors", rms, peak);
        let lufs = now.short_term_lufs;
        let lufs = lufs.map_or("silence".to_owned(), |lufs| {
            format!("{lufs:.1} LUFS short-term")
        });
        told.push(format!("{lufs}, {} xruns", now.xruns));
        Ok(told.join("\n"))
    }
}

fn round_trip(now: &patchbay::SessionNow) -> String {
    let units = now.units.iter().map(|unit| match &unit.delays_frames {
        None => "not measured".to_owned(),
        Some(delays) => {
            let each: Vec<String> = delays.iter().map(|d| format!("{d:.2}")).collect();
            each.join(" and ")
        }
    });
    let units: Vec<String> = units.collect();
    let late = now.latency_frames;
    if units.is_empty() {
        return format!("{late} frames to the monitors");
    }
    format!(
        "round trip {} frames, {late} frames to the monitors",
        units.join("; ")
    )
}
