//! Storing audio and getting it back.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Instant;

use sha2::{Digest as _, Sha256};
use vault::{Reserve, Vault, VaultConfig, VaultError, Write};

use crate::house::{OTHER_PROJECT, PROJECT, file_of, mix, object_path, open};

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[test]
fn what_was_stored_comes_back() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    for length in [0, 1, 65_536, 1_000_003] {
        let bytes = mix(7, length);
        let stored = vault.store(PROJECT, "mix", &mut file_of(&bytes)).unwrap();
        assert_eq!(stored.sha256, sha256(&bytes));
        assert_eq!(stored.bytes, u64::try_from(length).unwrap());
        let mut back = Vec::new();
        let mut scratch = vault.copy_to_scratch(PROJECT, &stored.sha256).unwrap();
        scratch.read_to_end(&mut back).unwrap();
        assert_eq!(back, bytes);
        let sealed = fs::read(object_path(root.path(), &stored.sha256)).unwrap();
        assert!(sealed.starts_with(b"age-encryption.org/v1\n"));
    }
    assert_eq!(vault.objects(PROJECT).unwrap().len(), 4);
    assert_eq!(vault.check_project(PROJECT).unwrap(), []);
    let mut reader = vault
        .open_object(PROJECT, &sha256(&mix(7, 1_000_003)))
        .unwrap();
    reader.seek(SeekFrom::Start(999_000)).unwrap();
    let mut tail = Vec::new();
    reader.read_to_end(&mut tail).unwrap();
    assert_eq!(tail, mix(7, 1_000_003)[999_000..]);
}

#[test]
fn the_same_bytes_are_stored_once_per_project() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let bytes = mix(1, 100_000);
    let store = |project: &str| vault.store(project, "mix", &mut file_of(&bytes)).unwrap();
    let stored = store(PROJECT);
    let path = object_path(root.path(), &stored.sha256);
    let sealed = fs::read(&path).unwrap();
    assert_eq!(store(PROJECT), stored);
    assert_eq!(fs::read(&path).unwrap(), sealed, "not encrypted again");
    // Another project's copy is its own: nothing tells that the two are one song.
    store(OTHER_PROJECT);
    let other = root.path().join("objects").join(OTHER_PROJECT);
    let other = fs::read(other.join(format!("{}.age", stored.sha256))).unwrap();
    assert_ne!(other, sealed);
    assert_eq!(vault.counts().unwrap().objects, 2);
}

#[test]
fn two_at_once_store_one_object() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let bytes = mix(2, 400_000);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| vault.store(PROJECT, "mix", &mut file_of(&bytes)).unwrap());
        }
    });
    assert_eq!(vault.check_project(PROJECT).unwrap(), []);
    let files = fs::read_dir(root.path().join("objects").join(PROJECT)).unwrap();
    assert_eq!(files.count(), 1);
}

#[test]
fn a_full_disk_refuses_new_audio_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()));
    let (vault, _) = Vault::open(VaultConfig {
        root: root.path().to_owned(),
        reserve: Reserve {
            bytes: u64::MAX / 2,
            percent: 0,
        },
    })
    .unwrap();
    let error = vault
        .store(PROJECT, "mix", &mut file_of(b"mix"))
        .unwrap_err();
    assert!(matches!(error, VaultError::NoRoom { .. }) && error.is_no_room());
    assert_eq!(vault.room_bytes().unwrap(), 0);
    let setting = Write::Setting {
        name: "login".into(),
        value: "works".into(),
    };
    vault.commit_blocking(vec![setting]).unwrap();
    assert_eq!(vault.objects(PROJECT).unwrap(), []);
}

#[test]
fn names_that_climb_out_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    for name in ["", "..", "a/b", "A", "über", &"a".repeat(65)] {
        let error = vault.store(name, "mix", &mut file_of(b"x")).unwrap_err();
        assert!(matches!(error, VaultError::BadName(_)), "{name}: {error}");
    }
    let error = vault.open_object(PROJECT, "../../studio").err().unwrap();
    assert!(matches!(error, VaultError::Absent { .. }), "{error}");
}

#[test]
fn only_what_an_event_let_go_is_removed() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let one = vault.store(PROJECT, "mix", &mut file_of(b"one")).unwrap();
    let two = vault.store(PROJECT, "mix", &mut file_of(b"two")).unwrap();
    let both = [one.sha256.clone(), two.sha256.clone()];
    let let_go = |sha256: &str| Write::ObjectRemoved {
        project: PROJECT.into(),
        sha256: sha256.into(),
    };
    vault.commit_blocking(vec![let_go(&one.sha256)]).unwrap();
    let error = vault.remove_objects(PROJECT, &both).unwrap_err();
    assert!(matches!(error, VaultError::NotLetGo { .. }), "{error}");
    assert!(object_path(root.path(), &one.sha256).exists());
    assert_eq!(vault.remove_objects(PROJECT, &both[..1]).unwrap(), 1);
    assert!(!object_path(root.path(), &one.sha256).exists());
    let error = vault.open_object(PROJECT, &one.sha256).err().unwrap();
    assert!(matches!(error, VaultError::Absent { .. }), "{error}");
    vault.open_object(PROJECT, &two.sha256).unwrap();
    // Let go, and then the power went: the next start finishes it.
    vault.commit_blocking(vec![let_go(&two.sha256)]).unwrap();
    drop(vault);
    let (vault, recovery) = open(root.path());
    assert_eq!(recovery.removals_finished, 1);
    assert!(!object_path(root.path(), &two.sha256).exists());
    // The same mix may come again.
    vault.store(PROJECT, "mix", &mut file_of(b"two")).unwrap();
    vault.open_object(PROJECT, &two.sha256).unwrap();
}

