//! What is told by mail, to whom, in which language, and by bell and dropbox too.

use flows::clients::Ftp;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, until};
use serde_json::Value;

use crate::server::MailServer;
use crate::{free_port, link_works, profile, send_a_mix, services_with, start};

#[test]
fn the_client_is_told_by_mail_of_report_reference_and_finals() {
    // The studio opens before the mail server does, as after a power cut.
    let port = free_port();
    let lacquer = start(port);
    let (number, _) = lacquer.order("ada", "Kleine Nachtmusik für Ümläute", &["--songs", "1"]);
    send_a_mix(&lacquer, &number);
    lacquer.until_stage(&number, "in_review");
    let server = MailServer::start_on(port);

    let report = server.until_mail("we checked");
    assert!(
        report.body.contains("\u{201c}Song.wav\u{201d}"),
        "{report:?}"
    );
    let reference = server.until_mail("revision 1 is ready");
    let portal = link_works(&lacquer, &reference, "Kleine Nachtmusik für Ümläute");
    link_works(&lacquer, &report, &number);
    // The link of the mail is the client's key to everything, up to the approval.
    let yes = lacquer.approval(&number, &portal, 1);
    lacquer.must("POST", &format!("/orders/{number}/approve"), &portal, &yes);
    let finals = server.until_mail("finals are ready");
    let portal = link_works(&lacquer, &finals, &number);
    lacquer.until_stage(&number, "archived");
    let order = lacquer.order_seen(&number, &portal);
    let track = order["project"]["tracks"][0]["id"].as_str().unwrap();
    let path = format!("/orders/{number}/finals/{track}/flac24");
    assert_eq!(lacquer.download(&path, &portal, None).status, 200);

    // The approval is confirmed, and how long everything is kept: five mails, each once.
    let kept = server.until_mail("is complete");
    assert!(kept.body.contains("The working files leave on"), "{kept:?}");
    assert!(kept.body.contains("we can recall everything"), "{kept:?}");
    server.until_mail("revision 1 is approved");
    assert_eq!(server.copies().into_values().collect::<Vec<_>>(), [1; 5]);
}

#[test]
fn each_reads_in_their_language_and_without_what_they_switched_off() {
    let server = MailServer::start_on(free_port());
    let lacquer = start(server.port);
    let off = ["mix_received", "mix_asks", "mix_blocked"];
    profile(
        &lacquer,
        "ada",
        &serde_json::json!({ "language": "de", "notices_off": off }),
    );
    let words = [
        "user",
        "add-member",
        "ada",
        "--login",
        "bo",
        "--name",
        "Bo Example",
        "--email",
        "bo@client.example",
        "--rights",
        "comment,approve",
        "--json",
    ];
    assert_eq!(
        lacquer.json(&words)["rights"],
        serde_json::json!(["comment", "approve"])
    );
    let (number, _) = lacquer.order("ada", "Erstes Licht", &["--songs", "1"]);
    send_a_mix(&lacquer, &number);
    lacquer.until_stage(&number, "in_review");

    let german = server.until_mail("Fassung 1 liegt zum Anh\u{f6}ren bereit");
    assert!(
        german.body.starts_with("Guten Tag ADA Example,"),
        "{german:?}"
    );
    assert!(
        german.body.contains("\u{201e}Erstes Licht\u{201c}"),
        "{german:?}"
    );
    link_works(&lacquer, &german, "Erstes Licht");
    let english = server.until_mail("revision 1 is ready");
    assert_eq!(english.to, "Bo Example <bo@client.example>");
    // Bo heard of the mix; Ada had switched that off, and reads it among her notices all the same.
    assert_eq!(server.until_mail("we checked").to, english.to);
    assert!(
        server
            .mails()
            .iter()
            .all(|m| !m.subject.contains("ist gepr\u{fc}ft"))
    );
    let session = lacquer.log_in("ada");
    let notices = lacquer.must("GET", "/notices", &session, &Value::Null);
    let texts: Vec<&str> = notices
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|n| n["text"].as_str())
        .collect();
    assert!(
        texts
            .iter()
            .any(|t| t.contains("\u{201e}Song.wav\u{201c} ist vollst\u{e4}ndig angekommen")),
        "{texts:?}"
    );
    let unread = lacquer.must("GET", "/notices/unread", &session, &Value::Null);
    assert_eq!(
        unread["unread"].as_u64().unwrap(),
        u64::try_from(texts.len()).unwrap()
    );
    lacquer.must("POST", "/notices/read", &session, &Value::Null);
    let unread = lacquer.must("GET", "/notices/unread", &session, &Value::Null);
    assert_eq!(unread["unread"], 0);
}

