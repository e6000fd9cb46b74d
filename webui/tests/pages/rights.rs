//! Who may do what, asked of every operation in the API's own document.

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::browser::Browser;
use crate::house::{House, PASSWORD, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "each operation is for whom the table says, and none is forgotten",
    table,
)];

/// Who is let through: owner, engineer, assistant, auditor (`u`), client, the order's link, one of the
/// client's people who may comment and approve (`m`), a guest who may only listen.
const TABLE: &[(&str, &str, &str)] = &[
    ("get", "/orders/{number}/consultation", "oeauclmg"),
    ("put", "/orders/{number}/consultation", "oeacl"),
    ("post", "/orders/{number}/content-decision", "oea"),
    ("post", "/orders/{number}/warranty", "cl"),
    (
        "post",
        "/orders/{number}/permissions/{what}/{song}/{file_name}",
        "oeacl",
    ),
    ("get", "/orders/{number}/permissions/{permission}", "oeaucl"),
    ("delete", "/account/sessions", "oeaucm"),
    ("delete", "/account/sessions/{session}", "oeaucm"),
    ("get", "/account/export", "oeaucm"),
    ("get", "/account/profile", "oeauclmg"),
    ("get", "/account/sessions", "oeaucm"),
    ("get", "/account/terms", "oeauclmg"),
    ("post", "/account/terms/accept", "oeaucm"),
    ("put", "/account/contact", "oeaucm"),
    ("put", "/account/password", "oeaucm"),
    ("put", "/account/profile", "oeaucm"),
    ("get", "/held-mails", "oeau"),
    ("get", "/notices/unread", "oeauclmg"),
    ("post", "/notices/read", "oeaclmg"),
    ("delete", "/orders/{number}/guests/{guest}", "oeac"),
    ("get", "/orders/{number}/guests", "oeauc"),
    ("post", "/orders/{number}/guests", "oeac"),
    ("delete", "/people/{login}/members/{member}", "oeac"),
    ("get", "/people/{login}/members", "oeauc"),
    ("post", "/people/{login}/members", "oeac"),
    ("put", "/people/{login}/members/{member}", "oeac"),
    ("delete", "/people/{login}/sessions", "oea"),
    ("get", "/people/{login}/export", "oc"),
    ("get", "/people/{login}/sessions", "oea"),
    ("post", "/people/{login}/erase", "o"),
    ("post", "/people/{login}/mail-again", "oea"),
    ("put", "/people/{login}/account", "oea"),
    ("put", "/people/{login}/contact", "oea"),
    ("put", "/people/{login}/password", "oea"),
    ("put", "/people/{login}/role", "o"),
    ("delete", "/session", "oeauclmg"),
    ("get", "/held-findings", "oeau"),
    ("get", "/notices", "oeauclmg"),
    ("get", "/openapi.json", "oeauclmg"),
    ("get", "/orders", "oeauclmg"),
    ("get", "/orders/{number}", "oeauclmg"),
    ("get", "/ledger", "oeau"),
    ("get", "/ledger/{table}/{form}", "oeau"),
    ("get", "/orders/{number}/account", "oeaucl"),
    ("get", "/orders/{number}/account/{document}", "oeaucl"),
    (
        "get",
        "/orders/{number}/audio/masters/{revision}/{track}",
        "oeauclmg",
    ),
    ("get", "/orders/{number}/audio/mixes/{mix}", "oeauclmg"),
    (
        "get",
        "/orders/{number}/audio/discs/{revision}/{disc}",
        "oeauclmg",
    ),
    (
        "get",
        "/orders/{number}/sheets/discs/{revision}/{disc}",
        "oeauclmg",
    ),
    ("get", "/orders/{number}/programme", "oeau"),
    ("put", "/orders/{number}/programme", "oe"),
    ("get", "/orders/{number}/programme/file", "oeau"),
    ("post", "/orders/{number}/programme/check", "oe"),
    (
        "post",
        "/orders/{number}/programme/transition/{disc}/{place}",
        "oe",
    ),
    (
        "post",
        "/orders/{number}/programme/edit/{disc}/{place}/{edit}",
        "oe",
    ),
    ("get", "/orders/{number}/programme/balance/{anchor}", "oeau"),
    ("get", "/orders/{number}/packages", "oeaucl"),
    ("post", "/orders/{number}/packages", "oea"),
    (
        "get",
        "/orders/{number}/packages/{package}/files/{file}",
        "oeaucl",
    ),
    (
        "get",
        "/orders/{number}/packages/{package}/discs/{disc}",
        "oeaucl",
    ),
    ("get", "/orders/{number}/release/file", "oeaucl"),
    ("post", "/orders/{number}/covers/{file_name}", "oeacl"),
    ("get", "/orders/{number}/attachments", "oeaucl"),
    ("post", "/orders/{number}/booklets/{file_name}", "oeacl"),
    (
        "post",
        "/orders/{number}/videos/{song}/{file_name}",
        "oeacl",
    ),
    (
        "get",
        "/orders/{number}/attachments/{attachment}/file",
        "oeaucl",
    ),
    ("post", "/orders/{number}/tick", "oeacl"),
    ("post", "/orders/{number}/untick", "oeacl"),
    ("post", "/orders/{number}/attach", "oeacl"),
    ("post", "/orders/{number}/code-video", "oeacl"),
    ("post", "/orders/{number}/detach", "oeacl"),
    ("get", "/orders/{number}/cover", "oeauclmg"),
    ("post", "/orders/{number}/label-copy/{file_name}", "oeacl"),
    ("post", "/orders/{number}/choose-of-label-copy", "oeacl"),
    ("post", "/orders/{number}/release-package", "clm"),
    ("post", "/orders/{number}/post-package", "oea"),
    ("post", "/orders/{number}/send-package", "oea"),
    ("post", "/orders/{number}/call-off-sending", "oea"),
    ("post", "/orders/{number}/try-upload", "oea"),
    (
        "post",
        "/orders/{number}/programme/balance/{anchor}",
        "oeau",
    ),
    ("get", "/orders/{number}/certificate", "oeauclmg"),
    ("get", "/orders/{number}/finals/{track}/{format}", "oeaucl"),
    ("get", "/orders/{number}/mixes/{mix}/report", "oeauclmg"),
    ("get", "/orders/{number}/mixes/{mix}/report.txt", "oeauclmg"),
    (
        "get",
        "/orders/{number}/revisions/{revision}/tracks/{track}/plan",
        "oeau",
    ),
    (
        "get",
        "/orders/{number}/sheets/masters/{revision}/{track}",
        "oeauclmg",
    ),
    ("get", "/orders/{number}/sheets/mixes/{mix}", "oeauclmg"),
    ("get", "/people", "oeau"),
    ("get", "/queue", "oeau"),
    ("get", "/services", "oeauclmg"),
    ("get", "/services/catalogue", "oeau"),
    ("put", "/services/catalogue", "o"),
    ("get", "/journal", "oeau"),
    ("get", "/archive/due", "oeau"),
    ("post", "/archive/release", "o"),
    ("get", "/session", "oeauclmg"),
    ("get", "/price-lists", "oeau"),
    ("get", "/statistics", "oeau"),
    ("get", "/statistics/{form}", "oeau"),
    ("get", "/unsorted", "oeau"),
    ("get", "/waiting", "oeau"),
    ("post", "/notices/{id}/read", "oeaclmg"),
    ("post", "/orders", "oea"),
    ("post", "/orders/{number}/agree-to-request", "oeacl"),
    ("post", "/orders/{number}/answer-question", "oeacl"),
    ("post", "/orders/{number}/answer-request", "oe"),
    ("post", "/orders/{number}/approve", "clm"),
    ("post", "/orders/{number}/account/accept", "oeacl"),
    ("post", "/orders/{number}/account/decline", "oeacl"),
    ("post", "/orders/{number}/account/cancel", "oea"),
    ("post", "/orders/{number}/account/credit", "o"),
    ("post", "/orders/{number}/account/pay", "oea"),
    ("post", "/orders/{number}/account/penalise", "o"),
    ("post", "/orders/{number}/account/quote", "oea"),
    ("post", "/orders/{number}/account/redeem", "oeacl"),
    ("post", "/orders/{number}/account/refund", "o"),
    ("post", "/orders/{number}/account/waive", "o"),
    ("post", "/orders/{number}/account/withdraw", "oea"),
    ("post", "/orders/{number}/ask-client", "oea"),
    ("post", "/orders/{number}/ask-deletion", "oeacl"),
    ("post", "/orders/{number}/choose-lane", "oea"),
    ("post", "/orders/{number}/choose-preview", "oea"),
    ("post", "/orders/{number}/confirm-deletion", "o"),
    ("post", "/orders/{number}/extend-retention", "oea"),
    ("post", "/orders/{number}/lift-hold", "oea"),
    ("post", "/orders/{number}/listen", "clm"),
    ("post", "/orders/{number}/allow-listening", "clm"),
    ("post", "/orders/{number}/forbid-listening", "clm"),
    ("post", "/orders/{number}/listening-reason", "oea"),
    ("post", "/orders/{number}/permission-not-needed", "oea"),
    ("post", "/orders/{number}/mark-track", "oeacl"),
    ("post", "/support", "clmg"),
    ("get", "/orders/{number}/release", "oeaucl"),
    ("post", "/orders/{number}/describe-release", "oeacl"),
    ("get", "/orders/{number}/lyrics", "oeaucl"),
    ("put", "/orders/{number}/lyrics/{track}", "oeacl"),
    ("post", "/orders/{number}/allot-codes", "oea"),
    ("post", "/orders/{number}/ask-removal", "oeacl"),
    ("post", "/orders/{number}/shop-gone", "oea"),
    ("post", "/orders/{number}/withdraw-removal", "oeacl"),
    ("get", "/orders/{number}/sales", "oeaucl"),
    ("get", "/orders/{number}/sales/{form}", "oeaucl"),
    ("post", "/orders/{number}/ask-payout", "oeacl"),
    ("post", "/orders/{number}/note-payout", "oea"),
    ("get", "/sales", "oeau"),
    (
        "post",
        "/sales/reports/{quarter}/{distributor}/{file_name}",
        "oea",
    ),
    ("get", "/sales/reports/{report}/file", "oeau"),
    ("post", "/sales/reports/{report}/withdraw", "oea"),
    ("post", "/sales/songs/{sold}/place", "oea"),
    ("get", "/sales/tables/{quarter}/{form}", "oeau"),
    ("post", "/orders/{number}/record-claim", "oea"),
    ("post", "/orders/{number}/withdraw-claim", "oea"),
    ("post", "/orders/{number}/name-last-word", "oeacl"),
    ("post", "/orders/{number}/place-hold", "oea"),
    ("post", "/orders/{number}/report-fault", "oe"),
    ("post", "/orders/{number}/withdraw-deletion", "clm"),
    ("post", "/orders/{number}/withdraw-request", "oeacl"),
    ("post", "/orders/{number}/ask-reprint", "oea"),
    ("post", "/orders/{number}/close-intake", "oeacl"),
    ("post", "/orders/{number}/comment", "oeaclm"),
    ("post", "/orders/{number}/comment-on-record", "oeaclm"),
    ("post", "/orders/{number}/complete", "oeacl"),
    ("post", "/orders/{number}/go-on-with", "oea"),
    ("post", "/orders/{number}/name-track", "oeacl"),
    ("post", "/orders/{number}/open-revision", "oe"),
    ("post", "/orders/{number}/order-tracks", "oeacl"),
    ("post", "/orders/{number}/portal-link", "oea"),
    ("post", "/orders/{number}/release-findings", "oea"),
    ("post", "/orders/{number}/request-revision", "oeacl"),
    ("post", "/orders/{number}/send-reference", "oe"),
    ("post", "/orders/{number}/set-aside", "oea"),
    ("post", "/orders/{number}/start-mastering", "oe"),
    ("post", "/orders/{number}/take-up-mix", "oe"),
    ("post", "/orders/{number}/name-alternate", "oe"),
    ("post", "/orders/{number}/unname-alternate", "oe"),
    ("post", "/orders/{number}/print-through", "oe"),
    ("get", "/orders/{number}/prints", "oeau"),
    ("post", "/orders/{number}/prints", "oe"),
    ("get", "/prints", "oeau"),
    ("get", "/prints/{print}", "oeau"),
    ("get", "/prints/{print}/takes/{take}", "oeau"),
    ("post", "/prints/{print}/answer", "oe"),
    ("post", "/prints/hold", "oe"),
    ("post", "/prints/resume", "oe"),
    ("put", "/prints/pause", "oe"),
    ("put", "/rack/units/{unit}/power", "oe"),
    ("post", "/orders/{number}/try-again", "oea"),
    ("post", "/orders/{number}/uploads/{file_name}", "oeacl"),
    ("post", "/people", "oea"),
    ("post", "/price-lists/{service}/quote", "oeau"),
    ("post", "/unsorted/settle", "oea"),
    ("put", "/orders/{number}/tracks/{track}/plan", "oe"),
    ("put", "/people/{login}/findings", "oea"),
    ("put", "/price-lists/{service}", "o"),
    ("put", "/people/{login}/trust", "oea"),
    ("get", "/patchbay", "oeau"),
    ("post", "/patchbay/wanted", "oe"),
    ("post", "/patchbay/unwanted", "oe"),
    ("post", "/patchbay/again", "oe"),
    ("get", "/live", "oeau"),
    ("post", "/live/say", "oe"),
    ("post", "/live/keep", "oe"),
    ("post", "/orders/{number}/live/{track}", "oe"),
    ("get", "/rack/units", "oeau"),
    ("get", "/rack/units/{unit}", "oeau"),
    ("put", "/rack/units/{unit}", "oe"),
    ("post", "/rack/photographs/{unit}/{file_name}", "oe"),
    ("get", "/rack/units/{unit}/photographs/{photograph}", "oeau"),
    ("post", "/rack/units/{unit}/take-away", "oe"),
    ("get", "/rack/units/{unit}/measurements", "oeau"),
    ("post", "/rack/units/{unit}/measurements", "oe"),
    ("get", "/rack/chains", "oeau"),
    ("get", "/rack/chains/{chain}", "oeau"),
    ("put", "/rack/chains/{chain}", "oe"),
    ("get", "/orders/{number}/recall", "oeau"),
    ("get", "/orders/{number}/recall/{revision}", "oeau"),
    ("get", "/orders/{number}/recall/{revision}/walk", "oeau"),
    ("post", "/orders/{number}/recall/{revision}/midi", "oe"),
    (
        "get",
        "/orders/{number}/recall/{revision}/differences",
        "oeau",
    ),
    ("post", "/orders/{number}/recall/{revision}/begin", "oe"),
    ("post", "/orders/{number}/recall/{revision}/carry", "oe"),
    ("put", "/orders/{number}/recall/{revision}/settings", "oe"),
    ("post", "/orders/{number}/recall/{revision}/patched", "oe"),
    ("put", "/orders/{number}/recall/{revision}/trims", "oe"),
    ("put", "/orders/{number}/recall/{revision}/words", "oe"),
    (
        "post",
        "/orders/{number}/recall/{revision}/photographs/{unit}/{file_name}",
        "oe",
    ),
    (
        "get",
        "/orders/{number}/recall/{revision}/photographs/{photograph}",
        "oeau",
    ),
    ("post", "/orders/{number}/recall/{revision}/take-away", "oe"),
];

