//! The chains of the house: each reads, renders, holds its ceiling and says when to use it.
mod song;

use engine::presets::{self, Preset};
use engine::*;

#[test]
fn every_file_in_the_folder_is_a_preset_and_every_preset_a_file() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/chains");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut names: Vec<String> = presets::ALL
        .iter()
        .map(|p| format!("{}.toml", p.name))
        .collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
    assert!(presets::named("transparent").is_some() && presets::named("nothing").is_none());
}

#[test]
fn every_preset_says_when_to_use_it() {
    for preset in presets::ALL {
        assert!(preset.text.starts_with("# When "), "{}", preset.name);
        assert!(
            preset.when().ends_with('.'),
            "{}: {}",
            preset.name,
            preset.when()
        );
    }
}

fn check_renders(preset: &Preset) {
    let chain = preset.chain().unwrap();
    assert_eq!(Chain::from_toml(&chain.to_toml().unwrap()).unwrap(), chain);
    let mix = song::song(2.0, 44_100);
    let mut sink = MemorySink::default();
    let mut source = MemorySource::new(44_100, mix.clone());
    render(&mut source, &chain, &mut sink, &mut |_| ()).unwrap();
    let Some(Stage::Limiter(limiter)) = chain.stages().last() else {
        panic!("{} ends without a limiter", preset.name);
    };
    for (mix, master) in mix.iter().zip(&sink.channels) {
        assert_eq!(mix.len(), master.len());
        let mut meter = dsp::TruePeakMeter::new(4096);
        meter.feed(master);
        let peak = dsp::gain_to_db(meter.finish());
        assert!(
            peak <= limiter.ceiling_dbtp + 0.02,
            "{}: {peak} dBTP",
            preset.name
        );
        // In place in time: from sample to sample the master moves with the mix, not a hundredth of a second
        // later.
        let likeness = |shift: usize| {
            let moves = mix.windows(2).zip(master[shift..].windows(2));
            moves
                .map(|(a, b)| (a[1] - a[0]) * (b[1] - b[0]))
                .sum::<f64>()
        };
        assert!(likeness(0) > likeness(441), "{}", preset.name);
    }
}

#[test]
fn every_preset_renders_below_its_ceiling_and_in_time() {
    presets::ALL.iter().for_each(check_renders);
}

#[test]
fn a_render_says_what_each_stage_did() {
    struct Nowhere;
    impl MasterSink for Nowhere {
        fn write(&mut self, _: MasterBlock<'_>) -> Result<(), SinkError> {
            Ok(())
        }
    }
    let chain = presets::named("speech").unwrap().chain().unwrap();
    let mut source = MemorySource::new(48_000, song::song(3.0, 48_000));
    let seed = content_seed(&mut source).unwrap();
    let report = render_master(
        &mut source,
        &chain,
        Depth::Int24,
        seed,
        &mut Nowhere,
        &mut |_| (),
    )
    .unwrap();
    let names: Vec<_> = report.stages.iter().map(|s| s.processor.as_str()).collect();
    assert_eq!(
        names,
        [
            "equaliser",
            "compressor",
            "compressor",
            "de_esser",
            "limiter"
        ]
    );
    assert_eq!(report.stages[0].max_gain_change_db, None);
    assert!(report.stages[2].max_gain_change_db.unwrap() > 1.0);
    for pair in report.stages.windows(2) {
        assert_eq!(pair[0].rms_out_dbfs, pair[1].rms_in_dbfs);
    }
    // A gain of 6 dB raises the level by 6 dB.
    let chain = Chain::new(vec![Stage::Gain(GainStage { gain_db: 6.0 })]).unwrap();
    let report = render_master(
        &mut source,
        &chain,
        Depth::Int24,
        seed,
        &mut Nowhere,
        &mut |_| (),
    )
    .unwrap();
    let stage = &report.stages[0];
    assert!((stage.rms_out_dbfs.unwrap() - stage.rms_in_dbfs.unwrap() - 6.0).abs() < 1e-9);
}
