//! The patchbay in a real browser, with a real audio server that comes, is killed and comes back.

use std::process::Command;

use flows::browser::Browser;
use flows::jack::{Gear, Server};
use flows::lacquer::PATIENCE;
use flows::{Lacquer, Settings, until};

/// A studio that watches a server of its own name, and whoever looks at its patchbay.
struct Bay {
    lacquer: Lacquer,
    browser: Browser,
    server: String,
}

impl Bay {
    fn open() -> Self {
        let server = format!("lacquer-bay-{}", std::process::id());
        let lacquer = Lacquer::start_with(&Settings {
            sections: vec![("patchbay", format!("is_on = true\nserver = \"{server}\""))],
            ..Settings::default()
        });
        let password = lacquer.add_staff("mia");
        let browser = Browser::open(1280, 1000);
        browser.log_in(&lacquer.web, "mia", &password);
        browser.go(&format!("{}/patchbay", lacquer.web));
        Self {
            lacquer,
            browser,
            server,
        }
    }

    /// Waits until the page shows words, without anybody reloading it.
    fn shows(&self, selector: &str, words: &str) {
        let all = format!("[...document.querySelectorAll({selector:?})]");
        let look = format!("return {all}.some((one) => one.textContent.includes({words:?}))");
        self.browser
            .until(&format!("{selector} shows {words:?}"), &look);
    }

    fn tool(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(args).env("JACK_DEFAULT_SERVER", &self.server);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    fn is_connected(&self, from: &str, to: &str) -> bool {
        self.tool("jack_lsp", &["-c", from]).contains(to)
    }

    /// Presses the button of a wanted or another connection.
    fn press(&self, cable: &str, words: &str) {
        let press = format!(
            "const row = [...document.querySelectorAll('.cables li')].find((li) => li.textContent.includes({cable:?}));
             const button = row && [...row.querySelectorAll('button')].find((b) => b.textContent.includes({words:?}));
             if (button) button.click();
             return Boolean(button)"
        );
        self.browser.send_by(&format!("{words} of {cable}"), &press);
    }
}

#[test]
fn the_page_follows_the_server_and_the_patching_comes_back() {
    let mut bay = Bay::open();
    bay.shows(".server", "There is no audio server");
    bay.shows(".next", "Lacquer sees it within two seconds");
    let words = ["insert", "connect", "system:capture_1", "system:playback_2"];
    bay.lacquer.cli(&words).unwrap();
    bay.shows(".cables", "as soon as there is an audio server");

    let name = bay.server.clone();
    let server = Server::start(&name);
    bay.shows(".server", "JACK runs at 48000 Hz, 256 frames a period");
    bay.shows(".cables li", "Stands.");
    assert!(bay.is_connected("system:capture_1", "system:playback_2"));
    bay.shows(".jacks", "system:capture_4");
    bay.shows("[data-port='system:playback_1']", "silent");

    // Somebody plays: the page hears it, and says whose connection it is.
    let sine = Gear::sine(&name, "sine");
    bay.shows(".cables", "sine:output1 → system:playback_1");
    bay.browser.until(
        "the meter moves",
        "const row = document.querySelector('[data-port=\"system:playback_1\"]');
         const level = parseFloat(row.querySelector('.level').textContent.replace('\u{2212}', '-'));
         return Math.abs(level + 14) < 0.3 && Math.abs(row.querySelector('meter').value + 14) < 0.3",
    );
    bay.browser.picture("patchbay.png");
    bay.press("sine:output1", "Keep it");
    bay.shows(".cables li", "Somebody else made it first");
    bay.press("sine:output1", "Do not keep it");
    bay.shows(".cables li", "Keep it");
    assert!(bay.is_connected("sine:output1", "system:playback_1"));
    sine.end();
    the_form_wants_and_takes_apart(&bay);

    // Killed, and back at another rate: nobody reloads the page, and nobody patches.
    server.kill();
    bay.shows(".server", "There is no audio server: the server has ended");
    bay.shows(".log", "The audio server is gone.");
    let server = Server::start_at(&name, 44_100, 128);
    bay.shows(".server", "JACK runs at 44100 Hz, 128 frames a period");
    bay.shows(".log", "Made again: 1 wanted connection.");
    assert!(bay.is_connected("system:capture_1", "system:playback_2"));

    // The daemon goes and comes: what it made stands all the while, and it knows what is its own.
    bay.lacquer.stop();
    assert!(bay.is_connected("system:capture_1", "system:playback_2"));
    assert!(
        !bay.tool("jack_lsp", &[]).contains("lacquer"),
        "a port leaked"
    );
    bay.lacquer.launch();
    let listed = until("the daemon sees the server", PATIENCE, || {
        let listed = bay.lacquer.json(&["insert", "list", "--json"]);
        (listed["patchbay"]["wanted"][0]["state"] == "stands").then_some(listed)
    });
    let board = &listed["patchbay"];
    assert_eq!(board["server"]["rate_hz"], 44_100);
    assert_eq!(board["connections"][0]["is_wanted"], true, "{board}");
    let words = [
        "insert",
        "disconnect",
        "system:capture_1",
        "system:playback_2",
    ];
    bay.lacquer.cli(&words).unwrap();
    until("what an earlier run made is taken apart", PATIENCE, || {
        (!bay.is_connected("system:capture_1", "system:playback_2")).then_some(())
    });
    let text = bay.lacquer.cli(&["insert", "list"]).unwrap();
    assert!(text.contains("JACK runs at 44100 Hz"), "{text}");
    // Its client goes first: a server that goes first leaves what they shared to nobody.
    bay.lacquer.stop();
    drop(server);
}

fn the_form_wants_and_takes_apart(bay: &Bay) {
    let browser = &bay.browser;
    browser.type_into("section.card input[name=from]", "playback_1");
    browser.type_into("section.card input[name=to]", "system:playback_1");
    browser.send("main section.card button[type=submit]");
    bay.shows(".refusal", "as the server names it");
    browser.type_into("section.card input[name=from]", "system:capture_2");
    browser.send("main section.card button[type=submit]");
    until("it is made", PATIENCE, || {
        bay.is_connected("system:capture_2", "system:playback_1")
            .then_some(())
    });
    // Somebody parts it by another program: that is left so, and can be undone here.
    bay.tool(
        "jack_disconnect",
        &["system:capture_2", "system:playback_1"],
    );
    bay.shows(".cables li", "Somebody took it apart");
    bay.press("system:capture_2", "Make it again");
    until("it is made again", PATIENCE, || {
        bay.is_connected("system:capture_2", "system:playback_1")
            .then_some(())
    });
    bay.press("system:capture_2", "Take it apart");
    until("it is taken apart", PATIENCE, || {
        (!bay.is_connected("system:capture_2", "system:playback_1")).then_some(())
    });
}
