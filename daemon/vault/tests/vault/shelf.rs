//! A shelf of damaged vaults, each with the diagnosis it must get. Nothing is ever deleted.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rusqlite::Connection;
use vault::{Adopted, Harm, Migration, Page, StoredObject, Vault, VaultError};

use crate::house::{PROJECT, file_of, furnish, mix, object_path, open, try_open};

const LENGTH: usize = 200_000;

/// A closed vault with two objects.
fn closed() -> (tempfile::TempDir, StoredObject, StoredObject) {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let [one, two] = [1, 2].map(|n| {
        let stored = vault.store(PROJECT, "mix", &mut file_of(&mix(n, LENGTH)));
        stored.unwrap()
    });
    drop(vault);
    (root, one, two)
}

fn database(root: &Path) -> Connection {
    Connection::open(root.join("studio.db")).unwrap()
}

/// Damages the first object's file, and expects a diagnosis for it and none for the second.
#[track_caller]
fn check(damage: impl FnOnce(&Path, &Path), expected: impl Fn(&Harm) -> bool) {
    let (root, one, two) = closed();
    let path = object_path(root.path(), &one.sha256);
    damage(&path, &object_path(root.path(), &two.sha256));
    let (vault, recovery) = open(root.path());
    assert_eq!(recovery.quarantined.len(), 0);
    let found = vault.check_project(PROJECT).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].sha256, one.sha256);
    assert!(expected(&found[0].harm), "{:?}", found[0].harm);
    let refused = vault.copy_to_scratch(PROJECT, &one.sha256).unwrap_err();
    assert!(matches!(refused, VaultError::Damaged(_)), "{refused}");
    vault.copy_to_scratch(PROJECT, &two.sha256).unwrap();
}

#[test]
fn a_missing_file_is_named_and_comes_back_when_stored_again() {
    check(
        |one, _| fs::remove_file(one).unwrap(),
        |harm| *harm == Harm::Missing,
    );
    let (root, one, _) = closed();
    fs::remove_file(object_path(root.path(), &one.sha256)).unwrap();
    let (vault, recovery) = open(root.path());
    let missing: Vec<_> = recovery.missing.iter().map(|d| &d.sha256).collect();
    assert_eq!(missing, [&one.sha256]);
    let again = vault.store(PROJECT, "mix", &mut file_of(&mix(1, LENGTH)));
    assert_eq!(again.unwrap(), one);
    assert_eq!(vault.check_project(PROJECT).unwrap(), []);
}

#[test]
fn a_flipped_bit_is_found() {
    for place in [0, 60, 400, 70_000, 199_000] {
        let flip = |one: &Path, _: &Path| {
            let file = fs::File::options()
                .read(true)
                .write(true)
                .open(one)
                .unwrap();
            let mut byte = [0];
            file.read_exact_at(&mut byte, place).unwrap();
            file.write_all_at(&[byte[0] ^ 1], place).unwrap();
        };
        check(flip, |harm| *harm == Harm::Unreadable);
    }
}

#[test]
fn a_shortened_file_is_found() {
    for bytes in [0, 100, 65_536, 199_999] {
        let cut = |one: &Path, _: &Path| {
            let file = fs::File::options().write(true).open(one).unwrap();
            file.set_len(bytes).unwrap();
        };
        check(
            cut,
            |harm| matches!(harm, Harm::Length { found_bytes, .. } if *found_bytes == bytes),
        );
    }
}

#[test]
fn another_objects_bytes_are_found() {
    let swap = |one: &Path, two: &Path| {
        let length = fs::copy(two, one).unwrap();
        // Files of one song's length differ by a few bytes, which alone would give it away.
        let root = one.ancestors().nth(3).unwrap();
        let equal = "UPDATE object SET sealed_bytes = ?1";
        assert_eq!(database(root).execute(equal, [length]).unwrap(), 2);
    };
    check(swap, |harm| matches!(harm, Harm::OtherBytes { .. }));
}

