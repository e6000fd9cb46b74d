//! Price lists: the newest version of each service's, and saving the next one.

use mastering::money::PriceList;
use serde::Serialize;
use vault::{LedgerWrite, PriceListRow, Write};

use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::Kept;

/// Longest price list, in bytes.
const LONGEST: usize = 64 * 1024;
/// Longest name of a service.
const LONGEST_NAME: usize = 60;

/// A version of a service's price list.
#[derive(Debug, Clone, Serialize)]
pub struct PriceListView {
    /// The service.
    pub service: String,
    /// From 1.
    pub version: u32,
    /// When it was saved.
    pub at: i64,
    /// Who saved it.
    pub author: String,
    /// The list in its readable form.
    pub toml: String,
    /// The list as data.
    pub list: PriceList,
}

impl Studio {
    /// The newest version of each price list, by service.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn price_lists(&self, visitor: &Visitor) -> Result<Vec<PriceListView>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let rows = self.access.read(vault::Vault::price_lists).await?;
        rows.into_iter().map(view).collect()
    }

    /// Saves the next version of a service's price list. Orders that are open keep theirs.
    ///
    /// # Errors
    /// What is wrong with the list, in a sentence.
    pub async fn save_price_list(
        &self,
        visitor: &Visitor,
        service: &str,
        toml: &str,
        key: Option<String>,
    ) -> Result<PriceListView, Denied> {
        visitor.must(Right::Settings)?;
        self.save_prices(visitor, service, read(toml)?, key).await
    }

    /// The same for a list that is data already.
    ///
    /// # Errors
    /// What is wrong with the list, in a sentence.
    pub async fn save_prices(
        &self,
        visitor: &Visitor,
        service: &str,
        list: PriceList,
        key: Option<String>,
    ) -> Result<PriceListView, Denied> {
        visitor.must(Right::Settings)?;
        let service = service_name(service)?;
        let list = list
            .checked()
            .map_err(|refusal| Denied::Refused(refusal.into()))?;
        let before = self.newest(&service).await?;
        let row = PriceListRow {
            version: before.map_or(1, |row| row.version + 1),
            service,
            at_ms: now_ms(),
            author: visitor.name().to_owned(),
            body: written(&list)?,
        };
        let version = row.version;
        let saved = vec![
            Write::Ledger(LedgerWrite::PriceList(row.clone())),
            decided(visitor, &row.service, &Decision::PricesSaved { version }),
        ];
        match key {
            Some(key) => {
                let key = format!("price {}:{key}", visitor.person().id);
                let kept = self.desk.keep_once(key, row.version.to_string(), saved);
                match kept.await? {
                    Kept::Now => view(row),
                    // Sent twice: what was saved then is the newest, or one before it.
                    Kept::Before(_) => {
                        let newest = self.newest(&row.service).await?;
                        view(newest.ok_or(Denied::NotFound)?)
                    }
                }
            }
            None => {
                self.desk.keep(saved).await?;
                view(row)
            }
        }
    }

    async fn newest(&self, service: &str) -> Result<Option<PriceListRow>, Denied> {
        let service = service.to_owned();
        self.access
            .read(move |vault| vault.price_list(&service))
            .await
    }

    /// The version and prices of a service today, where it has any.
    pub(super) async fn price_of(&self, service: &str) -> Result<Option<(u32, PriceList)>, Denied> {
        let row = self.newest(service).await?;
        row.map(|row| Ok((row.version, stored(&row)?))).transpose()
    }
}

fn service_name(text: &str) -> Result<String, Denied> {
    let name = text.trim();
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_name) {
        return Err(Denied::Invalid(
            "a service is named by small letters, digits and _, such as radio_edit".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

fn read(toml: &str) -> Result<PriceList, Denied> {
    if toml.len() > LONGEST {
        return Err(Denied::Invalid("this price list is too long".to_owned()));
    }
    let list: PriceList = toml::from_str(toml)
        .map_err(|error| Denied::Invalid(format!("the price list cannot be read: {error}")))?;
    list.checked()
        .map_err(|refusal| Denied::Refused(refusal.into()))
}

fn written(list: &PriceList) -> Result<String, Denied> {
    toml::to_string_pretty(list).map_err(|e| Denied::fault("the price list could not be kept", &e))
}

fn stored(row: &PriceListRow) -> Result<PriceList, Denied> {
    toml::from_str(&row.body).map_err(|e| Denied::fault("the price list could not be read", &e))
}

fn view(row: PriceListRow) -> Result<PriceListView, Denied> {
    Ok(PriceListView {
        list: stored(&row)?,
        service: row.service,
        version: row.version,
        at: row.at_ms,
        author: row.author,
        toml: row.body,
    })
}

/// The rows that give services their first price list, as the configuration has it; where one was
/// saved before, that counts.
pub(super) fn first_versions<'l>(
    vault: &vault::Vault,
    lists: impl IntoIterator<Item = (&'l String, &'l PriceList)>,
) -> Result<Vec<Write>, vault::VaultError> {
    let mut rows = Vec::new();
    for (service, list) in lists {
        if vault.price_list(service)?.is_some() {
            continue;
        }
        let Ok(body) = written(list) else { continue };
        rows.push(Write::Ledger(LedgerWrite::PriceList(PriceListRow {
            service: service.clone(),
            version: 1,
            at_ms: now_ms(),
            author: "services.toml".to_owned(),
            body,
        })));
    }
    Ok(rows)
}
