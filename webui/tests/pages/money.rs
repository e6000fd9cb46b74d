//! Money: a price list is saved, a quote accepted, a payment comes in by a signed message.

use axum::http::Method;
use serde_json::json;

use crate::house::{SECRET, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "an order is quoted, accepted, paid by a signed message once, and read as PDF and tables",
        from_quote_to_receipt,
    ),
    (
        "the account's page has the forms of whoever looks at it",
        pages,
    ),
];

const PRICES: &str = "per_song = \"80.00 EUR\"\npayment = \"deposit\"\ntax_basis_points = 1900\n";

fn now_seconds() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

/// HMAC-SHA256 by the definition of RFC 2104, so that the daemon's own is judged by another.
fn hmac(secret: &str, message: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut block = [0u8; 64];
    block[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |with: u8| block.map(|b| b ^ with);
    let inner = Sha256::digest([&pad(0x36)[..], message.as_bytes()].concat());
    hex::encode(Sha256::digest([&pad(0x5c)[..], &inner[..]].concat()))
}

#[expect(
    clippy::too_many_lines,
    reason = "one order's money from first to last"
)]
fn from_quote_to_receipt() {
    in_a_house(|house| async move {
        let mut owner = house.staff().await;
        let token = house.token("ada").await;
        house.person(&mut owner, "nora", "client").await;
        let saved = house
            .stranger()
            .api(
                Method::PUT,
                "/price-lists/engineer",
                Some(&token),
                Some(&json!({ "toml": PRICES, "key": "one" })),
            )
            .await;
        assert_eq!(
            (saved.status, saved.json()["version"].clone()),
            (200, json!(1)),
            "{}",
            saved.text()
        );
        let again = house
            .stranger()
            .api(
                Method::PUT,
                "/price-lists/engineer",
                Some(&token),
                Some(&json!({ "toml": PRICES, "key": "one" })),
            )
            .await;
        assert_eq!(again.json()["version"], json!(1), "the same key saves once");

        let link = house.order(&mut owner, "nora", "1").await;
        let portal = link.strip_prefix("/p/").unwrap().to_owned();
        let give = |deed: &str, token: &str, body: serde_json::Value| {
            let (path, token) = (format!("/orders/LQ-1001/account/{deed}"), token.to_owned());
            let house = house.clone();
            async move {
                let mut program = house.stranger();
                program
                    .api(Method::POST, &path, Some(&token), Some(&body))
                    .await
            }
        };
        let quoted = give(
            "quote",
            &token,
            json!({ "songs": 2, "service": "engineer" }),
        )
        .await;
        assert_eq!(
            quoted.json()["documents"],
            json!(["Q-0001"]),
            "{}",
            quoted.text()
        );
        let accepted = give(
            "accept",
            &portal,
            json!({ "quote": "Q-0001", "name": "Nora" }),
        )
        .await;
        assert_eq!(
            accepted.json()["documents"],
            json!(["INV-0001"]),
            "{}",
            accepted.text()
        );
        let late = give(
            "accept",
            &portal,
            json!({ "quote": "Q-0001", "name": "Nora" }),
        )
        .await;
        assert_eq!(late.status, 409);

        let message = |id: &str, amount: &str| {
            json!({ "id": id, "invoice": "INV-0001", "amount": amount, "reference": "ch_7" })
                .to_string()
        };
        let send = |body: String, stamp: i64, secret: &'static str| {
            let house = house.clone();
            async move {
                let signature =
                    format!("t={stamp},v1={}", hmac(secret, &format!("{stamp}.{body}")));
                house
                    .stranger()
                    .message("/payments/message", &signature, body)
                    .await
            }
        };
        let deposit = message("evt-1", "95.20 EUR");
        assert_eq!(
            send(deposit.clone(), now_seconds(), "another secret")
                .await
                .status,
            403
        );
        assert_eq!(
            send(deposit.clone(), now_seconds() - 900, SECRET)
                .await
                .status,
            403
        );
        let card = deposit.replace("\"reference\"", "\"card_number\"");
        assert_eq!(send(card, now_seconds(), SECRET).await.status, 422);
        let first = send(deposit.clone(), now_seconds(), SECRET).await;
        assert_eq!(
            first.json()["documents"],
            json!(["R-0001"]),
            "{}",
            first.text()
        );
        let repeated = send(deposit, now_seconds(), SECRET).await;
        assert_eq!(repeated.json(), first.json(), "a message counts once");

        let mut program = house.stranger();
        let account = program
            .api(Method::GET, "/orders/LQ-1001/account", Some(&portal), None)
            .await
            .json();
        assert_eq!(
            account["owed"],
            json!(["95.20 EUR of INV-0001 are due before the finals are handed over."])
        );
        for document in ["Q-0001", "INV-0001", "R-0001"] {
            let path = format!("/orders/LQ-1001/account/{document}");
            let pdf = program.api(Method::GET, &path, Some(&portal), None).await;
            assert!(pdf.body.starts_with(b"%PDF-"), "{document}");
        }
        let csv = program
            .api(Method::GET, "/ledger/entries/csv", Some(&token), None)
            .await;
        let lines: Vec<String> = csv.text().lines().map(str::to_owned).collect();
        assert_eq!(
            lines.len(),
            6,
            "a head, three lines of the invoice, two of the payment: {lines:?}"
        );
        let xlsx = program
            .api(Method::GET, "/ledger/documents/xlsx", Some(&token), None)
            .await;
        assert!(xlsx.body.starts_with(b"PK"));
        let months = program
            .api(Method::GET, "/statistics", Some(&token), None)
            .await
            .json();
        assert_eq!(months["months"][0]["earned"], json!(["160.00 EUR"]));
        assert_eq!(months["months"][0]["outstanding"], json!(["95.20 EUR"]));
        // The document of one order is not there for another.
        house.order(&mut owner, "nora", "1").await;
        let foreign = program
            .api(
                Method::GET,
                "/orders/LQ-1002/account/INV-0001",
                Some(&token),
                None,
            )
            .await;
        assert_eq!(foreign.status, 404);
    });
}

