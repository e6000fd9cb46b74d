//! What is delivered of an order: what each profile lacks, what was made, discs as a plant reads them, the cover.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use mastering::{PackageCommand, PackageWay, Zone};
use studio::{
    BadProfileFile, Denied, DiscTold, PackageAsked, PackageStanding, PackageView, PackagesView,
    ProfileView, Right, TrackTold,
};

use super::sending::SendingShown;
use crate::door::Door;
use crate::file_form::with_one_file;
use crate::form::Posted;
use crate::pages::draw;
use crate::trouble::{Trouble, as_sentence, sentences_of, status_of};
use crate::upload::bare_name;
use crate::view::{Frame, SongView, VersionView};
use crate::{Web, words};

#[derive(Template)]
#[template(path = "deliveries.html")]
struct Page {
    frame: Frame,
    number: String,
    base: String,
    packages: Vec<PackageShown>,
    profiles: Vec<ProfileView>,
    bad_profiles: Vec<BadProfileFile>,
    editions: Vec<String>,
    cover: Option<CoverShown>,
    waits_for: String,
    may_ask: bool,
    may: Vec<&'static str>,
    seals: [String; 7],
    refusal: String,
    /// The profile whose connection was tried, and what came of it.
    tried: (String, Vec<String>),
}

impl Page {
    fn may_send(&self) -> bool {
        self.may.contains(&"send")
    }
}

struct CoverShown {
    file_name: String,
    size: String,
    by: String,
}

struct PackageShown {
    no: u32,
    title: String,
    revision: String,
    when: String,
    size: String,
    state: &'static str,
    said: Vec<String>,
    objections: Vec<String>,
    discs: Vec<DiscShown>,
    files: Vec<FileShown>,
    sending: Option<SendingShown>,
    /// What this visitor may do: `open`, `release`, `post`.
    may: Vec<&'static str>,
}

impl PackageShown {
    fn may(&self, what: &str) -> bool {
        self.may.contains(&what)
    }
}

struct FileShown {
    place: usize,
    path: String,
    size: String,
    lufs: String,
    peak: String,
    sha256: String,
}

struct DiscShown {
    title: String,
    facts: Vec<String>,
    tracks: Vec<TrackShown>,
    objections: Vec<String>,
    song: SongView,
}

struct TrackShown {
    no: String,
    title: String,
    gap_from: String,
    start: String,
    seconds: f64,
    indexes: Vec<String>,
    length: String,
    isrc: String,
    flags: Vec<String>,
}

fn or_dash(text: Option<&String>) -> String {
    text.map_or("–", String::as_str).to_owned()
}

impl TrackShown {
    fn of(track: &TrackTold) -> Self {
        Self {
            no: format!("{:02}", track.no),
            title: match (&track.title, &track.performer) {
                (Some(title), Some(performer)) => format!("{title} ({performer})"),
                (title, _) => or_dash(title.as_ref()),
            },
            gap_from: or_dash(track.gap_from.as_ref()),
            start: track.start.clone(),
            seconds: track.start_seconds,
            indexes: track.indexes.clone(),
            length: track.length.clone(),
            isrc: or_dash(track.isrc.as_ref()),
            flags: track.flags.clone(),
        }
    }
}

impl DiscShown {
    fn of(told: &DiscTold, (package, no): (u32, usize), base: &str) -> Self {
        let title = told.title.clone().unwrap_or_else(|| format!("Disc {no}"));
        let below = format!("{base}/deliveries/{package}");
        let version = VersionView {
            code: "disc".to_owned(),
            label: "As a plant plays it".to_owned(),
            audio: format!("{below}/disc/{no}"),
            sheet: format!("{below}/sheet/{no}"),
            figures: String::new(),
            is_chosen: true,
            revision: 0,
        };
        let known = [
            told.performer.clone(),
            Some(format!("{} long", told.length)),
            Some(format!("{} tracks", told.tracks.len())),
            told.ean.as_ref().map(|ean| format!("EAN {ean}")),
        ];
        Self {
            facts: known.into_iter().flatten().collect(),
            tracks: told.tracks.iter().map(TrackShown::of).collect(),
            objections: told.objections.clone(),
            song: SongView {
                id: format!("package-{package}-{no}"),
                no: String::new(),
                title: title.clone(),
                length: told.length.clone(),
                versions: vec![version],
                comments: Vec::new(),
                beside: Vec::new(),
                heard: None,
                places: Vec::new(),
            },
            title,
        }
    }
}

