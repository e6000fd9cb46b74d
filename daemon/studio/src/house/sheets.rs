//! The recall sheets of orders' revisions: where every control of a chain stood.

use std::collections::BTreeMap;

use mastering::{OrderNumber, RevisionNo, UnixMs};
use rack::{
    Difference, Missing, Patched, Photograph, RackChain, RackRefusal, Setting, Sheet, Step, Trim,
    Unit,
};
use serde::{Deserialize, Serialize};
use vault::{RackPage, Write};

use super::Studio;
use super::journal::{Decision, decided};
use super::rack::{CHAIN, said};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::actor_code;

/// Longest note, in bytes.
const LONGEST_NOTE: usize = 2_000;

pub(crate) const SHEET: &str = "sheet";

/// The recall sheet of a revision.
#[derive(Debug, Clone, Serialize)]
pub struct SheetView {
    /// The order.
    pub order: OrderNumber,
    /// The revision.
    pub revision: RevisionNo,
    /// From 1; each thing that is noted makes the next.
    pub version: u32,
    /// When it was changed.
    pub at: UnixMs,
    /// Who changed it.
    pub by: String,
    /// The sheet.
    pub sheet: Sheet,
    /// The chain as it was when the sheet was begun.
    pub chain: RackChain,
    /// Its units as they are now, by what the rack knows them by.
    pub units: BTreeMap<String, Unit>,
    /// What the sheet still lacks.
    pub missing: Vec<Missing>,
}

/// Something to be noted on a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case", deny_unknown_fields)]
pub enum SheetNote {
    /// Begins the sheet, or begins it anew with another chain.
    Begin {
        /// The chain, by what the rack knows it by.
        chain: String,
    },
    /// Goes over to another chain, or to the newest version of its own; what is noted of units that the sound still
    /// goes through stays. Where no sheet was begun, it begins one.
    Carry {
        /// The chain, by what the rack knows it by.
        chain: String,
    },
    /// Where controls stand, as people write it; an empty text takes a note away. All or none are noted.
    Set {
        /// The unit, by what the rack knows it by.
        unit: String,
        /// Each control's setting, by what its panel says.
        settings: BTreeMap<String, String>,
    },
    /// A manual step is done.
    Patched {
        /// Which one of the chain, from 1.
        step: usize,
    },
    /// Trims of a song, in dB.
    Trim {
        /// The song's id.
        track: String,
        /// Before the first send.
        send_db: f64,
        /// Behind the last return.
        return_db: f64,
    },
    /// A photograph of a unit, which the studio has kept; nobody names one from outside.
    #[serde(skip)]
    Photograph {
        /// The unit, by what the rack knows it by.
        unit: String,
        /// What is kept.
        photograph: Photograph,
    },
    /// A photograph of a unit is on the sheet no more; what was kept of it stays with the order.
    TakeAway {
        /// The unit, by what the rack knows it by.
        unit: String,
        /// Its checksum.
        photograph: String,
    },
    /// Words about a unit, or about the whole where none is named.
    Words {
        /// The unit; empty for the whole sheet.
        #[serde(default)]
        unit: String,
        /// What there is to know.
        text: String,
    },
}

impl Studio {
    /// The recall sheets of an order, by revision.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio, `NotFound` for an order that is not there.
    pub async fn sheets(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<Vec<SheetView>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let live = self.seen(visitor, number).await?;
        let mut sheets = Vec::new();
        for revision in live.project.revisions.keys() {
            match self.sheet(visitor, number, *revision).await {
                Ok(sheet) => sheets.push(sheet),
                Err(Denied::NotFound) => (),
                Err(other) => return Err(other),
            }
        }
        Ok(sheets)
    }

    /// The recall sheet of a revision.
    ///
    /// # Errors
    /// `NotFound` where nobody has begun one.
    pub async fn sheet(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        revision: RevisionNo,
    ) -> Result<SheetView, Denied> {
        visitor.must(Right::ReadHouse)?;
        self.seen(visitor, number).await?;
        let row = self.newest_sheet(number, revision).await?;
        self.sheet_view((number, revision), row.ok_or(Denied::NotFound)?)
            .await
    }

