//! `/healthz` for watchers, `/metrics` for Prometheus.

use std::fmt::Write;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use studio::Health;

use crate::Web;

/// What the studio's health says of its database writer when all is well.
const IN_ORDER: &str = "in order";

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
}

async fn healthz(State(web): State<Web>) -> Response {
    let health = web.studio.health().await;
    let status = if health.is_desk_alive && health.writer == IN_ORDER {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(health)).into_response()
}

async fn metrics(State(web): State<Web>) -> Response {
    let text = prometheus(&web.studio.health().await);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

fn prometheus(health: &Health) -> String {
    let mut text = String::new();
    let up = u64::from(health.is_desk_alive);
    let writer = u64::from(health.writer == IN_ORDER);
    for (name, help, value) in [
        ("desk_up", "Whether the desk answers.", up),
        (
            "writer_up",
            "Whether the database writer is in order.",
            writer,
        ),
        (
            "free_bytes",
            "Free bytes where audio is kept.",
            health.free_bytes,
        ),
        (
            "reserve_bytes",
            "Below this many free bytes, uploads are refused.",
            health.reserve_bytes,
        ),
        (
            "up_milliseconds",
            "Milliseconds since the daemon started.",
            health.up_ms,
        ),
    ] {
        head(&mut text, name, help);
        let _ = writeln!(text, "lacquer_{name} {value}");
    }
    head(&mut text, "projects", "Projects by stage.");
    for (stage, count) in &health.projects {
        let _ = writeln!(
            text,
            "lacquer_projects{{stage=\"{}\"}} {count}",
            label(stage)
        );
    }
    head(&mut text, "jobs", "Jobs by state.");
    for (state, count) in &health.jobs {
        let _ = writeln!(text, "lacquer_jobs{{state=\"{}\"}} {count}", label(state));
    }
    head(&mut text, "build_info", "The program's version.");
    let version = label(health.version);
    let _ = writeln!(text, "lacquer_build_info{{version=\"{version}\"}} 1");
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(
        text,
        "# HELP lacquer_{name} {help}\n# TYPE lacquer_{name} gauge"
    );
}

fn label(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn metrics_are_what_prometheus_reads() {
        let text = prometheus(&Health {
            is_desk_alive: true,
            writer: "the disk is full".to_owned(),
            free_bytes: 7,
            reserve_bytes: 8,
            projects: BTreeMap::from([("in\"review".to_owned(), 2)]),
            jobs: BTreeMap::new(),
            up_ms: 9,
            version: "0.1.0",
        });
        for line in [
            "lacquer_desk_up 1",
            "lacquer_writer_up 0",
            "lacquer_free_bytes 7",
            "lacquer_projects{stage=\"in\\\"review\"} 2",
            "# TYPE lacquer_jobs gauge",
            "lacquer_build_info{version=\"0.1.0\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
    }
}
