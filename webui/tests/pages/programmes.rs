//! The programme of an order: read, tried, set, put together, heard, approved and delivered.

use axum::body::Body;
use axum::http::{Method, Request, header};
use mastering::{FinalFormat, OrderNumber};
use serde_json::{Value, json};
use studio::OrderPage;

use crate::browser::{Answer, Browser};
use crate::house::{House, in_a_house};
use crate::mixes::{Fault, song_at};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a programme is set, heard as one piece with its real gaps, approved and cut into finals",
        to_finals,
    ),
    (
        "what is wrong with a programme is said at its song, and nothing is kept of it",
        faults,
    ),
    (
        "songs at several rates become one piece at the highest, and those at that rate keep their bits",
        several_rates,
    ),
    (
        "an edit is heard as it will be, and what it makes of the song is said",
        edits,
    ),
    (
        "what is said while the whole record plays lands on the song that sounds",
        said_on_the_record,
    ),
    (
        "a programme goes out as the file that the command line takes, and comes back",
        as_a_file,
    ),
];

const NUMBER: OrderNumber = OrderNumber::FIRST;
/// Bytes of a frame: stereo at 24 bit.
const FRAME: usize = 6;
const RATE: usize = 48_000;

/// An album of three songs whose first reference is with the client, and a second revision that is being worked on.
async fn adjusting(house: &House) -> (Program, String) {
    adjusting_at(house, [48_000; 3]).await
}

/// The same with songs at these rates.
async fn adjusting_at(house: &House, rates_hz: [u32; 3]) -> (Program, String) {
    let mut staff = house.staff().await;
    house.client(&mut staff, "nora", "Nora Thorne").await;
    let link = house.order(&mut staff, "nora", "3").await;
    let mut portal = house.stranger();
    let page = portal.get(&link).await;
    let mixes = (0..).zip(rates_hz);
    let mixes: Vec<Vec<u8>> = mixes
        .map(|(key, rate_hz)| song_at(rate_hz, key, Fault::None))
        .collect();
    let files = [
        ("01 Rain.wav", &mixes[0]),
        ("02 Snow.wav", &mixes[1]),
        ("03 Hail.wav", &mixes[2]),
    ];
    let files = files.map(|(name, bytes)| (name, bytes.as_slice()));
    let sent = portal.upload(&page, &link, "mixes", &files).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    house
        .until(NUMBER, "the mixes", |page| page.project.mixes.len() == 3)
        .await;
    house
        .until(NUMBER, "the comparison", |page| {
            page.project.set_to_compare().is_none()
        })
        .await;
    house.go_on_with_all(&mut staff, NUMBER).await;
    house
        .until(NUMBER, "the reference", |page| {
            page.project.stage.code() == "in_review"
        })
        .await;
    house.listens(&mut staff, NUMBER).await;
    let reason = json!({ "reason": "order and gaps" });
    let mut staff = Program {
        browser: house.stranger(),
        token: house.token("ada").await,
    };
    let opened = staff
        .ask(Method::POST, "open-revision", Some(&reason))
        .await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    (staff, link)
}

/// A program of the studio's engineer.
struct Program {
    browser: Browser,
    token: String,
}

impl Program {
    async fn ask(&mut self, method: Method, what: &str, body: Option<&Value>) -> Answer {
        let path = format!("/orders/{NUMBER}/{what}");
        self.browser
            .api(method, &path, Some(&self.token), body)
            .await
    }

    /// Revision 2 is mastered and goes out.
    async fn mastered(&mut self, house: &House) -> OrderPage {
        let nothing = json!({});
        let starting = self.ask(Method::POST, "start-mastering", Some(&nothing));
        let started = starting.await;
        assert_eq!(started.status, 200, "{}", started.text());
        let is_out = |page: &OrderPage| page.project.stage.code() == "in_review";
        house.until(NUMBER, "revision 2", is_out).await
    }

