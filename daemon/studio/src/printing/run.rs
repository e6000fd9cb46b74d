//! One print while it runs: a sound goes through the passes of its chain, each unit certified before it prints.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine::{Chain, Depth};
use gear::{Calibration, Form, Measurement, PlanSettings, Subject, Turned, WatchSettings, certify};
use jiff::Zoned;
use mastering::{Project, RevisionNo, TrackId};
use patchbay::{
    Insert, InsertTarget, JackInsert, LoopbackSettings, OtherClock, Overs, Pace, PrintSettings,
    ReturnCommand, ReturnServer, Song, print_song,
};
use rack::{Layout, Leg, Unit};
use renderer::{Wanted as WantedSound, seed_of};
use soundfile::SampleType;
use vault::{PrintState, PrintWrite, UnitMeasured, Write};

use super::body::{PrintBody, PrintCertificate, PrintKind, Question, Recording, Said, Sounded};
use super::early::Early;
use super::now::Now;
use super::sounds::{Sound, published};
use super::standing::Wanted;
use crate::clock::now_ms;
use crate::house::{MEASUREMENTS_KEPT, UnitFound};
use crate::jobs::Shop;

/// What the prints call themselves at the audio server.
const CLIENT: &str = "lacquer-print";
/// Longest time that closing an insert takes.
const CLOSING: Duration = Duration::from_secs(5);
/// Where everything falls silent, over 5 ms, in dBFS.
const CEILING_DBFS: f64 = -0.5;

/// One leg of a chain as it is carried out.
#[derive(Debug, Clone)]
pub(super) enum Pass {
    /// Rendered.
    Rendered(Chain),
    /// Printed, with the trims of chain and song.
    Printed {
        unit: String,
        send_db: f64,
        return_db: f64,
    },
}

/// A print in hand.
pub(super) struct Run {
    pub(super) shop: Shop,
    pub(super) project: Arc<Project>,
    pub(super) no: u64,
    pub(super) kind: PrintKind,
    pub(super) revision: RevisionNo,
    pub(super) track: TrackId,
    pub(super) author: String,
    pub(super) version: u32,
    pub(super) body: PrintBody,
    pub(super) wanted: Wanted,
    pub(super) folder: PathBuf,
    pub(super) now: Arc<Now>,
    /// The certificates of the day that is recalled.
    pub(super) recalled: Vec<PrintCertificate>,
}

/// An insert that is closed before anything else is done.
struct Open(Option<Insert>);

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(insert) = self.0.take() {
            // A server that does not answer keeps nobody here.
            insert.close(CLOSING);
        }
    }
}

impl Run {
    /// Writes the print's row as it is now.
    pub(super) fn keep(&mut self, also: Vec<Write>) -> Result<(), Early> {
        let body = serde_json::to_string(&self.body).map_err(Early::broken)?;
        let mut rows = also;
        rows.push(Write::Print(PrintWrite::Change {
            no: self.no,
            version: self.version,
            state: PrintState::Running,
            body,
        }));
        self.shop
            .vault
            .commit_blocking(rows)
            .map_err(|error| Early::Trouble(crate::denied::chain(&error)))?;
        self.version += 1;
        Ok(())
    }

    /// The mix that the song's version names.
    pub(super) fn mix(&self) -> Result<(Sound, String), Early> {
        let version = self
            .project
            .revisions
            .get(&self.revision)
            .and_then(|revision| revision.tracks.get(&self.track));
        let mix = version.and_then(|version| self.project.mixes.get(&version.mix));
        let audio = mix
            .and_then(|mix| mix.audio.clone())
            .ok_or_else(|| Early::Trouble("the mix has no audio to print".to_owned()))?;
        let vault = &self.shop.vault;
        let scratch = vault.copy_to_scratch(self.project.id.as_str(), audio.canonical.as_str())?;
        Ok((Sound::of(scratch)?, audio.samples.to_string()))
    }

