//! A unit of the rack as an insert: its ports, its levels, and what was measured of it before.

use anyhow::{Context as _, bail};
use gear::{Calibration, Measurement};
use jiff::Zoned;
use patchbay::LoopbackSettings;
use rack::Unit;
use serde::de::DeserializeOwned;
use serde_json::Value;
use studio::UnitFound;
use studio::control::{RackRequest, Request};

use crate::admin::ask_daemon;
use crate::args::Place;

/// A unit, asked of the running Lacquer.
pub(crate) struct RackUnit {
    place: Place,
    id: String,
    unit: Unit,
    /// What was measured of it and had nothing wrong, oldest first.
    pub(crate) history: Vec<Measurement>,
}

fn read<T: DeserializeOwned>(value: Option<&Value>) -> anyhow::Result<T> {
    let value = value.cloned().unwrap_or_default();
    serde_json::from_value(value).context("the running Lacquer is of another version")
}

impl RackUnit {
    pub(crate) fn ask(place: &Place, id: &str) -> anyhow::Result<Self> {
        let ask = |request| ask_daemon(place, &Request::Rack(request));
        let versions = ask(RackRequest::Unit { id: id.to_owned() })
            .with_context(|| format!("the rack\u{2019}s unit {id} could not be looked up"))?;
        let newest = versions.get(0).and_then(|newest| newest.get("page"));
        let measured = ask(RackRequest::Measured { id: id.to_owned() })?;
        let mut history = Vec::new();
        for one in measured.as_array().into_iter().flatten().rev() {
            let objections: Vec<String> = read(one.get("objections"))?;
            if objections.is_empty() {
                history.push(read(one.get("measurement"))?);
            }
        }
        Ok(Self {
            place: place.clone(),
            id: id.to_owned(),
            unit: read(newest)?,
            history,
        })
    }

    /// Whether it is the loopback engine.
    pub(crate) fn is_loopback(&self) -> bool {
        !self.unit.loopback.is_empty()
    }

    /// The loopback engine as it is told on the unit's page.
    pub(crate) fn loopback(&self, rate_hz: Option<u32>) -> anyhow::Result<LoopbackSettings> {
        let channels = self.unit.channels.len().max(1);
        let words = format!("channels={channels},{}", self.unit.loopback);
        Ok(LoopbackSettings::from_words(&words, rate_hz)?)
    }

    /// The ports of its sends and returns.
    pub(crate) fn ports(&self) -> anyhow::Result<(Vec<String>, Vec<String>)> {
        if self.unit.channels.is_empty() {
            bail!(
                "{} has no ports in the rack; name them there, or by --send and --return",
                self.unit.name
            );
        }
        let pairs = self.unit.channels.iter();
        Ok(pairs
            .map(|pair| (pair.send.clone(), pair.returned.clone()))
            .unzip())
    }

    /// The server that its returns are on, where it is another than the sends'.
    pub(crate) fn return_server(&self) -> Option<String> {
        let named = Some(self.unit.return_server.clone());
        named.filter(|name| !name.is_empty())
    }

    /// Its converters’ levels of today; none where one of the channels has none.
    pub(crate) fn levels(&self, channels: usize) -> Vec<Calibration> {
        let today = Zoned::now().date();
        let levels = (1..=channels).map(|channel| self.unit.calibration_on(channel, today));
        levels.collect::<Option<_>>().unwrap_or_default()
    }

    /// Keeps what was found, and why it may not print where it may not.
    pub(crate) fn keep(&self, found: &Measurement, objections: &[String]) -> anyhow::Result<()> {
        let found = UnitFound {
            measurement: found.clone(),
            objections: objections.to_vec(),
        };
        let request = RackRequest::KeepMeasured {
            id: self.id.clone(),
            found: Box::new(found),
        };
        ask_daemon(&self.place, &Request::Rack(request))
            .context("what was measured could not be kept with the unit")?;
        Ok(())
    }
}
