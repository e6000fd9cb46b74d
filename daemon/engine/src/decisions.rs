//! What a plan decides before the level, stage by stage: the stage or none, and why.

use crate::analysis::Analysis;
use crate::balance::{RegionMove, judge};
use crate::character::SIBILANCE_HZ;
use crate::intensity::Limits;
use crate::reason::{Evidence, Reason, Subject};
use crate::stages::{
    CompressorStage, DeEsserStage, EqualiserStage, Listening, RumbleFilterStage, Stage, Steepness,
    StereoStage,
};
use crate::style::Style;

/// Rumble (below 20 Hz) this far below the whole is inaudible and harms no limiter.
const RUMBLE_HARMLESS_DB: f64 = -65.0;
/// Above this it calls for the steep filter.
const RUMBLE_STRONG_DB: f64 = -45.0;
/// DC above this share of full scale costs headroom.
const DC_HARMLESS: f64 = 1e-4;
/// A loudness range (LU) above this is the music's own, and is left to it.
const WIDE_RANGE_LU: f64 = 12.0;
/// From here a side of the bass weakens it on one loudspeaker and lifts a cutter's stylus.
const WIDE_BASS_DB: f64 = -6.0;
const MONO_BELOW_HZ: f64 = 100.0;
/// A side as loud as the middle is more than width.
const WIDE_SIDE_DB: f64 = 0.0;
const NARROWED_PERCENT: f64 = 85.0;
/// Sibilance above the voice by this is sharp.
const SHARP_DB: f64 = 2.0;
/// So far out of what is usual in the song, it is a voice's and no instrument's.
const STANDS_OUT_DB: f64 = 16.0;

pub(crate) fn rumble_filter(analysis: &Analysis, reasons: &mut Vec<Reason>) -> Option<Stage> {
    let spectrum = &analysis.spectrum;
    let whole = spectrum.power_between(0.0, f64::from(analysis.measured.rate_hz));
    let rumble_db = dsp::power_to_db(spectrum.power_between(0.0, 20.0) / whole.max(1e-300));
    let rumble_db = rumble_db.max(-200.0);
    let dc = analysis
        .measured
        .per_channel
        .iter()
        .map(|c| c.dc.abs())
        .fold(0.0, f64::max);
    let evidence = vec![
        Evidence::new("rumble_below_20_hz_db", rumble_db),
        Evidence::new("dc", dc),
    ];
    let say = |text: String| reasons.push(Reason::new(Subject::RumbleFilter, text, evidence));
    if rumble_db < RUMBLE_HARMLESS_DB && dc < DC_HARMLESS {
        say(format!(
            "Below 20 Hz the mix lies {:.0} dB under its whole and carries no DC: no filter is needed.",
            -rumble_db
        ));
        return None;
    }
    let (frequency_hz, slope, steepness) = if rumble_db > RUMBLE_STRONG_DB {
        (22.0, Steepness::Db24, "24 dB")
    } else {
        (18.0, Steepness::Db12, "12 dB")
    };
    say(format!(
        "Energy below 20 Hz ({:.0} dB under the whole) and DC ({dc:.5} of full scale) take headroom and are not heard: a high-pass at {frequency_hz:.0} Hz, {steepness} per octave.",
        -rumble_db
    ));
    Some(Stage::RumbleFilter(RumbleFilterStage {
        frequency_hz,
        slope,
    }))
}

