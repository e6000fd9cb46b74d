//! TLS, passwords, room, and one client who wants everything.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use intake::{FtpLimits, TlsFiles, TlsPolicy};
use tempfile::TempDir;

use crate::house::{House, Plan, curl, run, said, same, succeeds, write};

/// A certificate for 127.0.0.1, made for this test.
fn certificate(place: &TempDir) -> TlsFiles {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: place.path().join("cert.pem"),
        key: place.path().join("key.pem"),
    };
    write(&files.certificate, made.cert.pem().as_bytes());
    write(&files.key, made.signing_key.serialize_pem().as_bytes());
    files
}

#[test]
fn ftps_takes_uploads_and_where_it_is_required_nothing_goes_without() {
    let keys = tempfile::tempdir().unwrap();
    let files = certificate(&keys);
    let authority = files.certificate.to_str().unwrap().to_owned();
    let mut house = House::with(Plan {
        tls: Some((files, TlsPolicy::Required)),
        ..Plan::default()
    });
    let mix = house.mix("Song.wav", 3_000_000);
    let url = house.url("Song.wav");
    succeeds(&curl(&[
        "--ssl-reqd",
        "--cacert",
        &authority,
        "-T",
        mix.to_str().unwrap(),
        &url,
    ]));
    same(&mix, &house.dropbox("Song.wav"));
    assert_eq!(house.announced().len(), 1);
    let back = house.place.path().join("back.wav");
    succeeds(&curl(&[
        "--ssl-reqd",
        "--cacert",
        &authority,
        "-o",
        back.to_str().unwrap(),
        &url,
    ]));
    same(&mix, &back);
    succeeds(&house.lftp(&format!(
        "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; put {} -o Lftp.wav",
        mix.display()
    )));
    same(&mix, &house.dropbox("Lftp.wav"));

    let plain = curl(&["-T", mix.to_str().unwrap(), &house.url("Plain.wav")]);
    assert!(!plain.status.success(), "{}", said(&plain));
    assert!(!house.dropbox("Plain.wav").exists());
}

#[test]
fn a_client_killed_during_ftps_leaves_nothing_to_see() {
    let keys = tempfile::tempdir().unwrap();
    let mut house = House::with(Plan {
        tls: Some((certificate(&keys), TlsPolicy::Offered)),
        ..Plan::default()
    });
    let mix = house.mix("Song.wav", 8_000_000);
    let url = house.url("Song.wav");
    let mut client = crate::house::Own::start(std::process::Command::new("curl").args([
        "-sSk",
        "--ssl-reqd",
        "--limit-rate",
        crate::house::CRAWL,
        "-T",
        mix.to_str().unwrap(),
        &url,
    ]));
    house.until_a_part_has_arrived(&mut client);
    client.kill();
    succeeds(&curl(&[
        "-k",
        "--ssl-reqd",
        "-C",
        "-",
        "-T",
        mix.to_str().unwrap(),
        &url,
    ]));
    same(&mix, &house.dropbox("Song.wav"));
    assert_eq!(
        house.announced().len(),
        1,
        "announced once, when it was whole"
    );
}

#[test]
fn without_a_usable_certificate_the_server_does_not_start() {
    let keys = tempfile::tempdir().unwrap();
    let files = certificate(&keys);
    write(&files.key, b"not a key");
    let failed = std::panic::catch_unwind(|| {
        House::with(Plan {
            tls: Some((files, TlsPolicy::Offered)),
            ..Plan::default()
        })
    });
    assert!(failed.is_err());
}

#[test]
fn five_wrong_passwords_lock_one_login_and_nobody_else() {
    let house = House::open();
    let mut talk = house.talk();
    for _ in 0..5 {
        assert!(talk.log_in("ada", "wrong").starts_with("530"));
    }
    let reply = talk.log_in("ada", "secret");
    assert!(
        reply.starts_with("530") && reply.contains("too many wrong passwords"),
        "{reply}"
    );
    assert!(
        house.talk().log_in("ada", "secret").starts_with("530"),
        "nor over another connection"
    );
    assert!(house.talk().log_in("bob", "secret").starts_with("230"));
}

