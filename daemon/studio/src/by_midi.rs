//! Controls that MIDI can set are set by MIDI, and only the others are a person's steps.

use std::collections::BTreeMap;

use patchbay::MidiError;
use rack::{Setting, Step, Unit};
use serde::Serialize;
use vault::{Vault, VaultError, Write};

use crate::clock::now_ms;
use crate::printing::{Stands, step};
use crate::units_in_use::UnitsInUse;

/// What was set by MIDI, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SetByMidi {
    /// Each control with where it stands now, such as `opto: Gain to 4 dB`.
    pub set: Vec<String>,
    /// Why something could not be sent; those controls are set by hand.
    pub faults: Vec<String>,
}

/// Controls that stand as their message said.
#[derive(Debug, Default)]
pub(crate) struct Turned {
    controls: Vec<(String, String, Setting)>,
    pub(crate) told: SetByMidi,
}

impl Turned {
    /// The row that says that they stand so, written once the units are let go.
    pub(crate) fn row(&self, vault: &Vault, in_use: &UnitsInUse) -> Result<Write, VaultError> {
        let mut stands = Stands::read(vault, in_use)?;
        // Later than the moment at which they were let go.
        let now = now_ms() + 1;
        for (unit, control, setting) in &self.controls {
            stands.note(unit, control, setting, now);
        }
        Ok(stands.row())
    }
}

/// Whether any of the steps is MIDI's.
pub(crate) fn is_any(steps: &[Step], units: &BTreeMap<String, Unit>) -> bool {
    steps.iter().any(|step| message(step, units).is_some())
}

/// The port and the message of a step that MIDI can do.
fn message<'s>(
    step: &'s Step,
    units: &'s BTreeMap<String, Unit>,
) -> Option<(&'s str, &'s Vec<u8>)> {
    let Step::Set {
        unit,
        midi: Some(bytes),
        ..
    } = step
    else {
        return None;
    };
    let port = units.get(unit)?.midi_port.as_str();
    (!port.is_empty()).then_some((port, bytes))
}

/// Sends what MIDI can do of these steps, unit after unit in the steps' order.
pub(crate) async fn send(steps: Vec<Step>, units: BTreeMap<String, Unit>) -> Turned {
    let sending = tokio::task::spawn_blocking(move || {
        send_all(&steps, &units, &mut |port, sent| {
            patchbay::send_midi(port, sent)
        })
    });
    sending.await.unwrap_or_else(|error| {
        let mut turned = Turned::default();
        turned.told.faults.push(format!("MIDI broke off: {error}"));
        turned
    })
}

type Send<'s> = dyn FnMut(&str, &[Vec<u8>]) -> Result<(), MidiError> + 's;

fn send_all(steps: &[Step], units: &BTreeMap<String, Unit>, send: &mut Send<'_>) -> Turned {
    let mut turned = Turned::default();
    // A port that does not take one message is not asked for each of the others.
    let mut silent: Vec<&str> = Vec::new();
    for each in steps {
        let Some((port, bytes)) = message(each, units) else {
            continue;
        };
        if silent.contains(&port) {
            continue;
        }
        if let Err(error) = send(port, std::slice::from_ref(bytes)) {
            turned.told.faults.push(format!("{}: {error}", step(each)));
            silent.push(port);
            continue;
        }
        turned.told.set.push(step(each));
        if let Step::Set {
            unit, control, to, ..
        } = each
        {
            let stands = (unit.clone(), control.clone(), to.clone());
            turned.controls.push(stands);
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(unit: &str, control: &str, midi: Option<Vec<u8>>) -> Step {
        Step::Set {
            unit: unit.to_owned(),
            control: control.to_owned(),
            from: None,
            to: Setting::Value(4.0),
            words: "4 dB".to_owned(),
            midi,
        }
    }

    fn unit(midi_port: &str) -> Unit {
        let ports = "layout = \"channels\"\nchannels = [{ send = \"a\", return = \"b\" }]\n";
        let text = format!("name = \"Unit\"\nmidi_port = \"{midi_port}\"\n{ports}");
        Unit::from_toml(&text).unwrap()
    }

    #[test]
    fn what_midi_can_set_is_set_and_a_port_that_is_gone_is_asked_once() {
        let units = BTreeMap::from([
            ("opto".to_owned(), unit("Rack:MIDI 1")),
            ("tube".to_owned(), unit("Gone:MIDI 1")),
            ("iron".to_owned(), unit("")),
        ]);
        let steps = [
            set("opto", "Gain", Some(vec![0xB0, 7, 100])),
            set("opto", "Tilt", None),
            set("tube", "Bias", Some(vec![0xB0, 8, 1])),
            set("tube", "Drive", Some(vec![0xB0, 9, 1])),
            set("iron", "Core", Some(vec![0xB0, 10, 1])),
        ];
        assert!(is_any(&steps, &units) && !is_any(&steps[1..2], &units));
        let mut sent = Vec::new();
        let turned = send_all(&steps, &units, &mut |port, messages| {
            sent.push((port.to_owned(), messages.to_vec()));
            match port {
                "Gone:MIDI 1" => Err(MidiError::NoPort {
                    port: port.to_owned(),
                    there: "none is there".to_owned(),
                }),
                _ => Ok(()),
            }
        });
        let asked: Vec<&str> = sent.iter().map(|(port, _)| port.as_str()).collect();
        assert_eq!(asked, ["Rack:MIDI 1", "Gone:MIDI 1"]);
        assert_eq!(sent[0].1, [vec![0xB0, 7, 100]]);
        assert_eq!(turned.told.set, ["opto: Gain to 4 dB"]);
        let fault = &turned.told.faults[0];
        assert!(
            fault.starts_with("tube: Bias to 4 dB: there is no MIDI port"),
            "{fault}"
        );
        assert_eq!(turned.controls.len(), 1);
    }
}
