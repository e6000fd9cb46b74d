//! A package made: rendered, read back, held against the approval, packed, kept.

use std::path::Path;

use delivery::Moment;
use delivery::profile::Profile;
use mastering::{
    Command, ObjectSum, Package, PackageCommand, PackageDisc, PackageFile, PackageMade, Project,
};
use sha2::{Digest as _, Sha256};
use vault::Write;

use super::material::{Material, NoMaterial, Wanted, approved_songs, material};
use super::pack::pack;
use super::{disc_name, disc_told, profile, report_name, told};
use crate::clock::now_ms;
use crate::delivering::{Delivered, Delivery, DeliveryError, Session};
use crate::denied::chain;
use crate::jobs::{Done, Shop, Trouble, id, json_document, moment, room_for};

/// Makes a package, unless that was done.
pub(crate) fn make(shop: &Shop, project: &Project, no: u32) -> Result<Done, Trouble> {
    let package = project.package(no);
    let Some(package) = package.filter(|package| package.is_in_the_making()) else {
        return Ok(Done::default());
    };
    let fail = |why: String| Done {
        commands: vec![Command::Package(PackageCommand::Fail { no, why })],
        also: Vec::new(),
    };
    if project.approved_revision() != Some(package.revision) {
        let why = "another approval counts now; ask for the package again";
        return Ok(fail(why.to_owned()));
    }
    let profile = match profile(shop.config.profiles.as_deref(), &package.profile) {
        Ok(profile) => profile,
        Err(why) => return Ok(fail(why)),
    };
    let wanted = Wanted {
        profile: &profile,
        edition: package.edition.as_deref(),
    };
    let material = match material(&shop.vault, project, wanted) {
        Ok(material) => material,
        Err(NoMaterial::Why(why)) => return Ok(fail(why)),
        Err(NoMaterial::Vault(error)) => return Err(error.into()),
    };
    match made(shop, project, (package, &profile), material) {
        Ok(done) => Ok(done),
        Err(Unmade::Why(why)) => Ok(fail(why)),
        Err(Unmade::Trouble(trouble)) => Err(trouble),
    }
}

/// Why a package was not made.
enum Unmade {
    /// It would not be made the next time.
    Why(String),
    Trouble(Trouble),
}

