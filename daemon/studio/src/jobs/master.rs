//! Making masters: the measured plan, or the plan a person changed, rendered over a mix.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use engine::{Chain, Depth};
use mastering::{Command, Master, MasterOrigin, MixId, ObjectSum, Project, RevisionNo, TrackId};
use measure::{Measurements, Overview};
use renderer::{BLOCK_FRAMES, Wanted, WavMaster, WavSource, seed_of};
use serde::{Deserialize, Serialize};
use soundfile::{AudioSpec, SampleType, WavReader, WrittenAudio};
use vault::Write;

use super::take::{id, json_document};
use super::{Done, Shop, Trouble, room_for, spectrum};
use crate::denied::chain;
use crate::sound;

/// A plan as the vault keeps it: the chain with its reasons, and the engine it was made for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredPlan {
    /// The engine revision it was made for.
    pub(crate) engine: String,
    /// The chain in its readable form.
    pub(crate) chain_toml: String,
    /// Why each stage is what it is.
    pub(crate) reasons: Vec<String>,
}

/// What a master is made from.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) revision: RevisionNo,
    pub(super) track: TrackId,
    pub(super) mix: MixId,
    pub(super) plan: Option<ObjectSum>,
}

/// A finished master and the rows that belong to it.
pub(crate) struct Made {
    pub(crate) master: Master,
    pub(crate) also: Vec<Write>,
}

pub(super) fn make(shop: &Shop, project: &Project, input: &Input) -> Result<Done, Trouble> {
    let audio = project
        .mixes
        .get(&input.mix)
        .and_then(|mix| mix.audio.clone())
        .ok_or_else(|| Trouble::Never("the mix has no audio to master".to_owned()))?;
    let reader = shop
        .vault
        .open_object(project.id.as_str(), audio.canonical.as_str())?;
    let mut source = WavSource::open(reader)?;
    let (plan, stored) = match &input.plan {
        Some(stored) => (read_plan(shop, project, stored)?, stored.clone()),
        None => measured_plan(shop, project, &mut source)?,
    };
    let chain_of_plan =
        Chain::from_toml(&plan.chain_toml).map_err(|e| Trouble::Never(chain(&e)))?;
    let origin = MasterOrigin::Rendered {
        plan: stored,
        engine: engine::ENGINE_REVISION.to_owned(),
    };
    let made = render(
        shop,
        project,
        &mut source,
        &chain_of_plan,
        origin,
        audio.samples.as_str(),
    )?;
    Ok(Done {
        commands: vec![Command::RecordMaster {
            revision: input.revision,
            track: input.track.clone(),
            master: made.master,
        }],
        also: made.also,
    })
}

pub(super) fn read_plan(
    shop: &Shop,
    project: &Project,
    plan: &ObjectSum,
) -> Result<StoredPlan, Trouble> {
    let reader = shop.vault.open_object(project.id.as_str(), plan.as_str())?;
    serde_json::from_reader(reader)
        .map_err(|e| Trouble::Never(format!("the plan cannot be read: {e}")))
}

/// Stores a plan and gives its checksum: the same plan is stored once.
pub(crate) fn store_plan(
    vault: &vault::Vault,
    project: &Project,
    plan: &StoredPlan,
) -> Result<ObjectSum, Trouble> {
    use std::io::Write as _;
    let mut scratch = vault.scratch()?;
    let text = serde_json::to_vec_pretty(plan).map_err(|e| Trouble::Never(e.to_string()))?;
    scratch.write_all(&text)?;
    let stored = vault.store(project.id.as_str(), "plan", &mut scratch)?;
    id(&stored.sha256)
}

/// What a plan says where there is nothing to match to.
const NO_REFERENCE: &str = "The order asks for a match to references and none has come: the plan goes by the mix alone. \
     Send one to the References folder and make a new revision.";

/// A chain and why it is what it is.
type Reasoned = (Chain, Vec<String>);

fn planned(
    project: &Project,
    source: &mut WavSource<vault::ObjectReader>,
) -> Result<Reasoned, Trouble> {
    let brief = sound::brief(&project.service);
    let plan = engine::plan(source, &brief).map_err(|e| Trouble::Never(chain(&e)))?;
    Ok((plan.chain, texts(&plan.reasons)))
}

/// Tone and width from the client's references, loudness and ceiling from the order.
fn matched(
    shop: &Shop,
    project: &Project,
    source: &mut WavSource<vault::ObjectReader>,
) -> Result<Reasoned, Trouble> {
    let settings = sound::matching(&project.service);
    let portrait = |source: &mut WavSource<vault::ObjectReader>| {
        engine::Portrait::of(source).map_err(|e| Trouble::Never(chain(&e)))
    };
    let mut references = Vec::new();
    for audio in project.references().filter_map(|m| m.audio.as_ref()) {
        let vault = &shop.vault;
        let reader = vault.open_object(project.id.as_str(), audio.canonical.as_str())?;
        references.push(portrait(&mut WavSource::open(reader)?)?);
    }
    let made = engine::match_to(&portrait(source)?, &references, settings)
        .and_then(|made| made.settle_at_target(source))
        .map_err(|e| Trouble::Never(chain(&e)))?;
    Ok((made.chain, texts(&made.reasons)))
}

