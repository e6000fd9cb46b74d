//! What is one's own: passwords, sessions, how to be told, who acts for a client, being forgotten.

use axum::http::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::{House, PASSWORD, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("a changed password ends every other session", password),
    ("sessions are seen and ended one by one", sessions),
    (
        "a profile, the terms and what is kept are on the account's page",
        profile,
    ),
    ("roles are given and the last owner stays", roles),
    (
        "a member approves under their own name, and no more than they may",
        member,
    ),
    ("a guest's link is theirs, and ends", guest),
    (
        "a consultation is kept as it is typed, and rights are warranted",
        consultation,
    ),
    (
        "a declined order goes no further, and how to prepare mixes is told in the client's language",
        declined,
    ),
    (
        "a decision stands with who, when and from where, and a person is forgotten",
        forgotten,
    ),
];

const OTHER: &str = "another long password";

async fn get(program: &mut Browser, path: &str, token: Option<&str>) -> Value {
    let answer = program.api(Method::GET, path, token, None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

fn password() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        let mut elsewhere = house.log_in("nora").await;
        let page = nora.get("/account").await;
        let change = |old, new, again| [("old", old), ("new", new), ("new_again", again)];
        for (fields, sentence) in [
            (
                change("wrong", OTHER, OTHER),
                "The old password is not right.",
            ),
            (
                change(PASSWORD, OTHER, PASSWORD),
                "The two new passwords are not the same.",
            ),
            (
                change(PASSWORD, "short", "short"),
                "A password has at least 8 characters.",
            ),
        ] {
            let refused = nora.send(&page, "/account/password", &fields).await;
            assert_eq!(refused.status, 422, "{}", refused.text());
            assert!(refused.text().contains(sentence), "{}", refused.text());
        }
        let fields = change(PASSWORD, OTHER, OTHER);
        let done = nora.send(&page, "/account/password", &fields).await;
        assert_eq!((done.status, done.location()), (303, "/account"));
        assert_eq!(nora.get("/account").await.status, 200, "this one goes on");
        assert_eq!(
            elsewhere.get("/account").await.status,
            303,
            "all others end"
        );

        // The owner sets one: every session ends.
        let person = staff.get("/people/nora").await;
        let set = [("password", PASSWORD)];
        let done = staff.send(&person, "/people/nora/password", &set).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert_eq!(nora.get("/account").await.status, 303);
        house.log_in("nora").await;
    });
}

fn sessions() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        let token = house.token("nora").await;
        let list = get(&mut nora, "/account/sessions", None).await;
        let list = list.as_array().unwrap().clone();
        assert_eq!(list.len(), 2, "{list:?}");
        assert_eq!(list.iter().filter(|s| s["is_this"] == true).count(), 1);
        let other = list.iter().find(|s| s["is_this"] == false).unwrap();
        assert_eq!(
            (&other["browser"], &other["address"]),
            (&json!("the test"), &json!("127.0.0.1"))
        );

        // Nobody ends a session that is not theirs.
        let id = other["id"].as_str().unwrap();
        let path = format!("/account/sessions/{id}");
        let foreign = staff.api(Method::DELETE, &path, None, None).await;
        assert_eq!(foreign.status, 404);
        let page = nora.get("/account").await;
        let ended = nora
            .send(&page, &format!("/account/sessions/{id}/end"), &[])
            .await;
        assert_eq!(ended.status, 303, "{}", ended.text());
        let mut program = house.stranger();
        let gone = program
            .api(Method::GET, "/orders", Some(&token), None)
            .await;
        assert_eq!(gone.status, 401);
        assert_eq!(nora.get("/orders").await.status, 200);

        let page = nora.get("/account").await;
        let out = nora.send(&page, "/account/sessions/end", &[]).await;
        assert_eq!((out.status, out.location()), (303, "/login"));
        let seen = get(&mut staff, "/people/nora/sessions", None).await;
        assert_eq!(seen, json!([]));
    });
}

