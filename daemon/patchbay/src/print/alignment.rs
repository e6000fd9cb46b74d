//! A take becomes a print: brought to its song's place, and written in the print's words.

use std::io::{self, Read, Seek};
use std::path::Path;

use dsp::{Blanking, Depth, DitherKind, DitherSeed, DitherSettings, Quantiser};
use durable::Draft;
use gear::{Aligner, Chirps, Clocks, Mark, NoClocks, SongEnd, Watch};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter, WrittenAudio};

use crate::print::recording::{Fits, earlier};
use crate::print::song_time::{SongAtRate, TakeInPlace};
use crate::print::{BLOCK, PrintError, PrintSettings, Song};

/// A take on its way to a print.
#[derive(Clone, Debug)]
pub(super) struct Alignment<'a> {
    /// Of the song at the return's rate.
    frames: u64,
    tail_frames: u64,
    settings: &'a PrintSettings,
    fits: Fits,
    sent_hz: u32,
    rate_hz: u32,
    /// What goes round the song where it comes back by another clock.
    chirps: Option<Chirps>,
}

impl<'a> Alignment<'a> {
    /// For a song of so many frames, at the rates of send and return.
    pub(super) fn new(
        (frames, [sent_hz, rate_hz]): (u64, [u32; 2]),
        settings: &'a PrintSettings,
    ) -> Self {
        let chirps = settings.other_clock.map(|clock| {
            Chirps::new([sent_hz, rate_hz], clock.level_dbfs, frames)
                .with_silence(settings.pre_roll_frames, settings.tail_frames)
        });
        let tail = settings.tail_frames as f64 * f64::from(rate_hz) / f64::from(sent_hz);
        Self {
            frames: chirps.as_ref().map_or(frames, Chirps::song_frames_returned),
            tail_frames: tail.round() as u64,
            settings,
            fits: Fits::Beyond,
            sent_hz,
            rate_hz,
            chirps,
        }
    }

    /// The same for a take that was looked at.
    #[must_use]
    pub(super) fn fitting(&self, fits: Fits) -> Self {
        Self {
            fits,
            ..self.clone()
        }
    }

    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    pub(super) fn sent_hz(&self) -> u32 {
        self.sent_hz
    }

    pub(super) fn settings(&self) -> &PrintSettings {
        self.settings
    }

    pub(super) fn chirps(&self) -> Option<&Chirps> {
        self.chirps.as_ref()
    }

    fn channels(&self) -> usize {
        self.settings.delays_frames.len()
    }

    /// Writes the aligned print as a draft beside `out`, and adds what slipped.
    pub(super) fn print<T: Read + Seek, R: Read + Seek>(
        &self,
        take: T,
        song: &Song<'_, R>,
        out: &Path,
        marks: &mut Vec<Mark>,
    ) -> Result<(Draft, WrittenAudio), PrintError> {
        let folder = out.parent().filter(|f| !f.as_os_str().is_empty());
        let mut draft = Draft::create_in(folder.unwrap_or(Path::new(".")))?;
        let spec = AudioSpec {
            rate_hz: self.rate_hz,
            channels: u16::try_from(self.channels()).unwrap_or(u16::MAX),
            sample: self.settings.sample,
        };
        let mut writer = WavWriter::new(draft.file(), spec, &[]).map_err(PrintError::Write)?;
        let take = self.in_place(WavReader::open(take)?, marks)?;
        let mut words = self.words(&take);
        self.beside(take, song, marks, |kept| words.write(&mut writer, kept))?;
        let written = writer.finish().map_err(PrintError::Write)?;
        Ok((draft, written))
    }

    /// Goes through a take in the song's own time: adds what slipped, and hands on what came back.
    pub(super) fn walk<T: Read + Seek, R: Read + Seek>(
        &self,
        take: T,
        song: &Song<'_, R>,
        marks: &mut Vec<Mark>,
        each: impl FnMut(&[&[f64]]) -> io::Result<()>,
    ) -> Result<(), PrintError> {
        let take = self.in_place(WavReader::open(take)?, marks)?;
        self.beside(take, song, marks, each)
    }

