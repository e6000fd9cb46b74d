//! The consultation of an order: answers as they are typed, the warranty of rights, the decision
//! about content.

use std::collections::BTreeMap;

use mastering::{
    BorrowedSong, Command, Consultation, Consulted, ContentDecision, ContentVerdict, NotNeeded,
    OrderNumber, Permission, Project, QUESTIONS, Question, Step, Tongue, UnixMs, Warranty,
};
use serde::Serialize;
use vault::{AcceptanceRow, DocumentRow, PeopleWrite, Write};

use super::personal_data::sha256;
use super::{Studio, Submission};
use crate::access::{Right, Visitor, read_name};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::Give;
use crate::follow::{FollowUp, Notices};
use crate::live::LiveProject;
use crate::notices::Language;

/// The document that holds the answers.
const ANSWERS: &str = "consultation";
/// The document that holds the decision about content.
const CONTENT: &str = "content_decision";
/// What an acceptance of the warranty is about.
const WARRANTY: &str = "warranty";
/// Longest reason, in characters.
const REASON_MAX: usize = 300;

/// What the client warrants for an order.
const WARRANTY_WORDING: &str = "I have the legal right to have these recordings altered, and I \
    hold the studio harmless where somebody else claims otherwise. For cover versions, remixes and \
    samples I have the written permission of their owners. The studio may receive, keep, alter and \
    preview the recordings for this order and for nothing else. I stay the owner of the audio, its \
    metadata and its settings.";

