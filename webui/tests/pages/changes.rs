//! The stream of changes: staff hear all, clients their own.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use tower::ServiceExt;

use crate::browser::Browser;
use crate::house::{House, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] =
    &[("a page hears of its own order and of no other", hears)];

/// Reads a stream of events until `wanted`, or for as long as nothing more comes.
async fn events(house: &House, path: &str, cookie: Option<&str>) -> axum::body::BodyDataStream {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/event-stream"), "{kind}");
    let mut stream = response.into_body().into_data_stream();
    let hello = next(&mut stream).await.unwrap();
    assert!(hello.contains("event: hello"), "{hello}");
    stream
}

async fn next(stream: &mut axum::body::BodyDataStream) -> Option<String> {
    let piece = tokio::time::timeout(Duration::from_secs(20), stream.next()).await;
    let piece = piece.expect("an event comes")?.unwrap();
    Some(String::from_utf8_lossy(&piece).into_owned())
}

async fn close_intake(staff: &mut Browser, number: &str) -> u16 {
    let path = format!("/orders/{number}");
    let token = staff.get("/api/v1/openapi.json").await;
    assert_eq!(token.status, 200);
    let body = serde_json::json!({});
    let command = format!("/orders/{number}/close-intake");
    let answer = staff
        .api(axum::http::Method::POST, &command, None, Some(&body))
        .await;
    assert_ne!(answer.status, 404, "{path}");
    answer.status
}

fn hears() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        let kjell = house.client(&mut staff, "kjell", "Kjell").await;
        let link = house.order(&mut staff, "nora", "1").await;
        house.order(&mut staff, "kjell", "1").await;

        let changes = "/api/v1/changes";
        let mut at_desk = events(&house, changes, staff.cookie.as_deref()).await;
        let mut at_nora = events(&house, changes, nora.cookie.as_deref()).await;
        let mut at_kjell = events(&house, changes, kjell.cookie.as_deref()).await;
        let mut at_link = events(&house, &format!("{link}/changes"), None).await;

        // Nothing to close: refused, and nobody is told anything.
        assert_eq!(close_intake(&mut staff, "LQ-1002").await, 409);
        // A mix arrives for Kjell, then one for Nora.
        for number in ["LQ-1002", "LQ-1001"] {
            let base = format!("/orders/{number}");
            let page = staff.get(&base).await;
            assert_eq!(page.status, 200);
            let mix = crate::mixes::song(0, crate::mixes::Fault::None);
            let path = format!("{base}/uploads/Song.wav");
            let request = Request::post(format!("/api/v1{path}"))
                .header("cookie", staff.cookie.clone().unwrap())
                .body(Body::from(mix))
                .unwrap();
            let sent = house.router.clone().oneshot(request).await.unwrap();
            assert_eq!(sent.status(), 204);
            let heard = if number == "LQ-1002" {
                next(&mut at_kjell).await.unwrap()
            } else {
                next(&mut at_nora).await.unwrap()
            };
            assert!(heard.contains(number), "{heard}");
        }
        let first = next(&mut at_link).await.unwrap();
        assert!(
            first.contains("LQ-1001") && !first.contains("LQ-1002"),
            "{first}"
        );
        let first = next(&mut at_desk).await.unwrap();
        assert!(first.contains("LQ-1002"), "{first}");
    });
}
