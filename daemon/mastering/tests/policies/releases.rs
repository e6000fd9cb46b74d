//! Releases: what S4 asks for, codes from the studio's own ranges, removals, claims.

use std::collections::BTreeMap;

use mastering::*;
use proptest::prelude::*;

use crate::order::*;

const OF_AGE: Licensor = Licensor {
    party: ContractParty::Person,
    of_age_at: Some(1),
};

fn settings() -> ReleaseSettings {
    ReleaseSettings {
        isrc: Some("DEA12".to_owned()),
        ean: Some("4012345".to_owned()),
        labels: vec![Label {
            name: "Lacquer Records".to_owned(),
            letters: "LAQ".to_owned(),
        }],
        ..ReleaseSettings::default()
    }
}

/// An order of these songs in the studio's hands.
fn order_of(titles: &[&str]) -> Order {
    let mut order = Order::of("mastering");
    order.project.songs = None;
    for (n, title) in (1..).zip(titles) {
        let mut mix = mix(n, MixRole::Main, order.now);
        mix.file_name = format!("{title}.wav");
        let id = mix.id.as_track();
        let event = Event::MixReceived {
            mix: Box::new(mix),
            title: (*title).to_owned(),
            key: title.to_lowercase(),
            version: 1,
        };
        apply(&mut order.project, &event);
        order.journal.push(event);
        assert!(order.project.track(&id).is_some());
    }
    order.project.songs = Some(1);
    order
}

fn full(order: &Order) -> Release {
    let songs = order.project.tracks.iter().map(|track| {
        let song = ReleaseSong {
            composer: "Ada Lindqvist".to_owned(),
            ..ReleaseSong::default()
        };
        (track.id.clone(), song)
    });
    Release {
        label: "Lacquer Records".to_owned(),
        genre: "Jazz".to_owned(),
        price_class: "full".to_owned(),
        territories: ["WW".to_owned()].into(),
        shops: ["Qobuz".to_owned(), "Tidal".to_owned()].into(),
        year: Some(2026),
        songs: songs.collect(),
        ..Release::default()
    }
}

fn describe(order: &mut Order, release: Release) -> Result<Vec<&'static str>, Refusal> {
    let command = Command::DescribeRelease {
        release: Box::new(release),
        by: "Ada".to_owned(),
    };
    order.give(command, &client())
}

fn take(order: &mut Order, last: &mut BTreeMap<String, u32>) -> Result<Vec<Allotment>, Refusal> {
    let codes = allot(&order.project, &settings(), last, order.now)?;
    let command = Command::TakeCodes {
        codes: codes.clone(),
        by: "Eva".to_owned(),
    };
    order.give(command, &staff())?;
    for code in &codes {
        let before = last.insert(code.series.clone(), code.number).unwrap_or(0);
        assert_eq!(code.number, before + 1, "no gap in {}", code.series);
    }
    Ok(codes)
}

fn problems(order: &Order) -> Vec<String> {
    let found = order.project.release_problems(&settings(), OF_AGE);
    found.iter().map(ToString::to_string).collect()
}

/// What is wrong with a release of these songs as this kind.
#[track_caller]
fn check_kind(kind: ReleaseKind, songs: &[(&str, &str)], wrong: &[&str]) {
    let titles: Vec<&str> = songs.iter().map(|(title, _)| *title).collect();
    let mut order = order_of(&titles);
    let mut release = full(&order);
    release.kind = kind;
    for ((_, artist), song) in songs.iter().zip(order.project.tracks.iter()) {
        let song = release.songs.get_mut(&song.id).unwrap();
        (*artist).clone_into(&mut song.artist);
    }
    describe(&mut order, release).unwrap();
    take(&mut order, &mut BTreeMap::new()).unwrap();
    assert_eq!(problems(&order), wrong, "{kind:?} of {songs:?}");
}

#[test]
fn s4_a_single_is_one_song_with_two_or_three_versions() {
    use ReleaseKind::Single;
    check_kind(Single, &[("Night", "")], &[]);
    check_kind(
        Single,
        &[
            ("Night", ""),
            ("Night (Radio Edit)", ""),
            ("Night [Instrumental]", ""),
        ],
        &[],
    );
    check_kind(
        Single,
        &[("Night", ""), ("Day", "")],
        &["a single is one song in at most 3 versions; this has 2 songs"],
    );
    check_kind(
        Single,
        &[
            ("Night", ""),
            ("Night (A)", ""),
            ("Night (B)", ""),
            ("Night (C)", ""),
        ],
        &["a single is one song in at most 3 versions; this has 4 songs"],
    );
}

