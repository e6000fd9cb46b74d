//! A client that holds everybody up: each time is marked, and the song is printed again.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use gear::Mark;
use jack::contrib::ClosureProcessHandler;
use jack::{AudioIn, AudioOut, Client, ClientOptions, Control, ProcessScope};
use patchbay::{JackInsert, Pace, Song, print_song};
use soundfile::SampleType;

use crate::workshop::{jack, open, read, settings, song};

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

pub(crate) fn every_stalled_client_is_found_and_the_second_print_is_clean() {
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
