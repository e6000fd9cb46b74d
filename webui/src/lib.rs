//! Staff pages, the client portal and the JSON API.
