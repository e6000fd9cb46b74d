//! What distributors reported: read once, placed by codes, withdrawn and never changed.

use vault::{
    CommitError, HouseWrite, SalesFile, SalesLineRow, SalesReportRow, SalesSongRow, SalesWrite,
    StandingRow, Vault, Write,
};

use crate::house::{OTHER_PROJECT, PROJECT, furnish, open};

fn known_by(project: &str, codes: &[&str]) -> Write {
    Write::Standing(StandingRow {
        project: project.to_owned(),
        form: 1,
        title: "River".to_owned(),
        artist: String::new(),
        sought: String::new(),
        stage: "completed".to_owned(),
        revision: None,
        waits_for: String::new(),
        waits_for_client: String::new(),
        due_ms: None,
        opened_month: "2026-07".to_owned(),
        offered_month: None,
        took_ms: 0,
        rounds: 0,
        mixes: 0,
        findings: 0,
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
    })
}

fn song(ean: &str, isrc: &str) -> SalesSongRow {
    SalesSongRow {
        ean: ean.to_owned(),
        isrc: isrc.to_owned(),
        title: format!("song {isrc}"),
        ..SalesSongRow::default()
    }
}

/// A report of a quarter: each song with what it earned.
fn report(no: u32, quarter: &str, sums: &[(SalesSongRow, i64)]) -> Write {
    let line = |(at, (_, billionths)): (usize, &(SalesSongRow, i64))| SalesLineRow {
        song: at,
        month: "2026-07".to_owned(),
        shop: "A".to_owned(),
        territory: "DE".to_owned(),
        kind: if at == 0 { "stream" } else { "download" }.to_owned(),
        currency: "EUR".to_owned(),
        units: 10,
        billionths: *billionths,
    };
    Write::House(HouseWrite::Sales(SalesWrite::Report {
        row: Box::new(SalesReportRow {
            no,
            distributor: "Distributor".to_owned(),
            quarter: quarter.to_owned(),
            file_name: "report.csv".to_owned(),
            sha256: format!("{no:064}"),
            at_ms: 5,
            author: "house".to_owned(),
            reading: "{}".to_owned(),
            withdrawn: None,
        }),
        file: SalesFile::pack(b"isrc,amount").unwrap(),
        songs: sums.iter().map(|(song, _)| song.clone()).collect(),
        lines: sums.iter().enumerate().map(line).collect(),
    }))
}

fn furnished() -> (tempfile::TempDir, Vault) {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    furnish(&vault);
    let codes = vec![
        known_by(PROJECT, &["4006381333931", "DEA122600001"]),
        // The same recording on a compilation.
        known_by(
            OTHER_PROJECT,
            &["0036000291452", "DEA122600001", "DEA122600002"],
        ),
    ];
    vault.commit_blocking(codes).unwrap();
    (root, vault)
}

/// Billionths that a quarter's reports gave an order.
fn earned(vault: &Vault, quarter: &str, project: Option<&str>) -> i64 {
    let sums = vault.quarter_sums(quarter).unwrap();
    let mine = sums.iter().filter(|sum| sum.project.as_deref() == project);
    mine.map(|sum| sum.billionths).sum()
}

