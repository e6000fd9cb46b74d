//! What goes beside a song: proposed on the order's page, said and taken back by a form.

use mastering::OrderNumber;

use crate::house::in_a_house;
use crate::mixes::{Fault, song};

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "a mix goes beside its song by a form, and is taken away by one",
    named,
)];

fn named() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        house.order(&mut staff, "nora", "").await;
        let base = "/orders/LQ-1001";
        let files = [
            ("01 Rime.wav", 1),
            ("02 Fog.wav", 2),
            ("01 Rime (Instrumental).wav", 5),
        ];
        for (name, key) in files {
            let page = nora.get(base).await;
            let file = song(key, Fault::None);
            let sent = nora.upload(&page, base, "mixes", &[(name, &file)]).await;
            assert_eq!(sent.status, 303, "{}", sent.text());
        }
        let order = house
            .until(OrderNumber::FIRST, "three songs", |page| {
                page.project.tracks.len() == 3
            })
            .await;
        let rime = order.project.tracks.iter().find(|t| t.title == "Rime");
        let rime = rime.unwrap().id.to_string();

        // The client is asked nothing; the studio reads what the name says.
        let hers = nora.get(base).await;
        assert!(!hers.has_form(&format!("{base}/beside")));
        let page = staff.get(base).await;
        let text = page.text();
        assert!(text.contains("By its name it goes beside a song"), "{text}");
        assert!(text.contains("<option value=\"instrumental\" selected>"));
        let proposed = order.project.alternates_proposed();
        let mix = proposed[0].mix.to_string();
        let action = format!("{base}/beside");
        let said = [
            ("mix", mix.as_str()),
            ("song", &rime),
            ("role", "stem"),
            ("name", ""),
        ];
        let refused = staff.send(&page, &action, &said).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.text().contains("name is missing"),
            "{}",
            refused.text()
        );
        let said = [
            ("mix", mix.as_str()),
            ("song", &rime),
            ("role", "instrumental"),
        ];
        let sent = staff.send(&page, &action, &said).await;
        assert_eq!(
            (sent.status, sent.location()),
            (303, format!("{base}#mix-{mix}").as_str())
        );
        let page = staff.get(base).await;
        let words = "Goes beside \u{201c}Rime\u{201d} as its Instrumental";
        assert!(page.text().contains(words), "{}", page.text());
        assert!(page.text().contains("Beside it"), "{}", page.text());
        assert!(page.text().contains("<figcaption>Rime (Instrumental)"));

        let sent = staff.send(&page, &format!("{base}/not-beside"), &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let order = house.page(OrderNumber::FIRST).await;
        assert_eq!(order.project.tracks.len(), 3);
        assert!(order.project.alternates.is_empty());
    });
}
