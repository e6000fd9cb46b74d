//! Mails that came back after a server had taken them: the report is read in the worker, and holds
//! the address as a refusal at once does.

use std::io::Write as _;

use serde::Serialize;
use vault::{JobFilter, Write};
use worker::{Fate, Returned, ReturnedTo};

use super::Studio;
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::jobs::{MAILBOX_CODES, hold_mails, mail_id, staff_notice};
use crate::views::PersonView;

/// What a report about a mail came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReturnRead {
    /// Addresses that nothing is mailed to any more until somebody looks.
    pub held: Vec<String>,
    /// What else it says, in sentences.
    pub noted: Vec<String>,
}

/// Whether a report means that the mailbox takes no mail, by the classes 5.1 (address) and 5.2
/// (mailbox) of RFC 3463, or the reply that the other server gave.
fn is_about_mailbox(to: &ReturnedTo) -> bool {
    let code = to
        .answer
        .split([' ', '-'])
        .next()
        .and_then(|word| word.parse().ok());
    to.fate == Fate::Failed
        && (to.status.starts_with("5.1.")
            || to.status.starts_with("5.2.")
            || code.is_some_and(|code: u16| MAILBOX_CODES.contains(&code)))
}

fn said_of(to: &ReturnedTo) -> String {
    let answer = if to.answer.is_empty() {
        "the other server gave no reason"
    } else {
        to.answer.as_str()
    };
    format!("{} {answer}", to.status).trim().to_owned()
}

impl Studio {
    /// Takes a message of the mail system about a mail that came back.
    ///
    /// Anybody can send such a message: it only counts where it names a mail that went to that very
    /// person, by an id that nobody outside can guess.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; `Invalid` where it is no report about a delivery.
    pub async fn take_returned(
        &self,
        visitor: &Visitor,
        message: Vec<u8>,
    ) -> Result<ReturnRead, Denied> {
        visitor.must(Right::TakeIn)?;
        let unread = "the message could not be read";
        let workers = self.workers.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut file = tempfile::tempfile()?;
            file.write_all(&message)?;
            Ok::<_, std::io::Error>(workers.read_returned(&file))
        });
        let returned = read
            .await
            .map_err(|e| Denied::fault(unread, &e))?
            .map_err(|e| Denied::fault(unread, &e))?
            .map_err(|e| Denied::fault(unread, &e))?
            .ok_or_else(|| Denied::Invalid("this is no report about a delivery".to_owned()))?;
        let mut done = ReturnRead::default();
        let mut rows = Vec::new();
        for to in &returned.to {
            self.take_return_of(&returned, to, (&mut done, &mut rows))
                .await?;
        }
        if !rows.is_empty() {
            self.desk.keep(rows).await?;
        }
        Ok(done)
    }

    async fn take_return_of(
        &self,
        returned: &Returned,
        to: &ReturnedTo,
        (done, rows): (&mut ReturnRead, &mut Vec<Write>),
    ) -> Result<(), Denied> {
        let said = said_of(to);
        let address = to.addresses.join(", ");
        let Some((person, project)) = self.was_mailed(returned, to).await? else {
            done.noted.push(format!(
                "{address}: {said}; this report names no mail of ours to that address, so it counts for nothing"
            ));
            return Ok(());
        };
        if is_about_mailbox(to) {
            rows.extend(hold_mails(&person, project, &said));
            done.held.push(person.email);
            return Ok(());
        }
        let fate = match to.fate {
            Fate::Failed => "came back",
            Fate::Delayed => "is still on its way",
            Fate::Gone => "went on its way",
        };
        let sentence = format!(
            "A mail to {} of {} {fate}: {said}.",
            person.email, person.name
        );
        if to.fate == Fate::Failed {
            rows.push(Write::Notice(staff_notice(
                "mail_returned",
                project,
                sentence.clone(),
            )));
        }
        done.noted.push(sentence);
        Ok(())
    }

    /// The person to whom the mail of a report went, and the order it was about.
    async fn was_mailed(
        &self,
        returned: &Returned,
        to: &ReturnedTo,
    ) -> Result<Option<(PersonView, Option<String>)>, Denied> {
        let Some(id) = &returned.message_id else {
            return Ok(None);
        };
        let id = id.split('@').next().unwrap_or("").to_owned();
        for person in self.access.people().await? {
            let is_theirs = to
                .addresses
                .iter()
                .any(|a| a.eq_ignore_ascii_case(&person.email));
            if !is_theirs || person.email.is_empty() {
                continue;
            }
            let (of, id) = (person.id.to_string(), id.clone());
            let keys = self
                .access
                .read(move |vault| vault.mail_jobs_of(&of))
                .await?;
            let Some(key) = keys.into_iter().find(|key| mail_id(key) == id) else {
                continue;
            };
            let filter = JobFilter {
                key: Some(key),
                ..JobFilter::default()
            };
            let jobs = self.access.read(move |vault| vault.jobs(&filter)).await?;
            let project = jobs.into_iter().next().and_then(|entry| entry.job.project);
            return Ok(Some((person, project)));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_held(fate: Fate, status: &str, answer: &str) -> bool {
        is_about_mailbox(&ReturnedTo {
            addresses: vec!["ada@client.example".to_owned()],
            fate,
            status: status.to_owned(),
            answer: answer.to_owned(),
        })
    }

    #[test]
    fn only_what_is_about_the_mailbox_holds_an_address() {
        assert!(is_held(Fate::Failed, "5.1.1", ""));
        assert!(is_held(Fate::Failed, "5.2.1", "mailbox disabled"));
        assert!(is_held(Fate::Failed, "5.0.0", "550 user unknown"));
        assert!(is_held(Fate::Failed, "5.0.0", "550-user unknown"));
        assert!(!is_held(
            Fate::Failed,
            "5.7.1",
            "554 no mail from you today"
        ));
        assert!(!is_held(Fate::Failed, "4.4.7", "tried for five days"));
        assert!(!is_held(Fate::Delayed, "4.2.2", "450 mailbox busy"));
        assert!(!is_held(Fate::Gone, "2.0.0", "250 ok"));
    }
}
