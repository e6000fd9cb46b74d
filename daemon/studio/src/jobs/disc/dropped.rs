//! A disc whose files lie in a dropbox one by one, and come one by one.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use mastering::{MixRole, Project};
use measure::{Finding, file_findings};
use vault::{DropRow, DropState, Write};

use super::set::{Belonging, Found, Lead, Opened, Part, belonging, open};
use super::{sheet, stem, taken};
use crate::clock::now_ms;
use crate::jobs::place::{Place, copy_of_drop};
use crate::jobs::report::{self, About};
use crate::jobs::take::{hold, json_document, note_work, notice, notice_to};
use crate::jobs::{Done, Shop, Trouble, label_copy, take as mixes};
use crate::work::{DiscFile, Work};

/// Most files of a folder that are looked at.
const MOST_BESIDE: usize = 1_000;
/// Most sheets of a folder in which a file is looked for.
const MOST_SHEETS: usize = 10;
/// How long the files of a disc may take to come, before the client is told that one is missing.
const PATIENCE_MS: i64 = 15 * 60_000;

/// Which time a file is asked whether its disc is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jobs) enum Try {
    /// When it came.
    First,
    /// A good while later: what is missing then is missed.
    Last,
}

/// Takes the disc that a dropped file belongs to, once all of it is there; a file that belongs to none is taken by itself.
pub(in crate::jobs) fn take(
    shop: &Shop,
    project: &Project,
    place: &Place,
    (role, attempt): (MixRole, Try),
) -> Result<Done, Trouble> {
    let dropped = Dropped {
        shop,
        project,
        place,
        attempt,
        there: beside(shop, place)?,
    };
    if dropped.is_taken()? {
        return Ok(Done::default());
    }
    let (lead, names) = match dropped.lead()? {
        None => return dropped.alone(role),
        Some((lead, Belonging::Sheet(disc, _))) => {
            let mut done = sheet(shop, project, &lead, (&disc, None), |name| {
                dropped.part(name)
            })?;
            let alone = dropped.alone(role)?;
            done.commands.extend(alone.commands);
            done.also.extend(alone.also);
            return Ok(done);
        }
        Some((lead, Belonging::Disc(names))) => (lead, names),
    };
    dropped.whole(&lead, &names)
}

/// The files that lie where a dropped file lies.
fn beside(shop: &Shop, place: &Place) -> Result<Vec<String>, Trouble> {
    let dropbox = shop.config.data.join("dropboxes").join(&place.dropbox);
    match intake::files_beside(&dropbox, folder_of(place), MOST_BESIDE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => Ok(other?),
    }
}

fn folder_of(place: &Place) -> &Path {
    Path::new(&place.path).parent().unwrap_or(Path::new(""))
}

/// A dropped file among those beside it.
struct Dropped<'d> {
    shop: &'d Shop,
    project: &'d Project,
    place: &'d Place,
    attempt: Try,
    there: Vec<String>,
}

