//! Messages of a payment service: signed, fresh, and carried out once.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use mastering::Actor;
use mastering::money::{Amount, DocumentNo, Method, MoneyCommand};
use serde::Deserialize;
use sha2::Sha256;

use super::Studio;
use crate::access::{Origin, parse_id};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::{MoneyAsk, MoneyDone};

/// How far a message's time may lie from ours, either way.
const PATIENCE_SECONDS: i64 = 300;
/// Longest name a service may give a message.
const LONGEST_ID: usize = 200;

/// A payment as the service tells it. A field that is not listed is refused: nothing of a card may
/// come in by this door.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    /// The service's own name of this message.
    id: String,
    /// What was paid.
    invoice: DocumentNo,
    /// How much.
    amount: Amount,
    /// The service's reference of the payment.
    #[serde(default)]
    reference: String,
}

impl Studio {
    /// Takes a payment service's message: `signature` is `t=<unix seconds>,v1=<hex>`, the HMAC-SHA256
    /// of `<t>.<body>` under the secret that the studio and the service share.
    ///
    /// # Errors
    /// `NotFound` where no service is set up, `NotAllowed` for a wrong or old signature; what the
    /// message cannot mean.
    pub async fn payment_message(
        &self,
        signature: &str,
        body: &[u8],
        from: IpAddr,
    ) -> Result<MoneyDone, Denied> {
        let books = &self.config.books;
        let secret = books.webhook_secret.as_ref().ok_or(Denied::NotFound)?;
        let now_seconds = now_ms() / 1000;
        if !is_signed(secret, signature, body, now_seconds) {
            tracing::warn!("a payment message with a wrong or old signature was refused");
            return Err(Denied::NotAllowed);
        }
        let message: Message = serde_json::from_slice(body)
            .map_err(|error| Denied::Invalid(format!("the message cannot be read: {error}")))?;
        if message.id.is_empty() || message.id.len() > LONGEST_ID {
            return Err(Denied::Invalid("the message has no usable id".to_owned()));
        }
        let name = message.invoice.to_string();
        let row = self
            .access
            .read(move |vault| vault.ledger_document(&name))
            .await?;
        let row = row.ok_or_else(|| Denied::Invalid(format!("there is no {}", message.invoice)))?;
        let ask = MoneyAsk {
            client: parse_id(&row.client)?,
            by: Actor::House,
            command: MoneyCommand::RecordPayment {
                invoice: message.invoice,
                amount: message.amount,
                method: Method::Online,
                reference: message.reference,
                by: "the payment service".to_owned(),
            },
            // The service repeats a message until it is answered; it is carried out once.
            key: Some(format!("webhook {}", message.id)),
            from: Some(Origin::Network(from)),
        };
        self.desk.money(ask).await
    }
}

/// Whether a message was signed with `secret`, not long ago. The comparison takes the same time
/// whatever is wrong.
fn is_signed(secret: &str, signature: &str, body: &[u8], now_seconds: i64) -> bool {
    let part = |name: &str| {
        let parts = signature.split(',');
        let mut found = parts.filter_map(|part| part.trim().strip_prefix(name));
        found.next()
    };
    let (Some(stamp), Some(given)) = (part("t="), part("v1=")) else {
        return false;
    };
    let Ok(seconds) = stamp.parse::<i64>() else {
        return false;
    };
    let Ok(given) = hex::decode(given) else {
        return false;
    };
    if (now_seconds.saturating_sub(seconds)).unsigned_abs() > PATIENCE_SECONDS.unsigned_abs() {
        return false;
    }
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(secret: &str, stamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{stamp}.").as_bytes());
        mac.update(body);
        format!("t={stamp},v1={}", hex::encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want for nothing?");
        assert_eq!(
            hex::encode(mac.finalize().into_bytes()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_message_counts_when_it_is_signed_and_fresh() {
        let good = signature("secret", "1000", b"{}");
        assert!(is_signed("secret", &good, b"{}", 1_000));
        assert!(is_signed("secret", &good, b"{}", 1_300));
        assert!(!is_signed("secret", &good, b"{}", 1_301), "too old");
        assert!(!is_signed("secret", &good, b"{}", 699), "from the future");
        assert!(!is_signed("secret", &good, b"{ }", 1_000), "another body");
        assert!(!is_signed("other", &good, b"{}", 1_000), "another secret");
        let later = good.replace("t=1000", "t=1001");
        assert!(
            !is_signed("secret", &later, b"{}", 1_001),
            "the time is signed too"
        );
        for nonsense in [
            "",
            "t=1000",
            "v1=00",
            "t=x,v1=00",
            "t=1000,v1=zz",
            "t=1000,v1=",
        ] {
            assert!(!is_signed("secret", nonsense, b"{}", 1_000), "{nonsense}");
        }
    }
}
