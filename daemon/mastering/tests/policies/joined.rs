//! Money and calendar together: an order beside its client's account, each told what the other says.

use jiff::civil::date;
use mastering::money::*;
use mastering::*;
use proptest::prelude::*;

use crate::order::*;

const DAY: i64 = 86_400_000;

const MASTERING: &str = "per_song = \"90.00 EUR\"\npayment = \"deposit\"\n\
    [extras]\nextra_revision = \"30.00 EUR\"\nedit = \"25.00 EUR\"\nlate_format = \"15.00 EUR\"\n\
    rush = \"100.00 EUR\"\n";
const MIXING: &str = "per_song = \"300.00 EUR\"\npayment = \"before_work\"\nrefunds = \"never\"\n\
    [extras]\nextra_revision = \"40.00 EUR\"\n";
const INSTANT: &str = "per_song = \"9.90 EUR\"\npayment = \"on_acceptance\"\n\
    refunds = \"technical_fault\"\n";

/// An order and its client's account, joined as the studio joins them.
struct Studio {
    order: Order,
    account: Account,
    numbers: Vec<DocumentNo>,
}

impl Studio {
    fn of(service: &str, list: &str) -> Self {
        let list: PriceList = toml::from_str(list).unwrap();
        let order = Order::of(service);
        let mut studio = Self {
            account: Account::new(person(2)),
            numbers: Vec::new(),
            order,
        };
        let priced = MoneyCommand::PriceOrder {
            project: studio.id(),
            order: studio.order.project.number,
            service: service.to_owned(),
            version: 1,
            list: Box::new(list.checked().unwrap()),
        };
        studio.money(priced, &Actor::House).unwrap();
        studio
    }

    fn id(&self) -> ProjectId {
        self.order.project.id.clone()
    }

    fn money(&mut self, command: MoneyCommand, by: &Actor) -> Result<Vec<&'static str>, Refusal> {
        let mut last = std::collections::BTreeMap::new();
        for no in &self.numbers {
            last.insert(no.series, no.no);
        }
        let next = NextNumbers::after(last);
        let told = decide_money(&self.account, command, by, self.order.now, next)?;
        for event in &told {
            self.account.apply(event);
            self.numbers.extend(event.numbered());
        }
        self.join();
        Ok(told.iter().map(MoneyEvent::code).collect())
    }

    /// Carries over what the account says to the order.
    fn join(&mut self) {
        for command in self.account.tells(&self.order.project, self.order.now) {
            self.order.give(command, &Actor::House).unwrap();
        }
        let left = self.account.tells(&self.order.project, self.order.now);
        assert_eq!(left, [], "told twice, nothing is left to tell");
    }

    fn terms(&self) -> OrderTerms {
        self.account.orders[&self.id()].clone()
    }

    fn issue(&mut self, ask: &Ask, about: QuoteAbout, by: &Actor) -> DocumentNo {
        let terms = self.terms();
        let quote = Quote::make(&terms.service, terms.version, &terms.list, ask).unwrap();
        let issue = MoneyCommand::IssueQuote {
            project: self.id(),
            quote: Box::new(quote),
            about,
        };
        self.money(issue, by).unwrap();
        *self.account.quotes.keys().next_back().unwrap()
    }

    fn accept(&mut self, quote: DocumentNo) {
        let name = "Ada".to_owned();
        let accept = MoneyCommand::AcceptQuote { quote, name };
        self.money(accept, &client()).unwrap();
    }

    fn agree_on_one_song(&mut self) -> DocumentNo {
        let ask = Ask::songs(1, date(2026, 11, 23));
        let quote = self.issue(&ask, QuoteAbout::Order, &staff());
        self.accept(quote);
        quote
    }

    /// Pays everything that is open of the newest invoice.
    fn pay_all(&mut self) {
        let (no, invoice) = self.account.invoices.iter().next_back().unwrap();
        let pay = MoneyCommand::RecordPayment {
            invoice: *no,
            amount: invoice.open(),
            method: Method::Bank,
            reference: String::new(),
            by: "Eva".to_owned(),
        };
        self.money(pay, &staff()).unwrap();
    }

    /// The studio says that the request costs; the quote for it follows.
    fn charge(&mut self, answer: Answer, charge: Charge) -> DocumentNo {
        self.order.answer_for(answer, Some(charge)).unwrap();
        let request = self.order.project.open_request().unwrap();
        let (no, words) = (request.no, request.words.clone());
        let ask = charge.ask(&words, date(2026, 11, 24));
        self.issue(&ask, QuoteAbout::Request { no }, &Actor::House)
    }

    fn hold(&self) -> Hold {
        self.order.project.hold
    }

    fn estimate(&self) -> Estimate {
        let order = &self.order;
        order.project.estimate(&catalogue().calendar, order.now)
    }
}

