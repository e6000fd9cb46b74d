//! Money: price lists, quotes, invoices, payments, credits, and when work may start.
//!
//! Amounts are whole minor units with their currency; nothing here is a float. The account of a
//! client is an aggregate of its own: [`decide_money`] says what may happen to it and
//! [`Account::apply`] what is true afterwards. What it means for an order's work is [`Account::gate`],
//! and the shell carries that to the project as [`crate::Hold`].

#![deny(clippy::float_arithmetic)]

mod account;
mod amount;
mod books;
mod command;
mod currency;
mod decide;
mod document;
mod event;
mod gate;
mod price;
mod quote;
mod refusal;
mod tells;

pub use account::{Account, Credit, Invoice, OrderTerms, QuoteState, Quoted, Receipt, Standing};
pub use amount::{Amount, BadAmount, BasisPoints};
pub use books::{Book, Entry, entries};
pub use command::{Method, MoneyCommand, RefundCause};
pub use currency::{BadCurrency, Currency};
pub use decide::{NextNumbers, decide_money};
pub use document::{DocumentNo, Series};
pub use event::{InvoiceKind, MONEY_SCHEMA, MoneyEvent, PartOfInvoice};
pub use gate::{Gate, Owing, Why};
pub use price::{
    Extra, Instalments, PaymentRule, PriceList, RefundRule, Sale, Surcharge, SurchargeFor, Tier,
};
pub use quote::{Ask, Basis, Line, LineKind, Part, PartDue, Quote, QuoteAbout, QuoteTerms};
pub use refusal::MoneyRefusal;
