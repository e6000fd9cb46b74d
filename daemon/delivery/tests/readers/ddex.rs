//! Our message as xmllint and Python's ElementTree read it; where `DDEX_XSD` names a folder with DDEX's own schemas
//! (`43`, `432`, `382`, each with its `release-notification.xsd`), held against them.

use attachments::{Movie, MovieTrack, TrackKind};
use delivery::Moment;
use delivery::ddex::{
    Along, AlongAs, Batch, Cover, DdexParties, Deal, ErnMessage, ErnVersion, FileSum, Recording,
};
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
contained = [e.text for e in root.iter('ResourceContainedResourceReference') if not len(e)]
leads(['ReleaseResourceReference', 'LinkedReleaseResourceReference', 'ResourceRelatedResourceReference'], 'ResourceReference')
assert set(contained) <= set(texts('ResourceReference')), contained
leads(['DealReleaseReference'], 'ReleaseReference')
assert len(set(texts('TechnicalResourceDetailsReference'))) == len(texts('ResourceReference'))
print(sorted(texts('FullName')), texts('ISRC'), texts('ReleaseType'), len(texts('TrackRelease')))
";

fn release(kind: &str, songs: &[&str]) -> Release {
    release_of(RELEASE, kind, songs)
}

fn release_of(text: &str, kind: &str, songs: &[&str]) -> Release {
    let text = text.replace("KIND", kind);
    ReleaseSheet::read(&text)
        .unwrap()
        .complete(&facts(songs))
        .unwrap()
}

fn facts(songs: &[&str]) -> ProgrammeFacts {
    let song = |(track, name): (u32, &&str)| SongFacts {
        disc: 1,
        track,
        name: (*name).to_owned(),
        title: (*name).to_owned(),
    };
    ProgrammeFacts {
        title: "Lines".into(),
        artist: None,
        songs: (1..).zip(songs).map(song).collect(),
        other_names: vec!["Two".into()],
    }
}

fn message(release: &Release, version: ErnVersion) -> Vec<u8> {
    message_with(release, version, &[])
}

/// A film of ProRes and PCM, as its container tells it.
fn movie() -> Movie {
    let track = |kind, codec: &str| MovieTrack {
        kind,
        codec: codec.to_owned(),
        seconds: 185.2,
        starts_seconds: 0.0,
        skips_seconds: 0.0,
        edits: 1,
        width_px: 0,
        height_px: 0,
        frame_rate: None,
        is_steady: true,
        channels: 0,
        rate_hz: 0,
        bits: 0,
        reaches: 0,
    };
    Movie {
        bytes: 2_000,
        seconds: 185.2,
        tracks: vec![
            MovieTrack {
                width_px: 1920,
                height_px: 1080,
                frame_rate: Some(30_000.0 / 1_001.0),
                ..track(TrackKind::Picture, "apch")
            },
            MovieTrack {
                channels: 2,
                rate_hz: 48_000,
                bits: 24,
                ..track(TrackKind::Sound, "lpcm")
            },
        ],
        damage: Vec::new(),
    }
}

fn message_with(release: &Release, version: ErnVersion, along: &[AlongAs]) -> Vec<u8> {
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
    let along = along.iter().map(|what| Along {
        file_name: match what {
            AlongAs::Booklet => "4006381333931_booklet.pdf".to_owned(),
            AlongAs::Video { song, .. } => {
                delivery::ddex::video_name(release.ean.unwrap(), &release.songs[*song])
            }
        },
        bytes: 2_000,
        sum: sum("22"),
        what: what.clone(),
    });
    let along: Vec<Along> = along.collect();
    ErnMessage {
        release,
        recordings: &recordings,
        along: &along,
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
    read_bytes(&message(release, version), version)
}

#[track_caller]
fn read_bytes(message: &[u8], version: ErnVersion) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "message.xml", message);
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

/// What goes along, as others find it: its kind, how its file is called, whose sound it has, what it is told by, and that the
/// release holds it without a number.
const ALONG: &str = r"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
resources = root.find('ResourceList')
order = [e.tag for e in resources]
assert order == sorted(order, key=['SoundRecording', 'Video', 'Image', 'Text'].index), order
text = lambda e, name: next((one.text for one in e.iter(name)), None)
def name(e):
    return text(e, 'FileName') or text(e, 'URI').removeprefix('resources/')
