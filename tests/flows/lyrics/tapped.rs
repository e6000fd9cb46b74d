//! Words timed by tapping along, and what a package holds of them.

use std::path::{Path, PathBuf};

use flows::browser::Browser;
use flows::clients::{Ftp, decoded_by_ffmpeg, venv};
use flows::desk::list;
use flows::lacquer::{PATIENCE, Settings};
use flows::mixes::Song;
use flows::readers::read_with;
use flows::{Lacquer, until};
use serde_json::{Value, json};
use soundfile::{AudioSpec, SampleType, WavWriter};

const RATE: u32 = 48_000;
/// When each line is heard in the mix, in milliseconds.
const HEARD: [u64; 5] = [1_000, 2_500, 4_000, 5_500, 7_000];
const WORDS: &str =
    "Rain on the roof\nRain in the street\n\nRain that is cut\nRain & <thunder>\nFluß der Nacht\n";
/// What the programme leaves off at the song's beginning, and cuts out of it.
const LEFT_OFF_MS: u64 = 500;
const CUT_MS: (u64, u64) = (3_800, 4_600);

const PROFILE: &str = r#"title = "Words"
formats = ["wav-24", "flac-24", "mp3", "opus", "aac", "lyrics-lrc", "lyrics-ttml", "lyrics-txt"]
names = "{place} {title}"
needs = ["timed_lyrics"]
aac_encoder = ["ffmpeg", "-v", "error", "-i", "{in}", "-c:a", "aac", "-b:a", "256k", "{out}"]
"#;

/// A song in which each line is a burst of 0.4 s over a quiet room.
fn write_bursts(path: &Path) {
    let file = std::fs::File::create_new(path).unwrap();
    let spec = AudioSpec {
        rate_hz: RATE,
        channels: 2,
        sample: SampleType::I24,
    };
    let mut writer = WavWriter::new(file, spec, &[]).unwrap();
    let mut state = 0x9e37_79b9_u32;
    let samples = (0..9 * RATE).map(|frame| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let room = (f64::from(state >> 8) / f64::from(1 << 23) - 1.0) * 1e-4;
        let ms = u64::from(frame) * 1000 / u64::from(RATE);
        let sings = HEARD.iter().any(|at| (*at..at + 400).contains(&ms));
        let t = f64::from(frame) / f64::from(RATE);
        let tone = (std::f64::consts::TAU * 440.0 * t).sin();
        room + if sings { 0.25 * tone } else { 0.0 }
    });
    let samples: Vec<f64> = samples.collect();
    writer.write_planar(&[&samples, &samples]).unwrap();
    writer.finish().unwrap();
}

struct Sung {
    lacquer: Lacquer,
    browser: Browser,
    number: String,
    portal: String,
    mia: String,
    place: tempfile::TempDir,
}

