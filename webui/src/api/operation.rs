//! One thing that a program can ask, with what the OpenAPI document says of it.

use axum::routing::MethodRouter;
use serde_json::{Map, Value, json};

use crate::Web;

/// One method at one address.
pub(super) struct Operation {
    /// `get`, `post`, ...
    pub(super) method: &'static str,
    /// The address below `/api/v1`, with its parts in braces.
    pub(super) path: &'static str,
    /// What it does, in one sentence.
    pub(super) summary: &'static str,
    pub(super) takes: Takes,
    pub(super) gives: Gives,
    /// Whether it answers strangers.
    pub(super) access: Access,
    pub(super) route: MethodRouter<Web>,
}

/// What a request's body holds.
pub(super) enum Takes {
    Nothing,
    /// Choices in the address: name, type, what it means.
    Query(&'static [(&'static str, &'static str, &'static str)]),
    /// A JSON object of this schema.
    Json(Value),
    /// A file as it is.
    File,
    /// A file as it is, with choices in the address.
    FileAnd(&'static [(&'static str, &'static str, &'static str)]),
}

/// What a good answer holds.
pub(super) enum Gives {
    Nothing,
    /// JSON of this schema.
    Json(Value),
    /// A file of this media type.
    File(&'static str),
    /// Audio, whole or in part.
    Audio,
    /// Plain text.
    Text,
    /// A stream of events.
    Events,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Anybody,
    Visitor,
}

/// An operation that everybody known may ask for; what they may is decided behind it.
pub(super) fn for_visitors(
    (method, path, summary): (&'static str, &'static str, &'static str),
    takes: Takes,
    gives: Gives,
    route: MethodRouter<Web>,
) -> Operation {
    Operation {
        method,
        path,
        summary,
        takes,
        gives,
        access: Access::Visitor,
        route,
    }
}

impl Operation {
    /// Its entry in the OpenAPI document.
    pub(super) fn document(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("summary".to_owned(), json!(self.summary));
        entry.insert("operationId".to_owned(), json!(self.id()));
        entry.insert("parameters".to_owned(), json!(self.parameters()));
        if let Some(body) = self.body() {
            entry.insert("requestBody".to_owned(), body);
        }
        entry.insert("responses".to_owned(), self.responses());
        if self.access == Access::Anybody {
            entry.insert("security".to_owned(), json!([]));
        }
        Value::Object(entry)
    }

    fn id(&self) -> String {
        let path: String = self
            .path
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let words = path.split('_').filter(|word| !word.is_empty());
        format!("{}_{}", self.method, words.collect::<Vec<_>>().join("_"))
    }

    fn parameters(&self) -> Vec<Value> {
        let parts = self.path.split('/');
        let named = parts.filter_map(|p| p.strip_prefix('{')?.strip_suffix('}'));
        let mut all: Vec<Value> = named
            .map(|name| {
                json!({
                    "name": name, "in": "path", "required": true, "schema": { "type": "string" },
                })
            })
            .collect();
        match &self.takes {
            Takes::File => all.push(json!({
                "name": "folder", "in": "query", "required": false,
                "schema": { "type": "string", "enum": ["mixes", "alternates", "references"] },
            })),
            Takes::Query(choices) | Takes::FileAnd(choices) => {
                all.extend(choices.iter().map(|(name, kind, about)| {
                    json!({
                        "name": name, "in": "query", "required": false, "description": about,
                        "schema": { "type": kind },
                    })
                }))
            }
            Takes::Nothing | Takes::Json(_) => {}
        }
        match self.gives {
            Gives::Audio => all.push(json!({
                "name": "Range", "in": "header", "required": false,
                "schema": { "type": "string", "example": "bytes=0-65535" },
            })),
            Gives::Nothing | Gives::Json(_) | Gives::File(_) | Gives::Text | Gives::Events => {}
        }
        all
    }

    fn body(&self) -> Option<Value> {
        match &self.takes {
            Takes::Nothing | Takes::Query(_) => None,
            Takes::Json(schema) => Some(json!({
                "required": true,
                "content": { "application/json": { "schema": schema } },
            })),
            Takes::File | Takes::FileAnd(_) => Some(json!({
                "required": true,
                "content": { "application/octet-stream": {
                    "schema": { "type": "string", "format": "binary" },
                } },
            })),
        }
    }

    fn responses(&self) -> Value {
        let audio = json!({ "audio/*": { "schema": { "type": "string", "format": "binary" } } });
        let mut answers = match &self.gives {
            Gives::Nothing => json!({ "204": { "description": "Done." } }),
            Gives::Json(schema) => json!({ "200": {
                "description": "Done.", "content": { "application/json": { "schema": schema } },
            } }),
            Gives::File(mime) => json!({ "200": {
                "description": "The file.",
                "content": { *mime: { "schema": { "type": "string", "format": "binary" } } },
            } }),
            Gives::Audio => json!({
                "200": { "description": "The whole file.", "content": audio },
                "206": { "description": "The part asked for.", "content": audio },
                "304": { "description": "Unchanged." },
                "416": { "description": "The range lies outside the file." },
            }),
            Gives::Text => json!({ "200": {
                "description": "Text for people.",
                "content": { "text/plain": { "schema": { "type": "string" } } },
            } }),
            Gives::Events => json!({ "200": {
                "description": "Server-Sent Events: `hello`, `change`, `missed`.",
                "content": { "text/event-stream": { "schema": { "type": "string" } } },
            } }),
        };
        // The sentences of a refusal are in one schema, whatever its status.
        answers["default"] = json!({
            "description": "A refusal or fault, in a sentence.",
            "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Refusal" },
            } },
        });
        answers
    }
}
