//! `lacquer doctor`: tests this box and says what is wrong.

use std::time::{Duration, SystemTime};

use patchbay::{JackStatus, Loopback};
use serde::Serialize;
use serde_json::{Value, json};
use studio::control::{Answer, Request, ask};
use worker::{Landlock, WorkerLimits, Workers};

use crate::args::{DoctorArgs, Place};
use crate::{Outcome, config, print_json, worker_command};

/// A clock before this day is wrong: the program is younger.
const YOUNGEST_DAY_S: u64 = 1_767_225_600; // 2026-01-01

/// Delay of the loop that stands in for a unit: one usual period.
const LOOP_FRAMES: usize = 256;

/// How grave a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Grade {
    /// In order.
    Good,
    /// Worth knowing.
    Note,
    /// Wrong.
    Bad,
}

#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    grade: Grade,
    text: String,
}

pub(crate) fn run(place: &Place, args: &DoctorArgs) -> anyhow::Result<Outcome> {
    let results = vec![
        disk(place)?,
        clock(),
        daemon(place)?,
        meter(),
        dsp(),
        sandbox()?,
        loopback(),
        audio_server(),
    ];
    let is_good = results.iter().all(|r| r.grade != Grade::Bad);
    if args.json {
        print_json(&json!({ "is_good": is_good, "results": results }))?;
    } else {
        for result in &results {
            let mark = match result.grade {
                Grade::Good => "good",
                Grade::Note => "note",
                Grade::Bad => "BAD ",
            };
            println!("{mark}  {:<14} {}", result.name, result.text);
        }
    }
    Ok(if is_good { Outcome::Good } else { Outcome::No })
}

/// Writes, syncs and reads back on the data folder's disk.
fn disk(place: &Place) -> anyhow::Result<Finding> {
    let data = config::data_of(place)?;
    let folder = if data.is_dir() {
        data.as_path()
    } else {
        data.parent().unwrap_or(&data)
    };
    let tried = (|| {
        use std::io::{Read as _, Seek as _, Write as _};
        let mut file = tempfile::tempfile_in(folder)?;
        let pattern: Vec<u8> = (0..1_000_000u32)
            .map(|i| i.to_le_bytes()[0] ^ i.to_le_bytes()[1])
            .collect();
        file.write_all(&pattern)?;
        file.sync_all()?;
        file.rewind()?;
        let mut back = Vec::new();
        file.read_to_end(&mut back)?;
        Ok::<bool, std::io::Error>(back == pattern)
    })();
    let (grade, text) = match tried {
        Ok(true) => (
            Grade::Good,
            format!("{} takes and gives back", folder.display()),
        ),
        Ok(false) => (
            Grade::Bad,
            format!("{} gives back other bytes than it took", folder.display()),
        ),
        Err(error) => (Grade::Bad, format!("{}: {error}", folder.display())),
    };
    Ok(Finding {
        name: "disk",
        grade,
        text,
    })
}

fn clock() -> Finding {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let (grade, text) = if since.as_secs() < YOUNGEST_DAY_S {
        (
            Grade::Bad,
            "shows a day before this program was written".to_owned(),
        )
    } else {
        (Grade::Good, format!("{} s since 1970", since.as_secs()))
    };
    Finding {
        name: "clock",
        grade,
        text,
    }
}

fn daemon(place: &Place) -> anyhow::Result<Finding> {
    let data = config::data_of(place)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (grade, text) = match runtime.block_on(ask(&data, &Request::Health)) {
        Ok(Answer::Done(health)) => {
            let writer = health
                .get("writer")
                .and_then(Value::as_str)
                .unwrap_or("unknown")
                .to_owned();
            let failed = health
                .pointer("/jobs/failed")
                .and_then(Value::as_u64)
                .unwrap_or(0);
            let grade = if writer != "in order" {
                Grade::Bad
            } else if failed > 0 {
                Grade::Note
            } else {
                Grade::Good
            };
            (
                grade,
                format!("runs; database writer {writer}; {failed} jobs wait for a person"),
            )
        }
        Ok(Answer::Denied(why)) => (Grade::Bad, why),
        Err(_) => (Grade::Note, format!("does not run on {}", data.display())),
    };
    Ok(Finding {
        name: "daemon",
        grade,
        text,
    })
}

