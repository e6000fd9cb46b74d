//! Text inside an address.

use std::fmt::Write;

/// A text as the value of a query, or a part of a path: everything but letters, digits and `-._~`
/// percent-encoded (RFC 3986, 2.3).
pub(crate) fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                value.push(char::from(byte));
            }
            _ => {
                let _ = write!(value, "%{byte:02X}");
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_means_something_in_an_address_is_escaped() {
        assert_eq!(
            escaped("Blå & rød?=#%"),
            "Bl%C3%A5%20%26%20r%C3%B8d%3F%3D%23%25"
        );
        assert_eq!(escaped("LQ-1001_a.b~c"), "LQ-1001_a.b~c");
    }
}
