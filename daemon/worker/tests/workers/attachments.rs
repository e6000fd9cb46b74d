//! Booklets and videos of others' making, read behind the walls.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::process::Command;

use attachments::{BookletRules, MovieRules, lay_beside};
use worker::{WorkerError, WorkerLimits};

use crate::{Test, workers};

pub(crate) const TESTS: &[Test] = &[
    ("booklets_by_reportlab_are_read_and_judged", booklets),
    ("pdfinfo_and_pdffonts_say_the_same_of_them", as_others_say),
    (
        "a_booklet_that_unpacks_without_end_is_refused_in_words",
        bomb,
    ),
    ("damaged_booklets_give_a_sentence_each", damaged),
    ("videos_by_ffmpeg_are_read_and_heard", videos),
];

/// Writes a booklet of four pages by ReportLab; `PAGE` draws each of them.
const BOOKLET: &str = r#"
import sys
from reportlab.pdfgen import canvas
from reportlab.lib.units import mm
from reportlab.lib.colors import CMYKColor, CMYKColorSep
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from PIL import Image
pdfmetrics.registerFont(TTFont("Sans", sys.argv[2]))
Image.effect_noise((800, 600), 60).convert("RGB").save("fine.jpg", quality=90)
Image.effect_noise((80, 60), 60).convert("RGB").save("coarse.png")
Image.effect_noise((800, 600), 60).convert("CMYK").save("inks.jpg")
c = canvas.Canvas("booklet.pdf", pagesize=(280*mm, 210*mm), initialFontName="Sans")
for page in range(PAGES):
    c.setFillColorRGB(0.2, 0.4, 0.3)
    c.rect(10*mm, 10*mm, 260*mm, 190*mm, fill=1)
    c.drawImage("fine.jpg", 20*mm, 20*mm, 120*mm, 90*mm)
    c.setFont("Sans", 14)
    c.setFillGray(1)
    c.drawString(30*mm, 180*mm, "Weather, page %d" % page)
    PAGE
    c.showPage()
c.save()
"#;

fn tools(program: &str) -> String {
    format!(
        "{}/../../target/tools-venv/bin/{program}",
        env!("CARGO_MANIFEST_DIR")
    )
}

fn booklet(folder: &tempfile::TempDir, pages: u32, page: &str) -> File {
    let script = BOOKLET
        .replace("PAGES", &pages.to_string())
        .replace("PAGE\n", &format!("{page}\n"));
    let font = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../paper/fonts/OpenSans-Regular.ttf"
    );
    let done = Command::new(tools("python3"))
        .args(["-c", &script, font])
        .args([font])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(done.success(), "{page}");
    File::open(folder.path().join("booklet.pdf")).unwrap()
}

fn found(file: &File) -> Vec<String> {
    let read = workers(WorkerLimits::default()).read_booklet(file).unwrap();
    let found = read.judge(&BookletRules::default());
    found.into_iter().map(|finding| finding.words).collect()
}

fn booklets() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(found(&booklet(&folder, 4, "pass")), [""; 0]);
    for (page, words) in [
        (
            "c.setFillColor(CMYKColor(0, 1, 1, 0)); c.rect(0, 0, 9, 9, fill=1)",
            "Pages 1 to 4: CMYK in drawing",
        ),
        (
            "c.setFillColor(CMYKColorSep(0, 1, 0, 0, spotName='PANTONE 185')); c.rect(0, 0, 9, 9, fill=1)",
            "the spot colour \u{201c}PANTONE 185\u{201d}",
        ),
        (
            "c.drawImage('inks.jpg', 0, 0, 90*mm, 60*mm)",
            "CMYK in the picture",
        ),
        (
            "c.drawImage('coarse.png', 0, 0, 90*mm, 67*mm)",
            "has 80 × 60 pixels and 23 dpi",
        ),
        (
            "c.setFont('Times-Roman', 9); c.drawString(9, 9, 'x')",
            "the font Times-Roman does not come with the file",
        ),
        (
            "c.linkURL('https://shop.example/', (0, 0, 9, 9))",
            "link to https://shop.example/",
        ),
        ("c.setTrimBox((9, 9, 700, 500))", "a trim box of"),
        ("c.setPageSize((297*mm, 210*mm))", "297.0 × 210.0 mm"),
    ] {
        let all = found(&booklet(&folder, 4, page));
        assert!(
            all.iter().any(|said| said.contains(words)),
            "{page}: {all:?}"
        );
    }
    let all = found(&booklet(&folder, 2, "pass"));
    assert!(
        all[0].contains("has 2 pages; at least 4 are wanted"),
        "{all:?}"
    );
    booklet(&folder, 4, "pass");
    let locked = run(
        &folder,
        "qpdf --encrypt '' owner 256 -- booklet.pdf locked.pdf",
    );
    assert!(locked.is_empty(), "{locked}");
    let locked = File::open(folder.path().join("locked.pdf")).unwrap();
    let error = workers(WorkerLimits::default())
        .read_booklet(&locked)
        .unwrap_err();
    assert!(
        error.to_string().contains("the PDF is encrypted"),
        "{error}"
    );
    // The same through another program's object streams.
    run(
        &folder,
        "qpdf --object-streams=generate --compress-streams=y booklet.pdf packed.pdf",
    );
    assert_eq!(
        found(&File::open(folder.path().join("packed.pdf")).unwrap()),
        [""; 0]
    );
}

