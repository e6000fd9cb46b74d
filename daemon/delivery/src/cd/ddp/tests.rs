//! Filesets as they are written, read back, and thousands of damaged ones.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::cd::disc::tests::{at, plan};
use crate::cd::text::{TextBlock, TextKind, TextObjection};
use crate::cd::{Copying, Disc, DiscRefusal, Emphasis, PlannedTrack, PlantRules, PqTime};
use crate::{Ean, Isrc};

/// Two tracks, with everything that a disc can say.
fn disc() -> Disc {
    let mut plan = plan();
    plan.ean = Some(Ean::parse("4006381333931").unwrap());
    plan.master_id = "LAQ001 rev 2".into();
    plan.tracks[0].isrc = Some(Isrc::parse("DEA122600001").unwrap());
    plan.tracks[1].isrc = Some(Isrc::parse("DEA122600002").unwrap());
    plan.tracks[1].copying = Copying::Permitted;
    plan.tracks[1].indexes = vec![at("00:20:10")];
    let mut block = TextBlock::latin1(9);
    block.put(TextKind::Title, "Disc", &["One", "Two"]).unwrap();
    block.put_codes(&plan);
    plan.texts = vec![block];
    Disc::new(plan, &PlantRules::default()).unwrap()
}

/// The image's own sums do not change from case to case.
static IMAGE: LazyLock<Sums> = LazyLock::new(|| FileSums::of(&vec![0; 2250 * 2352]).finish());

/// A folder in which everything can still be changed.
struct Folder {
    files: Vec<DdpFile>,
}

impl Folder {
    fn of(disc: &Disc, image: &Sums) -> Self {
        let descriptors = Descriptors::of(disc).unwrap();
        let all = descriptors.files().into_iter();
        let mut files: Vec<DdpFile> = all.map(|(name, bytes)| file(name, bytes)).collect();
        files.push(DdpFile {
            name: names::IMAGE.into(),
            sums: image.clone(),
            content: None,
        });
        let sums: Vec<(&str, String)> = files
            .iter()
            .map(|file| (file.name.as_str(), file.sums.md5.clone()))
            .collect();
        let sums = checksum_md5(&sums);
        files.push(file(names::SUMS, sums.as_bytes()));
        Self { files }
    }

    fn ours() -> Self {
        Self::of(&disc(), &IMAGE)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        let file = self.files.iter().find(|file| file.name == name);
        file.unwrap().content.clone().unwrap()
    }

    /// Other bytes, with the checksum that goes with them.
    fn put(&mut self, name: &str, bytes: &[u8]) {
        self.drop(name);
        self.files.push(file(name, bytes));
        self.drop(names::SUMS);
    }

    fn drop(&mut self, name: &str) {
        self.files.retain(|file| file.name != name);
    }

    fn judge(&self) -> Judged {
        judge(&self.files, &PlantRules::default())
    }
}

fn file(name: &str, bytes: &[u8]) -> DdpFile {
    DdpFile {
        name: name.into(),
        sums: FileSums::of(bytes).finish(),
        content: Some(bytes.to_vec()),
    }
}

#[track_caller]
fn check(change: impl FnOnce(&mut Folder), expected: &[&str]) {
    let mut folder = Folder::ours();
    change(&mut folder);
    let said: Vec<String> = folder
        .judge()
        .objections
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(said, expected);
}

/// Writes over a descriptor from a place on.
fn over(name: &'static str, place: usize, text: &'static str) -> impl FnOnce(&mut Folder) {
    move |folder| {
        let mut bytes = folder.bytes(name);
        bytes[place..place + text.len()].copy_from_slice(text.as_bytes());
        folder.put(name, &bytes);
    }
}

#[test]
fn our_own_fileset_is_whole_and_reads_back_as_the_disc() {
    let judged = Folder::ours().judge();
    assert_eq!(judged.objections, []);
    assert_eq!(judged.plan, *disc());
    assert_eq!(judged.image.as_deref(), Some("IMAGE.DAT"));
}

#[test]
fn what_the_folder_lacks_is_named() {
    check(|f| f.drop(names::SUMS), &[]);
    check(
        |f| f.drop(names::IMAGE),
        &[
            "DDPMS names IMAGE.DAT, which is not in the folder",
            "CHECKSUM.MD5 names IMAGE.DAT, which is not in the folder",
        ],
    );
    check(
        |f| {
            f.drop(names::ID);
            f.drop(names::SUMS);
        },
        &["DDPID is missing"],
    );
    check(
        |f| {
            let mut map = f.bytes(names::MAP);
            map.drain(..128);
            f.put(names::MAP, &map);
        },
        &[
            "CDTEXT.BIN lies in the folder, but DDPMS does not name it, so that the disc would have no CD-Text",
        ],
    );
    check(
        |f| f.put(names::PQ, &[]),
        &[
            "PQDESCR has 0 bytes, DDPMS says 512",
            "PQDESCR has 0 bytes, which are not whole records of 64",
            "the PQ descriptor does not begin with the lead-in, 00/00 at 00:00:00",
            "the PQ descriptor does not end with the lead-out, AA",
            "the lead-out is at 00:00:00, the image ends at 00:30:00",
            "CD-Text: block 0 is made for 2 tracks, the disc has 0",
        ],
    );
}

