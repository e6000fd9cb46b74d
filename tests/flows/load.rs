//! A hundred files dropped at once: all are taken once, none is starved, and pages answer meanwhile.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flows::desk::list;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::remote::{Remote, files_below, tell};
use flows::{Lacquer, Settings, until};

/// Files dropped, and programs that drop them at the same time.
const FILES: usize = 100;
const PROGRAMS: usize = 4;
/// Orders that they belong to.
const ORDERS: usize = 4;
/// Pages asked for while the files are worked on, of each kind, or more.
const PAGES: usize = 200;
/// Between two pages of one reader.
const READER_PAUSE: Duration = Duration::from_millis(15);
/// Far above what any page may take: this machine is shared, and the figure is printed.
const NEVER_LONGER: Duration = Duration::from_secs(20);

/// Writes the songs: short, and each different from the others.
fn songs(place: &Path) -> Vec<PathBuf> {
    (0..FILES)
        .map(|n| {
            let song = Song {
                seconds: 2.0,
                key: u32::try_from(n).unwrap(),
                ..Song::default()
            };
            song.write(&place.join(format!("Song {n:03}.wav")))
        })
        .collect()
}

/// One program of a client that sends many files one after another.
fn drop_all(remote: &Remote, files: &[(PathBuf, String)]) {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--globoff"])
        .args(["--ftp-create-dirs", "--user", "ada:pw-ada-1234"])
        .stdin(Stdio::null());
    for (file, to) in files {
        curl.arg("--upload-file")
            .arg(file)
            .arg(remote.ftp_address(to));
    }
    flows::clients::run(&mut curl);
}

/// How long each page took while the files were worked on, shortest first.
fn ask_for_pages(remote: &Remote, page: &str, is_over: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::with_capacity(PAGES);
    while took.len() < PAGES || !is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        assert_eq!(remote.get(page), Some(200), "{page}");
        took.push(began.elapsed());
        // As a reader does, and so that asking is not the work that is measured.
        std::thread::sleep(READER_PAUSE);
    }
    took.sort();
    took
}

struct Over<'f>(&'f AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn figures(what: &str, took: &[Duration]) -> String {
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    assert!(at(100) < NEVER_LONGER, "{what} took {:?}", at(100));
    format!(
        "{what}, {} times: p50 {:?}, p99 {:?}, longest {:?}",
        took.len(),
        at(50),
        at(99),
        at(100)
    )
}

#[test]
fn a_hundred_files_dropped_at_once_are_taken_once_each_while_pages_answer() {
    let place = tempfile::tempdir().unwrap();
    let files = songs(place.path());
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    let remote = Remote::of(&lacquer);
    let orders: Vec<(String, String)> = (0..ORDERS)
        .map(|n| lacquer.order("ada", &format!("Album {n}"), &[]))
        .collect();
    let drops: Vec<(PathBuf, String)> = files
        .iter()
        .enumerate()
        .map(|(n, file)| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            (file.clone(), format!("{}/{name}", orders[n % ORDERS].0))
        })
        .collect();

    let began = Instant::now();
    let is_over = AtomicBool::new(false);
    let portal = format!("/p/{}", orders[0].1);
    let (pages, health, sent) = std::thread::scope(|scope| {
        // Readers stop asking whatever becomes of this test.
        let over = Over(&is_over);
        let programs: Vec<_> = drops
            .chunks(FILES / PROGRAMS)
            .map(|share| scope.spawn(|| drop_all(&remote, share)))
            .collect();
        let pages = scope.spawn(|| ask_for_pages(&remote, &portal, &is_over));
        let health = scope.spawn(|| ask_for_pages(&remote, "/healthz", &is_over));
        for program in programs {
            program.join().expect("every file was sent");
        }
        let sent = began.elapsed();
        until("all files are taken", PATIENCE, || {
            let taken: usize = orders.iter().map(|o| mixes(&lacquer, &o.0).len()).sum();
            (taken == FILES).then_some(())
        });
        let taken = began.elapsed();
        drop(over);
        let (pages, health) = (pages.join().unwrap(), health.join().unwrap());
        (pages, health, (sent, taken))
    });
    tell(&format!(
        "{FILES} files sent in {:?}, taken in {:?}",
        sent.0, sent.1
    ));
    tell(&figures("portal page", &pages));
    tell(&figures("/healthz", &health));
    for (number, _) in &orders {
        check_order(&lacquer, number);
    }
    let folder = lacquer.dropbox("ada");
    until("each mix has its report beside it", PATIENCE, || {
        let below = files_below(&folder);
        // The order's own note lies there too, beside no mix.
        let is_report = |note: &PathBuf| {
            let note = note.to_string_lossy();
            note.strip_suffix(".lacquer.txt")
                .is_some_and(|mix| Path::new(mix).is_file())
        };
        let notes = below.iter().filter(|p| is_report(p)).count();
        (notes == FILES).then_some(())
    });
}

/// The mixes of an order: how often each name was taken.
fn mixes(lacquer: &Lacquer, number: &str) -> BTreeMap<String, usize> {
    let order = lacquer.show(number);
    let mut names = BTreeMap::new();
    for mix in order["project"]["mixes"].as_object().unwrap().values() {
        let name = mix["file_name"].as_str().unwrap().to_owned();
        *names.entry(name).or_default() += 1;
    }
    names
}

fn check_order(lacquer: &Lacquer, number: &str) {
    let mixes = mixes(lacquer, number);
    assert_eq!(mixes.len(), FILES / ORDERS, "{mixes:?}");
    assert!(mixes.values().all(|n| *n == 1), "{mixes:?}");
    let order = lacquer.show(number);
    let received = list(&order["log"])
        .iter()
        .filter(|line| line["code"] == "mix_received")
        .count();
    assert_eq!(received, FILES / ORDERS, "each is told of once");
    assert_eq!(list(&order["held"]).len(), 0, "{:#}", order["held"]);
}

#[test]
fn two_songs_of_an_order_are_mastered_at_the_same_time() {
    let lacquer = Lacquer::start_with(&Settings {
        sections: vec![("studio", "renders_at_once = 2".to_owned())],
        ..Settings::default()
    });
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Two Sides", &["--songs", "2"]);
    let place = tempfile::tempdir().unwrap();
    for key in [0, 5] {
        let name = format!("Side {key}.wav");
        let song = Song {
            seconds: 60.0,
            key,
            ..Song::default()
        }
        .write(&place.path().join(&name));
        std::fs::copy(
            song,
            lacquer.dropbox("ada").join(format!("{number} {name}")),
        )
        .unwrap();
    }
    until("both are being mastered", PATIENCE, || {
        let order = lacquer.show(&number);
        let is_mastering =
            |job: &&serde_json::Value| job["kind"] == "master" && job["state"] == "running";
        (list(&order["jobs"]).iter().filter(is_mastering).count() == 2).then_some(())
    });
    let order = lacquer.until_stage(&number, "in_review");
    assert_eq!(list(&order["project"]["tracks"]).len(), 2, "{order:#}");
}
