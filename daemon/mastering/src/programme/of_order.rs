//! The programme of an order: its songs are the order's own masters, and each revision pins one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::beside::SongAlternate;
use super::fault::{Fault, Faults, Problem, Spot};
use super::order::{Disc, Grid, Programme};
use super::song::{Song, SongSource};
use super::time::{Gap, Time};
use super::timeline::{Source, Timeline};
use super::versions;
use crate::beside::Alternate;
use crate::ids::{ObjectSum, RevisionNo, SampleSum, TrackId};
use crate::master::Master;
use crate::project::{Project, Track};
use crate::revision::{Revision, Version};
use crate::track_name::track_key;

/// The gap before a song where nobody has said another.
const HOUSE_GAP: Gap = Gap::new(Time::Milliseconds(2_000));
/// Where a programme of an order says that versions of its songs lie, so that `lacquer album` finds files there.
const VERSIONS_IN: &str = "masters";

/// A programme put together: what was heard as one piece, and what is cut from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgrammeMade {
    /// Its discs in order.
    pub discs: Vec<DiscMade>,
    /// Where each song lies, by its own; of one that is on several discs, the first that is no side.
    pub songs: BTreeMap<TrackId, SongMade>,
    /// What goes beside the songs, each at the very frames of its song.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<TrackId, DiscMade>,
}

/// A disc or side as one piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscMade {
    /// The audio file in the vault.
    pub object: ObjectSum,
    /// Checksum of its samples.
    pub samples: SampleSum,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// Bits per sample.
    pub bits: u32,
    /// Length in frames.
    pub frames: u64,
    /// Integrated loudness in LUFS; none for silence.
    pub integrated_lufs: Option<f64>,
    /// True peak in dBTP; none for silence.
    pub true_peak_dbtp: Option<f64>,
}

/// One song of it, from its mark to the next one's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SongMade {
    /// The disc, from 1.
    pub disc: u32,
    /// Its first frame on the disc.
    pub from: u64,
    /// How many frames it has, with the gap behind it.
    pub frames: u64,
    /// Checksum of its samples: what an approval pins and finals hold.
    pub samples: SampleSum,
    /// Integrated loudness in LUFS; none for silence.
    pub integrated_lufs: Option<f64>,
    /// True peak in dBTP; none for silence.
    pub true_peak_dbtp: Option<f64>,
    /// Samples beyond full scale, where songs sound together or were turned up.
    #[serde(default)]
    pub clipped_samples: u64,
}

impl ProgrammeMade {
    /// A song as it was cut, with the disc it lies on.
    #[must_use]
    pub fn song(&self, track: &TrackId) -> Option<(&SongMade, &DiscMade)> {
        let song = self.songs.get(track)?;
        let place = usize::try_from(song.disc).ok()?.checked_sub(1)?;
        Some((song, self.discs.get(place)?))
    }

    /// The checksums of its discs.
    #[must_use]
    pub fn disc_sums(&self) -> Vec<SampleSum> {
        let discs = self.discs.iter();
        discs.map(|disc| disc.samples.clone()).collect()
    }
}

/// One of a song's masters, as it went into a revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SongVersion {
    /// The revision that it was made in.
    pub revision: RevisionNo,
    /// What that pinned.
    pub version: Version,
}

/// A programme by the order's own songs.
#[derive(Debug, Clone, PartialEq)]
pub struct OfOrder {
    /// Each song named by its id, in the version that its revision pins.
    pub programme: Programme,
    /// The versions that it names where the revision holds another.
    pub taken: BTreeMap<TrackId, Version>,
}

impl SongVersion {
    /// Whether it is this master.
    pub(crate) fn holds(&self, master: &Master) -> bool {
        let own = self.version.master.as_ref();
        own.is_some_and(|own| own.samples == master.samples)
    }
}

impl Project {
    /// The programme that was set last; none where the songs stand in order with the house's gap.
    #[must_use]
    pub fn programme(&self) -> Option<&Programme> {
        let newest = self.revisions.values().next_back()?;
        newest.programme.as_deref()
    }

