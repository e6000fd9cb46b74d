//! Printing: a song through gear and back into its place.

mod alignment;
mod recording;
mod song_time;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use durable::DurableError;
use gear::{Mark, Measurement, NoClocks, WatchSettings};
use soundfile::{SampleType, WavError, WavReader, WrittenAudio};

use crate::insert::{Insert, InsertError};
use crate::print::alignment::Alignment;
use crate::print::recording::{all_fit, record};
use crate::take::TakeError;

/// A song is printed again so often before a person is asked.
const AGAIN: u32 = 2;
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
    /// Where it comes back by another clock: chirps round the song say where it lies then, and the delays of
    /// `delays_frames` count for nothing but their number.
    pub other_clock: Option<OtherClock>,
}

/// A return that runs by a clock of its own, at its own rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OtherClock {
    /// Peak of the chirps in dBFS.
    pub level_dbfs: f64,
    /// By how much it runs off the send's, as measured: for a take that was cut short.
    pub drift_ppm: f64,
}

impl OtherClock {
    /// Of a unit that was measured behind one.
    pub fn of(found: &Measurement) -> Option<Self> {
        found.returned_hz?;
        Some(Self {
            level_dbfs: found.level_dbfs,
            drift_ppm: found.clock_drift_ppm.map_or(0.0, |drift| drift.mean),
        })
    }
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
    /// Where the song lies in the take.
    #[error(transparent)]
    Clocks(#[from] NoClocks),
    /// The return has a clock of its own and the settings know of none, or the other way round.
    #[error(
        "the unit was measured with another number of clocks than it is printed with; measure it again"
    )]
    OtherClocks,
}

/// Prints a song to `out`, a WAV file at the return's rate that begins with the song's first frame and ends with
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
    let returned_hz = insert.returned_hz().unwrap_or(insert.rate_hz());
    let job = Alignment::new((frames, [insert.rate_hz(), returned_hz]), settings);
    let mut takes = Vec::new();
    for number in 1..=AGAIN + 1 {
        let path = out.with_extension(format!("take{number}.wav"));
        let (mut marks, fits) = record(insert, song, &job, &path)?;
        let job = job.fitting(fits);
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
    let (frames, rate_hz) = length(song)?;
    let mut reader = WavReader::open(&mut take)?;
    let rates = [rate_hz, reader.spec().rate_hz];
    let fits = all_fit(&mut reader).map_err(PrintError::Write)?;
    take.rewind().map_err(PrintError::Write)?;
    let job = Alignment::new((frames, rates), settings).fitting(fits);
    let (draft, written) = job.print(take, song, out, &mut Vec::new())?;
    draft.publish(out)?;
    Ok(written)
}

/// What a take shows that nobody was there to hear the end of.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedAt {
    /// Frames of the song that came back.
    pub frames: u64,
    /// Frames of the song, at the return's rate.
    pub song_frames: u64,
    /// What slipped in them; frames are those of the song. What the server lost is not in the sound.
    pub marks: Vec<Mark>,
}

/// Looks at a take that was cut short by a killed server or daemon. `settings` are those it was recorded with.
///
/// # Errors
/// The take or the song cannot be read.
pub fn look_at_take<T: Read + Seek, R: Read + Seek>(
    mut take: T,
    song: &Song<'_, R>,
    settings: &PrintSettings,
) -> Result<LookedAt, PrintError> {
    let (song_frames, rate_hz) = length(song)?;
    let rates = [rate_hz, WavReader::open(&mut take)?.spec().rate_hz];
    take.rewind().map_err(PrintError::Write)?;
    let job = Alignment::new((song_frames, rates), settings);
    let song_frames = job.frames();
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

/// A song's frames and its rate.
fn length<R: Read + Seek>(song: &Song<'_, R>) -> Result<(u64, u32), PrintError> {
    let reader = WavReader::open((song.open)().map_err(PrintError::Read)?)?;
    Ok((reader.frames(), reader.spec().rate_hz))
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
    if insert.returned_hz().is_some() != settings.other_clock.is_some() {
        return Err(PrintError::OtherClocks);
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
