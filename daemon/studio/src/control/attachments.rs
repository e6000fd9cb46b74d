//! What the command line asks about an order's booklet, videos and cover.

use std::path::PathBuf;

use mastering::{AttachmentCommand, AttachmentKind, OrderNumber, TickPoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{bytes_of, json as answer};
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::{NewAttachment, Studio};

/// What the command line asks about an order's booklet, videos and cover.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum AttachmentsRequest {
    /// Shows what was found in them, and what people said of them.
    Show,
    /// Brings a file that lies on this box.
    Keep {
        /// What it is.
        kind: AttachmentKind,
        /// The song that a video is of.
        song: Option<String>,
        /// Where it lies.
        path: PathBuf,
    },
    /// Takes one that came in the dropbox among what is delivered.
    Take {
        /// Which.
        no: u32,
        /// The song that a video is of.
        song: Option<String>,
    },
    /// Says a video's own ISRC.
    Code {
        /// Which.
        no: u32,
        /// The code; empty for none.
        isrc: String,
    },
    /// Says that something is so.
    Tick {
        /// Of which attachment; none for the cover.
        no: Option<u32>,
        /// What is so.
        point: TickPoint,
        /// Who says it; whoever asks where nobody is named.
        name: Option<String>,
    },
    /// Takes that back.
    TakeBack {
        /// Of which attachment; none for the cover.
        no: Option<u32>,
        /// What.
        point: TickPoint,
    },
    /// Takes one out of what is delivered, or sets aside one that came in the dropbox.
    Remove {
        /// Which.
        no: u32,
    },
}

pub(super) async fn carry_out(
    studio: &Studio,
    visitor: &Visitor,
    number: OrderNumber,
    request: AttachmentsRequest,
) -> Result<Value, Denied> {
    let by = visitor.name().to_owned();
    let command = match request {
        AttachmentsRequest::Show => return answer(&studio.attachments(visitor, number).await?),
        AttachmentsRequest::Keep { kind, song, path } => {
            let (file_name, body) = bytes_of(&path).await?;
            let new = NewAttachment {
                kind,
                song,
                file_name,
            };
            return answer(&studio.keep_attachment(visitor, number, new, body).await?);
        }
        AttachmentsRequest::Take { no, song } => {
            let taken = studio.take_attachment(visitor, number, (no, song));
            return answer(&taken.await?);
        }
        AttachmentsRequest::Code { no, isrc } => AttachmentCommand::Code { no, isrc, by },
        AttachmentsRequest::Tick { no, point, name } => AttachmentCommand::Tick {
            no,
            point,
            by: name.unwrap_or(by),
        },
        AttachmentsRequest::TakeBack { no, point } => AttachmentCommand::TakeBack { no, point, by },
        AttachmentsRequest::Remove { no } => AttachmentCommand::Remove { no, by },
    };
    answer(&studio.on_attachment(visitor, number, command).await?)
}
