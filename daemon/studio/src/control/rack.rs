//! What the command line asks about the rack.

use std::path::PathBuf;

use mastering::{OrderNumber, RevisionNo};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{bytes_of, json as answer};
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::{NewPhotograph, SheetNote, Studio, UnitFound};

/// What the command line asks about the rack.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum RackRequest {
    /// Lists the units.
    Units,
    /// Lists the chains.
    Chains,
    /// Every version of a unit.
    Unit {
        /// What the rack knows it by.
        id: String,
    },
    /// Every version of a chain.
    Chain {
        /// What the rack knows it by.
        id: String,
    },
    /// Saves a unit.
    SaveUnit {
        /// What the rack knows it by.
        id: String,
        /// The version it was changed from, 0 for a new one.
        base: u32,
        /// Its file.
        toml: String,
    },
    /// Saves a chain.
    SaveChain {
        /// What the rack knows it by.
        id: String,
        /// The version it was changed from, 0 for a new one.
        base: u32,
        /// Its file.
        toml: String,
    },
    /// The latest measurements of a unit.
    Measured {
        /// What the rack knows it by.
        id: String,
    },
    /// Keeps one.
    KeepMeasured {
        /// What the rack knows the unit by.
        id: String,
        /// What was found.
        found: Box<UnitFound>,
    },
    /// The recall sheet of a revision.
    Sheet {
        /// The order.
        number: OrderNumber,
        /// The revision.
        revision: RevisionNo,
    },
    /// Notes something on it.
    Note {
        /// The order.
        number: OrderNumber,
        /// The revision.
        revision: RevisionNo,
        /// What.
        note: SheetNote,
    },
    /// Puts a photograph of a unit on its page that lies on this box.
    PhotographUnit {
        /// What the rack knows it by.
        id: String,
        /// What it shows.
        caption: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// Puts a photograph on the recall sheet that lies on this box.
    Photograph {
        /// The order.
        number: OrderNumber,
        /// The revision.
        revision: RevisionNo,
        /// The unit, by what the rack knows it by.
        unit: String,
        /// What it shows.
        caption: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The way to how it was set.
    Walk {
        /// The order.
        number: OrderNumber,
        /// The revision.
        revision: RevisionNo,
        /// How the rack is set, where that is noted.
        from: Option<(OrderNumber, RevisionNo)>,
    },
    /// Sets by MIDI what MIDI can set on the way to how it was set.
    Midi {
        /// The order.
        number: OrderNumber,
        /// The revision.
        revision: RevisionNo,
        /// How the rack is set, where that is noted.
        from: Option<(OrderNumber, RevisionNo)>,
    },
    /// What stands differently on two sheets.
    Compare {
        /// The order.
        number: OrderNumber,
        /// Both revisions.
        revisions: [RevisionNo; 2],
    },
}

pub(super) async fn carry_out(studio: &Studio, request: RackRequest) -> Result<Value, Denied> {
    let visitor = &Visitor::administrator();
    match request {
        RackRequest::Units => answer(&studio.rack_units(visitor).await?),
        RackRequest::Chains => answer(&studio.rack_chains(visitor).await?),
        RackRequest::Unit { id } => answer(&studio.unit_history(visitor, &id).await?),
        RackRequest::Chain { id } => answer(&studio.chain_history(visitor, &id).await?),
        RackRequest::Measured { id } => answer(&studio.measured(visitor, &id).await?),
        RackRequest::KeepMeasured { id, found } => {
            answer(&studio.keep_measured(visitor, &id, *found).await?)
        }
        RackRequest::SaveUnit { id, base, toml } => {
            answer(&studio.save_unit(visitor, (&id, base), &toml).await?)
        }
        RackRequest::SaveChain { id, base, toml } => {
            answer(&studio.save_chain(visitor, (&id, base), &toml).await?)
        }
        RackRequest::Sheet { number, revision } => {
            answer(&studio.sheet(visitor, number, revision).await?)
        }
        RackRequest::PhotographUnit { id, caption, path } => {
            let (_, body) = bytes_of(&path).await?;
            let new = NewPhotograph { unit: id, caption };
            answer(&studio.photograph_of_unit(visitor, new, body).await?)
        }
        RackRequest::Photograph {
            number,
            revision,
            unit,
            caption,
            path,
        } => {
            let (_, body) = bytes_of(&path).await?;
            let new = NewPhotograph { unit, caption };
            let noted = studio.photograph_on_sheet(visitor, (number, revision), new, body);
            answer(&noted.await?)
        }
        RackRequest::Note {
            number,
            revision,
            note,
        } => {
            let noted = studio.note_on_sheet(visitor, (number, revision), note);
            answer(&noted.await?)
        }
        RackRequest::Walk {
            number,
            revision,
            from,
        } => answer(&studio.walk_to(visitor, (number, revision), from).await?),
        RackRequest::Midi {
            number,
            revision,
            from,
        } => answer(
            &studio
                .set_by_midi(visitor, (number, revision), from)
                .await?,
        ),
        RackRequest::Compare { number, revisions } => {
            answer(&studio.compare_sheets(visitor, number, revisions).await?)
        }
    }
}