pub(crate) fn equaliser(
    analysis: &Analysis,
    style: Style,
    limits: &Limits,
    reasons: &mut Vec<Reason>,
) -> Option<Stage> {
    let tone = style.tone();
    let moves = judge(&analysis.spectrum, analysis.measured.rate_hz, &tone, limits);
    let usual = style.words();
    let describe = |m: &RegionMove| {
        let side = if m.deviation_db > 0.0 {
            "above"
        } else {
            "below"
        };
        let gain_db = m.band.map_or(0.0, |band| band.gain_db);
        format!(
            "{} {:.1} dB {side} it, {gain_db:+.1} dB",
            m.name,
            m.deviation_db.abs()
        )
    };
    let evidence = moves
        .iter()
        .map(|m| {
            Evidence::new(
                &format!("{}_deviation_db", m.name.replace(' ', "_")),
                m.deviation_db,
            )
        })
        .collect();
    let changed: Vec<&RegionMove> = moves.iter().filter(|m| m.band.is_some()).collect();
    let text = if changed.is_empty() {
        format!(
            "The tonal balance is within {:.0} dB of the {usual}, or the song's own: left as it is.",
            tone.tolerance_db
        )
    } else {
        let list: Vec<String> = changed.iter().map(|m| describe(m)).collect();
        format!(
            "The tonal balance moves half-way to the {usual}: {}.",
            list.join("; ")
        )
    };
    reasons.push(Reason::new(Subject::Equaliser, text, evidence));
    let bands: Vec<_> = changed.iter().filter_map(|m| m.band).collect();
    (!bands.is_empty()).then_some(Stage::Equaliser(EqualiserStage::new(bands)))
}

/// Draws a wide bass to the middle and a side louder than the middle back; everything else is the mix's own.
pub(crate) fn stereo(
    analysis: &Analysis,
    style: Style,
    reasons: &mut Vec<Reason>,
) -> Option<Stage> {
    let character = &analysis.character;
    let side_db = character.side_to_mid_db?;
    let mut evidence = vec![Evidence::new("side_to_mid_db", side_db)];
    let bass_db = character.bass_side_to_mid_db;
    evidence.extend(bass_db.map(|db| Evidence::new("bass_side_to_mid_db", db)));
    let wide_bass = bass_db.filter(|db| *db > WIDE_BASS_DB && !style.keeps_its_room());
    let width = if side_db > WIDE_SIDE_DB {
        NARROWED_PERCENT
    } else {
        100.0
    };
    let mut said = Vec::new();
    if let Some(db) = wide_bass {
        said.push(format!(
            "Below 120 Hz the side stands {} the middle: bass goes to the middle, where loudspeakers and cutters carry it",
            beside(db)
        ));
    }
    if width < 100.0 {
        said.push(format!(
            "The side stands {} the middle and would be lost in mono: {width:.0} % of the width",
            beside(side_db)
        ));
    }
    let text = if said.is_empty() {
        format!(
            "The side stands {} the middle: the width is the mix's own.",
            beside(side_db)
        )
    } else {
        format!("{}.", said.join(". "))
    };
    reasons.push(Reason::new(Subject::Stereo, text, evidence));
    if wide_bass.is_none() && width >= 100.0 {
        return None;
    }
    Some(Stage::Stereo(StereoStage {
        mono_below_hz: wide_bass.map_or(0.0, |_| MONO_BELOW_HZ),
        corners_hz: Vec::new(),
        width_percent: vec![width],
        rotation_degrees: 0.0,
        least_correlation: None,
    }))
}

fn beside(db: f64) -> String {
    if db < 0.0 {
        format!("{:.1} dB under", -db)
    } else {
        format!("{db:.1} dB over")
    }
}

