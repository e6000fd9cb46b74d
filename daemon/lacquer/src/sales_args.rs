//! The command line's words about sales and payouts.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::civil::Date;
use mastering::OrderNumber;
use mastering::money::{Amount, Currency};
use sales::Quarter;

use crate::books_args::FormArg;

#[derive(Debug, Subcommand)]
pub(crate) enum SalesVerb {
    /// Take a distributor's report in: CSV, tabs, semicolons or xlsx
    Take {
        /// The quarter it reports, such as 2026-Q3
        quarter: Quarter,
        /// The file
        file: PathBuf,
        /// Whose report it is
        #[arg(long)]
        distributor: String,
        /// The head of a column that is not found by itself, such as isrc=Code
        #[arg(long = "column", value_name = "WHAT=HEAD")]
        columns: Vec<String>,
        /// The currency, where the table names none
        #[arg(long)]
        currency: Option<Currency>,
        /// What stands before the decimals, where the table leaves it open
        #[arg(long, value_enum)]
        decimals: Option<DecimalsArg>,
        /// Which number of a date comes first, where the table leaves it open
        #[arg(long, value_enum)]
        dates: Option<DatesArg>,
    },
    /// Show what each release earned in a quarter
    Show {
        /// The quarter; without it, the newest that was reported
        quarter: Option<Quarter>,
    },
    /// Write every line of a quarter's reports into a file
    Export {
        /// The quarter
        quarter: Quarter,
        /// The file
        out: PathBuf,
        /// In which form
        #[arg(long, value_enum, default_value = "csv")]
        format: FormArg,
    },
    /// Withdraw a report that was wrong: it stays and counts no more
    Withdraw {
        /// Its number
        report: u32,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Say which order a song of the reports belongs to; without one its codes say it
    Place {
        /// The song's number
        song: i64,
        /// The order's number
        order: Option<OrderNumber>,
    },
    /// Show what a release earned, and where its money stands
    Of {
        /// The order's number
        number: OrderNumber,
    },
    /// Ask for what can be paid out
    Ask {
        /// The order's number
        number: OrderNumber,
        /// In which currency
        currency: Currency,
    },
    /// Note a payout that was made
    Paid {
        /// The order's number
        number: OrderNumber,
        /// How much, such as "80.00 EUR"
        amount: Amount,
        /// When the money left, such as 2026-11-21
        #[arg(long)]
        on: Date,
        /// To whom, and by which way
        words: String,
    },
}

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DecimalsArg {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

/// Which number of a date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DatesArg {
    /// 31/07/2026
    DayFirst,
    /// 07/31/2026
    MonthFirst,
}
