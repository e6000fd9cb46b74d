//! The walls of the house: which crate may build on which, and what must stay outside of which.
//!
//! The lists here are those of `daemon/ARCHITECTURE.md`. A new arrow gets a discussion first.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::house;

/// A floor of the house; arrows go down, and between crates of one floor only where listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Pure,
    Leaf,
    Edge,
    Shell,
    Outer,
    /// Tools and whole-flow tests, on which nothing builds.
    Outside,
}

/// Every crate, its layer, and the house's crates that it builds on.
const HOUSE: [(&str, Layer, &[&str]); 25] = [
    ("mastering", Layer::Pure, &[]),
    ("dsp", Layer::Pure, &[]),
    ("gear", Layer::Pure, &["dsp"]),
    ("measure", Layer::Pure, &["dsp"]),
    ("engine", Layer::Pure, &["dsp", "measure"]),
    ("rack", Layer::Pure, &["engine", "gear"]),
    ("attachments", Layer::Pure, &[]),
    ("delivery", Layer::Pure, &["attachments"]),
    ("paper", Layer::Pure, &[]),
    ("tables", Layer::Pure, &[]),
    ("sales", Layer::Pure, &["tables"]),
    ("labelcopy", Layer::Pure, &["tables"]),
    ("durable", Layer::Leaf, &[]),
    ("soundfile", Layer::Leaf, &[]),
    (
        "worker",
        Layer::Edge,
        &[
            "attachments",
            "measure",
            "delivery",
            "sales",
            "labelcopy",
            "durable",
            "soundfile",
        ],
    ),
    (
        "patchbay",
        Layer::Edge,
        &["dsp", "gear", "durable", "soundfile"],
    ),
    ("intake", Layer::Edge, &["durable"]),
    ("courier", Layer::Edge, &["delivery"]),
    ("renderer", Layer::Edge, &["engine", "measure", "soundfile"]),
    ("vault", Layer::Edge, &["delivery", "durable", "soundfile"]),
    (
        "studio",
        Layer::Shell,
        &[
            "mastering",
            "dsp",
            "gear",
            "measure",
            "engine",
            "attachments",
            "delivery",
            "paper",
            "sales",
            "labelcopy",
            "durable",
            "soundfile",
            "worker",
            "patchbay",
            "rack",
            "intake",
            "courier",
            "renderer",
            "vault",
        ],
    ),
    (
        "webui",
        Layer::Outer,
        &["mastering", "rack", "sales", "studio"],
    ),
    (
        "lacquer",
        Layer::Outer,
        &[
            "mastering",
            "gear",
            "measure",
            "engine",
            "attachments",
            "delivery",
            "durable",
            "soundfile",
            "worker",
            "patchbay",
            "rack",
            "sales",
            "intake",
            "vault",
            "studio",
            "webui",
        ],
    ),
    (
        "xtask",
        Layer::Outside,
        &["dsp", "flows", "measure", "soundfile", "vault"],
    ),
    ("flows", Layer::Outside, &["soundfile"]),
];

/// Foreign crates that stand for a ban, and the only crates of the house that may build on them.
const ONLY_IN: [(&str, &[&str]); 13] = [
    ("alsa", &["patchbay"]),
    ("axum", &["webui"]),
    ("jack", &["patchbay"]),
    ("libunftp", &["intake"]),
    ("lofty", &["worker"]),
    ("notify", &["intake"]),
    ("rusqlite", &["vault"]),
    ("russh-sftp", &["courier"]),
    (
        "serde",
        &[
            "mastering",
            "gear",
            "rack",
            // Profiles and release data are read from TOML where they are held against their rules.
            "delivery",
            "attachments",
            "sales",
            "labelcopy",
            "measure",
            "engine",
            "soundfile",
            "worker",
            "vault",
            "studio",
            "webui",
            "lacquer",
        ],
    ),
    ("symphonia", &["soundfile"]),
    ("systemd", &["lacquer"]),
    (
        "tokio",
        &["intake", "courier", "vault", "studio", "webui", "lacquer"],
    ),
    // The studio writes packages with it; what comes from outside is opened in the worker alone.
    ("zip", &["worker", "studio"]),
];

