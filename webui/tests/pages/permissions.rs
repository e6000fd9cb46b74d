//! Permissions for somebody else's work, and what an accepted quote brings into an order.

use axum::http::Method;
use serde_json::{Value, json};

use crate::house::in_a_house;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "permissions are kept sealed with the order, and what is missing is shown",
        permissions,
    ),
    (
        "finals wait for a missing permission, and go out once none is needed",
        waiting,
    ),
    (
        "a rush and a late format that were accepted change the lane and the delivery",
        sold,
    ),
    (
        "the note beside a German client's mix is German, on paper and as a page",
        german,
    ),
];

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

#[expect(
    clippy::too_many_lines,
    reason = "one order from its songs to its permissions"
)]
fn permissions() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.person(&mut staff, "nora", "client").await;
        let link = house.order(&mut staff, "nora", "1").await;
        let mut portal = house.stranger();
        let place = format!("{link}/consultation");
        let page = portal.get(&place).await;
        let songs = [
            ("answer_covers", "First Light"),
            ("answer_samples", "Second Wind"),
        ];
        let said = portal.send(&page, &place, &songs).await;
        assert_eq!(said.status, 303, "{}", said.text());
        let page = portal.get(&place).await;
        let text = page.text();
        assert!(text.contains("Still missing"), "{text}");
        assert!(
            text.contains("Somebody else&#39;s work is in"),
            "the warranty names them: {text}"
        );

        // What is no such file is refused, and nothing of it stays.
        let action = format!("{link}/permissions");
        let fields = [("song", "first  light"), ("what", "cover")];
        for (name, content) in [
            ("letter.pdf", b"%PDF-1.7 cut".as_slice()),
            ("tool.exe", b"MZ\x90\0\x03\0"),
        ] {
            let refused = portal
                .send_file(&page, &action, &fields, (name, content))
                .await;
            assert_eq!(refused.status, 422, "{name}: {}", refused.text());
        }
        let kept = portal
            .send_file(&page, &action, &fields, ("letter.pdf", PDF))
            .await;
        assert_eq!(kept.status, 303, "{}", kept.text());
        let page = portal.get(&place).await.text();
        assert!(
            page.contains("letter.pdf") && page.contains("Second Wind"),
            "{page}"
        );

        let token = house.token("ada").await;
        let mut program = house.stranger();
        let path = "/orders/LQ-1001/consultation";
        let view = program
            .api(Method::GET, path, Some(&token), None)
            .await
            .json();
        assert_eq!(
            view["not_permitted"],
            json!([{ "song": "Second Wind", "what": "sample" }])
        );
        let first = &view["permissions"][0];
        assert_eq!(first["paper"], "pdf");
        assert_eq!(first["bytes"], PDF.len());
        assert_eq!(first["by"], "nora");
        assert!(first["at"].as_i64().unwrap() > 1_700_000_000_000);
        // Whoever may read it saves it; nobody is shown it.
        let sum = first["object"].as_str().unwrap();
        let path = format!("/orders/LQ-1001/permissions/{sum}");
        let file = program.api(Method::GET, &path, Some(&token), None).await;
        assert_eq!(file.body, PDF);
        assert_eq!(file.header("content-type"), "application/octet-stream");
        assert!(file.header("content-disposition").starts_with("attachment"));

        // The other comes by the API, as text; the journal says who and from where.
        let path = "/orders/LQ-1001/permissions/sample/Second%20Wind/yes.txt";
        let text = Value::from("I allow it.");
        let kept = program
            .api(Method::POST, path, Some(&token), Some(&text))
            .await;
        assert_eq!(kept.status, 200, "{}", kept.text());
        let page = portal.get(&place).await.text();
        assert!(!page.contains("Still missing"), "{page}");
        let order = house.page(mastering::OrderNumber::FIRST).await;
        let kept: Vec<_> = order
            .log
            .iter()
            .filter(|l| l.code == "permission_kept")
            .collect();
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|line| line.from.is_some()), "{kept:?}");

        // Other songs, another warranty.
        let page = portal.get(&place).await;
        let path = format!("{link}/warranty");
        let name = [("name", "Nora Thorne")];
        assert_eq!(portal.send(&page, &path, &name).await.status, 303);
        assert!(
            portal
                .get(&place)
                .await
                .text()
                .contains("Agreed to by Nora Thorne")
        );
        let page = portal.get(&place).await;
        let more = [("answer_remixes", "Third Rail")];
        assert_eq!(portal.send(&page, &place, &more).await.status, 303);
        let page = portal.get(&place).await.text();
        assert!(!page.contains("Agreed to by"), "{page}");
    });
}

