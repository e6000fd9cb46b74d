//! Help: frequent questions, answered from the rules that hold, and a form that reaches the studio.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use studio::{Denied, OrderPage};

use super::draw;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/help", get(show).post(ask))
}

/// A question that is asked often.
pub(crate) struct Answered {
    pub(crate) question: &'static str,
    pub(crate) answer: String,
    /// Where more of it stands: address and words.
    pub(crate) more: Option<(String, &'static str)>,
}

/// Whether a question was just sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Yes,
    No,
}

#[derive(Template)]
#[template(path = "help.html")]
pub(crate) struct HelpPage {
    pub(crate) frame: Frame,
    /// The order it is about; empty for none.
    pub(crate) number: String,
    /// The address of that order.
    pub(crate) base: String,
    pub(crate) answers: Vec<Answered>,
    /// Whether whoever looks may ask: the studio's own people do not.
    pub(crate) may_ask: bool,
    pub(crate) token: String,
    pub(crate) sent: Sent,
    pub(crate) refusal: String,
    pub(crate) words: String,
}

impl HelpPage {
    fn is_sent(&self) -> bool {
        self.sent == Sent::Yes
    }
}

fn answered(question: &'static str, answer: &str) -> Answered {
    Answered {
        question,
        answer: answer.to_owned(),
        more: None,
    }
}

/// What holds for every order.
pub(crate) fn general() -> Vec<Answered> {
    vec![
        answered(
            "How do I send mixes?",
            "By the order\u{2019}s page, or into your dropbox by FTP or SMB, with the order\u{2019}s number in the name. A zip, a \
             folder or single files; instrumentals and other alternates in a folder \u{201c}Alternate Mixes\u{201d}, music to \
             compare with in \u{201c}References\u{201d}.",
        ),
        answered(
            "Why does a mix wait?",
            "Each file is opened to its last frame and checked. Where something was found, its report says what and where; \
             a new file takes the old one\u{2019}s place, or the studio decides to go on with what came.",
        ),
        answered(
            "I cannot log in.",
            "\u{201c}Forgot your password?\u{201d} on the log-in page sends a link to the address we know of you.",
        ),
        answered(
            "Who owns what I send?",
            "You do: the audio, its metadata and its settings stay yours. The studio may receive, keep, alter and preview it \
             for your order and for nothing else.",
        ),
    ]
}

/// What holds for this order, as its rules stand now.
pub(crate) fn of_order(page: &OrderPage, base: &str) -> Vec<Answered> {
    let about = |question, answer: &str, path: &str, words| Answered {
        question,
        answer: crate::trouble::as_sentence(answer),
        more: Some((format!("{base}{path}"), words)),
    };
    let terms = &page.terms;
    let mut all = vec![
        about("What happens now?", &page.waits_for, "", "The order"),
        about(
            "How many changes are free, and until when?",
            &terms.rounds,
            "#answer",
            "Ask for a revision",
        ),
        about(
            "How should I prepare my mixes?",
            "that follows from what you answered before the work",
            "/consultation",
            "How to prepare them",
        ),
        about(
            "How long is it kept?",
            &page.retention,
            "#keep-title",
            "What stays how long",
        ),
        about(
            "How do I take a release out of the shops?",
            "on the release\u{2019}s page, shop by shop",
            "/release#removal",
            "The release",
        ),
    ];
    if !terms.estimate_words.is_empty() {
        all.insert(1, answered("When is it ready?", &terms.estimate_words));
    }
    if !terms.finals_wait.is_empty() {
        let waits = format!("they wait for {}", terms.finals_wait.join(", "));
        all.insert(1, about("Where are my finals?", &waits, "", "The order"));
    }
    if page.ears.is_some() {
        all.push(about(
            "Who of the studio listens to it?",
            "nobody, unless you allow it or somebody records a reason, which you read",
            "#ears",
            "Who listened",
        ));
    }
    all
}

fn page(visit: &Visit, (sent, refusal, words): (Sent, String, String)) -> HelpPage {
    HelpPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "help"),
        number: String::new(),
        base: String::new(),
        answers: general(),
        may_ask: !visit.visitor.is_staff(),
        token: stamp::form_token(&visit.secret, "/help"),
        sent,
        refusal,
        words,
    }
}

async fn show(State(_): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    draw(&page(&visit, (Sent::No, String::new(), String::new())))
}

/// How a question went: what the page says of it, and what was typed where it was refused.
pub(crate) fn outcome(asked: &Result<(), Denied>, words: &str) -> (Sent, String, String) {
    match asked {
        Ok(()) => (Sent::Yes, String::new(), String::new()),
        Err(denied) => (Sent::No, sentences_of(denied).0, words.to_owned()),
    }
}

async fn ask(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let words = posted.fields.get("words");
    let asked = web.studio.ask_for_help(&visit.visitor, None, words).await;
    let drawn = draw(&page(&visit, outcome(&asked, words)))?;
    match asked {
        Ok(()) => Ok(drawn),
        Err(denied) => Ok((status_of(&denied), drawn).into_response()),
    }
}
