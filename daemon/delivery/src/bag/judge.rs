//! Judges a bag by its descriptors and by what really lies in its folder.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::TagFile;
use super::parse::{Manifest, info_lines, is_descriptor, lines};
use super::path::clashes;

/// A regular file found below the bag's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Path below the bag's folder, `/` between its parts: `data/mixes/a.wav`, `bagit.txt`.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// SHA-512 of its bytes, where the caller computed it; a SHA-512 manifest is judged only then.
    pub sha512: Option<String>,
    /// Its length.
    pub bytes: u64,
}

/// What came out of reading a bag back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Everything that is wrong; a bag with none is whole.
    pub objections: Vec<Objection>,
    /// Lines of `bag-info.txt`, in their order.
    pub info: Vec<(String, String)>,
    /// Payload files found.
    pub payload_files: u64,
    /// Their total length.
    pub payload_bytes: u64,
}

impl Judgement {
    /// True when nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.objections.is_empty()
    }
}

/// One thing that is wrong with a bag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Objection {
    /// A file every bag must have is not there.
    #[error("{0} is missing")]
    DescriptorMissing(String),
    /// A descriptor is not UTF-8, or starts with a byte order mark.
    #[error("{0} is not plain UTF-8 without a byte order mark")]
    NotPlainUtf8(String),
    /// `bagit.txt` differs from its two fixed lines.
    #[error("bagit.txt is not the two lines of BagIt 1.0 or 0.97 in UTF-8")]
    NotBagIt10,
    /// A line that is neither what the file holds nor a continuation.
    #[error("{name} cannot be read at line {line}")]
    LineUnreadable {
        /// The descriptor.
        name: String,
        /// Line number from 1.
        line: usize,
    },
    /// The bag says some of its payload lies elsewhere.
    #[error("fetch.txt says that parts of this bag lie elsewhere")]
    HasHoles,
    /// A manifest's algorithm was not compared.
    #[error("{0} was not compared: its checksums are of another kind")]
    NotCompared(String),
    /// A manifest names something outside its place.
    #[error("{name} names {path:?}, which is not inside the bag's place for it")]
    OutOfPlace {
        /// The manifest.
        name: String,
        /// The path it names.
        path: String,
    },
    /// A manifest names one file twice.
    #[error("{name} names {path:?} twice")]
    NamedTwice {
        /// The manifest.
        name: String,
        /// The path it names.
        path: String,
    },
    /// Two files that a disk without case takes for one.
    #[error("{0:?} and {1:?} are one name on some disks")]
    Clash(String, String),
    /// Named but not there.
    #[error("{path:?} is in {name} but not in the folder")]
    FileMissing {
        /// The manifest.
        name: String,
        /// The file.
        path: String,
    },
    /// There but not named.
    #[error("{path:?} is in the folder but not in {name}")]
    FileUnnamed {
        /// The manifest.
        name: String,
        /// The file.
        path: String,
    },
    /// The bytes are not those the manifest was written for.
    #[error("{path:?} has other bytes than {name} says")]
    Changed {
        /// The manifest.
        name: String,
        /// The file.
        path: String,
    },
    /// `Payload-Oxum` disagrees with what is there.
    #[error("bag-info.txt promises {promised}, the folder holds {found} (bytes.files)")]
    OxumDiffers {
        /// What stands in `bag-info.txt`.
        promised: String,
        /// What was counted.
        found: String,
    },
}

