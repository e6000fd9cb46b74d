//! Uploads that break off, and go on.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::process::Command;

use crate::house::{CRAWL, House, Own, curl, said, same, succeeds, until, write};

const BYTES: usize = 8_000_000;

/// Starts curl at a crawl and kills it when something has arrived.
fn kill_in_mid_upload(house: &House, mix: &std::path::Path, url: &str) -> u64 {
    let mut client = Own::start(Command::new("curl").args([
        "-sS",
        "--limit-rate",
        CRAWL,
        "-T",
        mix.to_str().unwrap(),
        url,
    ]));
    house.until_a_part_has_arrived(&mut client);
    client.kill();
    house.staged_bytes()
}

#[test]
fn a_client_killed_in_mid_upload_leaves_nothing_to_see_and_goes_on_later() {
    let mut house = House::open();
    let mix = house.mix("Song.wav", BYTES);
    // Twenty kills: plain FTP used to report 7 of 20 as complete.
    for round in 0..20 {
        let url = house.url(&format!("Song{round}.wav"));
        kill_in_mid_upload(&house, &mix, &url);
        until("the server has noticed", || {
            let mut talk = house.talk();
            talk.log_in("ada", "secret");
            talk.say(&format!("DELE Song{round}.wav"))
                .starts_with("250")
        });
    }
    assert_eq!(std::fs::read_dir(house.dropbox("")).unwrap().count(), 0);
    assert!(house.announced().is_empty());

    let url = house.url("Song.wav");
    kill_in_mid_upload(&house, &mix, &url);
    assert!(!house.dropbox("Song.wav").exists());
    succeeds(&curl(&["-C", "-", "-T", mix.to_str().unwrap(), &url]));
    same(&mix, &house.dropbox("Song.wav"));
    assert_eq!(house.announced().len(), 1);
}

#[test]
fn lftp_goes_on_where_curl_was_killed() {
    let house = House::open();
    let mix = house.mix("Song.wav", BYTES);
    let held = kill_in_mid_upload(&house, &mix, &house.url("Song.wav"));
    assert!(held < BYTES as u64);
    succeeds(&house.lftp(&format!("put -c {}", mix.display())));
    same(&mix, &house.dropbox("Song.wav"));
}

#[test]
fn append_goes_on_at_the_end_of_what_is_there() {
    let house = House::open();
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let mut data = talk.data();
    talk.say("STOR Song.wav");
    data.write_all(b"first ").unwrap();
    until("it is staged", || house.staged_bytes() == 6);
    drop((data, talk));
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    until("the first connection is given up", || {
        let size = talk.say("SIZE Song.wav");
        // One byte less than is here: a client that finds all of its file would send nothing more.
        size.starts_with("213 5")
    });
    assert!(talk.send("APPE Song.wav", b" second").starts_with("226"));
    assert_eq!(
        std::fs::read(house.dropbox("Song.wav")).unwrap(),
        b"first second"
    );
}

#[test]
fn a_client_that_comes_back_need_not_wait_for_its_lost_connection() {
    let house = House::open();
    let mut lost = house.talk();
    lost.log_in("ada", "secret");
    let mut data = lost.data();
    lost.say("STOR Song.wav");
    data.write_all(b"half of ").unwrap();
    until("it is staged", || house.staged_bytes() == 8);
    // Neither connection says another word, as when a laptop's lid is closed.
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    talk.say("REST 8");
    assert!(talk.send("STOR Song.wav", b"it").starts_with("226"));
    assert_eq!(
        std::fs::read(house.dropbox("Song.wav")).unwrap(),
        b"half of it"
    );
    assert!(lost.hear().starts_with("426"));
}

#[test]
fn a_published_file_that_is_too_short_may_be_gone_on_with_until_it_is_taken() {
    let mut house = House::open();
    let mix = house.mix("Song.wav", 100_000);
    let whole = std::fs::read(&mix).unwrap();
    write(&house.dropbox("Song.wav"), &whole[..40_000]);
    write(&house.dropbox("Taken.wav"), &whole[..40_000]);
    house.take("Taken.wav");
    let url = house.url("Song.wav");
    succeeds(&curl(&["-C", "-", "-T", mix.to_str().unwrap(), &url]));
    same(&mix, &house.dropbox("Song.wav"));
    assert_eq!(house.announced().len(), 1);

    let refused = curl(&[
        "-v",
        "-C",
        "-",
        "-T",
        mix.to_str().unwrap(),
        &house.url("Taken.wav"),
    ]);
    assert!(
        !refused.status.success() && said(&refused).contains("taken for mastering"),
        "{}",
        said(&refused)
    );
    assert_eq!(
        std::fs::read(house.dropbox("Taken.wav")).unwrap(),
        &whole[..40_000]
    );
}

#[test]
fn going_on_anywhere_but_at_the_end_is_refused() {
    let house = House::open();
    write(&house.dropbox("Song.wav"), b"0123456789");
    for (place, name) in [("5", "Song.wav"), ("11", "Song.wav"), ("3", "Nothing.wav")] {
        let mut talk = house.talk();
        talk.log_in("ada", "secret");
        talk.say(&format!("REST {place}"));
        let reply = talk.send(&format!("STOR {name}"), b"x");
        assert!(
            reply.starts_with("451") && reply.contains("bytes of this file are here"),
            "{reply}"
        );
    }
    assert_eq!(
        std::fs::read(house.dropbox("Song.wav")).unwrap(),
        b"0123456789"
    );
    assert!(!house.dropbox("Nothing.wav").exists());
}

