//! Mixes dropped in the browser.

use mastering::{MixRole, OrderNumber};

use crate::house::in_a_house;
use crate::mixes::{Fault, song};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "files of one form become mixes and alternates, byte for byte",
        together,
    ),
    (
        "an upload that is not sealed, empty or broken leaves nothing",
        refused,
    ),
];

fn together() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let mut nora = house.client(&mut staff, "nora", "Nora Thorne").await;
        house.order(&mut staff, "nora", "").await;
        let base = "/orders/LQ-1001";
        let page = nora.get(base).await;
        let (one, two) = (song(1, Fault::None), song(2, Fault::None));
        let files: [(&str, &[u8]); 2] =
            [("01 Rime.wav", &one), ("C:\\mixes\\02 Für Kin.wav", &two)];
        let sent = nora.upload(&page, base, "mixes", &files).await;
        assert_eq!(
            (sent.status, sent.location()),
            (303, "/orders/LQ-1001#mixes")
        );
        let page = nora.get(base).await;
        let three = song(5, Fault::None);
        let files: [(&str, &[u8]); 1] = [("01 Rime instrumental.wav", &three)];
        let sent = nora.upload(&page, base, "alternates", &files).await;
        assert_eq!(sent.status, 303, "{}", sent.text());

        let page = house
            .until(OrderNumber::FIRST, "three mixes", |page| {
                page.project.mixes.len() == 3
            })
            .await;
        let mixes = page.project.mixes.values();
        let mut names: Vec<_> = mixes.map(|m| (m.file_name.as_str(), m.role)).collect();
        names.sort_by_key(|(name, _)| (*name).to_owned());
        assert_eq!(
            names,
            [
                ("01 Rime instrumental.wav", MixRole::Alternate),
                ("01 Rime.wav", MixRole::Main),
                ("02 Für Kin.wav", MixRole::Main),
            ]
        );
        let shown = nora.get(base).await.text();
        assert!(shown.contains("02 Für Kin.wav"), "{shown}");
    });
}

fn refused() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        house.client(&mut staff, "nora", "Nora Thorne").await;
        let link = house.order(&mut staff, "nora", "1").await;
        let mut portal = house.stranger();
        let page = portal.get(&link).await;
        let action = format!("{link}/upload");

        let file = "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n--edge--\r\n";
        let unsealed = portal.multipart(&action, file.into()).await;
        assert_eq!(unsealed.status, 403);

        let none = portal.upload(&page, &link, "mixes", &[("", b"")]).await;
        assert_eq!(none.status, 422);
        assert!(none.text().contains("Choose at least one file"));
        let odd = portal
            .upload(&page, &link, "stems", &[("a.wav", b"RIFF")])
            .await;
        assert_eq!(odd.status, 422);

        // The connection ends in the middle of the file.
        let fields = page.form_with(&action, "");
        let (name, token) = fields.iter().find(|(n, _)| n == "form_token").unwrap();
        let mut half = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{token}\r\n\
             --edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"half.wav\"\r\n\r\n"
        )
        .into_bytes();
        half.extend_from_slice(&song(0, Fault::None)[..100_000]);
        let broken = portal.multipart(&action, half).await;
        assert_eq!(broken.status, 422, "{}", broken.text());

        let dropbox = house.studio.data().join("dropboxes/nora");
        assert_eq!(files_below(&dropbox), Vec::<String>::new());
    });
}

/// Every file below a folder that a client would see.
fn files_below(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            if !name.starts_with('.') {
                found.extend(files_below(&entry.path()));
            }
        } else {
            found.push(name);
        }
    }
    found
}