    async fn put_file(&mut self, text: &str) -> Answer {
        let request = Request::put(format!("/api/v1/orders/{NUMBER}/programme"))
            .header(header::CONTENT_TYPE, "application/toml")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::from(text.to_owned()));
        self.browser.ask(request.unwrap()).await
    }

    async fn standing(&mut self) -> Value {
        let given = self.ask(Method::GET, "programme", None).await;
        assert_eq!(given.status, 200, "{}", given.text());
        given.json()
    }
}

fn songs(programme: &mut Value) -> &mut Vec<Value> {
    programme["disc"][0]["track"].as_array_mut().unwrap()
}

async fn portal_hears_nothing(house: &House, link: &str) -> u16 {
    let mut portal = house.stranger();
    portal.get(&format!("{link}/audio/disc/2/1")).await.status
}

/// The samples of a WAV file as they lie in it.
fn samples(wav: &[u8]) -> &[u8] {
    let at = wav.windows(4).position(|word| word == b"data").unwrap();
    let bytes = u32::from_le_bytes(wav[at + 4..at + 8].try_into().unwrap());
    &wav[at + 8..at + 8 + usize::try_from(bytes).unwrap()]
}

#[expect(
    clippy::too_many_lines,
    reason = "one life, told from beginning to end"
)]
fn to_finals() {
    in_a_house(|house| async move {
        let (mut staff, link) = adjusting(&house).await;
        let stands = staff.standing().await;
        assert_eq!(
            (&stands["revision"], &stands["standing"]),
            (&json!(2), &json!("open"))
        );
        assert_eq!(
            stands["discs"][0]["tracks"][1]["start_seconds"],
            json!(10.0)
        );

        // Hail first, then Rain after 0.7 s, which runs into Snow for a second.
        let mut programme = stands["programme"].clone();
        songs(&mut programme).rotate_right(1);
        songs(&mut programme)[1]["gap"] = json!("0.7 s");
        songs(&mut programme)[1]["segue"] =
            json!({ "length": "1 s", "shape": "equal_power", "mark": "end" });
        songs(&mut programme)[2]["fade_out"] = json!({ "length": "2 s", "shape": "s" });
        // One song stands on a side of a record, too.
        let mut side = songs(&mut programme)[0].clone();
        side["gap"] = Value::Null;
        let side =
            json!({ "title": "Side A", "side": { "inches": 7, "rpm": 45 }, "track": [side] });
        programme["disc"].as_array_mut().unwrap().push(side);
        let body = json!({ "programme": programme, "stood": stands["stands"] });
        let tried = staff
            .ask(Method::POST, "programme/check", Some(&body))
            .await;
        let tried = tried.json();
        assert_eq!(tried["faults"], json!([]));
        assert_eq!(
            tried["discs"][0]["seconds"],
            json!(8.0 + 0.7 + 8.0 - 1.0 + 8.0)
        );
        assert_eq!(tried["discs"][0]["tracks"][2]["mark_seconds"], json!(16.7));
        let path = "programme/transition/1/2?around_ms=2000";
        let heard = staff.ask(Method::POST, path, Some(&body)).await;
        assert_eq!(
            (heard.status, heard.header("content-type")),
            (200, "audio/wav")
        );
        let set = staff.ask(Method::PUT, "programme", Some(&body)).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let unheard = portal_hears_nothing(&house, &link).await;
        assert_eq!(unheard, 404, "it was not put together, and not sent");
        let late = staff.ask(Method::PUT, "programme", Some(&body)).await;
        assert_eq!(late.status, 409, "it was set by somebody else meanwhile");

        let page = staff.mastered(&house).await;
        let titles: Vec<&str> = page
            .project
            .tracks
            .iter()
            .map(|t| t.title.as_str())
            .collect();
        assert_eq!(titles, ["Hail", "Rain", "Snow"]);

        // The client hears one piece: the masters to the bit, and a gap of 33,600 frames.
        let mut portal = house.stranger();
        let shown = portal.get(&link).await;
        assert!(
            shown.text().contains("The whole record"),
            "{}",
            shown.text()
        );
        let disc = portal.get(&format!("{link}/audio/disc/2/1")).await;
        assert_eq!(disc.status, 200);
        let disc = samples(&disc.body).to_vec();
        assert!(shown.text().contains("Side A"));
        let side = portal.get(&format!("{link}/audio/disc/2/2")).await;
        assert_eq!(samples(&side.body), &disc[..8 * RATE * FRAME]);
        assert_eq!(disc.len(), 1_137_600 * FRAME);
        let round = &page.project.revisions[&2.try_into().unwrap()];
        let masters: Vec<Vec<u8>> = {
            let mut masters = Vec::new();
            for track in &page.project.tracks {
                let master = portal
                    .get(&format!("{link}/audio/master/2/{}", track.id))
                    .await;
                masters.push(samples(&master.body).to_vec());
            }
            masters
        };
        let second = RATE * FRAME;
        assert_eq!(disc[..8 * second], masters[0][..]);
        assert!(
            disc[8 * second..][..33_600 * FRAME]
                .iter()
                .all(|byte| *byte == 0)
        );
        let rain = 8 * second + 33_600 * FRAME;
        assert_eq!(disc[rain..][..7 * second], masters[1][..7 * second]);
        // What was auditioned is what came: two seconds before the gap, and two behind it.
        let auditioned = samples(&heard.body);
        assert_eq!(auditioned, &disc[6 * second..rain + 2 * second]);

        let told = &staff.standing().await["discs"][1]["side"];
        assert_eq!(
            (&told["record"], &told["full_level_seconds"]),
            (&json!("7 inches at 45"), &json!(180.0))
        );
        assert!(told["findings"].is_array(), "{told}");

        // Where songs meet is heard while the client has it, and nothing of it can be changed then.
        let now = staff.standing().await;
        assert_eq!(now["standing"], json!("closed"));
        let body = json!({ "programme": now["programme"], "stood": now["stands"] });
        let again = staff.ask(Method::POST, path, Some(&body)).await;
        assert_eq!(samples(&again.body), auditioned);
        let set = staff.ask(Method::PUT, "programme", Some(&body)).await;
        assert_eq!(set.status, 409, "{}", set.text());

        // The approval is about these samples; a song alone is not what is delivered.
        let made = round.made.as_ref().unwrap();
        let approve = format!("{link}/approve");
        let shown = portal.get(&link).await;
        let mut form = shown.form_with(&approve, "");
        form.push(("name".to_owned(), "Nora Thorne".to_owned()));
        let approved = portal.post(&approve, &form).await;
        assert_eq!(approved.status, 303, "{}", approved.text());
        let page = house
            .until(NUMBER, "the finals", |page| {
                page.project.offered_at.is_some()
            })
            .await;
        assert_eq!(
            page.project.approval.as_ref().unwrap().discs,
            made.disc_sums()
        );
        let mut joined = Vec::new();
        for (track, master) in page.project.tracks.iter().zip(&masters) {
            let address = format!("{link}/final/{}/{}", track.id, FinalFormat::Wav24.code());
            let file = portal.get(&address).await;
            let own = samples(&file.body);
            assert_ne!(own, &master[..], "{}", track.title);
            joined.extend_from_slice(own);
        }
        assert_eq!(joined, disc, "together the finals are the record");
    });
}

