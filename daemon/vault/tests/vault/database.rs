//! The database as the desk and the pages see it.

use std::sync::Arc;
use std::time::Instant;

use crate::house::{
    CLIENT, OTHER_PROJECT, PROJECT, event, furnish, job, open, person, project, try_open,
};
use vault::{
    AnswerRow, CommitError, DocumentRow, DropRow, DropState, JobFilter, JobState, MonthRow,
    NoticeRow, NoticeState, Page, PersonPasswordRow, ProjectFilter, StandingRow, TokenRow,
    TokenState, Vault, VaultError, Write,
};

fn furnished() -> (tempfile::TempDir, Vault) {
    let root = tempfile::tempdir().unwrap();
    let (vault, _) = open(root.path());
    furnish(&vault);
    (root, vault)
}

#[track_caller]
fn refused(vault: &Vault, batch: Vec<Write>) -> String {
    vault.commit_blocking(batch).unwrap_err().to_string()
}

#[test]
fn a_journal_grows_without_holes() {
    let (_root, vault) = furnished();
    vault
        .commit_blocking(vec![event(PROJECT, 1), event(PROJECT, 2)])
        .unwrap();
    let stale = vault.commit_blocking(vec![event(PROJECT, 2)]).unwrap_err();
    let CommitError::Conflict {
        expected_seq: 2,
        actual_seq: 2,
        ..
    } = stale
    else {
        panic!("{stale}");
    };
    // The second event of the batch is stale, so the first is not written either.
    let batch = vec![event(OTHER_PROJECT, 1), event(PROJECT, 9)];
    assert!(refused(&vault, batch).contains("is at event 2"));
    assert_eq!(vault.events(OTHER_PROJECT, 0).unwrap(), []);
    let later = vault.events(PROJECT, 1).unwrap();
    assert_eq!(later.iter().map(|e| e.seq).collect::<Vec<_>>(), [2]);
}

#[test]
fn the_journal_cannot_be_edited_or_shortened() {
    let (root, vault) = furnished();
    vault.commit_blocking(vec![event(PROJECT, 1)]).unwrap();
    drop(vault);
    let db = rusqlite::Connection::open(root.path().join("studio.db")).unwrap();
    for sql in ["DELETE FROM event", "UPDATE event SET body = 'x'"] {
        let error = db.execute(sql, []).unwrap_err().to_string();
        assert_eq!(error, "the journal is append-only");
    }
}

#[test]
fn a_name_belongs_to_one() {
    let (_root, vault) = furnished();
    let id = "22222222222222222222222222222222";
    assert_eq!(
        refused(&vault, vec![project(id, "lq-1001")]),
        "the order number \"lq-1001\" is taken"
    );
    assert_eq!(
        refused(&vault, vec![person(id, "FIRST")]),
        "the login \"FIRST\" is taken"
    );
    let found = vault.project_by_number("Lq-1002").unwrap().unwrap();
    assert_eq!(found.id, OTHER_PROJECT);
    let found = vault.person_by_login("First").unwrap().unwrap();
    assert_eq!(found.id, CLIENT);
    // The same id again is a change of the row, not a second one.
    vault.commit_blocking(vec![person(CLIENT, "anna")]).unwrap();
    assert_eq!(vault.persons().unwrap().len(), 1);
    let password = Write::PersonPassword(PersonPasswordRow {
        person: CLIENT.into(),
        password_hash: Some("$argon2id$".into()),
    });
    vault.commit_blocking(vec![password]).unwrap();
    let anna = vault.person(CLIENT).unwrap().unwrap();
    assert_eq!(
        (anna.login.as_str(), anna.password_hash.as_deref()),
        ("anna", Some("$argon2id$"))
    );
}

