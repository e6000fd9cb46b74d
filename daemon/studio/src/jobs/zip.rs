//! Unpacking a zip: each file in it is stored by itself, and what was left out is told.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mastering::{ObjectSum, Project};
use measure::{Finding, file_findings};
use vault::{DropState, Write};

use super::disc::{self, Entry, Kept};
use super::place::Place;
use super::proposed;
use super::report::{self, About};
use super::take::{
    hold, id, json_document, note_work, notice, notice_to, sha256_of, worker_trouble,
};
use super::{Done, Shop, Trouble, room_for};
use crate::clock::now_ms;

/// Most lists of titles, codes and credits that are read of one zip.
const MOST_LABEL_COPIES: usize = 20;

/// What came out of a zip.
#[derive(Default)]
struct Entries {
    /// Lists of titles, codes and credits.
    notes: Vec<(String, File)>,
    /// Files that may become mixes by themselves.
    mixes: Vec<(Entry, Write)>,
    /// Files that may belong to a disc.
    parts: Vec<Entry>,
    /// Booklets and videos.
    along: proposed::FromZip,
}

/// Unpacks a zip in the worker: each file in it is stored and checked by itself, a disc as one.
pub(super) fn unpack(
    shop: &Shop,
    project: &Project,
    place: &Place,
    mut scratch: File,
) -> Result<Done, Trouble> {
    let bytes = scratch.metadata()?.len();
    let input = scratch.try_clone()?;
    let mut entries = Entries::default();
    let mut broken: Option<Trouble> = None;
    let mut each = |entry: &worker::ZipEntry, content: &mut dyn Read| -> io::Result<()> {
        let mut content = FromZip {
            content,
            has_failed: false,
        };
        match entries.take(shop, project, place, entry, &mut content) {
            Ok(()) => Ok(()),
            // The zip's fault, which the worker tells of in its own words.
            Err(_) if content.has_failed => Err(io::ErrorKind::InvalidData.into()),
            Err(trouble) => {
                broken = Some(trouble);
                Err(io::Error::other("the entry could not be stored"))
            }
        }
    };
    let unpacked = shop.workers.unpack(input, &mut each);
    if let Some(trouble) = broken {
        return Err(trouble);
    }
    let unpacked = match unpacked {
        Ok(unpacked) => unpacked,
        Err(error) => {
            return match error.finding() {
                Some(finding) => hold(shop, project, place, &mut scratch, finding),
                None => Err(worker_trouble(&error)),
            };
        }
    };
    let left = unpacked.skipped.iter();
    let mut told: Vec<Finding> = left
        .map(|left| file_findings::zip_entry_left(&left.name, &left.reason))
        .collect();
    let mut found = entries.finish(shop, project, place)?;
    told.append(&mut found.findings);
    if found.mixes.is_empty() && !found.goes_along {
        return held(shop, project, place, scratch, (told, found.done));
    }
    shop.vault.store(project.id.as_str(), "zip", &mut scratch)?;
    let mut also = found.mixes;
    also.push(Write::Drop(place.row(DropState::Taken, project, bytes)));
    if !told.is_empty() {
        also.extend(tell(project, place, &told));
        also.push(report_on(shop, project, place, &mut scratch, told)?);
        also.push(note_work(project, place));
    }
    also.append(&mut found.done.also);
    Ok(Done {
        commands: found.done.commands,
        also,
    })
}

/// A zip without anything in it that is taken as sound stays where it lies.
fn held(
    shop: &Shop,
    project: &Project,
    place: &Place,
    mut scratch: File,
    (mut told, done): (Vec<Finding>, Done),
) -> Result<Done, Trouble> {
    let is_disc = |one: &&Finding| one.code == measure::codes::DISC_REFUSED;
    let finding = match told.iter().find(is_disc) {
        Some(refused) => refused.clone(),
        None => file_findings::zip_refused("no audio file is in it"),
    };
    let mut held = hold(shop, project, place, &mut scratch, finding.clone())?;
    told.retain(|one| *one != finding);
    if !told.is_empty() {
        held.also.extend(tell(project, place, &told));
        let findings = [vec![finding], told].concat();
        held.also
            .push(report_on(shop, project, place, &mut scratch, findings)?);
    }
    held.commands.extend(done.commands);
    held.also.extend(done.also);
    Ok(held)
}

/// What the entries of a zip come to.
struct Found {
    /// The discs, the lists, and what goes along.
    done: Done,
    /// The checks of mixes.
    mixes: Vec<Write>,
    /// What there is to say of discs, and of what was left out.
    findings: Vec<Finding>,
    /// Whether a booklet or a video is among them.
    goes_along: bool,
}