fn faults() {
    in_a_house(|house| async move {
        let (mut staff, link) = adjusting(&house).await;
        let stands = staff.standing().await;
        let check = async |staff: &mut Program, change: &dyn Fn(&mut Vec<Value>)| {
            let mut programme = stands["programme"].clone();
            change(songs(&mut programme));
            let body = json!({ "programme": programme });
            let tried = staff
                .ask(Method::POST, "programme/check", Some(&body))
                .await;
            assert_eq!(tried.status, 200, "{}", tried.text());
            let set = staff.ask(Method::PUT, "programme", Some(&body)).await;
            assert_eq!(set.status, 422, "{}", set.text());
            let heard = staff
                .ask(Method::POST, "programme/transition/1/1", Some(&body))
                .await;
            assert_eq!(heard.status, 422);
            tried.json()["faults"].clone()
        };
        let found = check(&mut staff, &|songs| {
            songs[1]["gap"] = json!("-1 s");
            songs[2]["fade_in"] = json!({ "length": "9 s", "shape": "linear" });
        })
        .await;
        assert_eq!(found[0]["track"], json!(2));
        assert!(
            found[0]["words"].as_str().unwrap().contains("negative"),
            "{found}"
        );
        assert_eq!(
            found[1],
            json!({
                "disc": 1, "track": 3, "at": null,
                "words": "its fade in of 0:09.000 is longer than the song (0:08.000)",
            })
        );
        let found = check(&mut staff, &|songs| {
            songs[0]["edit"] = json!([{ "what": "mute", "from": "0:07.000", "to": "0:09.000", "because": "taste" }]);
        })
        .await;
        assert_eq!(
            (&found[0]["track"], &found[0]["at"]),
            (&json!(1), &json!("0:07.000"))
        );
        let found = check(&mut staff, &|songs| songs[0]["version"] = json!(4)).await;
        assert!(
            found[0]["words"]
                .as_str()
                .unwrap()
                .contains("no fourth version"),
            "{found}"
        );
        assert_eq!(staff.standing().await, stands, "nothing was kept");

        // While the client listens it is closed, and whoever is no engineer sets nothing.
        let mut portal = house.stranger();
        let token = link.strip_prefix("/p/").unwrap();
        let path = format!("/orders/{NUMBER}/programme");
        let body = json!({ "programme": stands["programme"] });
        let given = portal
            .api(Method::PUT, &path, Some(token), Some(&body))
            .await;
        assert_eq!(given.status, 403);
    });
}

