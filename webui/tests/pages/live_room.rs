//! The live room without script and without an audio server: every form, and what is refused. With script it is among
//! the whole flows.

use std::time::Duration;

use axum::http::Method;
use mastering::OrderNumber;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::{House, in_a_house};
use crate::racks::furnish;

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "the live room works by forms alone, and is the studio's",
    by_forms,
)];

/// Waits until the room's view is so.
async fn until(
    (house, token): (&House, &str),
    what: &str,
    is_so: impl Fn(&Value) -> bool,
) -> Value {
    for _ in 0..1_000 {
        let mut program = house.stranger();
        let now = program.api(Method::GET, "/live", Some(token), None).await;
        let now = now.json();
        if is_so(&now["view"]) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("in vain: {what}");
}

/// Presses the button of the room whose form holds these words.
async fn press(staff: &mut Browser, page: &str, words: &str) {
    let say = format!("{page}/say");
    let shown = staff.get(page).await;
    let form = shown.form_with(&say, words);
    let said = staff.post(&say, &form).await;
    assert_eq!(said.status, 303, "{words}: {}", said.text());
}

fn by_forms() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let order = house.page(number).await;
        let track = order.project.tracks[0].id.clone();
        let page = format!("/orders/{number}/live/{track}");
        let empty = staff.get(&page).await.text();
        assert!(empty.contains("The rack has no chain yet"), "{empty}");
        furnish(&mut staff).await;
        let open = format!("{page}/open");
        let shown = staff.get(&page).await;
        let closed = staff.send(&shown, &open, &[("chain", "glue")]).await;
        assert!(
            closed.text().contains("a reason on record"),
            "{}",
            closed.text()
        );
        house.listens(&mut staff, number).await;
        let wrong = staff.send(&shown, &open, &[("chain", "iron")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("no chain"), "{}", wrong.text());
        let opened = staff.send(&shown, &open, &[("chain", "glue")]).await;
        assert_eq!(opened.status, 303, "{}", opened.text());

        let token = house.token("ada").await;
        let room = (&*house, token.as_str());
        until(room, "it is ready", |view| view["standing"] == "ready").await;
        let text = staff.get(&page).await.text();
        for words in [
            "Vari-Mu",
            "256.00 frames",
            "Patch field: mastering insert",
            "To Vari-Mu",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        press(&mut staff, &page, "play").await;
        until(room, "it plays", |view| view["run"] == "playing").await;
        press(&mut staff, &page, "mono").await;
        press(&mut staff, &page, "difference").await;
        let now = until(room, "both are done", |view| {
            view["listen"] == "mono" && view["heard"] == "difference"
        });
        assert_eq!(now.await["view"]["chain"], "glue");

        // The room is taken, for themselves too; a client finds no room at all.
        let mut program = house.stranger();
        let chain = json!({ "chain": "glue" });
        let taken = program
            .api(Method::POST, &page, Some(&token), Some(&chain))
            .await;
        assert_eq!(taken.status, 422, "{}", taken.text());
        assert!(taken.text().contains("works live on"), "{}", taken.text());
        let client = link.strip_prefix("/p/").unwrap();
        let refused = program.api(Method::GET, "/live", Some(client), None).await;
        assert_eq!(refused.status, 403, "{}", refused.text());

        ends((&house, &token), &mut staff, (&page, number)).await;
    });
}

/// Ended by its button, the room says so, takes no word, and the journal tells who had what.
async fn ends(
    (house, token): (&House, &str),
    staff: &mut Browser,
    (page, number): (&str, OrderNumber),
) {
    let mut program = house.stranger();
    press(staff, page, "End the session").await;
    until((house, token), "it is over", |view| {
        view["standing"] == "ended"
    })
    .await;
    let text = staff.get(page).await.text();
    assert!(text.contains("The session was ended"), "{text}");
    let say = json!({ "say": "play" });
    let nobody = program
        .api(Method::POST, "/live/say", Some(token), Some(&say))
        .await;
    assert!(
        nobody.text().contains("works live now"),
        "{}",
        nobody.text()
    );
    let journal = program
        .api(Method::GET, "/journal", Some(token), None)
        .await;
    let words = format!("Live work on {number} through glue ended, with vari_mu");
    assert!(journal.text().contains(&words), "{}", journal.text());
}
