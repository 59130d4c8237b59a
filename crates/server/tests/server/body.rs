//! The public types are what programs need them to be.

use wharf_server::{Body, Server, Service};

#[test]
fn a_service_can_be_shared_and_a_response_sent() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<Service>();
    shared::<Server>();
    sent::<Body>();
}

#[test]
fn nothing_is_printed_but_settings() {
    let service = crate::harness::memory().with_blob_bytes(5);
    assert!(format!("{service:?}").contains("blob_bytes: 5"));
}
