//! Services as forms, the house's journal, and the list of what is due to go.

use axum::http::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::{House, in_a_house, in_a_reopened_house};
use crate::keeping::fields_of;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a service is changed by its form, open orders keep their rules, and it stays so",
        services,
    ),
    (
        "the calendar is changed by its form, and pages tell the time by it",
        calendar,
    ),
    (
        "the house's journal says who decided what, when and from where",
        journal,
    ),
    (
        "what is due goes when an owner confirms the list that was shown, and not before",
        due,
    ),
];

async fn asked(house: &House, login: &str, path: &str) -> Value {
    let token = house.token(login).await;
    let mut program = house.stranger();
    let answer = program.api(Method::GET, path, Some(&token), None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// Sends the form of a page as it stands, but for some fields.
async fn change(
    browser: &mut Browser,
    (path, action): (&str, &str),
    changes: &[(&str, &str)],
) -> (u16, String) {
    let page = browser.get(path).await;
    let mut fields = fields_of(&page.text(), action);
    for (name, value) in changes {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, now)) => (*value).clone_into(now),
            None => fields.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let sent = browser.send(&page, action, &fields).await;
    (sent.status, sent.text())
}

const MASTERING: (&str, &str) = ("/services/mastering", "/services/form");

fn services() {
    in_a_reopened_house(
        |house| async move {
            let mut owner = house.staff().await;
            house.person(&mut owner, "nora", "client").await;
            house.person(&mut owner, "mia", "assistant").await;
            house.order(&mut owner, "nora", "1").await;
            let before = asked(&house, "ada", "/services").await;

            // Sent as it stands, the form says the same; changed, it holds from the next order on.
            let (status, said) = change(&mut owner, MASTERING, &[]).await;
            assert_eq!(status, 303, "{said}");
            assert_eq!(asked(&house, "ada", "/services").await, before);
            let instant = ("/services/instant", "/services/form");
            let changes = [
                ("turnaround.usual", "3 business days"),
                ("rounds.free", "5"),
            ];
            let (status, said) = change(&mut owner, instant, &changes).await;
            assert_eq!(status, 303, "{said}");
            house.order(&mut owner, "nora", "1").await;
            let rules = |number: &'static str| {
                let house = house.clone();
                async move {
                    let order = asked(&house, "ada", &format!("/orders/{number}")).await;
                    order["project"]["rules"].clone()
                }
            };
            let (old, new) = (rules("LQ-1001").await, rules("LQ-1002").await);
            assert_eq!(old["turnaround"]["usual"], "1 h", "as it was opened");
            assert_eq!(old["rounds"]["free"], 2);
            assert_eq!(new["turnaround"]["usual"], "3 business days");
            assert_eq!(new["rounds"]["free"], 5);

            // What cannot be meant is refused in a sentence, and nothing is saved.
            let (status, said) = change(&mut owner, MASTERING, &[("rounds.free", "many")]).await;
            assert_eq!(status, 422);
            assert!(said.contains("whole number"), "{said}");
            let bad = [("approval.announce_days", "1, 3, 7")];
            let (status, said) = change(&mut owner, MASTERING, &bad).await;
            assert_eq!(status, 422);
            assert!(said.contains("announces an approval by silence"), "{said}");
            // A form that was drawn before somebody else saved is told so.
            let (status, said) = change(&mut owner, MASTERING, &[("version", "1")]).await;
            assert_eq!(status, 422);
            assert!(said.contains("meanwhile"), "{said}");
            let mut assistant = house.log_in("mia").await;
            let (status, _) = change(&mut assistant, MASTERING, &[("title", "Mine")]).await;
            assert_eq!(status, 403);
            assert_eq!(
                asked(&house, "ada", "/services/catalogue").await["version"],
                3
            );

            // A new one.
            let new = [
                ("name", "vinyl"),
                ("title", "Vinyl premaster"),
                ("about", "For the lathe."),
            ];
            let (status, said) =
                change(&mut owner, ("/services/new", "/services/form"), &new).await;
            assert_eq!(status, 303, "{said}");
        },
        |house| async move {
            let services = asked(&house, "ada", "/services").await;
            let named = |name: &str| {
                let all = services.as_array().unwrap().iter();
                all.clone().find(|s| s["name"] == name).cloned()
            };
            assert!(named("vinyl").is_some(), "{services:#}");
            assert_eq!(named("instant").unwrap()["rules"]["rounds"]["free"], 5);
        },
    );
}

fn calendar() {
    in_a_house(|house| async move {
        let mut owner = house.staff().await;
        house.person(&mut owner, "nora", "client").await;
        house.order(&mut owner, "nora", "1").await;
        let form = ("/services/calendar", "/services/calendar");
        let opened = asked(&house, "ada", "/orders/LQ-1001").await;
        let at = opened["project"]["opened_at"].as_i64().unwrap();
        for name in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let (status, said) = change(&mut owner, form, &[("time_zone", name)]).await;
            assert_eq!(status, 303, "{said}");
            let zone = mastering::Zone::try_from(name.to_owned()).unwrap();
            let local = zone
                .at(at)
                .unwrap()
                .strftime("%-d %b %Y, %H:%M")
                .to_string();
            let page = owner.get("/orders").await.text();
            assert!(page.contains(&local), "{local} is not in {page}");
        }
        let (status, said) = change(&mut owner, form, &[("time_zone", "Mars/Olympus")]).await;
        assert_eq!(status, 422);
        assert!(said.contains("is no time zone"), "{said}");
        let never: Vec<(&str, &str)> = ["monday", "tuesday", "wednesday", "thursday", "friday"]
            .iter()
            .map(|day| match *day {
                "monday" => ("open.monday", ""),
                "tuesday" => ("open.tuesday", ""),
                "wednesday" => ("open.wednesday", ""),
                "thursday" => ("open.thursday", ""),
                _ => ("open.friday", ""),
            })
            .collect();
        let (status, said) = change(&mut owner, form, &never).await;
        assert_eq!(status, 422);
        assert!(said.contains("opens on no day"), "{said}");
    });
}