fn files(view: &PackageView) -> Vec<FileShown> {
    let figure = |path: &str, name: &str| {
        let files = view.report.as_ref()?.get("files")?.as_array()?;
        let own = files
            .iter()
            .find(|file| file.get("path").and_then(|p| p.as_str()) == Some(path))?;
        own.get(name)?.as_f64()
    };
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.2}"));
    let files = view.package.made.iter().flat_map(|made| &made.files);
    files
        .zip(1..)
        .map(|(file, place)| FileShown {
            place,
            path: file.path.clone(),
            size: words::size(file.bytes),
            lufs: shown(figure(&file.path, "integrated_lufs")),
            peak: shown(figure(&file.path, "true_peak_dbtp")),
            sha256: file.sha256.to_string(),
        })
        .collect()
}

/// What is said of a package in sentences, and its state in one word.
fn told(view: &PackageView, zone: &Zone) -> (&'static str, Vec<String>) {
    let package = &view.package;
    let mut said = Vec::new();
    let mut state = "made";
    if package.is_in_the_making() {
        state = "making";
        said.push(format!("{} asked for it; it is being made.", package.by));
    }
    if let Some(why) = &package.failed {
        state = "failed";
        said.push("It was not made, because something is missing or wrong:".to_owned());
        said.extend(why.lines().map(as_sentence));
    }
    if let Some(released) = &package.released {
        state = "released";
        let when = words::moment(zone, released.at);
        said.push(format!(
            "{} released it for production, {when}.",
            released.by
        ));
    }
    if let Some(posted) = &package.posted {
        said.push(format!(
            "{} carries it since {}: {}.",
            posted.carrier,
            words::day(zone, posted.at),
            posted.tracking
        ));
    } else if package.is_to_be_posted() {
        said.push("It waits to be taken to the post.".to_owned());
    }
    let stands = match view.standing {
        PackageStanding::Current => None,
        PackageStanding::Outdated => Some(
            "Something else is said of the release since it was made: make it again to have that in it.",
        ),
        PackageStanding::Superseded => Some("It holds an approval that does not count any more."),
    };
    let stands = stands.filter(|_| package.made.is_some());
    said.extend(stands.map(str::to_owned));
    (state, said)
}

impl PackageShown {
    /// `waits_for` is what handing over waits for.
    fn of((view, waits_for): (&PackageView, Option<&String>), door: &Door, zone: &Zone) -> Self {
        let package = &view.package;
        let made = package.made.as_ref();
        let (state, said) = told(view, zone);
        let visitor = &door.visitor;
        let is_open = made.is_some() && (visitor.is_staff() || waits_for.is_none());
        let may_release = is_open && !visitor.is_staff() && visitor.may(Right::Approve);
        let may_release = may_release && view.standing != PackageStanding::Superseded;
        let rights = [
            ("open", is_open),
            ("release", may_release && package.released.is_none()),
            (
                "post",
                visitor.may(Right::TakeIn) && package.is_to_be_posted(),
            ),
        ];
        let discs = view.discs_told.iter().zip(1..);
        Self {
            no: package.no,
            title: match &package.edition {
                Some(edition) => format!("{}, {edition}", package.title),
                None => package.title.clone(),
            },
            revision: package.revision.to_string(),
            when: words::moment(zone, made.map_or(package.at, |made| made.at)),
            size: made.map_or_else(String::new, |made| words::size(made.bytes)),
            state,
            said,
            objections: made.map_or_else(Vec::new, |made| made.objections.clone()),
            discs: discs
                .map(|(told, no)| DiscShown::of(told, (package.no, no), &door.base))
                .collect(),
            files: files(view),
            sending: SendingShown::of(view, door, zone),
            may: rights
                .iter()
                .filter_map(|(what, is_so)| is_so.then_some(*what))
                .collect(),
        }
    }
}

async fn page(web: &Web, door: Door, refusal: String) -> Result<Response, Trouble> {
    page_with(web, door, refusal, (String::new(), Vec::new())).await
}

