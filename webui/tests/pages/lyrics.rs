//! The words of songs on their page: written and timed without script, read from files, refused line by line, and for whom.

use axum::http::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::{House, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "words are kept from the portal as one text, and refused line by line",
        by_text,
    ),
    ("words come from files of others", by_file),
    (
        "a program gives and gets words, and overwrites nobody's",
        by_program,
    ),
];

async fn songs(house: &House) -> Value {
    let token = house.token("ada").await;
    let told = house
        .stranger()
        .api(Method::GET, "/orders/LQ-1001/lyrics", Some(&token), None)
        .await;
    assert_eq!(told.status, 200, "{}", told.text());
    told.json()["songs"].clone()
}

/// Sends a file with words, as the form of the page has it.
async fn take(portal: &mut Browser, link: &str, file: (&str, &[u8])) -> (u16, String) {
    let action = format!("{link}/lyrics-file");
    let page = portal.get(&format!("{link}/lyrics")).await;
    let form = page.form_with(&action, "");
    let own = form.iter().filter(|(name, _)| name != "form_token");
    let fields: Vec<(&str, &str)> = own.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let taken = portal.send_file(&page, &action, &fields, file).await;
    (taken.status, taken.text())
}

async fn keep(portal: &mut Browser, link: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let place = format!("{link}/lyrics");
    let page = portal.get(&place).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let kept = portal.send(&page, &place, fields).await;
    (kept.status, kept.text())
}

fn by_text() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let mut portal = house.stranger();
        let text = "[00:00.100]Rain falls\n[00:00.250]\n\n[00:00.300]on & on\n";
        let (status, said) = keep(&mut portal, &link, &[("text", text)]).await;
        assert_eq!(status, 303, "{said}");
        let view = songs(&house).await[0].clone();
        assert_eq!(
            view["lines"],
            json!([
                { "text": "Rain falls", "from_ms": 100, "until_ms": 250 },
                { "text": "" },
                { "text": "on & on", "from_ms": 300 },
            ])
        );
        assert_eq!(
            (&view["standing"], &view["no"]),
            (&json!("timed"), &json!(1))
        );
        let page = staff.get(&format!("/orders/{number}/lyrics")).await.text();
        assert!(page.contains("[00:00.300]on &#38; on"), "{page}");
        assert!(page.contains("Each line has its time."), "{page}");

        let wrong = "[00:00.300]on & on\n[00:00.100]Rain falls\n[59:00.000]gone\n";
        let (status, said) = keep(&mut portal, &link, &[("text", wrong)]).await;
        assert_eq!(status, 422, "{said}");
        assert!(
            said.contains("[59:00.000]gone"),
            "what was typed stays: {said}"
        );
        assert!(said.contains("<li data-line=\"2\">line 2 (“Rain falls”) begins at 0:00.100, which is not 10 ms after line 1 at 0:00.300.</li>"), "{said}");
        assert!(said.contains("<li data-line=\"3\">line 3 (“gone”) lies at 59:00.000, behind the end of the song at "), "{said}");

        // Two pages were open: the second is told who kept the words meanwhile.
        let place = format!("{link}/lyrics");
        let (first, second) = (
            portal.get(&place).await,
            staff.get(&format!("/orders/{number}/lyrics")).await,
        );
        let kept = portal
            .send(&first, &place, &[("instrumental", "yes")])
            .await;
        assert_eq!(kept.status, 303, "{}", kept.text());
        let late = staff
            .send(
                &second,
                &format!("/orders/{number}/lyrics"),
                &[("text", "x")],
            )
            .await;
        assert_eq!(late.status, 409, "{}", late.text());
        assert!(late.text().contains("kept this song"), "{}", late.text());
        assert_eq!(songs(&house).await[0]["standing"], "instrumental");
        let log = house.page(number).await.log;
        let said: Vec<&str> = log.iter().map(|line| line.text.as_str()).collect();
        assert!(
            said.iter()
                .any(|line| line.ends_with("kept the words of “First Light”, each line timed.")),
            "{said:?}"
        );
        assert!(
            said.iter()
                .any(|line| line.ends_with("noted that “First Light” is an instrumental.")),
            "{said:?}"
        );
    });
}

fn by_file() {
    in_a_house(|house| async move {
        let (_, link, _) = house.in_review().await;
        let mut portal = house.stranger();
        let ttml = b"<tt xmlns=\"http://www.w3.org/ns/ttml\"><body><div><p begin=\"0.1s\" end=\"0.2s\">Rain</p></div><div><p begin=\"0.25s\">on</p></div></body></tt>";
        for (name, bytes, standing) in [
            ("a.txt", &b"Rain\n\non\n"[..], "words"),
            (
                "a.lrc",
                b"[00:00.10][00:00.30]Rain\n[00:00.20]on\n",
                "timed",
            ),
            ("a.ttml", ttml, "timed"),
        ] {
            let (status, said) = take(&mut portal, &link, (name, bytes)).await;
            assert_eq!(status, 303, "{name}: {said}");
            assert_eq!(songs(&house).await[0]["standing"], standing, "{name}");
        }
        let view = songs(&house).await[0].clone();
        assert_eq!(
            view["text"],
            "[00:00.100]Rain\n[00:00.200]\n\n[00:00.250]on\n"
        );
        let (status, said) = take(&mut portal, &link, ("a.ttml", b"<tt><body>")).await;
        assert_eq!(status, 422, "{said}");
        assert!(said.contains("The TTML is broken near line 1"), "{said}");
        let (status, said) = keep(
            &mut portal,
            &link,
            &[(
                "text",
                "<!DOCTYPE t [<!ENTITY x \"y\">]><tt><body><p>&x;</p></body></tt>",
            )],
        )
        .await;
        assert_eq!(status, 422, "{said}");
        assert!(said.contains("entity of its own"), "{said}");
    });
}

fn by_program() {
    in_a_house(|house| async move {
        house.in_review().await;
        let token = house.token("ada").await;
        let track = songs(&house).await[0]["track"].clone();
        let path = format!("/orders/LQ-1001/lyrics/{}", track.as_str().unwrap());
        let put = async |body: Value| {
            let mut program = house.stranger();
            let told = program
                .api(Method::PUT, &path, Some(&token), Some(&body))
                .await;
            (told.status, told.json())
        };
        let lines = json!([{ "text": "Rain", "from_ms": 100 }, { "text": "on" }]);
        let (status, told) = put(json!({ "lines": lines, "after": 0 })).await;
        assert_eq!(status, 200, "{told}");
        assert_eq!(
            songs(&house).await[0]["told"],
            "1 of 2 lines have their time."
        );
        let (status, told) = put(json!({ "text": "[00:00.10]Rain", "after": 0 })).await;
        assert_eq!(status, 409, "{told}");
        let late = json!([{ "text": "Rain", "from_ms": 300 }, { "text": "on", "from_ms": 200 }]);
        let (status, told) = put(json!({ "lines": late, "after": 1 })).await;
        assert_eq!(status, 422, "{told}");
        assert_eq!(told["lines"][0]["line"], 2, "{told}");
        let (status, told) = put(json!({ "text": "a", "instrumental": true })).await;
        assert_eq!(status, 422, "{told}");
    });
}
