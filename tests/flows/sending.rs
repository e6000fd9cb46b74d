//! A record sent to those who take it: by SFTP to OpenSSH's server as a DDEX batch, by FTPS to ProFTPD as a folder; and what happens
//! where another server answers, a login is refused, a disk is full, a server or the daemon dies in the middle.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use flows::browser::Browser;
use flows::clients::send_record;
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::readers::{read_with, says};
use flows::recipients::{Proftpd, Relay, Safety, Sshd, checksums, in_the_order_of_time, me};
use flows::small_disk::SmallDisk;
use flows::{Lacquer, Settings, until};
use serde_json::{Value, json};

const TITLES: [&str; 2] = ["Rain", "Snöw & \"Ice\""];
const SECONDS: f64 = 20.0;

struct Room {
    lacquer: Lacquer,
    number: String,
    portal: String,
    mia: String,
    password: String,
    place: tempfile::TempDir,
}

/// Writes a file that only we read, in the place of another.
fn keep(path: &Path, text: &[u8]) {
    let _ = std::fs::remove_file(path);
    let mut file = std::fs::File::options();
    let file = file.write(true).create_new(true).mode(0o600).open(path);
    file.unwrap().write_all(text).unwrap();
}

const DDEX: &str = "
[ddex]
sender = \"PADPIDA2013020101A\"
sender_name = \"Laqueur\"
recipient = \"PADPIDA2014090401U\"
recipient_name = \"The distributor\"
version = \"4.3\"
deals = [\"download\", \"subscription\"]
";

impl Room {
    /// A studio with an approved record of two songs with all that a distributor asks for.
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        for folder in ["profiles", "secrets"] {
            std::fs::create_dir(place.path().join(folder)).unwrap();
        }
        let at = place.path().display();
        let folders = format!("profiles = \"{at}/profiles\"\nsecrets = \"{at}/secrets\"");
        let lacquer = Lacquer::start_with(&Settings {
            sections: vec![("deliveries", folders)],
            ..Settings::default()
        });
        let password = lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Weather", &["--songs", "2"]);
        send_record(&lacquer, ("ada", &number), &TITLES, SECONDS);
        let mia = lacquer.log_in("mia");
        lacquer.until_stage(&number, "in_review");
        let room = Self {
            lacquer,
            number,
            portal,
            mia,
            password,
            place,
        };
        let yes = room.lacquer.approval(&room.number, &room.portal, 1);
        room.lacquer
            .must("POST", &room.path("approve"), &room.portal, &yes);
        room.lacquer.until_stage(&room.number, "archived");
        let why = json!({ "purpose": "testing", "reason": "what arrives is compared" });
        room.give("listening-reason", &why);
        room.describe();
        room
    }

    fn path(&self, what: &str) -> String {
        format!("/orders/{}/{what}", self.number)
    }

    fn give(&self, what: &str, body: &Value) -> Value {
        self.lacquer.must("POST", &self.path(what), &self.mia, body)
    }

    fn packages(&self) -> Value {
        self.lacquer
            .must("GET", &self.path("packages"), &self.mia, &Value::Null)
    }

    fn package(&self, no: u64) -> Value {
        let view = self.packages();
        let mut all = list(&view["packages"]).iter();
        all.find(|one| one["no"] == no).unwrap().clone()
    }

    /// What a distributor asks for.
    fn describe(&self) {
        let order = self.lacquer.show(&self.number);
        let tracks = list(&order["project"]["tracks"]);
        let songs = tracks
            .iter()
            .map(|track| (text(&track["id"]), json!({ "warning": "not_needed" })));
        let songs: serde_json::Map<String, Value> = songs.collect();
        let release = json!({ "release": {
            "kind": "ep", "artist": "Ada Example", "label": "Lacquer Records", "catalogue_no": "LAQ001", "ean": "4006381333931",
            "year": 2026, "c_owner": "Ada Example", "p_owner": "Ada Example", "language": "en", "genre": "alternative",
            "released_on": "2027-01-15", "territories": ["DE", "AT"], "songs": songs,
        }});
        self.give("describe-release", &release);
        for (track, no) in tracks.iter().zip(1..) {
            let isrc = format!("DEA12260000{no}");
            self.give(
                "mark-track",
                &json!({ "track": track["id"], "isrc": isrc, "credits": "" }),
            );
        }
        let draw = "ffmpeg -v error -f lavfi -i testsrc2=size=3000x3000 -frames:v 1 front.jpg";
        read_with(self.place.path(), draw);
        let cover = self.place.path().join("front.jpg");
        let words = ["release", "cover", &self.number, cover.to_str().unwrap()];
        self.lacquer.cli(&words).unwrap();
    }

    /// A profile of the studio's with a server.
    fn profile(&self, name: &str, formats: &str, upload: &str) {
        let text = format!(
            "title = \"{name}\"\nformats = [{formats}]\nneeds = []\n{DDEX}\n[upload]\n{upload}\n"
        );
        let path = self
            .place
            .path()
            .join("profiles")
            .join(format!("{name}.toml"));
        keep(&path, text.as_bytes());
    }

    fn secret(&self, name: &str, text: &[u8]) {
        keep(&self.place.path().join("secrets").join(name), text);
    }

    /// Has a package made by a profile, and gives its number and its folder, fetched and taken apart.
    fn made(&self, profile: &str) -> (u64, PathBuf) {
        self.give("packages", &json!({ "profile": profile }));
        let view = self.packages();
        let no = view["packages"][0]["no"].as_u64().unwrap();
        until("the package is made", PATIENCE, || {
            let package = self.package(no);
            assert_eq!(package["failed"], Value::Null, "{package:#}");
            package["made"].is_object().then_some(())
        });
        let address = self.path(&format!("packages/{no}/files/0"));
        let got = self.lacquer.download(&address, &self.mia, None);
        assert_eq!(got.status, 200);
        let zip = self.place.path().join(format!("{no}.zip"));
        keep(&zip, &got.bytes);
        let out = self.place.path().join(format!("package {no}"));
        std::fs::create_dir(&out).unwrap();
        read_with(
            &out,
            &format!("python3 -m zipfile -e '{}' .", zip.display()),
        );
        (no, out)
    }

    fn outcome(&self, no: u64) -> Value {
        let sendings = self.package(no)["sendings"].clone();
        list(&sendings).last().unwrap()["outcome"].clone()
    }

    fn until_sent(&self, no: u64) -> Value {
        until("the package is sent", PATIENCE, || {
            let outcome = self.outcome(no);
            assert_ne!(outcome["outcome"], "failed", "{outcome:#}");
            (outcome["outcome"] == "sent").then_some(outcome)
        })
    }

    fn until_failed(&self, no: u64) -> String {
        until("the sending is given up", PATIENCE, || {
            let outcome = self.outcome(no);
            assert_ne!(outcome["outcome"], "sent", "{outcome:#}");
            outcome["why"].as_str().map(str::to_owned)
        })
    }

    /// Waits until it says why it waits.
    fn until_waiting_for(&self, no: u64, words: &str) {
        until(words, PATIENCE, || {
            let progress = self.package(no)["sending"]["progress"].clone();
            let said = progress["waits_for"].as_str()?;
            said.contains(words).then_some(())
        });
    }

    fn send(&self, no: u64) {
        self.give("send-package", &json!({ "no": no }));
    }

    fn tried(&self, profile: &str) -> (bool, String) {
        let tried = self.give("try-upload", &json!({ "profile": profile }));
        (tried["is_good"] == true, tried["said"].to_string())
    }
}

