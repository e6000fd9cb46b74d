//! A song's print becomes its master.

use std::io::Write as _;

use engine::{Chain, Depth};
use mastering::{Command, Master, MasterOrigin, UnixMs};
use rack::{RackChain, Sheet};
use renderer::{Wanted as WantedSound, seed_of};
use serde::{Deserialize, Serialize};
use soundfile::{AudioSpec, SampleType};
use vault::Write;

use super::body::{KeptTake, PrintCertificate, Said};
use super::early::Early;
use super::run::{Pass, Run, converted};
use super::sounds::Sound;
use crate::clock::now_ms;
use crate::jobs::{Made, id, kept_master, master_of};

/// Everything that is kept of a song's print, beside its master.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintKept {
    /// Its number in the queue.
    pub print: u64,
    /// When.
    pub at: UnixMs,
    /// The chain, as it was.
    pub chain: RackChain,
    /// How everything stood.
    pub sheet: Sheet,
    /// What the units were like.
    pub certificates: Vec<PrintCertificate>,
    /// Every take, those that slipped included.
    pub takes: Vec<KeptTake>,
    /// The rate it was printed at, where that is not the song's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted_to_hz: Option<u32>,
    /// Who decided what of it.
    pub said: Vec<Said>,
}

impl Run {
    /// Prints the song and makes its master.
    pub(super) fn song(&mut self) -> Result<(Command, Vec<Write>), Early> {
        let (mix, mix_samples) = self.mix()?;
        let mut passes = self.passes()?;
        let wet = self.wanted.chain.wet_percent;
        // Processors behind the last unit are the master's own render: dithered once, at its end.
        let after = match passes.last() {
            Some(Pass::Rendered(_)) if wet >= 100.0 => passes.pop(),
            _ => None,
        };
        let is_whole = after.is_none() && self.is_print_the_master(&passes);
        let last = if is_whole {
            SampleType::I24
        } else {
            SampleType::F32
        };
        let mut sound = self.through(&mix, ("song", &passes), last)?;
        let printed_hz = sound.spec.rate_hz;
        self.now.tell("making the master");
        if wet < 100.0 {
            let mut dry = mix.clone();
            if dry.spec.rate_hz != printed_hz {
                dry = converted(&dry, printed_hz, &self.beside("dry", "rate"))?;
            }
            sound = sound.with(&dry, wet, &self.beside("song", "blend"))?;
        }
        // What a unit's own converter captured at its own rate stays what it is.
        let own_hz = if self.is_captured_at(printed_hz) {
            printed_hz
        } else {
            mix.spec.rate_hz
        };
        let record = PrintKept {
            print: self.no,
            at: now_ms(),
            chain: self.wanted.chain.clone(),
            sheet: self.wanted.sheet.clone(),
            certificates: self.newest_certificates(),
            takes: self.body.takes.clone(),
            converted_to_hz: (printed_hz != mix.spec.rate_hz).then_some(printed_hz),
            said: self.body.said.clone(),
        };
        let origin = self.origin(&record)?;
        let chain = match after {
            Some(Pass::Rendered(chain)) => chain,
            _ => Chain::new(Vec::new()).map_err(Early::broken)?,
        };
        let made = if is_whole && sound.spec.sample == SampleType::I24 {
            let samples = sound.samples_sha256()?;
            master_of(
                &self.shop,
                &self.project,
                &mut sound.file()?,
                &samples,
                origin,
            )?
        } else {
            self.rendered_master(&sound, &chain, (own_hz, &mix_samples), origin)?
        };
        let Made { master, also } = made;
        Ok((self.command(master), also))
    }

    fn is_captured_at(&self, rate_hz: u32) -> bool {
        let certificates = self.newest_certificates();
        let mut returned = certificates.iter().map(|of| of.measurement.returned_hz);
        returned.any(|hz| hz == Some(rate_hz)) && !self.body.is_converted
    }

    /// Whether nothing stands between the last unit and the master.
    fn is_print_the_master(&self, passes: &[Pass]) -> bool {
        let layouts = &self.wanted.units;
        let is_bare = match passes.last() {
            Some(Pass::Printed {
                unit, return_db, ..
            }) => {
                let layout = layouts.get(unit).map(|unit| unit.layout);
                *return_db == 0.0 && layout != Some(rack::Layout::MidSide)
            }
            Some(Pass::Rendered(_)) | None => false,
        };
        is_bare && self.wanted.chain.wet_percent >= 100.0 && !self.body.is_converted
    }

    fn origin(&self, record: &PrintKept) -> Result<MasterOrigin, Early> {
        let mut scratch = self.shop.vault.scratch()?;
        let text = serde_json::to_vec_pretty(record).map_err(Early::broken)?;
        scratch.write_all(&text)?;
        let project = self.project.id.as_str();
        let stored = self.shop.vault.store(project, "print", &mut scratch)?;
        Ok(MasterOrigin::Printed {
            print: id(&stored.sha256)?,
            chain: record.sheet.chain.clone(),
            engine: engine::ENGINE_REVISION.to_owned(),
        })
    }

    fn rendered_master(
        &self,
        sound: &Sound,
        chain: &Chain,
        (own_hz, mix_samples): (u32, &str),
        origin: MasterOrigin,
    ) -> Result<Made, Early> {
        let mut scratch = self.shop.vault.scratch()?;
        let is_other = sound.spec.rate_hz != own_hz;
        let wanted = WantedSound {
            rate_hz: is_other.then_some(own_hz),
            // A change of rate moves the peaks between the samples.
            ceiling_dbtp: is_other.then_some(self.project.service.target.true_peak_max_dbtp),
            ..WantedSound::at_own_rate(Depth::Int24)
        };
        let mut source = sound.source()?;
        let seed = seed_of(mix_samples);
        let made = renderer::render(&mut source, chain, wanted, seed, &mut scratch)?;
        let spec = AudioSpec {
            rate_hz: own_hz,
            channels: sound.spec.channels,
            sample: SampleType::I24,
        };
        let finished = (made.written, made.measured, made.overview);
        let made = kept_master(
            &self.shop,
            &self.project,
            spec,
            &mut scratch,
            finished,
            origin,
        )?;
        Ok(made)
    }

    fn command(&self, master: Master) -> Command {
        Command::RecordMaster {
            revision: self.revision,
            track: self.track.clone(),
            master,
        }
    }
}
