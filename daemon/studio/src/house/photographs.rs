//! Photographs of gear, made anew in the worker: on a recall sheet sealed with the order's key, of a unit of the rack
//! with the house's own rows.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use bytes::Bytes;
use futures_util::Stream;
use mastering::{OrderNumber, RevisionNo};
use rack::{Photograph, Unit};
use sha2::{Digest as _, Sha256};
use vault::{RackPhotograph, Write};
use worker::{MOST_PHOTOGRAPH_BYTES, WorkerError};

use super::{MadeFile, RackView, SheetNote, SheetView, Studio};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;

/// Longest caption, in characters.
const CAPTION_MAX: usize = 300;
/// Photographs that one unit of a sheet may hold.
const MOST: usize = 50;

/// A photograph as it is sent.
#[derive(Debug, Clone)]
pub struct NewPhotograph {
    /// The unit it shows, by what the rack knows it by.
    pub unit: String,
    /// What it shows.
    pub caption: String,
}

fn broken(error: &dyn std::error::Error) -> Denied {
    Denied::fault("the photograph could not be kept", error)
}

impl Studio {
    /// Puts a photograph at a unit of a revision's recall sheet: upright, as a JPEG of at most 2400 pixels a side,
    /// without what a camera writes beside its picture.
    ///
    /// # Errors
    /// `NotAllowed` but for engineers; no such sheet or unit on it; a file that is no photograph.
    pub async fn photograph_on_sheet(
        &self,
        visitor: &Visitor,
        (number, revision): (OrderNumber, RevisionNo),
        new: NewPhotograph,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<SheetView, Denied> {
        visitor.must(Right::Master)?;
        let live = self.seen(visitor, number).await?;
        let view = self.sheet(visitor, number, revision).await?;
        let place = view.sheet.units.iter().find(|place| place.unit == new.unit);
        let place = place.ok_or(Denied::NotFound)?;
        if place.photographs.len() >= MOST {
            return Err(Denied::Invalid(format!(
                "a unit has at most {MOST} photographs on a sheet; take one away first"
            )));
        }
        let mut made = self.made_anew(body).await?;
        let vault = self.vault.clone();
        let project = live.project.id.to_string();
        let kept = tokio::task::spawn_blocking(move || {
            let stored = vault.store(&project, "photograph", &mut made);
            stored.map_err(|e| broken(&e))
        });
        let stored = kept.await.map_err(|e| broken(&e))??;
        let note = SheetNote::Photograph {
            unit: new.unit,
            photograph: noted(stored.sha256, &new.caption),
        };
        self.note_on_sheet(visitor, (number, revision), note).await
    }

    /// A photograph that stands on a sheet of an order, as a JPEG.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio; no such photograph.
    pub async fn photograph(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        photograph: &str,
    ) -> Result<MadeFile, Denied> {
        let live = self.seen(visitor, number).await?;
        let sheets = self.sheets(visitor, number).await?;
        let mut all = sheets
            .iter()
            .flat_map(|view| &view.sheet.units)
            .flat_map(|unit| &unit.photographs);
        let kept = all.find(|kept| kept.object == photograph);
        let object = kept.ok_or(Denied::NotFound)?.object.clone();
        let project = live.project.id.to_string();
        let file_name = format!("{number}-{}.jpg", &object[..object.len().min(12)]);
        let bytes = self
            .access
            .read(move |vault| {
                let mut bytes = Vec::new();
                let mut reader = vault.open_object(&project, &object)?;
                Ok(reader.read_to_end(&mut bytes).map(|_| bytes))
            })
            .await?
            .map_err(|e| Denied::fault("the photograph could not be read", &e))?;
        Ok(MadeFile {
            file_name,
            mime: "image/jpeg",
            bytes,
        })
    }

    /// Puts a photograph at a unit of the rack, which makes the next version of its page.
    ///
    /// # Errors
    /// `NotAllowed` but for engineers; no such unit; a file that is no photograph.
    pub async fn photograph_of_unit(
        &self,
        visitor: &Visitor,
        new: NewPhotograph,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<RackView<Unit>, Denied> {
        visitor.must(Right::Master)?;
        self.newest_unit(visitor, &new.unit).await?;
        let mut made = self.made_anew(body).await?;
        let mut jpeg = Vec::new();
        made.read_to_end(&mut jpeg).map_err(|e| broken(&e))?;
        let sha256 = hex::encode(Sha256::digest(&jpeg));
        let photograph = noted(sha256.clone(), &new.caption);
        let at_ms = photograph.at_ms;
        let row = Write::RackPhotograph(RackPhotograph {
            sha256,
            at_ms,
            jpeg,
        });
        self.desk.keep(vec![row]).await?;
        // The page as it is now: somebody may have saved it while the picture came.
        let mut unit = self.newest_unit(visitor, &new.unit).await?;
        let photographs = &mut unit.page.photographs;
        photographs.retain(|kept| kept.object != photograph.object);
        if photographs.len() >= MOST {
            return Err(Denied::Invalid(format!(
                "a unit has at most {MOST} photographs; take one away first"
            )));
        }
        photographs.push(photograph);
        self.save_photographed(visitor, unit).await
    }

    /// Takes a photograph off a unit's page; earlier versions keep it.
    ///
    /// # Errors
    /// `NotAllowed` but for engineers; no such unit or photograph.
    pub async fn take_away_of_unit(
        &self,
        visitor: &Visitor,
        id: &str,
        photograph: &str,
    ) -> Result<RackView<Unit>, Denied> {
        visitor.must(Right::Master)?;
        let mut unit = self.newest_unit(visitor, id).await?;
        let before = unit.page.photographs.len();
        let photographs = &mut unit.page.photographs;
        photographs.retain(|kept| kept.object != photograph);
        if photographs.len() == before {
            return Err(Denied::NotFound);
        }
        self.save_photographed(visitor, unit).await
    }

    /// A photograph of a unit of the rack, as a JPEG.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio; no such photograph.
    pub async fn unit_photograph(
        &self,
        visitor: &Visitor,
        id: &str,
        photograph: &str,
    ) -> Result<MadeFile, Denied> {
        let versions = self.unit_history(visitor, id).await?;
        let mut all = versions.iter().flat_map(|view| &view.page.photographs);
        let kept = all.find(|kept| kept.object == photograph);
        let object = kept.ok_or(Denied::NotFound)?.object.clone();
        let file_name = format!("{id}-{}.jpg", &object[..object.len().min(12)]);
        let bytes = self
            .access
            .read(move |vault| vault.rack_photograph(&object))
            .await?;
        Ok(MadeFile {
            file_name,
            mime: "image/jpeg",
            bytes: bytes.ok_or(Denied::NotFound)?,
        })
    }

    async fn newest_unit(&self, visitor: &Visitor, id: &str) -> Result<RackView<Unit>, Denied> {
        let versions = self.unit_history(visitor, id).await?;
        versions.into_iter().next().ok_or(Denied::NotFound)
    }

    async fn save_photographed(
        &self,
        visitor: &Visitor,
        unit: RackView<Unit>,
    ) -> Result<RackView<Unit>, Denied> {
        let toml = unit.page.to_toml().map_err(|e| broken(&e))?;
        self.save_unit(visitor, (&unit.id, unit.version), &toml)
            .await
    }

    /// What was sent, as a JPEG that the worker made; at its beginning.
    async fn made_anew(
        &self,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<File, Denied> {
        let file = self
            .taken("a photograph", body, MOST_PHOTOGRAPH_BYTES)
            .await?;
        self.photograph_of(&file).await
    }

    /// A picture as a JPEG that the worker made; at its beginning.
    pub(super) async fn photograph_of(&self, file: &File) -> Result<File, Denied> {
        let file = file.try_clone().map_err(|e| broken(&e))?;
        let (vault, workers) = (self.vault.clone(), self.workers.clone());
        let made = tokio::task::spawn_blocking(move || {
            let mut made = vault.scratch().map_err(|e| broken(&e))?;
            workers
                .photograph(&file, &made)
                .map_err(|error| match error {
                    WorkerError::NoPhotograph(why) => Denied::Invalid(why),
                    WorkerError::OutOfMemory | WorkerError::TimedOut { .. } => Denied::Invalid(
                        "the picture is too large; take it with fewer pixels".to_owned(),
                    ),
                    other => broken(&other),
                })?;
            made.rewind().map_err(|e| broken(&e))?;
            Ok(made)
        });
        made.await.map_err(|e| broken(&e))?
    }
}

/// A photograph as a page names it.
fn noted(object: String, caption: &str) -> Photograph {
    let caption = caption.trim().chars().filter(|c| !c.is_control());
    Photograph {
        object,
        caption: caption.take(CAPTION_MAX).collect(),
        at_ms: now_ms(),
    }
}
