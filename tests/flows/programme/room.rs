//! A studio whose client has heard the songs one by one, and an engineer at the programme's page.

use flows::Lacquer;
use flows::browser::Browser;
use flows::clients::send_record;
use serde_json::{Value, json};

/// Each song's length, and the house's gap.
pub(crate) const SECONDS: f64 = 6.0;
pub(crate) const GAP: f64 = 2.0;
const BOARD: &str = "document.getElementById('programme').dataset";

/// A studio with an order whose programme is worked on in a browser.
pub(crate) struct Room {
    pub(crate) lacquer: Lacquer,
    pub(crate) browser: Browser,
    pub(crate) number: String,
    pub(crate) portal: String,
    pub(crate) mia: String,
    songs: usize,
}

impl Room {
    /// A studio whose client has heard the songs one by one, and an engineer at the programme's page.
    pub(crate) fn open(titles: &[&str]) -> Self {
        let lacquer = Lacquer::start();
        let password = lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, token) =
            lacquer.order("ada", "Weather", &["--songs", &titles.len().to_string()]);
        send_record(&lacquer, ("ada", &number), titles, SECONDS);
        let mia = lacquer.log_in("mia");
        lacquer.until_stage(&number, "in_review");
        let room = Self {
            browser: Browser::open(1280, 1500),
            portal: format!("{}/p/{token}", lacquer.web),
            songs: titles.len(),
            lacquer,
            number,
            mia,
        };
        let why = json!({ "purpose": "testing", "reason": "the programme is made by ear" });
        room.give("listening-reason", &why);
        room.give(
            "open-revision",
            &json!({ "reason": "order, gaps and fades" }),
        );
        let browser = &room.browser;
        browser.log_in(&room.lacquer.web, "mia", &password);
        room.at_the_programme();
        room
    }

    pub(crate) fn give(&self, what: &str, body: &Value) -> Value {
        let path = format!("/orders/{}/{what}", self.number);
        self.lacquer.must("POST", &path, &self.mia, body)
    }

    pub(crate) fn at_the_programme(&self) {
        let address = format!("{}/orders/{}/programme", self.lacquer.web, self.number);
        self.browser.go(&address);
        let songs = self.songs;
        self.browser.until(
            "the waveforms are there",
            &format!("return {BOARD}.state === 'ready' && {BOARD}.sheets === '{songs}'"),
        );
    }

    pub(crate) fn programme(&self) -> Value {
        let path = format!("/orders/{}/programme", self.number);
        self.lacquer.must("GET", &path, &self.mia, &Value::Null)
    }

    /// What the board says of itself.
    pub(crate) fn says(&self, name: &str) -> String {
        let value = self.browser.script(&format!("return {BOARD}.{name} ?? ''"));
        value.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn order(&self) -> Vec<String> {
        self.says("order").split('|').map(str::to_owned).collect()
    }

    /// Chooses a song by its title in the list.
    pub(crate) fn choose(&self, title: &str) {
        let press = format!(
            "const one = [...document.querySelectorAll('.songs-in-order button')].find(b => b.textContent.endsWith({title:?})); \
             one.click(); return true"
        );
        self.browser.until(title, &press);
    }

    /// Writes into a field of the chosen song and leaves it.
    pub(crate) fn write(&self, field: &str, text: &str) {
        let write = format!(
            "const field = document.querySelector('.song-panel [name={field}]'); field.value = {text:?}; \
             field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true"
        );
        self.browser.until(field, &write);
    }

    /// The same of the chosen edit, or of the marked region.
    pub(crate) fn write_edit(&self, field: &str, text: &str) {
        let write = format!(
            "const field = document.querySelector('.edit-panel [name={field}]'); field.value = {text:?}; \
             field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true"
        );
        self.browser.until(field, &write);
    }

    pub(crate) fn until_board(&self, what: &str, condition: &str) {
        self.browser
            .until(what, &format!("const b = {BOARD}; return {condition}"));
    }

    /// The window's place of a time on the canvas, in the lane of a song.
    pub(crate) fn place(&self, seconds: f64, index: usize) -> (f64, f64) {
        let corner = self.browser.script(
            "const box = document.querySelector('#programme canvas').getBoundingClientRect(); return [box.left, box.top]",
        );
        let scale: f64 = self.says("scale").parse().unwrap();
        let lane = if index.is_multiple_of(2) { 0.0 } else { 84.0 };
        (
            corner[0].as_f64().unwrap() + seconds * scale,
            corner[1].as_f64().unwrap() + 22.0 + lane + 42.0,
        )
    }

    /// The window's place of a time of the chosen song, on its picture below the disc.
    pub(crate) fn in_song(&self, seconds: f64) -> (f64, f64) {
        let canvas = self.browser.script(
            "const c = document.querySelector('#programme canvas'), box = c.getBoundingClientRect(); \
             return [box.left, box.top, Number(c.dataset.songScale), Number(c.dataset.songFrom)]",
        );
        let figure = |n: usize| canvas[n].as_f64().unwrap();
        (
            figure(0) + (seconds - figure(3)) * figure(2),
            figure(1) + 264.0 + 26.0 + 30.0,
        )
    }
}
