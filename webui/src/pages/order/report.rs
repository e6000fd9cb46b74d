//! A mix's report: its text, and the pictures of its findings.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mastering::MixId;
use studio::{Denied, ReportView};

use crate::Web;
use crate::door::Door;
use crate::trouble::Trouble;
use crate::view::Inspection;

/// A picture came from the opening of a client's file: it is shown as a picture and runs nothing.
const PICTURE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// Ink that follows the reader's choice of light or dark.
const INK: &str =
    "<style>:root{color:#57524a}@media(prefers-color-scheme:dark){:root{color:#b9b2a6}}</style>";

async fn report(web: &Web, door: &Door, mix: &str) -> Result<ReportView, Trouble> {
    let mix: MixId = mix.parse().map_err(|_| Denied::NotFound)?;
    web.studio
        .report(&door.visitor, door.number, &mix)
        .await
        .map_err(|denied| door.trouble(denied))
}

/// The note's own policy, said by the server as well: it shows its pictures and runs nothing.
const PAGE_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
                           frame-ancestors 'none'; sandbox";

/// The report as the page that lies beside the mix; as text where an early version kept no more.
pub(super) async fn page(
    State(web): State<Web>,
    door: Door,
    Path(params): Path<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let report = report(&web, &door, param(&params, "mix")).await?;
    Ok(match report.report_html {
        Some(page) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
            ];
            (headers, page).into_response()
        }
        None => {
            let kind = "text/plain; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], report.report_text).into_response()
        }
    })
}

pub(super) async fn text(
    State(web): State<Web>,
    door: Door,
    Path(params): Path<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let report = report(&web, &door, param(&params, "mix")).await?;
    let kind = "text/plain; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], report.report_text).into_response())
}

pub(super) async fn picture(
    State(web): State<Web>,
    door: Door,
    Path(params): Path<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let report = report(&web, &door, param(&params, "mix")).await?;
    let read: Inspection = serde_json::from_value(report.inspection).unwrap_or_default();
    let place = param(&params, "finding").parse().unwrap_or(usize::MAX);
    let picture = read.findings.get(place).and_then(|f| f.picture.as_ref());
    let svg = picture.ok_or_else(|| door.trouble(Denied::NotFound))?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, PICTURE_POLICY),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((StatusCode::OK, headers, with_ink(svg)).into_response())
}

fn with_ink(svg: &str) -> String {
    match svg.split_once('>') {
        Some((head, rest)) if head.starts_with("<svg") => format!("{head}>{INK}{rest}"),
        _ => svg.to_owned(),
    }
}

/// A part of the address by its name: below a link and below a number the parts before it differ.
pub(super) fn param<'p>(params: &'p [(String, String)], name: &str) -> &'p str {
    let found = params.iter().find(|(n, _)| n == name);
    found.map_or("", |(_, value)| value.as_str())
}
