//! Prints what the watch of the sound cards sees, whenever it changes: one line a thing, a full stop at the end.

use std::time::Duration;

use patchbay::{CardWatch, Fader, SeenCard, SeenCards};

fn main() -> std::io::Result<()> {
    let watch = CardWatch::start()?;
    let mut version = u64::MAX;
    loop {
        let seen = watch.now();
        if seen.version != version {
            version = seen.version;
            tell(&seen);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn tell(seen: &SeenCards) {
    if seen.cards.is_empty() {
        println!("no card");
    }
    seen.cards.iter().for_each(tell_card);
    for fault in &seen.faults {
        println!("fault: {fault}");
    }
    for happening in &seen.happened {
        println!("happened: {} {:?}", happening.card, happening.what);
    }
    println!(".");
}

fn tell_card(card: &SeenCard) {
    println!("card {} {} ({})", card.index, card.name, card.driver);
    for stream in &card.streams {
        let (able, run) = (&stream.abilities, &stream.running);
        println!("stream {:?} {} {able:?} {run:?}", stream.way, stream.device);
    }
    for element in &card.mixer {
        for (way, fader) in [("out", &element.playback), ("in", &element.capture)] {
            if let Some(Fader {
                levels_db, is_on, ..
            }) = fader
            {
                println!("mixer {} {way} {levels_db:?} {is_on:?}", element.name);
            }
        }
    }
    for element in &card.clock {
        println!("clock {} is {}", element.name, element.value);
    }
}
