//! Proof that a form was drawn by this server for this visitor, and keys that make sending it twice safe.

use mastering::CommentId;
use sha2::{Digest, Sha256};

/// The token of the form that posts to `path`, for whoever holds `secret` (a session or a link).
///
/// Another site cannot compute it, because it never sees the secret.
pub(crate) fn form_token(secret: &str, path: &str) -> String {
    let inner = Sha256::new_with_prefix(b"lacquer form\0")
        .chain_update(secret.as_bytes())
        .chain_update(b"\0")
        .chain_update(path.as_bytes())
        .finalize();
    hex::encode(Sha256::digest(inner))
}

/// Whether two tokens are equal, in a time that does not tell where they differ.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    let differing = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && differing == 0
}

/// A key for a form about to be drawn; 128 random bits.
pub(crate) fn fresh_key() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the kernel gives random numbers");
    hex::encode(bytes)
}

/// The idempotency key of what was sent: the form's own key together with everything in it, so that
/// a second click counts once, and other words typed after going back count anew.
pub(crate) fn key_of(form_key: &str, path: &str, fields: &[(String, String)]) -> String {
    let mut sum = Sha256::new_with_prefix(b"lacquer key\0");
    for part in [form_key, path] {
        sum.update(part.as_bytes());
        sum.update(b"\0");
    }
    for (name, value) in fields {
        if name != "seq" && name != "form_token" {
            sum.update(name.as_bytes());
            sum.update(b"\0");
            sum.update(value.as_bytes());
            sum.update(b"\0");
        }
    }
    hex::encode(&sum.finalize()[..16])
}

/// The id of the comment sent under an idempotency key: the same when it is sent again.
pub(crate) fn comment_id(key: &str) -> CommentId {
    let digits = hex::encode(&Sha256::digest(format!("lacquer comment {key}"))[..16]);
    digits.parse().expect("16 bytes make 32 digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_token_holds_for_one_visitor_and_one_form() {
        let token = form_token("session", "/orders/LQ-1001/approve");
        assert!(is_same(
            &token,
            &form_token("session", "/orders/LQ-1001/approve")
        ));
        assert!(!is_same(
            &token,
            &form_token("other", "/orders/LQ-1001/approve")
        ));
        assert!(!is_same(
            &token,
            &form_token("session", "/orders/LQ-1002/approve")
        ));
        assert!(!is_same(&token, &token[..63]));
    }

    #[test]
    fn a_second_click_has_the_same_key_and_other_words_another() {
        let fields = |words: &str, seq: &str| {
            vec![
                ("seq".to_owned(), seq.to_owned()),
                ("words".to_owned(), words.to_owned()),
            ]
        };
        let first = key_of("k", "/c", &fields("less bass", "4"));
        assert_eq!(first, key_of("k", "/c", &fields("less bass", "5")));
        assert_ne!(first, key_of("k", "/c", &fields("more bass", "4")));
        assert_ne!(first, key_of("j", "/c", &fields("less bass", "4")));
    }
}
