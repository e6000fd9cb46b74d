//! The main job: from a client's upload by FTP to an archived project, read by programs of others.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use flows::clients::{Ftp, run, samples_by_ffmpeg};
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::readers::{ebur128, ffmpeg, ffprobe, is_valid_by_bagit, open_with_age, tag};
use flows::{Lacquer, Settings, until};
use serde_json::{Value, json};

/// How far the loudness that ffmpeg reads may lie from the order's, in LU.
const LOUDNESS_TOLERANCE_LU: f64 = 0.1;

/// An order with its song on the way through the studio.
struct Job {
    lacquer: Lacquer,
    place: tempfile::TempDir,
    number: String,
    portal: String,
    staff: String,
}

impl Job {
    fn open(title: &str, more: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let second = place.path().join("second place");
        std::fs::create_dir(&second).unwrap();
        let lacquer = Lacquer::start_with(&Settings {
            sections: vec![(
                "archive",
                format!("second_place = {:?}", second.display().to_string()),
            )],
            ..Settings::default()
        });
        lacquer.add_client("ada", "");
        lacquer.add_staff("mia");
        let (number, portal) = lacquer.order("ada", title, more);
        let staff = lacquer.log_in("mia");
        Self {
            lacquer,
            place,
            number,
            portal,
            staff,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn path(&self, rest: &str) -> String {
        format!("/orders/{}{rest}", self.number)
    }

    fn seq(&self) -> u64 {
        self.order()["seq"].as_u64().unwrap()
    }

    fn order(&self) -> Value {
        self.lacquer.order_seen(&self.number, &self.staff)
    }

    fn as_staff(&self, what: &str, body: &Value) -> Value {
        self.lacquer
            .must("POST", &self.path(what), &self.staff, body)
    }

    fn as_client(&self, what: &str, body: &Value) -> Value {
        self.lacquer
            .must("POST", &self.path(what), &self.portal, body)
    }

    fn until_in_review(&self, revision: u32) -> Value {
        until(
            &format!("revision {revision} is in review"),
            PATIENCE,
            || {
                let order = self.lacquer.until_stage(&self.number, "in_review");
                (order["project"]["stage"]["revision"] == revision).then_some(order)
            },
        )
    }

    /// Downloads a song's reference and checks its samples against the journal's checksum.
    fn reference(&self, revision: u32, track: &str) -> (PathBuf, String) {
        let address = self.path(&format!("/audio/masters/{revision}/{track}"));
        let got = self.lacquer.download(&address, &self.portal, None);
        assert_eq!(got.status, 200);
        let file = self.at(&format!("reference {revision} {track}.wav"));
        put(&file, &got.bytes);
        let order = self.lacquer.order_seen(&self.number, &self.portal);
        let master =
            &order["project"]["revisions"][revision.to_string()]["tracks"][track]["master"];
        let samples = text(&master["samples"]);
        assert_eq!(samples_by_ffmpeg(&file, "s24le"), samples);
        (file, samples)
    }

    fn first_track(&self) -> String {
        text(&self.order()["project"]["tracks"][0]["id"])
    }

    fn archive(&self, words: &[&str]) -> Value {
        let mut all = vec!["archive"];
        all.extend(words);
        all.push("--json");
        self.lacquer.json(&all)
    }
}

fn put(file: &Path, bytes: &[u8]) {
    File::create_new(file).unwrap().write_all(bytes).unwrap();
}

fn bytes_of(file: &Path) -> Vec<u8> {
    std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

#[track_caller]
fn is_at_target(file: &Path) {
    let read = ebur128(file);
    assert!(
        (read.integrated_lufs + 14.0).abs() <= LOUDNESS_TOLERANCE_LU && read.true_peak_dbtp <= -1.0,
        "{}: {read:?}",
        file.display()
    );
}

#[test]
fn a_mix_sent_with_curl_becomes_an_archive_that_others_can_read() {
    let mut job = Job::open(
        "First Song",
        &["--songs", "1", "--artist", "Ada & the Tests"],
    );
    let mix = Song {
        seconds: 10.0,
        ..Song::default()
    }
    .write(&job.at("First Song.wav"));
    let ftp = Ftp::of(&job.lacquer, "ada");
    ftp.put(&mix, &format!("{}/First Song.wav", job.number));

    job.until_in_review(1);
    report_stands_beside_the_mix(&job);
    let track = job.first_track();
    let (first, heard) = job.reference(1, &track);
    is_at_target(&first);

    ask_for_a_revision(&job, &track);
    let revised = revise(&job, &track);
    assert_ne!(revised, heard, "the changed plan made the same samples");

    approve(&job, 2, &heard);
    job.lacquer.until_stage(&job.number, "archived");
    let finals = fetch_finals(&job);
    finals_hold_what_was_approved(&job, &finals, &revised, 10.0);

    export_waits_for_a_reason(&job);
    let bag = export_is_valid(&job, "export");
    is_refused_with_one_byte_flipped(&job, &bag);
    second_place_opens_with_age(&job, &mix);
    assert_eq!(
        job.archive(&["check", &job.number])["is_whole"],
        json!(true)
    );
    let due = job.archive(&["expire", "--dry-run"]);
    assert_eq!(due["due"], json!([]), "{due}");
    working_files_go_after_90_days_and_a_yes(&mut job);
}

fn report_stands_beside_the_mix(job: &Job) {
    let ftp = Ftp::of(&job.lacquer, "ada");
    let name = "First Song.wav.lacquer.txt";
    until("the report stands beside the mix", PATIENCE, || {
        ftp.list(&job.number)
            .contains(&name.to_owned())
            .then_some(())
    });
    let to = job.at("note.txt");
    ftp.get(&format!("{}/{name}", job.number), &to);
    let note = String::from_utf8(bytes_of(&to)).unwrap();
    for part in ["First Song.wav", &job.number, "WAV, 24 bit, 48 kHz, stereo"] {
        assert!(note.contains(part), "no {part:?} in:\n{note}");
    }
    // The client's file itself is as it was sent.
    let mix = job.lacquer.dropbox("ada").join(&job.number);
    assert_eq!(
        bytes_of(&mix.join("First Song.wav")),
        bytes_of(&job.at("First Song.wav"))
    );
}

fn ask_for_a_revision(job: &Job, track: &str) {
    let said = json!({
        "revision": 1, "track": track, "position_ms": 4_500, "words": "The bass is a little loud here.",
        "key": "comment-1",
    });
    let once = job.as_client("/comment", &said);
    assert_eq!(
        job.as_client("/comment", &said),
        once,
        "the same key is the same comment"
    );
    let order = job.order();
    let comments = list(&order["project"]["comments"]);
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert_eq!(comments[0]["position_ms"], 4_500);

    let stale = json!({ "words": "Less bass, please.", "seq": job.seq() - 1 });
    let refused = job
        .lacquer
        .refused("POST", &job.path("/request-revision"), &job.portal, &stale);
    assert_eq!(refused, 409);
    job.as_client(
        "/request-revision",
        &json!({ "words": "Less bass, please.", "seq": job.seq() }),
    );
    assert_eq!(job.order()["project"]["stage"]["stage"], "adjusting");
}

/// Staff turns a band in the plan's TOML and makes revision 2; gives its samples' checksum.
fn revise(job: &Job, track: &str) -> String {
    let plan = job.lacquer.must(
        "GET",
        &job.path(&format!("/revisions/1/tracks/{track}/plan")),
        &job.staff,
        &Value::Null,
    );
    assert!(!list(&plan["reasons"]).is_empty());
    let before = text(&plan["chain_toml"]);
    let changed = with_less_bass(&before);
    let address = job.path(&format!("/tracks/{track}/plan"));
    let broken = json!({ "chain_toml": before.replace("format = 1", "format = 99") });
    assert_eq!(
        job.lacquer.refused("PUT", &address, &job.staff, &broken),
        422
    );
    let body = json!({ "chain_toml": changed, "seq": job.seq() });
    // A client does not touch plans.
    assert_eq!(
        job.lacquer.refused("PUT", &address, &job.portal, &body),
        403
    );
    job.lacquer.must("PUT", &address, &job.staff, &body);
    job.as_staff("/start-mastering", &json!({}));
    until("revision 2 is mastered", PATIENCE, || {
        let order = job.lacquer.show(&job.number);
        let master = &order["project"]["revisions"]["2"]["tracks"][track]["master"];
        (!master.is_null()).then_some(())
    });
    job.until_in_review(2);
    let (file, samples) = job.reference(2, track);
    // The band moved the loudness, as a person wanted it; the limiter holds the peaks all the same.
    assert!(ebur128(&file).true_peak_dbtp <= -1.0);
    samples
}

/// The plan with its first band turned down by 3 dB, as a person would in an editor.
fn with_less_bass(chain: &str) -> String {
    let mut chain: toml::Table = chain.parse().unwrap();
    let stages = chain["stages"].as_array_mut().unwrap();
    let equaliser = stages
        .iter_mut()
        .find(|stage| stage["processor"].as_str() == Some("equaliser"))
        .expect("the plan of this song has an equaliser");
    let gain = &mut equaliser["bands"][0]["gain_db"];
    *gain = toml::Value::Float(gain.as_float().unwrap() - 3.0);
    toml::to_string(&chain).unwrap()
}

/// Approves with the checksums of something else, which is refused, then with the right ones.
fn approve(job: &Job, revision: u32, of_something_else: &str) {
    let right = job.lacquer.approval(&job.number, &job.portal, revision);
    let mut wrong = right.clone();
    for sum in wrong["samples"].as_object_mut().unwrap().values_mut() {
        *sum = json!(of_something_else);
    }
    let address = job.path("/approve");
    let refused = job.lacquer.refused("POST", &address, &job.portal, &wrong);
    assert_eq!(refused, 409);
    wrong["samples"] = json!({});
    let refused = job.lacquer.refused("POST", &address, &job.portal, &wrong);
    assert_eq!(refused, 409);
    assert!(job.order()["project"]["approval"].is_null());
    // Approving is the client's; the studio cannot do it for them.
    job.lacquer.refused("POST", &address, &job.staff, &right);
    job.as_client("/approve", &right);
    let approval = &job.order()["project"]["approval"];
    assert_eq!(approval["name"], "Ada Example");
    assert_eq!(approval["samples"], right["samples"]);
}

/// A final as the client has it.
struct Fetched {
    format: String,
    file: PathBuf,
}

/// Fetches every final over HTTP, a part of it by a range, and again from the FTP folder.
fn fetch_finals(job: &Job) -> Vec<Fetched> {
    let ftp = Ftp::of(&job.lacquer, "ada");
    let folder = format!(
        "Finals/{} {}",
        job.number,
        text(&job.order()["project"]["title"])
    );
    let lies_there = ftp.list(&folder);
    let order = job.lacquer.order_seen(&job.number, &job.portal);
    let finals = list(&order["project"]["finals"]);
    assert_eq!(lies_there.len(), finals.len(), "{lies_there:?}");
    finals
        .iter()
        .map(|final_file| {
            let (format, name) = (text(&final_file["format"]), text(&final_file["file_name"]));
            let track = text(&final_file["track"]);
            let address = job.path(&format!("/finals/{track}/{format}"));
            let whole = job.lacquer.download(&address, &job.portal, None);
            assert_eq!(whole.status, 200);
            assert!(
                whole.disposition.starts_with("attachment"),
                "{}",
                whole.disposition
            );
            assert!(whole.disposition.contains(&name), "{}", whole.disposition);
            let part = job
                .lacquer
                .download(&address, &job.portal, Some("bytes=1000-2999"));
            assert_eq!(part.status, 206);
            assert_eq!(part.range, format!("bytes 1000-2999/{}", whole.bytes.len()));
            assert_eq!(part.bytes, whole.bytes[1000..3000]);
            let file = job.at(&format!("final {name}"));
            ftp.get(&format!("{folder}/{name}"), &file);
            assert!(
                bytes_of(&file) == whole.bytes,
                "{name} differs between FTP and HTTP"
            );
            Fetched { format, file }
        })
        .collect()
}

fn finals_hold_what_was_approved(job: &Job, finals: &[Fetched], approved: &str, seconds: f64) {
    let formats: Vec<&str> = finals.iter().map(|f| f.format.as_str()).collect();
    assert_eq!(formats, ["wav24", "wav16", "flac24", "mp3"]);
    let artist = text(&job.order()["project"]["artist"]);
    for Fetched { format, file } in finals {
        let probed = ffprobe(file);
        let stream = &probed["streams"][0];
        let rate_hz: f64 = text(&stream["sample_rate"]).parse().unwrap();
        match format.as_str() {
            "wav24" => assert_eq!(samples_by_ffmpeg(file, "s24le"), approved),
            "flac24" => {
                assert_eq!(samples_by_ffmpeg(file, "s24le"), approved);
                run(Command::new("flac").args(["--test", "--silent"]).arg(file));
            }
            "wav16" => {
                assert_eq!(
                    (&stream["bits_per_sample"], rate_hz),
                    (&json!(16), 44_100.0)
                );
                assert_eq!(stream["codec_name"], "pcm_s16le");
            }
            _ => {
                assert_eq!(stream["codec_name"], "mp3");
                assert_eq!(stream["bit_rate"], "320000");
            }
        }
        // MP3 without its gapless header would be some 1100 frames longer.
        let frames = frames_by_ffmpeg(file);
        assert!(
            (frames - seconds * rate_hz).abs() <= 1.0,
            "{format}: {frames} frames"
        );
        assert_eq!(tag(&probed, "title"), "First Song", "{format}: {probed:#}");
        assert_eq!(tag(&probed, "artist"), artist, "{format}: {probed:#}");
    }
}

/// Frames of a stereo file as ffmpeg decodes it.
fn frames_by_ffmpeg(file: &Path) -> f64 {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file)
        .args(["-f", "s16le", "-"])
        .output()
        .unwrap();
    assert!(output.status.success());
    output.stdout.len() as f64 / 4.0
}

/// Writes down why somebody of the studio listens to an instant order.
fn give_reason(job: &Job, by: &[&str]) {
    let words = ["rule", "listening-reason", &job.number, "--for", "testing"];
    let words = [&words[..], &["the export is tried"], by].concat();
    job.lacquer.cli(&words).unwrap();
}

/// Nobody takes an instant order's sound out without the client's permission or a reason, and the
/// client reads the reason.
fn export_waits_for_a_reason(job: &Job) {
    let to = job.at("no export").display().to_string();
    let words = ["archive", "export", &job.number, "--to", &to];
    let refused = job.lacquer.cli(&words).unwrap_err();
    assert!(
        refused.to_string().contains("reason on record"),
        "{refused}"
    );
    give_reason(job, &[]);
    let order = job.lacquer.order_seen(&job.number, &job.portal);
    assert!(
        order["ears"].to_string().contains("the export is tried"),
        "{order}"
    );
    let shown = job.lacquer.cli(&["order", "listening", &job.number]);
    assert!(shown.unwrap().contains("the export is tried"));
}

fn export_is_valid(job: &Job, folder: &str) -> PathBuf {
    let to = job.at(folder).display().to_string();
    let bag = PathBuf::from(text(
        &job.archive(&["export", &job.number, "--to", &to])["bag"],
    ));
    assert!(is_valid_by_bagit(&bag));
    assert_eq!(verify(job, &bag)["is_whole"], true);
    let readme = String::from_utf8(bytes_of(&bag.join("data/README.txt"))).unwrap();
    assert!(
        readme.contains(&job.number) && readme.contains("Ada Example"),
        "{readme}"
    );
    bag
}

fn verify(job: &Job, bag: &Path) -> Value {
    job.lacquer
        .json(&["verify", "--json", &bag.display().to_string()])
}

fn is_refused_with_one_byte_flipped(job: &Job, bag: &Path) {
    let payload = bag.join("data/journal.jsonl");
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(payload)
        .unwrap();
    let mut byte = [0u8];
    file.seek(SeekFrom::Start(40)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(40)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
    drop(file);
    assert!(!is_valid_by_bagit(bag));
    let verdict = verify(job, bag);
    assert_eq!(verdict["is_whole"], false);
    assert!(
        verdict["objections"]
            .to_string()
            .contains("data/journal.jsonl"),
        "{verdict}"
    );
}

/// The copy in the second place opens with nothing but `age` and the key printed at the first start.
fn second_place_opens_with_age(job: &Job, mix: &Path) {
    let bag = job.at("second place").join(&job.number);
    until("the second place has its copy", PATIENCE, || {
        bag.exists().then_some(())
    });
    assert!(is_valid_by_bagit(&bag));
    let words = &job.lacquer.first_words;
    let secret = words.lines().find(|l| l.starts_with("AGE-SECRET-KEY-"));
    put(
        &job.at("recovery.txt"),
        secret.expect("it was printed").as_bytes(),
    );
    let open = |key: &str, sealed: &str, to: &str| {
        open_with_age(&job.at(key), &bag.join(sealed), &job.at(to));
    };
    open("recovery.txt", "data/key.age", "project.key");
    open("project.key", "data/contents.age", "contents");
    let contents = String::from_utf8(bytes_of(&job.at("contents"))).unwrap();
    let line = contents
        .lines()
        .find_map(|l| l.strip_suffix("mixes/First Song.wav"));
    let sha256 = line
        .unwrap_or_else(|| panic!("no mix in {contents}"))
        .trim();
    open(
        "project.key",
        &format!("data/objects/{sha256}.age"),
        "mix.wav",
    );
    assert!(bytes_of(&job.at("mix.wav")) == bytes_of(mix));
}

/// Starts the daemon 91 days later: what is due is said, and goes only with a person's name.
fn working_files_go_after_90_days_and_a_yes(job: &mut Job) {
    let order = job.order();
    let mixes = order["project"]["mixes"].as_object().unwrap();
    let mix = job.path(&format!("/audio/mixes/{}", mixes.keys().next().unwrap()));
    assert!(job.lacquer.stop().success());
    job.lacquer.wrap(&flows::lacquer::days_later(91));
    job.lacquer.launch();
    job.staff = job.lacquer.log_in("mia");

    let said = job.archive(&["expire", "--dry-run"]);
    let due = list(&said["due"]);
    assert_eq!(due.len(), 1, "{said}");
    assert_eq!(
        (&due[0]["what"], &due[0]["number"]),
        (&json!("working"), &json!(job.number))
    );
    assert_eq!(said["released"], false);
    // The reason of three months ago opens nothing any more.
    assert_eq!(job.lacquer.download(&mix, &job.staff, None).status, 403);
    let by_mia = ["--by", "mia"];
    give_reason(job, &by_mia);
    assert_eq!(job.lacquer.download(&mix, &job.staff, None).status, 200);

    let gone = job.archive(&["expire", "--confirmed-by", "Mia Example"]);
    assert_eq!(gone["released"], true);
    until("the working files are gone", PATIENCE, || {
        let status = job.lacquer.download(&mix, &job.staff, None).status;
        (status == 404 || status == 410).then_some(())
    });
    assert_eq!(job.archive(&["expire", "--dry-run"])["due"], json!([]));
    let order = job.order().to_string();
    assert!(
        order.contains("Mia Example"),
        "the journal does not say who let them go: {order}"
    );
    let checked = job.archive(&["check", &job.number]);
    assert_eq!(checked["is_whole"], true, "{checked}");
    give_reason(job, &[]);
    export_is_valid(job, "export after 91 days");
}

#[test]
fn two_songs_by_an_engineer_with_a_master_made_elsewhere() {
    let mut job = Job::open(
        "Two Songs",
        &["--engineer", "--songs", "2", "--declared", "48000/24"],
    );
    let day = Song {
        seconds: 6.0,
        ..Song::default()
    };
    // Not the rate that was declared: somebody has to decide.
    let night = Song {
        rate_hz: 44_100,
        key: 5,
        ..day
    };
    let first = day.write(&job.at("01 Day.wav"));
    let second = night.write(&job.at("02 Night.wav"));
    let ftp = Ftp::of(&job.lacquer, "ada");
    ftp.lftp(&format!(
        "mkdir {0}; put -O {0} '{1}'",
        job.number,
        first.display()
    ));
    until_mixes(&job, 1);
    ftp.lftp(&format!("put -O {} '{}'", job.number, second.display()));
    until_mixes(&job, 2);
    nothing_is_mastered_before_staff_goes_on(&job);

    job.as_staff("/start-mastering", &json!({}));
    until("both songs are mastered", PATIENCE, || {
        is_mastered(&job, 1).then_some(())
    });
    // An engineer's reference goes out when a person sends it, and not before.
    assert_eq!(job.order()["project"]["stage"]["stage"], "mastering");
    let seen = job.lacquer.order_seen(&job.number, &job.portal);
    assert_eq!(seen["project"]["revisions"], json!({}));
    job.as_staff("/send-reference", &json!({ "revision": 1 }));
    job.until_in_review(1);
    let night = track_titled(&job, "Night");
    let (heard, samples) = job.reference(1, &night);
    is_at_target(&heard);

    let elsewhere = a_master_made_elsewhere(&job, &heard, &samples);
    let day = track_titled(&job, "Day");
    let (_, of_day) = job.reference(1, &day);
    approve(&job, 2, &samples);
    job.lacquer.until_stage(&job.number, "delivered");
    for Fetched { format, file } in fetch_finals(&job) {
        let approved = if file.display().to_string().contains("Night") {
            &elsewhere
        } else {
            &of_day
        };
        if matches!(format.as_str(), "wav24" | "flac24") {
            assert_eq!(
                &samples_by_ffmpeg(&file, "s24le"),
                approved,
                "{}",
                file.display()
            );
        }
    }
    job.as_staff("/complete", &json!({}));
    job.lacquer.until_stage(&job.number, "archived");
    let bag = export_is_valid(&job, "export");
    let received = bag.join("data/revision 2/02 as received LQ-1001 Night.wav");
    assert!(bytes_of(&received) == bytes_of(&job.at("LQ-1001 Night.wav")));
    assert!(job.lacquer.stop().success());
}

fn until_mixes(job: &Job, count: usize) {
    until(&format!("{count} mixes are checked"), PATIENCE, || {
        let mixes = job.order()["project"]["mixes"].as_object()?.len();
        (mixes == count).then_some(())
    });
}

fn is_mastered(job: &Job, revision: u32) -> bool {
    let order = job.order();
    let tracks = order["project"]["revisions"][revision.to_string()]["tracks"].clone();
    let masters = tracks.as_object().unwrap();
    masters.values().all(|version| !version["master"].is_null())
}

fn track_titled(job: &Job, title: &str) -> String {
    let order = job.order();
    let tracks = list(&order["project"]["tracks"]);
    let track = tracks.iter().find(|track| track["title"] == title);
    text(&track.unwrap_or_else(|| panic!("no {title} in {tracks:?}"))["id"])
}

/// The second mix asks; until a person goes on with it, no revision opens and nothing is mastered.
fn nothing_is_mastered_before_staff_goes_on(job: &Job) {
    let order = job.order();
    assert_eq!(order["project"]["stage"]["stage"], "intake");
    assert_eq!(order["project"]["revisions"], json!({}));
    let mixes = order["project"]["mixes"].as_object().unwrap();
    let asking = mixes.iter().find(|(_, mix)| {
        list(&mix["findings"])
            .iter()
            .any(|finding| finding["severity"] == "ask")
    });
    let (mix, row) = asking.unwrap_or_else(|| panic!("nobody asks: {mixes:?}"));
    assert_eq!(row["file_name"], "02 Night.wav");
    assert!(
        row["findings"]
            .to_string()
            .contains("format_not_as_declared")
    );
    let address = job.path("/go-on-with");
    for what in ["/start-mastering", "/close-intake"] {
        assert_eq!(
            job.lacquer
                .refused("POST", &job.path(what), &job.staff, &json!({})),
            409
        );
    }
    let mute = json!({ "mix": mix, "reason": " " });
    let refused = job.lacquer.refused("POST", &address, &job.staff, &mute);
    assert!(refused == 409 || refused == 422, "{refused}");
    let reason =
        json!({ "mix": mix, "reason": "Ada says on the phone that this is the right file." });
    // The client cannot wave their own mix through.
    job.lacquer.refused("POST", &address, &job.portal, &reason);
    job.as_staff("/go-on-with", &reason);
    let accepted = &job.order()["project"]["mixes"][mix]["accepted"];
    assert_eq!(accepted["reason"], reason["reason"]);
    until("the first revision is open", PATIENCE, || {
        (job.order()["project"]["stage"]["stage"] == "adjusting").then_some(())
    });
}

/// Makes a quieter master of a reference with ffmpeg and sends it by FTP as staff; gives its samples' checksum.
fn a_master_made_elsewhere(job: &Job, heard: &Path, before: &str) -> String {
    let file = job.at(&format!("{} Night.wav", job.number));
    ffmpeg(heard, &["-af", "volume=-0.7dB", "-c:a", "pcm_s24le"], &file);
    let samples = samples_by_ffmpeg(&file, "s24le");
    assert_ne!(samples, before);
    Ftp::of(&job.lacquer, "mia").put(&file, &format!("Masters/{} Night.wav", job.number));
    until("revision 2 is mastered", PATIENCE, || {
        (!job.order()["project"]["revisions"]["2"].is_null() && is_mastered(job, 2)).then_some(())
    });
    job.as_staff("/send-reference", &json!({ "revision": 2 }));
    job.until_in_review(2);
    let (_, sent) = job.reference(2, &track_titled(job, "Night"));
    assert_eq!(sent, samples, "the master made elsewhere was changed");
    samples
}
