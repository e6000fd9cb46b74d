//! What `lacquer album` says: where everything lies, and what was made.

use std::path::PathBuf;

use mastering::programme::{Song, Ticks, Time, TrackAt, TrackLine};
use serde_json::{Value, json};
use studio::album::{Album, CutMade, Format};

use crate::album_args::AlbumArgs;

/// The files that were made: cuts in the order of the album's, discs in theirs. Nothing for a plan.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) cuts: Vec<(PathBuf, CutMade)>,
    /// What goes beside songs, by disc from 0 and track.
    pub(crate) beside: Vec<((usize, u32), (PathBuf, CutMade))>,
    pub(crate) discs: Vec<(PathBuf, CutMade)>,
}

impl Made {
    pub(crate) fn clipped_samples(&self) -> u64 {
        let beside = self.beside.iter().map(|(_, made)| made);
        let all = self.cuts.iter().chain(beside);
        all.map(|(_, made)| made.report.clipped_samples).sum()
    }
}

/// For programs.
pub(crate) fn document(args: &AlbumArgs, album: &Album, rate_hz: u32, made: &Made) -> Value {
    let programme = album.programme();
    let discs = album.timeline().discs.iter().zip(1..);
    let mut cuts = made.cuts.iter();
    let mut of_discs = made.discs.iter();
    let discs: Vec<Value> = discs
        .map(|(disc, number)| {
            let at = disc.at(rate_hz);
            let pregap = at.cuts().first().is_some_and(|(track, _)| *track == 0);
            let pregap = pregap.then(|| file(cuts.next()));
            let tracks: Vec<Value> = disc
                .tracks
                .iter()
                .zip(&at.tracks)
                .map(|(line, at)| {
                    let own = if line.number > 0 {
                        file(cuts.next())
                    } else {
                        Value::Null
                    };
                    let mut track = track(album, number, line, at, own);
                    let of_it = made
                        .beside
                        .iter()
                        .filter(|(of, _)| *of == (number - 1, line.number));
                    track["beside"] = of_it.map(|(_, made)| file(Some(made))).collect();
                    track
                })
                .collect();
            json!({
                "number": number,
                "title": disc.title,
                "length_frames": at.frames,
                "length_seconds": disc.length.seconds(),
                "padding_seconds": disc.padding.seconds(),
                "pregap": pregap,
                "tracks": tracks,
                "file": file(of_discs.next()),
            })
        })
        .collect();
    json!({
        "title": programme.title,
        "artist": programme.artist,
        "edition": args.edition,
        "rate_hz": rate_hz,
        "discs": discs,
        "alternates": album.brought(),
        "sums": album.wholes().iter().map(|whole| {
            let mut told = json!(whole);
            told["adds_up"] = json!(whole.before.is_sum() && whole.after.is_sum());
            told
        }).collect::<Vec<_>>(),
        "mastered": album.mastered().iter().map(|song| json!({
            "file": song.file,
            "chain_name": song.chain_name,
            "chain": song.chain,
            "stages": song.report.stages,
            "loudness": song.report.loudness,
        })).collect::<Vec<_>>(),
        "edits": album.moved().iter().map(|moved| json!({
            "disc": moved.disc,
            "track": moved.track,
            "from_frame": moved.frames.0,
            "to_frame": moved.frames.1,
            "moved_frames": [moved.moved_frames.0, moved.moved_frames.1],
            "crossfade_frames": moved.crossfade_frames,
            "source_rate_hz": moved.rate_hz,
            "words": moved.words(),
        })).collect::<Vec<_>>(),
    })
}

