//! What could not be done, as a page: a clear sentence, and what is safe.

use askama::Template;
use axum::extract::OriginalUri;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use mastering::{LyricFault, NoAlternate, money::MoneyRefusal};
use mastering::{Refusal, Zone};
use studio::{Denied, LogLine};

use crate::api::ApiTrouble;
use crate::view::{Frame, LogView};

/// What a visitor is told when nothing was changed.
const NOTHING_CHANGED: &str = "Nothing was changed, and the original mixes are untouched.";

/// Most changes that the page about a stale form lists.
const MOST_CHANGES: usize = 40;

/// A request that was not granted.
pub(crate) struct Trouble(Box<Told>);

struct Told {
    status: StatusCode,
    sentence: String,
    safe: String,
    changes: Vec<LogView>,
    words: String,
    way_back: Option<String>,
    wait_seconds: Option<u64>,
    /// Where to go on after logging in.
    log_in_for: Option<String>,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'t> {
    frame: Frame,
    title: &'static str,
    told: &'t Told,
}

impl Trouble {
    /// A refusal in one sentence.
    pub(crate) fn new(status: StatusCode, sentence: &str) -> Self {
        Self(Box::new(Told {
            status,
            sentence: as_sentence(sentence),
            safe: NOTHING_CHANGED.to_owned(),
            changes: Vec::new(),
            words: String::new(),
            way_back: None,
            wait_seconds: None,
            log_in_for: None,
        }))
    }

    /// Sends a reader to the login page and back; a form is refused, since it cannot be repeated.
    pub(crate) fn log_in_first(method: &Method, path: &str) -> Self {
        let mut trouble = Self::new(
            StatusCode::UNAUTHORIZED,
            "Please log in first; your session has ended.",
        );
        trouble.0.way_back = Some("/login".to_owned());
        if method == Method::GET || method == Method::HEAD {
            trouble.0.log_in_for = Some(path.to_owned());
        }
        trouble
    }

    pub(crate) fn saying(mut self, sentence: &str) -> Self {
        self.0.sentence = as_sentence(sentence);
        self
    }

    pub(crate) fn with_way_back(mut self, address: &str) -> Self {
        self.0.way_back = Some(address.to_owned());
        self
    }

    /// Keeps what was typed, so that it can be copied.
    pub(crate) fn with_words(mut self, words: &str) -> Self {
        if self.0.words.is_empty() {
            words.clone_into(&mut self.0.words);
        }
        self
    }

    pub(crate) fn with_changes(
        mut self,
        changes: impl Iterator<Item = LogLine>,
        zone: &Zone,
    ) -> Self {
        let mut views: Vec<LogView> = changes.map(|line| LogView::of(line, zone)).collect();
        let surplus = views.len().saturating_sub(MOST_CHANGES);
        self.0.changes = views.split_off(surplus);
        self
    }
}

/// A first letter and a full stop for a message that has neither.
pub(crate) fn as_sentence(message: &str) -> String {
    let mut chars = message.trim().chars();
    let mut sentence: String = match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => return String::new(),
    };
    if !sentence.ends_with(['.', '!', '?', '\u{201d}']) {
        sentence.push('.');
    }
    sentence
}

/// What is wrong line by line, where a song's words are refused.
pub(crate) fn lyric_faults(denied: &Denied) -> &[LyricFault] {
    match denied {
        Denied::Refused(Refusal::Lyrics(faults)) => &faults.0,
        _ => &[],
    }
}

