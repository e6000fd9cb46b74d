//! Printing: a song through gear and back into its place.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use dsp::{Blanking, Depth, DitherKind, DitherSeed, DitherSettings, Quantiser};
use durable::{Draft, DurableError};
use gear::{Aligner, Mark, Watch, WatchSettings};
use soundfile::{AudioSpec, SampleType, WavError, WavReader, WavWriter, WrittenAudio};

use crate::insert::{Insert, InsertError, Pass};
use crate::take::{TakeError, TakeWriter};

/// A song is printed again so often before a person is asked.
const AGAIN: u32 = 2;
/// Frames recorded beyond what is needed: the aligner's filter and a little room.
const ROOM: u64 = 256;
/// Frames worked on at a time.
const BLOCK: usize = 8_192;

/// Whether a converter at its end spoils a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overs {
    /// It does.
    Spoil,
    /// The engineer clips it on purpose: overs are marked, and kept.
    Allowed,
}

/// How a song is printed.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintSettings {
    /// Silence ahead of the song, in frames; sends ramp up in it, and gear settles.
    pub pre_roll_frames: u64,
    /// Frames behind the song, for what sounds on.
    pub tail_frames: u64,
    /// Round trip of each channel, fractions included, as measured.
    pub delays_frames: Vec<f64>,
    /// 24-bit integers or 32-bit floats.
    pub sample: SampleType,
    /// What is taken for a slip.
    pub watch: WatchSettings,
    /// What an over is.
    pub overs: Overs,
}

/// What is printed: a WAV stream that can be opened again, since it is sent, and then looked at beside the take.
pub struct Song<'a, R> {
    /// Opens it.
    pub open: &'a dyn Fn() -> io::Result<R>,
}

impl<R> std::fmt::Debug for Song<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Song").finish_non_exhaustive()
    }
}

/// One take: what came back, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintedTake {
    /// From 1.
    pub number: u32,
    /// 32-bit floats with pre-roll and tail; kept where it slipped, removed where it became the print.
    pub path: PathBuf,
    /// What slipped; frames are those of the song.
    pub marks: Vec<Mark>,
    /// True where it became the print.
    pub is_clean: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Printing {
    /// Every take, in order.
    pub takes: Vec<PrintedTake>,
    /// The print; `None` where each take slipped and a person is asked.
    pub print: Option<WrittenAudio>,
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The insert. Takes so far are kept.
    #[error(transparent)]
    Insert(#[from] InsertError),
    /// The song.
    #[error("the song could not be read")]
    Song(#[from] WavError),
    /// The song's stream.
    #[error("the song could not be read")]
    Read(#[source] io::Error),
    /// Another rate than the server's.
    #[error(
        "the song is at {song_hz} Hz and the server runs at {server_hz} Hz: restart the server at {song_hz} Hz, or convert the song first"
    )]
    OtherRate {
        /// The song's.
        song_hz: u32,
        /// The server's.
        server_hz: u32,
    },
    /// Another number of channels, or of delays.
    #[error(
        "the song has {song} channels, the insert {insert}, and {delays} delays were measured; all three have to be one number"
    )]
    Channels {
        /// The song's.
        song: u16,
        /// The insert's.
        insert: usize,
        /// The measurement's.
        delays: usize,
    },
    /// The file is there already.
    #[error("{} is there already; prints are never written over", .0.display())]
    Exists(PathBuf),
    /// A print is 24-bit integers or 32-bit floats.
    #[error("a print holds 24-bit integers or 32-bit floats")]
    Sample,
    /// The take.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// The take could not be read back, or the print not be written.
    #[error("the print could not be written")]
    Write(#[source] io::Error),
    /// The print's file.
    #[error(transparent)]
    Durable(#[from] DurableError),
}

/// Prints a song to `out`, a WAV file at the server's rate that begins with the song's first frame and ends with
/// the tail. Takes stand beside it (`NAME.take1.wav`); a take that slipped is marked and kept, and the song printed
/// again, twice at most.
///
/// # Errors
/// The insert, the song, the disk. What was recorded until then stays where it is.
pub fn print_song<R: Read + Seek>(
    insert: &mut Insert,
    song: &Song<'_, R>,
    settings: &PrintSettings,
    out: &Path,
) -> Result<Printing, PrintError> {
    let frames = check(insert, song, settings, out)?;
    let mut takes = Vec::new();
    for number in 1..=AGAIN + 1 {
        let path = out.with_extension(format!("take{number}.wav"));
        let (mut marks, fits_24_bits) = record(insert, (song, frames), settings, &path)?;
        let job = Alignment {
            frames,
            settings,
            fits_24_bits,
            rate_hz: insert.rate_hz(),
        };
        let take = BufReader::new(File::open(&path).map_err(PrintError::Write)?);
        let (draft, written) = job.print(take, song, out, &mut marks)?;
        let is_clean = marks
            .iter()
            .all(|mark| matches!(mark, Mark::Over { .. }) && settings.overs == Overs::Allowed);
        takes.push(PrintedTake {
            number,
            path: path.clone(),
            marks,
            is_clean,
        });
        if is_clean {
            draft.publish(out)?;
            durable::remove(&path)?;
            return Ok(Printing {
                takes,
                print: Some(written),
            });
        }
    }
    Ok(Printing { takes, print: None })
}

/// Makes the print of a take that slipped, because a person listened to it and takes it as it is. `settings` are those it
/// was recorded with.
///
/// # Errors
/// The take or the song cannot be read, or the take ends inside the song; the disk.
pub fn align_take<T: Read + Seek, R: Read + Seek>(
    mut take: T,
    song: &Song<'_, R>,
    settings: &PrintSettings,
    out: &Path,
) -> Result<WrittenAudio, PrintError> {
    if out.exists() {
        return Err(PrintError::Exists(out.to_owned()));
    }
    let frames = WavReader::open((song.open)().map_err(PrintError::Read)?)?.frames();
    let mut reader = WavReader::open(&mut take)?;
    let rate_hz = reader.spec().rate_hz;
    let fits_24_bits = all_fit(&mut reader).map_err(PrintError::Write)?;
    take.rewind().map_err(PrintError::Write)?;
    let job = Alignment {
        frames,
        settings,
        fits_24_bits,
        rate_hz,
    };
    let (draft, written) = job.print(take, song, out, &mut Vec::new())?;
    draft.publish(out)?;
    Ok(written)
}

/// What a take shows that nobody was there to hear the end of.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedAt {
    /// Frames of the song that came back.
    pub frames: u64,
    /// Frames of the song.
    pub song_frames: u64,
    /// What slipped in them; frames are those of the song. What the server lost is not in the sound.
    pub marks: Vec<Mark>,
}

