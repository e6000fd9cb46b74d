//! `lacquer release words ..`: the words of an order's songs.

use std::path::PathBuf;

use mastering::OrderNumber;
use serde_json::Value;
use studio::control::{LyricsRequest, Request};

use crate::admin::{ask_daemon, say_done, text};
use crate::args::Place;
use crate::rule_args::WordOf;
use crate::{Outcome, print_json};

pub(crate) fn run(
    place: &Place,
    number: OrderNumber,
    (song, file): (Option<String>, Option<PathBuf>),
    word: &WordOf,
) -> anyhow::Result<Outcome> {
    let (lyrics, done) = match (song, file) {
        (None, _) => return show(place, number, word),
        (Some(song), Some(file)) => {
            let path = std::path::absolute(file)?;
            (LyricsRequest::Keep { song, path }, "its words are kept")
        }
        (Some(song), None) => (
            LyricsRequest::Instrumental { song },
            "it is noted as an instrumental",
        ),
    };
    let seq = ask(place, number, lyrics, word)?;
    say_done(number, (&seq, done), word)
}

fn ask(
    place: &Place,
    number: OrderNumber,
    lyrics: LyricsRequest,
    word: &WordOf,
) -> anyhow::Result<Value> {
    let by = word.by.clone();
    ask_daemon(place, &Request::Lyrics { number, lyrics, by })
}

fn show(place: &Place, number: OrderNumber, word: &WordOf) -> anyhow::Result<Outcome> {
    let songs = ask(place, number, LyricsRequest::Show, word)?;
    if word.json {
        print_json(&songs)?;
        return Ok(Outcome::Good);
    }
    for song in songs.as_array().into_iter().flatten() {
        println!("{}: {}", text(song, "title"), text(song, "told"));
        print!("{}", text(song, "text"));
    }
    Ok(Outcome::Good)
}
