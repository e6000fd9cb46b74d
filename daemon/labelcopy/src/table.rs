//! Label copy that comes as a table: heads somewhere in its first rows, a song in each row below them.

use std::collections::BTreeMap;

use tables::Row;

use crate::heads::{Part, ReleasePart, SongPart};
use crate::{LabelCopy, MOST_SONGS, SongSaid, codes, value};

/// How many rows may stand above the heads.
const LOOKED_AT: usize = 40;

/// Reads a table; none where it has no heads of songs.
pub(crate) fn read(bytes: &[u8]) -> Option<LabelCopy> {
    let rows = tables::rows(bytes).ok()?;
    let place = rows.iter().take(LOOKED_AT).position(is_head)?;
    let (above, rest) = rows.split_at_checked(place)?;
    let (head, body) = rest.split_first()?;
    let columns = columns(head, body);
    let mut copy = LabelCopy::default();
    for (row, number) in above.iter().zip(1..) {
        take_above(&mut copy, row, number);
    }
    for (row, number) in body.iter().zip(place + 2..) {
        if !row.is_empty() {
            take_song(&mut copy, row, &columns, number);
        }
    }
    lift_release(&mut copy, body, &columns, place + 2);
    Some(copy)
}

/// A row of heads names a song by its title or its code, and something else.
fn is_head(row: &Row) -> bool {
    let parts: Vec<Part> = row.cells().filter_map(|cell| head_of(cell.text)).collect();
    let names_songs = |part: &Part| matches!(part, Part::Song(SongPart::Title | SongPart::Isrc));
    parts.len() > 1 && parts.iter().any(names_songs)
}

/// What a head means; a column that is called *track* holds numbers or titles, which its cells tell.
fn head_of(text: &str) -> Option<Part> {
    if is_track(text) {
        return Some(Part::Song(SongPart::Title));
    }
    Part::of(text)
}

fn is_track(text: &str) -> bool {
    matches!(tables::plain(text).as_str(), "track" | "tracks")
}

/// What each column holds: the first that a part is found in, so that nothing is read twice.
fn columns(head: &Row, body: &[Row]) -> Vec<Option<Part>> {
    let mut columns: Vec<Option<Part>> = Vec::new();
    for (place, cell) in head.cells().enumerate() {
        let mut part = head_of(cell.text);
        if is_track(cell.text) && holds_numbers(body, place) {
            part = Some(Part::Song(SongPart::Number));
        }
        columns.push(part.filter(|part| !columns.contains(&Some(*part))));
    }
    columns
}

fn holds_numbers(body: &[Row], column: usize) -> bool {
    let cells = body.iter().filter_map(|row| row.get(column));
    let mut cells = cells.filter(|cell| !cell.text.is_empty()).peekable();
    cells.peek().is_some() && cells.all(|cell| cell.text.parse::<f64>().is_ok())
}

/// Above the heads people write what holds for all of it: a name and, beside it, what is meant.
fn take_above(copy: &mut LabelCopy, row: &Row, number: usize) {
    let cells: Vec<&str> = row
        .cells()
        .map(|cell| cell.text)
        .filter(|text| !text.is_empty())
        .collect();
    let (name, meant) = match cells[..] {
        [] => return,
        [one] => one.split_once(':').unwrap_or((one, "")),
        [name, meant, ..] => (name.trim_end_matches(':'), meant),
    };
    let part = match Part::of(name) {
        Some(Part::Release(part)) => Some(part),
        Some(Part::Song(part)) => of_release(part),
        None => None,
    };
    match part {
        Some(part) if !value(meant).is_empty() => {
            copy.release.entry(part).or_insert_with(|| value(meant));
        }
        _ => copy.unread(at(number), &cells.join(" ")),
    }
}

/// What a name means where it stands above the songs.
pub(crate) fn of_release(part: SongPart) -> Option<ReleasePart> {
    match part {
        SongPart::Title => Some(ReleasePart::Title),
        SongPart::Artist => Some(ReleasePart::Artist),
        SongPart::Version => Some(ReleasePart::Version),
        _ => None,
    }
}

fn at(row: usize) -> String {
    format!("row {row}")
}

/// A number as a spreadsheet or a person writes it: `3`, `03`, `3.`, `3.0`.
pub(crate) fn whole(text: &str) -> Option<u32> {
    let text = text
        .trim()
        .trim_end_matches(".0")
        .trim_end_matches(['.', ')']);
    text.parse()
        .ok()
        .filter(|number| (1..=999).contains(number))
}

/// `2-03` or `2.03`: a disc and a number on it.
fn disc_and_number(text: &str) -> Option<(u32, u32)> {
    let (disc, number) = text.trim().split_once(['-', '/'])?;
    Some((whole(disc)?, whole(number)?))
}

fn take_song(copy: &mut LabelCopy, row: &Row, columns: &[Option<Part>], number: usize) {
    let mut song = SongSaid {
        at: at(number),
        ..SongSaid::default()
    };
    let mut unread = Vec::new();
    for (cell, part) in row.cells().zip(columns) {
        let Some(Part::Song(part)) = part else {
            continue;
        };
        let text = value(cell.text);
        if text.is_empty() {
            continue;
        }
        let is_read = take_cell(&mut song, *part, text.clone());
        if !is_read {
            unread.push(format!("{}: {text}", part.words()));
        }
    }
    for text in unread {
        copy.unread(at(number), &text);
    }
    if song.title.is_empty() && song.said.is_empty() {
        let text: Vec<&str> = row
            .cells()
            .map(|cell| cell.text)
            .filter(|text| !text.is_empty())
            .collect();
        copy.unread(at(number), &text.join(" "));
    } else if copy.songs.len() < MOST_SONGS {
        copy.songs.push(song);
    }
}

/// Whether a cell was read.
fn take_cell(song: &mut SongSaid, part: SongPart, text: String) -> bool {
    match part {
        SongPart::Number => match (disc_and_number(&text), whole(&text)) {
            (Some((disc, number)), _) => {
                song.disc = Some(disc);
                song.number = Some(number);
            }
            (None, Some(number)) => song.number = Some(number),
            (None, None) => return false,
        },
        SongPart::Disc => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            song.disc = whole(&digits);
            return song.disc.is_some();
        }
        SongPart::Title => song.title = text,
        SongPart::Isrc => {
            // One that is none is kept as it stands, so that whoever enters it is told what is wrong with it.
            let code = codes::isrc_in(&text).map_or(text, |(_, code)| code);
            song.said.insert(part, code);
        }
        _ => {
            song.said.insert(part, text);
        }
    }
    true
}

/// What a column says of the release in every row alike is said of the release; where rows differ it is told as unread.
fn lift_release(copy: &mut LabelCopy, body: &[Row], columns: &[Option<Part>], first: usize) {
    for (place, part) in columns.iter().enumerate() {
        let Some(Part::Release(part)) = part else {
            continue;
        };
        let mut said: BTreeMap<String, usize> = BTreeMap::new();
        for (row, number) in body.iter().zip(first..) {
            let text = row
                .get(place)
                .map(|cell| value(cell.text))
                .unwrap_or_default();
            if !text.is_empty() {
                said.entry(text).or_insert(number);
            }
        }
        if let [(text, _)] = said.iter().collect::<Vec<_>>()[..] {
            copy.release.entry(*part).or_insert_with(|| text.clone());
            continue;
        }
        for (text, row) in said {
            copy.unread(at(row), &format!("{}: {text}", part.words()));
        }
    }
}