/// The status that a studio's no has on the web.
pub(crate) fn status_of(denied: &Denied) -> StatusCode {
    match denied {
        Denied::NotLoggedIn => StatusCode::UNAUTHORIZED,
        Denied::NotAllowed => StatusCode::FORBIDDEN,
        Denied::NotFound => StatusCode::NOT_FOUND,
        Denied::Refused(refusal) => refusal_status(refusal),
        Denied::Stale { .. } => StatusCode::CONFLICT,
        Denied::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
        Denied::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Denied::NoRoom(_) => StatusCode::INSUFFICIENT_STORAGE,
        Denied::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn refusal_status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotYours { .. } | Refusal::LastWord { .. } | Refusal::NotForOurEars => {
            StatusCode::FORBIDDEN
        }
        Refusal::OutOfOrder { .. }
        | Refusal::ConsultFirst { .. }
        | Refusal::Declined { .. }
        | Refusal::Unverified { .. }
        | Refusal::NoMixes
        | Refusal::StillArriving
        | Refusal::NotWhatWasHeard(_)
        | Refusal::NotWhatWasApproved { .. }
        | Refusal::NothingChanged(_)
        | Refusal::OtherApproval { .. }
        | Refusal::NotReleased { .. }
        | Refusal::ToldSince { .. }
        | Refusal::SentBefore { .. }
        | Refusal::NotMastered(_)
        | Refusal::ProgrammeNotMade(_)
        | Refusal::ProgrammeOrders
        | Refusal::ApprovalStands(_)
        | Refusal::RequestWaits
        | Refusal::AcceptTheQuote
        | Refusal::NoFreeRound
        | Refusal::NoRush
        | Refusal::WorkingFilesGone
        | Refusal::OnHold { .. }
        | Refusal::NotLonger
        | Refusal::SamePerson
        | Refusal::NotDue
        | Refusal::Unpaid { .. }
        | Refusal::NotPermitted { .. }
        | Refusal::Claimed { .. }
        | Refusal::IsrcTwice { .. }
        | Refusal::OwnRange { .. }
        | Refusal::RangeUsedUp { .. }
        | Refusal::NoRange
        | Refusal::TiedToItsRelease
        | Refusal::TooLittleToPay { .. }
        | Refusal::MoreThanEarned { .. }
        | Refusal::Alternate(
            NoAlternate::HasItsOwn(_)
            | NoAlternate::There(_)
            | NoAlternate::InProgramme(_)
            | NoAlternate::Heard,
        )
        | Refusal::LyricsChanged { .. }
        | Refusal::NoMasterToTime
        | Refusal::Already => StatusCode::CONFLICT,
        Refusal::Money(refusal) => money_status(refusal),
        Refusal::Unknown { .. }
        | Refusal::BadProgramme(_)
        | Refusal::PassageEndsFirst
        | Refusal::Lyrics(_)
        | Refusal::TooManyLyricLines { .. }
        | Refusal::Alternate(
            NoAlternate::Own | NoAlternate::OfAlternate(_) | NoAlternate::Reference,
        )
        | Refusal::NoAudio
        | Refusal::Missing { .. }
        | Refusal::TooLong { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// What stands in the way of money is a conflict where it may go away, and else a slip of whoever asked.
fn money_status(refusal: &MoneyRefusal) -> StatusCode {
    match refusal {
        MoneyRefusal::QuoteClosed(_)
        | MoneyRefusal::Cancelled(_)
        | MoneyRefusal::PaidOn(_)
        | MoneyRefusal::SaleIsFinal
        | MoneyRefusal::NoRefunds
        | MoneyRefusal::OnlyForFaults
        | MoneyRefusal::Lapsed(_)
        | MoneyRefusal::UsedUp(_)
        | MoneyRefusal::Ended
        | MoneyRefusal::NotPriced => StatusCode::CONFLICT,
        MoneyRefusal::Amount(_)
        | MoneyRefusal::BadPriceList { .. }
        | MoneyRefusal::NotOffered { .. }
        | MoneyRefusal::OutOfRange { .. }
        | MoneyRefusal::NoSuchDocument(_)
        | MoneyRefusal::TooMuch { .. }
        | MoneyRefusal::NotPositive
        | MoneyRefusal::NothingAsked
        | MoneyRefusal::CardNumber => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The sentence of a no, and what is safe.
pub(crate) fn sentences_of(denied: &Denied) -> (String, String) {
    let safe = NOTHING_CHANGED.to_owned();
    match denied {
        Denied::NotFound => ("There is nothing at this address.".to_owned(), safe),
        Denied::Fault(sentence) => (
            as_sentence(sentence),
            "The original mixes are untouched; the reason is in the studio's log.".to_owned(),
        ),
        Denied::NotLoggedIn
        | Denied::NotAllowed
        | Denied::Refused(_)
        | Denied::Stale { .. }
        | Denied::TooManyTries { .. }
        | Denied::Invalid(_)
        | Denied::NoRoom(_) => (as_sentence(&denied.to_string()), safe),
    }
}

/// Seconds after which another try is welcome, if waiting helps.
pub(crate) fn wait_of(denied: &Denied) -> Option<u64> {
    match denied {
        Denied::TooManyTries {
            retry_after_seconds,
        } => Some(*retry_after_seconds),
        Denied::NotLoggedIn
        | Denied::NotAllowed
        | Denied::NotFound
        | Denied::Refused(_)
        | Denied::Stale { .. }
        | Denied::Invalid(_)
        | Denied::NoRoom(_)
        | Denied::Fault(_) => None,
    }
}

impl From<Denied> for Trouble {
    fn from(denied: Denied) -> Self {
        let (sentence, safe) = sentences_of(&denied);
        let mut trouble = Self::new(status_of(&denied), &sentence);
        trouble.0.safe = safe;
        trouble.0.wait_seconds = wait_of(&denied);
        trouble
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Please log in",
        StatusCode::FORBIDDEN => "This is not yours to do",
        StatusCode::NOT_FOUND => "Nothing here",
        StatusCode::CONFLICT => "Something changed meanwhile",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        StatusCode::INSUFFICIENT_STORAGE => "No room at the moment",
        StatusCode::INTERNAL_SERVER_ERROR => "A fault",
        _ => "This could not be done",
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let told = *self.0;
        if let Some(path) = &told.log_in_for {
            return Redirect::to(&crate::pages::login_address(path)).into_response();
        }
        let page = TroublePage {
            frame: Frame::stranger(),
            title: title(told.status),
            told: &told,
        };
        let mut response = match page.render() {
            Ok(html) => (told.status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, "the page about a refusal could not be drawn");
                (told.status, told.sentence.clone()).into_response()
            }
        };
        if let Some(seconds) = told.wait_seconds {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The answer to an address that does not exist.
pub(crate) async fn no_such_page(OriginalUri(uri): OriginalUri) -> Response {
    answer(
        &uri,
        StatusCode::NOT_FOUND,
        "There is nothing at this address.",
    )
}

/// The answer to an address that is used in another way.
pub(crate) async fn no_such_method(OriginalUri(uri): OriginalUri) -> Response {
    let sentence = "This address exists, but not for this kind of request.";
    answer(&uri, StatusCode::METHOD_NOT_ALLOWED, sentence)
}

fn answer(uri: &Uri, status: StatusCode, sentence: &str) -> Response {
    if uri.path().starts_with("/api/") {
        ApiTrouble::new(status, "no_such_address", sentence).into_response()
    } else {
        Trouble::new(status, sentence).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_no_has_its_status() {
        for (denied, status) in [
            (Denied::NotLoggedIn, 401),
            (Denied::NotAllowed, 403),
            (Denied::NotFound, 404),
            (Denied::Stale { seq_now: 3 }, 409),
            (Denied::Refused(Refusal::Already), 409),
            (Denied::Refused(Refusal::Missing { what: "the name" }), 422),
            (
                Denied::Refused(Refusal::NotYours { who: "the studio" }),
                403,
            ),
            (
                Denied::TooManyTries {
                    retry_after_seconds: 60,
                },
                429,
            ),
            (Denied::Fault("the mix is safe".to_owned()), 500),
            (Denied::NoRoom("no room".to_owned()), 507),
        ] {
            assert_eq!(status_of(&denied).as_u16(), status);
        }
    }

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(as_sentence("the name is missing"), "The name is missing.");
        assert_eq!(as_sentence("Done."), "Done.");
        assert_eq!(as_sentence(""), "");
    }
}
