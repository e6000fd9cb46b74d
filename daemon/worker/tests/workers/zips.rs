//! Zips as clients send them, and zips that lie.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};

use worker::{MOST_ENTRIES, Unpacked, WorkerError, WorkerLimits, ZipEntry};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{Test, workers};

pub(crate) const TESTS: &[Test] = &[
    ("a_clients_zip_is_unpacked", clients_zip),
    ("names_in_a_zip_are_made_safe", names),
    ("a_zip_that_lies_about_a_file_loses_only_that_file", lies),
    ("a_zip_bomb_is_refused", bombs),
    ("a_locked_zip_is_refused_with_a_sentence", locked),
    (
        "a_damaged_zip_is_refused_or_read_as_far_as_it_is_whole",
        damaged,
    ),
    (
        "a_full_disk_while_unpacking_is_no_fault_of_the_zip",
        full_disk,
    ),
    ("a_zip64_is_unpacked", zip64),
];

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn zip_of(build: impl FnOnce(&mut ZipWriter<&mut Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = ZipWriter::new(&mut bytes);
    build(&mut writer);
    writer.finish().unwrap();
    bytes.into_inner()
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

type Kept = Vec<(String, Vec<u8>)>;

fn unpack(bytes: &[u8]) -> (Result<Unpacked, WorkerError>, Kept) {
    let mut kept = Kept::new();
    let answer = workers(WorkerLimits::default()).unpack(
        file_of(bytes),
        &mut |entry: &ZipEntry, content: &mut dyn Read| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            kept.push((entry.name.clone(), bytes));
            Ok(())
        },
    );
    (answer, kept)
}

fn refused(bytes: &[u8]) -> String {
    match unpack(bytes).0 {
        Err(error @ WorkerError::ZipRefused { .. }) => {
            let finding = error.finding().unwrap();
            assert_eq!(finding.code, "zip_refused");
            finding.client
        }
        other => panic!("{other:?}"),
    }
}

fn skipped(unpacked: &Unpacked) -> Vec<(&str, &str)> {
    let pairs = unpacked.skipped.iter();
    pairs
        .map(|s| (s.name.as_str(), s.reason.as_str()))
        .collect()
}

fn clients_zip() {
    let sound: Vec<u8> = (0..1_000_000u32)
        .map(|n| n.to_le_bytes()[n as usize % 3])
        .collect();
    let zip = zip_of(|zip| {
        zip.add_directory("Mixes/", stored()).unwrap();
        zip.start_file("Mixes/Lied für alle.wav", deflated())
            .unwrap();
        zip.write_all(&sound).unwrap();
        zip.start_file("Mixes/Alternate Mixes/instrumental.wav", stored())
            .unwrap();
        zip.write_all(b"abc").unwrap();
        for litter in [
            "__MACOSX/Mixes/._a.wav",
            "Mixes/.DS_Store",
            "Mixes/Thumbs.db",
        ] {
            zip.start_file(litter, stored()).unwrap();
            zip.write_all(b"litter").unwrap();
        }
        zip.start_file("Mixes/old.zip", stored()).unwrap();
        zip.write_all(b"PK\x03\x04").unwrap();
        zip.add_symlink("Mixes/link.wav", "/etc/passwd", stored())
            .unwrap();
    });
    let (unpacked, kept) = unpack(&zip);
    let unpacked = unpacked.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].0, "Mixes/Lied für alle.wav");
    assert!(kept[0].1 == sound);
    assert_eq!(
        kept[1],
        (
            "Mixes/Alternate Mixes/instrumental.wav".to_owned(),
            b"abc".to_vec()
        )
    );
    assert_eq!(unpacked.entries[0].bytes_declared, 1_000_000);
    assert_eq!(
        skipped(&unpacked),
        [
            ("Mixes/old.zip", "a zip inside a zip is not opened"),
            ("Mixes/link.wav", "it is a link or a device, not a file"),
        ]
    );
}

/// A zip of stored files by hand: with names and sizes that no honest writer makes.
fn raw_zip(files: &[(&[u8], u16, u32, &[u8])]) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for (name, flags, size, content) in files {
        let offset = u32::try_from(zip.len()).unwrap();
        let mut common = Vec::new();
        common.extend_from_slice(&20u16.to_le_bytes());
        common.extend_from_slice(&flags.to_le_bytes());
        common.extend_from_slice(&[0, 0, 0, 0, 0x21, 0]);
        common.extend_from_slice(&crc32(content).to_le_bytes());
        common.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
        common.extend_from_slice(&size.to_le_bytes());
        common.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        zip.extend_from_slice(b"PK\x03\x04");
        zip.extend_from_slice(&common);
        zip.extend_from_slice(name);
        zip.extend_from_slice(content);
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name);
    }
    let start = u32::try_from(zip.len()).unwrap();
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap();
    zip.extend_from_slice(&directory);
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    zip.extend_from_slice(&count);
    zip.extend_from_slice(&count);
    zip.extend_from_slice(&length.to_le_bytes());
    zip.extend_from_slice(&start.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    zip
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1))
        })
    })
}

