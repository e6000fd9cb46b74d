//! The two ways to an order: `/orders/LQ-1001` with a login, `/p/<token>` with the order's link.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::Redirect;
use mastering::{Command, OrderNumber};
use studio::{Denied, OrderPage, OrderQuery, Submission, Visitor};

use crate::Web;
use crate::form::Posted;
use crate::session::{self, Visit};
use crate::stamp;
use crate::trouble::Trouble;

/// How a visitor came to an order. What they may do there is decided by the studio.
pub(crate) struct Door {
    pub(crate) visitor: Visitor,
    pub(crate) number: OrderNumber,
    /// The order's address for this visitor; each of its pages and forms lies below.
    pub(crate) base: String,
    secret: String,
}

impl Door {
    /// The order as this visitor may see it.
    pub(crate) async fn order(&self, web: &Web) -> Result<OrderPage, Trouble> {
        web.studio
            .order(&self.visitor, self.number)
            .await
            .map_err(|denied| self.trouble(denied))
    }

    /// Gives a command that was decided on the page's state.
    pub(crate) async fn submit(
        &self,
        web: &Web,
        command: Command,
        posted: &Posted,
    ) -> Result<(), Trouble> {
        let submission = Submission {
            command,
            seq: posted.seq,
            key: Some(posted.key.clone()),
        };
        match web
            .studio
            .submit(&self.visitor, self.number, submission)
            .await
        {
            Ok(_) => Ok(()),
            Err(denied) => Err(self.explain(web, denied, posted).await),
        }
    }

    /// A refusal with what changed meanwhile, where that is the reason, and the words that were typed.
    pub(crate) async fn explain(&self, web: &Web, denied: Denied, posted: &Posted) -> Trouble {
        let is_stale = matches!(denied, Denied::Stale { .. });
        let trouble = self
            .trouble(denied)
            .with_words(posted.fields.get("words"))
            .with_words(posted.fields.get("chain"));
        if !is_stale {
            return trouble;
        }
        match self.order(web).await {
            Ok(page) => {
                let seen = posted.seq.unwrap_or(0);
                {
                    let news = page.log.into_iter().filter(|line| line.seq > seen);
                    trouble.with_changes(news, &page.zone)
                }
            }
            Err(_) => trouble,
        }
    }

    /// A refusal with the way back to the order.
    pub(crate) fn trouble(&self, denied: Denied) -> Trouble {
        Trouble::from(denied).with_way_back(&self.base)
    }

    /// Back to the order's page, at one of its parts.
    pub(crate) fn back_to(&self, part: &str) -> Redirect {
        Redirect::to(&format!("{}#{part}", self.base))
    }

    /// What the forms of this visitor's pages are sealed with.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// The token of the form that posts to `action` below the order's address.
    pub(crate) fn token(&self, action: &str) -> String {
        stamp::form_token(&self.secret, &format!("{}/{action}", self.base))
    }
}

/// The portal token of a path below `/p/`.
pub(crate) fn link_token(path: &str) -> Option<&str> {
    let token = path.strip_prefix("/p/")?.split('/').next()?;
    (!token.is_empty()).then_some(token)
}

/// What the forms of the page at this path are sealed with.
pub(crate) fn secret(web: &Web, parts: &Parts) -> Option<String> {
    match link_token(session::path(parts)) {
        Some(token) => Some(token.to_owned()),
        None => session::session_cookie(&web.config, &parts.headers),
    }
}

async fn by_link(web: &Web, token: &str, from: std::net::IpAddr) -> Result<Door, Trouble> {
    let unknown = || {
        Trouble::from(Denied::NotFound)
            .saying("This link opens nothing, or no longer. Please ask the studio for a new one.")
    };
    let visitor = web
        .studio
        .visitor_by_link(token)
        .await
        .ok_or_else(unknown)?
        .coming_from(from);
    let list = web.studio.orders(&visitor, OrderQuery::default()).await?;
    let order = list.orders.first().ok_or_else(unknown)?;
    Ok(Door {
        visitor,
        number: order.number,
        base: format!("/p/{token}"),
        secret: token.to_owned(),
    })
}

impl FromRequestParts<Web> for Door {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Trouble> {
        if let Some(token) = link_token(session::path(parts)) {
            return by_link(web, token, session::address(&web.config, parts)).await;
        }
        let Visit { visitor, secret } = Visit::from_request_parts(parts, web).await?;
        let params = RawPathParams::from_request_parts(parts, web).await;
        let params = params.map_err(|_| Denied::NotFound)?;
        let number = params.iter().find(|(name, _)| *name == "number");
        let number: OrderNumber = number
            .and_then(|(_, text)| text.parse().ok())
            .ok_or(Denied::NotFound)?;
        Ok(Self {
            visitor,
            number,
            base: format!("/orders/{number}"),
            secret,
        })
    }
}
