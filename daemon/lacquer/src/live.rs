//! `lacquer live`: a chain that sounds between JACK's ports while an engineer turns its knobs by words.

use std::io::BufRead as _;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use engine::{Audition, Chain, Knob, LiveChain, LiveKnobs, LiveMeter, Move, Setting};
use patchbay::{Live, LiveServer, LiveSettings, LiveWork};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::Outcome;
use crate::args::LiveArgs;
use crate::master::read_chain;

/// Messages that may wait for the audio thread: it looks at them with every period.
const WAITING: usize = 256;
/// How often what had to wait is sent on, and the server's end is noticed.
const LOOK: Duration = Duration::from_millis(200);
/// Most knobs that one period turns.
const KNOBS: usize = 32;
/// Before the first stage and after each of the most that a chain has.
const METERS: usize = 65;

const WORDS: &str =
    "hear processed|bypassed|difference [STAGE]; set STAGE SETTING VALUE [BAND]; levels; quit";

/// What the engineer wants of the audio thread.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Turn(Knob),
    Levels,
}

/// The engineer's side of the rings.
struct Desk {
    wishes: Producer<Wish>,
    levels: Consumer<[LiveMeter; METERS]>,
    knobs: LiveKnobs,
}

/// What an engineer's words turn.
#[derive(Debug)]
enum Said {
    Hear(Knob),
    Set(Move),
}

