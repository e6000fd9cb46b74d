//! The kinds of notices that have words, and what fills their places.

/// A kind of notice.
#[derive(Debug, Clone, Copy)]
pub struct NoticeKind {
    /// The stable code; also the name of its files.
    pub code: &'static str,
    /// What it is about, for whoever switches it on and off.
    pub about: &'static str,
    /// What fills its places.
    pub(super) places: &'static [&'static str],
    /// Whether a person may do without its mail.
    pub can_be_off: bool,
}

/// The file around every mail.
pub(super) const FRAME: &str = "frame";
/// What fills the frame.
pub(super) const FRAME_PLACES: &[&str] = &["name", "text", "link", "studio"];
/// The kind of a notice that carries its own words.
pub(super) const MESSAGE: &str = "message";

/// What each notice about an order knows.
macro_rules! order {
    ($($name:literal),* $(,)?) => {
        &["name", "studio", "number", "title" $(, $name)*]
    };
}

const ABOUT_FILE: &[&str] = order!["file", "findings"];
const ABOUT_SET: &[&str] = order!["findings"];
const ABOUT_KEEPING: &[&str] = order!["working_day", "archive_day", "reason"];
const ABOUT_DUE: &[&str] = order!["day", "days", "archive_day"];
const ABOUT_CREDIT: &[&str] = order!["document", "amount", "day", "reason"];
const ABOUT_DOOR: &[&str] = &["name", "studio", "login"];

const fn kind(
    code: &'static str,
    about: &'static str,
    places: &'static [&'static str],
) -> NoticeKind {
    NoticeKind {
        code,
        about,
        places,
        can_be_off: true,
    }
}

const fn always(
    code: &'static str,
    about: &'static str,
    places: &'static [&'static str],
) -> NoticeKind {
    NoticeKind {
        can_be_off: false,
        ..kind(code, about, places)
    }
}

const KINDS: &[NoticeKind] = &[
    kind("mix_received", "A mix came and is fine", ABOUT_FILE),
    kind("mix_asks", "A mix came and raises a question", ABOUT_FILE),
    kind("mix_blocked", "A mix came and cannot be used", ABOUT_FILE),
    kind(
        "mix_taken",
        "A mix came and the studio listens to it",
        ABOUT_FILE,
    ),
    kind("set_compared", "The mixes were compared", ABOUT_SET),
    kind(
        "findings_released",
        "The studio has looked at the mixes",
        ABOUT_SET,
    ),
    kind(
        "reprint_asked",
        "A new file is needed",
        order!["file", "words"],
    ),
    kind("preparation", "How to prepare the mixes", order!["lines"]),
    kind("declined", "The studio declines an order", order!["reason"]),
    kind(
        "question_asked",
        "The studio asks something",
        order!["words"],
    ),
    kind(
        "reference_sent",
        "A revision is ready to listen to",
        order!["revision"],
    ),
    kind(
        "request_answered",
        "A request for a change was answered",
        order![
            "free",
            "correction",
            "charged",
            "new_work",
            "declined",
            "reason"
        ],
    ),
    kind(
        "asking_ends",
        "The time for free changes ends soon",
        order!["day", "days", "last"],
    ),
    kind(
        "asking_ended",
        "The time for free changes is over",
        order!["day", "completes"],
    ),
    kind(
        "silence_announced",
        "Silence will count as an approval",
        order!["revision", "day", "nth"],
    ),
    kind(
        "approved",
        "A revision was approved",
        order!["revision", "approver"],
    ),
    kind("fault_found", "The studio mends a fault", order!["words"]),
    kind(
        "permission_awaited",
        "The finals wait for a permission",
        order!["songs"],
    ),
    kind(
        "listening_reason",
        "Somebody of the studio listens",
        order!["who", "client_asked", "debugging", "testing", "reason"],
    ),
    kind(
        "rights_claimed",
        "Somebody claims rights",
        order!["claimant", "words"],
    ),
    kind(
        "claim_withdrawn",
        "A claim to rights was withdrawn",
        order!["claimant"],
    ),
    kind("removal_done", "A release has left the shops", order![]),
    kind(
        "sales_reported",
        "A distributor has reported sales",
        order!["distributor", "quarter"],
    ),
    kind(
        "paid_out",
        "What a release earned was paid out",
        order!["amount", "day", "words"],
    ),
    kind("finals_offered", "The finals are ready", order![]),
    kind("package_made", "A delivery is ready", order!["package"]),
    kind(
        "package_posted",
        "A delivery is in the post",
        order!["package", "carrier", "tracking"],
    ),
    kind(
        "package_sent",
        "A delivery lies at its recipient's",
        order!["package"],
    ),
    kind(
        "completed",
        "The project is complete, and how long it is kept",
        ABOUT_KEEPING,
    ),
    kind("working_files_due", "Working files leave soon", ABOUT_DUE),
    kind(
        "working_files_gone",
        "Working files are deleted",
        ABOUT_KEEPING,
    ),
    kind("archive_due", "The archive ends soon", ABOUT_DUE),
    kind("hold_placed", "Nothing is deleted for now", ABOUT_KEEPING),
    kind(
        "hold_lifted",
        "The dates of deletion count again",
        ABOUT_KEEPING,
    ),
    kind(
        "retention_extended",
        "Files are kept for longer",
        ABOUT_KEEPING,
    ),
    kind(
        "deletion_asked",
        "Deletion before its date was asked for",
        order!["asker"],
    ),
    // Whoever owns the audio hears that it is gone.
    always("archive_gone", "Everything is deleted", ABOUT_KEEPING),
    kind("quote_issued", "A quote", order!["document", "total"]),
    kind(
        "quote_withdrawn",
        "A quote was taken back",
        order!["document", "reason"],
    ),
    kind("quote_lapsed", "A quote has lapsed", order!["document"]),
    kind(
        "invoice_issued",
        "An invoice",
        order!["document", "total", "day", "penalty"],
    ),
    kind(
        "invoice_due",
        "An invoice is due soon",
        order!["document", "rest", "day"],
    ),
    kind(
        "invoice_overdue",
        "An invoice is overdue",
        order!["document", "rest", "day"],
    ),
    kind(
        "invoice_cancelled",
        "An invoice was cancelled",
        order!["document", "invoice", "reason"],
    ),
    kind(
        "payment_received",
        "A payment came: the receipt",
        order!["document", "invoice", "amount", "method", "rest"],
    ),
    kind("credit_given", "A credit was given", ABOUT_CREDIT),
    kind("credit_lapses", "A credit lapses soon", ABOUT_CREDIT),
    kind("credit_lapsed", "A credit has lapsed", ABOUT_CREDIT),
    kind(
        "refunded",
        "Money was given back",
        order!["document", "invoice", "amount", "method", "reason"],
    ),
    kind("account_ended", "The account was ended", order!["reason"]),
    always("recovery", "A new password was asked for", ABOUT_DOOR),
    always("password_changed", "The password was changed", ABOUT_DOOR),
    kind(
        MESSAGE,
        "Everything else about an order",
        order!["subject", "words"],
    ),
];

