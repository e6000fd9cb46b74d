//! What a client cannot reach or change.

use std::os::unix::fs::symlink;

use crate::house::{House, write};

#[test]
fn no_path_leads_out_of_the_dropbox() {
    let house = House::open();
    let secret = house.place.path().join("secret.txt");
    write(&secret, b"secret");
    let outside = house.place.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    symlink(&secret, house.dropbox("link.txt")).unwrap();
    symlink(&outside, house.dropbox("way-out")).unwrap();
    symlink("../bob", house.dropbox("neighbour")).unwrap();
    write(&house.place.path().join("dropboxes/bob/Song.wav"), b"bob's");
    let mut talk = house.talk();
    talk.log_in("ada", "secret");

    for path in [
        "../../secret.txt",
        "/../../secret.txt",
        "link.txt",
        "../bob/Song.wav",
        "neighbour/Song.wav",
        "Album/../../bob/Song.wav",
        "/proc/self/environ",
    ] {
        let (bytes, reply) = talk.fetch(&format!("RETR {path}"));
        assert!(
            bytes.is_empty() && reply.starts_with("550"),
            "{path}: {reply}"
        );
        assert!(
            talk.say(&format!("RNFR {path}")).starts_with("550"),
            "{path}"
        );
        assert!(
            !talk.say(&format!("DELE {path}")).starts_with("2"),
            "{path}"
        );
    }
    for path in [
        "way-out/Song.wav",
        "neighbour/Mine.wav",
        "link.txt/Song.wav",
    ] {
        let reply = talk.send(&format!("STOR {path}"), b"x");
        assert!(
            reply.starts_with('5') || reply.starts_with('4'),
            "{path}: {reply}"
        );
    }
    for path in ["way-out", "neighbour", "../bob", "/../bob"] {
        assert!(
            talk.say(&format!("CWD {path}")).starts_with("550"),
            "{path}"
        );
    }
    assert!(talk.say("MKD way-out/new").starts_with("550"));
    assert!(
        talk.say("CWD ..").starts_with("250"),
        "the top's parent is the top"
    );
    let (listing, _) = talk.fetch("NLST");
    assert_eq!(
        String::from_utf8(listing).unwrap(),
        "",
        "links are not shown"
    );
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");

    // `..` above the top ends up in the dropbox itself.
    assert!(
        talk.send("STOR ../../../Song.wav", b"mine")
            .starts_with("226")
    );
    assert_eq!(std::fs::read(house.dropbox("Song.wav")).unwrap(), b"mine");
}

#[test]
fn uploading_onto_a_link_replaces_neither_the_link_nor_its_goal() {
    let house = House::open();
    let secret = house.place.path().join("secret.txt");
    write(&secret, b"secret");
    symlink(&secret, house.dropbox("Song.wav")).unwrap();
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let reply = talk.send("STOR Song.wav", b"new");
    assert!(reply.starts_with("226"), "{reply}");
    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");
    assert_eq!(
        std::fs::read(house.dropbox("Song (2).wav")).unwrap(),
        b"new"
    );
}

#[test]
fn finals_and_notes_can_be_read_but_not_changed() {
    let house = House::open();
    std::fs::create_dir(house.dropbox("Finals")).unwrap();
    write(&house.dropbox("Finals/Song.wav"), b"final");
    write(&house.dropbox("Song.wav.lacquer.txt"), b"note");
    write(&house.dropbox("Mine.wav"), b"mine");
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    for path in [
        "Finals/Song.wav",
        "Song.wav.lacquer.txt",
        "Finals/New.wav",
        "finals/New.wav",
        "Fake.LACQUER.txt",
        ".lacquer-draft-0123",
    ] {
        let reply = talk.send(&format!("STOR {path}"), b"x");
        assert!(reply.starts_with("550"), "{path}: {reply}");
        assert!(
            talk.say(&format!("DELE {path}")).starts_with("550"),
            "{path}"
        );
        assert!(talk.say("RNFR Mine.wav").starts_with("350"));
        assert!(
            talk.say(&format!("RNTO {path}")).starts_with("550"),
            "{path}"
        );
    }
    for command in [
        "RMD Finals",
        "MKD Finals/New",
        "MKD FINALS",
        "RMD /",
        "DELE /",
    ] {
        assert!(talk.say(command).starts_with("550"), "{command}");
    }
    talk.say("RNFR Finals");
    let reply = talk.say("RNTO Elsewhere");
    assert!(
        reply.starts_with("550") && reply.contains("can be read but not changed"),
        "{reply}"
    );
    assert_eq!(talk.fetch("RETR Finals/Song.wav").0, b"final");
    assert_eq!(talk.fetch("RETR Song.wav.lacquer.txt").0, b"note");
    assert_eq!(std::fs::read(house.dropbox("Mine.wav")).unwrap(), b"mine");
}

#[test]
fn a_taken_mix_is_neither_removed_nor_renamed_and_the_client_hears_why() {
    let house = House::open();
    std::fs::create_dir_all(house.dropbox("Album/Deep")).unwrap();
    write(&house.dropbox("Album/Deep/Song.wav"), b"taken");
    write(&house.dropbox("Album/Free.wav"), b"free");
    house.take("Album/Deep/Song.wav");
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let reply = talk.say("DELE Album/Deep/Song.wav");
    assert!(
        reply.starts_with("550") && reply.contains("taken for mastering"),
        "{reply}"
    );
    for folder in ["Album/Deep/Song.wav", "Album/Deep", "Album"] {
        talk.say(&format!("RNFR {folder}"));
        let reply = talk.say("RNTO Elsewhere");
        assert!(
            reply.starts_with("550") && reply.contains("taken for mastering"),
            "{reply}"
        );
    }
    assert!(talk.say("RMD Album/Deep").starts_with("550"), "not empty");
    talk.say("RNFR Album/Free.wav");
    assert!(talk.say("RNTO Album/Deep/Free.wav").starts_with("250"));
    assert!(talk.say("DELE Album/Deep/Free.wav").starts_with("250"));
    assert_eq!(
        std::fs::read(house.dropbox("Album/Deep/Song.wav")).unwrap(),
        b"taken"
    );
}
