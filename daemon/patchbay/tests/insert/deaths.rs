//! Who dies leaves silence and a take that reads: the client, the print, the server.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use flows::jack::Server;
use gear::{Form, PlanSettings};
use jack::contrib::ClosureProcessHandler;
use jack::{AudioIn, Client, ClientOptions, Control, ProcessScope};
use patchbay::{
    Insert, InsertError, JackInsert, MeasureError, Pace, Pass, PrintError, PrintSettings, Song,
    Watch, measure, print_song,
};
use soundfile::{SampleType, WavReader};

use crate::workshop::{command, jack, open, read, settings, song, tell, until_told};

/// Full scale without an end, until somebody kills it.
pub(crate) fn a_send_that_never_ends() {
    let settings = JackInsert {
        pace: Pace::RealTime,
        ceiling_dbfs: 20.0,
        ..jack(&["left:in"], &["left:out"])
    };
    let mut insert = open(settings);
    let _ = insert.run(&mut Pass {
        frames: u64::MAX / 4,
        source: &mut |block| {
            block.fill(1.0);
            Ok(())
        },
        sink: &mut |_| Ok(()),
        marks: &mut |_| (),
    });
}

/// Says when it hears sound, and ends when it has been silent for a tenth of a second.
pub(crate) fn a_listener_hears_it_fall_silent() {
    let (client, _) = Client::new("ear", ClientOptions::NO_START_SERVER).unwrap();
    let input = client.register_port("in", AudioIn::default()).unwrap();
    let (say, heard) = mpsc::sync_channel(64);
    let listen = move |_: &Client, scope: &ProcessScope| {
        let is_sound = input.as_slice(scope).iter().any(|x| *x != 0.0);
        let _ = say.try_send(is_sound);
        Control::Continue
    };
    let client = client
        .activate_async((), ClosureProcessHandler::new(listen))
        .unwrap();
    client
        .as_client()
        .connect_ports_by_name("left:out", "ear:in")
        .unwrap();
    while !heard.recv_timeout(Duration::from_secs(20)).unwrap() {}
    tell("it sounds");
    // Periods that were on their way when the client died; then nothing, for a tenth of a second.
    let mut silent = 0;
    let began = Instant::now();
    while silent < 18 {
        silent = if heard.recv_timeout(Duration::from_secs(5)).unwrap() {
            0
        } else {
            silent + 1
        };
        assert!(began.elapsed() < Duration::from_secs(30), "it goes on");
    }
}

