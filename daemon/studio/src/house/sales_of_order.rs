//! What one release earned, and what of that was paid out.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mastering::money::{Amount, Currency};
use mastering::{Command, OrderNumber, Payout, PayoutAsked, Project, SalesCommand};
use sales::Earned;
use serde::Serialize;
use vault::SoldRow;

use super::ledger::made;
use super::sales::{table, too_much};
use super::{MadeFile, Studio, Submission, TableForm};
use crate::access::{Right, Visitor};
use crate::clock::today;
use crate::denied::Denied;

/// What a song did in a shop in a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SoldView {
    /// The song's title, as the distributor has it.
    pub title: String,
    /// Its ISRC, or nothing.
    pub isrc: String,
    /// The shop.
    pub shop: String,
    /// `stream`, `download`, `copy` or `other`.
    pub kind: String,
    /// How many.
    pub units: i64,
    /// What came in for them.
    pub earned: Earned,
    /// Its currency.
    pub currency: String,
}

/// What was reported of a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarterView {
    /// Such as `2026-Q3`.
    pub quarter: String,
    /// Whose reports.
    pub distributors: Vec<String>,
    /// Song by song and shop by shop.
    pub sold: Vec<SoldView>,
    /// What came in, by currency.
    pub earned: Vec<(Currency, Earned)>,
}

/// Where the money of a currency stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BalanceView {
    /// What distributors reported.
    pub reported: Earned,
    /// What of it is the client's.
    pub share: Earned,
    /// What was paid out of that.
    pub paid: Amount,
    /// What can be paid out.
    pub open: Amount,
}

/// A release's sales.
#[derive(Debug, Clone, Serialize)]
pub struct OrderSalesView {
    /// Newest quarter first.
    pub quarters: Vec<QuarterView>,
    /// By currency.
    pub balances: Vec<BalanceView>,
    /// From how much on it is paid out, in minor units.
    pub payout_minimum: i64,
    /// What was paid out, oldest first.
    pub payouts: Vec<Payout>,
    /// What somebody waits for.
    pub asked: Vec<PayoutAsked>,
}

fn add(sum: &mut Earned, billionths: i64) -> Result<(), Denied> {
    *sum = sum.plus(Earned(billionths)).ok_or_else(too_much)?;
    Ok(())
}

/// Lines of one order, newest quarter first, as a page shows them: countries and months added up.
fn quarters(rows: &[SoldRow]) -> Result<Vec<QuarterView>, Denied> {
    let mut quarters: Vec<QuarterView> = Vec::new();
    let mut index: BTreeMap<(String, i64, String, String, String), usize> = BTreeMap::new();
    for row in rows {
        if quarters.last().is_none_or(|q| q.quarter != row.quarter) {
            index.clear();
            quarters.push(QuarterView {
                quarter: row.quarter.clone(),
                distributors: Vec::new(),
                sold: Vec::new(),
                earned: Vec::new(),
            });
        }
        let Some(quarter) = quarters.last_mut() else {
            continue;
        };
        if !quarter.distributors.contains(&row.distributor) {
            quarter.distributors.push(row.distributor.clone());
        }
        let key = (
            row.named.isrc.clone(),
            row.song,
            row.shop.clone(),
            row.kind.clone(),
            row.currency.clone(),
        );
        let place = *index.entry(key).or_insert_with(|| {
            quarter.sold.push(SoldView {
                title: row.named.title.clone(),
                isrc: row.named.isrc.clone(),
                shop: row.shop.clone(),
                kind: row.kind.clone(),
                units: 0,
                earned: Earned(0),
                currency: row.currency.clone(),
            });
            quarter.sold.len() - 1
        });
        let sold = &mut quarter.sold[place];
        sold.units = sold.units.saturating_add(row.units);
        add(&mut sold.earned, row.billionths)?;
        let Ok(currency) = row.currency.parse::<Currency>() else {
            continue;
        };
        match quarter.earned.iter_mut().find(|(c, _)| *c == currency) {
            Some((_, sum)) => add(sum, row.billionths)?,
            None => quarter.earned.push((currency, Earned(row.billionths))),
        }
    }
    Ok(quarters)
}

