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
    split(header, ',').find_map(|link| {
        let mut parts = split(link, ';');
        let target = target(parts.next()?.trim_ascii())?;
        // Of several relations the first counts (RFC 8288, section 3.3).
        parts.find_map(relations).is_some_and(is_next).then_some(target)
    })
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

/// The pieces between separators; those in angle brackets or in a quoted text do not separate.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut closing, mut escaped) = (None, false);
    text.split(move |letter| {
        match closing {
            Some('"') if escaped => escaped = false,
            Some('"') if letter == '\\' => escaped = true,
            Some(end) if end == letter => closing = None,
            Some(_) => {}
            None if letter == '<' => closing = Some('>'),
            None if letter == '"' => closing = Some('"'),
            None => return letter == separator,
        }
        false
    })
}

/// What is in the angle brackets, which some registries forget.
fn target(text: &str) -> Option<&str> {
    let bare = |text: &str| !text.is_empty() && !text.contains(['<', '>', '"', ' ', '\t']);
    match text.strip_prefix('<') {
        Some(bracketed) => bracketed.strip_suffix('>'),
        None => Some(text).filter(|text| bare(text)),
    }
}

fn relations(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    name.trim_ascii().eq_ignore_ascii_case("rel").then(|| value.trim_ascii().trim_matches('"'))
}

fn is_next(relations: &str) -> bool {
    relations.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
}
