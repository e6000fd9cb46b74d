//! Requests that cost: quoted on the client's account, accepted or declined there; what was fetched
//! is counted; a client who defrauded the studio comes in no more.

use axum::http::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::{House, PASSWORD, in_a_house, in_a_reopened_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a request that costs is quoted at the list price, accepted on the portal, and worked on",
        accepted,
    ),
    (
        "a quote that is declined or whose day is over ends its request",
        ended,
    ),
    (
        "after the approval a change is quoted, a corrected title is not, and what was fetched is counted",
        after_approval,
    ),
    (
        "whoever was proven to defraud the studio cannot log in any more",
        fraud,
    ),
];

const PRICES: &str = "per_song = \"9.90 EUR\"\npayment = \"on_acceptance\"\n\
    [extras]\nextra_revision = \"4.00 EUR\"\nedit = \"2.50 EUR\"\n";
const ACCOUNT: &str = "/orders/LQ-1001/account";

/// The client asks for something, and the studio says that it costs.
async fn asked_and_charged(
    house: &House,
    staff: &mut Browser,
    link: &str,
    (topic, answer): (&str, &[(&str, &str)]),
) {
    let mut portal = house.stranger();
    let page = portal.get(link).await;
    let topic = format!("topic.{topic}");
    let asked = [("words", "Something else."), (topic.as_str(), "yes")];
    let asked = portal.send(&page, &format!("{link}/request"), &asked).await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    let desk = staff.get("/orders/LQ-1001").await;
    let mut fields = vec![("words", "That is beyond the rounds.")];
    fields.extend(answer);
    let path = "/orders/LQ-1001/answer-request";
    let said = staff.send(&desk, path, &fields).await;
    assert_eq!(said.status, 303, "{}", said.text());
}

/// The account as its API tells it, once a quote waits in it.
async fn until_quoted(house: &House, token: &str) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let mut program = house.stranger();
        let account = program.api(Method::GET, ACCOUNT, Some(token), None).await;
        let account = account.json();
        if account["open_quotes"][0].is_object() {
            return account;
        }
        assert!(begun.elapsed().as_secs() < 60, "no quote came: {account}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn accepted() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review_at(PRICES).await;
        let token = house.token("ada").await;
        // What the list has no price for is refused before anybody waits for it.
        let answer = [("answer", "new_work"), ("extra", "stems")];
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        let request = [("words", "And the strings?"), ("topic.addition", "yes")];
        let path = format!("{link}/request");
        assert_eq!(portal.send(&page, &path, &request).await.status, 303);
        let desk = staff.get("/orders/LQ-1001").await;
        let mut fields = vec![("words", "That is new.")];
        fields.extend(answer);
        let path = "/orders/LQ-1001/answer-request";
        let refused = staff.send(&desk, path, &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(
            refused.text().contains("name an amount instead"),
            "{}",
            refused.text()
        );
        fields.push(("amount", "12.00 EUR"));
        assert_eq!(staff.send(&desk, path, &fields).await.status, 303);

        let account = until_quoted(&house, &token).await;
        let quote = &account["open_quotes"][0];
        assert_eq!(
            (&quote["about"], &quote["quote"], &quote["total"]),
            (&json!("request"), &json!("Q-0001"), &json!("12.00 EUR"))
        );
        assert_eq!(account["hold"], "finals", "the fee, not the request");
        let page = portal.get(&link).await;
        assert!(page.text().contains("12.00 EUR"), "{}", page.text());
        assert!(
            !page.has_form(&format!("{link}/agree")),
            "the yes is the quote's"
        );
        let accept = [("command", "accept"), ("quote", "Q-0001"), ("name", "Nora")];
        let done = portal
            .send(&page, &format!("{link}/account"), &accept)
            .await;
        assert_eq!(done.status, 303, "{}", done.text());
        let page = house
            .until(number, "the work", |page| {
                page.project.stage.code() == "adjusting"
            })
            .await;
        assert!(
            page.log
                .iter()
                .any(|line| line.text.contains("Nora agreed"))
        );
    });
}

