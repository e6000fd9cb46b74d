//! `lacquer live`: a chain that sounds between JACK's ports, or a song through it and hardware, while an engineer
//! turns the knobs by words.

use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use engine::{Audition, Chain, LiveChain, LiveRemote, Move};
use patchbay::{Live, LiveServer, LiveSettings};

use crate::Outcome;
use crate::args::Place;
use crate::live_args::LiveArgs;
use crate::live_session;
use crate::live_words::{audition, level, lines_of_standard_input, number, turned};
use crate::master::read_chain;

/// How often what had to wait is sent on, and the server's end is noticed.
const LOOK: Duration = Duration::from_millis(200);

const WORDS: &str =
    "hear processed|bypassed|difference [STAGE]; set STAGE SETTING VALUE [BAND]; levels; quit";

/// What an engineer's words turn.
#[derive(Debug)]
enum Said {
    Hear(usize, Audition),
    Set(Move),
}

pub(crate) fn run(place: &Place, args: &LiveArgs) -> anyhow::Result<Outcome> {
    if let Some(mix) = &args.session.mix {
        return live_session::run(place, args, mix);
    }
    let path = args
        .chain
        .as_deref()
        .context("name a chain, or a mix by --mix")?;
    let chain = read_chain(path)?;
    let settings = LiveSettings {
        name: args.name.clone(),
        channels: args.channels,
        from: args.from.clone(),
        to: args.to.clone(),
    };
    let (sounding, channels) = (chain.clone(), args.channels);
    let (out, handed) = mpsc::channel();
    let live = Live::open(settings, move |server| {
        let plugged = LiveRemote::plug(&sounding, server.rate_hz, channels, server.max_frames);
        let (mut player, remote) = plugged.map_err(|error| error.to_string())?;
        let nobody = |_| "nobody turns its knobs".to_owned();
        out.send(remote).map_err(nobody)?;
        Ok(Box::new(move |block| player.process(block)))
    })?;
    let LiveServer {
        rate_hz,
        max_frames,
    } = live.server();
    let late = LiveChain::new(&chain, rate_hz, channels, 1)?.latency_frames();
    println!(
        "{} sounds at {rate_hz} Hz, {max_frames} frames a period, {late} frames late. Say: {WORDS}",
        path.display()
    );
    let mut remote = handed
        .recv()
        .context("the chain sounds without its knobs")?;
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
                    answer(line.trim(), &mut remote, &live)?;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => (),
                Err(mpsc::RecvTimeoutError::Disconnected) => is_heard = false,
            }
        } else {
            std::thread::sleep(LOOK);
        }
        remote.tend();
    }
    bail!("the JACK server has ended; start it and this command again")
}

fn answer(words: &str, remote: &mut LiveRemote, live: &Live) -> anyhow::Result<()> {
    match words {
        "" => return Ok(()),
        "levels" => return levels_after_each_stage(remote, live),
        _ => (),
    }
    let done = said(words).and_then(|said| match said {
        Said::Hear(stage, heard) => Ok(remote.hear(stage, heard)?),
        Said::Set(turned) => Ok(remote.turn(&turned)?),
    });
    match done {
        Ok(()) => println!("done"),
        Err(error) => println!("not done: {error:#}"),
    }
    Ok(())
}

/// What the engineer's words turn.
fn said(words: &str) -> anyhow::Result<Said> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        ["hear", heard] => Ok(Said::Hear(0, audition(heard)?)),
        ["hear", heard, stage] => Ok(Said::Hear(number(stage)?.max(1), audition(heard)?)),
        ["set", ref rest @ ..] => Ok(Said::Set(turned(rest)?)),
        _ => bail!("say {WORDS}"),
    }
}

/// The levels of a chain, as soon as its thread gives them.
pub(crate) fn asked(
    remote: &mut LiveRemote,
    mut is_gone: impl FnMut() -> bool,
) -> anyhow::Result<Vec<engine::LiveMeter>> {
    remote.ask_levels()?;
    let began = std::time::Instant::now();
    loop {
        if let Some(meters) = remote.levels() {
            return Ok(meters);
        }
        if is_gone() || began.elapsed().as_secs() > 2 {
            bail!("the JACK server calls no more");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn levels_after_each_stage(remote: &mut LiveRemote, live: &Live) -> anyhow::Result<()> {
    let meters = asked(remote, || live.is_gone())?;
    let stages = remote.chain().stages().iter();
    let names = std::iter::once("in").chain(stages.map(engine::Stage::name));
    for (stage, (name, meter)) in names.zip(meters).enumerate() {
        println!(
            "{stage:>2} {name:<16} RMS {:<12} peak {}",
            level(meter.rms_dbfs),
            level(meter.peak_dbfs)
        );
    }
    println!("{} xruns", live.xruns());
    Ok(())
}

/// A chain's file, or nothing at all.
pub(crate) fn chain_or_nothing(path: Option<&std::path::Path>) -> anyhow::Result<Chain> {
    path.map_or_else(|| Ok(Chain::new(Vec::new())?), read_chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(words: &str, expected: &str) {
        let chain = engine::presets::ALL[0].chain().unwrap();
        let (_player, mut remote) = LiveRemote::plug(&chain, 48_000, 2, 64).unwrap();
        let error = match said(words) {
            Err(error) => error,
            Ok(Said::Hear(stage, heard)) => remote.hear(stage, heard).unwrap_err().into(),
            Ok(Said::Set(turned)) => remote.turn(&turned).unwrap_err().into(),
        };
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }

    #[test]
    fn an_engineers_words_become_knobs_or_are_answered_in_words() {
        assert!(said("hear bypassed").is_ok());
        assert!(said("hear difference 1").is_ok());
        check_refused("hear twice", "not “twice”");
        check_refused("hear bypassed 99", "99");
        check_refused("hear bypassed first", "numbers from 1");
        check_refused("set 1 loudness 3", "no stage has a setting “loudness”");
        check_refused("set 1 gain_db loud", "“loud” is no number");
        check_refused("louder", "say hear");
    }
}
