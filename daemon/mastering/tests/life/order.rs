//! An order under test: whoever gives it a command also proves that its journal tells the same story.

use mastering::*;

pub(crate) const DAY: i64 = 86_400_000;

pub(crate) fn hex(n: u64, digits: usize) -> String {
    format!("{n:0digits$x}")
}
pub(crate) fn person(n: u64) -> PersonId {
    hex(n, 32).parse().unwrap()
}
pub(crate) fn object(n: u64) -> ObjectSum {
    hex(n, 64).parse().unwrap()
}
pub(crate) fn samples(n: u64) -> SampleSum {
    hex(n, 64).parse().unwrap()
}
pub(crate) fn mix_id(n: u64) -> MixId {
    hex(n, 32).parse().unwrap()
}
pub(crate) fn staff() -> Actor {
    Actor::Staff { person: person(1) }
}
pub(crate) fn client() -> Actor {
    Actor::Client {
        account: person(2),
        person: person(2),
    }
}

pub(crate) fn mix(n: u64, path: &str, worst: Option<Severity>) -> Mix {
    Mix {
        id: mix_id(n),
        role: MixRole::Main,
        file_name: path.rsplit('/').next().unwrap().to_owned(),
        path: path.to_owned(),
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
        findings: worst
            .map(|severity| FindingLine {
                code: "clipping".to_owned(),
                severity,
                text: "It clips at 2:14.".to_owned(),
            })
            .into_iter()
            .collect(),
        showing: Showing::Open,
        set_findings: Vec::new(),
        set_showing: Showing::Open,
        received_at: 0,
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

/// A project with its journal, so that each test also proves that the journal tells the same story.
pub(crate) struct Order {
    pub(crate) project: Project,
    pub(crate) journal: Vec<Event>,
    pub(crate) now: UnixMs,
}

impl Order {
    /// An instant order of one song, whose first reference the client hears.
    pub(crate) fn in_review() -> Self {
        let mut order = Self::open(Service::instant(), Some(1));
        order
            .give(Command::ReceiveMix(mix(1, "Song.wav", None)), &Actor::House)
            .unwrap();
        let first = Command::RecordMaster {
            revision: RevisionNo::FIRST,
            track: order.only_track(),
            master: master(1),
        };
        order.give(first, &Actor::House).unwrap();
        order
    }

    pub(crate) fn open(service: Service, songs: Option<u32>) -> Self {
        let new = NewOrder {
            id: hex(9, 32).parse().unwrap(),
            number: OrderNumber::FIRST,
            client: person(2),
            title: "First Light".to_owned(),
            artist: "The Examples".to_owned(),
            service,
            rules: ServiceRules::earlier(),
            retention: Retention::default(),
            songs,
            declared: None,
        };
        let journal = vec![new.open(&staff(), 0).unwrap()];
        Self {
            project: replay(&journal).unwrap(),
            journal,
            now: 0,
        }
    }

    pub(crate) fn give(
        &mut self,
        command: Command,
        by: &Actor,
    ) -> Result<Vec<&'static str>, Refusal> {
        self.now += 1000;
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

    pub(crate) fn approve(&mut self, revision: RevisionNo) -> Result<Vec<&'static str>, Refusal> {
        let samples = self.project.revisions[&revision].sample_sums();
        self.give(
            Command::Approve {
                revision,
                name: "Ada".to_owned(),
                wording: "I approve these masters.".to_owned(),
                samples,
            },
            &client(),
        )
    }

    pub(crate) fn only_track(&self) -> TrackId {
        self.project.tracks[0].id.clone()
    }
}

pub(crate) fn finals(track: &TrackId, wav24: SampleSum) -> Vec<Final> {
    vec![Final {
        track: track.clone(),
        format: FinalFormat::Wav24,
        file_name: "LQ-1001 01 First Light.wav".to_owned(),
        object: object(5),
        bytes: 10,
        samples: wav24,
        read_back: "equal to the approved samples".to_owned(),
    }]
}

pub(crate) fn go_on_with(n: u64) -> Command {
    Command::GoOnWith {
        mix: mix_id(n),
        by: "Eva".to_owned(),
        reason: "wanted".to_owned(),
    }
}

/// What comparing these mixes came to.
pub(crate) fn set(mixes: &[(u64, Option<Severity>)], showing: Showing) -> Command {
    let line = |severity| FindingLine {
        code: "alternate_start".to_owned(),
        severity,
        text: "It comes 20 ms later.".to_owned(),
    };
    let findings = mixes
        .iter()
        .map(|(n, severity)| (mix_id(*n), severity.map(line).into_iter().collect()))
        .collect();
    Command::RecordSet { findings, showing }
}