#[test]
fn a_key_thrown_away_is_gone_for_ever() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let stored = vault.store(PROJECT, "mix", &mut file_of(b"mix")).unwrap();
    let error = vault.drop_project_key(PROJECT).unwrap_err();
    assert!(matches!(error, VaultError::NotLetGo { .. }), "{error}");
    let let_go = Write::ProjectKeyDropped {
        project: PROJECT.into(),
    };
    vault.commit_blocking(vec![let_go]).unwrap();
    vault.drop_project_key(PROJECT).unwrap();
    let keys = root.path().join("keys/projects");
    assert_eq!(fs::read_dir(keys).unwrap().count(), 0);
    for error in [
        vault.open_object(PROJECT, &stored.sha256).err().unwrap(),
        vault
            .store(PROJECT, "mix", &mut file_of(b"new"))
            .unwrap_err(),
    ] {
        assert!(
            error.to_string().ends_with("thrown away on purpose"),
            "{error}"
        );
    }
}

#[test]
fn the_age_tool_opens_a_project_with_the_recovery_key() {
    let root = tempfile::tempdir().unwrap();
    let (vault, recovery) = open(root.path());
    let secret = recovery.new_recovery_key.unwrap();
    assert!(secret.starts_with("AGE-SECRET-KEY-1"));
    let bytes = mix(3, 200_000);
    let stored = vault.store(PROJECT, "mix", &mut file_of(&bytes)).unwrap();
    drop(vault);
    assert_eq!(open(root.path()).1.new_recovery_key, None, "shown once");
    let shelf = tempfile::tempdir().unwrap();
    let recovery_key = shelf.path().join("recovery.txt");
    durable::store_once(&recovery_key, secret.as_bytes()).unwrap();
    let studio_key = root.path().join("keys/studio.key");
    let mode = fs::metadata(&studio_key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for (n, key) in [recovery_key, studio_key].iter().enumerate() {
        let project_key = shelf.path().join(format!("project-{n}.key"));
        let wrapped = root.path().join(format!("keys/projects/{PROJECT}.age"));
        age(&[key.as_os_str(), wrapped.as_os_str()], &project_key);
        let song = shelf.path().join(format!("song-{n}.wav"));
        let sealed = object_path(root.path(), &stored.sha256);
        age(&[project_key.as_os_str(), sealed.as_os_str()], &song);
        assert_eq!(fs::read(song).unwrap(), bytes);
    }
}

#[test]
fn a_new_recovery_key_takes_the_place_of_a_lost_one() {
    let root = tempfile::tempdir().unwrap();
    let (vault, recovery) = open(root.path());
    let lost = recovery.new_recovery_key.unwrap();
    let stored = vault.store(PROJECT, "mix", &mut file_of(b"mix")).unwrap();
    let new = vault.renew_recovery_key().unwrap();
    assert_ne!(new, lost);
    vault
        .store(OTHER_PROJECT, "mix", &mut file_of(b"mix"))
        .unwrap();
    let shelf = tempfile::tempdir().unwrap();
    let opens = |secret: &str, project: &str| {
        let key = shelf.path().join("recovery.txt");
        durable::replace(&key, secret.as_bytes()).unwrap();
        let wrapped = root.path().join(format!("keys/projects/{project}.age"));
        let age = Command::new("age")
            .arg("-d")
            .arg("-i")
            .arg(key)
            .arg(wrapped)
            .output();
        age.unwrap().status.success()
    };
    for project in [PROJECT, OTHER_PROJECT] {
        assert!(opens(&new, project));
        assert!(!opens(&lost, project));
    }
    drop(vault);
    let (vault, recovery) = open(root.path());
    assert_eq!(recovery.new_recovery_key, None);
    vault.copy_to_scratch(PROJECT, &stored.sha256).unwrap();
}

/// Runs `age -d -i KEY -o OUT SEALED`.
#[track_caller]
pub(crate) fn age(key_and_sealed: &[&std::ffi::OsStr; 2], out: &std::path::Path) {
    let [key, sealed] = key_and_sealed;
    let status = Command::new("age")
        .arg("-d")
        .arg("-i")
        .arg(key)
        .arg("-o")
        .arg(out)
        .arg(sealed)
        .status()
        .expect("Debian's age is installed");
    assert!(status.success());
}

#[test]
fn a_scratch_file_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let mut scratch = vault.scratch().unwrap();
    std::io::Write::write_all(&mut scratch, b"work").unwrap();
    scratch.rewind().unwrap();
    assert_eq!(std::io::read_to_string(&scratch).unwrap(), "work");
    let folder = root.path().join("scratch");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn a_start_with_100000_objects_only_lists_them() {
    const OBJECTS: u64 = 100_000;
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()));
    let folder = root.path().join("objects").join(PROJECT);
    fs::create_dir(&folder).unwrap();
    let mut db = rusqlite::Connection::open(root.path().join("studio.db")).unwrap();
    let rows = db.transaction().unwrap();
    for n in 0..OBJECTS {
        let name = sha256(&n.to_le_bytes());
        // Not even encrypted: whoever opened one of them would put it aside.
        fs::File::create_new(folder.join(format!("{name}.age"))).unwrap();
        rows.prepare_cached("INSERT INTO object VALUES (?1, ?2, 5, 5, 'mix', 1, 'done')")
            .unwrap()
            .execute([PROJECT, &name])
            .unwrap();
    }
    rows.commit().unwrap();
    drop(db);
    let begun = Instant::now();
    let (vault, recovery) = open(root.path());
    println!("ready in {:?} with {OBJECTS} objects", begun.elapsed());
    assert_eq!(recovery.quarantined, Vec::<std::path::PathBuf>::new());
    assert_eq!(recovery.missing, []);
    assert_eq!(vault.counts().unwrap().objects, OBJECTS);
}
