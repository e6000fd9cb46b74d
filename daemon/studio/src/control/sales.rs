//! What the command line asks about sales and payouts.

use std::path::PathBuf;

use jiff::civil::Date;
use mastering::OrderNumber;
use mastering::money::{Amount, Currency};
use sales::{Ask, Quarter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::books::sent;
use super::{bytes_of, json as answer};
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::{NewReport, Studio, TableForm};

/// What the command line asks about sales and payouts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum SalesRequest {
    /// Takes a report in that lies on this box.
    Take {
        /// Whose it is.
        distributor: String,
        /// Where it lies.
        path: PathBuf,
        /// How it is read.
        ask: Box<Ask>,
    },
    /// Shows a quarter.
    Show {
        /// Which; none: the newest.
        quarter: Option<Quarter>,
    },
    /// Makes a table of a quarter.
    Table {
        /// Which.
        quarter: Quarter,
        /// In which form.
        form: TableForm,
    },
    /// Withdraws a report.
    Withdraw {
        /// Which.
        report: u32,
        /// Why.
        why: String,
    },
    /// Says which order a song belongs to.
    Place {
        /// The song.
        song: i64,
        /// The order.
        order: Option<OrderNumber>,
    },
    /// Shows what a release earned.
    Of {
        /// The order.
        number: OrderNumber,
    },
    /// Asks for a payout.
    AskPayout {
        /// The order.
        number: OrderNumber,
        /// In which currency.
        currency: Currency,
    },
    /// Notes a payout.
    NotePayout {
        /// The order.
        number: OrderNumber,
        /// How much.
        amount: Amount,
        /// When the money left.
        paid_on: Date,
        /// To whom, and by which way.
        words: String,
    },
}

pub(super) async fn carry_out(
    studio: &Studio,
    visitor: &Visitor,
    request: SalesRequest,
) -> Result<Value, Denied> {
    match request {
        SalesRequest::Take {
            distributor,
            path,
            ask,
        } => {
            let (file_name, body) = bytes_of(&path).await?;
            let new = NewReport {
                distributor,
                file_name,
                ask: *ask,
            };
            answer(&studio.take_sales(visitor, new, body).await?)
        }
        SalesRequest::Show { quarter } => answer(&studio.sales(visitor, quarter).await?),
        SalesRequest::Table { quarter, form } => {
            Ok(sent(&studio.sales_table(visitor, quarter, form).await?))
        }
        SalesRequest::Withdraw { report, why } => {
            answer(&studio.withdraw_sales(visitor, report, &why).await?)
        }
        SalesRequest::Place { song, order } => {
            answer(&studio.place_song(visitor, song, order).await?)
        }
        SalesRequest::Of { number } => answer(&studio.sales_of(visitor, number).await?),
        SalesRequest::AskPayout { number, currency } => {
            let seq = studio.ask_payout(visitor, number, currency).await?;
            Ok(json!({ "seq": seq }))
        }
        SalesRequest::NotePayout {
            number,
            amount,
            paid_on,
            words,
        } => {
            let paid = (amount, paid_on, words);
            let seq = studio.note_payout(visitor, number, paid).await?;
            Ok(json!({ "seq": seq }))
        }
    }
}
