//! A chain on the audio thread of a real JACK server: the bits of the renderer, and what happens when there is no
//! server, no such port, or no server any more.
//!
//! libjack takes the server's name from the environment, so everything is done by a child: this same program.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use engine::{Chain, LiveChain, MemorySink, MemorySource, render};
use flows::jack::Server;
use jack::contrib::ClosureProcessHandler;
use jack::{
    AsyncClient, AudioIn, AudioOut, Client, ClientOptions, Control, ProcessHandler, ProcessScope,
};
use patchbay::{Live, LiveError, LiveSettings, LiveWork};

#[global_allocator]
static ALLOCATIONS: AllocDisabler = AllocDisabler;

const CHILD: &str = "PATCHBAY_LIVE";
/// The house's chain that the child lets sound.
const PRESET: &str = "PATCHBAY_PRESET";
/// Of two kinds: a compressor before a limiter, and oversampled stages that ring before their latency is over.
const PRESETS: [&str; 2] = ["gentle_glue", "loud_modern"];
/// What the child says when its client sounds.
const SOUNDS: &str = "it sounds";

fn main() {
    match std::env::var(CHILD).as_deref() {
        Ok("sound") => return the_audio_thread_gives_the_bits_of_the_renderer(),
        Ok("refusals") => return what_cannot_sound_is_refused_in_words(),
        Ok("end") => return the_end_of_the_server_is_noticed(),
        _ => (),
    }
    let name = format!("lacquer-live-{}", std::process::id());
    child("refusals", &name);
    let server = Server::start(&name);
    for preset in PRESETS {
        let mut sounds = command("sound", &name);
        let status = sounds.env(PRESET, preset).status().unwrap();
        assert!(status.success(), "{preset}: {status}");
        println!("the_audio_thread_gives_the_bits_of_the_renderer, {preset} ... ok");
    }
    child("refusals", &name);
    println!("what_cannot_sound_is_refused_in_words ... ok");
    let mut waits = command("end", &name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let out = waits.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut said).unwrap();
    assert_eq!(said.trim(), SOUNDS);
    server.signal("-KILL");
    assert!(waits.wait().unwrap().success());
    println!("the_end_of_the_server_is_noticed ... ok");
}

fn command(part: &str, server: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env(CHILD, part)
        .env("JACK_DEFAULT_SERVER", server)
        .env("JACK_NO_START_SERVER", "1");
    command
}

/// Runs one part with the server's name in its environment.
fn child(part: &str, server: &str) {
    let status = command(part, server).status().unwrap();
    assert!(status.success(), "{part}: {status}");
}

