//! The ledger's rows: numbers without gaps, journals that are only added to, lists and sums.

use vault::{
    DocumentFilter, LedgerDocumentRow, LedgerEntryRow, LedgerEventRow, LedgerWrite, Page,
    PriceListRow, Vault, Write,
};

use crate::house::*;

fn furnished() -> (tempfile::TempDir, Vault) {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    furnish(&vault);
    (root, vault)
}

fn account_event(seq: u64) -> Write {
    Write::Ledger(LedgerWrite::Event(LedgerEventRow {
        client: CLIENT.into(),
        seq,
        at_ms: 5,
        actor: "house".into(),
        kind: "payment_received".into(),
        schema: 1,
        body: "{}".into(),
    }))
}

fn invoice(number: u32, open_minor: i64) -> Write {
    Write::Ledger(LedgerWrite::Document(LedgerDocumentRow {
        series: "invoice".into(),
        number,
        name: format!("INV-{number:04}"),
        client: CLIENT.into(),
        project: Some(PROJECT.into()),
        seq: 1,
        at_ms: i64::from(number) * 1_000,
        due_ms: Some(9),
        currency: "EUR".into(),
        total_minor: 100,
        open_minor,
        state: if open_minor == 0 { "paid" } else { "open" }.into(),
        recipient: "{}".into(),
    }))
}

fn entry(book: &str, minor: i64, at_ms: i64) -> Write {
    Write::Ledger(LedgerWrite::Entry(LedgerEntryRow {
        client: CLIENT.into(),
        seq: 1,
        at_ms,
        project: None,
        document: Some("INV-0001".into()),
        book: book.into(),
        currency: "EUR".into(),
        minor,
    }))
}

#[test]
fn a_number_is_given_once_and_none_is_left_out() {
    let (_root, vault) = furnished();
    vault.commit_blocking(vec![invoice(1, 100)]).unwrap();
    for wrong in [1, 3] {
        let refused = vault.commit_blocking(vec![entry("bank", 1, 1), invoice(wrong, 100)]);
        assert!(refused.is_err(), "{wrong}");
    }
    assert_eq!(
        vault.ledger_entries(0, 9, 9).unwrap(),
        [],
        "nothing of it was written"
    );
    vault.commit_blocking(vec![invoice(2, 0)]).unwrap();
    assert_eq!(vault.last_numbers().unwrap(), [("invoice".to_owned(), 2)]);
}

#[test]
fn an_account_is_decided_on_its_last_event() {
    let (_root, vault) = furnished();
    vault
        .commit_blocking(vec![account_event(1), account_event(2)])
        .unwrap();
    assert!(vault.commit_blocking(vec![account_event(2)]).is_err());
    assert!(vault.commit_blocking(vec![account_event(4)]).is_err());
    let seqs = vault.ledger_events(CLIENT).unwrap();
    assert_eq!(seqs.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn documents_are_found_by_state_order_and_time() {
    let (_root, vault) = furnished();
    let all = (1..=5).map(|n| invoice(n, i64::from(n % 2) * 100));
    vault.commit_blocking(all.collect()).unwrap();
    let found = |filter: DocumentFilter| {
        let page = vault.ledger_documents(&filter, Page::first(2)).unwrap();
        let names = page.rows.into_iter().map(|row| row.name);
        (names.collect::<Vec<_>>(), page.next.is_some())
    };
    let open = DocumentFilter {
        series: Some("invoice".into()),
        state: Some("open".into()),
        ..DocumentFilter::default()
    };
    assert_eq!(
        found(open),
        (vec!["INV-0005".into(), "INV-0003".into()], true)
    );
    let early = DocumentFilter {
        project: Some(PROJECT.into()),
        from_ms: Some(1_000),
        until_ms: Some(2_000),
        ..DocumentFilter::default()
    };
    assert_eq!(found(early), (vec!["INV-0001".into()], false));
    assert_eq!(vault.open_sums().unwrap(), [("EUR".to_owned(), 300)]);
    let paid = Write::Ledger(LedgerWrite::DocumentState {
        name: "INV-0005".into(),
        due_ms: None,
        open_minor: 0,
        state: "paid".into(),
    });
    vault.commit_blocking(vec![paid]).unwrap();
    assert_eq!(vault.open_sums().unwrap(), [("EUR".to_owned(), 200)]);
    assert_eq!(
        vault.ledger_document("INV-0005").unwrap().unwrap().state,
        "paid"
    );
}

#[test]
fn the_books_are_summed_by_month() {
    let (_root, vault) = furnished();
    // The middle of January and of February 2026.
    let (january, february) = (1_768_478_400_000, 1_771_156_800_000);
    vault
        .commit_blocking(vec![
            entry("bank", 700, january),
            entry("bank", -200, january + 1),
            entry("bank", 50, february),
            entry("tax", -50, february),
        ])
        .unwrap();
    assert_eq!(vault.first_entry_ms().unwrap(), Some(january));
    // A month begins where the studio's calendar says, to the millisecond.
    let mut months = vault.book_sums("2026-01", january, february).unwrap();
    months.extend(vault.book_sums("2026-02", february, february + 1).unwrap());
    let seen: Vec<_> = months
        .iter()
        .map(|m| (m.month.as_str(), m.book.as_str(), m.minor))
        .collect();
    assert_eq!(
        seen,
        [
            ("2026-01", "bank", 500),
            ("2026-02", "bank", 50),
            ("2026-02", "tax", -50)
        ]
    );
    assert_eq!(vault.ledger_entries(january, february, 9).unwrap().len(), 2);
}

#[test]
fn a_price_list_is_followed_by_its_next_version() {
    let (_root, vault) = furnished();
    let version = |version: u32| {
        Write::Ledger(LedgerWrite::PriceList(PriceListRow {
            service: "mastering".into(),
            version,
            at_ms: 1,
            author: "Eva".into(),
            body: format!("version {version}"),
        }))
    };
    vault.commit_blocking(vec![version(1), version(2)]).unwrap();
    assert!(vault.commit_blocking(vec![version(2)]).is_err());
    let newest = vault.price_list("mastering").unwrap().unwrap();
    assert_eq!(newest.body, "version 2");
    assert_eq!(vault.price_lists().unwrap(), [newest]);
    assert_eq!(vault.price_list("mixing").unwrap(), None);
}
