//! What cannot go on is said in words: a wrong rate, ports that are not there or vanish, a silent or crossed return, a
//! loop that howls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use flows::jack::Gear;
use gear::{Form, PlanSettings};
use jack::contrib::ClosureProcessHandler;
use jack::{AudioIn, AudioOut, Client, ClientOptions, Control, ProcessScope};
use patchbay::{Insert, InsertError, InsertTarget, JackInsert, MeasureError, Pace, measure};

use crate::workshop::{jack, open};

/// Twenty milliseconds at 44.1 kHz.
const IN_TIME: usize = 882;

/// A client that plays its input and, a period later, all it played again and louder.
fn howling() -> (impl Sized, Arc<Mutex<Vec<[f32; 2]>>>) {
    let (client, _) = Client::new("howl", ClientOptions::NO_START_SERVER).unwrap();
    let input = client.register_port("in", AudioIn::default()).unwrap();
    let mut output = client.register_port("out", AudioOut::default()).unwrap();
    let log = Arc::new(Mutex::new(Vec::new()));
    let (kept, mut last) = (Arc::clone(&log), Vec::new());
    let play = move |_: &Client, scope: &ProcessScope| {
        let (heard, played) = (input.as_slice(scope), output.as_mut_slice(scope));
        last.resize(heard.len(), 0.0_f32);
        for ((y, x), z) in played.iter_mut().zip(heard).zip(&last) {
            *y = x + 1.3 * z;
        }
        last.copy_from_slice(played);
        let mut log = kept.lock().unwrap();
        log.extend(heard.iter().zip(played.iter()).map(|(x, y)| [*x, *y]));
        Control::Continue
    };
    let client = client
        .activate_async((), ClosureProcessHandler::new(play))
        .unwrap();
    (client, log)
}

pub(crate) fn what_cannot_go_on_is_said_in_words() {
    let refused = |settings: JackInsert| {
        let error = Insert::open(InsertTarget::Jack(settings)).unwrap_err();
        error.to_string()
    };
    let wire = jack(&["left:in"], &["left:out"]);
    assert_eq!(
        refused(JackInsert {
            rate_hz: Some(48_000),
            ..wire.clone()
        }),
        "the JACK server runs at 44100 Hz and this is 48000 Hz: restart the server at 48000 Hz, or convert to 44100 Hz first"
    );
    let away = refused(jack(&["left:in"], &["nobody:out"]));
    assert!(
        away.starts_with("nobody:out could not be connected to lacquer-return:in_1"),
        "{away}"
    );
    let uneven = refused(jack(&["left:in"], &[]));
    assert_eq!(
        uneven,
        "an insert has 1 to 32 sends and as many returns, not 1 and 0"
    );

    let plan = PlanSettings::new(44_100, 1, Form::Short);
    // Sent into one box, heard from another: nothing comes back.
    let silent = measure(&mut open(jack(&["left:in"], &["right:out"])), &plan, &[]).unwrap();
    let said = silent.objections()[0].to_string();
    assert!(
        said.starts_with("nothing came back: see that the unit is on"),
        "{said}"
    );
    let crossed = jack(&["left:in", "right:in"], &["right:out", "left:out"]);
    let found = measure(&mut open(crossed), &plan, &[]).unwrap();
    let said = found.objections()[0].to_string();
    assert!(
        said.starts_with("channel 1 comes back on return 2"),
        "{said}"
    );

    a_loop_that_howls_is_stopped(&plan);

    let settings = JackInsert {
        pace: Pace::RealTime,
        ..jack(&["pulled:in"], &["pulled:out"])
    };
    let server = std::env::var("JACK_DEFAULT_SERVER").unwrap();
    let pulled = Gear::delay(&server, "pulled", 64);
    let mut insert = open(settings);
    let pulling = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        pulled.end();
    });
    let error = measure(&mut insert, &plan, &[]).unwrap_err();
    assert!(
        matches!(error, MeasureError::Insert(InsertError::PortsLost)),
        "{error}"
    );
    pulling.join().unwrap();
}

fn a_loop_that_howls_is_stopped(plan: &PlanSettings) {
    let (howl, log) = howling();
    let mut insert = open(JackInsert {
        ceiling_dbfs: 0.0,
        ..jack(&["howl:in"], &["howl:out"])
    });
    let error = measure(&mut insert, plan, &[]).unwrap_err();
    assert!(
        matches!(error, MeasureError::Insert(InsertError::Feedback { .. })),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("the loop feeds back or is far too loud"),
        "{error}"
    );
    drop(insert);
    drop(howl);
    let log = log.lock().unwrap();
    let loud = log
        .windows(220)
        .step_by(10)
        .position(|window| window.iter().map(|[_, y]| y * y).sum::<f32>() > 220.0);
    let ended = log.iter().rposition(|[x, _]| *x != 0.0).unwrap();
    let after = ended.saturating_sub(10 * loud.unwrap());
    assert!(after <= IN_TIME, "{after} frames");
}
