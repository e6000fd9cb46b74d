//! Several files on the machine's cores at once, with progress for whoever watches.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does `work` with each file, as many at once as there are cores; the answers stand in the
/// order of the files.
///
/// `doing` is said in front of the progress, which goes to standard error where that is a terminal.
pub(crate) fn each<T: Send>(
    doing: &str,
    files: &[PathBuf],
    work: impl Fn(&Path) -> T + Sync,
) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(files.len()));
    let progress = Progress::new(doing, files.len());
    thread::scope(|scope| {
        for _ in 0..cores.min(files.len()) {
            // A worker process lives as long as the thread that started it, so each file is
            // opened and waited for on one thread.
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(place) else {
                        return;
                    };
                    let answer = work(file);
                    let mut all = answers.lock().expect("no panic holds the list");
                    all.push((place, answer));
                    progress.done(all.len(), file);
                }
            });
        }
    });
    progress.close();
    let mut answers = answers.into_inner().expect("no panic held the list");
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// A line on the terminal that is written over as the work goes on.
struct Progress<'a> {
    doing: &'a str,
    files: usize,
    is_shown: bool,
}

impl<'a> Progress<'a> {
    fn new(doing: &'a str, files: usize) -> Self {
        let progress = Self {
            doing,
            files,
            is_shown: std::io::stderr().is_terminal(),
        };
        progress.say(&format!("{doing} {files} file(s) ..."));
        progress
    }

    fn done(&self, count: usize, file: &Path) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // A name is a client's: nothing in it moves the cursor.
        let name: String = name.chars().filter(|c| !c.is_control()).take(50).collect();
        self.say(&format!("{} {count} of {}: {name}", self.doing, self.files));
    }

    fn say(&self, words: &str) {
        if self.is_shown {
            let mut terminal = std::io::stderr().lock();
            // Progress that cannot be shown is no reason to stop.
            let _ = write!(terminal, "\r\x1b[2K{words}");
            let _ = terminal.flush();
        }
    }

    /// Leaves the terminal as it was.
    fn close(&self) {
        self.say("");
    }
}
