//! Audio: whole, in part, resumed, and only for whom it is.

use axum::http::Method;
use mastering::OrderNumber;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::browser::Browser;
use crate::house::{House, in_a_house};
use crate::mixes::{Fault, song};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a player gets the samples it asks for, and only whose order it is",
        listening,
    ),
    (
        "nobody of the studio hears an instant order without permission or a reason, which its client reads",
        ears,
    ),
];

/// The addresses below which an order's sound lies, by page and by API.
fn sounds(project: &mastering::Project, number: OrderNumber) -> Vec<String> {
    let mix = project.mixes.values().next().unwrap();
    let track = &project.tracks[0].id;
    let pages = [
        format!("/orders/{number}/audio/mix/{}", mix.id),
        format!("/orders/{number}/audio/master/1/{track}"),
        format!("/orders/{number}/sheet/master/1/{track}"),
    ];
    let api = [
        format!("/api/v1/orders/{number}/audio/mixes/{}", mix.id),
        format!("/api/v1/orders/{number}/audio/masters/1/{track}"),
    ];
    pages.into_iter().chain(api).collect()
}

async fn heard(browser: &mut Browser, sounds: &[String]) -> Vec<u16> {
    let mut told = Vec::new();
    for sound in sounds {
        told.push(browser.get(sound).await.status);
    }
    told.dedup();
    told
}

fn ears() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let project = house.page(number).await.project;
        let sounds = sounds(&project, number);
        assert_eq!(heard(&mut staff, &sounds).await, [403]);
        let place = format!("/orders/{number}");
        let page = staff.get(&place).await;
        assert!(
            page.text().contains("Closed to our ears"),
            "{}",
            page.text()
        );
        assert!(!page.text().contains("data-player"), "{}", page.text());
        // The client's own ears are always theirs.
        let mut portal = house.stranger();
        let track = &project.tracks[0].id;
        let theirs = format!("{link}/audio/master/1/{track}");
        assert_eq!(portal.get(&theirs).await.status, 200);

        // A reason opens it for whoever gave it, and for nobody else.
        let action = format!("{place}/listening-reason");
        let why = [
            ("purpose", "debugging"),
            ("words", "a click nobody explains"),
        ];
        let given = staff.send(&page, &action, &why).await;
        assert_eq!(given.status, 303, "{}", given.text());
        let page = staff.get(&place).await.text();
        assert!(page.contains("data-player"), "{page}");
        let log = house.page(number).await.log;
        let listened = |log: &[studio::LogLine]| {
            let lines = log.iter().filter(|line| line.code == "studio_listened");
            lines.count()
        };
        assert_eq!(listened(&log), 0, "nothing was played yet");
        assert_eq!(heard(&mut staff, &sounds).await, [200]);
        assert_eq!(listened(&house.page(number).await.log), 1, "noted once");
        house.person(&mut staff, "evan", "engineer").await;
        let mut evan = house.log_in("evan").await;
        assert_eq!(heard(&mut evan, &sounds).await, [403]);
        let page = portal.get(&link).await;
        let text = page.text();
        for said in ["to find a fault", "a click nobody explains", "listened on"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        let told = staff.get("/api/v1/notices").await.text();
        assert!(!told.contains("listening_allowed"), "{told}");

        // The client's permission opens it for all of them, until it is taken back.
        let path = format!("{link}/allow-listening");
        assert_eq!(portal.send(&page, &path, &[]).await.status, 303);
        assert_eq!(heard(&mut evan, &sounds).await, [200]);
        let told = staff.get("/api/v1/notices").await.text();
        assert!(told.contains("lets you listen"), "{told}");
        let order = house.page(number).await;
        let allowed = order.log.iter().find(|l| l.code == "listening_allowed");
        assert!(allowed.unwrap().from.is_some(), "from where is kept");
        let page = portal.get(&link).await;
        let path = format!("{link}/forbid-listening");
        assert_eq!(portal.send(&page, &path, &[]).await.status, 303);
        assert_eq!(heard(&mut evan, &sounds).await, [403]);
    });
}

