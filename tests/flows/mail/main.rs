//! Mail to the client, through a real SMTP server, with the daemon killed at the worst moments.

mod line;
mod password;
mod server;
mod told;
mod undelivered;
mod windows;

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use flows::clients::Ftp;
use flows::mixes::Song;
use flows::{Lacquer, Settings};
use serde_json::Value;

use crate::server::Mail;

fn durable(path: &Path, text: &str) {
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn free_port() -> u16 {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    probe.local_addr().unwrap().port()
}

fn start(port: u16) -> Lacquer {
    let lacquer = Lacquer::start_with(&Settings {
        sections: vec![(
            "mail",
            format!(
                "host = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain\"\nfrom = \"Studio <studio@lacquer.example>\""
            ),
        )],
        ..Settings::default()
    });
    lacquer.add_client("ada", "ada@client.example");
    lacquer
}

fn send_a_mix(lacquer: &Lacquer, number: &str) {
    let place = tempfile::tempdir().unwrap();
    let song = Song {
        seconds: 6.0,
        ..Song::default()
    };
    let mix = song.write(&place.path().join("Song.wav"));
    Ftp::of(lacquer, "ada").put(&mix, &format!("{number}/Song.wav"));
}

/// The token of the portal link in a mail; the link must show the order's page.
fn link_works(lacquer: &Lacquer, mail: &Mail, title: &str) -> String {
    assert_eq!(mail.to, "ADA Example <ada@client.example>");
    let start = format!("{}/p/", lacquer.web);
    let link = mail.body.lines().find(|l| l.starts_with(&start));
    let link = link.unwrap_or_else(|| panic!("no link in {mail:?}"));
    assert!(
        mail.html.contains(&format!("href=\"{link}\"")),
        "both parts lead to one page: {mail:?}"
    );
    // Opening the mail tells nobody.
    for fetched in ["<img", "src=", "url(", "<script", "<link"] {
        assert!(!mail.html.contains(fetched), "{fetched} in {mail:?}");
    }
    let page = ureq::get(link).call().unwrap().body_mut().read_to_string();
    assert!(
        page.unwrap().contains(title),
        "{link} does not show {title}"
    );
    link[start.len()..].to_owned()
}

/// Gives the house's services with `changes` made, each of a line that is there once or more, at its first place.
fn services_with(lacquer: &Lacquer, changes: &[(&str, &str)]) {
    let mut services = include_str!("../../../config/services.toml").to_owned();
    for (from, to) in changes {
        assert!(services.contains(from), "{from} is not in services.toml");
        services = services.replacen(from, to, 1);
    }
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("services.toml");
    durable(&path, &services);
    let words = ["service", "set", path.to_str().unwrap(), "--json"];
    assert_eq!(lacquer.json(&words)["version"], 2);
}

fn profile(lacquer: &Lacquer, login: &str, profile: &Value) {
    let session = lacquer.log_in(login);
    lacquer.must("PUT", "/account/profile", &session, profile);
}