fn waiting() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let mut portal = house.stranger();
        let place = format!("{link}/consultation");
        let page = portal.get(&place).await;
        let cover = [("answer_covers", "First Light")];
        assert_eq!(portal.send(&page, &place, &cover).await.status, 303);
        let page = portal.get(&link).await;
        let approve = format!("{link}/approve");
        let name = [("name", "Nora Thorne")];
        let approved = portal.send(&page, &approve, &name).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        house
            .until(number, "the finals", |page| {
                !page.project.finals.is_empty() && page.jobs.is_empty()
            })
            .await;
        let order = house.page(number).await;
        assert_eq!(order.project.stage.code(), "approved", "not handed over");
        assert!(order.project.offered_at.is_none());
        let page = portal.get(&link).await.text();
        assert!(page.contains("What the finals wait for"), "{page}");
        assert!(
            page.contains("You send the written permission for"),
            "{page}"
        );
        let told = portal.get(&link).await.text();
        assert!(
            told.contains("The finals of “First Light” are ready"),
            "{told}"
        );

        let place = format!("/orders/{number}/consultation");
        let page = staff.get(&place).await;
        assert!(
            page.text()
                .contains("is missing; the finals are handed over")
        );
        let action = format!("/orders/{number}/permission-not-needed");
        let why = [("words", "The author died in 1750.")];
        let done = staff.send(&page, &action, &why).await;
        assert_eq!(done.status, 303, "{}", done.text());
        house
            .until(number, "the hand-over", |page| {
                page.project.offered_at.is_some()
            })
            .await;
        let page = portal.get(&link).await.text();
        assert!(page.contains("Download the finals"), "{page}");
        assert!(!page.contains("What the finals wait for"), "{page}");
        let page = staff.get(&place).await.text();
        assert!(page.contains("The author died in 1750."), "{page}");
    });
}

const PRICES: &str = "per_song = \"9.90 EUR\"\npayment = \"no_gate\"\n\
    [extras]\nrush = \"20.00 EUR\"\nlate_format = \"5.00 EUR\"\n";

