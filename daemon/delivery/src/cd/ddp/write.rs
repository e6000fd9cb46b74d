//! A disc as descriptors.

use super::{DdpId, MapRecord, PqRecord, PqTrack, id::LEVEL};
use crate::cd::text::TextRefusal;
use crate::cd::{Copying, Disc, Emphasis, PqTime, text};

/// The names that a fileset of ours has; some readers know no others.
pub mod names {
    /// What the fileset is.
    pub const ID: &str = "DDPID";
    /// Which files it has.
    pub const MAP: &str = "DDPMS";
    /// Every mark of the disc.
    pub const PQ: &str = "PQDESCR";
    /// The sound.
    pub const IMAGE: &str = "IMAGE.DAT";
    /// CD-Text.
    pub const TEXT: &str = "CDTEXT.BIN";
    /// Checksums of the others.
    pub const SUMS: &str = "CHECKSUM.MD5";
}

/// Every file of a fileset but the image and the checksums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptors {
    /// `DDPID`.
    pub id: Vec<u8>,
    /// `DDPMS`.
    pub map: Vec<u8>,
    /// `PQDESCR`.
    pub pq: Vec<u8>,
    /// `CDTEXT.BIN`, where the disc has texts.
    pub text: Option<Vec<u8>>,
}

impl Descriptors {
    /// The descriptors of a disc.
    ///
    /// # Errors
    /// CD-Text that cannot be written, which a [`Disc`] was already held against.
    pub fn of(disc: &Disc) -> Result<Self, TextRefusal> {
        let text = if disc.texts.is_empty() {
            None
        } else {
            Some(text::write(&disc.texts, disc.tracks.len())?)
        };
        let id = DdpId {
            level: LEVEL.to_owned(),
            ean: ean(disc),
            master_id: disc.master_id.clone(),
            disc_type: "CD".to_owned(),
        };
        let pq: Vec<u8> = pq_records(disc)
            .iter()
            .flat_map(PqRecord::to_bytes)
            .collect();
        let map = map_records(disc, &pq, text.as_deref());
        Ok(Self {
            id: id.to_bytes(),
            map: map.iter().flat_map(MapRecord::to_bytes).collect(),
            pq,
            text,
        })
    }

    /// Names and bytes, in the order of the checksums.
    pub fn files(&self) -> Vec<(&'static str, &[u8])> {
        let text = self.text.iter().map(|text| (names::TEXT, text.as_slice()));
        let first = [(names::ID, self.id.as_slice()), (names::MAP, &self.map)];
        let last = [(names::PQ, self.pq.as_slice())];
        first.into_iter().chain(text).chain(last).collect()
    }
}

fn ean(disc: &Disc) -> String {
    disc.ean.map(|ean| ean.to_string()).unwrap_or_default()
}

/// CD-Text, PQ, image: the order of the programs whose output plants know best.
fn map_records(disc: &Disc, pq: &[u8], text: Option<&[u8]>) -> Vec<MapRecord> {
    let bytes = |bytes: &[u8]| u32::try_from(bytes.len()).ok();
    let text = text.map(|text| MapRecord {
        stream: "S0".into(),
        length: bytes(text),
        subcode: "CDTEXT".into(),
        track: "00".into(),
        file: names::TEXT.into(),
        ..MapRecord::default()
    });
    let pq = MapRecord {
        stream: "S0".into(),
        length: bytes(pq),
        subcode: "PQ DESCR".into(),
        file: names::PQ.into(),
        ..MapRecord::default()
    };
    let image = MapRecord {
        stream: "D0".into(),
        length: Some(disc.end.sectors()),
        mode: "DA".into(),
        storage: "7".into(),
        scrambled: "0".into(),
        pregap: disc.tracks.first().map(|track| track.start.sectors()),
        file: names::IMAGE.into(),
        ..MapRecord::default()
    };
    text.into_iter().chain([pq, image]).collect()
}

fn pq_records(disc: &Disc) -> Vec<PqRecord> {
    let plain = |track, index, at| PqRecord {
        track,
        index,
        at,
        emphasis: Emphasis::Flat,
        copying: Copying::Prohibited,
        isrc: String::new(),
        ean: String::new(),
    };
    let mut records = vec![PqRecord {
        // Where only DDPID has it, some plants lose it on the pressed disc.
        ean: ean(disc),
        ..plain(PqTrack::LeadIn, 0, PqTime::ZERO)
    }];
    for (no, track) in (1u8..=99).zip(&disc.tracks) {
        for (index, at) in track.marks() {
            // Some readers look at index 00 alone, some at index 01 alone.
            let isrc = track.isrc.filter(|_| index < 2);
            records.push(PqRecord {
                emphasis: track.emphasis,
                copying: track.copying,
                isrc: isrc.map(|i| i.as_str().to_owned()).unwrap_or_default(),
                ..plain(PqTrack::Track(no), u8::try_from(index).unwrap_or(99), at)
            });
        }
    }
    // Twice, as every program whose output plants know does.
    records.extend([
        plain(PqTrack::LeadOut, 1, disc.end),
        plain(PqTrack::LeadOut, 1, disc.end),
    ]);
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cd::ddp::FileSums;
    use crate::cd::disc::tests::at;
    use crate::cd::{DiscPlan, PlannedTrack, PlantRules};

    #[track_caller]
    fn check(bytes: &[u8], length: usize, md5: &str, crc32: &str) {
        let sums = FileSums::of(bytes);
        assert_eq!(
            (bytes.len(), sums.md5().as_str(), sums.crc32().as_str()),
            (length, md5, crc32)
        );
    }

    /// Recorded from cue2ddp 1.1: one track, an image of 10 s, a pregap of 225 sectors, no EAN; the
    /// PQ descriptor named `SD`, the image marked as scrambled.
    #[test]
    fn descriptors_are_those_that_cue2ddp_writes() {
        let plan = DiscPlan {
            tracks: vec![PlannedTrack {
                pregap: Some(PqTime::ZERO),
                start: at("00:03:00"),
                ..PlannedTrack::default()
            }],
            end: at("00:10:00"),
            ..DiscPlan::default()
        };
        let disc = Disc::new(plan, &PlantRules::default()).unwrap();
        let ours = Descriptors::of(&disc).unwrap();
        check(
            &ours.id,
            128,
            "187970110683c92c25bdb82256354780",
            "730DC92D",
        );
        check(
            &ours.pq,
            320,
            "87cb4e54c49bf4f79a8216aec39da777",
            "2AE8F152",
        );
        let mut map = map_records(&disc, &ours.pq, None);
        map[0].file = "SD".into();
        map[1].scrambled = "1".into();
        let map: Vec<u8> = map.iter().flat_map(MapRecord::to_bytes).collect();
        check(&map, 256, "33271a39835f8d735b7e02f8a9d8823f", "B19B0025");
    }
}
