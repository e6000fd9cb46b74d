//! What a server shows of itself, in the form of OpenSSH.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use delivery::upload::Fingerprint;
use sha2::{Digest as _, Sha256};

/// The fingerprint of these bytes.
pub(crate) fn of(bytes: &[u8]) -> Fingerprint {
    let text = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(bytes)));
    text.try_into()
        .expect("32 bytes are 43 characters of base64")
}
