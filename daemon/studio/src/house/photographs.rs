//! Photographs on recall sheets: made anew in the worker, sealed with the order's key, noted at their unit.

use std::io::{self, Read as _, Seek as _};

use bytes::Bytes;
use futures_util::Stream;
use mastering::{OrderNumber, RevisionNo};
use rack::Photograph;
use worker::{MOST_PHOTOGRAPH_BYTES, WorkerError};

use super::{MadeFile, SheetNote, SheetView, Studio};
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
        let file = self
            .taken("a photograph", body, MOST_PHOTOGRAPH_BYTES)
            .await?;
        let (vault, workers) = (self.vault.clone(), self.workers.clone());
        let project = live.project.id.to_string();
        let kept = tokio::task::spawn_blocking(move || {
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
            let stored = vault.store(&project, "photograph", &mut made);
            stored.map_err(|e| broken(&e))
        });
        let stored = kept.await.map_err(|e| broken(&e))??;
        let caption = new.caption.trim().chars().filter(|c| !c.is_control());
        let note = SheetNote::Photograph {
            unit: new.unit,
            photograph: Photograph {
                object: stored.sha256,
                caption: caption.take(CAPTION_MAX).collect(),
                at_ms: now_ms(),
            },
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
}
