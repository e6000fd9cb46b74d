//! The takes of a print: kept with the order where they slipped or were cut short, taken where a person says so.

use std::fs::File;
use std::io::BufReader;

use mastering::ObjectSum;
use patchbay::{PrintError, PrintSettings, PrintedTake, Song, look_at_take};
use soundfile::SampleType;

use super::body::{KeptTake, Question, Recording, Said};
use super::early::Early;
use super::run::{Run, settings_of};
use super::sounds::Sound;
use crate::clock::now_ms;

impl Run {
    /// The take that a person takes as it is, where it is one of this pass.
    pub(super) fn accepted(&self, name: &str) -> Result<Option<ObjectSum>, Early> {
        let take = self.body.accepted.and_then(|no| no.checked_sub(1));
        let take = take.and_then(|place| self.body.takes.get(place));
        let take = take.filter(|take| take.of == name);
        let object = take.and_then(|take| take.object.clone());
        object
            .map(|sum| sum.parse().map_err(Early::broken))
            .transpose()
    }

    /// Keeps what was recorded, whatever came of it.
    pub(super) fn recorded(
        &mut self,
        recording: &Recording,
        sent: &Sound,
        settings: &PrintSettings,
        printed: Result<patchbay::Printing, PrintError>,
    ) -> Result<(), Early> {
        let printing = match printed {
            Ok(printing) => printing,
            Err(error) => {
                let early = if self.now.is_stopped() {
                    Early::Stopped
                } else {
                    Early::from(error)
                };
                let why = match &early {
                    Early::Waits(why) | Early::Trouble(why) => why.clone(),
                    _ => "the print was stopped".to_owned(),
                };
                self.adopt(recording, Some((sent, settings)), &why)?;
                self.body.recording = None;
                self.keep(Vec::new())?;
                return Err(early);
            }
        };
        let rate_hz = sent.spec.rate_hz;
        let mut slipped = Vec::new();
        for take in &printing.takes {
            self.keep_take(recording, take, rate_hz)?;
            if !take.is_clean {
                slipped.push(self.body.takes.len());
            }
        }
        self.body.recording = None;
        self.keep(Vec::new())?;
        if printing.print.is_some() {
            return Ok(());
        }
        Err(Early::Ask(Question::Slipped {
            unit: recording.unit.clone(),
            takes: slipped,
        }))
    }

    fn keep_take(
        &mut self,
        recording: &Recording,
        take: &PrintedTake,
        rate_hz: u32,
    ) -> Result<(), Early> {
        let object = if take.is_clean {
            None
        } else {
            let mut file = File::open(&take.path)?;
            let stored = self
                .shop
                .vault
                .store(self.project.id.as_str(), "take", &mut file)?;
            durable::remove(&take.path)?;
            Some(stored.sha256)
        };
        self.body.takes.push(KeptTake {
            of: recording.of.clone(),
            unit: recording.unit.clone(),
            at: now_ms(),
            object,
            words: take.marks.iter().map(|mark| mark.words(rate_hz)).collect(),
            marks: take.marks.clone(),
            cut_short: String::new(),
            certificate: recording.certificate,
        });
        Ok(())
    }

    /// Takes in what a print that ended early has left: kept, looked at, and told how far it came.
    pub(super) fn adopt(
        &mut self,
        recording: &Recording,
        beside: Option<(&Sound, &PrintSettings)>,
        why: &str,
    ) -> Result<(), Early> {
        for number in 1..=3 {
            let name = format!("{}.take{number}.wav", recording.file);
            let path = self.folder.join(name);
            if !path.exists() {
                continue;
            }
            let mut file = File::open(&path)?;
            let seen = beside.and_then(|(sent, settings)| {
                let open = || sent.file().map(BufReader::new);
                let take = BufReader::new(file.try_clone().ok()?);
                look_at_take(take, &Song { open: &open }, settings).ok()
            });
            let rate_hz = beside.map_or(48_000, |(sent, _)| sent.spec.rate_hz);
            let (marks, far) = seen.map_or((Vec::new(), String::new()), |seen| {
                let seconds = |frames: u64| frames as f64 / f64::from(rate_hz);
                let (came, all) = (seconds(seen.frames), seconds(seen.song_frames));
                (seen.marks, format!("{came:.1} s of {all:.1} s came back; "))
            });
            let project = self.project.id.as_str();
            let stored = self.shop.vault.store(project, "take", &mut file)?;
            self.body.takes.push(KeptTake {
                of: recording.of.clone(),
                unit: recording.unit.clone(),
                at: now_ms(),
                object: Some(stored.sha256),
                words: marks.iter().map(|mark| mark.words(rate_hz)).collect(),
                marks,
                cut_short: format!("{far}{why}"),
                certificate: recording.certificate,
            });
            durable::remove(&path)?;
        }
        Ok(())
    }

    /// Takes in what the daemon's end has left of this print.
    pub(super) fn adopt_interrupted(&mut self) -> Result<(), Early> {
        let Some(recording) = self.body.recording.take() else {
            return Ok(());
        };
        let sent = match &recording.song {
            Some(name) => Sound::at(&self.folder.join(name)),
            None => self.mix().map(|(mix, _)| mix),
        };
        let certificates = &self.body.certificates;
        let settings = settings_of(certificates, recording.certificate, SampleType::F32);
        let beside = sent.as_ref().ok().zip(settings.as_ref());
        self.adopt(&recording, beside, "then Lacquer was ended")?;
        self.body.said.push(Said {
            at: now_ms(),
            by: "house".to_owned(),
            text: "Lacquer was ended while it printed; the take is kept, and the song comes again."
                .to_owned(),
        });
        self.keep(Vec::new())
    }
}
