//! The engine's words for what an order says of its sound.

use mastering::Service;

/// The engine's style.
pub(crate) fn style(style: mastering::Style) -> engine::Style {
    use mastering::Style as S;
    match style {
        S::Usual => engine::Style::Usual,
        S::Classical => engine::Style::Classical,
        S::Acoustic => engine::Style::Acoustic,
        S::Pop => engine::Style::Pop,
        S::Rock => engine::Style::Rock,
        S::Electronic => engine::Style::Electronic,
        S::HipHop => engine::Style::HipHop,
        S::Speech => engine::Style::Speech,
    }
}

/// The engine's intensity.
pub(crate) fn intensity(intensity: mastering::Intensity) -> engine::Intensity {
    match intensity {
        mastering::Intensity::Gentle => engine::Intensity::Gentle,
        mastering::Intensity::Balanced => engine::Intensity::Balanced,
        mastering::Intensity::Loud => engine::Intensity::Loud,
    }
}

/// What a plan of an order is to be made for.
pub(crate) fn brief(service: &Service) -> engine::Brief {
    engine::Brief {
        target: engine::Target {
            integrated_lufs: service.target.integrated_lufs,
            true_peak_max_dbtp: service.target.true_peak_max_dbtp,
        },
        style: style(service.style),
        intensity: intensity(service.intensity),
    }
}

/// How far a match to the client's references goes: tone and width by the order's share, loudness as ordered.
pub(crate) fn matching(service: &Service) -> engine::MatchSettings {
    engine::MatchSettings {
        amount_percent: f64::from(service.match_percent),
        ceiling_dbtp: service.target.true_peak_max_dbtp,
        limiter_budget_db: intensity(service.intensity).limiter_budget_db(),
        integrated_lufs: Some(service.target.integrated_lufs),
        ..engine::MatchSettings::default()
    }
}
