//! Money: amounts, price lists, the clauses of the source documents, and what always holds.

mod account;
mod amounts;
mod clauses;
mod promises;
