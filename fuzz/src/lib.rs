//! Laws of the parsers and of the server that hold for all bytes. Each function panics where its law does not hold; the fuzz targets call
//! them with what the fuzzer finds, and `tests/replay.rs` with the inputs in `corpus/`.

#![allow(clippy::panic, reason = "to panic is how a law says that it is broken")]

mod docker_config;
mod documents;
mod guard;
mod media_type;
mod model;
mod name;
mod platform;
mod server;
mod upload;
mod wire;

pub use docker_config::docker_config;
pub use documents::{
    Generated, Verdict, config, generated_config, generated_index, generated_manifest, index, manifest,
};
pub use guard::{bearer, htpasswd};
pub use media_type::media_type;
pub use name::{digest_parse, reference_model, reference_parse, reference_round_trip};
pub use platform::{platform, specifiers};
pub use server::server_request;
pub use upload::upload_machine;
pub use wire::{advice, challenge, endpoint, error_body, link, list, range, response, token_request, token_response};

use wharf_spec::{Content, Document, LayoutHeader, MediaType};

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
