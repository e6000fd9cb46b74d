//! `lacquer album`: a programme of songs becomes its tracks and its discs.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use engine::{ConversionChoice, Depth, DitherChoice};
use mastering::programme::Programme;
use serde_json::Value;
use studio::album::{Album, AlbumFile, Cut, CutMade, Format, Whole, join};

use crate::album_args::AlbumArgs;
use crate::album_balance::{Balance, balance};
use crate::album_parts::{Part, chains, names, parts};
use crate::album_words::{Made, document, say};
use crate::file_args::DepthArg;
use crate::opened::open_all;
use crate::programme_file::{self, ProgrammeFile};
use crate::stems::Outputs;
use crate::{Outcome, album_sides, print_json, side_by_side};

pub(crate) fn run(args: &AlbumArgs) -> anyhow::Result<Outcome> {
    let folder = args.programme.parent().unwrap_or(Path::new(""));
    let ProgrammeFile {
        text, programme, ..
    } = programme_file::read(&args.programme, args.edition.as_deref(), |programme| {
        narrowed(programme, args)
    })?;
    args.output
        .iter()
        .for_each(|output| keep_scratch_beside(output));
    let (files, chains) = (open_files(&programme, folder)?, chains(&programme, folder)?);
    let album = if args.plan && args.balance.is_none() {
        Album::plan(&programme, files, &chains)
    } else {
        Album::lay_through(&programme, files, &chains)
    };
    let album = album.with_context(|| format!("could not make {}", args.programme.display()))?;
    let format = format(args, &album)?;
    if args.sides && !args.plan {
        return make_sides(args, &album, format);
    }
    let cuts = album.cuts(format.rate_hz)?;
    let made = match args.output.as_deref().filter(|_| !args.plan) {
        Some(output) => make(&album, &cuts, format, output)?,
        None => Made::default(),
    };
    let balance = balance(args, &album, &cuts, format.rate_hz)?;
    if let Some(balance) = balance.as_ref().filter(|_| args.write) {
        balance.write(args, &text)?;
    }
    if args.json {
        let mut document = document(args, &album, format.rate_hz, &made);
        document["balance"] = balance.map_or(Value::Null, |balance| balance.document());
        print_json(&document)?;
    } else {
        say(&album, format, &made);
        balance.iter().for_each(Balance::say);
    }
    let is_broken = album.wholes().iter().any(Whole::is_broken);
    Ok(if made.clipped_samples() > 0 || is_broken {
        Outcome::No
    } else {
        Outcome::Good
    })
}

/// Decoded songs and unrounded masters are gigabytes: they lie on the disk that takes the files, not in a `/tmp` that may be
/// memory. Where `TMPDIR` names a place, that is meant.
fn keep_scratch_beside(output: &Path) {
    let mut folders = output
        .ancestors()
        .filter(|folder| !folder.as_os_str().is_empty())
        .chain([Path::new(".")]);
    if let Some(there) = folders.find(|folder| folder.is_dir())
        && std::env::var_os("TMPDIR").is_none()
    {
        // It is set once, before anything asks for it.
        let _ = tempfile::env::override_temp_dir(there);
    }
}

fn make_sides(args: &AlbumArgs, album: &Album, format: Format) -> anyhow::Result<Outcome> {
    let output = args.output.as_deref().context("sides need a folder")?;
    let sides = album_sides::make(album, format, output)?;
    if args.json {
        let mut document = document(args, album, format.rate_hz, &Made::default());
        document["sides"] = album_sides::document(&sides);
        print_json(&document)?;
    } else {
        say(album, format, &Made::default());
        album_sides::say(&sides);
    }
    Ok(album_sides::outcome(&sides))
}

/// What is asked for of a programme: its sides alone, its songs without what goes beside them.
fn narrowed(programme: Programme, args: &AlbumArgs) -> anyhow::Result<Programme> {
    let mut programme = programme;
    if args.sides {
        programme = programme.sides().with_context(|| {
            format!("no disc of {} is a side of a record: write `side = {{ inches = 12, rpm = 33 }}` for those that are", args.programme.display())
        })?;
    }
    if !args.alternates {
        programme = programme.without_alternates();
    }
    Ok(programme)
}

