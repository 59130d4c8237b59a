//! Reads references on standard input, one a line, and prints one JSON object a line: what each is, or what is wrong
//! with it and where. With `--any` a digest alone is one too; with `--strict` only canonical texts are.
//!
//! Shows: the ways of reading a reference and the forms it is printed in. Leaves out: everything about registries.

mod common;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use common::{Args, Failure};
use serde_json::Value;
use wharf::registry::{AnyReference, Reference};

const USAGE: &str = "references [--any | --strict]";

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &["--any", "--strict"], &[], 0);
    common::main(async { references(&args) })
}

fn references(args: &Args) -> Result<(), Failure> {
    let (mut input, mut output) = (io::stdin().lock(), io::BufWriter::new(io::stdout().lock()));
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        writeln!(output, "{}", judge(args, text))?;
        line.clear();
    }
    Ok(output.flush()?)
}

/// The line for one input.
fn judge(args: &Args, bytes: &[u8]) -> String {
    let input = Value::from(String::from_utf8_lossy(bytes));
    match read(args, bytes) {
        Ok(reference) => object(&[("input", input), ("ok", true.into())], &forms(&reference)),
        Err((kind, at)) => {
            object(&[("input", input), ("ok", false.into())], &[("error", kind.into()), ("at", at.into())])
        }
    }
}

/// The reference, or the kind of error and its offset. A text that is not UTF-8 is wrong from its first byte that is not.
fn read(args: &Args, bytes: &[u8]) -> Result<AnyReference, (String, usize)> {
    let text = str::from_utf8(bytes).map_err(|error| ("InvalidFormat".to_owned(), error.valid_up_to()))?;
    let read = match (args.has("--any"), args.has("--strict")) {
        (true, _) => AnyReference::parse(text),
        (false, true) => Reference::parse_strict(text).map(AnyReference::Named),
        (false, false) => Reference::parse(text).map(AnyReference::Named),
    };
    read.map_err(|error| (format!("{:?}", error.kind()), error.at()))
}

fn forms(reference: &AnyReference) -> [(&'static str, Value); 7] {
    let named = match reference {
        AnyReference::Named(reference) => Some(reference),
        AnyReference::Digest(_) => None,
    };
    let digest = match reference {
        AnyReference::Named(reference) => reference.digest(),
        AnyReference::Digest(digest) => Some(digest),
    };
    let familiar = named.map_or_else(|| reference.to_string(), |named| named.familiar().to_string());
    [
        ("host", named.map(|named| named.host().as_str()).into()),
        ("path", named.map(|named| named.repository().as_str()).into()),
        ("tag", named.and_then(Reference::tag).map(|tag| tag.as_str()).into()),
        ("digest", digest.map(ToString::to_string).into()),
        ("canonical", reference.to_string().into()),
        ("familiar", familiar.into()),
        ("pull", named.map(|named| named.clone().pull_form().to_string()).into()),
    ]
}

/// A JSON object whose members stay in their order.
fn object(first: &[(&str, Value)], rest: &[(&str, Value)]) -> String {
    let members: Vec<_> = first.iter().chain(rest).map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}
