//! What a package is made of: the approved programme over the approved masters.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;

use delivery::profile::Profile;
use delivery::release::Release;
use delivery::wish::Wish;
use mastering::programme::{Disc, Gap, Programme, Time};
use mastering::{Master, Project, Revision, TrackId};
use vault::Vault;

use super::attached::{Files, attached};
use super::lyrics::add_lyrics;
use super::told::{sheet, told};
use crate::album::{Album, AlbumFile};
use crate::delivering::{Attached, Delivery, Missing, Session, facts, narrowed};
use crate::denied::chain;
use crate::programme::{at_their_place, opened, sources_of};

/// Why nothing can be made, in one sentence or several lines of them.
pub(super) type Why = String;

/// The approved round of an order.
pub(super) fn approved(project: &Project) -> Result<&Revision, Why> {
    let no = project.approved_revision();
    let round = no.and_then(|no| project.revisions.get(&no));
    round.ok_or_else(|| {
        "nothing of the order is approved now; packages are made of what was approved".to_owned()
    })
}

/// The approved programme; the songs by themselves where none was set.
fn programme_of(project: &Project, round: &Revision) -> Programme {
    match &round.programme {
        Some(programme) => (**programme).clone(),
        None => Programme {
            gap: Some(Gap::new(Time::Milliseconds(0))),
            ..project.plain_programme()
        },
    }
}

/// What a package is to be of: by whose profile, and of which edition.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) profile: &'a Profile,
    /// None for all of the programme.
    pub(crate) edition: Option<&'a str>,
}

/// The approved programme over its masters.
struct Placed {
    programme: Programme,
    /// The same with all of its editions.
    whole: Programme,
    masters: BTreeMap<TrackId, Master>,
}

fn placed(project: &Project, round: &Revision, wanted: Wanted<'_>) -> Result<Placed, Why> {
    let programme = programme_of(project, round);
    let over = project.programme_over_masters(&programme, round.no);
    let (programme, masters) =
        over.ok_or_else(|| "a master of the approved revision is not there".to_owned())?;
    let whole = narrowed(programme, wanted.profile.beside);
    let programme = match wanted.edition {
        None => whole.clone(),
        Some(name) => whole.edition(name).map_err(no_edition)?,
    };
    Ok(Placed {
        programme,
        whole,
        masters,
    })
}

fn no_edition(name: String) -> Why {
    format!("the approved programme has no edition \u{201c}{name}\u{201d}")
}

/// A disc has gaps, and a client has approved them only where there was a programme.
fn missing_of_order(project: &Project, round: &Revision, profile: &Profile) -> Vec<Missing> {
    let is_alone = round.programme.is_none() && project.tracks.len() > 1;
    let wishes = profile.formats.iter();
    let what = |wish: &Wish| match wish {
        Wish::Disc(_) | Wish::Whole(_) if is_alone => Some(
            "how the songs follow each other was not approved with them: set the programme in a revision, and have it approved",
        ),
        Wish::Session(_) => {
            Some("an order's session is its archive: fetch that on the order's page")
        }
        _ => None,
    };
    wishes
        .filter_map(|wish| {
            Some(Missing {
                format: Some(*wish),
                what: what(wish)?.to_owned(),
            })
        })
        .collect()
}

/// What the order says of its release, held against its programme.
fn release_of(project: &Project, placed: &Placed) -> Result<Release, Why> {
    let sheet = sheet(&told(project))?;
    let facts = facts(&placed.programme, &placed.whole);
    let mut release = sheet.complete(&facts).map_err(|error| error.to_string())?;
    add_lyrics(&mut release, project, (&placed.programme, &placed.masters));
    Ok(release)
}

/// The cover's file.
fn cover_of(vault: &Vault, project: &Project) -> Result<Option<Vec<u8>>, Why> {
    let Some(cover) = &project.cover else {
        return Ok(None);
    };
    let failed =
        |error: &dyn std::error::Error| format!("the cover cannot be read: {}", chain(error));
    let mut file = vault
        .open_object(project.id.as_str(), cover.object.as_str())
        .map_err(|e| failed(&e))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| failed(&e))?;
    Ok(Some(bytes))
}