#[test]
fn lengths_and_gaps_are_compared() {
    check(
        |f| {
            f.drop(names::IMAGE);
            f.put(names::IMAGE, &[0; 2352]);
        },
        &["IMAGE.DAT has 2352 bytes, DDPMS says 5292000"],
    );
    // The image is the third record: its length, its start, its pregap.
    check(
        over(names::MAP, 256 + 14, "    2249"),
        &[
            "IMAGE.DAT has 5292000 bytes, DDPMS says 5289648",
            "the lead-out is at 00:30:00, the image ends at 00:29:74",
        ],
    );
    check(over(names::MAP, 256 + 22, "00000000"), &[]);
    check(
        over(names::MAP, 256 + 22, "00000075"),
        &["the image IMAGE.DAT starts at sector 75 where 0 comes next: 75 sectors are missing"],
    );
    check(
        over(names::MAP, 256 + 46, "0225"),
        &["DDPMS says the first track starts after 225 sectors, the PQ descriptor after 150"],
    );
    check(
        over(names::MAP, 256 + 14, "    2x50"),
        &[
            "DDPMS, record 3: the length \"2x50\" is no number",
            "DDPMS has 0 images; an audio disc has one",
        ],
    );
}

#[test]
fn marks_are_compared_with_each_other_and_with_the_red_book() {
    // Records: lead-in, 1/0, 1/1, 2/0, 2/1, 2/2, AA, AA.
    check(
        over(names::PQ, 4 * 64 + 10, "001174"),
        &[
            "the PQ descriptor, record 5: 00:11:74 comes before 00:12:00 of the record above",
            "track 2, index 01 at 00:11:74 does not come after the mark before it at 00:12:00",
        ],
    );
    check(
        over(names::PQ, 3 * 64 + 4, "03"),
        &[
            "the PQ descriptor, record 4: track 03 where 02 comes next",
            "the PQ descriptor, record 5: track 02 where 04 comes next",
            "track 3 has no index 01",
        ],
    );
    check(
        over(names::PQ, 5 * 64 + 6, "03"),
        &["track 2: index 03 where 02 comes next"],
    );
    check(
        over(names::PQ, 5 * 64 + 16, "01"),
        &["track 2: pre-emphasis or copy flags change inside the track"],
    );
    check(
        over(names::PQ, 2 * 64 + 16, "41"),
        &[
            "the PQ descriptor, record 3: the control \"41\" is not that of two channels of sound",
            "track 1 has no index 01",
            "DDPMS says the first track starts after 150 sectors, the PQ descriptor after 1050",
            "CD-Text: block 0 is made for 2 tracks, the disc has 1",
            "track 1: the ISRC is DE-A12-26-00002 in the PQ descriptor and DE-A12-26-00001 in CD-Text",
            "track 1: its pregap (index 00) begins at 00:00:00, the first sector of the image",
        ],
    );
    check(
        over(names::PQ, 3 * 64 + 10, "000574"),
        &["track 1: from 00:02:00 to 00:05:74 it is 00:03:74 long; a track has 00:04:00 or more"],
    );
}

#[test]
fn codes_are_the_same_everywhere() {
    check(
        over(names::PQ, 64 + 20, "DEA122600009"),
        &[
            "track 1: the ISRC is DE-A12-26-00009 in the PQ descriptor and DE-A12-26-00001 in a later record of it",
            "track 1: the ISRC is DE-A12-26-00009 in the PQ descriptor and DE-A12-26-00001 in CD-Text",
        ],
    );
    check(
        over(names::ID, 8, "4006381333948"),
        &[
            "the EAN is 4006381333948 in DDPID and 4006381333931 in the PQ descriptor",
            "the EAN is 4006381333948 in DDPID and 4006381333931 in CD-Text",
        ],
    );
    check(
        over(names::ID, 8, "4006381333932"),
        &["DDPID: \"4006381333932\" is not an EAN: after its other digits the last one would be 1"],
    );
    check(over(names::ID, 8, "             "), &[]);
}

#[test]
fn zeros_in_place_of_spaces_are_taken() {
    check(
        |folder| {
            over(names::MAP, 256 + 14, "00002250")(folder);
            over(names::MAP, 256 + 46, "0150")(folder);
            over(names::MAP, 256 + 71, "017")(folder);
            over(names::PQ, 8, "00")(folder);
        },
        &[],
    );
}

