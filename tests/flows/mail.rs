//! Mail to the client, through a real SMTP server, with the daemon killed at the worst moments.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use flows::clients::{Ftp, venv};
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, Settings, until};
use serde_json::Value;

/// A real SMTP server that keeps what it accepts as files.
struct MailServer {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

/// A mail as the client's program shows it.
#[derive(Debug)]
struct Mail {
    id: String,
    subject: String,
    to: String,
    /// The plain text.
    body: String,
    /// The same as a page.
    html: String,
}

/// Keeps every mail, and knows no mailbox called `gone`.
const KEEPER: &str = "from aiosmtpd.handlers import Mailbox
class Keeper(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('gone@'):
            return '550 5.1.1 no such mailbox here'
        envelope.rcpt_tos.append(address)
        return '250 OK'
";

fn durable(path: &Path, text: &str) {
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn free_port() -> u16 {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    probe.local_addr().unwrap().port()
}

impl MailServer {
    fn start_on(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        durable(&folder.path().join("keeper.py"), KEEPER);
        let server = venv("aiosmtpd")
            .args(["--nosetuid", "--listen", &format!("127.0.0.1:{port}")])
            .args(["--class", "keeper.Keeper"])
            .arg(folder.path().join("mails"))
            .env("PYTHONPATH", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("the mail server listens", PATIENCE, || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        Self {
            server,
            port,
            folder,
        }
    }

    fn mails(&self) -> Vec<Mail> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mails/new")) else {
            return Vec::new();
        };
        entries
            .map(|entry| read_mail(&entry.unwrap().path()))
            .collect()
    }

    /// How often each mail arrived, by its subject; two copies of one mail have one id.
    fn copies(&self) -> BTreeMap<String, usize> {
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        let mut copies = BTreeMap::new();
        for mail in self.mails() {
            let known = ids.entry(mail.subject.clone()).or_insert(mail.id.clone());
            assert_eq!(*known, mail.id, "two mails say {}", mail.subject);
            *copies.entry(mail.subject).or_default() += 1;
        }
        copies
    }

    fn until_mail(&self, about: &str) -> Mail {
        until(&format!("a mail about {about}"), PATIENCE, || {
            self.mails().into_iter().find(|m| m.subject.contains(about))
        })
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended by itself; what the test found says more.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Reads a mail with Python's own reader, which knows encodings and folded headers.
fn read_mail(path: &Path) -> Mail {
    let script = "import email, email.policy, json, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
text, page = (m.get_body((kind,)).get_content() for kind in ('plain', 'html'))
kinds = [part.get_content_type() for part in m.walk()]
assert kinds == ['multipart/alternative', 'text/plain', 'text/html'], kinds
print(json.dumps([m['message-id'], m['subject'], m['to'], text, page]))";
    let said = flows::clients::run(venv("python").args(["-c", script]).arg(path));
    let parts: Vec<String> = serde_json::from_str(&said).unwrap();
    let [id, subject, to, body, html] = parts.try_into().unwrap();
    Mail {
        id,
        subject,
        to,
        body,
        html,
    }
}

/// A line to the mail server that can lose the server's last answer, as a broken connection does.
struct Line {
    port: u16,
    loses_answers: Arc<AtomicBool>,
    lost: Arc<AtomicUsize>,
}

impl Line {
    fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (loses_answers, lost) = <(Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
        let line = Self {
            port,
            loses_answers: loses_answers.clone(),
            lost: lost.clone(),
        };
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let (loses, lost) = (loses_answers.clone(), lost.clone());
                std::thread::spawn(move || carry(&client, &server, &loses, &lost));
            }
        });
        line
    }

    fn until_lost(&self, count: usize) {
        until(&format!("{count} answers are lost"), PATIENCE, || {
            (self.lost.load(Ordering::SeqCst) >= count).then_some(())
        });
    }
}

/// Carries a connection; where answers get lost, the one to the whole mail does not come through.
fn carry(client: &TcpStream, server: &TcpStream, loses: &AtomicBool, lost: &AtomicUsize) {
    let is_whole = Arc::new(AtomicBool::new(false));
    let up = {
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let is_whole = is_whole.clone();
        std::thread::spawn(move || {
            let mut said = Vec::new();
            let mut piece = [0u8; 4096];
            while let Ok(n @ 1..) = from.read(&mut piece) {
                said.extend_from_slice(&piece[..n]);
                // The end of a mail; from here on the server has it.
                if said.windows(5).any(|w| w == b"\r\n.\r\n") {
                    is_whole.store(true, Ordering::SeqCst);
                }
                if to.write_all(&piece[..n]).is_err() {
                    break;
                }
            }
            // The other side may have closed first.
            let _ = to.shutdown(Shutdown::Write);
        })
    };
    let (mut from, mut to) = (server, client);
    let mut piece = [0u8; 4096];
    while let Ok(n @ 1..) = from.read(&mut piece) {
        if is_whole.load(Ordering::SeqCst) && loses.load(Ordering::SeqCst) {
            lost.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if to.write_all(&piece[..n]).is_err() {
            break;
        }
    }
    // The client keeps waiting for the answer until it is killed or gives up.
    up.join().unwrap();
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

fn profile(lacquer: &Lacquer, login: &str, profile: &Value) {
    let session = lacquer.log_in(login);
    lacquer.must("PUT", "/account/profile", &session, profile);
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
    lacquer.must("POST", "/session", "", &login("a fresh password"));
    server.until_mail("wurde ge\u{e4}ndert");
    assert_eq!(server.mails().len(), 2, "nobody else was written to");
    // Too many asks from one address are told so.
    let lost = serde_json::json!({ "login_or_email": "ada" });
    let refused = (0..20).find_map(|_| lacquer.api("POST", "/recovery", "", &lost).err());
    assert_eq!(refused.map(|(status, _)| status), Some(429));
}

/// The house's services with working files that soon go.
fn hurried(place: &Path) -> std::path::PathBuf {
    let house = include_str!("../../config/services.toml");
    let path = place.join("services.toml");
    let hurried = "[services.instant.retention]\nworking_days = 5\nrecall_months = 24\n";
    durable(&path, &format!("{house}\n{hurried}"));
    path
}

#[test]
fn a_date_is_told_by_mail_before_it_comes_and_once() {
    let port = free_port();
    let server = MailServer::start_on(port);
    let mut lacquer = start(port);
    let place = tempfile::tempdir().unwrap();
    let services = hurried(place.path());
    let words = ["service", "set", services.to_str().unwrap(), "--json"];
    assert_eq!(lacquer.json(&words)["version"], 2);
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
