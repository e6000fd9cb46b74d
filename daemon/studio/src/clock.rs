//! The shell's clock and its random numbers; the pure crates get both as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use mastering::UnixMs;

/// Now, in milliseconds since 1970.
#[must_use]
pub(crate) fn now_ms() -> UnixMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Today by the studio's calendar.
pub(crate) fn today(calendar: &mastering::Calendar) -> jiff::civil::Date {
    let now = calendar.time_zone.at(now_ms());
    now.map_or(jiff::civil::Date::MIN, |now| now.date())
}

/// 128 random bits from the kernel as 32 lower-case hexadecimal digits.
pub(crate) fn random_id() -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).expect("the kernel gives random numbers");
    hex::encode(bytes)
}

/// 256 random bits for a link or a session, as 64 lower-case hexadecimal digits.
pub(crate) fn random_token() -> String {
    random_id() + &random_id()
}

/// What is stored of a token: its SHA-256, so that a copy of the database opens no door.
pub(crate) fn token_hash(token: &str) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(token.as_bytes()))
}