fn track(album: &Album, disc: usize, line: &TrackLine, at: &TrackAt, file: Value) -> Value {
    let songs = album.programme().discs[disc - 1].songs();
    let song = songs
        .filter(|(number, _)| *number == line.number)
        .map(|(_, song)| song)
        .next();
    let words = song.map(Song::edit_words).unwrap_or_default();
    json!({
        "number": line.number,
        "title": line.title,
        "gap_from_frame": at.gap_from,
        "start_frame": at.start,
        "start_seconds": line.start.seconds(),
        "mark_frame": at.mark,
        "mark_cd_time": at.mark_cd_frames.map(|frames| Time::CdFrames(frames).to_string()),
        "index_frames": at.indexes,
        "end_frame": at.end,
        "end_seconds": line.end.seconds(),
        "moved": line.moved.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "version": words.version,
        "advisory": song.and_then(Song::advisory),
        "asks": words.asks.iter().map(|ask| ask.words()).collect::<Vec<_>>(),
        "file": file,
    })
}

fn file(made: Option<&(PathBuf, CutMade)>) -> Value {
    made.map_or(Value::Null, |(path, made)| {
        json!({
            "output": path,
            "frames": made.written.frames,
            "samples_sha256": made.written.samples_sha256,
            "untouched_frames": made.report.untouched_frames,
            "clipped_samples": made.report.clipped_samples,
            "non_finite_samples": made.report.non_finite_samples,
            "measurements": made.measured,
        })
    })
}

/// For people.
pub(crate) fn say(album: &Album, format: Format, made: &Made) {
    let rate_hz = format.rate_hz;
    println!("{}, {rate_hz} Hz", album.programme().title);
    let discs = album.timeline().discs.iter().zip(1..);
    for (disc, number) in discs {
        let title = disc
            .title
            .clone()
            .unwrap_or_else(|| format!("disc {number}"));
        println!("\n{title}: {}", disc.length);
        println!("       gap from      start       mark        end");
        for (line, at) in disc.tracks.iter().zip(&disc.at(rate_hz).tracks) {
            say_track(album, number, line, at);
        }
        if disc.padding > Ticks::ZERO {
            let ms = disc.padding.seconds() * 1000.0;
            println!("  and {ms:.1} ms of silence, up to a CD frame");
        }
    }
    album
        .moved()
        .iter()
        .for_each(|moved| println!("{}", moved.words()));
    album
        .brought()
        .iter()
        .for_each(|brought| println!("{}", brought.words()));
    for song in album.mastered() {
        println!("{} went through {}", song.file, song.chain_name);
        if let Some(loudness) = &song.report.loudness {
            println!("  {}", loudness.text());
        }
    }
    let beside = made.beside.iter().map(|(_, made)| made);
    let rendered = made.cuts.iter().chain(beside);
    for whole in album.wholes() {
        println!("{}", whole.words(format.depth));
    }
    for (path, made) in rendered.chain(&made.discs) {
        say_file(path, made);
    }
}

fn say_track(album: &Album, disc: usize, line: &TrackLine, at: &TrackAt) {
    let number = if line.number > 0 {
        format!("{:02}", line.number)
    } else {
        "--".to_owned()
    };
    println!(
        "  {number} {:>10} {:>10} {:>10} {:>10}  {}",
        line.gap_from.to_string(),
        line.start.to_string(),
        line.mark.to_string(),
        line.end.to_string(),
        line.title
    );
    for (place, index) in line.indexes.iter().zip(2..) {
        println!("     index {index} at {place}");
    }
    for moved in &line.moved {
        println!("     {}", moved);
    }
    let songs = album.programme().discs[disc - 1].songs();
    for (_, song) in songs.filter(|(number, _)| *number == at.number) {
        for ask in song.edit_words().asks {
            println!("     {}", ask.words());
        }
    }
}

fn say_file(path: &std::path::Path, made: &CutMade) {
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    println!(
        "{}: {} LUFS, {} dBTP",
        path.display(),
        figure(made.measured.integrated_lufs),
        figure(made.measured.true_peak_dbtp)
    );
    if made.report.clipped_samples > 0 {
        println!(
            "  {} samples lie beyond full scale: turn the song down, or let less of it sound together",
            made.report.clipped_samples
        );
    }
    if made.report.non_finite_samples > 0 {
        println!(
            "  {} samples are no numbers and were made silence",
            made.report.non_finite_samples
        );
    }
}
