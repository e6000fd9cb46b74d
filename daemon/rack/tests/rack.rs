//! Units, chains, sheets, the way back to one, and who has what.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use proptest::prelude::*;
use rack::{
    Claim, Control, Difference, Leg, MidiTo, Missing, Occupancy, Patched, RackChain, RackRefusal,
    Range, Setting, Sheet, Standing, Step, Trim, Unit, walk,
};

const OPTO: &str = r#"
name = "Opto"
maker = "Lampe & Söhne"
serial_number = "0042"
layout = "stereo"
warm_up_minutes = 30
midi_port = "Opto MIDI 1"

[[channels]]
send = "system:playback_3"
return = "system:capture_3"

[[channels]]
send = "system:playback_4"
return = "system:capture_4"

[[calibrations]]
since = "2026-01-01"
channel = 1
send_dbu = 18.0
return_dbu = 18.0

[[calibrations]]
since = "2026-06-01"
channel = 1
send_dbu = 18.1
return_dbu = 17.9

[[controls]]
name = "Threshold"
range = { kind = "continuous", low = -20.0, high = 10.0, unit = "dB" }
midi = { message = "control_change", channel = 2, controller = 20, from = 0, to = 127 }

[[controls]]
name = "Ratio"
range = { kind = "stepped", positions = ["2:1", "4:1", "10:1"] }
midi = { message = "sys_ex", bytes = "F0 00 21 5D VV F7" }

[[controls]]
name = "Side chain"
range = { kind = "switch", off = "flat", on = "90 Hz" }

[[services]]
on = "2025-03-02"
what = "new tubes"

[[services]]
on = "2024-01-02"
what = "meters"
"#;

fn opto() -> Unit {
    Unit::from_toml(OPTO).unwrap()
}

fn pultec() -> Unit {
    let ports = OPTO.replace("_3", "_5").replace("_4", "_6");
    let file = ports.replace("\"Opto\"", "\"Program EQ\"");
    Unit::from_toml(&file.replace("warm_up_minutes = 30", "warm_up_minutes = 45")).unwrap()
}

fn the_rack() -> BTreeMap<String, Unit> {
    [("opto", opto()), ("eq", pultec())]
        .map(|(name, unit)| (name.to_owned(), unit))
        .into()
}

const CHAIN: &str = r#"
name = "Warm"
when = "Voices that need a floor under them."
wet_percent = 80.0

[[legs]]
leg = "processors"
stages = [{ processor = "gain", gain_db = -3.0 }]

[[legs]]
leg = "patch"
step = "plug EQ out into Opto in"

[[legs]]
leg = "unit"
unit = "eq"
send_trim_db = -1.5

[[legs]]
leg = "unit"
unit = "opto"
"#;

fn warm() -> RackChain {
    RackChain::from_toml(CHAIN).unwrap()
}

fn refused(file: &str) -> String {
    Unit::from_toml(file).unwrap_err().to_string()
}

#[test]
fn a_unit_s_file_gives_the_same_unit_again() {
    let unit = opto();
    assert_eq!(Unit::from_toml(&unit.to_toml().unwrap()).unwrap(), unit);
    assert_eq!(unit.last_service().unwrap().what, "new tubes");
}

#[test]
fn levels_hold_from_their_day_on() {
    let unit = opto();
    let send = |day| unit.calibration_on(1, day).map(|c| c.send_dbu);
    assert_eq!(send(date(2025, 12, 31)), None);
    assert_eq!(send(date(2026, 5, 31)), Some(18.0));
    assert_eq!(send(date(2026, 6, 1)), Some(18.1));
    assert_eq!(unit.calibration_on(2, date(2026, 6, 1)), None);
}