fn journal() {
    in_a_house(|house| async move {
        let mut owner = house.staff().await;
        for (login, role) in [("nora", "client"), ("mia", "assistant")] {
            house.person(&mut owner, login, role).await;
        }
        let token = house.token("ada").await;
        let mut program = house.stranger();
        for (path, body) in [
            (
                "/people/nora/findings",
                json!({ "findings": "after_release" }),
            ),
            ("/people/nora/trust", json!({ "trust": "trusted" })),
            ("/people/mia/role", json!({ "role": "engineer" })),
            ("/people/mia/account", json!({ "account": "closed" })),
        ] {
            let done = program
                .api(Method::PUT, path, Some(&token), Some(&body))
                .await;
            assert!(done.status < 300, "{path}: {}", done.text());
        }
        let (status, said) = change(&mut owner, MASTERING, &[("rounds.free", "3")]).await;
        assert_eq!(status, 303, "{said}");
        let log = asked(&house, "ada", "/journal").await;
        let lines = log["lines"].as_array().unwrap();
        let codes: Vec<&str> = lines.iter().map(|l| l["code"].as_str().unwrap()).collect();
        let decided = [
            "services_saved",
            "account_closed",
            "role_given",
            "trust_given",
            "findings_told",
            "person_added",
            "person_added",
        ];
        assert_eq!(codes, decided, "{lines:#?}");
        for line in lines {
            assert_eq!(line["by"], "Ada Lindqvist");
            assert_eq!(line["from"], "127.0.0.1", "{line}");
            assert!(line["at"].as_i64().unwrap() > 1_700_000_000_000);
        }
        assert_eq!(
            lines[0]["text"],
            "The services were saved as version 2: mastering."
        );
        assert_eq!(
            lines[4]["text"],
            "Nora reads findings once a person released them."
        );
        assert!(
            owner
                .get("/journal")
                .await
                .text()
                .contains("Mia is engineer from now on.")
        );

        // Whoever is forgotten stands in it by no name and no address.
        let done = program
            .api(
                Method::POST,
                "/people/nora/erase",
                Some(&token),
                Some(&json!({ "confirm": "nora" })),
            )
            .await;
        assert_eq!(done.status, 200, "{}", done.text());
        let log = asked(&house, "ada", "/journal").await.to_string();
        assert!(!log.to_lowercase().contains("nora"), "{log}");
    });
}

fn due() {
    in_a_house(|house| async move {
        let (mut owner, link, number) = house.in_review_to_go().await;
        house.person(&mut owner, "mia", "assistant").await;
        let shown = owner.get("/archive").await.text();
        assert!(shown.contains("Nothing is due"), "{shown}");
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        let name = [("name", "Nora Thorne")];
        let approved = portal.send(&page, &format!("{link}/approve"), &name).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        let in_archive = |page: &studio::OrderPage| page.project.stage.code() == "archived";
        house.until(number, "the archive", in_archive).await;

        let shown = owner.get("/archive").await;
        let box_name = format!("go.{number}.archive");
        assert!(shown.text().contains(&box_name), "{}", shown.text());
        let mut assistant = house.log_in("mia").await;
        let theirs = assistant.get("/archive").await;
        assert!(!theirs.text().contains(&box_name), "{}", theirs.text());
        let nothing = owner.send(&shown, "/archive", &[]).await;
        assert_eq!(nothing.status, 422);
        let token = house.token("ada").await;
        let held = json!({ "reason": "A dispute." });
        let path = format!("/orders/{number}/place-hold");
        let mut program = house.stranger();
        let hold = program
            .api(Method::POST, &path, Some(&token), Some(&held))
            .await;
        assert_eq!(hold.status, 200);
        // The list was shown before the hold: what it names is not due any more.
        let late = owner.send(&shown, "/archive", &[(&box_name, "yes")]).await;
        assert_eq!(late.status, 422, "{}", late.text());
        let path = format!("/orders/{number}/lift-hold");
        let lifted = program
            .api(Method::POST, &path, Some(&token), Some(&json!({})))
            .await;
        assert_eq!(lifted.status, 200);

        let shown = owner.get("/archive").await;
        let gone = owner.send(&shown, "/archive", &[(&box_name, "yes")]).await;
        assert_eq!(gone.status, 303, "{}", gone.text());
        let page = house.page(number).await;
        let archive = page.project.archive.as_ref().unwrap();
        assert!(archive.all_gone_at.is_some());
        let said = page
            .log
            .iter()
            .find(|l| l.code == "archive_released")
            .unwrap();
        assert_eq!(
            (said.by.as_str(), said.from.as_deref()),
            ("Ada Lindqvist", Some("127.0.0.1"))
        );
        assert!(
            owner
                .get("/archive")
                .await
                .text()
                .contains("Nothing is due")
        );
    });
}
