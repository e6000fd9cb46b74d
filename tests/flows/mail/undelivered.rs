//! Mails that do not arrive: an answer lost to a kill, an address that is refused at once or days later.

use std::sync::atomic::Ordering;

use flows::clients::Ftp;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, until};
use serde_json::Value;

use crate::line::Line;
use crate::server::MailServer;
use crate::{free_port, send_a_mix, start};

#[test]
fn a_mail_whose_answer_is_lost_to_a_kill_goes_out_once_more_and_never_a_third_time() {
    let server = MailServer::start_on(free_port());
    let line = Line::to(server.port);
    line.loses_answers.store(true, Ordering::SeqCst);
    let mut lacquer = start(line.port);
    let (number, _) = lacquer.order("ada", "Song", &["--songs", "1"]);
    send_a_mix(&lacquer, &number);
    line.until_lost(1);
    lacquer.kill();
    lacquer.launch();
    line.until_lost(2);
    lacquer.kill();
    line.loses_answers.store(false, Ordering::SeqCst);
    lacquer.launch();
    // The other mails are not held up by the one that is given up.
    server.until_mail("revision 1 is ready");
    until("nothing is left to do", PATIENCE, || {
        let order = lacquer.show(&number);
        let jobs = order["jobs"].as_array().cloned().unwrap_or_default();
        let waits = |job: &Value| job["state"] == "queued" || job["state"] == "running";
        (!jobs.iter().any(waits)).then_some(())
    });
    let copies = server.copies();
    let of = |about: &str| {
        let found = copies.iter().find(|(subject, _)| subject.contains(about));
        found.map(|(_, count)| *count)
    };
    assert_eq!(of("we checked"), Some(2), "{copies:?}");
    assert_eq!(of("revision 1 is ready"), Some(1), "{copies:?}");
}

/// Uploads `One.wav` and `Two.wav` to the order as its client.
fn upload_two_songs(lacquer: &Lacquer, client: &str, number: &str) {
    let place = tempfile::tempdir().unwrap();
    for name in ["One.wav", "Two.wav"] {
        let song = Song {
            seconds: 6.0,
            ..Song::default()
        };
        let mix = song.write(&place.path().join(name));
        Ftp::of(lacquer, client).put(&mix, &format!("{number}/{name}"));
    }
}

/// Waits until both mails to the person have failed, of which the server was asked for one.
fn one_was_tried_and_both_are_held(lacquer: &Lacquer, number: &str) {
    let waiting = until("both mails are held", PATIENCE, || {
        let order = lacquer.show(number);
        let jobs = order["jobs"].as_array().cloned().unwrap_or_default();
        let failed = jobs
            .into_iter()
            .filter(|j| j["kind"] == "mail_person" && j["state"] == "failed");
        let failed: Vec<Value> = failed.collect();
        (failed.len() >= 2).then_some(failed)
    });
    // The server was asked once: what came later was not tried.
    let asked = waiting.iter().filter(|job| {
        job["error"]
            .as_str()
            .unwrap()
            .starts_with("the mail server refused")
    });
    assert_eq!(asked.count(), 1, "{waiting:?}");
}

