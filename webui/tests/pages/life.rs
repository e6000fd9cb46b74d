//! An order's life, told by its pages: every step is a form that works without script.

use mastering::{FinalFormat, OrderNumber};
use sha2::{Digest, Sha256};

use crate::house::in_a_house;
use crate::mixes::{Fault, song};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "an order runs from the upload to its finals on pages alone",
        to_finals,
    ),
    (
        "a form that was drawn before something happened is refused with what happened",
        stale,
    ),
    (
        "a mix with a finding waits for a decision, which is made on its page",
        decision,
    ),
    (
        "the engineer's plan is shown with reasons, changed, and a wrong one refused",
        plan,
    ),
];

#[expect(
    clippy::too_many_lines,
    reason = "one life, told from beginning to end"
)]
fn to_finals() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let mut portal = house.stranger();
        let heard = portal.get(&link).await;
        let text = heard.text();
        assert!(text.contains("Approve revision 1") && text.contains("Ask for a revision"));
        assert!(text.contains("<audio controls"), "it plays without script");

        // A comment at a moment, and the same click twice.
        let project = house.page(number).await.project;
        let track = project.tracks[0].id.to_string();
        let comment = format!("{link}/comment");
        let fields = [
            ("position", "0:02.5"),
            ("words", "The <kick> covers \u{201c}her\u{201d} voice."),
        ];
        for _ in 0..2 {
            let said = portal.send(&heard, &comment, &fields).await;
            assert_eq!(said.status, 303, "{}", said.text());
            assert_eq!(said.location(), format!("{link}#song-{track}"));
        }
        let project = house.page(number).await.project;
        assert_eq!(project.comments.len(), 1, "two clicks are one comment");
        assert_eq!(project.comments[0].position_ms, 2_500);
        let page = portal.get(&link).await;
        assert!(!page.text().contains("<kick>"), "words are never markup");
        let nowhere = portal
            .send(&page, &comment, &[("position", "later"), ("words", "x")])
            .await;
        assert_eq!(nowhere.status, 422);

        // A revision with words, its plan, its masters, its reference.
        let request = format!("{link}/request");
        let asked = portal
            .send(&page, &request, &[("words", "Less bass, please.")])
            .await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let desk = format!("/orders/{number}");
        let shown = staff.get(&desk).await;
        assert!(shown.text().contains("Less bass, please."));
        let chain = chain_on(&shown.text()).replace("-14", "-15");
        let changed = staff
            .send(&shown, &format!("{desk}/plan"), &[("chain", &chain)])
            .await;
        assert_eq!(changed.status, 303, "{}", changed.text());
        let shown = staff.get(&desk).await;
        let started = staff.send(&shown, &format!("{desk}/master"), &[]).await;
        assert_eq!(started.status, 303, "{}", started.text());
        house
            .until(number, "revision 2", |page| {
                page.project.stage.code() == "in_review"
                    && page.project.stage.revision().map(u32::from) == Some(2)
            })
            .await;

        // Approval of the very samples the page names.
        let page = portal.get(&link).await;
        let approve = format!("{link}/approve");
        let mut form = page.form_with(&approve, "");
        let sums: Vec<_> = form
            .iter()
            .filter(|(name, _)| name.starts_with("samples."))
            .cloned()
            .collect();
        let project = house.page(number).await.project;
        let revision = project.newest_sent().unwrap();
        let held: Vec<_> = revision.sample_sums().into_values().collect();
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].1, held[0].to_string());
        form.push(("name".to_owned(), "Nora Thorne".to_owned()));
        let other: Vec<_> = form
            .iter()
            .map(|(n, v)| match n.as_str() {
                "wording" => (n.clone(), "I approve nothing.".to_owned()),
                _ => (n.clone(), v.clone()),
            })
            .collect();
        assert_eq!(portal.post(&approve, &other).await.status, 409);
        let approved = portal.post(&approve, &form).await;
        assert_eq!(approved.status, 303, "{}", approved.text());

        finals(&house, &mut portal, &link, number).await;
    });
}

async fn finals(
    house: &crate::house::House,
    portal: &mut crate::browser::Browser,
    link: &str,
    number: OrderNumber,
) {
    let page = house
        .until(number, "the finals", |page| {
            page.project.offered_at.is_some()
        })
        .await;
    let shown = portal.get(link).await.text();
    assert!(shown.contains("approved revision 2"), "{shown}");
    assert_eq!(page.project.finals.len(), FinalFormat::ALL.len());
    for file in &page.project.finals {
        assert!(shown.contains(&file.object.as_str()[..4]));
        let address = format!("{link}/final/{}/{}", file.track, file.format.code());
        assert!(shown.contains(&address), "{address}");
        let got = portal.get(&address).await;
        assert_eq!(got.status, 200);
        let sum = hex::encode(Sha256::digest(&got.body));
        assert_eq!(sum, file.object.to_string(), "{}", file.file_name);
        assert!(got.header("content-disposition").starts_with("attachment;"));
    }
    let asks = portal.get(&format!("{link}/final/none/wav24")).await;
    assert_eq!(asks.status, 404);
}

