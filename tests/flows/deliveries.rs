//! A programme delivered in every format, and read by programs written by others.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flows::lacquer::by_itself;
use flows::mixes::Song;
use flows::readers::{ebur128, ffprobe, tag};
use serde_json::Value;
use soundfile::SampleType;

const GOOD: Option<i32> = Some(0);
const NO: Option<i32> = Some(1);
const FAILED: Option<i32> = Some(2);

/// Three songs of 6 s at 96 kHz: the first runs into the second, a gap stands before the third.
const PROGRAMME: &str = r#"
title = "Northern Lines"
artist = "Ada"
gap = "2 s"
grid = "cd_frames"

[[disc]]
[[disc.track]]
title = "First Light"
file = "one.wav"
segue = { length = "1 s", shape = "equal_power", mark = "middle" }
[[disc.track]]
title = "Rain"
file = "two.wav"
indexes = ["3.013 s"]
[[disc.track]]
title = "Coda"
file = "three.wav"
"#;

const RELEASE: &str = r#"
[release]
kind = "ep"
ean = "4006381333931"
catalogue_number = "LAQ001"
label = "Laqueur"
genre = "Jazz"
language = "en"
released_on = "2026-12-04"
p_line = "(P) 2026 Laqueur"
c_line = "2026 Laqueur"
explicit = "no"
territories = ["worldwide"]

[[release.song]]
song = "First Light"
isrc = "DE-A12-26-00001"
composers = ["Bo Writer"]
[[release.song]]
song = "Rain"
title = "Rain über Tin"
isrc = "DEA122600002"
composers = ["Ada", "Bo Writer"]
[[release.song]]
song = "Coda"
isrc = "isrc de a12 26 00003"
composers = ["Ada"]
"#;

struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        for (name, key) in [("one.wav", 0), ("two.wav", 4), ("three.wav", 7)] {
            let song = Song {
                seconds: 6.0,
                rate_hz: 96_000,
                sample: SampleType::I24,
                key,
            };
            song.write(&room.path(name));
        }
        room.keep("album.toml", &format!("{PROGRAMME}{RELEASE}"));
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn keep(&self, name: &str, text: &str) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn lacquer(&self, words: &str) -> Output {
        by_itself(self.0.path(), words)
    }

    #[track_caller]
    fn json(&self, words: &str, code: Option<i32>) -> Value {
        let done = self.lacquer(words);
        assert_eq!(done.status.code(), code, "{words}: {done:?}");
        serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{words}: {e}: {done:?}"))
    }

    #[track_caller]
    fn said(&self, words: &str, code: Option<i32>) -> String {
        let done = self.lacquer(words);
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert_eq!(done.status.code(), code, "{words}: {said}");
        said
    }
}

/// What a shell command says in a folder.
#[track_caller]
fn read_with(folder: &Path, command: &str) -> String {
    let done = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success(), "{command}: {said}");
    said
}

#[track_caller]
fn says(said: &str, all: &[&str]) {
    for words in all {
        assert!(said.contains(words), "{words} in {said}");
    }
}

fn raw(file: &Path, options: &[&str]) -> Vec<u8> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file)
        .args(options)
        .arg("-");
    let done = ffmpeg.output().unwrap();
    assert!(done.status.success(), "{done:?}");
    done.stdout
}

