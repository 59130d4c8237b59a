//! The table of answers of token services.

use wharf_distribution::TokenResponse;

use crate::table::rows;

#[test]
fn are_read_as_the_table_says() {
    for [input, expected, origin] in rows("token-response.tsv", 48) {
        let response = TokenResponse::decode(input.as_bytes());
        let told = match &response {
            Ok(response) => format!("{} {}", response.token.reveal(), response.expires_in.as_secs()),
            Err(error) => format!("E:{error:?}"),
        };
        assert_eq!(told, expected, "{origin}: {input}");
    }
}

#[test]
fn are_never_printed() {
    let response = TokenResponse::decode(br#"{"token":"hunter2"}"#).unwrap();
    assert!(!format!("{response:?}").contains("hunter2"));
}