fn several_rates() {
    in_a_house(|house| async move {
        let (mut staff, link) = adjusting_at(&house, [48_000, 44_100, 48_000]).await;
        let stands = staff.standing().await;
        let body = json!({ "programme": stands["programme"] });
        let set = staff.ask(Method::PUT, "programme", Some(&body)).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let page = staff.mastered(&house).await;
        let made = page.project.revisions[&2.try_into().unwrap()].made.clone();
        let made = made.unwrap();
        // Three songs of 8 s, and two gaps of 2.
        assert_eq!(
            (made.discs[0].rate_hz, made.discs[0].frames),
            (48_000, 28 * 48_000)
        );
        let mut portal = house.stranger();
        let disc = portal.get(&format!("{link}/audio/disc/2/1")).await;
        let disc = samples(&disc.body);
        let second = RATE * FRAME;
        for (at, from) in [(0, 0), (2, 20)] {
            let track = &page.project.tracks[at].id;
            let master = portal.get(&format!("{link}/audio/master/2/{track}")).await;
            assert_eq!(&disc[from * second..][..8 * second], samples(&master.body));
        }
        let sounds = |from: usize| disc[from * second..][..second].iter().any(|b| *b != 0);
        assert_eq!(
            [8, 9, 11, 15, 18, 19].map(sounds),
            [false, false, true, true, false, false]
        );
    });
}

