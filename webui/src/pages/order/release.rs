//! The release of an order: what a distributor is told, codes, removals, claims.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use mastering::{
    Command, Copying, Licence, LicenceKind, Release, ReleaseKind, ReleaseSong, RemovalCost,
    TrackId, WORLDWIDE, Warning, Zone,
};
use studio::{ClaimView, Denied, ReleaseView, RemovalView, Right, Submission};

use super::label_copy::LabelCopyShown;
use super::rules::word;
use crate::door::Door;
use crate::form::{Fields, Posted};
use crate::pages::draw;
use crate::trouble::{Trouble, as_sentence, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, words};

#[derive(Template)]
#[template(path = "release.html")]
struct Page {
    frame: Frame,
    number: String,
    base: String,
    view: ReleaseView,
    problems: Vec<String>,
    waits_for: String,
    territories: String,
    year: String,
    day: String,
    removals: Vec<RemovalShown>,
    claims: Vec<ClaimShown>,
    label_copies: Vec<LabelCopyShown>,
    may: Vec<&'static str>,
    seals: [String; 9],
    refusal: String,
}

struct RemovalShown {
    no: u32,
    words: String,
    /// Shop, when its links were dead.
    shops: Vec<(String, String)>,
    is_open: bool,
}

struct ClaimShown {
    no: u32,
    words: String,
    is_open: bool,
    letters: [(&'static str, String); 2],
    withdrawals: [(&'static str, String); 2],
}

impl RemovalShown {
    fn of(view: RemovalView, zone: &Zone) -> Self {
        let removal = view.removal;
        let cost = match removal.cost {
            RemovalCost::Free => "It is free.",
            RemovalCost::Fee => "The price list's fee for a removal is quoted.",
        };
        let back = removal.withdrawn_at.map(|at| {
            let day = words::day(zone, at);
            format!(" Taken back on {day}; shops whose links live keep the release.")
        });
        let due = view.due_at.filter(|_| back.is_none());
        let due = due.map_or_else(String::new, |due| {
            let day = words::day(zone, due.saturating_sub(1));
            format!(" Each shop is to be done by {day}.")
        });
        Self {
            no: removal.no,
            words: format!(
                "{} asked on {}: {}. {cost}{due}{}",
                removal.by,
                words::day(zone, removal.at),
                removal.reason.trim_end_matches('.'),
                back.unwrap_or_default()
            ),
            is_open: !removal.is_done(),
            shops: removal
                .shops
                .into_iter()
                .map(|(shop, gone)| {
                    let gone = gone.map_or_else(String::new, |at| words::day(zone, at));
                    (shop, gone)
                })
                .collect(),
        }
    }
}

impl ClaimShown {
    fn of(view: ClaimView, zone: &Zone) -> Self {
        let claim = view.claim;
        let state = claim.withdrawn_at.map_or_else(
            || "Nothing of the order is handed over until it is withdrawn.".to_owned(),
            |at| format!("Withdrawn on {}.", words::day(zone, at)),
        );
        Self {
            no: claim.no,
            words: format!(
                "{}, {}: {} {state}",
                claim.claimant,
                words::day(zone, claim.at),
                as_sentence(&claim.words)
            ),
            is_open: claim.withdrawn_at.is_none(),
            letters: [("English", view.letter.en), ("Deutsch", view.letter.de)],
            withdrawals: [
                ("English", view.withdrawal.en),
                ("Deutsch", view.withdrawal.de),
            ],
        }
    }
}

impl Page {
    fn may(&self, what: &str) -> bool {
        self.may.contains(&what)
    }

    fn is_removal_free(&self) -> bool {
        self.view.removal_cost == RemovalCost::Free
    }

    fn is_kind(&self, kind: &ReleaseKind) -> bool {
        self.view.release.kind == *kind
    }

    fn warnings(&self) -> [(&'static str, &'static str); 3] {
        Warning::ALL.map(|warning| (warning.code(), warning.words()))
    }

    fn is_warned(&self, song: &ReleaseSong, code: &str) -> bool {
        song.warning.is_some_and(|warning| warning.code() == code)
    }

    fn copying(&self) -> [(&'static str, &'static str); 3] {
        Copying::ALL.map(|copying| {
            let words = match copying {
                Copying::Prohibited => "may not be copied",
                Copying::Permitted => "may be copied",
                Copying::Once => "may be copied once",
            };
            (copying.code(), words)
        })
    }

    fn is_copied(&self, song: &ReleaseSong, code: &str) -> bool {
        song.copying.code() == code
    }

    /// A song's title in a further language, or nothing.
    fn translated<'s>(&self, song: &'s ReleaseSong, code: &str) -> &'s str {
        song.translated.get(code).map_or("", String::as_str)
    }

    fn kinds(&self) -> [ReleaseKind; 4] {
        ReleaseKind::ALL
    }

    fn is_exclusive(&self) -> bool {
        self.view.release.licence.kind == LicenceKind::Exclusive
    }

    fn is_sold_in(&self, shop: &str) -> bool {
        self.view.release.shops.contains(shop)
    }

    fn of_song(&self, track: &mastering::TrackId) -> ReleaseSong {
        let songs = &self.view.release.songs;
        songs.get(track).cloned().unwrap_or_default()
    }
}

async fn page(web: &Web, door: Door, refusal: String) -> Result<Response, Trouble> {
    let seen = web.studio.release(&door.visitor, door.number).await;
    let view = seen.map_err(|denied| door.trouble(denied))?;
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    let rights = [
        ("fill", door.visitor.may(Right::Send)),
        ("decide", door.visitor.may(Right::TakeIn)),
        ("ask", door.visitor.may(Right::RequestRevision)),
    ];
    let may = rights.iter().filter(|(_, is_so)| *is_so);
    let zone = web.zone();
    let release = &view.release;
    let territories: Vec<&str> = release.territories.iter().map(String::as_str).collect();
    draw(&Page {
        frame,
        number: door.number.to_string(),
        problems: view.problems.iter().map(|p| as_sentence(p)).collect(),
        waits_for: view
            .waits_for
            .as_deref()
            .map_or_else(String::new, as_sentence),
        territories: territories.join(", "),
        year: release.year.map_or_else(String::new, |y| y.to_string()),
        day: release
            .released_on
            .map_or_else(String::new, |day| day.to_string()),
        removals: view
            .removals
            .iter()
            .map(|removal| RemovalShown::of(removal.clone(), &zone))
            .collect(),
        claims: view
            .claims
            .iter()
            .map(|claim| ClaimShown::of(claim.clone(), &zone))
            .collect(),
        label_copies: view
            .label_copies
            .iter()
            .map(|copy| LabelCopyShown::of(copy.clone(), &zone))
            .collect(),
        may: may.map(|(what, _)| *what).collect(),
        seals: [
            "release",
            "allot-codes",
            "ask-removal",
            "shop-gone",
            "record-claim",
            "withdraw-claim",
            "withdraw-removal",
            "label-copy/choose",
            "label-copy",
        ]
        .map(|action| door.token(action)),
        base: door.base,
        view,
        refusal,
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
        Ok(_) => Ok(Redirect::to(&format!("{}/release", door.base)).into_response()),
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(door.trouble(denied)),
        Err(denied) => {
            let status = status_of(&denied);
            let page = page(web, door, sentences_of(&denied).0).await?;
            Ok((status, page).into_response())
        }
    }
}

async fn give(
    web: &Web,
    door: Door,
    posted: &Posted,
    command: Command,
) -> Result<Response, Trouble> {
    let given = Submission {
        command,
        seq: None,
        key: Some(posted.key.clone()),
    };
    let outcome = web.studio.submit(&door.visitor, door.number, given).await;
    done(web, door, outcome).await
}

/// Words with commas between them, each once.
fn list(text: &str) -> std::collections::BTreeSet<String> {
    let parts = text.split([',', '\n']).map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

fn number<T: std::str::FromStr>(fields: &Fields, name: &str) -> Result<Option<T>, Denied> {
    match fields.get(name).trim() {
        "" => Ok(None),
        _ => fields.read(name).map(Some),
    }
}

/// What is said of songs for a CD alone: copying, messages, titles in further languages.
fn on_a_cd(fields: &Fields, songs: &mut BTreeMap<TrackId, ReleaseSong>) {
    for (track, given) in fields.below("copying.") {
        let copying = Copying::ALL.into_iter().find(|known| known.code() == given);
        if let (Ok(track), Some(copying)) = (track.parse(), copying) {
            songs.entry(track).or_default().copying = copying;
        }
    }
    for (track, given) in fields.below("message.") {
        if let Ok(track) = track.parse() {
            given.clone_into(&mut songs.entry(track).or_default().message);
        }
    }
    for (place, given) in fields.below("translated.") {
        let Some((code, track)) = place.split_once('.') else {
            continue;
        };
        if let Ok(track) = track.parse() {
            let song: &mut ReleaseSong = songs.entry(track).or_default();
            song.translated.insert(code.to_owned(), given.to_owned());
        }
    }
}

/// What is said of each song.
fn songs_of(fields: &Fields) -> BTreeMap<TrackId, ReleaseSong> {
    let mut songs: BTreeMap<TrackId, ReleaseSong> = BTreeMap::new();
    for (part, name) in [
        ("artist", "artist."),
        ("composer", "composer."),
        ("author", "author."),
        ("arranger", "arranger."),
        ("producer", "producer."),
        ("language", "language."),
    ] {
        for (track, given) in fields.below(name) {
            let Ok(track) = track.parse() else {
                continue;
            };
            let song = songs.entry(track).or_default();
            let place = match part {
                "artist" => &mut song.artist,
                "composer" => &mut song.composer,
                "arranger" => &mut song.arranger,
                "producer" => &mut song.producer,
                "language" => &mut song.language,
                _ => &mut song.author,
            };
            given.clone_into(place);
        }
    }
    for (track, given) in fields.below("warning.") {
        let warning = Warning::ALL.into_iter().find(|known| known.code() == given);
        if let Ok(track) = track.parse() {
            songs.entry(track).or_default().warning = warning;
        }
    }
    on_a_cd(fields, &mut songs);
    songs
}

fn read(fields: &Fields) -> Result<Release, Denied> {
    let text = |name: &str| fields.get(name).to_owned();
    let mut territories = list(fields.get("territories"));
    if territories
        .iter()
        .any(|t| t.eq_ignore_ascii_case(WORLDWIDE))
    {
        territories = [WORLDWIDE.to_owned()].into();
    }
    Ok(Release {
        kind: word(fields, "kind")?,
        artist: text("artist"),
        version: text("version"),
        language: text("language"),
        translations: fields
            .below("in.")
            .map(|(place, code)| {
                let title = fields.get(&format!("in_title.{place}"));
                (code.trim().to_ascii_lowercase(), title.to_owned())
            })
            .filter(|(code, _)| !code.is_empty())
            .collect(),
        label: text("label"),
        catalogue_no: text("catalogue_no"),
        ean: text("ean"),
        genre: text("genre"),
        price_class: text("price_class"),
        territories,
        shops: fields
            .below("shop.")
            .map(|(_, shop)| shop.to_owned())
            .collect(),
        year: number(fields, "year")?,
        c_owner: text("c_owner"),
        p_owner: text("p_owner"),
        released_on: number(fields, "released_on")?,
        licence: Licence {
            kind: word(fields, "licence")?,
            months: fields.read("months")?,
        },
        songs: songs_of(fields),
    })
}

pub(super) async fn fill_in(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let outcome = match read(&posted.fields) {
        Ok(release) => {
            let studio = &web.studio;
            studio
                .describe_release(&door.visitor, door.number, release)
                .await
        }
        Err(denied) => Err(denied),
    };
    done(&web, door, outcome).await
}

pub(super) async fn allot(
    State(web): State<Web>,
    door: Door,
    _posted: Posted,
) -> Result<Response, Trouble> {
    let outcome = web.studio.allot_codes(&door.visitor, door.number).await;
    done(&web, door, outcome).await
}

pub(super) async fn ask_removal(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let shops = posted.fields.below("shop.");
    let command = Command::AskRemoval {
        shops: shops.map(|(_, shop)| shop.to_owned()).collect(),
        reason: posted.fields.get("words").to_owned(),
        by: door.visitor.name().to_owned(),
    };
    give(&web, door, &posted, command).await
}

pub(super) async fn withdraw_removal(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let command = Command::WithdrawRemoval {
        no: posted.fields.read("no")?,
        by: door.visitor.name().to_owned(),
    };
    give(&web, door, &posted, command).await
}

pub(super) async fn shop_gone(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let command = Command::RecordShopGone {
        no: posted.fields.read("no")?,
        shop: posted.fields.get("shop").to_owned(),
    };
    give(&web, door, &posted, command).await
}

pub(super) async fn record_claim(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let command = Command::RecordClaim {
        claimant: posted.fields.get("claimant").to_owned(),
        words: posted.fields.get("words").to_owned(),
        by: door.visitor.name().to_owned(),
    };
    give(&web, door, &posted, command).await
}

pub(super) async fn withdraw_claim(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let command = Command::WithdrawClaim {
        no: posted.fields.read("no")?,
        by: door.visitor.name().to_owned(),
    };
    give(&web, door, &posted, command).await
}
