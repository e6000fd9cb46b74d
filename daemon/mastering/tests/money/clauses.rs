//! The money clauses of the four source documents, each a named case.

use std::collections::BTreeMap;

use jiff::civil::date;
use mastering::money::*;
use mastering::{Actor, FeeDue, Hold, Refusal};

use crate::account::*;

/// S3, mastering: per song, tiers, the whole programme.
fn mastering() -> PriceList {
    list(
        "per_song = \"90.00 USD\"\n\
         tiers = [{ songs = 4, per_song = \"80.00 USD\" }, { songs = 7, per_song = \"70.00 USD\" }]\n\
         programme = \"750.00 USD\"\n\
         payment = \"deposit\"\n\
         [extras]\nsession_copy = \"25.00 USD\"\nextra_revision = \"30.00 USD\"\nrush = \"100.00 USD\"\n",
    )
}

/// S2, mixing and revisions: paid before work, no refunds, credits.
fn mixing() -> PriceList {
    list(
        "per_song = \"300.00 EUR\"\ntax_basis_points = 1900\npayment = \"before_work\"\n\
         refunds = \"never\"\n\
         instalments = { most = 6, free = 2, surcharge_basis_points = 500, days_apart = 30 }\n\
         [extras]\nrush = \"150.00 EUR\"\nstems = \"40.00 EUR\"\n\
         [sale]\nname = \"Spring sale\"\nuntil = \"2027-03-31\"\nper_song = \"200.00 EUR\"\n",
    )
}

/// The same without the sale.
fn mixing_at_list_price() -> PriceList {
    PriceList {
        sale: None,
        ..mixing()
    }
}

/// S1, instant mastering: the fee falls due on acceptance.
fn instant() -> PriceList {
    list(
        "per_song = \"9.90 EUR\"\npayment = \"on_acceptance\"\nrefunds = \"technical_fault\"\n\
         surcharges = [{ method = \"online\", basis_points = 300 }, { territory = \"US\", basis_points = 1000 }]\n",
    )
}

fn total(list: &PriceList, ask: &Ask) -> String {
    Quote::make("s", 1, list, ask).unwrap().total.to_string()
}

#[test]
fn s3_four_to_six_songs_cost_80_each_and_seven_or_more_70() {
    for (songs, expected) in [
        (3, "270.00 USD"),
        (4, "320.00 USD"),
        (6, "480.00 USD"),
        (7, "490.00 USD"),
        (12, "840.00 USD"),
    ] {
        assert_eq!(total(&mastering(), &Ask::songs(songs, today())), expected);
    }
}

#[test]
fn s3_a_complete_cd_costs_750() {
    let ask = Ask {
        basis: Basis::Programme,
        ..Ask::songs(12, today())
    };
    assert_eq!(total(&mastering(), &ask), "750.00 USD");
    let refused = Quote::make("s", 1, &instant(), &ask).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the price list of this service has no price for a whole programme"
    );
}

#[test]
fn s3_a_copy_of_the_session_is_had_for_a_fee() {
    let ask = Ask {
        extras: BTreeMap::from([(Extra::SessionCopy, 1), (Extra::ExtraRevision, 2)]),
        ..Ask::songs(4, today())
    };
    assert_eq!(total(&mastering(), &ask), "405.00 USD");
}

#[test]
fn s3_the_invoice_follows_the_consultation() {
    let mut till = Till::with(mastering());
    assert_eq!(
        (till.hold(1), till.why(1)),
        (Hold::Everything, vec![Why::NotQuoted])
    );
    let quote = Quote::make("mastering", 1, &mastering(), &Ask::songs(4, today())).unwrap();
    till.issue(1, quote);
    assert_eq!(till.why(1), [Why::QuoteOpen]);
    let first = *till.account.quotes.keys().next().unwrap();
    assert_eq!(
        till.accept(first).unwrap(),
        ["quote_accepted", "invoice_issued"]
    );
    assert_eq!(
        till.account.invoices.keys().next().unwrap().to_string(),
        "INV-0001"
    );
}