#[test]
fn a_command_is_answered_once() {
    let (_root, vault) = furnished();
    let answer = |body: &str| {
        Write::Answer(AnswerRow {
            key: "k1".into(),
            at_ms: 5,
            body: body.into(),
        })
    };
    vault
        .commit_blocking(vec![event(PROJECT, 1), answer("approved")])
        .unwrap();
    let again = vault
        .commit_blocking(vec![answer("again"), event(PROJECT, 2)])
        .unwrap_err();
    let CommitError::Answered(first) = again else {
        panic!("{again}");
    };
    assert_eq!(first.body, "approved");
    assert_eq!(vault.events(PROJECT, 0).unwrap().len(), 1);
    assert_eq!(vault.answer("k1").unwrap(), Some(first));
}

#[test]
fn projects_take_turns_so_that_nobody_starves() {
    let (_root, vault) = furnished();
    let many = (0..20).map(|n| job(&format!("many-{n:02}"), PROJECT, 0));
    vault.commit_blocking(many.collect()).unwrap();
    vault
        .commit_blocking(vec![
            job("few-1", OTHER_PROJECT, 0),
            job("few-2", OTHER_PROJECT, 0),
            job("urgent", PROJECT, 5),
        ])
        .unwrap();
    let mut order = Vec::new();
    for _ in 0..6 {
        let taken = vault.next_job_blocking(&["check"], 1, "run-1").unwrap();
        order.push(taken.unwrap().job.key);
    }
    assert_eq!(
        order,
        ["urgent", "few-1", "many-00", "few-2", "many-01", "many-02"]
    );
}

#[test]
fn a_job_waits_for_its_time_and_its_kind() {
    let (_root, vault) = furnished();
    let Write::Job(mut later) = job("later", PROJECT, 0) else {
        unreachable!()
    };
    later.not_before_ms = 100;
    vault.commit_blocking(vec![Write::Job(later)]).unwrap();
    let next = |kind: &str, now_ms: i64| vault.next_job_blocking(&[kind], now_ms, "r").unwrap();
    assert_eq!(vault.next_job_due_ms(&["check"]).unwrap(), Some(100));
    assert_eq!(next("check", 99), None);
    assert_eq!(next("render", 100), None);
    assert_eq!(next("check", 100).unwrap().attempts, 1);
    assert_eq!(next("check", 100), None);
    assert_eq!(vault.next_job_due_ms(&["check"]).unwrap(), None);
}

#[test]
fn a_job_is_finished_once_and_fails_to_a_person() {
    let (_root, vault) = furnished();
    vault.commit_blocking(vec![job("a", PROJECT, 0)]).unwrap();
    let take = || vault.next_job_blocking(&["check"], 9, "run").unwrap();
    let state = || {
        let all = vault.jobs(&JobFilter::default()).unwrap();
        (all[0].state, all[0].attempts)
    };
    let failed = || Write::JobFailed {
        key: "a".into(),
        error: "the worker died".into(),
        retry_at_ms: 0,
    };
    for attempt in 1..=3 {
        assert!(take().is_some());
        assert_eq!(state(), (JobState::Running, attempt));
        vault.commit_blocking(vec![failed()]).unwrap();
    }
    assert_eq!(state(), (JobState::Failed, 3));
    assert_eq!(take(), None);
    let again = Write::JobAgain {
        key: "a".into(),
        not_before_ms: 0,
    };
    vault.commit_blocking(vec![again]).unwrap();
    assert!(take().is_some());
    let done = || Write::JobDone { key: "a".into() };
    vault
        .commit_blocking(vec![event(PROJECT, 1), done()])
        .unwrap();
    // A second finish brings nothing with it.
    let twice = refused(&vault, vec![event(PROJECT, 2), done()]);
    assert_eq!(twice, "the job a is not running any more");
    assert_eq!(vault.events(PROJECT, 0).unwrap().len(), 1);
    // Adding the known key changes nothing: the work is done.
    vault.commit_blocking(vec![job("a", PROJECT, 0)]).unwrap();
    assert_eq!(state().0, JobState::Done);
}

