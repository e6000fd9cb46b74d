//! The command line on good and bad files: what it answers, and with which exit code.

use std::path::Path;
use std::process::{Command, Output};

use flows::lacquer::program;
use flows::mixes::Song;
use serde_json::Value;

/// Done, and nothing to object to.
const GOOD: Option<i32> = Some(0);
/// Done, and the answer is no.
const NO: Option<i32> = Some(1);
/// Could not be done.
const FAILED: Option<i32> = Some(2);

/// A folder with a whole song, a cut one, and a text that calls itself a WAV.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let song = Song {
            seconds: 6.0,
            ..Song::default()
        }
        .write(&folder.path().join("song.wav"));
        let whole = std::fs::read(&song).unwrap();
        keep(&folder.path().join("cut.wav"), &whole[..whole.len() / 2]);
        keep(
            &folder.path().join("text.wav"),
            b"Dear engineer, the mix follows tomorrow.",
        );
        Self(folder)
    }

    /// Runs `lacquer` in the folder; the words are separated by blanks.
    fn lacquer(&self, words: &str) -> Output {
        Command::new(program())
            .args(words.split(' '))
            .current_dir(self.0.path())
            .env("LACQUER_DATA", self.0.path().join("nobody's data"))
            .output()
            .unwrap()
    }

    /// Runs it and gives its JSON document.
    fn json(&self, words: &str, code: Option<i32>) -> Value {
        let done = self.lacquer(words);
        assert_eq!(done.status.code(), code, "{words}: {done:?}");
        serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{words}: {e}: {done:?}"))
    }
}

fn keep(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn the_exit_code_says_what_the_answer_is() {
    let desk = Desk::new();
    let cases = [
        ("check song.wav", GOOD, ""),
        ("check cut.wav", NO, ""),
        ("check song.wav text.wav", NO, ""),
        ("check --declared 96000/24 song.wav", NO, ""),
        ("check --declared lots song.wav", FAILED, "96000/24"),
        ("check gone.wav", FAILED, "could not open gone.wav"),
        ("measure song.wav", GOOD, ""),
        ("measure cut.wav", NO, ""),
        ("measure text.wav", FAILED, "no sound file"),
        ("master cut.wav -o a.wav", FAILED, "not all there"),
        (
            "master song.wav -o b.wav --loudness 5",
            FAILED,
            "not 5 LUFS",
        ),
        (
            "master song.wav -o none/c.wav",
            FAILED,
            "could not make none/c.wav",
        ),
        ("master song.wav -o master.wav", GOOD, ""),
        (
            "master song.wav -o master.wav",
            FAILED,
            "could not make master.wav",
        ),
        ("verify master.wav", GOOD, ""),
        ("verify cut.wav", NO, ""),
        ("verify gone", FAILED, "could not look at gone"),
        ("order list", FAILED, "no Lacquer is running"),
        ("insert list", GOOD, ""),
    ];
    for (words, code, reason) in cases {
        let done = desk.lacquer(words);
        assert_eq!(done.status.code(), code, "{words}: {done:?}");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains(reason), "{words}: {said}");
        let is_silent = done.stdout.is_empty();
        assert_eq!(is_silent, code == FAILED, "{words}: {done:?}");
    }
    // What could not be done leaves nothing half behind.
    for name in ["a.wav", "b.wav"] {
        assert!(!desk.0.path().join(name).exists(), "{name}");
    }
}

#[test]
fn one_document_a_list_for_several_files_units_in_the_names() {
    let desk = Desk::new();
    let one = desk.json("check song.wav --json", GOOD);
    assert_eq!(one["verdict"], "clear");
    let both = desk.json("check song.wav cut.wav --json", NO);
    assert_eq!(both[0], one);
    assert_eq!(both[1]["verdict"], "blocks");
    assert_eq!(both[1]["findings"][0]["code"], "cut_short");

    let measured = desk.json("measure song.wav --json", GOOD);
    for name in [
        "integrated_lufs",
        "lra_lu",
        "max_momentary_lufs",
        "max_short_term_lufs",
        "true_peak_dbtp",
        "sample_peak_dbfs",
        "plr_lu",
        "correlation",
    ] {
        assert!(measured[name].is_number(), "{name} in {measured:#}");
    }
    assert_eq!(measured["is_complete"], true);
    assert_eq!(measured["samples_sha256"], one["samples_sha256"]);
    let both = desk.json("measure song.wav cut.wav --json", NO);
    assert_eq!(both[0], measured);
    assert_eq!(both[1]["is_complete"], false);

    let master = desk.json("master song.wav -o master.wav --json", GOOD);
    let loudness = master["measurements"]["integrated_lufs"].as_f64().unwrap();
    assert!((loudness + 14.0).abs() < 0.1, "{loudness}");
    let verified = desk.json("verify master.wav --json", GOOD);
    assert_eq!(verified["is_whole"], true);
    let samples = &verified["files"][0]["samples_sha256"];
    assert_eq!(*samples, master["samples_sha256"]);
    let set = desk.json("verify . --json", NO);
    assert_eq!(set["files"].as_array().map(Vec::len), Some(4), "{set:#}");
}