fn ended() {
    let lapsing = format!("quote_days = 0\n{PRICES}");
    in_a_reopened_house(
        |house| async move {
            let (mut staff, link, number) = house.in_review_at(&lapsing).await;
            let token = house.token("ada").await;
            let answer = [("answer", "new_work"), ("amount", "5.00 EUR")];
            asked_and_charged(&house, &mut staff, &link, ("arrangement", &answer)).await;
            until_quoted(&house, &token).await;
            let page = house.page(number).await;
            assert!(
                page.waits_for.contains("agrees to the quote"),
                "{}",
                page.waits_for
            );
        },
        |house| async move {
            // The clock ticks as the studio opens: the quote's last day was today.
            let number = mastering::OrderNumber::FIRST;
            house
                .until(number, "the end of the request", |page| {
                    page.project.requests[0].outcome == mastering::Outcome::Withdrawn
                })
                .await;
            let mut staff = house.log_in("ada").await;
            let ledger = staff.get("/ledger?series=quote&state=lapsed").await;
            assert!(ledger.text().contains("Q-0001"), "{}", ledger.text());
            let portal = house.token("nora").await;
            let body = json!({ "quote": "Q-0001", "name": "Nora" });
            let path = format!("{ACCOUNT}/decline");
            let late = house
                .stranger()
                .api(Method::POST, &path, Some(&portal), Some(&body))
                .await;
            assert_eq!(late.status, 409, "{}", late.text());
        },
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one order from its approval to its next"
)]
fn after_approval() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review_at(PRICES).await;
        let token = house.token("ada").await;
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        let name = [("name", "Nora Thorne")];
        let approved = portal.send(&page, &format!("{link}/approve"), &name).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        house
            .until(number, "the finals", |page| !page.project.finals.is_empty())
            .await;
        // Accepting made the fee due; the finals wait for it, and the portal says so in one place.
        let begun = std::time::Instant::now();
        while !portal
            .get(&link)
            .await
            .text()
            .contains("9.90 EUR of INV-0001")
        {
            assert!(begun.elapsed().as_secs() < 60, "no invoice came");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let pay = json!({ "invoice": "INV-0001", "amount": "9.90 EUR", "method": "bank" });
        let path = format!("{ACCOUNT}/pay");
        let paid = house
            .stranger()
            .api(Method::POST, &path, Some(&token), Some(&pay))
            .await;
        assert_eq!(paid.status, 200, "{}", paid.text());
        let page = house
            .until(number, "the delivery", |page| {
                page.project.offered_at.is_some()
            })
            .await;
        let file = page.project.finals[0].clone();
        let fetch = format!("final/{}/{}", file.track, file.format.code());
        for _ in 0..2 {
            let fetched = portal.get(&format!("{link}/{fetch}")).await;
            assert_eq!(fetched.status, 200, "{}", fetched.text());
        }
        // The studio's own fetching counts for nobody.
        house.listens(&mut staff, number).await;
        assert_eq!(
            staff.get(&format!("/orders/{number}/{fetch}")).await.status,
            200
        );
        let other = &page.project.finals[1];
        let path = format!(
            "/orders/{number}/finals/{}/{}",
            other.track,
            other.format.code()
        );
        let nora = house.token("nora").await;
        let by_program = house
            .stranger()
            .api(Method::GET, &path, Some(&nora), None)
            .await;
        assert_eq!(by_program.status, 200, "{path}");
        let months = house
            .stranger()
            .api(Method::GET, "/statistics", Some(&token), None)
            .await
            .json();
        assert_eq!(months["months"][0]["downloaded"], 2, "{months}");
        let csv = house
            .stranger()
            .api(Method::GET, "/statistics/csv", Some(&token), None)
            .await;
        let (head, line) = (csv.text(), csv.text());
        let place = head
            .lines()
            .next()
            .unwrap()
            .split(',')
            .position(|c| c.contains("Downloaded"));
        let value = line
            .lines()
            .nth(1)
            .unwrap()
            .split(',')
            .nth(place.unwrap())
            .unwrap()
            .to_owned();
        assert_eq!(value.trim_matches('"'), "2");

        let page = house
            .until(number, "the archive", |page| {
                page.project.stage.code() == "archived"
            })
            .await;
        let before = page.project.stage;
        let track = file.track.to_string();
        let title = json!({ "track": track, "title": "First Light (Remastered)" });
        let path = format!("/orders/{number}/name-track");
        let named = house
            .stranger()
            .api(Method::POST, &path, Some(&token), Some(&title))
            .await;
        assert_eq!(named.status, 200, "{}", named.text());
        assert_eq!(
            house.page(number).await.project.stage,
            before,
            "a title reopens nothing"
        );
        asked_and_charged(
            &house,
            &mut staff,
            &link,
            ("edit", &[("answer", "new_work")]),
        )
        .await;
        let account = until_quoted(&house, &token).await;
        assert_eq!(
            account["open_quotes"][0]["total"], "2.50 EUR",
            "an edit, by the list"
        );
        let decline = json!({ "quote": account["open_quotes"][0]["quote"], "name": "Nora" });
        let path = format!("{ACCOUNT}/decline");
        let said = house
            .stranger()
            .api(Method::POST, &path, Some(&nora), Some(&decline))
            .await;
        assert_eq!(said.status, 200, "{}", said.text());
        let page = house
            .until(number, "the end of the request", |page| {
                page.project.requests[0].outcome == mastering::Outcome::Withdrawn
            })
            .await;
        assert!(
            page.project.offered_at.is_some(),
            "what was delivered stays"
        );
    });
}

fn fraud() {
    in_a_house(|house| async move {
        let mut owner = house.staff().await;
        let page = owner.get("/prices").await;
        let fields = [("service", "instant"), ("toml", PRICES)];
        assert_eq!(owner.send(&page, "/prices", &fields).await.status, 303);
        let mut nora = house.client(&mut owner, "nora", "Nora Thorne").await;
        let link = house.order(&mut owner, "nora", "1").await;
        assert_eq!(nora.get("/orders/LQ-1001").await.status, 200);
        let token = house.token("ada").await;
        let proven = json!({ "tracks": 2, "reason": "the recordings are somebody else's" });
        let path = format!("{ACCOUNT}/penalise");
        let done = house
            .stranger()
            .api(Method::POST, &path, Some(&token), Some(&proven))
            .await;
        assert_eq!(done.status, 200, "{}", done.text());
        assert_ne!(
            nora.get("/orders/LQ-1001").await.status,
            200,
            "the session is over"
        );
        assert_ne!(
            house.stranger().get(&link).await.status,
            200,
            "and the link"
        );
        let mut again = house.stranger();
        let page = again.get("/login").await;
        let fields = [("login", "nora"), ("password", PASSWORD)];
        assert_ne!(again.send(&page, "/login", &fields).await.status, 303);
        let people = owner.get("/people").await;
        assert_eq!(people.status, 200, "the studio still sees who they were");
    });
}
