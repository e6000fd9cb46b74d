//! `lacquer album`: a programme of songs becomes its tracks and its discs.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use delivery::names::Names;
use delivery::release::{self, ReleaseSheet};
use engine::{ConversionChoice, Depth, DitherChoice};
use mastering::programme::{Faults, Programme};
use serde_json::Value;
use studio::album::{Album, AlbumFile, Cut, CutMade, Format, join};

use crate::album_args::AlbumArgs;
use crate::album_balance::{Balance, balance};
use crate::album_words::{Made, document, say};
use crate::file_args::DepthArg;
use crate::opened::open_all;
use crate::stems::Outputs;
use crate::{Outcome, print_json, side_by_side};

pub(crate) fn run(args: &AlbumArgs) -> anyhow::Result<Outcome> {
    let folder = args.programme.parent().unwrap_or(Path::new(""));
    let programme = read(&args.programme, args.edition.as_deref())?.programme;
    let album = Album::lay(&programme, open_files(&programme, folder)?)
        .with_context(|| format!("could not make {}", args.programme.display()))?;
    let format = format(args, &album)?;
    let cuts = album.cuts(format.rate_hz)?;
    let made = match args.output.as_deref().filter(|_| !args.plan) {
        Some(output) => make(&album, &cuts, format, output)?,
        None => Made::default(),
    };
    let balance = balance(args, &album, &cuts, format.rate_hz)?;
    if args.json {
        let mut document = document(args, &album, format.rate_hz, &made);
        document["balance"] = balance.map_or(Value::Null, |balance| balance.document());
        print_json(&document)?;
    } else {
        say(&album, format.rate_hz, &made);
        balance.iter().for_each(Balance::say);
    }
    Ok(if made.clipped_samples() > 0 {
        Outcome::No
    } else {
        Outcome::Good
    })
}

/// A programme's file.
pub(crate) struct ProgrammeFile {
    /// Of one edition where that was asked for, each song with its file.
    pub(crate) programme: Programme,
    /// With all of its editions.
    pub(crate) whole: Programme,
    /// What is said of its release, where it says something.
    pub(crate) release: Option<ReleaseSheet>,
}

/// Reads a programme, of one edition where that is asked for, each song with its file.
pub(crate) fn read(path: &Path, edition: Option<&str>) -> anyhow::Result<ProgrammeFile> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let bad = || format!("{} is no programme", path.display());
    let (text, release) = release::split(&text).with_context(bad)?;
    let whole = Programme::read(&text).with_context(bad)?;
    let mut programme = whole.clone();
    if let Some(name) = edition {
        let there = programme.editions.join(", ");
        programme = match programme.edition(name) {
            Ok(edition) => edition,
            Err(name) if there.is_empty() => {
                bail!("the programme has no editions, and so no \u{201c}{name}\u{201d}")
            }
            Err(name) => {
                bail!("the programme has no edition \u{201c}{name}\u{201d}: it has {there}")
            }
        };
    }
    if let Some(versions_in) = &programme.versions_in {
        let files = names_in(versions_in, &folder.join(versions_in))?;
        programme = programme.with_versions(&files).map_err(|missing| {
            let mut all = programme.faults();
            all.extend(missing.0);
            anyhow::Error::new(Faults(all)).context(format!("could not make {}", path.display()))
        })?;
    }
    Ok(ProgrammeFile {
        programme,
        whole,
        release,
    })
}

/// The files of a folder, as a programme names them.
fn names_in(named: &str, folder: &Path) -> anyhow::Result<Vec<String>> {
    let look = || format!("could not look at {}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(look)? {
        let entry = entry.with_context(look)?;
        if entry.file_type().with_context(look)?.is_file()
            && let Some(name) = entry.file_name().to_str()
        {
            names.push(format!("{}/{name}", named.trim_end_matches('/')));
        }
    }
    names.sort();
    Ok(names)
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
    let paths = names(album, cuts).into_iter().map(|name| output.join(name));
    let outputs = Outputs::at(paths)?;
    let made = render_all(album, cuts, format, &outputs);
    match made.and_then(|made| outputs.sync().map(|()| made)) {
        Ok(made) => Ok(made),
        Err(error) => {
            outputs.take_away();
            Err(error)
        }
    }
}

/// A name for each cut, then one for each disc.
fn names(album: &Album, cuts: &[Cut]) -> Vec<String> {
    let mut names = Names::default();
    let discs = &album.timeline().discs;
    let of_disc = |disc: usize| {
        if discs.len() > 1 {
            format!("{}-", disc + 1)
        } else {
            String::new()
        }
    };
    let mut all = Vec::new();
    for cut in cuts {
        let tracks = &discs[cut.disc].tracks;
        let title = tracks.iter().find(|line| line.number == cut.track);
        let title = title.map_or("pregap", |line| line.title.as_str());
        all.push(names.take(
            &format!("{}{:02} {title}", of_disc(cut.disc), cut.track),
            "wav",
        ));
    }
    let programme = album.programme();
    for (disc, line) in discs.iter().enumerate() {
        let title = match (&line.title, discs.len()) {
            (Some(title), _) => format!("{} ({title})", programme.title),
            (None, 1) => programme.title.clone(),
            (None, _) => format!("{} (disc {})", programme.title, disc + 1),
        };
        all.push(names.take(&title, "wav"));
    }
    all
}

/// Renders the cuts, as many at once as there are cores, and joins them into their discs.
fn render_all(
    album: &Album,
    cuts: &[Cut],
    format: Format,
    outputs: &Outputs,
) -> anyhow::Result<Made> {
    let files = outputs.files();
    let (tracks, discs) = files.split_at(cuts.len());
    let paths: Vec<PathBuf> = tracks.iter().map(|(path, _)| path.clone()).collect();
    let one = |path: &Path| -> anyhow::Result<CutMade> {
        let place = paths.iter().position(|other| other == path);
        let place = place.context("a track is named by its own file")?;
        album
            .render(&cuts[place], format, &tracks[place].1)
            .with_context(|| format!("could not make {}", path.display()))
    };
    let made = side_by_side::each("made", &paths, one);
    let mut all = Made::default();
    for (path, made) in paths.iter().zip(made) {
        all.cuts.push((path.clone(), made?));
    }
    for (disc, (path, file)) in discs.iter().enumerate() {
        let parts = cuts.iter().zip(tracks).filter(|(cut, _)| cut.disc == disc);
        let parts: Vec<File> = parts
            .map(|(_, (_, file))| file.try_clone())
            .collect::<Result<_, _>>()?;
        let joined =
            join(&parts, file).with_context(|| format!("could not make {}", path.display()))?;
        all.discs.push((path.clone(), joined));
    }
    Ok(all)
}
