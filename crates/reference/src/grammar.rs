//! One scanner per production. Each takes the whole text and an offset, and answers where its production ends, or the
//! offset of the first byte that cannot be. None backtracks, so all of them run in linear time.

use crate::ParseError;

/// The longest repository path, in bytes.
pub(crate) const MAX_PATH: usize = 255;
/// The longest tag, in bytes.
pub(crate) const MAX_TAG: usize = 128;

type Scan = Result<usize, usize>;

/// A host with its optional port, up to a `/` or the end.
pub(crate) fn host(text: &[u8], start: usize) -> Scan {
    let end = if text.get(start) == Some(&b'[') { ipv6(text, start)? } else { domain(text, start)? };
    match text.get(end) {
        Some(b':') => match run(text, end + 1, u8::is_ascii_digit) {
            at if at == end + 1 => Err(at),
            at => Ok(at),
        },
        _ => Ok(end),
    }
}

fn ipv6(text: &[u8], start: usize) -> Scan {
    let end = run(text, start + 1, |byte| byte.is_ascii_hexdigit() || *byte == b':');
    if end > start + 1 && text.get(end) == Some(&b']') { Ok(end + 1) } else { Err(end) }
}

fn domain(text: &[u8], start: usize) -> Scan {
    let mut at = label(text, start)?;
    while text.get(at) == Some(&b'.') {
        at = label(text, at + 1)?;
    }
    Ok(at)
}

/// Letters, digits and inner hyphens.
fn label(text: &[u8], start: usize) -> Scan {
    let end = run(text, start, |byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    if end == start || text.get(start) == Some(&b'-') {
        return Err(start);
    }
    if text.get(end - 1) == Some(&b'-') { Err(end) } else { Ok(end) }
}

/// A repository path, up to the first byte that is not of one.
pub(crate) fn path(text: &[u8], start: usize) -> Scan {
    let mut at = component(text, start)?;
    while text.get(at) == Some(&b'/') {
        at = component(text, at + 1)?;
    }
    Ok(at)
}

fn component(text: &[u8], start: usize) -> Scan {
    let mut at = alnums(text, start)?;
    while let Some(next) = separator(text, at) {
        at = alnums(text, next)?;
    }
    Ok(at)
}

fn alnums(text: &[u8], start: usize) -> Scan {
    match run(text, start, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        end if end == start => Err(start),
        end => Ok(end),
    }
}

/// The end of the separator at `at`, if there is one: `.`, `_`, `__`, or any number of `-`.
fn separator(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'.' => Some(at + 1),
        b'_' if text.get(at + 1) == Some(&b'_') => Some(at + 2),
        b'_' => Some(at + 1),
        b'-' => Some(run(text, at, |byte| *byte == b'-')),
        _ => None,
    }
}

/// A tag, up to the first byte that is not of one.
pub(crate) fn tag(text: &[u8], start: usize) -> Scan {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if !text.get(start).is_some_and(word) {
        return Err(start);
    }
    let end = run(text, start, |byte| word(byte) || matches!(byte, b'.' | b'-'));
    if end - start > MAX_TAG { Err(start + MAX_TAG) } else { Ok(end) }
}

/// The shape of a digest inside a reference, up to the end of the text; its own rules are judged after this.
pub(crate) fn digest(text: &[u8], start: usize) -> Scan {
    let mut at = start;
    loop {
        if !text.get(at).is_some_and(u8::is_ascii_alphabetic) {
            return Err(at);
        }
        at = run(text, at, u8::is_ascii_alphanumeric);
        match text.get(at) {
            Some(b'-' | b'_' | b'+' | b'.') => at += 1,
            Some(b':') => break,
            _ => return Err(at),
        }
    }
    let end = run(text, at + 1, u8::is_ascii_hexdigit);
    if end != text.len() || end - at <= 32 { Err(end) } else { Ok(end) }
}

/// Turns a scanner into the judgement of a whole text.
pub(crate) fn whole(text: &str, scanner: impl Fn(&[u8], usize) -> Scan) -> Result<(), ParseError> {
    match scanner(text.as_bytes(), 0) {
        Ok(end) if end == text.len() => Ok(()),
        Ok(at) | Err(at) => Err(ParseError::format(at)),
    }
}

fn run(text: &[u8], start: usize, of: impl Fn(&u8) -> bool) -> usize {
    text.iter().skip(start).position(|byte| !of(byte)).map_or(text.len().max(start), |length| start + length)
}
