//! The recall sheet of a revision, made for a phone at the rack.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mastering::{OrderNumber, RevisionNo};
use rack::{Photograph, RackChain, Range, Step};
use serde::Deserialize;
use studio::{Denied, RackView, SetByMidi, SheetNote, SheetView, setting_words};

use super::{draw, recall_photographs};
use crate::form::{Fields, Posted};
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/orders/{number}/recall/{revision}", get(show))
        .route("/orders/{number}/recall/{revision}/midi", post(set_by_midi))
        .route("/orders/{number}/recall/{revision}/{note}", post(note))
        .route(
            "/orders/{number}/recall/{revision}/photographs/{photograph}",
            get(recall_photographs::show),
        )
}

pub(super) fn upload_routes() -> Router<Web> {
    let address = "/orders/{number}/recall/{revision}/photographs";
    Router::new().route(address, post(recall_photographs::take))
}

/// A control with its field.
struct ControlShown {
    name: String,
    /// What it can be set to, where it is chosen from a list.
    positions: Vec<String>,
    /// What it can be set to, in words.
    choices: String,
    /// Where it stands; empty where nobody noted it.
    stands: String,
}

struct UnitShown {
    id: String,
    name: String,
    controls: Vec<ControlShown>,
    note: String,
    photographs: Vec<Photograph>,
}

struct PatchShown {
    number: usize,
    words: String,
    /// Who did it and when; empty while it waits.
    done: String,
}

struct StepShown {
    words: String,
    hint: String,
}

struct DifferenceShown {
    unit: String,
    control: String,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "recall.html")]
struct SheetPage {
    frame: Frame,
    number: String,
    revision: u32,
    /// The other revisions that have a sheet.
    others: Vec<u32>,
    chains: Vec<RackView<RackChain>>,
    chain: String,
    changed: String,
    patches: Vec<PatchShown>,
    units: Vec<UnitShown>,
    lacking: usize,
    note: String,
    /// The steps to this sheet, from the other one where one is named.
    steps: Vec<StepShown>,
    walks_from: String,
    /// The revision that the walk begins at, 0 where nothing is known.
    walk: u32,
    /// Whether MIDI can do any of it.
    has_midi: bool,
    /// What MIDI has just done, and what it could not.
    by_midi: SetByMidi,
    differences: Vec<DifferenceShown>,
    compared_with: String,
    secret: String,
    refusal: String,
}

impl SheetPage {
    fn base(&self) -> String {
        format!("/orders/{}/recall/{}", self.number, self.revision)
    }

    fn token(&self, note: &str) -> String {
        stamp::form_token(&self.secret, &format!("{}/{note}", self.base()))
    }

    fn is_begun(&self) -> bool {
        !self.chain.is_empty()
    }
}

/// Which sheet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which {
    pub(super) number: OrderNumber,
    pub(super) revision: RevisionNo,
}

