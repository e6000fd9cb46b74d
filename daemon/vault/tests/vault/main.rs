//! The vault as its users see it, and after everything that may happen to it.

mod bags;
mod crash;
mod database;
mod decisions;
mod house;
mod ledger;
mod objects;
mod people;
mod prints;
mod rack;
mod sales;
mod shelf;
