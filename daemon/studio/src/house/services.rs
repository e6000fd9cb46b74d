//! What the studio offers: read from its file, changed on the pages, each version kept.
//!
//! The file and the pages are two doors to the same catalogue; what was said last counts. At the start
//! a file that is another than the one last read becomes the next version.

use std::sync::Arc;

use mastering::{BadCatalogue, Catalogue, UnixMs};
use serde::Serialize;
use tokio::sync::{Mutex, watch};
use vault::{CatalogueRow, HouseWrite, Vault, Write};

use super::Studio;
use super::journal::{Decision, decided};
use super::personal_data::sha256;
use super::prices::first_versions;
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::config::StudioConfig;
use crate::denied::{Denied, chain};
use crate::desk::{Kept, actor_code};
use crate::orders::actor_words;

/// Longest catalogue, in bytes.
const LONGEST: usize = 512 * 1024;
/// The setting that says which file was read last.
const FILE_READ: &str = "services.file";
/// The author of a version that was read from the file.
const FROM_FILE: &str = "services.toml";

/// What the studio offers now, for whoever asks.
#[derive(Clone)]
pub(crate) struct Offered {
    newest: Arc<watch::Sender<(u32, Arc<Catalogue>)>>,
    /// Codes from its ranges are allotted one order after the other.
    pub(crate) allotting: Arc<Mutex<()>>,
}

impl Offered {
    fn new(version: u32, catalogue: Catalogue) -> Self {
        Self {
            newest: Arc::new(watch::Sender::new((version, Arc::new(catalogue)))),
            allotting: Arc::default(),
        }
    }

    /// The catalogue as it is now.
    pub(crate) fn now(&self) -> Arc<Catalogue> {
        self.newest.borrow().1.clone()
    }

    /// Takes a version, unless a later one was taken before.
    fn take(&self, version: u32, catalogue: Catalogue) {
        self.newest.send_if_modified(|now| {
            let is_later = version > now.0;
            if is_later {
                *now = (version, Arc::new(catalogue));
            }
            is_later
        });
    }
}

