//! What the command line asks about an order's deliveries.

use std::path::PathBuf;

use mastering::{OrderNumber, PackageCommand};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{bytes_of, json as answer};
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::{LabelCopyChosen, PackageAsked, SendAsked, Studio};

/// What the command line asks about an order's deliveries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum PackagesRequest {
    /// Shows what each profile lacks, and what was made.
    Show,
    /// Has the order made up by a profile.
    Ask(PackageAsked),
    /// Releases a package for production, in the name of one of the client's people.
    Release {
        /// Which.
        no: u32,
        /// Whose signature it is.
        name: String,
    },
    /// Notes that one is in the post.
    Post {
        /// Which.
        no: u32,
        /// Who carries it.
        carrier: String,
        /// By which number it is followed.
        tracking: String,
    },
    /// Brings a list of titles, codes and credits, which lies on this box.
    LabelCopy {
        /// Where it lies.
        path: PathBuf,
    },
    /// Enters what is chosen of one; nothing sets it aside.
    Choose(LabelCopyChosen),
    /// Sends a package to its recipient's own server.
    Send(SendAsked),
    /// Calls off a package that waits to be sent, or is on its way.
    CallOff {
        /// Which.
        no: u32,
    },
    /// Tries the connection to the server of a profile.
    Try {
        /// The profile.
        profile: String,
    },
    /// Brings the cover, which lies on this box.
    Cover {
        /// Where it lies.
        path: PathBuf,
    },
}

pub(super) async fn carry_out(
    studio: &Studio,
    visitor: &Visitor,
    number: OrderNumber,
    request: PackagesRequest,
) -> Result<Value, Denied> {
    let command = match request {
        PackagesRequest::Show => return answer(&studio.packages(visitor, number).await?),
        PackagesRequest::Ask(asked) => {
            return answer(&studio.ask_package(visitor, number, asked, None).await?);
        }
        PackagesRequest::Send(asked) => {
            return answer(&studio.send_package(visitor, number, asked, None).await?);
        }
        PackagesRequest::CallOff { no } => {
            return answer(&studio.call_off_sending(visitor, number, no, None).await?);
        }
        PackagesRequest::Try { profile } => {
            return answer(&studio.try_upload(visitor, number, &profile).await?);
        }
        PackagesRequest::Cover { path } => {
            let (name, body) = bytes_of(&path).await?;
            return answer(&studio.keep_cover(visitor, number, &name, body).await?);
        }
        PackagesRequest::LabelCopy { path } => {
            let (name, body) = bytes_of(&path).await?;
            return answer(&studio.keep_label_copy(visitor, number, &name, body).await?);
        }
        PackagesRequest::Choose(chosen) => {
            return answer(&studio.choose_of_label_copy(visitor, number, chosen).await?);
        }
        PackagesRequest::Release { no, name } => PackageCommand::Release { no, by: name },
        PackagesRequest::Post {
            no,
            carrier,
            tracking,
        } => PackageCommand::Post {
            no,
            carrier,
            tracking,
            by: visitor.name().to_owned(),
        },
    };
    answer(&studio.on_package(visitor, number, command, None).await?)
}
