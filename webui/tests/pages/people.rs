//! People and orders: who may see the desk, who may open what.

use crate::house::in_a_house;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a client sees their own orders and nothing of the desk",
        clients,
    ),
    (
        "an order needs a client, a title and a target that somebody could mean",
        orders,
    ),
    ("an order's link opens that order and no other", links),
    ("the list of orders is searched and comes in pages", lists),
];

fn clients() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        let mut kjell = house.client(&mut staff, "kjell", "Kjell").await;
        house.order(&mut staff, "nora", "1").await;

        assert!(staff.get("/people").await.text().contains("Nora Thorne"));
        let home = nora.get("/").await;
        assert_eq!((home.status, home.location()), (303, "/orders"));
        assert!(nora.get("/orders").await.text().contains("LQ-1001"));
        assert!(!kjell.get("/orders").await.text().contains("LQ-1001"));
        assert_eq!(nora.get("/orders/LQ-1001").await.status, 200);
        let theirs = kjell.get("/orders/LQ-1001").await;
        assert_eq!(theirs.status, 404, "nobody learns which orders exist");
        for path in ["/inbox", "/people", "/orders/new"] {
            assert_eq!(nora.get(path).await.status, 403, "{path}");
        }
        // The desk's forms are not drawn for a client, and not taken from one.
        let shown = nora.get("/orders/LQ-1001").await;
        assert!(!shown.has_form("/orders/LQ-1001/portal-link"));
        let desk = staff.get("/orders/LQ-1001").await;
        let mut fields = desk.form_with("/orders/LQ-1001/portal-link", "");
        fields.retain(|(name, _)| name != "form_token");
        assert_eq!(
            nora.post("/orders/LQ-1001/portal-link", &fields)
                .await
                .status,
            403
        );
    });
}

fn orders() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let empty = staff.get("/orders/new").await;
        assert!(empty.text().contains("Add one first"));
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let page = staff.get("/orders/new").await;
        let order = |title, lufs| {
            [
                ("client", "nora"),
                ("title", title),
                ("service", "instant"),
                ("target_lufs", lufs),
                ("target_dbtp", "-1"),
            ]
        };
        for (title, lufs, sentence) in [
            ("", "-14", "The title is missing."),
            ("First Light", "loud", "The loudness must be a number."),
            ("First Light", "3", "between -40 and -4"),
        ] {
            let refused = staff.send(&page, "/orders/new", &order(title, lufs)).await;
            assert_eq!(refused.status, 422, "{title} {lufs}");
            assert!(refused.text().contains(sentence), "{}", refused.text());
        }
        assert!(staff.get("/orders").await.text().contains("No order yet"));
        // A real minus sign is what a word processor pastes.
        let opened = staff
            .send(&page, "/orders/new", &order("First Light", "\u{2212}9.5"))
            .await;
        assert_eq!(opened.status, 200, "{}", opened.text());
        let shown = staff.get("/orders/LQ-1001").await.text();
        assert!(shown.contains("\u{2212}9.5 LUFS"), "{shown}");
        // What nobody says is the style's own.
        let by_style = |style| {
            [
                ("client", "nora"),
                ("title", "Second Light"),
                ("service", "instant"),
                ("style", style),
                ("intensity", "gentle"),
            ]
        };
        let page = staff.get("/orders/new").await;
        let refused = staff.send(&page, "/orders/new", &by_style("polka")).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("Choose a kind of music."));
        let page = staff.get("/orders/new").await;
        let opened = staff
            .send(&page, "/orders/new", &by_style("classical"))
            .await;
        assert_eq!(opened.status, 200, "{}", opened.text());
        let shown = staff.get("/orders/LQ-1002").await.text();
        assert!(shown.contains("\u{2212}22.0 LUFS"), "{shown}");
        assert!(shown.contains("Classical, gentle"), "{shown}");
    });
}

fn links() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let first = house.order(&mut staff, "nora", "1").await;
        let second = house.order(&mut staff, "nora", "1").await;
        assert_ne!(first, second);
        let mut portal = house.stranger();
        let page = portal.get(&first).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("LQ-1001") && !page.text().contains("LQ-1002"));
        assert!(portal.cookie.is_none(), "a link leaves no cookie");
        assert_eq!(portal.get("/orders").await.status, 303);
        assert_eq!(portal.get("/orders/LQ-1001").await.status, 303);

        let desk = staff.get("/orders/LQ-1001").await;
        let made = staff
            .send(&desk, "/orders/LQ-1001/portal-link", &[])
            .await
            .text();
        let from = made.find("http://lacquer.test/p/").unwrap() + 19;
        let third = made[from..].split('"').next().unwrap();
        assert_eq!(portal.get(third).await.status, 200);
    });
}

fn lists() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        house.client(&mut staff, "kjell", "Kjell \u{c5}s").await;
        for client in ["nora", "kjell", "nora"] {
            house.order(&mut staff, client, "1").await;
        }
        let shows = |page: &str| -> Vec<&str> {
            ["LQ-1003", "LQ-1002", "LQ-1001"]
                .into_iter()
                .filter(|number| page.contains(&format!("/orders/{number}")))
                .collect()
        };
        let two = staff.get("/orders?rows=2").await.text();
        assert_eq!(shows(&two), ["LQ-1003", "LQ-1002"]);
        let from = two.find("/orders?before=").expect("a way to older orders");
        let older = two[from..].split('"').next().unwrap().replace("&#38;", "&");
        let older = older.replace("&amp;", "&");
        assert_eq!(shows(&staff.get(&older).await.text()), ["LQ-1001"]);
        let kjells = staff.get("/orders?search=kjell").await.text();
        assert_eq!(shows(&kjells), ["LQ-1002"], "by the client's name");
        let numbered = staff.get("/orders?search=lq-1003&stage=intake").await;
        assert_eq!(shows(&numbered.text()), ["LQ-1003"]);
        let none = staff.get("/orders?stage=archived").await.text();
        assert!(none.contains("No order matches"), "{none}");
        // Somebody else's orders are not found by any search.
        assert!(shows(&nora.get("/orders?search=kjell").await.text()).is_empty());
        assert_eq!(
            shows(&nora.get("/orders?search=first").await.text()),
            ["LQ-1003", "LQ-1001"]
        );
        let wrong = staff.get("/orders?rows=many").await;
        assert_eq!(wrong.status, 422, "{}", wrong.text());
    });
}