    /// The chain's legs with the song's own trims; what is patched by hand is done by now.
    pub(super) fn passes(&self) -> Result<Vec<Pass>, Early> {
        let legs = &self.wanted.chain.legs;
        let of_units = legs.iter().filter(|leg| matches!(leg, Leg::Unit { .. }));
        let (units, mut nth) = (of_units.count(), 0);
        let trim = self.wanted.sheet.trims.get(self.track.as_str());
        let trim = trim.copied().unwrap_or_default();
        let mut passes = Vec::new();
        for leg in legs {
            match leg {
                Leg::Processors { stages } => {
                    let chain = Chain::new(stages.clone()).map_err(Early::broken)?;
                    passes.push(Pass::Rendered(chain));
                }
                Leg::Unit {
                    unit,
                    send_trim_db,
                    return_trim_db,
                } => {
                    nth += 1;
                    let of = |db: f64, is_mine| if is_mine { db } else { 0.0 };
                    passes.push(Pass::Printed {
                        unit: unit.clone(),
                        send_db: send_trim_db + of(trim.send_db, nth == 1),
                        return_db: return_trim_db + of(trim.return_db, nth == units),
                    });
                }
                Leg::Patch { .. } => {}
            }
        }
        Ok(passes)
    }

    /// Sends a sound through passes, one after the other; what an earlier run finished is not made again.
    pub(super) fn through(
        &mut self,
        input: &Sound,
        (of, passes): (&str, &[Pass]),
        last: SampleType,
    ) -> Result<Sound, Early> {
        let mut sound = input.clone();
        let mut units = 0;
        for (n, pass) in (1..).zip(passes) {
            let name = format!("{of}.{n}");
            let with = format!("{pass:?} of {} as {last:?}", sound.samples_sha256()?);
            if matches!(pass, Pass::Printed { .. }) {
                units += 1;
            }
            if let Some(done) = self.sounded(&name, &with)? {
                sound = done;
                continue;
            }
            sound = match pass {
                Pass::Rendered(chain) => {
                    self.now.tell("rendering");
                    let wanted = WantedSound::at_own_rate(Depth::Float32);
                    rendered(&sound, chain, wanted, &self.beside(&name, "rendered"))?
                }
                Pass::Printed { .. } => {
                    let is_last = n == passes.len();
                    let sample = if is_last { last } else { SampleType::F32 };
                    self.unit(&sound, (&name, units, pass), sample)?
                }
            };
            let samples = sound.samples_sha256()?;
            self.body.sounded.push(Sounded {
                of: name,
                with,
                file: sound.name.clone().unwrap_or_default(),
                samples,
            });
            self.keep(Vec::new())?;
        }
        Ok(sound)
    }

    /// A file of this attempt in the print's folder.
    pub(super) fn beside(&self, name: &str, what: &str) -> PathBuf {
        let attempt = self.body.attempts;
        self.folder.join(format!("{name}.a{attempt}.{what}.wav"))
    }

    /// What an earlier run finished, where it is still what it was.
    fn sounded(&mut self, name: &str, with: &str) -> Result<Option<Sound>, Early> {
        let known = self.body.sounded.iter().find(|done| done.of == name);
        let known = known.map(|done| (done, self.folder.join(&done.file)));
        if let Some((done, path)) = known.filter(|(done, at)| done.with == with && at.exists()) {
            let sound = Sound::at(&path)?;
            if sound.samples_sha256()? == done.samples {
                return Ok(Some(sound));
            }
        }
        self.body.sounded.retain(|done| done.of != name);
        Ok(None)
    }

