//! An order of one of the house's services, in a studio in Berlin; each step also proves that the
//! journal tells the same story.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use mastering::*;

pub(crate) fn hex(n: u64, digits: usize) -> String {
    format!("{n:0digits$x}")
}
pub(crate) fn person(n: u64) -> PersonId {
    hex(n, 32).parse().unwrap()
}
pub(crate) fn samples(n: u64) -> SampleSum {
    hex(n, 64).parse().unwrap()
}
pub(crate) fn object(n: u64) -> ObjectSum {
    hex(n, 64).parse().unwrap()
}
pub(crate) fn mix_id(n: u64) -> MixId {
    hex(n, 32).parse().unwrap()
}
pub(crate) fn staff() -> Actor {
    Actor::Staff { person: person(1) }
}
pub(crate) fn colleague() -> Actor {
    Actor::Staff { person: person(11) }
}
pub(crate) fn client() -> Actor {
    Actor::Client {
        account: person(2),
        person: person(2),
    }
}
/// One of the client's people.
pub(crate) fn manager() -> Actor {
    Actor::Client {
        account: person(2),
        person: person(3),
    }
}

/// A moment on Berlin's clocks.
pub(crate) fn at(text: &str) -> UnixMs {
    let local: DateTime = text.parse().unwrap();
    let zone = jiff::tz::TimeZoneDatabase::bundled()
        .get("Europe/Berlin")
        .unwrap();
    let zoned = local.to_zoned(zone).unwrap();
    zoned.timestamp().as_millisecond()
}

/// The house's catalogue in Berlin, with a rush lane for mastering.
pub(crate) fn catalogue() -> Catalogue {
    let mut house = Catalogue::house();
    house.calendar.time_zone = "Europe/Berlin".to_owned().try_into().unwrap();
    house.calendar.closed = vec!["12-25".parse().unwrap(), "2027-01-01".parse().unwrap()];
    let mastering = house.services.get_mut("mastering").unwrap();
    mastering.turnaround.rush = Some(Span::hours(24));
    house
}

pub(crate) fn mix(n: u64, role: MixRole, received_at: UnixMs) -> Mix {
    Mix {
        id: mix_id(n),
        role,
        file_name: format!("{n}.wav"),
        path: format!("{n}.wav"),
        original: object(n),
        audio: Some(MixAudio {
            canonical: object(1000 + n),
            samples: samples(n),
            rate_hz: 48_000,
            channels: 2,
            frames: 48_000,
            format: "WAV, 24 bit, 48 kHz, stereo".to_owned(),
            fingerprint: None,
        }),
        findings: Vec::new(),
        showing: Showing::Open,
        set_findings: Vec::new(),
        set_showing: Showing::Open,
        received_at,
        track: None,
        superseded_by: None,
        accepted: None,
        is_set_aside: false,
    }
}

pub(crate) fn master(n: u64) -> Master {
    Master {
        object: object(2000 + n),
        samples: samples(2000 + n),
        rate_hz: 48_000,
        channels: 2,
        bits: 24,
        frames: 48_000,
        integrated_lufs: Some(-14.0),
        true_peak_dbtp: Some(-1.0),
        origin: MasterOrigin::Rendered {
            plan: object(3000 + n),
            engine: "1".to_owned(),
        },
    }
}

pub(crate) struct Order {
    pub(crate) project: Project,
    pub(crate) journal: Vec<Event>,
    pub(crate) now: UnixMs,
}

impl Order {
    /// An order of one song of this service, opened on a Monday at noon.
    pub(crate) fn of(service: &str) -> Self {
        Self::under(&catalogue(), service)
    }

    pub(crate) fn under(catalogue: &Catalogue, service: &str) -> Self {
        let (name, offering) = catalogue.find(service).unwrap();
        let new = NewOrder {
            id: hex(9, 32).parse().unwrap(),
            number: OrderNumber::FIRST,
            client: person(2),
            title: "First Light".to_owned(),
            artist: "The Examples".to_owned(),
            service: Service {
                kind: offering.kind,
                completion: offering.completion.when,
                ..Service::engineer()
            },
            rules: catalogue.rules(name).unwrap(),
            retention: offering.retention.unwrap_or_default(),
            songs: Some(1),
            declared: None,
        };
        let now = at("2026-11-23T12:00");
        let journal = vec![new.open(&staff(), now).unwrap()];
        Self {
            project: replay(&journal).unwrap(),
            journal,
            now,
        }
    }

    /// The same with the first reference in the client's hands, since a Monday at noon.
    pub(crate) fn heard(service: &str) -> Self {
        let mut order = Self::of(service);
        order.take_mix();
        order.deliver(1);
        order
    }