#[test]
fn jobs_of_a_run_that_ended_are_queued_again() {
    let (root, vault) = furnished();
    vault
        .commit_blocking(vec![job("a", PROJECT, 0), job("b", PROJECT, 0)])
        .unwrap();
    let mut vault = vault;
    for attempt in 1..=3 {
        let taken = vault.next_job_blocking(&["check"], 9, "run").unwrap();
        let taken = taken.unwrap();
        assert_eq!((taken.job.key.as_str(), taken.attempts), ("a", attempt));
        drop(vault);
        let (again, recovery) = open(root.path());
        let expected = if attempt < 3 { (1, 0) } else { (0, 1) };
        let found = (recovery.jobs_queued_again, recovery.jobs_given_up);
        assert_eq!(found, expected);
        vault = again;
    }
    let failed = vault
        .jobs(&JobFilter {
            state: Some(JobState::Failed),
            ..JobFilter::default()
        })
        .unwrap();
    assert_eq!(failed[0].job.key, "a");
    let counts = vault.counts().unwrap();
    assert_eq!((counts.jobs_failed, counts.jobs_queued), (1, 1));
}

#[test]
fn a_drop_is_known_by_what_it_is_not_by_its_name_alone() {
    let (_root, vault) = furnished();
    let row = |fingerprint: &str, state, updated_ms| DropRow {
        dropbox: "first".into(),
        path: "songs.zip".into(),
        inner: "a.wav".into(),
        fingerprint: fingerprint.into(),
        state,
        project: Some(PROJECT.into()),
        mix: None,
        reason: None,
        bytes: 7,
        first_seen_ms: updated_ms,
        updated_ms,
    };
    let see = |row: DropRow| vault.commit_blocking(vec![Write::Drop(row)]).unwrap();
    let state = |fingerprint: &str| {
        let found = vault.drop_state("first", "songs.zip", "a.wav", fingerprint);
        found.unwrap()
    };
    see(row("v1", DropState::Held, 10));
    assert!(!vault.is_taken_path("first", "songs.zip").unwrap());
    see(row("v1", DropState::Taken, 20));
    assert!(vault.is_taken_path("first", "songs.zip").unwrap());
    let found = state("v1").unwrap();
    assert_eq!(
        (found.state, found.first_seen_ms, found.updated_ms),
        (DropState::Taken, 10, 20)
    );
    assert_eq!(state("v2"), None);
    see(row("v2", DropState::Unsorted, 30));
    assert_eq!(vault.drops(PROJECT).unwrap().len(), 2);
    assert_eq!(vault.unsorted_drops().unwrap()[0].fingerprint, "v2");
}

#[test]
fn a_token_opens_once_and_ends_when_told() {
    let (_root, vault) = furnished();
    let token = |hash: &str| {
        Write::Token(TokenRow {
            hash: hash.into(),
            kind: "session".into(),
            person: Some(CLIENT.into()),
            project: None,
            created_ms: 1,
            expires_ms: Some(9),
            state: TokenState::Live,
        })
    };
    let state = |hash: &str| vault.token(hash).unwrap().unwrap().state;
    vault
        .commit_blocking(vec![token("h1"), token("h2"), token("h3")])
        .unwrap();
    let spent = || Write::TokenSpent { hash: "h1".into() };
    vault.commit_blocking(vec![spent()]).unwrap();
    assert_eq!(
        refused(&vault, vec![spent()]),
        "the token given is not live any more"
    );
    let ended = Write::TokensEnded {
        person: CLIENT.into(),
        kind: "session".into(),
    };
    vault.commit_blocking(vec![ended]).unwrap();
    assert_eq!(state("h1"), TokenState::Spent);
    assert_eq!(state("h2"), TokenState::Ended);
    assert_eq!(vault.token("h9").unwrap(), None);
}

#[test]
fn the_latest_document_counts_and_older_ones_are_kept() {
    let (_root, vault) = furnished();
    let plan = |body: &str, at_ms| {
        Write::Document(DocumentRow {
            project: PROJECT.into(),
            name: "plan".into(),
            body: body.into(),
            at_ms,
        })
    };
    vault
        .commit_blocking(vec![plan("one", 5), plan("two", 5), plan("old", 1)])
        .unwrap();
    let latest = vault.document(PROJECT, "plan").unwrap().unwrap();
    assert_eq!(latest.body, "two");
    let all = vault.documents(PROJECT).unwrap();
    assert_eq!(
        all.iter().map(|d| d.body.as_str()).collect::<Vec<_>>(),
        ["old", "one", "two"]
    );
}