impl Entries {
    /// Takes an entry for what its name says; what is no audio and of no disc is left inside the zip, which is kept.
    fn take(
        &mut self,
        shop: &Shop,
        project: &Project,
        place: &Place,
        entry: &worker::ZipEntry,
        content: &mut FromZip<'_>,
    ) -> Result<(), Trouble> {
        let inner = Path::new(&entry.name);
        if intake::is_litter(inner) {
            io::copy(content, &mut io::sink())?;
            return Ok(());
        }
        let is_sum = inner.file_name().is_some_and(intake::is_disc_checksum);
        let is_of_disc = intake::describes_disc(inner)
            || intake::may_be_of_disc(inner) && !intake::may_be_audio(inner);
        if intake::may_be_label_copy(inner) && !is_sum && self.notes.len() < MOST_LABEL_COPIES {
            let note = (entry.name.clone(), copied(shop, content)?);
            self.notes.push(note);
        } else if let Some(kind) = proposed::kind_of(inner) {
            let inner = place.within(&entry.name);
            self.along.take((shop, project), (kind, &inner), content)?;
        } else if is_of_disc && self.parts.len() < worker::MOST_DISC_FILES {
            let mut scratch = shop.vault.scratch()?;
            io::copy(content, &mut scratch)?;
            self.parts.push(Entry {
                name: entry.name.clone(),
                kept: Kept::Scratch(scratch),
            });
        } else {
            self.mixes
                .extend(take_entry(shop, project, place, entry, content)?);
        }
        Ok(())
    }

    /// What all of them come to.
    fn finish(mut self, shop: &Shop, project: &Project, place: &Place) -> Result<Found, Trouble> {
        let (mixes, jobs): (Vec<Entry>, Vec<Write>) = self.mixes.into_iter().unzip();
        let names: Vec<String> = mixes.iter().map(|entry| entry.name.clone()).collect();
        self.parts.extend(mixes);
        let discs = disc::of_zip(shop, project, place, &self.parts)?;
        let own = names.into_iter().zip(jobs);
        let own = own.filter(|(name, _)| !discs.parts.contains(name));
        let mut done = label_copies(shop, project, self.notes)?;
        done.commands.extend(discs.done.commands);
        done.also.extend(discs.done.also);
        let goes_along = !self.along.commands.is_empty();
        done.commands.extend(self.along.commands);
        Ok(Found {
            done,
            mixes: own.map(|(_, job)| job).chain(discs.checks).collect(),
            findings: [discs.findings, self.along.left].concat(),
            goes_along,
        })
    }
}

/// An entry in a file without a name; what is too long to be label copy is left out.
fn copied(shop: &Shop, content: &mut FromZip<'_>) -> Result<File, Trouble> {
    let mut file = shop.vault.scratch()?;
    io::copy(&mut content.take(labelcopy::MOST_BYTES + 1), &mut file)?;
    io::copy(content, &mut io::sink())?;
    Ok(file)
}

/// Keeps what of a zip is label copy.
fn label_copies(
    shop: &Shop,
    project: &Project,
    notes: Vec<(String, File)>,
) -> Result<Done, Trouble> {
    let mut all = Done::default();
    for (name, mut file) in notes {
        let name = name.rsplit('/').next().unwrap_or(&name);
        if let Some(kept) = super::label_copy::kept(shop, project, name, &mut file)? {
            all.commands.extend(kept.commands);
            all.also.extend(kept.also);
        }
    }
    Ok(all)
}

/// Tells the studio and the client of each file of a zip that was left out, and what there is to say of its discs.
fn tell(project: &Project, place: &Place, told: &[Finding]) -> Vec<Write> {
    let tell = |finding: &Finding| {
        let text = format!("\u{201c}{}\u{201d}: {}", place.shown(), finding.client);
        let client = project.client.as_str();
        [
            notice(project, "zip_entry_left", &text),
            notice_to(client, project, "zip_entry_left", &text),
        ]
    };
    told.iter().flat_map(tell).collect()
}

/// The report that stands beside the zip.
fn report_on(
    shop: &Shop,
    project: &Project,
    place: &Place,
    scratch: &mut File,
    findings: Vec<Finding>,
) -> Result<Write, Trouble> {
    let about = About {
        file_name: place.file_name(),
        format: None,
        file_sha256: sha256_of(scratch)?,
        at: now_ms(),
        mix: None,
    };
    let stored = report::make(&shop.config, project, about, findings, None);
    json_document(&project.id, &place.document(), &stored)
}

/// What the worker reads out of a zip. A failure to read is the zip's, a failure to store ours.
struct FromZip<'r> {
    content: &'r mut dyn Read,
    has_failed: bool,
}

impl Read for FromZip<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.content
            .read(bytes)
            .inspect_err(|_| self.has_failed = true)
    }
}

/// Stores one file of a zip; what is not audio by its name is left inside the zip, which is kept.
fn take_entry(
    shop: &Shop,
    project: &Project,
    place: &Place,
    entry: &worker::ZipEntry,
    content: &mut FromZip<'_>,
) -> Result<Option<(Entry, Write)>, Trouble> {
    let inner = Path::new(&entry.name);
    if !intake::may_be_audio(inner) {
        io::copy(content, &mut io::sink())?;
        return Ok(None);
    }
    let mut scratch = shop.vault.scratch()?;
    io::copy(content, &mut scratch)?;
    let bytes = scratch.metadata()?.len();
    room_for(&shop.vault, bytes)?;
    let stored = shop.vault.store(project.id.as_str(), "mix", &mut scratch)?;
    let original: ObjectSum = id(&stored.sha256)?;
    let entry = Entry {
        name: entry.name.clone(),
        kept: Kept::Vault(original.clone()),
    };
    let check = place.check_of(project, &entry.name, &place.fingerprint, original);
    Ok(Some((entry, check)))
}
