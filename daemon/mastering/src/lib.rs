//! The studio's domain: orders, projects, tracks, revisions, approvals, clocks and prices as pure rules.
