//! Laws of the parsers that hold for all bytes. Each function panics where its law does not hold; the fuzz targets call
//! them with what the fuzzer finds, and `tests/replay.rs` with the inputs in `corpus/`.

#![allow(clippy::panic, reason = "to panic is how a law says that it is broken")]

mod documents;
mod media_type;
mod model;
mod name;
mod platform;
mod upload;

pub use documents::{
    Generated, Verdict, config, generated_config, generated_index, generated_manifest, index, manifest,
};
pub use media_type::media_type;
pub use name::{digest_parse, reference_model, reference_parse, reference_round_trip};
pub use platform::{platform, specifiers};
pub use upload::upload_machine;

use http::Method;
use wharf_distribution::header::{self, ContentRange, UploadRange};
use wharf_distribution::{Challenge, Endpoint, ErrorBody, RepositoryList, TagList, TokenResponse, link};
use wharf_spec::{Content, Document, LayoutHeader, MediaType, Platform};

/// A request that is read is written as one that reads the same, and never leaves `/v2/`. The input is a method, a path
/// and a query, separated by spaces.
pub fn endpoint(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let mut words = text.splitn(3, ' ');
    let Ok(method) = words.next().unwrap_or_default().parse::<Method>() else { return };
    let Ok(endpoint) = Endpoint::parse(&method, words.next().unwrap_or_default(), words.next()) else { return };
    let target = endpoint.target();
    assert!(target.starts_with("/v2/"));
    let (path, query) = target.split_once('?').map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
    assert_eq!(Endpoint::parse(&endpoint.method(), path, query), Ok(endpoint));
}

/// Header values that are read are written as values that read the same.
pub fn header(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Some(range) = header::parse_range(text) {
        assert_eq!(header::parse_range(&header::range(range)), Some(range));
    }
    if let Some(range) = ContentRange::parse(text) {
        assert_eq!(ContentRange::parse(&range.to_string()), Some(range));
    }
    if let Some(range) = UploadRange::parse(text) {
        assert_eq!(UploadRange::parse(&range.to_string()), Some(range));
        assert!(range.length() > 0);
    }
    if let Some(target) = link::next(text) {
        assert!(text.contains(target));
        assert_eq!(link::next(&link::encode(target)), Some(target));
    }
    assert!(Challenge::parse(text).len() <= text.len());
    let _ = MediaType::from_content_type(text);
    let _ = text.parse::<Platform>().map(|platform| assert_eq!(platform.full().parse(), Ok(platform)));
}

/// Bodies that are read are written as bodies that read the same.
pub fn body(input: &[u8]) {
    let errors = ErrorBody::decode(input);
    assert_eq!(ErrorBody::decode(&errors.encode()), errors);
    if let Some(tags) = TagList::decode(input) {
        assert_eq!(TagList::decode(&tags.encode()), Some(tags));
    }
    if let Some(repositories) = RepositoryList::decode(input) {
        assert_eq!(RepositoryList::decode(&repositories.encode()), Some(repositories));
    }
    if let Ok(token) = TokenResponse::decode(input) {
        assert!(!token.token.reveal().is_empty());
    }
}

/// A document keeps its bytes whatever is read from it; what was read can be written and read again.
pub fn document(input: &[u8]) {
    for media_type in MediaType::MANIFESTS {
        let document = Document::new(media_type, input.to_vec());
        let Ok(read) = document.clone().decode::<Content>() else { continue };
        assert_eq!(read.bytes(), input);
        assert_eq!(read.view(), rewritten(read.view()).view());
        assert_eq!(read.into_raw(), document);
    }
    if let Ok(document) = Document::inferred(input.to_vec()) {
        assert_eq!(document.bytes(), input);
    }
    let _ = LayoutHeader::decode(input);
}

fn rewritten(content: &Content) -> Document<Content> {
    let document = match content {
        Content::Manifest(manifest) => Document::assemble(manifest.clone()).map(Document::into_raw),
        Content::Index(index) => Document::assemble(index.clone()).map(Document::into_raw),
        _ => panic!("only manifests and indexes were asked for"),
    };
    match document.and_then(Document::decode) {
        Ok(document) => document,
        Err(error) => panic!("what was read and written does not read: {error}"),
    }
}