#[expect(
    clippy::too_many_lines,
    reason = "one late format from its quote to the client's folder"
)]
fn sold() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review_rushed(PRICES).await;
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        let name = [("name", "Nora Thorne")];
        let approved = portal.send(&page, &format!("{link}/approve"), &name).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        let in_archive = |page: &studio::OrderPage| page.project.stage.code() == "archived";
        house.until(number, "the archive", in_archive).await;

        let desk = format!("/orders/{number}/account");
        let shown = staff.get(&desk).await.text();
        assert!(shown.contains("format.wav24_48"), "{shown}");
        let token = house.token("ada").await;
        let mut program = house.stranger();
        let quote = json!({ "basis": "extras", "formats": ["wav24_48"], "extras": { "rush": 1 } });
        let path = format!("{desk}/quote");
        let quoted = program
            .api(Method::POST, &path, Some(&token), Some(&quote))
            .await;
        assert_eq!(quoted.status, 200, "{}", quoted.text());
        let number_of = quoted.json()["documents"][0].clone();
        let key = link.rsplit('/').next().unwrap();
        let accept = json!({ "quote": number_of, "name": "Nora" });
        let path = format!("{desk}/accept");
        let accepted = program
            .api(Method::POST, &path, Some(key), Some(&accept))
            .await;
        assert_eq!(accepted.status, 200, "{}", accepted.text());
        // Who accepted, when and from where stands in the account's journal.
        let account = program
            .api(Method::GET, &desk, Some(&token), None)
            .await
            .json();
        let log = account["log"].as_array().unwrap();
        let ours = number_of.as_str().unwrap();
        let is_it = |line: &&Value| {
            let is_ours = line["text"].as_str().unwrap().contains(ours);
            line["code"] == "quote_accepted" && is_ours
        };
        let said = log.iter().find(is_it).unwrap();
        assert_eq!(said["from"], "127.0.0.1", "{said}");
        assert_eq!(said["by"], "Nora Thorne");
        let theirs = program
            .api(Method::GET, &desk, Some(key), None)
            .await
            .json();
        assert_eq!(
            theirs["log"],
            json!([]),
            "where somebody was is the studio's to read"
        );
        let is_made = |page: &studio::OrderPage| page.project.finals.len() == 5;
        let page = house.until(number, "the late final", is_made).await;
        assert_eq!(page.project.lane, mastering::Lane::Rush);
        let late = page.project.finals.last().unwrap();
        assert_eq!(late.format.code(), "wav24_48");
        assert!(late.read_back.contains("read back"), "{}", late.read_back);
        let path = format!("{link}/final/{}/wav24_48", late.track);
        let fetched = portal.get(&path).await;
        assert_eq!(fetched.status, 200);
        assert_eq!(u64::try_from(fetched.body.len()).unwrap(), late.bytes);
        let beside = house.studio.data().join("dropboxes/nora/Finals");
        let begun = std::time::Instant::now();
        loop {
            let shelves = std::fs::read_dir(&beside).unwrap();
            let is_there = shelves
                .flatten()
                .any(|shelf| shelf.path().join(&late.file_name).exists());
            if is_there {
                break;
            }
            assert!(
                begun.elapsed().as_secs() < 60,
                "{} is in no folder",
                late.file_name
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let codes: Vec<&str> = page.log.iter().map(|l| l.code.as_str()).collect();
        assert!(
            codes.contains(&"formats_ordered") && codes.contains(&"finals_added"),
            "{codes:?}"
        );
    });
}

fn german() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        let language = json!({ "language": "de" });
        let set = nora.api(Method::PUT, "/account/profile", None, Some(&language));
        assert_eq!(set.await.status, 200);
        let link = house.order(&mut staff, "nora", "1").await;
        let page = nora.get(&link).await;
        let mix = crate::mixes::song(0, crate::mixes::Fault::None);
        let sent = nora
            .upload(&page, &link, "mixes", &[("First Light.wav", &mix)])
            .await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let number = mastering::OrderNumber::FIRST;
        house
            .until(number, "the mix", |page| !page.project.mixes.is_empty())
            .await;
        let dropbox = house.studio.data().join("dropboxes/nora/LQ-1001");
        let begun = std::time::Instant::now();
        let said = loop {
            let all = std::fs::read_dir(&dropbox).unwrap().flatten();
            let notes = all.filter(|f| f.path().is_file()).map(|f| f.path());
            let notes: Vec<_> = notes
                .filter(|path| path.to_string_lossy().contains("First Light.wav.lacquer"))
                .collect();
            if notes.len() == 2 {
                let texts = notes
                    .iter()
                    .map(|path| std::fs::read_to_string(path).unwrap());
                break texts.collect::<Vec<_>>();
            }
            assert!(
                begun.elapsed().as_secs() < 60,
                "the notes did not come: {notes:?}"
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        for text in said {
            assert!(text.contains("Eingangspr\u{fc}fung"), "{text}");
            assert!(
                text.contains("Ihre Datei wurde genau so aufbewahrt"),
                "{text}"
            );
            assert!(!text.contains("This mix"), "{text}");
        }
    });
}