#[test]
fn s4_an_album_is_several_songs_of_one_and_a_compilation_of_several_artists() {
    use ReleaseKind::{Album, Compilation};
    let one = [("Night", ""), ("Day", "")];
    let several = [("Night", "The Examples"), ("Day", "Others")];
    check_kind(Album, &one, &[]);
    check_kind(Album, &one[..1], &["an album holds several songs"]);
    check_kind(
        Album,
        &several,
        &["an album is one artist's; with several artists it is a compilation"],
    );
    check_kind(Compilation, &several, &[]);
    check_kind(Compilation, &one, &["a compilation holds several artists"]);
}

#[test]
fn s4_a_catalogue_number_is_capital_latin_letters_and_a_running_number_from_001() {
    for good in ["LAQ001", "A010", "LAQ999", "LAQ1000"] {
        assert!(is_catalogue_no(good), "{good}");
    }
    for bad in [
        "LAQ000", "LAQ01", "laq001", "001", "LAQ", "LÄQ001", "LAQ0100", "LAQ 1",
    ] {
        assert!(!is_catalogue_no(bad), "{bad}");
    }
    let mut order = order_of(&["Night"]);
    let mut last = BTreeMap::from([("catalogue LAQ".to_owned(), 998)]);
    let filled = full(&order);
    describe(&mut order, filled).unwrap();
    let codes = take(&mut order, &mut last).unwrap();
    assert_eq!(codes.last().unwrap().code, "LAQ999");
    let mut other = order_of(&["Day"]);
    let filled = full(&other);
    describe(&mut other, filled).unwrap();
    let codes = take(&mut other, &mut last).unwrap();
    assert_eq!(codes.last().unwrap().code, "LAQ1000");
    let mut wrong = full(&order);
    wrong.catalogue_no = "laq-1".to_owned();
    assert!(matches!(
        describe(&mut order, wrong),
        Err(Refusal::Missing { .. })
    ));
}

#[test]
fn s4_c_and_p_owners_are_named_and_copyright_control_stands_where_they_are_unconfirmed() {
    let mut release = Release {
        year: Some(2026),
        ..Release::default()
    };
    assert_eq!(release.c_line(), "(C) 2026 Copyright Control");
    assert_eq!(release.p_line(), "(P) 2026 Copyright Control");
    release.p_owner = "Lacquer Records".to_owned();
    assert_eq!(release.p_line(), "(P) 2026 Lacquer Records");
}

#[test]
fn s4_label_names_are_checked_against_those_known() {
    let mut order = order_of(&["Night"]);
    let mut release = full(&order);
    release.label = "LACQUER records".to_owned();
    describe(&mut order, release.clone()).unwrap();
    let said = &problems(&order)[0];
    assert!(
        said.contains("is it \u{201c}Lacquer Records\u{201d}?"),
        "{said}"
    );
    release.label = "Somebody Else".to_owned();
    describe(&mut order, release).unwrap();
    assert_eq!(
        problems(&order)[0],
        "the label \u{201c}Somebody Else\u{201d} is not known here"
    );
    let filled = full(&order);
    describe(&mut order, filled).unwrap();
    take(&mut order, &mut BTreeMap::new()).unwrap();
    assert_eq!(problems(&order), [""; 0]);
}