#[test]
fn songs_are_delivered_in_every_format_with_their_tags() {
    let room = Room::new();
    room.json(
        "deliver album.toml -o out --format wav,wav-32f,wav-16@44100,flac,aiff-16@44100,mp3,whole-24 --json",
        GOOD,
    );
    let out = room.path("out");
    read_with(&out, "sha256sum --strict -c CHECKSUMS.sha256");
    let isrcs = ["DEA122600001", "DEA122600002", "DEA122600003"];
    for (folder, ending) in [
        ("WAV 24-96", "wav"),
        ("WAV 32f-96", "wav"),
        ("WAV 16-44.1", "wav"),
        ("FLAC 24-96", "flac"),
        ("AIFF 16-44.1", "aiff"),
        ("MP3 320-48", "mp3"),
    ] {
        let names = ["01 First Light", "02 Rain über Tin", "03 Coda"];
        for (name, isrc) in names.iter().zip(isrcs) {
            let file = out.join(folder).join(format!("{name}.{ending}"));
            let probed = ffprobe(&file);
            let title = name.split_once(' ').unwrap().1;
            assert_eq!(tag(&probed, "title"), title, "{}", file.display());
            if ending != "aiff" {
                let read = [tag(&probed, "isrc"), tag(&probed, "TSRC")].concat();
                assert_eq!(read, isrc, "{}", file.display());
            }
        }
    }
    // Every lossless format holds the same samples, as ffmpeg decodes them.
    let bits24 = ["-f", "s24le"];
    let wav = raw(&out.join("WAV 24-96/03 Coda.wav"), &bits24);
    assert_eq!(wav, raw(&out.join("FLAC 24-96/03 Coda.flac"), &bits24));
    let bits16 = ["-f", "s16le"];
    let wav16 = raw(&out.join("WAV 16-44.1/03 Coda.wav"), &bits16);
    assert_eq!(wav16, raw(&out.join("AIFF 16-44.1/03 Coda.aiff"), &bits16));
    // And the side in one piece is the songs one behind the other.
    let mut joined = Vec::new();
    for name in ["01 First Light", "02 Rain über Tin", "03 Coda"] {
        joined.extend(raw(&out.join(format!("WAV 24-96/{name}.wav")), &bits24));
    }
    assert!(raw(&out.join("Whole 24-96/Northern Lines.wav"), &bits24) == joined);
    read_with(&out.join("FLAC 24-96"), "flac --silent --test *.flac");
}

#[test]
fn programs_written_by_others_read_the_chunks() {
    let room = Room::new();
    room.json("deliver album.toml -o out --profile label --json", GOOD);
    let out = room.path("out");
    let said = read_with(&out.join("WAV 24-96"), "sndfile-metadata-get --all 01*.wav");
    says(
        &said,
        &[
            "Northern Lines - First Light",
            "Lacquer",
            "A=PCM,F=96000,W=24,M=stereo",
        ],
    );
    let said = read_with(
        &out.join("WAV 16-44.1"),
        "mediainfo --Full 02*.wav | tr -s ' '",
    );
    says(
        &said,
        &[
            "bext_Version : 2",
            "Sampling rate : 44100",
            "Bit depth : 16",
            "Producer : Lacquer",
        ],
    );
}

#[test]
fn programs_written_by_others_read_the_tags_and_the_cover() {
    let room = Room::new();
    let with_cover = RELEASE.replace("[release]", "[release]\ncover = \"cover.jpg\"");
    room.keep("album.toml", &format!("{PROGRAMME}{with_cover}"));
    read_with(
        &room.path("."),
        "ffmpeg -v error -y -f lavfi -i testsrc=s=3000x3000 -frames:v 1 -pix_fmt yuvj444p -q:v 2 cover.jpg",
    );
    room.json("deliver album.toml -o out --profile label --json", GOOD);
    let out = room.path("out");
    let said = read_with(&out.join("FLAC 24-96"), "metaflac --list 02*.flac");
    says(
        &said,
        &[
            "TITLE=Rain über Tin",
            "ARTIST=Ada",
            "TRACKNUMBER=2",
            "TRACKTOTAL=3",
            "BARCODE=4006381333931",
            "CATALOGNUMBER=LAQ001",
            "LABEL=Laqueur",
            "COMPOSER=Ada, Bo Writer",
            "DATE=2026-12-04",
            "COPYRIGHT=© 2026 Laqueur",
            "ORGANIZATION=℗ 2026 Laqueur",
            "3 (Cover (front))",
            "MIME type: image/jpeg",
            "width: 3000",
        ],
    );
    read_with(
        &out.join("FLAC 24-96"),
        "metaflac --export-picture-to=- 02*.flac | cmp - ../../cover.jpg",
    );
    let said = read_with(
        &out.join("MP3 320-48"),
        "exiftool 02*.mp3 && mp3val 02*.mp3",
    );
    says(
        &said,
        &[
            "Rain über Tin",
            "DEA122600002",
            "2/3",
            "Laqueur",
            "Front Cover",
        ],
    );
    assert!(!said.contains("WARNING"), "{said}");
    read_with(
        &out.join("MP3 320-48"),
        "exiftool -b -Picture 02*.mp3 | cmp - ../../cover.jpg",
    );
}

