//! What the forms of services, releases and the calendar ask: each field by its place in `services.toml`.

/// How a field is written.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A text that has to be there.
    Text,
    /// A text, or nothing.
    MaybeText,
    /// Labels with the letters of their catalogue numbers: `Name = LAQ`, with commas between them.
    Labels,
    /// A length of time; nothing promises nothing.
    Span,
    /// A whole number.
    Number,
    /// A whole number, or nothing.
    MaybeNumber,
    /// A whole number, or a word in its place.
    NumberOr(&'static str),
    /// Words with commas between them.
    Words,
    /// Whole numbers with commas between them.
    Numbers,
    /// One of these: as the file spells it, as people read it.
    Choice(&'static [(&'static str, &'static str)]),
    /// Any of the topics of requests.
    Topics,
}

/// A field of a form.
pub(super) struct Asked {
    pub(super) path: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: Kind,
}

/// Fields that stand together.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) hint: &'static str,
    pub(super) asked: &'static [Asked],
}

pub(super) const fn ask(path: &'static str, label: &'static str, kind: Kind) -> Asked {
    Asked { path, label, kind }
}

/// A service's fields.
pub(super) const SERVICE: &[Group] = &[
    Group {
        title: "What it is",
        hint: "",
        asked: &[
            ask("title", "Name that people read", Kind::Text),
            ask("about", "What it is, in a sentence", Kind::Text),
            ask(
                "kind",
                "Who masters",
                Kind::Choice(&[
                    ("instant", "the measured plan, at once"),
                    ("engineer", "a person"),
                ]),
            ),
            ask("also", "Other names to order it by", Kind::Words),
            ask(
                "completion.when",
                "Complete",
                Kind::Choice(&[
                    ("on_delivery", "as soon as the finals are offered"),
                    ("by_hand", "when somebody says so"),
                ]),
            ),
            ask(
                "consultation.asked",
                "Consultation",
                Kind::Choice(&[
                    ("anytime", "holds nothing up"),
                    ("first", "before quote and work"),
                ]),
            ),
        ],
    },
    Group {
        title: "Turnaround",
        hint: "Write 72 h, 24 opening hours, 5 days or 4 business days. An empty field promises nothing; without rush none is offered.",
        asked: &[
            ask("turnaround.usual", "Until the first reference", Kind::Span),
            ask("turnaround.heavy", "with many songs", Kind::Span),
            ask(
                "turnaround.heavy_from_songs",
                "Many are, from",
                Kind::MaybeNumber,
            ),
            ask("turnaround.revision", "Until a further round", Kind::Span),
            ask("turnaround.rush", "In the rush lane", Kind::Span),
            ask(
                "turnaround.warn_hours",
                "Soon due, hours before",
                Kind::Number,
            ),
        ],
    },
    Group {
        title: "Rounds",
        hint: "Days are counted by the studio's calendar; an empty one sets no limit.",
        asked: &[
            ask(
                "rounds.free",
                "Free: a number, or unlimited",
                Kind::NumberOr("unlimited"),
            ),
            ask(
                "rounds.window_days",
                "Days from the first delivery",
                Kind::MaybeNumber,
            ),
            ask(
                "rounds.ask_days",
                "Days after each further one",
                Kind::MaybeNumber,
            ),
            ask(
                "rounds.warn_days",
                "Warned so many days before",
                Kind::Numbers,
            ),
            ask(
                "rounds.beyond",
                "Beyond the free ones",
                Kind::Choice(&[
                    ("charged", "a request is charged"),
                    ("if_experimental", "a person decides"),
                ]),
            ),
            ask(
                "rounds.closing",
                "When the time is over",
                Kind::Choice(&[
                    ("lapses", "the rest lapses"),
                    ("completes", "the project is complete"),
                ]),
            ),
            ask("rounds.covered", "Covered", Kind::Topics),
            ask(
                "rounds.experimental",
                "May cost where experimental",
                Kind::Topics,
            ),
        ],
    },
    Group {
        title: "Approval",
        hint: "Where silence approves, it is announced three times before.",
        asked: &[
            ask(
                "approval.silence",
                "Silence",
                Kind::Choice(&[("waits", "means nothing"), ("approves", "approves")]),
            ),
            ask("approval.silence_days", "after so many days", Kind::Number),
            ask(
                "approval.announce_days",
                "Announced so many days before",
                Kind::Numbers,
            ),
            ask(
                "approval.fee",
                "The fee falls due",
                Kind::Choice(&[
                    ("as_invoiced", "as invoiced"),
                    ("on_approval", "with the approval"),
                ]),
            ),
        ],
    },
    Group {
        title: "References before the masters are theirs",
        hint: "",
        asked: &[
            ask(
                "preview.form",
                "They sound",
                Kind::Choice(&[
                    ("lossless", "lossless"),
                    ("lossy", "coded with loss"),
                    ("marked", "with a mark"),
                    ("excerpt", "as excerpts"),
                ]),
            ),
            ask(
                "preview.until",
                "until they are",
                Kind::Choice(&[("approved", "approved"), ("paid", "paid")]),
            ),
            ask("preview.excerpt_seconds", "Excerpt, seconds", Kind::Number),
            ask(
                "preview.mark_every_seconds",
                "Seconds between marks",
                Kind::Number,
            ),
        ],
    },
    Group {
        title: "Other people\u{2019}s rights",
        hint: "A reason on record opens an order\u{2019}s sound for the one who gave it; the client reads it.",
        asked: &[
            ask(
                "listening.studio",
                "The studio\u{2019}s people listen",
                Kind::Choice(&[
                    ("free", "as they like"),
                    (
                        "asked",
                        "with the client's permission, or a reason on record",
                    ),
                ]),
            ),
            ask(
                "listening.reason_hours",
                "A reason holds, hours",
                Kind::Number,
            ),
            ask(
                "permissions.hold",
                "Until covers, remixes and samples are permitted",
                Kind::Choice(&[("finals", "the finals wait"), ("nothing", "nothing waits")]),
            ),
        ],
    },
    Group {
        title: "What stays how long",
        hint: "From the completion on: a number, or never. Both empty: as the studio's configuration says.",
        asked: &[
            ask(
                "retention.working_days",
                "Working files, days",
                Kind::NumberOr("never"),
            ),
            ask(
                "retention.recall_months",
                "Archive, months",
                Kind::NumberOr("never"),
            ),
        ],
    },
];

