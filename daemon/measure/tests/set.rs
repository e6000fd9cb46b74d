//! Sets with exactly one thing planted: what is found of each mix beside the others.

#[path = "support/inspection.rs"]
mod inspection;
mod support;

use std::f64::consts::TAU;

use inspection::inspector;
use measure::set::{Fingerprint, Member, Part, Shares, compare};
use measure::{Finding, SampleKind, SetThresholds, Severity, codes};
use support::{Noise, Piece, render};

const RATE_HZ: u32 = 48_000;
const SECONDS: f64 = 30.0;

type Stereo = [Vec<f64>; 2];

fn print_at(rate_hz: u32, planar: &Stereo) -> Fingerprint {
    let mut inspector = inspector(rate_hz, 2, SampleKind::I24);
    for (l, r) in planar[0].chunks(4096).zip(planar[1].chunks(4096)) {
        inspector.feed(&[l, r]);
    }
    inspector.finish().fingerprint
}

fn print(planar: &Stereo) -> Fingerprint {
    print_at(RATE_HZ, planar)
}

fn band_at(rate_hz: u32, seed: u64, tempo_bpm: f64) -> Stereo {
    render(Piece {
        rate_hz,
        seconds: SECONDS,
        tempo_bpm,
        seed,
        bits: 0,
        peak: 0.4,
    })
}

fn band(seed: u64, tempo_bpm: f64) -> Stereo {
    band_at(RATE_HZ, seed, tempo_bpm)
}

/// A voice: phrases of gliding notes with vibrato and overtones, a little to the left.
fn voice(seed: u64) -> Stereo {
    let mut noise = Noise::new(seed);
    let frames = (SECONDS * f64::from(RATE_HZ)) as usize;
    let mut out = [Vec::with_capacity(frames), Vec::with_capacity(frames)];
    let (mut phase, mut hz, mut wanted, mut level) = (0.0, 220.0, 220.0, 0.0);
    for n in 0..frames {
        let t = n as f64 / f64::from(RATE_HZ);
        if n % 16_000 == 0 {
            wanted = 180.0 + 160.0 * (1.0 + noise.next());
        }
        hz += (wanted - hz) * 0.0004;
        let is_singing = t > 2.0 && t < SECONDS - 3.0 && (t % 6.0) < 4.0;
        level += (f64::from(u8::from(is_singing)) - level) * 0.001;
        phase += TAU * hz * (1.0 + 0.01 * (TAU * 5.5 * t).sin()) / f64::from(RATE_HZ);
        let tone: f64 = (1..9)
            .map(|k| (f64::from(k) * phase).sin() / f64::from(k))
            .sum();
        let breath = 0.02 * noise.next();
        let sung = 0.14 * level * (tone + breath);
        out[0].push(sung);
        out[1].push(0.8 * sung);
    }
    out
}

fn sum(a: &Stereo, b: &Stereo) -> Stereo {
    let lane = |c: usize| a[c].iter().zip(&b[c]).map(|(x, y)| x + y).collect();
    [lane(0), lane(1)]
}

fn mapped(of: &Stereo, with: impl Fn(&[f64]) -> Vec<f64>) -> Stereo {
    [with(&of[0]), with(&of[1])]
}

/// The same with silence in front, or without its first frames.
fn moved(of: &Stereo, frames: i64) -> Stereo {
    let count = usize::try_from(frames.unsigned_abs()).unwrap();
    mapped(of, |lane| {
        if frames >= 0 {
            let mut out = vec![0.0; count];
            out.extend_from_slice(lane);
            out
        } else {
            lane[count..].to_vec()
        }
    })
}

fn alternate<'a>(name: &'a str, fingerprint: &'a Fingerprint, shares: Shares) -> Member<'a> {
    Member {
        name,
        part: Part::Alternate {
            shares,
            of: Some(0),
        },
        fingerprint,
    }
}

fn song<'a>(name: &'a str, fingerprint: &'a Fingerprint) -> Member<'a> {
    Member {
        name,
        part: Part::Song,
        fingerprint,
    }
}

