//! Discs of others as a source: of a DDP fileset, or a CUE sheet with its sound, each track becomes a mix, and what the disc
//! says of them waits as label copy.

mod cut;
mod dropped;
mod said;
mod set;
mod zipped;

use std::path::Path;

use delivery::cd::ReadDisc;
use mastering::Project;
use measure::Finding;
use vault::Write;

pub(super) use self::dropped::{Try, take};
use self::set::{Lead, Opened, Part};
pub(super) use self::zipped::{Entry, Kept, of_zip};
use super::place::Place;
use super::{Done, Shop, Trouble};

/// A disc that was taken.
struct Taken {
    /// What it says, as label copy.
    done: Done,
    /// The checks of its mixes.
    checks: Vec<Write>,
    findings: Vec<Finding>,
}

/// Takes a disc: its tracks are cut and checked as mixes, what it says is kept. `inner` goes before the names of the mixes,
/// `name` is what people call the disc, `no` which of several it is.
fn taken(
    shop: &Shop,
    project: &Project,
    place: &Place,
    (inner, name, no): (&str, &str, Option<u32>),
    opened: &Opened,
) -> Result<Taken, Trouble> {
    let made = cut::cut(shop, project, place, (inner, name), opened)?;
    let mut lines = said::lines(shop, &opened.disc, &made.all)?;
    let file_name = format!("{name}.txt");
    let file = (file_name.as_str(), &mut lines);
    let done = said::keep(shop, project, file, (&opened.disc, no))?;
    Ok(Taken {
        done,
        checks: made.jobs,
        findings: made.findings,
    })
}

/// A file's name without its ending.
fn stem(name: &str) -> String {
    let stem = Path::new(name).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Keeps what a sheet says whose files are mixes as they are; `part` opens it.
fn sheet(
    shop: &Shop,
    project: &Project,
    lead: &Lead,
    disc: (&ReadDisc, Option<u32>),
    part: impl FnOnce(&str) -> Result<Option<Part>, Trouble>,
) -> Result<Done, Trouble> {
    let Lead::Cue(name) = lead else {
        return Ok(Done::default());
    };
    match part(name)? {
        Some(mut part) => said::keep(shop, project, (name, &mut part.file), disc),
        None => Ok(Done::default()),
    }
}
