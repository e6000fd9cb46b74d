//! What a live session needs of an order, the rack and the patchbay, gathered before its thread begins.

use engine::{Chain, Stage};
use mastering::{MixRole, Project, Track, TrackId};
use patchbay::{
    Carries, LOOPBACK_PERIOD, LoopbackChannel, LoopbackSettings, PortKind, ServerState,
    SessionPlace, Watch, WayPorts, WaySettings,
};
use rack::{Layout, Leg, RackChain, Unit};

use super::Studio;
use super::view::{LiveSource, LiveUnit, LiveView};
use super::words::{LiveHeard, LiveListen, LiveSourceLevel};
use crate::access::Visitor;
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::house::rack::RackView;
use crate::units_in_use::UnitsClaim;

/// Level on a return above which everything falls silent, in dBFS root mean square over 5 ms.
const CEILING_DBFS: f64 = -0.5;

/// A source that is to be read from the vault.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) object: String,
}

/// Everything that a session's thread needs.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) project: String,
    pub(super) channels: usize,
    pub(super) rate_hz: u32,
    /// The mix first.
    pub(super) sources: Vec<Wanted>,
    pub(super) place: SessionPlace,
    pub(super) ways: Vec<WaySettings>,
    pub(super) chains: Vec<Chain>,
    pub(super) wet: f64,
    pub(super) ceiling_dbfs: f64,
    pub(super) claim: UnitsClaim,
    pub(super) units: Vec<String>,
    /// The rack's chain as the session began with it, and its version.
    pub(super) through: (RackChain, u32),
    /// What is shown until the session tells more.
    pub(super) view: LiveView,
}

fn refused(words: impl Into<String>) -> Denied {
    Denied::Invalid(words.into())
}

impl Studio {
    pub(super) async fn prepare_live(
        &self,
        visitor: &Visitor,
        (project, track): (&Project, &TrackId),
        chain: &str,
    ) -> Result<Prepared, Denied> {
        let song = project.track(track).ok_or(Denied::NotFound)?;
        let mix = project.mixes.get(&song.mix).ok_or(Denied::NotFound)?;
        let audio = mix.audio.as_ref();
        let audio = audio.ok_or_else(|| refused("the mix of this song could not be decoded"))?;
        let chains = self.rack_chains(visitor).await?;
        let found = chains.iter().find(|view| view.id == chain);
        let found = found.ok_or_else(|| {
            refused(format!(
                "the rack has no chain {chain:?}; draw one up first"
            ))
        })?;
        let through = &found.page;
        let units = self.rack_units(visitor).await?;
        let channels = usize::try_from(audio.channels).unwrap_or(0);
        let mut parts = Parts::of(through, channels, |id| {
            let found = units.iter().find(|unit| unit.id == id);
            found.map(|unit| &unit.page)
        })?;
        let place = self.place(&mut parts, (audio.rate_hz, channels), |port| {
            let mut all = units.iter().flat_map(|unit| &unit.page.channels);
            all.any(|pair| pair.send == port)
        });
        let sources = sources(project, track, audio.canonical.to_string());
        let ids: Vec<String> = parts.shown.iter().map(|unit| unit.id.clone()).collect();
        let sound = (audio.rate_hz, audio.frames);
        let view = LiveView {
            place: match place {
                SessionPlace::Jack { .. } => "jack",
                SessionPlace::Loopback { .. } => "loopback",
            },
            sources: listed(&sources),
            units: parts.shown,
            ..at_first(visitor, (project, song), found, sound)
        };
        let who = format!("{}, live", project.number);
        let claim = self.units_in_use.claim(&who, ids.iter().cloned());
        Ok(Prepared {
            project: project.id.to_string(),
            channels,
            rate_hz: audio.rate_hz,
            view,
            sources,
            place,
            ways: parts.ways,
            chains: parts.chains,
            wet: through.wet_percent / 100.0,
            ceiling_dbfs: CEILING_DBFS,
            claim,
            units: ids,
            through: (through.clone(), found.version),
        })
    }

    /// Where it sounds: the audio server that runs, else the loopback engine, whose round trip is known.
    fn place(
        &self,
        parts: &mut Parts,
        (rate_hz, channels): (u32, usize),
        is_units: impl Fn(&str) -> bool,
    ) -> SessionPlace {
        let seen = self.patchbay.watch().map(Watch::now);
        let running = seen.filter(|seen| matches!(seen.server, ServerState::Running(_)));
        if let Some(seen) = running {
            let outputs = seen.ports.iter().filter(|port| {
                port.kind == PortKind::Playback && !port.is_midi && !is_units(&port.name)
            });
            return SessionPlace::Jack {
                name: "lacquer-live".to_owned(),
                ways: parts.ports.clone(),
                monitors: outputs
                    .map(|port| port.name.clone())
                    .take(channels)
                    .collect(),
            };
        }
        for way in &mut parts.ways {
            way.delays_frames = Some(vec![LOOPBACK_PERIOD as f64; channels]);
        }
        let engine = LoopbackSettings {
            rate_hz,
            channels: vec![LoopbackChannel::wire(0.0); channels],
            drift_ppm: 0.0,
            returned_hz: None,
            seed: 1,
        };
        SessionPlace::Loopback {
            ways: vec![engine; parts.ways.len()],
            rate_hz,
        }
    }
}