    /// Out to a unit and back: certified, sent, recorded, brought back to its place.
    fn unit(
        &mut self,
        input: &Sound,
        (name, nth, pass): (&str, usize, &Pass),
        sample: SampleType,
    ) -> Result<Sound, Early> {
        let Pass::Printed {
            unit: id,
            send_db,
            return_db,
        } = pass
        else {
            return Ok(input.clone());
        };
        let unit = self.wanted.units.get(id).cloned().ok_or_else(|| {
            Early::Trouble(format!(
                "the rack has no unit {id} any more; change the chain"
            ))
        })?;
        let printed_to = self.beside(name, "print");
        let (ahead, behind) = match unit.layout {
            Layout::MidSide => (Turned::ToMidSide, Turned::FromMidSide),
            Layout::Stereo | Layout::DualMono | Layout::Channels => (Turned::Not, Turned::Not),
        };
        self.now.tell(&format!("opening {}", unit.name));
        let mut insert = Open(Some(Insert::open(target(
            &unit,
            input.spec.rate_hz,
            &self.shop.config.returns,
        )?)?));
        let Some(open) = insert.0.as_mut() else {
            return Err(Early::Stopped);
        };
        let input = self.at_rate(input, open.rate_hz(), &self.beside(name, "rate"))?;
        let (channels, has) = (usize::from(input.spec.channels), open.channels());
        if channels != has {
            return Err(Early::Trouble(format!(
                "the song has {channels} channels and {} has {has}; choose another chain",
                unit.name
            )));
        }
        let certificate = self.certified(open, (id, &unit, nth))?;
        let settings = self.settings(certificate, sample)?;
        let sent = input.shaped(&self.beside(name, "sent"), ahead, *send_db)?;
        let recording = Recording {
            of: name.to_owned(),
            unit: id.clone(),
            file: format!("{name}.a{}.print", self.body.attempts),
            song: sent.name.clone(),
            certificate,
        };
        if self.of_kept_takes(name, &sent, (sample, &printed_to))? {
            drop(insert);
        } else {
            self.body.recording = Some(recording.clone());
            self.keep(Vec::new())?;
            self.now.tell(&format!("printing through {}", unit.name));
            let source = || sent.watched(&self.now);
            let printed = print_song(open, &Song { open: &source }, &settings, &printed_to);
            drop(insert);
            self.recorded(&recording, &sent, &settings, printed)?;
        }
        Sound::at(&printed_to)?.shaped(&self.beside(name, "back"), behind, *return_db)
    }

    /// The song at the server's rate: as it is, or converted because a person said so.
    fn at_rate(
        &self,
        input: &Sound,
        server_hz: u32,
        out: &std::path::Path,
    ) -> Result<Sound, Early> {
        if input.spec.rate_hz == server_hz {
            return Ok(input.clone());
        }
        if !self.body.is_converted {
            return Err(Early::Ask(Question::OtherRate {
                song_hz: input.spec.rate_hz,
                server_hz,
            }));
        }
        converted(input, server_hz, out)
    }

    /// Measures a unit in the short form and holds it against its history and the day that is recalled; the
    /// certificate's place in the print's list.
    fn certified(
        &mut self,
        insert: &mut Insert,
        (id, unit, pass): (&str, &Unit, usize),
    ) -> Result<usize, Early> {
        self.now.tell(&format!("measuring {}", unit.name));
        let channels = insert.channels();
        let today = Zoned::now().date();
        let levels = (1..=channels).map(|channel| unit.calibration_on(channel, today));
        let levels: Vec<Calibration> = levels.collect::<Option<_>>().unwrap_or_default();
        let plan = PlanSettings::new(insert.rate_hz(), channels, Form::Short);
        let found = patchbay::measure(insert, &plan, &levels)?;
        let history = self.history(id, &found)?;
        let recalled = self
            .recalled
            .iter()
            .find(|then| then.unit == id && then.pass == pass);
        let mut verdict = certify(&found, &history, recalled.map(|then| &then.measurement));
        if recalled.is_some() {
            // It is measured anew and taken out; years later converters and buffers are others.
            verdict = verdict.allowing(Subject::Delay);
        }
        let objections: Vec<String> = verdict.objections.iter().map(ToString::to_string).collect();
        let kept = UnitFound {
            measurement: found.clone(),
            objections: objections.clone(),
        };
        self.body.certificates.push(PrintCertificate {
            unit: id.to_owned(),
            pass,
            at: now_ms(),
            measurement: found,
            objections: objections.clone(),
            compared: verdict.compared.len(),
        });
        let row = Write::UnitMeasured(UnitMeasured {
            unit: id.to_owned(),
            at_ms: now_ms(),
            author: self.author.clone(),
            body: serde_json::to_string(&kept).map_err(Early::broken)?,
        });
        self.keep(vec![row])?;
        if objections.is_empty() {
            return Ok(self.body.certificates.len() - 1);
        }
        Err(Early::Ask(Question::NotCertified {
            unit: id.to_owned(),
            objections,
        }))
    }

