//! The file a studio edits says what the program does without it.

use measure::{CLAIMS, Severity, Thresholds};

#[test]
fn the_shipped_file_holds_the_defaults() {
    let text = include_str!("../../../config/findings.toml");
    let shipped: Thresholds = toml::from_str(text).unwrap();
    assert_eq!(shipped, Thresholds::default());
    // Every threshold stands in the file, so that a studio sees what it can turn.
    let all = toml::Table::try_from(Thresholds::default()).unwrap();
    let written: toml::Table = toml::from_str(text).unwrap();
    assert_eq!(all, written);
}

#[test]
fn a_file_may_set_one_line_and_a_misspelt_one_is_refused() {
    let raised: Thresholds = toml::from_str("[level]\nheadroom_severity = \"ask\"").unwrap();
    assert_eq!(raised.level.headroom_severity, Severity::Ask);
    assert_eq!(raised.edges, Thresholds::default().edges);
    assert!(toml::from_str::<Thresholds>("[level]\nhedroom_db = 1.0").is_err());
    assert!(toml::from_str::<Thresholds>("[levels]").is_err());
}

#[test]
fn the_shipped_file_tells_every_promise() {
    let text = include_str!("../../../config/findings.toml");
    for claim in CLAIMS {
        let line = format!("#   {}: {}; from {}\n", claim.code, claim.fault, claim.from);
        assert!(text.contains(&line), "{line}");
    }
    let told = text.lines().filter(|l| l.contains("; from ")).count();
    assert_eq!(told, CLAIMS.len());
}