    /// The same for a take that lies in its place.
    fn beside<T: Read + Seek, R: Read + Seek>(
        &self,
        mut take: TakeInPlace<T>,
        song: &Song<'_, R>,
        marks: &mut Vec<Mark>,
        mut each: impl FnMut(&[&[f64]]) -> io::Result<()>,
    ) -> Result<(), PrintError> {
        let channels = self.channels();
        let song = WavReader::open((song.open)().map_err(PrintError::Read)?)?;
        let mut song = SongAtRate::new(song, self.rate_hz)?;
        let mut watch = Watch::new(channels, self.settings.watch);
        let (mut left, mut of_song) = (self.frames + self.tail_frames, self.frames);
        let (mut rows, mut sent) = (vec![Vec::new(); channels], vec![Vec::new(); channels]);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            let read = take.read(&mut rows, most).map_err(PrintError::Write)?;
            if read == 0 {
                let end = io::Error::new(io::ErrorKind::UnexpectedEof, "the take is too short");
                return Err(PrintError::Write(end));
            }
            let wanted = usize::try_from(of_song).unwrap_or(read).min(read);
            let song_frames = song.read(&mut sent, wanted).map_err(PrintError::Read)?;
            of_song -= wanted as u64;
            let heard: Vec<&[f64]> = rows.iter().map(|row| &row[..song_frames]).collect();
            let played: Vec<&[f64]> = sent.iter().map(|row| &row[..song_frames]).collect();
            marks.extend(watch.feed(&played, &heard));
            let kept: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            each(&kept).map_err(PrintError::Write)?;
            left -= read as u64;
        }
        Ok(())
    }

    /// The take from the song's first frame on; what the server said of it is counted from there then.
    fn in_place<T: Read + Seek>(
        &self,
        mut take: WavReader<T>,
        marks: &mut [Mark],
    ) -> Result<TakeInPlace<T>, PrintError> {
        let Some(chirps) = &self.chirps else {
            let pre_roll = self.settings.pre_roll_frames;
            let aligner = Aligner::new(&self.settings.delays_frames, self.rate_hz, BLOCK);
            return Ok(TakeInPlace::by_delays(take, pre_roll, aligner));
        };
        let clocks = self.clocks(chirps, &mut take)?;
        let first = clocks.song_at.iter().fold(f64::MAX, |a: f64, b| a.min(*b));
        earlier(marks, first as u64);
        Ok(TakeInPlace::by_clocks(take, &clocks))
    }

    /// Where chirps say that the song lies; a take that was cut short has no more than the first.
    fn clocks<T: Read + Seek>(
        &self,
        chirps: &Chirps,
        take: &mut WavReader<T>,
    ) -> Result<Clocks, PrintError> {
        let channels = self.channels();
        let mut cut = |from: u64, frames: usize| {
            let mut rows = vec![Vec::new(); channels];
            take.seek_frame(from);
            take.read_planar(&mut rows, frames)?;
            rows.iter_mut().for_each(|row| row.resize(frames, 0.0));
            Ok(rows)
        };
        let found = match (chirps.find(channels, &mut cut), self.settings.other_clock) {
            (
                Err(NoClocks::Lost {
                    end: SongEnd::Behind,
                    ..
                }),
                Some(clock),
            ) => chirps.find_first(channels, clock.drift_ppm, &mut cut),
            (found, _) => found,
        };
        Ok(found?)
    }

    fn words<T: Read + Seek>(&self, take: &TakeInPlace<T>) -> Words {
        // What a converter gave and nothing moved needs no dither: it is whole already.
        let is_whole = take.is_whole() && self.fits == Fits::Bits24;
        let needs = self.settings.sample == SampleType::I24 && !is_whole;
        let settings = DitherSettings {
            kind: DitherKind::Triangular,
            blanking: Blanking::Never,
        };
        // Each print of a song gets the same noise: what differs between two is the gear's.
        let seed = DitherSeed(0x7072_696e_7400 ^ self.frames);
        let channels = self.channels();
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
