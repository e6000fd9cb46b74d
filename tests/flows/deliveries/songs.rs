//! Songs' files, as programs written by others read them.

use flows::readers::{ffprobe, raw, read_with, says, tag};

use super::{GOOD, PROGRAMME, RELEASE, northern_lines};

#[test]
fn songs_are_delivered_in_every_format_with_their_tags() {
    let room = northern_lines();
    room.json(
        "deliver album.toml -o out --format wav,bw64,wav-32f,wav-16@44100,flac,aiff-16@44100,mp3,whole-24 --json",
        GOOD,
    );
    let out = room.path("out");
    read_with(&out, "sha256sum --strict -c CHECKSUMS.sha256");
    let isrcs = ["DEA122600001", "DEA122600002", "DEA122600003"];
    for (folder, ending) in [
        ("WAV 24-96", "wav"),
        ("BW64 24-96", "wav"),
        ("WAV 32f-96", "wav"),
        ("WAV 16-44.1", "wav"),
        ("FLAC 24-96", "flac"),
        ("AIFF 16-44.1", "aiff"),
        ("MP3 320-48", "mp3"),
    ] {
        let names = ["01 First Light", "02 Rain über Tin", "03 Coda"];
        for (name, isrc) in names.iter().zip(isrcs) {
            let file = out.join(folder).join(format!("{name}.{ending}"));
            let probed = ffprobe(&file);
            let title = name.split_once(' ').unwrap().1;
            assert_eq!(tag(&probed, "title"), title, "{}", file.display());
            if ending != "aiff" {
                let read = [tag(&probed, "isrc"), tag(&probed, "TSRC")].concat();
                assert_eq!(read, isrc, "{}", file.display());
            }
        }
    }
    // Every lossless format holds the same samples, as ffmpeg decodes them.
    let bits24 = ["-f", "s24le"];
    let wav = raw(&out.join("WAV 24-96/03 Coda.wav"), &bits24);
    assert_eq!(wav, raw(&out.join("FLAC 24-96/03 Coda.flac"), &bits24));
    assert_eq!(wav, raw(&out.join("BW64 24-96/03 Coda.wav"), &bits24));
    let head = read_with(&out.join("BW64 24-96"), "head -c 4 03*.wav");
    assert_eq!(head, "BW64");
    let bits16 = ["-f", "s16le"];
    let wav16 = raw(&out.join("WAV 16-44.1/03 Coda.wav"), &bits16);
    assert_eq!(wav16, raw(&out.join("AIFF 16-44.1/03 Coda.aiff"), &bits16));
    // And the side in one piece is the songs one behind the other.
    let mut joined = Vec::new();
    for name in ["01 First Light", "02 Rain über Tin", "03 Coda"] {
        joined.extend(raw(&out.join(format!("WAV 24-96/{name}.wav")), &bits24));
    }
    assert!(raw(&out.join("Whole 24-96/Northern Lines.wav"), &bits24) == joined);
    read_with(&out.join("FLAC 24-96"), "flac --silent --test *.flac");
}

#[test]
fn programs_written_by_others_read_the_chunks() {
    let room = northern_lines();
    room.json("deliver album.toml -o out --profile label --json", GOOD);
    let out = room.path("out");
    let said = read_with(&out.join("WAV 24-96"), "sndfile-metadata-get --all 01*.wav");
    says(
        &said,
        &[
            "Northern Lines - First Light",
            "Lacquer",
            "A=PCM,F=96000,W=24,M=stereo",
        ],
    );
    let said = read_with(
        &out.join("WAV 16-44.1"),
        "mediainfo --Full 02*.wav | tr -s ' '",
    );
    says(
        &said,
        &[
            "bext_Version : 2",
            "Sampling rate : 44100",
            "Bit depth : 16",
            "Producer : Lacquer",
        ],
    );
}

#[test]
fn programs_written_by_others_read_the_tags_and_the_cover() {
    let room = northern_lines();
    let with_cover = RELEASE.replace("[release]", "[release]\ncover = \"cover.jpg\"");
    room.keep("album.toml", &format!("{PROGRAMME}\n{with_cover}"));
    read_with(
        &room.path("."),
        "ffmpeg -v error -y -f lavfi -i testsrc=s=3000x3000 -frames:v 1 -pix_fmt yuvj444p -q:v 2 cover.jpg",
    );
    room.json("deliver album.toml -o out --profile label --json", GOOD);
    let out = room.path("out");
    let said = read_with(&out.join("FLAC 24-96"), "metaflac --list 02*.flac");
    says(
        &said,
        &[
            "TITLE=Rain über Tin",
            "ARTIST=Ada",
            "TRACKNUMBER=2",
            "TRACKTOTAL=3",
            "BARCODE=4006381333931",
            "CATALOGNUMBER=LAQ001",
            "LABEL=Laqueur",
            "COMPOSER=Ada, Bo Writer",
            "DATE=2026-12-04",
            "COPYRIGHT=© 2026 Laqueur",
            "ORGANIZATION=℗ 2026 Laqueur",
            "3 (Cover (front))",
            "MIME type: image/jpeg",
            "width: 3000",
        ],
    );
    read_with(
        &out.join("FLAC 24-96"),
        "metaflac --export-picture-to=- 02*.flac | cmp - ../../cover.jpg",
    );
    let said = read_with(
        &out.join("MP3 320-48"),
        "exiftool 02*.mp3 && mp3val 02*.mp3",
    );
    says(
        &said,
        &[
            "Rain über Tin",
            "DEA122600002",
            "2/3",
            "Laqueur",
            "Front Cover",
        ],
    );
    assert!(!said.contains("WARNING"), "{said}");
    read_with(
        &out.join("MP3 320-48"),
        "exiftool -b -Picture 02*.mp3 | cmp - ../../cover.jpg",
    );
}