fn edits() {
    in_a_house(|house| async move {
        let (mut staff, _) = adjusting(&house).await;
        let stands = staff.standing().await;
        let mut programme = stands["programme"].clone();
        songs(&mut programme)[1]["explicit"] = json!(true);
        songs(&mut programme)[1]["edit"] = json!([
            { "what": "mute", "from": "1 s", "to": "2 s", "because": "language", "join": "cut" },
            { "what": "cut", "from": "4 s", "to": "6 s", "because": "length" },
        ]);
        let body = json!({ "programme": programme });
        let tried = staff
            .ask(Method::POST, "programme/check", Some(&body))
            .await;
        let told = tried.json()["discs"][0]["tracks"][1].clone();
        assert_eq!(
            (&told["title"], &told["version"], &told["advisory"]),
            (
                &json!("Snow (Clean Radio Edit)"),
                &json!("Clean Radio Edit"),
                &json!("explicit_content_edited")
            )
        );
        assert_eq!(told["asks"].as_array().unwrap().len(), 2, "{told}");

        // The muted second, with half a second of the song on either side.
        let path = "programme/edit/1/2/1?around_ms=500";
        let muted = staff.ask(Method::POST, path, Some(&body)).await;
        assert_eq!(muted.status, 200, "{}", muted.text());
        assert_eq!(
            muted.header("lacquer-joined"),
            "its ends lie exactly there, joined as they are"
        );
        let heard = samples(&muted.body);
        assert_eq!(heard.len(), 2 * RATE * FRAME);
        let half = RATE / 2 * FRAME;
        let sounds = |part: &[u8]| part.iter().any(|byte| *byte != 0);
        assert!(sounds(&heard[..half]) && sounds(&heard[3 * half..]));
        assert!(!sounds(&heard[half..3 * half]), "it is muted");
        // The cut near its places: a second on either side of the seam, and where it lies is told.
        let path = "programme/edit/1/2/2?around_ms=1000";
        let cut = staff.ask(Method::POST, path, Some(&body)).await;
        let joined = cut.header("lacquer-joined").to_owned();
        assert!(
            joined.contains("zero crossings") || joined.contains("crossfade"),
            "{joined}"
        );
        assert_eq!(samples(&cut.body).len(), 2 * RATE * FRAME);
        let path = "programme/edit/1/2/3";
        let none = staff.ask(Method::POST, path, Some(&body)).await;
        assert_eq!(none.status, 422);
        assert!(none.text().contains("has no edit 3"), "{}", none.text());
    });
}

fn said_on_the_record() {
    in_a_house(|house| async move {
        let (mut staff, link) = adjusting(&house).await;
        let stands = staff.standing().await;
        let mut programme = stands["programme"].clone();
        // Snow begins at 10 s, and its third and fourth second are gone.
        songs(&mut programme)[1]["edit"] =
            json!([{ "what": "cut", "from": "2 s", "to": "4 s", "because": "length" }]);
        let body = json!({ "programme": programme });
        let set = staff.ask(Method::PUT, "programme", Some(&body)).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let page = staff.mastered(&house).await;
        let track = |at: usize| page.project.tracks[at].id.clone();

        // At 13 s the fifth second of Snow is heard: a passage of it, a moment in the gap behind it, and a song by itself.
        let mut portal = house.stranger();
        let comment = format!("{link}/comment");
        let shown = portal.get(&link).await;
        for (on, position, words) in [
            ("disc-1".to_owned(), "0:13-0:13.5", "mute this word"),
            ("disc-1".to_owned(), "0:17", "a longer gap, please"),
            (track(2).to_string(), "0:01", "softer"),
        ] {
            let mut form = shown.form_with(&comment, &on);
            form.retain(|(name, _)| name != "position" && name != "words");
            form.push(("position".to_owned(), position.to_owned()));
            form.push(("words".to_owned(), words.to_owned()));
            let said = portal.post(&comment, &form).await;
            assert_eq!(said.status, 303, "{}", said.text());
        }
        let project = house.page(NUMBER).await.project;
        let said = project.comments.iter();
        let said: Vec<_> = said
            .map(|said| (said.track.clone(), said.position_ms, said.until_ms))
            .collect();
        let (snow, hail) = (track(1), track(2));
        assert_eq!(said[0], (snow.clone(), 5_000, Some(5_500)));
        assert_eq!((&said[1].0, said[1].2), (&snow, None));
        assert!((7_990..=8_000).contains(&said[1].1), "{}", said[1].1);
        assert_eq!(said[2], (hail, 1_000, None));

        // On the record's waveform each of them stands where it is heard.
        let shown = portal.get(&link).await;
        let record = shown.text();
        let record = record.split("id=\"song-disc-1\"").nth(1).unwrap();
        let record = record.split("</article>").next().unwrap();
        let marks: Vec<f64> = record
            .split("data-at=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(marks.len(), 3, "{marks:?}");
        for (mark, heard) in marks.iter().zip([13.0, 16.0, 19.0]) {
            assert!((mark - heard).abs() < 0.01, "{marks:?}");
        }
        let backwards = json!({ "revision": 2, "disc": 1, "position_ms": 2_000, "until_ms": 1_000, "words": "no" });
        let refused = staff
            .ask(Method::POST, "comment-on-record", Some(&backwards))
            .await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains("ends before it begins"));
        let nowhere = json!({ "revision": 2, "disc": 2, "position_ms": 2_000, "words": "no" });
        let refused = staff
            .ask(Method::POST, "comment-on-record", Some(&nowhere))
            .await;
        assert!(
            refused.text().contains("no such disc"),
            "{}",
            refused.text()
        );
    });
}