/// Operations that ask nobody who they are, or that never end.
const OUTSIDE: &[(&str, &str)] = &[
    ("post", "/session"),
    ("get", "/changes"),
    ("get", "/patchbay/live"),
    ("get", "/live/stream"),
    ("post", "/payments/message"),
    ("post", "/recovery"),
    ("put", "/recovery/{token}"),
];

/// Operations that would end the walk for whoever is let through: those are asked last, and only by
/// whoever is not.
const LAST: &[(&str, &str)] = &[
    ("delete", "/session"),
    ("delete", "/account/sessions"),
    ("delete", "/people/{login}/sessions"),
    ("put", "/people/{login}/account"),
    ("put", "/people/{login}/password"),
    ("post", "/people/{login}/erase"),
];

const ID: &str = "0123456789abcdef0123456789abcdef";

/// A body that the operation can read, made from what the document says of it.
fn body_of(entry: &Value) -> Option<Value> {
    let content = entry.pointer("/requestBody/content")?;
    let Some(schema) = content.pointer("/application~1json/schema") else {
        return Some(json!("a file"));
    };
    let mut body = Map::new();
    for name in schema["required"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let kind = schema["properties"][name]["type"].as_str().unwrap();
        let value = match (name, kind) {
            ("say", _) => json!("stop"),
            ("service", _) => json!("instant"),
            ("answer", _) => json!("declined"),
            ("trust", _) => json!("usual"),
            ("purpose", _) => json!("testing"),
            ("what", _) => json!("cover"),
            ("point", _) => json!("no_address"),
            ("lane", _) => json!("usual"),
            ("heard", _) => json!("part"),
            ("audible", _) => json!({ "what": "mix", "mix": ID }),
            ("findings", _) => json!("at_once"),
            ("role", _) => json!("engineer"),
            ("beside_as", _) => json!("instrumental"),
            ("account", _) => json!("open"),
            ("verdict", _) => json!("accepted"),
            ("measurement", _) => json!({
                "rate_hz": 48_000, "form": "short", "level_dbfs": -12.0, "band_hz": [20.0, 20_000.0],
                "channels": [], "crosstalk": [], "clock_drift_ppm": null,
            }),
            ("programme", _) => json!({ "title": "Lines", "disc": [] }),
            ("email", _) => json!(""),
            ("client_login", _) => json!("nora"),
            ("number", _) => json!("LQ-1001"),
            ("quote", _) => json!("Q-0001"),
            ("invoice", _) => json!("INV-0001"),
            ("credit", _) => json!("C-0001"),
            ("amount", _) => json!("1.00 EUR"),
            ("method", _) => json!("bank"),
            ("currency", _) => json!("EUR"),
            ("paid_on", _) => json!("2026-11-21"),
            ("cause", _) => json!("decision"),
            (_, "string") => json!(ID),
            (_, "integer") => json!(1),
            (_, "number") => json!(0.5),
            (_, "array") => json!([]),
            (_, "object") => json!({}),
            (name, kind) => panic!("no example for {name}, a {kind}"),
        };
        body.insert(name.to_owned(), value);
    }
    Some(Value::Object(body))
}

