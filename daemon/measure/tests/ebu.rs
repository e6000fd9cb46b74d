//! The EBU's cases with the published tolerances, and ours beside them.

use measure::selftest;

#[test]
fn every_published_case_passes_with_its_published_tolerance() {
    let results = selftest::run();
    // 3341: 6 + 3 + 1 + 1 + 20 + 20 + 1 + 20 + 20 + 9 readings less the three of cases 1 and 2 counted once; 3342: 4.
    let (published, second): (Vec<_>, Vec<_>) =
        results.iter().partition(|r| r.name.starts_with('3'));
    assert_eq!((published.len(), second.len()), (105, 2));
    for case in &results {
        println!(
            "{:<22} {:>8.3} {:?} {} {:?}",
            case.name,
            case.expected,
            case.measured,
            case.unit,
            case.own.map(|own| own.expected)
        );
    }
    // Ours beside them: the steady tones of cases 1, 2 and 6 within 0.01 LU, 15 to 23 within 0.05 dB of a 64-fold reference.
    let own: Vec<f64> = results
        .iter()
        .filter_map(|case| Some((case.own?, case.measured?)))
        .map(|(own, measured)| {
            assert!((measured - own.expected).abs() <= own.tolerance.above);
            own.tolerance.above
        })
        .collect();
    assert_eq!(own, [[0.01; 7].as_slice(), &[0.05; 9]].concat());
    let failed: Vec<_> = results.iter().filter(|r| !r.passed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
