//! The OpenAPI document.

use serde_json::{Map, Value, json};

use super::operation::Operation;

/// A schema: an object with these fields (name, type, what it means). A name that ends in `?` may
/// be left out.
pub(super) fn object(fields: &[(&str, &str, &str)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, kind, meaning) in fields {
        let bare = name.trim_end_matches('?');
        if bare == *name {
            required.push(json!(bare));
        }
        let mut schema = match kind.strip_suffix("[]") {
            Some(item) => json!({ "type": "array", "items": { "type": item } }),
            None => json!({ "type": kind }),
        };
        schema["description"] = json!(meaning);
        properties.insert(bare.to_owned(), schema);
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

/// A schema: a list of such objects.
pub(super) fn list(fields: &[(&str, &str, &str)]) -> Value {
    json!({ "type": "array", "items": object(fields) })
}

/// The whole document.
pub(super) fn document(operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let path = paths
            .entry(operation.path)
            .or_insert_with(|| Value::Object(Map::new()));
        path[operation.method] = operation.document();
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lacquer",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Orders, mixes, masters, approvals and finals of a mastering studio. \
                Times are milliseconds since 1970 in UTC; levels are in LUFS and dBTP; ids are \
                hexadecimal. A command carries `seq`, the journal's number it was decided on (a \
                stale one is answered 409), and `key`, which makes sending it twice count once.",
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "bearer": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer",
                    "description": "A session's token, or the token of an order's link." },
                "session": { "type": "apiKey", "in": "cookie", "name": "lacquer_session" },
            },
            "schemas": { "Refusal": refusal() },
        },
    })
}

fn refusal() -> Value {
    object(&[
        ("code", "string", "Stable code of the reason."),
        ("message", "string", "The reason, in a sentence."),
        ("safe", "string", "What is safe, in a sentence."),
        (
            "seq_now?",
            "integer",
            "The journal's number now, where the command was stale.",
        ),
        (
            "retry_after_seconds?",
            "integer",
            "When another try is welcome.",
        ),
    ])
}