fn filled(path: &str) -> String {
    let filled = path
        .replace("{number}", "LQ-1001")
        .replace("{revision}", "1")
        .replace("{disc}", "1")
        .replace("{package}", "1")
        .replace("{attachment}", "1")
        .replace("{file}", "0")
        .replace("{place}", "1")
        .replace("{anchor}", "1")
        .replace("{edit}", "1")
        .replace("{format}", "wav24")
        .replace("{document}", "INV-0001")
        .replace("{table}", "documents")
        .replace("{form}", "csv")
        .replace("{quarter}", "2026-Q3")
        .replace("{report}", "1")
        .replace("{sold}", "1")
        .replace("{service}", "nothing_yet")
        .replace("{login}", "nora")
        .replace("{what}", "cover")
        .replace("{file_name}", "a.txt");
    let mut words = String::new();
    let mut rest = filled.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        words.push_str(before);
        words.push_str(ID);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    words + rest
}

/// One of each kind, by their letters, with what lets them in.
async fn everybody(house: &House, owner: &mut Browser) -> Vec<(char, String)> {
    let mut tokens = vec![('o', house.token("ada").await)];
    for (letter, role) in [('e', "engineer"), ('a', "assistant"), ('u', "auditor")] {
        house.person(owner, role, role).await;
        tokens.push((letter, house.token(role).await));
    }
    house.person(owner, "nora", "client").await;
    tokens.push(('c', house.token("nora").await));
    let link = house.order(owner, "nora", "1").await;
    tokens.push(('l', link.strip_prefix("/p/").unwrap().to_owned()));
    let member = json!({
        "login": "mira", "name": "Mira", "password": PASSWORD, "rights": ["comment", "approve"],
    });
    let added = owner
        .api(Method::POST, "/people/nora/members", None, Some(&member))
        .await;
    assert_eq!(added.status, 200, "{}", added.text());
    tokens.push(('m', house.token("mira").await));
    let guest = json!({ "name": "Gil", "rights": [] });
    let invited = owner
        .api(Method::POST, "/orders/LQ-1001/guests", None, Some(&guest))
        .await;
    let invited = invited.json();
    let link = invited["link"].as_str().unwrap();
    tokens.push(('g', link.rsplit('/').next().unwrap().to_owned()));
    tokens
}