#[test]
fn a_file_without_a_row_is_taken_back_in() {
    let (root, one, two) = closed();
    let forget = "DELETE FROM object WHERE sha256 = ?1";
    database(root.path())
        .execute(forget, [&one.sha256])
        .unwrap();
    let halfway = "UPDATE object SET state = 'intent' WHERE sha256 = ?1";
    database(root.path())
        .execute(halfway, [&two.sha256])
        .unwrap();
    let (vault, recovery) = open(root.path());
    let mut adopted = recovery.adopted;
    adopted.sort_by_key(|one| one.sha256.clone());
    let mut expected = [&one, &two].map(|object| Adopted {
        project: PROJECT.into(),
        sha256: object.sha256.clone(),
    });
    expected.sort_by_key(|one| one.sha256.clone());
    assert_eq!(adopted, expected);
    assert_eq!(vault.check_project(PROJECT).unwrap(), []);
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_put_aside() {
    let (root, one, _) = closed();
    let sealed = fs::read(object_path(root.path(), &one.sha256)).unwrap();
    let wrong = object_path(root.path(), &"0".repeat(64));
    fs::copy(object_path(root.path(), &one.sha256), &wrong).unwrap();
    let half = object_path(root.path(), &"1".repeat(64));
    fs::copy(&wrong, &half).unwrap();
    fs::File::options()
        .write(true)
        .open(&half)
        .unwrap()
        .set_len(999)
        .unwrap();
    let litter = root.path().join("objects").join(PROJECT).join("notes.txt");
    fs::copy(&wrong, &litter).unwrap();
    let stray = root.path().join("objects/stray");
    fs::copy(&wrong, &stray).unwrap();
    let (vault, recovery) = open(root.path());
    assert_eq!(recovery.quarantined.len(), 4);
    let whole = recovery
        .quarantined
        .iter()
        .filter(|aside| fs::read(aside).unwrap() == sealed);
    assert_eq!(whole.count(), 3, "put aside as they were");
    assert!(
        [wrong, half, litter, stray]
            .iter()
            .all(|path| !path.exists())
    );
    assert_eq!(vault.check_project(PROJECT).unwrap(), []);
}

#[test]
fn drafts_of_the_last_run_are_cleared_away() {
    let (root, one, _) = closed();
    let objects = root.path().join("objects").join(PROJECT);
    let sealed = object_path(root.path(), &one.sha256);
    for folder in [
        objects,
        root.path().join("scratch"),
        root.path().join("keys/projects"),
    ] {
        fs::copy(&sealed, folder.join(".lacquer-draft-00ff")).unwrap();
    }
    assert_eq!(open(root.path()).1.drafts_removed, 3);
}

#[test]
fn a_store_that_never_finished_is_forgotten() {
    let (root, one, _) = closed();
    let intent = "UPDATE object SET state = 'intent' WHERE sha256 = ?1";
    database(root.path())
        .execute(intent, [&one.sha256])
        .unwrap();
    fs::remove_file(object_path(root.path(), &one.sha256)).unwrap();
    let (vault, recovery) = open(root.path());
    assert_eq!((recovery.stores_unfinished, recovery.missing.len()), (1, 0));
    assert!(
        vault
            .objects(PROJECT)
            .unwrap()
            .iter()
            .all(|row| row.sha256 != one.sha256)
    );
}

#[test]
fn a_lost_project_key_is_named_and_never_made_anew() {
    let (root, one, _) = closed();
    let key = root.path().join(format!("keys/projects/{PROJECT}.age"));
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let (vault, recovery) = open(root.path());
    assert_eq!(recovery.keys_missing, [PROJECT]);
    let error = vault
        .store(PROJECT, "mix", &mut file_of(b"new"))
        .unwrap_err();
    assert!(error.to_string().contains("it is missing"), "{error}");
    let found = vault.check_project(PROJECT).unwrap();
    assert!(found.iter().all(|damage| damage.harm == Harm::NoKey));
    // The key comes back from a copy, and everything with it.
    durable::store_once(&key, &kept).unwrap();
    vault.open_object(PROJECT, &one.sha256).unwrap();
    assert_eq!(vault.check_project(PROJECT).unwrap(), []);
}

#[track_caller]
fn refused(damage: impl FnOnce(&Path), expected: &str) {
    let (root, one, _) = closed();
    // The WAL is folded in, so that the damage below is all there is.
    database(root.path())
        .pragma_update(None, "wal_checkpoint", "truncate")
        .unwrap();
    let path = root.path().join("studio.db");
    damage(root.path());
    let before = fs::read(&path).unwrap();
    let error = try_open(root.path()).err().expect("the vault stays shut");
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(
        fs::read(&path).unwrap(),
        before,
        "nothing was repaired away"
    );
    assert!(object_path(root.path(), &one.sha256).exists());
}

#[test]
fn a_vault_without_the_studios_key_stays_shut() {
    refused(
        |root| fs::remove_file(root.join("keys/studio.key")).unwrap(),
        "studio.key: it is missing",
    );
    refused(
        |root| durable::replace(&root.join("keys/studio.key"), b"scribble\n").unwrap(),
        "it is not a key of this studio",
    );
}

#[test]
fn a_strange_or_damaged_database_stays_as_it_is() {
    refused(
        |root| durable::replace(&root.join("studio.db"), &[b'x'; 9000]).unwrap(),
        "is not a database of lacquer",
    );
    refused(
        |root| {
            database(root)
                .pragma_update(None, "application_id", 7)
                .unwrap()
        },
        "is not a database of lacquer",
    );
    refused(
        |root| {
            database(root)
                .pragma_update(None, "user_version", 99)
                .unwrap()
        },
        &format!("has schema 99, this version knows {}", steps().len()),
    );
    let scribble = |root: &Path| {
        let file = fs::File::options()
            .write(true)
            .open(root.join("studio.db"))
            .unwrap();
        // Every page after the first, which holds the header and the list of tables.
        let pages = file.metadata().unwrap().len() / 4096;
        for page in 1..pages {
            file.write_all_at(&[0x5a; 64], page * 4096).unwrap();
        }
    };
    refused(scribble, "damaged");
}

#[test]
fn a_state_nobody_knows_is_an_error() {
    let (root, one, _) = closed();
    let (vault, _) = open(root.path());
    furnish(&vault);
    drop(vault);
    let strange = "UPDATE object SET state = 'melted' WHERE sha256 = ?1";
    database(root.path())
        .execute(strange, [&one.sha256])
        .unwrap();
    let error = try_open(root.path()).err().unwrap();
    let mut chain = vec![error.to_string()];
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        chain.push(error.to_string());
        source = error.source();
    }
    assert!(
        chain
            .join(": ")
            .contains("\"melted\" is no state of an object"),
        "{chain:?}"
    );
}

