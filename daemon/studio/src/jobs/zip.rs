//! Unpacking a zip: each file in it is stored by itself, and what was left out is told.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mastering::Project;
use measure::{Finding, file_findings};
use vault::{DropState, Write};

use super::place::{Place, role_of};
use super::proposed;
use super::report::{self, About};
use super::take::{
    hold, id, json_document, note_work, notice, notice_to, sha256_of, worker_trouble,
};
use super::{Done, Shop, Trouble, room_for};
use crate::clock::now_ms;
use crate::work::Work;

/// Most lists of titles, codes and credits that are read of one zip.
const MOST_LABEL_COPIES: usize = 20;

/// Unpacks a zip in the worker: each file in it is stored and checked by itself.
pub(super) fn unpack(
    shop: &Shop,
    project: &Project,
    place: &Place,
    mut scratch: File,
) -> Result<Done, Trouble> {
    let bytes = scratch.metadata()?.len();
    let input = scratch.try_clone()?;
    let (mut jobs, mut notes) = (Vec::new(), Vec::new());
    let mut along = proposed::FromZip::default();
    let mut broken: Option<Trouble> = None;
    let mut each = |entry: &worker::ZipEntry, content: &mut dyn Read| -> io::Result<()> {
        let mut content = FromZip {
            content,
            has_failed: false,
        };
        if is_label_copy(entry) && notes.len() < MOST_LABEL_COPIES {
            notes.push((entry.name.clone(), copied(shop, &mut content)?));
            return Ok(());
        }
        let taken = match proposed::kind_of(Path::new(&entry.name)) {
            Some(kind) => {
                let inner = place.within(&entry.name);
                let taken = along.take((shop, project), (kind, &inner), &mut content);
                taken.map(|()| None)
            }
            None => take_entry(shop, project, place, entry, &mut content),
        };
        match taken {
            Ok(job) => jobs.extend(job),
            // The zip's fault, which the worker tells of in its own words.
            Err(_) if content.has_failed => return Err(io::ErrorKind::InvalidData.into()),
            Err(trouble) => {
                broken = Some(trouble);
                return Err(io::Error::other("the entry could not be stored"));
            }
        }
        Ok(())
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
    let skipped = unpacked.skipped.iter();
    let skipped = skipped.map(|left| file_findings::zip_entry_left(&left.name, &left.reason));
    let left: Vec<Finding> = skipped.chain(along.left).collect();
    let mut copies = label_copies(shop, project, notes)?;
    if jobs.is_empty() && along.commands.is_empty() {
        return held(shop, project, place, scratch, (left, copies));
    }
    copies.commands.extend(along.commands);
    let mut also = jobs;
    shop.vault.store(project.id.as_str(), "zip", &mut scratch)?;
    also.push(Write::Drop(place.row(DropState::Taken, project, bytes)));
    if !left.is_empty() {
        also.extend(tell_of_left(project, place, &left));
        also.push(report_on(shop, project, place, &mut scratch, left)?);
        also.push(note_work(project, place));
    }
    also.extend(copies.also);
    Ok(Done {
        commands: copies.commands,
        also,
    })
}

/// A zip without anything in it that is taken as sound stays where it lies.
fn held(
    shop: &Shop,
    project: &Project,
    place: &Place,
    mut scratch: File,
    (left, copies): (Vec<Finding>, Done),
) -> Result<Done, Trouble> {
    let finding = file_findings::zip_refused("no audio file is in it");
    let mut held = hold(shop, project, place, &mut scratch, finding.clone())?;
    if !left.is_empty() {
        held.also.extend(tell_of_left(project, place, &left));
        let findings = [vec![finding], left].concat();
        held.also
            .push(report_on(shop, project, place, &mut scratch, findings)?);
    }
    held.commands.extend(copies.commands);
    held.also.extend(copies.also);
    Ok(held)
}

/// Whether an entry may be a list of titles, codes and credits.
fn is_label_copy(entry: &worker::ZipEntry) -> bool {
    let name = Path::new(&entry.name);
    !intake::is_litter(name) && intake::may_be_label_copy(name)
}

/// An entry in a file without a name; what is too long to be label copy is left out.
fn copied(shop: &Shop, content: &mut FromZip<'_>) -> io::Result<File> {
    let mut file = shop.vault.scratch().map_err(io::Error::other)?;
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

/// Tells the studio and the client of each file of a zip that was left out.
fn tell_of_left(project: &Project, place: &Place, left: &[Finding]) -> Vec<Write> {
    let tell = |finding: &Finding| {
        let text = format!("\u{201c}{}\u{201d}: {}", place.shown(), finding.client);
        let client = project.client.as_str();
        [
            notice(project, "zip_entry_left", &text),
            notice_to(client, project, "zip_entry_left", &text),
        ]
    };
    left.iter().flat_map(tell).collect()
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
) -> Result<Option<Write>, Trouble> {
    let inner = Path::new(&entry.name);
    if intake::is_litter(inner) || !intake::may_be_audio(inner) {
        io::copy(content, &mut io::sink())?;
        return Ok(None);
    }
    let mut scratch = shop.vault.scratch()?;
    io::copy(content, &mut scratch)?;
    let bytes = scratch.metadata()?.len();
    room_for(&shop.vault, bytes)?;
    let stored = shop.vault.store(project.id.as_str(), "mix", &mut scratch)?;
    let whole = Path::new(&place.path).join(inner);
    let work = Work::CheckEntry {
        dropbox: place.dropbox.clone(),
        path: place.path.clone(),
        fingerprint: place.fingerprint.clone(),
        inner: entry.name.clone(),
        role: role_of(&whole),
        original: id(&stored.sha256)?,
    };
    let inputs = format!(
        "{}:{}:{}:{}",
        place.dropbox, place.path, place.fingerprint, entry.name
    );
    Ok(Some(work.queue(&project.id, &inputs)))
}