/// What is found of the last of these.
fn of_last(members: &[Member<'_>]) -> Vec<Finding> {
    compare(members, &SetThresholds::default()).pop().unwrap()
}

fn codes_of(findings: &[Finding]) -> Vec<(&str, Severity)> {
    findings
        .iter()
        .map(|f| (f.code.as_str(), f.severity))
        .collect()
}

fn evidence(finding: &Finding, name: &str) -> f64 {
    let found = finding.evidence.iter().find(|e| e.name == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {finding:?}"))
        .value
}

/// The main mix: band and voice.
fn main_and_stems() -> (Stereo, Stereo, Stereo) {
    let (band, voice) = (band(1, 112.0), voice(5));
    (sum(&band, &voice), band, voice)
}

#[test]
fn an_instrumental_and_an_a_cappella_that_fit_are_found_to_fit() {
    let (main, band, voice) = main_and_stems();
    let (main, band, voice) = (print(&main), print(&band), print(&voice));
    for (print, shares) in [(&band, Shares::Most), (&voice, Shares::Some)] {
        let found = of_last(&[song("Rain", &main), alternate("alt", print, shares)]);
        assert_eq!(codes_of(&found), [], "{shares:?}: {found:#?}");
    }
}

#[test]
fn an_a_cappella_is_known_under_a_loud_band() {
    let (_, band, voice) = main_and_stems();
    for share in [0.25, 0.1] {
        let quiet = mapped(&voice, |lane| lane.iter().map(|v| v * share).collect());
        let main = print(&sum(&band, &quiet));
        let late = print(&moved(&quiet, 4_803));
        let found = of_last(&[song("Rain", &main), alternate("alt", &late, Shares::Some)]);
        assert_eq!(
            codes_of(&found),
            [(codes::ALTERNATE_START, Severity::Ask)],
            "{share}: {found:#?}"
        );
        assert_eq!(evidence(&found[0], "offset"), 4_803.0);
    }
}

#[test]
fn an_offset_is_found_to_the_sample() {
    let (main, band, voice) = main_and_stems();
    let main = print(&main);
    let cases = [
        (1, Severity::Note),
        (-7, Severity::Note),
        (480, Severity::Note),
        (-4_801, Severity::Ask),
        (96_013, Severity::Ask),
    ];
    for (stem, shares) in [(&band, Shares::Most), (&voice, Shares::Some)] {
        for (frames, severity) in cases {
            let late = print(&moved(stem, frames));
            let found = of_last(&[song("Rain", &main), alternate("alt", &late, shares)]);
            let start = found.iter().find(|f| f.code == codes::ALTERNATE_START);
            let start = start.unwrap_or_else(|| panic!("{frames} {shares:?}: {found:#?}"));
            assert_eq!(
                evidence(start, "offset"),
                frames as f64,
                "{shares:?} {}",
                start.engineer
            );
            assert_eq!(start.severity, severity, "{frames} {shares:?}");
        }
    }
}

#[test]
fn another_master_level_and_another_limiter_are_the_same_song() {
    let (main, band, _) = main_and_stems();
    let main = print(&main);
    let loud = print(&mapped(&band, |lane| {
        lane.iter().map(|v| (v * 2.5).tanh() * 0.3).collect()
    }));
    let found = of_last(&[song("Rain", &main), alternate("alt", &loud, Shares::Most)]);
    assert_eq!(codes_of(&found), []);
}

#[test]
fn a_missing_end_is_asked_about_and_a_shorter_silence_is_not() {
    let (main, band, voice) = main_and_stems();
    let main = print(&main);
    let cut = |of: &Stereo, seconds: f64| {
        print(&mapped(of, |lane| {
            lane[..(seconds * f64::from(RATE_HZ)) as usize].to_vec()
        }))
    };
    let check = |print: &Fingerprint, shares, expected: &[(&str, Severity)]| {
        let found = of_last(&[song("Rain", &main), alternate("alt", print, shares)]);
        assert_eq!(codes_of(&found), expected, "{found:#?}");
    };
    check(
        &cut(&band, 20.0),
        Shares::Most,
        &[(codes::ALTERNATE_LENGTH, Severity::Ask)],
    );
    check(
        &cut(&band, SECONDS - 0.3),
        Shares::Most,
        &[(codes::ALTERNATE_LENGTH, Severity::Note)],
    );
    check(
        &cut(&voice, 27.0),
        Shares::Some,
        &[(codes::ALTERNATE_LENGTH, Severity::Note)],
    );
    check(
        &cut(&band, 20.0),
        Shares::Edited,
        &[(codes::ALTERNATE_LENGTH, Severity::Note)],
    );
}

#[test]
fn a_cut_in_the_middle_is_found_where_it_is() {
    let (main, band, _) = main_and_stems();
    let main = print(&main);
    // Two beats and a half at 112 a minute, so that the rhythm does not hide it.
    let out = (2.5 * 60.0 / 112.0 * f64::from(RATE_HZ)) as usize;
    let edited = print(&mapped(&band, |lane| {
        [&lane[..768_000], &lane[768_000 + out..]].concat()
    }));
    let found = of_last(&[song("Rain", &main), alternate("alt", &edited, Shares::Most)]);
    assert_eq!(
        codes_of(&found),
        [(codes::ALTERNATE_EDITED, Severity::Ask)],
        "{found:#?}"
    );
    let moved = evidence(&found[0], "moved");
    assert!(
        (moved + out as f64 / f64::from(RATE_HZ)).abs() < 0.001,
        "{moved}"
    );
    assert!(
        (found[0].spans[0].start_seconds - 16.0).abs() <= 4.0,
        "{:?}",
        found[0].spans
    );
    let radio = of_last(&[
        song("Rain", &main),
        alternate("alt", &edited, Shares::Edited),
    ]);
    assert_eq!(
        codes_of(&radio),
        [(codes::ALTERNATE_EDITED, Severity::Note)]
    );
}

#[test]
fn swapped_channels_and_polarity_are_told_apart() {
    let (main, band, _) = main_and_stems();
    let main = print(&main);
    let swapped = [band[1].clone(), band[0].clone()];
    let inverted = mapped(&band, |lane| lane.iter().map(|v| -v).collect());
    let check = |planar: &Stereo, expected: &[(&str, Severity)]| {
        let print = print(planar);
        let found = of_last(&[song("Rain", &main), alternate("alt", &print, Shares::Most)]);
        assert_eq!(codes_of(&found), expected, "{found:#?}");
    };
    check(&swapped, &[(codes::ALTERNATE_SWAPPED, Severity::Ask)]);
    check(&inverted, &[(codes::ALTERNATE_INVERTED, Severity::Note)]);
}

#[test]
fn another_song_is_named_where_it_is_in_the_set() {
    let (main, _, _) = main_and_stems();
    let other = band(9, 97.0);
    let other_main = print(&sum(&other, &voice(6)));
    let (main, other) = (print(&main), print(&other));
    let found = of_last(&[
        song("Rain", &main),
        song("Night", &other_main),
        alternate("Rain (Instrumental)", &other, Shares::Most),
    ]);
    assert_eq!(
        codes_of(&found),
        [(codes::ALTERNATE_OTHER_SONG, Severity::Ask)]
    );
    assert!(found[0].client.contains("Night"), "{}", found[0].client);
}

#[test]
fn another_song_that_is_not_in_the_set_is_asked_about_only_where_it_is_sure() {
    let (main, _, _) = main_and_stems();
    let main = print(&main);
    let other = print(&band(9, 97.0));
    let check = |shares, severity| {
        let found = of_last(&[song("Rain", &main), alternate("alt", &other, shares)]);
        assert_eq!(found.len(), 1, "{shares:?}: {found:#?}");
        assert_eq!(
            found[0].severity, severity,
            "{shares:?}: {}",
            found[0].engineer
        );
    };
    check(Shares::Some, Severity::Note);
    check(Shares::Unknown, Severity::Note);
    check(Shares::Most, Severity::Ask);
}

#[test]
fn an_alternate_without_a_name_finds_its_song_by_its_wave() {
    let (main, band, _) = main_and_stems();
    let (main, late) = (print(&main), print(&moved(&band, 2_400)));
    let other = print(&sum(&self::band(9, 97.0), &voice(6)));
    let nameless = Member {
        part: Part::Alternate {
            shares: Shares::Most,
            of: None,
        },
        ..alternate("alt", &late, Shares::Most)
    };
    let found = of_last(&[song("Night", &other), song("Rain", &main), nameless]);
    assert_eq!(codes_of(&found), [(codes::ALTERNATE_START, Severity::Ask)]);
    assert!(found[0].client.contains("Rain"), "{}", found[0].client);
    assert_eq!(evidence(&found[0], "offset"), 2_400.0);
}

#[test]
fn two_rates_are_aligned_in_time_and_asked_about() {
    let main = print(&band(1, 112.0));
    let other = print_at(44_100, &band_at(44_100, 1, 112.0));
    let found = of_last(&[song("Rain", &main), alternate("alt", &other, Shares::Most)]);
    assert_eq!(
        codes_of(&found),
        [(codes::ALTERNATE_FORMAT, Severity::Ask)],
        "{found:#?}"
    );
}

#[test]
fn a_song_apart_in_loudness_or_tone_is_noted_and_an_even_album_is_not() {
    let songs: Vec<Stereo> = [(1, 112.0), (2, 97.0), (3, 128.0), (4, 84.0)]
        .map(|(seed, tempo)| band(seed, tempo))
        .into();
    let prints: Vec<Fingerprint> = songs.iter().map(print).collect();
    let all = |last: &Fingerprint| {
        let mut members: Vec<Member<'_>> = prints.iter().map(|p| song("a song", p)).collect();
        members.pop();
        members.push(song("the last", last));
        let found = compare(&members, &SetThresholds::default());
        assert!(found[..3].iter().all(Vec::is_empty), "{found:#?}");
        found.into_iter().next_back().unwrap()
    };
    assert_eq!(codes_of(&all(&prints[3])), []);
    let quiet = print(&mapped(&songs[3], |lane| {
        lane.iter().map(|v| v * 0.3).collect()
    }));
    assert_eq!(
        codes_of(&all(&quiet)),
        [(codes::LOUDNESS_APART, Severity::Note)]
    );
    let dull = print(&mapped(&songs[3], |lane| {
        let mut low = [0.0; 2];
        lane.iter()
            .map(|v| {
                low[0] += 0.06 * (v - low[0]);
                low[1] += 0.06 * (low[0] - low[1]);
                1.6 * low[1]
            })
            .collect()
    }));
    let found = all(&dull);
    assert_eq!(
        codes_of(&found),
        [(codes::TONE_APART, Severity::Note)],
        "{found:#?}"
    );
    assert!(evidence(&found[0], "difference") < -9.0);
}

#[test]
fn one_song_in_another_rate_or_depth_is_told_the_format_of_the_others() {
    let at = |rate_hz, bits| {
        let mut print = print(&voice(1));
        print.rate_hz = rate_hz;
        print.bits = bits;
        print
    };
    let (usual, other) = (at(48_000, 24), at(44_100, 16));
    let members = [song("a", &usual), song("b", &other), song("c", &usual)];
    let found = compare(&members, &SetThresholds::default());
    let codes: Vec<Vec<(&str, Severity)>> = found.iter().map(|f| codes_of(f)).collect();
    assert_eq!(
        codes,
        [
            vec![],
            vec![(codes::FORMATS_DIFFER, Severity::Note)],
            vec![]
        ]
    );
    assert!(
        found[1][0].client.contains("44.1 kHz, 16 bit"),
        "{}",
        found[1][0].client
    );
    let raised = SetThresholds {
        rate_severity: Severity::Ask,
        ..SetThresholds::default()
    };
    assert_eq!(compare(&members, &raised)[1][0].severity, Severity::Ask);
}

#[test]
fn a_print_does_not_depend_on_the_blocks_and_comes_back_from_its_text() {
    let planar = voice(3);
    let whole = print(&planar);
    let mut inspector = inspector(RATE_HZ, 2, SampleKind::I24);
    for (l, r) in planar[0].chunks(77).zip(planar[1].chunks(77)) {
        inspector.feed(&[l, r]);
    }
    assert_eq!(inspector.finish().fingerprint, whole);
    let text = serde_json::to_string(&whole).unwrap();
    assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), whole);
    // 30 s of print: small enough to lie beside every mix.
    assert!(text.len() < 90_000, "{} bytes", text.len());
}

#[test]
fn silence_beside_a_song_is_left_alone() {
    let (main, _, _) = main_and_stems();
    let main = print(&main);
    let silence = print(&[vec![0.0; 480_000], vec![0.0; 480_000]]);
    let found = of_last(&[
        song("Rain", &main),
        alternate("alt", &silence, Shares::Most),
    ]);
    assert_eq!(codes_of(&found), []);
}
