//! The rack: its units and chains, every version kept.

use std::collections::BTreeMap;

use mastering::UnixMs;
use rack::{RackChain, RackRefusal, Unit};
use serde::Serialize;
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
/// Longest name, in bytes.
const LONGEST_NAME: usize = 60;

pub(crate) const UNIT: &str = "unit";
pub(crate) const CHAIN: &str = "chain";

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

    /// The units as they are, with their versions.
    pub(super) async fn units_now(
        &self,
    ) -> Result<(BTreeMap<String, Unit>, BTreeMap<String, u32>), Denied> {
        let rows = self.access.read(|vault| vault.rack_pages(UNIT)).await?;
        let (mut units, mut versions) = (BTreeMap::new(), BTreeMap::new());
        for row in rows {
            versions.insert(row.name.clone(), row.version);
            units.insert(row.name, Unit::from_toml(&row.body).map_err(said)?);
        }
        Ok((units, versions))
    }

    pub(super) async fn page(
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
    pub(super) async fn keep_page(
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

pub(super) fn said(refusal: RackRefusal) -> Denied {
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
