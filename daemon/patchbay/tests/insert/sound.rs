//! Gear written by others is timed, measured, and printed through without a trace.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use gear::{Form, PlanSettings, Polarity, certify};
use patchbay::{Song, measure, print_song};
use soundfile::{AudioSpec, SampleType, WavWriter};

use crate::workshop::{jack, open, read, settings, song};

pub(crate) fn a_plugins_delay_is_found_and_its_print_is_the_song() {
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
pub(crate) fn convolver(folder: &Path) -> PathBuf {
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

pub(crate) fn a_fraction_of_a_sample_is_found_and_nulls() {
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