fn upload(to: &str, host_key: &str, secret: &str, more: &str) -> String {
    let key = if host_key.is_empty() {
        String::new()
    } else {
        format!("host_key = \"{host_key}\"\n")
    };
    format!("to = \"{to}\"\n{key}secret = \"{secret}\"\n{more}\n")
}

/// The first tries: the server's key is told and nothing sent, another's key and a wrong login are refused with a sentence.
fn first_tries(room: &Room, sshd: &mut Sshd) {
    let to = sshd.address(sshd.port(), "");
    let (ours, other) = (sshd.fingerprint(), sshd.fingerprint_of_another());
    let ddex = "\"ddex\"";
    room.profile(
        "batch",
        ddex,
        &upload(&to, "", "distributor.key", "layout = \"batch\""),
    );
    let (is_good, said) = room.tried("batch");
    assert!(!is_good);
    says(&said, &["distributor.key", "cannot be read"]);
    room.secret("distributor.key", &std::fs::read(sshd.key()).unwrap());
    let (is_good, said) = room.tried("batch");
    assert!(!is_good);
    says(&said, &["not known yet", &ours, "nothing was sent"]);
    room.profile(
        "batch",
        ddex,
        &upload(&to, &other, "distributor.key", "layout = \"batch\""),
    );
    let (is_good, said) = room.tried("batch");
    assert!(!is_good);
    says(&said, &[&ours, &other, "stand in between"]);
    room.profile(
        "batch",
        ddex,
        &upload(&to, &ours, "wrong", "layout = \"batch\""),
    );
    room.secret("wrong", b"not the password\n");
    let words = ["release", "try", &room.number, "batch"];
    let said = room.lacquer.cli(&words).unwrap();
    says(&said, &["did not let", &me(), "check the name"]);
    room.profile(
        "batch",
        ddex,
        &upload(&to, &ours, "distributor.key", "layout = \"batch\""),
    );
    let said = room.lacquer.cli(&words).unwrap();
    says(&said, &["let us in", &ours, "can be written"]);
    assert_eq!(checksums(&sshd.incoming()).len(), 0, "trying sends nothing");
}

