//! Digests as JSON.

#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_digest::Digest;

#[test]
fn are_their_text() {
    for text in [Digest::of(b"").to_string(), "md5:d41d8cd98f00b204e9800998ecf8427e".into()] {
        let json = format!("\"{text}\"");
        let digest: Digest = serde_json::from_str(&json).unwrap();
        assert_eq!(digest, Digest::parse(&text).unwrap());
        assert_eq!(serde_json::to_string(&digest).unwrap(), json);
        // Text with escapes, and text that is owned by somebody else.
        let escaped = json.replace(':', "\\u003a");
        assert_eq!(serde_json::from_str::<Digest>(&escaped).unwrap(), digest);
        assert_eq!(serde_json::from_value::<Digest>(serde_json::Value::String(text)).unwrap(), digest);
    }
}

#[test]
fn are_checked() {
    for json in ["\"sha256:abc\"", "\"\"", "null", "7", "[\"sha256\"]"] {
        let error = serde_json::from_str::<Digest>(json).unwrap_err().to_string();
        assert!(!error.contains("abc"), "it does not repeat what it read: {error}");
    }
}