/// The order's messages in its client's dropbox, once they say `about`.
fn messages_until(lacquer: &Lacquer, number: &str, about: &str) -> String {
    let dropbox = lacquer.dropbox("ada");
    until(&format!("a message about {about}"), PATIENCE, || {
        let entries = std::fs::read_dir(&dropbox).ok()?;
        let mut names = entries.map(|entry| entry.unwrap().path());
        let file = names.find(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with(number) && name.ends_with(".lacquer.txt")
        })?;
        let text = std::fs::read_to_string(file).ok()?;
        text.contains(about).then_some(text)
    })
}

#[test]
fn mail_bell_and_dropbox_say_the_same_in_the_clients_language() {
    let server = MailServer::start_on(free_port());
    let lacquer = start(server.port);
    profile(&lacquer, "ada", &serde_json::json!({ "language": "de" }));
    let (number, _) = lacquer.order("ada", "Erstes Licht", &["--songs", "1"]);
    lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let question = serde_json::json!({ "words": "Wie lang die letzte Pause?" });
    let path = format!("/orders/{number}/ask-client");
    lacquer.must("POST", &path, &sam, &question);

    let mail = server.until_mail("eine Frage an Sie");
    let said =
        "Bitte antworten Sie auf der Seite unten. Bis dahin steht die Uhr Ihres Auftrags still";
    assert!(mail.body.contains(said), "{mail:?}");
    assert!(mail.body.contains("Wie lang die letzte Pause?"), "{mail:?}");
    assert!(mail.html.contains(said), "{mail:?}");
    let session = lacquer.log_in("ada");
    let notices = lacquer.must("GET", "/notices", &session, &Value::Null);
    let bell = notices[0]["text"].as_str().unwrap();
    assert!(bell.contains(said), "{bell}");
    let file = messages_until(&lacquer, &number, "Wie lang die letzte Pause?");
    assert!(file.contains(bell), "{file}");
    assert!(file.contains("das Neueste zuerst"), "{file}");

    // It is read over FTP as well, and nobody writes into it there.
    let ftp = Ftp::of(&lacquer, "ada");
    let name = format!("{number} Erstes Licht.lacquer.txt");
    assert!(ftp.list("/").iter().any(|n| n.contains(&name)), "{name}");
    let place = tempfile::tempdir().unwrap();
    let mix = Song::default().write(&place.path().join("Song.wav"));
    assert!(!ftp.try_put(&mix, &name).status.success());
}

#[test]
fn a_date_is_told_by_mail_before_it_comes_and_once() {
    let port = free_port();
    let server = MailServer::start_on(port);
    let mut lacquer = start(port);
    let kept = "[services.instant.retention]\nworking_days = 5\nrecall_months = 24\n";
    services_with(
        &lacquer,
        &[("# Mastering by an engineer, after", &format!("{kept}\n#"))],
    );
    let (number, portal) = lacquer.order("ada", "Before It Goes", &["--songs", "1"]);
    send_a_mix(&lacquer, &number);
    lacquer.until_stage(&number, "in_review");
    let yes = lacquer.approval(&number, &portal, 1);
    lacquer.must("POST", &format!("/orders/{number}/approve"), &portal, &yes);
    lacquer.until_stage(&number, "archived");
    let leaving = server.until_mail("working files leave");
    assert!(leaving.body.contains("Before It Goes"), "{leaving:?}");
    // Opened again, the studio does not tell it a second time.
    assert!(lacquer.stop().success());
    lacquer.launch();
    server.until_mail("is complete");
    let copies = server.copies();
    let told = copies
        .iter()
        .filter(|(subject, _)| subject.contains("working files leave"));
    assert_eq!(
        told.map(|(_, count)| *count).collect::<Vec<_>>(),
        [1],
        "{copies:?}"
    );
}
