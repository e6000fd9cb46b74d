//! The loopback engine is measured, certified and printed through like any unit.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use gear::{Form, Mark, PlanSettings, Polarity, WatchSettings};
use patchbay::{
    Insert, InsertTarget, LoopbackChannel, LoopbackSettings, Overs, PrintError, PrintSettings,
    Printing, Song, align_take, look_at_take, measure, print_song,
};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter};

fn engine(channels: Vec<LoopbackChannel>, drift_ppm: f64) -> Insert {
    let settings = LoopbackSettings {
        rate_hz: 48_000,
        channels,
        drift_ppm,
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