pub(crate) fn a_dying_client_leaves_silence(server: &str, folder: &Path) {
    let piped = |part: &str| {
        let mut child = command(part, server, folder);
        child
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut ear = piped("hears");
    let mut sender = piped("dies");
    let mut out = BufReader::new(ear.stdout.take().unwrap());
    until_told(&mut out, "it sounds");
    let began = Instant::now();
    sender.kill().unwrap();
    sender.wait().unwrap();
    ear.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(ear.wait().unwrap().success());
    println!("dies ... ok, {:.1} s", began.elapsed().as_secs_f64());
}

/// How often the server dies, in turn in the midst of a measurement, of a print, and while nothing runs.
const KILLS: usize = 30;

pub(crate) fn servers_are_killed(name: &str, folder: &Path) {
    let began = Instant::now();
    let mut child = command("kills", name, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut say = child.stdin.take().unwrap();
    let mut server = None;
    for _ in 0..KILLS {
        until_told(&mut out, "start");
        server = Some(Server::start_at(name, 44_100, 256));
        say.write_all(b"\n").unwrap();
        until_told(&mut out, "kill");
        server.take().unwrap().kill();
        say.write_all(b"\n").unwrap();
    }
    drop(server);
    assert!(child.wait().unwrap().success());
    // Its place in JACK's list, and what its clients left, is given back when the last one has died.
    let last = Server::start_at(name, 44_100, 256);
    last.signal("-KILL");
    drop(last);
    println!("kills ... ok, {:.1} s", began.elapsed().as_secs_f64());
}

pub(crate) fn a_server_may_die_at_any_time() {
    let song = song(2, 176_400);
    let watch = Watch::start("lacquer-watch").unwrap();
    // Whoever used a server that died may look at what it left for a while, and keeps its insert until then.
    let mut before = None;
    for kill in 0..KILLS {
        tell("start");
        let settings = JackInsert {
            pace: Pace::RealTime,
            ..jack(
                &["system:playback_1", "system:playback_2"],
                &["system:capture_1", "system:capture_2"],
            )
        };
        let mut insert = open(settings);
        drop(before.take());
        let dies = |after: u64| {
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(after));
                tell("kill");
            })
        };
        let began = Instant::now();
        let moment = 60 + 37 * (kill as u64 % 10);
        match kill % 3 {
            0 => {
                let dying = dies(moment);
                let error = measure(&mut insert, &PlanSettings::new(44_100, 2, Form::Short), &[]);
                assert!(
                    matches!(error, Err(MeasureError::Insert(InsertError::Gone))),
                    "{error:?}"
                );
                dying.join().unwrap();
            }
            1 => dies_while_it_prints(&mut insert, &song, kill, || dies(moment)),
            _ => {
                tell("kill");
                let mut pass = Pass {
                    frames: 44_100,
                    source: &mut |block| {
                        block.fill(0.0);
                        Ok(())
                    },
                    sink: &mut |_| Ok(()),
                    marks: &mut |_| (),
                };
                let ended = insert.run(&mut pass);
                assert!(matches!(ended, Err(InsertError::Gone)), "{ended:?}");
            }
        }
        assert!(began.elapsed() < Duration::from_secs(8), "it hung");
        before = Some(insert);
    }
    drop(before);
    assert!(watch.close(Duration::from_secs(20)));
    // Closing a client of a dead server may take a while, but not for ever.
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let began = Instant::now();
    while threads() > 4 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{} threads are left",
            threads()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn settings_of_two() -> PrintSettings {
    settings(vec![0.0; 2], SampleType::I24)
}

fn dies_while_it_prints(
    insert: &mut Insert,
    song: &Path,
    kill: usize,
    dies: impl FnOnce() -> std::thread::JoinHandle<()>,
) {
    let out = PathBuf::from(format!("killed-{kill}.wav"));
    let of_song = Song {
        open: &|| File::open(song).map(BufReader::new),
    };
    let dying = dies();
    let error = print_song(insert, &of_song, &settings_of_two(), &out).unwrap_err();
    assert!(
        matches!(error, PrintError::Insert(InsertError::Gone)),
        "{error}"
    );
    dying.join().unwrap();
    assert!(!out.exists(), "half a print is none");
    let (spec, take) = read(&out.with_extension("take1.wav"));
    assert_eq!((spec.rate_hz, take.len()), (44_100, 2));
}

pub(crate) fn a_long_print() {
    let song = song(1, 1_323_000);
    let of_song = Song {
        open: &|| File::open(&song).map(BufReader::new),
    };
    let mut insert = open(JackInsert {
        pace: Pace::RealTime,
        ..jack(&["left:in"], &["left:out"])
    });
    let settings = settings(vec![123.0], SampleType::I24);
    let printing = print_song(&mut insert, &of_song, &settings, Path::new("cut.wav"));
    panic!("nobody ended it: {printing:?}");
}

pub(crate) fn a_killed_print_leaves_a_take_that_reads(server: &str, folder: &Path) {
    let began = Instant::now();
    let mut print = command("prints", server, folder).spawn().unwrap();
    let take = folder.join("cut.take1.wav");
    // Two and a half seconds: it was synced by then, and its header made true.
    let frames = || {
        let reader = WavReader::open(File::open(&take).ok()?).ok()?;
        Some(reader.frames()).filter(|frames| *frames > 110_250)
    };
    let said = loop {
        if let Some(frames) = frames() {
            break frames;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "nothing was synced"
        );
        std::thread::sleep(Duration::from_millis(50));
    };
    print.kill().unwrap();
    print.wait().unwrap();
    assert!(frames().unwrap() >= said);
    assert!(!folder.join("cut.wav").exists(), "half a print is none");
    println!("prints ... ok, {:.1} s", began.elapsed().as_secs_f64());
}