/// Turns the sharpest moments down where they stand far out of the rest and above the voice.
pub(crate) fn de_esser(
    analysis: &Analysis,
    limits: &Limits,
    reasons: &mut Vec<Reason>,
) -> Option<Stage> {
    let sibilance = analysis.character.sibilance?;
    let stands_out_db = sibilance.sharpest_db - sibilance.usual_db;
    let evidence = vec![
        Evidence::new("sibilance_sharpest_db", sibilance.sharpest_db),
        Evidence::new("sibilance_usual_db", sibilance.usual_db),
        Evidence::new("sibilance_level_dbfs", sibilance.level_dbfs),
    ];
    let say = |text: String| reasons.push(Reason::new(Subject::DeEsser, text, evidence));
    if sibilance.sharpest_db < SHARP_DB || stands_out_db < STANDS_OUT_DB {
        say(format!(
            "The sharpest moments stand {} the voice from 5 to 9.5 kHz: nothing hisses.",
            beside(sibilance.sharpest_db)
        ));
        return None;
    }
    let range_db = (0.5 * (sibilance.sharpest_db - SHARP_DB) + 1.0).min(limits.sibilance_db);
    let range_db = libm::round(range_db * 10.0) / 10.0;
    let threshold_dbfs = (sibilance.level_dbfs - 6.0).clamp(-80.0, 0.0);
    say(format!(
        "From 5 to 9.5 kHz the sharpest moments stand {} the voice, {stands_out_db:.0} dB over what is usual here: a de-esser takes up to {range_db:.1} dB of them.",
        beside(sibilance.sharpest_db)
    ));
    Some(Stage::DeEsser(DeEsserStage {
        from_hz: SIBILANCE_HZ[0],
        to_hz: SIBILANCE_HZ[1],
        threshold_dbfs,
        ratio: 3.0,
        range_db,
        attack_ms: 1.0,
        release_ms: 60.0,
        lookahead_ms: 1.0,
        solo: false,
    }))
}

pub(crate) fn compressor(
    analysis: &Analysis,
    limits: &Limits,
    (style, loudness): (Style, f64),
    reasons: &mut Vec<Reason>,
) -> Option<Stage> {
    let measured = &analysis.measured;
    let plr_lu = measured.true_peak_dbtp.map_or(0.0, |peak| peak - loudness);
    let lra_lu = measured.lra_lu.unwrap_or(0.0);
    let loudest = measured.max_short_term_lufs.unwrap_or(loudness);
    let evidence = vec![
        Evidence::new("plr_lu", plr_lu),
        Evidence::new("lra_lu", lra_lu),
        Evidence::new("max_short_term_lufs", loudest),
    ];
    let say = |text: String| reasons.push(Reason::new(Subject::Compressor, text, evidence));
    if style.keeps_its_dynamics() {
        say(format!(
            "The range is {lra_lu:.1} LU, and in this style the composer's: it is not compressed."
        ));
        return None;
    }
    if plr_lu < limits.dense_plr_lu {
        say(format!(
            "Peaks stand only {plr_lu:.1} dB above the loudness: the mix is dense already and is not compressed."
        ));
        return None;
    }
    let (ratio, why) = if lra_lu > WIDE_RANGE_LU {
        (
            1.0 + (limits.ratio - 1.0) / 2.0,
            "Its wide range is the music's own, so half the usual ratio",
        )
    } else {
        (limits.ratio, "Lightly, to bring the body forward")
    };
    // Loudness adds up the channels, the detector averages them: 10 log10(channels) between them,
    // and 0.7 dB for the K-weighting's gain at 1 kHz.
    let channels = f64::from(measured.channels.max(1));
    let body_dbfs = loudest + 0.691 - dsp::power_to_db(channels);
    let threshold_dbfs = (body_dbfs - limits.compression_depth_db).clamp(-80.0, 0.0);
    let threshold_dbfs = libm::round(threshold_dbfs * 10.0) / 10.0;
    say(format!(
        "Peaks stand {plr_lu:.1} dB above the loudness, the range is {lra_lu:.1} LU. {why}: {ratio:.2} : 1 from {threshold_dbfs:.1} dBFS, {:.0} dB below the loudest passages.",
        limits.compression_depth_db
    ));
    Some(Stage::Compressor(CompressorStage {
        threshold_dbfs,
        ratio,
        knee_db: 6.0,
        attack_ms: 30.0,
        release_ms: 150.0,
        detector: Listening::Rms,
        sidechain_highpass_hz: 90.0,
        mix: 1.0,
        makeup_db: 0.0,
        ..CompressorStage::default()
    }))
}
