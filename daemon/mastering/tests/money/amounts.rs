//! Amounts are exact: read, written, rounded and split without losing a cent.

use std::num::NonZero;

use mastering::money::*;
use proptest::prelude::*;

#[test]
fn an_amount_is_read_and_written_with_the_decimals_of_its_currency() {
    for (text, minor) in [
        ("80.00 USD", 8_000),
        ("0.05 EUR", 5),
        ("-12.50 EUR", -1_250),
        ("750 JPY", 750),
        ("1.250 KWD", 1_250),
    ] {
        let amount: Amount = text.parse().unwrap();
        assert_eq!(
            (amount.minor(), amount.to_string()),
            (minor, text.to_owned())
        );
    }
    assert_eq!("80 USD".parse::<Amount>().unwrap().to_string(), "80.00 USD");
    assert_eq!(
        "80,50 EUR".parse::<Amount>().unwrap().to_string(),
        "80.50 EUR"
    );
    for text in [
        "80.0 USD",
        "80.000 USD",
        "1.5 JPY",
        "80",
        "USD",
        ".50 USD",
        "8e3 USD",
        "1 000.00 USD",
        "80.00 usd",
        "80.00 XXQ",
        "99999999999999999.00 USD",
        "--1.00 EUR",
        "1. EUR",
    ] {
        assert!(text.parse::<Amount>().is_err(), "{text}");
    }
}

#[test]
fn a_share_rounds_a_half_away_from_zero() {
    let share = |text: &str, points| {
        let amount: Amount = text.parse().unwrap();
        amount.share(BasisPoints(points)).unwrap().to_string()
    };
    assert_eq!(share("80.00 EUR", 1_900), "15.20 EUR");
    assert_eq!(share("0.50 EUR", 500), "0.03 EUR");
    assert_eq!(share("-0.50 EUR", 500), "-0.03 EUR");
    assert_eq!(share("0.49 EUR", 500), "0.02 EUR");
    assert_eq!(share("333 JPY", 1_000), "33 JPY");
    assert_eq!(BasisPoints(1_900).to_string(), "19 %");
    assert_eq!(BasisPoints(770).to_string(), "7.7 %");
    assert_eq!(BasisPoints(25).to_string(), "0.25 %");
}

#[test]
fn two_currencies_are_never_added_up() {
    let (usd, eur): (Amount, Amount) = ("1.00 USD".parse().unwrap(), "1.00 EUR".parse().unwrap());
    assert!(usd.plus(eur).is_err());
}

#[test]
fn a_price_list_holds_texts_not_floats_and_no_key_nobody_knows() {
    for wrong in [
        "per_song = 80.0",
        "per_song = 8000",
        "per_song = \"80.00\"",
        "per_song = \"80.00 USD\"\nper_album = \"1.00 USD\"",
        "per_song = \"80.00 USD\"\nextras = { harp = \"1.00 USD\" }",
    ] {
        assert!(toml::from_str::<PriceList>(wrong).is_err(), "{wrong}");
    }
    for (wrong, said) in [
        (
            "per_song = \"80.00 USD\"\nprogramme = \"750.00 EUR\"",
            "one currency",
        ),
        ("per_song = \"-80.00 USD\"", "less than nothing"),
        (
            "per_song = \"80.00 USD\"\ntax_basis_points = 20000",
            "10000 basis points",
        ),
        (
            "per_song = \"80.00 USD\"\ntiers = [{ songs = 7, per_song = \"70.00 USD\" }, { songs = 4, per_song = \"80.00 USD\" }]",
            "order of their songs",
        ),
    ] {
        let list: PriceList = toml::from_str(wrong).unwrap();
        let refusal = list.checked().unwrap_err().to_string();
        assert!(refusal.contains(said), "{refusal}");
    }
}

proptest! {
    #[test]
    fn a_split_adds_up_to_the_whole(minor in -10_000_000i64..10_000_000, parts in 1u32..60) {
        let whole = Amount::of_minor(minor, "EUR".parse().unwrap()).unwrap();
        let split = whole.split(NonZero::new(parts).unwrap());
        prop_assert_eq!(split.len(), usize::try_from(parts).unwrap());
        prop_assert_eq!(Amount::sum(whole.currency(), split.iter().copied()).unwrap(), whole);
        let sizes: Vec<i64> = split.iter().map(|a| a.minor().abs()).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
    }

    #[test]
    fn what_is_written_is_read_back(minor in -1_000_000_000_000i64..1_000_000_000_000, which in 0usize..3) {
        let currency: Currency = ["USD", "JPY", "KWD"][which].parse().unwrap();
        let amount = Amount::of_minor(minor, currency).unwrap();
        prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
    }
}
