//! The tables, one file for each part of the protocol, and the steps that many rules begin with.

use super::rule::{Rule, Step, post, put};

mod blob;
mod catalog;
mod condition;
mod digest;
mod manifest;
mod method;
mod mount;
mod name;
mod range;
mod referrer;
mod tag;
mod upload;
mod upload_end;

/// Every rule of every table.
pub(super) fn all() -> Vec<Rule> {
    let tables = [
        method::rules,
        name::rules,
        digest::rules,
        blob::rules,
        range::rules,
        condition::rules,
        upload::rules,
        upload_end::rules,
        mount::rules,
        manifest::rules,
        tag::rules,
        catalog::rules,
        referrer::rules,
    ];
    tables.iter().flat_map(|rules| rules()).collect()
}

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A manifest that needs nothing.
const EMPTY: &str = r#"{"schemaVersion":2,"manifests":[]}"#;

/// Another one.
const OTHER: &str = r#"{"schemaVersion":2,"manifests":[],"annotations":{"a":"b"}}"#;

/// A digest that nothing has.
const ABSENT: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Stores a blob.
fn stored(repository: &str, content: &str) -> Step {
    post(format!("/v2/{repository}/blobs/uploads/?digest={{sha256:{content}}}")).sends(content).gives(&[201])
}

/// Opens an upload session.
fn opened(repository: &str) -> Step {
    post(format!("/v2/{repository}/blobs/uploads/")).gives(&[202])
}

/// Stores a manifest that needs nothing, under a tag or a digest.
fn tagged(which: &str) -> Step {
    manifest(which, EMPTY).gives(&[201])
}

/// Puts a manifest; what must come of it is not said.
fn manifest(which: &str, body: &str) -> Step {
    put(format!("/v2/{{repo}}/manifests/{which}")).header("content-type", INDEX).sends(body)
}
