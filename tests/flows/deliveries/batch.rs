//! A DDEX batch.

use std::path::{Path, PathBuf};
use std::process::Command;

use flows::clients::{run, venv};
use flows::readers::{read_with, says};
use flows::room::Room;

use super::{GOOD, NO, PROGRAMME, RELEASE, northern_lines};

const BULK: &str = include_str!("bulk.toml");

/// Every file that the message names is there, with its checksum, and with its length where the version tells one.
const RESOURCES: &str = r"
import sys, os, hashlib, xml.etree.ElementTree as tree
folder, = sys.argv[1:]
root = tree.parse(os.path.join(folder, os.path.basename(folder) + '.xml')).getroot()
named = set()
for file in root.iter('File'):
    uri = file.findtext('URI') or file.findtext('FilePath') + file.findtext('FileName')
    path = os.path.join(folder, uri)
    named.add(os.path.basename(path))
    bytes = open(path, 'rb').read()
    assert file.findtext('FileSize') in (None, str(len(bytes))), path
    sha256, md5 = file.findtext('HashSum/HashSumValue'), file.findtext('HashSum/HashSum')
    assert sha256 or md5, path
    assert sha256 in (None, hashlib.sha256(bytes).hexdigest()), path
    assert md5 in (None, hashlib.md5(bytes).hexdigest()), path
assert named == set(os.listdir(os.path.join(folder, 'resources'))), named
print(len(named), *[e.text for e in root.iter('ISRC')], root.find('ReleaseList/Release/ReleaseId/ICPN').text)
";

/// What goes along, as the message tells of it.
const ALONG: &str = r"
import sys, os, xml.etree.ElementTree as tree
folder, = sys.argv[1:]
root = tree.parse(os.path.join(folder, os.path.basename(folder) + '.xml')).getroot()
bonus = {next(i.iter('ReleaseResourceReference')).text for i in root.iter('ResourceGroupContentItem') if i.find('IsBonusResource') is not None}
for e in root.find('ResourceList'):
    if e.tag in ('Video', 'Text'):
        assert e.findtext('ResourceReference') in bonus
        one = lambda name: next((x.text for x in e.iter(name)), None)
        print(e.tag, one('ISRC'), one('ProprietaryId'), one('Duration'), one('FrameRate'), one('ImageWidth'),
              one('AudioSamplingRate'), *[x.text for x in e.iter('ResourceRelatedResourceReference')])
";

/// A booklet of four pages, by ReportLab.
const BOOKLET: &str = "
import sys
from reportlab.pdfgen import canvas
from reportlab.lib.units import mm
c = canvas.Canvas(sys.argv[1], pagesize=(280*mm, 210*mm))
for no in range(4):
    c.setFillColorRGB(0.1, 0.3, no / 4)
    c.rect(0, 0, 280*mm, 210*mm, fill=1)
    c.showPage()
c.save()
";

#[test]
fn booklet_and_video_lie_among_the_resources() {
    let room = northern_lines();
    let head = "[release]\ncover = \"cover.png\"\nbooklet = \"booklet.pdf\"";
    let film = "song = \"First Light\"\nvideo = \"light.mov\"\nvideo_isrc = \"DEA122600901\"";
    let release = RELEASE
        .replace("[release]", head)
        .replace("song = \"First Light\"", film);
    room.keep("album.toml", &format!("{PROGRAMME}\n{release}"));
    let formats = "formats = [\"ddex\", \"booklet\", \"video\"]";
    room.keep("bulk.toml", &BULK.replace("formats = [\"ddex\"]", formats));
    run(venv("python3")
        .args(["-c", BOOKLET])
        .arg(room.path("booklet.pdf")));
    for make in [
        "ffmpeg -v error -f lavfi -i color=c=red:s=3000x3000 -frames:v 1 -pix_fmt rgb24 cover.png",
        "ffmpeg -v error -f lavfi -i testsrc=s=320x180:r=25:d=6 -i one.wav -c:v prores -c:a pcm_s24le -ar 48000 -write_tmcd 0 -shortest light.mov",
    ] {
        read_with(room.folder(), make);
    }
    let made = room.json("deliver album.toml -o out --profile bulk.toml --json", GOOD);
    let files = made["delivered"]["files"].as_array().unwrap();
    let of = |format: &str| {
        let mut files = files.iter().filter(|file| file["format"] == format);
        files.next().unwrap()["path"].as_str().unwrap().to_owned()
    };
    let release = batch(&room, "out");
    for (format, sent, name) in [
        ("video", "light.mov", "4006381333931_01_001.mov"),
        ("booklet", "booklet.pdf", "4006381333931_booklet.pdf"),
    ] {
        assert!(of(format).ends_with(&format!("/4006381333931/resources/{name}")));
        let there = std::fs::read(release.join("resources").join(name)).unwrap();
        assert!(
            there == std::fs::read(room.path(sent)).unwrap(),
            "{name} is what was sent"
        );
    }
    // They lie there alone.
    assert!(!room.path("out/Video").exists() && !room.path("out/Booklet").exists());
    assert_eq!(
        resources(&release),
        "6 DEA122600001 DEA122600002 DEA122600003 DEA122600901 4006381333931"
    );
    let older = formats.to_owned() + "\n";
    let bulk = BULK.replace("formats = [\"ddex\"]\n", &older);
    room.keep(
        "older.toml",
        &bulk.replace("[ddex]", "[ddex]\nversion = \"3.8.2\""),
    );
    room.json(
        "deliver album.toml -o older --profile older.toml --json",
        GOOD,
    );
    let before = batch(&room, "older");
    assert!(
        resources(&before).starts_with("6 "),
        "{}",
        resources(&before)
    );
    assert_eq!(
        python(ALONG, &release),
        "Video DEA122600901 4006381333931_01_001_video PT0M6S 25 320 48000 A1\n\
         Text None 4006381333931_booklet None None None None"
    );
}

