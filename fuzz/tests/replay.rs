//! The corpora, replayed without a fuzzer.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

fn replay(name: &str, law: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 2, "the corpus of {name} has {} files", files.len());
    for file in files {
        law(&fs::read(file).unwrap());
    }
}

macro_rules! corpora {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name), wharf_fuzz::$name);
        }
    )*};
}

corpora! { bearer htpasswd digest_parse reference_parse reference_round_trip reference_model endpoint advice challenge docker_config error_body link list range response token_request token_response document manifest index config platform media_type upload_machine server_request }
