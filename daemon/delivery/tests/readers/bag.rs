//! bagit-python and sha256sum read our bags; our judge agrees with them, and is stricter.

use std::path::Path;

use delivery::bag::{
    BagInfo, BagPath, FoundFile, Judgement, Payload, TagFile, describe, is_descriptor, judge,
};
use sha2::{Digest, Sha256, Sha512};

use super::{python_tool, read_with, run, store};

const PAYLOAD: [(&str, &[u8]); 3] = [
    ("mixes/Über dem Fluß (24-48).wav", b"sound"),
    ("journal.json", b"{}"),
    ("empty", b""),
];

fn bag(folder: &Path) {
    let info = BagInfo {
        source_organization: "Studio North".into(),
        external_identifier: "LQ-1001".into(),
        external_description: "Grüße: a \"song\"".into(),
        bagged: delivery::Moment::from_unix_ms(1_795_132_800_000).unwrap(),
        group_identifier: Some("LQ-1001".into()),
        own: vec![("Recall-Until".into(), "2028-11-20".into())],
    };
    let payload = PAYLOAD.map(|(path, bytes)| Payload {
        path: BagPath::parse(path).unwrap(),
        sha256: hex::encode(Sha256::digest(bytes)),
        bytes: u64::try_from(bytes.len()).unwrap(),
    });
    let readme = TagFile {
        name: "README.txt".into(),
        bytes: b"words".to_vec(),
    };
    for tag in describe(&info, &payload, &[readme]).unwrap() {
        store(folder, &tag.name, &tag.bytes);
    }
    for (path, bytes) in PAYLOAD {
        store(folder, &format!("data/{path}"), bytes);
    }
}

/// What `vault` does with a real folder: reads every file, hands over names, sums and descriptors.
fn judged(folder: &Path) -> Judgement {
    let (mut tags, mut found, mut folders) = (Vec::new(), Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            found.push(FoundFile {
                path: name.clone(),
                sha256: hex::encode(Sha256::digest(&bytes)),
                sha512: Some(hex::encode(Sha512::digest(&bytes))),
                bytes: u64::try_from(bytes.len()).unwrap(),
            });
            if is_descriptor(&name) {
                tags.push(TagFile { name, bytes });
            }
        }
    }
    judge(&tags, &found)
}

#[test]
fn bagit_python_and_sha256sum_accept_our_bags() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    bag(folder.path());
    read_with(&python_tool("bagit.py"), &["--validate", path]);
    let check =
        format!("cd '{path}' && sha256sum --strict -c manifest-sha256.txt tagmanifest-sha256.txt");
    let said = read_with("sh", &["-c", &check]);
    assert_eq!(
        said.lines().filter(|line| line.ends_with(": OK")).count(),
        7,
        "{said}"
    );
    let judgement = judged(folder.path());
    assert!(judgement.is_whole(), "{:?}", judgement.objections);
    assert_eq!((judgement.payload_files, judgement.payload_bytes), (3, 7));
}

#[test]
fn our_judge_accepts_a_bag_that_bagit_python_made() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), "mixes/one two.wav", b"sound");
    let path = folder.path().to_str().unwrap();
    read_with(
        &python_tool("bagit.py"),
        &["--sha256", "--sha512", "--contact-name", "Anna Ünal", path],
    );
    let judgement = judged(folder.path());
    assert!(judgement.is_whole(), "{:?}", judgement.objections);
    assert!(
        judgement
            .info
            .contains(&("Contact-Name".into(), "Anna Ünal".into()))
    );
}

#[test]
fn one_changed_byte_is_found_by_both() {
    let folder = tempfile::tempdir().unwrap();
    bag(folder.path());
    let journal = folder.path().join("data/journal.json");
    std::fs::remove_file(&journal).unwrap();
    store(folder.path(), "data/journal.json", b"[]");
    let path = folder.path().to_str().unwrap();
    let (content, said) = run(&python_tool("bagit.py"), &["--validate", path]);
    assert!(!content, "{said}");
    assert_eq!(
        judged(folder.path()).objections[0].to_string(),
        "\"data/journal.json\" has other bytes than manifest-sha256.txt says"
    );
}

/// The case in which the Library of Congress' conformance suite calls a 1.0 bag invalid though
/// bagit-python 1.9.0 accepts it.
#[test]
fn what_bagit_python_overlooks_is_found() {
    let folder = tempfile::tempdir().unwrap();
    bag(folder.path());
    std::fs::remove_file(folder.path().join("bagit.txt")).unwrap();
    std::fs::remove_file(folder.path().join("tagmanifest-sha256.txt")).unwrap();
    let spaced = b"BagIt-Version : 1.0\nTag-File-Character-Encoding : UTF-8\n";
    store(folder.path(), "bagit.txt", spaced);
    let path = folder.path().to_str().unwrap();
    read_with(&python_tool("bagit.py"), &["--validate", path]);
    let said: Vec<String> = judged(folder.path())
        .objections
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        ["bagit.txt is not the two lines of BagIt 1.0 or 0.97 in UTF-8"]
    );
}