fn by_list(studio: &Studio, answer: Answer) -> Charge {
    let topics = &studio.order.project.requests.last().unwrap().topics;
    Project::charge_for(answer, topics).unwrap()
}

/// Heard, with the order's own price agreed and paid.
fn heard_and_paid(service: &str, list: &str) -> Studio {
    let mut studio = Studio::of(service, list);
    studio.agree_on_one_song();
    if !studio.account.invoices.is_empty() {
        studio.pay_all();
    }
    studio.order.take_mix();
    studio.order.deliver(1);
    studio
}

#[test]
fn the_queue_counts_from_the_moment_of_the_deposit() {
    let mut studio = Studio::of("mastering", MASTERING);
    studio.join();
    studio.order.take_mix();
    assert_eq!(studio.order.project.paid_to_start(), Paid::Awaited);
    assert_eq!(studio.estimate().depends, [Depends::Payment]);
    studio.order.when("2026-11-24T09:00");
    studio.agree_on_one_song();
    assert_eq!(studio.hold(), Hold::Everything, "accepted is not paid");
    studio.order.when("2026-11-26T09:00");
    let invoice = *studio.account.invoices.keys().next().unwrap();
    let deposit = MoneyCommand::RecordPayment {
        invoice,
        amount: "45.00 EUR".parse().unwrap(),
        method: Method::Bank,
        reference: String::new(),
        by: "Eva".to_owned(),
    };
    studio.money(deposit, &staff()).unwrap();
    assert_eq!(studio.hold(), Hold::Finals);
    let estimate = studio.estimate();
    assert_eq!(estimate.started_at, Some(at("2026-11-26T09:00")));
    assert_eq!(estimate.due_at, Some(at("2026-11-29T09:00")));
    // The finals and the previews still wait for the balance.
    assert_eq!(studio.order.project.paid_for_finals(), Paid::Awaited);
    studio.pay_all();
    let paid = Paid::EnoughAt(at("2026-11-26T09:00"));
    assert_eq!(studio.order.project.paid_for_finals(), paid);
}

#[test]
fn a_preview_until_paid_ends_with_the_payment_and_not_with_the_approval() {
    let mut studio = heard_and_paid("instant", INSTANT);
    studio.order.project.rules.preview = Preview {
        form: PreviewForm::Marked,
        until: PreviewUntil::Paid,
        ..Preview::default()
    };
    let heard = |studio: &Studio| studio.order.project.preview_form(Trust::Usual);
    assert_eq!(heard(&studio), PreviewForm::Marked);
    let mut project = studio.order.project.clone();
    project.rules.preview.until = PreviewUntil::Approved;
    assert_eq!(project.preview_form(Trust::Trusted), PreviewForm::Lossless);
    studio.order.project.rules.preview.until = PreviewUntil::Paid;
    let fee = MoneyCommand::FeeFallsDue {
        project: studio.id(),
        ask: Ask::songs(1, date(2026, 11, 24)),
        name: "Ada".to_owned(),
        fee: FeeDue::OnApproval,
    };
    // The presets of the house stand in the journal; here only the account goes on.
    let preset = studio.order.project.rules.preview.clone();
    studio.order.project.rules.preview = Preview::default();
    studio.order.approve(&client()).unwrap();
    studio.money(fee, &Actor::House).unwrap();
    studio.order.project.rules.preview = preset.clone();
    assert_eq!(heard(&studio), PreviewForm::Marked, "approved, not paid");
    studio.order.project.rules.preview = Preview::default();
    studio.pay_all();
    studio.order.project.rules.preview = preset;
    assert_eq!(heard(&studio), PreviewForm::Lossless);
}