    /// The songs in order with the house's gap.
    #[must_use]
    pub fn plain_programme(&self) -> Programme {
        let song = |track: &Track| Song {
            source: by_id(&track.id),
            ..Song::of_file(&track.title, "")
        };
        Programme {
            title: self.title.clone(),
            artist: (!self.artist.is_empty()).then(|| self.artist.clone()),
            gap: Some(HOUSE_GAP),
            grid: Grid::Samples,
            versions_in: Some(VERSIONS_IN.to_owned()),
            editions: Vec::new(),
            discs: vec![Disc {
                title: None,
                longest: None,
                side: None,
                hidden: None,
                tracks: self.tracks.iter().map(song).collect(),
            }],
        }
    }

    /// The masters that a song has had, each once, as they were made: version 1 is the first.
    #[must_use]
    pub fn versions_of(&self, track: &TrackId) -> &[SongVersion] {
        self.versions.get(track).map_or(&[], Vec::as_slice)
    }

    /// Reads a programme as one of this order at a revision: songs are named by id or title, versions by number.
    ///
    /// # Errors
    /// All that is wrong with it by itself or for this order: a song that the order does not have, or that stands twice on a
    /// disc, a version that was never made, another title, what names files.
    pub fn read_programme(
        &self,
        given: &Programme,
        revision: RevisionNo,
    ) -> Result<OfOrder, Faults> {
        let mut programme = given.clone();
        programme.versions_in = Some(VERSIONS_IN.to_owned());
        let mut reader = Reader {
            project: self,
            round: self.revisions.get(&revision),
            faults: programme.faults(),
            wanted: BTreeMap::new(),
            taken: BTreeMap::new(),
        };
        for (disc, number) in programme.discs.iter_mut().zip(1..) {
            reader.read_disc(disc, number);
        }
        let Reader {
            mut faults, taken, ..
        } = reader;
        if faults.is_empty() {
            return Ok(OfOrder { programme, taken });
        }
        // What is wrong on the masters is said along with it.
        if let Err(laid) = self.lay_programme(&programme, revision) {
            let more = laid.0.into_iter().filter(|fault| !faults.contains(fault));
            let more: Vec<Fault> = more.collect();
            faults.extend(more);
        }
        faults.sort_by_key(|fault| {
            let track = fault.spot.track.as_ref().map(|(number, _)| *number);
            (fault.spot.disc, track)
        });
        Err(Faults(faults))
    }

    /// The order as it would be with this programme in a revision, whether or not it may be set now.
    #[must_use]
    pub fn with_programme(&self, of_order: &OfOrder, revision: RevisionNo) -> Self {
        let mut with = self.clone();
        if let Some(round) = with.revisions.get_mut(&revision) {
            round.programme = Some(Box::new(of_order.programme.clone()));
            round.tracks.extend(of_order.taken.clone());
        }
        with
    }

    /// The programme as people read it: titles of today, and the number of each version that the revision holds.
    #[must_use]
    pub fn told_programme(&self, programme: &Programme, revision: RevisionNo) -> Programme {
        let mut told = programme.clone();
        let round = self.revisions.get(&revision);
        for (_, song) in told.discs.iter_mut().flat_map(Disc::songs_mut) {
            let Some(track) = self.track_of(song) else {
                continue;
            };
            song.title.clone_from(&track.title);
            let master = round.and_then(|round| round.master(&track.id));
            let versions = (1..).zip(self.versions_of(&track.id));
            let version = master.and_then(|master| {
                let mut alike = versions.filter(|(_, known)| known.holds(master));
                alike.next().map(|(number, _)| number)
            });
            song.source = SongSource::Version {
                track: track.id.to_string(),
                version,
            };
            song.alternates = self.beside_in_programme(&track.id);
            self.tell_others(song);
        }
        told
    }

    /// The same with songs named by their titles, as a file that `lacquer album` takes.
    #[must_use]
    pub fn written_programme(&self, programme: &Programme, revision: RevisionNo) -> Programme {
        let mut written = self.told_programme(programme, revision);
        for (_, song) in written.discs.iter_mut().flat_map(Disc::songs_mut) {
            let title = song.title.clone();
            // Two songs of one name stay told apart by their ids.
            let is_clear = self.named(&title).is_some();
            if let SongSource::Version { track, .. } = &mut song.source
                && is_clear
            {
                *track = title;
            }
        }
        written
    }

