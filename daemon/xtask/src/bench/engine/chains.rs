//! The chains that are measured, as an engineer would write them.

/// A chain file of these stages.
pub(super) fn text(stages: &[&str]) -> String {
    if stages.is_empty() {
        return "format = 1\nstages = []\n".to_owned();
    }
    format!("format = 1\n{}", stages.concat())
}

/// Nothing but shaped dither.
pub(super) fn shaped() -> String {
    "format = 1\nstages = []\n\n[dither]\nkind = \"shaped\"\n".to_owned()
}

/// Gain and limiter to a loudness.
pub(super) fn to_loudness(integrated_lufs: f64) -> String {
    format!(
        "format = 1\nstages = []\n\n[loudness]\nintegrated_lufs = {integrated_lufs:?}\nway = \"limiter\"\n\
         budget_db = 12.0\nover_budget = \"report\"\n"
    )
}

pub(super) fn drive(gain_db: f64) -> String {
    format!("\n[[stages]]\nprocessor = \"gain\"\ngain_db = {gain_db:?}\n")
}

pub(super) const EQUALISER: &str = r#"
[[stages]]
processor = "equaliser"
bands = [
    { kind = "high_pass", frequency_hz = 25.0 },
    { kind = "low_shelf", frequency_hz = 100.0, gain_db = 1.0 },
    { kind = "bell", frequency_hz = 250.0, gain_db = -1.5, q = 1.0 },
    { kind = "bell", frequency_hz = 600.0, gain_db = 1.0, q = 1.0 },
    { kind = "bell", frequency_hz = 1500.0, gain_db = -2.0, q = 1.0 },
    { kind = "bell", frequency_hz = 3500.0, gain_db = 1.5, q = 1.0 },
    { kind = "bell", frequency_hz = 7000.0, gain_db = -1.0, q = 1.0 },
    { kind = "high_shelf", frequency_hz = 11000.0, gain_db = 2.0 },
]
"#;

pub(super) const MULTIBAND: &str = r#"
[[stages]]
processor = "multiband"
corners_hz = [120.0, 900.0, 5000.0]

[[stages.bands]]
compressor = { threshold_dbfs = -26.0, ratio = 1.5, knee_db = 6.0, attack_ms = 30.0, release_ms = 150.0, detector = "rms", sidechain_highpass_hz = 0.0, mix = 1.0, makeup_db = 0.0 }

[[stages.bands]]
compressor = { threshold_dbfs = -26.0, ratio = 1.5, knee_db = 6.0, attack_ms = 30.0, release_ms = 150.0, detector = "rms", sidechain_highpass_hz = 0.0, mix = 1.0, makeup_db = 0.0 }

[[stages.bands]]
compressor = { threshold_dbfs = -26.0, ratio = 1.5, knee_db = 6.0, attack_ms = 30.0, release_ms = 150.0, detector = "rms", sidechain_highpass_hz = 0.0, mix = 1.0, makeup_db = 0.0 }

[[stages.bands]]
compressor = { threshold_dbfs = -26.0, ratio = 1.5, knee_db = 6.0, attack_ms = 30.0, release_ms = 150.0, detector = "rms", sidechain_highpass_hz = 0.0, mix = 1.0, makeup_db = 0.0 }
"#;

pub(super) const SATURATION: &str = r#"
[[stages]]
processor = "saturation"
curve = "tape"
drive_db = 4.0
oversampling = "x4"
"#;

pub(super) const LIMITER: &str = r#"
[[stages]]
processor = "limiter"
ceiling_dbtp = -1.0
lookahead_ms = 4.0
release_ms = 80.0
"#;
