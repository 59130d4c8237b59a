//! Addresses that a peer sent, and who can be there.

use std::net::IpAddr;

use url::Url;
use wharf_distribution::{UrlFault, address};

#[test]
fn an_address_that_stands_for_a_private_one_is_private() {
    let table = [
        ("2606:4700::1111", true),
        ("64:ff9b::808:808", true),
        ("64:ff9b::a00:1", false),
        ("64:ff9b:1::808:808", false),
        ("::", false),
        ("::1", false),
        ("::7f00:1", false),
        ("::ffff:10.0.0.1", false),
        ("::ffff:0:10.0.0.1", false),
        ("::ffff:0:169.254.169.254", false),
        ("2001::1", false),
        ("2002:a00:1::", false),
        ("fd00:ec2::254", false),
        ("fe80::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
    ];
    for (text, expected) in table {
        assert_eq!(address::is_public(text.parse::<IpAddr>().unwrap()), expected, "{text}");
    }
}

/// Each leads from where the last one led.
#[test]
fn relative_addresses_do_not_add_up() {
    let mut url = Url::parse("https://registry.example.com/v2/a/blobs/uploads/").unwrap();
    let step = format!("{}/", "x".repeat(3_000));
    for expected in [true, true, false] {
        match address::join(&step, &url) {
            Ok(next) if expected => url = next,
            outcome => assert_eq!((outcome, expected), (Err(UrlFault::TooLong), false)),
        }
    }
}
