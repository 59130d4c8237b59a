//! The OCI distribution protocol as data: every request and response, encoded and decoded. No I/O, no clock.
