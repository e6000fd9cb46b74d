//! Masters of a programme's songs: each song that names a chain goes through it once, whole and at its own rate, with what goes
//! beside it keyed by it. What comes out is kept unrounded, so that the programme's steps come behind the chain and dither
//! comes last.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::programme::Brought;
use engine::{Chain, Depth, MasterReport, Part, Source, presets};
use mastering::programme::{Disc, Programme, Song, SongChain, SongSource, What};
use renderer::{WavSink, WavSource, sample_of, seed_of};
use soundfile::AudioSpec;

use super::alternates::AlternateBrought;
use super::reading::Reading;
use super::{AlbumFile, NoAlbum};
use crate::denied::chain as said;

/// Songs that are rendered at a time: memory does not grow with a machine's cores.
const AT_ONCE: usize = 2;

/// Which songs are mastered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that name a chain.
    Whole,
    /// Those whose edits lie where their master crosses zero: for the places of a plan.
    Places,
}

impl Scope {
    fn holds(self, song: &Song) -> bool {
        match self {
            Self::Whole => true,
            Self::Places => song.edits.iter().any(super::place_edits::is_near),
        }
    }
}

/// What a chain made of a song on its way into a programme.
#[derive(Debug, Clone)]
pub struct SongMastered {
    /// The mix, as the programme names it.
    pub file: String,
    /// The chain, as the programme names it.
    pub chain_name: String,
    /// The chain as it was played: with the song's own settings, one with a loudness goal as it was settled.
    pub chain: Chain,
    /// What it did.
    pub report: MasterReport,
}

/// A programme whose songs are their masters.
pub(super) struct Mastered {
    pub(super) programme: Programme,
    pub(super) files: BTreeMap<String, AlbumFile>,
    /// Where alternates lie against the mixes, and against the masters.
    pub(super) placed: Vec<AlternateBrought>,
    pub(super) songs: Vec<SongMastered>,
}

/// One mix through one chain, for all songs that are made of it.
struct Work {
    file: String,
    chain: SongChain,
    played: Chain,
    /// What the master is called among the files.
    name: String,
    /// Alternates that go beside it: their files, and what their masters are called.
    beside: Vec<(String, String)>,
}

/// Masters what names a chain; `brought` says where alternates lie against the mixes.
pub(super) fn master_songs(
    programme: &Programme,
    mut files: BTreeMap<String, AlbumFile>,
    brought: &[AlternateBrought],
    chains: &BTreeMap<String, Chain>,
    scope: Scope,
) -> Result<Mastered, NoAlbum> {
    let works = works(programme, chains, scope)?;
    let made = side_by_side(&works, |work| master(work, &files, brought))?;
    let mut all = brought.to_vec();
    let mut songs = Vec::new();
    let mut placed = programme.clone();
    for (work, (song, masters)) in works.iter().zip(made) {
        let names = std::iter::once(&work.name).chain(work.beside.iter().map(|(_, name)| name));
        files.extend(names.cloned().zip(masters));
        for (other, name) in &work.beside {
            let raw = brought.iter().find(|raw| raw.is_of(&work.file, other));
            all.extend(raw.map(|raw| raw.at_its_place((&work.name, name))));
        }
        songs.push(song);
    }
    for song in songs_mut(&mut placed) {
        let mut works = works.iter().filter(|_| scope.holds(song));
        let made = works.find(|work| work.is_for(song));
        song.chain = None;
        made.into_iter().for_each(|work| work.put_into(song));
    }
    let wanted = placed.files();
    files.retain(|name, _| wanted.contains(name));
    Ok(Mastered {
        programme: placed,
        files,
        placed: all,
        songs,
    })
}

fn songs_mut(programme: &mut Programme) -> impl Iterator<Item = &mut Song> {
    let discs = programme.discs.iter_mut();
    discs.flat_map(|disc| disc.hidden.iter_mut().chain(&mut disc.tracks))
}

fn works(
    programme: &Programme,
    chains: &BTreeMap<String, Chain>,
    scope: Scope,
) -> Result<Vec<Work>, NoAlbum> {
    let mut works: Vec<Work> = Vec::new();
    for (_, song) in programme.discs.iter().flat_map(Disc::songs) {
        let (SongSource::File(file), Some(chain)) = (&song.source, &song.chain) else {
            continue;
        };
        // A chain that cannot be is said for a plan too.
        let played = played(&format!("\u{201c}{}\u{201d}", song.title), chain, chains)?;
        if !scope.holds(song) {
            continue;
        }
        let place = works.iter().position(|work| work.is_for(song));
        let place = place.unwrap_or_else(|| {
            let alike = works.iter().filter(|work| work.file == *file).count();
            let name = match alike {
                0 => format!("{file} through {}", chain.name),
                alike => format!("{file} through {} ({})", chain.name, alike + 1),
            };
            works.push(Work {
                file: file.clone(),
                chain: chain.clone(),
                played,
                name,
                beside: Vec::new(),
            });
            works.len() - 1
        });
        works[place].add_beside(song);
    }
    Ok(works)
}

