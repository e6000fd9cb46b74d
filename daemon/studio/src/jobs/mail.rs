//! Mail to people. A mail that may have gone out is sent at most once more.

use std::collections::BTreeSet;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use mastering::{PersonId, Project};
use vault::{MailHoldRow, NoticeRow, NoticeState, PeopleWrite, Write};

use super::{Done, Shop, Trouble};
use crate::access::{Reach, TokenKind};
use crate::clock::{now_ms, random_id};
use crate::config::{MailSection, MailSecurity};
use crate::denied::chain;
use crate::follow::STAFF;
use crate::notices::{Facts, Letter};
use crate::views::PersonView;
use crate::work::Work;

/// How long a mail server may take to answer.
const MAIL_TIMEOUT: Duration = Duration::from_secs(30);

/// The replies of RFC 5321, 4.2.3, that are about the mailbox.
pub(crate) const MAILBOX_CODES: [u16; 4] = [550, 551, 553, 556];

/// What is told to whom.
pub(super) struct Telling<'t> {
    pub(super) project: Option<&'t Project>,
    pub(super) person: &'t PersonId,
    pub(super) kind: &'t str,
    pub(super) facts: &'t Facts,
    /// The job's key: the same mail has the same id both times.
    pub(super) key: &'t str,
}

/// A mail for each of the client's people whom it concerns.
pub(super) async fn tell(
    shop: &Shop,
    project: &Project,
    kind: &str,
    facts: &Facts,
    key: &str,
) -> Result<Done, Trouble> {
    let people = shop.access.people_of(project).await?;
    let mut addresses = BTreeSet::new();
    let rows = people
        .into_iter()
        // Two people with one address read one mail.
        .filter(|person| !person.email.is_empty() && addresses.insert(person.email.to_lowercase()))
        .map(|person| {
            let work = Work::MailPerson {
                person: person.id.clone(),
                kind: kind.to_owned(),
                facts: facts.clone(),
            };
            work.queue(&project.id, &format!("{key}:{}", person.id))
        })
        .collect();
    Ok(Done {
        commands: Vec::new(),
        also: rows,
    })
}

/// Sends one mail to one person, unless they have switched its kind off.
pub(super) async fn send(shop: &Shop, telling: Telling<'_>) -> Result<Done, Trouble> {
    let Some(mail) = &shop.config.mail else {
        return Ok(Done::default());
    };
    let reach = shop.access.reach(telling.person).await?;
    let Some(reach) = reach.filter(|r| r.wants(telling.kind)) else {
        return Ok(Done::default());
    };
    if let Some(answer) = reach.held() {
        return Err(Trouble::GivenUp {
            error: format!("mails to {} are held: {answer}", reach.person.email),
            also: Vec::new(),
        });
    }
    let transport = transport(mail)?;
    // Asked first: while no server has the mail, a failure is no attempt at sending it.
    match transport.test_connection().await {
        Ok(true) => {}
        Ok(false) => return Err(Trouble::NotYet("the mail server takes no mail".to_owned())),
        Err(error) => return Err(Trouble::NotYet(chain(&error))),
    }
    let mut facts = telling.facts.clone();
    facts.insert("name".to_owned(), reach.person.name.clone());
    facts.insert("studio".to_owned(), shop.config.studio_name.clone());
    facts.insert("link".to_owned(), link(shop, &telling).await?);
    let words = &shop.config.words;
    let letter = words.letter(telling.kind, reach.profile.language, &facts);
    let message = compose(mail, &reach, letter, telling.key)?;
    match transport.send(message).await {
        Ok(_) => Ok(Done::default()),
        // The server has said that it did not take it; only then it cannot have gone out.
        Err(error) if error.is_transient() => Err(Trouble::NotYet(chain(&error))),
        Err(error) if is_about_recipient(&error) => Err(refused(&telling, &reach, &chain(&error))),
        Err(error) if error.is_permanent() => Err(Trouble::Never(chain(&error))),
        Err(error) => Err(Trouble::Again(chain(&error))),
    }
}