#[test]
fn long_lists_come_in_pages_newest_first() {
    let (_root, vault) = furnished();
    let notices = (0..25).map(|n| {
        Write::Notice(NoticeRow {
            id: format!("n{n}"),
            at_ms: n,
            audience: "staff".into(),
            project: None,
            kind: "intake".into(),
            text: "a mix came in".into(),
            facts: None,
            state: NoticeState::New,
        })
    });
    vault.commit_blocking(notices.collect()).unwrap();
    let mut page = Page::first(10);
    let mut seen = Vec::new();
    loop {
        let found = vault.notices("staff", page).unwrap();
        seen.extend(found.rows.into_iter().map(|row| row.at_ms));
        page.before = found.next;
        if found.next.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..25).rev().collect::<Vec<_>>());
    let projects = vault.projects(Page::first(1)).unwrap();
    assert_eq!(projects.rows[0].number, "LQ-1002");
    assert!(projects.next.is_some());
    assert_eq!(
        vault
            .projects_of(CLIENT, Page::first(9))
            .unwrap()
            .rows
            .len(),
        2
    );
}

fn standing(project: &str, stage: &str, sought: &str) -> StandingRow {
    StandingRow {
        project: project.into(),
        form: 1,
        title: sought.into(),
        artist: String::new(),
        sought: sought.to_lowercase(),
        stage: stage.into(),
        revision: None,
        waits_for: "the studio listens".into(),
        waits_for_client: "the studio works".into(),
        due_ms: (stage == "archived").then_some(9),
        opened_month: "2026-10".into(),
        offered_month: (stage == "archived").then(|| "2026-11".into()),
        took_ms: i64::from(stage == "archived") * 3_600_000,
        rounds: u32::from(stage == "archived") * 2,
        mixes: 3,
        findings: 1,
        codes: Vec::new(),
    }
}

#[test]
fn projects_are_listed_by_where_they_stand_and_by_what_is_sought() {
    let (_root, vault) = furnished();
    assert_eq!(
        vault.projects_of_other_form(1).unwrap(),
        [OTHER_PROJECT, PROJECT],
        "nobody has filled their columns yet"
    );
    let rows = [
        standing(PROJECT, "archived", "Blå 100%"),
        standing(OTHER_PROJECT, "intake", "Night_Bus"),
    ];
    vault
        .commit_blocking(rows.map(Write::Standing).into())
        .unwrap();
    assert!(vault.projects_of_other_form(1).unwrap().is_empty());
    let listed = |filter: ProjectFilter| -> Vec<String> {
        let listed = vault.listed_projects(&filter, Page::first(9)).unwrap();
        listed.rows.into_iter().map(|row| row.number).collect()
    };
    let any = ProjectFilter::default;
    assert_eq!(listed(any()), ["LQ-1002", "LQ-1001"], "newest first");
    let some = |text: &str| Some(text.to_owned());
    let sought = |text: &str| ProjectFilter {
        sought: some(text),
        ..any()
    };
    assert_eq!(listed(sought("blå")), ["LQ-1001"]);
    assert_eq!(listed(sought("0%")), ["LQ-1001"], "a sign like any other");
    assert_eq!(listed(sought("t_b")), ["LQ-1002"]);
    assert_eq!(listed(sought("first client")).len(), 2, "the client's name");
    assert!(listed(sought("' OR 1")).is_empty());
    let in_stage = ProjectFilter {
        stage: some("intake"),
        client: some(CLIENT),
        ..any()
    };
    assert_eq!(listed(in_stage), ["LQ-1002"]);
    let at_work = ProjectFilter {
        stage_not: some("archived"),
        ..any()
    };
    assert_eq!(listed(at_work), ["LQ-1002"]);
    let nobodys = ProjectFilter {
        client: some(PROJECT),
        ..any()
    };
    assert!(listed(nobodys).is_empty());
    let page = vault.listed_projects(&any(), Page::first(1)).unwrap();
    let older = Page {
        before: page.next,
        rows: 1,
    };
    let older = vault.listed_projects(&any(), older).unwrap();
    assert_eq!(
        (older.rows[0].number.as_str(), older.next),
        ("LQ-1001", None)
    );
    assert_eq!(vault.projects_due().unwrap(), [PROJECT]);
    assert_eq!(vault.last_number().unwrap().as_deref(), Some("LQ-1002"));
    assert_eq!(vault.counts().unwrap().projects_in["archived"], 1);
}

