//! What an order says of its release, as deliveries read it.

use std::collections::BTreeMap;

use delivery::release::ReleaseSheet;
use mastering::{
    Attachment, AttachmentKind, Copying, Project, Release, TickPoint, Track, WORLDWIDE, Warning,
};
use serde::Serialize;

use super::attached::name_of;

/// The release as people would write it into a file of their own.
#[derive(Serialize)]
struct File<'p> {
    release: Head<'p>,
}

#[derive(Serialize)]
struct Head<'p> {
    kind: Option<&'static str>,
    title: &'p str,
    version: Option<&'p str>,
    artist: Option<&'p str>,
    ean: Option<&'p str>,
    catalogue_number: Option<&'p str>,
    label: Option<&'p str>,
    genre: Option<&'p str>,
    language: Option<&'p str>,
    released_on: Option<String>,
    p_line: Option<String>,
    c_line: Option<String>,
    territories: Vec<&'p str>,
    price_class: Option<&'p str>,
    cover: Option<&'p str>,
    cover_checked: Option<String>,
    booklet: Option<String>,
    song: Vec<Song<'p>>,
    translation: Vec<Translation<'p>>,
}

/// The release's title in a further language; its songs say theirs themselves.
#[derive(Serialize)]
struct Translation<'p> {
    language: &'p str,
    title: &'p str,
}

#[derive(Serialize)]
struct Song<'p> {
    song: &'p str,
    artist: Option<&'p str>,
    isrc: Option<&'p str>,
    composers: Vec<&'p str>,
    authors: Vec<&'p str>,
    arrangers: Vec<&'p str>,
    producers: Vec<&'p str>,
    explicit: Option<&'static str>,
    language: Option<&'p str>,
    message: Option<&'p str>,
    copying: Option<&'static str>,
    translated: BTreeMap<&'p str, &'p str>,
    video: Option<String>,
    video_isrc: Option<&'p str>,
}

/// What was said; what nobody has said stays unknown.
fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Several names in one line, spelled as they are given: a comma may stand within one of them.
fn names(text: &str) -> Vec<&str> {
    let names = text.split(';').map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}

fn song<'p>(track: &'p Track, release: Option<&'p Release>) -> Song<'p> {
    let own = release.and_then(|release| release.songs.get(&track.id));
    let of = |field: fn(&mastering::ReleaseSong) -> &String| own.map_or("", |own| field(own));
    Song {
        song: &track.title,
        artist: said(of(|own| &own.artist)),
        isrc: said(&track.isrc),
        composers: names(of(|own| &own.composer)),
        authors: names(of(|own| &own.author)),
        arrangers: names(of(|own| &own.arranger)),
        producers: names(of(|own| &own.producer)),
        explicit: own
            .and_then(|own| own.warning)
            .map(|warning| match warning {
                Warning::Explicit => "yes",
                Warning::NotNeeded => "no",
                Warning::Cleaned => "cleaned",
            }),
        language: said(of(|own| &own.language)),
        message: said(of(|own| &own.message)),
        copying: own
            .filter(|own| own.copying != Copying::default())
            .map(|own| own.copying.code()),
        translated: own
            .iter()
            .flat_map(|own| &own.translated)
            .map(|(code, title)| (code.as_str(), title.as_str()))
            .collect(),
        video: None,
        video_isrc: None,
    }
}

/// A line of rights with its year; none before a year is known. An owner whom nobody has confirmed is said to be that.
fn rights(line: &str) -> Option<String> {
    let bare = line.trim_start_matches("(C) ").trim_start_matches("(P) ");
    bare.starts_with(|c: char| c.is_ascii_digit())
        .then(|| bare.to_owned())
}

/// A song's video.
fn video_of<'p>(project: &'p Project, track: &Track) -> Option<&'p Attachment> {
    let mut videos = project.attached(AttachmentKind::Video);
    videos.find(|video| video.song.as_ref() == Some(&track.id))
}

/// Who looked at the cover last, once all of it was looked at.
fn cover_checked(project: &Project) -> Option<String> {
    let cover = project
        .cover
        .as_ref()
        .filter(|_| project.is_cover_checked())?;
    let ticks = TickPoint::OF_COVER.iter();
    let ticks = ticks.filter_map(|point| project.tick(&cover.object, *point));
    ticks.max_by_key(|tick| tick.at).map(|tick| tick.by.clone())
}

/// What the order says of its release, in the form of `config/release.toml`.
pub(crate) fn told(project: &Project) -> String {
    let release = project.release.as_ref();
    let of = |field: fn(&Release) -> &String| release.and_then(|own| said(field(own)));
    let territories = release.iter().flat_map(|own| &own.territories);
    let head = Head {
        kind: release.map(|own| own.kind.code()),
        title: &project.title,
        version: of(|own| &own.version),
        artist: of(|own| &own.artist).or_else(|| said(&project.artist)),
        ean: of(|own| &own.ean),
        catalogue_number: of(|own| &own.catalogue_no),
        label: of(|own| &own.label),
        genre: of(|own| &own.genre),
        language: of(|own| &own.language),
        released_on: release.and_then(|own| Some(own.released_on?.to_string())),
        p_line: release.and_then(|own| rights(&own.p_line())),
        c_line: release.and_then(|own| rights(&own.c_line())),
        territories: territories
            .map(|code| match code.as_str() {
                WORLDWIDE => "worldwide",
                code => code,
            })
            .collect(),
        price_class: of(|own| &own.price_class),
        cover: project.cover.as_ref().map(|cover| cover.file_name.as_str()),
        translation: release
            .iter()
            .flat_map(|own| &own.translations)
            .map(|(language, title)| Translation { language, title })
            .collect(),
        cover_checked: cover_checked(project),
        booklet: project
            .attached(AttachmentKind::Booklet)
            .next()
            .map(name_of),
        song: project
            .tracks
            .iter()
            .map(|track| Song {
                video: video_of(project, track).map(name_of),
                video_isrc: video_of(project, track).and_then(|video| said(&video.isrc)),
                ..song(track, release)
            })
            .collect(),
    };
    toml::to_string(&File { release: head }).expect("a release is texts and lists")
}

/// The same, to be held against a programme.
pub(super) fn sheet(text: &str) -> Result<ReleaseSheet, String> {
    ReleaseSheet::read(text).map_err(|error| crate::denied::chain(&error))
}
