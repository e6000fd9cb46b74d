//! Pages of the rack: every version stays, and nobody overtakes anybody.

use vault::{CommitError, RackPage, Write};

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
