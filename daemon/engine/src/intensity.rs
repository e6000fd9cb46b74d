use serde::{Deserialize, Serialize};

/// How far the plan may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intensity {
    /// As little as possible.
    Gentle,
    /// The house's usual measure.
    #[default]
    Balanced,
    /// Dense and forward.
    Loud,
}

/// The limits of a plan, in dB where not said otherwise.
pub(crate) struct Limits {
    /// Deepest reduction the limiter may be planned for.
    pub(crate) limiter_budget_db: f64,
    /// Largest move of one equaliser band.
    pub(crate) tonal_db: f64,
    /// Compressor's ratio for a mix with room in its dynamics.
    pub(crate) ratio: f64,
    /// How far below the loudest passages compression begins.
    pub(crate) compression_depth_db: f64,
    /// A peak-to-loudness ratio (LU) below this means the mix is dense already.
    pub(crate) dense_plr_lu: f64,
    /// Most that a de-esser may take.
    pub(crate) sibilance_db: f64,
    /// Limiter's release in milliseconds.
    pub(crate) release_ms: f64,
}

impl Intensity {
    /// Deepest reduction of a limiter, in dB, that this intensity allows for the sake of loudness.
    pub fn limiter_budget_db(self) -> f64 {
        self.limits().limiter_budget_db
    }

    pub(crate) fn limits(self) -> Limits {
        match self {
            Self::Gentle => Limits {
                limiter_budget_db: 4.0,
                tonal_db: 1.0,
                ratio: 1.25,
                compression_depth_db: 2.0,
                dense_plr_lu: 13.0,
                sibilance_db: 2.0,
                release_ms: 120.0,
            },
            Self::Balanced => Limits {
                limiter_budget_db: 6.0,
                tonal_db: 2.0,
                ratio: 1.5,
                compression_depth_db: 4.0,
                dense_plr_lu: 11.0,
                sibilance_db: 3.0,
                release_ms: 80.0,
            },
            Self::Loud => Limits {
                limiter_budget_db: 8.0,
                tonal_db: 2.5,
                ratio: 2.0,
                compression_depth_db: 6.0,
                dense_plr_lu: 9.0,
                sibilance_db: 4.0,
                release_ms: 50.0,
            },
        }
    }
}