fn as_a_file() {
    in_a_house(|house| async move {
        let (mut staff, _) = adjusting(&house).await;
        let file = staff.ask(Method::GET, "programme/file", None).await;
        let text = file.text();
        assert!(text.contains("track = \"Snow\"\nversion = 1"), "{text}");
        let changed = text.replacen(
            "title = \"Snow\"",
            "title = \"Snow\"\ngap = \"225 CD frames\"",
            1,
        );
        let set = staff.put_file(&changed).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let stands = staff.standing().await;
        assert_eq!(
            stands["discs"][0]["tracks"][1]["start_seconds"],
            json!(11.0)
        );
        let wrong = staff.put_file("titel = 1").await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("line 1"), "{}", wrong.text());
        let balance = staff.ask(Method::GET, "programme/balance/1", None).await;
        let told = balance.json();
        let steps = &told["steps"];
        assert_eq!(steps.as_array().unwrap().len(), 3, "{steps}");
        assert_eq!(steps[0]["gain_db"], json!(0.0));
        assert!(told["songs"][1]["brightness_db"].is_number(), "{told}");
        let octaves = told["songs"][1]["octaves"].as_array().unwrap();
        assert!(octaves.len() >= 8, "{told}");
        assert!(told["shops"].as_array().unwrap().len() >= 4, "{told}");
        // A song that the programme on the screen turns down by 6 dB would come up by the most that is allowed.
        let mut programme = stands["programme"].clone();
        songs(&mut programme)[1]["gain_db"] = json!(-6.0);
        let body = json!({ "programme": programme });
        let path = "programme/balance/1?by=short_term";
        let moved = staff.ask(Method::POST, path, Some(&body)).await.json();
        assert_eq!(moved["by"], json!("short_term"));
        assert_eq!(moved["steps"][1]["gain_db"], json!(1.5), "{moved}");
        let lower = moved["songs"][1]["integrated_lufs"].as_f64().unwrap();
        let before = told["songs"][1]["integrated_lufs"].as_f64().unwrap();
        assert!((before - lower - 6.0).abs() < 1e-6, "{before} {lower}");
        // All of it where more is allowed, and a picture as wide as it is asked for.
        let path = "programme/balance/1?by=short_term&gain_db=8&tilt_db=0&column_px=100";
        let moved = staff.ask(Method::POST, path, Some(&body)).await.json();
        let gain = moved["steps"][1]["gain_db"].as_f64().unwrap();
        assert!(gain > 3.0, "{moved}");
        assert_eq!(moved["limits"]["gain_db"], json!(8.0));
        let picture = moved["picture"].as_str().unwrap();
        assert!(picture.starts_with("<svg viewBox=\"0 0 300 "), "{picture}");
        let none = staff.ask(Method::GET, "programme/balance/9", None).await;
        assert_eq!(none.status, 422);
        let path = "programme/balance/1?gain_db=-1";
        let none = staff.ask(Method::GET, path, None).await;
        assert_eq!(none.status, 422);
        assert!(none.text().contains("not by -1 dB"), "{}", none.text());
    });
}