pub(crate) fn run(args: &LiveArgs) -> anyhow::Result<Outcome> {
    let chain = read_chain(&args.chain)?;
    let (wishes, wished) = RingBuffer::new(WAITING);
    let (read, levels) = RingBuffer::new(4);
    let settings = LiveSettings {
        name: args.name.clone(),
        channels: args.channels,
        from: args.from.clone(),
        to: args.to.clone(),
    };
    let (sounding, channels) = (chain.clone(), args.channels);
    let (out, handed) = mpsc::channel();
    let live = Live::open(settings, move |server| {
        work(&sounding, channels, server, (wished, read, out))
    })?;
    let LiveServer {
        rate_hz,
        max_frames,
    } = live.server();
    let late = LiveChain::new(&chain, rate_hz, channels, 1)?.latency_frames();
    println!(
        "{} sounds at {rate_hz} Hz, {max_frames} frames a period, {late} frames late. Say: {WORDS}",
        args.chain.display()
    );
    let knobs = handed
        .recv()
        .context("the chain sounds without its knobs")?;
    let mut desk = Desk {
        wishes,
        levels,
        knobs,
    };
    let lines = lines_of_standard_input();
    // When nobody speaks any more it sounds until somebody ends it.
    let mut is_heard = true;
    while !live.is_gone() {
        if is_heard {
            match lines.recv_timeout(LOOK) {
                Ok(line) => {
                    let line = line.context("standard input could not be read")?;
                    if line.trim() == "quit" {
                        return Ok(Outcome::Good);
                    }
                    answer(line.trim(), &chain, &mut desk, &live)?;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => (),
                Err(mpsc::RecvTimeoutError::Disconnected) => is_heard = false,
            }
        } else {
            std::thread::sleep(LOOK);
        }
        desk.knobs.tend();
    }
    bail!("the JACK server has ended; start it and this command again")
}

/// Lines as they are said, read on a thread of their own: others have to be looked after meanwhile.
fn lines_of_standard_input() -> mpsc::Receiver<std::io::Result<String>> {
    let (said, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if said.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn answer(words: &str, chain: &Chain, desk: &mut Desk, live: &Live) -> anyhow::Result<()> {
    match words {
        "" => return Ok(()),
        "levels" => return levels_after_each_stage(chain, desk, live),
        _ => (),
    }
    let knob = said(chain, words).and_then(|said| match said {
        Said::Hear(knob) => Ok(Some(knob)),
        Said::Set(turned) => Ok(desk.knobs.turn(&turned)?),
    });
    match knob {
        Ok(knob) => match knob.map(|knob| desk.wishes.push(Wish::Turn(knob))) {
            Some(Err(_)) => println!("not done: the audio server does not take it; try again"),
            Some(Ok(())) | None => println!("done"),
        },
        Err(error) => println!("not done: {error:#}"),
    }
    Ok(())
}

/// The chain on the audio thread, with its ends of the rings.
fn work(
    chain: &Chain,
    channels: usize,
    server: LiveServer,
    (mut wished, mut read, knobs): (
        Consumer<Wish>,
        Producer<[LiveMeter; METERS]>,
        mpsc::Sender<LiveKnobs>,
    ),
) -> Result<LiveWork, String> {
    let mut live = LiveChain::new(chain, server.rate_hz, channels, server.max_frames)
        .map_err(|error| error.to_string())?;
    if let Some(taken) = live.take_knobs() {
        knobs
            .send(taken)
            .map_err(|_| "nobody turns its knobs".to_owned())?;
    }
    let nothing = Knob::audition_all(Audition::Processed);
    Ok(Box::new(move |block| {
        let (mut knobs, mut turned) = ([nothing; KNOBS], 0);
        while turned < KNOBS
            && let Ok(wish) = wished.pop()
        {
            match wish {
                Wish::Turn(knob) => {
                    knobs[turned] = knob;
                    turned += 1;
                }
                Wish::Levels => {
                    let mut meters = [LiveMeter::default(); METERS];
                    live.read_meters(&mut meters);
                    // Where nobody has read the last ones, these are not wanted either.
                    let _ = read.push(meters);
                }
            }
        }
        live.process(block, &knobs[..turned]);
    }))
}

/// What the engineer's words turn.
fn said(chain: &Chain, words: &str) -> anyhow::Result<Said> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        ["hear", heard] => Ok(Said::Hear(Knob::audition_all(audition(heard)?))),
        ["hear", heard, stage] => {
            let knob = Knob::audition(chain, number(stage)?, audition(heard)?)?;
            Ok(Said::Hear(knob))
        }
        ["set", stage, setting, value] => turn((stage, setting, value), None),
        ["set", stage, setting, value, band] => turn((stage, setting, value), Some(number(band)?)),
        _ => bail!("say {WORDS}"),
    }
}

fn audition(word: &str) -> anyhow::Result<Audition> {
    Ok(match word {
        "processed" => Audition::Processed,
        "bypassed" => Audition::Bypassed,
        "difference" => Audition::Difference,
        _ => bail!("one hears processed, bypassed or difference, not \u{201c}{word}\u{201d}"),
    })
}

fn number(word: &str) -> anyhow::Result<usize> {
    word.parse()
        .map_err(|_| anyhow!("stages and bands are numbers from 1, not \u{201c}{word}\u{201d}"))
}

fn turn((stage, setting, value): (&str, &str, &str), band: Option<usize>) -> anyhow::Result<Said> {
    let setting: Setting = serde_json::from_value(setting.into())
        .with_context(|| format!("no stage has a setting \u{201c}{setting}\u{201d}"))?;
    let value: f64 = value
        .parse()
        .map_err(|_| anyhow!("\u{201c}{value}\u{201d} is no number"))?;
    Ok(Said::Set(Move {
        stage: number(stage)?,
        setting,
        band,
        frame: 0,
        value,
        ramp_frames: 0,
    }))
}

fn levels_after_each_stage(chain: &Chain, desk: &mut Desk, live: &Live) -> anyhow::Result<()> {
    if desk.wishes.push(Wish::Levels).is_err() {
        println!("not done: the audio server does not take it; try again");
        return Ok(());
    }
    let began = std::time::Instant::now();
    let meters = loop {
        if let Ok(meters) = desk.levels.pop() {
            break meters;
        }
        if live.is_gone() || began.elapsed().as_secs() > 2 {
            bail!("the JACK server calls no more");
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    let words = |db: Option<f64>| db.map_or("silence".to_owned(), |db| format!("{db:.1} dBFS"));
    let names = std::iter::once("in").chain(chain.stages().iter().map(engine::Stage::name));
    for (stage, (name, meter)) in names.zip(meters).enumerate() {
        println!(
            "{stage:>2} {name:<16} RMS {:<12} peak {}",
            words(meter.rms_dbfs),
            words(meter.peak_dbfs)
        );
    }
    println!("{} xruns", live.xruns());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Chain {
        engine::presets::ALL[0].chain().unwrap()
    }

    #[track_caller]
    fn check_refused(words: &str, expected: &str) {
        let error = said(&chain(), words).unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }

    #[test]
    fn an_engineers_words_become_knobs_or_are_answered_in_words() {
        assert!(said(&chain(), "hear bypassed").is_ok());
        assert!(said(&chain(), "hear difference 1").is_ok());
        check_refused("hear twice", "not “twice”");
        check_refused("hear bypassed 99", "99");
        check_refused("hear bypassed first", "numbers from 1");
        check_refused("set 1 loudness 3", "no stage has a setting “loudness”");
        check_refused("set 1 gain_db loud", "“loud” is no number");
        check_refused("louder", "say hear");
    }
}
