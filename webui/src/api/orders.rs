//! Orders: the list, one of them, a new one, its reports and plans.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use mastering::{Declared, Intensity, RevisionNo, Style, TrackId};
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{Denied, EarlierLinks, OrderForm, OrderQuery, TargetWish};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::{list, object};
use crate::Web;

const LINE: [(&str, &str, &str); 9] = [
    ("project", "string", "The project's id."),
    ("number", "string", "The order's number, such as LQ-1001."),
    ("title", "string", "Title."),
    ("artist", "string", "Artist."),
    ("client", "string", "The client's name."),
    ("stage", "string", "Stable code of the stage."),
    ("revision?", "integer", "The revision it is about."),
    ("waits_for", "string", "Who has to do what, in words."),
    ("opened_at", "integer", "When it was opened."),
];

const QUERY: [(&str, &str, &str); 4] = [
    (
        "search",
        "string",
        "What number, title, artist or the client's name must hold.",
    ),
    (
        "stage",
        "string",
        "The code of a stage, or `at_work` for all that are not in the archive.",
    ),
    (
        "before",
        "integer",
        "The mark of an earlier page's end, from its `Link`.",
    ),
    (
        "rows",
        "integer",
        "At most so many, up to 1000; 100 where left out.",
    ),
];

const PAGE: [(&str, &str, &str); 12] = [
    (
        "project",
        "object",
        "The live state: mixes, songs, revisions, comments, approval, finals.",
    ),
    (
        "alternates_proposed",
        "object[]",
        "Mixes whose names say that they go beside a song, for the studio: `mix`, `song`, `role`, `name`.",
    ),
    (
        "beside",
        "object[]",
        "What was found when alternates were mastered with their songs, for the studio.",
    ),
    ("seq", "integer", "The journal's last number."),
    ("client", "object", "The client."),
    ("offers", "string[]", "What the caller may do now."),
    ("waits_for", "string", "Who has to do what, in words."),
    ("log", "object[]", "The journal, in sentences."),
    ("jobs", "object[]", "Work in hand."),
    (
        "approval_wording",
        "string",
        "The sentence that an approval agrees to.",
    ),
    ("retention", "string", "What stays how long."),
    (
        "terms",
        "object",
        "The rules as they stand: the estimate, the rounds that are left, what was not listened to.",
    ),
];

fn reading(path: &'static str, summary: &'static str, gives: Gives) -> Operation {
    Operation {
        method: "get",
        path,
        summary,
        takes: Takes::Nothing,
        gives,
        access: Access::Visitor,
        route: match path {
            "/orders/{number}" => get(show),
            "/orders/{number}/mixes/{mix}/report" => get(report),
            "/orders/{number}/mixes/{mix}/report.txt" => get(report_text),
            _ => get(plan),
        },
    }
}

pub(super) fn operations() -> Vec<Operation> {
    let report = [
        ("report_text", "string", "The report for people."),
        (
            "report_html?",
            "string",
            "The same as a page that needs nothing else.",
        ),
        ("inspection", "object", "Findings and measurements."),
    ];
    let plan = [
        ("chain_toml", "string", "The chain."),
        ("reasons", "string[]", "Why it is as it is."),
        ("engine", "string", "The engine revision."),
    ];
    vec![
        Operation {
            method: "get",
            path: "/orders",
            summary: "Lists the orders the caller may see, newest first; `Link` names the next page.",
            takes: Takes::Query(&QUERY),
            gives: Gives::Json(list(&LINE)),
            access: Access::Visitor,
            route: get(index),
        },
        open(),
        reading(
            "/orders/{number}",
            "Shows one order.",
            Gives::Json(object(&PAGE)),
        ),
        reading(
            "/orders/{number}/mixes/{mix}/report",
            "Reports what the intake check found in a mix.",
            Gives::Json(object(&report)),
        ),
        reading(
            "/orders/{number}/mixes/{mix}/report.txt",
            "The same report for people.",
            Gives::Text,
        ),
        reading(
            "/orders/{number}/revisions/{revision}/tracks/{track}/plan",
            "Shows the plan of a song at a revision.",
            Gives::Json(object(&plan)),
        ),
        certificate(),
        change_plan(),
        Operation {
            method: "post",
            path: "/orders/{number}/try-again",
            summary: "Tries work again that was given up.",
            takes: Takes::Nothing,
            gives: Gives::Json(object(&[("jobs", "integer", "How much there was.")])),
            access: Access::Visitor,
            route: post(try_again),
        },
        new_link(),
    ]
}

