//! A form that was sent: from our own page, by whom it was drawn for.

use axum::Form;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use studio::Denied;

use crate::trouble::Trouble;
use crate::{Web, WebConfig, door, session, stamp};

/// The fields of a form, in the order in which they were sent.
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// A field's text; empty where it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The fields whose names begin with `prefix`, without it.
    pub(crate) fn below<'f>(
        &'f self,
        prefix: &'f str,
    ) -> impl Iterator<Item = (&'f str, &'f str)> + 'f {
        self.0.iter().filter_map(move |(name, value)| {
            let rest = name.strip_prefix(prefix)?;
            Some((rest, value.as_str()))
        })
    }

    /// A field that must be an id, a number or a code.
    pub(crate) fn read<T: std::str::FromStr>(&self, name: &str) -> Result<T, Denied> {
        self.get(name).parse().map_err(|_| {
            Denied::Invalid(format!(
                "the field {name} of this form cannot be read; reload the page and try again"
            ))
        })
    }
}

/// A form of one of our pages, sent by the visitor it was drawn for.
pub(crate) struct Posted {
    pub(crate) fields: Fields,
    /// The journal's number that the page showed.
    pub(crate) seq: Option<u64>,
    /// Makes sending it twice count once.
    pub(crate) key: String,
}

/// A form of a page that needs no login: it is checked to come from our own page.
pub(crate) struct OpenForm(pub(crate) Fields);

/// Whether a request was made by a page of this server, as far as the browser tells.
pub(crate) fn is_from_our_page(config: &WebConfig, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return false;
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else {
        return true;
    };
    let host = text(header::HOST.as_str()).unwrap_or("");
    let bare = |url: &str| url.split_once("://").map(|(_, rest)| rest.to_owned());
    origin == config.public_url.trim_end_matches('/') || bare(origin).is_some_and(|h| h == host)
}

pub(crate) fn foreign() -> Trouble {
    Trouble::new(
        StatusCode::FORBIDDEN,
        "This form did not come from this page as it was drawn for you. Reload the page and send it again.",
    )
}

async fn fields(request: Request, web: &Web) -> Result<Fields, Trouble> {
    let form = Form::<Vec<(String, String)>>::from_request(request, web).await;
    match form {
        Ok(Form(fields)) => Ok(Fields(fields)),
        Err(_) => Err(Trouble::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This form could not be read.",
        )),
    }
}

/// Refuses what no page of ours, drawn for this visitor, can have sent.
pub(crate) fn check_token(web: &Web, parts: &Parts, token: &str) -> Result<(), Trouble> {
    let path = session::path(parts);
    let Some(secret) = door::secret(web, parts) else {
        return Err(Trouble::log_in_first(&parts.method, path));
    };
    if stamp::is_same(token, &stamp::form_token(&secret, path)) {
        Ok(())
    } else {
        Err(foreign())
    }
}

/// Files of a form that could not be read.
pub(crate) fn unreadable() -> Trouble {
    Trouble::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "The upload broke off or could not be read. Send the file again; nothing half is kept.",
    )
}

/// A form with files that came from our own page, with the head of its request; whoever reads it checks the seal
/// with [`check_token`] before taking a file.
pub(crate) async fn with_files(request: Request, web: &Web) -> Result<(Parts, Multipart), Trouble> {
    let (parts, body) = request.into_parts();
    if !is_from_our_page(&web.config, &parts.headers) {
        return Err(foreign());
    }
    let request = Request::from_parts(parts.clone(), body);
    let form = Multipart::from_request(request, web).await;
    Ok((parts, form.map_err(|_| unreadable())?))
}

impl FromRequest<Web> for Posted {
    type Rejection = Trouble;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Trouble> {
        let (parts, body) = request.into_parts();
        if !is_from_our_page(&web.config, &parts.headers) {
            return Err(foreign());
        }
        let fields = fields(Request::from_parts(parts.clone(), body), web).await?;
        check_token(web, &parts, fields.get("form_token"))?;
        let seq = match fields.get("seq") {
            "" => None,
            _ => Some(fields.read("seq")?),
        };
        let form_key = match fields.get("key") {
            "" => stamp::fresh_key(),
            key => key.to_owned(),
        };
        let key = stamp::key_of(&form_key, session::path(&parts), &fields.0);
        Ok(Self { fields, seq, key })
    }
}

impl FromRequest<Web> for OpenForm {
    type Rejection = Trouble;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Trouble> {
        if !is_from_our_page(&web.config, request.headers()) {
            return Err(foreign());
        }
        fields(request, web).await.map(OpenForm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BehindTls;

    fn is_ours(headers: &[(&'static str, &'static str)]) -> bool {
        let config = WebConfig {
            public_url: "https://lacquer.example".to_owned(),
            behind_tls: BehindTls::Yes,
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        is_from_our_page(&config, &map)
    }

    #[test]
    fn a_form_of_another_site_is_told_apart() {
        let page = ("origin", "https://lacquer.example");
        let local = ("origin", "http://10.0.0.5:8080");
        for ours in [
            [].as_slice(),
            &[page],
            &[local, ("host", "10.0.0.5:8080")],
            &[("sec-fetch-site", "same-origin"), page],
        ] {
            assert!(is_ours(ours), "{ours:?}");
        }
        let host = ("host", "lacquer.example");
        for foreign in [
            [("origin", "https://evil.example"), host].as_slice(),
            &[("origin", "null"), host],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
        ] {
            assert!(!is_ours(foreign), "{foreign:?}");
        }
    }
}