/// What the whole sides of a programme go through, disc by disc: their own chains, and a limiter that holds their ceiling.
pub(super) fn side_chains(
    programme: &Programme,
    chains: &BTreeMap<String, Chain>,
) -> Result<Vec<Option<Chain>>, NoAlbum> {
    let discs = programme.discs.iter().zip(1..);
    let sides = discs.map(|(disc, number)| {
        let Some(side) = &disc.side else {
            return Ok(None);
        };
        let what = format!("disc {number}");
        let own = side.chain.as_ref();
        let own = own.map(|named| played(&what, named, chains)).transpose()?;
        let Some(ceiling) = side.ceiling_dbtp else {
            return Ok(own);
        };
        if own.as_ref().is_some_and(|chain| chain.loudness().is_some()) {
            return Err(NoAlbum::Failed(format!(
                "{what} has a ceiling of its own and its chain a loudness to reach: write the ceiling into the chain's loudness"
            )));
        }
        let limiter = format!(
            "format = {}\n[[stages]]\nprocessor = \"limiter\"\nceiling_dbtp = {ceiling:?}\nlookahead_ms = 5.0\nrelease_ms = 150.0\n",
            engine::CHAIN_FORMAT
        );
        let held = Chain::from_toml(&limiter).and_then(|limiter| match own {
            Some(chain) => chain.followed_by(&limiter),
            None => Ok(limiter),
        });
        held.map(Some).map_err(|error| {
            NoAlbum::Failed(format!("{what} cannot hold its ceiling: {}", said(&error)))
        })
    });
    sides.collect()
}

/// The chain that a song or a side names, with what it sets in it.
fn played(
    what: &str,
    named: &SongChain,
    chains: &BTreeMap<String, Chain>,
) -> Result<Chain, NoAlbum> {
    let failed = |why: &dyn std::error::Error| {
        NoAlbum::Failed(format!(
            "{what} cannot go through {}: {}",
            named.name,
            said(why)
        ))
    };
    let chain = match (chains.get(&named.name), presets::named(&named.name)) {
        (Some(read), _) => read.clone(),
        (None, Some(preset)) => preset.chain().map_err(|e| failed(&e))?,
        (None, None) => {
            let house: Vec<&str> = presets::ALL.iter().map(|p| p.name).collect();
            return Err(NoAlbum::Failed(format!(
                "{what} cannot go through {}: it is neither a chain file nor a chain of the house, which are {}",
                named.name,
                house.join(", ")
            )));
        }
    };
    chain.with_settings(&named.set).map_err(|e| failed(&e))
}

impl Work {
    fn is_for(&self, song: &Song) -> bool {
        song.chain.as_ref() == Some(&self.chain)
            && song.source == SongSource::File(self.file.clone())
    }

    fn add_beside(&mut self, song: &Song) {
        for file in super::alternates::beside(song) {
            if !self.beside.iter().any(|(known, _)| known == file) {
                let name = format!("{file} beside {}", self.name);
                self.beside.push((file.to_owned(), name));
            }
        }
    }

    /// Makes a song of its master.
    fn put_into(&self, song: &mut Song) {
        let name_of = |file: &mut String| {
            let found = self.beside.iter().find(|(known, _)| known == file);
            if let Some((_, name)) = found {
                file.clone_from(name);
            }
        };
        song.source = SongSource::File(self.name.clone());
        for edit in &mut song.edits {
            match &mut edit.what {
                What::Replace { with } => name_of(with),
                What::Cut
                | What::Mute
                | What::Reverse
                | What::Repeat { .. }
                | What::RadioFade { .. } => {}
            }
        }
        let alternates = song.alternates.iter_mut();
        alternates.for_each(|other| name_of(&mut other.file));
    }
}

/// Does each work, a few at a time; the first that fails is what is said.
fn side_by_side<T: Send>(
    works: &[Work],
    one: impl Fn(&Work) -> Result<T, NoAlbum> + Sync,
) -> Result<Vec<T>, NoAlbum> {
    let next = AtomicUsize::new(0);
    let mut made: Vec<(usize, Result<T, NoAlbum>)> = std::thread::scope(|scope| {
        let take = || {
            let places = std::iter::from_fn(|| {
                let place = next.fetch_add(1, Ordering::Relaxed);
                works.get(place).map(|work| (place, one(work)))
            });
            places.collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..AT_ONCE.min(works.len()))
            .map(|_| scope.spawn(take))
            .collect();
        let joined = threads.into_iter();
        joined
            .flat_map(|thread| thread.join().expect("rendering does not panic"))
            .collect()
    });
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, made)| made).collect()
}