fn any_disc() -> impl Strategy<Value = Disc> {
    let flags = (any::<bool>(), 0usize..3);
    let track = (0u32..3, 300u32..2000, 0u32..5, flags, any::<bool>());
    let tracks = prop::collection::vec(track, 1..30);
    (tracks, 150u32..1000, any::<bool>(), "[ -~]{0,48}").prop_map(|(tracks, first, coded, id)| {
        let mut next = first;
        let mut plan = crate::cd::DiscPlan {
            ean: coded.then(|| Ean::parse("4006381333931").unwrap()),
            master_id: id.trim().to_owned(),
            ..crate::cd::DiscPlan::default()
        };
        let time = |sectors| PqTime::from_sectors(sectors).unwrap();
        for (no, (pregap, length, indexes, (is_emphasised, copying), has_isrc)) in (1..).zip(tracks)
        {
            let begins = next;
            let start = if no == 1 {
                begins
            } else {
                begins + pregap * 75
            };
            next = start + length;
            plan.tracks.push(PlannedTrack {
                pregap: match no {
                    1 => Some(PqTime::ZERO),
                    _ => (start > begins).then(|| time(begins)),
                },
                start: time(start),
                indexes: (1..=indexes).map(|i| time(start + i * 7)).collect(),
                emphasis: if is_emphasised {
                    Emphasis::Fifty15
                } else {
                    Emphasis::Flat
                },
                copying: [Copying::Prohibited, Copying::Permitted, Copying::Once][copying],
                isrc: has_isrc.then(|| Isrc::parse(&format!("DEA1226{no:05}")).unwrap()),
            });
        }
        plan.end = time(next);
        let mut block = TextBlock::latin1(9);
        let titles = vec!["a"; plan.tracks.len()];
        block.put(TextKind::Title, "b", &titles).unwrap();
        block.put_codes(&plan);
        plan.texts = vec![block];
        Disc::new(plan, &PlantRules::default()).unwrap()
    })
}