impl Which {
    pub(super) fn read(number: &str, revision: u32) -> Result<Self, Denied> {
        Ok(Self {
            number: number.parse().map_err(|_| Denied::NotFound)?,
            revision: RevisionNo::try_from(revision).map_err(|_| Denied::NotFound)?,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// Shows the steps from that revision's sheet; 0 where nothing is known of how the rack stands.
    walk: Option<u32>,
    /// Shows what stands differently on that revision's sheet.
    compare: Option<u32>,
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path((number, revision)): Path<(String, u32)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, revision)?;
    let visit = visit.staff()?;
    draw(&page(&web, &visit, which, &asked).await?)
}

async fn page(web: &Web, visit: &Visit, which: Which, asked: &Asked) -> Result<SheetPage, Trouble> {
    let visitor = &visit.visitor;
    let sheets = web.studio.sheets(visitor, which.number).await?;
    let this = sheets.iter().find(|sheet| sheet.revision == which.revision);
    let no = |revision: RevisionNo| u32::from(revision);
    let mut page = SheetPage {
        frame: Frame::of(visitor, &visit.secret, "orders"),
        number: which.number.to_string(),
        revision: no(which.revision),
        others: sheets
            .iter()
            .map(|sheet| no(sheet.revision))
            .filter(|other| *other != no(which.revision))
            .collect(),
        chains: web.studio.rack_chains(visitor).await?,
        chain: String::new(),
        changed: String::new(),
        patches: Vec::new(),
        units: Vec::new(),
        lacking: 0,
        note: String::new(),
        steps: Vec::new(),
        walks_from: String::new(),
        walk: asked.walk.unwrap_or(0),
        has_midi: false,
        by_midi: SetByMidi::default(),
        differences: Vec::new(),
        compared_with: String::new(),
        secret: visit.secret.clone(),
        refusal: String::new(),
    };
    if let Some(view) = this {
        fill(&mut page, view, &web.zone());
        let other = |revision: u32| {
            let found = sheets.iter().find(|sheet| no(sheet.revision) == revision);
            found.map(|sheet| sheet.revision)
        };
        if let Some(from) = asked.walk {
            let from = other(from).map(|revision| (which.number, revision));
            page.walks_from = from.map_or_else(
                || "nothing known".to_owned(),
                |(_, revision)| format!("revision {}", no(revision)),
            );
            let to = (which.number, which.revision);
            let steps = web.studio.walk_to(visitor, to, from).await?;
            page.has_midi = steps.iter().any(|step| is_by_midi(step, view));
            page.steps = steps.iter().map(|step| said(step, view)).collect();
        }
        if let Some(with) = asked.compare.and_then(other) {
            page.compared_with = no(with).to_string();
            page.differences = differences(web, visit, which, (view, with)).await?;
        }
    }
    Ok(page)
}

fn fill(page: &mut SheetPage, view: &SheetView, zone: &mastering::Zone) {
    page.chain.clone_from(&view.chain.name);
    page.changed = format!("{}, {}", view.by, words::moment(zone, view.at));
    page.lacking = view.missing.len();
    page.note.clone_from(&view.sheet.note);
    page.patches = (1..)
        .zip(view.chain.patch_steps())
        .map(|(number, words)| {
            let done = view.sheet.patched.iter().find(|p| p.step == number);
            PatchShown {
                number,
                words: words.to_owned(),
                done: done.map_or_else(String::new, |done| {
                    format!("{}, {}", done.by, self::words::moment(zone, done.at_ms))
                }),
            }
        })
        .collect();
    page.units = view
        .sheet
        .units
        .iter()
        .map(|part| {
            let unit = view.units.get(&part.unit);
            let controls = unit.map_or(&[][..], |unit| &unit.controls);
            UnitShown {
                id: part.unit.clone(),
                name: unit.map_or_else(|| part.unit.clone(), |unit| unit.name.clone()),
                controls: controls
                    .iter()
                    .map(|control| ControlShown {
                        name: control.name.clone(),
                        positions: match &control.range {
                            Range::Stepped { positions } => positions.clone(),
                            Range::Switch { off, on } => vec![off.clone(), on.clone()],
                            Range::Continuous { .. } => Vec::new(),
                        },
                        choices: control.choices(),
                        stands: part
                            .settings
                            .get(&control.name)
                            .map_or_else(String::new, |setting| control.words(setting)),
                    })
                    .collect(),
                note: part.note.clone(),
                photographs: part.photographs.clone(),
            }
        })
        .collect();
}

/// Whether MIDI can do a step: its control knows how, and its unit has a port.
fn is_by_midi(step: &Step, view: &SheetView) -> bool {
    let Step::Set {
        unit,
        midi: Some(_),
        ..
    } = step
    else {
        return false;
    };
    let unit = view.units.get(unit);
    unit.is_some_and(|unit| !unit.midi_port.is_empty())
}

/// A step in words.
fn said(step: &Step, view: &SheetView) -> StepShown {
    let name = |id: &str| {
        let unit = view.units.get(id);
        unit.map_or_else(|| id.to_owned(), |unit| unit.name.clone())
    };
    let (words, hint) = match step {
        Step::WarmUp { unit, minutes } => (
            format!("Switch {} on and let it warm up", name(unit)),
            format!("{minutes} minutes"),
        ),
        Step::Patch { words, .. } => (words.clone(), "by hand".to_owned()),
        Step::Set {
            unit,
            control,
            from,
            words,
            ..
        } => {
            let from = from.as_ref().map_or_else(String::new, |from| {
                let stood = setting_words(view.units.get(unit), control, from);
                format!(", from {stood}")
            });
            let how = if is_by_midi(step, view) {
                "MIDI can set it"
            } else {
                ""
            };
            (
                format!("{}: {control} to {words}{from}", name(unit)),
                how.to_owned(),
            )
        }
        Step::Gone {
            unit,
            control,
            noted,
        } if control.is_empty() => (
            format!("{} is no longer in the rack {noted}", name(unit)),
            "decide what takes its place".to_owned(),
        ),
        Step::Gone {
            unit,
            control,
            noted,
        } => (
            format!(
                "{}: {control} stood at {noted}, and the panel has that no more",
                name(unit)
            ),
            "set it by ear".to_owned(),
        ),
        Step::Check { .. } => (
            "Measure the chain and print the reference passage".to_owned(),
            "the check".to_owned(),
        ),
    };
    StepShown { words, hint }
}

async fn differences(
    web: &Web,
    visit: &Visit,
    which: Which,
    (view, with): (&SheetView, RevisionNo),
) -> Result<Vec<DifferenceShown>, Trouble> {
    let revisions = [with, which.revision];
    let found = web
        .studio
        .compare_sheets(&visit.visitor, which.number, revisions)
        .await?;
    let shown = found.into_iter().map(|d| {
        let unit = view.units.get(&d.unit);
        let stands = |setting: &Option<rack::Setting>| {
            let setting = setting.as_ref();
            setting.map_or_else(
                || "not noted".to_owned(),
                |s| setting_words(unit, &d.control, s),
            )
        };
        DifferenceShown {
            unit: unit.map_or_else(|| d.unit.clone(), |unit| unit.name.clone()),
            before: stands(&d.before),
            after: stands(&d.after),
            control: d.control,
        }
    });
    Ok(shown.collect())
}

fn read_note(note: &str, fields: &Fields) -> Result<SheetNote, Denied> {
    Ok(match note {
        "begin" => SheetNote::Begin {
            chain: fields.get("chain").to_owned(),
        },
        "carry" => SheetNote::Carry {
            chain: fields.get("chain").to_owned(),
        },
        "settings" => SheetNote::Set {
            unit: fields.get("unit").to_owned(),
            settings: fields
                .below("control:")
                .map(|(control, text)| (control.to_owned(), text.to_owned()))
                .collect::<BTreeMap<_, _>>(),
        },
        "patched" => SheetNote::Patched {
            step: fields.read("step")?,
        },
        "take-away" => SheetNote::TakeAway {
            unit: fields.get("unit").to_owned(),
            photograph: fields.get("photograph").to_owned(),
        },
        "words" => SheetNote::Words {
            unit: fields.get("unit").to_owned(),
            text: fields.get("text").to_owned(),
        },
        _ => return Err(Denied::NotFound),
    })
}

async fn note(
    State(web): State<Web>,
    visit: Visit,
    Path((number, revision, note)): Path<(String, u32, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, revision)?;
    let visit = visit.staff()?;
    let read = read_note(&note, &posted.fields)?;
    let place = (which.number, which.revision);
    match web.studio.note_on_sheet(&visit.visitor, place, read).await {
        Ok(_) => {
            let unit = posted.fields.get("unit");
            let address = format!("/orders/{number}/recall/{revision}#{unit}");
            Ok(Redirect::to(&address).into_response())
        }
        Err(denied) => refused(&web, &visit, which, &denied).await,
    }
}

/// Sets by MIDI what MIDI can set on a walk, and shows the walk again with what came of it.
async fn set_by_midi(
    State(web): State<Web>,
    visit: Visit,
    Path((number, revision)): Path<(String, u32)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, revision)?;
    let visit = visit.staff()?;
    let walk: u32 = posted.fields.read("walk")?;
    let from = RevisionNo::try_from(walk).ok();
    let from = from.map(|revision| (which.number, revision));
    let to = (which.number, which.revision);
    match web.studio.set_by_midi(&visit.visitor, to, from).await {
        Ok(done) => {
            let asked = Asked {
                walk: Some(walk),
                compare: None,
            };
            let mut shown = page(&web, &visit, which, &asked).await?;
            shown.by_midi = done;
            draw(&shown)
        }
        Err(denied) => refused(&web, &visit, which, &denied).await,
    }
}

/// The sheet as it is, with why something was not noted.
pub(super) async fn refused(
    web: &Web,
    visit: &Visit,
    which: Which,
    denied: &Denied,
) -> Result<Response, Trouble> {
    let mut shown = page(web, visit, which, &Asked::default()).await?;
    shown.refusal = sentences_of(denied).0;
    let mut answer = draw(&shown)?;
    *answer.status_mut() = status_of(denied);
    Ok(answer)
}
