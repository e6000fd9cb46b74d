//! What the command line asks about the patchbay.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json as answer;
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::Studio;

/// What the command line asks about the patchbay.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum PatchbayRequest {
    /// The audio server, its ports and connections, and the cards.
    List,
    /// Wants a connection from now on.
    Want {
        /// Where sound comes out.
        from: String,
        /// Where it goes in.
        to: String,
    },
    /// Wants it no more.
    Unwant {
        /// Where sound comes out.
        from: String,
        /// Where it goes in.
        to: String,
    },
    /// Makes it again where somebody took it apart.
    Again {
        /// Where sound comes out.
        from: String,
        /// Where it goes in.
        to: String,
    },
}

pub(super) async fn carry_out(studio: &Studio, request: PatchbayRequest) -> Result<Value, Denied> {
    let visitor = &Visitor::administrator();
    match request {
        PatchbayRequest::List => (),
        PatchbayRequest::Want { from, to } => {
            studio.want_connection(visitor, (&from, &to)).await?;
        }
        PatchbayRequest::Unwant { from, to } => {
            studio.unwant_connection(visitor, (&from, &to)).await?;
        }
        PatchbayRequest::Again { from, to } => {
            studio.connect_again(visitor, (&from, &to)).await?;
        }
    }
    answer(&studio.patchbay(visitor).await?)
}
