//! The balance of a programme in `lacquer album`: what is proposed, and what shops make of it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use mastering::programme::{
    BalanceLimits, BalanceStep, LoudnessBy, Shop, SongHeard, Turned, propose_balance, whole_lufs,
    write_balance,
};
use serde_json::{Value, json};
use studio::album::{Album, Cut};

use crate::album_args::AlbumArgs;
use crate::side_by_side;

/// A proposal, and what shops do to the songs as they stand.
pub(crate) struct Balance {
    by: LoudnessBy,
    songs: Vec<SongHeard>,
    steps: Vec<BalanceStep>,
    whole_lufs: Option<f64>,
    shops: Vec<Turned>,
}

/// Measures the songs, where that is asked for.
pub(crate) fn balance(
    args: &AlbumArgs,
    album: &Album,
    cuts: &[Cut],
    rate_hz: u32,
) -> anyhow::Result<Option<Balance>> {
    let Some(by) = args.balance else {
        return Ok(None);
    };
    let cuts: Vec<&Cut> = cuts.iter().filter(|cut| cut.track > 0).collect();
    // Named by their places, so that each thread finds its own.
    let places: Vec<PathBuf> = (0..cuts.len()).map(|n| n.to_string().into()).collect();
    let hear = |place: &Path| -> anyhow::Result<(SongHeard, f64)> {
        let place = places.iter().position(|other| other == place);
        let cut = cuts[place.context("a song is named by its place")?];
        let measured = album.hear(cut, rate_hz)?;
        Ok((album.heard(cut, &measured), measured.duration_seconds))
    };
    let heard = side_by_side::each("measured", &places, hear);
    let heard = heard.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let lengths: Vec<(Option<f64>, f64)> = heard
        .iter()
        .map(|(song, seconds)| (song.integrated_lufs, *seconds))
        .collect();
    let songs: Vec<SongHeard> = heard.into_iter().map(|(song, _)| song).collect();
    let limits = BalanceLimits {
        gain_db: args.gain_limit,
        tilt_db: args.tilt_limit,
        ..BalanceLimits::default()
    };
    let whole_lufs = whole_lufs(&lengths);
    let shops = Shop::house();
    Ok(Some(Balance {
        by,
        steps: propose_balance(&songs, by, args.anchor, limits)?,
        shops: shops
            .values()
            .map(|shop| shop.turn(&songs, whole_lufs))
            .collect(),
        songs,
        whole_lufs,
    }))
}

impl Balance {
    /// Writes the steps into the programme's file, which is still what was measured.
    pub(crate) fn write(&self, args: &AlbumArgs, measured: &str) -> anyhow::Result<()> {
        let path = &args.programme;
        let failed = || format!("could not write the balance into {}", path.display());
        // Where the name is a link, what it points to is the file.
        let file = path.canonicalize().with_context(failed)?;
        let text = std::fs::read_to_string(&file).with_context(failed)?;
        if text != measured {
            bail!(
                "{} was changed while it was measured: nothing is written, balance it again",
                path.display()
            );
        }
        let written = write_balance(&text, args.edition.as_deref(), &self.steps);
        let written = written.with_context(failed)?;
        durable::replace(&file, written.as_bytes()).with_context(failed)
    }

    pub(crate) fn document(&self) -> Value {
        json!({
            "by": self.by,
            "songs": self.songs,
            "steps": self.steps,
            "whole_lufs": self.whole_lufs,
            "shops": self.shops,
        })
    }

    pub(crate) fn say(&self) {
        println!("\nbalance by {}", self.by.words());
        for (step, number) in self.steps.iter().zip(1..) {
            println!(
                "  {number:02} {:+.1} dB, tilt {:+.1} dB  {}",
                step.gain_db, step.tilt_db, step.title
            );
            step.reasons.iter().for_each(|why| println!("     {why}"));
        }
        println!("\nwhat shops do to the songs as they stand, in dB");
        let figure = |db: Option<f64>| db.map_or_else(|| "-".to_owned(), |db| format!("{db:+.1}"));
        for turned in &self.shops {
            let songs: Vec<String> = turned.songs_db.iter().map(|db| figure(*db)).collect();
            println!(
                "  {:<26} alone {}; the album in order {}",
                turned.shop,
                songs.join(" "),
                turned
                    .album_db
                    .map_or_else(|| "as alone".to_owned(), |db| format!("{db:+.1}"))
            );
        }
    }
}
