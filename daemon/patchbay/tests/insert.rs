//! Inserts through a real JACK server: gear written by others is timed, measured and printed through.
//!
//! libjack takes the server's name from the environment, so everything is done by a child: this same program.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use flows::jack::{Gear, Server};
use gear::{Form, Mark, PlanSettings, Polarity, WatchSettings, certify};
use jack::contrib::ClosureProcessHandler;
use jack::{AudioIn, AudioOut, Client, ClientOptions, Control, ProcessScope};
use patchbay::{
    Insert, InsertError, InsertTarget, JackInsert, MeasureError, Overs, Pace, Pass, PrintError,
    PrintSettings, Song, measure, print_song,
};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter};

const CHILD: &str = "PATCHBAY_INSERT";

fn main() {
    match std::env::var(CHILD).as_deref() {
        Ok("clean") => return a_plugins_delay_is_found_and_its_print_is_the_song(),
        Ok("fraction") => return a_fraction_of_a_sample_is_found_and_nulls(),
        Ok("refusals") => return what_cannot_go_on_is_said_in_words(),
        Ok("kills") => return a_server_may_die_at_any_time(),
        Ok("dies") => return a_send_that_never_ends(),
        Ok("prints") => return a_long_print(),
        Ok("hears") => return a_listener_hears_it_fall_silent(),
        Ok("stalls") => return every_stalled_client_is_found_and_the_second_print_is_clean(),
        _ => (),
    }
    let folder = tempfile::tempdir().unwrap();
    let name = format!("lacquer-insert-{}", std::process::id());
    {
        let _server = Server::start_at(&name, 44_100, 256);
        let _left = Gear::delay(&name, "left", 123);
        let _right = Gear::delay(&name, "right", 140);
        child("clean", &name, folder.path());
        let config = convolver(folder.path());
        let _sinc = Gear::convolver(&name, "sinc", &config);
        child("fraction", &name, folder.path());
        child("stalls", &name, folder.path());
        child("refusals", &name, folder.path());
        others_connections_stand(&name);
    }
    {
        let _server = Server::start_asynchronous(&name, 44_100, 256);
        let _left = Gear::delay(&name, "left", 123);
        a_dying_client_leaves_silence(&name, folder.path());
        a_killed_print_leaves_a_take_that_reads(&name, folder.path());
    }
    servers_are_killed(&name, folder.path());
}

fn command(part: &str, server: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env(CHILD, part)
        .env("JACK_DEFAULT_SERVER", server)
        .env("JACK_NO_START_SERVER", "1")
        .current_dir(folder);
    command
}

/// Runs one part with the server's name in its environment, in a folder of its own.
fn child(part: &str, server: &str, folder: &Path) {
    let began = std::time::Instant::now();
    let status = command(part, server, folder).status().unwrap();
    assert!(status.success(), "{part}: {status}");
    println!("{part} ... ok, {:.1} s", began.elapsed().as_secs_f64());
}

fn jack(send: &[&str], back: &[&str]) -> JackInsert {
    let ports = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    JackInsert {
        name: "lacquer".to_owned(),
        send: ports(send),
        back: ports(back),
        rate_hz: Some(44_100),
        pace: Pace::Freewheel,
        ceiling_dbfs: 3.0,
    }
}

/// An insert that is closed before its test ends.
struct Opened(Option<Insert>);

impl Drop for Opened {
    fn drop(&mut self) {
        let is_closed = self
            .0
            .take()
            .is_none_or(|insert| insert.close(Duration::from_secs(10)));
        assert!(
            is_closed || std::thread::panicking(),
            "it could not be closed"
        );
    }
}

impl std::ops::Deref for Opened {
    type Target = Insert;

    fn deref(&self) -> &Insert {
        self.0.as_ref().unwrap()
    }
}

impl std::ops::DerefMut for Opened {
    fn deref_mut(&mut self) -> &mut Insert {
        self.0.as_mut().unwrap()
    }
}

fn open(settings: JackInsert) -> Opened {
    Opened(Some(Insert::open(InsertTarget::Jack(settings)).unwrap()))
}

