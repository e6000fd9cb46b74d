//! Booklets with one thing wrong at a time, and PDFs that are damaged in every way.

mod pdf;

use std::io::Write as _;

use attachments::{Booklet, BookletRules, NoBooklet, Weight};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf::{Pdf, stream};
use proptest::prelude::*;

fn judged(pdf: &Pdf) -> Vec<(Weight, String)> {
    let read = Booklet::read(pdf.bytes()).unwrap();
    let found = read.judge(&BookletRules::default());
    found.into_iter().map(|f| (f.weight, f.words)).collect()
}

/// The PDF is faulted in these words alone.
#[track_caller]
fn check(pdf: &Pdf, weight: Weight, words: &str) {
    let found = judged(pdf);
    let [(is, said)] = found.as_slice() else {
        panic!("{words}: {found:#?}");
    };
    assert_eq!((*is, said.contains(words)), (weight, true), "{said}");
}

#[track_caller]
fn blocks(change: impl FnOnce(&mut Pdf), words: &str) {
    let mut pdf = Pdf::new(4);
    change(&mut pdf);
    check(&pdf, Weight::Blocks, words);
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_booklet_as_shops_take_it_has_no_findings() {
    assert_eq!(judged(&Pdf::new(4)), []);
    // Turned, cropped from its own size, counted in units of a tenth of an inch: what is shown is 28 × 21 cm.
    for page in [
        "/MediaBox [0 0 595.28 793.70] /Rotate 90",
        "/MediaBox [10 20 803.70 615.28] /CropBox [10 20 803.70 615.28] /TrimBox [10 20 803.70 615.28]",
        "/MediaBox [0 0 110.236 82.678] /UserUnit 7.2",
    ] {
        let mut pdf = Pdf::new(4);
        page.clone_into(&mut pdf.page);
        assert_eq!(judged(&pdf), [], "{page}");
    }
}

#[test]
fn pages_are_counted_and_measured() {
    check(
        &Pdf::new(3),
        Weight::Blocks,
        "has 3 pages; at least 4 are wanted",
    );
    let size = |page: &'static str| move |pdf: &mut Pdf| page.clone_into(&mut pdf.page);
    blocks(
        size("/MediaBox [0 0 595.28 793.70]"),
        "Pages 1 to 4 are 210.0 × 280.0 mm; 280 × 210 mm are wanted (to 1 mm).",
    );
    // 1.1 mm too wide is refused, 0.9 mm is not.
    blocks(size("/MediaBox [0 0 796.82 595.28]"), "281.1 × 210.0 mm");
    let mut near = Pdf::new(4);
    size("/MediaBox [0 0 796.25 595.28]")(&mut near);
    assert_eq!(judged(&near), []);
    blocks(
        size("/MediaBox [0 0 850 650] /CropBox [28 27 821.70 622.28]"),
        "a sheet around it of 299.9 × 229.3 mm",
    );
    blocks(
        size("/MediaBox [0 0 793.70 595.28] /TrimBox [9 9 784.70 586.28]"),
        "Pages 1 to 4: a trim box of 273.6 × 203.7 mm. That is for a printer",
    );
    // What stands in the tree holds for its pages.
    let mut inherited = Pdf::new(4);
    inherited.page = "/Group << /S /Transparency /CS /DeviceRGB >>".to_owned();
    let found = judged(&inherited);
    assert!(found[0].1.contains("210.0 × 297.0 mm"), "{found:?}");
}

#[test]
fn every_way_to_another_colour_is_found() {
    let space = |space: &str| {
        let resources = format!("/ColorSpace << /C {space} >>");
        move |pdf: &mut Pdf| {
            pdf.resources = resources;
            pdf.content = "/C cs 1 sc 0 0 9 9 re f".to_owned();
            pdf.more.push((30, stream("/N 4", b"profile")));
            pdf.more.push((31, stream("/N 3", b"profile")));
        }
    };
    let draws = |content: &'static str| move |pdf: &mut Pdf| content.clone_into(&mut pdf.content);
    blocks(
        draws("0 0 0 1 k 0 0 9 9 re f"),
        "Pages 1 to 4: CMYK in drawing. Export everything as RGB.",
    );
    blocks(draws("0 0 0 1 K 0 0 9 9 re S"), "CMYK in drawing");
    blocks(draws("/DeviceCMYK cs 0 0 0 1 sc"), "CMYK in drawing");
    blocks(
        space("[/ICCBased 30 0 R]"),
        "CMYK by an ICC profile in drawing",
    );
    blocks(
        space("[/Separation /PANTONE#20185#20C /DeviceRGB 40 0 R]"),
        "the spot colour \u{201c}PANTONE 185 C\u{201d} in drawing",
    );
    blocks(
        space("[/Separation /All /DeviceRGB 40 0 R]"),
        "registration colour",
    );
    blocks(
        space("[/DeviceN [/Gold /Cyan] /DeviceRGB 40 0 R]"),
        "the inks \u{201c}Gold\u{201d}, \u{201c}Cyan\u{201d}",
    );
    blocks(
        space("[/Indexed /DeviceCMYK 1 <0000000000000000>]"),
        "CMYK in drawing",
    );
    blocks(space("[/Lab << /WhitePoint [1 1 1] >>]"), "Lab in drawing");
    blocks(
        |pdf| pdf.page += " /Group << /S /Transparency /CS /DeviceCMYK >>",
        "CMYK in transparency",
    );
    for fine in [
        "[/ICCBased 31 0 R]",
        "[/CalRGB << >>]",
        "[/Indexed /DeviceRGB 1 <000000000000>]",
        "[/Pattern /DeviceRGB]",
    ] {
        let mut pdf = Pdf::new(4);
        space(fine)(&mut pdf);
        assert_eq!(judged(&pdf), [], "{fine}");
    }
}

#[test]
fn forms_patterns_masks_and_looks_are_followed() {
    let form = |entries: &str| {
        stream(
            &format!("/Subtype /Form /BBox [0 0 9 9] {entries}"),
            b"0 0 0 1 k 0 0 9 9 re f",
        )
    };
    blocks(
        |pdf| {
            pdf.resources += " /XObject << /X 30 0 R >>";
            pdf.content = "/X Do".to_owned();
            // A form within a form, which has its resources from the page.
            let outer = stream(
                "/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Y 31 0 R >> >>",
                b"/Y Do",
            );
            pdf.more.extend([(30, outer), (31, form(""))]);
        },
        "CMYK in drawing",
    );
    blocks(
        |pdf| {
            pdf.resources += " /Pattern << /P 30 0 R >>";
            pdf.content = "/Pattern cs /P scn 0 0 9 9 re f".to_owned();
            pdf.more
                .push((30, form("/PatternType 1 /XStep 9 /YStep 9")));
        },
        "CMYK in drawing",
    );
    blocks(
        |pdf| {
            pdf.resources += " /Shading << /S << /ShadingType 2 /ColorSpace /DeviceCMYK >> >>";
            pdf.content = "/S sh".to_owned();
        },
        "CMYK in a gradient",
    );
    blocks(
        |pdf| {
            pdf.resources += " /ExtGState << /G << /SMask << /S /Luminosity /G 30 0 R >> >> >>";
            pdf.content = "/G gs".to_owned();
            pdf.more.push((30, form("")));
        },
        "CMYK in drawing",
    );
    blocks(
        |pdf| {
            pdf.page +=
                " /Annots [<< /Subtype /Stamp /Rect [0 0 90 90] /AP << /N << /On 30 0 R >> >> >>]";
            pdf.more.push((30, form("")));
        },
        "CMYK in drawing",
    );
}

#[test]
fn fonts_that_do_not_come_along_are_named() {
    let with =
        |font: &'static str| move |pdf: &mut Pdf| pdf.resources = format!("/Font << /F1 {font} >>");
    blocks(
        with("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"),
        "Pages 1 to 4: the font Helvetica does not come with the file",
    );
    blocks(
        with(
            "<< /Subtype /Type0 /BaseFont /ABCDEF+Noto /DescendantFonts [<< /Subtype /CIDFontType2 /BaseFont /Noto >>] >>",
        ),
        "the font Noto does not come",
    );
    for fine in [
        "<< /Subtype /Type0 /BaseFont /Noto /DescendantFonts [<< /FontDescriptor 91 0 R >>] >>",
        "<< /Subtype /Type3 /CharProcs << >> >>",
    ] {
        let mut pdf = Pdf::new(4);
        with(fine)(&mut pdf);
        assert_eq!(judged(&pdf), [], "{fine}");
    }
    let mut named = Pdf::new(4);
    named.resources = format!(
        "/Font << /F1 {} /F2 << /Subtype /Type1 /BaseFont /Courier >> >>",
        pdf::EMBEDDED
    );
    check(&named, Weight::Ask, "the font Courier is named");
    blocks(
        |pdf| {
            pdf.resources =
                "/Font << /F1 << /Subtype /Type3 /CharProcs << /a 30 0 R >> >> >>".to_owned();
            pdf.more.push((30, stream("", b"0 0 0 1 k 0 0 9 9 re f")));
        },
        "CMYK in drawing",
    );
}

#[test]
fn pictures_are_measured_where_they_are_placed() {
    let picture = |space: &str| {
        stream(
            &format!(
                "/Subtype /Image /Width 300 /Height 300 /BitsPerComponent 8 /ColorSpace {space}"
            ),
            &[0; 9],
        )
    };
    let placed = |content: &'static str, space: &'static str| {
        move |pdf: &mut Pdf| {
            pdf.resources += " /XObject << /Im1 30 0 R >>";
            content.clone_into(&mut pdf.content);
            pdf.more.push((30, picture(space)));
        }
    };
    // 300 pixels over 300 points are 72 dpi; over 310, fewer; turned by a quarter, as many.
    for fine in [
        "q 300 0 0 300 0 0 cm /Im1 Do Q",
        "q 0 150 -300 0 300 0 cm /Im1 Do Q",
        "q 900 0 0 900 -900 0 cm /Im1 Do Q",
    ] {
        let mut pdf = Pdf::new(4);
        placed(fine, "/DeviceRGB")(&mut pdf);
        assert_eq!(judged(&pdf), [], "{fine}");
    }
    let mut coarse = Pdf::new(4);
    placed(
        "q 2 0 0 2 0 0 cm q 155 0 0 100 0 0 cm /Im1 Do Q Q",
        "/DeviceRGB",
    )(&mut coarse);
    let found = judged(&coarse);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(
        found[1]
            .1
            .starts_with("Page 2: /Im1 has 300 × 300 pixels and 70 dpi where it is placed"),
        "{found:?}"
    );
    blocks(
        placed("100 0 0 100 0 0 cm /Im1 Do", "/DeviceCMYK"),
        "CMYK in the picture /Im1",
    );
    let mut inline = Pdf::new(4);
    inline.content =
        "q 400 0 0 400 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /CMYK ID 0123456789abcdef\nEI Q".to_owned();
    let found = judged(&inline);
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(
        found[0]
            .1
            .contains("CMYK in the picture a picture within the page"),
        "{found:?}"
    );
    let mut gone = Pdf::new(4);
    gone.content = "/Im7 Do".to_owned();
    let found = judged(&gone);
    assert!(
        found[3].1.contains("page 4 draws /Im7, which is not there"),
        "{found:?}"
    );
}

#[test]
fn links_are_listed_and_everything_else_is_refused() {
    let link = |action: &str| {
        let page = format!(" /Annots [<< /Subtype /Link /Rect [0 0 9 9] /A {action} >>]");
        move |pdf: &mut Pdf| pdf.page += &page
    };
    let mut own = Pdf::new(4);
    link("<< /S /URI /URI (https://lines.example/) >>")(&mut own);
    check(
        &own,
        Weight::Ask,
        "Pages 1 to 4 link to https://lines.example/: only the artist's",
    );
    blocks(
        link("<< /S /JavaScript /JS (app.alert\\(1\\)) >>"),
        "Pages 1 to 4: a script.",
    );
    blocks(
        link("<< /S /Launch /F (x.exe) >>"),
        "the start of a program",
    );
    blocks(
        link("<< /S /GoTo /D [0] /Next << /S /JavaScript /JS (x) >> >>"),
        "a script.",
    );
    blocks(
        |pdf| pdf.page += " /AA << /O << /S /SubmitForm >> >>",
        "a form that is sent",
    );
    blocks(
        |pdf| pdf.page += " /Annots [<< /Subtype /FileAttachment >>]",
        "an attached file",
    );
    blocks(
        |pdf| pdf.root = "/OpenAction << /S /JavaScript /JS (x) >>".to_owned(),
        "more than pages: a script.",
    );
    blocks(
        |pdf| pdf.root = "/Names << /EmbeddedFiles << /Names [] >> >>".to_owned(),
        "other files within it",
    );
    let mut inside = Pdf::new(4);
    link("<< /S /GoTo /D [0 /Fit] >>")(&mut inside);
    inside.root = "/OpenAction [4 0 R /Fit]".to_owned();
    assert_eq!(judged(&inside), []);
}

#[test]
fn what_is_no_whole_pdf_is_told_apart() {
    let whole = Pdf::new(4).bytes();
    assert_eq!(Booklet::read(b"GIF89a".to_vec()), Err(NoBooklet::NoPdf));
    assert_eq!(Booklet::read(Vec::new()), Err(NoBooklet::NoPdf));
    assert_eq!(
        Booklet::read(b"%PDF-1.7\n%%EOF".to_vec()),
        Err(NoBooklet::Damaged)
    );
    let words = |bytes: Vec<u8>| {
        let found = Booklet::read(bytes)
            .unwrap()
            .judge(&BookletRules::default());
        found
            .into_iter()
            .map(|f| f.words)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 200);
    assert!(words(cut).contains("The PDF is damaged: its end is missing"));
    let mut grown = whole.clone();
    grown.splice(9..9, *b"%a line more\n");
    assert!(words(grown).contains("bytes were lost or added"));
    let locked =
        String::from_utf8_lossy(&whole).replace("/Root 1 0 R", "/Root 1 0 R /Encrypt 9 0 R");
    assert_eq!(
        Booklet::read(locked.into_bytes()),
        Err(NoBooklet::Encrypted)
    );
    let mut torn = Pdf::new(4);
    let mut flate = packed(&[7; 5_000]);
    let last = flate.len() - 1;
    flate[last] ^= 1;
    torn.more.push((30, stream("/Filter /FlateDecode", &flate)));
    check(&torn, Weight::Blocks, "its object 30 is damaged");
    let mut short = Pdf::new(4);
    short.more.push((
        30,
        stream(
            "/Subtype /Image /Width 9 /Height 9 /Filter /DCTDecode",
            b"\xff\xd8\xff",
        ),
    ));
    check(&short, Weight::Blocks, "its object 30 is damaged");
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let mut bomb = Pdf::new(4);
    // 80 MB out of 80 KB, drawn on a page; then 1.1 GB in streams that nothing draws.
    bomb.resources += " /XObject << /X 30 0 R >>";
    bomb.content = "/X Do".to_owned();
    let blanks = packed(&vec![b' '; 80 << 20]);
    bomb.more
        .push((30, stream("/Subtype /Form /Filter /FlateDecode", &blanks)));
    assert!(matches!(
        Booklet::read(bomb.bytes()),
        Err(NoBooklet::TooIntricate(_))
    ));
    let mut many = Pdf::new(4);
    for number in 30..44 {
        many.more
            .push((number, stream("/Filter /FlateDecode", &blanks)));
    }
    assert!(matches!(
        Booklet::read(many.bytes()),
        Err(NoBooklet::TooIntricate(_))
    ));
    let mut circle = Pdf::new(4);
    circle.resources += " /XObject << /X 30 0 R >>";
    circle.content = "/X Do".to_owned();
    circle
        .more
        .push((30, stream("/Subtype /Form", b"/X Do /X Do /X Do")));
    assert!(matches!(
        Booklet::read(circle.bytes()),
        Err(NoBooklet::TooIntricate(_))
    ));
}

/// One of everything that is followed, to be damaged.
fn full() -> Pdf {
    let mut pdf = Pdf::new(4);
    pdf.resources += " /XObject << /X 30 0 R /Im1 31 0 R >> /ColorSpace << /C [/ICCBased 32 0 R] >> /Pattern << /P 33 0 R >>";
    pdf.content = "q 300 0 0 300 0 0 cm /Im1 Do Q /X Do /C cs 1 0 0 sc /Pattern cs /P scn BT /F1 9 Tf [(a) 2 (b)] TJ ET".to_owned();
    pdf.page += " /Annots [<< /Subtype /Link /A << /S /URI /URI (https://lines.example/) /Next [<< /S /GoTo >>] >> >>]";
    pdf.more.extend([
        (30, stream("/Subtype /Form /BBox [0 0 9 9] /Matrix [1 0 0 1 0 0] /Filter /FlateDecode", &packed(b"0 0 9 9 re f"))),
        (31, stream("/Subtype /Image /Width 300 /Height 300 /ColorSpace [/Indexed /DeviceRGB 1 <000000ffffff>]", &[0; 9])),
        (32, stream("/N 3 /Filter [/ASCIIHexDecode /FlateDecode]", b"00>")),
        (33, stream("/PatternType 1", b"0 0 9 9 re f")),
    ]);
    pdf
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_damage_stops_the_reader(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::weighted(0.3, any::<prop::sample::Index>()),
        taken in prop::option::weighted(0.2, (any::<prop::sample::Index>(), 1usize..200)),
    ) {
        let mut bytes = full().bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some((at, length)) = taken {
            let at = at.index(bytes.len());
            let end = bytes.len().min(at + length);
            bytes.drain(at..end);
        }
        if let Some(cut) = cut {
            let cut = cut.index(bytes.len());
            bytes.truncate(cut);
        }
        if let Ok(read) = Booklet::read(bytes) {
            for finding in read.judge(&BookletRules::default()) {
                prop_assert!(!finding.words.is_empty());
            }
        }
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = Booklet::read(bytes.clone());
        let mut pdf = Pdf::new(1);
        pdf.more.push((3, stream("", &bytes)));
        let _ = Booklet::read(pdf.bytes());
    }
}
