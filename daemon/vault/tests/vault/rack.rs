//! Pages of the rack: every version stays, and nobody overtakes anybody.

use vault::{CommitError, RackPage, RackPhotograph, UnitMeasured, Write};

use crate::house::open;

fn page(kind: &str, name: &str, version: u32) -> Write {
    Write::Rack(RackPage {
        kind: kind.to_owned(),
        name: name.to_owned(),
        version,
        at_ms: i64::from(version),
        author: "house".to_owned(),
        body: format!("{name} {version}"),
    })
}

#[test]
fn every_version_of_a_page_stays() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let writes = [
        page("unit", "opto", 1),
        page("unit", "opto", 2),
        page("unit", "eq", 1),
        page("chain", "opto", 1),
    ];
    vault.commit_blocking(writes.into()).unwrap();
    let names = |kind: &str| -> Vec<(String, u32)> {
        let pages = vault.rack_pages(kind).unwrap();
        pages.into_iter().map(|p| (p.name, p.version)).collect()
    };
    let newest = [("eq", 1), ("opto", 2)].map(|(name, version)| (name.to_owned(), version));
    assert_eq!(names("unit"), newest);
    assert_eq!(names("sheet"), []);
    let body = |version| {
        let found = vault.rack_page("unit", "opto", version).unwrap();
        found.map(|page| page.body)
    };
    assert_eq!(body(None).as_deref(), Some("opto 2"));
    assert_eq!(body(Some(1)).as_deref(), Some("opto 1"));
    assert_eq!(body(Some(3)), None);
    assert_eq!(vault.rack_history("unit", "opto").unwrap().len(), 2);
}

#[test]
fn a_version_that_is_not_the_next_is_refused_whole() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    vault
        .commit_blocking(vec![page("sheet", "LQ-1001/1", 1)])
        .unwrap();
    for version in [1, 3] {
        let late = vault.commit_blocking(vec![
            page("unit", "eq", 1),
            page("sheet", "LQ-1001/1", version),
        ]);
        assert!(matches!(late, Err(CommitError::Stale { .. })), "{late:?}");
    }
    assert!(vault.rack_pages("unit").unwrap().is_empty());
}

#[test]
fn what_was_measured_of_a_unit_stays_as_it_was_found() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let measured = |unit: &str, at_ms: i64| {
        Write::UnitMeasured(UnitMeasured {
            unit: unit.to_owned(),
            at_ms,
            author: "house".to_owned(),
            body: format!("{unit} at {at_ms}"),
        })
    };
    let rows = [("opto", 5), ("eq", 6), ("opto", 7), ("opto", 8)];
    vault
        .commit_blocking(rows.map(|(unit, at)| measured(unit, at)).into())
        .unwrap();
    let newest = vault.unit_measurements("opto", 2).unwrap();
    let at: Vec<i64> = newest.iter().map(|(_, row)| row.at_ms).collect();
    assert_eq!(at, [8, 7]);
    let (no, row) = &newest[1];
    assert_eq!(
        vault.unit_measurement("opto", *no).unwrap().unwrap().1,
        *row
    );
    assert_eq!(vault.unit_measurement("eq", *no).unwrap(), None);
    drop(vault);
    let db = rusqlite::Connection::open(root.path().join("studio.db")).unwrap();
    for sql in [
        "DELETE FROM unit_measured",
        "UPDATE unit_measured SET body = 'x'",
    ] {
        assert!(
            db.execute(sql, [])
                .unwrap_err()
                .to_string()
                .contains("is never")
        );
    }
}

#[test]
fn a_photograph_is_kept_once_and_for_ever() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    let taken = |at_ms| {
        Write::RackPhotograph(RackPhotograph {
            sha256: "ab12".to_owned(),
            at_ms,
            jpeg: vec![0xff, 0xd8, 0xff],
        })
    };
    vault.commit_blocking(vec![taken(1)]).unwrap();
    vault.commit_blocking(vec![taken(2)]).unwrap();
    let kept = vault.rack_photograph("ab12").unwrap();
    assert_eq!(kept.as_deref(), Some([0xff, 0xd8, 0xff].as_slice()));
    assert_eq!(vault.rack_photograph("cd34").unwrap(), None);
}