    /// Notes something on the sheet of a revision.
    ///
    /// # Errors
    /// What cannot be noted, in a sentence; `NotFound` where nobody has begun the sheet.
    pub async fn note_on_sheet(
        &self,
        visitor: &Visitor,
        (number, revision): (OrderNumber, RevisionNo),
        note: SheetNote,
    ) -> Result<SheetView, Denied> {
        visitor.must(Right::Master)?;
        let live = self.seen(visitor, number).await?;
        if !live.project.revisions.contains_key(&revision) {
            return Err(Denied::NotFound);
        }
        if let SheetNote::Trim { track, .. } = &note
            && !live
                .project
                .tracks
                .iter()
                .any(|t| t.id.to_string() == *track)
        {
            return Err(Denied::Invalid("this order has no such song".to_owned()));
        }
        let before = self.newest_sheet(number, revision).await?;
        let base = before.as_ref().map_or(0, |row| row.version);
        let (units, versions) = self.units_now().await?;
        let mut extra = Vec::new();
        let sheet = match note {
            SheetNote::Begin { chain } => {
                let (blank, begun) = self
                    .blank_sheet(visitor, (number, revision), &chain, &versions)
                    .await?;
                extra.push(begun);
                blank
            }
            SheetNote::Carry { chain } => {
                let (blank, begun) = self
                    .blank_sheet(visitor, (number, revision), &chain, &versions)
                    .await?;
                match &before {
                    Some(row) => read_sheet(row)?.carried_to(blank),
                    None => {
                        extra.push(begun);
                        blank
                    }
                }
            }
            other => {
                let row = before.ok_or(Denied::NotFound)?;
                let mut sheet = read_sheet(&row)?;
                let chain = self.chain_of(&sheet).await?;
                put(&mut sheet, &chain, &units, visitor, other)?;
                sheet
            }
        };
        let body = serde_json::to_string(&sheet)
            .map_err(|e| Denied::fault("the sheet could not be kept", &e))?;
        let row = RackPage {
            kind: SHEET.to_owned(),
            name: sheet_name(number, revision),
            version: base + 1,
            at_ms: now_ms(),
            author: actor_code(&visitor.actor()),
            body,
        };
        extra.push(Write::Rack(row.clone()));
        self.keep_page(extra, (&row.kind, &row.name, base)).await?;
        self.sheet_view((number, revision), row).await
    }

    /// A sheet of a chain's newest version with nothing noted, and that it was begun.
    async fn blank_sheet(
        &self,
        visitor: &Visitor,
        (order, revision): (OrderNumber, RevisionNo),
        chain: &str,
        versions: &BTreeMap<String, u32>,
    ) -> Result<(Sheet, Write), Denied> {
        let row = self.page(CHAIN, chain, None).await?;
        let row = row.ok_or_else(|| Denied::Invalid(format!("the rack has no chain {chain:?}")))?;
        let through = RackChain::from_toml(&row.body).map_err(said)?;
        let units = through.units().map(|unit| {
            let version = versions.get(unit).copied().unwrap_or(0);
            (unit, version)
        });
        let blank = Sheet::blank(chain, row.version, units);
        let begun = Decision::SheetBegun { order, revision };
        Ok((blank, decided(visitor, chain, &begun)))
    }

    /// The way to how a revision was set, from how another one is noted, or from nothing known.
    ///
    /// # Errors
    /// `NotFound` where one of the sheets is not there.
    pub async fn walk_to(
        &self,
        visitor: &Visitor,
        (number, revision): (OrderNumber, RevisionNo),
        from: Option<(OrderNumber, RevisionNo)>,
    ) -> Result<Vec<Step>, Denied> {
        let target = self.sheet(visitor, number, revision).await?;
        let now = match from {
            Some((number, revision)) => Some(self.sheet(visitor, number, revision).await?),
            None => None,
        };
        Ok(rack::walk(
            &target.sheet,
            now.as_ref().map(|view| &view.sheet),
            &target.chain,
            &target.units,
        ))
    }

    /// What stands differently on two revisions' sheets.
    ///
    /// # Errors
    /// `NotFound` where one of the sheets is not there.
    pub async fn compare_sheets(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        [before, after]: [RevisionNo; 2],
    ) -> Result<Vec<Difference>, Denied> {
        let before = self.sheet(visitor, number, before).await?;
        let after = self.sheet(visitor, number, after).await?;
        Ok(before.sheet.differences(&after.sheet))
    }

