//! The release of an order: filled in, with codes of the studio's own, claimed, and taken down.

use axum::http::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::{House, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a release is filled in by its client and gets its codes from the studio's ranges",
        codes,
    ),
    (
        "a question reaches the studio's inbox, from the portal, a login and a program",
        help,
    ),
    (
        "a claim holds an order and a removal goes shop by shop",
        claims_and_removals,
    ),
];

/// Ranges and a label of the studio's own.
async fn ranges(house: &House) {
    let owner = house.visitor("ada").await;
    let toml = house.studio.services(&owner).await.unwrap().toml;
    let with = "[release]\nisrc = \"DEA12\"\nean = \"4012345\"\n\
        labels = [{ name = \"Lacquer Records\", letters = \"LAQ\" }]\n";
    let toml = toml
        .replace("labels = []\n", "")
        .replacen("[release]\n", with, 1);
    let saving = house.studio.save_services(&owner, &toml, None);
    saving.await.unwrap();
}

/// The form's fields as a browser sends them.
const FILLED: [(&str, &str); 12] = [
    ("kind", "single"),
    ("label", "Lacquer Records"),
    ("genre", "Jazz"),
    ("price_class", "full"),
    ("territories", "de, AT"),
    ("shop.1", "Amazon"),
    ("shop.2", "Apple"),
    ("year", "2026"),
    ("c_owner", ""),
    ("p_owner", "Nora Thorne"),
    ("licence", "exclusive"),
    ("months", "12"),
];

async fn fill_in(portal: &mut Browser, link: &str) {
    let place = format!("{link}/release");
    let page = portal.get(&place).await;
    assert!(
        page.text().contains("Nothing is filled in yet"),
        "{}",
        page.text()
    );
    let kept = portal.send(&page, &place, &FILLED).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let page = portal.get(&place).await.text();
    assert!(page.contains("(C) 2026 Copyright Control"), "{page}");
    assert!(page.contains("(P) 2026 Nora Thorne"), "{page}");
    assert!(page.contains("The EAN is missing"), "{page}");
}

async fn ask(house: &House, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let token = house.token("ada").await;
    let path = format!("/orders/LQ-1001/{path}");
    let told = house
        .stranger()
        .api(method, &path, Some(&token), body)
        .await;
    (told.status, told.json())
}

fn codes() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        ranges(&house).await;
        let mut portal = house.stranger();
        fill_in(&mut portal, &link).await;
        // Nobody gives out the studio's own codes but the studio.
        let track = house.page(number).await.project.tracks[0].id.clone();
        let own = json!({ "track": track, "isrc": "DE-A12-26-00077" });
        let (status, told) = ask(&house, Method::POST, "mark-track", Some(&own)).await;
        assert_eq!(status, 409, "{told}");

        let place = format!("/orders/{number}/release");
        let page = staff.get(&place).await;
        let action = format!("/orders/{number}/allot-codes");
        let done = staff.send(&page, &action, &[]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let page = staff.get(&place).await;
        let text = page.text();
        for code in ["00001", "4012345000016", "LAQ001"] {
            assert!(text.contains(code), "{code}: {text}");
        }
        assert!(!page.has_form(&action), "nothing is missing any more");
        let again = ask(&house, Method::POST, "allot-codes", Some(&json!({}))).await;
        assert_eq!(again.0, 409, "{}", again.1);

        let composer = format!("composer.{track}");
        let given = [
            (composer.as_str(), "Nora Thorne"),
            ("ean", "4012345000016"),
            ("catalogue_no", "LAQ001"),
        ];
        let made: Vec<(&str, &str)> = FILLED.into_iter().chain(given).collect();
        let page = portal.get(&format!("{link}/release")).await;
        let kept = portal.send(&page, &format!("{link}/release"), &made).await;
        assert_eq!(kept.status, 303, "{}", kept.text());
        let (_, view) = ask(&house, Method::GET, "release", None).await;
        let open = view["problems"].as_array().unwrap();
        assert_eq!(open.len(), 2, "what the account does not say yet: {view}");
        let nora = house.token("nora").await;
        let said = json!({ "party": "sole_trader", "of_age_at": 1 });
        let path = "/account/profile";
        let mut program = house.stranger();
        let kept = program
            .api(Method::PUT, path, Some(&nora), Some(&said))
            .await;
        assert!(kept.status < 300, "{}", kept.text());
        let (_, view) = ask(&house, Method::GET, "release", None).await;
        assert_eq!(view["problems"], json!([]), "{view}");
        assert_eq!(view["release"]["territories"], json!(["AT", "DE"]));
        assert_eq!(view["release"]["catalogue_no"], "LAQ001");

        // The next order's codes follow without a gap.
        house.order(&mut staff, "nora", "1").await;
        let token = house.token("ada").await;
        let body = json!({ "release": { "label": "Lacquer Records" } });
        let mut program = house.stranger();
        let path = "/orders/LQ-1002/describe-release";
        let told = program
            .api(Method::POST, path, Some(&token), Some(&body))
            .await;
        assert_eq!(told.status, 200, "{}", told.text());
        let path = "/orders/LQ-1002/allot-codes";
        let told = program
            .api(Method::POST, path, Some(&token), Some(&json!({})))
            .await;
        let given = told.json()["codes"].clone();
        assert_eq!(given[0]["code"], "4012345000023");
        assert_eq!(given[1]["code"], "LAQ002");
    });
}

