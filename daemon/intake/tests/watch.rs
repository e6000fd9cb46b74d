//! The watcher on real folders, with real files, pipes, links and writers.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use intake::{
    Arrival, Events, FromDropbox, Hint, Known, Sighting, Source, Waiting, WatchConfig, WatchHooks,
    Watcher, Why,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

/// Short enough to test with, long enough to be missed.
const QUIET: Duration = Duration::from_millis(300);

struct Dropboxes {
    place: TempDir,
    known: Arc<Mutex<HashSet<Sighting>>>,
    hints: mpsc::Sender<Hint>,
    out: mpsc::Receiver<FromDropbox>,
    watcher: Option<Watcher>,
    runtime: Runtime,
}

impl Dropboxes {
    fn watch() -> Self {
        Self::with(16, |_| {})
    }

    /// Watches a fresh folder with Ada's dropbox in it; `change` departs from the usual.
    fn with(room: usize, change: impl FnOnce(&mut WatchConfig)) -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("ada")).unwrap();
        Self::over(place, Arc::default(), room, change)
    }

    fn over(
        place: TempDir,
        known: Arc<Mutex<HashSet<Sighting>>>,
        room: usize,
        change: impl FnOnce(&mut WatchConfig),
    ) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut config = WatchConfig::new(place.path().to_owned());
        config.quiet = QUIET;
        change(&mut config);
        let asked = Arc::clone(&known);
        let hooks = WatchHooks {
            is_known: Arc::new(move |sighting| {
                if asked.lock().unwrap().contains(sighting) {
                    Known::Taken
                } else {
                    Known::New
                }
            }),
        };
        let (hints, hints_here) = mpsc::channel(16);
        let (out_there, out) = mpsc::channel(room);
        let watcher = {
            let _inside = runtime.enter();
            Watcher::start(config, hooks, hints_here, out_there).unwrap()
        };
        Self {
            place,
            known,
            hints,
            out,
            watcher: Some(watcher),
            runtime,
        }
    }

    fn ada(&self, path: &str) -> PathBuf {
        self.place.path().join("ada").join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        File::create(self.ada(path))
            .unwrap()
            .write_all(bytes)
            .unwrap();
    }

    fn next_within(&mut self, limit: Duration) -> Option<FromDropbox> {
        let out = &mut self.out;
        self.runtime
            .block_on(async { tokio::time::timeout(limit, out.recv()).await.ok().flatten() })
    }

    #[track_caller]
    fn arrival(&mut self) -> Arrival {
        match self.next_within(PATIENCE) {
            Some(FromDropbox::Arrived(arrival)) => arrival,
            other => panic!("expected a file, got {other:?}"),
        }
    }

    /// Nothing may come for as long as settling and looking again would take.
    #[track_caller]
    fn silence(&mut self) {
        let more = self.next_within(QUIET * 4);
        assert!(more.is_none(), "{more:?}");
    }

    #[track_caller]
    fn waits(&self, path: &str, why: Why) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let waiting = self.watcher.as_ref().unwrap().waiting();
            if waiting
                .iter()
                .any(|one| one.path == Path::new(path) && one.why == why)
            {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{path} does not wait for {why:?}: {waiting:?}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Takes files until there are `count`, as the studio would, and says how often each path came.
    #[track_caller]
    fn collect(&mut self, count: usize, limit: Duration) -> HashMap<PathBuf, usize> {
        let deadline = Instant::now() + limit;
        let mut times: HashMap<PathBuf, usize> = HashMap::new();
        while times.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.next_within(left) {
                Some(FromDropbox::Arrived(arrival)) => *times.entry(arrival.path).or_default() += 1,
                other => panic!("{} of {count} came, then {other:?}", times.len()),
            }
        }
        times
    }

    fn stop(mut self) -> (TempDir, Arc<Mutex<HashSet<Sighting>>>) {
        self.watcher.take().unwrap().stop();
        (self.place, self.known)
    }
}

fn sighting(arrival: &Arrival) -> Sighting {
    Sighting {
        dropbox: arrival.dropbox.clone(),
        path: arrival.path.clone(),
        fingerprint: arrival.fingerprint.clone(),
    }
}

