//! What holds in any order of commands: the ledger balances, numbers have no gap, an issued quote
//! stays as it is, and the journal tells the same story.

use std::collections::{BTreeMap, BTreeSet};

use mastering::Actor;
use mastering::FeeDue;
use mastering::money::*;
use proptest::prelude::*;

use crate::account::*;

const LISTS: [&str; 3] = [
    "per_song = \"30.33 EUR\"\ntax_basis_points = 1900\npayment = \"deposit\"\n",
    "per_song = \"9.90 EUR\"\npayment = \"on_acceptance\"\nrefunds = \"technical_fault\"\ntax_basis_points = 770\n",
    "per_song = \"101 JPY\"\npayment = \"before_work\"\nfraud_penalty = \"12.50 EUR\"\n",
];

/// A command with a choice of what it is about, so that most of them find something.
#[derive(Debug, Clone)]
enum Deed {
    Price(u32, usize),
    Quote(u32, u32, u32),
    Accept(u32),
    Withdraw(u32),
    FallDue(u32, u32),
    Pay(u32, i64),
    Credit(u32, i64),
    Redeem(u32, u32),
    Refund(u32, i64, u8),
    Cancel(u32),
    Penalise(u32, u32),
    Waive(u32),
    Decline(u32),
    Beside(u32, u32),
    EndRequest(u32, u32),
    Tick,
    Wait(i64),
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let order = 1..4u32;
    let document = 1..6u32;
    prop_oneof![
        2 => (order.clone(), 0..3usize).prop_map(|(n, l)| Deed::Price(n, l)),
        4 => (order.clone(), 1..9u32, 1..6u32).prop_map(|(n, s, i)| Deed::Quote(n, s, i)),
        4 => document.clone().prop_map(Deed::Accept),
        1 => document.clone().prop_map(Deed::Withdraw),
        2 => (order.clone(), 1..5u32).prop_map(|(n, s)| Deed::FallDue(n, s)),
        6 => (document.clone(), -5..30_000i64).prop_map(|(n, a)| Deed::Pay(n, a)),
        2 => (order.clone(), 0..5_000i64).prop_map(|(n, a)| Deed::Credit(n, a)),
        3 => (document.clone(), document.clone()).prop_map(|(c, n)| Deed::Redeem(c, n)),
        3 => (document.clone(), 0..9_000i64, 0..3u8).prop_map(|(n, a, c)| Deed::Refund(n, a, c)),
        1 => document.prop_map(Deed::Cancel),
        1 => (order.clone(), 0..4u32).prop_map(|(n, t)| Deed::Penalise(n, t)),
        1 => order.clone().prop_map(Deed::Waive),
        1 => (1..6u32).prop_map(Deed::Decline),
        3 => (order.clone(), 1..4u32).prop_map(|(n, r)| Deed::Beside(n, r)),
        1 => (order, 1..4u32).prop_map(|(n, r)| Deed::EndRequest(n, r)),
        2 => Just(Deed::Tick),
        2 => (0..20i64).prop_map(Deed::Wait),
    ]
}

fn no(series: Series, no: u32) -> DocumentNo {
    DocumentNo { series, no }
}

/// An amount in the currency of the invoice it is about.
fn amount(till: &Till, invoice: u32, minor: i64) -> Amount {
    let known = till.account.invoices.get(&no(Series::Invoice, invoice));
    let currency = known.map_or_else(|| "EUR".parse().unwrap(), |i| i.total.currency());
    Amount::of_minor(minor, currency).unwrap()
}

