//! The loopback engine is measured, certified and printed through like any unit.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use gear::{Form, Mark, PlanSettings, Polarity, WatchSettings};
use patchbay::{
    Insert, InsertTarget, LoopbackChannel, LoopbackSettings, OtherClock, Overs, PrintError,
    PrintSettings, Printing, Song, align_take, look_at_take, measure, print_song,
};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter};

fn engine(channels: Vec<LoopbackChannel>, drift_ppm: f64) -> Insert {
    let settings = LoopbackSettings {
        rate_hz: 48_000,
        channels,
        drift_ppm,
        returned_hz: None,
        seed: 3,
    };
    Insert::open(InsertTarget::Loopback(settings)).unwrap()
}

fn unit() -> LoopbackChannel {
    LoopbackChannel {
        second: 0.02,
        third: -0.01,
        gain_db: -2.5,
        is_inverted: true,
        noise_dbfs: Some(-96.0),
        ..LoopbackChannel::wire(150.4)
    }
}

#[test]
fn what_was_configured_is_what_is_measured() {
    let mut insert = engine(vec![unit(), LoopbackChannel::wire(4_000.0)], 0.0);
    let found = measure(&mut insert, &PlanSettings::new(48_000, 2, Form::Short), &[]).unwrap();
    let (bent, wire) = (&found.channels[0], &found.channels[1]);
    let path = bent.path.as_ref().unwrap();
    assert!((path.delay_frames.mean - 150.4).abs() < 0.001, "{path:?}");
    assert!((path.gain_db.mean + 2.5).abs() < 0.05, "{path:?}");
    assert_eq!(path.polarity, Polarity::Inverted);
    let tone = &bent.distortion[0];
    let a = 10_f64.powf(tone.sent_dbfs / 20.0);
    let first = a - 0.75 * 0.01 * a.powi(3);
    let (h2, h3) = (0.02 * a * a / 2.0, 0.01 * a.powi(3) / 4.0);
    let thd = 20.0 * (h2.hypot(h3) / first).log10();
    assert!((tone.thd_db.mean - thd).abs() < 0.1, "{tone:?} {thd}");
    let skew = wire.path.as_ref().unwrap().skew_frames.mean;
    assert!((skew - 3_849.6).abs() < 0.001, "{skew}");
    assert_eq!(found.objections(), []);

    let mut drifting = engine(vec![LoopbackChannel::wire(300.0)], 40.0);
    let found = measure(
        &mut drifting,
        &PlanSettings::new(48_000, 1, Form::Short),
        &[],
    )
    .unwrap();
    assert!((found.clock_drift_ppm.unwrap().mean - 40.0).abs() < 0.01);
}

#[test]
fn a_print_lies_where_its_song_lies_and_what_slips_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    let spec = AudioSpec {
        rate_hz: 48_000,
        channels: 1,
        sample: SampleType::F32,
    };
    // Three tones, no higher than 0.4 of the rate.
    let song: Vec<f64> = (0..96_000)
        .map(f64::from)
        .map(|n| 0.2 * ((0.05 * n).sin() + (0.7 * n).sin() + (2.5 * n).sin()))
        .collect();
    let mut writer = WavWriter::new(File::create(&path).unwrap(), spec, &[]).unwrap();
    writer.write_planar(&[&song]).unwrap();
    writer.finish().unwrap();
    let source = Song {
        open: &|| File::open(&path).map(BufReader::new),
    };
    let settings = PrintSettings {
        pre_roll_frames: 4_800,
        tail_frames: 1_000,
        delays_frames: vec![70.625],
        sample: SampleType::F32,
        watch: WatchSettings {
            level_step_db: 1.0,
            delay_step_frames: 0.3,
        },
        overs: Overs::Spoil,
        other_clock: None,
    };
    let mut insert = engine(vec![LoopbackChannel::wire(70.625)], 0.0);
    let out = folder.path().join("print.wav");
    let printing = print_song(&mut insert, &source, &settings, &out).unwrap();
    assert_eq!(printing.takes.len(), 1);
    let mut reader = WavReader::open(BufReader::new(File::open(&out).unwrap())).unwrap();
    let mut rows = vec![Vec::new()];
    assert_eq!(reader.read_planar(&mut rows, 200_000).unwrap(), 97_000);
    // Where the tones begin and end at once lies beyond what a fraction of a sample can carry.
    let inside = song.iter().zip(&rows[0]).skip(200).take(95_600);
    let left = inside.map(|(a, b)| (a - b) * (a - b));
    let own: f64 = song.iter().map(|x| x * x).sum();
    let null = 10.0 * (left.sum::<f64>() / own).log10();
    assert!(null < -90.0, "{null}");
    let again = print_song(&mut insert, &source, &settings, &out);
    assert!(
        matches!(again, Err(PrintError::Exists(_))),
        "prints are never written over"
    );

    // Gear that clips is printed three times, and then a person is asked; where it clips on purpose it is not.
    let loud = LoopbackChannel {
        gain_db: 26.0,
        ..LoopbackChannel::wire(70.625)
    };
    let mut insert = engine(vec![loud], 0.0);
    let out = folder.path().join("loud.wav");
    let printing = print_song(&mut insert, &source, &settings, &out).unwrap();
    assert!(printing.print.is_none(), "{printing:?}");
    assert!(printing.takes.len() == 3 && !out.exists());
    let is_over = |mark: &Mark| matches!(mark, Mark::Over { channel: 1, .. });
    for take in &printing.takes {
        assert!(take.path.exists() && !take.marks.is_empty() && take.marks.iter().all(is_over));
    }
    what_slipped_is_taken_or_looked_at(&printing, &source, &settings, &out);
    for take in &printing.takes {
        std::fs::remove_file(&take.path).unwrap();
    }
    let allowed = PrintSettings {
        overs: Overs::Allowed,
        ..settings
    };
    let printing = print_song(&mut insert, &source, &allowed, &out).unwrap();
    assert!(printing.print.is_some() && printing.takes[0].is_clean);
}