impl Sung {
    /// A studio with a record of two songs in review, of which the second is sung.
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let profiles = place.path().join("profiles");
        std::fs::create_dir(&profiles).unwrap();
        write(&profiles.join("words.toml"), PROFILE.as_bytes());
        let lacquer = Lacquer::start_with(&Settings {
            sections: vec![(
                "deliveries",
                format!("profiles = \"{}\"", profiles.display()),
            )],
            ..Settings::default()
        });
        lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Weather", &["--songs", "2"]);
        let snow = Song {
            seconds: 6.0,
            ..Song::default()
        };
        let (first, second) = (
            place.path().join("01. Snow.wav"),
            place.path().join("02. Rain.wav"),
        );
        snow.write(&first);
        write_bursts(&second);
        for mix in [&first, &second] {
            let name = mix.file_name().unwrap().to_str().unwrap();
            Ftp::of(&lacquer, "ada").put(mix, &format!("{number} {name}"));
        }
        let mia = lacquer.log_in("mia");
        let room = Self {
            browser: Browser::open(1280, 1600),
            lacquer,
            number,
            portal,
            mia,
            place,
        };
        room.go_on();
        room.lacquer.until_stage(&room.number, "in_review");
        room
    }

    /// Bursts are no music, and are mastered all the same.
    fn go_on(&self) {
        let order = until("both mixes are checked and compared", PATIENCE, || {
            let order = self.lacquer.show(&self.number);
            let came = order["project"]["mixes"].as_object()?.len();
            let compared = order["project"]["compared"].as_array()?.len();
            (came == 2 && compared == 2).then_some(order)
        });
        for (id, mix) in order["project"]["mixes"].as_object().unwrap() {
            let asks = |lines: &Value| list(lines).iter().any(|line| line["severity"] != "note");
            let is_open = mix["accepted"].is_null();
            if is_open && (asks(&mix["findings"]) || asks(&mix["set_findings"])) {
                self.give("go-on-with", &json!({ "mix": id, "reason": "made so" }));
            }
        }
    }

    fn path(&self, what: &str) -> String {
        format!("/orders/{}/{what}", self.number)
    }

    fn give(&self, what: &str, body: &Value) -> Value {
        let path = self.path(what);
        self.lacquer.must("POST", &path, &self.mia, body)
    }

    /// The words of Rain as they are kept.
    fn kept(&self) -> Value {
        let path = self.path("lyrics");
        let view = self.lacquer.must("GET", &path, &self.mia, &Value::Null);
        let mut songs = list(&view["songs"]).iter();
        songs.find(|song| song["title"] == "Rain").unwrap().clone()
    }

    /// When its lines begin, in milliseconds; none of the gap.
    fn times(&self) -> Vec<u64> {
        let kept = self.kept();
        let lines = list(&kept["lines"]).iter();
        lines.filter_map(|line| line["from_ms"].as_u64()).collect()
    }

    fn until_page(&self, what: &str, is_so: &str) -> Value {
        let script =
            format!("const r = document.getElementById('lyrics')?.dataset; return r && {is_so}");
        self.browser.until(what, &script)
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// The client pastes words, and taps while the player passes each line; a key for a line, as a hand would press it.
fn tap(room: &Sung) -> Vec<u64> {
    let browser = &room.browser;
    let track = room.kept()["track"].as_str().unwrap().to_owned();
    browser.go(&format!(
        "{}/p/{}/lyrics?song={track}",
        room.lacquer.web, room.portal
    ));
    room.until_page("the editor is there", "r.chosen !== undefined");
    browser.type_into("textarea[name=text]", WORDS);
    // Out of the text, so that keys are the editor's.
    browser.click("h1");
    room.until_page("the lines are there", "r.kept === 'no'");
    let hand = format!(
        "const root = document.getElementById('lyrics'), at = {HEARD:?}; let n = 0; window.own = [];
         const key = (kind) => document.body.dispatchEvent(new KeyboardEvent(kind, {{ key: ' ', bubbles: true, cancelable: true }}));
         key('keydown'); key('keyup');
         window.hand = setInterval(() => {{
           const heard = Number(root.dataset.heardMs);
           if (root.querySelector('.player').dataset.state !== 'playing' || n >= at.length || heard < at[n]) return;
           n += 1; window.own.push(heard); key('keydown'); key('keyup');
         }}, 4);"
    );
    browser.script(&hand);
    let tapped = room.until_page(
        "each line is tapped in",
        "(r.tapped || '').trim().split(' ').length === 5 && r.tapped",
    );
    let own = browser.script("clearInterval(window.hand); return window.own");
    let tapped: Vec<u64> = tapped
        .as_str()
        .unwrap()
        .split_whitespace()
        .map(|one| one.split_once(':').unwrap().1.parse().unwrap())
        .collect();
    for ((tap, own), at) in tapped.iter().zip(list(&own)).zip(HEARD) {
        let own = own.as_u64().unwrap();
        assert!(own >= at, "{own} {at}");
        // A page of a busy machine is late with its hand; its clock is not.
        assert!(
            tap.abs_diff(own) <= 60,
            "tapped {tap}, the clock said {own}"
        );
    }
    room.until_page("the last line sounds", "r.sounding === '5'");
    browser.picture("lyrics.png");
    browser.press("\u{e00c}");
    tapped
}

/// Corrections by key, taken back and done again, and kept.
fn correct(room: &Sung, mut times: Vec<u64>) -> Vec<u64> {
    let browser = &room.browser;
    browser.press("\u{e011}");
    room.until_page("the first line is chosen", "r.chosen === '0'");
    // Down one, 10 ms later twice, 100 ms earlier, its time away, and that taken back.
    browser.press("\u{e015}");
    room.until_page("the second is", "r.chosen === '1'");
    browser.press("..");
    browser.press("<");
    browser.press("x");
    browser.press("u");
    times[1] = times[1] + 20 - 100;
    // Over the gap to the third, later, taken back, done again.
    browser.press("\u{e015}");
    room.until_page("the third is, over the gap", "r.chosen === '3'");
    browser.press(".");
    browser.press("u");
    browser.press("U");
    times[2] += 10;
    browser.press("\u{e009}s\u{e000}");
    room.until_page("they are kept", "r.state === 'kept'");
    assert_eq!(room.times(), times);
    assert_eq!(room.kept()["standing"], "timed");
    times
}

/// A mark on the waveform is dragged by half a second, and taken back.
fn drag(room: &Sung) {
    let browser = &room.browser;
    let script = "document.querySelector('.wave').scrollIntoView({ block: 'center' });
        const mark = document.querySelector('.line-mark[data-place=\"4\"]').getBoundingClientRect();
        const wave = document.querySelector('.marks').getBoundingClientRect();
        return [mark.x + mark.width / 2, mark.y + mark.height / 2, wave.width]";
    let at = browser.script(script);
    let at: Vec<f64> = list(&at).iter().filter_map(Value::as_f64).collect();
    let line = |no: usize| {
        let script =
            format!("return document.querySelectorAll('.lyric-lines li .at')[{no}].textContent");
        browser.script(&script).as_str().unwrap().to_owned()
    };
    let before = line(3);
    // The song is nine seconds long.
    browser.drag((at[0], at[1]), (at[0] + at[2] / 18.0, at[1]));
    room.until_page("its line is chosen", "r.chosen === '4' && r.kept === 'no'");
    let after = line(3);
    let seconds = |text: &str| text[2..].parse::<f64>().unwrap();
    let moved = seconds(&after) - seconds(&before);
    assert!((0.45..=0.55).contains(&moved), "{before} {after}");
    browser.click("#title-of-words");
    browser.press("u");
    browser.until(
        "it is back",
        &format!(
            "return document.querySelectorAll('.lyric-lines li .at')[3].textContent === '{before}'"
        ),
    );
}

/// A line that is out of its time is said beside it, and nothing of it is kept.
fn refuse(room: &Sung, times: &[u64]) {
    let browser = &room.browser;
    browser.press("\u{e011}");
    for _ in 0..16 {
        browser.press(">");
    }
    room.until_page("it is seen at once", "r.faults === '1'");
    browser.press("\u{e009}s\u{e000}");
    room.until_page("it is refused", "r.state === 'refused'");
    let beside =
        browser.script("return document.querySelector('.lyric-lines .wrong .fault').textContent");
    assert!(beside.as_str().unwrap().contains("begins"), "{beside}");
    let said = browser.script("return document.querySelector('.faults li').textContent");
    let said = said.as_str().unwrap();
    assert!(
        said.starts_with("line 2 (“Rain in the street”) begins at"),
        "{said}"
    );
    assert_eq!(room.times(), times, "nothing was kept");
    for _ in 0..16 {
        browser.press("u");
    }
    room.until_page("all of it is taken back", "r.faults === '0'");
    browser.press("\u{e009}s\u{e000}");
    room.until_page("they stay kept", "r.state === 'kept'");
    assert_eq!(room.times(), times);
}

/// The same on a phone, and as a player shows it.
fn small(room: &Sung) {
    let browser = &room.browser;
    browser.be_as_small_as(390, 844);
    browser.fits();
    browser.picture("lyrics-phone.png");
    browser.press("p");
    room.until_page("a line sounds in the preview", "Number(r.sounding) >= 0");
    browser.picture("lyrics-preview.png");
    browser.press("\u{e00c}");
    browser.press("p");
}

/// Puts Rain behind Snow, without its first half second and a stretch in its middle, and has that approved.
fn approve(room: &Sung) {
    let why = json!({ "purpose": "testing", "reason": "the record is made up by ear" });
    room.give("listening-reason", &why);
    room.give("open-revision", &json!({ "reason": "a shorter one" }));
    let at = room.path("programme");
    let view = room.lacquer.must("GET", &at, &room.mia, &Value::Null);
    let mut programme = view["programme"].clone();
    programme["gap"] = json!("1.5 s");
    programme["grid"] = json!("cd_frames");
    let rain = &mut programme["disc"][0]["track"][1];
    assert_eq!(rain["title"], "Rain");
    rain["start"] = json!(format!("{LEFT_OFF_MS} ms"));
    let (from, to) = CUT_MS;
    rain["edit"] = json!([{ "what": "cut", "from": format!("{from} ms"), "to": format!("{to} ms"), "because": "taste", "join": "cut" }]);
    let body = json!({ "programme": programme });
    room.lacquer.must("PUT", &at, &room.mia, &body);
    room.give("start-mastering", &json!({}));
    until("revision 2 is with the client", PATIENCE, || {
        let order = room.lacquer.show(&room.number);
        (order["project"]["stage"] == json!({ "stage": "in_review", "revision": 2 })).then_some(())
    });
    let yes = room.lacquer.approval(&room.number, &room.portal, 2);
    let path = room.path("approve");
    room.lacquer.must("POST", &path, &room.portal, &yes);
    room.lacquer.until_stage(&room.number, "archived");
}

fn words_profile(room: &Sung) -> Value {
    let view = room
        .lacquer
        .must("GET", &room.path("packages"), &room.mia, &Value::Null);
    let mut all = list(&view["profiles"]).iter();
    all.find(|one| one["name"] == "words").unwrap().clone()
}

/// Asks for the package, and takes it apart by a program of others.
fn package(room: &Sung) -> PathBuf {
    let missing = words_profile(room)["missing"].to_string();
    assert!(
        missing.contains("the words with the time of each line"),
        "{missing}"
    );
    let number = room.number.as_str();
    room.lacquer
        .cli(&[
            "release",
            "words",
            number,
            "Snow",
            "--instrumental",
            "--by",
            "ada",
        ])
        .unwrap();
    let profile = words_profile(room);
    assert_eq!(profile["is_complete"], true, "{profile:#}");
    assert!(
        profile["said"]
            .to_string()
            .contains("“Rain that is cut” is not sung in its file"),
        "{profile:#}"
    );
    room.give("packages", &json!({ "profile": "words" }));
    until("the package is made", PATIENCE, || {
        let path = room.path("packages");
        let view = room.lacquer.must("GET", &path, &room.mia, &Value::Null);
        let package = view["packages"][0].clone();
        assert_eq!(package["failed"], Value::Null, "{package:#}");
        package["made"].is_object().then_some(())
    });
    let path = room.path("packages/1/files/0");
    let got = room.lacquer.download(&path, &room.mia, None);
    assert_eq!(got.status, 200);
    let zip = room.place.path().join("package.zip");
    write(&zip, &got.bytes);
    let out = room.place.path().join("package");
    std::fs::create_dir(&out).unwrap();
    read_with(
        &out,
        &format!("python3 -m zipfile -e '{}' .", zip.display()),
    );
    let folder = out.to_str().unwrap();
    let judged = room.lacquer.json(&["verify", folder, "--json"]);
    assert_eq!(judged["is_whole"], true, "{judged:#}");
    out
}

/// What programs of others read of the words in a package, a file each.
const READ: &str = r"
import sys, json, glob, pylrc, mutagen
from mutagen.id3 import ID3
import xml.etree.ElementTree as et
from ttconv.imsc import reader
from ttconv.isd import ISD
from ttconv.model import Text
def one(pattern):
    found = glob.glob(sys.argv[1] + '/' + pattern)
    assert len(found) == 1, (pattern, found)
    return found[0]
def words(e): return e.get_text() if isinstance(e, Text) else ''.join(words(c) for c in e)
told = {}
told['txt'] = open(one('Lyrics TXT/*.txt'), encoding='utf-8').read()
told['lrc'] = [[round(l.time * 1000), l.text] for l in pylrc.parse(open(one('Lyrics LRC/*.lrc'), encoding='utf-8').read())]
doc = reader.to_model(et.parse(one('Lyrics TTML/*.ttml')))
shown = [[round(at * 1000), ''.join(words(r) for r in ISD.from_model(doc, at).iter_regions())] for at in ISD.significant_times(doc)]
told['ttml'] = [line for line in shown if line[1]]
for kind, pattern in (('flac', 'FLAC*/*Rain*.flac'), ('opus', 'Opus*/*Rain*.opus')):
    tags = mutagen.File(one(pattern))
    told[kind] = [tags['LYRICS'][0], [[round(l.time * 1000), l.text] for l in pylrc.parse(tags['SYNCEDLYRICS'][0])]]
tags = ID3(one('MP3*/*Rain*.mp3'))
told['mp3'] = [tags.getall('USLT')[0].text, [[at, text] for text, at in tags.getall('SYLT')[0].text]]
told['aac'] = mutagen.File(one('AAC*/*Rain*.m4a'))['\xa9lyr'][0]
told['snow'] = 'LYRICS' in mutagen.File(one('FLAC*/*Snow*.flac'))
print(json.dumps(told))
";

/// Where the lines that are left lie in the file that the programme makes of the song.
fn expected(times: &[u64]) -> Vec<(u64, &'static str)> {
    let words: Vec<&str> = WORDS.lines().filter(|line| !line.is_empty()).collect();
    let (from, to) = CUT_MS;
    let lines = times.iter().zip(words);
    lines
        .filter(|(at, _)| !(from..to).contains(*at))
        .map(|(at, words)| {
            let cut = if *at >= to { to - from } else { 0 };
            (at - LEFT_OFF_MS - cut, words)
        })
        .collect()
}

fn read_by_others(out: &Path, times: &[u64]) {
    let done = venv("python").args(["-c", READ]).arg(out).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let lines = expected(times);
    assert_eq!(lines.len(), 4, "one line is cut out: {lines:?}");
    let exact: Vec<Value> = lines.iter().map(|(at, words)| json!([at, words])).collect();
    let hundredths = lines.iter().map(|(at, words)| json!([at - at % 10, words]));
    let hundredths: Vec<Value> = hundredths.collect();
    let plain = "Rain on the roof\nRain in the street\n\nRain & <thunder>\nFluß der Nacht\n";
    assert_eq!(told["ttml"], json!(exact));
    assert_eq!(told["lrc"], json!(hundredths));
    assert_eq!(told["txt"], plain);
    let plain = plain.trim();
    assert_eq!(told["mp3"], json!([plain, exact]));
    assert_eq!(told["flac"], json!([plain, hundredths]));
    assert_eq!(told["opus"], json!([plain, hundredths]));
    assert_eq!(told["aac"], plain);
    assert_eq!(told["snow"], false, "an instrumental has no words");
}

/// What is heard begins where the words say it does.
fn sounds_there(out: &Path, times: &[u64]) {
    let found = std::fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders = found.filter(|path| {
        path.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("WAV")
    });
    let mut songs = std::fs::read_dir(folders.next().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let rain = songs
        .find(|path| path.to_string_lossy().contains("Rain"))
        .unwrap();
    let bytes = decoded_by_ffmpeg(&rain, "f32le");
    let frames: Vec<f32> = bytes
        .chunks_exact(8)
        .map(|frame| f32::from_le_bytes(frame[..4].try_into().unwrap()).abs())
        .collect();
    let peak = frames
        .iter()
        .fold(0.0_f32, |peak, sample| peak.max(*sample));
    let is_loud = |ms: u64| {
        let from = usize::try_from(ms * u64::from(RATE) / 1000).unwrap();
        let window = frames.get(from..from + 480).unwrap_or(&[]);
        window.iter().any(|sample| *sample > peak / 4.0)
    };
    for (at, words) in expected(times) {
        let onset = (at.saturating_sub(300)..at + 300)
            .step_by(5)
            .find(|ms| is_loud(*ms));
        let onset = onset.unwrap_or_else(|| panic!("nothing is heard at {at} ms, {words}"));
        // A hand on a busy machine is up to a quarter of a second late, and never early.
        assert!(
            (-110..=260).contains(&(i64::try_from(at).unwrap() - i64::try_from(onset).unwrap())),
            "{words}: {at} {onset}"
        );
    }
}

#[test]
fn words_are_tapped_in_corrected_and_delivered_at_the_times_of_the_cut() {
    let room = Sung::open();
    let times = tap(&room);
    let times = correct(&room, times);
    drag(&room);
    refuse(&room, &times);
    small(&room);
    approve(&room);
    let out = package(&room);
    read_by_others(&out, &times);
    sounds_there(&out, &times);
}