impl From<Trouble> for Unmade {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<std::io::Error> for Unmade {
    fn from(error: std::io::Error) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<vault::VaultError> for Unmade {
    fn from(error: vault::VaultError) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<DeliveryError> for Unmade {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Missing(_) | DeliveryError::Album(_) => Self::Why(chain(&error)),
            DeliveryError::Disc(_)
            | DeliveryError::Durable(_)
            | DeliveryError::File { .. }
            | DeliveryError::Coder { .. }
            | DeliveryError::ReadBack { .. }
            | DeliveryError::Paper(_) => Self::Trouble(Trouble::Again(chain(&error))),
        }
    }
}

fn made(
    shop: &Shop,
    project: &Project,
    (package, profile): (&Package, &Profile),
    material: Material,
) -> Result<Done, Unmade> {
    let now = now_ms();
    let mut files = std::collections::BTreeMap::new();
    let mut bytes = 0;
    for (name, file) in &material.files {
        bytes += file.metadata()?.len();
        files.insert(name.clone(), file.try_clone()?);
    }
    for attached in material.attached.values() {
        if let Some(file) = &attached.file {
            bytes += file.metadata()?.len();
        }
    }
    // What is rendered, written, and packed, for each format.
    let formats = u64::try_from(profile.formats.len()).unwrap_or(u64::MAX);
    room_for(&shop.vault, bytes.saturating_mul(formats.saturating_add(2)))?;
    let delivery = Delivery {
        album: &material.album,
        files,
        release: &material.release,
        profile,
        session: Session::default(),
        cover: material.cover,
        attached: material.attached,
        made_at: at(project, now),
    };
    let folder = shop.vault.scratch_folder()?;
    let out = folder.path().join("package");
    let delivered = delivery.make(&out)?;
    holds_what_was_approved((project, package.edition.as_deref()), &delivered)
        .map_err(Unmade::Why)?;
    let mut also = vec![json_document(
        &project.id,
        &report_name(package.no),
        &delivered,
    )?];
    let discs = discs(&delivered, &out, profile, (project, package.no), &mut also)?;
    let mut archive = shop.vault.scratch()?;
    let files = pack(&out, &mut archive)?;
    drop(folder);
    let stored = shop
        .vault
        .store(project.id.as_str(), "package", &mut archive)?;
    let made = PackageMade {
        archive: id(&stored.sha256)?,
        bytes: stored.bytes,
        told: told_sum(project)?,
        discs: discs
            .into_iter()
            .filter(|disc| is_there(&files, &disc.image))
            .collect(),
        files,
        objections: delivered.objections.clone(),
        at: now,
    };
    Ok(Done {
        commands: vec![Command::Package(PackageCommand::Record {
            no: package.no,
            made: Box::new(made),
        })],
        also,
    })
}

fn is_there(files: &[PackageFile], path: &str) -> bool {
    files.iter().any(|file| file.path == path)
}

/// What the order says of its release now, by its checksum.
pub(crate) fn told_sum(project: &Project) -> Result<ObjectSum, Trouble> {
    let mut hash = Sha256::new_with_prefix(told(project));
    // Without words it is what it was before orders had any.
    for (track, lyrics) in &project.lyrics {
        hash.update(track.as_str());
        hash.update(serde_json::to_vec(&lyrics.sung).expect("words are texts and numbers"));
    }
    id(&hex::encode(hash.finalize()))
}

fn at(project: &Project, now: i64) -> Moment {
    moment(&project.rules.time_zone, now)
}

/// Every file of 24 bits at the approved rate holds the very samples that were approved; the last song before one that an
/// edition leaves out has another gap behind it, and so another length.
fn holds_what_was_approved(
    (project, edition): (&Project, Option<&str>),
    delivered: &Delivered,
) -> Result<(), String> {
    let approved = approved_songs(project, edition)?;
    for file in &delivered.files {
        let is_native = file.format.starts_with("wav-24") || file.format.starts_with("flac-24");
        let place = (file.disc, file.track.unwrap_or(0));
        if !is_native || file.beside.is_some() {
            continue;
        }
        let mut own = approved.iter().filter(|song| song.place == place);
        let is_as_long = |frames| edition.is_none() || frames == file.frames;
        let own = own.find(|song| song.rate_hz == file.rate_hz && is_as_long(song.frames));
        let Some((song, made)) = own.zip(file.samples_sha256.as_ref()) else {
            continue;
        };
        if song.samples != *made {
            return Err(format!(
                "{} would not hold the samples that were approved; nothing was kept",
                file.path
            ));
        }
    }
    Ok(())
}

/// The filesets for plants among what was delivered, each with what is told of it.
fn discs(
    delivered: &Delivered,
    out: &Path,
    profile: &Profile,
    (project, no): (&Project, u32),
    also: &mut Vec<Write>,
) -> Result<Vec<PackageDisc>, Unmade> {
    let folders = delivered.discs.iter().flat_map(|disc| &disc.folders);
    let mut discs = Vec::new();
    for folder in folders {
        if !out.join(folder).join("DDPID").is_file() {
            continue;
        }
        let (told, overview) = disc_told::read(&out.join(folder), &profile.plant())
            .map_err(|error| Trouble::Again(chain(&error)))?;
        let name = disc_name(no, discs.len() + 1);
        also.push(json_document(&project.id, &name, &told)?);
        also.push(json_document(
            &project.id,
            &format!("overview:{name}"),
            &overview,
        )?);
        discs.push(PackageDisc {
            folder: folder.clone(),
            image: format!("{folder}/IMAGE.DAT"),
        });
    }
    Ok(discs)
}