/// Why the catalogue could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The database.
    #[error(transparent)]
    Vault(#[from] vault::VaultError),
    /// What was saved is no catalogue for this version of the program.
    #[error("the services that were saved last cannot be read")]
    Saved(#[from] BadCatalogue),
    /// The catalogue could not be written down.
    #[error("the services could not be written down")]
    Written(#[from] toml::ser::Error),
}

/// What the studio offers at the start, and the rows that keep it where the file has changed.
pub(super) fn open(
    vault: &Vault,
    config: &StudioConfig,
) -> Result<(Offered, Vec<Write>), ServicesError> {
    let file = &config.catalogue;
    // The house's own catalogue is no file of the studio's: a newer program changes nothing saved.
    let mark = config
        .catalogue_text
        .as_deref()
        .map_or("house".to_owned(), sha256);
    let saved = vault.catalogue()?;
    let is_read = vault.setting(FILE_READ)?.is_some_and(|read| read == mark);
    if let Some(row) = saved.as_ref().filter(|_| is_read) {
        let catalogue = Catalogue::read(&row.body)?;
        return Ok((Offered::new(row.version, catalogue), Vec::new()));
    }
    let row = CatalogueRow {
        version: saved.map_or(1, |row| row.version + 1),
        at_ms: now_ms(),
        author: FROM_FILE.to_owned(),
        body: toml::to_string_pretty(file)?,
    };
    let offered = Offered::new(row.version, file.clone());
    let read = Write::Setting {
        name: FILE_READ.to_owned(),
        value: mark,
    };
    Ok((
        offered,
        vec![Write::House(HouseWrite::Catalogue(row)), read],
    ))
}

/// A version of what the studio offers.
#[derive(Debug, Clone, Serialize)]
pub struct ServicesView {
    /// From 1.
    pub version: u32,
    /// When it was saved.
    pub at: UnixMs,
    /// Who saved it, or the file it was read from.
    pub by: String,
    /// The catalogue in its readable form.
    pub toml: String,
    /// The catalogue as data.
    #[serde(skip)]
    pub catalogue: Catalogue,
}

impl Studio {
    /// What the studio offers.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.offered.now()
    }

    /// The newest version of what the studio offers, as it can be changed.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn services(&self, visitor: &Visitor) -> Result<ServicesView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let row = self.access.read(Vault::catalogue).await?;
        let row = row.ok_or(Denied::NotFound)?;
        let names = self.access.names().await?;
        let name = |id: &str| {
            let named = names.iter().find(|(person, _)| person.as_str() == id);
            named
                .map(|(_, name)| name.clone())
                .filter(|n| !n.is_empty())
        };
        Ok(ServicesView {
            catalogue: Catalogue::read(&row.body)
                .map_err(|e| Denied::fault("the services cannot be read", &e))?,
            version: row.version,
            at: row.at_ms,
            by: if row.author == FROM_FILE {
                row.author
            } else {
                actor_words(&row.author, name)
            },
            toml: row.body,
        })
    }

    /// Saves the next version of what the studio offers, from its readable form.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence with the line.
    pub async fn save_services(
        &self,
        visitor: &Visitor,
        toml: &str,
        key: Option<String>,
    ) -> Result<ServicesView, Denied> {
        visitor.must(Right::Settings)?;
        if toml.len() > LONGEST {
            return Err(Denied::Invalid("this is too long for services".to_owned()));
        }
        let catalogue = Catalogue::read(toml).map_err(|bad| Denied::Invalid(chain(&bad)))?;
        let base = self.services(visitor).await?.version;
        self.save_catalogue(visitor, base, catalogue, key).await
    }

    /// The same for a catalogue that is data already, changed from version `base`. Orders that are
    /// open keep the rules they were opened with.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence; that somebody saved another version meanwhile.
    pub async fn save_catalogue(
        &self,
        visitor: &Visitor,
        base: u32,
        catalogue: Catalogue,
        key: Option<String>,
    ) -> Result<ServicesView, Denied> {
        visitor.must(Right::Settings)?;
        let body = toml::to_string_pretty(&catalogue)
            .map_err(|e| Denied::fault("the services could not be kept", &e))?;
        // By the code that reads the file: what a form says is judged as what the file says.
        let catalogue = Catalogue::read(&body).map_err(|bad| Denied::Invalid(chain(&bad)))?;
        let key = key.map(|key| format!("services {}:{key}", visitor.person().id));
        let before = self.services(visitor).await?;
        let row = CatalogueRow {
            version: base + 1,
            at_ms: now_ms(),
            author: actor_code(&visitor.actor()),
            body,
        };
        let (version, decision) = (
            row.version,
            Decision::ServicesSaved {
                version: row.version,
                changed: changed(&before.catalogue, &catalogue),
            },
        );
        let mut rows = vec![
            Write::House(HouseWrite::Catalogue(row)),
            decided(visitor, "services", &decision),
        ];
        rows.extend(self.first_prices(catalogue.clone()).await?);
        if let Kept::Before(_) = self.kept_once(key, before.version, base, rows).await? {
            return self.services(visitor).await;
        }
        self.offered.take(version, catalogue);
        self.services(visitor).await
    }

    /// Writes a version, once for each key; another one that was saved meanwhile is no surprise.
    async fn kept_once(
        &self,
        key: Option<String>,
        newest: u32,
        base: u32,
        rows: Vec<Write>,
    ) -> Result<Kept, Denied> {
        let is_stale = newest != base;
        let stale = || {
            Denied::Invalid(
                "somebody saved the services meanwhile; reload the page and change them again"
                    .to_owned(),
            )
        };
        match key {
            Some(key) => match self.desk.keep_once(key, base.to_string(), rows).await {
                Err(_) if is_stale => Err(stale()),
                other => other,
            },
            None if is_stale => Err(stale()),
            None => self.desk.keep(rows).await.map(|()| Kept::Now),
        }
    }

    /// The first price lists of services that have none yet.
    async fn first_prices(&self, catalogue: Catalogue) -> Result<Vec<Write>, Denied> {
        self.access
            .read(move |vault| {
                let services = catalogue.services.iter();
                let priced = services.filter_map(|(name, o)| Some((name, o.price.as_ref()?)));
                first_versions(vault, priced)
            })
            .await
    }
}

/// What is not as it was: services by their names, and the calendar.
fn changed(before: &Catalogue, after: &Catalogue) -> Vec<String> {
    let names = before.services.keys().chain(after.services.keys());
    let mut changed: Vec<String> = names
        .filter(|name| before.services.get(*name) != after.services.get(*name))
        .cloned()
        .collect();
    changed.sort();
    changed.dedup();
    if before.calendar != after.calendar {
        changed.push("calendar".to_owned());
    }
    changed
}
