//! The rack: its units and chains.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use mastering::Zone;
use rack::{RackChain, Unit};
use studio::{ChannelWords, Denied, MeasuredView, RackView};

use super::draw;
use super::unit_form::UnitForm;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/rack", get(show))
        .route("/rack/units/{id}", get(unit).post(save_unit))
        .route("/rack/units/{id}/measurements/{no}", get(measurement))
        .route("/rack/chains/{id}", get(chain).post(save_chain))
}

/// A new unit, to be written over.
const A_UNIT: &str = include_str!("../../../config/rack/unit.toml");
/// A new chain, to be written over.
const A_CHAIN: &str = include_str!("../../../config/rack/chain.toml");
/// The address of what is not there yet.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "rack.html")]
struct RackPage {
    frame: Frame,
    units: Vec<RackView<Unit>>,
    chains: Vec<RackView<RackChain>>,
}

impl RackPage {
    fn way(&self, chain: &RackChain) -> String {
        let name = |id: &str| {
            let unit = self.units.iter().find(|unit| unit.id == id);
            unit.map_or_else(|| id.to_owned(), |unit| unit.page.name.clone())
        };
        let units: Vec<String> = chain.units().map(name).collect();
        units.join(" → ")
    }
}

async fn show(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    draw(&RackPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "rack"),
        units: web.studio.rack_units(&visit.visitor).await?,
        chains: web.studio.rack_chains(&visit.visitor).await?,
    })
}

/// One line of a page's history.
struct Earlier {
    version: u32,
    when: String,
    by: String,
}

impl Earlier {
    fn of<T>(views: &[RackView<T>], zone: &Zone) -> Vec<Self> {
        let line = |view: &RackView<T>| Self {
            version: view.version,
            when: words::moment(zone, view.at),
            by: view.by.clone(),
        };
        views.iter().map(line).collect()
    }
}

/// One line of what was measured of a unit.
struct MeasuredLine {
    no: u64,
    when: String,
    by: String,
    /// The first channel's figures stand for the unit.
    delay: String,
    gain: String,
    noise: String,
    may_print: bool,
}

impl MeasuredLine {
    fn of(view: &MeasuredView, zone: &Zone) -> Self {
        let first = view.channels().into_iter().next();
        let told = |of: fn(ChannelWords) -> String| first.clone().map_or_else(String::new, of);
        Self {
            no: view.no,
            when: words::moment(zone, view.at),
            by: view.by.clone(),
            delay: told(|c| c.delay),
            gain: told(|c| c.gain),
            noise: told(|c| c.noise),
            may_print: view.found.objections.is_empty(),
        }
    }
}

/// What one measurement found, to be read and printed.
#[derive(Template)]
#[template(path = "measured.html")]
struct MeasuredPage {
    frame: Frame,
    id: String,
    name: String,
    when: String,
    rates: String,
    channels: Vec<ChannelWords>,
    drawings: Vec<String>,
    view: MeasuredView,
}

async fn measurement(
    State(web): State<Web>,
    visit: Visit,
    Path((id, no)): Path<(String, u64)>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let view = web.studio.measured_once(&visit.visitor, &id, no).await?;
    let units = web.studio.unit_history(&visit.visitor, &id).await?;
    let name = units.into_iter().next().map(|unit| unit.page.name);
    draw(&MeasuredPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "rack"),
        name: name.ok_or(Denied::NotFound)?,
        id,
        when: words::moment(&web.zone(), view.at),
        rates: view.found.measurement.rates(),
        channels: view.channels(),
        drawings: view.drawings(),
        view,
    })
}

/// A unit or a chain with its file to be changed.
#[derive(Template)]
#[template(path = "rack_page.html")]
struct EditPage {
    frame: Frame,
    /// `unit` or `chain`.
    kind: &'static str,
    /// What the rack knows it by; empty for a new one.
    id: String,
    title: String,
    version: u32,
    toml: String,
    history: Vec<Earlier>,
    measured: Vec<MeasuredLine>,
    unit: Option<Unit>,
    chain: Option<RackChain>,
    /// The unit to be filled in; none for a chain.
    form: Option<UnitForm>,
    action: String,
    form_token: String,
    secret: String,
    refusal: String,
}

/// What was written and why it was refused.
struct Written<'w> {
    id: &'w str,
    /// As a file; none where the form was filled in.
    toml: Option<&'w str>,
    form: Option<UnitForm>,
    /// The version it was changed from: whoever was overtaken has to look at the page again.
    base: u32,
    refusal: String,
}

impl EditPage {
    fn token(&self, of: &str) -> String {
        stamp::form_token(&self.secret, &format!("{}/{of}", self.action))
    }
}

struct Wanted {
    kind: &'static str,
    id: String,
}

impl Wanted {
    fn address(&self) -> String {
        format!("/rack/{}s/{}", self.kind, self.id)
    }

    fn is_new(&self) -> bool {
        self.id == NEW
    }
}