/// Renders a mix and what goes beside it; their masters in order, the mix's first.
fn master(
    work: &Work,
    files: &BTreeMap<String, AlbumFile>,
    brought: &[AlternateBrought],
) -> Result<(SongMastered, Vec<AlbumFile>), NoAlbum> {
    let failed = |error: engine::RenderError| {
        let why = said(&error);
        NoAlbum::Failed(format!(
            "{} could not go through {}: {why}",
            work.file, work.chain.name
        ))
    };
    let open = |name: &str| WavSource::open(Reading::new(&files[name].canonical));
    let mut mix = open(&work.file).map_err(NoAlbum::failed)?;
    let (spec, frames) = (mix.audio_spec(), mix.frames());
    let spec = AudioSpec {
        sample: sample_of(Depth::Float64),
        ..spec
    };
    let mut outs = vec![Out::begin(spec)?];
    let mut others: Vec<Brought<'_>> = Vec::new();
    for (other, _) in &work.beside {
        let place = brought.iter().find(|known| known.is_of(&work.file, other));
        let place = place.expect("each alternate was brought to its song");
        let source = Box::new(open(other).map_err(NoAlbum::failed)?);
        let source = Brought::new(source, &place.alignment(), frames);
        others.push(source.map_err(|e| failed(e.into()))?);
        outs.push(Out::begin(spec)?);
    }
    let seed = |name: &str| seed_of(&files[name].samples_sha256);
    let report = {
        let mut sinks = outs.iter_mut().map(|out| &mut out.sink);
        let first = sinks.next().expect("the mix has its own");
        if work.beside.is_empty() {
            let (chain, depth) = (&work.played, Depth::Float64);
            let seed = seed(&work.file);
            engine::render_master(&mut mix, chain, depth, seed, first, &mut |_| {})
                .map_err(failed)?
        } else {
            let parts = others.iter_mut().zip(&work.beside).zip(sinks);
            let mut parts: Vec<Part<'_>> = parts
                .map(|((source, (name, _)), sink)| Part {
                    source,
                    seed: seed(name),
                    sink,
                })
                .collect();
            let mix = Part {
                source: &mut mix,
                seed: seed(&work.file),
                sink: first,
            };
            let (chain, depth) = (&work.played, Depth::Float64);
            let made = engine::render_keyed(mix, &mut parts, None, chain, depth, &mut |_| {});
            made.map_err(failed)?.mix
        }
    };
    let names = std::iter::once(&work.file).chain(work.beside.iter().map(|(file, _)| file));
    let masters = outs
        .into_iter()
        .zip(names)
        .map(|(out, name)| out.finish(&files[name].samples_sha256));
    let masters = masters.collect::<Result<Vec<_>, _>>()?;
    let chain = match &report.loudness {
        Some(loudness) => work.played.settled_at(loudness.gain_db),
        None => Ok(work.played.clone()),
    };
    let song = SongMastered {
        file: work.file.clone(),
        chain_name: work.chain.name.clone(),
        chain: chain.map_err(|e| NoAlbum::Failed(said(&e)))?,
        report,
    };
    Ok((song, masters))
}

/// A nameless scratch file that takes a master: 16 bytes a frame in stereo.
struct Out {
    file: File,
    sink: WavSink<File>,
}

impl Out {
    fn begin(spec: AudioSpec) -> Result<Self, NoAlbum> {
        let scratch = |error: std::io::Error| {
            NoAlbum::Failed(format!("could not make a temporary file: {error}"))
        };
        let file = tempfile::tempfile().map_err(scratch)?;
        let sink = file.try_clone().map_err(scratch)?;
        let sink = WavSink::begin(sink, spec, &[]).map_err(scratch)?;
        Ok(Self { file, sink })
    }

    /// The master; its dither is seeded from what the mix's would be.
    fn finish(self, samples_sha256: &str) -> Result<AlbumFile, NoAlbum> {
        let written = self.sink.finish();
        written.map_err(|error| {
            NoAlbum::Failed(format!("could not write a temporary file: {error}"))
        })?;
        Ok(AlbumFile {
            canonical: self.file,
            samples_sha256: samples_sha256.to_owned(),
        })
    }
}
