//! Publishes files so that a power cut leaves them absent or complete, and nothing else.
