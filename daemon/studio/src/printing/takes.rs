//! The takes of a print: kept with the order where they slipped or were cut short, taken where a person says so.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use gear::{Mark, fade_frames, joints};
use patchbay::{
    PrintError, PrintSettings, PrintedTake, Song, align_take, join_prints, look_at_take,
};
use soundfile::SampleType;

use super::body::{JoinOffer, KeptTake, Question, Recording, Said};
use super::early::Early;
use super::run::{Run, settings_of};
use super::sounds::Sound;
use crate::clock::now_ms;

/// So many joints are offered, widest room first.
const MOST_JOINS: usize = 3;

impl Run {
    /// Makes the print of this pass from kept takes, where a person said so; whether that was so.
    pub(super) fn of_kept_takes(
        &mut self,
        name: &str,
        sent: &Sound,
        (sample, out): (SampleType, &Path),
    ) -> Result<bool, Early> {
        let accepted = self.body.accepted.and_then(|no| self.kept(name, no));
        let joined = self.body.joined.and_then(|(first, second, frame)| {
            Some((self.kept(name, first)?, self.kept(name, second)?, frame))
        });
        if let Some((first, second, frame)) = joined {
            self.now.tell("joining two takes");
            let halves = [(first, "first"), (second, "second")].map(|(take, which)| {
                let half = self.beside(name, which);
                self.aligned(take, sent, (sample, &half))?;
                Sound::at(&half)
            });
            let [first, second] = halves;
            let halves = [first?.file()?, second?.file()?].map(BufReader::new);
            join_prints(halves, frame, out)?;
        } else if let Some(take) = accepted {
            self.now.tell("aligning the take");
            self.aligned(take, sent, (sample, out))?;
        } else {
            return Ok(false);
        }
        (self.body.accepted, self.body.joined) = (None, None);
        Ok(true)
    }

    /// A take of this pass that is kept, by its place in the print's list, from 1.
    fn kept(&self, name: &str, no: usize) -> Option<&KeptTake> {
        let take = self.body.takes.get(no.checked_sub(1)?)?;
        (take.of == name && take.object.is_some()).then_some(take)
    }

    fn aligned(
        &self,
        take: &KeptTake,
        sent: &Sound,
        (sample, out): (SampleType, &Path),
    ) -> Result<(), Early> {
        if out.exists() {
            return Ok(());
        }
        let settings = self.settings(take.certificate, sample)?;
        let open = || sent.watched(&self.now);
        let object = take.object.as_deref().unwrap_or_default();
        let reader = self
            .shop
            .vault
            .open_object(self.project.id.as_str(), object)?;
        align_take(reader, &Song { open: &open }, &settings, out)?;
        Ok(())
    }

    /// Which kept takes of a pass can be joined, and where; the song is quietest there.
    fn joins(&self, name: &str, sent: &Sound) -> Result<Vec<JoinOffer>, Early> {
        let whole = |take: &KeptTake| take.cut_short.is_empty() && take.object.is_some();
        let takes = (1..).zip(&self.body.takes);
        let (numbers, marks): (Vec<usize>, Vec<&[Mark]>) = takes
            .filter(|(_, take)| take.of == name && whole(take))
            .map(|(no, take)| (no, take.marks.as_slice()))
            .unzip();
        let (frames, rate_hz) = (sent.frames, sent.spec.rate_hz);
        let mut offers = Vec::new();
        for joint in joints(&marks, frames, rate_hz).into_iter().take(MOST_JOINS) {
            let frame = sent.quietest(joint.within, fade_frames(rate_hz))?;
            offers.push(JoinOffer {
                first: numbers[joint.first],
                second: numbers[joint.second],
                frame,
                seconds: frame as f64 / f64::from(rate_hz),
            });
        }
        Ok(offers)
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
        let joins = self.joins(&recording.of, sent)?;
        Err(Early::Ask(Question::Slipped {
            unit: recording.unit.clone(),
            takes: slipped,
            joins,
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