#[test]
fn a_chain_of_the_house_is_called_by_its_name() {
    let desk = Desk::new();
    let by_name = desk.json("master song.wav -o name.wav --chain warm_tape --json", GOOD);
    assert!(by_name["plan"].is_null(), "{by_name:#}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("../config/chains/warm_tape.toml");
    let words = format!(
        "master song.wav -o file.wav --chain {} --json",
        file.display()
    );
    let by_file = desk.json(&words, GOOD);
    assert_eq!(by_name["samples_sha256"], by_file["samples_sha256"]);
    let unknown = desk.lacquer("master song.wav -o no.wav --chain cold_tape");
    assert_eq!(unknown.status.code(), FAILED);
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(said.contains("warm_tape"), "{said}");
}

#[test]
fn a_chain_comes_to_the_loudness_asked_for_and_never_in_silence_by_another_way() {
    let desk = Desk::new();
    let of = |more: &str| format!("master song.wav -o {more} --chain warm_tape");
    let words = of("loud.wav --loudness -12.5 --budget 12 --json");
    let made = desk.json(&words, GOOD);
    let lufs = made["measurements"]["integrated_lufs"].as_f64().unwrap();
    assert!((lufs + 12.5).abs() <= 0.05, "{lufs} LUFS");
    assert_eq!(made["loudness"]["outcome"], "reached", "{made:#}");
    // The chain as it was played: with its gain, and nothing left to find.
    assert!(made["chain"]["loudness"].is_null());
    let refused = [
        (
            of("a.wav --loudness -6 --way gain"),
            "by gain alone -6 LUFS",
        ),
        (of("b.wav --loudness -8 --budget 1"), "the budget is 1 dB"),
        (
            "master song.wav -o c.wav --loudness -12 --way gain".to_owned(),
            "--chain",
        ),
    ];
    for (words, reason) in refused {
        let done = desk.lacquer(&words);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), FAILED, "{words}: {said}");
        assert!(said.contains(reason), "{words}: {said}");
    }
    assert!(!desk.0.path().join("a.wav").exists());
    let words = of("stop.wav --loudness -6 --budget 1 --over-budget stop");
    let said = desk.lacquer(&words);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("LU short of -6 LUFS"), "{said}");
}

#[test]
fn an_intensity_limits_what_loudness_may_cost_and_says_so() {
    let desk = Desk::new();
    let reached = |intensity: &str| {
        let words = format!(
            "master song.wav -o {intensity}.wav --loudness -7 --intensity {intensity} --json"
        );
        let master = desk.json(&words, GOOD);
        assert_eq!(master["plan"]["intensity"], intensity);
        master["measurements"]["integrated_lufs"].as_f64().unwrap()
    };
    let (gentle, balanced, loud) = (reached("gentle"), reached("balanced"), reached("loud"));
    assert!(
        gentle < balanced - 0.2 && balanced < loud - 0.2,
        "{gentle} {balanced} {loud}"
    );
    let said =
        desk.lacquer("master song.wav -o said.wav --loudness -7 --intensity gentle --explain");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("more than 4 dB of limiting"), "{said}");
}

#[test]
fn a_style_has_its_own_loudness_and_tone() {
    let desk = Desk::new();
    let master = desk.json("master song.wav -o rock.wav --style rock --json", GOOD);
    let lufs = master["measurements"]["integrated_lufs"].as_f64().unwrap();
    assert_eq!(master["plan"]["style"], "rock");
    assert_eq!(master["plan"]["target"]["integrated_lufs"], -12.0);
    assert!((lufs + 12.0).abs() <= 0.1, "{lufs} LUFS");
    let said = desk.lacquer("master song.wav -o choir.wav --style classical --explain");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        said.contains("the composer's: it is not compressed"),
        "{said}"
    );
    assert!(said.contains("usual of classical music"), "{said}");
    let refused = desk.lacquer("master song.wav -o polka.wav --style polka");
    assert_eq!(refused.status.code(), FAILED);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        words.contains("unknown variant `polka`, expected one of"),
        "{words}"
    );
}

