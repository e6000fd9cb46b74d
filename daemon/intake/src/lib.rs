//! Dropboxes: the FTP server, SMB accounts, watching folders and settling.