#[test]
fn a_song_is_placed_by_the_only_release_with_its_codes() {
    let (_root, vault) = furnished();
    let sums = [
        (song("4006381333931", "DEA122600001"), 100),
        (song("0036000291452", "DEA122600001"), 20),
        (song("", "DEA122600002"), 3),
        // On two releases, and the report does not say on which.
        (song("", "DEA122600001"), 7_000),
        (song("", ""), 90_000),
    ];
    vault
        .commit_blocking(vec![report(1, "2026-Q3", &sums)])
        .unwrap();
    assert_eq!(earned(&vault, "2026-Q3", Some(PROJECT)), 100);
    assert_eq!(earned(&vault, "2026-Q3", Some(OTHER_PROJECT)), 23);
    assert_eq!(earned(&vault, "2026-Q3", None), 97_000);
    assert_eq!(earned(&vault, "2026-Q2", None), 0);
    assert_eq!(vault.orders_in_report(1).unwrap().len(), 2);
    let mine = vault.project_sales(OTHER_PROJECT).unwrap();
    let songs: Vec<&str> = mine.iter().map(|row| row.named.isrc.as_str()).collect();
    assert_eq!(songs, ["DEA122600001", "DEA122600002"]);
    // A person says where it belongs, and takes it back.
    let open = vault.unplaced_sales("2026-Q3", 9).unwrap();
    let doubtful = open
        .iter()
        .find(|row| !row.named.isrc.is_empty())
        .unwrap()
        .song;
    let say = |project: Option<&str>| {
        let project = project.map(str::to_owned);
        let said = SalesWrite::SongOf {
            song: doubtful,
            project,
        };
        vault
            .commit_blocking(vec![Write::House(HouseWrite::Sales(said))])
            .unwrap();
    };
    say(Some(PROJECT));
    assert_eq!(earned(&vault, "2026-Q3", Some(PROJECT)), 7_100);
    assert_eq!(vault.project_sales(PROJECT).unwrap().len(), 2);
    say(None);
    assert_eq!(earned(&vault, "2026-Q3", Some(PROJECT)), 100);
    // A code that comes later places what was reported before.
    let later = known_by(PROJECT, &["4006381333931", "DEA122600001", "DEA122600002"]);
    vault.commit_blocking(vec![later]).unwrap();
    assert_eq!(earned(&vault, "2026-Q3", Some(OTHER_PROJECT)), 20);
}

#[test]
fn a_report_counts_once_and_a_withdrawn_one_not_at_all() {
    let (root, vault) = furnished();
    let sums = [(song("4006381333931", ""), 100)];
    vault
        .commit_blocking(vec![report(1, "2026-Q3", &sums)])
        .unwrap();
    let refused = |write: Write| {
        let refused = vault.commit_blocking(vec![write]);
        assert!(
            matches!(refused, Err(CommitError::Stale { .. })),
            "{refused:?}"
        );
    };
    refused(report(1, "2026-Q3", &sums));
    let Write::House(HouseWrite::Sales(SalesWrite::Report {
        mut row,
        file,
        songs,
        lines,
    })) = report(2, "2026-Q3", &sums)
    else {
        unreachable!("it is a report")
    };
    row.sha256 = format!("{:064}", 1);
    let same = Write::House(HouseWrite::Sales(SalesWrite::Report {
        row,
        file,
        songs,
        lines,
    }));
    refused(same.clone());
    let withdraw = |no| {
        Write::House(HouseWrite::Sales(SalesWrite::Withdrawn {
            no,
            at_ms: 6,
            by: "house".to_owned(),
            why: "of another label".to_owned(),
        }))
    };
    refused(withdraw(2));
    vault.commit_blocking(vec![withdraw(1)]).unwrap();
    refused(withdraw(1));
    assert_eq!(earned(&vault, "2026-Q3", Some(PROJECT)), 0);
    assert_eq!(vault.project_sales(PROJECT).unwrap(), []);
    // The file may come again, for another quarter.
    vault.commit_blocking(vec![same]).unwrap();
    assert_eq!(earned(&vault, "2026-Q3", Some(PROJECT)), 100);
    let all = vault.sales_reports().unwrap();
    assert_eq!(all.iter().map(|row| row.no).collect::<Vec<_>>(), [2, 1]);
    let why = all[1].withdrawn.as_ref().map(|(_, _, why)| why.as_str());
    assert_eq!(why, Some("of another label"));
    assert_eq!(vault.sales_file(1).unwrap().unwrap(), b"isrc,amount");
    assert_eq!(vault.sales_file(9).unwrap(), None);
    drop(vault);
    let db = rusqlite::Connection::open(root.path().join("studio.db")).unwrap();
    for sql in [
        "DELETE FROM sales_report",
        "UPDATE sales_report SET quarter = '2026-Q2'",
        "DELETE FROM sales_line",
        "UPDATE sales_line SET billionths = 1",
    ] {
        let refused = db.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("is never"), "{sql}: {refused}");
    }
}
