//! The profiles that packages are made by: those that come with the program, and the studio's own.

use std::collections::BTreeMap;
use std::path::Path;

use delivery::profile::Profile;

use crate::denied::chain;

/// A profile that is offered.
#[derive(Debug, Clone, serde::Serialize)]
pub struct OfferedProfile {
    /// What it is asked for by.
    pub name: String,
    /// What it calls itself.
    pub title: String,
}

/// A profile's file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BadProfileFile {
    /// Its name.
    pub file: String,
    /// Why, and what to do.
    pub why: String,
}

/// All profiles by their names, and files that are none. One of the studio's own replaces that of the program.
pub(crate) fn profiles(folder: Option<&Path>) -> (BTreeMap<String, Profile>, Vec<BadProfileFile>) {
    let mut all = BTreeMap::new();
    let mut bad = Vec::new();
    for name in delivery::profiles::names() {
        let text = delivery::profiles::text(name).unwrap_or_default();
        keep(name, text, &mut all, &mut bad);
    }
    let Some(folder) = folder else {
        return (all, bad);
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            bad.push(BadProfileFile {
                file: folder.display().to_string(),
                why: format!("the folder of profiles cannot be read: {error}"),
            });
            return (all, bad);
        }
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        match std::fs::read_to_string(&path) {
            Ok(text) => keep(&name, &text, &mut all, &mut bad),
            Err(error) => bad.push(BadProfileFile {
                file: format!("{name}.toml"),
                why: error.to_string(),
            }),
        }
    }
    (all, bad)
}

fn keep(
    name: &str,
    text: &str,
    all: &mut BTreeMap<String, Profile>,
    bad: &mut Vec<BadProfileFile>,
) {
    match Profile::read(text) {
        Ok(mut profile) => {
            if profile.title.is_empty() {
                name.clone_into(&mut profile.title);
            }
            all.insert(name.to_owned(), profile);
        }
        Err(error) => bad.push(BadProfileFile {
            file: format!("{name}.toml"),
            why: chain(&error),
        }),
    }
}

/// One of them.
pub(crate) fn profile(folder: Option<&Path>, name: &str) -> Result<Profile, String> {
    let (mut all, bad) = profiles(folder);
    if let Some(profile) = all.remove(name) {
        return Ok(profile);
    }
    let own = bad.iter().find(|bad| bad.file == format!("{name}.toml"));
    Err(match own {
        Some(bad) => format!("the profile {} cannot be read: {}", bad.file, bad.why),
        None => {
            let names: Vec<&str> = all.keys().map(String::as_str).collect();
            format!(
                "there is no profile \u{201c}{name}\u{201d}: take {}, or put its file into the folder of profiles",
                names.join(", ")
            )
        }
    })
}