#[test]
fn deposit_before_work_and_balance_before_finals() {
    let mut till = Till::with(mastering());
    let (_, invoice) = till.agree(1, &Ask::songs(4, today()));
    let invoice = invoice.unwrap();
    assert_eq!(till.hold(1), Hold::Everything);
    till.pay(invoice, usd("159.99")).unwrap();
    assert_eq!(
        till.hold(1),
        Hold::Everything,
        "a cent is missing of the deposit"
    );
    till.pay(invoice, usd("0.01")).unwrap();
    assert_eq!(
        (till.hold(1), till.why(1)),
        (Hold::Finals, vec![Why::BeforeFinals])
    );
    till.pay(invoice, usd("160.00")).unwrap();
    assert_eq!((till.hold(1), till.why(1)), (Hold::Nothing, vec![]));
}

#[test]
fn s2_paid_in_full_before_work() {
    let mut till = Till::with(mixing_at_list_price());
    let (_, invoice) = till.agree(1, &Ask::songs(1, today()));
    let invoice = invoice.unwrap();
    assert_eq!(
        till.account.invoices[&invoice].total,
        eur("357.00"),
        "19 % on top"
    );
    till.pay(invoice, eur("356.99")).unwrap();
    assert_eq!(till.hold(1), Hold::Everything);
    till.pay(invoice, eur("0.01")).unwrap();
    assert_eq!(till.hold(1), Hold::Nothing);
}

#[test]
fn s2_more_than_two_instalments_cost_extra() {
    let ask = |instalments| Ask {
        instalments,
        ..Ask::songs(1, today())
    };
    let of = |n| Quote::make("s", 1, &mixing_at_list_price(), &ask(n)).unwrap();
    assert_eq!((of(1).net, of(2).net), (eur("300.00"), eur("300.00")));
    assert_eq!(of(3).net, eur("315.00"), "5 % for the third");
    assert_eq!(of(3).lines[1].kind, LineKind::InstalmentSurcharge);
    let parts: Vec<Amount> = of(4).parts.iter().map(|p| p.amount).collect();
    assert_eq!(
        Amount::sum(of(4).total.currency(), parts).unwrap(),
        of(4).total
    );
    assert!(Quote::make("s", 1, &mixing_at_list_price(), &ask(7)).is_err());
}

#[test]
fn s2_agreed_instalments_let_work_start_with_the_first() {
    let mut till = Till::with(mixing_at_list_price());
    let ask = Ask {
        instalments: 2,
        ..Ask::songs(1, today())
    };
    let (_, invoice) = till.agree(1, &ask);
    let invoice = invoice.unwrap();
    till.pay(invoice, eur("178.50")).unwrap();
    assert_eq!(
        (till.hold(1), till.why(1)),
        (Hold::Nothing, vec![Why::Later])
    );
    till.now += 31 * DAY;
    assert_eq!(
        (till.hold(1), till.why(1)),
        (Hold::Finals, vec![Why::Overdue]),
        "the second was not paid by its day"
    );
}

#[test]
fn s2_card_payments_are_noted_and_card_numbers_are_not() {
    let mut till = Till::with(mixing_at_list_price());
    let invoice = till.agree(1, &Ask::songs(1, today())).1.unwrap();
    let mut pay = |reference: &str| {
        let command = MoneyCommand::RecordPayment {
            invoice,
            amount: eur("10.00"),
            method: Method::CardTerminal,
            reference: reference.to_owned(),
            by: "Eva".to_owned(),
        };
        till.give(command, &staff())
    };
    for number in [
        "4111 1111 1111 1111",
        "ref 5500-0000-0000-0004 ok",
        "378282246310005",
    ] {
        assert_eq!(
            pay(number),
            Err(MoneyRefusal::CardNumber.into()),
            "{number}"
        );
    }
    for fine in ["terminal receipt 004711", "4111 1111 1111 1112", ""] {
        assert_eq!(pay(fine), Ok(vec!["payment_received"]), "{fine}");
    }
}