fn table() {
    in_a_house(|house| async move {
        let mut owner = house.staff().await;
        let tokens = everybody(&house, &mut owner).await;
        let document = owner.get("/api/v1/openapi.json").await.json();
        let mut walked = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, entry) in methods.as_object().unwrap() {
                if OUTSIDE.contains(&(method.as_str(), path.as_str())) {
                    continue;
                }
                let row = TABLE.iter().find(|(m, p, _)| m == method && p == path);
                let (_, _, who) = row.unwrap_or_else(|| {
                    panic!("nobody has said who may {method} {path}; the table of this test must")
                });
                walked.push((method.clone(), path.clone()));
                let body = body_of(entry);
                for (letter, token) in &tokens {
                    let is_last = LAST.contains(&(method.as_str(), path.as_str()));
                    if is_last && who.contains(*letter) {
                        continue;
                    }
                    let asked: Method = method.to_uppercase().parse().unwrap();
                    let mut program = house.stranger();
                    let answer = program
                        .api(asked, &filled(path), Some(token), body.as_ref())
                        .await;
                    let is_through = !matches!(answer.status, 401 | 403);
                    assert_eq!(
                        is_through,
                        who.contains(*letter),
                        "{letter} {method} {path}: {} {}",
                        answer.status,
                        answer.text()
                    );
                    assert_ne!(answer.status, 500, "{method} {path}: {}", answer.text());
                    let is_unread = answer.status == 422 && answer.text().contains("This is not");
                    assert!(!is_unread, "{method} {path}: {}", answer.text());
                }
            }
        }
        assert_eq!(
            walked.len(),
            TABLE.len(),
            "the table names what is not there"
        );
        for (letter, token) in &tokens {
            let out = house
                .stranger()
                .api(Method::DELETE, "/session", Some(token), None)
                .await;
            assert_eq!(out.status, 204, "{letter}");
        }
    });
}
