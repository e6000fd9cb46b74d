//! The house's journal, where decisions came from, and the versions of what is offered.

use vault::{
    AllottedRow, CatalogueRow, CommitError, DecisionOrigin, HOUSE_JOURNAL, HouseEventRow,
    HouseWrite, Page, PeopleWrite, Write,
};

use crate::house::{CLIENT, PROJECT, furnish, open};

fn event(about: &str, from: Option<&str>) -> Write {
    Write::House(HouseWrite::Event {
        row: HouseEventRow {
            at_ms: 5,
            actor: format!("staff:{CLIENT}"),
            kind: "role_given".to_owned(),
            about: about.to_owned(),
            facts: "{}".to_owned(),
        },
        from: from.map(|address| (CLIENT.to_owned(), address.to_owned())),
    })
}

fn version(version: u32) -> Write {
    Write::House(HouseWrite::Catalogue(CatalogueRow {
        version,
        at_ms: 5,
        author: "services.toml".to_owned(),
        body: format!("# {version}"),
    }))
}

#[test]
fn decisions_come_in_pages_and_forgetting_somebody_takes_only_where_they_were() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    furnish(&vault);
    vault
        .commit_blocking(vec![
            event("one", Some("192.0.2.1")),
            event("two", None),
            event("three", Some("command line")),
            Write::House(HouseWrite::Origin(DecisionOrigin {
                journal: CLIENT.to_owned(),
                seq: 7,
                person: CLIENT.to_owned(),
                address: "192.0.2.1".to_owned(),
            })),
        ])
        .unwrap();
    let first = vault.house_events(Page::first(2)).unwrap();
    let abouts: Vec<_> = first
        .rows
        .iter()
        .map(|(no, row)| (*no, row.about.as_str()))
        .collect();
    assert_eq!(abouts, [(3, "three"), (2, "two")]);
    let rest = vault
        .house_events(Page {
            before: first.next,
            rows: 2,
        })
        .unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
    let origins = vault.decision_origins(HOUSE_JOURNAL, 0).unwrap();
    let seqs: Vec<_> = origins
        .iter()
        .map(|o| (o.seq, o.address.as_str()))
        .collect();
    assert_eq!(seqs, [(1, "192.0.2.1"), (3, "command line")]);
    assert_eq!(vault.decision_origins_of(CLIENT).unwrap().len(), 3);

    let erased = PeopleWrite::Erased {
        person: CLIENT.to_owned(),
        login: "erased-1".to_owned(),
    };
    vault.commit_blocking(vec![Write::People(erased)]).unwrap();
    assert!(vault.decision_origins_of(CLIENT).unwrap().is_empty());
    assert_eq!(vault.house_events(Page::first(9)).unwrap().rows.len(), 3);
}

#[test]
fn versions_of_the_catalogue_have_no_gap_and_none_is_saved_twice() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    assert_eq!(vault.catalogue().unwrap(), None);
    vault.commit_blocking(vec![version(1)]).unwrap();
    vault.commit_blocking(vec![version(2)]).unwrap();
    for wrong in [2, 4] {
        let refused = vault.commit_blocking(vec![version(wrong)]);
        assert!(matches!(refused, Err(CommitError::Stale { .. })), "{wrong}");
    }
    assert_eq!(vault.catalogue().unwrap().unwrap().body, "# 2");
}

fn code(series: &str, number: u32, code: &str) -> Write {
    Write::House(HouseWrite::Allotted(AllottedRow {
        series: series.to_owned(),
        number,
        code: code.to_owned(),
        project: PROJECT.to_owned(),
        at_ms: 5,
    }))
}

#[test]
fn codes_of_a_series_have_no_gap_and_no_code_is_given_twice() {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    furnish(&vault);
    let first = vec![
        code("isrc DEA1226", 1, "DEA122600001"),
        code("isrc DEA1226", 2, "DEA122600002"),
        code("ean 4012345", 1, "4012345000016"),
    ];
    vault.commit_blocking(first).unwrap();
    for wrong in [
        code("isrc DEA1226", 2, "DEA122600003"),
        code("isrc DEA1226", 4, "DEA122600004"),
        code("ean 4012345", 3, "4012345000030"),
        code("isrc DEA1227", 2, "DEA122700002"),
    ] {
        let refused = vault.commit_blocking(vec![wrong]);
        assert!(matches!(refused, Err(CommitError::Stale { .. })));
    }
    // Another series gives no code that is given already.
    let twice = vault.commit_blocking(vec![code("other", 1, "DEA122600001")]);
    assert!(twice.is_err());
    let last = vault.last_allotted().unwrap();
    assert_eq!((last["isrc DEA1226"], last["ean 4012345"]), (2, 1));
    assert_eq!(last.len(), 2);
    let row = vault.allotted("DEA122600002").unwrap().unwrap();
    assert_eq!((row.number, row.project.as_str()), (2, PROJECT));
    assert_eq!(vault.allotted("DEA122600009").unwrap(), None);
}