    pub(crate) fn take_mix(&mut self) {
        let mix = mix(1, MixRole::Main, self.now);
        self.give(Command::ReceiveMix(mix), &Actor::House).unwrap();
    }

    /// Makes the masters of the revision that is being worked on, and sends them.
    pub(crate) fn deliver(&mut self, n: u64) {
        let revision = self.project.stage.revision().unwrap();
        let track = self.track();
        if let Stage::Adjusting { .. } = self.project.stage {
            let plan = Command::ChangePlan {
                track: track.clone(),
                plan: object(7000 + n),
            };
            self.give(plan, &staff()).unwrap();
            self.give(Command::StartMastering, &staff()).unwrap();
        }
        let made = Command::RecordMaster {
            revision,
            track,
            master: master(n),
        };
        self.give(made, &Actor::House).unwrap();
        if let Stage::Mastering { .. } = self.project.stage {
            self.give(Command::SendReference { revision }, &staff())
                .unwrap();
        }
        assert_eq!(self.project.stage, Stage::InReview { revision });
    }

    pub(crate) fn track(&self) -> TrackId {
        self.project.tracks[0].id.clone()
    }

    pub(crate) fn when(&mut self, text: &str) -> &mut Self {
        self.now = at(text);
        self
    }

    pub(crate) fn give(
        &mut self,
        command: Command,
        by: &Actor,
    ) -> Result<Vec<&'static str>, Refusal> {
        let events = decide(&self.project, command, by, self.now)?;
        for event in &events {
            let read = Event::read(EVENT_SCHEMA, &event.write()).unwrap();
            assert_eq!(&read, event);
            apply(&mut self.project, &read);
        }
        let codes = events.iter().map(Event::code).collect();
        self.journal.extend(events);
        assert_eq!(
            replay(&self.journal).as_ref(),
            Some(&self.project),
            "the journal tells another story"
        );
        Ok(codes)
    }

    /// What the calendar alone brings about.
    pub(crate) fn tick(&mut self) -> Vec<&'static str> {
        let is_due = self.project.has_time_come(self.now);
        let codes = self.give(Command::KeepTime, &Actor::House).unwrap();
        assert_eq!(is_due, !codes.is_empty());
        codes
    }

    pub(crate) fn ask(&mut self, topics: &[Topic]) -> Result<Vec<&'static str>, Refusal> {
        let asked = Command::RequestRevision {
            words: "a change, please".to_owned(),
            topics: topics.iter().copied().collect::<BTreeSet<_>>(),
        };
        self.give(asked, &client())
    }

    pub(crate) fn answer(&mut self, answer: Answer) -> Result<Vec<&'static str>, Refusal> {
        self.answer_for(answer, None)
    }

    /// The same with what it is charged by.
    pub(crate) fn answer_for(
        &mut self,
        answer: Answer,
        charge: Option<Charge>,
    ) -> Result<Vec<&'static str>, Refusal> {
        let no = self.project.requests.last().map_or(0, |r| r.no);
        let given = Command::AnswerRequest {
            no,
            answer,
            reason: "that is how it is".to_owned(),
            by: "Eva".to_owned(),
            charge,
        };
        self.give(given, &staff())
    }

    pub(crate) fn proposal(&self) -> Proposal {
        let asked = self.project.requests.last().unwrap();
        asked.proposal.unwrap()
    }

    pub(crate) fn approve(&mut self, by: &Actor) -> Result<Vec<&'static str>, Refusal> {
        let revision = self.project.stage.revision().unwrap();
        let samples: BTreeMap<_, _> = self.project.revisions[&revision].sample_sums();
        let yes = Command::Approve {
            revision,
            name: "Ada".to_owned(),
            wording: "I approve these masters.".to_owned(),
            samples,
        };
        self.give(yes, by)
    }

    /// Finals made, offered, and the project completed and archived.
    pub(crate) fn finish(&mut self) {
        let revision = self.project.stage.revision().unwrap();
        let track = self.track();
        let approved = self.project.approval.as_ref().unwrap().samples[&track].clone();
        let finals = Command::RecordFinals {
            revision,
            finals: vec![Final {
                track,
                format: FinalFormat::Wav24,
                file_name: "First Light.wav".to_owned(),
                object: object(5),
                bytes: 10,
                samples: approved,
                read_back: "equal to the approved samples".to_owned(),
            }],
        };
        self.give(finals, &Actor::House).unwrap();
        self.give(Command::OfferFinals, &Actor::House).unwrap();
        if let Stage::Delivered { .. } = self.project.stage {
            self.give(Command::Complete, &staff()).unwrap();
        }
        self.archive();
    }

    pub(crate) fn archive(&mut self) {
        let manifest = object(8);
        self.give(Command::RecordArchive { manifest }, &Actor::House)
            .unwrap();
    }
}