#[test]
fn a_label_gets_disc_report_and_licence_beside_them() {
    let room = Room::new();
    room.json("deliver album.toml -o out --profile label --json", GOOD);
    let out = room.path("out");
    let said = read_with(
        &out.join("DDP"),
        "md5sum --strict -c CHECKSUM.MD5; cdrskin textfile_to_v07t=CDTEXT.BIN",
    );
    says(
        &said,
        &[
            "Northern Lines",
            "First Light",
            "4006381333931",
            "DEA122600003",
            "Bo Writer",
        ],
    );
    let said = read_with(&out, "pdftotext -layout 'Delivery report.pdf' -");
    says(
        &said,
        &[
            "Delivery report",
            "Northern Lines",
            "4006381333931",
            "02 Rain über Tin",
        ],
    );
    says(
        &read_with(&out, "cat Licence.txt"),
        &["may transfer that right"],
    );
    // The loudness in the file is the one that ffmpeg's meter hears.
    let report: Value =
        serde_json::from_str(&read_with(&out, "cat 'Delivery report.json'")).unwrap();
    for file in report["files"].as_array().unwrap() {
        let path = out.join(file["path"].as_str().unwrap());
        let metered = ebur128(&path);
        let apart = file["integrated_lufs"].as_f64().unwrap() - metered.integrated_lufs;
        // ffmpeg prints tenths.
        assert!(apart.abs() < 0.11, "{}: {apart}", path.display());
    }
}

#[test]
fn a_programme_becomes_the_sectors_of_a_disc() {
    let room = Room::new();
    let made = room.json(
        "deliver album.toml -o out --format ddp,cue-bin,cue-wavs,wav-16@44100 --json",
        GOOD,
    );
    let disc = &made["delivered"]["discs"][0];
    // The mark in the segue's middle lies at 5.5 s: sector 412.5, the border before, behind the two seconds.
    assert_eq!(disc["tracks"][0]["start"], "00:02:00");
    assert_eq!(disc["tracks"][1]["start"], "00:07:37");
    assert_eq!(disc["tracks"][1]["pregap"], Value::Null);
    // 5 s + 3.013 s lie inside sector 600.
    assert_eq!(disc["tracks"][1]["indexes"][0], "00:10:00");
    // The second song ends at 11 s, and 2 s of gap follow.
    assert_eq!(disc["tracks"][2]["pregap"], "00:13:00");
    assert_eq!(disc["tracks"][2]["start"], "00:15:00");
    assert_eq!(disc["length"], "00:21:00");
    let said = made["delivered"]["said"].to_string();
    says(&said, &["its mark lies", "index 2 lies", "on a CD frame"]);
    for (folder, to) in [
        ("DDP", "ddp"),
        ("CUE and BIN", "bin"),
        ("CUE and WAV", "wavs"),
        ("WAV 16-44.1", "songs"),
    ] {
        std::fs::rename(room.path("out").join(folder), room.path(to)).unwrap();
    }
    for place in ["ddp", "bin", "wavs"] {
        let judged = room.json(&format!("verify {place} --json"), GOOD);
        assert_eq!(judged["tracks"][1]["title"], "Rain über Tin");
        assert_eq!(judged["tracks"][2]["isrc"], "DE-A12-26-00003");
    }
    // The image behind its two seconds is the songs' files one behind the other: one conversion, one dither.
    let image = std::fs::read(room.path("ddp/IMAGE.DAT")).unwrap();
    assert!(image[..150 * 2352].iter().all(|byte| *byte == 0));
    let mut joined = Vec::new();
    for name in ["01 First Light", "02 Rain über Tin", "03 Coda"] {
        joined.extend(raw(
            &room.path(&format!("songs/{name}.wav")),
            &["-f", "s16le"],
        ));
    }
    assert!(image[150 * 2352..] == joined);
    let said = read_with(&room.path("wavs"), "cdrdao show-toc *.cue");
    says(&said, &["DE A12 26 00003"]);
    let said = read_with(&room.path("bin"), "cueprint -t '%n %t %i\\n' *.cue");
    says(&said, &["3 Coda DEA122600003"]);
}