#[test]
fn s2_sale_orders_are_final_even_before_work_begins() {
    let mut till = Till::with(mixing());
    let (quote, invoice) = till.agree(1, &Ask::songs(1, today()));
    let invoice = invoice.unwrap();
    let quoted = &till.account.quotes[&quote].quote;
    assert_eq!(
        (quoted.net, quoted.terms.sale.as_deref()),
        (eur("200.00"), Some("Spring sale"))
    );
    till.pay(invoice, eur("238.00")).unwrap();
    let refused = till.refund(invoice, eur("1.00"), RefundCause::Decision);
    assert_eq!(refused, Err(MoneyRefusal::SaleIsFinal.into()));
    assert_eq!(
        till.credit(1, eur("1.00")),
        Err(MoneyRefusal::SaleIsFinal.into())
    );
}

#[test]
fn s2_a_sale_ends_with_its_last_day() {
    let net = |day| {
        Quote::make("s", 1, &mixing(), &Ask::songs(1, day))
            .unwrap()
            .net
    };
    assert_eq!(net(date(2027, 3, 31)), eur("200.00"));
    assert_eq!(net(date(2027, 4, 1)), eur("300.00"));
}

#[test]
fn s2_no_discount_on_rush_in_a_sale() {
    let ask = Ask {
        extras: BTreeMap::from([(Extra::Rush, 1)]),
        ..Ask::songs(1, today())
    };
    let quote = Quote::make("s", 1, &mixing(), &ask).unwrap();
    assert_eq!(quote.lines[1].sum, eur("150.00"));
    assert_eq!(quote.net, eur("350.00"));
}

#[test]
fn s2_no_refunds_but_a_credit_for_14_days() {
    let mut till = Till::with(mixing_at_list_price());
    till.price(2, mixing_at_list_price());
    let invoice = till.agree(1, &Ask::songs(1, today())).1.unwrap();
    till.pay(invoice, eur("357.00")).unwrap();
    let refused = till.refund(invoice, eur("10.00"), RefundCause::Decision);
    assert_eq!(refused, Err(MoneyRefusal::NoRefunds.into()));

    till.credit(1, eur("50.00")).unwrap();
    let credit = till.last_credit();
    let other = till.agree(2, &Ask::songs(1, today())).1.unwrap();
    till.now += 14 * DAY - 1;
    assert_eq!(till.redeem(credit, other).unwrap(), ["credit_redeemed"]);
    assert_eq!(till.account.invoices[&other].open(), eur("307.00"));
    assert_eq!(
        till.redeem(credit, other),
        Err(MoneyRefusal::UsedUp(credit).into())
    );
}

#[test]
fn s2_a_credit_lapses_after_14_days() {
    let mut till = Till::with(mixing_at_list_price());
    till.credit(1, eur("50.00")).unwrap();
    let credit = till.last_credit();
    let invoice = till.agree(1, &Ask::songs(1, today())).1.unwrap();
    till.now += 14 * DAY;
    assert_eq!(
        till.redeem(credit, invoice),
        Err(MoneyRefusal::Lapsed(credit).into())
    );
    let codes = till.pay(invoice, eur("1.00")).unwrap();
    assert_eq!(
        codes,
        ["credit_lapsed", "payment_received"],
        "the books know it as well"
    );
    assert!(till.account.credits[&credit].left.is_zero());
}

#[test]
fn s1_the_fee_follows_the_price_list_and_falls_due_on_acceptance() {
    let mut till = Till::with(instant());
    assert_eq!(till.hold(1), Hold::Finals, "work starts at once");
    let fall_due = || MoneyCommand::FeeFallsDue {
        project: project(1),
        ask: Ask::songs(2, today()),
        name: "Ada Client".to_owned(),
        fee: FeeDue::AsInvoiced,
    };
    let codes = till.give(fall_due(), &Actor::House).unwrap();
    assert_eq!(codes, ["quote_issued", "quote_accepted", "invoice_issued"]);
    assert_eq!(
        (till.hold(1), till.why(1)),
        (Hold::Finals, vec![Why::OnAcceptance])
    );
    assert_eq!(till.give(fall_due(), &Actor::House), Err(Refusal::Already));
    let invoice = *till.account.invoices.keys().next().unwrap();
    till.pay(invoice, eur("19.80")).unwrap();
    assert_eq!(till.hold(1), Hold::Nothing);
}