/// The warranty of an order.
#[derive(Debug, Clone, Serialize)]
pub struct WarrantyView {
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
    pub warranty: WarrantyView,
    /// The songs that hold somebody else's work, and whose permission is not here yet.
    pub not_permitted: Vec<BorrowedSong>,
    /// Somebody else's permissions that are kept with the order.
    pub permissions: Vec<Permission>,
    /// The songs that need none, as somebody of the studio decided.
    pub not_needed: Vec<NotNeeded>,
    /// What finals wait for by the terms of the order; none where they wait for nothing.
    pub holds_finals: Option<String>,
    /// What the studio decided about the content.
    pub content: Option<ContentDecision>,
    /// What holds mastering up by the terms of the service; none where nothing of this does.
    pub holds_up: Option<String>,
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
        // Before the journal held the decision, it stood in a document.
        let content = match &live.project.content {
            Some(decision) => Some(decision.clone()),
            None => content.map(|row| read_document(&row)).transpose()?,
        };
        let language = self.access.profile(&visitor.person().id).await?.language;
        let agreed = agreed.into_iter().rfind(|row| row.what == WARRANTY);
        let next_step = form.next_step();
        Ok(ConsultationView {
            missing: next_step.map_or_else(Vec::new, |step| {
                form.missing(step).map(|question| question.code).collect()
            }),
            next_step,
            instructions: form.instructions(tongue(language)),
            holds_up: live
                .project
                .may_master()
                .err()
                .map(|refusal| refusal.to_string()),
            questions: &QUESTIONS,
            warranty: warranty(agreed, wording_for(&form)),
            not_permitted: not_permitted(&form, &live.project),
            not_needed: live.project.not_needed.clone(),
            holds_finals: live
                .project
                .may_hand_over()
                .err()
                .map(|refusal| refusal.to_string()),
            permissions: live.project.permissions.clone(),
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
        let before = self.consultation(visitor, number).await?;
        let after = before
            .form
            .answer(given)
            .map_err(|bad| Denied::Invalid(bad.to_string()))?;
        if after != before.form {
            let live = self.seen(visitor, number).await?;
            let mut rows = vec![document(&live.project, ANSWERS, &after)?];
            if is_ready_to_print(&after) && !is_ready_to_print(&before.form) {
                rows.extend(self.preparation(&live.project, &after));
            }
            // Who warranted the rights in other songs has not warranted these.
            let is_same_text = wording_for(&after) == wording_for(&before.form);
            let agreed = before.warranty.accepted_at.is_some() && is_same_text;
            let warranty = if agreed {
                Warranty::Given
            } else {
                Warranty::Open
            };
            self.consulted(visitor, &live, (&after, warranty), rows)
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
        let view = self.consultation(visitor, number).await?;
        let wording = wording_for(&view.form);
        let sum = sha256(&wording);
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
            wording,
            name: read_name(name)?,
            at_ms: now_ms(),
            address: visitor.from().map_or_else(String::new, |a| a.to_string()),
        };
        let rows = vec![Write::People(PeopleWrite::Acceptance(row))];
        self.consulted(visitor, &live, (&view.form, Warranty::Given), rows)
            .await
    }

    /// Writes what was said, and in the journal how far the consultation has come with it.
    async fn consulted(
        &self,
        visitor: &Visitor,
        live: &LiveProject,
        (form, warranty): (&Consultation, Warranty),
        also: Vec<Write>,
    ) -> Result<(), Denied> {
        let said = Consulted {
            missing: form.next_step(),
            warranty,
            borrowed: form.borrowed(),
            at: 0,
        };
        let stands = live.project.consulted.as_ref();
        if stands.is_some_and(|stands| stands.says(&said)) {
            return self.desk.keep(also).await;
        }
        let give = Give {
            project: live.project.id.clone(),
            by: visitor.actor(),
            command: Command::RecordConsultation {
                missing: said.missing,
                warranty: said.warranty,
                borrowed: said.borrowed,
            },
            seq: None,
            key: None,
            from: visitor.from(),
            also,
        };
        self.desk.give(give).await.map(drop)
    }

    /// Tells the client how to prepare their mixes, as soon as that follows from the answers.
    fn preparation(&self, project: &Project, form: &Consultation) -> Vec<Write> {
        let studio = FollowUp::of(&self.config);
        let note = Notices {
            studio: &studio,
            project,
            now: now_ms(),
        };
        let lines = |tongue| {
            let lines = form.instructions(tongue).into_iter();
            lines.fold(String::new(), |text, line| format!("{text}\n- {line}"))
        };
        let (english, german) = (lines(Tongue::English), lines(Tongue::German));
        let facts = [("lines", english.as_str()), ("lines.de", german.as_str())];
        note.tell("preparation", &facts, &note.now.to_string())
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
        let kept = reason.trim().chars();
        let reason: String = kept
            .filter(|c| !c.is_control() || *c == '\n')
            .take(REASON_MAX)
            .collect();
        if reason.is_empty() {
            return Err(Denied::Invalid("the reason is missing".to_owned()));
        }
        let submission = Submission {
            command: Command::DecideContent {
                verdict,
                reason,
                by: visitor.name().to_owned(),
            },
            seq: None,
            key: None,
        };
        self.submit(visitor, number, submission).await?;
        let live = self.seen(visitor, number).await?;
        live.project.content.clone().ok_or(Denied::NotFound)
    }
}

/// What is missing by the journal; before it named the songs, by the answers alone.
fn not_permitted(form: &Consultation, project: &Project) -> Vec<BorrowedSong> {
    match &project.consulted {
        Some(consulted) if consulted.borrowed == form.borrowed() => project.permissions_missing(),
        Some(_) | None => form.not_permitted(&project.permissions),
    }
}

fn document(project: &Project, name: &str, body: &impl Serialize) -> Result<Write, Denied> {
    let body = serde_json::to_string(body)
        .map_err(|e| Denied::fault("the consultation could not be kept", &e))?;
    Ok(Write::Document(DocumentRow {
        project: project.id.to_string(),
        name: name.to_owned(),
        body,
        at_ms: now_ms(),
    }))
}

fn tongue(language: Language) -> Tongue {
    match language {
        Language::English => Tongue::English,
        Language::German => Tongue::German,
    }
}

/// Whether everything is said that printing the mixes needs.
fn is_ready_to_print(form: &Consultation) -> bool {
    form.missing(Step::Mixes).next().is_none()
}

fn read_document<T: serde::de::DeserializeOwned>(row: &DocumentRow) -> Result<T, Denied> {
    serde_json::from_str(&row.body)
        .map_err(|e| Denied::fault("the consultation could not be read", &e))
}

/// What the client warrants for an order, with the songs that hold somebody else's work.
fn wording_for(form: &Consultation) -> String {
    let songs = form.borrowed();
    if songs.is_empty() {
        return WARRANTY_WORDING.to_owned();
    }
    let named: Vec<String> = songs
        .iter()
        .map(|song| format!("\u{201c}{}\u{201d} ({})", song.song, song.what.words()))
        .collect();
    format!(
        "{WARRANTY_WORDING} Somebody else's work is in {}.",
        named.join(", ")
    )
}

/// The text agreed to, where it still is the one to agree to; else that.
fn warranty(agreed: Option<AcceptanceRow>, wording: String) -> WarrantyView {
    match agreed.filter(|row| row.wording == wording) {
        Some(row) => WarrantyView {
            wording: row.wording,
            sha256: row.sha256,
            name: Some(row.name),
            accepted_at: Some(row.at_ms),
        },
        None => WarrantyView {
            sha256: sha256(&wording),
            wording,
            name: None,
            accepted_at: None,
        },
    }
}
