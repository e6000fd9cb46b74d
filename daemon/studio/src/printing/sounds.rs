//! Sounds on their way through a chain: files that are open, read from the beginning by whoever needs them.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use durable::Draft;
use gear::{Turned, beside, on_the_way};
use renderer::WavSource;
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter, WrittenAudio};

use super::early::Early;
use super::now::Now;

/// Frames worked on at a time.
const BLOCK: usize = 8_192;
/// Longest and shortest reference passage, in seconds.
pub(super) const PASSAGE_S: f64 = 12.0;
const SHORTEST_S: f64 = 2.0;
/// The loudest 3 s lie in the middle of a passage.
const LOUDEST_S: f64 = 3.0;

/// A WAV file that is open; its readers follow one after the other.
#[derive(Debug, Clone)]
pub(super) struct Sound {
    file: Arc<File>,
    /// Its file's name in the print's folder; none for the mix, which lies in the vault.
    pub(super) name: Option<String>,
    pub(super) spec: AudioSpec,
    pub(super) frames: u64,
}

impl Sound {
    pub(super) fn of(file: File) -> Result<Self, Early> {
        let reader = WavReader::open(BufReader::new(&file)).map_err(Early::broken)?;
        let (spec, frames) = (reader.spec(), reader.frames());
        Ok(Self {
            file: Arc::new(file),
            name: None,
            spec,
            frames,
        })
    }

    pub(super) fn at(path: &Path) -> Result<Self, Early> {
        let name = path.file_name().unwrap_or_default();
        Ok(Self {
            name: Some(name.to_string_lossy().into_owned()),
            ..Self::of(File::open(path)?)?
        })
    }

    pub(super) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    fn reader(&self) -> Result<WavReader<BufReader<File>>, Early> {
        WavReader::open(BufReader::new(self.file()?)).map_err(Early::broken)
    }

    pub(super) fn source(&self) -> Result<WavSource<BufReader<File>>, Early> {
        WavSource::open(BufReader::new(self.file()?)).map_err(Early::broken)
    }

    /// Of its samples.
    pub(super) fn samples_sha256(&self) -> Result<String, Early> {
        Ok(self.source()?.samples_sha256()?)
    }

    /// Everything, planar.
    pub(super) fn rows(&self) -> Result<Vec<Vec<f64>>, Early> {
        let mut reader = self.reader()?;
        let mut rows = vec![Vec::new(); usize::from(self.spec.channels)];
        let frames = usize::try_from(self.frames).map_err(Early::broken)?;
        reader.read_planar(&mut rows, frames)?;
        Ok(rows)
    }

    /// Writes it anew as 32-bit floats, block by block as `each` changes it.
    fn written(
        &self,
        out: &Path,
        mut each: impl FnMut(&mut Vec<Vec<f64>>) -> Result<(), Early>,
    ) -> Result<Self, Early> {
        let spec = AudioSpec {
            sample: SampleType::F32,
            ..self.spec
        };
        published(out, |file| {
            let mut reader = self.reader()?;
            let mut writer = WavWriter::new(file, spec, &[])?;
            let mut rows = vec![Vec::new(); usize::from(spec.channels)];
            while reader.read_planar(&mut rows, BLOCK)? > 0 {
                each(&mut rows)?;
                let block: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
                writer.write_planar(&block)?;
            }
            Ok(writer.finish()?)
        })?;
        Self::at(out)
    }

    /// Turned and trimmed; itself where nothing is to be done.
    pub(super) fn shaped(&self, out: &Path, turned: Turned, gain_db: f64) -> Result<Self, Early> {
        if turned == Turned::Not && gain_db == 0.0 {
            return Ok(self.clone());
        }
        self.written(out, |rows| {
            on_the_way(rows, turned, gain_db);
            Ok(())
        })
    }

    /// With the dry sound beside it.
    pub(super) fn with(&self, dry: &Self, wet_percent: f64, out: &Path) -> Result<Self, Early> {
        let mut reader = dry.reader()?;
        let mut beneath = vec![Vec::new(); usize::from(dry.spec.channels)];
        self.written(out, |rows| {
            let frames = rows.first().map_or(0, Vec::len);
            reader.read_planar(&mut beneath, frames)?;
            beside(rows, &beneath, wet_percent);
            Ok(())
        })
    }

