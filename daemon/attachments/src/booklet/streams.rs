//! Streams of a PDF: unpacked within limits, and their checksums held.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::bufread::ZlibDecoder;
use hayro_syntax::object::{Object, Stream};
use hayro_syntax::{Filter, Pdf};

use super::NoBooklet;

/// Most bytes that all streams may unpack to, together.
const MOST_UNPACKED_BYTES: u64 = 1 << 30;
/// Most bytes of one stream that draws.
const MOST_CONTENT_BYTES: u64 = 64 << 20;
/// Most operators that are followed in all.
const MOST_OPERATORS: u64 = 5_000_000;
/// Broken streams that are named.
const MOST_NAMED: usize = 10;

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    unpacked: u64,
    operators: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            unpacked: MOST_UNPACKED_BYTES,
            operators: MOST_OPERATORS,
        }
    }
}

impl Budget {
    fn unpack(&mut self, bytes: u64) -> Result<(), NoBooklet> {
        let left = self.unpacked.checked_sub(bytes);
        self.unpacked = left.ok_or(NoBooklet::TooIntricate("it unpacks to more than 1 GB"))?;
        Ok(())
    }

    /// Takes one operator.
    pub(super) fn operator(&mut self) -> Result<(), NoBooklet> {
        let left = self.operators.checked_sub(1);
        self.operators = left.ok_or(NoBooklet::TooIntricate(
            "it draws with more than five million strokes",
        ))?;
        Ok(())
    }
}

/// Unpacks every compressed stream, keeps nothing of it, and says which are broken.
pub(super) fn damage(pdf: &Pdf, budget: &mut Budget) -> Result<Vec<String>, NoBooklet> {
    let mut broken = Vec::new();
    for object in pdf.objects() {
        let Object::Stream(stream) = object else {
            continue;
        };
        let raw = stream.raw_data();
        let is_whole = match stream.filters().first() {
            Some(Filter::FlateDecode) => unpacks(&raw, budget)?,
            Some(Filter::DctDecode) => is_jpeg(&raw),
            _ => true,
        };
        if !is_whole {
            broken.push(stream.obj_id().obj_number);
        }
    }
    let count = broken.len();
    let mut said: Vec<String> = broken
        .iter()
        .take(MOST_NAMED)
        .map(|no| {
            format!("its object {no} is damaged: what is packed in it does not come out whole")
        })
        .collect();
    if count > MOST_NAMED {
        said.push(format!(
            "{} further objects are damaged",
            count - MOST_NAMED
        ));
    }
    Ok(said)
}

/// Whether a stream unpacks to its end, with the checksum that stands there (RFC 1950).
fn unpacks(raw: &[u8], budget: &mut Budget) -> Result<bool, NoBooklet> {
    let mut decoder = ZlibDecoder::new(raw);
    let mut block = vec![0; 64 * 1024];
    loop {
        match decoder.read(&mut block) {
            Ok(0) => return Ok(true),
            Ok(count) => budget.unpack(u64::try_from(count).unwrap_or(u64::MAX))?,
            Err(_) => return Ok(false),
        }
    }
}

/// A JPEG within a PDF begins and ends as one by itself.
fn is_jpeg(raw: &[u8]) -> bool {
    raw.starts_with(&[0xff, 0xd8]) && raw.trim_ascii_end().ends_with(&[0xff, 0xd9])
}

/// What a stream that draws holds; none where it cannot be unpacked.
pub(super) fn content<'a>(
    stream: &Stream<'a>,
    budget: &mut Budget,
) -> Result<Option<Cow<'a, [u8]>>, NoBooklet> {
    let too_much = NoBooklet::TooIntricate("one drawing of it unpacks to more than 64 MB");
    let filters = stream.filters();
    let is_plain_flate = filters.as_slice() == [Filter::FlateDecode]
        && !stream.dict().contains_key("DecodeParms")
        && !stream.dict().contains_key("DP");
    if !is_plain_flate {
        let Ok(data) = stream.decoded() else {
            return Ok(None);
        };
        let bytes = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if bytes > MOST_CONTENT_BYTES {
            return Err(too_much);
        }
        budget.unpack(bytes)?;
        return Ok(Some(data));
    }
    let raw = stream.raw_data();
    let mut unpacked = Vec::new();
    let decoder = ZlibDecoder::new(&*raw);
    let read = decoder
        .take(MOST_CONTENT_BYTES + 1)
        .read_to_end(&mut unpacked);
    let bytes = u64::try_from(unpacked.len()).unwrap_or(u64::MAX);
    if bytes > MOST_CONTENT_BYTES {
        return Err(too_much);
    }
    budget.unpack(bytes)?;
    // What came out before a fault still draws; the fault itself is told of the object.
    Ok((read.is_ok() || !unpacked.is_empty()).then_some(Cow::Owned(unpacked)))
}