#[test]
fn the_lock_opens_again_after_its_time() {
    let limits = FtpLimits {
        lock: Duration::from_millis(300),
        ..FtpLimits::default()
    };
    let house = House::with(Plan {
        limits,
        ..Plan::default()
    });
    let mut talk = house.talk();
    for _ in 0..5 {
        talk.log_in("ada", "wrong");
    }
    crate::house::until("the lock opens", || {
        talk.log_in("ada", "secret").starts_with("230")
    });
}

#[test]
fn nothing_works_before_logging_in() {
    let house = House::open();
    write(&house.dropbox("Song.wav"), b"x");
    let mut talk = house.talk();
    for command in [
        "PASV",
        "EPSV",
        "SIZE Song.wav",
        "DELE Song.wav",
        "CWD /",
        "MKD x",
        "STAT /",
    ] {
        assert!(talk.say(command).starts_with("530"), "{command}");
    }
}

#[test]
fn a_full_disk_refuses_an_upload_before_anything_is_written() {
    let house = House::open();
    house.room.store(0, Ordering::SeqCst);
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let reply = talk.send("STOR Song.wav", &[0; 1000]);
    assert!(
        reply.contains("disk is full") || talk.hear().contains("452"),
        "{reply}"
    );
    assert_eq!(house.staged_bytes(), 0);
    assert_eq!(
        std::fs::read_dir(house.place.path().join("staging"))
            .unwrap()
            .count(),
        0
    );
    // There is room again: the same connection goes on.
    house.room.store(u64::MAX, Ordering::SeqCst);
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    assert!(talk.send("STOR Song.wav", &[0; 1000]).starts_with("226"));
}

#[test]
fn a_disk_that_fills_up_on_the_way_keeps_what_came_and_goes_on_later() {
    let house = House::open();
    let mix = house.mix("Song.wav", 40_000_000);
    house.room.store(40_000_000, Ordering::SeqCst);
    let room = std::sync::Arc::clone(&house.room);
    let filling = std::thread::spawn({
        let staging = house.place.path().join("staging");
        move || {
            crate::house::until("it has begun", || {
                std::fs::read_dir(&staging).unwrap().any(|entry| {
                    entry
                        .unwrap()
                        .metadata()
                        .is_ok_and(|facts| facts.len() > 1_000_000)
                })
            });
            room.store(0, Ordering::SeqCst);
        }
    });
    let url = house.url("Song.wav");
    let refused = curl(&["--limit-rate", "40M", "-T", mix.to_str().unwrap(), &url]);
    filling.join().unwrap();
    // curl loses the data connection before it asks for the reason.
    assert!(!refused.status.success(), "{}", said(&refused));
    assert!(!house.dropbox("Song.wav").exists());
    assert!(house.staged_bytes() > 30_000_000);
    house.room.store(u64::MAX, Ordering::SeqCst);
    succeeds(&curl(&["-C", "-", "-T", mix.to_str().unwrap(), &url]));
    same(&mix, &house.dropbox("Song.wav"));
}

#[test]
fn a_file_above_the_limit_is_refused() {
    let limits = FtpLimits {
        max_file_bytes: 1000,
        ..FtpLimits::default()
    };
    let house = House::with(Plan {
        limits,
        ..Plan::default()
    });
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    assert!(talk.send("STOR Small.wav", &[0; 1000]).starts_with("226"));
    let reply = talk.send("STOR Large.wav", &[0; 1001]);
    assert!(
        reply.starts_with("552") && reply.contains("1000 bytes at most"),
        "{reply}"
    );
    assert!(!house.dropbox("Large.wav").exists());
}

