//! Label copy of an order: what came, what it would change, and the choice of it.

use std::collections::BTreeSet;
use std::io::{self, Seek as _};

use bytes::Bytes;
use futures_util::Stream;
use labelcopy::MOST_BYTES;
use mastering::{Command, LabelCopy, LabelCopyCommand, OrderNumber, Project};
use serde::{Deserialize, Serialize};

use super::{Studio, Submission};
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::desk::Give;
use crate::jobs::{id, json_document};
use crate::label_copy::{Laid, chosen, document_name, kept, laid};

/// Label copy with what it would change.
#[derive(Debug, Clone, Serialize)]
pub struct LabelCopyView {
    /// What came.
    #[serde(flatten)]
    pub copy: LabelCopy,
    /// What it would change; none once it was entered or set aside.
    pub laid: Option<Laid>,
}

/// What is chosen of label copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelCopyChosen {
    /// Which label copy.
    pub no: u32,
    /// The keys of what is entered; empty sets all of it aside.
    #[serde(default)]
    pub take: BTreeSet<String>,
    /// The journal's number that the proposals were seen at.
    #[serde(default)]
    pub seq: Option<u64>,
}

fn broken(error: &dyn std::error::Error) -> Denied {
    Denied::fault("the label copy could not be kept", error)
}

impl Studio {
    /// The label copy of an order, newest first.
    pub(super) async fn label_copies(
        &self,
        project: &Project,
    ) -> Result<Vec<LabelCopyView>, Denied> {
        let catalogue = self.catalogue();
        let mut views = Vec::new();
        for copy in project.label_copies.iter().rev() {
            let said = match copy.settled {
                None => self.said_by(project, copy).await?,
                Some(_) => None,
            };
            let laid = said.map(|said| laid(&said, project, &catalogue.release));
            views.push(LabelCopyView {
                copy: copy.clone(),
                laid,
            });
        }
        Ok(views)
    }

    /// What a file says.
    async fn said_by(
        &self,
        project: &Project,
        copy: &LabelCopy,
    ) -> Result<Option<labelcopy::LabelCopy>, Denied> {
        let (id, name) = (project.id.to_string(), document_name(&copy.object));
        let row = self.access.read(move |vault| vault.document(&id, &name));
        Ok(row.await?.and_then(|row| kept(&row.body)))
    }

    /// Keeps label copy as it is sent, once the worker has read it.
    ///
    /// # Errors
    /// A file that says nothing of a release, or larger than 4 MiB.
    pub async fn keep_label_copy(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        file_name: &str,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Send)?;
        let live = self.seen(visitor, number).await?;
        let mut file = self
            .taken("a list of titles and codes", body, MOST_BYTES)
            .await?;
        let (vault, workers) = (self.vault.clone(), self.workers.clone());
        let project = live.project.id.to_string();
        let stored = tokio::task::spawn_blocking(move || {
            let none = || {
                Denied::Invalid(
                    "no titles, codes or credits were found in it; send a table (CSV, xlsx) with a column for the titles or \
                     the ISRCs, or a text with a numbered list".to_owned(),
                )
            };
            let read = match workers.read_label_copy(&file) {
                Ok(read) => read.ok_or_else(none)?,
                Err(error) if error.finding().is_some() => return Err(none()),
                Err(error) => return Err(broken(&error)),
            };
            file.rewind().map_err(|e| broken(&e))?;
            let stored = vault.store(&project, "label_copy", &mut file);
            Ok((stored.map_err(|e| broken(&e))?.sha256, read))
        });
        let (sha256, read) = stored.await.map_err(|e| broken(&e))??;
        let fault = |_| Denied::Fault("the label copy could not be kept".to_owned());
        let object = id(&sha256).map_err(fault)?;
        let document = json_document(&live.project.id, &document_name(&object), &read);
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or("list");
        let give = Give {
            project: live.project.id.clone(),
            by: visitor.actor(),
            command: Command::LabelCopy(LabelCopyCommand::Keep {
                file_name: name.to_owned(),
                object,
                by: visitor.name().to_owned(),
            }),
            seq: None,
            key: None,
            from: visitor.from(),
            also: vec![document.map_err(fault)?],
        };
        self.desk.give(give).await
    }

    /// Enters what is chosen of label copy; where nothing is, it is set aside.
    ///
    /// # Errors
    /// Something else was said of the order since the proposals were seen; what the rules refuse.
    pub async fn choose_of_label_copy(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        asked: LabelCopyChosen,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Send)?;
        let live = self.seen(visitor, number).await?;
        let (project, no) = (&live.project, asked.no);
        let by = visitor.name().to_owned();
        let command = match project.label_copy(no) {
            Some(copy) if !asked.take.is_empty() => {
                let said = self.said_by(project, copy).await?.ok_or(Denied::NotFound)?;
                let settings = &self.catalogue().release;
                let chosen = chosen(&said, project, settings, &asked.take);
                let (release, songs) = chosen.map_err(|key| {
                    Denied::Invalid(format!(
                        "\u{201c}{key}\u{201d} is none of what {} proposes now; look at it again",
                        copy.file_name
                    ))
                })?;
                let release = Some(Box::new(release));
                LabelCopyCommand::Enter {
                    no,
                    release,
                    songs,
                    by,
                }
            }
            Some(_) | None => LabelCopyCommand::SetAside { no, by },
        };
        let given = Submission {
            command: Command::LabelCopy(command),
            seq: asked.seq,
            key: None,
        };
        self.submit(visitor, number, given).await
    }
}
