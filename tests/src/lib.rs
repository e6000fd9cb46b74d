//! Whole flows with real clients, real servers and a real browser.
