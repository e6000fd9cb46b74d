//! Photographs, made anew by a real worker.

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, Write as _};

use image::{ImageFormat, Rgb, RgbImage};
use worker::{Photographed, WorkerError, WorkerLimits};

use crate::{Test, workers};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_photograph_is_made_anew_upright_and_without_its_place",
        anew,
    ),
    ("a_photograph_that_is_none_is_refused_in_words", none),
    ("a_picture_that_swells_is_refused", swelling),
];

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn given(bytes: &[u8]) -> Result<(Photographed, Vec<u8>), WorkerError> {
    let mut kept = tempfile::tempfile().unwrap();
    let made = workers(WorkerLimits::default()).photograph(&file(bytes), &kept)?;
    kept.rewind().unwrap();
    let mut all = Vec::new();
    kept.read_to_end(&mut all).unwrap();
    Ok((made, all))
}

/// Red above, blue below.
fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixel = |_: u32, y: u32| {
        if y < height / 2 {
            Rgb([230, 20, 20])
        } else {
            Rgb([20, 20, 230])
        }
    };
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(width, height, pixel)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// Puts an Exif part behind the SOI: turned by 90 degrees to the right (orientation 6), and a maker's name.
fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend(2_u16.to_be_bytes());
    // Make, ASCII, 12 characters at offset 38; orientation, SHORT, 1 value.
    tiff.extend([0x01, 0x0f, 0, 2, 0, 0, 0, 12, 0, 0, 0, 38]);
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
    tiff.extend(0_u32.to_be_bytes());
    tiff.extend(b"SecretPlace\0");
    let mut part = b"Exif\0\0".to_vec();
    part.extend(tiff);
    let length = u16::try_from(part.len() + 2).unwrap();
    let mut all = jpeg[..2].to_vec();
    all.extend([0xff, 0xe1]);
    all.extend(length.to_be_bytes());
    all.extend(part);
    all.extend(&jpeg[2..]);
    all
}

fn anew() {
    let taken = with_exif(&picture(3_200, 2_400, ImageFormat::Jpeg));
    let (made, kept) = given(&taken).unwrap();
    assert_eq!((made.width, made.height), (1_800, 2_400));
    assert!(!kept.windows(11).any(|part| part == b"SecretPlace"));
    let shown = image::load_from_memory(&kept).unwrap().into_rgb8();
    // What was above stands at the right.
    assert!(shown.get_pixel(1_700, 1_200).0[0] > 200);
    assert!(shown.get_pixel(100, 1_200).0[2] > 200);
    let (made, _) = given(&picture(300, 200, ImageFormat::Png)).unwrap();
    assert_eq!(
        (made.width, made.height),
        (300, 200),
        "a small one stays as it is"
    );
}

fn none() {
    let said = |bytes: &[u8]| given(bytes).unwrap_err().to_string();
    let no = "this is no photograph; send a JPEG or PNG";
    assert_eq!(said(b""), no);
    assert_eq!(said(b"RIFF....WAVEfmt and so on"), no);
    assert_eq!(said(b"GIF89a and something"), no);
    assert!(said(b"\0\0\0\x18ftypheic and so on").contains("set the camera to JPEG"));
    let jpeg = picture(300, 200, ImageFormat::Jpeg);
    let cut = said(&picture(300, 200, ImageFormat::Png)[..400]);
    assert_eq!(cut, "the picture is damaged or not whole; take it again");
    assert!(given(&jpeg[..20]).is_err());
}

fn swelling() {
    // A PNG that says it is 20 000 by 20 000: 1.2 GB of pixels.
    let mut png = picture(16, 16, ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    assert!(matches!(
        given(&png),
        Err(WorkerError::NoPhotograph(_) | WorkerError::OutOfMemory)
    ));
}

/// The sum of a PNG's chunk (W3C PNG, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let low = sum & 1;
            sum >>= 1;
            if low == 1 {
                sum ^= 0xedb8_8320;
            }
        }
    }
    !sum
}