    async fn sheet_view(
        &self,
        (order, revision): (OrderNumber, RevisionNo),
        row: RackPage,
    ) -> Result<SheetView, Denied> {
        let sheet = read_sheet(&row)?;
        let chain = self.chain_of(&sheet).await?;
        let (mut units, _) = self.units_now().await?;
        units.retain(|name, _| sheet.unit(name).is_some());
        Ok(SheetView {
            order,
            revision,
            version: row.version,
            at: row.at_ms,
            by: self.author(&row.author).await?,
            missing: sheet.missing(&chain, &units),
            sheet,
            chain,
            units,
        })
    }

    /// The chain of a sheet as it was then.
    async fn chain_of(&self, sheet: &Sheet) -> Result<RackChain, Denied> {
        let version = Some(sheet.chain_version);
        let row = self.page(CHAIN, &sheet.chain, version).await?;
        let row = row.ok_or(Denied::NotFound)?;
        RackChain::from_toml(&row.body).map_err(said)
    }

    async fn newest_sheet(
        &self,
        number: OrderNumber,
        revision: RevisionNo,
    ) -> Result<Option<RackPage>, Denied> {
        self.page(SHEET, &sheet_name(number, revision), None).await
    }
}

fn put(
    sheet: &mut Sheet,
    chain: &RackChain,
    units: &BTreeMap<String, Unit>,
    visitor: &Visitor,
    note: SheetNote,
) -> Result<(), Denied> {
    match note {
        SheetNote::Begin { .. } | SheetNote::Carry { .. } => Ok(()),
        SheetNote::Set { unit, settings } => {
            let page = units
                .get(&unit)
                .ok_or_else(|| said(RackRefusal::NoSuchUnit { unit: unit.clone() }))?;
            for (control, setting) in &settings {
                sheet.set((&unit, page), control, setting).map_err(said)?;
            }
            Ok(())
        }
        SheetNote::Patched { step } => {
            let done = Patched {
                step,
                by: visitor.name().to_owned(),
                at_ms: now_ms(),
            };
            sheet.confirm(chain, done).map_err(said)
        }
        SheetNote::Trim {
            track,
            send_db,
            return_db,
        } => {
            let trim = Trim { send_db, return_db };
            sheet.trim(&track, trim).map_err(said)
        }
        SheetNote::Photograph { unit, photograph } => {
            let unit = sheet.unit_mut(&unit).map_err(said)?;
            // The same picture stands there once.
            unit.photographs
                .retain(|kept| kept.object != photograph.object);
            unit.photographs.push(photograph);
            Ok(())
        }
        SheetNote::TakeAway { unit, photograph } => {
            let unit = sheet.unit_mut(&unit).map_err(said)?;
            let before = unit.photographs.len();
            unit.photographs.retain(|kept| kept.object != photograph);
            if unit.photographs.len() == before {
                return Err(Denied::NotFound);
            }
            Ok(())
        }
        SheetNote::Words { unit, text } => {
            if text.len() > LONGEST_NOTE {
                return Err(Denied::Invalid("this note is too long".to_owned()));
            }
            if unit.is_empty() {
                sheet.note = text;
            } else {
                sheet.unit_mut(&unit).map_err(said)?.note = text;
            }
            Ok(())
        }
    }
}

pub(crate) fn sheet_name(number: OrderNumber, revision: RevisionNo) -> String {
    format!("{number}/{revision}")
}

fn read_sheet(row: &RackPage) -> Result<Sheet, Denied> {
    serde_json::from_str(&row.body).map_err(|e| Denied::fault("the sheet could not be read", &e))
}

/// A setting in words, by the unit's panel where that still has the control.
pub fn setting_words(unit: Option<&Unit>, control: &str, setting: &Setting) -> String {
    match unit.and_then(|unit| unit.control(control).ok()) {
        Some(control) => control.words(setting),
        None => match setting {
            Setting::Value(value) => value.to_string(),
            Setting::Position(position) => position.clone(),
        },
    }
}