fn new_link() -> Operation {
    Operation {
        method: "post",
        path: "/orders/{number}/portal-link",
        summary: "Makes a new link for the order's client. It is shown once.",
        takes: Takes::Json(object(&[(
            "ends_earlier?",
            "boolean",
            "Whether the earlier links to this order open nothing any more.",
        )])),
        gives: Gives::Json(object(&[("portal_link", "string", "The link's address.")])),
        access: Access::Visitor,
        route: post(portal_link),
    }
}

fn open() -> Operation {
    Operation {
        method: "post",
        path: "/orders",
        summary: "Opens an order.",
        takes: Takes::Json(object(&[
            ("client_login", "string", "The client's login name."),
            ("title", "string", "Title of the song, EP or album."),
            ("artist?", "string", "Artist, spelled as it must appear."),
            (
                "service",
                "string",
                "The service's name, as `/services` lists it.",
            ),
            (
                "style?",
                "string",
                "`usual`, `classical`, `acoustic`, `pop`, `rock`, `electronic`, `hip_hop` or `speech`.",
            ),
            ("intensity?", "string", "`gentle`, `balanced` or `loud`."),
            (
                "match_percent?",
                "integer",
                "How much of the way to the client's references a master goes in tone and width, 0 to 100.",
            ),
            (
                "target?",
                "object",
                "`integrated_lufs` and `true_peak_max_dbtp`; what is left out is the studio's or the style's own.",
            ),
            ("songs?", "integer", "How many songs will come."),
            (
                "declared?",
                "object",
                "`rate_hz` and `bits` as the client declares them.",
            ),
            ("key?", "string", "Makes sending it twice count once."),
        ])),
        gives: Gives::Json(object(&[
            ("number", "string", "The order's number."),
            ("project", "string", "The project's id."),
            (
                "portal_link",
                "string",
                "The client's link; it is shown once.",
            ),
            ("dropbox", "string", "The dropbox folder to send mixes to."),
        ])),
        access: Access::Visitor,
        route: post(open_order),
    }
}

fn certificate() -> Operation {
    Operation {
        method: "get",
        path: "/orders/{number}/certificate",
        summary: "Shows what was deleted of an order whose archive went, when, and who let it go.",
        takes: Takes::Nothing,
        gives: Gives::Json(object(&[
            ("order", "string", "The order's number."),
            ("title", "string", "Its title."),
            ("confirmed_by", "string", "Who confirmed it."),
            ("released_at", "integer", "When it was let go."),
            (
                "files",
                "object[]",
                "Each file's SHA-256 and size in bytes.",
            ),
        ])),
        access: Access::Visitor,
        route: get(show_certificate),
    }
}

fn change_plan() -> Operation {
    Operation {
        method: "put",
        path: "/orders/{number}/tracks/{track}/plan",
        summary: "Changes the plan of a song for the revision being worked on.",
        takes: Takes::Json(object(&[
            ("chain_toml", "string", "The new chain."),
            ("seq?", "integer", "The journal's number it was decided on."),
            ("key?", "string", "Makes sending it twice count once."),
        ])),
        gives: Gives::Json(object(&[("seq", "integer", "The journal's number now.")])),
        access: Access::Visitor,
        route: put(put_plan),
    }
}