/// The calendar's fields.
pub(super) const CALENDAR: &[Group] = &[Group {
    title: "",
    hint: "Hours as 10:00-13:00, 14:00-18:00; an empty day is closed. Holidays as 12-25 (each year), 2027-03-26, or 2026-12-24/2027-01-03.",
    asked: &[
        ask("time_zone", "Time zone, such as Europe/Berlin", Kind::Text),
        ask("open.monday", "Monday", Kind::Words),
        ask("open.tuesday", "Tuesday", Kind::Words),
        ask("open.wednesday", "Wednesday", Kind::Words),
        ask("open.thursday", "Thursday", Kind::Words),
        ask("open.friday", "Friday", Kind::Words),
        ask("open.saturday", "Saturday", Kind::Words),
        ask("open.sunday", "Sunday", Kind::Words),
        ask("closed", "Holidays", Kind::Words),
    ],
}];

/// The fields of what is set for releases.
pub(super) const RELEASES: &[Group] = &[
    Group {
        title: "The studio\u{2019}s own codes",
        hint: "Each series counts on without a gap. Without a range nothing is allotted, and codes are those that clients bring.",
        asked: &[
            ask("isrc", "ISRCs begin with, such as DEA12", Kind::MaybeText),
            ask("ean", "EANs begin with", Kind::MaybeText),
            ask(
                "labels",
                "Labels with their letters: Name = LAQ, Other = OTH",
                Kind::Labels,
            ),
        ],
    },
    Group {
        title: "What can be chosen",
        hint: "",
        asked: &[
            ask("genres", "Genres", Kind::Words),
            ask("price_classes", "Price classes", Kind::Words),
            ask("shops", "Shops", Kind::Words),
        ],
    },
    Group {
        title: "Terms",
        hint: "The fee for an earlier removal stands in each price list.",
        asked: &[
            ask(
                "single_versions",
                "Versions of a single, at most",
                Kind::Number,
            ),
            ask("licence_months", "Licence, months at least", Kind::Number),
            ask(
                "removal_free_months",
                "A removal is free after months",
                Kind::Number,
            ),
            ask(
                "removal_business_days",
                "A shop may take business days",
                Kind::Number,
            ),
            ask(
                "payout_share",
                "Of what a release earns the client gets, in ten-thousandths",
                Kind::Number,
            ),
            ask(
                "payout_minimum",
                "Payouts begin at, in minor units",
                Kind::Number,
            ),
        ],
    },
];