/// A package before anything of it is opened: what would be made, and what is missing for it.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    /// Each format with what it lacks.
    pub(crate) formats: Vec<(String, Vec<String>)>,
    /// What all of them lack.
    pub(crate) missing: Vec<String>,
    /// What is moved onto CD frames, or left out.
    pub(crate) said: Vec<String>,
    /// Lengths of audio CDs.
    pub(crate) disc_lengths: Vec<String>,
}

impl Outline {
    /// Whether nothing is missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.formats.iter().all(|(_, missing)| missing.is_empty())
    }

    /// What is missing, a line each.
    pub(crate) fn lacks(&self) -> String {
        let all = self.missing.iter().cloned();
        let formats = self.formats.iter();
        let own = formats.flat_map(|(format, missing)| {
            missing.iter().map(move |what| format!("{format}: {what}"))
        });
        all.chain(own).collect::<Vec<_>>().join("\n")
    }
}

/// Says what a package of the approved revision would be.
pub(crate) fn outline(vault: &Vault, project: &Project, wanted: Wanted<'_>) -> Outline {
    let profile = wanted.profile;
    let bare = |why: Why| Outline {
        formats: profile
            .formats
            .iter()
            .map(|wish| (wish.to_string(), Vec::new()))
            .collect(),
        missing: why.lines().map(str::to_owned).collect(),
        said: Vec::new(),
        disc_lengths: Vec::new(),
    };
    laid_out(vault, project, wanted).unwrap_or_else(bare)
}

/// What the profile asks for and nobody has said: of the release, of every song, of some.
fn unsaid(release: &Release, profile: &Profile) -> Vec<String> {
    let mut by_whom: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    let lacks = release.lacks(&profile.needs);
    let mut things: Vec<&str> = Vec::new();
    for lack in &lacks {
        if !things.contains(&lack.what) {
            things.push(lack.what);
        }
    }
    for what in things {
        let of = lacks.iter().filter(|lack| lack.what == what);
        let of: Vec<String> = of.map(|lack| lack.about.clone()).collect();
        match by_whom.iter_mut().find(|(known, _)| *known == of) {
            Some((_, things)) => things.push(what),
            None => by_whom.push((of, vec![what])),
        }
    }
    let every = release.songs.len();
    by_whom
        .into_iter()
        .map(|(of, things)| {
            let songs = of.iter().filter(|one| *one != "the release").count();
            let of = match (songs, of.len()) {
                (songs, _) if songs == every && songs > 1 && of.len() > songs => {
                    "the release and every song".to_owned()
                }
                (songs, _) if songs == every && songs > 1 => "every song".to_owned(),
                _ => of.join(", "),
            };
            format!("Nobody has said of {of}: {}.", things.join(", "))
        })
        .collect()
}

fn laid_out(vault: &Vault, project: &Project, wanted: Wanted<'_>) -> Result<Outline, Why> {
    let profile = wanted.profile;
    let round = approved(project)?;
    let placed = placed(project, round, wanted)?;
    let release = release_of(project, &placed)?;
    let Placed {
        programme, masters, ..
    } = placed;
    let album = Album::outline(&programme, &sources_of(&masters)).map_err(|e| e.to_string())?;
    let delivery = Delivery {
        album: &album,
        files: BTreeMap::new(),
        release: &release,
        profile,
        session: Session::default(),
        cover: cover_of(vault, project)?,
        attached: attached(vault, project, (profile, Files::Left)).map_err(|e| chain(&e))?,
        made_at: delivery::Moment::from_unix_ms(0).map_err(|e| e.to_string())?,
    };
    let plan = delivery.plan();
    let mut missing = missing_of_order(project, round, profile);
    // What nobody has said is told once for all songs that lack it.
    let unsaid = unsaid(&release, profile);
    let told: Vec<String> = release
        .lacks(&profile.needs)
        .iter()
        .map(ToString::to_string)
        .collect();
    let others = plan
        .missing()
        .iter()
        .filter(|one| !told.contains(&one.what));
    missing.extend(others.cloned());
    let of = |wish: Option<Wish>| -> Vec<String> {
        let own = missing.iter().filter(|one| one.format == wish);
        own.map(|one| one.what.clone()).collect()
    };
    Ok(Outline {
        formats: plan
            .wishes()
            .map(|wish| (wish.to_string(), of(Some(wish))))
            .collect(),
        missing: unsaid.into_iter().chain(of(None)).collect(),
        said: plan.said().map(str::to_owned).collect(),
        disc_lengths: plan.disc_lengths().collect(),
    })
}

