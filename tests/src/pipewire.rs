//! A PipeWire of one's own, with a card that is not there and its own library in JACK's place.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::lacquer::PATIENCE;
use crate::wait::until;

/// A sink that counts as hardware and a source beside it; nobody manages sessions here, so their ports are set later.
const CARD: &str = r#"context.objects = [
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = card
      media.class = Audio/Sink node.physical = true audio.position = [ FL FR ] } }
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = mic
      media.class = Audio/Source/Virtual audio.position = [ FL FR ] } }
]
"#;

/// A running PipeWire; it is ended when this is dropped.
#[derive(Debug)]
pub struct PipeWire {
    child: Child,
    folder: tempfile::TempDir,
}

impl PipeWire {
    /// Starts one with a card of two channels: `card:playback_FL` and `_FR`, and `mic:out_FR` beside it.
    ///
    /// # Panics
    /// Where it is not installed, or does not answer.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let drop_in = folder.path().join("pipewire/pipewire.conf.d");
        std::fs::create_dir_all(&drop_in).expect("the folder is ours");
        let mut file = std::fs::File::create(drop_in.join("card.conf")).expect("it is ours");
        file.write_all(CARD.as_bytes()).expect("there is room");
        let child = spawn(folder.path());
        let made = Self { child, folder };
        made.furnish();
        made
    }

    /// A command that finds PipeWire's library where it looks for JACK's.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("pw-jack");
        within(&mut command, self.folder.path());
        command.arg(program);
        command
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// Where it cannot be ended.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// Where it does not answer.
    pub fn again(&mut self) {
        self.child = spawn(self.folder.path());
        self.furnish();
    }

    fn tool(&self, args: &[&str]) -> String {
        let mut command = Command::new("pw-cli");
        within(&mut command, self.folder.path());
        let done = command.args(args).output().expect("pw-cli is installed");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// Gives the card its ports, as a session manager would.
    fn furnish(&self) {
        for (node, direction) in [("card", "Input"), ("mic", "Output")] {
            let id = until("PipeWire has its nodes", PATIENCE, || {
                node_id(&self.tool(&["ls", "Node"]), node)
            });
            let ports = format!(
                "{{ direction = {direction} mode = dsp format = {{ mediaType = audio mediaSubtype = raw \
                 format = F32P rate = 48000 channels = 2 position = [ FL FR ] }} }}"
            );
            self.tool(&["set-param", &id, "PortConfig", &ports]);
        }
    }
}

fn within(command: &mut Command, folder: &Path) {
    command
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env_remove("DBUS_SESSION_BUS_ADDRESS");
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new("pipewire");
    within(&mut command, folder);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pipewire is installed by image/install-packages tests")
}

/// The id of a node in what `pw-cli ls Node` prints.
fn node_id(listed: &str, name: &str) -> Option<String> {
    let name = format!("node.name = \"{name}\"");
    let mut id = None;
    for line in listed.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("id ") {
            id = rest.split(',').next();
        } else if line == name {
            return id.map(str::to_owned);
        }
    }
    None
}

impl Drop for PipeWire {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