/// Noise that swells, on a grid of 24 bits, as a file.
fn song(channels: u16, frames: u32) -> PathBuf {
    let path = PathBuf::from(format!("song-{channels}.wav"));
    let spec = AudioSpec {
        rate_hz: 44_100,
        channels,
        sample: SampleType::I24,
    };
    let mut state = 7_u64;
    let rows: Vec<Vec<f64>> = (0..channels)
        .map(|_| {
            let sample = |n: u32| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let even = (state >> 40) as f64 / 16_777_216.0 - 0.5;
                let swell = 0.3 + 0.2 * (f64::from(n) / 9_000.0).sin();
                (even * swell * 8_388_608.0).round() / 8_388_608.0
            };
            (0..frames).map(sample).collect()
        })
        .collect();
    let mut writer = WavWriter::new(File::create(&path).unwrap(), spec, &[]).unwrap();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    writer.write_planar(&rows).unwrap();
    writer.finish().unwrap();
    path
}

fn read(path: &Path) -> (AudioSpec, Vec<Vec<f64>>) {
    let mut reader = WavReader::open(BufReader::new(File::open(path).unwrap())).unwrap();
    let mut rows = vec![Vec::new(); usize::from(reader.spec().channels)];
    let frames = usize::try_from(reader.frames()).unwrap();
    reader.read_planar(&mut rows, frames).unwrap();
    (reader.spec(), rows)
}

fn settings(delays_frames: Vec<f64>, sample: SampleType) -> PrintSettings {
    PrintSettings {
        pre_roll_frames: 11_025,
        tail_frames: 4_410,
        delays_frames,
        sample,
        watch: WatchSettings {
            level_step_db: 1.0,
            delay_step_frames: 0.3,
        },
        overs: Overs::Spoil,
    }
}

fn a_plugins_delay_is_found_and_its_print_is_the_song() {
    let mut insert = open(jack(&["left:in", "right:in"], &["left:out", "right:out"]));
    let found = measure(&mut insert, &PlanSettings::new(44_100, 2, Form::Short), &[]).unwrap();
    for (channel, expected) in found.channels.iter().zip([123.0, 140.0]) {
        let path = channel.path.as_ref().unwrap();
        // The issue asks for 10⁻⁵ on a clean path.
        assert!((path.delay_frames.mean - expected).abs() < 1e-5, "{path:?}");
        assert_eq!(path.polarity, Polarity::Kept);
        let response = channel.response.iter();
        assert!(
            response.clone().all(|p| p.gain_db.mean.abs() < 0.001),
            "{channel:?}"
        );
    }
    assert_eq!(found.objections(), []);
    let again = measure(&mut insert, &PlanSettings::new(44_100, 2, Form::Short), &[]).unwrap();
    let verdict = certify(&again, std::slice::from_ref(&found), Some(&found));
    assert!(verdict.holds(), "{:?}", verdict.objections);

    let song = song(2, 176_400);
    let of_song = Song {
        open: &|| File::open(&song).map(BufReader::new),
    };
    let delays = found.delays_frames().unwrap();
    let out = Path::new("clean.wav");
    let printing = print_song(
        &mut insert,
        &of_song,
        &settings(delays, SampleType::I24),
        out,
    )
    .unwrap();
    assert!(
        printing.takes.len() == 1 && printing.print.is_some(),
        "{printing:?}"
    );
    assert!(
        !printing.takes[0].path.exists(),
        "a clean take became the print"
    );
    let ((spec, source), (printed_spec, printed)) = (read(&song), read(out));
    assert_eq!(spec, printed_spec);
    for (source, printed) in source.iter().zip(&printed) {
        assert_eq!(printed.len(), source.len() + 4_410);
        assert!(
            printed[..source.len()] == source[..],
            "the print is the song, bit for bit"
        );
    }
}

/// Delay of the convolver's impulse, in frames.
const FRACTION: f64 = 200.37;