#[test]
fn s4_ean_and_isrc_are_brought_with_their_check_digit_or_allotted() {
    for (good, check) in [
        ("400638133393", '1'),
        ("501234567890", '0'),
        ("978020137962", '4'),
    ] {
        assert_eq!(ean_check_digit(good), Some(check), "{good}");
        assert!(is_ean(&format!("{good}{check}")));
    }
    assert!(!is_ean("4006381333932") && !is_ean("400638133393") && !is_ean("40063813339a1"));
    let mut order = order_of(&["Night", "Day"]);
    let mut brought = full(&order);
    brought.ean = "4006381333932".to_owned();
    assert!(describe(&mut order, brought.clone()).is_err());
    brought.ean = "4006-3813-3393-1".to_owned();
    describe(&mut order, brought).unwrap();
    let mark = |order: &Order, place: usize| Command::MarkTrack {
        track: order.project.tracks[place].id.clone(),
        isrc: "GB-XYZ-20-00007".to_owned(),
        credits: String::new(),
    };
    let first = mark(&order, 0);
    order.give(first, &client()).unwrap();
    // One recording, one code.
    let isrc = "GBXYZ2000007".to_owned();
    let second = mark(&order, 1);
    assert_eq!(
        order.give(second, &client()),
        Err(Refusal::IsrcTwice { isrc })
    );
    let mut last = BTreeMap::from([("isrc DEA1226".to_owned(), 41)]);
    let codes = take(&mut order, &mut last).unwrap();
    let given: Vec<&str> = codes.iter().map(|c| c.code.as_str()).collect();
    assert_eq!(given, ["DEA122600042", "LAQ001"], "what was brought stays");
    assert_eq!(order.project.tracks[1].isrc, "DEA122600042");
    assert_eq!(take(&mut order, &mut last), Err(Refusal::Already));
    let owned = settings();
    assert!(owned.owns("DEA122600042") && owned.owns("4012345000016"));
    assert!(owned.owns("LAQ007") && !owned.owns("LAQX007") && !owned.owns("GBXYZ2000007"));
}

#[test]
fn an_isrc_takes_its_year_from_the_studios_calendar_and_counts_from_one_again() {
    let mut last = BTreeMap::new();
    for (when, code) in [
        ("2026-12-31T23:59", "DEA122600001"),
        ("2027-01-01T00:00", "DEA122700001"),
        ("2027-01-01T00:01", "DEA122700002"),
    ] {
        let mut order = order_of(&["Night"]);
        order.when(when);
        assert_eq!(take(&mut order, &mut last).unwrap()[0].code, code);
    }
    last.insert("isrc DEA1227".to_owned(), 99_999);
    let mut order = order_of(&["Night"]);
    order.when("2027-06-01T12:00");
    let what = "ISRCs";
    assert_eq!(
        take(&mut order, &mut last),
        Err(Refusal::RangeUsedUp { what })
    );
    let none = ReleaseSettings::default();
    assert_eq!(
        allot(&order.project, &none, &last, order.now),
        Err(Refusal::NoRange)
    );
    // Twelve digits hold so many numbers and no more.
    let long = ReleaseSettings {
        isrc: None,
        ean: Some("40123456789".to_owned()),
        ..settings()
    };
    let full = BTreeMap::from([("ean 40123456789".to_owned(), 9)]);
    let what = "EANs";
    assert_eq!(
        allot(&order.project, &long, &full, order.now),
        Err(Refusal::RangeUsedUp { what })
    );
}

proptest! {
    /// Whatever orders ask for codes in whatever order: no series has a gap, no code is given
    /// twice, and every EAN has its right check digit.
    #[test]
    fn codes_have_no_gaps_and_are_given_once(
        sizes in prop::collection::vec(1..4usize, 1..12),
        brought in prop::collection::vec(any::<bool>(), 12),
    ) {
        let mut last = BTreeMap::new();
        let mut given = std::collections::BTreeSet::new();
        for (size, brings) in sizes.iter().zip(&brought) {
            let titles = &["Night", "Day", "Dawn"][..*size];
            let mut order = order_of(titles);
            let mut release = full(&order);
            if *brings {
                release.ean = "4006381333931".to_owned();
            }
            describe(&mut order, release).unwrap();
            for code in take(&mut order, &mut last).unwrap() {
                prop_assert!(given.insert(code.code.clone()), "{} twice", code.code);
                if code.code_kind == CodeKind::Ean {
                    prop_assert!(is_ean(&code.code), "{}", code.code);
                }
            }
            prop_assert_eq!(take(&mut order, &mut last), Err(Refusal::Already));
        }
        let all: u32 = last.values().sum();
        prop_assert_eq!(usize::try_from(all).unwrap(), given.len());
    }
}

#[test]
fn s4_genre_price_class_and_shops_come_from_the_catalogue() {
    let mut order = order_of(&["Night"]);
    let mut release = full(&order);
    release.genre = "Polka Metal".to_owned();
    release.price_class = String::new();
    release.shops.insert("Corner Shop".to_owned());
    release.territories.clear();
    describe(&mut order, release.clone()).unwrap();
    take(&mut order, &mut BTreeMap::new()).unwrap();
    assert_eq!(
        problems(&order),
        [
            "the territory is missing",
            "\u{201c}Polka Metal\u{201d} is none of the genres offered here",
            "the price class is missing",
            "\u{201c}Corner Shop\u{201d} is none of the shops offered here",
        ]
    );
    release.territories = ["Germany".to_owned()].into();
    assert!(describe(&mut order, release.clone()).is_err());
    release.territories = ["de".to_owned(), "AT".to_owned()].into();
    describe(&mut order, release).unwrap();
    let kept = &order.project.release.as_ref().unwrap().territories;
    assert!(kept.contains("DE") && kept.contains("AT"));
}