/// A batch by the page's buttons: byte for byte the package's, the word that it is complete last.
fn a_batch(room: &Room, sshd: &Sshd, browser: &Browser) -> u64 {
    let (no, package) = room.made("batch");
    let at = format!("{}/orders/{}/deliveries", room.lacquer.web, room.number);
    browser.go(&at);
    browser.send("#profile-batch form[action$='/try'] button");
    let told = browser.script("return document.querySelector('#profile-batch').textContent");
    says(told.as_str().unwrap(), &["let us in", &sshd.fingerprint()]);
    browser.picture("sending-tried.png");
    browser.send(&format!(
        "#package-{no} .sending form[action$='/send'] button"
    ));
    let sent = room.until_sent(no);
    assert_eq!(
        sent["shown"],
        format!("{} (ssh-ed25519)", sshd.fingerprint())
    );
    let ours = checksums(&package.join("DDEX"));
    assert_eq!(
        sent["files"].as_u64().unwrap(),
        u64::try_from(ours.len()).unwrap()
    );
    assert_eq!(checksums(&sshd.incoming()), ours);
    let order = in_the_order_of_time(&sshd.incoming());
    says(order.last().unwrap(), &["BatchComplete_"]);

    let again = room.lacquer.refused(
        "POST",
        &room.path("send-package"),
        &room.mia,
        &json!({ "no": no }),
    );
    assert_eq!(again, 409, "sending twice wants a word");
    browser.go(&at);
    says(
        browser
            .script(&format!(
                "return document.querySelector('#package-{no}').textContent"
            ))
            .as_str()
            .unwrap(),
        &["It lies at its recipient", "Send it again"],
    );
    browser.picture("sending-sent.png");
    let seen = room
        .lacquer
        .must("GET", &room.path("packages"), &room.portal, &Value::Null);
    let seen = seen.to_string();
    says(&seen, &["\"outcome\":\"sent\""]);
    for hidden in ["sftp://", "SHA256:", "distributor.key"] {
        assert!(!seen.contains(hidden), "the client does not see {hidden}");
    }
    no
}

/// No secret stands in the journal, the database's rows or a log.
fn no_secret_is_told(room: &Room, words: &[&str]) {
    let order = room.lacquer.show(&room.number).to_string();
    let log = room.lacquer.log();
    for word in words {
        assert!(!order.contains(word) && !log.contains(word), "{word}");
    }
}

/// A server that dies in the middle and comes back; then the daemon dies in the middle. Nothing half lies under its name.
fn in_the_middle(room: &mut Room, sshd: &mut Sshd) {
    let relay = Relay::to(sshd.port());
    let to = sshd.address(relay.port(), "");
    let more = "layout = \"folder\"\ncheck = \"read\"";
    let formats = "\"wav-24\", \"flac-24\"";
    room.profile(
        "folder",
        formats,
        &upload(&to, &sshd.fingerprint(), "distributor.key", more),
    );
    let (no, package) = room.made("folder");
    let there = sshd.incoming().join(format!("{}-{no}", room.number));
    relay.slow_down(2_000_000);
    room.send(no);
    let half = |room: &Room| {
        until("it is in the middle", PATIENCE, || {
            let done = room.package(no)["sending"]["progress"]["bytes_done"].as_u64()?;
            (done > 1_000_000).then_some(())
        });
    };
    half(room);
    sshd.kill();
    whole_or_not_there(&package, &there);
    room.until_waiting_for(no, "");
    sshd.start();
    until("it goes on", PATIENCE, || {
        let progress = room.package(no)["sending"]["progress"].clone();
        let done = progress["bytes_done"].as_u64()?;
        (progress["waits_for"].is_null() && done > 1_500_000).then_some(())
    });
    room.lacquer.kill();
    whole_or_not_there(&package, &there);
    relay.speed_up();
    room.lacquer.launch();
    room.mia = room.lacquer.log_in("mia");
    room.until_sent(no);
    assert_eq!(checksums(&there), checksums(&package));
    let order = in_the_order_of_time(&there);
    assert!(order.iter().all(|path| !path.ends_with(".part")));
}

