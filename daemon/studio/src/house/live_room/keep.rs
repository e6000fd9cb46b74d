//! What was found live becomes a chain of the rack, and is printed.

use engine::{Setting, Stage};
use mastering::{Command, OrderNumber, Project, RevisionNo, Stage as OrderStage, TrackId};
use rack::{Leg, RackChain};
use serde::{Deserialize, Serialize};

use super::view::{LiveStage, LiveUnit, LiveView};
use super::words::{LiveHeard, LiveWord};
use super::{Studio, nobody};
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::house::order::Submission;
use crate::house::sheets::SheetNote;

/// What becomes of stages and units that are bypassed at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveBypassed {
    /// Nothing is kept while there is one: it may have been forgotten.
    #[default]
    Refused,
    /// They are no part of what is kept.
    LeftOut,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveThen {
    /// The session goes on.
    #[default]
    Stay,
    /// The session ends, and the song is printed through what was kept.
    Print,
}

/// How what sounds now is to be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveKeep {
    /// The chain, by what the rack is to know it by: that of the session, which gets a new version, or a new one.
    pub chain: String,
    /// What the studio calls it; empty: as before.
    #[serde(default)]
    pub name: String,
    /// What becomes of what is bypassed.
    #[serde(default)]
    pub bypassed: LiveBypassed,
    /// What follows.
    #[serde(default)]
    pub then: LiveThen,
}

/// What was kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveKept {
    /// The order.
    pub order: OrderNumber,
    /// The chain.
    pub chain: String,
    /// Which version of it this is.
    pub version: u32,
    /// The revision whose recall sheet now tells of it, where it is to be printed.
    pub revision: Option<RevisionNo>,
    /// The same in a sentence, with the next step.
    pub words: String,
}

impl Studio {
    /// Keeps what sounds now as a chain of the rack: knobs, trims and the share beside the mix as they stand. Where it
    /// is to be printed, the song takes that chain in the revision being worked on, the recall sheet goes over to it,
    /// and the session ends.
    ///
    /// # Errors
    /// Nobody works live; something is bypassed and may have been forgotten; a name that is taken; somebody saved
    /// another version meanwhile; no revision is being worked on.
    pub async fn keep_live(&self, visitor: &Visitor, keep: LiveKeep) -> Result<LiveKept, Denied> {
        visitor.must(Right::Master)?;
        let told = self.live_room.told.borrow().clone();
        let view = &told
            .filter(|now| !now.view.is_over())
            .ok_or_else(nobody)?
            .view;
        let (through, base) = {
            let inside = self.live_room.inside.lock().await;
            let inside = inside.as_ref().filter(|inside| !inside.words.is_closed());
            let inside = inside.ok_or_else(nobody)?;
            let base = inside.versions.get(&keep.chain).copied();
            (inside.through.clone(), base)
        };
        let place = (view.order, view.track.clone());
        let revision = match keep.then {
            LiveThen::Stay => None,
            LiveThen::Print => {
                let live = self.seen(visitor, view.order).await?;
                Some(worked_on(&live.project)?)
            }
        };
        let mut kept = as_it_sounds(&through, view, keep.bypassed).map_err(Denied::Invalid)?;
        if !keep.name.trim().is_empty() {
            keep.name.trim().clone_into(&mut kept.name);
        }
        if base.is_none() && self.has_chain(visitor, &keep.chain).await? {
            return Err(Denied::Invalid(format!(
                "the rack has another chain {} already; keep this one under a name of its own",
                keep.chain
            )));
        }
        let toml = kept
            .to_toml()
            .map_err(|error| Denied::Invalid(error.to_string()))?;
        let page = (keep.chain.as_str(), base.unwrap_or(0));
        let saved = self.save_chain(visitor, page, &toml).await?;
        if let Some(inside) = self.live_room.inside.lock().await.as_mut() {
            inside.versions.insert(saved.id.clone(), saved.version);
        }
        let mut words = format!("Kept as version {} of {}.", saved.version, saved.id);
        if let Some(revision) = revision {
            words += " ";
            words += &self
                .printed_next(visitor, (place, revision), &saved.id)
                .await?;
        }
        Ok(LiveKept {
            order: view.order,
            chain: saved.id,
            version: saved.version,
            revision,
            words,
        })
    }

    async fn give_now(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        command: Command,
    ) -> Result<(), Denied> {
        let live = self.seen(visitor, number).await?;
        let given = Submission {
            command,
            seq: Some(live.seq),
            key: None,
        };
        self.submit(visitor, number, given).await.map(drop)
    }

    async fn has_chain(&self, visitor: &Visitor, id: &str) -> Result<bool, Denied> {
        let chains = self.rack_chains(visitor).await?;
        Ok(chains.iter().any(|chain| chain.id == id))
    }

