//! The live room's page: transport, what is heard, knobs and levels of the song that is worked on.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mastering::{OrderNumber, TrackId, Zone};
use serde_json::{Map, Value, json};
use studio::{
    Denied, LiveBypassed, LiveHeard, LiveKeep, LiveKnob, LiveLevel, LiveMoment, LiveNow, LiveRack,
    LiveStage, LiveThen, LiveUnit, LiveView, LiveWord,
};

use super::draw;
use crate::form::{Fields, Posted};
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/orders/{number}/live/{track}", get(show))
        .route("/orders/{number}/live/{track}/open", post(open))
        .route("/orders/{number}/live/{track}/say", post(say))
        .route("/orders/{number}/live/{track}/keep", post(keep))
}

/// Which song.
#[derive(Debug, Clone)]
struct Which {
    number: OrderNumber,
    track: TrackId,
}

impl Which {
    fn read(number: &str, track: &str) -> Result<Self, Denied> {
        Ok(Self {
            number: number.parse().map_err(|_| Denied::NotFound)?,
            track: track.parse().map_err(|_| Denied::NotFound)?,
        })
    }

    fn base(&self) -> String {
        format!("/orders/{}/live/{}", self.number, self.track)
    }
}

/// A form that is one button.
struct Act {
    label: String,
    /// The word and what belongs to it, as hidden fields.
    fields: Vec<(&'static str, String)>,
    /// The key that presses it.
    key: &'static str,
    /// Whether it is what holds now; `None` where that means nothing.
    holds: Option<&'static str>,
}

/// What is heard of something, as three buttons.
const HEARD: [(LiveHeard, &str, &str); 3] = [
    (LiveHeard::Processed, "processed", "Processed"),
    (LiveHeard::Bypassed, "bypassed", "Bypassed"),
    (LiveHeard::Difference, "difference", "Difference"),
];

/// Keys that choose a source.
const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

impl Act {
    fn plain(label: &str, say: &str, key: &'static str) -> Self {
        Self {
            label: label.to_owned(),
            fields: vec![("say", say.to_owned())],
            key,
            holds: None,
        }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.fields.push((name, value.to_string()));
        self
    }

    fn held(mut self, holds: impl Into<Option<bool>>) -> Self {
        self.holds = holds
            .into()
            .map(|holds| if holds { "true" } else { "false" });
        self
    }