fn profile() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        let page = nora.get("/account").await;
        let fields = [
            ("language", "de"),
            ("party", "company"),
            ("company", "Thorne & Co <GmbH>"),
            ("phone", "+49 30 123"),
            ("postal", "Weg 1\n10115 Berlin"),
            ("of_age", "yes"),
            ("mail_finals_offered", "yes"),
        ];
        let kept = nora.send(&page, "/account/profile", &fields).await;
        assert_eq!(kept.status, 303, "{}", kept.text());
        let profile = get(&mut nora, "/account/profile", None).await;
        assert_eq!(
            (&profile["language"], &profile["party"]),
            (&json!("de"), &json!("company"))
        );
        let off = profile["notices_off"].as_array().unwrap();
        assert!(off.contains(&json!("reference_sent")) && !off.contains(&json!("finals_offered")));
        // When they said so stays, whatever is sent later.
        let said = profile["of_age_at"].as_i64().unwrap();
        assert!(said > 1_700_000_000_000, "{said}");
        let mut later = profile.clone();
        later["of_age_at"] = json!(7);
        let again = nora
            .api(Method::PUT, "/account/profile", None, Some(&later))
            .await;
        assert_eq!(again.json()["of_age_at"], json!(said), "{}", again.text());
        later["notices_off"] = json!(["recovery"]);
        let refused = nora
            .api(Method::PUT, "/account/profile", None, Some(&later))
            .await;
        assert_eq!(
            refused.status, 422,
            "the way back in cannot be switched off"
        );

        let page = nora.get("/account").await;
        assert!(page.text().contains("We master with care."));
        let agreed = [("name", "Nora Thorne")];
        let done = nora.send(&page, "/account/terms", &agreed).await;
        assert_eq!(done.status, 303, "{}", done.text());
        assert!(nora.get("/account").await.text().contains("You agreed on"));
        let stale = json!({ "sha256": "0".repeat(64), "name": "Nora Thorne" });
        let stale = nora
            .api(Method::POST, "/account/terms/accept", None, Some(&stale))
            .await;
        assert_eq!(stale.status, 422);
        let kept = get(&mut nora, "/account/export", None).await;
        let agreed = &kept["kept"]["agreed"][0];
        assert_eq!(
            (&agreed["wording"], &agreed["name"], &agreed["address"]),
            (
                &json!("We master with care.\n"),
                &json!("Nora Thorne"),
                &json!("127.0.0.1")
            )
        );
        assert_eq!(agreed["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(kept["profile"]["company"], "Thorne & Co <GmbH>");
    });
}

fn roles() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.person(&mut staff, "eva", "assistant").await;
        let page = staff.get("/people/eva").await;
        let done = staff
            .send(&page, "/people/eva/role", &[("role", "engineer")])
            .await;
        assert_eq!(done.status, 303, "{}", done.text());
        let role = |role| json!({ "role": role });
        let last = staff
            .api(
                Method::PUT,
                "/people/ada/role",
                None,
                Some(&role("auditor")),
            )
            .await;
        assert_eq!(last.status, 422, "{}", last.text());
        let closed = json!({ "account": "closed" });
        let last = staff
            .api(Method::PUT, "/people/ada/account", None, Some(&closed))
            .await;
        assert_eq!(last.status, 422, "{}", last.text());
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let client = staff
            .api(Method::PUT, "/people/nora/role", None, Some(&role("owner")))
            .await;
        assert_eq!(client.status, 422, "{}", client.text());

        let mut eva = house.log_in("eva").await;
        assert_eq!(eva.get("/people/eva").await.status, 200);
        // An engineer looks after clients, and not after the studio's people.
        let own = eva
            .api(Method::PUT, "/people/eva/role", None, Some(&role("owner")))
            .await;
        assert_eq!(own.status, 403);
        let done = staff
            .api(Method::PUT, "/people/eva/account", None, Some(&closed))
            .await;
        assert_eq!(done.json()["is_closed"], json!(true), "{}", done.text());
        assert_eq!(
            eva.get("/inbox").await.status,
            303,
            "a closed account is let in nowhere"
        );
        let mut program = house.stranger();
        let login = json!({ "login": "eva", "password": PASSWORD });
        let refused = program
            .api(Method::POST, "/session", None, Some(&login))
            .await;
        assert_eq!(refused.status, 401);
    });
}

/// Adds one of Nora's people through the client's own hand.
async fn add_mira(house: &House) -> Browser {
    let mut nora = house.log_in("nora").await;
    let mira = json!({
        "login": "mira", "name": "Mira Sol", "password": PASSWORD, "rights": ["comment", "approve"],
    });
    let added = nora
        .api(Method::POST, "/people/nora/members", None, Some(&mira))
        .await;
    assert_eq!(added.status, 200, "{}", added.text());
    house.log_in("mira").await
}

