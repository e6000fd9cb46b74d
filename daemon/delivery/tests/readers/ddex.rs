//! Our message as xmllint and Python's ElementTree read it; where `DDEX_XSD` names a folder with DDEX's own schemas, held
//! against them.

use delivery::Moment;
use delivery::ddex::{Batch, Cover, DdexParties, Deal, ErnMessage, Recording};
use delivery::picture::{PictureFacts, PictureKind};
use delivery::release::{ProgrammeFacts, Release, ReleaseSheet, SongFacts};

use super::{read_with, store};

const RELEASE: &str = include_str!("release.toml");

/// Every reference leads somewhere, and is there once.
const REFERENCES: &str = r"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
texts = lambda name: [e.text for e in root.iter(name)]
def leads(uses, to):
    assert len(set(texts(to))) == len(texts(to)), to
    for use in uses:
        for text in texts(use):
            assert text in texts(to), (use, text)
leads(['ArtistPartyReference', 'ContributorPartyReference', 'ReleaseLabelReference'], 'PartyReference')
leads(['ReleaseResourceReference', 'LinkedReleaseResourceReference'], 'ResourceReference')
leads(['DealReleaseReference'], 'ReleaseReference')
assert len(set(texts('TechnicalResourceDetailsReference'))) == len(texts('ResourceReference'))
print(sorted(texts('FullName')), texts('ISRC'), texts('ReleaseType'), len(texts('TrackRelease')))
";

fn release(kind: &str, songs: &[&str]) -> Release {
    let song = |(track, name): (u32, &&str)| SongFacts {
        disc: 1,
        track,
        name: (*name).to_owned(),
        title: (*name).to_owned(),
    };
    let facts = ProgrammeFacts {
        title: "Lines".into(),
        artist: None,
        songs: (1..).zip(songs).map(song).collect(),
        other_names: vec!["Two".into()],
    };
    let text = RELEASE.replace("KIND", kind);
    ReleaseSheet::read(&text).unwrap().complete(&facts).unwrap()
}

fn message(release: &Release) -> Vec<u8> {
    let made_at = Moment::from_unix_ms(1_795_132_800_000).unwrap();
    let batch = Batch::new(release.ean.unwrap(), made_at);
    assert_eq!(batch.id, "20261120000000000");
    let recording = |song: &delivery::release::ReleaseSong| Recording {
        file_name: delivery::ddex::resource_name(release.ean.unwrap(), song, "wav"),
        bytes: 1_000,
        sha256: "00".repeat(32),
        rate_hz: 44_100,
        bits: 16,
        channels: 2,
        frames: 44_100 * 185,
    };
    let recordings: Vec<Recording> = release.songs.iter().map(recording).collect();
    let facts = PictureFacts {
        kind: PictureKind::Jpeg,
        width: 3000,
        height: 3000,
        components: 3,
    };
    let parties = DdexParties {
        sender: "PADPIDA2013042401U".into(),
        sender_name: "Laqueur".into(),
        recipient: "PADPIDA2009101501Y".into(),
        recipient_name: "Shop".into(),
        deals: vec![Deal::Download, Deal::Subscription, Deal::Advertising],
        is_live: false,
    };
    ErnMessage {
        release,
        recordings: &recordings,
        cover: &Cover {
            file_name: "4006381333931.jpg".into(),
            bytes: 10,
            sha256: "11".repeat(32),
            facts,
        },
        parties: &parties,
        batch: &batch,
        made_at,
    }
    .write()
}

#[track_caller]
fn check(release: &Release, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "message.xml", &message(release));
    let path = path.to_str().unwrap();
    read_with("xmllint", &["--nonet", "--noout", path]);
    let said = read_with("python3", &["-c", REFERENCES, path]);
    assert_eq!(said.trim(), expected);
    if let Ok(schemas) = std::env::var("DDEX_XSD") {
        let schema = format!("{schemas}/release-notification.xsd");
        read_with(
            "xmllint",
            &["--nonet", "--noout", "--schema", &schema, path],
        );
    }
}

#[test]
fn an_album_names_everybody_once_and_every_reference_leads_somewhere() {
    check(
        &release("album", &["One", "Two"]),
        "['Ada & <Bo>', 'Cy', 'Dee', 'Ed', 'Flo', 'Gil', 'Laqueur', 'Laqueur', 'Shop'] \
         ['DEA122600001', 'DEA122600002'] ['Album'] 2",
    );
}

#[test]
fn a_single_of_one_song_has_no_release_of_its_track() {
    check(
        &release("single", &["One"]),
        "['Ada & <Bo>', 'Cy', 'Dee', 'Ed', 'Flo', 'Laqueur', 'Laqueur', 'Shop'] ['DEA122600001'] ['Single'] 0",
    );
}
