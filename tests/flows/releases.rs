//! The release of an order by the command line: filled in, given codes, claimed, taken down; and a question for the studio.

use flows::Lacquer;
use serde_json::Value;

/// The house's services with ranges and a label of the studio's own.
fn with_ranges(lacquer: &Lacquer) {
    let mut services = include_str!("../../config/services.toml").to_owned();
    for line in ["isrc = \"DEA12\"", "ean = \"4012345\"", "labels = ["] {
        let hint = format!("# {line}");
        assert!(services.contains(&hint), "{line}");
        services = services.replacen(&hint, line, 1);
    }
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("services.toml");
    durable(&path, &services);
    let said = lacquer.cli(&["service", "set", path.to_str().unwrap()]);
    said.unwrap();
}

fn durable(path: &std::path::Path, text: &str) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_release_is_filled_in_claimed_and_taken_down_by_the_command_line() {
    let lacquer = Lacquer::start();
    with_ranges(&lacquer);
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Out There", &["--songs", "1"]);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("release.toml");
    durable(
        &file,
        "label = \"Lacquer Records\"\nterritories = [\"de\"]\nshops = [\"Apple\"]\nyear = 2026\n",
    );
    let release = |words: &[&str]| {
        let mut all = vec!["release", words[0], &number];
        all.extend(&words[1..]);
        lacquer.cli(&all)
    };
    release(&["set", file.to_str().unwrap()]).unwrap();
    let codes = release(&["allot"]).unwrap();
    assert!(codes.contains("4012345000016"), "{codes}");
    assert!(codes.contains("LAQ001"), "{codes}");
    let shown = release(&["show"]).unwrap();
    assert!(shown.starts_with("(C) 2026 Copyright Control"), "{shown}");
    assert!(shown.contains("catalogue_no = \"LAQ001\""), "{shown}");
    assert!(shown.contains("open: "), "{shown}");

    release(&["claim", "--claimant", "Otto Owner", "The chorus is mine."]).unwrap();
    assert!(release(&["show"]).unwrap().contains("claim 1: Otto Owner"));
    release(&["withdraw-claim", "1"]).unwrap();
    let said = release(&["remove", "--reason", "another label"]).unwrap();
    assert!(said.contains("its songs stay tied to it"), "{said}");
    release(&["gone", "1", "Apple"]).unwrap();
    let nothing = release(&["gone", "1", "Nowhere"]).unwrap_err();
    assert!(!nothing.is_empty());

    // A question on the telephone reaches the studio's inbox.
    lacquer
        .cli(&[
            "support",
            "Where is my EAN?",
            "--by",
            "ada",
            "--order",
            &number,
        ])
        .unwrap();
    lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let inbox = lacquer
        .must("GET", "/notices", &sam, &Value::Null)
        .to_string();
    assert!(inbox.contains("Where is my EAN?"), "{inbox}");
}