fn member() {
    in_a_house(|house| async move {
        let (mut staff, _, number) = house.in_review().await;
        let mut mira = add_mira(&house).await;
        let order = get(&mut mira, &format!("/orders/{number}"), None).await;
        let offers: Vec<&str> = order["offers"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(offers, ["comment", "allow_listening", "approve"]);
        let ask = json!({ "words": "more bass" });
        let path = format!("/orders/{number}/request-revision");
        assert_eq!(
            mira.api(Method::POST, &path, None, Some(&ask)).await.status,
            403
        );
        let own = mira.get(&format!("/orders/{number}")).await;
        assert!(own.has_form(&format!("/orders/{number}/approve")));
        assert!(!own.has_form(&format!("/orders/{number}/request")));
        // Who acts for a client says nothing about who else does.
        let more = json!({ "login": "x", "name": "X", "rights": [] });
        let refused = mira
            .api(Method::POST, "/people/nora/members", None, Some(&more))
            .await;
        assert_eq!(refused.status, 403);

        let form = [("name", "Mira Sol"), ("agreed", "yes")];
        let action = format!("/orders/{number}/approve");
        let done = mira.send(&own, &action, &form).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let order = get(&mut staff, &format!("/orders/{number}"), None).await;
        let members = get(&mut staff, "/people/nora/members", None).await;
        assert_eq!(
            order["project"]["approval"]["person"],
            members[0]["person"]["id"]
        );
        let log = order["log"].as_array().unwrap();
        let line = log.iter().find(|line| line["code"] == "approved").unwrap();
        assert_eq!(
            (&line["by"], &line["from"]),
            (&json!("Mira Sol"), &json!("127.0.0.1"))
        );

        let gone = staff
            .api(Method::DELETE, "/people/nora/members/mira", None, None)
            .await;
        assert_eq!(gone.status, 204, "{}", gone.text());
        assert_eq!(mira.get("/orders").await.status, 303);
    });
}

fn guest() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let page = staff.get(&format!("/orders/{number}/guests")).await;
        let action = format!("/orders/{number}/guests");
        let form = [
            ("name", "Gil Ort"),
            ("email", ""),
            ("right_comment", "yes"),
            ("days", "3"),
        ];
        let made = staff.send(&page, &action, &form).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let text = made.text();
        let from = text.find("http://lacquer.test/p/").expect("a link") + 19;
        let path = text[from..].split('"').next().unwrap().to_owned();
        let token = path.strip_prefix("/p/");
        let mut gil = house.stranger();
        let order = get(&mut gil, &format!("/orders/{number}"), token).await;
        assert_eq!(order["offers"], json!(["comment"]));
        let me = get(&mut gil, "/session", token).await;
        assert_eq!(
            (&me["role"], &me["name"]),
            (&json!("guest"), &json!("Gil Ort"))
        );
        let shown = gil.get(&path).await;
        assert!(
            shown.has_form(&format!("{path}/comment"))
                && !shown.has_form(&format!("{path}/approve"))
        );
        let past = json!({ "name": "Late", "rights": [], "until": 5 });
        let refused = staff.api(Method::POST, &action, None, Some(&past)).await;
        assert_eq!(refused.status, 422);

        let guests = get(&mut staff, &action, None).await;
        let login = guests[0]["person"]["login"].as_str().unwrap();
        let gone = staff
            .api(Method::DELETE, &format!("{action}/{login}"), None, None)
            .await;
        assert_eq!(gone.status, 204, "{}", gone.text());
        assert_eq!(gil.get(&path).await.status, 404);
        assert_eq!(
            gil.get(&link).await.status,
            200,
            "the client's own link goes on"
        );

        // A new link of the client's ends the earlier one where the studio asks so.
        let wish = json!({ "ends_earlier": true });
        let renew = format!("/orders/{number}/portal-link");
        let new = staff
            .api(Method::POST, &renew, None, Some(&wish))
            .await
            .json();
        let new = new["portal_link"]
            .as_str()
            .unwrap()
            .strip_prefix("http://lacquer.test");
        assert_eq!(gil.get(&link).await.status, 404);
        assert_eq!(gil.get(new.unwrap()).await.status, 200);
    });
}