    /// Where everything of a programme lies on the masters of a revision; none while one of them is awaited.
    ///
    /// # Errors
    /// All that is wrong with it on those masters.
    pub fn lay_programme(
        &self,
        programme: &Programme,
        revision: RevisionNo,
    ) -> Result<Option<Timeline>, Faults> {
        let Some((placed, masters)) = self.programme_over_masters(programme, revision) else {
            return Ok(None);
        };
        let tones = self.check_tones(&placed, &masters);
        Faults::none_or(tones).map_err(|faults| self.tell_faults(faults))?;
        let sources = masters.iter().map(|(name, master)| {
            let source = Source {
                rate_hz: master.rate_hz,
                channels: master.channels,
                frames: master.frames,
            };
            (name.to_string(), source)
        });
        let laid = placed.timeline(&sources.collect());
        laid.map(Some).map_err(|faults| self.tell_faults(faults))
    }

    /// Room tone is at its song's rate: nothing of an order's programme is converted twice.
    fn check_tones(&self, placed: &Programme, masters: &BTreeMap<TrackId, Master>) -> Vec<Fault> {
        let rate = |name: &str| {
            let mut found = masters.iter().filter(|(id, _)| id.as_str() == name);
            found.next().map(|(_, master)| master.rate_hz)
        };
        let mut faults = Vec::new();
        for (disc, number) in placed.discs.iter().zip(1..) {
            for (place, song) in disc.songs() {
                let (SongSource::File(own), Some(tone)) = (&song.source, &song.room_tone) else {
                    continue;
                };
                if let (Some(rate_hz), Some(song_hz)) = (rate(&tone.file), rate(own))
                    && rate_hz != song_hz
                {
                    let file = tone.file.clone();
                    faults.push(Fault {
                        spot: Spot::track(number, place, &song.title),
                        problem: Problem::ToneRate {
                            file,
                            rate_hz,
                            song_hz,
                        },
                    });
                }
            }
        }
        faults
    }

    /// The programme with each song made of its master, which is called by the song's id; none while one is awaited.
    ///
    /// So are the tracks that replace something, sound in gaps or go beside a song, which are all that the order has beside it.
    #[must_use]
    pub fn programme_over_masters(
        &self,
        programme: &Programme,
        revision: RevisionNo,
    ) -> Option<(Programme, BTreeMap<TrackId, Master>)> {
        let round = self.revisions.get(&revision)?;
        let mut placed = programme.clone();
        let mut masters = BTreeMap::new();
        for (_, song) in placed.discs.iter_mut().flat_map(Disc::songs_mut) {
            let track = self.track_of(song)?;
            let master = round.master(&track.id)?;
            masters.insert(track.id.clone(), master.clone());
            song.title.clone_from(&track.title);
            song.source = SongSource::File(track.id.to_string());
            song.alternates = self.beside_in_programme(&track.id);
            for other in song.others() {
                let other = self.named_other(other)?;
                masters.insert(other.id.clone(), round.master(&other.id)?.clone());
            }
        }
        Some((placed, masters))
    }

    /// The song of the order that a song of its programme is.
    #[must_use]
    pub fn track_of(&self, song: &Song) -> Option<&Track> {
        match &song.source {
            SongSource::Version { track, .. } => self.named(track),
            SongSource::File(_) => None,
        }
    }

    /// The revision whose programme is to be put together now: mastered, and nothing was made of it yet.
    #[must_use]
    pub fn programme_to_make(&self) -> Option<&Revision> {
        let crate::project::Stage::Mastering { revision } = self.stage else {
            return None;
        };
        let round = self.revisions.get(&revision)?;
        (round.is_mastered() && !round.is_ready()).then_some(round)
    }

    /// The only song that this name means: its id, its title, or what files of it are called.
    fn named(&self, name: &str) -> Option<&Track> {
        let by_id = self.tracks.iter().find(|track| track.id.as_str() == name);
        let key = track_key(&format!("{name}.wav")).key;
        let only = |is_it: &dyn Fn(&Track) -> bool| {
            let mut found = self.tracks.iter().filter(|track| is_it(track));
            found.next().filter(|_| found.next().is_none())
        };
        by_id
            .or_else(|| only(&|track| track.title == name))
            .or_else(|| only(&|track| track.key == key))
    }
}

fn by_id(track: &TrackId) -> SongSource {
    SongSource::Version {
        track: track.to_string(),
        version: None,
    }
}

