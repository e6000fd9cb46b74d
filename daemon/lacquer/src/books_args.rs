//! The command line's words about money.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use mastering::OrderNumber;
use mastering::money::{Amount, DocumentNo, Extra, Method, RefundCause};
use serde::de::DeserializeOwned;

#[derive(Debug, Subcommand)]
pub(crate) enum PriceVerb {
    /// List the newest price list of each service
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print a service's price list
    Show {
        /// The service
        service: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Save the next version of a service's price list
    Set {
        /// The service
        service: String,
        /// The list, as in config/services.toml below [services.NAME.price]
        file: PathBuf,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Say what a quote would come to
    Quote {
        /// The service
        service: String,
        #[command(flatten)]
        quote: QuoteArgs,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// What a quote is made from.
#[derive(Debug, ClapArgs)]
pub(crate) struct QuoteArgs {
    /// How many songs; without any, extras and other lines alone are quoted
    #[arg(long)]
    pub(crate) songs: Option<u32>,
    /// Charge the whole programme, however many songs
    #[arg(long, requires = "songs")]
    pub(crate) programme: bool,
    /// An extra and how many of it, as rush=1
    #[arg(long = "extra", value_parser = parse_extra)]
    pub(crate) extras: Vec<(Extra, u32)>,
    /// A format beside those of every order, at the price of a late one: `wav24_44`, `wav24_48`, `wav16_48`
    #[arg(long = "format", value_parser = parse_word::<mastering::FinalFormat>)]
    pub(crate) formats: Vec<mastering::FinalFormat>,
    /// A line in your own words, as "Tape transfer=25.00 EUR"
    #[arg(long = "also", value_parser = parse_line)]
    pub(crate) also: Vec<(String, Amount)>,
    /// In how many parts it is paid
    #[arg(long, default_value_t = 1)]
    pub(crate) instalments: u32,
    /// How it will be paid: bank, `card_terminal`, cash, online
    #[arg(long, default_value = "bank", value_parser = parse_word::<Method>)]
    pub(crate) method: Method,
    /// Where the client is, by ISO 3166 code
    #[arg(long)]
    pub(crate) territory: Option<String>,
}

/// The form of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormArg {
    /// Comma-separated values
    Csv,
    /// A spreadsheet
    Xlsx,
}

/// A table of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableArg {
    /// Quotes, invoices, receipts, credits, credit notes
    Documents,
    /// The lines of the books
    Entries,
}

/// What of the ledger is meant.
#[derive(Debug, ClapArgs)]
pub(crate) struct FilterArgs {
    /// quote, invoice, receipt, credit, `credit_note`
    #[arg(long)]
    pub(crate) series: Option<String>,
    /// open, paid, cancelled, ..
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// The client's login
    #[arg(long)]
    pub(crate) client: Option<String>,
    /// From this day on, as 2026-11-20
    #[arg(long, value_parser = parse_word::<jiff::civil::Date>)]
    pub(crate) from: Option<jiff::civil::Date>,
    /// Until the end of this day
    #[arg(long, value_parser = parse_word::<jiff::civil::Date>)]
    pub(crate) until: Option<jiff::civil::Date>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerVerb {
    /// List documents, newest first
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show what is owed on an order and why, and its documents
    Show {
        /// The order's number
        number: OrderNumber,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Quote an order by its price list
    Quote {
        /// The order's number
        number: OrderNumber,
        /// The service whose list prices an order that has none yet
        #[arg(long)]
        service: Option<String>,
        #[command(flatten)]
        quote: QuoteArgs,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Note that the client accepted a quote
    Accept {
        /// The order's number
        number: OrderNumber,
        /// The quote
        quote: DocumentNo,
        /// Who accepted
        #[arg(long)]
        name: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Note that the client does not want what was quoted
    Decline {
        /// The order's number
        number: OrderNumber,
        /// The quote
        quote: DocumentNo,
        /// Who declined
        #[arg(long)]
        name: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take an open quote back
    Withdraw {
        /// The order's number
        number: OrderNumber,
        /// The quote
        quote: DocumentNo,
        /// Why
        #[arg(long)]
        reason: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Note a payment
    Pay {
        /// The order's number
        number: OrderNumber,
        /// The invoice
        invoice: DocumentNo,
        /// How much, as "80.00 USD"
        amount: Amount,
        /// bank, `card_terminal`, cash
        #[arg(long, default_value = "bank", value_parser = parse_word::<Method>)]
        method: Method,
        /// The bank's or the terminal's reference; never a card's number
        #[arg(long, default_value = "")]
        reference: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Give a credit instead of a refund
    Credit {
        /// The order's number
        number: OrderNumber,
        /// How much
        amount: Amount,
        /// Why
        #[arg(long)]
        reason: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Pay an invoice with a credit, as far as it goes
    Redeem {
        /// The order's number
        number: OrderNumber,
        /// The credit
        credit: DocumentNo,
        /// The invoice
        invoice: DocumentNo,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Give money back
    Refund {
        /// The order's number
        number: OrderNumber,
        /// The invoice
        invoice: DocumentNo,
        /// How much
        amount: Amount,
        /// `technical_fault`, decision, overpaid
        #[arg(long, value_parser = parse_word::<RefundCause>)]
        cause: RefundCause,
        /// The reason
        #[arg(long)]
        reason: String,
        /// How it went back
        #[arg(long, default_value = "bank", value_parser = parse_word::<Method>)]
        method: Method,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take an unpaid invoice back
    Cancel {
        /// The order's number
        number: OrderNumber,
        /// The invoice
        invoice: DocumentNo,
        /// Why
        #[arg(long)]
        reason: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Charge the penalty for a proven fraud and end the account
    Penalise {
        /// The order's number
        number: OrderNumber,
        /// How many tracks
        #[arg(long)]
        tracks: u32,
        /// What was proven
        #[arg(long)]
        reason: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Let the work go on without the money
    Waive {
        /// The order's number
        number: OrderNumber,
        /// Why
        #[arg(long)]
        reason: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Write a document as PDF
    Paper {
        /// The order's number
        number: OrderNumber,
        /// The document
        document: DocumentNo,
        /// The file
        #[arg(short, long)]
        out: PathBuf,
    },
    /// Write a table of the ledger
    Export {
        /// Which table
        table: TableArg,
        #[command(flatten)]
        filter: FilterArgs,
        /// CSV or a spreadsheet
        #[arg(long, default_value = "csv")]
        format: FormArg,
        /// The file
        #[arg(short, long)]
        out: PathBuf,
    },
    /// Show the months: opened, delivered, fetched, earned, outstanding
    Statistics {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
        /// Write them as a table instead
        #[arg(long, requires = "out")]
        format: Option<FormArg>,
        /// The file
        #[arg(short, long)]
        out: Option<PathBuf>,
    },
}

/// Reads a word as the documents spell it.
fn parse_word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|e| e.to_string())
}

fn parse_extra(text: &str) -> Result<(Extra, u32), String> {
    let (name, count) = text.split_once('=').unwrap_or((text, "1"));
    let count = count.parse().map_err(|_| format!("{count} is no number"))?;
    Ok((parse_word(name)?, count))
}

fn parse_line(text: &str) -> Result<(String, Amount), String> {
    let (words, amount) = text.rsplit_once('=').ok_or("write it as words=80.00 USD")?;
    let amount = amount.parse::<Amount>().map_err(|e| e.to_string())?;
    Ok((words.to_owned(), amount))
}