#[expect(clippy::too_many_lines, reason = "one arm for each deed")]
fn command(till: &Till, deed: &Deed) -> Option<MoneyCommand> {
    let words = || "words".to_owned();
    Some(match *deed {
        Deed::Price(n, which) => MoneyCommand::PriceOrder {
            project: project(n),
            order: mastering::OrderNumber::FIRST,
            service: words(),
            version: 1,
            list: Box::new(list(LISTS[which])),
        },
        Deed::Quote(n, songs, instalments) => {
            let terms = till.account.orders.get(&project(n))?;
            let ask = Ask {
                instalments,
                ..Ask::songs(songs, today())
            };
            let quote = Quote::make(&terms.service, 1, &terms.list, &ask).unwrap();
            MoneyCommand::IssueQuote {
                project: project(n),
                quote: Box::new(quote),
                about: QuoteAbout::Order,
            }
        }
        Deed::Accept(q) => MoneyCommand::AcceptQuote {
            quote: no(Series::Quote, q),
            name: words(),
        },
        Deed::Decline(q) => MoneyCommand::DeclineQuote {
            quote: no(Series::Quote, q),
            name: words(),
        },
        Deed::Beside(n, request) => {
            let terms = till.account.orders.get(&project(n))?;
            let price = Amount::of_minor(1_234, terms.list.currency()).unwrap();
            let ask = mastering::Charge::Amount { amount: price }.ask("a change", today());
            let quote = Quote::make(&terms.service, 1, &terms.list, &ask).unwrap();
            MoneyCommand::IssueQuote {
                project: project(n),
                quote: Box::new(quote),
                about: QuoteAbout::Request { no: request },
            }
        }
        Deed::EndRequest(n, request) => MoneyCommand::EndRequest {
            project: project(n),
            no: request,
        },
        Deed::Tick => MoneyCommand::KeepTime,
        Deed::Withdraw(q) => MoneyCommand::WithdrawQuote {
            quote: no(Series::Quote, q),
            reason: words(),
            by: words(),
        },
        Deed::FallDue(n, songs) => MoneyCommand::FeeFallsDue {
            project: project(n),
            ask: Ask::songs(songs, today()),
            name: words(),
            fee: FeeDue::AsInvoiced,
        },
        Deed::Pay(i, minor) => MoneyCommand::RecordPayment {
            invoice: no(Series::Invoice, i),
            amount: amount(till, i, minor),
            method: Method::ALL[usize::try_from(i).unwrap() % 4],
            reference: words(),
            by: words(),
        },
        Deed::Credit(n, minor) => MoneyCommand::GiveCredit {
            project: project(n),
            amount: amount(till, n, minor),
            reason: words(),
            by: words(),
        },
        Deed::Redeem(c, i) => MoneyCommand::RedeemCredit {
            credit: no(Series::Credit, c),
            invoice: no(Series::Invoice, i),
        },
        Deed::Refund(i, minor, cause) => MoneyCommand::Refund {
            invoice: no(Series::Invoice, i),
            amount: amount(till, i, minor),
            method: Method::Cash,
            cause: [
                RefundCause::Decision,
                RefundCause::TechnicalFault,
                RefundCause::Overpaid,
            ][usize::from(cause)],
            reason: words(),
            by: words(),
        },
        Deed::Cancel(i) => MoneyCommand::CancelInvoice {
            invoice: no(Series::Invoice, i),
            reason: words(),
            by: words(),
        },
        Deed::Penalise(n, tracks) => MoneyCommand::Penalise {
            project: project(n),
            tracks,
            reason: words(),
            by: words(),
        },
        Deed::Waive(n) => MoneyCommand::WaiveGate {
            project: project(n),
            reason: words(),
            by: words(),
        },
        Deed::Wait(_) => return None,
    })
}

/// Who would give this command.
fn giver(deed: &Deed) -> Actor {
    match deed {
        Deed::Price(..) | Deed::FallDue(..) | Deed::EndRequest(..) | Deed::Tick => Actor::House,
        Deed::Accept(_) | Deed::Decline(_) | Deed::Redeem(..) => client(),
        _ => staff(),
    }
}

fn check(till: &Till) -> Result<(), TestCaseError> {
    // The books balance, in each event and each currency.
    let mut books: BTreeMap<(Book, Currency), i64> = BTreeMap::new();
    for event in &till.events {
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for entry in entries(event) {
            *sums.entry(entry.amount.currency()).or_default() += entry.amount.minor();
            let book = (entry.book, entry.amount.currency());
            *books.entry(book).or_default() += entry.amount.minor();
        }
        prop_assert!(sums.values().all(|sum| *sum == 0), "{event:?}");
    }
    // What clients owe by the books is what their invoices say.
    let mut owed: BTreeMap<Currency, i64> = BTreeMap::new();
    for invoice in till.account.invoices.values() {
        *owed.entry(invoice.total.currency()).or_default() += invoice.open().minor();
    }
    for (currency, open) in owed {
        let booked = books
            .get(&(Book::Receivable, currency))
            .copied()
            .unwrap_or(0);
        prop_assert_eq!(booked, open);
    }
    let credits: i64 = till.account.credits.values().map(|c| c.left.minor()).sum();
    let booked: i64 = books
        .iter()
        .filter(|((book, _), _)| *book == Book::Credits)
        .map(|(_, m)| *m)
        .sum();
    prop_assert_eq!(booked, -credits, "open credits are owed to clients");
    // No number is left out or given twice.
    let mut given: BTreeMap<Series, BTreeSet<u32>> = BTreeMap::new();
    for no in till.events.iter().filter_map(MoneyEvent::numbered) {
        prop_assert!(
            given.entry(no.series).or_default().insert(no.no),
            "{no} twice"
        );
    }
    for (series, numbers) in given {
        let expected: BTreeSet<u32> = (1..).take(numbers.len()).collect();
        prop_assert_eq!(numbers, expected, "{:?}", series);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_ledger_balances_whatever_the_order_of_commands(
        deeds in prop::collection::vec(any_deed(), 0..80),
    ) {
        let mut till = Till::new();
        let mut issued: BTreeMap<DocumentNo, Quote> = BTreeMap::new();
        for deed in &deeds {
            if let Deed::Wait(days) = deed {
                till.now += days * DAY;
            }
            let Some(command) = command(&till, deed) else { continue };
            if till.give(command, &giver(deed)).is_err() {
                continue;
            }
            for (no, quoted) in &till.account.quotes {
                let first = issued.entry(*no).or_insert_with(|| quoted.quote.clone());
                prop_assert_eq!(&*first, &quoted.quote, "an issued quote changed");
            }
        }
        check(&till)?;
        // The journal, written and read back, tells the same story.
        let read: Vec<MoneyEvent> = till
            .events
            .iter()
            .map(|event| MoneyEvent::read(MONEY_SCHEMA, &event.write()).unwrap())
            .collect();
        prop_assert_eq!(&read, &till.events);
        prop_assert_eq!(Account::replay(client_id(), &read), till.account);
    }
}
