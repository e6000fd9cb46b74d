//! `lacquer live`: a chain that sounds between JACK's ports while an engineer turns its knobs by words.

use std::io::BufRead as _;

use anyhow::{Context as _, anyhow, bail};
use engine::{Audition, Chain, Knob, LiveChain, LiveMeter, Move, Setting};
use patchbay::{Live, LiveServer, LiveSettings, LiveWork};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::Outcome;
use crate::args::LiveArgs;
use crate::master::read_chain;

/// Messages that may wait for the audio thread: it looks at them with every period.
const WAITING: usize = 256;
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
    let live = Live::open(settings, move |server| {
        work(&sounding, channels, server, (wished, read))
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
    let mut desk = Desk { wishes, levels };
    for line in std::io::stdin().lock().lines() {
        let line = line.context("standard input could not be read")?;
        if live.is_gone() {
            bail!("the JACK server has ended; start it and this command again");
        }
        match line.trim() {
            "" => (),
            "quit" => return Ok(Outcome::Good),
            "levels" => levels_after_each_stage(&chain, &mut desk, &live)?,
            words => match knob(&chain, words) {
                Ok(knob) => {
                    let wish = Wish::Turn(knob);
                    match desk.wishes.push(wish) {
                        Ok(()) => println!("done"),
                        Err(_) => {
                            println!("not done: the audio server does not take it; try again")
                        }
                    }
                }
                Err(error) => println!("not done: {error:#}"),
            },
        }
    }
    // Nobody speaks any more: it sounds until somebody ends it.
    while !live.is_gone() {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    bail!("the JACK server has ended; start it and this command again")
}

/// The chain on the audio thread, with its ends of the rings.
fn work(
    chain: &Chain,
    channels: usize,
    server: LiveServer,
    (mut wished, mut read): (Consumer<Wish>, Producer<[LiveMeter; METERS]>),
) -> Result<LiveWork, String> {
    let mut live = LiveChain::new(chain, server.rate_hz, channels, server.max_frames)
        .map_err(|error| error.to_string())?;
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

/// A knob by the engineer's words.
fn knob(chain: &Chain, words: &str) -> anyhow::Result<Knob> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        ["hear", heard] => Ok(Knob::audition_all(audition(heard)?)),
        ["hear", heard, stage] => Ok(Knob::audition(chain, number(stage)?, audition(heard)?)?),
        ["set", stage, setting, value] => turn(chain, (stage, setting, value), None),
        ["set", stage, setting, value, band] => {
            turn(chain, (stage, setting, value), Some(number(band)?))
        }
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

fn turn(
    chain: &Chain,
    (stage, setting, value): (&str, &str, &str),
    band: Option<usize>,
) -> anyhow::Result<Knob> {
    let setting: Setting = serde_json::from_value(setting.into())
        .with_context(|| format!("no stage has a setting \u{201c}{setting}\u{201d}"))?;
    let value: f64 = value
        .parse()
        .map_err(|_| anyhow!("\u{201c}{value}\u{201d} is no number"))?;
    let turned = Move {
        stage: number(stage)?,
        setting,
        band,
        frame: 0,
        value,
        ramp_frames: 0,
    };
    Ok(Knob::setting(chain, &turned)?)
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
        let error = knob(&chain(), words).unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }

    #[test]
    fn an_engineers_words_become_knobs_or_are_answered_in_words() {
        assert!(knob(&chain(), "hear bypassed").is_ok());
        assert!(knob(&chain(), "hear difference 1").is_ok());
        check_refused("hear twice", "not “twice”");
        check_refused("hear bypassed 99", "99");
        check_refused("hear bypassed first", "numbers from 1");
        check_refused("set 1 loudness 3", "no stage has a setting “loudness”");
        check_refused("set 1 gain_db loud", "“loud” is no number");
        check_refused("louder", "say hear");
    }
}
