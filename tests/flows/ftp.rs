//! FTP through the daemon's own configuration: over TLS, and broken off by the client.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use flows::clients::run;
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::remote::sha256;
use flows::{Lacquer, Settings, until};
use serde_json::{Value, json};

fn write(path: &Path, text: &str) {
    let mut file = File::create_new(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A certificate for loopback, signed by itself, and its key.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("ftp.crt"), folder.join("ftp.key"));
    write(&certificate, &made.cert.pem());
    write(&key, &made.signing_key.serialize_pem());
    (certificate, key)
}

fn ftp_section(lines: &[(&str, &Path)]) -> Settings {
    let lines: Vec<String> = lines
        .iter()
        .map(|(name, path)| format!("{name} = \"{}\"", path.display()))
        .collect();
    Settings {
        sections: vec![("ftp", lines.join("\n"))],
        ..Settings::default()
    }
}

fn curl(lacquer: &Lacquer, more: &[&str], to: &str) -> Output {
    Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "60"])
        .args(["--ftp-create-dirs", "--user", "ada:pw-ada-1234"])
        .args(more)
        .arg(format!("ftp://127.0.0.1:{}/{to}", lacquer.ftp_port))
        .output()
        .unwrap()
}

/// lftp at work with a part of the file on its way.
fn lftp_in_mid_upload(lacquer: &Lacquer, settings: &str, file: &Path) -> Child {
    let script = format!(
        "{settings} set net:limit-rate 1000000; open -u ada,pw-ada-1234 ftp://127.0.0.1:{}; put {}",
        lacquer.ftp_port,
        file.display()
    );
    // A shell's background jobs ignore SIGINT, and their children with them.
    let client = Command::new("env")
        .args(["--default-signal=INT", "lftp", "-c", &script])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let staging = lacquer.data().join("staging");
    until("a part has arrived", PATIENCE, || {
        let parts = flows::remote::files_below(&staging);
        let bytes: u64 = parts
            .iter()
            .filter_map(|p| std::fs::metadata(p).ok())
            .map(|m| m.len())
            .sum();
        (bytes > 500_000).then_some(())
    });
    client
}

fn signal(client: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(client);
    rustix::process::kill_process(pid, signal).unwrap();
}

fn mixes(lacquer: &Lacquer, number: &str) -> Vec<Value> {
    let order = lacquer.show(number);
    let mixes = order["project"]["mixes"].as_object().unwrap();
    mixes.values().cloned().collect()
}

#[test]
fn with_a_certificate_mixes_come_over_tls_and_in_no_other_way() {
    let place = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(place.path());
    let lacquer = Lacquer::start_with(&ftp_section(&[
        ("certificate", &certificate),
        ("key", &key),
    ]));
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Sealed", &["--songs", "2"]);
    let song = |name: &str, seconds: f64| {
        let song = Song {
            seconds,
            key: seconds as u32,
            ..Song::default()
        };
        song.write(&place.path().join(name))
    };
    let (first, second) = (song("First.wav", 6.0), song("Second.wav", 16.0));
    let ca = certificate.to_str().unwrap();

    let plain = curl(
        &lacquer,
        &["--upload-file", first.to_str().unwrap()],
        "First.wav",
    );
    assert!(
        !plain.status.success(),
        "a password in the clear is refused"
    );
    assert!(!lacquer.dropbox("ada").join("First.wav").exists());

    let sealed = ["--ssl-reqd", "--cacert", ca, "--upload-file"];
    let sealed = [&sealed[..], &[first.to_str().unwrap()]].concat();
    let sent = curl(&lacquer, &sealed, "First.wav");
    assert!(
        sent.status.success(),
        "{}",
        String::from_utf8_lossy(&sent.stderr)
    );

    // TLS tells a cancelled upload from a whole one: nothing of it gets the mix's name.
    let tls = format!("set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ssl:ca-file {ca};");
    let mut cancelled = lftp_in_mid_upload(&lacquer, &tls, &second);
    signal(&cancelled, rustix::process::Signal::KILL);
    cancelled.wait().unwrap();
    let resume = format!(
        "{tls} open -u ada,pw-ada-1234 ftp://127.0.0.1:{}; put -c {}",
        lacquer.ftp_port,
        second.display()
    );
    assert!(!lacquer.dropbox("ada").join("Second.wav").exists());
    run(Command::new("lftp").args(["-c", &resume]));
    lacquer.until_stage(&number, "in_review");
    let mut originals: Vec<String> = mixes(&lacquer, &number)
        .iter()
        .map(|mix| text(&mix["original"]))
        .collect();
    let mut sent = vec![sha256(&first), sha256(&second)];
    originals.sort();
    sent.sort();
    assert_eq!(originals, sent);
}

#[test]
fn a_certificate_without_its_key_stops_the_start_with_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    let (certificate, _) = certificate(place.path());
    let mut lacquer = Lacquer::prepare(&ftp_section(&[("certificate", &certificate)]));
    lacquer.spawn();
    let ended = lacquer.settle().expect_err("it cannot start");
    assert_eq!(ended.code(), Some(2), "{}", lacquer.log());
    let log = lacquer.log();
    assert!(
        log.contains("ftp.certificate and ftp.key come together"),
        "{log}"
    );
}

/// Plain FTP ends a cancelled upload and a whole one alike, and a busy machine learns too late
/// that the control connection went as well. Then the part has the mix's name, and its own header
/// tells: it is held until the client goes on.
#[test]
fn an_upload_cancelled_in_lftp_is_held_or_unseen_and_whole_after_going_on() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Cancelled", &["--songs", "1"]);
    let place = tempfile::tempdir().unwrap();
    let song = Song {
        seconds: 16.0,
        ..Song::default()
    }
    .write(&place.path().join("Song.wav"));
    let mut client = lftp_in_mid_upload(&lacquer, "", &song);
    signal(&client, rustix::process::Signal::INT);
    client.wait().unwrap();

    let arrived = lacquer.dropbox("ada").join("Song.wav");
    // What becomes of it shows when the scan after the next has looked at it, if it is there.
    let began = std::time::Instant::now();
    until("the part is held or was never seen", PATIENCE, || {
        assert_eq!(mixes(&lacquer, &number), Vec::<Value>::new());
        let order = lacquer.show(&number);
        let is_held = list(&order["held"]).iter().any(|h| h["path"] == "Song.wav");
        let is_unseen = !arrived.exists() && began.elapsed().as_secs() > 6;
        (is_held || is_unseen).then_some(())
    });
    let resume = format!(
        "open -u ada,pw-ada-1234 ftp://127.0.0.1:{}; put -c {}",
        lacquer.ftp_port,
        song.display()
    );
    run(Command::new("lftp").args(["-c", &resume]));
    lacquer.until_stage(&number, "in_review");
    let taken = mixes(&lacquer, &number);
    assert_eq!(taken.len(), 1, "{taken:#?}");
    assert_eq!(text(&taken[0]["original"]), sha256(&song));
    assert_eq!(lacquer.show(&number)["held"], json!([]));
}
