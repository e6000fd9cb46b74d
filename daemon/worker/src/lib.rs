//! The sandboxed child process in which everything from outside is opened.
