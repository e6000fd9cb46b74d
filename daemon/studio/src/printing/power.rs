//! Whether the box runs on its battery: nobody prints an album on that.

use std::fs;
use std::path::Path;

/// The sentence that says so; none where mains is there, or where there is no battery to tell.
///
/// Reads Linux's `power_supply` class: a battery or UPS that discharges while no mains supply is online.
pub(crate) fn on_battery(class: &Path) -> Option<String> {
    let supplies: Vec<_> = fs::read_dir(class).ok()?.flatten().collect();
    let read = |supply: &fs::DirEntry, what: &str| {
        let text = fs::read_to_string(supply.path().join(what)).unwrap_or_default();
        text.trim().to_ascii_lowercase()
    };
    let has_mains = supplies
        .iter()
        .any(|s| read(s, "type") == "mains" && read(s, "online") == "1");
    if has_mains {
        return None;
    }
    let drained = supplies.iter().find(|s| {
        // A mouse's battery says nothing of the box.
        matches!(read(s, "type").as_str(), "battery" | "ups")
            && read(s, "scope") != "device"
            && read(s, "status") == "discharging"
    })?;
    let left = read(drained, "capacity");
    let left = if left.is_empty() {
        String::new()
    } else {
        format!(", {left} % left")
    };
    Some(format!(
        "power runs on the battery ({}{left}); prints go on by themselves when mains is back",
        drained.file_name().to_string_lossy()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_battery_that_discharges_without_mains_holds_the_queue() {
        let class = tempfile::tempdir().unwrap();
        let supply = |name: &str, facts: &[(&str, &str)]| {
            let folder = class.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            for (what, text) in facts {
                durable::replace(&folder.join(what), format!("{text}\n").as_bytes()).unwrap();
            }
        };
        assert_eq!(on_battery(class.path()), None);
        supply("hid-mouse", &[("type", "Battery"), ("scope", "Device")]);
        supply("hid-mouse", &[("status", "Discharging")]);
        assert_eq!(on_battery(class.path()), None, "a mouse is no mains");
        supply("BAT0", &[("type", "Battery"), ("capacity", "81")]);
        supply("BAT0", &[("status", "Discharging")]);
        supply("AC", &[("type", "Mains"), ("online", "1")]);
        assert_eq!(on_battery(class.path()), None);
        supply("AC", &[("online", "0")]);
        let said = on_battery(class.path()).unwrap();
        assert!(said.contains("BAT0, 81 % left"), "{said}");
        supply("BAT0", &[("status", "Charging")]);
        assert_eq!(on_battery(class.path()), None);
        assert_eq!(on_battery(&class.path().join("none")), None);
    }
}