/// The EBU's synthesisable meter cases, measured on this computer.
fn meter() -> Finding {
    let cases = measure::selftest::run();
    let failed: Vec<&str> = cases
        .iter()
        .filter(|c| !c.passed)
        .map(|c| c.name.as_str())
        .collect();
    if failed.is_empty() {
        Finding {
            name: "meter",
            grade: Grade::Good,
            text: format!(
                "{} readings of EBU Tech 3341 and 3342 and of a second meter are met",
                cases.len()
            ),
        }
    } else {
        Finding {
            name: "meter",
            grade: Grade::Bad,
            text: format!("not met: {}", failed.join(", ")),
        }
    }
}

/// The engine's goldens: a master made here is the master made anywhere.
fn dsp() -> Finding {
    let differing = engine::selftest();
    let revision = engine::ENGINE_REVISION;
    let (grade, text) = if differing.is_empty() {
        (
            Grade::Good,
            format!("engine {revision} gives the same bits as everywhere"),
        )
    } else {
        (
            Grade::Bad,
            format!(
                "engine {revision} gives other bits here: {}",
                differing.join(", ")
            ),
        )
    };
    Finding {
        name: "dsp",
        grade,
        text,
    }
}

/// The patchbay's own loop, measured as a unit would be.
fn loopback() -> Finding {
    let mut insert = Loopback::new(2, LOOP_FRAMES);
    let found = patchbay::self_test(&mut insert, 2 * LOOP_FRAMES);
    let (grade, text) = if found.holds(LOOP_FRAMES) {
        (
            Grade::Good,
            format!("comes back unchanged after {LOOP_FRAMES} frames, as stated"),
        )
    } else {
        (
            Grade::Bad,
            format!(
                "stated delay {LOOP_FRAMES} frames, found {:?}",
                found.delay_frames
            ),
        )
    };
    Finding {
        name: "loopback",
        grade,
        text,
    }
}

fn sandbox() -> anyhow::Result<Finding> {
    let workers = Workers::new(worker_command()?, WorkerLimits::default());
    let (grade, text) = match workers.sandbox_status() {
        Ok(status) => match status.landlock {
            Landlock::Full => (
                Grade::Good,
                "system calls and files are shut off".to_owned(),
            ),
            other => (
                Grade::Note,
                format!("system calls are shut off; files by Landlock: {other:?}"),
            ),
        },
        Err(error) => (Grade::Bad, format!("{:#}", anyhow::Error::from(error))),
    };
    Ok(Finding {
        name: "sandbox",
        grade,
        text,
    })
}

fn audio_server() -> Finding {
    let hardware = patchbay::hardware();
    let grade = match hardware.jack {
        JackStatus::Running { .. } => Grade::Good,
        JackStatus::Absent { .. } => Grade::Note,
    };
    let text = format!(
        "{}; {} sound card(s)",
        jack_words(&hardware.jack),
        hardware.cards.len()
    );
    Finding {
        name: "audio server",
        grade,
        text,
    }
}

pub(crate) fn jack_words(jack: &JackStatus) -> String {
    match jack {
        JackStatus::Absent { why } => format!("no audio server: {why}"),
        JackStatus::Running {
            rate_hz,
            period_frames,
            capture_ports,
            playback_ports,
            ..
        } => format!(
            "JACK at {rate_hz} Hz, {period_frames} frames, {} inputs, {} outputs",
            capture_ports.len(),
            playback_ports.len()
        ),
    }
}

pub(crate) fn jack_json(jack: &JackStatus) -> Value {
    match jack {
        JackStatus::Absent { why } => json!({ "is_running": false, "why": why }),
        JackStatus::Running {
            rate_hz,
            period_frames,
            capture_ports,
            playback_ports,
            ..
        } => json!({
            "is_running": true,
            "rate_hz": rate_hz,
            "period_frames": period_frames,
            "capture_ports": capture_ports,
            "playback_ports": playback_ports,
        }),
    }
}
