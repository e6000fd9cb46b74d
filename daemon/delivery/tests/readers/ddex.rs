//! Our message as xmllint and Python's ElementTree read it; where `DDEX_XSD` names a folder with DDEX's own schemas
//! (`43`, `432`, `382`, each with its `release-notification.xsd`), held against them.

use delivery::Moment;
use delivery::ddex::{Batch, Cover, DdexParties, Deal, ErnMessage, ErnVersion, FileSum, Recording};
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

fn message(release: &Release, version: ErnVersion) -> Vec<u8> {
    let made_at = Moment::from_unix_ms(1_795_132_800_000).unwrap();
    let batch = Batch::new(release.ean.unwrap(), made_at);
    assert_eq!(batch.id, "20261120000000000");
    let sum = |digits: &str| match version {
        ErnVersion::V43 | ErnVersion::V432 => FileSum::Sha256(digits.repeat(32)),
        ErnVersion::V382 => FileSum::Md5(digits.repeat(16)),
    };
    let recording = |song: &delivery::release::ReleaseSong| Recording {
        file_name: delivery::ddex::resource_name(release.ean.unwrap(), song, "wav"),
        bytes: 1_000,
        sum: sum("00"),
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
        bits: 8,
        is_turned: false,
    };
    let parties = DdexParties {
        sender: "PADPIDA2013042401U".into(),
        sender_name: "Laqueur".into(),
        recipient: "PADPIDA2009101501Y".into(),
        recipient_name: "Shop".into(),
        version,
        deals: vec![Deal::Download, Deal::Subscription, Deal::Advertising],
        is_live: false,
    };
    ErnMessage {
        release,
        recordings: &recordings,
        cover: &Cover {
            file_name: "4006381333931.jpg".into(),
            bytes: 10,
            sum: sum("11"),
            facts,
        },
        parties: &parties,
        batch: &batch,
        made_at,
    }
    .write()
}

/// A message of a version as other programs read it; what they found comes in words.
#[track_caller]
fn read(release: &Release, version: ErnVersion) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "message.xml", &message(release, version));
    let path = path.to_str().unwrap();
    read_with("xmllint", &["--nonet", "--noout", path]);
    if let Ok(schemas) = std::env::var("DDEX_XSD") {
        let version = match version {
            ErnVersion::V43 => "43",
            ErnVersion::V432 => "432",
            ErnVersion::V382 => "382",
        };
        let schema = format!("{schemas}/{version}/release-notification.xsd");
        // Whoever has the licence of one version need not have the others.
        if std::path::Path::new(&schema).exists() {
            read_with(
                "xmllint",
                &["--nonet", "--noout", "--schema", &schema, path],
            );
        }
    }
    let said = read_with("python3", &["-c", REFERENCES, path]);
    said.trim().to_owned()
}

#[test]
fn an_album_names_everybody_once_and_every_reference_leads_somewhere() {
    let album = release("album", &["One", "Two"]);
    let expected = "['Ada & <Bo>', 'Cy', 'Dee', 'Ed', 'Flo', 'Gil', 'Laqueur', 'Laqueur', 'Shop'] \
         ['DEA122600001', 'DEA122600002'] ['Album'] 2";
    assert_eq!(read(&album, ErnVersion::V43), expected);
    assert_eq!(read(&album, ErnVersion::V432), expected);
}

#[test]
fn a_single_of_one_song_has_no_release_of_its_track() {
    let single = release("single", &["One"]);
    let expected = "['Ada & <Bo>', 'Cy', 'Dee', 'Ed', 'Flo', 'Laqueur', 'Laqueur', 'Shop'] ['DEA122600001'] ['Single'] 0";
    assert_eq!(read(&single, ErnVersion::V43), expected);
    assert_eq!(read(&single, ErnVersion::V432), expected);
}

#[test]
fn the_older_version_names_people_where_they_are_meant_and_tracks_as_releases() {
    let album = release("album", &["One", "Two"]);
    let said = read(&album, ErnVersion::V382);
    // The codes stand on recordings and on the releases of tracks.
    assert!(
        said.ends_with(
            "['DEA122600001', 'DEA122600002', 'DEA122600001', 'DEA122600002'] ['Album', 'TrackRelease', 'TrackRelease'] 0"
        ),
        "{said}"
    );
    let said = read(&release("single", &["One"]), ErnVersion::V382);
    assert!(said.ends_with("['Single', 'TrackRelease'] 0"), "{said}");
    let text = String::from_utf8(message(&album, ErnVersion::V382)).unwrap();
    assert!(text.contains("<HashSumAlgorithmType>MD5</HashSumAlgorithmType>"));
    assert!(text.contains("<ICPN IsEan=\"true\">4006381333931</ICPN>"));
    assert!(!text.contains("PartyList"));
}

#[test]
fn each_version_of_the_schema_has_its_own_words() {
    let album = release("album", &["One", "Two"]);
    let text = |version| String::from_utf8(message(&album, version)).unwrap();
    for (version, namespace, genre, role) in [
        (
            ErnVersion::V43,
            "ern/43\"",
            "<Genre>",
            "<Role>Composer</Role>",
        ),
        (
            ErnVersion::V432,
            "ern/432\"",
            "<DisplayGenre>",
            "<Value>Composer</Value>",
        ),
        (
            ErnVersion::V382,
            "ern/382\"",
            "<Genre>",
            "<IndirectResourceContributorRole>Composer</IndirectResourceContributorRole>",
        ),
    ] {
        let text = text(version);
        for words in [namespace, genre, role] {
            assert!(text.contains(words), "{words} in {text}");
        }
    }
}
