//! Reads one JSON document on standard input and prints one JSON object: what the document is, what it points at and which
//! rules of the image-spec it breaks; or what is wrong with it and where. Without `--media-type`, the document itself says
//! what it is, by its `mediaType` or by its members.
//!
//! Shows: documents of any kind, their links and violations, and errors with their place. Leaves out: registries.

mod common;

use std::io::{Read, Write};
use std::process::ExitCode;

use common::{Args, Failure};
use serde_json::{Value, json};
use wharf::registry::{Content, DecodeError, Document, Limits, Link, MediaType, Violation};

const USAGE: &str = "documents [--media-type T]";

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &[], &["--media-type"], 0);
    common::main(async { documents(&args) })
}

fn documents(args: &Args) -> Result<(), Failure> {
    let given = args.value("--media-type", MediaType::from_content_type);
    // One byte more than a document may have is enough to see that it has too many.
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(Limits::default().document_bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(writeln!(std::io::stdout(), "{}", judge(given, bytes))?)
}

fn judge(given: Option<MediaType>, bytes: Vec<u8>) -> String {
    match read(given, bytes) {
        Ok(document) => format!(
            r#"{{"ok":true,"kind":"{}","digest":"{}","links":{},"violations":{}}}"#,
            document.view().kind(),
            document.digest(),
            document.links().map(link).collect::<Value>(),
            document.violations().iter().map(violation).collect::<Value>(),
        ),
        Err(error) => format!(r#"{{"ok":false,"error":"{:?}","at":{}}}"#, error.kind(), json!(error.at())),
    }
}

fn read(given: Option<MediaType>, bytes: Vec<u8>) -> Result<Document<Content>, DecodeError> {
    match given {
        Some(media_type) => Document::new(media_type, bytes),
        None => Document::inferred(bytes)?,
    }
    .decode()
}

fn link(Link { role, descriptor, .. }: Link<'_>) -> Value {
    json!({
        "role": role.as_str(),
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    })
}

fn violation(violation: &Violation) -> Value {
    json!({
        "rule": format!("{:?}", violation.rule()),
        "level": format!("{:?}", violation.rule().level()),
        "path": violation.path(),
        "section": violation.rule().section(),
    })
}
