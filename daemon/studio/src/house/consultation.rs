//! The consultation of an order: answers as they are typed, the warranty of rights, the decision
//! about content.

use std::collections::BTreeMap;

use mastering::{Consultation, OrderNumber, QUESTIONS, Question, Step, UnixMs};
use serde::{Deserialize, Serialize};
use vault::{AcceptanceRow, DocumentRow, PeopleWrite, Write};

use super::Studio;
use super::personal_data::sha256;
use crate::access::{Right, Visitor, read_name};
use crate::clock::now_ms;
use crate::denied::Denied;

/// The document that holds the answers.
const ANSWERS: &str = "consultation";
/// The document that holds the decision about content.
const CONTENT: &str = "content_decision";
/// What an acceptance of the warranty is about.
const WARRANTY: &str = "warranty";
/// Longest reason, in characters.
const REASON_MAX: usize = 2_000;

/// What the client warrants for an order.
const WARRANTY_WORDING: &str = "I have the legal right to have these recordings altered, and I \
    hold the studio harmless where somebody else claims otherwise. For cover versions, remixes and \
    samples I have the written permission of their owners. The studio may receive, keep, alter and \
    preview the recordings for this order and for nothing else. I stay the owner of the audio, its \
    metadata and its settings.";

/// What the studio decided about the content of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentVerdict {
    /// It is worked on.
    Accepted,
    /// It is not: unlawful or hateful content, or rights that are missing.
    Refused,
}

/// A decision about content, with who, when and from where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContentDecision {
    /// What was decided.
    pub verdict: ContentVerdict,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// The warranty of an order.
#[derive(Debug, Clone, Serialize)]
pub struct Warranty {
    /// The text to agree to, or the one agreed to, word for word.
    pub wording: String,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
    /// The name typed; none while nobody has agreed.
    pub name: Option<String>,
    /// When somebody agreed.
    pub accepted_at: Option<UnixMs>,
}

/// The consultation as a page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct ConsultationView {
    /// The answers so far.
    pub form: Consultation,
    /// Everything that is asked.
    pub questions: &'static [Question],
    /// The first step that something is missing for; none when all is said.
    pub next_step: Option<Step>,
    /// The codes of what is missing for it.
    pub missing: Vec<&'static str>,
    /// How the client prepares their mixes.
    pub instructions: Vec<String>,
    /// The warranty of rights.
    pub warranty: Warranty,
    /// What the studio decided about the content.
    pub content: Option<ContentDecision>,
}

impl Studio {
    /// The consultation of an order.
    ///
    /// # Errors
    /// `NotFound` where there is no such order for this visitor.
    pub async fn consultation(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<ConsultationView, Denied> {
        let live = self.seen(visitor, number).await?;
        let id = live.project.id.to_string();
        let (form, content, agreed) = self
            .access
            .read(move |vault| {
                Ok((
                    vault.document(&id, ANSWERS)?,
                    vault.document(&id, CONTENT)?,
                    vault.acceptances_of_project(&id)?,
                ))
            })
            .await?;
        let form: Consultation = match form {
            Some(row) => read_document(&row)?,
            None => Consultation::default(),
        };
        let content = content.map(|row| read_document(&row)).transpose()?;
        let agreed = agreed.into_iter().rfind(|row| row.what == WARRANTY);
        let next_step = form.next_step();
        Ok(ConsultationView {
            missing: next_step.map_or_else(Vec::new, |step| {
                form.missing(step).map(|question| question.code).collect()
            }),
            next_step,
            instructions: form.instructions(),
            questions: &QUESTIONS,
            warranty: warranty(agreed),
            content,
            form,
        })
    }

    /// Takes answers as they are typed; an empty one takes its answer back.
    ///
    /// # Errors
    /// `NotAllowed` for whoever sends nothing; what is wrong with an answer.
    pub async fn answer_consultation(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        given: &BTreeMap<String, String>,
    ) -> Result<ConsultationView, Denied> {
        visitor.must(Right::Send)?;
        let before = self.consultation(visitor, number).await?.form;
        let after = before
            .answer(given)
            .map_err(|bad| Denied::Invalid(bad.to_string()))?;
        if after != before {
            self.keep_document(visitor, number, (ANSWERS, &after))
                .await?;
        }
        self.consultation(visitor, number).await
    }

    /// Warrants the rights in an order's recordings, under the name that was typed.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the client's people; `Invalid` where the text is another by now.
    pub async fn warrant(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        (shown, name): (&str, &str),
    ) -> Result<(), Denied> {
        let live = self.seen(visitor, number).await?;
        if visitor.is_staff() {
            return Err(Denied::NotAllowed);
        }
        visitor.must(Right::Send)?;
        let sum = sha256(WARRANTY_WORDING);
        if sum != shown {
            return Err(Denied::Invalid(
                "the text has changed since this page was made; read it again".to_owned(),
            ));
        }
        let row = AcceptanceRow {
            person: visitor.person().id.to_string(),
            project: Some(live.project.id.to_string()),
            what: WARRANTY.to_owned(),
            sha256: sum,
            wording: WARRANTY_WORDING.to_owned(),
            name: read_name(name)?,
            at_ms: now_ms(),
            address: visitor.from().map_or_else(String::new, |a| a.to_string()),
        };
        self.desk
            .keep(vec![Write::People(PeopleWrite::Acceptance(row))])
            .await
    }

    /// Records what the studio decided about the content of an order; earlier decisions are kept.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; a reason that is missing.
    pub async fn decide_content(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        (verdict, reason): (ContentVerdict, &str),
    ) -> Result<ContentDecision, Denied> {
        visitor.must(Right::TakeIn)?;
        let kept = reason.trim().chars();
        let reason: String = kept
            .filter(|c| !c.is_control() || *c == '\n')
            .take(REASON_MAX)
            .collect();
        if reason.is_empty() {
            return Err(Denied::Invalid("the reason is missing".to_owned()));
        }
        let decision = ContentDecision {
            verdict,
            reason,
            by: visitor.name().to_owned(),
            at: now_ms(),
        };
        self.keep_document(visitor, number, (CONTENT, &decision))
            .await?;
        Ok(decision)
    }

    async fn keep_document(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        (name, body): (&str, &impl Serialize),
    ) -> Result<(), Denied> {
        let live = self.seen(visitor, number).await?;
        let body = serde_json::to_string(body)
            .map_err(|e| Denied::fault("the consultation could not be kept", &e))?;
        let row = DocumentRow {
            project: live.project.id.to_string(),
            name: name.to_owned(),
            body,
            at_ms: now_ms(),
        };
        self.desk.keep(vec![Write::Document(row)]).await
    }
}

fn read_document<T: serde::de::DeserializeOwned>(row: &DocumentRow) -> Result<T, Denied> {
    serde_json::from_str(&row.body)
        .map_err(|e| Denied::fault("the consultation could not be read", &e))
}

/// The text agreed to, else the one to agree to.
fn warranty(agreed: Option<AcceptanceRow>) -> Warranty {
    match agreed {
        Some(row) => Warranty {
            wording: row.wording,
            sha256: row.sha256,
            name: Some(row.name),
            accepted_at: Some(row.at_ms),
        },
        None => Warranty {
            wording: WARRANTY_WORDING.to_owned(),
            sha256: sha256(WARRANTY_WORDING),
            name: None,
            accepted_at: None,
        },
    }
}
