//! The four services as the house presets them.

use mastering::{
    Beyond, Catalogue, Closing, Completion, FeeDue, FreeRounds, Kept, Offering, Retention,
    ServiceKind, Silence, Span, Topic,
};

fn preset(name: &str) -> Offering {
    Catalogue::house().services.remove(name).unwrap()
}

#[test]
fn s1_instant_is_mastered_by_the_plan_and_accepting_it_makes_the_fee_due() {
    let instant = preset("instant");
    assert_eq!(instant.kind, ServiceKind::Instant);
    assert_eq!(instant.completion.when, Completion::OnDelivery);
    assert_eq!(instant.approval.fee, FeeDue::OnApproval);
    assert_eq!(instant.turnaround.usual, Some(Span::hours(1)));
}

#[test]
fn s3_mastering_has_two_free_adjustments_and_an_archive_without_an_end() {
    let mastering = preset("mastering");
    assert_eq!(mastering.kind, ServiceKind::Engineer);
    assert_eq!(mastering.rounds.free, FreeRounds::Count(2));
    assert_eq!(mastering.rounds.beyond, Beyond::IfExperimental);
    assert!(mastering.rounds.experimental.contains(&Topic::Order));
    assert!(mastering.rounds.experimental.contains(&Topic::Approach));
    assert_eq!(mastering.retention.unwrap().recall_months, Kept::Forever);
}

#[test]
fn s2_a_mix_has_rounds_without_number_for_60_days_and_four_days_to_ask_for_each() {
    let mixing = preset("mixing_revision");
    assert_eq!(mixing.rounds.free, FreeRounds::Unlimited);
    assert_eq!(mixing.rounds.window_days, Some(60));
    assert_eq!(mixing.rounds.ask_days, Some(4));
    assert_eq!(mixing.rounds.closing, Closing::Completes);
    assert_eq!(mixing.rounds.beyond, Beyond::Charged);
    use Topic as T;
    for covered in [
        T::Level,
        T::Space,
        T::Tone,
        T::Timing,
        T::Tuning,
        T::Effects,
    ] {
        assert!(mixing.rounds.covered.contains(&covered), "{covered:?}");
    }
    for not in [T::Addition, T::Arrangement, T::SoundDesign, T::NewFile] {
        assert!(!mixing.rounds.covered.contains(&not), "{not:?}");
    }
}

#[test]
fn s2_a_mix_takes_72_or_96_hours_a_revision_four_business_days_and_an_edit_five_days() {
    let mixing = preset("mixing_revision").turnaround;
    assert_eq!(mixing.usual, Some(Span::hours(72)));
    assert_eq!(mixing.heavy, Some(Span::hours(96)));
    assert_eq!(mixing.revision, Some(Span::business_days(4)));
    let edit = preset("radio_edit").turnaround;
    assert_eq!(edit.usual, Some(Span::days(5)));
    assert_eq!(edit.revision, Some(Span::days(5)));
    assert!(preset("radio_edit").rounds.covered.contains(&Topic::Edit));
}

#[test]
fn s2_working_files_stay_90_days_and_the_archive_24_months() {
    for name in ["mixing_revision", "radio_edit"] {
        let retention = preset(name).retention.unwrap();
        assert_eq!(retention.working_days, Kept::For(90));
        assert_eq!(retention.recall_months, Kept::For(24));
    }
    assert_eq!(Retention::default().working_days, Kept::For(90));
    assert_eq!(Retention::default().recall_months, Kept::For(24));
}

#[test]
fn silence_is_no_approval_in_any_preset() {
    for (name, service) in Catalogue::house().services {
        assert_eq!(service.approval.silence, Silence::Waits, "{name}");
    }
}

#[test]
fn s2_a_rush_is_offered_by_no_preset_and_by_a_studio_that_writes_it_down() {
    for (name, service) in Catalogue::house().services {
        assert_eq!(service.turnaround.rush, None, "{name}");
    }
    let text = include_str!("../../../../config/services.toml");
    let rush = text.replacen("# rush = \"24 h\"", "rush = \"24 h\"", 1);
    let read = Catalogue::read(&rush).unwrap();
    assert_eq!(
        read.services["instant"].turnaround.rush,
        Some(Span::hours(24))
    );
}

#[test]
fn what_the_file_says_is_the_default_says_so_truly() {
    // Instant shows each setting; where its sentence names no other, the shown one is the default.
    let instant = preset("instant");
    let mastering = preset("mastering");
    assert_eq!(instant.rounds, mastering.rounds);
    assert_eq!(instant.preview, mastering.preview);
    assert_eq!(instant.rounds, Default::default());
    assert_eq!(instant.preview, Default::default());
    assert_eq!(Catalogue::house().calendar, Default::default());
}
