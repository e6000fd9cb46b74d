//! The rules on pages and in the API: requests that wait, listening, previews, the queue.

use axum::http::Method;
use serde_json::json;

use crate::house::in_a_house;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a request that is new work waits, is quoted, and begins with the client's yes",
        new_work,
    ),
    (
        "an approval says what was listened to, and listening makes no form stale",
        listening,
    ),
    (
        "a marked reference is the master but for its marks until it is approved",
        preview,
    ),
    ("the queue shows what is due and who owes what", queue),
];

fn new_work() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        assert!(page.text().contains("2 of 2 free rounds are left"));
        let request = [
            ("words", "Use this mix instead."),
            ("topic.new_file", "yes"),
        ];
        let asked = portal
            .send(&page, &format!("{link}/request"), &request)
            .await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        let desk = format!("/orders/{number}");
        let shown = staff.get(&desk).await;
        assert!(
            shown
                .text()
                .contains("The rules propose new work with its own quote")
        );
        let answer = [("answer", "new_work"), ("words", "That is a new mix.")];
        let path = format!("{desk}/answer-request");
        let said = staff.send(&shown, &path, &answer).await;
        assert_eq!(said.status, 303, "{}", said.text());

        let page = portal.get(&link).await;
        assert!(page.text().contains("That is a new mix."));
        let agreed = portal.send(&page, &format!("{link}/agree"), &[]).await;
        assert_eq!(agreed.status, 303, "{}", agreed.text());
        let page = house.page(number).await;
        assert_eq!(page.project.stage.code(), "adjusting");
        assert_eq!(
            page.terms.rounds_left,
            Some(2),
            "a paid round does not count"
        );

        // A question stops the clock until the client answers it.
        let shown = staff.get(&desk).await;
        let question = [("words", "Which take of the chorus?")];
        let path = format!("{desk}/ask-client");
        assert_eq!(staff.send(&shown, &path, &question).await.status, 303);
        assert!(!house.page(number).await.terms.estimate.is_running);
        let page = portal.get(&link).await;
        assert!(page.text().contains("Which take of the chorus?"));
        let path = format!("{link}/answer-question");
        let answered = portal.send(&page, &path, &[("words", "The second.")]).await;
        assert_eq!(answered.status, 303, "{}", answered.text());
        assert!(house.page(number).await.terms.estimate.is_running);
    });
}

fn listening() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let track = house.page(number).await.project.tracks[0].id.to_string();
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        assert!(
            page.text()
                .contains("Not listened to yet: \u{201c}First Light\u{201d}")
        );
        let heard = format!("{link}/heard");
        let audio = format!("master/1/{track}");
        for per_cent in ["3", "60", "60", "97"] {
            let told = [("audio", audio.as_str()), ("per_cent", per_cent)];
            assert_eq!(portal.send(&page, &heard, &told).await.status, 204);
        }
        let nothing = [("audio", "elsewhere"), ("per_cent", "3")];
        assert_eq!(portal.send(&page, &heard, &nothing).await.status, 422);
        // The studio's own listening is no client's.
        let desk = staff.get(&format!("/orders/{number}")).await;
        assert!(!desk.has_form(&format!("/orders/{number}/heard")));

        // The page that was drawn before all that still approves.
        let name = [("name", "Nora Thorne")];
        let approved = portal.send(&page, &format!("{link}/approve"), &name).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        let consent = house
            .page(number)
            .await
            .project
            .approval
            .clone()
            .unwrap()
            .consent;
        assert_eq!(consent.listened.len(), 1);
        assert_eq!(consent.listened[0].heard, mastering::Heard::Whole);
        assert_eq!(consent.unheard.len(), 2, "16 bits and the MP3");
    });
}

fn preview() {
    in_a_house(|house| async move {
        let (mut staff, link, number) = house.in_review().await;
        let owner = house.token("ada").await;
        let track = house.page(number).await.project.tracks[0].id.to_string();
        let mut portal = house.stranger();
        house.listens(&mut staff, number).await;
        let path = format!("audio/master/1/{track}");
        let master = staff.get(&format!("/orders/{number}/{path}")).await;
        let address = format!("{link}/{path}");
        assert_eq!(
            portal.get(&address).await.body,
            master.body,
            "as the service says"
        );
        let choose = format!("/orders/{number}/choose-preview");
        for form in ["lossy", "excerpt", "marked"] {
            let body = json!({ "form": form });
            let mut program = house.stranger();
            let done = program
                .api(Method::POST, &choose, Some(&owner), Some(&body))
                .await;
            assert_eq!(done.status, 200, "{}", done.text());
            let heard = portal.get(&address).await;
            assert_eq!(heard.body.len(), master.body.len());
            assert_ne!(heard.body, master.body, "{form}");
            assert_ne!(heard.header("etag"), master.header("etag"));
            // A part is the part of the same.
            let headers = [("range", "bytes=50001-90000")];
            let part = portal.get_with(&address, &headers).await;
            assert_eq!(part.body, heard.body.slice(50_001..=90_000));
            let own = staff.get(&format!("/orders/{number}/{path}")).await;
            assert_eq!(own.body, master.body, "the studio hears the master");
        }
        // A client whom the studio trusts, where the order itself says nothing else.
        let page = portal.get(&link).await;
        let name = [("name", "Nora Thorne")];
        let approved = portal.send(&page, &format!("{link}/approve"), &name).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        assert_eq!(
            portal.get(&address).await.body,
            master.body,
            "now it is theirs"
        );
    });
}

fn queue() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut client = house.client(&mut staff, "nora", "Nora Thorne").await;
        house.order(&mut staff, "nora", "2").await;
        let page = staff.get("/queue").await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(
            text.contains("LQ-1001") && text.contains("0 of 2 are here"),
            "{text}"
        );
        assert!(text.contains(
            "Expected 1 h after everything is here. It depends on 2 mixes still to come."
        ));
        assert!(text.contains("1 waits for its client"));
        assert_eq!(client.get("/queue").await.status, 403);
    });
}