fn consultation() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let link = house.order(&mut staff, "nora", "1").await;
        let mut portal = house.stranger();
        let page = portal.get(&format!("{link}/consultation")).await;
        assert!(page.text().contains("before we can say what it costs"));
        let action = format!("{link}/consultation");
        let typed = [("answer_songs", "1"), ("answer_purpose", "streaming")];
        let kept = portal.send(&page, &action, &typed).await;
        assert_eq!(kept.status, 303, "{}", kept.text());
        let wrong = portal
            .send(&page, &action, &[("answer_songs", "a few")])
            .await;
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.text().contains("must be a whole number from 1"),
            "{}",
            wrong.text()
        );
        let more = json!({ "answers": { "rate_hz": "96000", "depth": "16" } });
        let path = "/orders/LQ-1001/consultation";
        let token = link.strip_prefix("/p/");
        let seen = portal
            .api(Method::PUT, path, token, Some(&more))
            .await
            .json();
        assert_eq!(
            (
                &seen["form"]["schema"],
                &seen["form"]["answers"]["purpose"],
                &seen["next_step"]
            ),
            (&json!(1), &json!("streaming"), &json!("mixes"))
        );
        assert_eq!(seen["missing"], json!(["platform", "file_type"]));
        let lines = seen["instructions"].to_string();
        assert!(lines.contains("Print at 96000 Hz and 24 bits"), "{lines}");

        let page = portal.get(&action).await;
        let form = [("name", "Nora Thorne")];
        let done = portal.send(&page, &format!("{link}/warranty"), &form).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let seen = get(&mut staff, path, None).await;
        assert_eq!(seen["warranty"]["name"], "Nora Thorne");
        assert_eq!(seen["warranty"]["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(seen["content"], Value::Null);
    });
}

fn declined() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let link = house.order(&mut staff, "nora", "1").await;
        let mut portal = house.stranger();
        let token = link.strip_prefix("/p/");
        let path = "/orders/LQ-1001/consultation";
        let page = staff.get("/orders/LQ-1001/consultation").await;
        let form = [
            ("verdict", "refused"),
            ("reason", "A sample without permission."),
        ];
        let done = staff.send(&page, "/orders/LQ-1001/content", &form).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let seen = get(&mut staff, path, None).await;
        assert_eq!(
            (&seen["content"]["verdict"], &seen["content"]["by"]),
            (&json!("refused"), &json!("Ada Lindqvist"))
        );
        assert_eq!(
            seen["holds_up"],
            "the studio declined this order: A sample without permission."
        );
        let order = get(&mut staff, "/orders/LQ-1001", None).await;
        let last = order["log"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["code"], &last["by"], &last["from"]),
            (
                &json!("content_decided"),
                &json!("Ada Lindqvist"),
                &json!("127.0.0.1")
            )
        );

        // What printing needs is said: the client is told how to prepare the mixes, in German too.
        let mut nora = house.log_in("nora").await;
        let german = json!({ "language": "de" });
        let kept = nora.api(Method::PUT, "/account/profile", None, Some(&german));
        assert_eq!(kept.await.status, 200);
        let more = json!({ "answers": {
            "songs": "1", "purpose": "streaming", "platform": "workstation", "file_type": "wav",
            "rate_hz": "96000", "depth": "16"
        } });
        let seen = portal
            .api(Method::PUT, path, token, Some(&more))
            .await
            .json();
        assert_eq!(seen["next_step"], json!("mastering"));
        let told = get(&mut nora, "/notices", None).await;
        let kinds: Vec<&str> = told
            .as_array()
            .unwrap()
            .iter()
            .map(|notice| notice["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["preparation", "declined"]);
        let text = told[0]["text"].as_str().unwrap();
        assert!(
            text.contains("Rendern Sie mit 96000 Hz und 24 Bit, auch wenn die Session 16 hat"),
            "{text}"
        );
        assert!(!text.contains("Print at"), "{text}");
    });
}

fn forgotten() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        house.client(&mut staff, "kjell", "Kjell Aas").await;
        house.order(&mut staff, "nora", "1").await;
        let order = get(&mut staff, "/orders/LQ-1001", None).await;
        let opened = &order["log"][0];
        assert_eq!(
            (&opened["by"], &opened["from"]),
            (&json!("Ada Lindqvist"), &json!("127.0.0.1"))
        );
        let own = get(&mut nora, "/orders/LQ-1001", None).await;
        assert_eq!(
            own["log"][0].get("from"),
            None,
            "where the studio was is its own"
        );

        let confirm = |login| json!({ "confirm": login });
        let erase = |login: &str| format!("/people/{login}/erase");
        let open = staff
            .api(Method::POST, &erase("nora"), None, Some(&confirm("nora")))
            .await;
        assert_eq!(open.status, 422, "an order is in work: {}", open.text());
        let typo = staff
            .api(Method::POST, &erase("kjell"), None, Some(&confirm("nora")))
            .await;
        assert_eq!(typo.status, 422);
        let page = staff.get("/people/kjell").await;
        let done = staff
            .send(&page, "/people/kjell/erase", &[("confirm", "kjell")])
            .await;
        assert_eq!(done.status, 200, "{}", done.text());
        assert!(done.text().contains("This person is forgotten"));
        let people = get(&mut staff, "/people", None).await.to_string();
        assert!(
            !people.contains("Kjell") && !people.contains("kjell"),
            "{people}"
        );
    });
}
