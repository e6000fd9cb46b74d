//! The portal and the staff's pages in a real browser: upload, listen, compare, comment, ask, approve, fetch.

use std::path::Path;

use flows::browser::Browser;
use flows::clients::samples_by_ffmpeg;
use flows::mixes::Song;
use flows::{Lacquer, until};

const PLAYER: &str = "document.querySelector('[data-player]')";

/// The state, position, version and level that the player shows of itself.
fn heard(browser: &Browser, name: &str) -> String {
    let value = browser.script(&format!("return {PLAYER}.dataset.{name} ?? ''"));
    value.as_str().unwrap_or_default().to_owned()
}

fn position(browser: &Browser) -> f64 {
    heard(browser, "positionSeconds").parse().unwrap_or(0.0)
}

fn is_sounding(browser: &Browser) {
    browser.until(
        "there is sound",
        &format!("const l = parseFloat({PLAYER}.dataset.levelDbfs); return l > -60 && l < 6"),
    );
}

/// Makes the first login by the one-time link that the daemon printed.
fn set_up(lacquer: &Lacquer, browser: &Browser) {
    let link = lacquer
        .first_words
        .lines()
        .find_map(|line| line.strip_prefix("One-time set-up link: "))
        .expect("a new studio prints its set-up link");
    browser.go(link);
    for (field, text) in [
        ("name", "Eva Engineer"),
        ("login", "eva"),
        ("password", "lathe and stylus"),
        ("password_again", "lathe and stylus"),
    ] {
        browser.type_into(&format!("input[name={field}]"), text);
    }
    browser.send("main form button[type=submit]");
    browser.until(
        "the staff's first page",
        "return !location.pathname.startsWith('/setup')",
    );
    browser.picture("inbox.png");
    let spent = ureq::get(link).call().map_err(|e| e.to_string());
    assert!(spent.is_err(), "a set-up link is good once: {spent:?}");
}

/// The client drops a mix on the page, which shows the reference when it is there.
fn drop_a_mix(lacquer: &Lacquer, browser: &Browser, number: &str, portal: &str, mix: &Path) {
    browser.go(portal);
    browser.script("document.querySelectorAll('details').forEach(d => d.open = true)");
    // With script, choosing a file sends it.
    browser.type_file("input[type=file]", mix);
    lacquer.until_stage(number, "in_review");
    browser.go(portal);
    browser.until(
        "the reference is on the page",
        "return document.querySelector('.portal')?.dataset.stage === 'in_review'",
    );
}

fn compare_versions(browser: &Browser) {
    browser.until(
        "the waveform is drawn",
        "return document.querySelector('.wave path')?.getAttribute('d')?.length > 50",
    );
    browser.picture("portal.png");
    browser.click(".play");
    browser.until(
        "it plays",
        &format!("return {PLAYER}.dataset.state === 'playing'"),
    );
    is_sounding(browser);
    assert_eq!(heard(browser, "version"), "r1");
    browser.until(
        "it moves on",
        &format!("return parseFloat({PLAYER}.dataset.positionSeconds) > 1"),
    );
    let before = position(browser);
    browser.press("1");
    browser.until(
        "the mix is heard",
        &format!("return {PLAYER}.dataset.version === 'mix'"),
    );
    is_sounding(browser);
    assert!(
        position(browser) >= before,
        "switching goes on at the same place"
    );
    // The master is louder than the mix, so at matched loudness it is the one turned down.
    browser.press("2");
    let gain = browser.until(
        "the matched level is told",
        "return document.querySelector('.gain')?.textContent.trim()",
    );
    assert!(gain.as_str().unwrap_or("").contains("dB"), "{gain}");
    browser.press(" ");
    browser.until(
        "it pauses",
        &format!("return {PLAYER}.dataset.state === 'paused'"),
    );
}

fn comment(browser: &Browser, at: &str, words: &str) {
    browser.type_into("form.comment input[name=position]", at);
    browser.type_into("form.comment input[name=words]", words);
    browser.send("form.comment button[type=submit]");
    browser.until(
        "the comment stands on the page",
        &format!("return [...document.querySelectorAll('.comments li')].some(li => li.textContent.includes('{words}') && li.textContent.includes('{at}'))"),
    );
}

/// The engineer turns the highs down in the plan and makes revision 2.
fn second_revision(browser: &Browser, number: &str) {
    let web = browser.url();
    let host = web.split('/').take(3).collect::<Vec<_>>().join("/");
    browser.go(&format!("{host}/orders/{number}"));
    browser.picture("order.png");
    let changed = "const t = document.querySelector('textarea[name=chain]'); \
        t.value = t.value.replace(/gain_db = (-?[0-9.]+)/, (_, g) => 'gain_db = ' + (parseFloat(g) - 0.5).toFixed(2)); return t.value";
    let chain = browser.script(changed);
    assert!(chain.as_str().unwrap_or("").contains("gain_db"), "{chain}");
    browser.send("#plans form button[type=submit]");
    browser.send("form[action$='/master'] button");
    until("revision 2 is out", flows::lacquer::PATIENCE, || {
        browser.go(&format!("{host}/orders/{number}"));
        (browser.script("return document.body.innerText.includes('listens to revision 2')") == true)
            .then_some(())
    });
}

