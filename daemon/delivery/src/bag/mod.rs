//! BagIt 1.0 descriptors (RFC 8493): what makes a folder of files a bag that any archive tool reads.
//!
//! ```text
//! bagit.txt              version and encoding, two fixed lines
//! bag-info.txt           who, what, when, how much
//! manifest-sha256.txt    <hex>  data/<path>, every payload file once
//! tagmanifest-sha256.txt <hex>  <name>, every file above
//! data/...               the payload
//! ```
//!
//! [`describe`] makes them, [`judge`] reads them back against what really lies in the folder.

mod judge;
mod parse;
mod path;

use sha2::{Digest, Sha256};

use crate::Moment;
pub use judge::{FoundFile, Judgement, Objection, judge};
pub use parse::{MAX_DESCRIPTOR_BYTES, is_descriptor};
pub use path::{BagPath, PathRefusal, clash_key};

/// A payload file: where it lies under `data/`, and what was measured of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Path below `data/`.
    pub path: BagPath,
    /// SHA-256 of the file's bytes, 64 lower-case hex characters.
    pub sha256: String,
    /// Length of the file.
    pub bytes: u64,
}

/// A file of the bag that is not payload, with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFile {
    /// Path below the bag's folder.
    pub name: String,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// What `bag-info.txt` says; `Bag-Size` and `Payload-Oxum` are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BagInfo {
    /// The studio.
    pub source_organization: String,
    /// The order number.
    pub external_identifier: String,
    /// One line on what the bag holds.
    pub external_description: String,
    /// The day the bag was made.
    pub bagged: Moment,
    /// What several bags of one project share, if they do.
    pub group_identifier: Option<String>,
    /// Further lines in the studio's own words, such as the retention date.
    pub own: Vec<(String, String)>,
}

/// Why a bag cannot be described.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BagRefusal {
    /// A tag file's name cannot stand in a bag.
    #[error("a tag file's name cannot stand in a bag")]
    Path(#[from] PathRefusal),
    /// Two names that some disk takes for one.
    #[error("{0:?} and {1:?} are one name on some disks")]
    Clash(String, String),
    /// A tag file would replace a descriptor or lie in the payload.
    #[error("{0:?} is not a place for a tag file of one's own")]
    Reserved(String),
    /// A checksum is not 64 lower-case hex characters.
    #[error("{path:?} has no SHA-256 but {sha256:?}")]
    NotASha256 {
        /// The file it was given for.
        path: String,
        /// What was given.
        sha256: String,
    },
    /// A label of `bag-info.txt` that could not be read back.
    #[error("{0:?} cannot be a label of bag-info.txt")]
    Label(String),
}

/// Makes all tag files of a bag, the tag manifest last; `own_tags` are further plain files beside them.
///
/// Writing them in this order leaves no moment in which a half bag looks whole.
pub fn describe(
    info: &BagInfo,
    payload: &[Payload],
    own_tags: &[TagFile],
) -> Result<Vec<TagFile>, BagRefusal> {
    refuse_clashes(payload.iter().map(|file| file.path.as_str()))?;
    refuse_clashes(own_tags.iter().map(|tag| tag.name.as_str()))?;
    for tag in own_tags {
        BagPath::parse(&tag.name)?;
        let in_payload = tag.name == "data" || tag.name.starts_with("data/");
        if in_payload || is_descriptor(&clash_key(&tag.name)) {
            return Err(BagRefusal::Reserved(tag.name.clone()));
        }
    }
    let mut tags = own_tags.to_vec();
    tags.push(tag_file("bagit.txt", BAGIT_TXT.to_owned()));
    tags.push(tag_file("bag-info.txt", bag_info(info, payload)?));
    tags.push(tag_file("manifest-sha256.txt", manifest(payload)?));
    let lines = tags
        .iter()
        .map(|tag| manifest_line(&hex::encode(Sha256::digest(&tag.bytes)), &tag.name));
    let tag_manifest = lines.collect::<String>();
    tags.push(tag_file("tagmanifest-sha256.txt", tag_manifest));
    Ok(tags)
}

const BAGIT_TXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

fn tag_file(name: &str, text: String) -> TagFile {
    TagFile {
        name: name.to_owned(),
        bytes: text.into_bytes(),
    }
}

fn refuse_clashes<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), BagRefusal> {
    match path::clashes(names).into_iter().next() {
        Some((one, other)) => Err(BagRefusal::Clash(one, other)),
        None => Ok(()),
    }
}

fn manifest_line(sha256: &str, path: &str) -> String {
    format!("{sha256}  {path}\n")
}

fn manifest(payload: &[Payload]) -> Result<String, BagRefusal> {
    let mut text = String::new();
    for file in payload {
        let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if file.sha256.len() != 64 || !file.sha256.bytes().all(hex) {
            return Err(BagRefusal::NotASha256 {
                path: file.path.to_string(),
                sha256: file.sha256.clone(),
            });
        }
        text += &manifest_line(&file.sha256, &format!("data/{}", file.path));
    }
    Ok(text)
}

