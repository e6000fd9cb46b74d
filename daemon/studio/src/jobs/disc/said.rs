//! What a disc says of its songs, as label copy.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;

use delivery::cd::text::{Genre, TextBlock, TextKind};
use delivery::cd::{ReadDisc, Words};
use labelcopy::{LabelCopy, ReleasePart, SongPart, SongSaid, Unread};
use mastering::Project;

use crate::disc::{Listened, told};
use crate::jobs::{Done, Shop, Trouble, label_copy};

/// Keeps what a disc says as label copy, with `file`, where one can read it; nothing where it says nothing of its songs. `no`
/// is the disc among several.
pub(super) fn keep(
    shop: &Shop,
    project: &Project,
    (name, file): (&str, &mut File),
    (disc, no): (&ReadDisc, Option<u32>),
) -> Result<Done, Trouble> {
    let copy = copy_of(disc, no);
    if !copy.says_something() {
        return Ok(Done::default());
    }
    label_copy::keep(shop, project, name, file, &copy)
}

/// All that is on a disc, in lines.
pub(super) fn lines(shop: &Shop, disc: &ReadDisc, all: &[Listened]) -> Result<File, Trouble> {
    let mut lines = shop.vault.scratch()?;
    lines.write_all(told(disc, all).as_bytes())?;
    Ok(lines)
}

fn copy_of(disc: &ReadDisc, no: Option<u32>) -> LabelCopy {
    let plan = &disc.plan;
    let block = plan.texts.first();
    let genre = block.and_then(|block| block.genre.as_ref()).and_then(genre);
    let catalogue = block.and_then(|block| block.text(TextKind::DiscId, 0));
    let said = [
        (ReleasePart::Title, Some(disc.words.title.clone())),
        (ReleasePart::Artist, Some(disc.words.performer.clone())),
        (ReleasePart::Ean, plan.ean.map(|ean| ean.to_string())),
        (ReleasePart::CatalogueNo, catalogue),
        (ReleasePart::Genre, genre),
    ];
    let said = said
        .into_iter()
        .filter_map(|(part, text)| Some((part, text?)));
    let songs = (1..).zip(&disc.tracks);
    LabelCopy {
        release: said.filter(|(_, text)| !text.is_empty()).collect(),
        songs: songs
            .map(|(number, words)| song(number, no, words))
            .collect(),
        unread: plan.texts.iter().skip(1).map(another).collect(),
    }
}

/// A genre by its name; one that has no number by its own words.
fn genre(genre: &Genre) -> Option<String> {
    let own = || String::from_utf8(genre.words.clone()).ok();
    match genre.code {
        0 | 1 => own(),
        _ => genre.name().map(str::to_owned),
    }
}

fn song(number: u32, disc: Option<u32>, words: &Words) -> SongSaid {
    let said = [
        (SongPart::Artist, words.performer.clone()),
        (SongPart::Author, words.songwriter.clone()),
        (SongPart::Composer, words.composer.clone()),
        (SongPart::Arranger, words.arranger.clone()),
        (
            SongPart::Isrc,
            words.isrc.map(|isrc| isrc.to_string()).unwrap_or_default(),
        ),
    ];
    let said: BTreeMap<SongPart, String> = said
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect();
    SongSaid {
        at: format!("track {number:02}"),
        disc,
        number: Some(number),
        title: words.title.clone(),
        said,
    }
}

/// A further language, which label copy has no place for.
fn another(block: &TextBlock) -> Unread {
    let tracks = block
        .strings
        .get(&TextKind::Title)
        .map_or(0, |titles| titles.tracks.len());
    let titles = (0..=tracks).filter_map(|no| block.text(TextKind::Title, no));
    let titles: Vec<String> = titles.filter(|title| !title.is_empty()).collect();
    Unread {
        at: format!("CD-Text in language {:#04x}", block.language),
        text: titles.join(" / ").chars().take(300).collect(),
    }
}