/// The kind of a code, if it has words of its own.
pub(super) fn kind_of(code: &str) -> Option<&'static NoticeKind> {
    KINDS.iter().find(|kind| kind.code == code)
}

/// Every kind that has words.
#[must_use]
pub fn notice_kinds() -> &'static [NoticeKind] {
    KINDS
}

/// Their codes.
pub(super) fn names() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.code).collect()
}

macro_rules! embedded {
    ($($kind:literal),+ $(,)?) => {
        &[
            ("frame.en.txt", include_str!("../../../../config/mail/frame.en.txt")),
            ("frame.de.txt", include_str!("../../../../config/mail/frame.de.txt")),
            ("frame.en.html", include_str!("../../../../config/mail/frame.en.html")),
            ("frame.de.html", include_str!("../../../../config/mail/frame.de.html")),
            $(
                (
                    concat!($kind, ".en.txt"),
                    include_str!(concat!("../../../../config/mail/", $kind, ".en.txt")),
                ),
                (
                    concat!($kind, ".de.txt"),
                    include_str!(concat!("../../../../config/mail/", $kind, ".de.txt")),
                ),
            )+
        ]
    };
}

/// The files that are compiled in.
pub(super) const EMBEDDED: &[(&str, &str)] = embedded![
    "mix_received",
    "mix_asks",
    "mix_blocked",
    "mix_taken",
    "set_compared",
    "findings_released",
    "reprint_asked",
    "preparation",
    "declined",
    "question_asked",
    "reference_sent",
    "request_answered",
    "asking_ends",
    "asking_ended",
    "silence_announced",
    "approved",
    "fault_found",
    "permission_awaited",
    "listening_reason",
    "rights_claimed",
    "claim_withdrawn",
    "removal_done",
    "sales_reported",
    "paid_out",
    "finals_offered",
    "package_made",
    "package_posted",
    "package_sent",
    "completed",
    "working_files_due",
    "working_files_gone",
    "archive_due",
    "hold_placed",
    "hold_lifted",
    "retention_extended",
    "deletion_asked",
    "archive_gone",
    "quote_issued",
    "quote_withdrawn",
    "quote_lapsed",
    "invoice_issued",
    "invoice_due",
    "invoice_overdue",
    "invoice_cancelled",
    "payment_received",
    "credit_given",
    "credit_lapses",
    "credit_lapsed",
    "refunded",
    "account_ended",
    "recovery",
    "password_changed",
    "message",
];