impl Dropped<'_> {
    fn name(&self) -> String {
        self.place.file_name()
    }

    /// Whether its disc was taken before, as another file of it came.
    fn is_taken(&self) -> Result<bool, Trouble> {
        let known = self.known(self.place)?;
        Ok(known.is_some_and(|row| row.state == DropState::Taken))
    }

    fn known(&self, place: &Place) -> Result<Option<DropRow>, Trouble> {
        let (dropbox, path) = (&place.dropbox, &place.path);
        let vault = &self.shop.vault;
        Ok(vault.drop_state(dropbox, path, "", &place.fingerprint)?)
    }

    /// Where a file beside it lies, in the version that lies there now.
    fn beside(&self, name: &str) -> Result<Option<Place>, Trouble> {
        let path = folder_of(self.place).join(name);
        let (folder, dropbox) = (&self.shop.config.data, &self.place.dropbox);
        let opened = intake::open_drop(&folder.join("dropboxes").join(dropbox), &path);
        let fingerprint = match opened {
            Ok(opened) => opened.fingerprint,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let path = path.to_string_lossy().into_owned();
        let place = Place::dropped(dropbox.clone(), path, fingerprint);
        Ok(Some(place))
    }

    /// Where a file beside it lies, once nobody is writing it any more: each that has arrived stands in the list of drops.
    fn arrived(&self, name: &str) -> Result<Option<Place>, Trouble> {
        let Some(place) = self.beside(name)? else {
            return Ok(None);
        };
        let has_arrived = name == self.name() || self.known(&place)?.is_some();
        Ok(has_arrived.then_some(place))
    }

    /// A file beside it that has arrived.
    fn part(&self, name: &str) -> Result<Option<Part>, Trouble> {
        let Some(place) = self.arrived(name)? else {
            return Ok(None);
        };
        let file = copy_of_drop(self.shop, &place)?;
        let name = name.to_owned();
        Ok(file.map(|file| Part { name, file }))
    }

    /// What describes the disc that the file is part of, and what belongs to it; none where it is part of none.
    fn lead(&self) -> Result<Option<(Lead, Belonging)>, Trouble> {
        let name = self.name();
        let is_sheet = |name: &&String| intake::is_cue_sheet(OsStr::new(name));
        let sheets: Vec<&String> = if is_sheet(&&name) {
            vec![&name]
        } else {
            self.there
                .iter()
                .filter(is_sheet)
                .take(MOST_SHEETS)
                .collect()
        };
        for sheet in sheets {
            let lead = Lead::Cue(sheet.clone());
            let found = self.belonging(&lead)?;
            if *sheet == name || found.names().contains(&name) {
                return Ok(Some((lead, found)));
            }
        }
        let mut there = self.there.iter();
        let has_id = there.any(|name| intake::is_ddp_id(OsStr::new(name)));
        let is_part = intake::may_be_of_disc(Path::new(&name));
        if intake::describes_disc(Path::new(&name)) || has_id && is_part {
            let found = self.belonging(&Lead::Ddp)?;
            return Ok(Some((Lead::Ddp, found)));
        }
        Ok(None)
    }

    fn belonging(&self, lead: &Lead) -> Result<Belonging, Trouble> {
        belonging(self.shop, lead, &self.there, |name| self.part(name))
    }

    /// Takes the disc of these files, where all of them are there and it is whole.
    fn whole(&self, lead: &Lead, names: &[String]) -> Result<Done, Trouble> {
        let is_coming = |name: &str| self.lacks(&format!("{name} is not all there"));
        // Nothing is copied before all of it can be.
        for name in names {
            if self.arrived(name)?.is_none() {
                return is_coming(name);
            }
        }
        let mut parts = Vec::new();
        for name in names {
            match self.part(name)? {
                Some(part) => parts.push(part),
                None => return is_coming(name),
            }
        }
        match (open(self.shop, lead, parts)?, self.attempt) {
            (Found::Lacks(why), _) => self.lacks(&why),
            (Found::Breaks(why), Try::First) => self.refused(&why),
            // It was told when the last of it came.
            (Found::Breaks(_), Try::Last) => Ok(Done::default()),
            (Found::Disc(opened), _) => self.take(lead, &opened, names),
        }
    }

    /// Takes it as a file that belongs to no disc.
    fn alone(&self, role: MixRole) -> Result<Done, Trouble> {
        let path = Path::new(&self.place.path);
        let (shop, project, place) = (self.shop, self.project, self.place);
        if intake::is_cue_sheet(OsStr::new(&self.name())) {
            return Ok(only(Write::Drop(self.row(
                place,
                DropState::Taken,
                None,
            )?)));
        }
        if intake::may_be_audio(path) || intake::is_archive(path) {
            return mixes::take(shop, project, place, role);
        }
        if intake::may_be_label_copy(path) {
            return label_copy::take(shop, project, place);
        }
        let why = "not audio; it stays in the dropbox";
        let row = self.row(place, DropState::Ignored, Some(why))?;
        Ok(only(Write::Drop(row)))
    }

    fn row(
        &self,
        place: &Place,
        state: DropState,
        reason: Option<&str>,
    ) -> Result<DropRow, Trouble> {
        let folder = self.shop.config.data.join("dropboxes");
        let opened = intake::open_drop(&folder.join(&place.dropbox), Path::new(&place.path));
        let bytes = opened.map_or(0, |opened| opened.bytes);
        Ok(DropRow {
            reason: reason.map(str::to_owned),
            ..place.row(state, self.project, bytes)
        })
    }

    /// Waits for what is missing; after a good while the client is told.
    fn lacks(&self, why: &str) -> Result<Done, Trouble> {
        if self.attempt == Try::Last {
            return self.refused(why);
        }
        let reason = format!("it waits for the rest of its disc: {why}");
        let row = self.row(self.place, DropState::Held, Some(&reason))?;
        let (path, fingerprint) = (&self.place.path, &self.place.fingerprint);
        let later = Work::MissDisc(DiscFile {
            dropbox: self.place.dropbox.clone(),
            path: path.clone(),
            fingerprint: fingerprint.clone(),
            role: crate::jobs::role_of(Path::new(path)),
        });
        // One file of a disc asks for all.
        let folder = folder_of(self.place).display();
        let inputs = format!("{}:{folder}:{}", self.place.dropbox, now_ms() / PATIENCE_MS);
        let later = later.queue_later(&self.project.id, &inputs, now_ms() + PATIENCE_MS);
        Ok(Done {
            commands: Vec::new(),
            also: vec![Write::Drop(row), later],
        })
    }

    fn refused(&self, why: &str) -> Result<Done, Trouble> {
        let Some(mut file) = copy_of_drop(self.shop, self.place)? else {
            return Ok(Done::default());
        };
        let finding = file_findings::disc_refused(&self.place.shown(), why);
        hold(self.shop, self.project, self.place, &mut file, finding)
    }

    /// Takes the disc, whose files are these.
    fn take(&self, lead: &Lead, opened: &Opened, names: &[String]) -> Result<Done, Trouble> {
        let (shop, project) = (self.shop, self.project);
        let disc = self.disc(lead, opened);
        let name = match lead {
            Lead::Cue(sheet) => stem(sheet),
            Lead::Ddp => disc.file_name(),
        };
        let cut = taken(shop, project, &disc, ("", &name, None), opened)?;
        let mut done = cut.done;
        done.also.extend(cut.checks);
        for name in names {
            if let Some(place) = self.beside(name)? {
                let row = self.row(&place, DropState::Taken, None)?;
                done.also.push(Write::Drop(row));
            }
        }
        done.also
            .extend(self.told(&disc, lead, opened, cut.findings)?);
        Ok(done)
    }

    /// Where the disc lies: its folder, or its sheet.
    fn disc(&self, lead: &Lead, opened: &Opened) -> Place {
        let folder = folder_of(self.place);
        let path: PathBuf = match lead {
            Lead::Cue(sheet) => folder.join(sheet),
            Lead::Ddp if folder == Path::new("") => PathBuf::from("DDPID"),
            Lead::Ddp => folder.to_owned(),
        };
        let path = path.to_string_lossy().into_owned();
        Place::dropped(self.place.dropbox.clone(), path, opened.sum.clone())
    }

    /// The report that stands beside the disc, and a line to the studio; to the client where there is something to say.
    fn told(
        &self,
        disc: &Place,
        lead: &Lead,
        opened: &Opened,
        findings: Vec<Finding>,
    ) -> Result<Vec<Write>, Trouble> {
        let project = self.project;
        let tracks = opened.disc.plan.tracks.len();
        let text = format!(
            "The disc \u{201c}{}\u{201d} ({}, {tracks} tracks) came; its tracks are mixes of this order.",
            disc.shown(),
            lead.word(),
        );
        let mut all = vec![notice(project, "disc_taken", &text)];
        if findings.is_empty() {
            return Ok(all);
        }
        for finding in &findings {
            let client = project.client.as_str();
            all.push(notice_to(client, project, "disc_taken", &finding.client));
            all.push(notice(project, "disc_taken", &finding.engineer));
        }
        let about = About {
            file_name: disc.file_name(),
            format: Some(format!("{}, {tracks} tracks", lead.word())),
            file_sha256: opened.sum.clone(),
            at: now_ms(),
            mix: None,
        };
        let stored = report::make(&self.shop.config, project, about, findings, None);
        all.push(json_document(&project.id, &disc.document(), &stored)?);
        all.push(note_work(project, disc));
        Ok(all)
    }
}

fn only(write: Write) -> Done {
    Done {
        commands: Vec::new(),
        also: vec![write],
    }
}