#[test]
fn a_batch_goes_to_a_distributor_as_it_is() {
    let room = northern_lines();
    room.keep("bulk.toml", BULK);
    let said = room.said("deliver album.toml --plan --profile bulk.toml", NO);
    says(
        &said,
        &["ddex: the release: the cover is missing; write `cover`"],
    );
    let with_cover = RELEASE.replace("[release]", "[release]\ncover = \"cover.png\"");
    room.keep("album.toml", &format!("{PROGRAMME}\n{with_cover}"));
    let picture = |size: &str| {
        let make = format!(
            "ffmpeg -v error -y -f lavfi -i color=c=red:s={size} -frames:v 1 -pix_fmt rgb24 cover.png"
        );
        read_with(room.folder(), &make);
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
    let release = batch(&room, "out");
    let isrcs = "DEA122600001 DEA122600002 DEA122600003";
    assert_eq!(resources(&release), format!("4 {isrcs} 4006381333931"));
    // One that takes an older version gets that.
    for (version, codes) in [("4.3.2", isrcs.to_owned()), ("3.8.2", [isrcs; 2].join(" "))] {
        let parties = format!("[ddex]\nversion = \"{version}\"");
        room.keep("older.toml", &BULK.replace("[ddex]", &parties));
        let out = format!("out-{version}");
        let words = format!("deliver album.toml -o {out} --profile older.toml --json");
        room.json(&words, GOOD);
        let release = batch(&room, &out);
        assert_eq!(resources(&release), format!("4 {codes} 4006381333931"));
        let said = read_with(&release, "head -2 4006381333931.xml");
        let namespace = format!("ern/{}\"", version.replace('.', ""));
        says(&said, &[&namespace]);
    }
}

/// The release's folder in a batch that is complete.
fn batch(room: &Room, out: &str) -> PathBuf {
    let batches = room.path(out).join("DDEX");
    let batch = read_with(&batches, "ls");
    let batch = batch.trim();
    let complete = format!("{batch}/BatchComplete_{batch}.xml");
    assert!(batches.join(complete).exists());
    let release = batches.join(batch).join("4006381333931");
    read_with(&release, "xmllint --nonet --noout 4006381333931.xml");
    held_against_its_schema(&release);
    release
}

/// Where `DDEX_XSD` names a folder with DDEX's own schemas.
fn held_against_its_schema(release: &Path) {
    let Ok(schemas) = std::env::var("DDEX_XSD") else {
        return;
    };
    let head = read_with(release, "head -2 4006381333931.xml");
    let version = ["43", "432", "382"].into_iter();
    let mut version = version.filter(|version| head.contains(&format!("/ern/{version}\"")));
    let schema = format!(
        "{schemas}/{}/release-notification.xsd",
        version.next().unwrap()
    );
    // Whoever has the licence of one version need not have the others.
    if Path::new(&schema).exists() {
        let hold = format!("xmllint --nonet --noout --schema '{schema}' 4006381333931.xml");
        read_with(release, &hold);
    }
}

fn resources(release: &Path) -> String {
    python(RESOURCES, release)
}

fn python(script: &str, release: &Path) -> String {
    let mut python = Command::new("python3");
    let done = python.args(["-c", script]).arg(release).output();
    let done = done.unwrap();
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    said.trim().to_owned()
}