/// A sinc of 1 024 frames under a Kaiser window, 140 dB down beyond 0.49 of the rate.
fn convolver(folder: &Path) -> PathBuf {
    let bessel = |x: f64| {
        let (mut sum, mut term) = (1.0, 1.0);
        for k in 1..200 {
            term *= (x / 2.0 / f64::from(k)).powi(2);
            sum += term;
        }
        sum
    };
    let tap = |n: u32| {
        let x = f64::from(n) - FRACTION - 312.0;
        let angle = std::f64::consts::PI * x;
        let window = (1.0 - (x / 514.0).powi(2)).max(0.0).sqrt();
        angle.sin() / angle * bessel(14.0 * window) / bessel(14.0)
    };
    let taps: Vec<f64> = (0..1_030).map(tap).collect();
    let spec = AudioSpec {
        rate_hz: 44_100,
        channels: 1,
        sample: SampleType::F32,
    };
    let path = folder.join("sinc.wav");
    let mut writer = WavWriter::new(File::create(&path).unwrap(), spec, &[]).unwrap();
    writer.write_planar(&[&taps]).unwrap();
    writer.finish().unwrap();
    let config = folder.join("sinc.conf");
    let text = format!(
        "/cd {}\n/convolver/new 1 1 256 4096\n/input/name 1 in\n/output/name 1 out\n/impulse/read 1 1 1.0 0 0 0 1 sinc.wav\n",
        folder.display()
    );
    durable::store_once(&config, text.as_bytes()).unwrap();
    config
}

fn a_fraction_of_a_sample_is_found_and_nulls() {
    let mut insert = open(jack(&["sinc:in"], &["sinc:out"]));
    let found = measure(&mut insert, &PlanSettings::new(44_100, 1, Form::Short), &[]).unwrap();
    let path = found.channels[0].path.as_ref().unwrap();
    assert!(
        (path.delay_frames.mean - FRACTION - 312.0).abs() < 1e-5,
        "{path:?}"
    );

    let song = song(1, 176_400);
    let of_song = Song {
        open: &|| File::open(&song).map(BufReader::new),
    };
    let delays = found.delays_frames().unwrap();
    let out = Path::new("fraction.wav");
    let printing = print_song(
        &mut insert,
        &of_song,
        &settings(delays, SampleType::F32),
        out,
    )
    .unwrap();
    assert!(printing.print.is_some(), "{printing:?}");
    let ((_, source), (_, printed)) = (read(&song), read(out));
    let left: Vec<f64> = source[0]
        .iter()
        .zip(&printed[0])
        .map(|(a, b)| b - a)
        .collect();
    // The issue asks for −90 dB up to 18 kHz at 44.1 kHz.
    let below_18k = |samples: &[f64]| -> f64 {
        let mut spectrum = dsp::PowerSpectrum::new(14, 1);
        spectrum.feed(&[samples]);
        spectrum.mean()[..(18_000 << 14) / 44_100].iter().sum()
    };
    let null = 10.0 * (below_18k(&left) / below_18k(&source[0])).log10();
    println!("null {null:.1} dB");
    assert!(null <= -90.0, "{null}");
}

/// A wire in one client of our own: what it hears it plays, and what it is told to do it does.
fn wire(stall: &Arc<AtomicBool>, stalled: mpsc::SyncSender<Vec<f32>>) -> impl Sized + use<> {
    let (client, _) = Client::new("wire", ClientOptions::NO_START_SERVER).unwrap();
    let input = client.register_port("in", AudioIn::default()).unwrap();
    let mut output = client.register_port("out", AudioOut::default()).unwrap();
    let stall = Arc::clone(stall);
    let play = move |_: &Client, scope: &ProcessScope| {
        let heard = input.as_slice(scope);
        output.as_mut_slice(scope).copy_from_slice(heard);
        if stall.swap(false, Ordering::AcqRel) {
            let _ = stalled.try_send(heard.to_vec());
            // Several periods of 5.8 ms: nobody behind it is in time.
            std::thread::sleep(Duration::from_millis(25));
        }
        Control::Continue
    };
    client
        .activate_async((), ClosureProcessHandler::new(play))
        .unwrap()
}

/// Stalls on purpose, each in the midst of the song.
const STALLS: usize = 50;

/// Stalls again and again; gives back what was heard in each period that was held up.
fn stall_on_purpose(stall: &AtomicBool, stalled: &mpsc::Receiver<Vec<f32>>) -> Vec<Vec<f32>> {
    let mut places = Vec::new();
    std::thread::sleep(Duration::from_millis(600));
    while places.len() < STALLS {
        stall.store(true, Ordering::Release);
        places.push(stalled.recv_timeout(Duration::from_secs(5)).unwrap());
        std::thread::sleep(Duration::from_millis(35));
    }
    places
}