/// Where the money stands, by currency.
fn balances(project: &Project, quarters: &[QuarterView]) -> Result<Vec<BalanceView>, Denied> {
    let mut sums: BTreeMap<Currency, Earned> = BTreeMap::new();
    for (currency, earned) in quarters.iter().flat_map(|quarter| &quarter.earned) {
        add(sums.entry(*currency).or_default(), earned.0)?;
    }
    for payout in &project.payouts {
        sums.entry(payout.amount.currency()).or_default();
    }
    let share = project.rules.release.payout_share.0;
    let balance = |(currency, reported): (Currency, Earned)| {
        let (mine, paid) = (reported.share(share), project.paid_out(currency));
        let open = mine.minor(currency.decimals()).saturating_sub(paid);
        Ok(BalanceView {
            reported,
            share: mine,
            paid: Amount::of_minor(paid, currency).map_err(|_| too_much())?,
            open: Amount::of_minor(open, currency).map_err(|_| too_much())?,
        })
    };
    sums.into_iter().map(balance).collect()
}

impl Studio {
    async fn sold(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<(crate::live::LiveProject, Vec<SoldRow>), Denied> {
        let live = self.seen(visitor, number).await?;
        visitor.must(Right::SeeMoney)?;
        let id = live.project.id.to_string();
        let rows = self.access.read(move |vault| vault.project_sales(&id));
        Ok((live, rows.await?))
    }

    /// What was reported of an order's release, and where its money stands.
    ///
    /// # Errors
    /// `NotFound` where there is no such order for this visitor; `NotAllowed` for who reads no money.
    pub async fn sales_of(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<OrderSalesView, Denied> {
        let (live, rows) = self.sold(visitor, number).await?;
        let quarters = quarters(&rows)?;
        Ok(OrderSalesView {
            balances: balances(&live.project, &quarters)?,
            payout_minimum: live.project.rules.release.payout_minimum,
            payouts: live.project.payouts.clone(),
            asked: live.project.payouts_asked.clone(),
            quarters,
        })
    }

    /// The same line by line, as a table.
    ///
    /// # Errors
    /// As of [`Studio::sales_of`].
    pub async fn sales_table_of(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        form: TableForm,
    ) -> Result<MadeFile, Denied> {
        let (live, rows) = self.sold(visitor, number).await?;
        let name = live.project.number.to_string();
        let today = today(&self.catalogue().calendar);
        made(
            &format!("sales-{name}"),
            &[table(&name, &rows)],
            form,
            today,
        )
    }

    async fn balance(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        currency: Currency,
    ) -> Result<Amount, Denied> {
        let view = self.sales_of(visitor, number).await?;
        let mine = view.balances.iter().map(|balance| balance.open);
        let mut mine = mine.filter(|open| open.currency() == currency);
        Ok(mine.next().unwrap_or_else(|| Amount::zero(currency)))
    }

    async fn say(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        command: SalesCommand,
    ) -> Result<u64, Denied> {
        // What was earned and what was paid are read before the decision: one at a time.
        let given = Submission {
            command: Command::Sales(command),
            seq: None,
            key: None,
        };
        self.submit(visitor, number, given).await
    }

    /// Asks for what can be paid out in a currency.
    ///
    /// # Errors
    /// Less than the least that is paid out, or it was asked for already.
    pub async fn ask_payout(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        currency: Currency,
    ) -> Result<u64, Denied> {
        let balance = self.balance(visitor, number, currency).await?;
        let by = visitor.name().to_owned();
        let command = SalesCommand::AskPayout { balance, by };
        self.say(visitor, number, command).await
    }

    /// Notes a payout that was made.
    ///
    /// # Errors
    /// `NotAllowed` but for whoever keeps the books; more than can be paid out.
    pub async fn note_payout(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        (amount, paid_on, words): (Amount, Date, String),
    ) -> Result<u64, Denied> {
        visitor.must(Right::RecordPayment)?;
        let _turn = self.offered.allotting.lock().await;
        let balance = self.balance(visitor, number, amount.currency()).await?;
        let command = SalesCommand::NotePayout {
            amount,
            paid_on,
            words,
            balance,
            by: visitor.name().to_owned(),
        };
        self.say(visitor, number, command).await
    }
}