fn until(what: &str, mut look: impl FnMut() -> bool) {
    let began = Instant::now();
    while !look() {
        assert!(began.elapsed() < Duration::from_secs(60), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn chain() -> Chain {
    let name = std::env::var(PRESET).unwrap();
    engine::presets::named(&name).unwrap().chain().unwrap()
}

/// The song as JACK carries it, at the server's 48 kHz.
fn song() -> Vec<Vec<f32>> {
    let song = engine::goldens::song(4.0, 48_000);
    let rounded = song.iter().map(|c| c.iter().map(|x| *x as f32).collect());
    rounded.collect()
}

/// What the renderer makes of it, as JACK carries that.
fn rendered() -> Vec<Vec<f32>> {
    let mix = song();
    let wide = mix
        .iter()
        .map(|c| c.iter().map(|x| f64::from(*x)).collect());
    let mut sink = MemorySink::default();
    let mut source = MemorySource::new(48_000, wide.collect());
    render(&mut source, &chain(), &mut sink, &mut |_| ()).unwrap();
    let out = sink.channels.iter();
    out.map(|c| c.iter().map(|x| *x as f32).collect()).collect()
}

fn settings(name: &str, from: &[&str], to: &[&str]) -> LiveSettings {
    let ports = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    LiveSettings {
        name: name.to_owned(),
        channels: 2,
        from: ports(from),
        to: ports(to),
    }
}

/// The chain, which begins with the first block that is not silent; nothing is allocated in it.
fn chain_from_the_first_sound(server: patchbay::LiveServer) -> Result<LiveWork, String> {
    let mut live = LiveChain::new(&chain(), server.rate_hz, 2, server.max_frames)
        .map_err(|error| error.to_string())?;
    let mut has_begun = false;
    Ok(Box::new(move |block| {
        assert_no_alloc(|| {
            has_begun |= block.iter().any(|c| c.iter().any(|x| *x != 0.0));
            if has_begun {
                live.process(block, &[]);
            }
        });
    }))
}

/// Freewheeling, the server waits for everybody and for no clock: no frame can be lost on a busy machine.
fn freewheel(is_on: &str) {
    let status = Command::new("jack_freewheel").arg(is_on).status();
    assert!(status.unwrap().success());
}

/// Plays silence, and the song from the moment on when it may go.
fn player(may_go: Arc<AtomicBool>) -> AsyncClient<(), impl ProcessHandler> {
    let (player, _) = Client::new("player", ClientOptions::NO_START_SERVER).unwrap();
    let mut outs = [1, 2].map(|n| {
        let name = format!("out_{n}");
        player.register_port(&name, AudioOut::default()).unwrap()
    });
    let (mix, mut at) = (song(), 0);
    let play = move |_: &Client, scope: &ProcessScope| {
        let goes = may_go.load(Ordering::Acquire);
        for (out, channel) in outs.iter_mut().zip(&mix) {
            let out = out.as_mut_slice(scope);
            out.fill(0.0);
            let rest = if goes { &channel[at..] } else { &[] };
            for (to, from) in out.iter_mut().zip(rest) {
                *to = *from;
            }
        }
        if goes {
            at = (at + outs[0].as_mut_slice(scope).len()).min(mix[0].len());
        }
        Control::Continue
    };
    let handler = ClosureProcessHandler::new(play);
    player.activate_async((), handler).unwrap()
}

fn the_audio_thread_gives_the_bits_of_the_renderer() {
    let expected = rendered();
    let song_frames = expected[0].len();
    let goes = Arc::new(AtomicBool::new(false));
    let player = player(Arc::clone(&goes));
    // The first two ports hear the chain, the others the player itself: they tell when the song began.
    let (recorder, _) = Client::new("recorder", ClientOptions::NO_START_SERVER).unwrap();
    let ins = [1, 2, 3, 4].map(|n| {
        let name = format!("in_{n}");
        recorder.register_port(&name, AudioIn::default()).unwrap()
    });
    let take: Arc<Mutex<Vec<Vec<f32>>>> = Arc::new(Mutex::new(vec![Vec::new(); ins.len()]));
    let (kept, has_sound) = (Arc::clone(&take), Arc::clone(&goes));
    let record = move |_: &Client, scope: &ProcessScope| {
        if has_sound.load(Ordering::Acquire) {
            let mut kept = kept.lock().unwrap();
            for (kept, port) in kept.iter_mut().zip(&ins) {
                kept.extend_from_slice(port.as_slice(scope));
            }
        }
        Control::Continue
    };
    let recorder = recorder
        .activate_async((), ClosureProcessHandler::new(record))
        .unwrap();
    let from = ["player:out_1", "player:out_2"];
    let to = ["recorder:in_1", "recorder:in_2"];
    for (from, to) in from.iter().zip(["recorder:in_3", "recorder:in_4"]) {
        let client = recorder.as_client();
        client.connect_ports_by_name(from, to).unwrap();
    }
    let live = Live::open(settings("lacquer", &from, &to), chain_from_the_first_sound).unwrap();
    let late = latency_frames(live.server());

    freewheel("y");
    goes.store(true, Ordering::Release);
    until("the song has gone through", || {
        let take = take.lock().unwrap();
        song_begins(&take).is_some_and(|begin| take[0].len() >= begin + late + song_frames)
    });
    freewheel("n");
    assert!(live.frames() > song_frames as u64 && !live.is_gone());
    drop(live);
    assert!(player.deactivate().is_ok() && recorder.deactivate().is_ok());

    let take = take.lock().unwrap();
    let begin = song_begins(&take).unwrap();
    for (heard, song) in take[2..].iter().zip(&song()) {
        assert_eq!(&heard[begin..begin + song_frames], song, "the song itself");
    }
    for (heard, expected) in take.iter().zip(&expected) {
        let same = heard[begin + late..].iter().zip(expected);
        let other = same.filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        assert_eq!(other, 0, "samples differ");
    }
}

/// Where in the take the song's first frame lies, by what the player itself was heard to play.
fn song_begins(take: &[Vec<f32>]) -> Option<usize> {
    let is_sound = |x: &f32| *x != 0.0;
    let silent = song()[0].iter().position(is_sound)?;
    take[2].iter().position(is_sound)?.checked_sub(silent)
}

/// By how much the chain comes later, as it says itself.
fn latency_frames(server: patchbay::LiveServer) -> usize {
    let live = LiveChain::new(&chain(), server.rate_hz, 2, server.max_frames).unwrap();
    usize::try_from(live.latency_frames()).unwrap()
}

fn no_work(_: patchbay::LiveServer) -> Result<LiveWork, String> {
    Ok(Box::new(|_| ()))
}

fn what_cannot_sound_is_refused_in_words() {
    let nothing = settings("lacquer-none", &[], &[]);
    let none = LiveSettings {
        channels: 0,
        ..nothing.clone()
    };
    let refused = Live::open(none, no_work).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a chain sounds on 1 to 64 channels, not 0"
    );
    match Live::open(nothing.clone(), no_work) {
        Err(LiveError::NoServer { why }) => {
            assert!(why.contains("no server runs under this name"), "{why}");
            return;
        }
        other => drop(other.unwrap()),
    }
    let away = settings("lacquer-away", &["nobody:out_1"], &[]);
    let refused = Live::open(away, no_work).unwrap_err().to_string();
    assert!(
        refused.starts_with("nobody:out_1 could not be connected to lacquer-away:in_1"),
        "{refused}"
    );
    let broken = Live::open(nothing, |_| Err("the chain has no room".to_owned()));
    assert_eq!(broken.unwrap_err().to_string(), "the chain has no room");
}

fn the_end_of_the_server_is_noticed() {
    let live = Live::open(settings("lacquer-end", &[], &[]), no_work).unwrap();
    until("it sounds", || live.frames() > 0);
    println!("{SOUNDS}");
    until("the end is noticed", || live.is_gone());
    let began = Instant::now();
    drop(live);
    assert!(began.elapsed() < Duration::from_secs(10), "nobody waits");
}
