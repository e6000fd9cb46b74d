//! A fileset that somebody else wrote, held against itself and against the Red Book.

use super::checksums::{Sums, is_sums, read_sums};
use super::id::LEVEL;
use super::pq::{PqRecord, PqTrack};
use super::write::names;
use super::{DdpId, DdpObjection, MAX_DESCRIPTOR_BYTES, MapRecord};
use crate::cd::disc::refusals;
use crate::cd::text::{self, TextBlock, TextKind};
use crate::cd::{DiscPlan, PlannedTrack, PlantRules, PqTime};
use crate::{Ean, Isrc};

/// A file of the folder.
#[derive(Clone, Debug)]
pub struct DdpFile {
    /// Its name.
    pub name: String,
    /// Sums and length of its bytes.
    pub sums: Sums,
    /// Its bytes, where they are at most [`MAX_DESCRIPTOR_BYTES`].
    pub content: Option<Vec<u8>>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What is wrong; nothing for a fileset that a plant can take.
    pub objections: Vec<DdpObjection>,
    /// The disc, as far as it can be read.
    pub plan: DiscPlan,
    /// The file of the image, by its name in the folder.
    pub image: Option<String>,
}

/// Judges a fileset by the files of its folder.
pub fn judge(files: &[DdpFile], plant: &PlantRules) -> Judged {
    let mut judging = Judging {
        files,
        said: Vec::new(),
        plan: DiscPlan::default(),
        image: None,
    };
    let id_ean = judging.id();
    let map = judging.map();
    let image = judging.images(&map);
    let pq_ean = judging.pq(&map, image);
    let texts = judging.texts(&map);
    judging.eans([("DDPID", id_ean), ("the PQ descriptor", pq_ean)], &texts);
    judging.isrcs(&texts);
    judging.plan.texts = texts;
    let plan = DiscPlan {
        // What the packs say was judged as they were read.
        texts: Vec::new(),
        ..judging.plan.clone()
    };
    if !plan.tracks.is_empty() {
        let refused = refusals(&plan, plant).into_iter();
        judging.said.extend(refused.map(DdpObjection::Disc));
    }
    judging.sums();
    Judged {
        objections: judging.said,
        plan: judging.plan,
        image: judging.image,
    }
}

struct Judging<'a> {
    files: &'a [DdpFile],
    said: Vec<DdpObjection>,
    plan: DiscPlan,
    image: Option<String>,
}

