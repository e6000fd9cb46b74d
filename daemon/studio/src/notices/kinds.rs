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

const ABOUT_FILE: &[&str] = &["name", "studio", "number", "title", "file", "findings"];
const ABOUT_SET: &[&str] = &["name", "studio", "number", "title", "findings"];
const ABOUT_ORDER: &[&str] = &["name", "studio", "number", "title"];
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
        &["name", "studio", "number", "title", "file", "words"],
    ),
    kind(
        "reference_sent",
        "A revision is ready to listen to",
        &["name", "studio", "number", "title", "revision"],
    ),
    kind("finals_offered", "The finals are ready", ABOUT_ORDER),
    always("recovery", "A new password was asked for", ABOUT_DOOR),
    always("password_changed", "The password was changed", ABOUT_DOOR),
    kind(
        MESSAGE,
        "Everything else about an order",
        &["name", "studio", "number", "title", "subject", "words"],
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
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../config/mail/", $name)))),+]
    };
}

/// The files that are compiled in.
pub(super) const EMBEDDED: &[(&str, &str)] = embedded![
    "frame.en.txt",
    "frame.de.txt",
    "frame.en.html",
    "frame.de.html",
    "mix_received.en.txt",
    "mix_received.de.txt",
    "mix_asks.en.txt",
    "mix_asks.de.txt",
    "mix_blocked.en.txt",
    "mix_blocked.de.txt",
    "mix_taken.en.txt",
    "mix_taken.de.txt",
    "set_compared.en.txt",
    "set_compared.de.txt",
    "findings_released.en.txt",
    "findings_released.de.txt",
    "reprint_asked.en.txt",
    "reprint_asked.de.txt",
    "reference_sent.en.txt",
    "reference_sent.de.txt",
    "finals_offered.en.txt",
    "finals_offered.de.txt",
    "recovery.en.txt",
    "recovery.de.txt",
    "password_changed.en.txt",
    "password_changed.de.txt",
    "message.en.txt",
    "message.de.txt",
];
