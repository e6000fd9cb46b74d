//! The reasons of a match in words.

use super::{Asked, Match, Portrait, Tones};
use crate::loudness::{LoudnessOutcome, LoudnessReport};
use crate::reason::{Evidence, Reason, Subject};
use crate::stages::{On, Stage};

/// Why each stage is what it is.
pub(super) fn reasons(
    made: &Match,
    references: &[Portrait],
    tones: &Tones,
    asked: &Asked,
    width_db: f64,
) -> Vec<Reason> {
    vec![
        aim(made, references, tones),
        equaliser(made, asked),
        width(tones, width_db),
        gain(made, tones),
    ]
}

fn aim(made: &Match, references: &[Portrait], tones: &Tones) -> Reason {
    let who = match references.len() {
        1 => "The reference measures".to_owned(),
        count => format!("The {count} references measure"),
    };
    let mut text = format!(
        "{who} {:.1} LUFS on the whole, the mix {:.1}; {:.0} % of the way is gone, in steps of {}, by at most {:.1} dB.",
        tones.reference_lufs,
        tones.mix_lufs,
        made.settings.amount_percent,
        match made.settings.resolution {
            super::Resolution::Octave => "an octave",
            super::Resolution::Third => "a third-octave",
            super::Resolution::Sixth => "a sixth of an octave",
        },
        made.settings.limit_db,
    );
    if tones.top_hz < 17_500.0 {
        text += &format!(
            " Above {:.1} kHz one of them has nothing (its rate or a codec ends there), so nothing is moved there.",
            tones.top_hz / 1_000.0
        );
    }
    let evidence = vec![
        Evidence::new("reference_integrated_lufs", tones.reference_lufs),
        Evidence::new("mix_integrated_lufs", tones.mix_lufs),
        Evidence::new("top_hz", tones.top_hz),
    ];
    Reason::new(Subject::Reference, text, evidence)
}

fn equaliser(made: &Match, asked: &Asked) -> Reason {
    let bands = made.chain.stages().iter().find_map(|stage| match stage {
        Stage::Equaliser(equaliser) => Some(&equaliser.bands[..]),
        _ => None,
    });
    let bands = bands.unwrap_or_default();
    let (before, after) = (made.error_before_db, made.error_after_db);
    let mut text = match bands
        .iter()
        .filter(|band| band.on == On::Stereo)
        .max_by(|a, b| a.gain_db.abs().total_cmp(&b.gain_db.abs()))
    {
        None => format!(
            "The third-octaves differ by {before:.1} dB RMS: no band of an equaliser would bring them closer, the tone is left as it is."
        ),
        Some(most) => format!(
            "{} bands bring the third-octaves from {before:.1} to {after:.1} dB RMS of the reference's at equal loudness, the strongest {:+.1} dB at {:.0} Hz.",
            bands.len(),
            most.gain_db,
            most.frequency_hz,
        ),
    };
    if let Some((hz, db)) = asked.beyond {
        text += &format!(
            " At {hz:.0} Hz the reference asks for {db:+.1} dB; the limit of {:.1} dB holds there, and over the whole range it holds back {:.1} dB RMS.",
            made.settings.limit_db, made.held_back_db
        );
        let enough = libm::ceil(db.abs());
        text += &if enough <= super::MOST_LIMIT_DB {
            format!(" A limit of {enough:.0} dB would let all of it through.")
        } else {
            format!(
                " Even the highest limit, {:.0} dB, would not let all of it through: it is other music.",
                super::MOST_LIMIT_DB
            )
        };
    }
    let evidence = vec![
        Evidence::new("third_octave_error_before_db", before),
        Evidence::new("third_octave_error_after_db", after),
        Evidence::new("held_back_db", made.held_back_db),
    ];
    Reason::new(Subject::Equaliser, text, evidence)
}

fn width(tones: &Tones, width_db: f64) -> Reason {
    let text = if !tones.is_stereo {
        "The mix is mono: there is no width to match.".to_owned()
    } else if tones.side.iter().all(Option::is_none) {
        "The reference is mono: the width is left as it is.".to_owned()
    } else if width_db == 0.0 {
        "The mix is as wide as the reference.".to_owned()
    } else {
        format!(
            "The reference is {} than the mix: the side moves by {width_db:+.1} dB.",
            if width_db > 0.0 { "wider" } else { "narrower" }
        )
    };
    Reason::new(
        Subject::Stereo,
        text,
        vec![Evidence::new("width_db", width_db)],
    )
}

fn gain(made: &Match, tones: &Tones) -> Reason {
    let gain_db = made.gain_db();
    let text = format!(
        "{gain_db:+.2} dB bring the mix to {:.1} LUFS, with a limiter at {:.1} dBTP behind them.",
        made.target_lufs, made.settings.ceiling_dbtp
    );
    let evidence = vec![
        Evidence::new("gain_db", gain_db),
        Evidence::new("target_lufs", made.target_lufs),
        Evidence::new("mix_integrated_lufs", tones.mix_lufs),
    ];
    Reason::new(Subject::Gain, text, evidence)
}

/// What the limiter took, and what the gain gives back for it.
pub(super) fn settled(made: &Match, first_db: f64, report: &LoudnessReport) -> Reason {
    let gain_db = report.gain_db;
    let more_db = gain_db - first_db;
    let missing_lu = report.missing_lu();
    let mut text = if more_db.abs() < 0.05 {
        "The limiter takes nothing of the loudness.".to_owned()
    } else {
        format!(
            "With the limiter behind it the gain is {gain_db:+.2} dB: {more_db:+.2} dB {}.",
            if more_db > 0.0 {
                "give back what it takes of the loudness"
            } else {
                "keep it within its budget"
            }
        )
    };
    if report.outcome == LoudnessOutcome::StoppedAtBudget {
        text += &format!(
            " Its budget of {:.0} dB ends there: the master stays about {missing_lu:.1} LU below the {:.1} LUFS that were asked for.",
            made.settings.limiter_budget_db, made.target_lufs
        );
    }
    let evidence = vec![
        Evidence::new("gain_db", gain_db),
        Evidence::new("limiter_budget_db", made.settings.limiter_budget_db),
        Evidence::new("missing_lu", missing_lu),
    ];
    Reason::new(Subject::Limiter, text, evidence)
}