#[test]
fn s2_a_request_that_costs_is_quoted_at_the_list_price_and_begins_when_accepted_and_paid() {
    let mut studio = heard_and_paid("mixing_revision", MIXING);
    studio.order.when("2027-02-15T10:00");
    studio.order.tick();
    let late = studio.order.ask(&[Topic::Tone]).unwrap();
    assert_eq!(late, ["revision_requested"], "nothing opens by itself");
    let charge = by_list(&studio, Answer::Charged);
    let quote = studio.charge(Answer::Charged, charge);
    let total = studio.account.quotes[&quote].quote.total;
    assert_eq!(total.to_string(), "40.00 EUR");
    assert_eq!(
        studio.hold(),
        Hold::Nothing,
        "only the request waits for it"
    );
    // The yes is the acceptance of the quote, from nobody else.
    let agree = Command::AgreeToRequest {
        no: 1,
        by: "Ada".to_owned(),
    };
    for somebody in [client(), staff()] {
        let refused = studio.order.give(agree.clone(), &somebody);
        assert_eq!(refused, Err(Refusal::AcceptTheQuote));
    }
    studio.accept(quote);
    let revision = RevisionNo::FIRST.next();
    assert_eq!(studio.order.project.stage, Stage::Adjusting { revision });
    assert_eq!(studio.hold(), Hold::Everything, "paid in full before work");
    assert_eq!(
        studio.order.give(Command::StartMastering, &staff()),
        Err(Refusal::NothingChanged(RevisionNo::FIRST))
    );
    studio.order.when("2027-02-17T10:00");
    studio.pay_all();
    assert_eq!(studio.hold(), Hold::Nothing);
    assert_eq!(studio.estimate().started_at, Some(at("2027-02-17T10:00")));
    studio.order.deliver(2);
    assert_eq!(
        studio.order.project.rounds_used(),
        0,
        "a paid round does not count"
    );
}

#[test]
fn declining_a_quote_ends_its_request_and_so_does_its_last_day() {
    for lapses in [false, true] {
        let mut studio = heard_and_paid("mastering", MASTERING);
        studio.order.ask(&[Topic::Edit, Topic::Addition]).unwrap();
        let charge = by_list(&studio, Answer::NewWork);
        let quote = studio.charge(Answer::NewWork, charge);
        assert_eq!(
            studio.account.quotes[&quote].quote.total.to_string(),
            "25.00 EUR"
        );
        assert_eq!(studio.order.project.turn().turn, Turn::Agreement);
        if lapses {
            studio.order.now += 30 * DAY - 1;
            assert_eq!(
                studio.money(MoneyCommand::KeepTime, &Actor::House).unwrap(),
                [""; 0]
            );
            studio.order.now += 1;
            let told = studio.money(MoneyCommand::KeepTime, &Actor::House);
            assert_eq!(told.unwrap(), ["quote_lapsed"]);
            let name = "Ada".to_owned();
            let late = studio.money(MoneyCommand::AcceptQuote { quote, name }, &client());
            assert_eq!(late, Err(MoneyRefusal::QuoteClosed(quote).into()));
        } else {
            let name = "Ada".to_owned();
            let decline = MoneyCommand::DeclineQuote { quote, name };
            assert_eq!(
                studio.money(decline, &client()).unwrap(),
                ["quote_declined"]
            );
        }
        let request = studio.order.project.requests.last().unwrap();
        assert_eq!(request.outcome, Outcome::Withdrawn);
        assert_eq!(studio.order.project.turn().turn, Turn::Listening);
        assert_eq!(studio.hold(), Hold::Nothing);
    }
}

#[test]
fn taking_a_request_back_takes_its_quote_back() {
    let mut studio = heard_and_paid("mastering", MASTERING);
    studio.order.ask(&[Topic::NewFile]).unwrap();
    let charge = by_list(&studio, Answer::NewWork);
    assert_eq!(charge, Charge::Songs { songs: 1 });
    let quote = studio.charge(Answer::NewWork, charge);
    let back = Command::WithdrawRequest { no: 1 };
    studio.order.give(back, &client()).unwrap();
    let (project, no) = (studio.id(), 1);
    let end = MoneyCommand::EndRequest { project, no };
    studio.money(end, &Actor::House).unwrap();
    let state = &studio.account.quotes[&quote].state;
    assert!(matches!(state, QuoteState::Withdrawn { .. }), "{state:?}");
}