/// The schema steps as they stand in the source, first to last.
fn steps() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema");
    (1..)
        .map(|step| folder.join(format!("step_{step}.sql")))
        .map_while(|path| fs::read_to_string(path).ok())
        .collect()
}

/// The rows that a studio had in the tables of a step, written as that step's program wrote them.
fn rows_of(step: i32) -> String {
    let person = "11111111111111111111111111111111";
    let project = "0123456789abcdef0123456789abcdef";
    match step {
        2 => "INSERT INTO notice (id, at_ms, audience, project, kind, text, state) VALUES
                ('n1', 1, 'staff', NULL, 'approved', 'It is approved.', 'read'),
                ('n2', 2, 'staff', NULL, 'comment', 'A comment.', 'new')"
            .to_owned(),
        3 => format!(
            "INSERT INTO token (hash, kind, person, created_ms, state)
                VALUES ('f00d', 'session', '{person}', 1, 'live');
            INSERT INTO session_seen VALUES ('f00d', '192.0.2.1', 'Lynx', 7);
            INSERT INTO event_origin VALUES ('{project}', 1, '{person}', '192.0.2.1');
            INSERT INTO profile VALUES
                ('{person}', 'de', 'company', 'First Records', '', '', 5, 'set_compared');
            INSERT INTO member VALUES ('{person}', '{person}', NULL, 'comment', NULL);
            INSERT INTO acceptance VALUES
                (1, '{person}', NULL, 'terms', '00', 'I agree.', 'First', 6, '192.0.2.1');
            INSERT INTO mail_hold VALUES ('{person}', 'a@b.c', '550 no such mailbox', 8);
            INSERT INTO notice (id, at_ms, audience, kind, text, facts, state) VALUES
                ('n3', 3, '{person}', 'finals_offered', 'Ready.', '{{}}', 'new')"
        ),
        4 => format!(
            "INSERT INTO ledger_event VALUES
                (1, '{person}', 1, 4, 'house', 'order_priced', 1, '{{}}');
            INSERT INTO ledger_entry VALUES
                (1, '{person}', 1, 4, '{project}', 'I-0001', 'receivable', 'EUR', 9000),
                (2, '{person}', 1, 4, '{project}', 'I-0001', 'income', 'EUR', -9000);
            INSERT INTO ledger_document VALUES
                (1, 'invoice', 1, 'I-0001', '{person}', '{project}', 1, 4, 5, 'EUR', 9000, 9000,
                 'open', '{{}}');
            INSERT INTO price_list VALUES (1, 'mastering', 1, 4, 'house', '{{}}')"
        ),
        5 => format!(
            "UPDATE project SET form = 1, artist = 'First Artist', stage = 'in_review',
                due_ms = 9 WHERE id = '{project}'"
        ),
        6 => format!("INSERT INTO download VALUES ('{project}', 'Song.wav', '2026-11-21')"),
        8 => format!(
            "INSERT INTO catalogue VALUES (1, 4, 'house', 'kept');
            INSERT INTO house_event VALUES (1, 5, 'house', 'account_opened', '{person}', '{{}}');
            INSERT INTO decision_origin VALUES ('house', 1, '{person}', 'command line')"
        ),
        9 => {
            "INSERT INTO rack_page VALUES (1, 'unit', 'vari_mu', 1, 6, 'house', 'kept')".to_owned()
        }
        10 => format!(
            "INSERT INTO allotted VALUES ('isrc DEA1226', 1, 'DEA122600001', '{project}', 4)"
        ),
        11 => "INSERT INTO unit_measured VALUES (1, 'vari_mu', 7, 'house', 'kept')".to_owned(),
        12 => format!(
            "INSERT INTO sales_report VALUES
                (1, 'Distributor', '2026-Q3', 'a.csv', '00', 8, 'house', '{{}}', x'0300', NULL, NULL, NULL);
            INSERT INTO sales_song VALUES (1, '', 'DEA122600001', '', 'River', '', NULL);
            INSERT INTO sales_line VALUES (1, 1, '2026-07', 'A', 'DE', 'stream', 'EUR', 9, 900);
            INSERT INTO release_code VALUES ('DEA122600001', '{project}')"
        ),
        13 => format!(
            "INSERT INTO print VALUES (1, 'a', '{project}', 1, 'song', 'song', 'queued', 1, 6, 'house', 'kept')"
        ),
        14 => "INSERT INTO rack_photograph VALUES ('ab12', 7, x'ffd8')".to_owned(),
        _ => String::new(),
    }
}