fn listening() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let project = house.page(number).await.project;
        let mix = project.mixes.values().next().unwrap();
        let track = &project.tracks[0].id;
        let mut portal = house.stranger();

        let address = format!("{link}/audio/mix/{}", mix.id);
        let whole = portal.get(&address).await;
        assert_eq!(whole.status, 200);
        assert_eq!(whole.header("accept-ranges"), "bytes");
        assert_eq!(whole.header("content-type"), "audio/wav");
        let tag = whole.header("etag").to_owned();
        assert_eq!(
            tag.trim_matches('"'),
            hex::encode(Sha256::digest(&whole.body))
        );

        // What plays is what was sent, sample for sample.
        let sheet = portal.get(&format!("{link}/sheet/mix/{}", mix.id)).await;
        let sheet: Value = sheet.json();
        let wav = &sheet["wav"];
        let number_of = |name: &str| usize::try_from(wav[name].as_u64().unwrap()).unwrap();
        let (from, length) = (number_of("data_offset"), number_of("data_bytes"));
        let samples = whole.body.slice(from..from + length);
        assert_eq!(wav["sample"], "i24");
        assert_eq!(samples, song(0, Fault::None)[44..]);
        assert!(sheet["loudness_lufs"].as_f64().is_some(), "{sheet}");
        let seconds = sheet["overview"]["duration_seconds"].as_f64().unwrap();
        assert!((seconds - f64::from(crate::mixes::SECONDS)).abs() < 1e-6);
        assert!(sheet["overview"]["bins"].as_array().unwrap().len() > 100);

        let parts = [("bytes=0-43", 0, 43), ("bytes=1000-200000", 1000, 200_000)];
        for (range, first, last) in parts {
            let headers = [("range", range), ("if-range", tag.as_str())];
            let part = portal.get_with(&address, &headers).await;
            assert_eq!(part.status, 206);
            assert_eq!(part.body, whole.body.slice(first..=last));
        }
        let changed = [("range", "bytes=0-43"), ("if-range", "\"older\"")];
        assert_eq!(portal.get_with(&address, &changed).await.status, 200);
        let beyond = portal
            .get_with(&address, &[("range", "bytes=999999999-")])
            .await;
        assert_eq!(beyond.status, 416);
        let known = portal
            .get_with(&address, &[("if-none-match", tag.as_str())])
            .await;
        assert_eq!(known.status, 304);
        let head = portal.plain(Method::HEAD, &address, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), whole.body.len().to_string());

        let master = format!("{link}/audio/master/1/{track}");
        assert_eq!(portal.get(&master).await.status, 200);
        let later = format!("{link}/audio/master/2/{track}");
        assert_eq!(portal.get(&later).await.status, 404);
        others(&house, &mut staff, number).await;
    });
}

/// Nobody else hears any of it.
async fn others(house: &House, staff: &mut Browser, number: OrderNumber) {
    let project = house.page(number).await.project;
    let mix = project.mixes.values().next().unwrap();
    let track = &project.tracks[0].id;
    let mut kjell = house.client(staff, "kjell", "Kjell").await;
    let paths = [
        format!("audio/mix/{}", mix.id),
        format!("audio/master/1/{track}"),
        format!("sheet/mix/{}", mix.id),
        format!("report/{}", mix.id),
        "changes".to_owned(),
    ];
    for path in paths {
        let address = format!("/orders/{number}/{path}");
        if path != "changes" {
            assert_eq!(kjell.get(&address).await.status, 404, "{path}");
        }
        let stranger = house.stranger().get(&address).await;
        assert_eq!(stranger.status, 303, "{path}");
        let guessed = house.stranger().get(&format!("/p/guessed/{path}")).await;
        assert_eq!(guessed.status, 404, "{path}");
    }
}
