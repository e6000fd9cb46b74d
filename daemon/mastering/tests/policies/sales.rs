//! What distributors report and what is paid out; a removal that is taken back (S4).

use mastering::money::{Amount, BasisPoints};
use mastering::{Actor, Command, Refusal, SalesCommand};

use crate::order::{Order, client, staff};
use crate::releases::{ask_removal, gone, out};

fn eur(text: &str) -> Amount {
    format!("{text} EUR").parse().unwrap()
}

fn ask(order: &mut Order, balance: &str) -> Result<Vec<&'static str>, Refusal> {
    let command = SalesCommand::AskPayout {
        balance: eur(balance),
        by: "Ada".to_owned(),
    };
    order.give(Command::Sales(command), &client())
}

fn pay(order: &mut Order, amount: &str, balance: &str) -> Result<Vec<&'static str>, Refusal> {
    let command = SalesCommand::NotePayout {
        amount: eur(amount),
        paid_on: "2026-11-21".parse().unwrap(),
        words: "to Ada by bank".to_owned(),
        balance: eur(balance),
        by: "Eva".to_owned(),
    };
    order.give(Command::Sales(command), &staff())
}

#[test]
fn s4_payout_on_request_from_a_minimum() {
    let mut order = out();
    assert_eq!(order.project.rules.release.payout_minimum, 2_500);
    assert_eq!(order.project.rules.release.payout_share, BasisPoints::WHOLE);
    let refused = ask(&mut order, "24.99").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "24.99 EUR can be paid out, and payouts begin at 25.00 EUR"
    );
    assert_eq!(ask(&mut order, "25.00").unwrap(), ["payout_asked"]);
    assert_eq!(ask(&mut order, "26.00"), Err(Refusal::Already), "it waits");
    for (amount, balance) in [("25.01", "25.00"), ("0.00", "25.00"), ("-1.00", "25.00")] {
        let refused = pay(&mut order, amount, balance);
        assert!(
            matches!(refused, Err(Refusal::MoreThanEarned { .. })),
            "{amount}"
        );
    }
    assert_eq!(pay(&mut order, "25.00", "25.00").unwrap(), ["paid_out"]);
    assert_eq!(order.project.paid_out("EUR".parse().unwrap()), 2_500);
    assert_eq!(order.project.paid_out("USD".parse().unwrap()), 0);
    assert!(
        order.project.payouts_asked.is_empty(),
        "nobody waits any more"
    );
    assert_eq!(ask(&mut order, "25.00").unwrap(), ["payout_asked"]);
    // Whoever keeps the books notes it, nobody else.
    let by_client = SalesCommand::NotePayout {
        amount: eur("1.00"),
        paid_on: "2026-11-21".parse().unwrap(),
        words: "to me".to_owned(),
        balance: eur("25.00"),
        by: "Ada".to_owned(),
    };
    assert!(order.give(Command::Sales(by_client), &client()).is_err());
}

#[test]
fn s4_each_report_is_told_once() {
    let mut order = out();
    let told = |report: u32| {
        Command::Sales(SalesCommand::Report {
            report,
            distributor: "Distributor".to_owned(),
            quarter: "2026-Q3".to_owned(),
        })
    };
    assert!(
        order.give(told(1), &staff()).is_err(),
        "only the house tells"
    );
    assert_eq!(
        order.give(told(1), &Actor::House).unwrap(),
        ["sales_reported"]
    );
    assert_eq!(order.give(told(1), &Actor::House), Err(Refusal::Already));
    assert_eq!(
        order.give(told(2), &Actor::House).unwrap(),
        ["sales_reported"]
    );
}

#[test]
fn a_removal_can_be_taken_back_for_the_shops_whose_links_live() {
    let mut order = out();
    ask_removal(&mut order, &[]).unwrap();
    gone(&mut order, "Tidal").unwrap();
    let back = Command::WithdrawRemoval {
        no: 1,
        by: "Ada".to_owned(),
    };
    assert_eq!(
        order.give(back.clone(), &client()).unwrap(),
        ["removal_withdrawn"]
    );
    assert!(order.give(back, &client()).is_err(), "once");
    assert!(!order.project.is_being_removed(), "nothing is under way");
    assert!(gone(&mut order, "Qobuz").is_err(), "Qobuz keeps it");
    // Where it is gone it is gone; where it stayed it can be asked for again.
    assert_eq!(ask_removal(&mut order, &["Tidal"]), Err(Refusal::Already));
    assert_eq!(
        ask_removal(&mut order, &["Qobuz"]).unwrap(),
        ["removal_asked"]
    );
    let shop = "Qobuz".to_owned();
    order
        .give(Command::RecordShopGone { no: 2, shop }, &staff())
        .unwrap();
    let done = Command::WithdrawRemoval {
        no: 2,
        by: "Ada".to_owned(),
    };
    assert!(order.give(done, &client()).is_err(), "it is done");
}