/// Where in the song those periods lie.
fn places_in(song: &[f64], heard: &[Vec<f32>]) -> Vec<u64> {
    let place = |heard: &Vec<f32>| {
        let sound: Vec<f64> = heard.iter().take(16).map(|x| f64::from(*x)).collect();
        let mut windows = song.windows(sound.len());
        windows.position(|window| window == sound).map(|p| p as u64)
    };
    heard.iter().filter_map(place).collect()
}

fn every_stalled_client_is_found_and_the_second_print_is_clean() {
    let stall = Arc::new(AtomicBool::new(false));
    let (say, stalled) = mpsc::sync_channel(STALLS);
    let wire = wire(&stall, say);
    let mut insert = open(JackInsert {
        pace: Pace::RealTime,
        ..jack(&["wire:in"], &["wire:out"])
    });
    let song = song(1, 90_000);
    let of_song = Song {
        open: &|| File::open(&song).map(BufReader::new),
    };
    let staller = std::thread::spawn(move || stall_on_purpose(&stall, &stalled));
    let out = Path::new("stalled.wav");
    let printing = print_song(
        &mut insert,
        &of_song,
        &settings(vec![0.0], SampleType::I24),
        out,
    )
    .unwrap();
    let places = staller.join().unwrap();
    let (_, source) = read(&song);
    let places = places_in(&source[0], &places);
    assert_eq!(places.len(), STALLS);
    let marks = &printing.takes[0].marks;
    for place in places {
        let is_marked = marks.iter().any(|mark| match mark {
            Mark::Xrun { frame } | Mark::LostFrames { frame, .. } => frame.abs_diff(place) <= 256,
            _ => false,
        });
        assert!(
            is_marked,
            "nothing is marked within a period of {place}: {marks:?}"
        );
    }
    assert!(!printing.takes[0].is_clean && printing.takes[0].path.exists());
    let print = |path: &Path| {
        let printed = read(path).1.remove(0);
        assert!(
            printed[..source[0].len()] == source[0][..],
            "the print is the undisturbed song"
        );
    };
    // On a machine that others use it may slip again by itself; then a person would be asked.
    if printing.print.is_some() {
        print(out);
    }
    drop(insert);
    let mut insert = open(jack(&["wire:in"], &["wire:out"]));
    let out = Path::new("undisturbed.wav");
    let printing = print_song(
        &mut insert,
        &of_song,
        &settings(vec![0.0], SampleType::I24),
        out,
    )
    .unwrap();
    assert_eq!(printing.takes.len(), 1, "{printing:?}");
    print(out);
    drop(wire);
}

/// Tells the parent something, and waits for its answer.
fn tell(word: &str) {
    println!("{word}");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).unwrap();
}

/// Reads what a child tells until it says this.
fn until_told(out: &mut impl BufRead, word: &str) {
    let mut line = String::new();
    while line.trim() != word {
        line.clear();
        assert!(
            out.read_line(&mut line).unwrap() > 0,
            "it ended before it said {word}"
        );
    }
}

/// Twenty milliseconds at 44.1 kHz.
const IN_TIME: usize = 882;

/// A client that plays its input and, a period later, all it played again and louder.
fn howling() -> (impl Sized, Arc<Mutex<Vec<[f32; 2]>>>) {
    let (client, _) = Client::new("howl", ClientOptions::NO_START_SERVER).unwrap();
    let input = client.register_port("in", AudioIn::default()).unwrap();
    let mut output = client.register_port("out", AudioOut::default()).unwrap();
    let log = Arc::new(Mutex::new(Vec::new()));
    let (kept, mut last) = (Arc::clone(&log), Vec::new());
    let play = move |_: &Client, scope: &ProcessScope| {
        let (heard, played) = (input.as_slice(scope), output.as_mut_slice(scope));
        last.resize(heard.len(), 0.0_f32);
        for ((y, x), z) in played.iter_mut().zip(heard).zip(&last) {
            *y = x + 1.3 * z;
        }
        last.copy_from_slice(played);
        let mut log = kept.lock().unwrap();
        log.extend(heard.iter().zip(played.iter()).map(|(x, y)| [*x, *y]));
        Control::Continue
    };
    let client = client
        .activate_async((), ClosureProcessHandler::new(play))
        .unwrap();
    (client, log)
}