/// Compares the workspace with the lists and prints what stands where it must not.
pub(crate) fn check() -> Result<()> {
    let found = read(&house::metadata()?)?;
    let objections = objections(&found);
    if objections.is_empty() {
        println!("{} crates, every arrow as listed", found.len());
        return Ok(());
    }
    bail!("the house is not as listed:\n{}", objections.join("\n"));
}

/// What a crate builds on, by name; tests' own helpers are not counted.
type Arrows = BTreeMap<String, BTreeSet<String>>;

fn read(metadata: &Value) -> Result<Arrows> {
    let members: BTreeSet<&str> = house::list(metadata, "workspace_members")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut found = Arrows::new();
    for package in house::list(metadata, "packages")? {
        if !members.contains(house::text(package, "id")?) {
            continue;
        }
        let mut on = BTreeSet::new();
        for dependency in house::list(package, "dependencies")? {
            if dependency["kind"] != "dev" {
                on.insert(house::text(dependency, "name")?.to_owned());
            }
        }
        found.insert(house::text(package, "name")?.to_owned(), on);
    }
    Ok(found)
}

fn objections(found: &Arrows) -> Vec<String> {
    let mut said = Vec::new();
    for (name, on) in found {
        let Some((_, _, allowed)) = HOUSE.iter().find(|(listed, ..)| listed == name) else {
            said.push(format!("{name} is not listed"));
            continue;
        };
        for other in on {
            let in_house = HOUSE.iter().any(|(listed, ..)| listed == other);
            if in_house && !allowed.contains(&other.as_str()) {
                said.push(format!("{name} builds on {other}"));
            }
            let walled = ONLY_IN.iter().find(|(foreign, _)| foreign == other);
            if walled.is_some_and(|(_, only)| !only.contains(&name.as_str())) {
                said.push(format!("{name} builds on {other}, which is kept out of it"));
            }
        }
    }
    for (name, ..) in HOUSE {
        if !found.contains_key(name) {
            said.push(format!("{name} is listed but not there"));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_itself_keeps_the_rule_of_the_house() {
        let layer = |name: &str| HOUSE.iter().find(|(n, ..)| *n == name).unwrap().1;
        for (name, own, allowed) in HOUSE {
            for other in allowed {
                let below = layer(other) < own;
                // Within a floor only the pure crates lean on each other, the binary wires the pages, and the
                // benchmarks take the servers of the flows.
                let leans = matches!(own, Layer::Pure | Layer::Outer | Layer::Outside);
                let beside = layer(other) == own && leans;
                assert!(below || beside, "{name} on {other}");
            }
        }
    }

    #[test]
    fn the_workspace_is_as_listed() {
        let found = read(&house::metadata().unwrap()).unwrap();
        assert_eq!(objections(&found), Vec::<String>::new());
    }

    fn house() -> Arrows {
        HOUSE
            .iter()
            .map(|(name, _, on)| {
                (
                    name.to_string(),
                    on.iter().map(ToString::to_string).collect(),
                )
            })
            .collect()
    }

    #[track_caller]
    fn check_with(name: &str, on: &str, expected: &[&str]) {
        let mut house = house();
        house
            .entry(name.to_owned())
            .or_default()
            .insert(on.to_owned());
        assert_eq!(objections(&house), expected);
    }

    #[test]
    fn an_arrow_in_the_wrong_place_is_named() {
        check_with("vault", "sha2", &[]);
        check_with("vault", "intake", &["vault builds on intake"]);
        check_with("mastering", "dsp", &["mastering builds on dsp"]);
        check_with(
            "patchbay",
            "tokio",
            &["patchbay builds on tokio, which is kept out of it"],
        );
        check_with(
            "webui",
            "rusqlite",
            &["webui builds on rusqlite, which is kept out of it"],
        );
        check_with("shed", "dsp", &["shed is not listed"]);
        let mut house = house();
        house.remove("durable");
        assert_eq!(objections(&house), ["durable is listed but not there"]);
    }
}
