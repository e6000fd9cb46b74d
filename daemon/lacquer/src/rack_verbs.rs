//! `lacquer rack ..`: units, chains through them, and recall sheets.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use mastering::{OrderNumber, RevisionNo};
use rack::{Difference, Missing, Setting, Step};
use serde::de::DeserializeOwned;
use serde_json::Value;
use studio::SheetNote;
use studio::control::{RackRequest, Request};

use crate::admin::{ask_daemon, text};
use crate::args::Place;
use crate::rack_args::{RackVerb, SheetVerb};
use crate::{Outcome, print_json};

fn ask(place: &Place, request: RackRequest) -> anyhow::Result<Value> {
    ask_daemon(place, &Request::Rack(request))
}

fn read<T: DeserializeOwned>(value: Value) -> anyhow::Result<T> {
    serde_json::from_value(value).context("the running Lacquer is of another version")
}

pub(crate) fn run(place: &Place, verb: RackVerb) -> anyhow::Result<Outcome> {
    match verb {
        RackVerb::Units { json } => {
            let units = ask(place, RackRequest::Units)?;
            pages(&units, json.json, |page| {
                format!("{} {}", text(page, "name"), text(page, "maker"))
            })
        }
        RackVerb::Chains { json } => {
            let chains = ask(place, RackRequest::Chains)?;
            pages(&chains, json.json, |page| {
                format!("{}. {}", text(page, "name"), text(page, "when"))
            })
        }
        RackVerb::Unit { id, json } => page(&ask(place, RackRequest::Unit { id })?, json.json),
        RackVerb::Chain { id, json } => page(&ask(place, RackRequest::Chain { id })?, json.json),
        RackVerb::SaveUnit { id, file, json } => {
            let (toml, base) = (
                file_text(&file)?,
                newest(ask(place, RackRequest::Units)?, &id),
            );
            let saved = ask(place, RackRequest::SaveUnit { id, base, toml })?;
            said_saved(&saved, json.json)
        }
        RackVerb::SaveChain { id, file, json } => {
            let (toml, base) = (
                file_text(&file)?,
                newest(ask(place, RackRequest::Chains)?, &id),
            );
            let saved = ask(place, RackRequest::SaveChain { id, base, toml })?;
            said_saved(&saved, json.json)
        }
        RackVerb::Photograph {
            id,
            file,
            caption,
            json,
        } => {
            let path = std::path::absolute(&file).context("the file's name cannot be used")?;
            let request = RackRequest::PhotographUnit { id, caption, path };
            said_saved(&ask(place, request)?, json.json)
        }
        RackVerb::Sheet(verb) => sheet(place, verb),
    }
}

fn file_text(file: &std::path::Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))
}

/// The version that is in the rack now; 0 where it holds none of this name.
fn newest(pages: Value, id: &str) -> u32 {
    let pages = pages.as_array().into_iter().flatten();
    let found = pages.filter(|page| text(page, "id") == id);
    let versions = found.filter_map(|page| page.get("version")?.as_u64());
    versions
        .max()
        .and_then(|version| u32::try_from(version).ok())
        .unwrap_or(0)
}

