//! The API, walked by its own document.

use axum::http::Method;
use serde_json::{Value, json};

use crate::house::{PASSWORD, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("the document and the routes are the same", document),
    ("a program does what the pages do", program),
    (
        "a link's token opens its order and nothing else",
        link_token,
    ),
    (
        "the browser's session gives the API nothing to foreign pages",
        foreign,
    ),
];

/// Streams of events.
const ENDLESS: [&str; 3] = ["/changes", "/patchbay/live", "/live/stream"];
const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

/// An address with something in each of its places.
fn filled(path: &str) -> String {
    let id = "0123456789abcdef0123456789abcdef";
    path.replace("{number}", "LQ-1001")
        .replace("{revision}", "1")
        .replace("{format}", "wav24")
        .replace("{mix}", id)
        .replace("{track}", id)
        .replace("{id}", id)
        .replace("{login}", "nobody")
        .replace("{file_name}", "a.wav")
        .replace("{document}", "INV-0001")
        .replace("{table}", "documents")
        .replace("{form}", "csv")
        .replace("{service}", "nothing_yet")
        .replace("{member}", "nobody")
        .replace("{guest}", "nobody")
        .replace("{session}", "0123456789abcdef")
        .replace("{what}", "cover")
        .replace("{song}", "Song")
        .replace("{permission}", id)
        .replace("{chain}", id)
        .replace("{print}", "1")
        .replace("{take}", "1")
        .replace("{disc}", "1")
        .replace("{place}", "1")
        .replace("{anchor}", "1")
        .replace("{edit}", "1")
        .replace("{unit}", id)
        .replace("{quarter}", "2026-Q3")
        .replace("{distributor}", "somebody")
        .replace("{report}", "1")
        .replace("{sold}", "1")
        .replace("{photograph}", id)
        .replace("{package}", "1")
        .replace("{attachment}", "1")
        .replace("{file}", "0")
        .replace("{token}", id)
}

fn document() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let document = staff.get("/api/v1/openapi.json").await.json();
        assert_eq!(document["openapi"], "3.1.0");
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() > 30, "{}", paths.len());
        let mut ids = std::collections::BTreeSet::new();
        for (path, methods) in paths {
            let filled = filled(path);
            assert!(!filled.contains('{'), "{path}");
            for method in METHODS {
                let documented = methods.get(method);
                // Streams never end, and after the other nobody is logged in.
                let is_end = path == "/account/sessions" && method == "delete";
                if (ENDLESS.contains(&path.as_str()) || is_end) && documented.is_some() {
                    continue;
                }
                let asked: Method = method.to_uppercase().parse().unwrap();
                let mut program = house.stranger();
                program.cookie.clone_from(&staff.cookie);
                let answer = program.api(asked, &filled, None, Some(&json!({}))).await;
                match documented {
                    Some(entry) => {
                        let id = entry["operationId"].as_str().unwrap().to_owned();
                        assert!(ids.insert(id), "{path} {method} has its own id");
                        assert!(!entry["summary"].as_str().unwrap().is_empty());
                        assert_ne!(answer.status, 405, "{method} {path} is documented only");
                        let is_missing =
                            answer.status == 404 && answer.json()["code"] == "no_such_address";
                        assert!(!is_missing, "{method} {path} is documented only");
                        assert_ne!(answer.status, 500, "{method} {path}: {}", answer.text());
                    }
                    None => assert_eq!(
                        answer.status, 405,
                        "{method} {path} answers, and nobody says so"
                    ),
                }
            }
        }
        let nowhere = staff.api(Method::GET, "/nowhere", None, None).await;
        assert_eq!(nowhere.status, 404);
        assert_eq!(nowhere.json()["code"], "no_such_address");
    });
}