impl<'a> Judging<'a> {
    /// A file by its name; disks that know no case change it.
    fn file(&self, name: &str) -> Option<&'a DdpFile> {
        let exact = self.files.iter().find(|file| file.name == name);
        let alike = || {
            let mut files = self.files.iter();
            files.find(|file| file.name.eq_ignore_ascii_case(name))
        };
        exact.or_else(alike)
    }

    /// The bytes of a descriptor.
    fn content(&mut self, name: &str) -> Option<&'a [u8]> {
        let Some(file) = self.file(name) else {
            self.said.push(DdpObjection::Missing(name.to_owned()));
            return None;
        };
        let bytes = file.sums.bytes;
        let content = file.content.as_deref();
        if content.is_none() || bytes > MAX_DESCRIPTOR_BYTES {
            let name = file.name.clone();
            self.said.push(DdpObjection::Oversized { name, bytes });
        }
        content
    }

    /// The records of a descriptor, of which each is printable and begins with its mark.
    fn records(&mut self, name: &str, size: usize, mark: &'static str) -> Vec<&'a [u8]> {
        let Some(content) = self.content(name) else {
            return Vec::new();
        };
        let name = || name.to_owned();
        if !content.len().is_multiple_of(size) || content.is_empty() {
            self.said.push(DdpObjection::Records {
                name: name(),
                bytes: content.len(),
                record: size,
            });
        }
        let records: Vec<&[u8]> = content.chunks_exact(size).collect();
        for (record, bytes) in (1..).zip(&records) {
            let strange = |b: &u8| !matches!(b, 0x20..=0x7e);
            if let Some(at) = bytes.iter().position(strange) {
                self.said.push(DdpObjection::Unprintable {
                    name: name(),
                    record,
                    at,
                    byte: bytes[at],
                });
            }
            if !bytes.starts_with(mark.as_bytes()) {
                self.said.push(DdpObjection::Mark {
                    name: name(),
                    record,
                    mark,
                });
            }
        }
        records
    }

    fn id(&mut self) -> String {
        let records = self.records(names::ID, DdpId::BYTES, "DDP ");
        let Some(record) = records.first() else {
            return String::new();
        };
        let id = DdpId::parse(record);
        if id.level != LEVEL {
            self.said.push(DdpObjection::Level(id.level));
        }
        if id.disc_type != "CD" {
            self.said.push(DdpObjection::DiscType(id.disc_type));
        }
        self.plan.master_id = id.master_id;
        id.ean
    }

    /// The map's records whose files are there and as long as it says.
    fn map(&mut self) -> Vec<MapRecord> {
        let mut map = Vec::new();
        let records = self.records(names::MAP, MapRecord::BYTES, MapRecord::MARK);
        for (record, bytes) in (1..).zip(records) {
            match MapRecord::parse(bytes) {
                Ok(stream) => {
                    self.judge_stream(record, &stream);
                    map.push(stream);
                }
                Err((field, text)) => {
                    self.said.push(DdpObjection::Number {
                        record,
                        field,
                        text,
                    });
                }
            }
        }
        let mut count =
            |what, is_it: fn(&MapRecord) -> bool, most: std::ops::RangeInclusive<usize>| {
                let found = map.iter().filter(|stream| is_it(stream)).count();
                if !most.contains(&found) {
                    self.said.push(DdpObjection::Count { what, found });
                }
            };
        count("PQ descriptors", MapRecord::is_pq, 1..=1);
        count("images", MapRecord::is_image, 1..=1);
        count("CD-Text files", MapRecord::is_text, 0..=1);
        if !map.iter().any(MapRecord::is_text)
            && let Some(file) = self.file(names::TEXT)
        {
            let name = file.name.clone();
            self.said.push(DdpObjection::TextNotNamed(name));
        }
        map
    }

    fn judge_stream(&mut self, record: usize, stream: &MapRecord) {
        let name = stream.file.clone();
        if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
            self.said.push(DdpObjection::Name { record, name });
            return;
        }
        let Some(file) = self.file(&name) else {
            self.said.push(DdpObjection::NoFile(name));
            return;
        };
        let found = file.sums.bytes;
        let unit = if stream.stream.starts_with('D') {
            PqTime::BYTES_PER_SECTOR
        } else {
            1
        };
        match stream.length.map(|length| u64::from(length) * unit) {
            Some(said) if said == found => (),
            Some(said) => self.said.push(DdpObjection::Length { name, found, said }),
            None => self.said.push(DdpObjection::NoLength(name)),
        }
    }

    /// Looks at the images one after the other; gives the sectors of all.
    fn images(&mut self, map: &[MapRecord]) -> Option<u32> {
        let mut end: Option<u32> = None;
        for image in map.iter().filter(|stream| stream.is_image()) {
            let expected = end.unwrap_or(0);
            let name = || image.file.clone();
            if let Some(start) = image.start.filter(|start| *start != expected) {
                self.said.push(DdpObjection::Gap {
                    name: name(),
                    start,
                    expected,
                });
            }
            if image.mode != "DA" || image.storage != "7" {
                let (mode, storage) = (image.mode.clone(), image.storage.clone());
                self.said.push(DdpObjection::Mode {
                    name: name(),
                    mode,
                    storage,
                });
            }
            end = Some(expected.saturating_add(image.length.unwrap_or(0)));
            if self.image.is_none() {
                self.image = self.file(&image.file).map(|file| file.name.clone());
            }
        }
        end
    }

    /// Reads the marks into the plan; gives the EAN that stands there.
    fn pq(&mut self, map: &[MapRecord], image: Option<u32>) -> String {
        let Some(stream) = map.iter().find(|stream| stream.is_pq()) else {
            return String::new();
        };
        if self.file(&stream.file).is_none() {
            return String::new();
        }
        let mut marks = Vec::new();
        for (record, bytes) in
            (1..).zip(self.records(&stream.file, PqRecord::BYTES, PqRecord::MARK))
        {
            match PqRecord::parse(bytes) {
                Ok(mark) => marks.push((record, mark)),
                Err(fault) => self.said.push(DdpObjection::Pq { record, fault }),
            }
        }
        for pair in marks.windows(2) {
            if let [(_, above), (record, mark)] = pair
                && mark.at < above.at
            {
                let (at, before) = (mark.at, above.at);
                self.said.push(DdpObjection::PqBackwards {
                    record: *record,
                    at,
                    before,
                });
            }
        }
        self.ends(&marks, image);
        self.tracks(&marks);
        let pregap = map.iter().find(|s| s.is_image()).and_then(|s| s.pregap);
        let first = self.plan.tracks.first().map(|track| track.start.sectors());
        if let (Some(map), Some(pq)) = (pregap, first)
            && map != pq
        {
            self.said.push(DdpObjection::Pregap { map, pq });
        }
        let mut eans = marks.into_iter().map(|(_, mark)| mark.ean);
        eans.find(|ean| !ean.is_empty()).unwrap_or_default()
    }

    fn ends(&mut self, marks: &[(usize, PqRecord)], image: Option<u32>) {
        let is_lead_in = |mark: &PqRecord| mark.track == PqTrack::LeadIn && mark.at == PqTime::ZERO;
        if !marks.first().is_some_and(|(_, mark)| is_lead_in(mark)) {
            self.said.push(DdpObjection::NoLeadIn);
        }
        match marks.last() {
            Some((_, mark)) if mark.track == PqTrack::LeadOut => self.plan.end = mark.at,
            _ => self.said.push(DdpObjection::NoLeadOut),
        }
        let said = self.plan.end;
        if let Some(found) = image.and_then(PqTime::from_sectors)
            && found != said
        {
            self.said.push(DdpObjection::LeadOut { said, found });
        }
    }

    fn tracks(&mut self, marks: &[(usize, PqRecord)]) {
        let mut track: Option<ReadTrack> = None;
        let mut expected = 1u8;
        for (record, mark) in marks {
            let PqTrack::Track(no) = mark.track else {
                continue;
            };
            if track.as_ref().is_none_or(|track| track.no != no) {
                if no != expected {
                    let (record, found) = (*record, no);
                    self.said.push(DdpObjection::TrackOrder {
                        record,
                        found,
                        expected,
                    });
                }
                self.close(track.take());
                expected = no.saturating_add(1);
                track = Some(ReadTrack::new(no, mark));
            }
            if let Some(track) = &mut track {
                track.take(mark, &mut self.said);
            }
        }
        self.close(track);
    }

    fn close(&mut self, track: Option<ReadTrack>) {
        let Some(track) = track else { return };
        match track.start {
            Some(start) => self.plan.tracks.push(PlannedTrack {
                start,
                ..track.planned
            }),
            None => self.said.push(DdpObjection::NoStart(track.no)),
        }
    }

    fn texts(&mut self, map: &[MapRecord]) -> Vec<TextBlock> {
        let Some(stream) = map.iter().find(|stream| stream.is_text()) else {
            return Vec::new();
        };
        if self.file(&stream.file).is_none() {
            return Vec::new();
        }
        let Some(content) = self.content(&stream.file) else {
            return Vec::new();
        };
        let read = text::read(content);
        self.said
            .extend(read.objections.into_iter().map(DdpObjection::Text));
        let disc = self.plan.tracks.len();
        for (block, texts) in read.blocks.iter().enumerate() {
            let of_tracks = texts.strings.iter().filter(|(kind, _)| kind.is_of_tracks());
            let mut counts = of_tracks.map(|(_, strings)| strings.tracks.len());
            if let Some(text) = counts.find(|count| *count != disc) {
                self.said
                    .push(DdpObjection::TextTracks { block, text, disc });
            }
        }
        read.blocks
    }

    fn eans(&mut self, said: [(&'static str, String); 2], texts: &[TextBlock]) {
        let code = texts
            .first()
            .and_then(|block| block.text(TextKind::Codes, 0));
        let all = said
            .into_iter()
            .chain([("CD-Text", code.unwrap_or_default())]);
        let mut first: Option<(&'static str, Ean)> = None;
        for (place, text) in all.filter(|(_, text)| !text.is_empty()) {
            match (Ean::parse(&text), first) {
                (Ok(ean), None) => first = Some((place, ean)),
                (Ok(ean), Some((other_place, other))) if ean != other => {
                    self.said.push(DdpObjection::EanDiffers {
                        one: other.to_string(),
                        place: other_place,
                        other: ean.to_string(),
                        other_place: place,
                    });
                }
                (Ok(_), Some(_)) => (),
                (Err(source), _) => self.said.push(DdpObjection::Ean { place, source }),
            }
        }
        self.plan.ean = first.map(|(_, ean)| ean);
    }

    fn isrcs(&mut self, texts: &[TextBlock]) {
        let isrcs: Vec<Option<Isrc>> = self.plan.tracks.iter().map(|t| t.isrc).collect();
        let place = "CD-Text";
        for ((no, track), isrc) in (1usize..).zip(1u8..).zip(isrcs) {
            let text = texts
                .first()
                .and_then(|block| block.text(TextKind::Codes, no));
            let Some(text) = text else { continue };
            match (Isrc::parse(&text), isrc) {
                (Err(_), _) => self.said.push(DdpObjection::Isrc { track, text, place }),
                (Ok(other), Some(one)) if one != other => {
                    let (one, other) = (one.to_string(), other.to_string());
                    self.said.push(DdpObjection::IsrcDiffers {
                        track,
                        one,
                        other,
                        place,
                    });
                }
                (Ok(_), _) => (),
            }
        }
    }

    fn sums(&mut self) {
        for file in self.files.iter().filter(|file| is_sums(&file.name)) {
            let sums = || file.name.clone();
            let text = file.content.as_deref().map(String::from_utf8_lossy);
            let Some(lines) = text.and_then(|text| read_sums(&text)) else {
                self.said.push(DdpObjection::Sums(sums()));
                continue;
            };
            for line in &lines {
                let name = line.name.clone();
                match self.file(&name) {
                    Some(found) if line.sum.is_of(&found.sums) => (),
                    Some(_) => self
                        .said
                        .push(DdpObjection::SumDiffers { name, sums: sums() }),
                    None => self
                        .said
                        .push(DdpObjection::SumOfNothing { name, sums: sums() }),
                }
            }
            let is_named = |name: &str| lines.iter().any(|l| l.name.eq_ignore_ascii_case(name));
            let image = self.image.iter().map(String::as_str);
            let needed = [names::ID, names::MAP].into_iter().chain(image);
            let unnamed: Vec<&str> = needed.filter(|name| !is_named(name)).collect();
            self.said
                .extend(unnamed.into_iter().map(|name| DdpObjection::NoSum {
                    name: name.to_owned(),
                    sums: sums(),
                }));
        }
    }
}

/// A track whose marks are being read.
struct ReadTrack {
    no: u8,
    planned: PlannedTrack,
    start: Option<PqTime>,
    last: Option<u8>,
}

impl ReadTrack {
    fn new(no: u8, mark: &PqRecord) -> Self {
        Self {
            no,
            planned: PlannedTrack {
                emphasis: mark.emphasis,
                copying: mark.copying,
                ..PlannedTrack::default()
            },
            start: None,
            last: None,
        }
    }

    fn take(&mut self, mark: &PqRecord, said: &mut Vec<DdpObjection>) {
        let track = self.no;
        let expected = match self.last {
            Some(last) => last.saturating_add(1),
            None => mark.index.min(1),
        };
        if mark.index != expected {
            let found = mark.index;
            said.push(DdpObjection::IndexOrder {
                track,
                found,
                expected,
            });
        }
        self.last = Some(mark.index);
        match mark.index {
            0 => self.planned.pregap = Some(mark.at),
            1 => self.start = Some(mark.at),
            _ => self.planned.indexes.push(mark.at),
        }
        if (mark.emphasis, mark.copying) != (self.planned.emphasis, self.planned.copying) {
            said.push(DdpObjection::FlagsChange(track));
        }
        if mark.isrc.is_empty() {
            return;
        }
        let place = "the PQ descriptor";
        let text = mark.isrc.clone();
        match (Isrc::parse(&text), self.planned.isrc) {
            (Err(_), _) => said.push(DdpObjection::Isrc { track, text, place }),
            (Ok(other), Some(one)) if one != other => {
                let (one, other) = (one.to_string(), other.to_string());
                let place = "a later record of it";
                said.push(DdpObjection::IsrcDiffers {
                    track,
                    one,
                    other,
                    place,
                });
            }
            (Ok(isrc), _) => self.planned.isrc = Some(isrc),
        }
    }
}
