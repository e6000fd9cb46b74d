//! The patchbay: what the hardware is now, live, and the connections that are to stand.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mastering::Zone;
use studio::{ConnectionView, Denied, PatchbayView, PortView, StreamView};

use super::draw;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, hardware, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/patchbay", get(show))
        .route("/patchbay/wanted", post(want))
        .route("/patchbay/unwanted", post(unwant))
        .route("/patchbay/again", post(again))
}

/// Happenings on the page; the rest is the API's.
const MOST_HAPPENINGS: usize = 20;
/// Where a meter's scale begins.
const LOWEST_DBFS: f64 = -60.0;

#[derive(Template)]
#[template(path = "patchbay.html")]
struct Page {
    frame: Frame,
    board: PatchbayView,
    zone: Zone,
    secret: String,
    refusal: String,
    /// What stands in the form: as it was written where it was refused.
    from: String,
    to: String,
}

impl Page {
    fn version(&self) -> String {
        hardware::version_words(self.board.version)
    }

    fn token(&self, action: &str) -> String {
        stamp::form_token(&self.secret, &format!("/patchbay/{action}"))
    }

    fn of_kind(&self, kind: &str) -> Vec<&PortView> {
        let ports = self.board.ports.iter();
        let of_it = |p: &&PortView| p.kind == kind && p.carries == "sound";
        ports.filter(of_it).collect()
    }

    /// The programs' ports, and whatever carries MIDI.
    fn others(&self) -> Vec<&PortView> {
        let ports = self.board.ports.iter();
        let is_hardware = |p: &PortView| matches!(p.kind, "capture" | "playback");
        let is_other = |p: &&PortView| !is_hardware(p) || p.carries == "midi";
        ports.filter(is_other).collect()
    }

    fn sources(&self) -> impl Iterator<Item = &PortView> {
        let ports = self.board.ports.iter();
        ports.filter(|p| matches!(p.kind, "capture" | "output"))
    }

    fn sinks(&self) -> impl Iterator<Item = &PortView> {
        let ports = self.board.ports.iter();
        ports.filter(|p| matches!(p.kind, "playback" | "input"))
    }

    fn theirs(&self) -> Vec<&ConnectionView> {
        let all = self.board.connections.iter();
        all.filter(|connection| !connection.is_wanted).collect()
    }

    fn happened(&self) -> Vec<(String, &str)> {
        let newest = self.board.happened.iter().take(MOST_HAPPENINGS);
        newest
            .map(|line| (clock(&self.zone, line.at), line.words.as_str()))
            .collect()
    }

    fn since(&self) -> String {
        words::moment(&self.zone, self.board.server.since)
    }

    fn period_ms(&self) -> String {
        let server = &self.board.server;
        match (server.period_frames, server.rate_hz) {
            (Some(frames), Some(rate)) if rate > 0 => {
                format!("{:.1} ms", f64::from(frames) * 1e3 / f64::from(rate))
            }
            _ => String::new(),
        }
    }

    fn load(&self) -> String {
        format!("{:.1} %", self.board.server.load_percent)
    }
}

/// A moment of today or of these days, to the second: happenings follow each other closely.
fn clock(zone: &Zone, at: mastering::UnixMs) -> String {
    zone.at(at)
        .map_or_else(String::new, |t| t.strftime("%-d %b, %H:%M:%S").to_string())
}

fn meter_value(port: &PortView) -> f64 {
    port.peak_dbfs.unwrap_or(LOWEST_DBFS).max(LOWEST_DBFS)
}

fn peak(port: &PortView) -> String {
    words::level(port.peak_dbfs, "dB")
}

/// Where units of the rack have a port, such as `Vari-Mu, send 1`.
fn units(port: &PortView) -> Vec<(String, String)> {
    let uses = port.units.iter();
    uses.map(|of| {
        let words = format!("{}, {} {}", of.name, of.way, of.channel);
        (of.unit.clone(), words)
    })
    .collect()
}

fn latency(port: &PortView) -> String {
    match port.latency_frames {
        [0, 0] => String::new(),
        [least, most] if least == most => format!("{least} frames"),
        [least, most] => format!("{least} to {most} frames"),
    }
}

/// What a stream can do, in words.
fn able(stream: &StreamView) -> String {
    if stream.rates_hz.is_empty() {
        return "not known while somebody else holds it".to_owned();
    }
    let rates: Vec<String> = stream
        .rates_hz
        .iter()
        .map(|hz| format!("{}", f64::from(*hz) / 1e3))
        .collect();
    let channels = match stream.channels {
        Some([least, most]) if least == most => format!(", {least} channels"),
        Some([least, most]) => format!(", {least} to {most} channels"),
        None => String::new(),
    };
    format!(
        "{} kHz{channels}, {}",
        rates.join(", "),
        stream.formats.join(", ")
    )
}

async fn page(web: &Web, visit: &Visit) -> Result<Page, Trouble> {
    Ok(Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "patchbay"),
        board: web.studio.patchbay(&visit.visitor).await?,
        zone: web.zone(),
        secret: visit.secret.clone(),
        refusal: String::new(),
        from: String::new(),
        to: String::new(),
    })
}

async fn show(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    draw(&page(&web, &visit).await?)
}

/// Back to the page, or the page with why it was not done.
async fn answer(
    web: &Web,
    visit: &Visit,
    posted: &Posted,
    done: Result<(), Denied>,
) -> Result<Response, Trouble> {
    let Err(denied) = done else {
        return Ok(Redirect::to("/patchbay").into_response());
    };
    let mut page = page(web, visit).await?;
    page.refusal = sentences_of(&denied).0;
    page.from = posted.fields.get("from").to_owned();
    page.to = posted.fields.get("to").to_owned();
    let mut answer = draw(&page)?;
    *answer.status_mut() = status_of(&denied);
    Ok(answer)
}

fn ends(posted: &Posted) -> (&str, &str) {
    (posted.fields.get("from"), posted.fields.get("to"))
}

async fn want(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let wanting = web.studio.want_connection(&visit.visitor, ends(&posted));
    let done = wanting.await;
    answer(&web, &visit, &posted, done).await
}

async fn unwant(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let unwanting = web.studio.unwant_connection(&visit.visitor, ends(&posted));
    let done = unwanting.await;
    answer(&web, &visit, &posted, done).await
}

async fn again(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let connecting = web.studio.connect_again(&visit.visitor, ends(&posted));
    let done = connecting.await;
    answer(&web, &visit, &posted, done).await
}