#[test]
fn s4_a_licence_runs_for_at_least_12_months_exclusive_or_not() {
    let mut order = order_of(&["Night"]);
    for (kind, months, is_long) in [
        (LicenceKind::Exclusive, 12, true),
        (LicenceKind::NotExclusive, 24, true),
        (LicenceKind::NotExclusive, 11, false),
    ] {
        let mut release = full(&order);
        release.licence = Licence { kind, months };
        describe(&mut order, release).unwrap();
        let short = "a licence runs for at least 12 months, not 11";
        let is_said = problems(&order).iter().any(|said| said == short);
        assert_eq!(is_said, !is_long, "{kind:?} {months}");
    }
}

#[test]
fn s4_whoever_licenses_is_of_age_and_a_person_a_sole_trader_or_a_company() {
    use ContractParty as P;
    let mut order = order_of(&["Night"]);
    let filled = full(&order);
    describe(&mut order, filled).unwrap();
    take(&mut order, &mut BTreeMap::new()).unwrap();
    for (party, of_age_at, open) in [
        (P::Person, Some(1), 0),
        (P::SoleTrader, Some(1), 0),
        (P::Company, Some(1), 0),
        (P::Company, None, 1),
        (P::Unsaid, Some(1), 1),
        (P::Unsaid, None, 2),
    ] {
        let licensor = Licensor { party, of_age_at };
        let found = order.project.release_problems(&settings(), licensor);
        assert_eq!(found.len(), open, "{party:?} {of_age_at:?}: {found:?}");
    }
}

pub(crate) fn ask_removal(order: &mut Order, shops: &[&str]) -> Result<Vec<&'static str>, Refusal> {
    let command = Command::AskRemoval {
        shops: shops.iter().map(|shop| (*shop).to_owned()).collect(),
        reason: "another label takes it over".to_owned(),
        by: "Ada".to_owned(),
    };
    order.give(command, &client())
}

pub(crate) fn gone(order: &mut Order, shop: &str) -> Result<Vec<&'static str>, Refusal> {
    let shop = shop.to_owned();
    order.give(Command::RecordShopGone { no: 1, shop }, &staff())
}

/// A release that came out on a leap day.
pub(crate) fn out() -> Order {
    let mut order = order_of(&["Night"]);
    let mut release = full(&order);
    release.released_on = Some("2028-02-29".parse().unwrap());
    describe(&mut order, release).unwrap();
    order
}

#[test]
fn s4_a_removal_is_free_after_12_months_else_it_costs_the_price_lists_fee() {
    for (when, cost) in [
        ("2028-03-01T12:00", RemovalCost::Fee),
        ("2029-02-27T23:59", RemovalCost::Fee),
        ("2029-02-28T00:00", RemovalCost::Free),
    ] {
        let mut order = out();
        order.when(when);
        assert_eq!(ask_removal(&mut order, &[]).unwrap(), ["removal_asked"]);
        assert_eq!(order.project.removals[0].cost, cost, "{when}");
    }
    let never_out = order_of(&["Night"]);
    assert_eq!(
        never_out.project.removal_cost(never_out.now),
        RemovalCost::Fee
    );
}

#[test]
fn s4_a_shop_takes_up_to_10_business_days() {
    let mut order = out();
    // A Thursday before Christmas: the 25th and New Year's Day are closed here.
    order.when("2026-12-17T15:00");
    ask_removal(&mut order, &["Qobuz"]).unwrap();
    let due = order
        .project
        .removal_due(&order.project.removals[0], &catalogue().calendar)
        .unwrap();
    assert_eq!(due, at("2027-01-04T18:00"), "the end of Monday's hours");
    // Each shop once; one that is not on the list never.
    assert_eq!(ask_removal(&mut order, &["Qobuz"]), Err(Refusal::Already));
    assert!(ask_removal(&mut order, &["Corner Shop"]).is_err());
}

