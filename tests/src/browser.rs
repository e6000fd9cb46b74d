//! A real browser: Debian's Chromium, driven by its own driver over the WebDriver protocol.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::wait::until;

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How the protocol names an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Pictures that the README shows.
const IN_README: [&str; 4] = [
    "portal.png",
    "programme.png",
    "deliveries-portal.png",
    "lyrics.png",
];

/// A browser window.
pub struct Browser {
    driver: Child,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a window of this size.
    ///
    /// # Panics
    /// Where Chromium or its driver is not installed.
    #[must_use]
    pub fn open(width: u32, height: u32) -> Self {
        let profile = tempfile::tempdir().expect("there is room for a profile");
        let port = {
            let probe =
                std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
            probe.local_addr().expect("it is bound").port()
        };
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed by image/install-packages tests");
        let base = format!("http://127.0.0.1:{port}");
        until("chromedriver answers", PATIENCE, || {
            ureq::get(format!("{base}/status")).call().ok().map(drop)
        });
        let options = json!({
            "binary": "/usr/bin/chromium",
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--autoplay-policy=no-user-gesture-required",
                format!("--user-data-dir={}", profile.path().display()),
                format!("--window-size={width},{height}"),
            ],
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options } } });
        let answer = call("POST", &format!("{base}/session"), &wanted);
        let id = answer["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("no session: {answer}"))
            .to_owned();
        Self {
            driver,
            session: format!("{base}/session/{id}"),
            _profile: profile,
        }
    }

    /// Goes to a page.
    pub fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// The address shown.
    #[must_use]
    pub fn url(&self) -> String {
        call("GET", &format!("{}/url", self.session), &Value::Null)
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Runs script in the page and gives what it returns.
    pub fn script(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until a script returns something true.
    pub fn until(&self, what: &str, script: &str) -> Value {
        until(what, PATIENCE, || {
            let value = self.script(script);
            (value != Value::Null && value != Value::Bool(false)).then_some(value)
        })
    }

    /// Clicks the first element that a selector finds.
    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Clicks a button that sends a form, and waits for the page that answers it.
    ///
    /// A click returns before the form is on its way; going elsewhere then takes it back.
    pub fn send(&self, button: &str) {
        self.script("document.documentElement.dataset.isBeforeSending = 'yes'");
        self.click(button);
        self.until_answered(button);
    }

    /// The same on a page that draws itself anew: `press` is script that presses a button where it finds one, and
    /// returns whether it did.
    pub fn send_by(&self, what: &str, press: &str) {
        self.script("document.documentElement.dataset.isBeforeSending = 'yes'");
        self.until(what, press);
        self.until_answered(what);
    }

    fn until_answered(&self, what: &str) {
        let answered = "return document.readyState === 'complete' \
            && !document.documentElement.dataset.isBeforeSending";
        let body = json!({ "script": answered, "args": [] });
        until(
            &format!("{what} is answered by another page"),
            PATIENCE,
            || {
                // Between two pages there may be none to ask.
                let answer = try_call("POST", &format!("{}/execute/sync", self.session), &body);
                (answer == Ok(Value::Bool(true))).then_some(())
            },
        );
    }

    /// Types into the first element that a selector finds; what stood there goes.
    pub fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(
            &format!("/element/{element}/value"),
            &json!({ "text": text }),
        );
    }

    /// Chooses a file in the first file field that a selector finds.
    pub fn type_file(&self, selector: &str, file: &Path) {
        let element = self.find(selector);
        self.post(
            &format!("/element/{element}/value"),
            &json!({ "text": file.display().to_string() }),
        );
    }

    /// Presses keys where the page listens.
    pub fn press(&self, keys: &str) {
        let body = self.find("body");
        self.post(&format!("/element/{body}/value"), &json!({ "text": keys }));
    }

    /// Presses the pointer at one place of the window, moves it to another and lets go; in pixels from its upper left corner.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let at = |(x, y): (f64, f64), duration: u32| json!({ "type": "pointerMove", "duration": duration, "x": x.round(), "y": y.round() });
        let half = (from.0.midpoint(to.0), from.1.midpoint(to.1));
        let hand = json!({
            "type": "pointer", "id": "hand", "parameters": { "pointerType": "mouse" },
            "actions": [
                at(from, 0), { "type": "pointerDown", "button": 0 },
                at(half, 50), at(to, 50), { "type": "pointerUp", "button": 0 },
            ],
        });
        self.post("/actions", &json!({ "actions": [hand] }));
    }

    /// Makes the page as wide and high as a phone's, below what a window can be.
    pub fn be_as_small_as(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size });
        self.post("/goog/cdp/execute", &command);
    }

    /// Logs in at the pages that lie at `web`.
    pub fn log_in(&self, web: &str, login: &str, password: &str) {
        self.go(&format!("{web}/login"));
        self.type_into("input[name=login]", login);
        self.type_into("input[name=password]", password);
        self.send("main form button[type=submit]");
    }

    /// Nothing of the page has to be moved sideways.
    ///
    /// # Panics
    /// Where it is wider than its window; one that stands in for a phone's grows with what is too wide.
    #[track_caller]
    pub fn fits(&self) {
        let spare =
            "return document.documentElement.scrollWidth - Math.min(innerWidth, screen.width)";
        let spare = self.script(spare);
        assert!(
            spare.as_i64().is_some_and(|spare| spare <= 0),
            "the page is {spare} px too wide"
        );
    }

    /// Saves a picture of the window under `target/pictures`; with `LACQUER_PICTURES=keep` the README's own are made anew.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn picture(&self, name: &str) {
        let picture = call("GET", &format!("{}/screenshot", self.session), &Value::Null);
        let bytes = decode_base64(picture.as_str().unwrap_or_default());
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let are_kept = std::env::var("LACQUER_PICTURES").is_ok_and(|how| how == "keep");
        let folder = if are_kept && IN_README.contains(&name) {
            tests.join("pictures")
        } else {
            tests.join("../target/pictures")
        };
        std::fs::create_dir_all(&folder).expect("the folder for pictures can be made");
        let to = folder.join(name);
        let mut file = std::fs::File::create(to).expect("the picture can be made");
        std::io::Write::write_all(&mut file, &bytes).expect("the picture can be written");
    }

    fn find(&self, selector: &str) -> String {
        until(&format!("{selector} is on the page"), PATIENCE, || {
            let wanted = json!({ "using": "css selector", "value": selector });
            let found = try_call("POST", &format!("{}/element", self.session), &wanted).ok()?;
            found[ELEMENT].as_str().map(str::to_owned)
        })
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        call("POST", &format!("{}{path}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The window goes with its session; a driver that is gone has none.
        let _ = try_call("DELETE", &self.session, &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn call(method: &str, url: &str, body: &Value) -> Value {
    try_call(method, url, body).unwrap_or_else(|e| panic!("{method} {url} {body}: {e}"))
}

fn try_call(method: &str, url: &str, body: &Value) -> Result<Value, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let answer = match method {
        "GET" => agent.get(url).call(),
        "DELETE" => agent.delete(url).call(),
        _ => agent.post(url).send_json(body),
    };
    let mut answer = answer.map_err(|e| e.to_string())?;
    let status = answer.status();
    let limit = 64 * 1024 * 1024;
    let text = answer
        .body_mut()
        .with_config()
        .limit(limit)
        .read_to_string()
        .map_err(|e| e.to_string())?;
    let value: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    if status.is_success() {
        Ok(value["value"].clone())
    } else {
        Err(value["value"]["message"].to_string())
    }
}

fn decode_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let word =
            group.iter().fold(0u32, |w, d| w << 6 | u32::from(*d)) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&word.to_be_bytes()[1..group.len()]);
    }
    bytes
}