/// What of the rows of each step is read back by this version.
#[track_caller]
fn rows_are_there(vault: &Vault, schema: usize) {
    let person = "11111111111111111111111111111111";
    let project = "0123456789abcdef0123456789abcdef";
    if schema >= 2 {
        // What one of them had read stays read for all; the rest is new to each.
        assert_eq!(vault.unread("staff", person).unwrap(), 1);
    }
    if schema >= 3 {
        let (token, seen) = vault.tokens_of(person, "session").unwrap().remove(0);
        assert_eq!((token.hash.as_str(), seen.unwrap().seen_ms), ("f00d", 7));
        assert_eq!(vault.origins_of_project(project).unwrap().len(), 1);
        assert_eq!(vault.profile(person).unwrap().unwrap().of_age_ms, Some(5));
        assert_eq!(vault.members_of(person).unwrap().len(), 1);
        assert_eq!(vault.acceptances(person).unwrap()[0].wording, "I agree.");
        assert_eq!(vault.mail_holds().unwrap()[0].email, "a@b.c");
        assert_eq!(vault.unread(person, person).unwrap(), 1);
    }
    let codes = vault.last_allotted().unwrap();
    assert_eq!(codes.len(), usize::from(schema >= 10));
    let invoices = if schema >= 4 {
        let entries = vault.ledger_entries(0, 9, 9).unwrap();
        assert_eq!(entries.iter().map(|e| e.minor).sum::<i64>(), 0);
        assert_eq!(
            (entries.len(), vault.ledger_events(person).unwrap().len()),
            (2, 1)
        );
        assert!(vault.price_list("mastering").unwrap().is_some());
        vec![("invoice".to_owned(), 1)]
    } else {
        Vec::new()
    };
    assert_eq!(vault.last_numbers().unwrap(), invoices);
    if schema >= 14 {
        let jpeg = vault.rack_photograph("ab12").unwrap();
        assert_eq!(jpeg.as_deref(), Some([0xff, 0xd8].as_slice()));
    }
    if schema >= 5 {
        assert_eq!(vault.projects_due_by(9).unwrap(), [project]);
    }
    let catalogue = vault.catalogue().unwrap().map(|row| row.body);
    assert_eq!(catalogue, (schema >= 8).then(|| "kept".to_owned()));
    if schema >= 8 {
        let told = vault.house_events(Page::first(9)).unwrap().rows;
        assert_eq!((told.len(), told[0].1.about.as_str()), (1, person));
        assert_eq!(vault.decision_origins_of(person).unwrap().len(), 1);
    }
    if schema >= 9 {
        assert_eq!(vault.rack_pages("unit").unwrap()[0].name, "vari_mu");
    }
    if schema >= 11 {
        assert_eq!(vault.unit_measurements("vari_mu", 9).unwrap().len(), 1);
    }
    if schema >= 12 {
        assert_eq!(vault.project_sales(project).unwrap()[0].billionths, 900);
    }
    let prints = vault.prints_waiting().unwrap();
    assert_eq!(prints.len(), usize::from(schema >= 13));
}