    /// Where a passage round its loudest 3 s begins and how long it is, in frames.
    pub(super) fn passage(&self) -> Result<(u64, u64), Early> {
        let rate = f64::from(self.spec.rate_hz);
        let channels = u32::from(self.spec.channels);
        let mut meter = measure::Meter::new(self.spec.rate_hz, channels).map_err(Early::broken)?;
        let mut reader = self.reader()?;
        let mut rows = vec![Vec::new(); usize::from(self.spec.channels)];
        while reader.read_planar(&mut rows, BLOCK)? > 0 {
            let block: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            meter.feed(&block);
        }
        let loudest = meter.finish().max_short_term_seconds.unwrap_or(0.0);
        let frames = ((PASSAGE_S * rate) as u64).min(self.frames);
        if (frames as f64) < SHORTEST_S * rate {
            return Err(Early::Trouble(format!(
                "the song is shorter than a reference passage may be, {SHORTEST_S:.0} seconds"
            )));
        }
        let from = (loudest - 0.5 * (PASSAGE_S - LOUDEST_S)).max(0.0);
        Ok((((from * rate) as u64).min(self.frames - frames), frames))
    }

    /// A part of it, sample by sample as it is.
    pub(super) fn cut(&self, (first, frames): (u64, u64), out: &Path) -> Result<Self, Early> {
        published(out, |file| {
            let mut reader = self.reader()?;
            reader.seek_frame(first);
            let mut writer = WavWriter::new(file, self.spec, &[])?;
            let mut left = usize::try_from(frames).map_err(Early::broken)?;
            while left > 0 {
                let bytes = reader.next_raw(left.min(BLOCK))?;
                if bytes.is_empty() {
                    break;
                }
                left -= bytes.len()
                    / usize::try_from(self.spec.frame_bytes()).map_err(Early::broken)?;
                writer.write_raw(bytes)?;
            }
            Ok(writer.finish()?)
        })?;
        Self::at(out)
    }

    /// Where in a range the song is quietest, over windows of so many frames: the first frame of that window.
    pub(super) fn quietest(&self, within: Range<u64>, window: u64) -> Result<u64, Early> {
        let mut reader = self.reader()?;
        reader.seek_frame(within.start);
        let frames = usize::try_from(window.max(1)).map_err(Early::broken)?;
        let mut rows = vec![Vec::new(); usize::from(self.spec.channels)];
        let (mut at, mut found) = (within.start, (within.start, f64::INFINITY));
        while at < within.end && reader.read_planar(&mut rows, frames)? > 0 {
            let power: f64 = rows.iter().flatten().map(|x| x * x).sum();
            if power < found.1 {
                found = (at, power);
            }
            at += window.max(1);
        }
        Ok(found.0)
    }

    /// What a print reads: it says how far it is, and ends early where somebody stops it.
    pub(super) fn watched(&self, now: &Arc<Now>) -> io::Result<Watched> {
        Ok(Watched {
            file: BufReader::new(self.file()?),
            now: Arc::clone(now),
            bytes: self.file.metadata()?.len().max(1),
        })
    }
}

/// Writes a new file, or leaves the one that an earlier run finished.
pub(super) fn published(
    out: &Path,
    write: impl FnOnce(&mut File) -> Result<WrittenAudio, Early>,
) -> Result<(), Early> {
    if out.exists() {
        return Ok(());
    }
    let folder = out.parent().unwrap_or(Path::new("."));
    let mut draft = Draft::create_private_in(folder)?;
    write(draft.file())?;
    Ok(draft.publish(out)?)
}

/// A song that is being sent.
pub(super) struct Watched {
    file: BufReader<File>,
    now: Arc<Now>,
    bytes: u64,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.now.is_stopped() {
            return Err(io::Error::other("the print was stopped"));
        }
        let read = self.file.read(buffer)?;
        let at = self.file.stream_position()?;
        self.now.tell_share(at as f64 / self.bytes as f64);
        Ok(read)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
