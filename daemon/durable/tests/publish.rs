//! Files that are absent or complete, whatever fails on the way.
//!
//! The tests about failing calls run themselves a second time as a child process under `strace`.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};

use durable::{
    Draft, DurableError, Step, is_draft_name, make_folder, publish_folder, remove, replace,
    store_once,
};

const CHILD: &str = "DURABLE_TEST_CHILD";

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mix.wav");
    store_once(&path, b"first").unwrap();
    let error = store_once(&path, b"second").unwrap_err();
    assert!(error.is_already_there() && !error.is_final());
    assert_eq!(error.step, Step::Publish);
    assert!(error.to_string().starts_with("could not publish "));
    assert_eq!(fs::read(&path).unwrap(), b"first");
    assert_eq!(names_in(folder.path()), ["mix.wav"]);
}

#[test]
fn a_note_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mix.lacquer.txt");
    for words in ["a long first note", "short"] {
        replace(&path, words.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), words);
    }
    assert_eq!(names_in(folder.path()), ["mix.lacquer.txt"]);
}

#[test]
fn a_draft_is_hidden_until_it_is_published_and_gone_when_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut draft = Draft::create_private_in(folder.path()).unwrap();
    draft.write_all(b"RIFF....data").unwrap();
    // Encoders come back to the header at the end.
    draft.seek(SeekFrom::Start(4)).unwrap();
    draft.write_all(b"size").unwrap();
    let name = draft.path().file_name().unwrap().to_owned();
    assert!(is_draft_name(&name));
    assert!(!is_draft_name("mix.wav".as_ref()));
    let mode = fs::metadata(draft.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let path = folder.path().join("mix.wav");
    draft.publish(&path).unwrap();
    let mut words = String::new();
    let mut file = fs::File::open(&path).unwrap();
    file.read_to_string(&mut words).unwrap();
    assert_eq!(words, "RIFFsizedata");
    drop(Draft::create_in(folder.path()).unwrap());
    assert_eq!(names_in(folder.path()), ["mix.wav"]);
}

#[test]
fn folders_are_made_with_those_above_them() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b/c");
    make_folder(&deep).unwrap();
    make_folder(&deep).unwrap();
    assert!(deep.is_dir());
    store_once(&folder.path().join("file"), b"").unwrap();
    let error = make_folder(&folder.path().join("file/below")).unwrap_err();
    assert_eq!(error.step, Step::Create);
}

#[test]
fn a_folder_appears_whole_or_not_at_all() {
    let shelf = tempfile::tempdir().unwrap();
    let bag = shelf.path().join("bag");
    let fill = |folder: &Path| {
        assert!(!bag.exists(), "nothing shows while it is filled");
        make_folder(&folder.join("data"))?;
        store_once(&folder.join("data/a"), b"a")
    };
    publish_folder(&bag, fill).unwrap();
    assert_eq!(fs::read(bag.join("data/a")).unwrap(), b"a");
    let again: Result<(), DurableError> = publish_folder(&bag, |_| Ok(()));
    assert!(again.unwrap_err().is_already_there());
    let fail = |folder: &Path| {
        store_once(&folder.join("half"), b"x")?;
        store_once(&folder.join("half"), b"y")
    };
    publish_folder(&shelf.path().join("other"), fail).unwrap_err();
    assert_eq!(names_in(shelf.path()), ["bag"]);
}

#[test]
fn a_name_is_taken_away_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mix.wav");
    store_once(&path, b"x").unwrap();
    remove(&path).unwrap();
    remove(&path).unwrap();
    assert_eq!(names_in(folder.path()), Vec::<String>::new());
    let error = remove(folder.path()).unwrap_err();
    assert_eq!(error.step, Step::Remove);
}

/// How the child ends: stored, or the step that failed, and what its error said of itself.
fn end_of(stored: &Result<(), DurableError>) -> i32 {
    let Err(error) = stored else { return 10 };
    let step = match error.step {
        Step::Create => 20,
        Step::Write => 30,
        Step::Sync => 40,
        Step::Publish => 50,
        Step::SyncFolder => 60,
        Step::Remove => 70,
    };
    step + i32::from(error.is_final()) + 2 * i32::from(error.is_no_room())
}

/// Stores a file in a child whose nth call fails; gives its end and what it left.
fn failing(test: &str, fault: &str) -> (i32, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let call = fault.split(':').next().unwrap();
    let status = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null"])
        .args(["-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={fault}")])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--test-threads=1"])
        .env(CHILD, folder.path())
        .stdout(Stdio::null())
        .status()
        .expect("strace is installed");
    (status.code().unwrap_or(-1), names_in(folder.path()))
}

fn child_of() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

#[test]
fn each_step_that_fails_is_named_and_leaves_nothing_half() {
    let test = "each_step_that_fails_is_named_and_leaves_nothing_half";
    if let Some(folder) = child_of() {
        exit(end_of(&store_once(&folder.join("mix.wav"), &[7; 3000])));
    }
    let nothing: [&str; 0] = [];
    for (fault, end, left) in [
        ("fsync:error=EIO:when=1", 41, &nothing[..]),
        ("fsync:error=ENOSPC:when=1", 43, &nothing[..]),
        // The name stands, but nobody knows for how long: it is not acknowledged.
        ("fsync:error=EIO:when=2", 61, &["mix.wav"][..]),
        ("renameat2:error=ENOSPC:when=1", 52, &nothing[..]),
        ("renameat2:error=EIO:when=1", 51, &nothing[..]),
        // File systems that do not know the flag get a link instead.
        ("renameat2:error=EINVAL:when=1", 10, &["mix.wav"][..]),
        ("renameat2:error=ENOSYS:when=1", 10, &["mix.wav"][..]),
    ] {
        let (found, names) = failing(test, fault);
        assert_eq!(
            (found, names),
            (end, left.iter().map(ToString::to_string).collect()),
            "{fault}"
        );
    }
}

#[test]
fn a_kill_leaves_a_draft_or_a_whole_file() {
    let test = "a_kill_leaves_a_draft_or_a_whole_file";
    if let Some(folder) = child_of() {
        exit(end_of(&store_once(&folder.join("mix.wav"), &[7; 3000])));
    }
    for (fault, whole) in [
        ("fsync:signal=KILL:when=1", 0),
        ("renameat2:signal=KILL:when=1", 0),
        ("fsync:signal=KILL:when=2", 1),
    ] {
        let (_, names) = failing(test, fault);
        let (drafts, files): (Vec<String>, Vec<String>) = names
            .into_iter()
            .partition(|name| is_draft_name(name.as_ref()));
        assert!(
            drafts.len() + files.len() <= 1,
            "{fault}: {drafts:?} {files:?}"
        );
        // A signal lands after the call it came with or before it; never in the middle.
        assert!(files.len() >= whole, "{fault}");
    }
}

#[test]
fn a_link_does_not_replace_either() {
    let test = "a_link_does_not_replace_either";
    if let Some(folder) = child_of() {
        let path = folder.join("mix.wav");
        fs::File::create_new(&path).unwrap();
        let stored = store_once(&path, b"second");
        let refused = stored.as_ref().is_err_and(DurableError::is_already_there);
        exit(if refused { 0 } else { 1 });
    }
    let (end, names) = failing(test, "renameat2:error=EINVAL");
    assert_eq!((end, names), (0, vec!["mix.wav".to_owned()]));
}
