//! The one thing of Exif data (CIPA DC-008) that changes how a picture is seen: its orientation.

/// The tag of the orientation, in the first directory.
const ORIENTATION: u16 = 0x0112;
/// Entries of a directory that are looked at.
const MOST_ENTRIES: u16 = 500;

/// Whether a picture is not upright as its pixels lie. Data that cannot be read turns nothing.
pub(super) fn is_turned(exif: &[u8]) -> bool {
    orientation(exif).is_some_and(|way| (2..=8).contains(&way))
}

fn orientation(exif: &[u8]) -> Option<u16> {
    let is_little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| {
        let bytes = exif.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if is_little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        };
        usize::try_from(value).ok()
    };
    let first = long(4)?;
    let count = short(first)?.min(MOST_ENTRIES);
    let entries = (0..usize::from(count)).map(|entry| first + 2 + 12 * entry);
    let mut entries = entries.filter(|at| short(*at) == Some(ORIENTATION));
    short(entries.next()? + 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_picture_that_lies_is_told() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0";
        assert!(is_turned(little) && is_turned(big));
        let upright = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0";
        assert!(!is_turned(upright) && !is_turned(b"II*\0"));
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = is_turned(&bytes);
            let _ = is_turned(&[b"II*\0", bytes.as_slice()].concat());
        }
    }
}
