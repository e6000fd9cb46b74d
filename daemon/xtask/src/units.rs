//! The systemd units as systemd itself judges them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::house;

/// Most that the service may be exposed, in systemd's figure from 0 to 10, times ten.
const MAX_EXPOSURE_TENTHS: u32 = 15;

/// Runs `systemd-analyze verify` and `security` on the service; any remark is an objection.
pub(crate) fn check() -> Result<()> {
    let unit = house::root().join("systemd/lacquer.service");
    let text = std::fs::read_to_string(&unit)
        .with_context(|| format!("could not read {}", unit.display()))?;
    let exposure = judge(&text)?;
    println!("lacquer.service: no remark, exposure {exposure}");
    Ok(())
}

/// Gives back the exposure as systemd words it.
fn judge(unit: &str) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("lacquer.service");
    // The program is not installed where it is built, and systemd would remark on that alone.
    let stand_in = unit.replace("ExecStart=/usr/bin/lacquer ", "ExecStart=/bin/true ");
    if stand_in == unit {
        bail!("the unit does not start /usr/bin/lacquer");
    }
    std::io::Write::write_all(&mut std::fs::File::create_new(&path)?, stand_in.as_bytes())?;
    // verify gives 0 with keys it does not know, so whatever it prints is an objection.
    let (passed, remarks) = analyze(&["verify"], &path)?;
    if !passed || !remarks.trim().is_empty() {
        bail!("systemd-analyze verify objects:\n{remarks}");
    }
    let threshold = format!("--threshold={MAX_EXPOSURE_TENTHS}");
    let (passed, table) = analyze(&["security", "--offline=true", &threshold], &path)?;
    let verdict = table
        .lines()
        .find_map(|line| line.split_once("Overall exposure level for lacquer.service: "));
    let (_, verdict) = verdict.context("systemd-analyze security gives no verdict")?;
    if !passed {
        bail!("the service is exposed too much: {verdict}\n{table}");
    }
    let figure = verdict.split_whitespace().next();
    Ok(figure.context("the verdict has no figure")?.to_owned())
}

fn analyze(arguments: &[&str], unit: &Path) -> Result<(bool, String)> {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .arg(unit)
        .env("SYSTEMD_COLORS", "0")
        .output()
        .context("could not start systemd-analyze; image/install-test-tools installs it")?;
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_and_an_open_door_are_objections() {
        let unit =
            |service: &str| format!("[Service]\nExecStart=/usr/bin/lacquer serve\n{service}\n");
        let said = judge(&unit("ProtectSytem=strict")).unwrap_err().to_string();
        assert!(said.contains("ProtectSytem"), "{said}");
        let said = judge(&unit("")).unwrap_err().to_string();
        assert!(
            said.starts_with("the service is exposed too much: 9."),
            "{said}"
        );
    }
}
