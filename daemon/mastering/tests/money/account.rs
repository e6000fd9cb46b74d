//! An account that a test gives commands to, with its clock.

use jiff::civil::{Date, date};
use mastering::money::*;
use mastering::{Actor, Hold, OrderNumber, PersonId, ProjectId, Refusal};

pub(crate) const DAY: i64 = 86_400_000;

pub(crate) fn today() -> Date {
    date(2027, 3, 1)
}

pub(crate) fn usd(text: &str) -> Amount {
    Amount::read(text, "USD".parse().unwrap()).unwrap()
}

pub(crate) fn eur(text: &str) -> Amount {
    Amount::read(text, "EUR".parse().unwrap()).unwrap()
}

pub(crate) fn client_id() -> PersonId {
    "c".repeat(32).parse().unwrap()
}

pub(crate) fn client() -> Actor {
    Actor::Client {
        account: client_id(),
        person: client_id(),
    }
}

pub(crate) fn staff() -> Actor {
    Actor::Staff {
        person: "5".repeat(32).parse().unwrap(),
    }
}

pub(crate) fn project(n: u32) -> ProjectId {
    format!("{n:032x}").parse().unwrap()
}

pub(crate) fn list(toml: &str) -> PriceList {
    let list: PriceList = toml::from_str(toml).unwrap();
    list.checked().unwrap()
}

/// The till of a studio: one client's account, and the numbers given out so far.
pub(crate) struct Till {
    pub(crate) account: Account,
    pub(crate) events: Vec<MoneyEvent>,
    pub(crate) now: i64,
}

impl Till {
    pub(crate) fn new() -> Self {
        Self {
            account: Account::new(client_id()),
            events: Vec::new(),
            now: 1_800_000_000_000,
        }
    }

    /// A till with one order, priced by this list.
    pub(crate) fn with(list: PriceList) -> Self {
        let mut till = Self::new();
        till.price(1, list);
        till
    }

    pub(crate) fn price(&mut self, n: u32, list: PriceList) {
        let command = MoneyCommand::PriceOrder {
            project: project(n),
            order: OrderNumber::FIRST,
            service: "mastering".to_owned(),
            version: 1,
            list: Box::new(list),
        };
        self.give(command, &Actor::House).unwrap();
    }

    pub(crate) fn give(
        &mut self,
        command: MoneyCommand,
        by: &Actor,
    ) -> Result<Vec<&'static str>, Refusal> {
        let mut last = std::collections::BTreeMap::new();
        for no in self.events.iter().filter_map(MoneyEvent::numbered) {
            last.insert(no.series, no.no);
        }
        let next = NextNumbers::after(last);
        let told = decide_money(&self.account, command, by, self.now, next)?;
        for event in &told {
            self.account.apply(event);
        }
        let codes = told.iter().map(MoneyEvent::code).collect();
        self.events.extend(told);
        Ok(codes)
    }

    pub(crate) fn terms(&self, n: u32) -> &OrderTerms {
        &self.account.orders[&project(n)]
    }

    /// Quotes, has the client accept, and gives the numbers of quote and invoice.
    pub(crate) fn agree(&mut self, n: u32, ask: &Ask) -> (DocumentNo, Option<DocumentNo>) {
        let quote = Quote::make("mastering", 1, &self.terms(n).list.clone(), ask).unwrap();
        self.issue(n, quote);
        let quote = *self.account.quotes.keys().next_back().unwrap();
        self.accept(quote).unwrap();
        let invoices = self.account.invoices.iter();
        let mut mine = invoices.filter(|(_, i)| i.quote == Some(quote));
        (quote, mine.next().map(|(no, _)| *no))
    }

    pub(crate) fn issue(&mut self, n: u32, quote: Quote) {
        let command = MoneyCommand::IssueQuote {
            project: project(n),
            quote: Box::new(quote),
            about: QuoteAbout::Order,
        };
        self.give(command, &staff()).unwrap();
    }

    pub(crate) fn accept(&mut self, quote: DocumentNo) -> Result<Vec<&'static str>, Refusal> {
        let name = "Ada Client".to_owned();
        self.give(MoneyCommand::AcceptQuote { quote, name }, &client())
    }

    pub(crate) fn pay(
        &mut self,
        invoice: DocumentNo,
        amount: Amount,
    ) -> Result<Vec<&'static str>, Refusal> {
        let command = MoneyCommand::RecordPayment {
            invoice,
            amount,
            method: Method::Bank,
            reference: "transfer of Monday".to_owned(),
            by: "Eva".to_owned(),
        };
        self.give(command, &staff())
    }

    pub(crate) fn refund(
        &mut self,
        invoice: DocumentNo,
        amount: Amount,
        cause: RefundCause,
    ) -> Result<Vec<&'static str>, Refusal> {
        let command = MoneyCommand::Refund {
            invoice,
            amount,
            method: Method::Bank,
            cause,
            reason: "a person decided".to_owned(),
            by: "Eva".to_owned(),
        };
        self.give(command, &staff())
    }

    pub(crate) fn credit(&mut self, n: u32, amount: Amount) -> Result<Vec<&'static str>, Refusal> {
        let command = MoneyCommand::GiveCredit {
            project: project(n),
            amount,
            reason: "we were late".to_owned(),
            by: "Eva".to_owned(),
        };
        self.give(command, &staff())
    }

    pub(crate) fn redeem(
        &mut self,
        credit: DocumentNo,
        invoice: DocumentNo,
    ) -> Result<Vec<&'static str>, Refusal> {
        self.give(MoneyCommand::RedeemCredit { credit, invoice }, &client())
    }

    pub(crate) fn last_credit(&self) -> DocumentNo {
        *self.account.credits.keys().next_back().unwrap()
    }

    pub(crate) fn hold(&self, n: u32) -> Hold {
        self.account.gate(&project(n), self.now).hold
    }

    pub(crate) fn why(&self, n: u32) -> Vec<Why> {
        let gate = self.account.gate(&project(n), self.now);
        gate.owing.iter().map(|owing| owing.why).collect()
    }
}
