//! Sent by one clock and recorded by another, at another rate: what is measured is the gear's, and the song is found.

mod rig;

use std::io;

use dsp::Resampler;
use gear::{Chirps, Form, NoClocks, Plan, PlanSettings, SongEnd, analyse, analyse_two_rates};
use rig::{White, add_noise, delayed, low_pass};

const SENT_HZ: u32 = 96_000;
const RETURNED_HZ: u32 = 44_100;
/// What the return's clock really does: 45.35 parts in a million more.
const TRUE_HZ: u32 = 44_102;
const DRIFT_PPM: f64 = (TRUE_HZ as f64 / RETURNED_HZ as f64 - 1.0) * 1e6;

/// Gear: another delay on each channel, turned over, 3 dB down; with less treble where that is asked for.
fn gear(sent: &[Vec<f64>], treble_to_hz: Option<f64>) -> Vec<Vec<f64>> {
    let channel = |(n, row): (usize, &Vec<f64>)| {
        let mut back = delayed(row, 310.4 + 12.3 * n as f64);
        if let Some(hz) = treble_to_hz {
            low_pass(&mut back, f64::from(SENT_HZ), hz, 2);
        }
        back.iter_mut().for_each(|x| *x *= -0.7);
        add_noise(&mut back, -90.0, 7 + n as u64);
        back
    };
    sent.iter().enumerate().map(channel).collect()
}

/// As the other clock records it, beginning half a second ahead.
fn recorded(sound: &[Vec<f64>], true_hz: u32) -> Vec<Vec<f64>> {
    let convert = |row: &Vec<f64>| {
        let mut sound = vec![0.0; SENT_HZ as usize / 2];
        sound.extend_from_slice(row);
        sound.resize(sound.len() + 3 * SENT_HZ as usize, 0.0);
        let mut converter = Resampler::new(SENT_HZ, true_hz, 1, sound.len()).unwrap();
        let mut out = vec![0.0; converter.max_output_frames()];
        let mut made = converter.process(&[&sound], &mut [&mut out]);
        let mut rest = vec![0.0; converter.max_output_frames()];
        let more = converter.finish(&mut [&mut rest]);
        out.truncate(made);
        made += more;
        out.extend_from_slice(&rest[..more]);
        assert_eq!(out.len(), made);
        out
    };
    sound.iter().map(convert).collect()
}

fn cut(rows: &[Vec<f64>]) -> impl FnMut(u64, usize) -> io::Result<Vec<Vec<f64>>> + '_ {
    move |from, frames| {
        let from = usize::try_from(from).unwrap();
        let piece = |row: &Vec<f64>| {
            let mut piece: Vec<f64> = row.iter().skip(from).take(frames).copied().collect();
            piece.resize(frames, 0.0);
            piece
        };
        Ok(rows.iter().map(piece).collect())
    }
}

#[test]
fn a_unit_is_the_same_unit_behind_another_clock() {
    let mut settings = PlanSettings::new(SENT_HZ, 2, Form::Short);
    settings.band_hz = [20.0, 0.42 * f64::from(RETURNED_HZ)];
    let one = Plan::new(settings.clone()).unwrap();
    settings.longest_delay_frames += SENT_HZ as usize;
    let two = Plan::new(settings).unwrap();
    let sent = |plan: &Plan| -> Vec<Vec<f64>> {
        let mut rows = plan.sent().to_vec();
        rows.iter_mut()
            .for_each(|row| row.resize(plan.recorded_frames(), 0.0));
        rows
    };
    let known = analyse(&one, &gear(&sent(&one), Some(15_000.0)), &[]).unwrap();
    let returned = recorded(&gear(&sent(&two), Some(15_000.0)), TRUE_HZ);
    let found = analyse_two_rates(&two, (&returned, RETURNED_HZ), &[]).unwrap();
    assert_eq!(found.returned_hz, Some(RETURNED_HZ));
    assert_eq!(found.objections(), [], "two clocks are meant to differ");
    let drift = found.clock_drift_ppm.unwrap().mean;
    assert!(
        (drift - DRIFT_PPM).abs() < 0.01,
        "{drift} and not {DRIFT_PPM}"
    );
    for (known, found) in known.channels.iter().zip(&found.channels) {
        let (known, found) = (known.path.as_ref().unwrap(), found.path.as_ref().unwrap());
        assert_eq!(found.polarity, known.polarity);
        let skew = found.skew_frames.mean - known.skew_frames.mean;
        assert!(skew.abs() < 0.01, "{found:?} {known:?}");
        let gain = found.gain_db.mean - known.gain_db.mean;
        assert!(gain.abs() < 0.01, "{found:?} {known:?}");
    }
    let skew = found.channels[1].path.as_ref().unwrap().skew_frames.mean;
    assert!((skew - 12.3).abs() < 0.01, "{skew}");
    assert_eq!(
        found.channels[0].path.as_ref().unwrap().delay_frames.mean,
        0.0
    );
}

#[test]
fn chirps_say_where_a_song_lies_and_how_far_the_clocks_are_apart() {
    let song_frames = 12 * u64::from(SENT_HZ);
    let rates = [SENT_HZ, RETURNED_HZ];
    let chirps = Chirps::new(rates, -12.0, song_frames).with_silence(9_600, 4_800);
    let mut sent = vec![0.0; usize::try_from(chirps.sent_frames()).unwrap()];
    // In pieces, as they are sent.
    for (n, piece) in sent.chunks_mut(2_048).enumerate() {
        chirps.sound(2_048 * n as u64, piece);
    }
    let (at, song) = (
        usize::try_from(chirps.song_at()).unwrap(),
        song_frames as usize,
    );
    let mut white = White::new(5);
    let around = [&sent[at - 9_600..at], &sent[at..at + song + 4_800]];
    assert!(around.iter().all(|quiet| quiet.iter().all(|x| *x == 0.0)));
    sent[at..at + song].fill_with(|| 0.05 * white.next());
    let returned = recorded(&gear(&[sent.clone(), sent], None), TRUE_HZ);
    let clocks = chirps.find(2, &mut cut(&returned)).unwrap();
    assert!((clocks.drift_ppm - DRIFT_PPM).abs() < 0.01, "{clocks:?}");
    for (n, found) in clocks.song_at.iter().enumerate() {
        // Half a second ahead, the gear's delay, at the true rate.
        let late = f64::from(SENT_HZ) / 2.0 + chirps.song_at() as f64 + 310.4 + 12.3 * n as f64;
        let exact = late * f64::from(TRUE_HZ) / f64::from(SENT_HZ);
        assert!((found - exact).abs() < 0.001, "{found} and not {exact}");
    }
    let cut_off: Vec<Vec<f64>> = returned.iter().map(|row| row[..400_000].to_vec()).collect();
    let first = chirps.find_first(2, DRIFT_PPM, &mut cut(&cut_off)).unwrap();
    assert!(
        (first.song_at[0] - clocks.song_at[0]).abs() < 0.02,
        "{first:?}"
    );
    let lost = chirps.find(2, &mut cut(&cut_off)).unwrap_err();
    assert!(
        matches!(
            lost,
            NoClocks::Lost {
                end: SongEnd::Behind,
                ..
            }
        ),
        "{lost}"
    );
    let silent = vec![vec![0.0; 3_000_000]; 2];
    let lost = chirps.find(2, &mut cut(&silent)).unwrap_err();
    assert!(lost.to_string().contains("ahead of the song"), "{lost}");
}