/// Everything that a package is made of, opened.
pub(super) struct Material {
    pub(super) album: Album,
    pub(super) files: BTreeMap<String, File>,
    pub(super) release: Release,
    pub(super) cover: Option<Vec<u8>>,
    pub(super) attached: BTreeMap<String, Attached>,
}

/// Why there is nothing to make a package of.
pub(super) enum NoMaterial {
    /// It will not be otherwise the next time.
    Why(Why),
    /// It may be.
    Vault(vault::VaultError),
}

impl From<Why> for NoMaterial {
    fn from(why: Why) -> Self {
        Self::Why(why)
    }
}

impl From<vault::VaultError> for NoMaterial {
    fn from(error: vault::VaultError) -> Self {
        Self::Vault(error)
    }
}

/// Opens the approved masters, each in a file without a name, and lays the programme out on them.
pub(super) fn material(
    vault: &Vault,
    project: &Project,
    wanted: Wanted<'_>,
) -> Result<Material, NoMaterial> {
    let round = approved(project)?;
    let missing = missing_of_order(project, round, wanted.profile);
    if let Some(first) = missing.first() {
        return Err(NoMaterial::Why(first.to_string()));
    }
    let placed = placed(project, round, wanted)?;
    let release = release_of(project, &placed)?;
    let Placed {
        programme, masters, ..
    } = placed;
    let mut opened_files = BTreeMap::new();
    let mut files = BTreeMap::new();
    for (track, master) in &masters {
        let file: AlbumFile = opened(vault, project, master)?;
        let again = file.canonical.try_clone();
        let again = again.map_err(|e| Why::from(format!("a master cannot be read: {e}")))?;
        files.insert(track.to_string(), again);
        opened_files.insert(track.to_string(), file);
    }
    let there = at_their_place(project, &masters);
    let album = Album::lay_masters(&programme, opened_files, &there);
    let album = album.map_err(|e| project.told_text(&e.to_string()))?;
    Ok(Material {
        album,
        files,
        release,
        cover: cover_of(vault, project)?,
        attached: wanted_files(vault, project, wanted.profile)?,
    })
}

/// The booklet and videos, opened where the profile makes something of them.
fn wanted_files(
    vault: &Vault,
    project: &Project,
    profile: &Profile,
) -> Result<BTreeMap<String, Attached>, NoMaterial> {
    let mut formats = profile.formats.iter();
    let is_wanted = formats.any(|wish| matches!(wish, Wish::Booklet | Wish::Video));
    let files = if is_wanted {
        Files::Opened
    } else {
        Files::Left
    };
    Ok(attached(vault, project, (profile, files))?)
}

/// A song as it was approved.
pub(super) struct ApprovedSong {
    /// Its disc and its track there, from 1.
    pub(super) place: (u32, u32),
    pub(super) rate_hz: u32,
    pub(super) frames: u64,
    /// Checksum of its samples of 24 bits.
    pub(super) samples: String,
}

/// What was approved of each song that is on a disc, at its place in an edition.
pub(super) fn approved_songs(
    project: &Project,
    edition: Option<&str>,
) -> Result<Vec<ApprovedSong>, Why> {
    let round = approved(project)?;
    let whole = programme_of(project, round);
    let programme = match edition {
        None => whole,
        Some(name) => whole.edition(name).map_err(no_edition)?,
    };
    let mut all = Vec::new();
    for (disc, number) in programme.discs.iter().zip(1..) {
        for (place, song) in Disc::songs(disc) {
            let Some(track) = project.track_of(song) else {
                continue;
            };
            let cut = round.made.as_ref().and_then(|made| made.song(&track.id));
            let approved = match cut {
                Some((song, on)) if song.disc == number => {
                    Some((on.rate_hz, song.frames, song.samples.to_string()))
                }
                Some(_) => None,
                None => round
                    .master(&track.id)
                    .filter(|master| master.bits == 24)
                    .map(|master| (master.rate_hz, master.frames, master.samples.to_string())),
            };
            if let Some((rate_hz, frames, samples)) = approved {
                all.push(ApprovedSong {
                    place: (number, place),
                    rate_hz,
                    frames,
                    samples,
                });
            }
        }
    }
    Ok(all)
}