#[test]
fn a_file_that_comes_to_rest_is_handed_out_once_and_left_as_it_was() {
    let mut boxes = Dropboxes::watch();
    boxes.write("LQ-1001 Song.wav", b"music");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_millis(1_234_567_890_123);
    let file = OpenOptions::new()
        .write(true)
        .open(boxes.ada("LQ-1001 Song.wav"))
        .unwrap();
    let times = std::fs::FileTimes::new()
        .set_modified(long_ago)
        .set_accessed(long_ago);
    file.set_times(times).unwrap();
    drop(file);

    let mut arrival = boxes.arrival();
    assert_eq!(
        (arrival.dropbox.as_str(), arrival.path.as_path()),
        ("ada", Path::new("LQ-1001 Song.wav"))
    );
    assert_eq!((arrival.bytes, arrival.source), (5, Source::Folder));
    assert_eq!(arrival.modified_ms, 1_234_567_890_123);
    let mut bytes = Vec::new();
    arrival.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"music");
    assert!(
        arrival.file.write_all(b"x").is_err(),
        "it is open for reading only"
    );
    boxes.silence();
    let facts = std::fs::metadata(boxes.ada("LQ-1001 Song.wav")).unwrap();
    assert_eq!(
        facts.accessed().unwrap(),
        long_ago,
        "reading leaves no trace"
    );
    assert!(arrival.is_unchanged().unwrap());

    // A later change is a new mix.
    boxes.write("LQ-1001 Song.wav", b"other music");
    let again = boxes.arrival();
    assert_eq!(again.bytes, 11);
    assert_ne!(again.fingerprint, arrival.fingerprint);
    assert!(!arrival.is_unchanged().unwrap());
}