/// The page, with what came of trying the connection of a profile.
pub(super) async fn page_with(
    web: &Web,
    door: Door,
    refusal: String,
    tried: (String, Vec<String>),
) -> Result<Response, Trouble> {
    let seen = web.studio.packages(&door.visitor, door.number).await;
    let view: PackagesView = seen.map_err(|denied| door.trouble(denied))?;
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    let zone = web.zone();
    let waits_for = view.waits_for.as_ref();
    let packages = view.packages.iter();
    draw(&Page {
        frame,
        number: door.number.to_string(),
        packages: packages
            .map(|package| PackageShown::of((package, waits_for), &door, &zone))
            .collect(),
        may_ask: door.visitor.may(Right::TakeIn),
        may: if door.visitor.may(Right::Send) {
            vec!["send"]
        } else {
            Vec::new()
        },
        seals: [
            "deliveries",
            "deliveries/release",
            "deliveries/posted",
            "deliveries/cover",
            "deliveries/send",
            "deliveries/call-off",
            "deliveries/try",
        ]
        .map(|action| door.token(action)),
        waits_for: view
            .waits_for
            .as_deref()
            .map_or_else(String::new, as_sentence),
        profiles: view.profiles,
        bad_profiles: view.bad_profiles,
        editions: view.editions,
        cover: view.cover.map(|cover| CoverShown {
            size: words::size(cover.bytes),
            file_name: cover.file_name,
            by: cover.by,
        }),
        base: door.base,
        refusal,
        tried,
    })
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    page(&web, door, String::new()).await
}

pub(super) async fn done<T>(
    web: &Web,
    door: Door,
    outcome: Result<T, Denied>,
) -> Result<Response, Trouble> {
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("{}/deliveries", door.base)).into_response()),
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(door.trouble(denied)),
        Err(denied) => {
            let status = status_of(&denied);
            let page = page(web, door, sentences_of(&denied).0).await?;
            Ok((status, page).into_response())
        }
    }
}

pub(super) async fn ask(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let way = match posted.fields.get("post") {
        "yes" => PackageWay::Posted,
        _ => PackageWay::Fetched,
    };
    let edition = posted.fields.get("edition").to_owned();
    let asked = PackageAsked {
        profile: posted.fields.get("profile").to_owned(),
        edition: Some(edition).filter(|edition| !edition.is_empty()),
        way,
    };
    let key = Some(posted.key.clone());
    let outcome = web
        .studio
        .ask_package(&door.visitor, door.number, asked, key)
        .await;
    done(&web, door, outcome).await
}

pub(super) async fn release(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let command = PackageCommand::Release {
        no: posted.fields.read("no")?,
        by: posted.fields.get("name").to_owned(),
    };
    give(&web, door, &posted, command).await
}

pub(super) async fn posted(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let command = PackageCommand::Post {
        no: posted.fields.read("no")?,
        carrier: posted.fields.get("carrier").to_owned(),
        tracking: posted.fields.get("tracking").to_owned(),
        by: door.visitor.name().to_owned(),
    };
    give(&web, door, &posted, command).await
}

async fn give(
    web: &Web,
    door: Door,
    posted: &Posted,
    command: PackageCommand,
) -> Result<Response, Trouble> {
    let key = Some(posted.key.clone());
    let outcome = web
        .studio
        .on_package(&door.visitor, door.number, command, key)
        .await;
    done(web, door, outcome).await
}

pub(super) async fn keep_cover(
    State(web): State<Web>,
    door: Door,
    request: Request,
) -> Result<Response, Trouble> {
    let (visitor, number) = (&door.visitor, door.number);
    let kept = with_one_file(
        (&web, request),
        "Choose a file first.",
        async |form, body| {
            let name = bare_name(&form.file_name)?;
            web.studio.keep_cover(visitor, number, &name, body).await
        },
    );
    let outcome = kept.await?;
    done(&web, door, outcome).await
}

pub(super) async fn cover(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    let made = web.studio.cover(&door.visitor, door.number).await;
    let mut response = crate::files::picture(made.map_err(|denied| door.trouble(denied))?);
    // Another one may come to the same address.
    let no_cache = header::HeaderValue::from_static("private, no-cache");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_cache);
    Ok(response)
}

pub(super) async fn release_file(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    let toml = web.studio.release_toml(&door.visitor, door.number).await;
    let toml = toml.map_err(|denied| door.trouble(denied))?;
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((plain, toml).into_response())
}
