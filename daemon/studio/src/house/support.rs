//! Help: what a client asks the studio, into its inbox.

use mastering::OrderNumber;
use vault::Write;

use super::Studio;
use crate::access::Visitor;
use crate::denied::Denied;
use crate::jobs::staff_notice;

/// Longest question, in characters.
const WORDS_MAX: usize = 4_000;

impl Studio {
    /// Puts a question of a client, or of one of their people or guests, into the studio's inbox, with
    /// how to reach them.
    ///
    /// # Errors
    /// `NotAllowed` for the studio's own people; `NotFound` for somebody else's order; a question
    /// that is missing or too long.
    pub async fn ask_for_help(
        &self,
        visitor: &Visitor,
        number: Option<OrderNumber>,
        words: &str,
    ) -> Result<(), Denied> {
        if visitor.is_staff() {
            return Err(Denied::NotAllowed);
        }
        let project = match number {
            Some(number) => Some(self.seen(visitor, number).await?.project.id.to_string()),
            // Whoever came by an order's link asks about that order.
            None => visitor.only().map(ToString::to_string),
        };
        let kept = words.trim().chars();
        let kept: String = kept.filter(|c| !c.is_control() || *c == '\n').collect();
        if kept.is_empty() {
            return Err(Denied::Invalid(
                "say what you would like to know".to_owned(),
            ));
        }
        if kept.chars().count() > WORDS_MAX {
            return Err(Denied::Invalid(format!(
                "a question may have at most {WORDS_MAX} characters"
            )));
        }
        let person = visitor.person();
        self.access.may_ask(&person.id)?;
        let reach = match person.email.as_str() {
            "" => person.login.clone(),
            email => format!("{}, {email}", person.login),
        };
        let text = format!("{} ({reach}) asks: {kept}", visitor.name());
        let row = staff_notice("support", project, text);
        self.desk.keep(vec![Write::Notice(row)]).await
    }
}
