//! The one cookie, and who a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri};
use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use studio::{Denied, Visitor, Whence};

use crate::trouble::Trouble;
use crate::{BehindTls, Web, WebConfig};

/// A browser lets only a page of this very host, over https, set a cookie of this name.
const SECURE_COOKIE: &str = "__Host-lacquer_session";
const PLAIN_COOKIE: &str = "lacquer_session";

fn cookie_name(config: &WebConfig) -> &'static str {
    match config.behind_tls {
        BehindTls::Yes => SECURE_COOKIE,
        BehindTls::No => PLAIN_COOKIE,
    }
}

/// The session token that the request's cookie carries.
pub(crate) fn session_cookie(config: &WebConfig, headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == cookie_name(config) && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

fn cookie(config: &WebConfig, value: &str, rest: &str) -> HeaderValue {
    let secure = match config.behind_tls {
        BehindTls::Yes => "; Secure",
        BehindTls::No => "",
    };
    let text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{rest}",
        cookie_name(config)
    );
    HeaderValue::from_str(&text).expect("session tokens are plain text")
}

/// The header that begins a session in a browser.
pub(crate) fn begin_cookie(config: &WebConfig, session: &str) -> HeaderValue {
    cookie(config, session, "")
}

/// The header that ends it.
pub(crate) fn end_cookie(config: &WebConfig) -> HeaderValue {
    cookie(config, "", "; Max-Age=0")
}

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty();
    is_bearer.then(|| token.trim().to_owned())
}

/// Where the request comes from, for counting wrong passwords and for the record of decisions.
pub(crate) fn address(config: &WebConfig, parts: &Parts) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    let forwarded = || {
        let lines = parts.headers.get_all("x-forwarded-for");
        let last = lines.iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    match config.behind_tls {
        BehindTls::Yes => forwarded().unwrap_or(peer),
        BehindTls::No => peer,
    }
}

/// Where the request comes from, and with which browser.
pub(crate) fn whence(config: &WebConfig, parts: &Parts) -> Whence {
    let browser = parts.headers.get(header::USER_AGENT);
    Whence {
        address: address(config, parts),
        browser: browser
            .and_then(|name| name.to_str().ok())
            .unwrap_or("")
            .to_owned(),
    }
}

/// Where a request comes from, and with which browser, whoever sends it.
pub(crate) struct Sender(pub(crate) Whence);

impl FromRequestParts<Web> for Sender {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        Ok(Self(whence(&web.config, parts)))
    }
}

/// Someone who is logged in.
pub(crate) struct Visit {
    pub(crate) visitor: Visitor,
    /// What the forms of their pages are sealed with.
    pub(crate) secret: String,
}

impl Visit {
    /// The visitor, if they work here.
    pub(crate) fn staff(self) -> Result<Self, Trouble> {
        if self.visitor.is_staff() {
            Ok(self)
        } else {
            Err(Denied::NotAllowed.into())
        }
    }
}

/// The visitor of the session cookie.
pub(crate) async fn visit(web: &Web, parts: &Parts) -> Option<Visit> {
    let secret = session_cookie(&web.config, &parts.headers)?;
    let visitor = web.studio.visitor_by_session(&secret).await?;
    let whence = whence(&web.config, parts);
    let visitor = visitor.coming_from(whence.address);
    web.studio.saw(&secret, &whence);
    Some(Visit { visitor, secret })
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Trouble> {
        match visit(web, parts).await {
            Some(visit) => {
                let unread = web.studio.unread(&visit.visitor).await?;
                let visitor = visit.visitor.with_unread(unread);
                Ok(Visit { visitor, ..visit })
            }
            None => Err(Trouble::log_in_first(&parts.method, path(parts))),
        }
    }
}

/// The path as the browser sent it.
pub(crate) fn path(parts: &Parts) -> &str {
    parts
        .extensions
        .get::<OriginalUri>()
        .map_or(parts.uri.path(), |original| original.0.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(behind_tls: BehindTls) -> WebConfig {
        WebConfig {
            public_url: "http://localhost".to_owned(),
            behind_tls,
        }
    }

    #[test]
    fn the_cookie_is_kept_from_script_and_other_sites() {
        let plain = begin_cookie(&config(BehindTls::No), "abc");
        assert_eq!(
            plain.to_str().unwrap(),
            "lacquer_session=abc; Path=/; HttpOnly; SameSite=Strict"
        );
        let secure = begin_cookie(&config(BehindTls::Yes), "abc");
        assert_eq!(
            secure.to_str().unwrap(),
            "__Host-lacquer_session=abc; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        let lines = "a=b; lacquer_session=abc; x_lacquer_session=d";
        headers.insert(header::COOKIE, lines.parse().unwrap());
        let found = |tls| session_cookie(&config(tls), &headers);
        assert_eq!(found(BehindTls::No).as_deref(), Some("abc"));
        assert_eq!(found(BehindTls::Yes), None);
    }

    #[test]
    fn only_a_proxy_is_believed_about_addresses() {
        let (mut parts, ()) = axum::http::Request::builder()
            .header("x-forwarded-for", "1.2.3.4, 5.6.7.8")
            .body(())
            .unwrap()
            .into_parts();
        let peer: SocketAddr = "9.9.9.9:1".parse().unwrap();
        parts.extensions.insert(ConnectInfo(peer));
        let seen = |tls| address(&config(tls), &parts).to_string();
        assert_eq!(seen(BehindTls::No), "9.9.9.9");
        assert_eq!(seen(BehindTls::Yes), "5.6.7.8");
    }
}
