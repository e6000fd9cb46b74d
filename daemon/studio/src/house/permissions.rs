//! Somebody else's permissions for covers, remixes and samples: taken in like any file from outside,
//! kept sealed with the order, and opened by nobody here.

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use mastering::{Borrowed, Command, OrderNumber, PaperKind, Permission};
use worker::{Document, MOST_DOCUMENT_BYTES};

use super::{MadeFile, Studio, Submission};
use crate::access::{Right, Visitor};
use crate::denied::Denied;

/// Longest name of a file that is kept, in characters.
const NAME_MAX: usize = 200;

/// A permission as it is sent.
#[derive(Debug, Clone)]
pub struct NewPermission {
    /// The song it is for.
    pub song: String,
    /// What it permits.
    pub what: Borrowed,
    /// The file's own name.
    pub file_name: String,
}

fn kind_of(document: Document) -> PaperKind {
    match document {
        Document::Pdf => PaperKind::Pdf,
        Document::Jpeg => PaperKind::Jpeg,
        Document::Png => PaperKind::Png,
        Document::Text => PaperKind::Text,
    }
}

fn broken(error: &dyn std::error::Error) -> Denied {
    Denied::fault("the permission could not be kept", error)
}

impl Studio {
    /// Keeps a permission with an order: its bytes are looked at in the worker alone, sealed with the
    /// order's key, and then named in its journal.
    ///
    /// # Errors
    /// `NotAllowed` for whoever sends nothing; a file that is too large, not whole, or no PDF, JPEG,
    /// PNG or text.
    pub async fn attach_permission(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        new: NewPermission,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<Permission, Denied> {
        visitor.must(Right::Send)?;
        let live = self.seen(visitor, number).await?;
        let file = self
            .taken("a permission", body, MOST_DOCUMENT_BYTES)
            .await?;
        let (vault, workers) = (self.vault.clone(), self.workers.clone());
        let project = live.project.id.to_string();
        let kept = tokio::task::spawn_blocking(move || {
            let mut file = file;
            let document = workers.look_at(&file).map_err(|e| broken(&e))?;
            let document = document.ok_or_else(|| {
                Denied::Invalid(
                    "a permission is a whole PDF, JPEG, PNG or text in UTF-8; send it as one of these"
                        .to_owned(),
                )
            })?;
            let stored = vault.store(&project, "permission", &mut file);
            Ok::<_, Denied>((document, stored.map_err(|e| broken(&e))?))
        });
        let (document, stored) = kept.await.map_err(|e| broken(&e))??;
        let name = new.file_name.chars().filter(|c| !c.is_control());
        let permission = Permission {
            song: new.song,
            what: new.what,
            file_name: name.take(NAME_MAX).collect(),
            paper: kind_of(document),
            object: crate::access::parse_id(&stored.sha256)?,
            bytes: stored.bytes,
            by: visitor.name().to_owned(),
            // The rules put the moment of the decision in its place.
            at: 0,
        };
        let object = permission.object.clone();
        let given = Submission {
            command: Command::AttachPermission(permission),
            seq: None,
            key: None,
        };
        self.submit(visitor, number, given).await?;
        let live = self.seen(visitor, number).await?;
        let kept = live.project.permissions.iter();
        let kept = kept.rev().find(|permission| permission.object == object);
        kept.cloned().ok_or(Denied::NotFound)
    }

    /// A permission's file, to be saved and never shown by us.
    ///
    /// # Errors
    /// `NotFound` where there is no such permission for this visitor.
    pub async fn permission_file(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        sum: &str,
    ) -> Result<MadeFile, Denied> {
        let live = self.seen(visitor, number).await?;
        if !visitor.may(Right::ReadHouse) && !visitor.may(Right::Send) {
            return Err(Denied::NotAllowed);
        }
        let kept = live.project.permissions.iter();
        let kept = kept
            .clone()
            .find(|permission| permission.object.as_str() == sum);
        let kept = kept.ok_or(Denied::NotFound)?;
        let (project, object) = (live.project.id.to_string(), kept.object.to_string());
        let bytes = self
            .access
            .read(move |vault| {
                use std::io::Read as _;
                let mut bytes = Vec::new();
                let mut reader = vault.open_object(&project, &object)?;
                Ok(reader.read_to_end(&mut bytes).map(|_| bytes))
            })
            .await?
            .map_err(|e| Denied::fault("the permission could not be read", &e))?;
        Ok(MadeFile {
            file_name: kept.file_name.clone(),
            mime: "application/octet-stream",
            bytes,
        })
    }
}
