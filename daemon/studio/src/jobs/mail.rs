//! Mail to the client. A mail that may have gone out is sent at most once more.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use mastering::Project;

use super::{Done, Shop, Trouble};
use crate::access::TokenKind;
use crate::config::{MailSection, MailSecurity};
use crate::denied::chain;
use crate::views::PersonView;

/// How long a mail server may take to answer.
const MAIL_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn send(
    shop: &Shop,
    project: &Project,
    client: &PersonView,
    subject: &str,
    text: &str,
    key: &str,
) -> Result<Done, Trouble> {
    let Some(mail) = &shop.config.mail else {
        return Ok(Done::default());
    };
    if client.email.is_empty() {
        return Ok(Done::default());
    }
    let transport = transport(mail)?;
    // Asked first: while no server has the mail, a failure is no attempt at sending it.
    match transport.test_connection().await {
        Ok(true) => {}
        Ok(false) => return Err(Trouble::NotYet("the mail server takes no mail".to_owned())),
        Err(error) => return Err(Trouble::NotYet(chain(&error))),
    }
    // Only the hash of a link is kept, so each mail carries a link of its own.
    let (token, row) = TokenKind::Portal.issue(Some(&client.id), Some(&project.id));
    shop.desk.keep(vec![row]).await?;
    let link = format!("{}/p/{token}", shop.config.public_url);
    let body = format!(
        "Hello {},\n\n{text}\n\n{link}\n\n{}\n",
        client.name, shop.config.studio_name
    );
    let message = compose(mail, client, subject, body, key)?;
    match transport.send(message).await {
        Ok(_) => Ok(Done::default()),
        // The server has said that it did not take it; only then it cannot have gone out.
        Err(error) if error.is_transient() => Err(Trouble::NotYet(chain(&error))),
        Err(error) if error.is_permanent() => Err(Trouble::Never(chain(&error))),
        Err(error) => Err(Trouble::Again(chain(&error))),
    }
}

fn compose(
    mail: &MailSection,
    client: &PersonView,
    subject: &str,
    body: String,
    key: &str,
) -> Result<Message, Trouble> {
    let broken = |e: &dyn std::error::Error| {
        Trouble::Never(format!("the mail cannot be written: {}", chain(e)))
    };
    let from: Mailbox = mail
        .from
        .parse()
        .map_err(|e: lettre::address::AddressError| broken(&e))?;
    let address: lettre::Address = client
        .email
        .parse()
        .map_err(|e: lettre::address::AddressError| broken(&e))?;
    // The same message id both times, so that a mail system that got it twice shows it once.
    let id = crate::clock::token_hash(key);
    let domain = from.email.domain().to_owned();
    Message::builder()
        .from(from)
        .to(Mailbox::new(Some(client.name.clone()), address))
        .subject(subject)
        // Without it a mail is ASCII, and names and quotation marks are not.
        .header(ContentType::TEXT_PLAIN)
        .message_id(Some(format!("<{}@{domain}>", &id[..32])))
        .body(body)
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
