//! The queue: who comes first, what is due when, and whose turn it is.

use mastering::*;

use crate::order::*;

fn line(order: &Order, paid: Paid) -> QueueLine {
    let mut project = order.project.clone();
    let mut told = |hold, at| apply(&mut project, &Event::HoldChanged { hold, at });
    match paid {
        Paid::NotAsked => {}
        Paid::Awaited => told(Hold::Everything, order.now),
        Paid::EnoughAt(at) => {
            told(Hold::Everything, at - 1);
            told(Hold::Nothing, at);
        }
    }
    let lines = queue([&project], &catalogue().calendar, order.now);
    lines.into_iter().next().unwrap()
}

fn question(order: &mut Order, asked: &str, answered: &str) {
    order.when(asked);
    let ask = Command::AskClient {
        words: "which take?".to_owned(),
        by: "Eva".to_owned(),
    };
    order.give(ask, &staff()).unwrap();
    order.when(answered);
    let answer = Command::AnswerQuestion {
        words: "the second".to_owned(),
        by: "Ada".to_owned(),
    };
    order.give(answer, &client()).unwrap();
}

#[test]
fn the_clock_begins_when_the_material_is_complete_and_paid_as_required() {
    let mut order = Order::of("mastering");
    let waiting = line(&order, Paid::NotAsked);
    assert_eq!(waiting.estimate.due_at, None);
    assert_eq!(waiting.estimate.span, Some(Span::hours(72)));
    assert_eq!(
        waiting.estimate.depends,
        [Depends::Mixes { missing: Some(1) }]
    );
    assert_eq!((waiting.turn, waiting.owes), (Turn::Mixes, Side::Client));
    order.when("2026-11-24T09:00");
    order.take_mix();
    let there = line(&order, Paid::NotAsked);
    assert_eq!(there.estimate.started_at, Some(at("2026-11-24T09:00")));
    assert_eq!(there.estimate.due_at, Some(at("2026-11-27T09:00")));
    assert_eq!((there.place, there.owes), (Some(1), Side::Studio));
    // The same, still unpaid, and paid later.
    let unpaid = line(&order, Paid::Awaited);
    assert_eq!((unpaid.place, unpaid.estimate.due_at), (None, None));
    assert_eq!(unpaid.estimate.depends, [Depends::Payment]);
    let paid = line(&order, Paid::EnoughAt(at("2026-11-26T09:00")));
    assert_eq!(paid.estimate.due_at, Some(at("2026-11-29T09:00")));
    // Whoever paid first still sends the material.
    let early = line(&order, Paid::EnoughAt(at("2026-11-20T09:00")));
    assert_eq!(early.estimate.due_at, Some(at("2026-11-27T09:00")));
}

#[test]
fn s2_many_songs_take_96_hours_and_a_further_round_its_own_time() {
    let mut order = Order::of("mastering");
    order.project.songs = Some(7);
    assert_eq!(
        line(&order, Paid::NotAsked).estimate.span,
        Some(Span::hours(96))
    );
    let mut mixing = Order::heard("mixing_revision");
    mixing.when("2026-12-22T12:00");
    mixing.ask(&[Topic::Tone]).unwrap();
    // Four business days with Christmas and a weekend between: Wed, Thu, Mon, Tue.
    let due = line(&mixing, Paid::NotAsked).estimate.due_at;
    assert_eq!(due, Some(at("2026-12-29T18:00")));
}

#[test]
fn s2_the_rush_lane_goes_first_where_it_is_offered() {
    let mut mastering = Order::of("mastering");
    let rush = Command::ChooseLane {
        lane: Lane::Rush,
        by: "Eva".to_owned(),
    };
    assert!(mastering.give(rush.clone(), &client()).is_err());
    mastering.give(rush.clone(), &staff()).unwrap();
    let mut mixing = Order::of("mixing_revision");
    assert_eq!(mixing.give(rush, &staff()), Err(Refusal::NoRush));
    mixing.take_mix();
    mixing.project.number = OrderNumber::FIRST.next();
    mastering.when("2026-11-24T12:00");
    mastering.take_mix();
    let both = [&mixing.project, &mastering.project];
    let lines = queue(both, &catalogue().calendar, mastering.now);
    let placed: Vec<_> = lines.iter().map(|l| (l.lane, l.place)).collect();
    assert_eq!(
        placed,
        [(Lane::Rush, Some(1)), (Lane::Usual, Some(2))],
        "the rush came later and goes first"
    );
    assert_eq!(lines[0].estimate.due_at, Some(at("2026-11-25T12:00")));
}

