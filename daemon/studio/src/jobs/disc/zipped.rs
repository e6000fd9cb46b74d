//! Discs in a zip: a folder of it with the descriptors of a DDP, or with a CUE sheet.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;

use mastering::{ObjectSum, Project};
use measure::{Finding, file_findings};
use vault::Write;

use super::set::{Belonging, Found, Lead, Part, belonging, open};
use super::{sheet, stem, taken};
use crate::jobs::place::Place;
use crate::jobs::{Done, Shop, Trouble};

/// Most discs of one zip.
const MOST_DISCS: usize = 20;

/// Where the bytes of an entry are.
#[derive(Debug)]
pub(in crate::jobs) enum Kept {
    /// In a file without a name.
    Scratch(File),
    /// In the vault: it may be audio, and would become a mix by itself.
    Vault(ObjectSum),
}

/// An entry of a zip that may belong to a disc.
#[derive(Debug)]
pub(in crate::jobs) struct Entry {
    /// Its path in the zip.
    pub(in crate::jobs) name: String,
    /// Its bytes.
    pub(in crate::jobs) kept: Kept,
}

impl Entry {
    fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

/// The discs of a zip.
#[derive(Debug, Default)]
pub(in crate::jobs) struct Discs {
    /// What they come to.
    pub(in crate::jobs) done: Done,
    /// The checks of their mixes.
    pub(in crate::jobs) checks: Vec<Write>,
    /// What there is to say of them.
    pub(in crate::jobs) findings: Vec<Finding>,
    /// Entries that are part of a disc, and so no mixes by themselves.
    pub(in crate::jobs) parts: BTreeSet<String>,
}

impl Discs {
    fn add(&mut self, done: Done) {
        self.done.commands.extend(done.commands);
        self.done.also.extend(done.also);
    }
}

/// Finds the discs of a zip and takes them.
pub(in crate::jobs) fn of_zip(
    shop: &Shop,
    project: &Project,
    place: &Place,
    entries: &[Entry],
) -> Result<Discs, Trouble> {
    let leads = leads(entries);
    let is_one_of = leads.len() > 1;
    let mut all = Discs::default();
    for (no, (folder, lead)) in (1..).zip(leads) {
        let no = is_one_of.then_some(no);
        let there = Folder {
            shop,
            project,
            entries: entries.iter().filter(|e| e.folder() == folder).collect(),
        };
        let name = called(place, folder, &lead);
        let names = match there.belonging(&lead)? {
            Belonging::Disc(names) => names,
            Belonging::Sheet(disc, _) => {
                let disc = (&*disc, no);
                all.add(sheet(shop, project, &lead, disc, |name| there.part(name))?);
                continue;
            }
        };
        let parts = names.iter().filter_map(|name| there.part(name).transpose());
        let parts = parts.collect::<Result<Vec<Part>, Trouble>>()?;
        let names = names.iter().map(|name| beneath(folder, name));
        match open(shop, &lead, parts)? {
            Found::Lacks(why) | Found::Breaks(why) => {
                let refused = file_findings::disc_refused(&name, &why);
                all.findings.push(refused);
                // A sheet's WAVs are mixes all the same; the parts of a DDP are nothing by themselves.
                if lead == Lead::Ddp {
                    all.parts.extend(names);
                }
            }
            Found::Disc(opened) => {
                let inner = beneath(folder, "");
                let disc = taken(shop, project, place, (&inner, &name, no), &opened)?;
                all.add(disc.done);
                all.checks.extend(disc.checks);
                all.findings.extend(disc.findings);
                all.parts.extend(names);
            }
        }
    }
    Ok(all)
}

/// What describes a disc in each folder, in the folders' order.
fn leads(entries: &[Entry]) -> Vec<(&str, Lead)> {
    let lead = |entry: &Entry| {
        let name = entry.file_name();
        match name {
            _ if intake::is_ddp_id(OsStr::new(name)) => Some(Lead::Ddp),
            _ if intake::is_cue_sheet(OsStr::new(name)) => Some(Lead::Cue(name.to_owned())),
            _ => None,
        }
    };
    let mut leads: Vec<(&str, Lead)> = entries
        .iter()
        .filter_map(|entry| Some((entry.folder(), lead(entry)?)))
        .take(MOST_DISCS)
        .collect();
    leads.sort_by(|one, other| one.0.cmp(other.0));
    leads
}

/// The files of a folder of the zip.
struct Folder<'z> {
    shop: &'z Shop,
    project: &'z Project,
    entries: Vec<&'z Entry>,
}

impl Folder<'_> {
    fn part(&self, name: &str) -> Result<Option<Part>, Trouble> {
        let mut entries = self.entries.iter();
        let Some(entry) = entries.find(|entry| entry.file_name() == name) else {
            return Ok(None);
        };
        let file = match &entry.kept {
            Kept::Scratch(file) => file.try_clone()?,
            Kept::Vault(object) => {
                let project = self.project.id.as_str();
                let vault = &self.shop.vault;
                vault.copy_to_scratch(project, object.as_str())?
            }
        };
        let name = name.to_owned();
        Ok(Some(Part { name, file }))
    }

    fn belonging(&self, lead: &Lead) -> Result<Belonging, Trouble> {
        let there = self.entries.iter().map(|e| e.file_name().to_owned());
        let there: Vec<String> = there.collect();
        belonging(self.shop, lead, &there, |name| self.part(name))
    }
}

/// What people call a disc in a zip: its folder, its sheet, or the zip itself.
fn called(place: &Place, folder: &str, lead: &Lead) -> String {
    match lead {
        Lead::Cue(sheet) => stem(sheet),
        Lead::Ddp if folder.is_empty() => stem(&place.file_name()),
        Lead::Ddp => folder.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

fn beneath(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