/// What is shown before anything sounds.
fn at_first(
    visitor: &Visitor,
    (project, song): (&Project, &Track),
    chain: &RackView<RackChain>,
    (rate_hz, frames): (u32, u64),
) -> LiveView {
    LiveView {
        order: project.number,
        track: song.id.clone(),
        title: song.title.clone(),
        chain: chain.id.clone(),
        by: visitor.name().to_owned(),
        since: now_ms(),
        standing: "opens",
        words: "The song is being made ready.".to_owned(),
        said: String::new(),
        place: "",
        rate_hz,
        latency_frames: 0,
        duration_seconds: frames as f64 / f64::from(rate_hz.max(1)),
        run: "stopped",
        loop_seconds: None,
        source: 0,
        sources: Vec::new(),
        source_level: LiveSourceLevel::Matched,
        heard: LiveHeard::Processed,
        listen: LiveListen::Stereo,
        is_dimmed: false,
        blend_percent: chain.page.wet_percent,
        units: Vec::new(),
        stages: Vec::new(),
        patch_steps: chain.page.patch_steps().map(ToOwned::to_owned).collect(),
    }
}

/// What is there to be compared: the mix, the order's references, and what this song was at each revision.
fn sources(project: &Project, track: &TrackId, mix: String) -> Vec<Wanted> {
    let mut all = vec![Wanted {
        name: "Mix".to_owned(),
        object: mix,
    }];
    let references = project
        .mixes
        .values()
        .filter(|mix| mix.role == MixRole::Reference && mix.superseded_by.is_none());
    all.extend(references.filter_map(|mix| {
        Some(Wanted {
            name: format!("Reference: {}", mix.file_name),
            object: mix.audio.as_ref()?.canonical.to_string(),
        })
    }));
    all.extend(project.revisions.values().filter_map(|revision| {
        let master = revision.tracks.get(track)?.master.as_ref()?;
        Some(Wanted {
            name: format!("Revision {}", revision.no),
            object: master.object.to_string(),
        })
    }));
    all
}

fn listed(sources: &[Wanted]) -> Vec<LiveSource> {
    let programme = LiveSource {
        source: 0,
        name: "Programme".to_owned(),
    };
    let others = sources.iter().enumerate().map(|(at, wanted)| LiveSource {
        source: at + 1,
        name: wanted.name.clone(),
    });
    std::iter::once(programme).chain(others).collect()
}

/// A chain of the rack as a session knows it.
struct Parts {
    chains: Vec<Chain>,
    ways: Vec<WaySettings>,
    ports: Vec<WayPorts>,
    shown: Vec<LiveUnit>,
}

impl Parts {
    fn of<'u>(
        through: &RackChain,
        channels: usize,
        unit: impl Fn(&str) -> Option<&'u Unit>,
    ) -> Result<Self, Denied> {
        let mut parts = Self {
            chains: Vec::new(),
            ways: Vec::new(),
            ports: Vec::new(),
            shown: Vec::new(),
        };
        let mut stages: Vec<Stage> = Vec::new();
        for leg in &through.legs {
            match leg {
                Leg::Processors { stages: more } => stages.extend(more.iter().cloned()),
                Leg::Patch { .. } => (),
                Leg::Unit {
                    unit: id,
                    send_trim_db,
                    return_trim_db,
                } => {
                    let page = unit(id);
                    let page = page.ok_or_else(|| refused(format!("the rack has no unit {id}")))?;
                    parts.add_section(std::mem::take(&mut stages))?;
                    parts.add_unit((id, page), [*send_trim_db, *return_trim_db], channels)?;
                }
            }
        }
        parts.add_section(stages)?;
        Ok(parts)
    }

    fn add_section(&mut self, stages: Vec<Stage>) -> Result<(), Denied> {
        let chain = Chain::new(stages);
        self.chains
            .push(chain.map_err(|error| refused(error.to_string()))?);
        Ok(())
    }

    fn add_unit(
        &mut self,
        (id, unit): (&str, &Unit),
        [send_db, return_db]: [f64; 2],
        channels: usize,
    ) -> Result<(), Denied> {
        if !unit.return_server.is_empty() {
            return Err(refused(format!(
                "{} comes back on the audio server {}, by another clock than the monitors': it can be measured and printed, and the live room hears one server alone; patch its returns there, or leave it out",
                unit.name, unit.return_server
            )));
        }
        let has = unit.channels.len();
        if has != channels {
            return Err(refused(format!(
                "{} has {has} channels in the rack and the mix {channels}; both have to be one number",
                unit.name
            )));
        }
        let pairs = unit.channels.iter();
        let (send, back) = pairs
            .map(|pair| (pair.send.clone(), pair.returned.clone()))
            .unzip();
        self.ports.push(WayPorts { send, back });
        self.ways.push(WaySettings {
            send_trim_db: send_db,
            return_trim_db: return_db,
            carries: match unit.layout {
                Layout::MidSide => Carries::MidSide,
                Layout::Stereo | Layout::DualMono | Layout::Channels => Carries::Channels,
            },
            delays_frames: None,
        });
        self.shown.push(LiveUnit {
            unit: self.shown.len() + 1,
            id: id.to_owned(),
            name: unit.name.clone(),
            delays_frames: None,
            send_db,
            return_db,
            heard: LiveHeard::Processed,
        });
        Ok(())
    }
}