#[test]
fn s2_first_come_first_served() {
    let mut orders: Vec<Order> = (0..3).map(|_| Order::of("mastering")).collect();
    let mut number = OrderNumber::FIRST;
    for (order, came) in
        orders
            .iter_mut()
            .zip(["2026-11-25T12:00", "2026-11-24T12:00", "2026-11-26T12:00"])
    {
        order.when(came);
        order.take_mix();
        order.project.number = number;
        number = number.next();
    }
    let projects = orders.iter().map(|o| &o.project);
    let lines = queue(projects, &catalogue().calendar, at("2026-11-26T13:00"));
    let numbers: Vec<String> = lines.iter().map(|l| l.number.to_string()).collect();
    assert_eq!(numbers, ["LQ-1002", "LQ-1001", "LQ-1003"]);
}

#[test]
fn the_clock_stands_still_while_the_client_owes_an_answer() {
    let mut order = Order::of("mastering");
    order.take_mix();
    order.when("2026-11-24T12:00");
    let ask = Command::AskClient {
        words: "which take?".to_owned(),
        by: "Eva".to_owned(),
    };
    order.give(ask, &staff()).unwrap();
    order.when("2026-11-26T12:00");
    let standing = line(&order, Paid::NotAsked);
    assert!(!standing.estimate.is_running);
    assert_eq!(standing.estimate.depends, [Depends::Answer]);
    assert_eq!((standing.turn, standing.place), (Turn::Answer, None));
    assert_eq!(standing.estimate.due_at, Some(at("2026-11-28T12:00")));
    let answer = Command::AnswerQuestion {
        words: "the second".to_owned(),
        by: "Ada".to_owned(),
    };
    order.give(answer, &client()).unwrap();
    let runs = line(&order, Paid::NotAsked);
    assert!(runs.estimate.is_running);
    assert_eq!(runs.estimate.due_at, Some(at("2026-11-28T12:00")));
    question(&mut order, "2026-11-26T13:00", "2026-11-26T14:00");
    let later = line(&order, Paid::NotAsked);
    assert_eq!(later.estimate.due_at, Some(at("2026-11-28T13:00")));
}

#[test]
fn the_clock_stands_still_while_the_client_owes_a_mix() {
    let mut order = Order::of("mastering");
    order.take_mix();
    order.when("2026-11-24T12:00");
    let reprint = Command::AskReprint {
        mix: mix_id(1),
        words: "without the limiter".to_owned(),
    };
    order.give(reprint, &staff()).unwrap();
    assert_eq!(line(&order, Paid::NotAsked).turn, Turn::Reprint);
    order.when("2026-11-25T12:00");
    let came = mix(2, MixRole::Main, order.now);
    order
        .give(Command::ReceiveMix(came), &Actor::House)
        .unwrap();
    let runs = line(&order, Paid::NotAsked);
    assert_eq!(runs.turn, Turn::Work);
    assert_eq!(runs.estimate.due_at, Some(at("2026-11-27T12:00")));
}

#[test]
fn overdue_is_visible_before_it_happens() {
    let mut order = Order::of("mastering");
    order.take_mix();
    for (now, level, today) in [
        ("2026-11-23T13:00", DueLevel::InTime, false),
        ("2026-11-25T11:59", DueLevel::InTime, false),
        ("2026-11-25T12:00", DueLevel::Soon, false),
        ("2026-11-26T09:00", DueLevel::Soon, true),
        ("2026-11-26T12:00", DueLevel::Soon, true),
        ("2026-11-26T12:01", DueLevel::Overdue, true),
        ("2026-11-27T09:00", DueLevel::Overdue, false),
    ] {
        order.when(now);
        let line = line(&order, Paid::NotAsked);
        assert_eq!(
            (line.estimate.level, line.is_due_today),
            (level, today),
            "{now}"
        );
    }
}

#[test]
fn s2_a_sale_order_promises_no_turnaround() {
    let text = include_str!("../../../../config/services.toml");
    let sale = text.replacen("usual = \"72 h\"", "usual = \"none\"", 1);
    let mut order = Order::under(&Catalogue::read(&sale).unwrap(), "mastering");
    order.take_mix();
    let line = line(&order, Paid::NotAsked);
    assert_eq!((line.estimate.span, line.estimate.due_at), (None, None));
    assert_eq!(line.estimate.level, DueLevel::Open);
    assert_eq!(line.place, Some(1), "it waits in its place all the same");
}

#[test]
fn a_changed_catalogue_never_changes_a_running_order() {
    let mut house = catalogue();
    let order = Order::under(&house, "mastering");
    let mastering = house.services.get_mut("mastering").unwrap();
    mastering.turnaround.usual = Some(Span::hours(1));
    mastering.rounds.free = FreeRounds::Count(0);
    assert_eq!(order.project.rules.turnaround.usual, Some(Span::hours(72)));
    assert_eq!(order.project.rounds_left(), Some(2));
}

#[test]
fn what_is_complete_stands_in_no_queue() {
    let mut order = Order::heard("mastering");
    assert_eq!(line(&order, Paid::NotAsked).owes, Side::Client);
    order.approve(&client()).unwrap();
    order.finish();
    let none = queue([&order.project], &catalogue().calendar, order.now);
    assert!(none.is_empty());
}
