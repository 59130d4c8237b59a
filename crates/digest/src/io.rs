//! Hashing and verifying where the standard library reads and writes.

mod hashing_writer;
mod verifying_reader;

pub use hashing_writer::HashingWriter;
pub use verifying_reader::VerifyingReader;
