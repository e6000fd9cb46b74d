//! A real SMTP server, and the mails it took as the client's program shows them.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

use flows::clients::venv;
use flows::lacquer::PATIENCE;
use flows::until;

use crate::durable;

/// A real SMTP server that keeps what it accepts as files.
pub(crate) struct MailServer {
    server: Child,
    pub(crate) port: u16,
    folder: tempfile::TempDir,
}

/// A mail as the client's program shows it.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) to: String,
    /// The plain text.
    pub(crate) body: String,
    /// The same as a page.
    pub(crate) html: String,
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

impl MailServer {
    pub(crate) fn start_on(port: u16) -> Self {
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

    pub(crate) fn mails(&self) -> Vec<Mail> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mails/new")) else {
            return Vec::new();
        };
        entries
            .map(|entry| read_mail(&entry.unwrap().path()))
            .collect()
    }

    /// How often each mail arrived, by its subject; two copies of one mail have one id.
    pub(crate) fn copies(&self) -> BTreeMap<String, usize> {
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        let mut copies = BTreeMap::new();
        for mail in self.mails() {
            let known = ids.entry(mail.subject.clone()).or_insert(mail.id.clone());
            assert_eq!(*known, mail.id, "two mails say {}", mail.subject);
            *copies.entry(mail.subject).or_default() += 1;
        }
        copies
    }

    pub(crate) fn until_mail(&self, about: &str) -> Mail {
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