fn what_cannot_go_on_is_said_in_words() {
    let refused = |settings: JackInsert| {
        let error = Insert::open(InsertTarget::Jack(settings)).unwrap_err();
        error.to_string()
    };
    let wire = jack(&["left:in"], &["left:out"]);
    assert_eq!(
        refused(JackInsert {
            rate_hz: Some(48_000),
            ..wire.clone()
        }),
        "the JACK server runs at 44100 Hz and this is 48000 Hz: restart the server at 48000 Hz, or convert to 44100 Hz first"
    );
    let away = refused(jack(&["left:in"], &["nobody:out"]));
    assert!(
        away.starts_with("nobody:out could not be connected to lacquer-return:in_1"),
        "{away}"
    );
    let uneven = refused(jack(&["left:in"], &[]));
    assert_eq!(
        uneven,
        "an insert has 1 to 32 sends and as many returns, not 1 and 0"
    );

    let plan = PlanSettings::new(44_100, 1, Form::Short);
    // Sent into one box, heard from another: nothing comes back.
    let silent = measure(&mut open(jack(&["left:in"], &["right:out"])), &plan, &[]).unwrap();
    let said = silent.objections()[0].to_string();
    assert!(
        said.starts_with("nothing came back: see that the unit is on"),
        "{said}"
    );
    let crossed = jack(&["left:in", "right:in"], &["right:out", "left:out"]);
    let found = measure(&mut open(crossed), &plan, &[]).unwrap();
    let said = found.objections()[0].to_string();
    assert!(
        said.starts_with("channel 1 comes back on return 2"),
        "{said}"
    );

    a_loop_that_howls_is_stopped(&plan);

    let settings = JackInsert {
        pace: Pace::RealTime,
        ..jack(&["pulled:in"], &["pulled:out"])
    };
    let server = std::env::var("JACK_DEFAULT_SERVER").unwrap();
    let pulled = Gear::delay(&server, "pulled", 64);
    let mut insert = open(settings);
    let pulling = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        pulled.end();
    });
    let error = measure(&mut insert, &plan, &[]).unwrap_err();
    assert!(
        matches!(error, MeasureError::Insert(InsertError::PortsLost)),
        "{error}"
    );
    pulling.join().unwrap();
}

fn a_loop_that_howls_is_stopped(plan: &PlanSettings) {
    let (howl, log) = howling();
    let mut insert = open(JackInsert {
        ceiling_dbfs: 0.0,
        ..jack(&["howl:in"], &["howl:out"])
    });
    let error = measure(&mut insert, plan, &[]).unwrap_err();
    assert!(
        matches!(error, MeasureError::Insert(InsertError::Feedback { .. })),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("the loop feeds back or is far too loud"),
        "{error}"
    );
    drop(insert);
    drop(howl);
    let log = log.lock().unwrap();
    let loud = log
        .windows(220)
        .step_by(10)
        .position(|window| window.iter().map(|[_, y]| y * y).sum::<f32>() > 220.0);
    let ended = log.iter().rposition(|[x, _]| *x != 0.0).unwrap();
    let after = ended.saturating_sub(10 * loud.unwrap());
    assert!(after <= IN_TIME, "{after} frames");
}

/// Full scale without an end, until somebody kills it.
fn a_send_that_never_ends() {
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
fn a_listener_hears_it_fall_silent() {
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

fn a_dying_client_leaves_silence(server: &str, folder: &Path) {
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

/// What somebody else patched is there after all this.
fn others_connections_stand(server: &str) {
    let with = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).env("JACK_DEFAULT_SERVER", server);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    with("jack_connect", &["left:out", "system:playback_1"]);
    let folder = tempfile::tempdir().unwrap();
    child("clean", server, folder.path());
    let stands = with("jack_lsp", &["-c", "left:out"]);
    assert!(stands.contains("system:playback_1"), "{stands}");
    assert!(!stands.contains("lacquer"), "{stands}");
    let ports = with("jack_lsp", &[]);
    assert!(!ports.contains("lacquer"), "a port leaked: {ports}");
}

/// How often the server dies, in turn in the midst of a measurement, of a print, and while nothing runs.
const KILLS: usize = 30;

fn servers_are_killed(name: &str, folder: &Path) {
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

fn a_server_may_die_at_any_time() {
    let song = song(2, 176_400);
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
    }
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

fn a_long_print() {
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

fn a_killed_print_leaves_a_take_that_reads(server: &str, folder: &Path) {
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
