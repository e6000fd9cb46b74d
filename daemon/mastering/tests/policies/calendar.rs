//! Opening hours, holidays, zones: when a span ends.

use jiff::civil::DateTime;
use mastering::{Calendar, Catalogue, Due, Pause, Span, UnixMs};

/// A studio in Berlin, open from Monday to Friday, closed over the year's end.
fn berlin() -> Calendar {
    let text = r#"
        [calendar]
        time_zone = "Europe/Berlin"
        closed = ["12-25", "12-26", "2027-01-01", "2027-03-26/2027-03-29"]
        [services.one]
        title = "One"
        about = ""
        kind = "engineer"
        [services.one.completion]
        when = "by_hand"
    "#;
    Catalogue::read(text).unwrap().calendar
}

/// A moment on Berlin's clocks.
fn at(text: &str) -> UnixMs {
    let local: DateTime = text.parse().unwrap();
    let zone = jiff::tz::TimeZoneDatabase::bundled()
        .get("Europe/Berlin")
        .unwrap();
    let zoned = local.to_zoned(zone).unwrap();
    zoned.timestamp().as_millisecond()
}

fn check(start: &str, span: &str, due: &str) {
    let span: Span = span.parse().unwrap();
    assert_eq!(
        berlin().end_of(at(start), span),
        Some(at(due)),
        "{span} from {start}"
    );
}

#[test]
fn hours_of_the_clock_run_at_night_and_over_changes_of_the_clock() {
    check("2026-11-23T12:00", "72 h", "2026-11-26T12:00");
    check("2026-11-27T12:00", "96 h", "2026-12-01T12:00");
    // On the 29th of March an hour is leapt over, on the 25th of October one comes twice.
    check("2026-03-28T12:00", "72 h", "2026-03-31T13:00");
    check("2026-10-24T12:00", "72 h", "2026-10-27T11:00");
    check("2026-12-30T12:00", "72 h", "2027-01-02T12:00");
    check("2028-02-27T12:00", "72 h", "2028-03-01T12:00");
}

#[test]
fn days_keep_the_time_of_day() {
    check("2026-03-27T12:00", "5 days", "2026-04-01T12:00");
    check("2026-10-23T12:00", "5 days", "2026-10-28T12:00");
    // The moment that is leapt over is the one the clocks leap to.
    check("2026-03-28T02:30", "1 day", "2026-03-29T03:30");
    check("2026-12-28T09:00", "5 days", "2027-01-02T09:00");
    check("2028-02-25T09:00", "5 days", "2028-03-01T09:00");
    check("2027-02-25T09:00", "5 days", "2027-03-02T09:00");
}

#[test]
fn business_days_leave_out_weekends_and_holidays_and_end_with_the_closing() {
    check("2026-11-23T12:00", "4 business days", "2026-11-27T18:00");
    check("2026-11-25T12:00", "4 business days", "2026-12-01T18:00");
    // What comes after closing, or on a weekend, counts as come at the next opening.
    check("2026-11-23T18:00", "4 business days", "2026-11-30T18:00");
    check("2026-11-28T12:00", "4 business days", "2026-12-04T18:00");
    // Christmas is a Friday and a Saturday that year, the new year a Friday.
    check("2026-12-23T12:00", "4 business days", "2026-12-30T18:00");
    check("2026-12-30T12:00", "4 business days", "2027-01-06T18:00");
    // Easter, with the change of the clock in it.
    check("2027-03-25T12:00", "1 business day", "2027-03-30T18:00");
}

#[test]
fn opening_hours_run_while_the_studio_is_open() {
    check("2026-11-23T12:00", "4 opening hours", "2026-11-23T16:00");
    check("2026-11-23T16:00", "4 opening hours", "2026-11-24T12:00");
    check("2026-11-27T17:00", "9 opening hours", "2026-11-30T18:00");
}

#[test]
fn the_clock_stands_still_while_the_client_owes_something() {
    let pause = |from: &str, until: Option<&str>| Pause {
        from: at(from),
        until: until.map(at),
    };
    let due = |span: &str, pauses: &[Pause]| {
        berlin().due(at("2026-11-23T12:00"), span.parse().unwrap(), pauses)
    };
    let answered = [pause("2026-11-24T12:00", Some("2026-11-26T13:00"))];
    assert_eq!(
        due("72 h", &answered),
        Some(Due::At(at("2026-11-28T13:00")))
    );
    // Three of the four days were left on Tuesday, and count on from Thursday.
    assert_eq!(
        due("4 business days", &answered),
        Some(Due::At(at("2026-12-01T18:00")))
    );
    // A question over the weekend costs the studio nothing.
    let weekend = [pause("2026-11-27T18:00", Some("2026-11-30T10:00"))];
    let from_thursday = berlin().due(
        at("2026-11-26T12:00"),
        "4 business days".parse().unwrap(),
        &weekend,
    );
    assert_eq!(from_thursday, Some(Due::At(at("2026-12-02T18:00"))));
    assert_eq!(
        berlin().due(
            at("2026-11-26T12:00"),
            "4 business days".parse().unwrap(),
            &[]
        ),
        from_thursday
    );
    // Nobody has answered yet.
    let open = [pause("2026-11-24T12:00", None)];
    assert_eq!(
        due("72 h", &open),
        Some(Due::Standing(at("2026-11-26T12:00")))
    );
    let now = berlin().due_now(
        at("2026-11-23T12:00"),
        "72 h".parse().unwrap(),
        &open,
        at("2026-12-01T12:00"),
    );
    assert_eq!(now, Some(Due::Standing(at("2026-12-03T12:00"))));
    // A question after it was due changes nothing.
    let late = [pause("2026-11-27T12:00", Some("2026-11-30T12:00"))];
    assert_eq!(due("72 h", &late), Some(Due::At(at("2026-11-26T12:00"))));
}

#[test]
fn two_questions_add_up() {
    let pauses = [
        Pause {
            from: at("2026-11-23T13:00"),
            until: Some(at("2026-11-23T15:00")),
        },
        Pause {
            from: at("2026-11-26T13:00"),
            until: Some(at("2026-11-26T16:00")),
        },
    ];
    assert_eq!(
        berlin().due(at("2026-11-23T12:00"), Span::hours(72), &pauses),
        Some(Due::At(at("2026-11-26T17:00")))
    );
}

#[test]
fn a_studio_that_never_opens_promises_nothing() {
    let text = |day: &str| {
        format!(
            "[calendar.open]\nmonday = {day}\ntuesday = []\nwednesday = []\nthursday = []\n\
             friday = []\n[services.one]\ntitle = \"One\"\nabout = \"\"\nkind = \"instant\"\n\
             [services.one.completion]\nwhen = \"by_hand\"\n"
        )
    };
    assert!(Catalogue::read(&text("[\"10:00-12:00\", \"14:00-18:00\"]")).is_ok());
    assert!(Catalogue::read(&text("[]")).is_err());
}
