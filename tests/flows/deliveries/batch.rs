//! A DDEX batch.

use std::path::{Path, PathBuf};
use std::process::Command;

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
    release
}

fn resources(release: &Path) -> String {
    let mut python = Command::new("python3");
    let done = python.args(["-c", RESOURCES]).arg(release).output();
    let done = done.unwrap();
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    said.trim().to_owned()
}
