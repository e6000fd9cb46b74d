//! Restarting the audio server at another rate, where Lacquer runs it.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// How long the command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the studio's command with `{rate}` replaced by the rate in hertz. Whether the server came back at that rate is
/// seen by the print that asked for it.
pub(super) async fn restart(command: &[String], rate_hz: u32) -> Result<(), String> {
    let rate = rate_hz.to_string();
    let words: Vec<String> = command.iter().map(|w| w.replace("{rate}", &rate)).collect();
    let Some((program, rest)) = words.split_first() else {
        return Err(
            "Lacquer does not run the audio server here: set restart_server under [patchbay]"
                .to_owned(),
        );
    };
    let running = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    match tokio::time::timeout(PATIENCE, running).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!(
            "the audio server could not be restarted: {program} ended with {status}"
        )),
        Ok(Err(error)) => Err(format!(
            "the audio server could not be restarted: {program}: {error}"
        )),
        Err(_) => Err(format!(
            "the audio server could not be restarted: {program} took longer than a minute"
        )),
    }
}