/// Judges a bag: `descriptors` are the files [`is_descriptor`] names, `found` every file of the folder.
pub fn judge(descriptors: &[TagFile], found: &[FoundFile]) -> Judgement {
    let mut objections = Vec::new();
    let mut texts: HashMap<&str, &str> = HashMap::new();
    for tag in descriptors.iter().filter(|tag| is_descriptor(&tag.name)) {
        match plain_text(&tag.bytes) {
            Some(text) => {
                texts.insert(&tag.name, text);
            }
            None => objections.push(Objection::NotPlainUtf8(tag.name.clone())),
        }
    }
    judge_declaration(descriptors, &texts, &mut objections);
    let payload: Vec<&FoundFile> = found
        .iter()
        .filter(|file| file.path.starts_with("data/"))
        .collect();
    let payload_files = u64::try_from(payload.len()).unwrap_or(u64::MAX);
    let payload_bytes = payload.iter().map(|file| file.bytes).sum();
    let info = judge_info(
        &texts,
        &format!("{payload_bytes}.{payload_files}"),
        &mut objections,
    );
    judge_clashes(found, &mut objections);

    let tags = found.iter().filter(|file| {
        !file.path.starts_with("data/") && Manifest::of_tag_name(&file.path).is_none()
    });
    let tags: Vec<&FoundFile> = tags.collect();
    let mut payload_manifests = 0;
    for manifest in manifests(&texts, Manifest::of_name) {
        payload_manifests += 1;
        judge_manifest(&manifest, &payload, Place::Payload, &mut objections);
    }
    for manifest in manifests(&texts, Manifest::of_tag_name) {
        judge_manifest(&manifest, &tags, Place::Tags, &mut objections);
    }
    if payload_manifests == 0 {
        objections.push(Objection::DescriptorMissing("manifest-sha256.txt".into()));
    }
    objections.sort();
    objections.dedup();
    Judgement {
        objections,
        info,
        payload_files,
        payload_bytes,
    }
}

fn plain_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.starts_with('\u{feff}')).then_some(text)
}

fn judge_declaration(
    descriptors: &[TagFile],
    texts: &HashMap<&str, &str>,
    objections: &mut Vec<Objection>,
) {
    if !descriptors.iter().any(|tag| tag.name == "bagit.txt") {
        objections.push(Objection::DescriptorMissing("bagit.txt".into()));
    }
    // Ours say 1.0; bagit-python, which most archives use, still writes 0.97.
    let is_known = |text: &&str| {
        let [version, encoding] = lines(text)[..] else {
            return false;
        };
        matches!(version, "BagIt-Version: 1.0" | "BagIt-Version: 0.97")
            && encoding == "Tag-File-Character-Encoding: UTF-8"
    };
    if texts.get("bagit.txt").is_some_and(|text| !is_known(text)) {
        objections.push(Objection::NotBagIt10);
    }
    if descriptors.iter().any(|tag| tag.name == "fetch.txt") {
        objections.push(Objection::HasHoles);
    }
}

fn judge_info(
    texts: &HashMap<&str, &str>,
    oxum: &str,
    objections: &mut Vec<Objection>,
) -> Vec<(String, String)> {
    let Some(text) = texts.get("bag-info.txt") else {
        return Vec::new();
    };
    let info = info_lines(text).unwrap_or_else(|line| {
        let name = "bag-info.txt".to_owned();
        objections.push(Objection::LineUnreadable { name, line });
        Vec::new()
    });
    let promised = info
        .iter()
        .filter(|(label, _)| label.eq_ignore_ascii_case("Payload-Oxum"));
    for (_, promised) in promised.filter(|(_, promised)| promised != oxum) {
        objections.push(Objection::OxumDiffers {
            promised: promised.clone(),
            found: oxum.to_owned(),
        });
    }
    info
}

fn judge_clashes(found: &[FoundFile], objections: &mut Vec<Objection>) {
    let mut paths: Vec<&str> = found.iter().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    let found = clashes(paths.into_iter());
    objections.extend(
        found
            .into_iter()
            .map(|(one, other)| Objection::Clash(one, other)),
    );
}

