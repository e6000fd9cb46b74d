//! Where each project stands, in the columns that lists and counts are read from.
//!
//! They are written with every commit to a journal, so that a list of a hundred thousand orders
//! replays none of them.

use mastering::{Project, Stage, UnixMs};
use vault::{StandingRow, Vault, Write};

use crate::house::OpenError;
use crate::live::Live;
use crate::orders::{client_waits_for, waits_for};

/// The number of this program's way of filling the columns: changed with their words, so that the
/// next start fills them anew.
const FORM: u32 = 4;
/// How many projects are filled in one transaction.
const AT_ONCE: usize = 500;

/// The code of the stage that nothing follows.
pub(crate) fn last_stage() -> String {
    let archived = Stage::Archived {
        revision: mastering::RevisionNo::FIRST,
    };
    archived.code().to_owned()
}

/// The month of a moment where the order is worked on, as `2026-11`.
fn month_of(project: &Project, at: UnixMs) -> String {
    let there = project.rules.time_zone.at(at);
    there.map_or_else(String::new, |at| at.strftime("%Y-%m").to_string())
}

/// What a distributor knows a release and its songs by, letters and digits alone.
fn codes(project: &Project) -> Vec<String> {
    let release = project.release.iter();
    let release = release.flat_map(|release| [&release.ean, &release.catalogue_no]);
    let songs = project.tracks.iter().map(|track| &track.isrc);
    let plain = |code: &String| code.chars().filter(char::is_ascii_alphanumeric).collect();
    let codes = release.chain(songs).map(plain);
    codes.filter(|code: &String| !code.is_empty()).collect()
}

/// The columns of a project as it stands.
pub(crate) fn standing(project: &Project) -> Write {
    let due_ms = project.archive.as_ref().and_then(|archive| {
        let working = archive.working_gone_at.is_none();
        let dates = [
            working.then_some(archive.due.working_due_at),
            Some(archive.due.archive_due_at),
        ];
        // Once all of it went, nothing is due any more.
        let is_kept = archive.all_gone_at.is_none();
        dates.into_iter().flatten().min().filter(|_| is_kept)
    });
    let took_ms = project
        .offered_at
        .map(|offered_at| (offered_at - project.opened_at).max(0));
    let rounds = project.revisions.values().filter(|r| r.sent_at.is_some());
    let findings = project.mixes.values().map(|mix| mix.all_findings().count());
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let sought = format!("{}\n{}\n{}", project.number, project.title, project.artist);
    Write::Standing(StandingRow {
        project: project.id.to_string(),
        form: FORM,
        title: project.title.clone(),
        artist: project.artist.clone(),
        sought: sought.to_lowercase(),
        stage: project.stage.code().to_owned(),
        revision: project.stage.revision().map(u32::from),
        waits_for: waits_for(project),
        waits_for_client: client_waits_for(project),
        due_ms,
        opened_month: month_of(project, project.opened_at),
        offered_month: project.offered_at.map(|at| month_of(project, at)),
        took_ms: took_ms.unwrap_or(0),
        rounds: count(rounds.count()),
        mixes: count(project.mixes.len()),
        findings: count(findings.sum()),
        codes: codes(project),
    })
}

/// Fills the columns of projects that another version of the program filled, or none.
///
/// # Errors
/// A database that cannot be read or written. A project whose journal cannot be read keeps its
/// columns; it is refused where it is opened.
pub(crate) fn fill(vault: &Vault) -> Result<(), OpenError> {
    let ids = vault.projects_of_other_form(FORM)?;
    if ids.is_empty() {
        return Ok(());
    }
    tracing::info!(
        projects = ids.len(),
        "the lists are made anew from the journals"
    );
    for some in ids.chunks(AT_ONCE) {
        let mut rows = Vec::with_capacity(some.len());
        for id in some {
            if let Ok(live) = Live::read(&vault.events(id, 0)?) {
                rows.push(standing(&live.project));
            }
        }
        vault.commit_blocking(rows).map_err(OpenError::Lists)?;
    }
    Ok(())
}