#[test]
fn s1_a_surcharge_by_payment_method_or_territory_is_possible() {
    let ask = Ask {
        method: Method::Online,
        territory: Some("US".to_owned()),
        ..Ask::songs(10, today())
    };
    assert_eq!(total(&instant(), &ask), "111.87 EUR");
    assert_eq!(total(&instant(), &Ask::songs(10, today())), "99.00 EUR");
}

#[test]
fn s1_refund_only_for_technical_errors_in_the_mastered_files() {
    let mut till = Till::with(instant());
    let fall_due = MoneyCommand::FeeFallsDue {
        project: project(1),
        ask: Ask::songs(1, today()),
        name: "Ada".to_owned(),
        fee: FeeDue::AsInvoiced,
    };
    till.give(fall_due, &Actor::House).unwrap();
    let invoice = *till.account.invoices.keys().next().unwrap();
    till.pay(invoice, eur("9.90")).unwrap();
    let refused = till.refund(invoice, eur("9.90"), RefundCause::Decision);
    assert_eq!(refused, Err(MoneyRefusal::OnlyForFaults.into()));
    let done = till.refund(invoice, eur("9.90"), RefundCause::TechnicalFault);
    assert_eq!(done.unwrap(), ["refunded"]);
    let again = till.refund(invoice, eur("0.01"), RefundCause::TechnicalFault);
    assert_eq!(
        again.unwrap_err().to_string(),
        "at most 0.00 EUR can be given back"
    );
}

#[test]
fn s1_proven_fraud_costs_100_euros_per_track_ends_the_account_and_gives_nothing_back() {
    let mut till = Till::with(instant());
    let fall_due = MoneyCommand::FeeFallsDue {
        project: project(1),
        ask: Ask::songs(3, today()),
        name: "Ada".to_owned(),
        fee: FeeDue::AsInvoiced,
    };
    till.give(fall_due, &Actor::House).unwrap();
    let invoice = *till.account.invoices.keys().next().unwrap();
    till.pay(invoice, eur("29.70")).unwrap();
    let penalty = MoneyCommand::Penalise {
        project: project(1),
        tracks: 3,
        reason: "the recordings are somebody else's".to_owned(),
        by: "Eva".to_owned(),
    };
    let codes = till.give(penalty, &staff()).unwrap();
    assert_eq!(codes, ["invoice_issued", "account_ended"]);
    let (_, penalty) = till.account.invoices.iter().next_back().unwrap();
    assert_eq!(penalty.total, eur("300.00"));
    assert_eq!(till.hold(1), Hold::Everything);
    let refused = till.refund(invoice, eur("1.00"), RefundCause::TechnicalFault);
    assert_eq!(refused, Err(MoneyRefusal::Ended.into()));
}

#[test]
fn refunds_are_given_by_a_person_with_a_reason_only() {
    let mut till = Till::with(mastering());
    let invoice = till.agree(1, &Ask::songs(4, today())).1.unwrap();
    till.pay(invoice, usd("320.00")).unwrap();
    let refund = |reason: &str| MoneyCommand::Refund {
        invoice,
        amount: usd("20.00"),
        method: Method::Bank,
        cause: RefundCause::Decision,
        reason: reason.to_owned(),
        by: "Eva".to_owned(),
    };
    for by in [Actor::House, client()] {
        assert!(matches!(
            till.give(refund("why"), &by),
            Err(Refusal::NotYours { .. })
        ));
    }
    assert_eq!(
        till.give(refund("  "), &staff()),
        Err(Refusal::Missing { what: "the reason" })
    );
    assert_eq!(
        till.give(refund("a late song"), &staff()).unwrap(),
        ["refunded"]
    );
}

#[test]
fn what_was_paid_twice_is_given_back_whatever_the_rule() {
    let mut till = Till::with(mixing());
    let invoice = till.agree(1, &Ask::songs(1, today())).1.unwrap();
    till.pay(invoice, eur("238.00")).unwrap();
    till.pay(invoice, eur("238.00")).unwrap();
    let too_much = till.refund(invoice, eur("238.01"), RefundCause::Overpaid);
    assert!(too_much.is_err());
    till.refund(invoice, eur("238.00"), RefundCause::Overpaid)
        .unwrap();
    assert!(till.account.invoices[&invoice].open().is_zero());
}