#[test]
fn s4_the_album_keeps_its_tracks_until_links_are_dead() {
    let mut order = out();
    ask_removal(&mut order, &[]).unwrap();
    let mut other = full(&order);
    other.ean = "4006381333931".to_owned();
    assert_eq!(
        describe(&mut order, other.clone()),
        Err(Refusal::TiedToItsRelease)
    );
    assert!(order.project.is_being_removed());
    assert_eq!(gone(&mut order, "Qobuz").unwrap(), ["shop_gone"]);
    assert_eq!(gone(&mut order, "Qobuz"), Err(Refusal::Already));
    assert!(order.project.is_being_removed());
    gone(&mut order, "Tidal").unwrap();
    assert!(!order.project.is_being_removed());
    assert_eq!(describe(&mut order, other).unwrap(), ["release_described"]);

    // What is kept of it stays as long, whatever its dates say.
    let mut order = Order::heard("mixing_revision");
    order.approve(&client()).unwrap();
    order.finish();
    let release = full(&order);
    describe(&mut order, release).unwrap();
    ask_removal(&mut order, &["Tidal"]).unwrap();
    order.when("2029-06-01T12:00");
    let go = Command::ReleaseArchive {
        by: "Owner".to_owned(),
    };
    assert_eq!(
        order.give(go.clone(), &staff()),
        Err(Refusal::TiedToItsRelease)
    );
    gone(&mut order, "Tidal").unwrap();
    assert_eq!(order.give(go, &staff()).unwrap(), ["archive_released"]);
}

#[test]
fn s4_a_rights_claim_holds_everything_until_it_is_withdrawn_and_both_have_letters() {
    let mut order = Order::heard("mastering");
    order.approve(&client()).unwrap();
    let claim = Command::RecordClaim {
        claimant: "Otto Owner".to_owned(),
        words: "The chorus is mine.".to_owned(),
        by: "Eva".to_owned(),
    };
    assert!(order.give(claim.clone(), &client()).is_err());
    assert_eq!(order.give(claim, &staff()).unwrap(), ["rights_claimed"]);
    assert!(matches!(
        order.project.may_hand_over(),
        Err(Refusal::Claimed { claimant }) if claimant == "Otto Owner"
    ));
    let recorded = order.project.claims[0].clone();
    for (tongue, told, taken_back) in [
        (
            Tongue::English,
            "On 2026-11-23 Otto Owner told us",
            "I withdraw the claim of 2026-11-23",
        ),
        (
            Tongue::German,
            "Am 2026-11-23 hat uns Otto Owner",
            "Ich nehme den Anspruch vom 2026-11-23",
        ),
    ] {
        let letter = order.project.claim_letter(&recorded, tongue);
        assert!(
            letter.contains(told) && letter.contains("The chorus is mine."),
            "{letter}"
        );
        let letter = order.project.withdrawal_letter(&recorded, tongue);
        assert!(letter.contains(taken_back), "{letter}");
    }
    let withdraw = Command::WithdrawClaim {
        no: 1,
        by: "Eva".to_owned(),
    };
    assert_eq!(
        order.give(withdraw.clone(), &staff()).unwrap(),
        ["claim_withdrawn"]
    );
    assert!(order.give(withdraw, &staff()).is_err());
    order.finish();
}

#[test]
fn settings_of_releases_that_cannot_be_meant_are_refused() {
    let text = include_str!("../../../../config/services.toml");
    let with = |more: &str| {
        Catalogue::read(&text.replacen("[release]\n", &format!("[release]\n{more}\n"), 1))
    };
    let label =
        |name: &str, letters: &str| format!("{{ name = \"{name}\", letters = \"{letters}\" }}");
    assert!(with("isrc = \"DEA12\"\nean = \"4012345\"").is_ok());
    assert!(with(&format!("labels = [{}]", label("A", "LAQ"))).is_ok());
    for bad in [
        "isrc = \"dea12\"".to_owned(),
        "ean = \"401234567890\"".to_owned(),
        format!("labels = [{}]", label("A", "laq")),
        format!("labels = [{}, {}]", label("A", "LAQ"), label("B", "LAQ")),
        format!(
            "labels = [{}, {}]",
            label("A b", "LAQ"),
            label("a-B", "LQR")
        ),
    ] {
        assert!(matches!(with(&bad), Err(BadCatalogue::Release(_))), "{bad}");
    }
}