/// A programme while its songs are found in the order.
struct Reader<'p> {
    project: &'p Project,
    round: Option<&'p Revision>,
    faults: Vec<Fault>,
    /// The version that was asked for of each song.
    wanted: BTreeMap<TrackId, u32>,
    taken: BTreeMap<TrackId, Version>,
}

impl Reader<'_> {
    fn add(&mut self, spot: &Spot, problem: Problem) {
        self.faults.push(Fault {
            spot: spot.clone(),
            problem,
        });
    }

    fn read_disc(&mut self, disc: &mut Disc, number: u32) {
        if disc.side.as_ref().is_some_and(|side| side.chain.is_some()) {
            self.add(&Spot::disc(number), Problem::SideChainOfOrder);
        }
        let mut seen: BTreeSet<TrackId> = BTreeSet::new();
        for (place, song) in disc.songs_mut() {
            let spot = Spot::track(number, place, &song.title);
            if matches!(song.source, SongSource::File(_)) {
                self.add(&spot, Problem::NotInOrder("its file"));
            }
            if song.chain.is_some() {
                self.add(&spot, Problem::ChainOfOrder);
            }
            self.read_others(song, &spot);
            let SongSource::Version { track, version } = &song.source else {
                continue;
            };
            let project = self.project;
            let Some(known) = project.named(track) else {
                let beside = project.named_other(track);
                let problem = match beside.and_then(|other| project.alternate(&other.id)) {
                    Some(other) => {
                        Problem::GoesBeside(project.called(&other.song).unwrap_or_default())
                    }
                    None => Problem::NoSuchSong(track.clone()),
                };
                self.add(&spot, problem);
                continue;
            };
            let beside = std::mem::take(&mut song.alternates);
            self.check_beside(&beside, known, &spot);
            if !seen.insert(known.id.clone()) {
                self.add(&spot, Problem::TwiceOnDisc);
            }
            if song.title != known.title {
                self.add(&spot, Problem::OtherTitle(known.title.clone()));
            }
            if let Some(version) = *version {
                self.take_version(known, version, &spot);
            }
            song.source = by_id(&known.id);
        }
    }

    /// Finds what a song names besides itself among the order's tracks.
    fn read_others(&mut self, song: &mut Song, spot: &Spot) {
        let (project, round) = (self.project, self.round);
        let mut problems = Vec::new();
        song.rename_others(&mut |name| match project.named_other(name) {
            Some(track) => {
                let is_in_it = |round: &Revision| round.tracks.contains_key(&track.id);
                if !round.is_some_and(is_in_it) {
                    problems.push(Problem::NotInRevision(name.clone()));
                }
                *name = track.id.to_string();
            }
            None => problems.push(Problem::NoSuchTrack(name.clone())),
        });
        for problem in problems {
            self.add(spot, problem);
        }
    }

    /// What goes beside a song is what the order says: a programme may name it, and not otherwise.
    fn check_beside(&mut self, given: &[SongAlternate], song: &Track, spot: &Spot) {
        let project = self.project;
        for other in given {
            let mut known = project.alternates_of(&song.id);
            let is_it = |known: &Alternate| known.track.id.as_str() == other.file;
            let known = known.find(|known| is_it(known));
            let is_track = project
                .songs_and_alternates()
                .find(|track| track.id.as_str() == other.file);
            match (known, is_track) {
                (Some(known), _) if known.role == other.role && known.name == other.name => {}
                (_, Some(track)) => {
                    let title = project.called(&track.id).unwrap_or_default();
                    self.add(spot, Problem::NotBeside(title));
                }
                // That it is not there was said.
                (_, None) => {}
            }
        }
    }

    fn take_version(&mut self, track: &Track, version: u32, spot: &Spot) {
        let before = self.wanted.insert(track.id.clone(), version);
        if before.is_some_and(|before| before != version) {
            return self.add(spot, Problem::TwoVersions);
        }
        let there = self.project.versions_of(&track.id);
        let Some((_, wanted)) = (1..).zip(there).find(|(number, _)| *number == version) else {
            let numbers = (1..).zip(there).map(|(number, _)| number).collect();
            return self.add(
                spot,
                versions::missing(&track.title, Some(version), numbers),
            );
        };
        let held = self.round.and_then(|round| round.master(&track.id));
        if !held.is_some_and(|held| wanted.holds(held)) {
            self.taken.insert(track.id.clone(), wanted.version.clone());
        }
    }
}