items = {text(i, 'ReleaseResourceReference'): i for i in root.iter('ResourceGroupContentItem')}
for e in resources:
    if e.tag not in ('Video', 'Text'): continue
    item = items[text(e, 'ResourceReference')]
    assert text(item, 'IsBonusResource') == 'true' and item.find('SequenceNumber') is None
    of = [t for t in (text(e, 'ResourceRelatedResourceReference'),) if t] + \
         [one.text for one in e.iter('ResourceContainedResourceReference') if not len(one)]
    print(e.tag, text(e, 'Type') or text(e, 'VideoType') or text(e, 'TextType'), name(e), *of,
          text(e, 'ISRC'), text(e, 'ProprietaryId'), text(e, 'Duration'), text(e, 'TextCodecType'),
          *[one.text for one in e.iter() if one.tag in ('ContainerFormat', 'FrameRate', 'ImageHeight', 'ImageWidth',
            'AudioCodecType', 'NumberOfAudioChannels', 'AudioSamplingRate', 'AudioBitsPerSample')],
          *[one.get('UserDefinedValue') or one.text for one in e.iter('VideoCodecType')], sep='|')
print(len(items), len([e for e in root.iter('TrackRelease')]), root.get('ReleaseProfileVersionId'))
";

#[track_caller]
fn along(message: &[u8], version: ErnVersion) -> String {
    read_bytes(message, version);
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "message.xml", message);
    let said = read_with("python3", &["-c", ALONG, path.to_str().unwrap()]);
    said.trim().to_owned()
}

#[test]
fn booklet_and_video_go_along_as_resources_of_the_release() {
    let text = RELEASE.replace(
        "isrc = \"DEA122600002\"",
        "isrc = \"DEA122600002\"\nvideo_isrc = \"DEA122600900\"",
    );
    let album = release_of(&text, "album", &["One", "Two"]);
    let what = [
        AlongAs::Video {
            song: 1,
            movie: movie(),
        },
        AlongAs::Booklet,
    ];
    let film = "4006381333931_01_002.mov|A2|DEA122600900|4006381333931_01_002_video|PT3M5S|None|QuickTime|29.97|1080|1920|PCM|2|48000|24";
    let booklet =
        "Text|NonInteractiveBooklet|4006381333931_booklet.pdf|None|4006381333931_booklet|None|PDF";
    for version in [ErnVersion::V43, ErnVersion::V432] {
        let said = along(&message_with(&album, version, &what), version);
        let expected =
            format!("Video|ShortFormMusicalWorkVideo|{film}|ProRes-422_HQ\n{booklet}\n4 2 Audio");
        assert_eq!(said, expected);
    }
    let older = along(
        &message_with(&album, ErnVersion::V382, &what),
        ErnVersion::V382,
    );
    let expected = format!(
        "Video|ShortFormMusicalWorkVideo|{film}|ProRes 422 HQ\n{booklet}\n5 0 CommonReleaseTypesTypes/13/AudioAlbumMusicOnly"
    );
    assert_eq!(older, expected);
}

#[test]
fn a_single_with_a_booklet_is_no_simple_one() {
    let single = release("single", &["One"]);
    let version = ErnVersion::V43;
    let said = along(
        &message_with(&single, version, &[AlongAs::Booklet]),
        version,
    );
    assert!(said.ends_with("2 1 Audio"), "{said}");
    // A video whose code nobody knows is told by the sender's own.
    let film = AlongAs::Video {
        song: 0,
        movie: Movie {
            seconds: 185.2,
            ..Movie::default()
        },
    };
    for version in [ErnVersion::V43, ErnVersion::V382] {
        let said = along(
            &message_with(&single, version, std::slice::from_ref(&film)),
            version,
        );
        assert!(
            said.starts_with("Video|ShortFormMusicalWorkVideo|4006381333931_01_001.mov|A1|None|4006381333931_01_001_video|PT3M5S|None|QuickTime\n"),
            "{said}"
        );
    }
}

#[test]
fn a_video_has_a_code_of_its_own() {
    let text = RELEASE.replace("KIND", "album").replace(
        "isrc = \"DEA122600002\"",
        "isrc = \"DEA122600002\"\nvideo_isrc = \"DEA122600001\"",
    );
    let refused = ReleaseSheet::read(&text)
        .unwrap()
        .complete(&facts(&["One", "Two"]));
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("the ISRC of its video, DE-A12-26-00001, is another's"),
        "{said}"
    );
}