#[test]
fn one_login_with_twenty_connections_leaves_room_and_ports_for_others() {
    let limits = FtpLimits {
        sessions_per_user: 20,
        sessions_per_address: 40,
        ..FtpLimits::default()
    };
    // Ports from the middle of nowhere, apart from those the system hands out by itself.
    let first = 20_000 + u16::try_from(std::process::id() % 100).unwrap() * 100;
    let house = House::with(Plan {
        limits,
        passive_ports: first..=first + 49,
        ..Plan::default()
    });
    let mut greedy: Vec<_> = (0..20).map(|_| house.talk()).collect();
    for talk in &mut greedy {
        assert!(talk.log_in("ada", "secret").starts_with("230"));
    }
    assert!(
        house.talk().log_in("ada", "secret").starts_with("530"),
        "twenty are enough"
    );
    // Each asks for one port after another and never uses any.
    for talk in &mut greedy {
        for _ in 0..4 {
            std::io::Write::write_all(&mut talk.control, b"PASV\r\n").unwrap();
        }
    }
    let started = Instant::now();
    let bob = house.url("Song.wav").replace("ada", "bob");
    let mix = house.mix("Song.wav", 100_000);
    for _ in 0..10 {
        succeeds(&curl(&["-T", mix.to_str().unwrap(), &bob]));
    }
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn an_address_with_too_many_connections_is_told_so() {
    let limits = FtpLimits {
        sessions_per_address: 3,
        ..FtpLimits::default()
    };
    let house = House::with(Plan {
        limits,
        ..Plan::default()
    });
    let mut open: Vec<_> = (0..3).map(|_| house.talk()).collect();
    let mut fourth = std::net::TcpStream::connect(house.address).unwrap();
    let mut greeting = String::new();
    std::io::Read::read_to_string(&mut fourth, &mut greeting).unwrap();
    assert!(greeting.starts_with("421"), "{greeting}");
    assert!(open.pop().unwrap().say("QUIT").starts_with("221"));
    crate::house::until("there is a place again", || {
        house.talk().log_in("ada", "secret").starts_with("230")
    });
}

#[test]
fn an_idle_connection_is_closed() {
    let limits = FtpLimits {
        idle_seconds: 1,
        ..FtpLimits::default()
    };
    let house = House::with(Plan {
        limits,
        ..Plan::default()
    });
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let goodbye = talk.hear();
    assert!(goodbye.contains("timed out"), "{goodbye}");

    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let _data = talk.data();
    talk.say("STOR Song.wav");
    assert!(
        talk.hear().starts_with("426"),
        "an upload without a byte is idle too"
    );
}

#[test]
fn anonymous_clients_are_not_let_in() {
    let house = House::open();
    let again =
        run(std::process::Command::new("curl").args(["-sS", &format!("ftp://{}/", house.address)]));
    assert!(!again.status.success(), "{}", said(&again));
}

#[test]
fn a_line_without_an_end_is_not_listened_to_for_ever() {
    let house = House::open();
    let mut endless = house.talk();
    let line = vec![b'x'; 1_000_000];
    crate::house::until("the connection is closed", || {
        std::io::Write::write_all(&mut endless.control, &line).is_err()
    });
    assert!(house.talk().log_in("ada", "secret").starts_with("230"));
}

/// A file system of a few megabytes, until dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let disk = Self(place);
        disk.mount("size=8m");
        disk
    }

    fn mount(&self, options: &str) {
        let mut mount = std::process::Command::new("mount");
        let done = run(mount
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(self.0.path()));
        succeeds(&done);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _shown_by_the_mount_table =
            run(std::process::Command::new("umount").arg(self.0.path()));
    }
}

#[test]
fn a_disk_that_is_really_full_ends_the_upload_and_room_lets_it_go_on() {
    let disk = SmallDisk::new();
    let inside = tempfile::Builder::new().tempdir_in(disk.0.path()).unwrap();
    for login in ["ada", "bob"] {
        std::fs::create_dir_all(inside.path().join("dropboxes").join(login)).unwrap();
    }
    let house = House::at(inside, Plan::default());
    let source = tempfile::tempdir().unwrap();
    let mix = source.path().join("Song.wav");
    write(&mix, &crate::house::noise(20_000_000, 1));
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let bytes = std::fs::read(&mix).unwrap();
    let reply = talk.send("STOR Song.wav", &bytes);
    assert!(reply.starts_with("452"), "{reply}");
    assert!(!house.dropbox("Song.wav").exists());
    assert!(house.staged_bytes() > 4_000_000);

    disk.mount("remount,size=64m");
    succeeds(&curl(&[
        "-C",
        "-",
        "-T",
        mix.to_str().unwrap(),
        &house.url("Song.wav"),
    ]));
    same(&mix, &house.dropbox("Song.wav"));
    drop(house);
}
