//! `lacquer deliver` of a programme.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use delivery::Moment;
use delivery::profile::{Beside, Profile};
use delivery::profiles;
use delivery::release::{Release, ReleaseSheet};
use delivery::wish::{OfDisc, Wish};
use jiff::Zoned;
use mastering::programme::Programme;
use serde_json::{Value, json};
use studio::album::Album;
use studio::delivering::{Delivered, Delivery, DeliveryPlan, Session, facts, narrowed};

use crate::album::open_files;
use crate::album_parts::chains;
use crate::deliver_attached::{attached, check_cover};
use crate::disc_args::DeliverArgs;
use crate::{Outcome, deliver_lyrics, print_json, programme_file};

pub(crate) fn run(args: &DeliverArgs) -> anyhow::Result<Outcome> {
    let path = &args.file;
    let profile = profile(args)?;
    let profile = Profile {
        beside: args.beside.map_or(profile.beside, Beside::from),
        ..profile
    };
    let narrow = |programme| Ok(narrowed(programme, profile.beside));
    let file = programme_file::read(path, args.edition.as_deref(), narrow)?;
    let sheet = match &args.release {
        Some(path) => Some(sheet(path)?),
        None => file.release,
    };
    let facts = facts(&file.programme, &file.whole);
    let release = sheet.unwrap_or_default().complete(&facts);
    let mut release =
        release.with_context(|| format!("{} cannot be released so", path.display()))?;
    deliver_lyrics::add(&mut release, beside(args))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let chains = chains(&file.programme, folder)?;
    let files = open_files(&file.programme, folder)?;
    let session = session(args, (&file.programme, &file.whole), &release);
    let decoded = files.iter();
    let decoded = decoded.map(|(name, file)| Ok((name.clone(), file.canonical.try_clone()?)));
    let decoded = decoded.collect::<std::io::Result<_>>()?;
    let album = if args.plan {
        Album::plan(&file.programme, files, &chains)
    } else {
        Album::lay_through(&file.programme, files, &chains)
    };
    let album = album.with_context(|| format!("could not make {}", path.display()))?;
    let delivery = Delivery {
        album: &album,
        files: decoded,
        release: &release,
        session,
        profile: &profile,
        cover: cover(release.cover.as_deref(), args)?,
        attached: attached(&release, &profile, beside(args))?,
        made_at: now()?,
    };
    if args.plan {
        return plan(args, &delivery.plan());
    }
    let output = args
        .output
        .as_deref()
        .context("say where to, with --output")?;
    let made = delivery
        .make(output)
        .with_context(|| format!("could not deliver {}", path.display()))?;
    if args.json {
        print_json(&json!({ "output": output, "delivered": made }))?;
    } else {
        say(output, &made);
    }
    Ok(if made.objections.is_empty() {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn sheet(path: &Path) -> anyhow::Result<ReleaseSheet> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    ReleaseSheet::read(&text).with_context(|| format!("{} is no release", path.display()))
}

/// The profile that was named; else the formats that were, or a DDP and its PQ sheet.
fn profile(args: &DeliverArgs) -> anyhow::Result<Profile> {
    let Some(name) = &args.profile else {
        let usual = vec![Wish::Disc(OfDisc::Ddp), Wish::Disc(OfDisc::Pq)];
        return Ok(Profile {
            formats: if args.format.is_empty() {
                usual
            } else {
                args.format.clone()
            },
            ..Profile::default()
        });
    };
    if let Some(text) = profiles::text(name) {
        return Profile::read(text).with_context(|| format!("the profile {name} is broken"));
    }
    let path = Path::new(name);
    if !path.is_file() {
        let known: Vec<&str> = profiles::names().collect();
        bail!(
            "there is no profile {name:?}: take {}, or a profile's file",
            known.join(", ")
        );
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read {name}"))?;
    Profile::read(&text).with_context(|| format!("{name} is no profile"))
}

/// Most bytes of a cover that are read; shops take far less.
const MOST_COVER_BYTES: u64 = 100 << 20;

/// What belongs to the session: the programme with the files that it names, and those that say something of it.
fn session(
    args: &DeliverArgs,
    (programme, whole): (&Programme, &Programme),
    release: &Release,
) -> Session {
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let mut files = programme.files();
    files.extend(whole.files());
    // A chain that lies in no file is one of the house.
    let chains = whole.chains().into_iter();
    files.extend(chains.filter(|name| folder.join(name).is_file()));
    let of_songs = release.songs.iter();
    let of_songs = of_songs.flat_map(|song| [song.lyrics_file.as_deref(), song.video.as_deref()]);
    let of_release = [release.cover.as_deref(), release.booklet.as_deref()];
    let named = of_release.into_iter().chain(of_songs).flatten();
    let named: Vec<PathBuf> = named.map(|name| beside(args).join(name)).collect();
    let written = [Some(&args.file), args.release.as_ref()];
    for path in written.into_iter().flatten().chain(&named) {
        let name = path.strip_prefix(folder).unwrap_or(path);
        files.insert(name.to_string_lossy().into_owned());
    }
    Session {
        folder: folder.to_owned(),
        files,
    }
}

/// The folder in which the release data lie.
fn beside(args: &DeliverArgs) -> &Path {
    let beside = args.release.as_ref().unwrap_or(&args.file);
    beside.parent().unwrap_or(Path::new(""))
}

/// The cover's file, which lies beside the release data.
fn cover(name: Option<&str>, args: &DeliverArgs) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(name) = name else { return Ok(None) };
    let path = beside(args).join(name);
    check_cover(&path)?;
    let wrong = || format!("could not read the cover {}", path.display());
    let file = std::fs::File::open(&path).with_context(wrong)?;
    let mut bytes = Vec::new();
    let read = file.take(MOST_COVER_BYTES + 1).read_to_end(&mut bytes);
    if read.with_context(wrong)? as u64 > MOST_COVER_BYTES {
        bail!("the cover {} has more than 100 MiB", path.display());
    }
    Ok(Some(bytes))
}

/// Now, as the clocks of this place show it.
fn now() -> anyhow::Result<Moment> {
    let here = Zoned::now();
    let ms = here.timestamp().as_millisecond() + i64::from(here.offset().seconds()) * 1000;
    Moment::from_unix_ms(ms).context("the clock of this machine is wrong")
}

fn plan(args: &DeliverArgs, plan: &DeliveryPlan) -> anyhow::Result<Outcome> {
    let formats: Vec<String> = plan.wishes().map(|wish| wish.to_string()).collect();
    if args.json {
        let missing = plan.missing().iter();
        let missing: Vec<Value> = missing
            .map(|missing| {
                let format = missing.format.map(|wish| wish.to_string());
                json!({ "format": format, "what": missing.what })
            })
            .collect();
        print_json(&json!({
            "formats": formats,
            "missing": missing,
            "said": plan.said().collect::<Vec<_>>(),
            "disc_lengths": plan.disc_lengths().collect::<Vec<_>>(),
        }))?;
    } else {
        println!("{}", formats.join(", "));
        plan.disc_lengths()
            .for_each(|length| println!("a CD of {length}"));
        plan.said().for_each(|words| println!("{words}"));
        plan.missing()
            .iter()
            .for_each(|missing| println!("missing: {missing}"));
    }
    Ok(if plan.missing().is_empty() {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn say(output: &Path, made: &Delivered) {
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    for file in &made.files {
        let (lufs, peak) = (figure(file.integrated_lufs), figure(file.true_peak_dbtp));
        println!("{}: {lufs} LUFS, {peak} dBTP", file.path);
    }
    for disc in &made.discs {
        println!("{}: {} long", disc.folders.join(", "), disc.length);
    }
    made.said.iter().for_each(|words| println!("{words}"));
    made.objections.iter().for_each(|words| println!("{words}"));
    println!("{}: read back and the same", output.display());
}
