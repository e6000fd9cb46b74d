//! A client's share: a real `smbd` over the daemon's dropboxes, and `smbclient`. Needs to be run as root.

use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use flows::clients::run;
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, until};
use intake::smb::{self, SmbAccount, SmbConfig};
use serde_json::json;
use soundfile::SampleType;

/// The password of the share.
const PASSWORD: &str = "sesame, open \"now\"";
/// Half of the long song; smbclient reads 16 MiB and more of its input before it sends anything.
const HALF: usize = 24_000_000;

/// Samba over the dropbox of `ada`, whose Unix user Debian has anyway.
struct Share {
    place: tempfile::TempDir,
    port: u16,
    smbd: Child,
}

impl Share {
    fn open(lacquer: &Lacquer) -> Self {
        let place = tempfile::tempdir().unwrap();
        let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let config = SmbConfig {
            server_name: "LACQUERFLOW".to_owned(),
            port,
            interfaces: vec!["lo".to_owned()],
            state: place.path().join("samba"),
            owner: "root".to_owned(),
            group: "root".to_owned(),
        };
        for folder in config.folders() {
            let mut private = DirBuilder::new();
            private.recursive(true).mode(0o700).create(folder).unwrap();
        }
        let ada = SmbAccount::with_unix_user("ada", "games", lacquer.dropbox("ada")).unwrap();
        let accounts = [ada];
        let conf = place.path().join("smb.conf");
        let rendered = smb::render_config(&config, &accounts).unwrap();
        write(&conf, rendered.as_bytes());
        let map = smb::render_user_map(&accounts);
        write(&config.state.join("users.map"), map.as_bytes());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            smb::check_config(&conf).await.unwrap();
            smb::set_password(&conf, &accounts[0], PASSWORD)
                .await
                .unwrap();
        });
        let smbd = start_smbd(&conf, port);
        Self { place, port, smbd }
    }

    fn client(&self, commands: &str) -> Command {
        self.client_of("ada", commands)
    }

    fn client_of(&self, share: &str, commands: &str) -> Command {
        let mut client = Command::new("smbclient");
        client
            .args(["-s", "/dev/null", "-p", &self.port.to_string()])
            .args([
                "-U",
                &format!("ada%{PASSWORD}"),
                &format!("//127.0.0.1/{share}"),
            ])
            .args(["-c", commands]);
        client
    }

    fn put(&self, file: &Path, to: &str) {
        run(&mut self.client(&format!("put \"{}\" \"{to}\"", file.display())));
    }

    /// Ends the client when about half of the file has reached the share.
    fn put_and_break_off(&self, file: &Path, to: &str, lies_at: &Path) {
        let mut client = self
            .client(&format!("put - \"{to}\""))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let whole = std::fs::read(file).unwrap();
        let mut input = client.stdin.take().unwrap();
        input.write_all(&whole[..HALF]).unwrap();
        until("half of the mix is on the share", PATIENCE, || {
            let facts = std::fs::metadata(lies_at).ok()?;
            (facts.len() >= 1_000_000).then_some(())
        });
        client.kill().unwrap();
        client.wait().unwrap();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.smbd);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.smbd.wait().unwrap();
    }
}

fn write(path: &Path, bytes: &[u8]) {
    File::create_new(path).unwrap().write_all(bytes).unwrap();
}

fn start_smbd(conf: &Path, port: u16) -> Child {
    // On its way out it signals its process group, which must not be ours.
    let smbd = Command::new("smbd")
        .args(["--foreground", "--no-process-group", "--debug-stdout"])
        .arg(format!("--configfile={}", conf.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    until("smbd listens", PATIENCE, || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
    });
    smbd
}

/// A song of 48 MB.
fn long_song(place: &Path) -> PathBuf {
    let song = Song {
        seconds: 62.0,
        rate_hz: 96_000,
        sample: SampleType::F32,
        ..Song::default()
    };
    song.write(&place.join("long song.wav"))
}

#[test]
fn a_mix_put_on_the_share_is_mastered_and_its_finals_lie_there() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    let (number, portal) = lacquer.order("ada", "Shared", &["--songs", "1"]);
    let share = Share::open(&lacquer);
    let song = Song {
        seconds: 6.0,
        ..Song::default()
    };
    let mix = song.write(&share.place.path().join("mix.wav"));
    run(&mut share.client(&format!("mkdir \"{number}\"")));
    share.put(&mix, &format!("{number}\\Song.wav"));
    let order = lacquer.until_stage(&number, "in_review");
    let mixes = order["project"]["mixes"].as_object().unwrap();
    assert_eq!(mixes.len(), 1, "taken once: {mixes:?}");

    let note = share.place.path().join("note.txt");
    let get = format!(
        "get \"{number}\\Song.wav.lacquer.txt\" \"{}\"",
        note.display()
    );
    run(&mut share.client(&get));
    assert!(
        std::fs::read_to_string(note)
            .unwrap()
            .contains("WAV, 24 bit, 48 kHz")
    );
    let yes = lacquer.approval(&number, &portal, 1);
    lacquer.must("POST", &format!("/orders/{number}/approve"), &portal, &yes);
    lacquer.until_stage(&number, "archived");
    let finals = share.place.path().join("final.flac");
    let name = format!("{number} Shared\\{number} 01 Song (24-48).flac");
    let get = format!("get \"{name}\" \"{}\"", finals.display());
    run(&mut share.client_of("ada-finals", &get));
    run(Command::new("flac")
        .args(["--test", "--silent"])
        .arg(finals));
}

#[test]
fn a_client_killed_in_mid_upload_is_never_mastered_and_the_whole_file_is() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    lacquer.add_staff("mia");
    let staff = lacquer.log_in("mia");
    let (number, _) = lacquer.order("ada", "Broken Off", &["--songs", "1"]);
    let share = Share::open(&lacquer);
    let whole = long_song(share.place.path());
    let name = format!("{number} Song.wav");
    let lies_at = lacquer.dropbox("ada").join(&name);
    share.put_and_break_off(&whole, &name, &lies_at);

    let held = until("the half is held", PATIENCE, || {
        let order = lacquer.show(&number);
        assert_eq!(order["project"]["mixes"], json!({}), "half a mix was taken");
        list(&order["held"]).first().cloned()
    });
    assert_eq!(held["path"], json!(name));
    let note = lies_at.with_file_name(format!("{name}.lacquer.txt"));
    let note = until("the client is told", PATIENCE, || {
        std::fs::read_to_string(&note).ok()
    });
    // The note breaks its lines where the reason has blanks.
    let in_one_line = note.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(in_one_line.contains(&text(&held["reason"])), "{note}");
    let notices = lacquer.must("GET", "/notices", &staff, &serde_json::Value::Null);
    assert!(
        list(&notices).iter().any(|n| n["kind"] == "held"),
        "{notices}"
    );

    share.put(&whole, &name);
    let order = lacquer.until_stage(&number, "in_review");
    let mixes = order["project"]["mixes"].as_object().unwrap();
    assert_eq!(mixes.len(), 1, "{mixes:?}");
    let mix = mixes.values().next().unwrap();
    let samples = flows::clients::samples_by_ffmpeg(&whole, "f32le");
    assert_eq!(mix["audio"]["samples"], json!(samples));
    assert_eq!(order["held"], json!([]));
}
