//! The queue of prints: asked for once, changed by one at a time, never lost.

use vault::{CommitError, NewPrint, PrintState, PrintWrite, Write};

use crate::house::{PROJECT, furnish, open};

fn asked(key: &str) -> Write {
    Write::Print(PrintWrite::Add(NewPrint {
        key: key.to_owned(),
        project: PROJECT.to_owned(),
        revision: 1,
        track: "song".to_owned(),
        kind: "song".to_owned(),
        at_ms: 5,
        author: "house".to_owned(),
        body: "{}".to_owned(),
    }))
}

fn changed(no: u64, version: u32, state: PrintState) -> Write {
    Write::Print(PrintWrite::Change {
        no,
        version,
        state,
        body: format!("{version}"),
    })
}

#[test]
fn a_print_is_asked_for_once_and_changed_by_one_at_a_time() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    furnish(&vault);
    vault
        .commit_blocking(vec![asked("a"), asked("a"), asked("b")])
        .unwrap();
    let waiting = vault.prints_waiting().unwrap();
    let found: Vec<_> = waiting.iter().map(|p| (p.no, p.version)).collect();
    assert_eq!(found, [(1, 1), (2, 1)]);
    let change = |no, version, state| vault.commit_blocking(vec![changed(no, version, state)]);
    change(1, 1, PrintState::Running).unwrap();
    let late = change(1, 1, PrintState::Stopped);
    assert!(matches!(late, Err(CommitError::Stale { .. })), "{late:?}");
    change(1, 2, PrintState::Done).unwrap();
    assert!(
        change(1, 3, PrintState::Queued).is_err(),
        "what is done stays"
    );
    change(2, 1, PrintState::Stopped).unwrap();
    assert!(vault.prints_waiting().unwrap().is_empty());
    let ended: Vec<u64> = vault
        .prints_ended(9)
        .unwrap()
        .iter()
        .map(|p| p.no)
        .collect();
    assert_eq!(ended, [2, 1]);
    assert_eq!(vault.prints_of(PROJECT).unwrap().len(), 2);
    assert_eq!(vault.print(1).unwrap().unwrap().asked.body, "2");
    assert_eq!(vault.print(3).unwrap(), None);
    drop(vault);
    let db = rusqlite::Connection::open(root.path().join("studio.db")).unwrap();
    for sql in ["DELETE FROM print", "UPDATE print SET body = 'x'"] {
        let refused = db.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("is never"), "{refused}");
    }
}