/// Where the mail leads. Only the hash of a link is kept, so each mail carries a link of its own.
async fn link(shop: &Shop, telling: &Telling<'_>) -> Result<String, Trouble> {
    let url = &shop.config.public_url;
    let (path, kind, project) = match (telling.kind, telling.project) {
        ("recovery", _) => ("recover", TokenKind::Recovery, None),
        (_, Some(project)) => ("p", TokenKind::Portal, Some(&project.id)),
        (_, None) => return Ok(format!("{url}/recover")),
    };
    let (token, row) = kind.issue(Some(telling.person), project);
    shop.desk.keep(vec![row]).await?;
    Ok(format!("{url}/{path}/{token}"))
}

/// Whether a server refused for the sake of the mailbox, by the codes of RFC 5321, 4.2.3, and the
/// classes 5.1 (address) and 5.2 (mailbox) of RFC 3463.
fn is_about_recipient(error: &lettre::transport::smtp::Error) -> bool {
    let Some(code) = error.status().filter(|_| error.is_permanent()) else {
        return false;
    };
    let said = chain(error);
    MAILBOX_CODES.contains(&u16::from(code)) || said.contains("5.1.") || said.contains("5.2.")
}

/// A refused address: nothing more goes there, and the staff reads why.
fn refused(telling: &Telling<'_>, reach: &Reach, answer: &str) -> Trouble {
    let project = telling.project.map(|p| p.id.to_string());
    Trouble::GivenUp {
        error: format!("the mail server refused {}: {answer}", reach.person.email),
        also: hold_mails(&reach.person, project, answer),
    }
}

/// The rows that hold what is mailed to an address that does not take it.
pub(crate) fn hold_mails(person: &PersonView, project: Option<String>, answer: &str) -> Vec<Write> {
    let (now, email) = (now_ms(), &person.email);
    let hold = MailHoldRow {
        person: person.id.to_string(),
        email: email.clone(),
        answer: answer.to_owned(),
        at_ms: now,
    };
    let text = format!(
        "The mail server refused the address {email} of {}: {answer}. Nothing more is mailed there \
         until the address is corrected or tried again on the page People.",
        person.name
    );
    vec![
        Write::People(PeopleWrite::MailHold(hold)),
        Write::Notice(staff_notice("mail_refused", project, text)),
    ]
}

/// A line at the studio's bell about mail.
pub(crate) fn staff_notice(kind: &str, project: Option<String>, text: String) -> NoticeRow {
    NoticeRow {
        id: random_id(),
        at_ms: now_ms(),
        audience: STAFF.to_owned(),
        project,
        kind: kind.to_owned(),
        text,
        facts: None,
        state: NoticeState::New,
    }
}

/// What stands before the `@` of a mail's id: the same for every try of one job.
pub(crate) fn mail_id(key: &str) -> String {
    crate::clock::token_hash(key)[..32].to_owned()
}

fn compose(
    mail: &MailSection,
    reach: &Reach,
    letter: Letter,
    key: &str,
) -> Result<Message, Trouble> {
    let broken = |e: &dyn std::error::Error| {
        Trouble::Never(format!("the mail cannot be written: {}", chain(e)))
    };
    let from: Mailbox = mail
        .from
        .parse()
        .map_err(|e: lettre::address::AddressError| broken(&e))?;
    let address: lettre::Address = reach
        .person
        .email
        .parse()
        .map_err(|e: lettre::address::AddressError| broken(&e))?;
    // The same message id both times, so that a mail system that got it twice shows it once.
    let id = mail_id(key);
    let domain = from.email.domain().to_owned();
    Message::builder()
        .from(from)
        .to(Mailbox::new(Some(reach.person.name.clone()), address))
        .subject(letter.subject)
        .message_id(Some(format!("<{id}@{domain}>")))
        .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
        .map_err(|e| broken(&e))
}
fn transport(mail: &MailSection) -> Result<AsyncSmtpTransport<Tokio1Executor>, Trouble> {
    let host = mail.host.as_str();
    let builder = match mail.security {
        MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
        MailSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
        MailSecurity::Plain => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(
            host,
        )),
    };
    let mut builder = builder
        .map_err(|e| Trouble::Again(chain(&e)))?
        .port(mail.port)
        .timeout(Some(MAIL_TIMEOUT));
    if let Some((login, password)) = &mail.login {
        builder = builder.credentials(Credentials::new(login.clone(), password.clone()));
    }
    Ok(builder.build())
}
