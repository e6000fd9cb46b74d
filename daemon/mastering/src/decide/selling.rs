//! Sales of a release: what is told of them, and what is paid out.

use super::permit::{house, line, staff, staff_or_client};
use crate::event::Event;
use crate::ids::UnixMs;
use crate::money::Amount;
use crate::project::{Actor, Project};
use crate::refusal::Refusal;
use crate::release::{Payout, PayoutAsked, SalesCommand, SalesEvent};

/// Payouts and reports that one order may hold.
const MOST: usize = 10_000;

pub(super) fn decide(
    project: &Project,
    command: SalesCommand,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let event = match command {
        SalesCommand::Report {
            report,
            distributor,
            quarter,
        } => {
            house(by)?;
            if project.sales_told.contains(&report) {
                return Err(Refusal::Already);
            }
            room(project.sales_told.len())?;
            SalesEvent::Reported {
                report,
                distributor: line(&distributor, "the distributor")?,
                quarter: line(&quarter, "the quarter")?,
                at: now,
            }
        }
        SalesCommand::AskPayout { balance, by: name } => {
            staff_or_client(project, by)?;
            ask(project, balance, &name, now)?
        }
        SalesCommand::NotePayout {
            amount,
            paid_on,
            words,
            balance,
            by: name,
        } => {
            staff(by)?;
            let is_same = amount.currency() == balance.currency();
            if amount.minor() <= 0 || !is_same || amount.minor() > balance.minor() {
                return Err(Refusal::MoreThanEarned { amount, balance });
            }
            room(project.payouts.len())?;
            SalesEvent::PaidOut(Payout {
                no: u32::try_from(project.payouts.len() + 1).unwrap_or(u32::MAX),
                amount,
                paid_on,
                words: line(&words, "to whom it was paid")?,
                by: line(&name, "the name")?,
                at: now,
            })
        }
    };
    Ok(vec![Event::Sales(event)])
}

fn room(count: usize) -> Result<(), Refusal> {
    if count < MOST {
        return Ok(());
    }
    Err(Refusal::TooLong {
        what: "this order",
        limit: MOST,
    })
}

fn ask(project: &Project, balance: Amount, name: &str, now: UnixMs) -> Result<SalesEvent, Refusal> {
    if project.payout_asked(balance.currency()).is_some() {
        return Err(Refusal::Already);
    }
    let least = project.rules.release.payout_minimum.max(1);
    if balance.minor() < least {
        let least = Amount::of_minor(least, balance.currency()).unwrap_or(balance);
        return Err(Refusal::TooLittleToPay { balance, least });
    }
    Ok(SalesEvent::PayoutAsked(PayoutAsked {
        balance,
        by: line(name, "the name")?,
        at: now,
    }))
}
