//! The patchbay where nobody watches any hardware; with a real server it is among the whole flows.

use axum::http::Method;
use serde_json::json;

use crate::house::in_a_house;

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "a patchbay that is switched off says so, and its doors are the studio's",
    off,
)];

fn off() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let page = staff.get("/patchbay").await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(text.contains("The patchbay is switched off"), "{text}");
        assert!(
            text.contains("start Lacquer again"),
            "the next step: {text}"
        );
        let token = house.token("ada").await;
        let board = staff
            .api(Method::GET, "/patchbay", Some(&token), None)
            .await
            .json();
        assert_eq!(board["server"]["state"], "off");
        let cable = json!({ "from": "system:capture_1", "to": "system:playback_1" });
        let wish = staff
            .api(Method::POST, "/patchbay/wanted", Some(&token), Some(&cable))
            .await;
        assert_eq!(wish.status, 422, "{}", wish.text());

        house.person(&mut staff, "nora", "client").await;
        let client = house.token("nora").await;
        for path in ["/patchbay", "/patchbay/live"] {
            let mut program = house.stranger();
            let answer = program.api(Method::GET, path, Some(&client), None).await;
            assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        }
    });
}