/// A database of an earlier schema with rows in it: the saved one of schema 1, brought on by the
/// steps up to `schema` alone, with rows in the tables of each.
fn saved_database(root: &Path, schema: usize) {
    let saved = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shelf/schema-1.db");
    fs::copy(saved, root.join("studio.db")).unwrap();
    let db = database(root);
    for (number, step) in (1..).zip(steps()).skip(1).take(schema - 1) {
        db.execute_batch(&step).unwrap();
        db.execute_batch(&rows_of(number)).unwrap();
        db.pragma_update(None, "user_version", number).unwrap();
    }
}

#[test]
fn a_database_of_every_earlier_schema_is_brought_up_to_date() {
    let newest = steps().len();
    for schema in 1..newest {
        let root = tempfile::tempdir().unwrap();
        saved_database(root.path(), schema);
        let (vault, recovery): (Vault, _) = open(root.path());
        let Migration { from, to, snapshot } = recovery.migration.expect("it was brought up");
        let number = |n: usize| u32::try_from(n).unwrap();
        assert_eq!((from, to), (number(schema), number(newest)));
        let project = vault.project_by_number("LQ-1001").unwrap().unwrap();
        assert_eq!(project.title, "First Song");
        assert_eq!(vault.events(&project.id, 0).unwrap().len(), 2);
        assert_eq!(vault.counts().unwrap().jobs_queued, 1);
        rows_are_there(&vault, schema);
        // The snapshot is the old database, whole.
        let old = Connection::open(snapshot).unwrap();
        let version: u32 = old
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        let events: u32 = old
            .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
            .unwrap();
        assert_eq!((version, events), (from, 2));
        drop(vault);
        assert_eq!(open(root.path()).1.migration, None);
    }
}