#[test]
fn a_change_of_sound_after_approval_is_quoted_and_what_was_delivered_stays_until_the_next() {
    let mut studio = heard_and_paid("mastering", MASTERING);
    studio.order.approve(&client()).unwrap();
    studio.order.finish();
    let first = studio.order.project.finals.clone();
    // A correction of metadata reopens nothing and costs nothing.
    let mark = Command::MarkTrack {
        track: studio.order.track(),
        isrc: "DE-A12-26-00001".to_owned(),
        credits: "Ada".to_owned(),
    };
    let stage = studio.order.project.stage;
    studio.order.give(mark, &client()).unwrap();
    assert_eq!(studio.order.project.stage, stage);
    // A change of sound is asked for, quoted, and opens nothing by itself.
    assert_eq!(
        studio.order.ask(&[Topic::Level]).unwrap(),
        ["revision_requested"]
    );
    assert_eq!(studio.order.proposal().answer, Answer::Charged);
    let charge = by_list(&studio, Answer::Charged);
    let quote = studio.charge(Answer::Charged, charge);
    studio.accept(quote);
    studio.pay_all();
    studio.order.deliver(2);
    let project = &studio.order.project;
    assert_eq!(
        (project.approval.is_none(), project.earlier_approvals.len()),
        (true, 1)
    );
    assert_eq!(project.finals, first, "still the client's");
    // Another change costs again: a paid one brings no free rounds back.
    assert_eq!(project.rounds_left(), Some(0));
    studio.order.approve(&client()).unwrap();
    assert!(
        studio.order.project.finals.is_empty(),
        "the old ones are not offered for the new"
    );
    assert_eq!(
        studio
            .order
            .give(Command::OfferFinals, &Actor::House)
            .unwrap_err(),
        Refusal::OutOfOrder {
            stage: "approved, its finals in the making"
        }
    );
    studio.order.finish();
}

#[test]
fn s1_accepting_makes_the_fee_due_once_and_a_technical_fault_reopens_it_free() {
    let mut studio = Studio::of("instant", "per_song = \"9.90 EUR\"\n");
    studio.order.take_mix();
    studio.order.deliver(1);
    studio.order.approve(&client()).unwrap();
    let fee = |studio: &Studio| MoneyCommand::FeeFallsDue {
        project: studio.id(),
        ask: Ask::songs(1, date(2026, 11, 24)),
        name: "Ada".to_owned(),
        // As the order's own rules say, whatever the list says of gates.
        fee: studio.order.project.rules.approval.fee,
    };
    let due = fee(&studio);
    let told = studio.money(due, &Actor::House).unwrap();
    assert_eq!(told, ["quote_issued", "quote_accepted", "invoice_issued"]);
    let fault = Command::ReportFault {
        words: "a click at 1:02".to_owned(),
        by: "Eva".to_owned(),
    };
    studio.order.give(fault, &staff()).unwrap();
    studio.order.deliver(2);
    studio.order.approve(&client()).unwrap();
    let again = fee(&studio);
    assert_eq!(studio.money(again, &Actor::House), Err(Refusal::Already));
    assert_eq!(studio.account.invoices.len(), 1);
}

#[test]
fn an_instalment_that_is_not_paid_locks_by_time_alone() {
    let mut studio = Studio::of("mixing_revision", MIXING);
    let ask = Ask {
        instalments: 2,
        ..Ask::songs(1, date(2026, 11, 23))
    };
    let quote = studio.issue(&ask, QuoteAbout::Order, &staff());
    studio.accept(quote);
    let invoice = *studio.account.invoices.keys().next().unwrap();
    let first = MoneyCommand::RecordPayment {
        invoice,
        amount: "150.00 EUR".parse().unwrap(),
        method: Method::Cash,
        reference: String::new(),
        by: "Eva".to_owned(),
    };
    studio.money(first, &staff()).unwrap();
    assert_eq!(studio.hold(), Hold::Nothing);
    studio.order.now += 31 * DAY;
    let told = studio.money(MoneyCommand::KeepTime, &Actor::House).unwrap();
    assert_eq!((told.len(), studio.hold()), (0, Hold::Finals));
    studio.pay_all();
    assert_eq!(studio.hold(), Hold::Nothing);
}