/// The chain in the page's plan editor.
fn chain_on(page: &str) -> String {
    let from = page.find("name=\"chain\"").expect("a plan editor");
    let rest = &page[from..];
    let text = &rest[rest.find('>').unwrap() + 1..rest.find("</textarea>").unwrap()];
    text.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

fn stale() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let mut portal = house.stranger();
        let old = portal.get(&link).await;
        let asked = portal
            .send(&old, &format!("{link}/request"), &[("words", "Less bass.")])
            .await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let late = portal
            .send(&old, &format!("{link}/approve"), &[("name", "Nora")])
            .await;
        assert_eq!(late.status, 409);
        let text = late.text();
        assert!(
            text.contains("What happened since you opened the page"),
            "{text}"
        );
        assert!(
            text.contains("Less bass."),
            "the page says what changed: {text}"
        );
        assert!(text.contains("original mixes are untouched"));
        assert!(house.page(number).await.project.approval.is_none());

        // Words typed on an old page are given back, not lost.
        let desk = format!("/orders/{number}");
        let first = staff.get(&desk).await;
        let chain = chain_on(&first.text());
        let louder = chain.replace("-14", "-13");
        let changed = staff
            .send(&first, &format!("{desk}/plan"), &[("chain", &louder)])
            .await;
        assert_eq!(changed.status, 303, "{}", changed.text());
        let other = format!("# mine\n{}", chain.replace("-14", "-12"));
        let late = staff
            .send(&first, &format!("{desk}/plan"), &[("chain", &other)])
            .await;
        assert_eq!(late.status, 409);
        assert!(late.text().contains("# mine"), "{}", late.text());
    });
}

fn decision() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let link = house.order(&mut staff, "nora", "1").await;
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        let mix = song(3, Fault::Clips);
        let sent = portal
            .upload(&page, &link, "mixes", &[("Loud.wav", &mix)])
            .await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let number = OrderNumber::FIRST;
        let page = house
            .until(number, "the mix", |page| !page.project.mixes.is_empty())
            .await;
        let mix = page.project.mixes.values().next().unwrap().clone();
        assert!(!mix.is_verified(), "{:?}", mix.findings);

        let shown = portal.get(&link).await.text();
        let said = mix.findings.iter().find(|f| f.code == "clipping");
        let said = said.expect("it clips").text.replace('\'', "&#39;");
        assert!(shown.contains(&said), "{said}\n{shown}");
        assert!(!shown.contains("decide-mix"), "clients do not decide");
        let report = portal.get(&format!("{link}/report/{}", mix.id)).await;
        assert_eq!(report.status, 200);
        assert!(report.header("content-type").starts_with("text/plain"));
        let at = shown.find("/picture/").expect("a picture of the finding");
        let from = shown[..at].rfind('"').unwrap() + 1;
        let picture = portal.get(shown[from..].split('"').next().unwrap()).await;
        assert_eq!(picture.header("content-type"), "image/svg+xml");
        assert!(
            picture
                .header("content-security-policy")
                .contains("sandbox")
        );
        assert!(picture.text().starts_with("<svg"));

        let desk = format!("/orders/{number}");
        let decide = format!("{desk}/decide-mix");
        let shown = staff.get(&desk).await;
        let nothing = staff
            .send(&shown, &decide, &[("decision", "go_on"), ("words", "")])
            .await;
        assert_eq!(nothing.status, 422);
        assert!(nothing.text().contains("The reason is missing."));
        let fields = [("decision", "go_on"), ("words", "It is the sound.")];
        let decided = staff.send(&shown, &decide, &fields).await;
        assert_eq!(decided.status, 303, "{}", decided.text());
        let shown = staff.get(&desk).await.text();
        assert!(shown.contains("Ada Lindqvist went on with it"), "{shown}");
        assert!(shown.contains("It is the sound."));
    });
}

fn plan() {
    in_a_house(|house| async move {
        let (mut staff, _link, number) = house.in_review().await;
        let desk = format!("/orders/{number}");
        let shown = staff.get(&desk).await;
        let opened = staff
            .send(
                &shown,
                &format!("{desk}/open-revision"),
                &[("words", "I want more air.")],
            )
            .await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        let shown = staff.get(&desk).await;
        assert!(shown.text().contains("I want more air."));
        assert!(
            shown.text().contains("class=\"reasons\""),
            "why it is as it is"
        );
        let wrong = staff
            .send(
                &shown,
                &format!("{desk}/plan"),
                &[("chain", "this is no chain")],
            )
            .await;
        assert_eq!(wrong.status, 422, "{}", wrong.text());
        assert!(
            wrong.text().contains("this is no chain"),
            "what was written stays"
        );
        let title = staff
            .send(
                &shown,
                &format!("{desk}/titles"),
                &[("title", "First Light (Dawn)")],
            )
            .await;
        assert_eq!(title.status, 303, "{}", title.text());
        assert!(staff.get(&desk).await.text().contains("First Light (Dawn)"));
    });
}