/// Opens what is there; the programme says what is not.
pub(crate) fn open_files(
    programme: &Programme,
    folder: &Path,
) -> anyhow::Result<BTreeMap<String, AlbumFile>> {
    let files = programme.files();
    let there: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|name| (name.clone(), folder.join(name)))
        .filter(|(_, path)| path.exists())
        .collect();
    let paths: Vec<PathBuf> = there.iter().map(|(_, path)| path.clone()).collect();
    let opened = open_all(&paths)?;
    let named = there.into_iter().zip(opened).map(|((name, _), opened)| {
        let file = AlbumFile {
            canonical: opened.canonical,
            samples_sha256: opened.samples_sha256,
        };
        (name, file)
    });
    Ok(named.collect())
}

fn format(args: &AlbumArgs, album: &Album) -> anyhow::Result<Format> {
    let rate_hz = match (args.rate, &album.rates_hz()[..]) {
        (Some(rate), _) => rate,
        (None, [only]) => *only,
        (None, rates) => {
            let rates: Vec<String> = rates.iter().map(|rate| format!("{rate} Hz")).collect();
            bail!(
                "the songs are at {}: say at which rate the files are to be, with --rate",
                rates.join(" and ")
            )
        }
    };
    Ok(Format {
        rate_hz,
        depth: match args.depth {
            DepthArg::Int16 => Depth::Int16,
            DepthArg::Int24 => Depth::Int24,
            DepthArg::Float32 => Depth::Float32,
        },
        dither: DitherChoice::default(),
        conversion: ConversionChoice::default(),
    })
}

/// Makes all files, or none.
fn make(album: &Album, cuts: &[Cut], format: Format, output: &Path) -> anyhow::Result<Made> {
    std::fs::create_dir_all(output)
        .with_context(|| format!("could not make {}", output.display()))?;
    let parts = parts(album, cuts);
    let names = names(album, &parts).into_iter();
    let outputs = Outputs::at(names.map(|name| output.join(name)))?;
    let made = render_all(album, &parts, format, &outputs);
    match made.and_then(|made| outputs.sync().map(|()| made)) {
        Ok(made) => Ok(made),
        Err(error) => {
            outputs.take_away();
            Err(error)
        }
    }
}

/// Renders the parts, as many at once as there are cores, and joins the tracks into their discs.
fn render_all(
    album: &Album,
    parts: &[Part<'_>],
    format: Format,
    outputs: &Outputs,
) -> anyhow::Result<Made> {
    let files = outputs.files();
    let (rendered, discs) = files.split_at(parts.len());
    let paths: Vec<PathBuf> = rendered.iter().map(|(path, _)| path.clone()).collect();
    let one = |path: &Path| -> anyhow::Result<CutMade> {
        let place = paths.iter().position(|other| other == path);
        let place = place.context("a track is named by its own file")?;
        let (Part { cut, alternate }, out) = (parts[place], &rendered[place].1);
        let made = match alternate {
            None => album.render(cut, format, out),
            Some(other) => album.render_alternate(cut, other, format, out),
        };
        made.with_context(|| format!("could not make {}", path.display()))
    };
    let made = side_by_side::each("made", &paths, one);
    let mut all = Made::default();
    for ((path, part), made) in paths.iter().zip(parts).zip(made) {
        let made = (path.clone(), made?);
        match part.alternate {
            None => all.cuts.push(made),
            Some(_) => all.beside.push(((part.cut.disc, part.cut.track), made)),
        }
    }
    for (disc, (path, file)) in discs.iter().enumerate() {
        let tracks = parts.iter().zip(rendered);
        let tracks = tracks.filter(|(part, _)| part.cut.disc == disc && part.alternate.is_none());
        let tracks: Vec<File> = tracks
            .map(|(_, (_, file))| file.try_clone())
            .collect::<Result<_, _>>()?;
        let joined =
            join(&tracks, file).with_context(|| format!("could not make {}", path.display()))?;
        all.discs.push((path.clone(), joined));
    }
    Ok(all)
}