#[test]
fn s2_a_sale_order_is_final_has_no_set_turnaround_and_no_unlimited_rounds() {
    let sale = "[sale]\nname = \"Spring sale\"\nuntil = \"2027-03-31\"\n\
        per_song = \"200.00 EUR\"\nfree_rounds = 1\n";
    let mut studio = heard_and_paid("mixing_revision", &format!("{MIXING}{sale}"));
    let sold = studio.order.project.sale.clone().unwrap();
    assert_eq!(
        (sold.name.as_str(), sold.free_rounds),
        ("Spring sale", Some(1))
    );
    assert_eq!(studio.order.project.rounds_left(), Some(1));
    studio.order.ask(&[Topic::Tone]).unwrap();
    let estimate = studio.estimate();
    assert_eq!((estimate.span, estimate.due_at), (None, None));
    let invoice = *studio.account.invoices.keys().next().unwrap();
    let refund = MoneyCommand::Refund {
        invoice,
        amount: "1.00 EUR".parse().unwrap(),
        method: Method::Bank,
        cause: RefundCause::Decision,
        reason: "asked".to_owned(),
        by: "Eva".to_owned(),
    };
    assert_eq!(
        studio.money(refund, &staff()),
        Err(MoneyRefusal::SaleIsFinal.into())
    );
    // Who buys rush beside it pays the list price, and has a date again.
    let mut rushed = Studio::of("mastering", &format!("{MASTERING}{sale}"));
    rushed.agree_on_one_song();
    assert_eq!(rushed.estimate().span, None);
    let lane = Command::ChooseLane {
        lane: Lane::Rush,
        by: "Eva".to_owned(),
    };
    rushed.order.give(lane, &staff()).unwrap();
    assert_eq!(rushed.estimate().span, Some(Span::hours(24)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    /// Whatever is quoted, accepted, declined, paid or left lying: an order waits for exactly what its
    /// account says, a request that costs opens only after its quote was accepted, and no finals are
    /// offered while money holds them.
    #[test]
    fn an_order_and_its_account_never_disagree(
        steps in prop::collection::vec((0..9u8, 0..40i64), 0..50),
        service in prop_oneof![Just(("mastering", MASTERING)), Just(("mixing_revision", MIXING)), Just(("instant", INSTANT))],
    ) {
        let mut studio = Studio::of(service.0, service.1);
        studio.agree_on_one_song();
        studio.order.take_mix();
        for (step, days) in steps {
            studio.order.now += days * DAY / 8;
            let open = studio.account.quotes.iter();
            let open = open.filter(|(_, q)| q.state == QuoteState::Open).map(|(no, _)| *no).next();
            let name = || "Ada".to_owned();
            match (step, open) {
                (0, _) => drop(studio.order.ask(&[Topic::Tone])),
                (1, None) => {
                    let waits = studio.order.project.open_request().is_some_and(|r| r.answer.is_none());
                    if waits {
                        studio.charge(Answer::Charged, Charge::Amount { amount: "12.00 EUR".parse().unwrap() });
                    }
                }
                (2, Some(quote)) => drop(studio.money(MoneyCommand::AcceptQuote { quote, name: name() }, &client())),
                (3, Some(quote)) => drop(studio.money(MoneyCommand::DeclineQuote { quote, name: name() }, &client())),
                (4, _) => drop(studio.money(MoneyCommand::KeepTime, &Actor::House)),
                (5, _) if studio.account.invoices.values().any(|i| i.open().is_positive()) => {
                    let (no, open) = studio.account.invoices.iter().map(|(no, i)| (*no, i.open())).find(|(_, open)| open.is_positive()).unwrap();
                    let pay = MoneyCommand::RecordPayment { invoice: no, amount: open, method: Method::Cash, reference: String::new(), by: name() };
                    studio.money(pay, &staff()).unwrap();
                }
                (6, _) if studio.hold() != Hold::Everything => {
                    if let Stage::Adjusting { .. } | Stage::Mastering { .. } = studio.order.project.stage {
                        studio.order.deliver(u64::try_from(studio.order.journal.len()).unwrap());
                    }
                }
                (7, _) => drop(studio.order.approve(&client())),
                (8, _) => drop(studio.order.give(Command::OfferFinals, &Actor::House)),
                _ => {}
            }
            studio.join();
            let gate = studio.account.gate(&studio.id(), studio.order.now);
            prop_assert_eq!(studio.hold(), gate.hold);
            for request in &studio.order.project.requests {
                let about = QuoteAbout::Request { no: request.no };
                let has_yes = studio.account.quotes.values().any(|q| {
                    q.about == about && matches!(q.state, QuoteState::Accepted { .. })
                });
                let is_charged = request.answer.as_ref().is_some_and(|a| a.charge.is_some());
                let is_open = matches!(request.outcome, Outcome::Opened { .. });
                prop_assert!(!(is_charged && is_open) || has_yes);
            }
        }
    }
}

/// Mastering with a rush and late formats on its list.
const RUSHED: &str = "per_song = \"90.00 EUR\"\npayment = \"no_gate\"\n\
    [extras]\nrush = \"100.00 EUR\"\nlate_format = \"15.00 EUR\"\n";

fn extras_alone() -> Ask {
    Ask {
        basis: Basis::Extras,
        ..Ask::songs(0, date(2026, 11, 23))
    }
}

#[test]
fn accepting_a_rush_puts_the_order_into_its_lane_once() {
    let mut studio = Studio::of("mastering", RUSHED);
    let mut ask = extras_alone();
    ask.extras.insert(Extra::Rush, 1);
    let quote = studio.issue(&ask, QuoteAbout::Extras, &staff());
    assert_eq!(
        studio.order.project.lane,
        Lane::Usual,
        "offered is not sold"
    );
    studio.accept(quote);
    assert_eq!(studio.order.project.lane, Lane::Rush);
    assert_eq!(studio.order.journal.last().unwrap().code(), "rush_sold");
    studio.order.take_mix();
    assert_eq!(studio.estimate().span, Some(Span::hours(24)));
    // A person may put it back; the account does not insist.
    let back = Command::ChooseLane {
        lane: Lane::Usual,
        by: "Eva".to_owned(),
    };
    studio.order.give(back, &staff()).unwrap();
    studio.join();
    assert_eq!(studio.order.project.lane, Lane::Usual);

    // Where the service has no rush lane, there is none to go into.
    let mut none = Studio::of("radio_edit", RUSHED);
    let quote = none.issue(&ask, QuoteAbout::Extras, &staff());
    none.accept(quote);
    assert_eq!(none.order.project.lane, Lane::Usual);
}

#[test]
fn a_rush_in_the_orders_own_quote_counts_as_well() {
    let mut studio = Studio::of("mastering", RUSHED);
    let mut ask = Ask::songs(1, date(2026, 11, 23));
    ask.extras.insert(Extra::Rush, 1);
    let quote = studio.issue(&ask, QuoteAbout::Order, &staff());
    studio.accept(quote);
    assert_eq!(studio.order.project.lane, Lane::Rush);
}

fn final_in(studio: &Studio, format: FinalFormat) -> Final {
    Final {
        track: studio.order.track(),
        format,
        file_name: format!("First Light.{}", format.code()),
        object: object(77),
        bytes: 10,
        samples: samples(77),
        read_back: "same length".to_owned(),
    }
}

#[test]
fn a_late_format_joins_what_is_delivered_and_waits_for_its_own_payment() {
    let mut studio = heard_and_paid("mastering", RUSHED);
    studio.order.approve(&client()).unwrap();
    studio.order.finish();
    studio.join();
    let late = FinalFormat::Wav24At48;
    let add = |studio: &mut Studio| {
        let finals = vec![final_in(studio, late)];
        let revision = RevisionNo::FIRST;
        let command = Command::AddFinals { revision, finals };
        studio.order.give(command, &Actor::House)
    };
    assert!(add(&mut studio).is_err(), "nobody ordered it");
    let ask = Ask {
        formats: [late, FinalFormat::Wav16At48].into(),
        ..extras_alone()
    };
    let terms = studio.terms();
    let quote = Quote::make(&terms.service, 1, &terms.list, &ask).unwrap();
    assert_eq!(
        quote.net.to_string(),
        "30.00 EUR",
        "each costs what a late format does"
    );
    let quote = studio.issue(&ask, QuoteAbout::Extras, &staff());
    assert!(studio.order.project.formats.is_empty());
    studio.accept(quote);
    assert_eq!(
        studio.order.journal.last().unwrap().code(),
        "formats_ordered"
    );
    assert_eq!(add(&mut studio).unwrap(), ["finals_added"]);
    assert!(add(&mut studio).is_err(), "each is added once");
    let project = &studio.order.project;
    assert_eq!(project.finals.len(), 2, "what was delivered stays");
    assert!(project.may_fetch(FinalFormat::Wav24) && project.may_fetch(late));
    let held = Command::SetHold { hold: Hold::Finals };
    studio.order.give(held, &Actor::House).unwrap();
    let project = &studio.order.project;
    assert!(project.may_fetch(FinalFormat::Wav24) && !project.may_fetch(late));
}

#[test]
fn a_late_format_that_the_list_does_not_have_is_not_quoted() {
    let studio = Studio::of("mixing_revision", MIXING);
    let ask = Ask {
        formats: [FinalFormat::Wav24At44].into(),
        ..extras_alone()
    };
    let terms = studio.terms();
    let quote = Quote::make(&terms.service, 1, &terms.list, &ask);
    assert!(
        matches!(quote, Err(MoneyRefusal::NotOffered { .. })),
        "{quote:?}"
    );
}