fn what_slipped_is_taken_or_looked_at(
    printing: &Printing,
    source: &Song<'_, BufReader<File>>,
    settings: &PrintSettings,
    out: &Path,
) {
    let is_over = |mark: &Mark| matches!(mark, Mark::Over { channel: 1, .. });
    // A person takes the second as it is: the print lies where the song lies.
    let second = || File::open(&printing.takes[1].path).map(BufReader::new);
    let written = align_take(second().unwrap(), source, settings, out).unwrap();
    assert_eq!(written.frames, 97_000);
    std::fs::remove_file(out).unwrap();
    // One that was cut short tells how far it came, and what slipped until then.
    let cut = File::options()
        .write(true)
        .open(&printing.takes[2].path)
        .unwrap();
    cut.set_len(4 * (4_800 + 24_000)).unwrap();
    let third = File::open(&printing.takes[2].path).map(BufReader::new);
    let seen = look_at_take(third.unwrap(), source, settings).unwrap();
    assert_eq!(seen.song_frames, 96_000);
    assert!((23_000..24_100).contains(&seen.frames), "{seen:?}");
    assert!(!seen.marks.is_empty() && seen.marks.iter().all(is_over));
}

/// Three tones up to 18 kHz, swelling, of which each channel has its own.
fn tones(second: f64, side: f64) -> f64 {
    let hz = |of: f64| of * std::f64::consts::TAU;
    let swell = 0.1 + 0.05 * (hz(0.5) * second).sin();
    swell * ((hz(90.0 + side) * second).sin() + (hz(3_000.0 + side) * second).sin())
        + 0.1 * (hz(18_000.0 - side) * second).sin()
}

/// Channels of the tones, so many frames at 96 kHz.
fn song_at_96(path: &Path, frames: u32) {
    let spec = AudioSpec {
        rate_hz: 96_000,
        channels: 2,
        sample: SampleType::F32,
    };
    let row = |side: f64| -> Vec<f64> {
        (0..frames)
            .map(|n| tones(f64::from(n) / 96_000.0, side))
            .collect()
    };
    let mut writer = WavWriter::new(File::create(path).unwrap(), spec, &[]).unwrap();
    writer.write_planar(&[&row(0.0), &row(11.0)]).unwrap();
    writer.finish().unwrap();
}

/// A song at 96 kHz that comes back at 44.1 kHz by a clock that runs off.
#[test]
fn a_song_that_comes_back_by_another_clock_lies_in_its_place_at_that_clocks_rate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.wav");
    let frames = 8 * 96_000 + 37;
    song_at_96(&path, frames);
    let source = Song {
        open: &|| File::open(&path).map(BufReader::new),
    };
    let mut insert = Insert::open(InsertTarget::Loopback(LoopbackSettings {
        rate_hz: 96_000,
        channels: vec![LoopbackChannel::wire(321.4), LoopbackChannel::wire(345.0)],
        drift_ppm: 30.0,
        returned_hz: Some(44_100),
        seed: 3,
    }))
    .unwrap();
    let found = measure(&mut insert, &PlanSettings::new(96_000, 2, Form::Short), &[]).unwrap();
    assert_eq!(found.objections(), []);
    assert!((found.clock_drift_ppm.unwrap().mean - 30.0).abs() < 0.01);
    let skew = found.channels[1].path.as_ref().unwrap().skew_frames.mean;
    assert!((skew - 23.6).abs() < 0.001, "{skew}");
    let settings = PrintSettings {
        pre_roll_frames: 9_600,
        tail_frames: 9_600,
        delays_frames: found.delays_frames().unwrap(),
        sample: SampleType::F32,
        watch: WatchSettings::of(&found),
        overs: Overs::Spoil,
        other_clock: OtherClock::of(&found),
    };
    let without = PrintSettings {
        other_clock: None,
        ..settings.clone()
    };
    let out = folder.path().join("print.wav");
    let refused = print_song(&mut insert, &source, &without, &out).unwrap_err();
    assert!(matches!(refused, PrintError::OtherClocks), "{refused}");
    let printing = print_song(&mut insert, &source, &settings, &out).unwrap();
    assert_eq!(printing.takes.len(), 1, "{printing:?}");
    let mut reader = WavReader::open(BufReader::new(File::open(&out).unwrap())).unwrap();
    assert_eq!(reader.spec().rate_hz, 44_100);
    let mut printed = vec![Vec::new(); 2];
    let whole = (f64::from(frames) * 44_100.0 / 96_000.0).round() as usize + 4_410;
    assert_eq!(reader.read_planar(&mut printed, whole + 1).unwrap(), whole);
    for (side, row) in [0.0, 11.0].into_iter().zip(&printed) {
        let (mut left, mut own) = (0.0, 0.0);
        for (n, x) in row.iter().enumerate().skip(2_000).take(8 * 44_100 - 4_000) {
            let sent = tones(n as f64 / 44_100.0, side);
            left += (x - sent) * (x - sent);
            own += sent * sent;
        }
        let null = 10.0 * f64::log10(left / own);
        assert!(null < -90.0, "{null} dB");
    }
}