#[test]
fn litter_links_pipes_and_finals_are_left_alone() {
    let mut boxes = Dropboxes::watch();
    std::fs::create_dir_all(boxes.ada("Finals/LQ-1001")).unwrap();
    std::fs::create_dir_all(boxes.ada(".hidden")).unwrap();
    std::fs::create_dir(boxes.place.path().join(".staging")).unwrap();
    for name in [
        "._Song.wav",
        ".DS_Store",
        "Thumbs.db",
        "Song.wav.filepart",
        "Song.wav.lacquer.txt",
        "Finals/LQ-1001/Song.wav",
        ".hidden/Song.wav",
        "../.staging/Song.wav",
        "../loose.wav",
    ] {
        boxes.write(name, b"x");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    File::create(elsewhere.path().join("secret.wav"))
        .unwrap()
        .write_all(b"x")
        .unwrap();
    symlink(elsewhere.path().join("secret.wav"), boxes.ada("link.wav")).unwrap();
    symlink(elsewhere.path(), boxes.ada("Linked")).unwrap();
    symlink(elsewhere.path(), boxes.place.path().join("eve")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        boxes.ada("pipe.wav"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    boxes.watcher.as_ref().unwrap().look_again();
    boxes.silence();
    assert_eq!(boxes.watcher.as_ref().unwrap().waiting(), []);
}

#[test]
fn three_hundred_nested_folders_made_at_once_are_all_found() {
    let mut boxes = Dropboxes::watch();
    for outer in 0..10 {
        for inner in 0..30 {
            let folder = format!("Album {outer}/Disc/{inner}/Mixes");
            std::fs::create_dir_all(boxes.ada(&folder)).unwrap();
            boxes.write(&format!("{folder}/Song.wav"), b"music");
        }
    }
    // The regular full look comes every 60 s: this is found without it.
    let times = boxes.collect(300, Duration::from_secs(20));
    assert!(times.values().all(|count| *count == 1));
    boxes.silence();
}

#[test]
fn a_folder_moved_in_is_looked_through() {
    let mut boxes = Dropboxes::watch();
    let outside = boxes.place.path().join(".outside");
    std::fs::create_dir_all(outside.join("Disc 1/Alternate Mixes")).unwrap();
    for name in ["Disc 1/One.wav", "Disc 1/Alternate Mixes/One.wav"] {
        File::create(outside.join(name))
            .unwrap()
            .write_all(b"x")
            .unwrap();
    }
    std::fs::rename(&outside, boxes.ada("Album")).unwrap();
    let times = boxes.collect(2, Duration::from_secs(20));
    assert!(
        times.contains_key(Path::new("Album/Disc 1/Alternate Mixes/One.wav")),
        "{times:?}"
    );
    std::fs::hard_link(boxes.ada("Album/Disc 1/One.wav"), boxes.ada("Linked.wav")).unwrap();
    assert_eq!(boxes.arrival().path, Path::new("Linked.wav"));
}

#[test]
fn a_dropbox_made_while_running_is_watched() {
    let mut boxes = Dropboxes::watch();
    std::fs::create_dir(boxes.place.path().join("bob")).unwrap();
    File::create(boxes.place.path().join("bob/Song.wav"))
        .unwrap()
        .write_all(b"x")
        .unwrap();
    assert_eq!(boxes.arrival().dropbox, "bob");
}

#[test]
fn a_writer_who_pauses_keeps_its_file_waiting() {
    let mut boxes = Dropboxes::watch();
    let mut writer = File::create(boxes.ada("Song.wav")).unwrap();
    writer.write_all(&[1; 10_000]).unwrap();
    boxes.waits("Song.wav", Why::BeingWritten);
    boxes.silence();
    writer.write_all(&[2; 10_000]).unwrap();
    drop(writer);
    assert_eq!(boxes.arrival().bytes, 20_000);
}

#[test]
fn a_copy_with_its_size_set_first_waits_while_it_has_a_hole_and_until_a_person_decides() {
    let mut boxes = Dropboxes::with(16, |config| config.held_after = Duration::from_millis(900));
    let mut writer = File::create(boxes.ada("Song.wav")).unwrap();
    writer.set_len(1_000_000).unwrap();
    writer.write_all(&[1; 400_000]).unwrap();
    drop(writer);
    boxes.waits("Song.wav", Why::HasHole);
    match boxes.next_within(PATIENCE) {
        Some(FromDropbox::Held(Waiting { path, why, .. })) => {
            assert_eq!((path.as_path(), why), (Path::new("Song.wav"), Why::HasHole));
        }
        other => panic!("a person should be told, got {other:?}"),
    }
    boxes.silence();
    boxes
        .watcher
        .as_ref()
        .unwrap()
        .take_anyway("ada", Path::new("Song.wav"));
    assert_eq!(boxes.arrival().bytes, 1_000_000);

    let mut writer = File::create(boxes.ada("Whole.wav")).unwrap();
    writer.set_len(1_000_000).unwrap();
    writer.seek(SeekFrom::Start(0)).unwrap();
    writer.write_all(&[1; 1_000_000]).unwrap();
    drop(writer);
    assert_eq!(boxes.arrival().path, Path::new("Whole.wav"));
}

#[test]
fn an_empty_file_that_nobody_fills_is_handed_out_so_that_its_client_is_told() {
    let mut boxes = Dropboxes::with(16, |config| config.empty_after = Duration::from_secs(1));
    boxes.write("Song.wav", b"");
    let arrival = boxes.arrival();
    assert_eq!(
        (arrival.path.as_path(), arrival.bytes),
        (Path::new("Song.wav"), 0)
    );
    boxes.write("Song.wav", b"music");
    assert_eq!(boxes.arrival().bytes, 5);
}

#[test]
fn an_empty_file_waits() {
    let mut boxes = Dropboxes::watch();
    boxes.write("Song.wav", b"");
    boxes.waits("Song.wav", Why::Empty);
    boxes.silence();
    boxes.write("Song.wav", b"music");
    assert_eq!(boxes.arrival().bytes, 5);
}

#[test]
fn a_file_that_ftp_has_finished_needs_no_quiet_time() {
    let mut boxes = Dropboxes::with(16, |config| config.quiet = Duration::from_secs(60));
    boxes.write("Song.wav", b"music");
    let hint = Hint {
        dropbox: "ada".to_owned(),
        path: "Song.wav".into(),
    };
    boxes.hints.blocking_send(hint).unwrap();
    let started = Instant::now();
    let arrival = boxes.arrival();
    assert_eq!(arrival.source, Source::Ftp);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn after_a_restart_what_was_taken_is_not_handed_out_again() {
    let mut boxes = Dropboxes::watch();
    for name in ["One.wav", "Two.wav", "Three.wav"] {
        boxes.write(name, name.as_bytes());
    }
    let first = [boxes.arrival(), boxes.arrival(), boxes.arrival()];
    // Only two of them were written down before the power went.
    for arrival in &first[..2] {
        boxes.known.lock().unwrap().insert(sighting(arrival));
    }
    let third = first[2].path.clone();
    let (place, known) = boxes.stop();
    File::create(place.path().join("ada/Four.wav"))
        .unwrap()
        .write_all(b"4")
        .unwrap();

    let mut boxes = Dropboxes::over(place, known, 16, |_| {});
    let times = boxes.collect(2, Duration::from_secs(20));
    assert_eq!(
        times,
        HashMap::from([(third, 1), (PathBuf::from("Four.wav"), 1)])
    );
    boxes.silence();
}

#[test]
fn a_file_system_without_events_is_looked_at_regularly() {
    let mut boxes = Dropboxes::with(16, |config| {
        config.events = Events::Poll(Duration::from_millis(200))
    });
    std::fs::create_dir_all(boxes.ada("Album/Disc")).unwrap();
    boxes.write("Album/Disc/Song.wav", b"music");
    assert_eq!(boxes.arrival().path, Path::new("Album/Disc/Song.wav"));
    boxes.silence();
}

#[test]
fn when_the_studio_is_busy_files_wait_and_none_is_lost() {
    let mut boxes = Dropboxes::with(1, |_| {});
    for number in 0..50 {
        boxes.write(&format!("{number}.wav"), b"music");
    }
    let first = boxes.arrival();
    // Nothing is taken from the channel: one file fills it, the others wait for it.
    let waiting = |boxes: &Dropboxes| {
        let list = boxes.watcher.as_ref().unwrap().waiting();
        list.iter().filter(|one| one.why == Why::Queue).count()
    };
    let deadline = Instant::now() + PATIENCE;
    while waiting(&boxes) != 48 {
        assert!(Instant::now() < deadline, "{}", waiting(&boxes));
        std::thread::sleep(Duration::from_millis(10));
    }
    let rest = boxes.collect(49, PATIENCE);
    assert!(!rest.contains_key(&first.path) && rest.values().all(|count| *count == 1));
}

/// Makes the kernel's queue of events as short as can be for watchers started meanwhile; needs root.
struct ShortQueue(String);

impl ShortQueue {
    const SETTING: &str = "/proc/sys/fs/inotify/max_queued_events";

    fn set() -> Self {
        let before = std::fs::read_to_string(Self::SETTING).unwrap();
        let short = Self(before);
        Self::write("64");
        short
    }

    fn write(value: &str) {
        let mut setting = OpenOptions::new().write(true).open(Self::SETTING).unwrap();
        setting.write_all(value.trim().as_bytes()).unwrap();
    }
}

impl Drop for ShortQueue {
    fn drop(&mut self) {
        Self::write(&self.0);
    }
}

#[test]
fn twenty_thousand_files_dropped_at_once_each_come_out_once() {
    // With 64 events at most in the queue most of them are lost (H5).
    let short = ShortQueue::set();
    let mut boxes = Dropboxes::with(256, |config| config.rescan = Duration::from_secs(3600));
    drop(short);
    let folder = boxes.place.path().join("ada");
    let maker = std::thread::spawn(move || {
        for number in 0..20_000 {
            let album = folder.join(format!("Album {}", number / 500));
            if number % 500 == 0 {
                std::fs::create_dir(&album).unwrap();
            }
            File::create(album.join(format!("{number}.wav")))
                .unwrap()
                .write_all(b"music")
                .unwrap();
        }
    });
    // No regular look comes to help within the hour: what was lost is noticed.
    let times = boxes.collect(20_000, Duration::from_secs(300));
    maker.join().unwrap();
    assert!(times.values().all(|count| *count == 1));
    boxes.silence();
}