fn pages() {
    in_a_house(|house| async move {
        let mut owner = house.staff().await;
        house.person(&mut owner, "nora", "client").await;
        let page = owner.get("/prices").await;
        assert_eq!(page.status, 200);
        let fields = [("service", "engineer"), ("toml", PRICES)];
        let saved = owner.send(&page, "/prices", &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let wrong = [("service", "engineer"), ("toml", "per_song = 80.0")];
        let page = owner.get("/prices").await;
        let refused = owner.send(&page, "/prices", &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        let link = house.order(&mut owner, "nora", "1").await;
        let account = "/orders/LQ-1001/account";
        let page = owner.get(account).await;
        assert!(
            page.text().contains("Nothing waits for a payment."),
            "{}",
            page.text()
        );
        let quote = [
            ("command", "quote"),
            ("service", "engineer"),
            ("songs", "2"),
            ("instalments", "1"),
            ("basis", "songs"),
            ("method", "bank"),
            ("extra.rush", "0"),
        ];
        let quoted = owner.send(&page, account, &quote).await;
        assert_eq!(quoted.status, 303, "{}", quoted.text());

        let mut client = house.stranger();
        let portal = client.get(&format!("{link}/account")).await;
        assert!(portal.text().contains("Accept Q-0001"), "{}", portal.text());
        assert!(!portal.text().contains("Note the payment"));
        let accept = [("command", "accept"), ("quote", "Q-0001"), ("name", "Nora")];
        let accepted = client
            .send(&portal, &format!("{link}/account"), &accept)
            .await;
        assert_eq!(accepted.status, 303, "{}", accepted.text());
        let portal = client.get(&link).await;
        assert!(
            portal
                .text()
                .contains("95.20 EUR of INV-0001 are due before work starts"),
            "{}",
            portal.text()
        );

        let page = owner.get(account).await;
        let pay = [
            ("command", "pay"),
            ("invoice", "INV-0001"),
            ("amount", "190.40 EUR"),
            ("method", "cash"),
            ("reference", ""),
        ];
        assert_eq!(owner.send(&page, account, &pay).await.status, 303);
        let ledger = owner.get("/ledger?series=invoice&state=paid").await;
        assert!(ledger.text().contains("INV-0001"));
        assert!(owner.get("/statistics").await.text().contains("160.00 EUR"));
        let pdf = client.get(&format!("{link}/account/R-0001")).await;
        assert!(pdf.body.starts_with(b"%PDF-"));
    });
}
