//! What was measured of the rack's units: kept as it was found, the history that a unit is judged by.

use gear::{ChannelFigures, Curve, Measurement, Polarity, Route, plot};
use mastering::UnixMs;
use serde::{Deserialize, Serialize};
use vault::{UnitMeasured, Write};

use super::Studio;
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::actor_code;

/// Longest measurement, in bytes: 64 channels measured in full take some 4 MB.
const LONGEST: usize = 8 * 1024 * 1024;
/// So many of a unit's measurements are listed, and judge it.
pub(crate) const LISTED: u32 = 20;

/// What is kept of one measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitFound {
    /// The figures.
    pub measurement: Measurement,
    /// Why it may not print, in sentences; empty where nothing was wrong.
    pub objections: Vec<String>,
}

/// A measurement of a unit.
#[derive(Debug, Clone, Serialize)]
pub struct MeasuredView {
    /// Its number.
    pub no: u64,
    /// When.
    pub at: UnixMs,
    /// By whom.
    pub by: String,
    /// What was found.
    #[serde(flatten)]
    pub found: UnitFound,
}

/// One channel in words, for a line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelWords {
    /// From 1.
    pub channel: usize,
    /// Its route, where it is not its own; its delay in samples otherwise.
    pub delay: String,
    /// Whether it turns the signal over.
    pub polarity: &'static str,
    /// Its gain, in dB and between the unit's own plugs.
    pub gain: String,
    /// Noise, and hum where there is any.
    pub noise: String,
    /// Distortion at each level.
    pub distortion: String,
    /// How long it sounds on.
    pub decay: String,
}

impl MeasuredView {
    /// Its channels in words.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelWords> {
        let channels = self.found.measurement.channels.iter();
        channels.map(channel_words).collect()
    }

    /// The drawings of response and phase, as SVG; none where nothing came back.
    #[must_use]
    pub fn drawings(&self) -> Vec<String> {
        let curves = [Curve::Gain, Curve::Phase].into_iter();
        let drawn = curves.filter_map(|curve| plot(&self.found.measurement, curve));
        drawn.collect()
    }
}

pub(super) fn channel_words(of: &ChannelFigures) -> ChannelWords {
    let path = of.path.as_ref();
    let words = |tell: &dyn Fn(&gear::PathFigures) -> String| path.map_or_else(String::new, tell);
    ChannelWords {
        channel: of.channel,
        delay: match of.route {
            Route::Dead => "nothing comes back".to_owned(),
            Route::Swapped { returned_on } => format!("comes back on return {returned_on}"),
            Route::Straight => words(&|path| format!("{:.3}", path.delay_frames.mean)),
        },
        polarity: match path.map(|path| path.polarity) {
            Some(Polarity::Kept) => "kept",
            Some(Polarity::Inverted) => "inverted",
            None => "",
        },
        gain: words(&|path| match path.gain_dbu {
            Some(dbu) => format!("{:+.2} dB ({dbu:+.2} dB at the plugs)", path.gain_db.mean),
            None => format!("{:+.2} dB", path.gain_db.mean),
        }),
        noise: of.noise.as_ref().map_or_else(String::new, |noise| {
            let hum = noise.hum.as_ref();
            let hum = hum.map_or_else(String::new, |hum| {
                format!(", hum of {} Hz {:.1} dBFS", hum.mains_hz, hum.level_dbfs)
            });
            format!("{:.1} dBFS{hum}", noise.level_dbfs.mean)
        }),
        distortion: {
            let tones = of.distortion.iter();
            let tones =
                tones.map(|tone| format!("{:.1} dB at {} dBFS", tone.thd_db.mean, tone.sent_dbfs));
            tones.collect::<Vec<_>>().join(", ")
        },
        decay: words(&|path| format!("{:.0} ms", path.decay_ms)),
    }
}

impl Studio {
    /// Keeps what was measured of a unit.
    ///
    /// # Errors
    /// `NotFound` where the rack has no such unit; another number of channels than the unit has, in a sentence.
    pub async fn keep_measured(
        &self,
        visitor: &Visitor,
        unit: &str,
        found: UnitFound,
    ) -> Result<MeasuredView, Denied> {
        visitor.must(Right::Master)?;
        let history = self.unit_history(visitor, unit).await?;
        let newest = history.into_iter().next().ok_or(Denied::NotFound)?;
        let (has, measured) = (newest.page.channels.len(), found.measurement.channels.len());
        if has > 0 && has != measured {
            return Err(Denied::Invalid(format!(
                "{} has {has} channels in the rack and {measured} were measured; change its page or measure it anew",
                newest.page.name
            )));
        }
        let body = serde_json::to_string(&found)
            .map_err(|e| Denied::fault("the measurement could not be kept", &e))?;
        if body.len() > LONGEST {
            return Err(Denied::Invalid(
                "this measurement is too long to be kept".to_owned(),
            ));
        }
        let row = UnitMeasured {
            unit: newest.id,
            at_ms: now_ms(),
            author: actor_code(&visitor.actor()),
            body,
        };
        self.desk.keep(vec![Write::UnitMeasured(row)]).await?;
        let all = self.measured(visitor, unit).await?;
        all.into_iter().next().ok_or(Denied::NotFound)
    }

    /// The latest measurements of a unit, newest first.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn measured(
        &self,
        visitor: &Visitor,
        unit: &str,
    ) -> Result<Vec<MeasuredView>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let unit = unit.to_owned();
        let read = self
            .access
            .read(move |vault| vault.unit_measurements(&unit, LISTED));
        let mut views = Vec::new();
        for row in read.await? {
            views.push(self.measured_view(row).await?);
        }
        Ok(views)
    }

    /// One measurement of a unit.
    ///
    /// # Errors
    /// `NotFound` where the unit has none of this number.
    pub async fn measured_once(
        &self,
        visitor: &Visitor,
        unit: &str,
        no: u64,
    ) -> Result<MeasuredView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let unit = unit.to_owned();
        let read = self
            .access
            .read(move |vault| vault.unit_measurement(&unit, no));
        let row = read.await?.ok_or(Denied::NotFound)?;
        self.measured_view(row).await
    }

    async fn measured_view(&self, (no, row): (u64, UnitMeasured)) -> Result<MeasuredView, Denied> {
        Ok(MeasuredView {
            no,
            at: row.at_ms,
            by: self.author(&row.author).await?,
            found: serde_json::from_str(&row.body)
                .map_err(|e| Denied::fault("a measurement could not be read", &e))?,
        })
    }
}