#[test]
fn after_a_failed_transfer_from_mid_file_the_next_one_does_not_begin_there_by_mistake() {
    let house = House::open();
    write(&house.dropbox("Song.wav"), b"01234");
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    talk.say("REST 9");
    let (_, reply) = talk.fetch("RETR Song.wav");
    assert!(reply.starts_with("451"), "{reply}");
    // The client gives up going on and sends its file from the start, without another word on places.
    let reply = talk.send("STOR Song.wav", b"56789");
    assert!(reply.starts_with("426"), "{reply}");
    assert_eq!(talk.hear(), "", "the connection is closed");
    assert_eq!(std::fs::read(house.dropbox("Song.wav")).unwrap(), b"01234");
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    assert!(talk.send("STOR Song.wav", b"56789").starts_with("226"));
    assert_eq!(std::fs::read(house.dropbox("Song.wav")).unwrap(), b"56789");
}

/// Sends a part of a file and ends it in the given way; what does the server make of it?
fn end_like(house: &mut House, name: &str, end: impl FnOnce(TcpStream, &mut TcpStream)) {
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let mut data = talk.data();
    talk.say(&format!("STOR {name}"));
    data.write_all(&[9; 50_000]).unwrap();
    until("it is staged", || house.staged_bytes() == 50_000);
    end(data, &mut talk.control);
    let reply = talk.hear();
    // The answer to ABOR itself is a 226 too.
    assert!(!reply.contains("successfully written"), "{name}: {reply}");
    assert!(!house.dropbox(name).exists(), "{name}");
    assert_eq!(house.announced().len(), 0, "{name}");
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    assert!(
        talk.say(&format!("DELE {name}")).starts_with("250"),
        "{name}"
    );
}

#[test]
fn an_upload_that_its_client_did_not_finish_is_never_called_finished() {
    let mut house = House::open();
    end_like(&mut house, "reset.wav", |data, _| {
        // A reset, as when the client's computer has forgotten the connection.
        rustix::net::sockopt::set_socket_linger(&data, Some(std::time::Duration::ZERO)).unwrap();
        drop(data);
    });
    end_like(&mut house, "both-gone.wav", |data, control| {
        control.shutdown(Shutdown::Write).unwrap();
        drop(data);
    });
    end_like(&mut house, "data-first.wav", |data, control| {
        drop(data);
        control.shutdown(Shutdown::Write).unwrap();
    });
    end_like(&mut house, "cancelled.wav", |data, control| {
        control.write_all(b"ABOR\r\n").unwrap();
        drop(data);
    });
    end_like(&mut house, "cancelled-late.wav", |data, control| {
        drop(data);
        control.write_all(b"ABOR\r\n").unwrap();
    });
}

/// Plain FTP ends a whole and a cancelled upload alike; what tells them apart is that the control
/// connection goes as well, and on a busy machine lftp closes it too late. Such a part is handed
/// on, and held when it is decoded; here, it is never taken for the whole file.
#[test]
fn lftp_cancelled_by_its_user_leaves_no_whole_file() {
    let house = House::open();
    let mix = house.mix("Song.wav", BYTES);
    let whole = std::fs::metadata(&mix).unwrap().len();
    let script = format!(
        "set net:limit-rate {CRAWL}; open -u ada,secret ftp://{}; put {}",
        house.address,
        mix.display()
    );
    // A shell's background jobs ignore SIGINT, and their children with them.
    let lftp = ["--default-signal=INT", "lftp", "-c"];
    let mut client = Own::start(Command::new("env").args(lftp).arg(script));
    house.until_a_part_has_arrived(&mut client);
    let interrupt = Command::new("kill")
        .args(["-INT", &client.0.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    client.0.wait().unwrap();
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    until("the server has noticed", || {
        let there = std::fs::metadata(house.dropbox("Song.wav"));
        assert!(there.map_or(0, |file| file.len()) < whole);
        talk.say("DELE Song.wav").starts_with("250")
    });
    assert!(!house.dropbox("Song.wav").exists());
}

#[test]
fn a_command_to_keep_the_line_awake_does_not_spoil_an_upload() {
    let house = House::open();
    let mut talk = house.talk();
    talk.log_in("ada", "secret");
    let mut data = talk.data();
    talk.say("STOR Song.wav");
    data.write_all(b"before ").unwrap();
    until("it is staged", || house.staged_bytes() == 7);
    talk.control.write_all(b"NOOP\r\n").unwrap();
    // Longer than a cancelling client would take between its word and its deed.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    data.write_all(b"after").unwrap();
    drop(data);
    let replies = talk.hear() + &talk.hear();
    assert!(replies.contains("226"), "{replies}");
    assert_eq!(
        std::fs::read(house.dropbox("Song.wav")).unwrap(),
        b"before after"
    );
}