fn run(folder: &tempfile::TempDir, words: &str) -> String {
    let done = Command::new("sh")
        .args(["-c", words])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{words}: {done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn as_others_say() {
    let folder = tempfile::tempdir().unwrap();
    let file = booklet(
        &folder,
        5,
        "c.setFont('Courier', 9); c.drawString(9, 9, 'x'); c.drawImage('coarse.png', 0, 0, 90*mm, 67*mm)",
    );
    let read = workers(WorkerLimits::default())
        .read_booklet(&file)
        .unwrap();
    let info = run(&folder, "pdfinfo -box booklet.pdf");
    assert!(
        info.contains(&format!("Pages:           {}", read.pages.len())),
        "{info}"
    );
    let (wide, high) = (
        read.pages[0].width_mm / 25.4 * 72.0,
        read.pages[0].height_mm / 25.4 * 72.0,
    );
    assert!(
        info.contains(&format!("Page size:       {wide:.3} x {high:.3} pts")),
        "{info}"
    );
    let fonts = run(&folder, "pdffonts booklet.pdf");
    for line in fonts.lines().skip(2) {
        let is_embedded = line.split_whitespace().rev().nth(4) == Some("yes");
        let missing = read.pages[0]
            .fonts
            .iter()
            .any(|font| line.starts_with(&font.name));
        assert_ne!(is_embedded, missing, "{line}\n{:?}", read.pages[0].fonts);
    }
    let images = run(&folder, "pdfimages -list booklet.pdf");
    let coarsest = images
        .lines()
        .skip(2)
        .filter_map(|line| line.split_whitespace().nth(12));
    let coarsest = coarsest
        .filter_map(|dpi| dpi.parse::<f64>().ok())
        .fold(f64::INFINITY, f64::min);
    assert!(
        (read.pages[0].pictures[0].dpi - coarsest).abs() < 1.0,
        "{images}"
    );
}

fn bomb() {
    let folder = tempfile::tempdir().unwrap();
    // Objects that stand packed are unpacked by whoever reads the file at all: 2 GB of blanks.
    let script = r#"
import zlib
packer = zlib.compressobj(9)
packed = packer.compress(b"20 0 << >>")
for _ in range(2000):
    packed += packer.compress(b" " * 1000000)
packed += packer.flush()
out = b"%PDF-1.5\n"
places = {}
def put(number, body):
    global out
    places[number] = len(out)
    out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
put(1, b"<< /Type /Catalog /Pages 2 0 R >>")
put(2, b"<< /Type /Pages /Kids [20 0 R] /Count 1 >>")
put(3, b"<< /Type /ObjStm /N 1 /First 5 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed) + packed + b"\nendstream")
table = b"".join(bytes([1]) + places.get(n, 0).to_bytes(4, "big") + b"\0" for n in range(4))
table += bytes([2]) + (3).to_bytes(4, "big") + b"\0"
at = len(out)
out += b"4 0 obj\n<< /Type /XRef /Size 21 /W [1 4 1] /Index [0 4 20 1] /Root 1 0 R /Length %d >>\nstream\n" % len(table) + table + b"\nendstream\nendobj\n"
out += b"startxref\n%d\n%%%%EOF\n" % at
open("bomb.pdf", "wb").write(out)
"#;
    let made = Command::new("python3")
        .args(["-c", script])
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
    let file = File::open(folder.path().join("bomb.pdf")).unwrap();
    let error = workers(WorkerLimits::default())
        .read_booklet(&file)
        .unwrap_err();
    let words = error.to_string();
    assert!(error.finding().is_some(), "the file is to blame: {words}");
    let is_told = words.contains("more memory than a file may take")
        || words.contains("intricate")
        || words.contains("no page of it");
    assert!(is_told, "{words}");
}

fn damaged() {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = Vec::new();
    booklet(&folder, 4, "pass").read_to_end(&mut whole).unwrap();
    let mut state = 11u32;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 4).unwrap() % below
    };
    for number in 0..40 {
        let mut bytes = whole.clone();
        for _ in 0..6 {
            let at = next(bytes.len());
            bytes[at] = u8::try_from(next(256)).unwrap();
        }
        if number % 3 == 0 {
            let end = next(bytes.len());
            bytes.truncate(end);
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        match workers(WorkerLimits::default()).read_booklet(&file) {
            Ok(read) => drop(read.judge(&BookletRules::default())),
            Err(error) => assert!(error.finding().is_some(), "{error}"),
        }
    }
}

fn videos() {
    let folder = tempfile::tempdir().unwrap();
    let song = "-f lavfi -i aevalsrc='0.6*sin(2*PI*300*t)*abs(sin(3*t)*sin(1.7*t*t)):s=48000:d=30',aformat=channel_layouts=stereo";
    let film = "-f lavfi -i testsrc=s=160x120:r=25:d=30";
    run(
        &folder,
        &format!("ffmpeg -v error {song} -c:a pcm_s24le song.mov"),
    );
    let heard = |name: &str| {
        let file = File::open(folder.path().join(name)).unwrap();
        let scratch = tempfile::tempfile().unwrap();
        workers(WorkerLimits::default()).read_movie(&file, &scratch)
    };
    let song_alone = heard("song.mov").unwrap().heard;
    for (name, words, offset) in [
        ("aac.mov", "-c:v libx264 -c:a aac -b:a 256k", 0.0),
        ("pcm.mov", "-c:v mjpeg -c:a pcm_s16le", 0.0),
        (
            "late.mov",
            "-c:v libx264 -c:a aac -b:a 256k -af adelay=120:all=1",
            120.0,
        ),
    ] {
        run(
            &folder,
            &format!("ffmpeg -v error {film} {song} {words} {name}"),
        );
        let read = heard(name).unwrap();
        assert_eq!(read.unheard, None, "{name}");
        let sync = lay_beside(&song_alone, &read.heard).unwrap();
        assert!(sync.is_the_song(), "{name}: {sync:?}");
        assert!((sync.offset_ms - offset).abs() < 4.0, "{name}: {sync:?}");
        assert!(sync.drift_ms.abs() < 5.0, "{name}: {sync:?}");
        let found = read.movie.judge(&MovieRules::default(), None);
        assert_eq!(found, [], "{name}");
    }
    run(&folder, "ffmpeg -v error -i aac.mov -c copy x.mp4");
    let error = heard("x.mp4").unwrap_err();
    assert!(matches!(error, WorkerError::NotAttached(_)), "{error}");
    assert!(error.to_string().contains("this is an MP4"), "{error}");
    // ALAC stands in QuickTime files in a form that the decoder does not know: that is said, and nothing else stops.
    run(
        &folder,
        &format!("ffmpeg -v error {film} {song} -c:v mjpeg -c:a alac alac.mov"),
    );
    let read = heard("alac.mov").unwrap();
    assert!(read.unheard.is_some() && read.heard.is_empty());
    assert_eq!(read.movie.judge(&MovieRules::default(), None), []);
    // A description behind 3 GB of film that is never read: there is nothing there.
    let mut whole = Vec::new();
    File::open(folder.path().join("pcm.mov"))
        .unwrap()
        .read_to_end(&mut whole)
        .unwrap();
    let moov = whole.windows(4).rposition(|part| part == b"moov").unwrap() - 4;
    let mut large = File::create_new(folder.path().join("large.mov")).unwrap();
    large.write_all(&whole[..moov]).unwrap();
    let gap: u32 = 3_000_000_000;
    large.write_all(&gap.to_be_bytes()).unwrap();
    large.write_all(b"free").unwrap();
    large.seek_relative(i64::from(gap) - 8).unwrap();
    large.write_all(&whole[moov..]).unwrap();
    let begun = std::time::Instant::now();
    let read = heard("large.mov").unwrap();
    assert_eq!(read.movie.judge(&MovieRules::default(), None), []);
    assert!(
        begun.elapsed().as_secs() < 20,
        "nothing of the gap was read"
    );
}