    /// Three buttons for what is heard of something.
    fn heard(say: &str, of: &[(&'static str, usize)], now: LiveHeard) -> Vec<Self> {
        let each = HEARD.iter().map(|(heard, code, label)| {
            let mut act = Self::plain(label, say, "").with("heard", code);
            for (name, number) in of {
                act = act.with(name, number);
            }
            act.held(*heard == now)
        });
        each.collect()
    }
}

#[derive(Template)]
#[template(path = "live.html")]
struct Page {
    frame: Frame,
    which: Which,
    rack: LiveRack,
    /// The session for this very song; none where there is none, or it is over.
    now: Option<Arc<LiveNow>>,
    /// Somebody else's song in the room, in a sentence.
    elsewhere: String,
    /// How the last session of this song ended.
    ended: String,
    /// What was just kept, in a sentence.
    kept: String,
    zone: Zone,
    secret: String,
    refusal: String,
}

impl Page {
    fn token(&self, action: &str) -> String {
        stamp::form_token(&self.secret, &format!("{}/{action}", self.which.base()))
    }

    fn since(&self, view: &LiveView) -> String {
        words::moment(&self.zone, view.since)
    }
}

/// Play and stop, one of which is the space bar's.
fn transport(view: &LiveView) -> Vec<Act> {
    let (play, stop) = if view.run == "playing" {
        ("", " ")
    } else {
        (" ", "")
    };
    let mut acts = vec![
        Act::plain("Play", "play", play).held(view.run == "playing"),
        Act::plain("Stop", "stop", stop).held(view.run == "stopped"),
        Act::plain("To the beginning", "at", "Home")
            .with("seconds", view.loop_seconds.map_or(0.0, |[from, _]| from)),
    ];
    if view.loop_seconds.is_some() {
        acts.push(Act::plain("Loop off", "loop_off", "\\"));
    }
    acts
}

fn sources(view: &LiveView) -> Vec<Act> {
    let each = view.sources.iter().map(|source| {
        let key = DIGITS.get(source.source).copied().unwrap_or("");
        Act::plain(&source.name, "hear", key)
            .with("source", source.source)
            .held(source.source == view.source)
    });
    each.collect()
}

fn levels_of_sources(view: &LiveView) -> Vec<Act> {
    let now = json!(view.source_level);
    let each = [
        ("As loud as the programme", "matched"),
        ("As loud as it is", "as_it_is"),
    ];
    let each = each.map(|(label, code)| {
        Act::plain(label, "level", "")
            .with("level", code)
            .held(now == code)
    });
    each.into()
}

fn monitors(view: &LiveView) -> Vec<Act> {
    let now = json!(view.listen);
    let listen = [
        ("Stereo", "stereo", "t"),
        ("Mono", "mono", "m"),
        ("Side", "side", "s"),
    ];
    let mut acts: Vec<Act> = listen
        .map(|(label, code, key)| {
            Act::plain(label, "listen", key)
                .with("listen", code)
                .held(now == code)
        })
        .into();
    let dim = if view.is_dimmed { "full" } else { "dim" };
    acts.push(Act::plain("Dim", dim, "d").held(view.is_dimmed));
    acts
}

/// The whole chain; the key switches between processed and bypassed.
fn chain(view: &LiveView) -> Vec<Act> {
    let mut acts = Act::heard("chain", &[], view.heard);
    let next = usize::from(view.heard == LiveHeard::Processed);
    acts[next].key = "b";
    acts
}

fn of_unit(unit: &LiveUnit) -> Vec<Act> {
    Act::heard("unit", &[("unit", unit.unit)], unit.heard)
}

fn of_stage(stage: &LiveStage) -> Vec<Act> {
    Act::heard("stage", &[("stage", stage.stage)], stage.heard)
}

fn ending() -> Vec<Act> {
    vec![Act::plain("End the session", "end", "")]
}

/// A processor's name, as people say it.
fn stage_name(stage: &LiveStage) -> String {
    capitalised(&stage.name.replace('_', " "))
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// What the session needs next, as buttons.
fn mends(view: &LiveView) -> Vec<Act> {
    match view.standing {
        "feedback" => vec![Act::plain("Open sends and monitors", "open", "")],
        "gone" => vec![Act::plain("Resume", "resume", "")],
        "ready" if !view.units.is_empty() => {
            vec![Act::plain("Measure the round trip again", "measure", "")]
        }
        _ => Vec::new(),
    }
}

/// A unit's round trip in words.
fn round_trip(unit: &LiveUnit, view: &LiveView) -> String {
    let Some(delays) = &unit.delays_frames else {
        return "not measured yet".to_owned();
    };
    let ms = |frames: f64| frames * 1e3 / f64::from(view.rate_hz.max(1));
    let each = delays
        .iter()
        .map(|delay| format!("{delay:.2} frames ({:.2} ms)", ms(*delay)));
    let mut each: Vec<String> = each.collect();
    each.dedup();
    each.join(" and ")
}

fn latency(view: &LiveView) -> String {
    let ms = view.latency_frames as f64 * 1e3 / f64::from(view.rate_hz.max(1));
    format!("{} frames, {ms:.1} ms", view.latency_frames)
}

/// How a setting's name ends, and its unit.
const UNITS: [(&str, &str); 6] = [
    ("_dbfs", "dBFS"),
    ("_dbtp", "dBTP"),
    ("_db", "dB"),
    ("_hz", "Hz"),
    ("_ms", "ms"),
    ("_percent", "%"),
];

/// A knob's name with its unit, such as `Band 2, gain (dB)`.
fn knob_name(knob: &LiveKnob) -> String {
    let ended = |(end, unit): &(&str, &'static str)| {
        let bare = knob.setting.strip_suffix(end)?;
        Some((bare.to_owned(), *unit))
    };
    let (bare, unit) = match UNITS.iter().find_map(ended) {
        Some((bare, unit)) => (bare, format!(" ({unit})")),
        None => (knob.setting.clone(), String::new()),
    };
    let name = bare.replace('_', " ");
    match knob.band {
        Some(band) => format!("Band {band}, {name}{unit}"),
        None => format!("{}{unit}", capitalised(&name)),
    }
}

/// How finely a knob turns.
fn step(knob: &LiveKnob) -> f64 {
    let wide = knob.range[1] - knob.range[0];
    if wide <= 2.0 {
        0.01
    } else if wide <= 400.0 {
        0.1
    } else {
        1.0
    }
}

/// Where a meter's scale begins.
const LOWEST_DBFS: f64 = -60.0;

fn meter_value(level: &LiveLevel) -> f64 {
    level.peak_dbfs.unwrap_or(LOWEST_DBFS).max(LOWEST_DBFS)
}

fn level_words(level: &LiveLevel) -> String {
    match (level.peak_dbfs, level.rms_dbfs) {
        (Some(peak), Some(rms)) => format!("{peak:.1} / {rms:.1}").replace('-', "\u{2212}"),
        (_, _) => "silent".to_owned(),
    }
}

fn time(seconds: &f64) -> String {
    words::clock(*seconds)
}

/// The passage it goes round in.
fn round(view: &LiveView) -> String {
    view.loop_seconds.map_or_else(String::new, |[from, to]| {
        format!("round {} to {}", words::clock(from), words::clock(to))
    })
}

fn lufs(moment: &LiveMoment) -> String {
    words::level(moment.short_term_lufs, "LUFS")
}

/// Every meter with its name, in the order of the path.
fn meters(now: &LiveNow) -> Vec<(String, LiveLevel)> {
    let mut all = vec![("Mix".to_owned(), now.moment.source)];
    let pairs = now.moment.sends.iter().zip(&now.moment.returns);
    for (unit, (send, back)) in now.view.units.iter().zip(pairs) {
        all.push((format!("To {}", unit.name), *send));
        all.push((format!("From {}", unit.name), *back));
    }
    all.push(("Monitors".to_owned(), now.moment.monitors));
    all
}

fn is_open(view: &LiveView) -> bool {
    !matches!(view.standing, "waits" | "opens" | "ended")
}

async fn page(web: &Web, visit: &Visit, which: Which) -> Result<Page, Trouble> {
    let song = (which.number, &which.track);
    let rack = web.studio.live_rack(&visit.visitor, song).await?;
    let told = web.studio.live_room(&visit.visitor)?.borrow().clone();
    let is_here =
        |now: &Arc<LiveNow>| now.view.order == which.number && now.view.track == which.track;
    let (mut elsewhere, mut ended) = (String::new(), String::new());
    if let Some(now) = told.as_ref() {
        if now.view.is_over() && is_here(now) {
            ended.clone_from(&now.view.words);
        }
        if !now.view.is_over() && !is_here(now) {
            elsewhere = format!(
                "{} works live on {}, {}. There is one live room; this page goes on by itself when it is free.",
                now.view.by, now.view.order, now.view.title
            );
        }
    }
    Ok(Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "orders"),
        rack,
        now: told.filter(|now| is_here(now) && !now.view.is_over()),
        elsewhere,
        ended,
        kept: String::new(),
        zone: web.zone(),
        which,
        secret: visit.secret.clone(),
        refusal: String::new(),
    })
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path((number, track)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, &track)?;
    let visit = visit.staff()?;
    web.studio.look_into_live_room(&visit.visitor);
    draw(&page(&web, &visit, which).await?)
}

/// Back to the page, or the page with why it was not done.
async fn answer(
    (web, visit): (&Web, &Visit),
    which: Which,
    done: Result<(), Denied>,
) -> Result<Response, Trouble> {
    let Err(denied) = done else {
        return Ok(Redirect::to(&which.base()).into_response());
    };
    let mut page = page(web, visit, which).await?;
    page.refusal = sentences_of(&denied).0;
    let mut answer = draw(&page)?;
    *answer.status_mut() = status_of(&denied);
    Ok(answer)
}

async fn open(
    State(web): State<Web>,
    visit: Visit,
    Path((number, track)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, &track)?;
    let visit = visit.staff()?;
    let song = (which.number, which.track.clone());
    let opening = web
        .studio
        .open_live(&visit.visitor, song, posted.fields.get("chain"));
    let done = opening.await;
    answer((&web, &visit), which, done).await
}

async fn say(
    State(web): State<Web>,
    visit: Visit,
    Path((number, track)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, &track)?;
    let visit = visit.staff()?;
    let done = match word(&posted.fields) {
        Ok(word) => web.studio.say_live(&visit.visitor, word).await,
        Err(denied) => Err(denied),
    };
    answer((&web, &visit), which, done).await
}

/// What sounds becomes a chain; the page with that said, or the recall sheet of what is to be printed.
async fn keep(
    State(web): State<Web>,
    visit: Visit,
    Path((number, track)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, &track)?;
    let visit = visit.staff()?;
    let fields = &posted.fields;
    let wanted = LiveKeep {
        chain: fields.get("chain").to_owned(),
        name: fields.get("name").to_owned(),
        bypassed: match fields.get("bypassed") {
            "" => LiveBypassed::Refused,
            _ => LiveBypassed::LeftOut,
        },
        then: match fields.get("then") {
            "print" => LiveThen::Print,
            _ => LiveThen::Stay,
        },
    };
    let kept = match web.studio.keep_live(&visit.visitor, wanted).await {
        Ok(kept) => kept,
        Err(denied) => return answer((&web, &visit), which, Err(denied)).await,
    };
    if let Some(revision) = kept.revision {
        let sheet = format!("/orders/{}/recall/{revision}", kept.order);
        return Ok(Redirect::to(&sheet).into_response());
    }
    let mut page = page(&web, &visit, which).await?;
    page.kept = kept.words;
    draw(&page)
}

/// A form as the word that it says. Places of the song are written as people write them.
fn word(fields: &Fields) -> Result<LiveWord, Denied> {
    const WHOLE: [&str; 4] = ["source", "stage", "unit", "band"];
    const NUMBERS: [&str; 4] = ["value", "send_db", "return_db", "percent"];
    const PLACES: [&str; 3] = ["seconds", "from_seconds", "to_seconds"];
    let mut said = Map::new();
    for (name, text) in &fields.0 {
        let text = text.trim();
        if matches!(name.as_str(), "form_token" | "key") || (name == "band" && text.is_empty()) {
            continue;
        }
        let wrong = || Denied::Invalid(format!("\u{201c}{text}\u{201d} is no number"));
        let value: Value = if WHOLE.contains(&name.as_str()) {
            json!(text.parse::<usize>().map_err(|_| wrong())?)
        } else if NUMBERS.contains(&name.as_str()) {
            json!(text.parse::<f64>().map_err(|_| wrong())?)
        } else if PLACES.contains(&name.as_str()) {
            json!(
                words::read_clock(text).ok_or_else(|| {
                    Denied::Invalid(format!(
                        "a place is written as 83.5 or 1:23.5, not \u{201c}{text}\u{201d}"
                    ))
                })? as f64
                    / 1e3
            )
        } else {
            json!(text)
        };
        said.insert(name.clone(), value);
    }
    serde_json::from_value(Value::Object(said)).map_err(|_| {
        Denied::Invalid("this form cannot be read; reload the page and try again".to_owned())
    })
}
