//! The studio's policies, clause by clause: the four services as the house's catalogue presets
//! them, with the clock as an argument.

mod approval;
mod calendar;
mod catalogue;
mod clauses;
mod consultation;
mod ears;
mod joined;
mod keeping;
mod lyrics;
mod order;
mod permissions;
mod promises;
mod queue;
mod releases;
mod rounds;
mod sales;
