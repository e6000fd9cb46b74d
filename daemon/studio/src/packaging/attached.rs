//! The booklet and the videos of an order, as its packages hold them.

use std::collections::BTreeMap;

use delivery::profile::Profile;
use mastering::{Attachment, AttachmentKind, AttachmentWeight, Project};
use vault::{Vault, VaultError};

use crate::delivering::Attached;
use crate::jobs::{AttachmentFacts, facts_document};

/// What the release calls an attachment: another file in its place is another name.
pub(super) fn name_of(attachment: &Attachment) -> String {
    format!("{:02} {}", attachment.no, attachment.file_name)
}

/// Whether the files are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// It is only said what would be made.
    Left,
    /// A package is made of them.
    Opened,
}

/// The booklet and videos that a profile asks for, each with what keeps it from being delivered.
pub(super) fn attached(
    vault: &Vault,
    project: &Project,
    (profile, files): (&Profile, Files),
) -> Result<BTreeMap<String, Attached>, VaultError> {
    let kinds = [AttachmentKind::Booklet, AttachmentKind::Video];
    let all = kinds.iter().flat_map(|kind| project.attached(*kind));
    let mut attached = BTreeMap::new();
    for one in all {
        let file = match files {
            Files::Left => None,
            Files::Opened => Some(vault.copy_to_scratch(project.id.as_str(), one.object.as_str())?),
        };
        let facts = facts_of(vault, project, one)?;
        let lacks = lacks(project, (one, profile), facts.as_ref());
        let movie = match facts {
            Some(AttachmentFacts::Video { movie, .. }) => Some(movie),
            Some(AttachmentFacts::Booklet { .. } | AttachmentFacts::Unread { .. }) | None => None,
        };
        attached.insert(name_of(one), Attached { file, lacks, movie });
    }
    Ok(attached)
}

/// What was read of one, by this version of the program.
fn facts_of(
    vault: &Vault,
    project: &Project,
    one: &Attachment,
) -> Result<Option<AttachmentFacts>, VaultError> {
    let row = vault.document(project.id.as_str(), &facts_document(one.no))?;
    Ok(row.and_then(|row| serde_json::from_str(&row.body).ok()))
}

/// What keeps one from being delivered by a profile: its own rules, and what nobody has looked at.
fn lacks(
    project: &Project,
    (one, profile): (&Attachment, &Profile),
    facts: Option<&AttachmentFacts>,
) -> Vec<String> {
    if one.read.is_none() {
        return project.attachment_lacks(one);
    }
    let mut lacks: Vec<String> = match facts {
        Some(facts) => {
            let found = facts.judge(&profile.booklet, &profile.video);
            let blocks = found.into_iter();
            let blocks = blocks.filter(|finding| finding.weight == attachments::Weight::Blocks);
            blocks.map(|finding| finding.words).collect()
        }
        // Facts of another version of the program: what was found by the usual rules holds.
        None => {
            let read = one.read.iter().flat_map(|read| &read.findings);
            let blocks = read.filter(|finding| finding.weight == AttachmentWeight::Blocks);
            blocks.map(|finding| finding.words.clone()).collect()
        }
    };
    lacks.extend(project.attachment_unseen(one));
    lacks
}
