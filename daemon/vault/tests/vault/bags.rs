//! Bags as they leave the house, and as anybody may have left them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use vault::{BagEntry, BagSource, Vault, VaultError, verify_bag};

use crate::house::{PROJECT, file_of, mix, object_path, open};
use crate::objects::age;

struct House {
    root: tempfile::TempDir,
    shelf: tempfile::TempDir,
    vault: Vault,
    recovery_key: String,
    entries: Vec<BagEntry>,
}

impl House {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let (vault, recovery) = open(root.path());
        let store = |n| vault.store(PROJECT, "mix", &mut file_of(&mix(n, 150_000)));
        let object = |path: &str, n| BagEntry {
            path: path.into(),
            source: BagSource::Object(store(n).unwrap().sha256),
        };
        let entries = vec![
            object("mixes/Zoë – song \"1\".wav", 1),
            object("finals/song 1.wav", 2),
            // The same bytes under a second name.
            object("finals/song 1 (copy).wav", 2),
            BagEntry {
                path: "journal/events.json".into(),
                source: BagSource::Bytes(b"[]\n".to_vec()),
            },
        ];
        Self {
            recovery_key: recovery.new_recovery_key.unwrap(),
            root,
            shelf: tempfile::tempdir().unwrap(),
            vault,
            entries,
        }
    }

    fn info() -> Vec<(String, String)> {
        [
            ("Source-Organization", "Studio North"),
            ("External-Identifier", "LQ-1001"),
            ("Recall-Until", "2028-11-20"),
        ]
        .map(|(label, value)| (label.to_owned(), value.to_owned()))
        .to_vec()
    }

    fn plain(&self, name: &str) -> Result<PathBuf, VaultError> {
        let (shelf, info) = (self.shelf.path(), Self::info());
        self.vault
            .write_bag(shelf, name, PROJECT, &self.entries, &info)
    }

    fn sealed(&self, name: &str) -> Result<PathBuf, VaultError> {
        let (shelf, info) = (self.shelf.path(), Self::info());
        self.vault
            .write_sealed_copy(shelf, name, PROJECT, &self.entries, &info)
    }

    fn names_on_shelf(&self) -> Vec<String> {
        let names = fs::read_dir(self.shelf.path()).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[track_caller]
fn whole(bag: &Path) {
    assert_eq!(verify_bag(bag).unwrap().objections(), Vec::<String>::new());
}

#[test]
fn a_plain_bag_holds_the_project_as_it_was() {
    let house = House::new();
    let bag = house.plain("LQ-1001").unwrap();
    whole(&bag);
    let song = bag.join("data/mixes/Zoë – song \"1\".wav");
    assert_eq!(fs::read(song).unwrap(), mix(1, 150_000));
    let info = fs::read_to_string(bag.join("bag-info.txt")).unwrap();
    assert!(info.contains("Payload-Oxum: 450003.4\n"), "{info}");
    assert!(info.contains("Recall-Until: 2028-11-20\n"), "{info}");
    let again = house.plain("LQ-1001").unwrap_err();
    assert!(
        again.to_string().contains("could not make the bag"),
        "{again}"
    );
    assert_eq!(house.names_on_shelf(), ["LQ-1001"]);
}

#[test]
fn a_sealed_copy_opens_with_age_and_the_recovery_key() {
    let house = House::new();
    let bag = house.sealed("LQ-1001-sealed").unwrap();
    whole(&bag);
    let text = fs::read_to_string(bag.join("README.txt")).unwrap();
    assert!(text.contains("age -d -i recovery.txt data/key.age"));
    assert_eq!(fs::read_dir(bag.join("data/objects")).unwrap().count(), 2);
    let work = tempfile::tempdir().unwrap();
    let place = |name: &str| work.path().join(name);
    durable::store_once(&place("recovery.txt"), house.recovery_key.as_bytes()).unwrap();
    let open = |key: &str, sealed: &str, out: &str| {
        let (key, sealed) = (place(key), bag.join(sealed));
        age(&[key.as_os_str(), sealed.as_os_str()], &place(out));
        fs::read(place(out)).unwrap()
    };
    open("recovery.txt", "data/key.age", "project.key");
    let contents = open("project.key", "data/contents.age", "contents");
    let contents = String::from_utf8(contents).unwrap();
    let line = |path: &str| {
        let found = contents.lines().find_map(|line| line.strip_suffix(path));
        found.expect("listed").trim().to_owned()
    };
    let sha256 = line("finals/song 1.wav");
    assert_eq!(line("finals/song 1 (copy).wav"), sha256);
    let song = open("project.key", &format!("data/objects/{sha256}.age"), "song");
    assert_eq!(song, mix(2, 150_000));
    let journal = open("project.key", "data/journal/events.json.age", "journal");
    assert_eq!(journal, b"[]\n");
}

#[test]
fn nothing_of_a_bag_shows_before_it_is_whole() {
    let mut house = House::new();
    let BagSource::Object(sha256) = &house.entries[0].source else {
        unreachable!()
    };
    let path = object_path(house.root.path(), sha256);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(100_000).unwrap();
    for error in [
        house.plain("a").unwrap_err(),
        house.sealed("b").unwrap_err(),
    ] {
        assert!(matches!(error, VaultError::Damaged(_)), "{error}");
    }
    house.entries.remove(0);
    house.entries[0].path = "../climbs.wav".into();
    for error in [
        house.plain("a").unwrap_err(),
        house.sealed("b").unwrap_err(),
    ] {
        assert!(matches!(error, VaultError::Bag { .. }), "{error}");
    }
    for name in ["", ".hidden", "a/b", "50%"] {
        let error = house.plain(name).unwrap_err();
        assert!(matches!(error, VaultError::BadName(_)), "{error}");
    }
    house.entries[0].path = house.entries[1].path.clone();
    assert!(house.plain("a").is_err(), "two files of one name");
    assert_eq!(house.names_on_shelf(), Vec::<String>::new());
}

#[track_caller]
fn check(damage: impl FnOnce(&Path), expected: &str) {
    let house = House::new();
    let bag = house.plain("LQ-1001").unwrap();
    damage(&bag);
    let found = verify_bag(&bag).unwrap();
    assert!(!found.is_whole());
    let said = found.objections().join("\n");
    assert!(said.contains(expected), "{said}");
}

#[test]
fn every_damage_to_a_bag_is_named() {
    let journal = "data/journal/events.json";
    check(
        |bag| durable::replace(&bag.join(journal), b"{}\n").unwrap(),
        "\"data/journal/events.json\" has other bytes than manifest-sha256.txt says",
    );
    check(
        |bag| fs::remove_file(bag.join(journal)).unwrap(),
        "is in manifest-sha256.txt but not in the folder",
    );
    check(
        |bag| durable::store_once(&bag.join("data/extra"), b"x").unwrap(),
        "is in the folder but not in manifest-sha256.txt",
    );
    check(
        |bag| durable::replace(&bag.join("bag-info.txt"), b"A: b\n").unwrap(),
        "\"bag-info.txt\" has other bytes than tagmanifest-sha256.txt says",
    );
    check(
        |bag| symlink("/etc/passwd", bag.join("data/link")).unwrap(),
        "data/link is not a plain file",
    );
}