#[test]
fn months_and_clients_are_added_up_from_where_projects_stand() {
    let (_root, vault) = furnished();
    let rows = [
        standing(PROJECT, "archived", "One"),
        standing(OTHER_PROJECT, "intake", "Two"),
    ];
    vault
        .commit_blocking(rows.map(Write::Standing).into())
        .unwrap();
    let month = |month: &str, opened, offered, took_ms, rounds| MonthRow {
        month: month.into(),
        opened,
        offered,
        took_ms,
        rounds,
    };
    assert_eq!(
        vault.project_months().unwrap(),
        [
            month("2026-10", 2, 0, 0, 0),
            month("2026-11", 0, 1, 3_600_000, 2)
        ]
    );
    let found = vault.client_findings().unwrap();
    assert_eq!((found.len(), found[0].orders), (1, 2));
    assert_eq!((found[0].mixes, found[0].findings), (6, 2));
}

#[test]
fn a_refused_batch_takes_back_only_itself() {
    let (_root, vault) = furnished();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let vault = Arc::new(vault);
    let answers = runtime.block_on(async {
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let vault = Arc::clone(&vault);
                // Every other batch is stale; all of them wait at the same time.
                let batch = if n % 2 == 0 {
                    vec![Write::Setting {
                        name: format!("s{n}"),
                        value: "on".into(),
                    }]
                } else {
                    vec![
                        Write::Setting {
                            name: format!("s{n}"),
                            value: "on".into(),
                        },
                        event(PROJECT, 77),
                    ]
                };
                tokio::spawn(async move { (n, vault.commit(batch).await) })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers
    });
    for (n, answer) in answers {
        let stands = vault.setting(&format!("s{n}")).unwrap().is_some();
        assert_eq!((answer.is_ok(), stands), (n % 2 == 0, n % 2 == 0), "s{n}");
    }
}

#[test]
fn waiting_inside_a_runtime_is_allowed() {
    let (_root, vault) = furnished();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        // More than the share of polls that a task gets in one go.
        for seq in 1..=300 {
            vault.commit_blocking(vec![event(PROJECT, seq)]).unwrap();
        }
        vault.ping_writer().await.unwrap();
    });
    assert!(vault.writer_alive());
    assert_eq!(vault.counts().unwrap().events, 300);
}

#[test]
fn two_daemons_never_share_a_vault() {
    let (root, vault) = furnished();
    let clone = vault.clone();
    drop(vault);
    let error = try_open(root.path()).err().unwrap();
    assert!(matches!(error, VaultError::InUse { .. }), "{error}");
    drop(clone);
    open(root.path());
}

#[test]
fn durable_commits_share_their_syncs() {
    let (_root, vault) = furnished();
    let begun = Instant::now();
    for seq in 1..=100 {
        vault.commit_blocking(vec![event(PROJECT, seq)]).unwrap();
    }
    let alone = begun.elapsed();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let begun = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..1000)
            .map(|n| {
                let vault = vault.clone();
                let batch = vec![job(&format!("j{n}"), OTHER_PROJECT, 0)];
                tokio::spawn(async move { vault.commit(batch).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let shared = begun.elapsed();
    println!(
        "one after another: {:.0} commits/s; 1000 at once: {:.0} commits/s",
        100.0 / alone.as_secs_f64(),
        1000.0 / shared.as_secs_f64()
    );
    assert_eq!(vault.counts().unwrap().jobs_queued, 1000);
    // A thousand syncs one by one would take ten times what a hundred took.
    assert!(shared < alone * 10, "{shared:?} shared, {alone:?} for 100");
}