fn texts(reasons: &[engine::Reason]) -> Vec<String> {
    reasons.iter().map(|r| r.text.clone()).collect()
}

fn measured_plan(
    shop: &Shop,
    project: &Project,
    source: &mut WavSource<vault::ObjectReader>,
) -> Result<(StoredPlan, ObjectSum), Trouble> {
    let (made, reasons) = if project.service.match_percent == 0 {
        planned(project, source)?
    } else if project.references().next().is_none() {
        let (made, mut reasons) = planned(project, source)?;
        reasons.push(NO_REFERENCE.to_owned());
        (made, reasons)
    } else {
        matched(shop, project, source)?
    };
    let plan = StoredPlan {
        engine: engine::ENGINE_REVISION.to_owned(),
        chain_toml: made.to_toml().map_err(|e| Trouble::Never(chain(&e)))?,
        reasons,
    };
    let stored = store_plan(&shop.vault, project, &plan)?;
    Ok((plan, stored))
}

fn render(
    shop: &Shop,
    project: &Project,
    source: &mut WavSource<vault::ObjectReader>,
    chain_of_plan: &Chain,
    origin: MasterOrigin,
    mix_samples: &str,
) -> Result<Made, Trouble> {
    use engine::Source as _;
    let given = source.spec();
    let channels = u16::try_from(given.channels).map_err(|e| Trouble::Never(e.to_string()))?;
    room_for(
        &shop.vault,
        source.frames().saturating_mul(3 * u64::from(channels)),
    )?;
    let mut scratch = shop.vault.scratch()?;
    let spec = AudioSpec {
        rate_hz: given.rate_hz,
        channels,
        sample: SampleType::I24,
    };
    let seed = seed_of(mix_samples);
    let wanted = Wanted::at_own_rate(Depth::Int24);
    let made = renderer::render(source, chain_of_plan, wanted, seed, &mut scratch)?;
    let finished = (made.written, made.measured, made.overview);
    kept(shop, project, spec, &mut scratch, finished, origin)
}

/// Stores a finished master with its figures and waveform.
pub(crate) fn kept(
    shop: &Shop,
    project: &Project,
    spec: AudioSpec,
    scratch: &mut File,
    (written, mut measured, overview): (WrittenAudio, Measurements, Overview),
    origin: MasterOrigin,
) -> Result<Made, Trouble> {
    measured.octaves = spectrum::octaves(scratch)?;
    let stored = shop.vault.store(project.id.as_str(), "master", scratch)?;
    let master = Master {
        samples: id(&written.samples_sha256)?,
        rate_hz: spec.rate_hz,
        channels: u32::from(spec.channels),
        bits: 24,
        frames: written.frames,
        integrated_lufs: measured.integrated_lufs,
        true_peak_dbtp: measured.true_peak_dbtp,
        origin,
        object: id(&stored.sha256)?,
    };
    let also = vec![
        json_document(
            &project.id,
            &format!("overview:{}", stored.sha256),
            &overview,
        )?,
        json_document(
            &project.id,
            &format!("measured:{}", stored.sha256),
            &measured,
        )?,
    ];
    Ok(Made { master, also })
}

/// Makes a master of decoded audio that was mastered elsewhere: its own samples at 24 bit.
///
/// 16-bit samples gain eight zero bits and 24-bit ones stay as they are; only deeper ones are
/// dithered. Nothing else happens to them.
pub(crate) fn from_elsewhere(
    shop: &Shop,
    project: &Project,
    canonical: &mut File,
    samples_sha256: &str,
    origin: MasterOrigin,
) -> Result<Made, Trouble> {
    canonical.seek(SeekFrom::Start(0))?;
    let mut reader = WavReader::open(&*canonical).map_err(|e| Trouble::Never(chain(&e)))?;
    let given = reader.spec();
    let spec = AudioSpec {
        sample: SampleType::I24,
        ..given
    };
    let mut scratch = shop.vault.scratch()?;
    let mut sink = WavMaster::begin(&mut scratch, spec, &[])?;
    match given.sample {
        SampleType::I16 | SampleType::I24 => {
            let mut wide = Vec::new();
            loop {
                let bytes = reader.next_raw(BLOCK_FRAMES)?;
                if bytes.is_empty() {
                    break;
                }
                if given.sample == SampleType::I24 {
                    sink.write_raw(bytes)?;
                    continue;
                }
                wide.clear();
                for sample in bytes.chunks_exact(2) {
                    wide.extend_from_slice(&[0, sample[0], sample[1]]);
                }
                sink.write_raw(&wide)?;
            }
        }
        SampleType::I32 | SampleType::F32 | SampleType::F64 => {
            canonical.seek(SeekFrom::Start(0))?;
            let mut source = WavSource::open(&*canonical)?;
            let nothing = Chain::new(Vec::new()).map_err(|e| Trouble::Never(chain(&e)))?;
            let seed = seed_of(samples_sha256);
            engine::render_master(
                &mut source,
                &nothing,
                Depth::Int24,
                seed,
                &mut sink,
                &mut |_| {},
            )
            .map_err(|e| Trouble::Again(chain(&e)))?;
        }
    }
    let finished = sink.finish()?;
    kept(shop, project, spec, &mut scratch, finished, origin)
}
