//! Inserts through a real JACK server: gear written by others is timed, measured and printed through.
//!
//! libjack takes the server's name from the environment, so everything is done by a child: this same program.

mod deaths;
mod refusals;
mod sound;
mod stalls;
mod two_servers;
mod workshop;

use std::process::Command;

use flows::jack::{Gear, Server};

use crate::workshop::{CHILD, child};

fn main() {
    match std::env::var(CHILD).as_deref() {
        Ok("clean") => return sound::a_plugins_delay_is_found_and_its_print_is_the_song(),
        Ok("fraction") => return sound::a_fraction_of_a_sample_is_found_and_nulls(),
        Ok("refusals") => return refusals::what_cannot_go_on_is_said_in_words(),
        Ok("kills") => return deaths::a_server_may_die_at_any_time(),
        Ok("dies") => return deaths::a_send_that_never_ends(),
        Ok("prints") => return deaths::a_long_print(),
        Ok("hears") => return deaths::a_listener_hears_it_fall_silent(),
        Ok("stalls") => {
            return stalls::every_stalled_client_is_found_and_the_second_print_is_clean();
        }
        Ok("two_servers") => return two_servers::a_unit_is_measured_and_a_song_printed(),
        Ok("dies_elsewhere") => return two_servers::measure_until_it_dies(),
        Ok("one_server") => return two_servers::the_other_server_is_gone(),
        Ok("return") => return patchbay::serve_return().unwrap(),
        _ => (),
    }
    let folder = tempfile::tempdir().unwrap();
    let name = format!("lacquer-insert-{}", std::process::id());
    {
        let _server = Server::start_at(&name, 44_100, 256);
        let _left = Gear::delay(&name, "left", 123);
        let _right = Gear::delay(&name, "right", 140);
        child("clean", &name, folder.path());
        let config = sound::convolver(folder.path());
        let _sinc = Gear::convolver(&name, "sinc", &config);
        child("fraction", &name, folder.path());
        child("stalls", &name, folder.path());
        child("refusals", &name, folder.path());
        others_connections_stand(&name);
    }
    two_servers::a_song_goes_out_by_one_server_and_comes_back_by_another(folder.path());
    {
        let _server = Server::start_asynchronous(&name, 44_100, 256);
        let _left = Gear::delay(&name, "left", 123);
        deaths::a_dying_client_leaves_silence(&name, folder.path());
        deaths::a_killed_print_leaves_a_take_that_reads(&name, folder.path());
    }
    deaths::servers_are_killed(&name, folder.path());
}

/// What somebody else patched is there after all this.
fn others_connections_stand(server: &str) {
    let with = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).env("JACK_DEFAULT_SERVER", server);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    with("jack_connect", &["left:out", "system:playback_1"]);
    let folder = tempfile::tempdir().unwrap();
    child("clean", server, folder.path());
    let stands = with("jack_lsp", &["-c", "left:out"]);
    assert!(stands.contains("system:playback_1"), "{stands}");
    assert!(!stands.contains("lacquer"), "{stands}");
    let ports = with("jack_lsp", &[]);
    assert!(!ports.contains("lacquer"), "a port leaked: {ports}");
}