fn program() {
    in_a_house(|house| async move {
        house.staff().await;
        let mut program = house.stranger();
        let nobody = program.api(Method::GET, "/orders", None, None).await;
        assert_eq!(nobody.status, 401);
        assert_eq!(nobody.json()["code"], "not_logged_in");
        let wrong = json!({ "login": "ada", "password": "wrong" });
        let refused = program
            .api(Method::POST, "/session", None, Some(&wrong))
            .await;
        assert_eq!(refused.status, 401);
        let right = json!({ "login": "ada", "password": PASSWORD });
        let session = program
            .api(Method::POST, "/session", None, Some(&right))
            .await;
        assert_eq!(session.status, 200, "{}", session.text());
        let token = session.json()["token"].as_str().unwrap().to_owned();
        assert!(program.cookie.is_none());
        let token = Some(token.as_str());

        let nora = json!({ "login": "nora", "name": "Nora Thorne", "password": PASSWORD });
        let added = program
            .api(Method::POST, "/people", token, Some(&nora))
            .await;
        assert_eq!(added.status, 200, "{}", added.text());
        let order = json!({ "client_login": "nora", "title": "First Light", "service": "instant", "songs": 1 });
        let opened = program
            .api(Method::POST, "/orders", token, Some(&order))
            .await;
        assert_eq!(opened.json()["number"], "LQ-1001", "{}", opened.text());
        let list = program
            .api(Method::GET, "/orders", token, None)
            .await
            .json();
        assert_eq!(list[0]["stage"], "intake");
        let page = program
            .api(Method::GET, "/orders/LQ-1001", token, None)
            .await;
        let seq = page.json()["seq"].as_u64().unwrap();

        let misspelt = json!({ "sequence": seq });
        let close = "/orders/LQ-1001/close-intake";
        let refused = program
            .api(Method::POST, close, token, Some(&misspelt))
            .await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        let early = json!({ "seq": seq });
        let refused = program.api(Method::POST, close, token, Some(&early)).await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (409, &json!("refused"))
        );
        assert!(refused.json()["message"].as_str().unwrap().ends_with('.'));
        let form = program
            .post("/api/v1/orders/LQ-1001/close-intake", &[])
            .await;
        assert_eq!(form.status, 401);

        for path in ["/notices", "/unsorted", "/waiting", "/people"] {
            let answer = program.api(Method::GET, path, token, None).await;
            assert!(answer.json().is_array(), "{path}");
        }
        let out = program.api(Method::DELETE, "/session", token, None).await;
        assert_eq!(out.status, 204);
        let after = program.api(Method::GET, "/orders", token, None).await;
        assert_eq!(after.status, 401);
    });
}

fn link_token() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let link = house.order(&mut staff, "nora", "1").await;
        house.order(&mut staff, "nora", "1").await;
        let token = link.strip_prefix("/p/");
        let mut program = house.stranger();
        let me: Value = program
            .api(Method::GET, "/session", token, None)
            .await
            .json();
        assert_eq!(
            (&me["role"], &me["name"]),
            (&json!("link"), &json!("Nora Thorne"))
        );
        let orders = program
            .api(Method::GET, "/orders", token, None)
            .await
            .json();
        assert_eq!(orders.as_array().unwrap().len(), 1);
        let own = program
            .api(Method::GET, "/orders/LQ-1001", token, None)
            .await;
        assert_eq!(own.status, 200);
        let other = program
            .api(Method::GET, "/orders/LQ-1002", token, None)
            .await;
        assert_eq!(other.status, 404);
        for path in ["/unsorted", "/waiting", "/people"] {
            let refused = program.api(Method::GET, path, token, None).await;
            assert_eq!(refused.status, 403, "{path}");
        }
        let desk = json!({});
        let start = "/orders/LQ-1001/start-mastering";
        let refused = program.api(Method::POST, start, token, Some(&desk)).await;
        assert!([403, 409].contains(&refused.status), "{}", refused.text());
    });
}

fn foreign() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let request = |kind: &str, site: &str| {
            axum::http::Request::post("/api/v1/people")
                .header("content-type", kind.to_owned())
                .header("sec-fetch-site", site.to_owned())
                .body(axum::body::Body::from(
                    r#"{"login":"eve","name":"Eve","password":"long enough for this"}"#,
                ))
                .unwrap()
        };
        let foreign = staff.ask(request("application/json", "cross-site")).await;
        assert_eq!(foreign.status, 403);
        let form = staff.ask(request("text/plain", "same-origin")).await;
        assert_eq!(form.status, 415);
        let ours = staff.ask(request("application/json", "same-origin")).await;
        assert_eq!(ours.status, 200, "{}", ours.text());
    });
}