#[test]
fn a_wrong_unit_is_refused_with_what_is_wrong() {
    let cases = [
        (
            OPTO.replace("name = \"Opto\"", "name = \" \""),
            "a unit needs a name",
        ),
        (
            OPTO.replace("system:capture_4", "system:capture_3"),
            "port \"system:capture_3\" is there twice",
        ),
        (
            OPTO.replace("layout = \"stereo\"", "layout = \"channels\"\ntubes = 3"),
            "unknown field `tubes`",
        ),
        (
            OPTO.replace("send_dbu = 18.1", "send_dbu = 81.1"),
            "the send's level in dBu must be from -10 to 40, not 81.1",
        ),
        (
            OPTO.replace(
                "channel = 1\nsend_dbu = 18.0",
                "channel = 3\nsend_dbu = 18.0",
            ),
            "speaks of channel 3, and the unit has 2",
        ),
        (
            OPTO.replace("\"Side chain\"", "\"ratio\""),
            "control \"ratio\" is there twice",
        ),
        (
            OPTO.replace("[\"2:1\", \"4:1\", \"10:1\"]", "[\"2:1\"]"),
            "control \"Ratio\" needs at least two positions",
        ),
        (
            OPTO.replace("low = -20.0", "low = 20.0"),
            "control \"Threshold\" needs at least two positions",
        ),
        (
            OPTO.replace("F0 00 21 5D VV F7", "F0 00 91 5D VV F7"),
            "must begin with F0",
        ),
        (
            OPTO.replace("channel = 2, controller", "channel = 17, controller"),
            "channels go from 1 to 16",
        ),
    ];
    for (file, wanted) in cases {
        let said = refused(&file);
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    let second = "[[channels]]\nsend = \"system:playback_4\"\nreturn = \"system:capture_4\"\n";
    let one = OPTO.replace(second, "");
    let said = refused(&one);
    assert!(
        said.contains("a stereo unit runs on two channels, not on 1"),
        "{said}"
    );
}

#[test]
fn a_setting_is_read_as_people_write_it() {
    let unit = opto();
    let read = |control: &str, text: &str| unit.control(control).unwrap().read(text);
    assert_eq!(read("Threshold", " -4,5 dB").unwrap(), Setting::Value(-4.5));
    assert_eq!(read("threshold", "10").unwrap(), Setting::Value(10.0));
    assert_eq!(
        read("Ratio", "10:1 ").unwrap(),
        Setting::Position("10:1".to_owned())
    );
    assert_eq!(
        read("Side chain", "FLAT").unwrap(),
        Setting::Position("flat".to_owned())
    );
    for (control, text, choices) in [
        ("Threshold", "11", "-20 to 10 dB"),
        ("Threshold", "NaN", "-20 to 10 dB"),
        ("Ratio", "3:1", "2:1, 4:1, 10:1"),
        ("Side chain", "in", "flat, 90 Hz"),
    ] {
        let said = read(control, text).unwrap_err().to_string();
        assert!(said.ends_with(choices), "{said}");
    }
    assert!(unit.control("Attack").is_err());
}

#[test]
fn midi_says_where_a_control_goes() {
    let unit = opto();
    let bytes = |control: &str, text: &str| {
        let control = unit.control(control).unwrap();
        control.midi_bytes(&control.read(text).unwrap())
    };
    assert_eq!(bytes("Threshold", "-20"), Some(vec![0xB1, 20, 0]));
    assert_eq!(bytes("Threshold", "-5"), Some(vec![0xB1, 20, 64]));
    assert_eq!(bytes("Threshold", "10"), Some(vec![0xB1, 20, 127]));
    assert_eq!(
        bytes("Ratio", "10:1"),
        Some(vec![0xF0, 0x00, 0x21, 0x5D, 2, 0xF7])
    );
    assert_eq!(bytes("Side chain", "flat"), None, "turned by hand");
    let programs = Control {
        name: "Preset".to_owned(),
        range: Range::Stepped {
            positions: ["A", "B", "C"].map(str::to_owned).into(),
        },
        midi: Some(MidiTo::Program {
            channel: 16,
            first: 5,
        }),
    };
    programs.check().unwrap();
    assert_eq!(
        programs.midi_bytes(&Setting::Position("C".to_owned())),
        Some(vec![0xCF, 7])
    );
}

#[test]
fn a_chain_is_checked_against_the_rack() {
    let chain = warm();
    chain.check(&the_rack()).unwrap();
    assert_eq!(
        RackChain::from_toml(&chain.to_toml().unwrap()).unwrap(),
        chain
    );
    assert_eq!(chain.units().collect::<Vec<_>>(), ["eq", "opto"]);
    assert_eq!(chain.wet_percent, 80.0);
    let said = |chain: &RackChain| chain.check(&the_rack()).unwrap_err().to_string();
    let with = |leg: Leg| {
        let mut chain = warm();
        chain.legs.push(leg);
        chain
    };
    let unit = |unit: &str, send_trim_db: f64| Leg::Unit {
        unit: unit.to_owned(),
        send_trim_db,
        return_trim_db: 0.0,
    };
    assert!(said(&with(unit("opto", 0.0))).contains("unit \"opto\" is there twice"));
    assert!(said(&with(unit("ghost", 0.0))).contains("no unit \"ghost\""));
    assert!(said(&with(unit("opto", 30.0))).contains("from -24 to 24, not 30"));
    let dry = RackChain {
        legs: warm().legs[..2].to_vec(),
        ..warm()
    };
    assert_eq!(dry.check(&the_rack()), Err(RackRefusal::NoUnit));
    // Both on the same plugs: they would answer at once.
    let mut one_port = the_rack();
    one_port.insert("eq".to_owned(), opto());
    let both = warm().check(&one_port).unwrap_err().to_string();
    assert!(both.contains("is there twice"), "{both}");
    let unknown = RackChain::from_toml(&CHAIN.replace("gain_db", "gainn_db")).unwrap_err();
    assert!(unknown.to_string().contains("gainn_db"), "{unknown}");
}

/// A sheet on which all but one control is noted.
fn sheet() -> Sheet {
    let rack = the_rack();
    let mut sheet = Sheet::blank("warm", 3, [("eq", 1), ("opto", 2)]);
    for name in ["eq", "opto"] {
        let unit = (name, &rack[name]);
        sheet.set(unit, "Threshold", "-4.5").unwrap();
        sheet.set(unit, "Ratio", "4:1").unwrap();
    }
    sheet
        .set(("eq", &rack["eq"]), "Side chain", "90 Hz")
        .unwrap();
    sheet
}

#[test]
fn a_sheet_says_what_it_lacks() {
    let (rack, chain) = (the_rack(), warm());
    let mut sheet = sheet();
    let control = Missing::Control {
        unit: "opto".to_owned(),
        control: "Side chain".to_owned(),
    };
    let patch = Missing::Patch {
        step: 1,
        words: "plug EQ out into Opto in".to_owned(),
    };
    assert_eq!(sheet.missing(&chain, &rack), [patch, control.clone()]);
    let done = |step, by: &str| Patched {
        step,
        by: by.to_owned(),
        at_ms: 7,
    };
    sheet.confirm(&chain, done(1, "Mia")).unwrap();
    sheet.confirm(&chain, done(1, "Tom")).unwrap();
    assert_eq!(sheet.patched, [done(1, "Mia")], "the first stays");
    assert!(sheet.confirm(&chain, done(2, "Mia")).is_err());
    assert_eq!(sheet.missing(&chain, &rack), [control]);
    sheet
        .set(("opto", &rack["opto"]), "Side chain", "flat")
        .unwrap();
    assert!(sheet.missing(&chain, &rack).is_empty());
    sheet
        .set(("opto", &rack["opto"]), "Side chain", "")
        .unwrap();
    assert_eq!(sheet.missing(&chain, &rack).len(), 1);
    let trim = |send_db| rack::Trim {
        send_db,
        return_db: 0.5,
    };
    sheet.trim("a song", trim(-1.0)).unwrap();
    assert_eq!(sheet.trims["a song"].send_db, -1.0);
    assert!(sheet.trim("a song", trim(f64::NAN)).is_err());
    assert!(sheet.set(("ghost", &rack["opto"]), "Ratio", "4:1").is_err());
    assert!(sheet.set(("opto", &rack["opto"]), "Ratio", "5:1").is_err());
}

#[test]
fn two_sheets_are_compared_both_ways() {
    let (rack, first) = (the_rack(), sheet());
    let mut second = first.clone();
    second
        .set(("opto", &rack["opto"]), "Ratio", "10:1")
        .unwrap();
    second.set(("eq", &rack["eq"]), "Side chain", "").unwrap();
    assert!(first.differences(&first).is_empty());
    let found = first.differences(&second);
    let position = |text: &str| Some(Setting::Position(text.to_owned()));
    let difference = |unit: &str, control: &str, before, after| Difference {
        unit: unit.to_owned(),
        control: control.to_owned(),
        before,
        after,
    };
    assert_eq!(
        found,
        [
            difference("eq", "Side chain", position("90 Hz"), None),
            difference("opto", "Ratio", position("4:1"), position("10:1")),
        ]
    );
    let back = second.differences(&first);
    assert!(
        found
            .iter()
            .zip(&back)
            .all(|(a, b)| a.before == b.after && a.after == b.before)
    );
    // A unit that only the other sheet has.
    let mut alone = first.clone();
    alone.units.retain(|part| part.unit == "eq");
    assert_eq!(alone.differences(&first).len(), 2);
}

#[test]
fn the_way_back_warms_up_patches_sets_and_checks() {
    let (mut rack, chain, sheet) = (the_rack(), warm(), sheet());
    let steps = walk(&sheet, None, &chain, &rack);
    let minutes: Vec<u32> = steps
        .iter()
        .filter_map(|step| match step {
            Step::WarmUp { minutes, .. } => Some(*minutes),
            _ => None,
        })
        .collect();
    assert_eq!(minutes, [45, 30], "the slowest first");
    assert!(matches!(&steps[2], Step::Patch { number: 1, .. }));
    let sets = |steps: &[Step]| {
        steps
            .iter()
            .filter(|s| matches!(s, Step::Set { .. }))
            .count()
    };
    assert_eq!(sets(&steps), 5);
    assert!(matches!(steps.last(), Some(Step::Check { chain }) if chain == "warm"));
    let Step::Set { words, midi, .. } = &steps[3] else {
        panic!("{steps:#?}");
    };
    assert_eq!((words.as_str(), midi.is_some()), ("-4.5 dB", true));
    // What stands already is no step; what is known to stand elsewhere says from where.
    let mut now = sheet.clone();
    now.set(("opto", &rack["opto"]), "Ratio", "2:1").unwrap();
    let steps = walk(&sheet, Some(&now), &chain, &rack);
    assert_eq!(sets(&steps), 1);
    let from = steps.iter().find_map(|step| match step {
        Step::Set { from, .. } => from.clone(),
        _ => None,
    });
    assert_eq!(from, Some(Setting::Position("2:1".to_owned())));
    // The panel was changed since: said, not guessed.
    let changed = OPTO
        .replace("\"4:1\", ", "")
        .replace("\"Threshold\"", "\"Input\"");
    rack.insert("opto".to_owned(), Unit::from_toml(&changed).unwrap());
    let gone: Vec<(String, String)> = walk(&sheet, None, &chain, &rack)
        .into_iter()
        .filter_map(|step| match step {
            Step::Gone { control, noted, .. } => Some((control, noted)),
            _ => None,
        })
        .collect();
    let gone_is = [("Ratio", "4:1"), ("Threshold", "-4.5")];
    assert_eq!(gone, gone_is.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

fn claim(who: &str, units: &[&str]) -> Claim {
    Claim {
        who: who.to_owned(),
        units: units.iter().map(|u| (*u).to_owned()).collect(),
    }
}

#[test]
fn two_that_need_one_unit_take_turns() {
    let mut rack = Occupancy::default();
    assert_eq!(rack.claim(claim("first", &["eq", "opto"])), Standing::Holds);
    let waits = |unit: &str, who: &str| Standing::Waits {
        behind: vec![(unit.to_owned(), who.to_owned())],
    };
    assert_eq!(
        rack.claim(claim("second", &["opto", "tape"])),
        waits("opto", "first")
    );
    // The tape is free, but whoever takes it now would keep the second waiting for ever.
    assert_eq!(
        rack.claim(claim("third", &["tape"])),
        waits("tape", "second")
    );
    assert_eq!(rack.claim(claim("fourth", &["delay"])), Standing::Holds);
    assert_eq!(rack.release("first"), ["second"]);
    assert_eq!(rack.release("second"), ["third"]);
    assert_eq!(rack.release("nobody"), Vec::<String>::new());
    assert_eq!(rack.holders(), ["third", "fourth"]);
}

proptest! {
    /// Whatever is claimed and let go: nobody shares a unit, somebody always works, everybody's turn comes.
    #[test]
    fn nobody_shares_and_nobody_starves(claims in prop::collection::vec(prop::collection::btree_set(0_u8..6, 1..4), 1..12)) {
        let mut rack = Occupancy::default();
        for (index, units) in claims.iter().enumerate() {
            let units: BTreeSet<String> = units.iter().map(u8::to_string).collect();
            rack.claim(Claim { who: index.to_string(), units });
        }
        for served in 0..claims.len() {
            let holders = rack.holders();
            prop_assert!(!holders.is_empty(), "{served} of {}", claims.len());
            let held: Vec<&String> = rack
                .line()
                .into_iter()
                .filter(|(_, standing)| *standing == Standing::Holds)
                .flat_map(|(claim, _)| &claim.units)
                .collect();
            let distinct: BTreeSet<&String> = held.iter().copied().collect();
            prop_assert_eq!(held.len(), distinct.len());
            rack.release(holders.first().expect("there is one"));
        }
        prop_assert!(rack.line().is_empty());
    }

    /// Every setting that can be read is said so that it is read again.
    #[test]
    fn words_are_read_again(value in -20.0_f64..10.0) {
        let unit = opto();
        let control = unit.control("Threshold").unwrap();
        let setting = Setting::Value((value * 100.0).round() / 100.0);
        prop_assert_eq!(control.read(&control.words(&setting)).unwrap(), setting);
    }
}

#[test]
fn a_sheet_goes_over_to_another_chain_with_what_is_noted_of_its_units() {
    let mut sheet = sheet();
    sheet.note = "as she likes it".to_owned();
    let trim = Trim {
        send_db: -1.0,
        return_db: 1.0,
    };
    sheet.trim("song", trim).unwrap();
    let blank = Sheet::blank("cold", 1, [("opto", 5), ("new", 1)]);
    let carried = sheet.carried_to(blank);
    assert_eq!((carried.chain.as_str(), carried.chain_version), ("cold", 1));
    let [opto, new] = carried.units.as_slice() else {
        panic!("{carried:?}")
    };
    assert_eq!(opto.settings, sheet.unit("opto").unwrap().settings);
    assert_eq!(opto.unit_version, 5, "its page as it is now");
    assert!(new.settings.is_empty());
    assert!(carried.unit("eq").is_none());
    assert_eq!(
        (carried.trims["song"], carried.note.as_str()),
        (trim, "as she likes it")
    );
}
