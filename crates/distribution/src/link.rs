//! The `Link` header (RFC 8288), as far as pages of a list need it.

/// The target of the first link whose relation is `next`, as it was written: relative or absolute.
///
/// ```
/// use wharf_distribution::link;
///
/// let header = r#"</v2/a/tags/list?n=2&last=v2&orderby=>; rel="next""#;
/// assert_eq!(link::next(header), Some("/v2/a/tags/list?n=2&last=v2&orderby="));
/// assert_eq!(link::next("</x>; rel=prev"), None);
/// ```
#[must_use]
pub fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, parameters) = after.split_once('>')?;
        let own = parameters.split(",").next().unwrap_or_default();
        if own.split(';').any(is_next) {
            return Some(target);
        }
        rest = parameters;
    }
    None
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    name.trim_ascii().eq_ignore_ascii_case("rel")
        && value
            .trim_ascii()
            .trim_matches('"')
            .split_ascii_whitespace()
            .any(|relation| relation.eq_ignore_ascii_case("next"))
}

/// Writes the header for a next page at `target`.
///
/// ```
/// # use wharf_distribution::link;
/// assert_eq!(link::encode("/v2/_catalog?n=1&last=a"), r#"</v2/_catalog?n=1&last=a>; rel="next""#);
/// ```
#[must_use]
pub fn encode(target: &str) -> String {
    format!("<{target}>; rel=\"next\"")
}