fn whole_or_not_there(package: &Path, there: &Path) {
    let ours = checksums(package);
    for line in checksums(there) {
        assert!(
            line.ends_with(".part") || ours.contains(&line),
            "{line} is half"
        );
    }
}

/// By FTPS onto a full disk: it is waited for, and called off.
fn by_ftps(room: &Room) {
    let ftpd = Proftpd::new(Safety::Tls);
    room.secret("ftp.password", format!("{}\n", ftpd.password()).as_bytes());
    let formats = "\"wav-24\"";
    let server = upload(
        &ftpd.address(ftpd.port()),
        &ftpd.fingerprint(),
        "ftp.password",
        "",
    );
    room.profile("ftps", formats, &server);
    let (no, package) = room.made("ftps");
    let disk = SmallDisk::mount(ftpd.incoming(), 16);
    let ballast = disk.leave_free(1);
    room.send(no);
    room.until_waiting_for(no, "no room left");
    room.lacquer
        .cli(&[
            "release",
            "call-off",
            &room.number,
            &no.to_string(),
            "--by",
            "mia",
        ])
        .unwrap();
    assert_eq!(room.outcome(no)["outcome"], "called_off");
    std::fs::remove_file(ballast).unwrap();
    let words = [
        "release",
        "send",
        &room.number,
        &no.to_string(),
        "--by",
        "mia",
    ];
    room.lacquer.cli(&words).unwrap();
    room.until_sent(no);
    let there = ftpd.incoming().join(format!("{}-{no}", room.number));
    assert_eq!(checksums(&there), checksums(&package));
    says(
        in_the_order_of_time(&there).last().unwrap(),
        &["CHECKSUMS.sha256"],
    );
    no_secret_is_told(room, &[ftpd.password()]);
}

/// A folder that cannot be written is said, and is not tried again; so is one that is not there.
fn refused_places(room: &Room, sshd: &Sshd) {
    let to = sshd.address(sshd.port(), "not there");
    let more = "layout = \"archive\"";
    let formats = "\"flac-16@44100\"";
    room.profile(
        "archive",
        formats,
        &upload(&to, &sshd.fingerprint(), "distributor.key", more),
    );
    let (no, _) = room.made("archive");
    room.send(no);
    says(&room.until_failed(no), &["has no folder", "not there"]);
    // Where we are root nothing but another file system keeps us out.
    let to = to.replace(
        &format!("{}", sshd.incoming().join("not there").display()),
        "/proc",
    );
    room.profile(
        "archive",
        formats,
        &upload(&to, &sshd.fingerprint(), "distributor.key", more),
    );
    let (is_good, _) = room.tried("archive");
    assert!(!is_good, "nobody writes there");
    room.send(no);
    let notices = room.until_failed(no);
    says(&notices, &["/proc"]);
    let to = sshd.address(sshd.port(), "");
    room.profile(
        "archive",
        formats,
        &upload(&to, &sshd.fingerprint(), "distributor.key", more),
    );
    room.send(no);
    room.until_sent(no);
    let there = sshd.incoming().join(format!("{}-{no}.zip", room.number));
    let ours = std::fs::read(room.place.path().join(format!("{no}.zip"))).unwrap();
    assert!(std::fs::read(there).unwrap() == ours);
}

#[test]
fn a_record_is_sent_to_those_who_take_it() {
    let mut room = Room::open();
    let mut sshd = Sshd::new();
    first_tries(&room, &mut sshd);
    let browser = Browser::open(1280, 1500);
    browser.log_in(&room.lacquer.web, "mia", &room.password);
    a_batch(&room, &sshd, &browser);
    browser.be_as_small_as(390, 900);
    browser.go(&format!(
        "{}/orders/{}/deliveries",
        room.lacquer.web, room.number
    ));
    browser.fits();
    refused_places(&room, &sshd);
    by_ftps(&room);
    in_the_middle(&mut room, &mut sshd);
    let key = std::fs::read_to_string(sshd.key()).unwrap();
    no_secret_is_told(&room, &["not the password", key.lines().nth(1).unwrap()]);
}