/// The page as it is, or with what was just written and why it was refused.
async fn edit_page(
    web: &Web,
    visit: &Visit,
    wanted: &Wanted,
    written: Option<Written<'_>>,
) -> Result<EditPage, Trouble> {
    let zone = web.zone();
    let visitor = &visit.visitor;
    let mut page = EditPage {
        frame: Frame::of(visitor, &visit.secret, "rack"),
        kind: wanted.kind,
        id: String::new(),
        title: format!("A new {}", wanted.kind),
        version: 0,
        toml: if wanted.kind == "unit" {
            A_UNIT
        } else {
            A_CHAIN
        }
        .to_owned(),
        history: Vec::new(),
        measured: Vec::new(),
        unit: None,
        chain: None,
        form: None,
        action: wanted.address(),
        form_token: stamp::form_token(&visit.secret, &wanted.address()),
        secret: visit.secret.clone(),
        refusal: String::new(),
    };
    if !wanted.is_new() {
        page.id.clone_from(&wanted.id);
        if wanted.kind == "unit" {
            let all = web.studio.unit_history(visitor, &wanted.id).await?;
            page.history = Earlier::of(&all, &zone);
            let newest = all.into_iter().next().ok_or(Denied::NotFound)?;
            (page.version, page.toml) = (newest.version, newest.toml);
            page.title.clone_from(&newest.page.name);
            page.unit = Some(newest.page);
            let measured = web.studio.measured(visitor, &wanted.id).await?;
            page.measured = measured
                .iter()
                .map(|m| MeasuredLine::of(m, &zone))
                .collect();
        } else {
            let all = web.studio.chain_history(visitor, &wanted.id).await?;
            page.history = Earlier::of(&all, &zone);
            let newest = all.into_iter().next().ok_or(Denied::NotFound)?;
            (page.version, page.toml) = (newest.version, newest.toml);
            page.title.clone_from(&newest.page.name);
            page.chain = Some(newest.page);
        }
    }
    let mut form = UnitForm::of(page.unit.as_ref());
    if let Some(written) = written {
        page.id = written.id.to_owned();
        if let Some(toml) = written.toml {
            page.toml = toml.to_owned();
        }
        form = written.form.unwrap_or(form);
        page.version = written.base;
        page.refusal = written.refusal;
    }
    if wanted.kind == "unit" {
        // Where no server is looked at there is nothing to choose from.
        let board = web.studio.patchbay(visitor).await.ok();
        page.form = Some(form.with_rows(board.as_ref()));
    }
    Ok(page)
}

async fn edit(web: &Web, visit: Visit, wanted: Wanted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    draw(&edit_page(web, &visit, &wanted, None).await?)
}

async fn save(
    web: &Web,
    visit: Visit,
    wanted: Wanted,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let (visitor, fields) = (&visit.visitor, &posted.fields);
    let (id, toml) = (fields.get("id").trim(), fields.get("toml"));
    let id = if wanted.is_new() { id } else { &wanted.id };
    let base: u32 = fields.read("base")?;
    let form = fields.get("layout");
    let form = (!form.is_empty()).then(|| UnitForm::sent(fields));
    let saved = if let Some(form) = &form {
        save_form(web, &visit, &wanted, (id, base), form).await
    } else if wanted.kind == "unit" {
        let saving = web.studio.save_unit(visitor, (id, base), toml);
        saving.await.map(|_| ())
    } else {
        let saving = web.studio.save_chain(visitor, (id, base), toml);
        saving.await.map(|_| ())
    };
    match saved {
        Ok(()) => Ok(Redirect::to(&format!("/rack/{}s/{id}", wanted.kind)).into_response()),
        Err(denied) => {
            let written = Written {
                id,
                toml: form.is_none().then_some(toml),
                form,
                base,
                refusal: sentences_of(&denied).0,
            };
            let page = edit_page(web, &visit, &wanted, Some(written)).await?;
            let mut answer = draw(&page)?;
            *answer.status_mut() = status_of(&denied);
            Ok(answer)
        }
    }
}

/// Saves a unit as the form says it.
async fn save_form(
    web: &Web,
    visit: &Visit,
    wanted: &Wanted,
    (id, base): (&str, u32),
    form: &UnitForm,
) -> Result<(), Denied> {
    let visitor = &visit.visitor;
    let now = if wanted.is_new() {
        None
    } else {
        let all = web.studio.unit_history(visitor, id).await?;
        all.into_iter().next().map(|newest| newest.page)
    };
    let toml = form.unit(now)?.to_toml();
    let toml = toml.map_err(|refused| Denied::Invalid(refused.to_string()))?;
    web.studio.save_unit(visitor, (id, base), &toml).await?;
    Ok(())
}

/// A unit's page with why something about it was not done.
pub(super) async fn refused_unit(
    web: &Web,
    visit: &Visit,
    id: &str,
    denied: Denied,
) -> Result<Response, Trouble> {
    if matches!(denied, Denied::NotAllowed | Denied::NotFound) {
        return Err(denied.into());
    }
    let mut page = edit_page(web, visit, &wanted("unit", id.to_owned()), None).await?;
    page.refusal = sentences_of(&denied).0;
    let mut answer = draw(&page)?;
    *answer.status_mut() = status_of(&denied);
    Ok(answer)
}

fn wanted(kind: &'static str, id: String) -> Wanted {
    Wanted { kind, id }
}

async fn unit(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    edit(&web, visit, wanted("unit", id)).await
}

async fn save_unit(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    save(&web, visit, wanted("unit", id), posted).await
}

async fn chain(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    edit(&web, visit, wanted("chain", id)).await
}

async fn save_chain(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    save(&web, visit, wanted("chain", id), posted).await
}