/// Two halves that add up to the song, made by another program.
fn halve(desk: &Desk) {
    for name in ["drums", "rest"] {
        let made = Command::new("sox")
            .args(["-D", "-v", "0.5", "song.wav"])
            .arg(format!("{name}.wav"))
            .current_dir(desk.0.path())
            .status();
        assert!(made.unwrap().success());
    }
}

#[test]
fn stems_go_through_the_chain_of_their_mix_and_add_up_to_its_master() {
    let desk = Desk::new();
    halve(&desk);
    let words = "master song.wav -o song_master.wav --loudness -8 --stem drums.wav --stem rest.wav";
    let made = desk.json(&format!("{words} --json"), GOOD);
    let alone = desk.json("master song.wav -o alone.wav --loudness -8 --json", GOOD);
    assert_eq!(made["samples_sha256"], alone["samples_sha256"]);
    let stems = &made["stems"];
    assert_eq!(stems["sum_to_the_mix"], true, "{stems:#}");
    let before = stems["mix_minus_stems"]["rms_dbfs"].as_f64().unwrap();
    let after = stems["master_minus_stems"]["rms_dbfs"].as_f64().unwrap();
    assert!(before < -130.0 && after <= -100.0, "{before} {after}");
    assert_eq!(stems["files"][1]["output"], "rest (stem) master.wav");
    // Added up again by another program: dither of three files at 24 bits is left.
    let sum = Command::new("sox")
        .args(["-m", "-v", "1", "song_master.wav"])
        .args(["-v", "-1", "drums (stem) master.wav"])
        .args(["-v", "-1", "rest (stem) master.wav"])
        .args(["-n", "stats"])
        .current_dir(desk.0.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&sum.stderr).into_owned();
    let peak = said.lines().find(|line| line.starts_with("Pk lev dB"));
    let peak: f64 = peak
        .unwrap()
        .split_whitespace()
        .nth(3)
        .unwrap()
        .parse()
        .unwrap();
    assert!(peak <= -100.0, "{said}");
}

#[test]
fn what_does_not_go_with_a_mix_is_refused_and_nothing_half_stays() {
    let desk = Desk::new();
    halve(&desk);
    let short = Command::new("sox")
        .args(["-D", "drums.wav", "short.wav", "trim", "0", "5"])
        .current_dir(desk.0.path())
        .status();
    assert!(short.unwrap().success());
    let cases = [
        (
            "--stem short.wav",
            "short.wav does not go with the mix: it is 240000 frames long and the mix 288000",
        ),
        ("--stem cut.wav", "cut.wav is not all there"),
        (
            "--stem drums.wav --rate 44100",
            "at its own rate: ask for 48000 Hz",
        ),
        ("--key drums.wav", "no stage of the chain listens"),
    ];
    for (more, reason) in cases {
        let done = desk.lacquer(&format!(
            "master song.wav -o m.wav --chain transparent {more}"
        ));
        assert_eq!(done.status.code(), FAILED, "{more}: {done:?}");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains(reason), "{more}: {said}");
    }
    let left = std::fs::read_dir(desk.0.path()).unwrap();
    let left = left.flatten().map(|entry| entry.file_name());
    let masters = left.filter(|name| name.to_string_lossy().ends_with("master.wav"));
    assert_eq!(masters.count(), 0);
    assert!(!desk.0.path().join("m.wav").exists());
    // What bends the wave is named.
    let bent =
        desk.lacquer("master song.wav -o m.wav --chain warm_tape --stem drums.wav --stem rest.wav");
    let said = String::from_utf8_lossy(&bent.stdout);
    assert!(said.contains("bends the wave"), "{bent:?}");
}

