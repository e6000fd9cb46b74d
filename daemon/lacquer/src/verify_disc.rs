//! `lacquer verify` on discs: DDP filesets and CUE sheets, of ours and of others.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use delivery::cd::PlantRules;
use studio::disc::{self, DiscError, Opened, Sound};

use crate::disc_args::VerifyArgs;
use crate::opened::{self, open_all};
use crate::verify::{ListenLine, TrackLine, Verdict};

/// The sheet of a disc, where `path` is one or a folder that holds one.
pub(crate) fn sheet(path: &Path) -> anyhow::Result<Option<PathBuf>> {
    let is_sheet = |path: &Path| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("cue"))
    };
    if !path.is_dir() {
        return Ok(is_sheet(path).then(|| path.to_owned()));
    }
    let entries =
        std::fs::read_dir(path).with_context(|| format!("could not read {}", path.display()))?;
    let mut found = None;
    for entry in entries {
        let entry = entry?.path();
        if is_sheet(&entry) && found.replace(entry).is_some() {
            bail!(
                "{} holds several CUE sheets; name the one that is meant",
                path.display()
            );
        }
    }
    Ok(found)
}

pub(crate) fn ddp(path: &Path, args: &VerifyArgs) -> anyhow::Result<Verdict> {
    let opened = disc::opened_ddp(path, &plant(args))
        .with_context(|| format!("could not read {}", path.display()))?;
    verdict("ddp", opened, args)
}

pub(crate) fn cue(sheet: &Path, args: &VerifyArgs) -> anyhow::Result<Verdict> {
    let folder = sheet.parent().unwrap_or(Path::new("."));
    let mut unread = None;
    let sound = |name: &str| sound_beside(folder, name);
    let opened = disc::opened_cue(sheet, &plant(args), |name| match sound(name) {
        Ok(sound) => sound,
        Err(error) => {
            unread.get_or_insert(error);
            Err(DiscError::ReadBack(name.to_owned()))
        }
    });
    if let Some(error) = unread {
        return Err(error);
    }
    let opened = opened.with_context(|| format!("could not read {}", sheet.display()))?;
    verdict("cue", opened, args)
}

fn sound_beside(folder: &Path, name: &str) -> anyhow::Result<Result<Sound, DiscError>> {
    let path = folder.join(name);
    let is_raw = !path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("wav"));
    if is_raw {
        let file = std::fs::File::open(&path)
            .with_context(|| format!("could not open {}", path.display()))?;
        return Ok(Sound::raw(&path, file));
    }
    // What came from outside is decoded in the sandboxed worker.
    Ok(Sound::wav(name, opened::open(&path)?.canonical))
}

fn plant(args: &VerifyArgs) -> PlantRules {
    PlantRules {
        longest: args.longest,
    }
}

fn verdict(kind: &'static str, opened: Opened, args: &VerifyArgs) -> anyhow::Result<Verdict> {
    let mut objections: Vec<String> = opened.disc.said().map(str::to_owned).collect();
    let mut tracks = Vec::new();
    if let Some(image) = &opened.image {
        let lines = disc::tracks(&opened.disc, image)?.into_iter();
        tracks = lines.map(TrackLine::from).collect();
        if !args.against.is_empty() {
            let sounds = open_all(&args.against)?.into_iter().map(|file| {
                let name = file.path.display().to_string();
                Sound::wav(&name, file.canonical)
            });
            let sounds = sounds.collect::<Result<Vec<_>, _>>()?;
            objections.extend(disc::against(&opened.disc, image, &sounds)?);
        }
    }
    let mut listen = Vec::new();
    if let Some(out) = &args.listen {
        let Some(image) = &opened.image else {
            bail!("there is nothing to listen to: {}", objections.join("; "));
        };
        let files = disc::listen(&opened.disc, image, out)
            .with_context(|| format!("could not make {}", out.display()))?;
        listen = files.into_iter().map(ListenLine::from).collect();
    }
    Ok(Verdict {
        path: args.path.display().to_string(),
        kind,
        is_whole: objections.is_empty(),
        objections,
        files: Vec::new(),
        tracks,
        listen,
    })
}
