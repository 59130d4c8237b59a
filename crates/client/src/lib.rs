//! An OCI registry over HTTP, for any transport.
