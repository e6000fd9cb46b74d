//! A full disk under the daemon.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use flows::desk::list;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::remote::{Answer, Remote};
use flows::small_disk::SmallDisk;
use flows::{Lacquer, Settings, until};
use serde_json::json;

#[test]
fn a_full_disk_refuses_uploads_and_work_goes_on_by_itself_when_there_is_room() {
    let place = tempfile::tempdir().unwrap();
    let disk = SmallDisk::mount(place.path().join("disk"), 160);
    let mut lacquer = Lacquer::start_with(&Settings {
        data: Some(disk.path().join("data")),
        sections: vec![("disk", "reserve_bytes = 8000000".to_owned())],
        ..Settings::default()
    });
    lacquer.add_client("ada", "");
    lacquer.add_staff("mia");
    let remote = Remote::of(&lacquer);
    let (number, portal) = lacquer.order("ada", "Full", &[]);
    let song = |name: &str, key: u32| {
        let song = Song {
            key,
            ..Song::default()
        };
        song.write(&place.path().join(name))
    };
    let (first, second) = (song("First.wav", 1), song("Second.wav", 2));
    let taken = |name: &str| {
        let order = lacquer.show(&number);
        let mixes = order["project"]["mixes"].as_object().unwrap().clone();
        mixes.values().filter(|m| m["file_name"] == name).count()
    };

    // Nothing but the reserve is left: what comes over the share waits, uploads are refused.
    let ballast = disk.leave_free(9);
    std::fs::copy(&first, lacquer.dropbox("ada").join("First.wav")).unwrap();
    check_ftp_is_refused(&remote, &second);
    check_upload_is_refused(&lacquer, &number, &portal, &second);
    assert!(!lacquer.dropbox("ada").join("Second.wav").exists());
    until("the check waits for room", PATIENCE, || {
        lacquer
            .log()
            .contains("no room: the job waits")
            .then_some(())
    });
    // The studio can still be entered and asked.
    let staff = lacquer.log_in("mia");
    let _ = lacquer.order_seen(&number, &staff);
    assert_eq!(remote.get("/healthz"), Some(200));
    assert_eq!(remote.get(&format!("/p/{portal}")), Some(200));
    assert_eq!((taken("First.wav"), taken("Second.wav")), (0, 0));

    // Not one byte is left: what cannot be written is refused in words, and reading goes on.
    disk.leave_free(0);
    fill_to_the_last_byte(&ballast);
    let login = json!({ "login": "mia", "password": "pw-mia-1234" });
    match remote.ask("POST", "/session", "", &login) {
        Answer::Given(_) => {}
        Answer::Refused(status, words) => assert_eq!(status, 507, "{words}"),
        Answer::Gone => panic!("the daemon is gone: {}", lacquer.log()),
    }
    let _ = lacquer.order_seen(&number, &staff);

    std::fs::remove_file(&ballast).unwrap();
    until("the waiting mix is taken by itself", PATIENCE, || {
        (taken("First.wav") == 1).then_some(())
    });
    assert!(
        remote
            .send("ada", &second, "Second.wav", &[])
            .status
            .success()
    );
    until("the refused mix is taken", PATIENCE, || {
        (taken("Second.wav") == 1).then_some(())
    });
    let _ = lacquer.log_in("mia");
    assert_eq!(list(&lacquer.show(&number)["held"]).len(), 0);
    let log = lacquer.log();
    assert!(!log.contains("panicked at"), "{log}");
    assert!(lacquer.is_running(), "it has run through: {log}");
    assert!(lacquer.stop().success());
}

fn fill_to_the_last_byte(ballast: &Path) {
    let mut file = File::options().append(true).open(ballast).unwrap();
    for bytes in [65_536, 4_096, 512, 1] {
        while file.write_all(&vec![1; bytes]).is_ok() {}
    }
}

/// FTP answers 452 and says why, and its client hears it.
fn check_ftp_is_refused(remote: &Remote, file: &Path) {
    let refused = remote.send("ada", file, "Second.wav", &["--verbose"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("452"), "{said}");
    assert!(said.contains("disk is full"), "{said}");
}

/// The portal's upload answers 507.
fn check_upload_is_refused(lacquer: &Lacquer, number: &str, portal: &str, file: &Path) {
    let answer = Command::new("curl")
        .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(["-X", "POST", "-H", "Content-Type: application/octet-stream"])
        .args(["-H", &format!("Authorization: Bearer {portal}")])
        .arg("--data-binary")
        .arg(format!("@{}", file.display()))
        .arg(format!(
            "{}/api/v1/orders/{number}/uploads/Second.wav",
            lacquer.web
        ))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "507");
}