    /// The song goes through a chain in a revision, and the room is left to the print; what happens next.
    async fn printed_next(
        &self,
        visitor: &Visitor,
        ((number, track), revision): ((OrderNumber, TrackId), RevisionNo),
        chain: &str,
    ) -> Result<String, Denied> {
        let live = self.seen(visitor, number).await?;
        let version = live.project.revisions.get(&revision);
        let version = version.and_then(|revision| revision.tracks.get(&track));
        if version.is_none_or(|version| version.rack.as_deref() != Some(chain)) {
            let command = Command::PrintThrough {
                track,
                chain: Some(chain.to_owned()),
            };
            self.give_now(visitor, number, command).await?;
        }
        let carry = SheetNote::Carry {
            chain: chain.to_owned(),
        };
        let sheet = self
            .note_on_sheet(visitor, (number, revision), carry)
            .await?;
        match self.say_live(visitor, LiveWord::End).await {
            // It may have ended by itself.
            Ok(()) | Err(Denied::Invalid(_)) => (),
            Err(other) => return Err(other),
        }
        let songs = live.project.tracks.len();
        let is_adjusting = matches!(live.project.stage, OrderStage::Adjusting { .. });
        let begin = if is_adjusting && songs == 1 {
            self.give_now(visitor, number, Command::StartMastering)
                .await?;
            "It stands in the queue of prints."
        } else if is_adjusting {
            "It is printed when the masters of the revision are started on the order's page."
        } else {
            "It stands in the queue of prints."
        };
        let controls = sheet.missing.len();
        Ok(if controls == 0 {
            begin.to_owned()
        } else {
            format!(
                "{begin} Before that, the recall sheet of revision {revision} lacks {controls} of its controls and steps: note how the gear stands now."
            )
        })
    }
}

/// The revision whose masters may still go another way.
fn worked_on(project: &Project) -> Result<RevisionNo, Denied> {
    match project.stage {
        OrderStage::Adjusting { revision } | OrderStage::Mastering { revision } => Ok(revision),
        _ => Err(Denied::Invalid(
            "no revision is being worked on: keep the chain without printing, open a revision on the order's page, and choose the chain for the song there".to_owned(),
        )),
    }
}

/// The chain with everything where it stands in the session.
fn as_it_sounds(
    through: &RackChain,
    view: &LiveView,
    bypassed: LiveBypassed,
) -> Result<RackChain, String> {
    let (mut stages, mut units) = (view.stages.iter(), view.units.iter());
    let mut legs = Vec::new();
    for leg in &through.legs {
        match leg {
            Leg::Patch { .. } => legs.push(leg.clone()),
            Leg::Unit { unit, .. } => {
                let shown = units.next().filter(|shown| shown.id == *unit);
                let shown = shown.ok_or_else(other_chain)?;
                if sounds((shown.heard, &shown.name), bypassed)? {
                    legs.push(trimmed(shown));
                }
            }
            Leg::Processors { stages: written } => {
                let mut kept = Vec::new();
                for stage in written {
                    let shown = stages.next().filter(|shown| shown.name == stage.name());
                    let shown = shown.ok_or_else(other_chain)?;
                    let name = format!("stage {} ({})", shown.stage, shown.name);
                    if sounds((shown.heard, &name), bypassed)? {
                        kept.push(as_turned(stage, shown)?);
                    }
                }
                if !kept.is_empty() {
                    legs.push(Leg::Processors { stages: kept });
                }
            }
        }
    }
    Ok(RackChain {
        legs,
        wet_percent: view.blend_percent,
        ..through.clone()
    })
}

fn other_chain() -> String {
    "the session's chain is another one by now; open it again".to_owned()
}

/// Whether something is part of what sounds.
fn sounds((heard, name): (LiveHeard, &str), bypassed: LiveBypassed) -> Result<bool, String> {
    match (heard, bypassed) {
        (LiveHeard::Processed, _) => Ok(true),
        (LiveHeard::Bypassed, LiveBypassed::LeftOut) => Ok(false),
        (LiveHeard::Bypassed, LiveBypassed::Refused) => Err(format!(
            "{name} is bypassed: hear it processed, or say that what is bypassed is left out"
        )),
        (LiveHeard::Difference, _) => Err(format!(
            "of {name} the difference is heard: hear it processed or bypassed first"
        )),
    }
}

fn trimmed(shown: &LiveUnit) -> Leg {
    Leg::Unit {
        unit: shown.id.clone(),
        send_trim_db: shown.send_db,
        return_trim_db: shown.return_db,
    }
}

fn as_turned(stage: &Stage, shown: &LiveStage) -> Result<Stage, String> {
    let mut turned = stage.clone();
    for knob in &shown.knobs {
        let setting: Setting = serde_json::from_value(knob.setting.clone().into())
            .map_err(|_| format!("{} is no setting of a chain", knob.setting))?;
        turned = turned
            .turned_to((setting, knob.band), knob.value)
            .ok_or_else(other_chain)?;
    }
    Ok(turned)
}
