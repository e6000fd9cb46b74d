//! An order's account: what is owed and why, its documents, and the forms of whoever may.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use mastering::money::{Extra, PaymentRule};
use mastering::{FinalFormat, Hold};
use serde_json::{Map, Value};
use studio::{AccountView, Denied, MoneyForm, Right};

use crate::door::Door;
use crate::files::file;
use crate::form::{Fields, Posted};
use crate::pages::draw;
use crate::trouble::Trouble;
use crate::view::{DocumentView, Frame, LogView};
use crate::{Web, stamp, words};

#[derive(Template)]
#[template(path = "order_account.html")]
struct Page {
    frame: Frame,
    base: String,
    token: String,
    key: String,
    account: AccountView,
    documents: Vec<DocumentView>,
    services: Vec<String>,
    log: Vec<LogView>,
    rights: Rights,
}

/// What this visitor may do on the page.
struct Rights(Vec<Right>);

impl Rights {
    fn of(door: &Door) -> Self {
        let asked = [
            Right::Bill,
            Right::RecordPayment,
            Right::Refund,
            Right::Approve,
        ];
        Self(asked.into_iter().filter(|r| door.visitor.may(*r)).collect())
    }

    fn bill(&self) -> bool {
        self.0.contains(&Right::Bill)
    }

    fn pay(&self) -> bool {
        self.0.contains(&Right::RecordPayment)
    }

    fn refund(&self) -> bool {
        self.0.contains(&Right::Refund)
    }

    /// A client accepts for themselves, the studio notes that they did.
    fn accept(&self) -> bool {
        self.0.contains(&Right::Approve) || self.bill()
    }
}

impl Page {
    fn hold(&self) -> &'static str {
        match self.account.hold {
            Hold::Nothing => "Nothing waits for a payment.",
            Hold::Finals => "The finals wait for a payment.",
            Hold::Everything => "The work waits for a payment.",
        }
    }

    fn rule(&self) -> &'static str {
        match self.account.payment {
            PaymentRule::NoGate => "Nothing of this order waits for money.",
            PaymentRule::BeforeWork => "Paid before work, or by the instalments agreed.",
            PaymentRule::Deposit => "A deposit before work, the balance before the finals.",
            PaymentRule::OnAcceptance => "The fee falls due when the master is accepted.",
        }
    }

    fn extras(&self) -> [Extra; 8] {
        Extra::ALL
    }

    /// Formats that are made where they were ordered.
    fn formats(&self) -> [(&'static str, &'static str); 3] {
        FinalFormat::ORDERED.map(|format| (format.code(), words::format(format)))
    }

    /// Documents of one kind in one state.
    fn in_state(&self, series: &str, state: &str) -> Vec<&DocumentView> {
        let documents = self.documents.iter();
        documents
            .filter(|d| d.series == series && d.state == state)
            .collect()
    }

    /// Invoices on which something was paid.
    fn paid(&self) -> Vec<&DocumentView> {
        let documents = self.documents.iter();
        documents
            .filter(|d| d.series == "invoice" && d.open != d.total && d.state != "cancelled")
            .collect()
    }
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    let account = web.studio.account(&door.visitor, door.number).await;
    let account = account.map_err(|denied| door.trouble(denied))?;
    let services = if door.visitor.may(Right::Bill) && account.priced.is_none() {
        let lists = web.studio.price_lists(&door.visitor).await?;
        lists.into_iter().map(|list| list.service).collect()
    } else {
        Vec::new()
    };
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    let documents = account.documents.iter().cloned();
    let zone = web.zone();
    draw(&Page {
        frame,
        token: door.token("account"),
        key: stamp::fresh_key(),
        documents: documents
            .map(|line| DocumentView::of(line, Some(&door.base), &zone))
            .collect(),
        base: door.base.clone(),
        services,
        log: account
            .log
            .iter()
            .rev()
            .cloned()
            .map(|line| LogView::of(line, &zone))
            .collect(),
        rights: Rights::of(&door),
        account,
    })
}

/// Reads the form as the command that its hidden field names.
fn read(fields: &Fields) -> Result<MoneyForm, Denied> {
    let mut command = Map::new();
    let numbers = ["songs", "instalments", "tracks"];
    let own = ["form_token", "key", "seq"];
    let is_part = |name: &str| name.starts_with("extra.") || name.starts_with("format.");
    for (name, value) in &fields.0 {
        let value = value.trim();
        if own.contains(&name.as_str()) || value.is_empty() || is_part(name) {
            continue;
        }
        let value = if numbers.contains(&name.as_str()) {
            let number: u32 = value
                .parse()
                .map_err(|_| Denied::Invalid(format!("{name} must be a number")))?;
            Value::from(number)
        } else {
            Value::from(value)
        };
        command.insert(name.clone(), value);
    }
    let mut extras = Map::new();
    for (name, count) in fields.below("extra.") {
        let count: u32 = match count.trim() {
            "" => 0,
            text => text
                .parse()
                .map_err(|_| Denied::Invalid(format!("how many {name} must be a number")))?,
        };
        if count > 0 {
            extras.insert(name.to_owned(), count.into());
        }
    }
    if !extras.is_empty() {
        command.insert("extras".to_owned(), Value::Object(extras));
    }
    let formats: Vec<Value> = fields
        .below("format.")
        .map(|(code, _)| Value::from(code))
        .collect();
    if !formats.is_empty() {
        command.insert("formats".to_owned(), formats.into());
    }
    serde_json::from_value(Value::Object(command))
        .map_err(|error| Denied::Invalid(format!("this form cannot be carried out: {error}")))
}

pub(super) async fn give(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let form = read(&posted.fields).map_err(|denied| door.trouble(denied))?;
    let key = Some(posted.key.clone());
    let given = web
        .studio
        .give_money(&door.visitor, door.number, form, key)
        .await;
    given.map_err(|denied| door.trouble(denied))?;
    Ok(Redirect::to(&format!("{}/account", door.base)))
}

pub(super) async fn paper(
    State(web): State<Web>,
    door: Door,
    Path(params): Path<std::collections::HashMap<String, String>>,
) -> Result<Response, Trouble> {
    let document = params.get("document").map_or("", String::as_str);
    let no = document.parse().map_err(|_| Denied::NotFound)?;
    let made = web
        .studio
        .document_pdf(&door.visitor, door.number, no)
        .await;
    Ok(file(made.map_err(|denied| door.trouble(denied))?))
}
