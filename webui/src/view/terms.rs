//! An order's rules as its page shows them.

use mastering::money::Extra;
use mastering::{Answer, Charge, Lane, Outcome, PreviewForm, Project, Request, Topic, Why, Zone};
use studio::OrderPage;

use crate::words;

/// Requests, questions, clocks and the keeping, in words.
pub(crate) struct TermsShown {
    pub(crate) estimate: String,
    pub(crate) rounds: String,
    pub(crate) silence: String,
    pub(crate) unheard: Vec<String>,
    /// What the finals wait for beside the work.
    pub(crate) finals_wait: Vec<String>,
    awaits_permission: Awaits,
    pub(crate) question: Option<String>,
    pub(crate) request: Option<RequestView>,
    /// The last request, which may still turn out to be the studio's own fault.
    pub(crate) last_request: Option<u32>,
    pub(crate) is_rush: bool,
    pub(crate) last_word: Option<String>,
    pub(crate) account: String,
    pub(crate) hold: Option<String>,
    pub(crate) deletion: Option<String>,
    /// Whether everything went, so that there is a certificate.
    pub(crate) is_deleted: Deleted,
    pub(crate) preview: &'static str,
    pub(crate) topics: Vec<(&'static str, &'static str)>,
}

/// Whether a permission is awaited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Permission,
    Nothing,
}

/// Whether everything of an order went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deleted {
    Yes,
    No,
}

/// A request that waits.
pub(crate) struct RequestView {
    pub(crate) no: u32,
    pub(crate) words: String,
    pub(crate) topics: String,
    pub(crate) gathered: usize,
    pub(crate) proposal: String,
    /// What the rules propose, as the form's choice.
    pub(crate) proposed: &'static str,
    /// What it is, once somebody said so.
    pub(crate) quoted: String,
    /// Whether a quote goes with it, whose acceptance begins the work.
    pub(crate) is_priced: bool,
    /// What the price list would charge it by.
    pub(crate) by_list: &'static str,
}

/// A topic as people read it.
fn topic_word(topic: Topic) -> &'static str {
    match topic {
        Topic::Level => "Level",
        Topic::Space => "Space",
        Topic::Tone => "Tone",
        Topic::Timing => "Timing",
        Topic::Tuning => "Tuning",
        Topic::Effects => "Effects",
        Topic::Gaps => "Gaps and fades",
        Topic::Order => "Order of the songs",
        Topic::Edit => "An edit at timecodes",
        Topic::Approach => "Another approach",
        Topic::Addition => "Something added",
        Topic::Arrangement => "Arrangement",
        Topic::SoundDesign => "Sound design",
        Topic::NewFile => "A new file",
    }
}

fn answer_word(answer: Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Free => ("free", "a free round"),
        Answer::Correction => ("correction", "a correction, free and not counted"),
        Answer::Charged => ("charged", "a round that is charged"),
        Answer::NewWork => ("new_work", "new work with its own quote"),
        Answer::Declined => ("declined", "declined"),
    }
}

fn why_words(why: Why, zone: &Zone) -> String {
    match why {
        Why::RoundsLeft { .. } => "free rounds are left".to_owned(),
        Why::RoundsUsed { free } => format!("the {free} free rounds are used up"),
        Why::Experimental { topic } => {
            format!("{} is experimental here", topic_word(topic).to_lowercase())
        }
        Why::NotCovered { topic } => format!(
            "the rounds do not cover {}",
            topic_word(topic).to_lowercase()
        ),
        Why::Approved { revision } => format!("revision {revision} was approved"),
        Why::TimeOver { since } => format!(
            "the time to ask ended on {}",
            words::day(zone, since.saturating_sub(1))
        ),
    }
}

/// What the form for an answer proposes as its price.
fn by_list(request: &Request) -> &'static str {
    let answer = request.proposal.map_or(Answer::Charged, |p| p.answer);
    match Project::charge_for(answer, &request.topics) {
        Some(Charge::Extra { extra }) => extra.code(),
        Some(Charge::Songs { .. } | Charge::Amount { .. }) | None => "",
    }
}

impl Deleted {
    pub(crate) fn is(self) -> bool {
        self == Self::Yes
    }
}

impl RequestView {
    pub(crate) fn extras(&self) -> [Extra; 8] {
        Extra::ALL
    }

    fn of(request: &Request, zone: &Zone) -> Self {
        let topics: Vec<_> = request.topics.iter().map(|t| topic_word(*t)).collect();
        let proposal = request.proposal.map_or_else(String::new, |p| {
            let (_, word) = answer_word(p.answer);
            format!("The rules propose {word}: {}.", why_words(p.why, zone))
        });
        Self {
            no: request.no,
            words: request.words.clone(),
            topics: topics.join(", "),
            gathered: request.gathered.len(),
            proposal,
            proposed: request.proposal.map_or("", |p| answer_word(p.answer).0),
            quoted: request.answer.as_ref().map_or_else(String::new, |a| {
                format!("It is {}. {}", answer_word(a.answer).1, a.reason)
            }),
            is_priced: request.answer.as_ref().is_some_and(|a| a.charge.is_some()),
            by_list: by_list(request),
        }
    }
}

fn preview_code(form: Option<PreviewForm>) -> &'static str {
    match form {
        None => "",
        Some(PreviewForm::Lossless) => "lossless",
        Some(PreviewForm::Lossy) => "lossy",
        Some(PreviewForm::Marked) => "marked",
        Some(PreviewForm::Excerpt) => "excerpt",
    }
}

impl TermsShown {
    /// Whether a written permission is missing.
    pub(crate) fn needs_permission(&self) -> bool {
        self.awaits_permission == Awaits::Permission
    }

    pub(crate) fn of(page: &OrderPage) -> Self {
        let project: &Project = &page.project;
        let terms = &page.terms;
        let may_be_ours = project
            .requests
            .last()
            .filter(|r| matches!(r.outcome, Outcome::Opened { .. }))
            .filter(|r| r.settled() != Some(Answer::Correction) && project.approval.is_none());
        Self {
            estimate: terms.estimate_words.clone(),
            rounds: terms.rounds.clone(),
            silence: terms.silence.clone(),
            unheard: terms.unheard.clone(),
            finals_wait: terms.finals_wait.clone(),
            awaits_permission: if project.permissions_missing().is_empty() {
                Awaits::Nothing
            } else {
                Awaits::Permission
            },
            question: project.question.as_ref().map(|q| q.words.clone()),
            request: project
                .open_request()
                .map(|request| RequestView::of(request, &page.zone)),
            last_request: may_be_ours.map(|r| r.no),
            is_rush: project.lane == Lane::Rush,
            last_word: project.last_word.as_ref().map(|v| v.name.clone()),
            account: project.client.to_string(),
            hold: project
                .retention_hold
                .as_ref()
                .map(|h| format!("{} holds everything: {}", h.by, h.reason)),
            deletion: project.deletion.as_ref().map(|d| {
                let first = d.confirmed.as_ref();
                let first = first.map_or_else(String::new, |(_, name)| {
                    format!(" {name} has confirmed it; one more person does.")
                });
                format!(
                    "{} asked to let everything go before its date: {}{first}",
                    d.by, d.reason
                )
            }),
            is_deleted: match project.archive.as_ref().and_then(|a| a.all_gone_at) {
                Some(_) => Deleted::Yes,
                None => Deleted::No,
            },
            preview: preview_code(project.preview),
            topics: Topic::ALL
                .into_iter()
                .map(|t| (t.code(), topic_word(t)))
                .collect(),
        }
    }
}
