use engine::programme::render_disc;
use engine::{ConversionChoice, Sink, SinkError};
use mastering::programme::{SongHeard, brightness_db};
use measure::{FileMeter, Measurements, SampleKind};

use super::{Album, Cut, NoAlbum};

impl Album {
    /// Measures a cut as it sounds, before it is rounded.
    ///
    /// # Errors
    /// As [`Album::render`], but for the place that takes no bytes.
    pub fn hear(&self, cut: &Cut, rate_hz: u32) -> Result<Measurements, NoAlbum> {
        self.check_whole()?;
        let (shelf, channels) = self.shelf()?;
        let disc = &self.timeline.discs[cut.disc];
        let rate = (rate_hz, usize::from(channels));
        let plan = shelf.plan(&disc.pieces, rate, None, ConversionChoice::default());
        let meter = FileMeter::new(rate_hz, u32::from(channels), SampleKind::F64);
        let meter = meter.map_err(|e| NoAlbum::failed(renderer::StreamError::from(e)))?;
        let mut ear = Ear(meter);
        let mut open = |file: usize| self.open(&shelf, file);
        render_disc(&plan, cut.frames.clone(), &mut open, &mut ear).map_err(NoAlbum::failed)?;
        Ok(ear.0.finish())
    }

    /// What balance needs of a measured cut.
    #[must_use]
    pub fn heard(&self, cut: &Cut, measured: &Measurements) -> SongHeard {
        let lines = &self.timeline.discs[cut.disc].tracks;
        let line = lines.iter().find(|line| line.number == cut.track);
        let octaves = measured.octaves.iter();
        let octaves: Vec<_> = octaves.map(|o| (o.low_hz, o.rms_aes17_dbfs)).collect();
        SongHeard {
            title: line.map_or_else(String::new, |line| line.title.clone()),
            integrated_lufs: measured.integrated_lufs,
            max_short_term_lufs: measured.max_short_term_lufs,
            range_top_lufs: measured.range_top_lufs,
            true_peak_dbtp: measured.true_peak_dbtp,
            brightness_db: brightness_db(&octaves),
        }
    }
}

struct Ear(FileMeter);

impl Sink for Ear {
    fn write(&mut self, block: &[&[f64]]) -> Result<(), SinkError> {
        self.0.feed(block);
        Ok(())
    }
}
