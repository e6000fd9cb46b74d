//! A DDEX batch.

use std::process::Command;

use flows::readers::{read_with, says};

use super::{GOOD, NO, PROGRAMME, RELEASE, northern_lines};

const BULK: &str = include_str!("bulk.toml");

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
