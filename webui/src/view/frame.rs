//! What stands around every page.

use mastering::Zone;
use studio::{LogLine, Right, Visitor};

use crate::{stamp, words};

/// The page's head: who looks at it, and where they are.
pub(crate) struct Frame {
    /// The visitor's name; empty for a stranger or a link.
    pub(crate) name: String,
    pub(crate) is_staff: bool,
    /// The part of the house: `inbox`, `orders`, `people`, or nothing.
    pub(crate) here: &'static str,
    /// The seal of the form that logs out; none where nobody is logged in.
    pub(crate) log_out_token: Option<String>,
    /// Where the browser hears of changes; none where the page is not live.
    pub(crate) changes: Option<String>,
    /// Who looks; nobody in particular on the pages for strangers.
    visitor: Option<Visitor>,
}

impl Frame {
    /// The frame for nobody in particular.
    pub(crate) fn stranger() -> Self {
        Self {
            name: String::new(),
            is_staff: false,
            here: "",
            log_out_token: None,
            changes: None,
            visitor: None,
        }
    }

    /// The frame of someone logged in.
    pub(crate) fn of(visitor: &Visitor, secret: &str, here: &'static str) -> Self {
        Self {
            name: visitor.name().to_owned(),
            is_staff: visitor.is_staff(),
            here,
            log_out_token: Some(stamp::form_token(secret, "/logout")),
            changes: Some("/api/v1/changes".to_owned()),
            visitor: Some(visitor.clone()),
        }
    }

    /// The frame of a visitor who came by an order's link.
    pub(crate) fn by_link(visitor: &Visitor, base: &str) -> Self {
        Self {
            name: visitor.name().to_owned(),
            is_staff: false,
            here: "",
            log_out_token: None,
            changes: Some(format!("{base}/changes")),
            visitor: Some(visitor.clone()),
        }
    }

    /// How many notices they have not read.
    pub(crate) fn unread(&self) -> u64 {
        self.visitor.as_ref().map_or(0, Visitor::unread)
    }

    /// Whether they change prices.
    pub(crate) fn keeps_prices(&self) -> bool {
        self.may(Right::Settings)
    }

    /// Whether they let go what is due.
    pub(crate) fn lets_go(&self) -> bool {
        self.may(Right::Delete)
    }

    fn may(&self, right: Right) -> bool {
        self.visitor.as_ref().is_some_and(|v| v.may(right))
    }

    /// Whether they look after clients: add them, open orders, hand out links.
    pub(crate) fn serves_clients(&self) -> bool {
        self.may(Right::ServeClients)
    }

    /// Whether they work at the sound.
    pub(crate) fn masters(&self) -> bool {
        self.may(Right::Master)
    }

    /// Whether they decide about what arrives.
    pub(crate) fn takes_in(&self) -> bool {
        self.may(Right::TakeIn)
    }

    /// Whether they add people of the studio.
    pub(crate) fn sets(&self) -> bool {
        self.may(Right::Settings)
    }

    /// The address of an asset.
    pub(crate) fn asset(&self, name: &str) -> String {
        crate::assets::url(name)
    }
}

/// One line of what happened.
pub(crate) struct LogView {
    pub(crate) when: String,
    pub(crate) machine_when: String,
    pub(crate) by: String,
    pub(crate) text: String,
    /// From where, for the studio's eyes; empty where that is not known.
    pub(crate) from: String,
}

impl LogView {
    pub(crate) fn of(line: LogLine, zone: &Zone) -> Self {
        Self {
            when: words::moment(zone, line.at),
            machine_when: words::machine_moment(line.at),
            by: line.by,
            text: line.text,
            from: line.from.unwrap_or_default(),
        }
    }
}