#[test]
fn a_refused_address_is_shown_held_and_mailed_again_once_it_is_corrected() {
    let server = MailServer::start_on(free_port());
    let lacquer = start(server.port);
    lacquer.add_client("kay", "gone@client.example");
    lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let (number, _) = lacquer.order("kay", "Lost Post", &["--songs", "2"]);
    upload_two_songs(&lacquer, "kay", &number);
    let held = until("the refusal is shown", PATIENCE, || {
        let held = lacquer.must("GET", "/held-mails", &sam, &Value::Null);
        held.get(0).cloned()
    });
    assert_eq!(
        (&held["login"], &held["email"]),
        (&"kay".into(), &"gone@client.example".into())
    );
    assert!(
        held["answer"]
            .as_str()
            .unwrap()
            .contains("no such mailbox here"),
        "{held}"
    );
    let notices = lacquer.must("GET", "/notices", &sam, &Value::Null);
    let refused = notices
        .as_array()
        .unwrap()
        .iter()
        .find(|n| n["kind"] == "mail_refused");
    assert_eq!(refused.unwrap()["number"], number.as_str());
    one_was_tried_and_both_are_held(&lacquer, &number);
    let kept = server.mails();
    assert!(
        kept.iter()
            .all(|m| !m.to.contains("kay") && !m.to.contains("gone")),
        "{kept:?}"
    );

    let words = [
        "user",
        "contact",
        "kay",
        "--name",
        "KAY Example",
        "--email",
        "kay@client.example",
        "--json",
    ];
    assert_eq!(lacquer.json(&words)["email"], "kay@client.example");
    let mail = server.until_mail("we checked");
    assert_eq!(mail.to, "KAY Example <kay@client.example>");
    let held = lacquer.must("GET", "/held-mails", &sam, &Value::Null);
    assert_eq!(held, serde_json::json!([]));
}

/// A delivery report (RFC 3464) as a relay sends it days later, about the mail with this id.
fn came_back(id: &str, to: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@relay.example\nSubject: Undelivered Mail Returned to Sender\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"B/1\"\n\n\
         --B/1\nContent-Type: text/plain\n\nI could not deliver it.\n\
         --B/1\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; relay.example\n\n\
         Final-Recipient: rfc822; {to}\nAction: failed\nStatus: {status}\n\
         Diagnostic-Code: smtp; {status} it did not work out\n\n\
         --B/1\nContent-Type: message/rfc822\n\nMessage-ID: {id}\nSubject: x\n\nHello\n--B/1--\n"
    )
}

#[test]
fn a_mail_that_comes_back_days_later_holds_its_address_and_a_forged_report_does_not() {
    let server = MailServer::start_on(free_port());
    let lacquer = start(server.port);
    lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let (number, _) = lacquer.order("ada", "Erstes Licht", &["--songs", "1"]);
    let ask = |words: &str| {
        let path = format!("/orders/{number}/ask-client");
        let answer = format!("/orders/{number}/answer-question");
        let question = serde_json::json!({ "words": words });
        lacquer.must("POST", &path, &sam, &question);
        lacquer.must("POST", &answer, &sam, &question);
    };
    ask("How long?");
    let mail = server.until_mail("a question for you");
    let taken = |id: &str, to: &str, status: &str| -> Value {
        let message = came_back(id, to, status);
        let words = ["returned", "--json"];
        let answer = lacquer.cli_with_input(&words, &message).unwrap();
        serde_json::from_str(&answer).unwrap()
    };
    let held = || lacquer.must("GET", "/held-mails", &sam, &Value::Null);

    // Anybody can write such a report: without the id of a mail to that very person it is nothing.
    let forged = taken(
        "<0123456789abcdef@lacquer.example>",
        "ada@client.example",
        "5.1.1",
    );
    assert_eq!(forged["held"], serde_json::json!([]));
    let other = taken(&mail.id, "sam@client.example", "5.1.1");
    assert_eq!(other["held"], serde_json::json!([]));
    let late = taken(&mail.id, "ada@client.example", "4.4.7");
    assert_eq!(late["held"], serde_json::json!([]));
    assert_eq!(held(), serde_json::json!([]));

    let gone = taken(&mail.id, "ADA@client.example", "5.1.1");
    assert_eq!(gone["held"], serde_json::json!(["ada@client.example"]));
    let holds = held();
    assert_eq!(holds[0]["login"], "ada");
    let answer = holds[0]["answer"].as_str().unwrap();
    assert!(answer.contains("it did not work out"), "{answer}");
    let notices = lacquer.must("GET", "/notices", &sam, &Value::Null);
    let kinds: Vec<&str> = notices
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"mail_refused") && kinds.contains(&"mail_returned"),
        "{kinds:?}"
    );

    let no_report = lacquer.cli_with_input(&["returned"], "Subject: hello\n\nHello.\n");
    let refused = no_report.unwrap_err();
    assert!(refused.contains("no report about a delivery"), "{refused}");
}