#[test]
fn a_client_hears_compares_comments_and_approves_in_a_browser() {
    let lacquer = Lacquer::start();
    let browser = Browser::open(1280, 1500);
    set_up(&lacquer, &browser);
    lacquer.add_client("ada", "");
    let (number, token) = lacquer.order(
        "ada",
        "First Light",
        &["--artist", "Ada Example", "--songs", "1"],
    );
    let portal = format!("{}/p/{token}", lacquer.web);
    let folder = tempfile::tempdir().unwrap();
    let mix = Song {
        seconds: 20.0,
        ..Song::default()
    }
    .write(&folder.path().join("First Light.wav"));

    drop_a_mix(&lacquer, &browser, &number, &portal, &mix);
    compare_versions(&browser);
    comment(&browser, "0:07", "a little sharp here");
    browser.type_into("form[action$='/request'] textarea", "Softer highs, please.");
    browser.send("form[action$='/request'] button");
    lacquer.until_stage(&number, "adjusting");
    second_revision(&browser, &number);

    browser.go(&portal);
    browser.type_into("form.approve input[name=name]", "Ada Example");
    browser.send("form.approve button[type=submit]");
    let order = lacquer.until_stage(&number, "archived");
    assert_eq!(order["project"]["approval"]["name"], "Ada Example");
    assert_eq!(order["project"]["approval"]["revision"], 2);

    browser.go(&portal);
    browser.picture("finals.png");
    fetch_final(&browser, &order, folder.path());
    on_a_phone(&portal);
}

/// Sends the page's form three times, as an impatient hand does, and gives the answers' states.
fn send_three_times(browser: &Browser, form: &str) -> serde_json::Value {
    let send = format!(
        "const form = document.querySelector({form:?}); \
         const send = () => fetch(form.action, {{ method: 'POST', body: new URLSearchParams(new FormData(form)) }}); \
         return Promise.all([send(), send()]).then(async both => [...both, await send()].map(a => a.status))"
    );
    browser.script(&send)
}

#[test]
fn a_form_sent_again_by_an_impatient_hand_counts_once() {
    let lacquer = Lacquer::start();
    let browser = Browser::open(1280, 1000);
    set_up(&lacquer, &browser);
    browser.go(&format!("{}/people", lacquer.web));
    let person = "form[action='/people']";
    browser.script("document.querySelectorAll('details').forEach(d => d.open = true)");
    for (field, text) in [("login", "ada"), ("name", "Ada Example")] {
        browser.type_into(&format!("{person} input[name={field}]"), text);
    }
    let answers = send_three_times(&browser, person);
    assert_eq!(answers, serde_json::json!([200, 200, 200]));
    browser.go(&format!("{}/orders/new", lacquer.web));
    let order = "form[action='/orders/new']";
    browser.type_into(&format!("{order} input[name=title]"), "Only Once");
    let answers = send_three_times(&browser, order);
    assert_eq!(answers, serde_json::json!([200, 200, 200]));
    let orders = lacquer.json(&["order", "list", "--json"]);
    let titles: Vec<&serde_json::Value> = flows::desk::list(&orders)
        .iter()
        .map(|order| &order["title"])
        .collect();
    assert_eq!(titles, ["Only Once"]);
    // Drawn anew, the form opens another one of the same title.
    browser.go(&format!("{}/orders/new", lacquer.web));
    browser.type_into(&format!("{order} input[name=title]"), "Only Once");
    browser.send(&format!("{order} button[type=submit]"));
    until("the second order is open", flows::lacquer::PATIENCE, || {
        let orders = lacquer.json(&["order", "list", "--json"]);
        (flows::desk::list(&orders).len() == 2).then_some(())
    });
}

/// What the page offers for download holds the approved samples.
fn fetch_final(browser: &Browser, order: &serde_json::Value, folder: &Path) {
    let href = browser.until(
        "the 24-bit WAV is offered",
        "return [...document.querySelectorAll('a[href*=\"/final/\"]')].map(a => a.href).find(h => h.endsWith('wav24'))",
    );
    let mut answer = ureq::get(href.as_str().unwrap()).call().unwrap();
    let bytes = answer
        .body_mut()
        .with_config()
        .limit(1 << 30)
        .read_to_vec()
        .unwrap();
    let file = folder.join("final.wav");
    std::io::Write::write_all(&mut std::fs::File::create_new(&file).unwrap(), &bytes).unwrap();
    let approved: Vec<&str> = order["project"]["approval"]["samples"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|s| s.as_str())
        .collect();
    assert_eq!(vec![samples_by_ffmpeg(&file, "s24le").as_str()], approved);
}

/// The page fits a phone: nothing has to be moved sideways.
fn on_a_phone(portal: &str) {
    let phone = Browser::open(500, 1000);
    phone.go(portal);
    phone.picture("phone.png");
    phone.fits();
}