#[test]
fn a_mix_is_matched_to_a_reference_as_a_chain_and_as_a_master() {
    let desk = Desk::new();
    // Something as full as music, and itself brighter, leaner, louder and at another rate, by another program.
    let sox = |words: &str| {
        let done = Command::new("sox")
            .args(words.split(' '))
            .current_dir(desk.0.path())
            .status();
        assert!(done.unwrap().success(), "{words}");
    };
    sox("-R -r 48000 -n -b 24 -c 2 full.wav synth 8 pinknoise tremolo 0.5 60 gain -14");
    sox("-D full.wav -r 44100 bright.wav gain -6 bass -5 treble +4 4000 gain 9");
    let words = "match full.wav --reference bright.wav -o chain.toml --json";
    let said = desk.json(words, GOOD);
    let (before, after) = (
        &said["match"]["error_before_db"],
        &said["match"]["error_after_db"],
    );
    assert!(
        before.as_f64() > Some(1.5) && after.as_f64() < Some(0.7),
        "{said:#}"
    );
    let text = std::fs::read_to_string(desk.0.path().join("chain.toml")).unwrap();
    assert!(text.starts_with("# The reference measures"), "{text}");
    let again = desk.lacquer("match full.wav --reference bright.wav -o chain.toml");
    assert_eq!(again.status.code(), FAILED, "a chain is never replaced");

    // The chain by hand and the match in one go are the same master, as loud as the reference.
    let by_hand = desk.json("master full.wav -o a.wav --chain chain.toml --json", GOOD);
    let at_once = desk.json(
        "master full.wav -o b.wav --reference bright.wav --json",
        GOOD,
    );
    assert_eq!(by_hand["samples_sha256"], at_once["samples_sha256"]);
    assert_eq!(at_once["match"]["reasons"], said["match"]["reasons"]);
    let lufs = |document: &Value| document["integrated_lufs"].as_f64().unwrap();
    let reference = desk.json("measure bright.wav --json", GOOD);
    let off = lufs(&at_once["measurements"]) - lufs(&reference);
    assert!(off.abs() < 0.3, "{off} LU");

    let both = desk.lacquer("master full.wav -o c.wav --reference bright.wav --chain chain.toml");
    assert_eq!(both.status.code(), FAILED, "{both:?}");
    let text = desk.lacquer("match full.wav --reference text.wav -o d.toml");
    assert!(
        String::from_utf8_lossy(&text.stderr).contains("text.wav"),
        "{text:?}"
    );
    let far = desk.lacquer("match full.wav --reference bright.wav -o d.toml --amount 120");
    let said = String::from_utf8_lossy(&far.stderr);
    assert!(
        said.contains("amount_percent must be from 0 to 100"),
        "{said}"
    );
    assert!(!desk.0.path().join("d.toml").exists());
}

#[test]
fn several_files_are_compared_and_a_missing_one_stops_nobody() {
    let desk = Desk::new();
    let alternates = desk.0.path().join("Alternate Mixes");
    std::fs::create_dir(&alternates).unwrap();
    let made = Command::new("sox")
        .args([
            "-D",
            "song.wav",
            "Alternate Mixes/song (Instrumental).wav",
            "pad",
            "4800s",
        ])
        .current_dir(desk.0.path())
        .status();
    assert!(made.unwrap().success());
    let run = |verb: &str| {
        let done = Command::new(program())
            .args([
                verb,
                "gone.wav",
                "song.wav",
                "Alternate Mixes/song (Instrumental).wav",
                "--json",
            ])
            .current_dir(desk.0.path())
            .output()
            .unwrap();
        assert_eq!(done.status.code(), FAILED, "{done:?}");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(said.contains("could not open gone.wav"), "{said}");
        serde_json::from_slice::<Value>(&done.stdout).unwrap()
    };
    let all = run("check");
    assert_eq!(all[0]["verdict"], "not_checked");
    assert_eq!(all[0]["findings"][0]["code"], "unreadable");
    assert_eq!(all[1]["verdict"], "clear", "{:#}", all[1]);
    let found = all[2]["findings"].as_array().unwrap();
    let start = found.iter().find(|f| f["code"] == "alternate_start");
    let start = start.unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(
        start["evidence"][0]["value"].as_f64(),
        Some(4800.0),
        "{start:#}"
    );
    assert_eq!(all[2]["verdict"], "asks");

    let measured = run("measure");
    assert!(measured[0]["error"].as_str().unwrap().contains("gone.wav"));
    assert!(measured[1]["integrated_lufs"].is_number());
    assert_eq!(measured.as_array().map(Vec::len), Some(3));
}

#[test]
fn the_doctor_names_each_organ() {
    let desk = Desk::new();
    let said = desk.json("doctor --json", GOOD);
    assert_eq!(said["is_good"], true);
    let results = said["results"].as_array().unwrap();
    for name in ["disk", "clock", "meter", "dsp", "sandbox", "loopback"] {
        let result = results.iter().find(|result| result["name"] == name);
        assert_eq!(
            result.map(|r| &r["grade"]),
            Some(&"good".into()),
            "{said:#}"
        );
    }
}