fn manifests<'t>(
    texts: &'t HashMap<&str, &str>,
    kind: fn(&str) -> Option<&str>,
) -> impl Iterator<Item = Manifest> + 't {
    texts.iter().filter_map(move |(name, text)| {
        let algorithm = kind(name)?;
        Some(Manifest::read(name, algorithm, text))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Payload,
    Tags,
}

impl Place {
    fn holds(self, path: &str) -> bool {
        let parts_are_plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let in_payload = path.starts_with("data/");
        parts_are_plain
            && match self {
                Self::Payload => in_payload,
                Self::Tags => !in_payload && Manifest::of_tag_name(path).is_none(),
            }
    }
}

fn judge_manifest(
    manifest: &Manifest,
    files: &[&FoundFile],
    place: Place,
    objections: &mut Vec<Objection>,
) {
    let name = || manifest.name.clone();
    for &line in &manifest.unreadable {
        objections.push(Objection::LineUnreadable { name: name(), line });
    }
    let by_path: HashMap<&str, &FoundFile> = files
        .iter()
        .map(|file| (file.path.as_str(), *file))
        .collect();
    let mut named = HashSet::new();
    for entry in &manifest.entries {
        let path = || entry.path.clone();
        if !place.holds(&entry.path) {
            objections.push(Objection::OutOfPlace {
                name: name(),
                path: path(),
            });
            continue;
        }
        if !named.insert(entry.path.as_str()) {
            objections.push(Objection::NamedTwice {
                name: name(),
                path: path(),
            });
        }
        let Some(file) = by_path.get(entry.path.as_str()) else {
            objections.push(Objection::FileMissing {
                name: name(),
                path: path(),
            });
            continue;
        };
        match digest(file, &manifest.algorithm) {
            None => objections.push(Objection::NotCompared(name())),
            Some(digest) if digest != entry.digest => {
                objections.push(Objection::Changed {
                    name: name(),
                    path: path(),
                });
            }
            Some(_) => (),
        }
    }
    let there: BTreeSet<&str> = by_path.keys().copied().collect();
    // A tag manifest may leave tag files out (RFC 8493 2.2.1), but then nothing guards them.
    for path in there.into_iter().filter(|path| !named.contains(path)) {
        let path = path.to_owned();
        objections.push(Objection::FileUnnamed { name: name(), path });
    }
}

fn digest<'f>(file: &'f FoundFile, algorithm: &str) -> Option<&'f str> {
    match algorithm {
        "sha256" => Some(&file.sha256),
        "sha512" => file.sha512.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::super::{BagInfo, BagPath, Payload, describe};
    use super::*;
    use crate::Moment;

    const PAYLOAD: [(&str, &str); 2] = [("mixes/song.wav", "sound"), ("notes.txt", "words")];

    /// A bag as it lies on a disk, for a test to damage.
    struct Bag(Vec<TagFile>);

    impl Bag {
        fn new() -> Self {
            let info = BagInfo {
                source_organization: "Studio North".into(),
                external_identifier: "LQ-1001".into(),
                external_description: String::new(),
                bagged: Moment::from_unix_ms(0).unwrap(),
                group_identifier: None,
                own: Vec::new(),
            };
            let payload = PAYLOAD.map(|(path, text)| Payload {
                path: BagPath::parse(path).unwrap(),
                sha256: hex::encode(Sha256::digest(text)),
                bytes: text.len() as u64,
            });
            let mut files = describe(&info, &payload, &[]).unwrap();
            files.extend(PAYLOAD.map(|(path, text)| TagFile {
                name: format!("data/{path}"),
                bytes: text.into(),
            }));
            Self(files)
        }

        fn edit(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
            let file = self.0.iter_mut().find(|file| file.name == name).unwrap();
            file.bytes = change(std::str::from_utf8(&file.bytes).unwrap()).into_bytes();
            self
        }

        fn add(mut self, name: &str, text: &str) -> Self {
            let (name, bytes) = (name.to_owned(), text.into());
            self.0.push(TagFile { name, bytes });
            self
        }

        fn without(mut self, name: &str) -> Self {
            self.0.retain(|file| file.name != name);
            self
        }

        /// Re-seals the tag manifest, so that a test sees only its own damage.
        fn sealed(self) -> Self {
            let tags = self.0.iter().filter(|file| {
                !file.name.starts_with("data/") && !file.name.starts_with("tagmanifest")
            });
            let line = |file: &TagFile| {
                format!(
                    "{}  {}\n",
                    hex::encode(Sha256::digest(&file.bytes)),
                    file.name
                )
            };
            let text: String = tags.map(line).collect();
            self.edit("tagmanifest-sha256.txt", |_| text.clone())
        }

        #[track_caller]
        fn check(self, expected: &[&str]) {
            let found = self.0.iter().map(|file| FoundFile {
                path: file.name.clone(),
                sha256: hex::encode(Sha256::digest(&file.bytes)),
                sha512: None,
                bytes: file.bytes.len() as u64,
            });
            let judgement = judge(&self.0, &found.collect::<Vec<_>>());
            let said: Vec<String> = judgement
                .objections
                .iter()
                .map(Objection::to_string)
                .collect();
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_bag_as_described_is_whole() {
        Bag::new().check(&[]);
    }

    #[test]
    fn every_damage_is_named() {
        Bag::new()
            .edit("data/notes.txt", |_| "other".into())
            .check(&["\"data/notes.txt\" has other bytes than manifest-sha256.txt says"]);
        Bag::new().without("data/notes.txt").check(&[
            "\"data/notes.txt\" is in manifest-sha256.txt but not in the folder",
            "bag-info.txt promises 10.2, the folder holds 5.1 (bytes.files)",
        ]);
        Bag::new().add("data/.DS_Store", "").check(&[
            "\"data/.DS_Store\" is in the folder but not in manifest-sha256.txt",
            "bag-info.txt promises 10.2, the folder holds 10.3 (bytes.files)",
        ]);
        Bag::new()
            .edit("bag-info.txt", |text| text.replace("North", "South"))
            .check(&["\"bag-info.txt\" has other bytes than tagmanifest-sha256.txt says"]);
        Bag::new().without("bagit.txt").check(&[
            "bagit.txt is missing",
            "\"bagit.txt\" is in tagmanifest-sha256.txt but not in the folder",
        ]);
        Bag::new()
            .add("fetch.txt", "")
            .sealed()
            .check(&["fetch.txt says that parts of this bag lie elsewhere"]);
        Bag::new()
            .without("manifest-sha256.txt")
            .sealed()
            .check(&["manifest-sha256.txt is missing"]);
    }

    #[test]
    fn a_declaration_must_be_its_two_lines() {
        let wrong = &["bagit.txt is not the two lines of BagIt 1.0 or 0.97 in UTF-8"];
        let check = |change: fn(&str) -> String, expected: &[&str]| {
            Bag::new()
                .edit("bagit.txt", change)
                .sealed()
                .check(expected);
        };
        check(|text| text.replace(':', " :"), wrong);
        check(|text| text.replace("1.0", "0.98"), wrong);
        check(|text| text.replace("1.0\n", "1.0 \n"), wrong);
        check(|text| format!("{text}More: x\n"), wrong);
        check(|text| text.replace('\n', "\r\n"), &[]);
        check(
            |text| format!("\u{feff}{text}"),
            &["bagit.txt is not plain UTF-8 without a byte order mark"],
        );
    }

    #[test]
    fn manifests_stay_in_their_place_and_name_each_file_once() {
        let sum = "a".repeat(64);
        let check = |line: String, expected: &[&str]| {
            let bag = Bag::new().edit("manifest-sha256.txt", |text| format!("{text}{line}\n"));
            bag.sealed().check(expected);
        };
        for path in [
            "../etc/passwd",
            "data/../../x",
            "/etc/passwd",
            "~/x",
            "bagit.txt",
            "*data/x",
        ] {
            let expected = format!(
                "manifest-sha256.txt names {path:?}, which is not inside the bag's place for it"
            );
            check(format!("{sum}  {path}"), &[&expected]);
        }
        let again = hex::encode(Sha256::digest("words"));
        check(
            format!("{again}  data/notes.txt"),
            &["manifest-sha256.txt names \"data/notes.txt\" twice"],
        );
        check(
            "hello".into(),
            &["manifest-sha256.txt cannot be read at line 3"],
        );
    }

    #[test]
    fn names_that_merge_on_some_disks_are_an_objection() {
        let sum = hex::encode(Sha256::digest(""));
        Bag::new()
            .add("data/NOTES.txt", "")
            .edit("manifest-sha256.txt", |text| {
                format!("{text}{sum}  data/NOTES.txt\n")
            })
            .edit("bag-info.txt", |text| text.replace("10.2", "10.3"))
            .sealed()
            .check(&["\"data/NOTES.txt\" and \"data/notes.txt\" are one name on some disks"]);
    }

    #[test]
    fn checksums_that_nobody_compared_are_said() {
        let sum = "b".repeat(128);
        let lines = PAYLOAD
            .map(|(path, _)| format!("{sum}  data/{path}\n"))
            .concat();
        Bag::new()
            .add("manifest-sha512.txt", &lines)
            .sealed()
            .check(&["manifest-sha512.txt was not compared: its checksums are of another kind"]);
        Bag::new().add("manifest-sha512.txt", "").sealed().check(&[
            "\"data/mixes/song.wav\" is in the folder but not in manifest-sha512.txt",
            "\"data/notes.txt\" is in the folder but not in manifest-sha512.txt",
        ]);
    }
}
