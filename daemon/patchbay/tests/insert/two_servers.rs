//! Played by one server and captured by another. The second hears the first by JACK's own network driver, so that both keep
//! one pace; two rates and clocks that drift are the loopback engine's tests.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use flows::jack::{Gear, Server, connect};
use gear::{Form, PlanSettings, WatchSettings};
use patchbay::{
    Insert, InsertError, InsertTarget, JackInsert, MeasureError, OtherClock, Overs, Pace,
    PrintSettings, ReturnCommand, ReturnServer, Song, measure, print_song,
};
use soundfile::SampleType;

use crate::workshop::{CHILD, child, command, jack, open, read, song, until_told};

const RATE_HZ: u32 = 44_100;

/// Starts two servers with gear on the first, and has children measure and print through both.
pub(crate) fn a_song_goes_out_by_one_server_and_comes_back_by_another(folder: &Path) {
    let play = format!("lacquer-plays-{}", std::process::id());
    let capture = captures_beside(&play);
    let plays = Server::start_at(&play, RATE_HZ, 1_024);
    let captures = Server::start_behind(&plays, &capture);
    let _left = Gear::delay(&play, "left", 123);
    let _right = Gear::delay(&play, "right", 140);
    for (n, unit) in (1..).zip(["left", "right"]) {
        connect(
            &play,
            &format!("{unit}:out"),
            &format!("{capture}:to_slave_{n}"),
        );
    }
    child("two_servers", &play, folder);
    let mut measuring = command("dies_elsewhere", &play, folder);
    let mut measuring = measuring.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(measuring.stdout.take().unwrap());
    until_told(&mut out, "measuring");
    std::thread::sleep(Duration::from_secs(3));
    drop(captures);
    assert!(measuring.wait().unwrap().success());
    child("one_server", &play, folder);
}

fn captures_beside(play: &str) -> String {
    play.replace("plays", "captures")
}

/// The return's process is this program too.
fn elsewhere() -> ReturnServer {
    let program = std::env::current_exe().unwrap().display().to_string();
    ReturnServer {
        server: captures_beside(&std::env::var("JACK_DEFAULT_SERVER").unwrap()),
        command: ReturnCommand {
            program: "/usr/bin/env".into(),
            arguments: [format!("{CHILD}=return"), program]
                .map(Into::into)
                .to_vec(),
        },
    }
}

fn both() -> JackInsert {
    JackInsert {
        pace: Pace::RealTime,
        back_on: Some(elsewhere()),
        ..jack(
            &["left:in", "right:in"],
            &["system:capture_1", "system:capture_2"],
        )
    }
}

pub(crate) fn a_unit_is_measured_and_a_song_printed() {
    let refused = Insert::open(InsertTarget::Jack(JackInsert {
        pace: Pace::Freewheel,
        ..both()
    }));
    assert!(matches!(refused.unwrap_err(), InsertError::TwoPaces));
    let mut insert = open(both());
    assert_eq!(
        (insert.rate_hz(), insert.returned_hz()),
        (RATE_HZ, Some(RATE_HZ))
    );
    let plan = PlanSettings::new(RATE_HZ, 2, Form::Short);
    let found = measure(&mut insert, &plan, &[]).unwrap();
    assert_eq!(found.objections(), []);
    assert_eq!(found.returned_hz, Some(RATE_HZ));
    let of = |n: usize| found.channels[n].path.as_ref().unwrap();
    // How long the way between two servers is, nobody knows; what lies between its channels is the gear's.
    assert_eq!(of(0).delay_frames.mean, 0.0);
    assert!((of(1).skew_frames.mean - 17.0).abs() < 1e-4, "{:?}", of(1));
    assert!((0..2).all(|n| of(n).gain_db.mean.abs() < 0.001));
    let song = song(2, 3 * RATE_HZ);
    let settings = PrintSettings {
        pre_roll_frames: u64::from(RATE_HZ),
        tail_frames: 4_410,
        delays_frames: found.delays_frames().unwrap(),
        sample: SampleType::I24,
        watch: WatchSettings::of(&found),
        overs: Overs::Spoil,
        other_clock: OtherClock::of(&found),
    };
    let source = Song {
        open: &|| File::open(&song).map(BufReader::new),
    };
    let out = Path::new("two.wav");
    let printing = print_song(&mut insert, &source, &settings, out).unwrap();
    assert!(printing.print.is_some(), "{:?}", printing.takes);
    let ((spec, printed), (_, sent)) = (read(out), read(&song));
    assert_eq!(spec.rate_hz, RATE_HZ);
    assert_eq!(printed[0].len(), sent[0].len() + 4_410);
    let is_song = printed
        .iter()
        .zip(&sent)
        .all(|(a, b)| a[..b.len()] == b[..]);
    assert!(
        is_song,
        "one pace and whole frames: every bit is the song's"
    );
}

/// The server of the return ends in the middle of a pass.
pub(crate) fn measure_until_it_dies() {
    let mut insert = open(both());
    println!("measuring");
    let settings = PlanSettings::new(RATE_HZ, 2, Form::Full);
    let error = measure(&mut insert, &settings, &[]).unwrap_err();
    let MeasureError::Insert(InsertError::Elsewhere { why, .. }) = &error else {
        panic!("{error}");
    };
    assert!(why.contains("has ended or stands still"), "{why}");
}

/// Nothing runs on the other side any more, or nobody can look there.
pub(crate) fn the_other_server_is_gone() {
    let said = |target| {
        let refused = Insert::open(InsertTarget::Jack(target));
        refused.unwrap_err().to_string()
    };
    let gone = said(both());
    assert!(
        gone.contains("lacquer-captures") && gone.contains("start it"),
        "{gone}"
    );
    let nobody = ReturnCommand {
        program: "/nonexistent".into(),
        arguments: Vec::new(),
    };
    let missing = said(JackInsert {
        back_on: Some(ReturnServer {
            command: nobody,
            ..elsewhere()
        }),
        ..both()
    });
    assert!(missing.contains("could not be started"), "{missing}");
}