#[test]
fn a_changed_price_never_changes_an_issued_quote() {
    let mut till = Till::with(mastering());
    let (no, _) = till.agree(1, &Ask::songs(4, today()));
    let before = till.account.quotes[&no].quote.clone();
    let dearer = PriceList {
        per_song: usd("200.00"),
        tiers: Vec::new(),
        ..mastering()
    };
    till.price(2, dearer);
    till.agree(2, &Ask::songs(4, today()));
    assert_eq!(till.account.quotes[&no].quote, before);
    assert_eq!(
        till.terms(1).list,
        mastering(),
        "the order keeps the list it was opened with"
    );
}

#[test]
fn a_cancelled_invoice_holds_the_work_again_and_only_an_unpaid_one_is_cancelled() {
    let mut till = Till::with(mixing_at_list_price());
    let cancel = |invoice| MoneyCommand::CancelInvoice {
        invoice,
        reason: "wrong address".to_owned(),
        by: "Eva".to_owned(),
    };
    let first = till.agree(1, &Ask::songs(1, today())).1.unwrap();
    assert_eq!(
        till.give(cancel(first), &staff()).unwrap(),
        ["invoice_cancelled"]
    );
    assert_eq!(
        (till.hold(1), till.why(1)),
        (Hold::Everything, vec![Why::NotQuoted])
    );
    assert_eq!(
        till.pay(first, eur("1.00")),
        Err(MoneyRefusal::Cancelled(first).into())
    );
    let second = till.agree(1, &Ask::songs(1, today())).1.unwrap();
    till.pay(second, eur("1.00")).unwrap();
    assert_eq!(
        till.give(cancel(second), &staff()),
        Err(MoneyRefusal::PaidOn(second).into())
    );
}

#[test]
fn a_person_may_let_the_work_go_on_without_the_money() {
    let mut till = Till::with(mixing_at_list_price());
    till.agree(1, &Ask::songs(1, today()));
    let waive = MoneyCommand::WaiveGate {
        project: project(1),
        reason: "an old friend".to_owned(),
        by: "Eva".to_owned(),
    };
    assert!(till.give(waive.clone(), &client()).is_err());
    till.give(waive, &staff()).unwrap();
    assert_eq!(
        (till.hold(1), till.why(1)),
        (Hold::Nothing, vec![Why::BeforeWork])
    );
}

#[test]
fn an_order_without_a_price_list_waits_for_nothing() {
    let till = Till::new();
    assert_eq!((till.hold(1), till.why(1)), (Hold::Nothing, vec![]));
}

#[test]
fn a_quote_of_further_work_holds_nothing_up_until_it_is_accepted() {
    let mut till = Till::with(mixing_at_list_price());
    let invoice = till.agree(1, &Ask::songs(1, today())).1.unwrap();
    till.pay(invoice, eur("357.00")).unwrap();
    let more = Quote::make("s", 1, &mixing_at_list_price(), &Ask::songs(1, today())).unwrap();
    till.issue(1, more);
    assert_eq!(till.hold(1), Hold::Nothing);
    let second = *till.account.quotes.keys().next_back().unwrap();
    till.accept(second).unwrap();
    assert_eq!(till.hold(1), Hold::Everything);
}

#[test]
fn the_prices_that_the_example_shows_are_read_when_their_marks_are_taken_away() {
    let example = include_str!("../../../../config/services.toml");
    let lines = example
        .lines()
        .skip_while(|line| *line != "# [services.mastering.price]")
        .take_while(|line| line.starts_with('#'));
    let prices: Vec<&str> = lines
        .map(|line| line.trim_start_matches('#').trim_start())
        .filter(|line| line.contains('=') || line.starts_with('['))
        .filter(|line| !line.ends_with('.') && !line.ends_with(','))
        .collect();
    assert_eq!(
        mastering::Catalogue::house().services["mastering"].price,
        None
    );
    let catalogue = mastering::Catalogue::read(&format!("{example}\n{}", prices.join("\n")));
    let price = catalogue.unwrap().services["mastering"]
        .price
        .clone()
        .unwrap();
    assert_eq!(price.extras.len(), Extra::ALL.len());
    assert_eq!(
        total(&price, &Ask::songs(12, date(2028, 1, 1))),
        "840.00 USD"
    );
}
