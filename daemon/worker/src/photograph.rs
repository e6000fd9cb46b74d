//! In the child: a photograph, made anew from its picture alone.
//!
//! A telephone writes where and with what it was taken into its pictures; none of that is kept. What
//! is kept is upright, of a size that a page can show, and a JPEG whatever it was.

use std::fs::File;
use std::io::{BufWriter, Cursor, Read as _, Seek as _, Write as _};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};

use crate::protocol::Reply;

/// Largest file, in bytes.
pub const MOST_PHOTOGRAPH_BYTES: u64 = 40 * 1024 * 1024;
/// Longer side of what is kept, in pixels: a panel's print can be read at it.
const LONGER_SIDE: u32 = 2_400;
/// Longest side that is read.
const MOST_SIDE: u32 = 20_000;
/// What decoding may take, in bytes.
const MOST_MEMORY: u64 = 300 * 1024 * 1024;
const QUALITY: u8 = 85;

/// A photograph as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photographed {
    /// Width, in pixels.
    pub width: u32,
    /// Height, in pixels.
    pub height: u32,
}

/// Makes a photograph anew; a file that is none is told so in words.
pub(crate) fn make(input: File, output: &File) -> Reply {
    match picture(input) {
        Ok(picture) => match write(&picture, output) {
            Ok(()) => Reply::Photographed(Photographed {
                width: picture.width(),
                height: picture.height(),
            }),
            Err(error) => Reply::Failed {
                step: "write the photograph".to_owned(),
                os_error: None,
                what: error.to_string(),
            },
        },
        Err(why) => Reply::NoPhotograph { why },
    }
}

fn picture(mut input: File) -> Result<DynamicImage, String> {
    let no = "this is no photograph; send a JPEG or PNG".to_owned();
    let damaged = |_| "the picture is damaged or not whole; take it again".to_owned();
    // Read whole: a decoder would ask the file how long it is, which the walls do not allow.
    let mut bytes = Vec::new();
    let read = input
        .rewind()
        .and_then(|()| input.take(MOST_PHOTOGRAPH_BYTES).read_to_end(&mut bytes));
    read.map_err(|_| no.clone())?;
    if bytes.get(4..8) == Some(b"ftyp".as_slice()) {
        return Err(
            "this kind of photograph (HEIC) cannot be read; set the camera to JPEG, which telephones call \u{201c}most compatible\u{201d}, and take it again"
                .to_owned(),
        );
    }
    let format = image::guess_format(&bytes).map_err(|_| no.clone())?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png) {
        return Err(no);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let is_large = picture.width().max(picture.height()) > LONGER_SIDE;
    let mut kept = if is_large {
        picture.resize(LONGER_SIDE, LONGER_SIDE, FilterType::Triangle)
    } else {
        picture
    };
    kept.apply_orientation(turned);
    Ok(DynamicImage::ImageRgb8(kept.into_rgb8()))
}

fn write(picture: &DynamicImage, output: &File) -> image::ImageResult<()> {
    let mut out = BufWriter::new(output);
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))?;
    out.flush()?;
    Ok(())
}