/// Looks at a take that was cut short by a killed server or daemon. `settings` are those it was recorded with.
///
/// # Errors
/// The take or the song cannot be read.
pub fn look_at_take<T: Read + Seek, R: Read + Seek>(
    take: T,
    song: &Song<'_, R>,
    settings: &PrintSettings,
) -> Result<LookedAt, PrintError> {
    let song_frames = WavReader::open((song.open)().map_err(PrintError::Read)?)?.frames();
    let rate_hz = WavReader::open((song.open)().map_err(PrintError::Read)?)?
        .spec()
        .rate_hz;
    let job = Alignment {
        frames: song_frames,
        settings,
        fits_24_bits: false,
        rate_hz,
    };
    let (mut frames, mut marks) = (0, Vec::new());
    match job.walk(take, song, &mut marks, |block| {
        frames += block.first().map_or(0, |row| row.len() as u64);
        Ok(())
    }) {
        // It ends where it was cut.
        Err(PrintError::Write(end)) if end.kind() == io::ErrorKind::UnexpectedEof => {}
        other => other?,
    }
    Ok(LookedAt {
        frames: frames.min(song_frames),
        song_frames,
        marks,
    })
}

fn all_fit<R: Read + Seek>(take: &mut WavReader<R>) -> io::Result<bool> {
    let mut rows = vec![Vec::new(); usize::from(take.spec().channels)];
    while take.read_planar(&mut rows, BLOCK)? > 0 {
        if !rows.iter().flatten().all(|x| fits_24_bits(*x as f32)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Refuses what cannot be printed; the song's frames otherwise.
fn check<R: Read + Seek>(
    insert: &Insert,
    song: &Song<'_, R>,
    settings: &PrintSettings,
    out: &Path,
) -> Result<u64, PrintError> {
    if out.exists() {
        return Err(PrintError::Exists(out.to_owned()));
    }
    if !matches!(settings.sample, SampleType::I24 | SampleType::F32) {
        return Err(PrintError::Sample);
    }
    let reader = WavReader::open((song.open)().map_err(PrintError::Read)?)?;
    let spec = reader.spec();
    if spec.rate_hz != insert.rate_hz() {
        return Err(PrintError::OtherRate {
            song_hz: spec.rate_hz,
            server_hz: insert.rate_hz(),
        });
    }
    let (insert, delays) = (insert.channels(), settings.delays_frames.len());
    if usize::from(spec.channels) != insert || delays != insert {
        return Err(PrintError::Channels {
            song: spec.channels,
            insert,
            delays,
        });
    }
    Ok(reader.frames())
}

/// Sends the song and keeps what comes back; says what slipped, and whether every sample fits 24 bits.
fn record<R: Read + Seek>(
    insert: &mut Insert,
    (song, frames): (&Song<'_, R>, u64),
    settings: &PrintSettings,
    path: &Path,
) -> Result<(Vec<Mark>, bool), PrintError> {
    let channels = insert.channels();
    let writer = TakeWriter::create(path, insert.rate_hz(), channels)?;
    let mut reader = WavReader::open((song.open)().map_err(PrintError::Read)?)?;
    let latest = settings
        .delays_frames
        .iter()
        .fold(0.0, |a: f64, b| a.max(*b));
    let round_trip = latest.ceil() as u64 + ROOM;
    let mut rows = vec![Vec::new(); channels];
    let (mut rest, mut marks, mut fits) = (settings.pre_roll_frames, Vec::new(), true);
    let ran = insert.run(&mut Pass {
        frames: settings.pre_roll_frames + frames + settings.tail_frames + round_trip,
        source: &mut |block| {
            let silent = rest.min((block.len() / channels) as u64) as usize;
            rest -= silent as u64;
            block.fill(0.0);
            let block = &mut block[silent * channels..];
            let wanted = block.len() / channels;
            if wanted > 0 && reader.read_planar(&mut rows, wanted)? > 0 {
                for (frame, n) in block.chunks_exact_mut(channels).zip(0..) {
                    for (x, row) in frame.iter_mut().zip(&rows) {
                        *x = row.get::<usize>(n).copied().unwrap_or(0.0) as f32;
                    }
                }
            }
            Ok(())
        },
        sink: &mut |block| {
            fits = fits && block.iter().all(|x| fits_24_bits(*x));
            writer.write(block)
        },
        marks: &mut |mark| marks.push(mark),
    });
    // Whatever happened, what came back is completed: an interrupted take can be looked at.
    let finished = writer.finish();
    ran?;
    finished?;
    let earliest = settings
        .delays_frames
        .iter()
        .fold(f64::MAX, |a, b| a.min(*b));
    let ahead = settings.pre_roll_frames + earliest.max(0.0) as u64;
    let in_song = marks.into_iter().map(|mark| match mark {
        Mark::Xrun { frame } => Mark::Xrun {
            frame: frame.saturating_sub(ahead),
        },
        Mark::LostFrames { frame, frames } => Mark::LostFrames {
            frame: frame.saturating_sub(ahead),
            frames,
        },
        other => other,
    });
    Ok((in_song.collect(), fits))
}

fn fits_24_bits(x: f32) -> bool {
    let steps = x * 8_388_608.0;
    steps.trunc() == steps && steps.abs() < 8_388_608.0
}

/// A take on its way to a print.
struct Alignment<'a> {
    frames: u64,
    settings: &'a PrintSettings,
    fits_24_bits: bool,
    rate_hz: u32,
}

impl Alignment<'_> {
    /// Writes the aligned print as a draft beside `out`, and adds what slipped.
    fn print<T: Read + Seek, R: Read + Seek>(
        &self,
        take: T,
        song: &Song<'_, R>,
        out: &Path,
        marks: &mut Vec<Mark>,
    ) -> Result<(Draft, WrittenAudio), PrintError> {
        let channels = self.settings.delays_frames.len();
        let folder = out.parent().filter(|f| !f.as_os_str().is_empty());
        let mut draft = Draft::create_in(folder.unwrap_or(Path::new(".")))?;
        let spec = AudioSpec {
            rate_hz: self.rate_hz,
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            sample: self.settings.sample,
        };
        let mut writer = WavWriter::new(draft.file(), spec, &[]).map_err(PrintError::Write)?;
        let aligner = Aligner::new(&self.settings.delays_frames, self.rate_hz, BLOCK);
        let mut words = self.words(&aligner, channels);
        self.walk(take, song, marks, |kept| words.write(&mut writer, kept))?;
        let written = writer.finish().map_err(PrintError::Write)?;
        Ok((draft, written))
    }

    /// Goes through a take in the song's own time: adds what slipped, and hands on what came back.
    fn walk<T: Read + Seek, R: Read + Seek>(
        &self,
        take: T,
        song: &Song<'_, R>,
        marks: &mut Vec<Mark>,
        mut each: impl FnMut(&[&[f64]]) -> io::Result<()>,
    ) -> Result<(), PrintError> {
        let channels = self.settings.delays_frames.len();
        let mut take = WavReader::open(take)?;
        take.seek_frame(self.settings.pre_roll_frames);
        let mut source = WavReader::open((song.open)().map_err(PrintError::Read)?)?;
        let mut aligner = Aligner::new(&self.settings.delays_frames, self.rate_hz, BLOCK);
        let mut watch = Watch::new(channels, self.settings.watch);
        let mut skip = usize::try_from(aligner.skip_frames()).unwrap_or(usize::MAX);
        let mut left = self.frames + self.settings.tail_frames;
        let (mut rows, mut sent) = (vec![Vec::new(); channels], vec![Vec::new(); channels]);
        while left > 0 {
            let read = take
                .read_planar(&mut rows, BLOCK)
                .map_err(PrintError::Write)?;
            if read == 0 {
                let end = io::Error::new(io::ErrorKind::UnexpectedEof, "the take is too short");
                return Err(PrintError::Write(end));
            }
            let mut block: Vec<&mut [f64]> = rows.iter_mut().map(Vec::as_mut_slice).collect();
            aligner.process(&mut block);
            let from = skip.min(read);
            skip -= from;
            let to = read.min(from + usize::try_from(left).unwrap_or(usize::MAX));
            let song_frames = source
                .read_planar(&mut sent, to - from)
                .map_err(PrintError::Read)?;
            let heard: Vec<&[f64]> = rows
                .iter()
                .map(|row| &row[from..from + song_frames])
                .collect();
            let played: Vec<&[f64]> = sent.iter().map(|row| &row[..song_frames]).collect();
            marks.extend(watch.feed(&played, &heard));
            let kept: Vec<&[f64]> = rows.iter().map(|row| &row[from..to]).collect();
            each(&kept).map_err(PrintError::Write)?;
            left -= (to - from) as u64;
        }
        Ok(())
    }

    fn words(&self, aligner: &Aligner, channels: usize) -> Words {
        // What a converter gave and nothing moved needs no dither: it is whole already.
        let needs =
            self.settings.sample == SampleType::I24 && !(self.fits_24_bits && aligner.is_whole());
        let settings = DitherSettings {
            kind: DitherKind::Triangular,
            blanking: Blanking::Never,
        };
        // Each print of a song gets the same noise: what differs between two is the gear's.
        let seed = DitherSeed(0x7072_696e_7400 ^ self.frames);
        Words {
            dither: needs
                .then(|| Quantiser::with(settings, Depth::Int24, seed, channels, self.rate_hz)),
            rounded: vec![Vec::new(); channels],
            rows: vec![Vec::new(); channels],
        }
    }
}

/// Samples as the print holds them.
struct Words {
    dither: Option<Quantiser>,
    rounded: Vec<Vec<i32>>,
    rows: Vec<Vec<f64>>,
}

impl Words {
    fn write<W: io::Write + Seek>(
        &mut self,
        writer: &mut WavWriter<W>,
        block: &[&[f64]],
    ) -> io::Result<()> {
        let Some(dither) = &mut self.dither else {
            return writer.write_planar(block);
        };
        let frames = block.first().map_or(0, |channel| channel.len());
        self.rounded
            .iter_mut()
            .for_each(|row| row.resize(frames, 0));
        let mut out: Vec<&mut [i32]> = self.rounded.iter_mut().map(Vec::as_mut_slice).collect();
        dither.process(block, &mut out);
        for (row, whole) in self.rows.iter_mut().zip(&self.rounded) {
            row.clear();
            row.extend(whole.iter().map(|x| f64::from(*x) / 8_388_608.0));
        }
        let rows: Vec<&[f64]> = self.rows.iter().map(Vec::as_slice).collect();
        writer.write_planar(&rows)
    }
}
