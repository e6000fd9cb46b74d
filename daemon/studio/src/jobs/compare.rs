//! The mixes of an order beside each other: their prints are compared, no audio is read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};

use mastering::{AlternateKind, Command, Mix, MixAudio, MixId, MixRole, ObjectSum, Project};
use measure::set::{Fingerprint, Member, Part, Shares, compare};
use measure::{InspectContext, Inspector};
use renderer::BLOCK_FRAMES;
use soundfile::WavReader;
use vault::Write;
use worker::kind_of;

use super::report::{self, set_document};
use super::take::{id, json_document};
use super::{Done, Shop, Trouble};
use crate::access::telling_of;
use crate::denied::chain;

/// The kind of a print among the objects. It is audio in small, so it is sealed with the
/// project's key and goes when that goes.
pub(super) const FINGERPRINT_KIND: &str = "fingerprint";

/// Keeps a print in the vault.
pub(super) fn store(
    shop: &Shop,
    project: &Project,
    fingerprint: &Fingerprint,
) -> Result<ObjectSum, Trouble> {
    let text = serde_json::to_vec(fingerprint)
        .map_err(|e| Trouble::Never(format!("a print cannot be written: {e}")))?;
    let mut scratch = shop.vault.scratch()?;
    scratch.write_all(&text)?;
    let stored = shop
        .vault
        .store(project.id.as_str(), FINGERPRINT_KIND, &mut scratch)?;
    id(&stored.sha256)
}

/// Compares a set; nothing where it is not the order's set any more.
pub(super) fn set(
    shop: &Shop,
    project: &Project,
    mixes: &BTreeSet<MixId>,
) -> Result<Done, Trouble> {
    if project.set_to_compare().as_ref() != Some(mixes) {
        return Ok(Done::default());
    }
    let mut all: Vec<&Mix> = mixes
        .iter()
        .filter_map(|id| project.mixes.get(id))
        .collect();
    // As people read the list, so that sentences about "the first" mean the first.
    all.sort_by(|a, b| (&a.path, &a.id).cmp(&(&b.path, &b.id)));
    let prints = all
        .iter()
        .map(|mix| print_of(shop, project, mix))
        .collect::<Result<Vec<Fingerprint>, Trouble>>()?;
    let members: Vec<Member<'_>> = all
        .iter()
        .zip(&prints)
        .map(|(mix, fingerprint)| Member {
            name: &mix.file_name,
            part: part_of(project, mix, &all),
            fingerprint,
        })
        .collect();
    let found = compare(&members, &shop.config.thresholds.set);
    let mut also: Vec<Write> = Vec::new();
    let mut findings = BTreeMap::new();
    for (mix, found) in all.iter().zip(found) {
        if !(found.is_empty() && mix.set_findings.is_empty()) {
            also.push(json_document(&project.id, &set_document(&mix.id), &found)?);
        }
        findings.insert(mix.id.clone(), found.iter().map(report::line).collect());
    }
    let showing = telling_of(&shop.vault, &project.client)?.showing();
    Ok(Done {
        commands: vec![Command::RecordSet { findings, showing }],
        also,
    })
}

fn part_of(project: &Project, mix: &Mix, all: &[&Mix]) -> Part {
    match mix.role {
        MixRole::Main | MixRole::Reference => Part::Song,
        MixRole::Alternate => Part::Alternate {
            shares: shares_of(mastering::alternate_kind(&mix.file_name)),
            of: project
                .main_of(mix)
                .and_then(|main| all.iter().position(|other| other.id == main.id)),
        },
    }
}

/// What a kind of alternate has in common with its song.
#[must_use]
pub fn shares_of(kind: AlternateKind) -> Shares {
    match kind {
        AlternateKind::Instrumental | AlternateKind::Tv | AlternateKind::Clean => Shares::Most,
        AlternateKind::ACappella => Shares::Some,
        AlternateKind::Radio => Shares::Edited,
        AlternateKind::Other => Shares::Unknown,
    }
}

fn print_of(shop: &Shop, project: &Project, mix: &Mix) -> Result<Fingerprint, Trouble> {
    let audio = mix
        .audio
        .as_ref()
        .ok_or_else(|| Trouble::Never("a mix of the set has no audio".to_owned()))?;
    if let Some(object) = &audio.fingerprint {
        let mut text = Vec::new();
        shop.vault
            .open_object(project.id.as_str(), object.as_str())?
            .read_to_end(&mut text)?;
        if let Ok(print) = serde_json::from_slice(&text) {
            return Ok(print);
        }
    }
    // A mix that an earlier version took, or a print of another form: made from the decoded audio.
    made_again(shop, project, audio)
}

fn made_again(shop: &Shop, project: &Project, audio: &MixAudio) -> Result<Fingerprint, Trouble> {
    let never = |error: &dyn std::error::Error| Trouble::Never(chain(error));
    let object = shop
        .vault
        .open_object(project.id.as_str(), audio.canonical.as_str())?;
    let mut reader = WavReader::open(object).map_err(|e| never(&e))?;
    let spec = reader.spec();
    let mut inspector = Inspector::new(InspectContext {
        rate_hz: spec.rate_hz,
        channels: u32::from(spec.channels),
        sample: kind_of(spec.sample),
        declared: None,
        lossy_source: None,
        thresholds: shop.config.thresholds.clone(),
    })
    .map_err(|e| never(&e))?;
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    loop {
        let frames = reader
            .read_planar(&mut planar, BLOCK_FRAMES)
            .map_err(|e| Trouble::Again(chain(&e)))?;
        if frames == 0 {
            return Ok(inspector.finish().fingerprint);
        }
        let slices: Vec<&[f64]> = planar.iter().map(|c| &c[..frames]).collect();
        inspector.feed(&slices);
    }
}
