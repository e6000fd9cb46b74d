//! A programme's disc on sectors.

use flows::readers::{raw, read_with, says};
use serde_json::Value;
use soundfile::SampleType;

use super::{GOOD, PROGRAMME, northern_lines, write_songs};

#[test]
fn a_programme_becomes_the_sectors_of_a_disc() {
    let room = northern_lines();
    let made = room.json(
        "deliver album.toml -o out --format ddp,cue-bin,cue-wavs,wav-16@44100 --json",
        GOOD,
    );
    let disc = &made["delivered"]["discs"][0];
    // The mark in the segue's middle lies at 5.5 s: sector 412.5, the border before, behind the two seconds.
    assert_eq!(disc["tracks"][0]["start"], "00:02:00");
    assert_eq!(disc["tracks"][1]["start"], "00:07:37");
    assert_eq!(disc["tracks"][1]["pregap"], Value::Null);
    // 5 s + 3.013 s lie inside sector 600.
    assert_eq!(disc["tracks"][1]["indexes"][0], "00:10:00");
    // The second song ends at 11 s, and 2 s of gap follow.
    assert_eq!(disc["tracks"][2]["pregap"], "00:13:00");
    assert_eq!(disc["tracks"][2]["start"], "00:15:00");
    assert_eq!(disc["length"], "00:21:00");
    let said = made["delivered"]["said"].to_string();
    says(&said, &["its mark lies", "index 2 lies", "on a CD frame"]);
    for (folder, to) in [
        ("DDP", "ddp"),
        ("CUE and BIN", "bin"),
        ("CUE and WAV", "wavs"),
        ("WAV 16-44.1", "songs"),
    ] {
        std::fs::rename(room.path("out").join(folder), room.path(to)).unwrap();
    }
    for place in ["ddp", "bin", "wavs"] {
        let judged = room.json(&format!("verify {place} --json"), GOOD);
        assert_eq!(judged["tracks"][1]["title"], "Rain über Tin");
        assert_eq!(judged["tracks"][2]["isrc"], "DE-A12-26-00003");
    }
    // The image behind its two seconds is the songs' files one behind the other: one conversion, one dither.
    let image = std::fs::read(room.path("ddp/IMAGE.DAT")).unwrap();
    assert!(image[..150 * 2352].iter().all(|byte| *byte == 0));
    let mut joined = Vec::new();
    for name in ["01 First Light", "02 Rain über Tin", "03 Coda"] {
        joined.extend(raw(
            &room.path(&format!("songs/{name}.wav")),
            &["-f", "s16le"],
        ));
    }
    assert!(image[150 * 2352..] == joined);
    let said = read_with(&room.path("wavs"), "cdrdao show-toc *.cue");
    says(&said, &["DE A12 26 00003"]);
    let said = read_with(&room.path("bin"), "cueprint -t '%n %t %i\\n' *.cue");
    says(&said, &["3 Coda DEA122600003"]);
}

#[test]
fn a_hidden_song_stands_behind_the_two_seconds() {
    let room = northern_lines();
    let hidden = PROGRAMME.replace(
        "[[disc]]\n",
        "[[disc]]\n[disc.hidden]\ntitle = \"Overture\"\nfile = \"three.wav\"\n",
    );
    room.keep(
        "album.toml",
        &hidden.replacen(
            "file = \"one.wav\"\n",
            "file = \"one.wav\"\ngap = \"1 s\"\n",
            1,
        ),
    );
    let made = room.json("deliver album.toml -o out --format ddp,mp3 --json", GOOD);
    assert_eq!(
        made["delivered"]["discs"][0]["tracks"][0]["start"],
        "00:09:00"
    );
    says(
        &made["delivered"]["said"].to_string(),
        &["hidden song", "no file of its own"],
    );
    let image = std::fs::read(room.path("out/DDP/IMAGE.DAT")).unwrap();
    assert!(image[150 * 2352..600 * 2352].iter().any(|byte| *byte != 0));
}

#[test]
fn songs_that_stay_as_they_are_lie_on_the_disc_sample_by_sample() {
    let room = northern_lines();
    for name in ["one.wav", "two.wav", "three.wav"] {
        std::fs::remove_file(room.path(name)).unwrap();
    }
    write_songs(&room, (6.01, 44_100), SampleType::I16);
    // Without its segue nothing changes a sample: the songs lie there as they are.
    let lines = PROGRAMME.lines().filter(|line| !line.starts_with("segue"));
    let plain: Vec<&str> = lines.collect();
    room.keep("album.toml", &plain.join("\n"));
    room.json("deliver album.toml -o passed --format ddp --json", GOOD);
    room.json(
        "deliver album.toml -o rendered --format ddp,wav-16 --json",
        GOOD,
    );
    let read = |out: &str| std::fs::read(room.path(out).join("DDP/IMAGE.DAT")).unwrap();
    let (passed, rendered) = (read("passed"), read("rendered"));
    assert!(
        passed == rendered,
        "taken or rendered, the sectors are the same"
    );
    let song = raw(&room.path("one.wav"), &["-f", "s16le"]);
    assert!(passed[150 * 2352..][..song.len()] == song[..]);
    // A gain changes them, and they are rendered.
    let louder = plain
        .join("\n")
        .replace("title = \"Coda\"", "title = \"Coda\"\ngain_db = -3.0");
    room.keep("album.toml", &louder);
    room.json("deliver album.toml -o turned --format ddp --json", GOOD);
    let turned = read("turned");
    assert_eq!(turned.len(), passed.len());
    let last = passed.len() - 3 * 44_100 * 4;
    assert!(turned[last..] != passed[last..]);
    assert!(turned[..150 * 2352 + song.len()] == passed[..150 * 2352 + song.len()]);
}
