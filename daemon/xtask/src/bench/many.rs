//! A studio after decades: what a list page and a decision cost with a hundred thousand projects.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::json;
use vault::{EventRow, Page, ProjectRow, Reserve, Vault, VaultConfig, Write};

use super::house::House;
use super::{build, mix, mixes_beside};

/// Projects beside the one they are copied from.
const PROJECTS: u32 = 100_000;
/// One of so many waits for its client; the others lie in the archive.
const IN_REVIEW: u32 = 250;
/// Projects written in one transaction.
const AT_ONCE: u32 = 250;
/// How often each page is asked for.
const TIMES: usize = 40;
/// How long a page or a decision may take, in milliseconds.
const GOAL_MS: f64 = 50.0;
/// Lines of a distributor's report.
const REPORTED: u32 = 50_000;
/// Seconds of the mix whose project is copied.
const MIX_S: u32 = 40;

/// Makes the projects, starts a daemon on them and prints what asking costs.
pub(super) fn print() -> Result<()> {
    let program = build()?;
    let short = mix(&mixes_beside(&program)?, MIX_S)?;
    let mut house = House::open(&program)?;
    house.upload(&short)?;
    house.until_stage("in_review")?;
    let in_review = house.seq()?;
    house.finals()?;
    house.pause()?;
    let began = Instant::now();
    copy(&house.vault(), house.number(), in_review)?;
    println!(
        "\n{PROJECTS} projects, each with the journal of a finished order, were written in {:.0} s",
        began.elapsed().as_secs_f64()
    );
    let began = Instant::now();
    let cost = house.resume()?;
    println!(
        "first start, which makes the lists: {:.1} s of wall, {:.1} s of CPU",
        began.elapsed().as_secs_f64(),
        cost.cpu_s
    );
    house.pause()?;
    let began = Instant::now();
    let cost = house.resume()?;
    println!(
        "next start: {:.1} s of wall, {:.1} s of CPU, {:.0} MiB",
        began.elapsed().as_secs_f64(),
        cost.cpu_s,
        cost.peak_mib
    );
    report(&house)?;
    ask(&house)?;
    let peak_mib = house.close()?;
    println!("the daemon had at most {peak_mib:.0} MiB");
    Ok(())
}

/// Takes a distributor's report in, of which no song belongs to an order.
fn report(house: &House) -> Result<()> {
    let mut table = String::from("month,store,country,isrc,title,type,quantity,amount,currency\n");
    for row in 0..REPORTED {
        let (song, shop) = (row / 10, row % 10);
        let line = format!(
            "2026-07,Shop {shop},DE,DEA1226{song:05},Song {song},stream,{row},0.00{row:06},EUR\n"
        );
        table.push_str(&line);
    }
    let began = Instant::now();
    house.take_report(&table)?;
    println!(
        "a report of {REPORTED} lines was taken in within {:.1} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Copies the finished order's journal under other ids and numbers.
fn copy(root: &Path, number: &str, in_review: u64) -> Result<()> {
    let config = VaultConfig {
        root: root.to_owned(),
        reserve: Reserve {
            bytes: 0,
            percent: 0,
        },
    };
    let (vault, _) = Vault::open(config)?;
    let model = vault
        .project_by_number(number)?
        .context("the finished order is there")?;
    let events = vault.events(&model.id, 0)?;
    for from in (0..PROJECTS).step_by(AT_ONCE as usize) {
        let mut batch = Vec::new();
        for no in from..(from + AT_ONCE).min(PROJECTS) {
            batch.extend(one(&model, &events, no, in_review));
        }
        vault.commit_blocking(batch)?;
    }
    let last = vault.projects(Page::first(1))?.rows;
    if last.first().map(|row| row.number.as_str()) != Some(&number_of(PROJECTS - 1)) {
        bail!("not every project was written: {last:?}");
    }
    Ok(())
}

fn number_of(no: u32) -> String {
    format!("LQ-{}", 2_000 + no)
}

fn one(model: &ProjectRow, events: &[EventRow], no: u32, in_review: u64) -> Vec<Write> {
    let id = format!("{no:032x}");
    let number = number_of(no);
    let row = ProjectRow {
        id: id.clone(),
        number: number.clone(),
        title: format!("Song {no}"),
        ..model.clone()
    };
    let kept = match no % IN_REVIEW {
        0 => in_review,
        _ => u64::MAX,
    };
    let copied = events.iter().filter(|event| event.seq <= kept);
    let told = copied.map(|event| {
        Write::Event(EventRow {
            project: id.clone(),
            body: event
                .body
                .replace(&model.id, &id)
                .replace(&format!("\"{}\"", model.number), &format!("\"{number}\""))
                .replace("\"title\":\"Song\"", &format!("\"title\":\"Song {no}\"")),
            ..event.clone()
        })
    });
    std::iter::once(Write::Project(row)).chain(told).collect()
}

/// Asks for each list page, and decides, many times.
fn ask(house: &House) -> Result<()> {
    let staff = house.staff_session()?;
    println!(
        "{:<44} {:>8} {:>8} {:>8}   goal: {GOAL_MS:.0} ms",
        "", "p50 ms", "p95 ms", "worst ms"
    );
    for path in [
        "/api/v1/orders",
        "/api/v1/orders?stage=in_review",
        "/api/v1/orders?stage=at_work&rows=1000",
        "/api/v1/orders?search=song%2077777",
        "/api/v1/orders?search=nobody%20has%20this",
        "/api/v1/orders?before=50000",
        "/api/v1/held-findings",
        "/api/v1/people",
        "/api/v1/notices",
        "/orders",
        "/orders?search=song%2099",
        "/inbox",
        "/api/v1/queue",
        "/queue",
        "/api/v1/statistics",
        "/statistics",
        "/ledger",
        "/sales",
        "/api/v1/sales",
        "/healthz",
    ] {
        let took = (0..TIMES).map(|_| house.get(path, &staff)).collect();
        row(path, took)?;
    }
    let open = |n: usize| number_of(u32::try_from(n).unwrap_or(0) * IN_REVIEW);
    let took = (0..TIMES)
        .map(|n| house.get(&format!("/api/v1/orders/{}", open(n + 1)), &staff))
        .collect();
    row("an order nobody has looked at since the start", took)?;
    let took = (0..TIMES)
        .map(|n| {
            let words = json!({ "reason": "less bass" });
            house.post(
                &format!("/orders/{}/open-revision", open(n + 100)),
                &staff,
                &words,
            )
        })
        .collect();
    row("a decision about such an order", took)?;
    let took = (0..TIMES)
        .map(|n| {
            let order = json!({ "client_login": "ada", "title": format!("New {n}"), "service": "engineer" });
            house.post("/orders", &staff, &order)
        })
        .collect();
    row("a new order", took)
}

/// Prints the spread of what something took, in milliseconds.
fn row(what: &str, took: Result<Vec<f64>>) -> Result<()> {
    let mut took = took.with_context(|| what.to_owned())?;
    took.sort_by(f64::total_cmp);
    let at = |part: usize| took[(took.len() - 1) * part / 100];
    let worst = at(100);
    let verdict = if worst <= GOAL_MS { "" } else { "   over" };
    println!(
        "{what:<44} {:>8.1} {:>8.1} {worst:>8.1}{verdict}",
        at(50),
        at(95)
    );
    Ok(())
}
