//! Doors: the set-up link, logins, sessions, forms of other sites, headers.

use axum::http::Method;

use crate::house::{PASSWORD, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("the set-up link makes one login and is spent", set_up),
    (
        "a wrong password is told apart from none, and the tenth is refused",
        passwords,
    ),
    ("logging out ends the session on the server", log_out),
    ("a form that another site sends is refused", foreign_forms),
    ("every answer forbids what the pages do not need", headers),
    ("assets are named by checksum and kept for ever", assets),
    ("health and metrics answer watchers", health),
    ("more than a form may hold is refused", large_bodies),
];

fn set_up() {
    in_a_house(|house| async move {
        let link = house.studio.new_set_up_link().await.unwrap().unwrap();
        let path = link.strip_prefix("http://lacquer.test").unwrap();
        let mut browser = house.stranger();
        let page = browser.get(path).await;
        let fields = |again| {
            [
                ("login", "ada"),
                ("name", "Ada"),
                ("password", PASSWORD),
                ("password_again", again),
            ]
        };
        let differs = browser.send(&page, path, &fields("something else")).await;
        assert_eq!(differs.status, 422);
        assert!(differs.text().contains("not the same"));
        assert!(
            differs.text().contains("value=\"Ada\""),
            "what was typed stays"
        );
        assert!(browser.cookie.is_none());

        let done = browser.send(&page, path, &fields(PASSWORD)).await;
        assert_eq!((done.status, done.location()), (303, "/inbox"));
        let cookie = done.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        assert_eq!(browser.get("/inbox").await.status, 200);

        let again = house.stranger().get(path).await;
        assert_eq!(again.status, 404);
        assert!(again.text().contains("has been used"));
    });
}

fn passwords() {
    in_a_house(|house| async move {
        house.staff().await;
        let mut browser = house.stranger();
        let shut = browser.get("/orders/LQ-1001").await;
        assert_eq!(shut.status, 303);
        assert_eq!(shut.location(), "/login?next=/orders/LQ-1001");
        let mut seen = Vec::new();
        for _ in 0..10 {
            let page = browser.get("/login").await;
            let fields = [("login", "ada"), ("password", "wrong")];
            let refused = browser.send(&page, "/login", &fields).await;
            seen.push(refused.status);
            if refused.status == 429 {
                assert!(!refused.header("retry-after").is_empty());
            }
        }
        assert_eq!(seen[0], 401, "{seen:?}");
        assert_eq!(seen[9], 429, "{seen:?}");
        assert!(browser.cookie.is_none());
    });
}

fn log_out() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let page = staff.get("/inbox").await;
        let kept = staff.cookie.clone();
        let out = staff.send(&page, "/logout", &[]).await;
        assert_eq!((out.status, out.location()), (303, "/login"));
        assert!(staff.cookie.is_none());
        staff.cookie = kept;
        assert_eq!(
            staff.get("/inbox").await.status,
            303,
            "the old cookie opens nothing"
        );
    });
}

fn foreign_forms() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let page = staff.get("/people").await;
        let mut fields = page.form_with("/people", "");
        for (name, value) in [("login", "eve"), ("name", "Eve"), ("password", PASSWORD)] {
            fields.push((name.to_owned(), value.to_owned()));
        }
        let body = |fields: &[(String, String)]| {
            let pair = |(n, v): &(String, String)| format!("{n}={}", crate::browser::encode(v));
            fields.iter().map(pair).collect::<Vec<_>>().join("&")
        };
        let request = |origin: &str| {
            axum::http::Request::post("/people")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("host", "lacquer.test")
                .header("origin", origin.to_owned())
                .body(axum::body::Body::from(body(&fields)))
                .unwrap()
        };
        let foreign = staff.ask(request("https://evil.example")).await;
        assert_eq!(foreign.status, 403);
        let opaque = staff.ask(request("null")).await;
        assert_eq!(opaque.status, 403);

        // The seal of another form, or of another session, does not fit.
        let mut unsealed = fields.clone();
        unsealed.retain(|(name, _)| name != "form_token");
        assert_eq!(staff.post("/people", &unsealed).await.status, 403);
        let mut borrowed = unsealed.clone();
        borrowed.extend(page.form_with("/logout", ""));
        assert_eq!(staff.post("/people", &borrowed).await.status, 403);
        let mut other = house.log_in("ada").await;
        assert_eq!(other.post("/people", &fields).await.status, 403);

        assert!(!staff.get("/people").await.text().contains(">eve<"));
        assert_eq!(staff.post("/people", &fields).await.status, 303);
        assert!(staff.get("/people").await.text().contains(">eve<"));
    });
}

fn headers() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        for path in [
            "/login",
            "/inbox",
            "/nowhere",
            "/api/v1/openapi.json",
            "/p/none",
        ] {
            let answer = staff.get(path).await;
            let policy = answer.header("content-security-policy");
            for rule in [
                "default-src 'self'",
                "object-src 'none'",
                "frame-ancestors 'none'",
            ] {
                assert!(policy.contains(rule), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(
                answer.header("cache-control"),
                "private, no-store",
                "{path}"
            );
            let page = answer.text();
            assert!(!page.contains(" style=\""), "{path} styles inline");
            assert!(!page.contains(" onclick="), "{path} scripts inline");
            assert!(!page.contains("<script>"), "{path} scripts inline");
        }
        let mut stranger = house.stranger();
        assert_eq!(stranger.get("/nowhere").await.status, 404);
        assert_eq!(stranger.get("/p/none").await.status, 404);
        let wrong = stranger.plain(Method::DELETE, "/login", &[]).await;
        assert_eq!(wrong.status, 405);
    });
}

fn assets() {
    in_a_house(|house| async move {
        let mut browser = house.stranger();
        let page = browser.get("/login").await.text();
        let addresses = page.match_indices("/assets/").map(|(at, _)| &page[at..]);
        let addresses: Vec<&str> = addresses.map(|r| r.split('"').next().unwrap()).collect();
        assert!(addresses.len() >= 3, "{addresses:?}");
        for address in addresses {
            let asset = browser.get(address).await;
            assert_eq!(asset.status, 200, "{address}");
            assert_eq!(
                asset.header("cache-control"),
                "public, max-age=31536000, immutable"
            );
            let sum = address.rsplit('.').nth(1).unwrap();
            assert!(sum.len() == 16 && sum.bytes().all(|b| b.is_ascii_hexdigit()));
        }
        assert_eq!(browser.get("/assets/style.css").await.status, 404);
    });
}

fn health() {
    in_a_house(|house| async move {
        let mut browser = house.stranger();
        let health = browser.get("/healthz").await;
        assert_eq!(health.status, 200, "{}", health.text());
        assert_eq!(health.json()["is_desk_alive"], true);
        let metrics = browser.get("/metrics").await;
        assert!(metrics.header("content-type").starts_with("text/plain"));
        assert!(metrics.text().contains("lacquer_desk_up 1"));
    });
}

fn large_bodies() {
    in_a_house(|house| async move {
        let mut browser = house.stranger();
        let long = "x".repeat(300_000);
        let fields = [("login".to_owned(), long)];
        let refused = browser.post("/login", &fields).await;
        assert_eq!(refused.status, 413);
        let body = serde_json::json!({ "login": "x".repeat(300_000), "password": "" });
        let refused = browser
            .api(Method::POST, "/session", None, Some(&body))
            .await;
        assert_eq!(refused.status, 413);
        assert_eq!(refused.json()["code"], "body");
    });
}
