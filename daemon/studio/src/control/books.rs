//! What the command line asks about money.

use mastering::OrderNumber;
use mastering::money::DocumentNo;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::json as answer;
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::{LedgerFilter, LedgerTable, MadeFile, MoneyForm, QuoteForm, Studio, TableForm};

/// What the command line asks about money.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum BooksRequest {
    /// Lists the newest price lists.
    PriceLists,
    /// Saves the next version of a price list.
    SavePriceList {
        /// The service.
        service: String,
        /// The list.
        toml: String,
    },
    /// Says what a quote would come to.
    TryQuote {
        /// The service.
        service: String,
        /// What it is made from.
        form: QuoteForm,
    },
    /// Shows an order's account.
    Account {
        /// The order.
        number: OrderNumber,
    },
    /// Gives a command to an order's account.
    Give {
        /// The order.
        number: OrderNumber,
        /// The command.
        form: MoneyForm,
    },
    /// Lists the ledger.
    Ledger {
        /// What of it.
        filter: LedgerFilter,
    },
    /// Makes a table of the ledger.
    LedgerFile {
        /// Which.
        table: LedgerTable,
        /// What of it.
        filter: LedgerFilter,
        /// In which form.
        form: TableForm,
    },
    /// Makes the PDF of a document.
    Paper {
        /// The order.
        number: OrderNumber,
        /// The document.
        document: DocumentNo,
    },
    /// Shows the statistics.
    Statistics,
    /// Makes a table of them.
    StatisticsFile {
        /// In which form.
        form: TableForm,
    },
}

pub(super) async fn carry_out(studio: &Studio, request: BooksRequest) -> Result<Value, Denied> {
    let visitor = Visitor::administrator();
    match request {
        BooksRequest::PriceLists => answer(&studio.price_lists(&visitor).await?),
        BooksRequest::SavePriceList { service, toml } => {
            let saved = studio.save_price_list(&visitor, &service, &toml, None);
            answer(&saved.await?)
        }
        BooksRequest::TryQuote { service, form } => {
            answer(&studio.try_quote(&visitor, &service, &form).await?)
        }
        BooksRequest::Account { number } => answer(&studio.account(&visitor, number).await?),
        BooksRequest::Give { number, form } => {
            answer(&studio.give_money(&visitor, number, form, None).await?)
        }
        BooksRequest::Ledger { filter } => answer(&studio.ledger(&visitor, &filter).await?),
        BooksRequest::LedgerFile {
            table,
            filter,
            form,
        } => {
            let made = studio.ledger_file(&visitor, table, &filter, form);
            Ok(sent(&made.await?))
        }
        BooksRequest::Paper { number, document } => Ok(sent(
            &studio.document_pdf(&visitor, number, document).await?,
        )),
        BooksRequest::Statistics => answer(&studio.statistics(&visitor).await?),
        BooksRequest::StatisticsFile { form } => {
            Ok(sent(&studio.statistics_file(&visitor, form).await?))
        }
    }
}

/// A file on its way over the socket, whose messages are text.
pub(super) fn sent(made: &MadeFile) -> Value {
    json!({ "file_name": made.file_name, "hex": hex::encode(&made.bytes) })
}