/// A page of the list; the address of the next one stands in the header `Link`.
async fn index(
    State(web): State<Web>,
    caller: Caller,
    query: Result<Query<OrderQuery>, QueryRejection>,
) -> Result<Response, ApiTrouble> {
    let Query(query) = query.map_err(|e| Denied::Invalid(e.body_text()))?;
    let list = web.studio.orders(&caller.visitor, query.clone()).await?;
    let mut answer = Json(list.orders).into_response();
    if let Some(next) = list.next {
        let address = crate::pages::order_list_address("/api/v1/orders", &query, next);
        if let Ok(link) = format!("<{address}>; rel=\"next\"").parse() {
            answer.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(answer)
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let mut page = web.studio.order(&caller.visitor, address.number()?).await?;
    if !caller.visitor.is_staff() {
        // A revision is the client's to see once its reference was sent.
        let project = std::sync::Arc::make_mut(&mut page.project);
        project.revisions.retain(|_, r| r.sent_at.is_some());
    }
    Ok(Json(page).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    client_login: String,
    title: String,
    #[serde(default)]
    artist: String,
    service: String,
    #[serde(default)]
    style: Style,
    #[serde(default)]
    intensity: Intensity,
    #[serde(default)]
    match_percent: u8,
    #[serde(default)]
    target: TargetWish,
    songs: Option<u32>,
    declared: Option<Declared>,
    key: Option<String>,
}

async fn open_order(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<NewOrder>,
) -> Result<Json<Value>, ApiTrouble> {
    let form = OrderForm {
        client_login: new.client_login,
        title: new.title,
        artist: new.artist,
        service: new.service,
        style: new.style,
        intensity: new.intensity,
        match_percent: new.match_percent,
        target: new.target,
        songs: new.songs,
        declared: new.declared,
        key: new.key,
    };
    let opened = web.studio.open_order(&caller.visitor, form).await?;
    Ok(Json(json!({
        "number": opened.number,
        "project": opened.project,
        "portal_link": crate::pages::portal_address(&web, &opened.portal),
        "dropbox": opened.dropbox,
    })))
}

async fn find_report(
    web: &Web,
    caller: &Caller,
    address: &Address,
) -> Result<studio::ReportView, Denied> {
    let (number, mix) = (address.number()?, address.read("mix")?);
    web.studio.report(&caller.visitor, number, &mix).await
}

async fn report(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let report = find_report(&web, &caller, &address).await?;
    Ok(Json(json!({
        "report_text": report.report_text,
        "report_html": report.report_html,
        "inspection": report.inspection,
    })))
}

async fn report_text(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<String, ApiTrouble> {
    let report = find_report(&web, &caller, &address).await?;
    Ok(report.report_text)
}

async fn plan(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let number: u32 = address.read("revision")?;
    let revision = RevisionNo::try_from(number).map_err(|_| Denied::NotFound)?;
    let track: TrackId = address.read("track")?;
    let (visitor, order) = (&caller.visitor, address.number()?);
    let plan = web.studio.plan(visitor, order, revision, &track).await?;
    Ok(Json(json!({
        "chain_toml": plan.chain_toml,
        "reasons": plan.reasons,
        "engine": plan.engine,
    })))
}

async fn show_certificate(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<studio::DeletionCertificate>, ApiTrouble> {
    let number = address.number()?;
    Ok(Json(web.studio.certificate(&caller.visitor, number).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPlan {
    chain_toml: String,
    seq: Option<u64>,
    key: Option<String>,
}

async fn put_plan(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(plan): Body<NewPlan>,
) -> Result<Json<Value>, ApiTrouble> {
    let (number, track) = (address.number()?, address.read("track")?);
    let NewPlan {
        chain_toml,
        seq,
        key,
    } = plan;
    let studio = &web.studio;
    let seq = studio
        .change_plan(&caller.visitor, number, &track, &chain_toml, seq, key)
        .await?;
    Ok(Json(json!({ "seq": seq })))
}

async fn try_again(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let number = address.number()?;
    let jobs = web.studio.try_again(&caller.visitor, number).await?;
    Ok(Json(json!({ "jobs": jobs })))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LinkWish {
    ends_earlier: bool,
}

async fn portal_link(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    request: Request,
) -> Result<Json<Value>, ApiTrouble> {
    // Sent without a body it is a new link beside the earlier ones.
    let wish = if request.headers().contains_key(header::CONTENT_TYPE) {
        Body::<LinkWish>::from_request(request, &web).await?.0
    } else {
        LinkWish::default()
    };
    let earlier = if wish.ends_earlier {
        EarlierLinks::End
    } else {
        EarlierLinks::Stay
    };
    let studio = &web.studio;
    let link = studio
        .new_portal_link(&caller.visitor, address.number()?, earlier)
        .await?;
    let link = crate::pages::portal_address(&web, &link);
    Ok(Json(json!({ "portal_link": link })))
}