const UTF_8: u16 = 1 << 11;

fn names() {
    let zip = raw_zip(&[
        // CP437, as Windows Explorer and old programs write it.
        (b"Ch\x94re.wav", 0, 1, b"1"),
        ("Chöre 2.wav".as_bytes(), UTF_8, 1, b"2"),
        (b"Mixes\\Bass.wav", 0, 1, b"3"),
        (b"../../../etc/cron.d/x", 0, 1, b"4"),
        (b"/etc/passwd", 0, 1, b"5"),
        (b"C:\\x.wav", 0, 1, b"6"),
        (b"bell\x07.wav", UTF_8, 1, b"7"),
    ]);
    let (unpacked, kept) = unpack(&zip);
    let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Chöre.wav", "Chöre 2.wav", "Mixes/Bass.wav"]);
    assert_eq!(
        skipped(&unpacked.unwrap()),
        [
            ("../../../etc/cron.d/x", "its name leads out of the zip"),
            ("/etc/passwd", "its name is an absolute path"),
            ("C:\\x.wav", "its name is an absolute path"),
            ("bell\u{fffd}.wav", "its name holds control characters"),
        ]
    );
}

fn lies() {
    let zip = raw_zip(&[
        (b"shorter.wav", 0, 100, b"only these"),
        (b"longer.wav", 0, 3, b"more than three"),
        (b"honest.wav", 0, 6, b"honest"),
    ]);
    let (unpacked, kept) = unpack(&zip);
    assert_eq!(kept, [("honest.wav".to_owned(), b"honest".to_vec())]);
    let reason = "it is damaged, or the zip lies about its size";
    assert_eq!(
        skipped(&unpacked.unwrap()),
        [("shorter.wav", reason), ("longer.wav", reason)]
    );
}

fn bombs() {
    let zeros = vec![0; 1024 * 1024];
    let bomb = zip_of(|zip| {
        zip.start_file("bomb.wav", deflated()).unwrap();
        for _ in 0..256 {
            zip.write_all(&zeros).unwrap();
        }
    });
    assert_eq!(
        refused(&bomb),
        "This zip was not opened: its files come to more than 200 times its own size, as in a zip bomb."
    );
    let many = zip_of(|zip| {
        for n in 0..=MOST_ENTRIES {
            zip.start_file(format!("{n}.wav"), stored()).unwrap();
        }
    });
    assert_eq!(
        refused(&many),
        "This zip was not opened: it holds 2001 files and folders, more than 2000."
    );
    // Says that it holds a million, which must not be read to be counted.
    let million = zip_of(|zip| {
        for n in 0..66_000 {
            zip.start_file(format!("{n}"), stored()).unwrap();
        }
    });
    assert!(refused(&million).contains("it holds 66000 files"));
}

fn locked() {
    let zip = raw_zip(&[(b"a.wav", 1, 20, b"encrypted encrypted ")]);
    assert_eq!(
        refused(&zip),
        "This zip was not opened: it is locked with a password; send it without one."
    );
}

fn damaged() {
    let content: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    let whole = zip_of(|zip| {
        for name in ["a.wav", "b.wav"] {
            zip.start_file(name, deflated()).unwrap();
            zip.write_all(&content).unwrap();
        }
    });
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        assert_eq!(
            refused(&whole[..length]),
            "This zip was not opened: it is damaged, cut short, or no zip.",
            "{length} bytes"
        );
    }
    let mut flipped = whole.clone();
    flipped[whole.len() / 4] ^= 0x55;
    let (unpacked, kept) = unpack(&flipped);
    assert_eq!(unpacked.unwrap().skipped.len(), 1);
    assert_eq!(kept.len(), 1);
    assert!(kept[0].0 == "b.wav" && kept[0].1 == content);
    // Damage anywhere ends in an answer.
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0xff;
        match unpack(&flipped).0 {
            Ok(_) | Err(WorkerError::ZipRefused { .. }) => (),
            other => panic!("byte {at}: {other:?}"),
        }
    }
}

fn full_disk() {
    let zip = raw_zip(&[(b"a.wav", 0, 6, b"sound!"), (b"b.wav", 0, 1, b"x")]);
    let mut calls = 0;
    let answer = workers(WorkerLimits::default()).unpack(file_of(&zip), &mut |_, _| {
        calls += 1;
        Err(io::ErrorKind::StorageFull.into())
    });
    let error = answer.unwrap_err();
    assert!(matches!(error, WorkerError::Keep(_)), "{error:?}");
    assert!(error.finding().is_none());
    assert_eq!(calls, 1);
}

fn zip64() {
    let zip = zip_of(|zip| {
        zip.start_file("a.wav", stored().large_file(true)).unwrap();
        zip.write_all(b"large in name only").unwrap();
    });
    let (unpacked, kept) = unpack(&zip);
    assert!(unpacked.unwrap().skipped.is_empty());
    assert_eq!(kept[0].1, b"large in name only");
}