fn claims_and_removals() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let mut portal = house.stranger();
        fill_in(&mut portal, &link).await;
        let place = format!("/orders/{number}/release");
        let page = staff.get(&place).await;
        let claim = [("claimant", "Otto Owner"), ("words", "The chorus is mine.")];
        let action = format!("/orders/{number}/record-claim");
        assert_eq!(staff.send(&page, &action, &claim).await.status, 303);
        let page = portal.get(&format!("{link}/release")).await.text();
        assert!(
            page.contains("Otto Owner claims rights in this order"),
            "{page}"
        );
        assert!(page.contains("Ich nehme den Anspruch vom"), "{page}");
        let told = portal.get(&link).await.text();
        assert!(told.contains("told us that they hold rights"), "{told}");
        assert!(
            told.contains("the claim of Otto Owner to be withdrawn"),
            "{told}"
        );
        let page = staff.get(&place).await;
        let action = format!("/orders/{number}/withdraw-claim");
        assert_eq!(staff.send(&page, &action, &[]).await.status, 303);

        let page = portal.get(&format!("{link}/release")).await;
        let action = format!("{link}/ask-removal");
        let asked = portal
            .send(&page, &action, &[("words", "another label")])
            .await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let (_, view) = ask(&house, Method::GET, "release", None).await;
        let removal = &view["removals"][0];
        assert_eq!(removal["cost"], "fee", "{removal}");
        assert!(removal["due_at"].as_i64().unwrap() > removal["at"].as_i64().unwrap());
        for shop in ["Amazon", "Apple"] {
            let body = json!({ "no": 1, "shop": shop });
            let (status, told) = ask(&house, Method::POST, "shop-gone", Some(&body)).await;
            assert_eq!(status, 200, "{told}");
        }
        let told = portal.get(&link).await.text();
        assert!(told.contains("are free for another release"), "{told}");
        let order = house.page(number).await;
        assert!(!order.project.is_being_removed());
    });
}

fn help() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let mut portal = house.stranger();
        let place = format!("{link}/help");
        let page = portal.get(&place).await;
        let text = page.text();
        for answer in [
            "2 of 2 free rounds are left",
            "Working files are kept for",
            "Who of the studio",
        ] {
            assert!(text.contains(answer), "{answer}: {text}");
        }
        let asked = [("words", "Can you hear <b>the hiss</b>?")];
        let sent = portal.send(&page, &place, &asked).await;
        assert!(
            sent.text().contains("lies in the studio"),
            "{}",
            sent.text()
        );
        let empty = portal.send(&page, &place, &[("words", " ")]).await;
        assert_eq!(empty.status, 422, "{}", empty.text());
        let mut nora = house.log_in("nora").await;
        let page = nora.get("/help").await;
        let sent = nora
            .send(&page, "/help", &[("words", "Do you work in August?")])
            .await;
        assert!(
            sent.text().contains("lies in the studio"),
            "{}",
            sent.text()
        );
        let token = house.token("nora").await;
        let body = json!({ "words": "Is it louder?", "number": number.to_string() });
        let mut program = house.stranger();
        let told = program
            .api(Method::POST, "/support", Some(&token), Some(&body))
            .await;
        assert_eq!(told.status, 204, "{}", told.text());
        let inbox = staff.get("/inbox").await.text();
        for question in ["the hiss", "Do you work in August?", "Is it louder?"] {
            assert!(inbox.contains(question), "{question}: {inbox}");
        }
        assert!(!inbox.contains("<b>the hiss"), "{inbox}");
        assert!(inbox.contains("Nora Thorne (nora) asks"), "{inbox}");
        // Whose order it is not learns nothing of it.
        let kjell = house.client(&mut staff, "kjell", "Kjell").await;
        drop(kjell);
        let token = house.token("kjell").await;
        let told = program
            .api(Method::POST, "/support", Some(&token), Some(&body))
            .await;
        assert_eq!(told.status, 404, "{}", told.text());
        assert!(!staff.get("/help").await.has_form("/help"));
    });
}
