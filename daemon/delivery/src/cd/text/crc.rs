//! The checksum of a pack.

/// CRC-16 over polynomial 0x1021, from 0, inverted (IEC 61866, as Red Book subcode).
pub(super) fn crc(bytes: &[u8]) -> u16 {
    let mut sum: u16 = 0;
    for byte in bytes {
        sum ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            let carry = sum & 0x8000 != 0;
            sum <<= 1;
            if carry {
                sum ^= 0x1021;
            }
        }
    }
    !sum
}