/// One thing that goes wrong, and the objection that names it.
#[derive(Clone, Debug)]
enum Damage {
    /// A byte of a descriptor, whose checksum stays.
    Byte(&'static str, prop::sample::Index, u8),
    /// Bytes missing at the end of a descriptor.
    Cut(&'static str, usize),
    /// A file that is gone.
    Gone(&'static str),
    /// An image that is some sectors too short.
    ShortImage(u32),
    /// A record of the PQ descriptor that is gone; never one of the two at the end.
    LostMark(prop::sample::Index),
    /// The marks of two records exchanged.
    Swapped(prop::sample::Index),
    /// A checksum of a pack of CD-Text.
    Pack(prop::sample::Index, u8),
    /// A byte that is not printable.
    Unprintable(&'static str, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let descriptor = || prop::sample::select(vec![names::ID, names::MAP, names::PQ, names::TEXT]);
    let record = || prop::sample::select(vec![names::ID, names::MAP, names::PQ]);
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (descriptor(), place(), 1u8..).prop_map(|(n, at, by)| Damage::Byte(n, at, by)),
        (descriptor(), 1usize..18).prop_map(|(n, bytes)| Damage::Cut(n, bytes)),
        prop::sample::select(vec![
            names::ID,
            names::MAP,
            names::PQ,
            names::TEXT,
            names::IMAGE
        ])
        .prop_map(Damage::Gone),
        (1u32..150).prop_map(Damage::ShortImage),
        place().prop_map(Damage::LostMark),
        place().prop_map(Damage::Swapped),
        (place(), 1u8..).prop_map(|(at, by)| Damage::Pack(at, by)),
        (record(), place()).prop_map(|(n, at)| Damage::Unprintable(n, at)),
    ]
}

impl Damage {
    fn apply(&self, folder: &mut Folder) {
        match self {
            Self::Byte(name, at, by) => {
                let mut bytes = folder.bytes(name);
                let at = at.index(bytes.len());
                bytes[at] ^= by;
                folder.drop(name);
                folder.files.push(file(name, &bytes));
            }
            Self::Cut(name, count) => {
                let bytes = folder.bytes(name);
                folder.put(name, &bytes[..bytes.len() - count]);
            }
            Self::Gone(name) => {
                folder.drop(name);
                folder.drop(names::SUMS);
            }
            Self::ShortImage(sectors) => {
                folder.drop(names::IMAGE);
                let length = 2352 * (150 - usize::try_from(*sectors).unwrap());
                folder.put(names::IMAGE, &vec![0; length]);
            }
            Self::LostMark(at) => {
                let mut bytes = folder.bytes(names::PQ);
                let record = at.index(bytes.len() / 64 - 2);
                bytes.drain(record * 64..record * 64 + 64);
                folder.put(names::PQ, &bytes);
            }
            Self::Swapped(at) => {
                let mut bytes = folder.bytes(names::PQ);
                // From 01/00 at 00:00:00 on, times of neighbours differ.
                let record = 1 + at.index(bytes.len() / 64 - 3);
                let (one, other) = bytes[record * 64..].split_at_mut(64);
                one[10..16].swap_with_slice(&mut other[10..16]);
                folder.put(names::PQ, &bytes);
            }
            Self::Pack(at, by) => {
                let mut bytes = folder.bytes(names::TEXT);
                let pack = at.index(bytes.len() / 18);
                bytes[pack * 18 + 16] ^= by;
                folder.put(names::TEXT, &bytes);
            }
            Self::Unprintable(name, at) => {
                let mut bytes = folder.bytes(name);
                let at = at.index(bytes.len());
                bytes[at] = 0x07;
                folder.put(name, &bytes);
            }
        }
    }

    fn is_named_by(&self, said: &DdpObjection) -> bool {
        use DdpObjection as O;
        match (self, said) {
            (Self::Byte(name, ..), O::SumDiffers { name: found, .. })
            | (
                Self::Cut(name, _) | Self::Unprintable(name, _),
                O::Records { name: found, .. } | O::Unprintable { name: found, .. },
            )
            | (Self::Gone(name), O::Missing(found) | O::NoFile(found)) => name == found,
            (Self::Cut(names::TEXT, _), O::Length { name, .. }) => name == names::TEXT,
            (Self::Cut(names::TEXT, _), O::Text(TextObjection::Length(_))) => true,
            (Self::ShortImage(_), O::Length { name, .. }) => name == names::IMAGE,
            (Self::LostMark(_), O::Length { name, .. }) => name == names::PQ,
            (Self::Swapped(_), O::PqBackwards { .. }) => true,
            (Self::Pack(..), O::Text(TextObjection::Crc { .. })) => true,
            _ => false,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(disc in any_disc()) {
        let sectors = u64::from(disc.end.sectors());
        // Only its length counts here.
        let bytes = vec![0; 2352];
        let mut image = FileSums::default();
        for _ in 0..sectors.min(1) {
            image.update(&bytes);
        }
        let judged = Folder::of(&disc, &image.finish()).judge();
        let said: Vec<&DdpObjection> = judged
            .objections
            .iter()
            .filter(|said| !matches!(said, DdpObjection::Length { name, .. } if name == names::IMAGE))
            .collect();
        prop_assert!(said.is_empty(), "{said:?}");
        prop_assert_eq!(&judged.plan, &*disc);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Each damage is named by the objection that is its own.
    #[test]
    fn damage_is_named(damage in damage()) {
        let mut folder = Folder::ours();
        damage.apply(&mut folder);
        let said = folder.judge().objections;
        prop_assert!(said.iter().any(|said| damage.is_named_by(said)), "{damage:?}: {said:?}");
    }

    /// Several changed bytes, with no checksums to give them away: read without a panic, and either
    /// objected to or still a disc that keeps every rule.
    #[test]
    fn what_is_not_objected_to_is_a_disc(
        changes in prop::collection::vec((0usize..4, any::<prop::sample::Index>(), 0x20u8..0x7f), 1..12),
    ) {
        let mut folder = Folder::ours();
        for (name, at, byte) in changes {
            let name = [names::ID, names::MAP, names::PQ, names::TEXT][name];
            let mut bytes = folder.bytes(name);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            folder.put(name, &bytes);
        }
        let judged = folder.judge();
        if judged.objections.is_empty() {
            let plan = crate::cd::DiscPlan { texts: Vec::new(), ..judged.plan };
            prop_assert!(Disc::new(plan, &PlantRules::default()).is_ok());
        }
    }

    /// Anything at all in place of the descriptors.
    #[test]
    fn no_bytes_are_too_much(
        id in prop::collection::vec(any::<u8>(), 0..200),
        map in prop::collection::vec(any::<u8>(), 0..300),
        sums in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let files = [file(names::ID, &id), file(names::MAP, &map), file(names::SUMS, &sums)];
        prop_assert!(!judge(&files, &PlantRules::default()).objections.is_empty());
    }
}

#[test]
fn a_stricter_plant_objects() {
    let plant = PlantRules {
        longest: at("00:29:00"),
    };
    let said = judge(&Folder::ours().files, &plant).objections;
    let (end, longest) = (at("00:30:00"), plant.longest);
    assert_eq!(
        said,
        [DdpObjection::Disc(DiscRefusal::TooLong { end, longest })]
    );
}