#[test]
fn a_hidden_song_stands_behind_the_two_seconds() {
    let room = Room::new();
    let hidden = PROGRAMME.replace(
        "[[disc]]\n",
        "[[disc]]\n[disc.hidden]\ntitle = \"Overture\"\nfile = \"three.wav\"\n",
    );
    room.keep(
        "album.toml",
        &hidden.replacen(
            "file = \"one.wav\"\n",
            "file = \"one.wav\"\ngap = \"1 s\"\n",
            1,
        ),
    );
    let made = room.json("deliver album.toml -o out --format ddp,mp3 --json", GOOD);
    assert_eq!(
        made["delivered"]["discs"][0]["tracks"][0]["start"],
        "00:09:00"
    );
    says(
        &made["delivered"]["said"].to_string(),
        &["hidden song", "no file of its own"],
    );
    let image = std::fs::read(room.path("out/DDP/IMAGE.DAT")).unwrap();
    assert!(image[150 * 2352..600 * 2352].iter().any(|byte| *byte != 0));
}

#[test]
fn lossy_files_are_encoded_lower_together_until_their_peaks_hold() {
    let room = Room::new();
    room.keep(
        "quiet.toml",
        "title = \"Quiet\"\nformats = [\"mp3\"]\ngain_tags = \"replay_gain\"\n[figures]\nlossy_true_peak_max_dbtp = -20.0\n",
    );
    let made = room.json(
        "deliver album.toml -o out --profile quiet.toml --json",
        GOOD,
    );
    let files = made["delivered"]["files"].as_array().unwrap();
    let gain = files[0]["gain_db"].as_f64().unwrap();
    assert!(gain < -1.0, "{gain}");
    for file in files {
        assert_eq!(
            file["gain_db"].as_f64().unwrap(),
            gain,
            "songs keep their levels to each other"
        );
        let metered = ebur128(&room.path("out").join(file["path"].as_str().unwrap()));
        // ffmpeg prints tenths.
        assert!(metered.true_peak_dbtp <= -19.9, "{metered:?}");
    }
    says(
        &made["delivered"]["said"].to_string(),
        &["dB lower, so that no decoded peak passes -20.00 dBTP"],
    );
    let file = room.path("out").join(files[0]["path"].as_str().unwrap());
    let said = ffprobe(&file);
    let tagged = tag(&said, "REPLAYGAIN_TRACK_GAIN");
    let tagged: f64 = tagged.trim_end_matches(" dB").parse().unwrap();
    let lufs = files[0]["integrated_lufs"].as_f64().unwrap();
    assert!((tagged - (-18.0 - lufs)).abs() < 0.1, "{tagged} at {lufs}");
}

#[test]
fn what_is_missing_is_said_before_anything_is_made() {
    let room = Room::new();
    let plan = room.json("deliver album.toml --plan --profile plant --json", GOOD);
    assert_eq!(plan["disc_lengths"][0], "00:21:00");
    assert_eq!(plan["missing"].as_array().unwrap().len(), 0);
    room.keep("album.toml", PROGRAMME);
    let said = room.said("deliver album.toml --plan --profile label", NO);
    says(
        &said,
        &[
            "the release: the EAN is missing; write `ean`",
            "track 2 “Rain”: the ISRC is missing",
        ],
    );
    let said = room.said("deliver album.toml -o out --profile label", FAILED);
    says(
        &said,
        &[
            "nothing was made, because something is missing",
            "the EAN is missing",
        ],
    );
    assert!(!room.path("out").exists());
    // Marks between two CD frames make no disc.
    room.keep(
        "album.toml",
        &PROGRAMME.replace("grid = \"cd_frames\"\n", ""),
    );
    let said = room.said("deliver album.toml -o out --format ddp", FAILED);
    says(
        &said,
        &["track 2 “Rain”: its mark at 0:05.500 lies between two CD frames"],
    );
    room.keep("album.toml", &format!("{PROGRAMME}[release]\nean = \"4006381333932\"\n[[release.song]]\nsong = \"Rain\"\nisrc = \"DE-A12\"\n"));
    let said = room.said("deliver album.toml -o out", FAILED);
    says(
        &said,
        &[
            "the last one would be 1",
            "disc 1, track 2 “Rain”: \"DE-A12\" is not an ISRC",
        ],
    );
    let said = room.said("deliver album.toml -o out --profile nobody", FAILED);
    says(
        &said,
        &["there is no profile \"nobody\": take label, distributor"],
    );
}

