//! A lost password, replaced by mail.

use flows::Lacquer;
use serde_json::Value;

use crate::server::MailServer;
use crate::{free_port, profile, start};

#[test]
fn a_lost_password_is_replaced_by_mail_once() {
    let server = MailServer::start_on(free_port());
    let lacquer = start(server.port);
    profile(&lacquer, "ada", &serde_json::json!({ "language": "de" }));
    let session = lacquer.log_in("ada");
    let ask = |named: &str| {
        let lost = serde_json::json!({ "login_or_email": named });
        lacquer.must("POST", "/recovery", "", &lost)
    };
    // The answer is the same whether anybody has the address.
    assert_eq!(ask("ADA@client.example"), ask("nobody@client.example"));
    let mail = server.until_mail("Ein neues Passwort");
    assert_eq!(mail.to, "ADA Example <ada@client.example>");
    let start = format!("{}/recover/", lacquer.web);
    let link = mail
        .body
        .lines()
        .find(|l| l.starts_with(&start))
        .unwrap_or_else(|| panic!("{mail:?}"));
    let page = ureq::get(link)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    assert!(page.contains("The same once more"), "{page}");
    let path = format!("/recovery/{}", &link[start.len()..]);
    let new = |password: &str| serde_json::json!({ "password": password });
    assert_eq!(lacquer.refused("PUT", &path, "", &new("short")), 422);
    lacquer.must("PUT", &path, "", &new("a fresh password"));
    assert_eq!(
        lacquer.refused("PUT", &path, "", &new("another password")),
        404
    );
    // Every session has ended, the old password opens nothing, the new one does.
    assert_eq!(
        lacquer.refused("GET", "/orders", &session, &Value::Null),
        401
    );
    let login = |password: &str| serde_json::json!({ "login": "ada", "password": password });
    assert_eq!(
        lacquer.refused("POST", "/session", "", &login("pw-ada-1234")),
        401
    );
    let session = lacquer.must("POST", "/session", "", &login("a fresh password"));
    server.until_mail("wurde ge\u{e4}ndert");
    assert_eq!(server.mails().len(), 2, "nobody else was written to");
    the_journal_says_so(&lacquer, session["token"].as_str().unwrap());
    // Too many asks from one address are told so.
    let lost = serde_json::json!({ "login_or_email": "ada" });
    let refused = (0..20).find_map(|_| lacquer.api("POST", "/recovery", "", &lost).err());
    assert_eq!(refused.map(|(status, _)| status), Some(429));
}

/// Who changed which door when, and from where, is found in the house's journal; keys and passwords are not.
fn the_journal_says_so(lacquer: &Lacquer, session: &str) {
    let both = serde_json::json!({ "old": "a fresh password", "new": "my own password" });
    lacquer.must("PUT", "/account/password", session, &both);
    let key = lacquer.json(&["archive", "new-recovery-key", "--json"]);
    assert!(key["recovery_key"].is_string(), "{key}");
    let journal = lacquer.json(&["journal", "--json"]);
    let lines = journal["lines"].as_array().unwrap();
    let told: Vec<[&str; 3]> = lines[..3]
        .iter()
        .map(|line| ["code", "by", "from"].map(|of| line[of].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ["recovery_key_made", "the administrator", "command line"],
            ["password_changed", "ADA Example", "127.0.0.1"],
            ["password_recovered", "ADA Example", "127.0.0.1"],
        ]
    );
    let all = journal.to_string();
    assert!(!all.contains("AGE-SECRET-KEY"));
    assert!(!all.contains("my own password"));
}
