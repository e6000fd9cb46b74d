//! "Set it like revision 3": the way from how the rack stands to how a sheet says it stood.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{RackChain, Setting, Sheet, Unit};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// Switch on and wait.
    WarmUp {
        /// The unit.
        unit: String,
        /// How long.
        minutes: u32,
    },
    /// Patch by hand.
    Patch {
        /// Which one of the chain, from 1.
        number: usize,
        /// What is to be done.
        words: String,
    },
    /// Set a control.
    Set {
        /// The unit.
        unit: String,
        /// The control.
        control: String,
        /// Where it stands as far as is known.
        from: Option<Setting>,
        /// Where it goes.
        to: Setting,
        /// That in words, with its unit.
        words: String,
        /// The message that does it; `None` where it is turned by hand.
        midi: Option<Vec<u8>>,
    },
    /// The sheet notes what the unit's panel no longer has.
    Gone {
        /// The unit.
        unit: String,
        /// The control, or empty where the whole unit is gone.
        control: String,
        /// What the sheet says.
        noted: String,
    },
    /// Measure the chain against the certificate of the day, and print the reference passage.
    Check {
        /// The chain.
        chain: String,
    },
}

/// The steps to a sheet, in the order that saves time: what has to warm up first, then the patch, then each unit
/// from left to right, then the check.
///
/// `now` is how the rack stands as far as is known: what already stands as it should is no step.
pub fn walk(
    target: &Sheet,
    now: Option<&Sheet>,
    chain: &RackChain,
    rack: &BTreeMap<String, Unit>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut warm: Vec<(&str, u32)> = chain
        .units()
        .filter_map(|name| Some((name, rack.get(name)?.warm_up_minutes)))
        .filter(|(_, minutes)| *minutes > 0)
        .collect();
    // The slowest first.
    warm.sort_by_key(|(_, minutes)| std::cmp::Reverse(*minutes));
    steps.extend(warm.into_iter().map(|(unit, minutes)| Step::WarmUp {
        unit: unit.to_owned(),
        minutes,
    }));
    for (index, words) in chain.patch_steps().enumerate() {
        steps.push(Step::Patch {
            number: index + 1,
            words: words.to_owned(),
        });
    }
    for part in &target.units {
        let gone = |control: &str, noted: String| Step::Gone {
            unit: part.unit.clone(),
            control: control.to_owned(),
            noted,
        };
        let Some(unit) = rack.get(&part.unit) else {
            steps.push(gone("", String::new()));
            continue;
        };
        let stands = |control: &str| now?.unit(&part.unit)?.settings.get(control);
        for control in &unit.controls {
            let Some(to) = part.settings.get(&control.name) else {
                continue;
            };
            let from = stands(&control.name);
            if from == Some(to) {
                continue;
            }
            steps.push(if control.has(to) {
                Step::Set {
                    unit: part.unit.clone(),
                    control: control.name.clone(),
                    from: from.cloned(),
                    to: to.clone(),
                    words: control.words(to),
                    midi: control.midi_bytes(to),
                }
            } else {
                gone(&control.name, control.words(to))
            });
        }
        for (name, noted) in &part.settings {
            if unit.control(name).is_err() {
                let noted = match noted {
                    Setting::Value(value) => value.to_string(),
                    Setting::Position(position) => position.clone(),
                };
                steps.push(gone(name, noted));
            }
        }
    }
    steps.push(Step::Check {
        chain: target.chain.clone(),
    });
    steps
}