#[test]
fn a_title_is_corrected_without_touching_the_sound() {
    let room = Room::new();
    let first = room.json(
        "deliver album.toml -o first --format flac-16@44100 --json",
        GOOD,
    );
    room.keep(
        "release.toml",
        &RELEASE.replace("Rain über Tin", "Rain on Tin"),
    );
    let second = room.json(
        "deliver album.toml -o second --format flac-16@44100 --release release.toml --json",
        GOOD,
    );
    let sums = |made: &Value| made["delivered"]["files"][1]["samples_sha256"].clone();
    assert_eq!(sums(&first), sums(&second));
    assert_eq!(
        second["delivered"]["files"][1]["path"],
        "FLAC 16-44.1/02 Rain on Tin.flac"
    );
    assert_eq!(room.json("verify second --json", GOOD)["kind"], "delivery");
    let file = room.path("second/FLAC 16-44.1/01 First Light.flac");
    std::fs::rename(&file, file.with_file_name("other.flac")).unwrap();
    let said = room.said("verify second", NO);
    says(
        &said,
        &[
            "01 First Light.flac is missing",
            "other.flac is not in CHECKSUMS.sha256",
        ],
    );
    // `lacquer album` takes the same file.
    assert_eq!(room.lacquer("album album.toml --plan").status.code(), GOOD);
}

const BULK: &str = r#"
title = "Bulk"
formats = ["ddex"]
[ddex]
sender = "PADPIDA2013042401U"
sender_name = "Laqueur"
recipient = "PADPIDA2009101501Y"
recipient_name = "Shop"
deals = ["download", "subscription"]
"#;

/// Every file that the message names is there, with its length and its checksum.
const RESOURCES: &str = r"
import sys, os, hashlib, xml.etree.ElementTree as tree
folder, = sys.argv[1:]
root = tree.parse(os.path.join(folder, os.path.basename(folder) + '.xml')).getroot()
named = set()
for file in root.iter('File'):
    path = os.path.join(folder, file.find('URI').text)
    named.add(os.path.basename(path))
    bytes = open(path, 'rb').read()
    assert str(len(bytes)) == file.find('FileSize').text, path
    assert hashlib.sha256(bytes).hexdigest() == file.find('HashSum/HashSumValue').text, path
assert named == set(os.listdir(os.path.join(folder, 'resources'))), named
print(len(named), *[e.text for e in root.iter('ISRC')], root.find('ReleaseList/Release/ReleaseId/ICPN').text)
";

#[test]
fn a_batch_goes_to_a_distributor_as_it_is() {
    let room = Room::new();
    room.keep("bulk.toml", BULK);
    let said = room.said("deliver album.toml --plan --profile bulk.toml", NO);
    says(
        &said,
        &["ddex: the release: the cover is missing; write `cover`"],
    );
    let with_cover = RELEASE.replace("[release]", "[release]\ncover = \"cover.png\"");
    room.keep("album.toml", &format!("{PROGRAMME}{with_cover}"));
    let picture = |size: &str| {
        let make = format!(
            "ffmpeg -v error -y -f lavfi -i color=c=red:s={size} -frames:v 1 -pix_fmt rgb24 cover.png"
        );
        read_with(room.0.path(), &make);
    };
    picture("1000x1000");
    let said = room.said("deliver album.toml --plan --profile bulk.toml", NO);
    says(
        &said,
        &["the cover has 1000 pixels a side; at least 3000 are wanted"],
    );
    picture("3000x3000");
    let made = room.json("deliver album.toml -o out --profile bulk.toml --json", GOOD);
    assert_eq!(made["delivered"]["files"].as_array().unwrap().len(), 3);
    let batch = read_with(&room.path("out/DDEX"), "ls");
    let batch = batch.trim();
    let complete = format!("{batch}/BatchComplete_{batch}.xml");
    assert!(room.path("out/DDEX").join(complete).exists());
    let release = room.path("out/DDEX").join(batch).join("4006381333931");
    read_with(&release, "xmllint --nonet --noout 4006381333931.xml");
    let done = Command::new("python3")
        .args(["-c", RESOURCES])
        .arg(&release)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert_eq!(
        said.trim(),
        "4 DEA122600001 DEA122600002 DEA122600003 4006381333931"
    );
}
