use super::boxes::{Found, boxes, inside};

/// How many frames come before a song's first: what the encoder delays by, as the file tells players.
///
/// An edit list tells it (ISO/IEC 14496-12, 8.6.6), else the `iTunSMPB` of iTunes; none where neither does, so that no
/// player finds the beginning.
pub fn lead_in_frames(file: &[u8]) -> Option<u64> {
    edit_list(file).or_else(|| smpb(file))
}

fn edit_list(file: &[u8]) -> Option<u64> {
    let moov = inside(file, 0..file.len(), &[b"moov"])?;
    let tracks = boxes(file, moov.body)?;
    let track = tracks.into_iter().find(|found| found.kind == *b"trak")?;
    let list = inside(file, track.body, &[b"edts", b"elst"])?;
    let body = file.get(list.body)?;
    let ([version, ..], entries) = body.split_first_chunk::<4>()?;
    let (_count, mut rest) = entries.split_first_chunk::<4>()?;
    loop {
        let time;
        (time, rest) = match version {
            0 => {
                let (entry, rest) = rest.split_first_chunk::<12>()?;
                let [_, _, _, _, a, b, c, d, ..] = *entry;
                (i64::from(i32::from_be_bytes([a, b, c, d])), rest)
            }
            _ => {
                let (entry, rest) = rest.split_first_chunk::<20>()?;
                let time = entry.get(8..16)?.first_chunk::<8>()?;
                (i64::from_be_bytes(*time), rest)
            }
        };
        // Below zero it is a pause before the sound.
        if let Ok(time) = u64::try_from(time) {
            return Some(time);
        }
    }
}

fn smpb(file: &[u8]) -> Option<u64> {
    let found = smpb_box(file)?;
    let text = String::from_utf8_lossy(file.get(found.body)?);
    // Behind the name: zeros, then the delay, both as hexadecimal numbers between blanks.
    let mut words = text.split_once("iTunSMPB")?.1.split(' ').skip(1);
    let _zeros = words.next()?;
    u64::from_str_radix(words.next()?, 16).ok()
}

/// The box that holds `iTunSMPB`.
pub(super) fn smpb_box(file: &[u8]) -> Option<Found> {
    let list = inside(file, 0..file.len(), &[b"moov", b"udta", b"meta", b"ilst"])?;
    let entries = boxes(file, list.body)?;
    entries.into_iter().find(|entry| {
        let body = file.get(entry.body.clone()).unwrap_or(&[]);
        entry.kind == *b"----" && body.windows(8).any(|eight| eight == b"iTunSMPB")
    })
}
