//! What goes, and what stays of it: the certificate; and price lists as a form.

use axum::http::Method;
use serde_json::json;

use crate::house::in_a_house;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "what two people let go before its date leaves a certificate for client and studio",
        certificate,
    ),
    (
        "a price list is changed by its form, and an issued quote keeps its price",
        prices,
    ),
];

fn certificate() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        house.person(&mut staff, "bob", "owner").await;
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        let none = portal.get(&format!("{link}/certificate")).await;
        assert_eq!(none.status, 404, "nothing went yet");
        let name = [("name", "Nora Thorne")];
        let approved = portal.send(&page, &format!("{link}/approve"), &name).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        house
            .until(number, "the archive", |page| {
                page.project.stage.code() == "archived"
            })
            .await;
        let page = portal.get(&link).await;
        let why = [("words", "The label wants nothing kept.")];
        let asked = portal
            .send(&page, &format!("{link}/ask-deletion"), &why)
            .await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let path = format!("/orders/{number}/confirm-deletion");
        for (login, status) in [("ada", 200), ("ada", 409), ("bob", 200)] {
            let token = house.token(login).await;
            let confirmed = house
                .stranger()
                .api(Method::POST, &path, Some(&token), Some(&json!({})))
                .await;
            assert_eq!(confirmed.status, status, "{login}: {}", confirmed.text());
        }
        let begun = std::time::Instant::now();
        let shown = loop {
            let shown = portal.get(&format!("{link}/certificate")).await;
            if shown.status == 200 {
                break shown.text();
            }
            assert!(begun.elapsed().as_secs() < 60, "no certificate came");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        assert!(shown.contains("Certificate of deletion"), "{shown}");
        assert!(shown.contains("Ada Lindqvist and bob"), "{shown}");
        let token = house.token("ada").await;
        let path = format!("/orders/{number}/certificate");
        let data = house
            .stranger()
            .api(Method::GET, &path, Some(&token), None)
            .await;
        let files = data.json()["files"].as_array().unwrap().clone();
        assert!(!files.is_empty());
        for file in &files {
            assert!(shown.contains(file[0].as_str().unwrap()), "{shown}");
        }
        assert!(portal.get(&link).await.text().contains("/certificate"));
        assert_eq!(staff.get(&path).await.status, 200);
    });
}

/// What a browser sends of a form as it stands: each field with what it shows.
pub(crate) fn fields_of(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page.split(&format!("action=\"{action}\"")).nth(1).unwrap();
    let form = form.split("</form>").next().unwrap();
    let value = |tag: &str, name: &str| {
        let found = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(found.split('"').next()?.to_owned())
    };
    let mut fields = Vec::new();
    for tag in form.split("<input").skip(1) {
        let tag = format!(" {}", tag.split('>').next().unwrap());
        let name = value(&tag, "name").unwrap();
        if tag.contains("type=\"checkbox\"") && !tag.contains(" checked") {
            continue;
        }
        if name != "form_token" && name != "key" {
            fields.push((name, value(&tag, "value").unwrap_or_default()));
        }
    }
    for select in form.split("<select").skip(1) {
        let name = value(select.split('>').next().unwrap(), "name").unwrap();
        let options = select.split("</select>").next().unwrap();
        let chosen = options
            .split("<option")
            .find(|option| option.contains(" selected"));
        let chosen = chosen.map_or_else(String::new, |option| value(option, "value").unwrap());
        fields.push((name, chosen));
    }
    fields
}

#[expect(
    clippy::too_many_lines,
    reason = "one list from its first version to its last"
)]
fn prices() {
    in_a_house(|house| async move {
        let mut owner = house.staff().await;
        house.person(&mut owner, "nora", "client").await;
        let list = "per_song = \"80.00 EUR\"\npayment = \"deposit\"\ntax_basis_points = 1950\n\
            programme = \"600.00 EUR\"\ntiers = [{ songs = 4, per_song = \"70.00 EUR\" }]\n\
            surcharges = [{ method = \"online\", basis_points = 300 }]\n\
            [extras]\nrush = \"20.00 EUR\"\n\
            [sale]\nname = \"Spring\"\nuntil = \"2020-03-31\"\nper_song = \"50.00 EUR\"\n";
        let page = owner.get("/prices").await;
        let first = [("service", "instant"), ("toml", list)];
        assert_eq!(owner.send(&page, "/prices", &first).await.status, 303);
        let token = house.token("ada").await;
        house.order(&mut owner, "nora", "1").await;
        let quote = json!({ "songs": 1 });
        let path = "/orders/LQ-1001/account/quote";
        let quoted = house
            .stranger()
            .api(Method::POST, path, Some(&token), Some(&quote))
            .await;
        assert_eq!(quoted.status, 200, "{}", quoted.text());

        // Sent as it stands, the form says the same list.
        let newest = |service: &'static str| {
            let (house, token) = (house.clone(), token.clone());
            async move {
                let mut program = house.stranger();
                let lists = program
                    .api(Method::GET, "/price-lists", Some(&token), None)
                    .await;
                let lists = lists.json();
                let all = lists.as_array().unwrap().clone();
                let found = all.into_iter().find(|list| list["service"] == service);
                found.unwrap()
            }
        };
        let before = newest("instant").await;
        let page = owner.get("/prices/instant").await;
        let mut sent = fields_of(&page.text(), "/prices/form");
        let borrowed: Vec<_> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let saved = owner.send(&page, "/prices/form", &borrowed).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let same = newest("instant").await;
        assert_eq!(
            (&same["version"], &same["list"]),
            (&json!(2), &before["list"])
        );

        // Dearer, with another extra and no sale.
        for (name, value) in &mut sent {
            match name.as_str() {
                "per_song" => *value = "95,50".to_owned(),
                "extra.edit" => *value = "25".to_owned(),
                "sale_name" => value.clear(),
                _ => {}
            }
        }
        let page = owner.get("/prices/instant").await;
        let borrowed: Vec<_> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            owner.send(&page, "/prices/form", &borrowed).await.status,
            303
        );
        let dearer = newest("instant").await;
        assert_eq!(dearer["list"]["per_song"], "95.50 EUR");
        assert_eq!(dearer["list"]["extras"]["edit"], "25.00 EUR");
        assert_eq!(dearer["list"]["sale"], json!(null));

        let account = house
            .stranger()
            .api(Method::GET, "/orders/LQ-1001/account", Some(&token), None)
            .await
            .json();
        assert_eq!(
            account["open_quotes"][0]["total"], "95.60 EUR",
            "80.00 and 19.5 %, as issued"
        );
        // What cannot be read is said, and nothing is saved.
        for (name, value) in &mut sent {
            if name == "tax" {
                *value = "nineteen".to_owned();
            }
        }
        let page = owner.get("/prices/instant").await;
        let borrowed: Vec<_> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let refused = owner.send(&page, "/prices/form", &borrowed).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.text().contains("The tax cannot be read"),
            "{}",
            refused.text()
        );
        assert_eq!(newest("instant").await["version"], json!(3));
    });
}
