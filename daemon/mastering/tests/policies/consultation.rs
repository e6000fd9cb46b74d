//! The consultation comes first where the service says so; the studio may decline.

use mastering::*;

use crate::order::*;

/// Mastering by an engineer, with the consultation first.
fn asked_first() -> Order {
    let mut catalogue = catalogue();
    let mastering = catalogue.services.get_mut("mastering").unwrap();
    mastering.consultation.asked = Asked::First;
    Order::under(&catalogue, "mastering")
}

fn said(order: &mut Order, missing: Option<Step>, warranty: Warranty) {
    let command = Command::RecordConsultation {
        missing,
        warranty,
        borrowed: Vec::new(),
    };
    let told = order.give(command, &client()).unwrap();
    assert_eq!(told, ["consulted"]);
}

fn decided(order: &mut Order, verdict: ContentVerdict) {
    let command = Command::DecideContent {
        verdict,
        reason: "Songs of their own.".to_owned(),
        by: "Sam".to_owned(),
    };
    let told = order.give(command, &staff()).unwrap();
    assert_eq!(told, ["content_decided"]);
}

fn start(order: &mut Order) -> Result<Vec<&'static str>, Refusal> {
    order.give(Command::StartMastering, &staff())
}

fn first(what: &'static str) -> Refusal {
    Refusal::ConsultFirst { what }
}

#[test]
fn s3_nothing_is_quoted_or_mastered_before_what_it_needs_is_said() {
    let mut order = asked_first();
    let quote = "the consultation, as far as a quote needs it,";
    assert_eq!(order.project.may_quote(), Err(first(quote)));
    order.take_mix();
    assert_eq!(start(&mut order), Err(first("the whole consultation")));

    said(&mut order, Some(Step::Quote), Warranty::Open);
    assert_eq!(order.project.may_quote(), Err(first(quote)));
    said(&mut order, Some(Step::Mixes), Warranty::Open);
    assert_eq!(order.project.may_quote(), Ok(()));
    assert_eq!(start(&mut order), Err(first("the whole consultation")));
    said(&mut order, None, Warranty::Open);
    assert_eq!(start(&mut order), Err(first("the warranty of rights")));
    said(&mut order, None, Warranty::Given);
    assert_eq!(
        start(&mut order),
        Err(first("the decision about the content"))
    );
    decided(&mut order, ContentVerdict::Accepted);
    assert_eq!(start(&mut order), Ok(vec!["mastering_started"]));
}

#[test]
fn s3_what_the_studio_declines_is_neither_quoted_nor_mastered_by_any_service() {
    let mut order = Order::of("mastering");
    assert_eq!(order.project.may_quote(), Ok(()));
    order.take_mix();
    decided(&mut order, ContentVerdict::Refused);
    let declined = Err(Refusal::Declined {
        reason: "Songs of their own.".to_owned(),
    });
    assert_eq!(order.project.may_quote(), declined);
    assert_eq!(start(&mut order).map(drop), declined);
    // The decision is a person's, and so is its end.
    decided(&mut order, ContentVerdict::Accepted);
    assert_eq!(start(&mut order), Ok(vec!["mastering_started"]));

    let by_client = order.give(
        Command::DecideContent {
            verdict: ContentVerdict::Accepted,
            reason: "Please.".to_owned(),
            by: "Ada".to_owned(),
        },
        &client(),
    );
    assert!(
        matches!(by_client, Err(Refusal::NotYours { .. })),
        "{by_client:?}"
    );
}

#[test]
fn an_instant_order_that_waits_for_its_consultation_masters_itself_when_it_is_over() {
    let mut catalogue = catalogue();
    let instant = catalogue.services.get_mut("instant").unwrap();
    instant.consultation.asked = Asked::First;
    let mut order = Order::under(&catalogue, "instant");
    order.take_mix();
    assert!(matches!(order.project.stage, Stage::Adjusting { .. }));
    said(&mut order, None, Warranty::Given);
    let command = Command::DecideContent {
        verdict: ContentVerdict::Accepted,
        reason: "Songs of their own.".to_owned(),
        by: "Sam".to_owned(),
    };
    let told = order.give(command, &staff()).unwrap();
    assert_eq!(told, ["content_decided", "mastering_started"]);
}