fn bag_info(info: &BagInfo, payload: &[Payload]) -> Result<String, BagRefusal> {
    let bytes: u64 = payload.iter().map(|file| file.bytes).sum();
    let oxum = format!("{bytes}.{}", payload.len());
    let mut lines = vec![
        ("Source-Organization", info.source_organization.clone()),
        ("External-Identifier", info.external_identifier.clone()),
        ("External-Description", info.external_description.clone()),
        ("Bagging-Date", info.bagged.date()),
        ("Bag-Size", human_size(bytes)),
        ("Payload-Oxum", oxum),
    ];
    if let Some(group) = &info.group_identifier {
        lines.push(("Bag-Group-Identifier", group.clone()));
    }
    for (label, value) in &info.own {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if label.is_empty() || !label.chars().all(plain) {
            return Err(BagRefusal::Label(label.clone()));
        }
        lines.push((label, value.clone()));
    }
    // A value runs to the end of its line, so line breaks inside one become spaces.
    let one_line = |value: &str| {
        let spaced = value.replace(char::is_control, " ");
        spaced.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let known = lines.iter().filter(|(_, value)| !value.trim().is_empty());
    Ok(known
        .map(|(label, value)| format!("{label}: {}\n", one_line(value)))
        .collect())
}

/// Writes a size as people say it, in powers of ten.
fn human_size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1000, "kB"),
    ];
    match UNITS.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => {
            let tenths = bytes / (size / 10);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> BagInfo {
        BagInfo {
            source_organization: "Studio North".into(),
            external_identifier: "LQ-1001".into(),
            external_description: "First Song\nby First Client".into(),
            bagged: Moment::from_unix_ms(1_795_132_800_000).unwrap(),
            group_identifier: None,
            own: vec![("Recall-Until".into(), "2028-11-20".into())],
        }
    }

    fn payload(path: &str, content: &[u8]) -> Payload {
        Payload {
            path: BagPath::parse(path).unwrap(),
            sha256: hex::encode(Sha256::digest(content)),
            bytes: u64::try_from(content.len()).unwrap(),
        }
    }

    #[test]
    fn a_bag_is_described_by_four_files() {
        let tags = describe(&info(), &[payload("mixes/a b.txt", b"abc")], &[]).unwrap();
        let text = |name: &str| {
            let tag = tags.iter().find(|tag| tag.name == name).unwrap();
            String::from_utf8(tag.bytes.clone()).unwrap()
        };
        assert_eq!(text("bagit.txt"), BAGIT_TXT);
        assert_eq!(
            text("bag-info.txt"),
            "Source-Organization: Studio North\nExternal-Identifier: LQ-1001\n\
             External-Description: First Song by First Client\nBagging-Date: 2026-11-20\n\
             Bag-Size: 3 B\nPayload-Oxum: 3.1\nRecall-Until: 2028-11-20\n"
        );
        // The SHA-256 of "abc" is FIPS 180-2's first example.
        assert_eq!(
            text("manifest-sha256.txt"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  data/mixes/a b.txt\n"
        );
        assert_eq!(tags.last().unwrap().name, "tagmanifest-sha256.txt");
        assert_eq!(text("tagmanifest-sha256.txt").lines().count(), 3);
    }

    #[track_caller]
    fn refused(payload: &[Payload], tags: &[TagFile], expected: &str) {
        assert_eq!(
            describe(&info(), payload, tags).unwrap_err().to_string(),
            expected
        );
    }

    #[test]
    fn what_some_disk_would_merge_or_replace_is_refused() {
        let (a, b) = (payload("a/x", b""), payload("A/y", b""));
        refused(
            &[a.clone(), b],
            &[],
            "\"a\" and \"A/y\" are one name on some disks",
        );
        refused(
            &[a.clone(), payload("a/x", b"")],
            &[],
            "\"a/x\" and \"a/x\" are one name on some disks",
        );
        refused(
            &[payload("a", b""), a.clone()],
            &[],
            "\"a\" and \"a/x\" are one name on some disks",
        );
        let tag = |name: &str| tag_file(name, String::new());
        refused(
            &[],
            &[tag("BagIt.txt")],
            "\"BagIt.txt\" is not a place for a tag file of one's own",
        );
        refused(
            &[],
            &[tag("data/x")],
            "\"data/x\" is not a place for a tag file of one's own",
        );
        let upper = Payload {
            sha256: "A".repeat(64),
            ..a
        };
        let text = format!("\"a/x\" has no SHA-256 but \"{}\"", "A".repeat(64));
        refused(&[upper], &[], &text);
    }

    #[test]
    fn sizes_are_written_as_people_say_them() {
        assert_eq!(human_size(999), "999 B");
        assert_eq!(human_size(1_050), "1.0 kB");
        assert_eq!(human_size(69_120_044), "69.1 MB");
        assert_eq!(human_size(4_800_000_000), "4.8 GB");
    }
}
