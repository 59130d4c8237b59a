//! References and their parts as JSON.

#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wharf_reference::{Host, Reference, Repository, Tag, TagOrDigest};

/// The value is the JSON text `text`, and anything else is refused without being repeated.
fn is_text<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, text: &str) {
    let json = format!("\"{text}\"");
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value);
    for wrong in ["\"SECRET//\"", "\"\"", "null", "7", "[]"] {
        let error = serde_json::from_str::<T>(wrong).unwrap_err().to_string();
        assert!(!error.contains("SECRET"), "{error}");
    }
}

#[test]
fn are_their_texts() {
    is_text(&Reference::parse("ubuntu:1").unwrap(), "docker.io/library/ubuntu:1");
    is_text(&Host::parse("localhost:5000").unwrap(), "localhost:5000");
    is_text(&Repository::from_static("a/b"), "a/b");
    is_text(&Tag::LATEST, "latest");
    is_text(&TagOrDigest::Tag(Tag::LATEST), "latest");
}
