//! The rack: its units and chains, every version kept, and the recall sheets of orders' revisions.

use std::collections::BTreeMap;

use mastering::{OrderNumber, RevisionNo, UnixMs};
use rack::{
    Difference, Missing, Patched, Photograph, RackChain, RackRefusal, Setting, Sheet, Step, Trim,
    Unit,
};
use serde::{Deserialize, Serialize};
use vault::{RackPage, Vault, VaultError, Write};

use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::actor_code;
use crate::orders::actor_words;

/// Longest page, in bytes.
const LONGEST: usize = 256 * 1024;
/// Longest name and longest note, in bytes.
const LONGEST_NAME: usize = 60;
const LONGEST_NOTE: usize = 2_000;

pub(crate) const UNIT: &str = "unit";
pub(crate) const CHAIN: &str = "chain";
pub(crate) const SHEET: &str = "sheet";

/// A version of a unit or a chain.
#[derive(Debug, Clone, Serialize)]
pub struct RackView<T> {
    /// What the rack knows it by.
    pub id: String,
    /// From 1.
    pub version: u32,
    /// When it was saved.
    pub at: UnixMs,
    /// Who saved it.
    pub by: String,
    /// What it says, as data.
    pub page: T,
    /// The same as a file.
    pub toml: String,
}

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
    /// The newest version of each unit, by name.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn rack_units(&self, visitor: &Visitor) -> Result<Vec<RackView<Unit>>, Denied> {
        self.newest_pages(visitor, UNIT, Unit::from_toml).await
    }

    /// The newest version of each chain, by name.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn rack_chains(&self, visitor: &Visitor) -> Result<Vec<RackView<RackChain>>, Denied> {
        self.newest_pages(visitor, CHAIN, RackChain::from_toml)
            .await
    }

    /// Every version of a unit, newest first.
    ///
    /// # Errors
    /// `NotFound` where the rack has none of this name.
    pub async fn unit_history(
        &self,
        visitor: &Visitor,
        id: &str,
    ) -> Result<Vec<RackView<Unit>>, Denied> {
        self.history(visitor, (UNIT, id), Unit::from_toml).await
    }

    /// Every version of a chain, newest first.
    ///
    /// # Errors
    /// `NotFound` where the rack has none of this name.
    pub async fn chain_history(
        &self,
        visitor: &Visitor,
        id: &str,
    ) -> Result<Vec<RackView<RackChain>>, Denied> {
        self.history(visitor, (CHAIN, id), RackChain::from_toml)
            .await
    }

    /// Saves a unit, changed from version `base`; 0 for a new one.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence; that somebody saved another version meanwhile.
    pub async fn save_unit(
        &self,
        visitor: &Visitor,
        (id, base): (&str, u32),
        toml: &str,
    ) -> Result<RackView<Unit>, Denied> {
        visitor.must(Right::Master)?;
        let unit = within(toml).and_then(|toml| Unit::from_toml(toml).map_err(said))?;
        let toml = unit.to_toml().map_err(said)?;
        let decision = Decision::UnitSaved { version: base + 1 };
        let row = self
            .save_page(visitor, (UNIT, id, base), toml, decision)
            .await?;
        self.view(row, Unit::from_toml).await
    }

    /// The same for a chain.
    ///
    /// # Errors
    /// What is wrong with it in this rack, in a sentence; that somebody saved another version meanwhile.
    pub async fn save_chain(
        &self,
        visitor: &Visitor,
        (id, base): (&str, u32),
        toml: &str,
    ) -> Result<RackView<RackChain>, Denied> {
        visitor.must(Right::Master)?;
        let chain = within(toml).and_then(|toml| RackChain::from_toml(toml).map_err(said))?;
        let (units, _) = self.units_now().await?;
        chain.check(&units).map_err(said)?;
        let toml = chain.to_toml().map_err(said)?;
        let decision = Decision::ChainSaved { version: base + 1 };
        let row = self
            .save_page(visitor, (CHAIN, id, base), toml, decision)
            .await?;
        self.view(row, RackChain::from_toml).await
    }

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
                let row = self.page(CHAIN, &chain, None).await?;
                let row =
                    row.ok_or_else(|| Denied::Invalid(format!("the rack has no chain {chain:?}")))?;
                let through = RackChain::from_toml(&row.body).map_err(said)?;
                let decision = Decision::SheetBegun {
                    order: number,
                    revision,
                };
                extra.push(decided(visitor, &chain, &decision));
                let units = through.units().map(|unit| {
                    let version = versions.get(unit).copied().unwrap_or(0);
                    (unit, version)
                });
                Sheet::blank(&chain, row.version, units)
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

    /// The units as they are, with their versions.
    async fn units_now(&self) -> Result<(BTreeMap<String, Unit>, BTreeMap<String, u32>), Denied> {
        let rows = self.access.read(|vault| vault.rack_pages(UNIT)).await?;
        let (mut units, mut versions) = (BTreeMap::new(), BTreeMap::new());
        for row in rows {
            versions.insert(row.name.clone(), row.version);
            units.insert(row.name, Unit::from_toml(&row.body).map_err(said)?);
        }
        Ok((units, versions))
    }

    async fn page(
        &self,
        kind: &'static str,
        name: &str,
        version: Option<u32>,
    ) -> Result<Option<RackPage>, Denied> {
        let name = name.to_owned();
        let read =
            move |vault: &Vault| -> Result<_, VaultError> { vault.rack_page(kind, &name, version) };
        self.access.read(read).await
    }

    async fn newest_sheet(
        &self,
        number: OrderNumber,
        revision: RevisionNo,
    ) -> Result<Option<RackPage>, Denied> {
        self.page(SHEET, &sheet_name(number, revision), None).await
    }

    async fn newest_pages<T>(
        &self,
        visitor: &Visitor,
        kind: &'static str,
        read: fn(&str) -> Result<T, RackRefusal>,
    ) -> Result<Vec<RackView<T>>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let rows = self
            .access
            .read(move |vault| vault.rack_pages(kind))
            .await?;
        self.views(rows, read).await
    }

    async fn history<T>(
        &self,
        visitor: &Visitor,
        (kind, id): (&'static str, &str),
        read: fn(&str) -> Result<T, RackRefusal>,
    ) -> Result<Vec<RackView<T>>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let id = id.to_owned();
        let rows = self
            .access
            .read(move |vault| vault.rack_history(kind, &id))
            .await?;
        if rows.is_empty() {
            return Err(Denied::NotFound);
        }
        self.views(rows, read).await
    }

    async fn save_page(
        &self,
        visitor: &Visitor,
        (kind, id, base): (&'static str, &str, u32),
        body: String,
        decision: Decision,
    ) -> Result<RackPage, Denied> {
        let row = RackPage {
            kind: kind.to_owned(),
            name: rack_name(id)?,
            version: base + 1,
            at_ms: now_ms(),
            author: actor_code(&visitor.actor()),
            body,
        };
        let rows = vec![
            decided(visitor, &row.name, &decision),
            Write::Rack(row.clone()),
        ];
        self.keep_page(rows, (kind, &row.name, base)).await?;
        Ok(row)
    }

    /// Writes a page; that another version was saved meanwhile is said, not a fault.
    async fn keep_page(
        &self,
        rows: Vec<Write>,
        (kind, name, base): (&str, &str, u32),
    ) -> Result<(), Denied> {
        let (kind, owned) = (kind.to_owned(), name.to_owned());
        let newest = self
            .access
            .read(move |vault| vault.rack_page(&kind, &owned, None));
        if newest.await?.map_or(0, |row| row.version) != base {
            return Err(Denied::Invalid(format!(
                "somebody saved another version of {name} meanwhile; look at it again"
            )));
        }
        self.desk.keep(rows).await
    }

    pub(super) async fn author(&self, code: &str) -> Result<String, Denied> {
        let names = self.access.names().await?;
        let name = |id: &str| {
            let named = names.iter().find(|(person, _)| person.as_str() == id);
            named.map(|(_, name)| name.clone())
        };
        Ok(actor_words(code, name))
    }

    async fn view<T>(
        &self,
        row: RackPage,
        read: fn(&str) -> Result<T, RackRefusal>,
    ) -> Result<RackView<T>, Denied> {
        Ok(RackView {
            page: read(&row.body).map_err(said)?,
            by: self.author(&row.author).await?,
            id: row.name,
            version: row.version,
            at: row.at_ms,
            toml: row.body,
        })
    }

    async fn views<T>(
        &self,
        rows: Vec<RackPage>,
        read: fn(&str) -> Result<T, RackRefusal>,
    ) -> Result<Vec<RackView<T>>, Denied> {
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            views.push(self.view(row, read).await?);
        }
        Ok(views)
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
        SheetNote::Begin { .. } => Ok(()),
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

fn said(refusal: RackRefusal) -> Denied {
    Denied::Invalid(refusal.to_string())
}

fn within(toml: &str) -> Result<&str, Denied> {
    if toml.len() > LONGEST {
        return Err(Denied::Invalid(
            "this is too long for a page of the rack".to_owned(),
        ));
    }
    Ok(toml)
}

fn rack_name(text: &str) -> Result<String, Denied> {
    let name = text.trim();
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_name) {
        return Err(Denied::Invalid(
            "the rack names units and chains by small letters, digits and _, such as vari_mu"
                .to_owned(),
        ));
    }
    Ok(name.to_owned())
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