    /// What was measured of a unit before and had nothing wrong, oldest first.
    fn history(&self, id: &str, like: &Measurement) -> Result<Vec<Measurement>, Early> {
        let rows = self.shop.vault.unit_measurements(id, MEASUREMENTS_KEPT)?;
        let mut history = Vec::new();
        for (_, row) in rows.into_iter().rev() {
            let found: UnitFound = serde_json::from_str(&row.body).map_err(Early::broken)?;
            if found.objections.is_empty() && found.measurement.is_like(like) {
                history.push(found.measurement);
            }
        }
        Ok(history)
    }

    /// How a certified unit prints: a second of silence ahead, a tail as long as it sounds on.
    pub(super) fn settings(
        &self,
        certificate: usize,
        sample: SampleType,
    ) -> Result<PrintSettings, Early> {
        settings_of(&self.body.certificates, certificate, sample)
            .ok_or_else(|| Early::Trouble("a channel of the unit does not come back".to_owned()))
    }

    /// What Lacquer itself notes of the print.
    pub(super) fn note(&mut self, text: &str) {
        self.body.said.push(Said {
            at: now_ms(),
            by: "house".to_owned(),
            text: text.to_owned(),
        });
    }
}

pub(super) fn settings_of(
    certificates: &[PrintCertificate],
    place: usize,
    sample: SampleType,
) -> Option<PrintSettings> {
    let found = &certificates.get(place)?.measurement;
    Some(PrintSettings {
        pre_roll_frames: u64::from(found.rate_hz),
        tail_frames: found.tail_frames(),
        delays_frames: found.delays_frames()?,
        sample,
        watch: WatchSettings::of(found),
        overs: Overs::Spoil,
        other_clock: OtherClock::of(found),
    })
}

/// Where a unit is.
fn target(unit: &Unit, rate_hz: u32, returns: &ReturnCommand) -> Result<InsertTarget, Early> {
    if !unit.loopback.is_empty() {
        let words = format!("channels={},{}", unit.channels.len().max(1), unit.loopback);
        let settings = LoopbackSettings::from_words(&words, Some(rate_hz));
        return Ok(InsertTarget::Loopback(settings.map_err(Early::broken)?));
    }
    if unit.channels.is_empty() {
        return Err(Early::Trouble(format!(
            "{} has no ports in the rack; name them on its page",
            unit.name
        )));
    }
    let pairs = unit.channels.iter();
    let (send, back) = pairs
        .map(|pair| (pair.send.clone(), pair.returned.clone()))
        .unzip();
    Ok(InsertTarget::Jack(JackInsert {
        name: CLIENT.to_owned(),
        send,
        back,
        back_on: (!unit.return_server.is_empty()).then(|| ReturnServer {
            server: unit.return_server.clone(),
            command: returns.clone(),
        }),
        // Another rate is a question, and no refusal.
        rate_hz: None,
        pace: Pace::RealTime,
        ceiling_dbfs: CEILING_DBFS,
    }))
}

fn rendered(
    sound: &Sound,
    chain: &Chain,
    wanted: WantedSound,
    out: &std::path::Path,
) -> Result<Sound, Early> {
    let seed = seed_of(&sound.samples_sha256()?);
    published(out, |file| {
        let mut source = sound.source()?;
        Ok(renderer::render_unmeasured(&mut source, chain, wanted, seed, file)?.0)
    })?;
    Sound::at(out)
}

/// At another rate, as 32-bit floats.
pub(super) fn converted(
    sound: &Sound,
    rate_hz: u32,
    out: &std::path::Path,
) -> Result<Sound, Early> {
    let nothing = Chain::new(Vec::new()).map_err(Early::broken)?;
    let wanted = WantedSound {
        rate_hz: Some(rate_hz),
        ..WantedSound::at_own_rate(Depth::Float32)
    };
    rendered(sound, &nothing, wanted, out)
}
