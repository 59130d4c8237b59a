//! The grammar of names in an OCI layout (image-spec, "Pre-Defined Annotation Keys").
//!
//! ```text
//! ref       = component *( "/" component )
//! component = word *( separator word )
//! word      = 1*( letter | digit )
//! separator = "-" | "." | "_" | ":" | "@" | "+" | "--"
//! ```

/// Whether `text` is what the image-spec wants under [`super::REF_NAME`]: words of letters and digits, with one of
/// `- . _ : @ +`, two hyphens or a slash between them. Tags such as `v1` are, as long as no separators follow each other;
/// so are whole references. There is no limit on the length.
///
/// ```
/// use wharf_spec::annotation::is_ref_name;
///
/// assert!(is_ref_name("v1.0--rc") && is_ref_name("docker.io/library/alpine:3"));
/// assert!(!is_ref_name("") && !is_ref_name("v1.") && !is_ref_name("a//b"));
/// ```
#[must_use]
pub const fn is_ref_name(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let mut in_word = false;
    while let [byte, tail @ ..] = rest {
        (in_word, rest) = match (*byte, tail) {
            (byte, _) if byte.is_ascii_alphanumeric() => (true, tail),
            _ if !in_word => return false,
            (b'-', [b'-', tail @ ..]) => (false, tail),
            (b'-' | b'.' | b'_' | b':' | b'@' | b'+' | b'/', _) => (false, tail),
            _ => return false,
        };
    }
    in_word
}
