//! Files that arrive as they should.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::{House, curl, run, said, same, succeeds};

#[test]
fn curl_uploads_a_mix_which_appears_whole_and_is_announced() {
    let mut house = House::open();
    let mix = house.mix("Song.wav", 3_000_000);
    succeeds(&curl(&[
        "-T",
        mix.to_str().unwrap(),
        &house.url("LQ-1001%20Song.wav"),
    ]));
    same(&mix, &house.dropbox("LQ-1001 Song.wav"));
    assert_eq!(house.announced(), [PathBuf::from("LQ-1001 Song.wav")]);
    assert_eq!(house.staged_bytes(), 0);
    assert_eq!(
        std::fs::read_dir(house.place.path().join("staging"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn curl_makes_folders_on_the_way_and_lists_them() {
    let house = House::open();
    let mix = house.mix("Song.wav", 1000);
    let url = house.url("Album/Alternate%20Mixes/Song.wav");
    succeeds(&curl(&[
        "--ftp-create-dirs",
        "-T",
        mix.to_str().unwrap(),
        &url,
    ]));
    same(&mix, &house.dropbox("Album/Alternate Mixes/Song.wav"));
    let names = curl(&["--list-only", &house.url("Album/")]);
    assert_eq!(
        String::from_utf8_lossy(&names.stdout).trim(),
        "Alternate Mixes"
    );
    let long = curl(&[&house.url("Album/Alternate%20Mixes/")]);
    assert!(said(&long).contains("1000"), "{}", said(&long));
}

#[test]
fn lftp_mirrors_a_folder_and_puts_under_a_temporary_name() {
    let mut house = House::open();
    let album = house.place.path().join("Album");
    std::fs::create_dir_all(album.join("References")).unwrap();
    for (name, bytes) in [
        ("One.wav", 200_000),
        ("Two.wav", 300_000),
        ("References/Hit.flac", 50_000),
    ] {
        let mix = house.mix("noise", bytes);
        std::fs::rename(mix, album.join(name)).unwrap();
    }
    let here = house.place.path().display().to_string();
    succeeds(&house.lftp(&format!(
        "set xfer:use-temp-file yes; mirror -R {here}/Album Album; mkdir -p Later; put {here}/Album/One.wav -o Later/One.wav; cls -1 Album"
    )));
    for name in ["One.wav", "Two.wav", "References/Hit.flac"] {
        same(&album.join(name), &house.dropbox("Album").join(name));
    }
    same(&album.join("One.wav"), &house.dropbox("Later/One.wav"));
    let mut announced = house.announced();
    announced.sort();
    let expected = [
        "Album/One.wav",
        "Album/References/Hit.flac",
        "Album/Two.wav",
        "Later/One.wav",
    ];
    assert_eq!(announced, expected.map(PathBuf::from));
}

#[test]
fn ncftpput_uploads_under_another_name_and_renames_at_the_end() {
    let mut house = House::open();
    let mix = house.mix("Song.wav", 500_000);
    let put = run(Command::new("ncftpput")
        .args([
            "-u",
            "ada",
            "-p",
            "secret",
            "-P",
            &house.address.port().to_string(),
            "-S",
            ".tmp",
        ])
        .args(["127.0.0.1", "/", mix.to_str().unwrap()]));
    succeeds(&put);
    same(&mix, &house.dropbox("Song.wav"));
    assert!(!house.dropbox("Song.wav.tmp").exists());
    assert_eq!(house.announced(), [PathBuf::from("Song.wav")]);
}

#[test]
fn pythons_ftplib_uploads_renames_lists_and_removes() {
    let house = House::open();
    let mix = house.mix("Song.wav", 100_000);
    let script = r#"
import ftplib, sys
ftp = ftplib.FTP()
ftp.connect("127.0.0.1", int(sys.argv[1]))
ftp.login("ada", "secret")
ftp.mkd("Album")
ftp.cwd("Album")
with open(sys.argv[2], "rb") as mix:
    ftp.storbinary("STOR Song.wav", mix)
ftp.voidcmd("TYPE I")
assert ftp.size("Song.wav") == 100000
assert ftp.sendcmd("MDTM Song.wav").startswith("213 20")
ftp.rename("Song.wav", "Song 1.wav")
assert ftp.nlst() == ["Song 1.wav"], ftp.nlst()
facts = dict(ftp.mlsd())
assert facts["Song 1.wav"]["size"] == "100000", facts
assert ftp.pwd().endswith("Album")
ftp.delete("Song 1.wav")
ftp.cwd("..")
ftp.rmd("Album")
assert ftp.nlst() == []
ftp.quit()
"#;
    succeeds(&run(Command::new("python3")
        .args(["-c", script, &house.address.port().to_string()])
        .arg(&mix)));
}

#[test]
fn names_with_quotes_signs_and_255_bytes_arrive_as_they_are() {
    let mut house = House::open();
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let long = format!("{}.wav", "é".repeat(125) + "x");
    assert_eq!(long.len(), 255);
    for name in [
        "a \"b\" 'c' $(d) `e` ; f.wav",
        "tab\tbell\u{7}.wav",
        "\u{202e}evil.wav",
        "-rf",
        &long,
        " . wav ",
    ] {
        let reply = talk.send(&format!("STOR {name}"), name.as_bytes());
        assert!(reply.starts_with("226"), "{name:?}: {reply}");
        assert_eq!(
            std::fs::read(house.dropbox(name)).unwrap(),
            name.as_bytes(),
            "{name:?}"
        );
    }
    assert_eq!(house.announced().len(), 6);
    let too_long = format!("{long}x");
    let reply = talk.send(&format!("STOR {too_long}"), b"");
    assert!(reply.starts_with("553"), "{reply}");

    // A line break in a name that came over the other door must not forge a second entry.
    let broken = std::ffi::OsStr::from_bytes(b"one\r\ntwo \xff.wav");
    std::fs::File::create(house.dropbox("").join(broken)).unwrap();
    let (listing, _) = talk.fetch("NLST");
    let listing = String::from_utf8(listing).unwrap();
    assert_eq!(listing.lines().count(), 7, "{listing}");
    assert!(listing.contains("one??two"), "{listing}");
}

#[test]
fn a_final_is_fetched_whole_or_from_a_place_within() {
    let house = House::open();
    std::fs::create_dir(house.dropbox("Finals")).unwrap();
    let made = house.mix("Song.wav", 2_000_000);
    std::fs::rename(&made, house.dropbox("Finals/Song 24-48.wav")).unwrap();
    let whole = house.place.path().join("whole.wav");
    let url = house.url("Finals/Song%2024-48.wav");
    succeeds(&curl(&["-o", whole.to_str().unwrap(), &url]));
    same(&whole, &house.dropbox("Finals/Song 24-48.wav"));

    let bytes = std::fs::read(&whole).unwrap();
    std::fs::File::options()
        .write(true)
        .open(&whole)
        .unwrap()
        .set_len(700_001)
        .unwrap();
    succeeds(&curl(&["-C", "-", "-o", whole.to_str().unwrap(), &url]));
    same(&whole, &house.dropbox("Finals/Song 24-48.wav"));
    let range = curl(&["-r", "1000-1999", &url]);
    assert_eq!(range.stdout, &bytes[1000..2000]);
}

#[test]
fn a_second_mix_of_one_name_stands_beside_a_taken_one() {
    let mut house = House::open();
    let (first, second, third) = (
        house.mix("1", 1000),
        house.mix("two", 2000),
        house.mix("three", 3000),
    );
    for (mix, taken) in [(&first, Some("Song.wav")), (&second, None)] {
        succeeds(&curl(&[
            "-T",
            mix.to_str().unwrap(),
            &house.url("Song.wav"),
        ]));
        if let Some(path) = taken {
            house.take(path);
        }
    }
    same(&first, &house.dropbox("Song.wav"));
    same(&second, &house.dropbox("Song (2).wav"));
    // Another one: the untaken second keeps its name as well, it may be another song.
    succeeds(&house.lftp(&format!(
        "set xfer:use-temp-file yes; put {} -o Song.wav",
        third.display()
    )));
    same(&second, &house.dropbox("Song (2).wav"));
    same(&third, &house.dropbox("Song (3).wav"));
    assert_eq!(
        house.announced(),
        ["Song.wav", "Song (2).wav", "Song (3).wav"].map(PathBuf::from)
    );
}

#[test]
fn a_mix_that_was_not_taken_yet_may_be_sent_again() {
    let house = House::open();
    let (first, second) = (house.mix("1", 1000), house.mix("two", 2000));
    succeeds(&curl(&[
        "-T",
        first.to_str().unwrap(),
        &house.url("Song.wav"),
    ]));
    let reading = std::fs::File::open(house.dropbox("Song.wav")).unwrap();
    succeeds(&curl(&[
        "-T",
        second.to_str().unwrap(),
        &house.url("Song.wav"),
    ]));
    same(&second, &house.dropbox("Song.wav"));
    assert_eq!(
        reading.metadata().unwrap().len(),
        1000,
        "who had it open reads on undisturbed"
    );
    assert_eq!(std::fs::read_dir(house.dropbox("")).unwrap().count(), 1);
}

#[test]
fn what_is_staged_can_be_listed_and_survives_a_restart() {
    let house = House::open();
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let mut data = talk.data();
    talk.say("STOR Song.wav");
    std::io::Write::write_all(&mut data, &[5; 10_000]).unwrap();
    let part_is = |house: &House, bytes| house.staged_bytes() == bytes;
    crate::house::until("the part is there", || part_is(&house, 10_000));
    let place = house.close();
    let reply = talk.hear();
    assert!(!reply.starts_with("226"), "{reply}");
    assert!(!place.path().join("dropboxes/ada/Song.wav").exists());
    drop(data);

    let house = House::at(place, crate::house::Plan::default());
    assert!(part_is(&house, 10_000));
    let other = house.talk_halfway("Other.wav");
    house.discard("Other.wav");
    assert!(part_is(&house, 10_000), "only the other one is gone");
    drop(other);
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    assert!(talk.say("SIZE Song.wav").starts_with("213 9999"));
    assert!(talk.say("REST 10000").starts_with("350"));
    assert!(talk.send("STOR Song.wav", &[6; 5]).starts_with("226"));
    assert_eq!(
        std::fs::metadata(house.dropbox("Song.wav")).unwrap().len(),
        10_005
    );
    assert!(Path::new(&house.dropbox("Song.wav")).exists());
}