fn version(page: &Value) -> u64 {
    page.get("version").and_then(Value::as_u64).unwrap_or(0)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn pages(list: &Value, json: bool, words: fn(&Value) -> String) -> anyhow::Result<Outcome> {
    if json {
        print_json(list)?;
        return Ok(Outcome::Good);
    }
    for page in list.as_array().into_iter().flatten() {
        let said = page.get("page").map(words).unwrap_or_default();
        println!(
            "{:<16} version {:<3} {said}",
            text(page, "id"),
            version(page)
        );
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn page(history: &Value, json: bool) -> anyhow::Result<Outcome> {
    if json {
        print_json(history)?;
    } else {
        print!(
            "{}",
            history.get(0).map_or("", |newest| text(newest, "toml"))
        );
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn said_saved(saved: &Value, json: bool) -> anyhow::Result<Outcome> {
    if json {
        print_json(saved)?;
    } else {
        println!("{}: version {} is kept", text(saved, "id"), version(saved));
    }
    Ok(Outcome::Good)
}

fn sheet(place: &Place, verb: SheetVerb) -> anyhow::Result<Outcome> {
    let note = |at: (OrderNumber, RevisionNo), note: SheetNote| {
        let (number, revision) = at;
        let request = RackRequest::Note {
            number,
            revision,
            note,
        };
        ask(place, request)
    };
    match verb {
        SheetVerb::Show { at, json } => {
            let (number, revision) = at.place();
            let sheet = ask(place, RackRequest::Sheet { number, revision })?;
            shown(&sheet, json.json)
        }
        SheetVerb::Begin { at, chain, json } => {
            shown(&note(at.place(), SheetNote::Begin { chain })?, json.json)
        }
        SheetVerb::Carry { at, chain, json } => {
            shown(&note(at.place(), SheetNote::Carry { chain })?, json.json)
        }
        SheetVerb::Set {
            at,
            unit,
            control,
            setting,
            json,
        } => {
            let settings = BTreeMap::from([(control, setting)]);
            let set = SheetNote::Set { unit, settings };
            shown(&note(at.place(), set)?, json.json)
        }
        SheetVerb::Patched { at, step, json } => {
            shown(&note(at.place(), SheetNote::Patched { step })?, json.json)
        }
        SheetVerb::Trim {
            at,
            track,
            send_db,
            return_db,
            json,
        } => {
            let trim = trimmed(track, [send_db, return_db]);
            shown(&note(at.place(), trim)?, json.json)
        }
        SheetVerb::Note {
            at,
            unit,
            text,
            json,
        } => {
            let words = SheetNote::Words { unit, text };
            shown(&note(at.place(), words)?, json.json)
        }
        other => beside(place, other),
    }
}

/// Photographs, the way to a sheet, two of them side by side.
fn beside(place: &Place, verb: SheetVerb) -> anyhow::Result<Outcome> {
    match verb {
        SheetVerb::Photograph {
            at,
            unit,
            file,
            caption,
            json,
        } => {
            let (number, revision) = at.place();
            let path = std::path::absolute(&file).context("the file's name cannot be used")?;
            let request = RackRequest::Photograph {
                number,
                revision,
                unit,
                caption,
                path,
            };
            shown(&ask(place, request)?, json.json)
        }
        SheetVerb::Walk { at, from, json } => {
            let (number, revision) = at.place();
            let request = RackRequest::Walk {
                number,
                revision,
                from: from.map(|from| (number, from)),
            };
            walk(ask(place, request)?, json.json)
        }
        SheetVerb::Midi { at, from, json } => {
            let (number, revision) = at.place();
            let request = RackRequest::Midi {
                number,
                revision,
                from: from.map(|from| (number, from)),
            };
            by_midi(&ask(place, request)?, json.json)
        }
        SheetVerb::Compare { at, with, json } => {
            let (number, revision) = at.place();
            let revisions = [revision, with];
            let request = RackRequest::Compare { number, revisions };
            compared(ask(place, request)?, json.json)
        }
        _ => bail!("this word notes something on the sheet"),
    }
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn by_midi(done: &Value, json: bool) -> anyhow::Result<Outcome> {
    let lines = |what: &str| {
        let lines = done[what].as_array().into_iter().flatten();
        lines.filter_map(Value::as_str).collect::<Vec<_>>()
    };
    if json {
        print_json(done)?;
    } else {
        lines("set")
            .iter()
            .for_each(|line| println!("set by MIDI: {line}"));
        lines("faults")
            .iter()
            .for_each(|line| println!("by hand: {line}"));
    }
    Ok(match lines("faults").is_empty() {
        true => Outcome::Good,
        false => Outcome::No,
    })
}

fn trimmed(track: String, [send_db, return_db]: [f64; 2]) -> SheetNote {
    SheetNote::Trim {
        track,
        send_db,
        return_db,
    }
}

fn stands(setting: Option<&Setting>) -> String {
    match setting {
        None => "not noted".to_owned(),
        Some(setting) => studio::setting_words(None, "", setting),
    }
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn shown(view: &Value, json: bool) -> anyhow::Result<Outcome> {
    if json {
        print_json(view)?;
        return Ok(Outcome::Good);
    }
    let sheet: rack::Sheet = read(view["sheet"].clone())?;
    println!(
        "chain {}, version {} of the sheet",
        sheet.chain,
        version(view)
    );
    for part in &sheet.units {
        println!("{}", part.unit);
        for (control, setting) in &part.settings {
            println!("  {control:<24} {}", stands(Some(setting)));
        }
        if !part.note.is_empty() {
            println!("  {}", part.note);
        }
        for photograph in &part.photographs {
            let sum = photograph.object.get(..12).unwrap_or_default();
            println!("  photograph {sum} {}", photograph.caption);
        }
    }
    for missing in read::<Vec<Missing>>(view["missing"].clone())? {
        match missing {
            Missing::Control { unit, control } => println!("to be noted: {unit}, {control}"),
            Missing::Patch { step, words } => println!("to be done by hand ({step}): {words}"),
        }
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn walk(steps: Value, json: bool) -> anyhow::Result<Outcome> {
    if json {
        print_json(&steps)?;
        return Ok(Outcome::Good);
    }
    for (number, step) in (1..).zip(read::<Vec<Step>>(steps)?) {
        let words = match step {
            Step::WarmUp { unit, minutes } => format!("warm up {unit} for {minutes} minutes"),
            Step::Patch { words, .. } => format!("by hand: {words}"),
            Step::Set {
                unit,
                control,
                from,
                words,
                ..
            } => format!(
                "{unit}: {control} from {} to {words}",
                stands(from.as_ref())
            ),
            Step::Gone {
                unit,
                control,
                noted,
            } => format!("{unit}: {control} stood at {noted}; the panel has that no more"),
            Step::Check { chain } => format!("measure {chain} and print the reference passage"),
        };
        println!("{number:>3}  {words}");
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn compared(found: Value, json: bool) -> anyhow::Result<Outcome> {
    if json {
        print_json(&found)?;
        return Ok(Outcome::Good);
    }
    let found: Vec<Difference> = read(found)?;
    if found.is_empty() {
        println!("nothing stands differently");
    }
    for d in found {
        println!(
            "{}: {} {} / {}",
            d.unit,
            d.control,
            stands(d.before.as_ref()),
            stands(d.after.as_ref())
        );
    }
    Ok(Outcome::Good)
}
