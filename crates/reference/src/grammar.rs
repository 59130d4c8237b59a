//! One scanner per production. Each takes the whole text and an offset, and answers where its production ends, or the
//! offset of the first byte that cannot be. None backtracks, so all of them run in linear time; all can run at compile
//! time, for literals.

use crate::ParseError;

/// The longest repository path, in bytes.
pub(crate) const MAX_PATH: usize = 255;
/// The longest tag, in bytes.
pub(crate) const MAX_TAG: usize = 128;
/// The fewest hexadecimal digits of a digest in a reference.
const MIN_HEX: usize = 32;

/// `[a-z0-9]`: the words of a path.
pub(crate) const LOWER: u8 = 1;
/// `[A-Z]`
pub(crate) const UPPER: u8 = 1 << 1;
/// `[0-9]`
const DIGIT: u8 = 1 << 2;
/// `[0-9A-Fa-f]`
const HEX: u8 = 1 << 3;
/// `[0-9A-Za-z_.-]`
const TAG: u8 = 1 << 4;
/// `[0-9A-Za-z-]`
const LABEL: u8 = 1 << 5;
/// `[0-9A-Fa-f:]`
const IPV6: u8 = 1 << 6;
/// `[A-Z.:]`: what makes a first component a host.
pub(crate) const HOST_MARK: u8 = 1 << 7;

/// The classes of each byte.
const CLASSES: [u8; 256] = classes();

#[allow(clippy::indexing_slicing, reason = "bounded by the loop; const fn has no iterators")]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte as usize] = class_of(byte);
        byte += 1;
    }
    classes
}

const fn class_of(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => LOWER | DIGIT | HEX | TAG | LABEL | IPV6,
        b'a'..=b'f' => LOWER | HEX | TAG | LABEL | IPV6,
        b'g'..=b'z' => LOWER | TAG | LABEL,
        b'A'..=b'F' => UPPER | HEX | TAG | LABEL | IPV6 | HOST_MARK,
        b'G'..=b'Z' => UPPER | TAG | LABEL | HOST_MARK,
        b'-' => TAG | LABEL,
        b'_' => TAG,
        b'.' => TAG | HOST_MARK,
        b':' => IPV6 | HOST_MARK,
        _ => 0,
    }
}

#[allow(clippy::indexing_slicing, reason = "a table of 256 has an entry for each byte")]
pub(crate) const fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

type Scan = Result<usize, usize>;

/// A host with its optional port.
pub(crate) const fn host(text: &[u8], start: usize) -> Scan {
    let name = if has(text, start, b'[') { ipv6(text, start) } else { domain(text, start) };
    match name {
        Ok(end) if has(text, end, b':') => match run(text, end + 1, DIGIT) {
            at if at == end + 1 => Err(at),
            at => Ok(at),
        },
        name => name,
    }
}

const fn ipv6(text: &[u8], start: usize) -> Scan {
    let end = run(text, start + 1, IPV6);
    if end > start + 1 && has(text, end, b']') { Ok(end + 1) } else { Err(end) }
}

const fn domain(text: &[u8], start: usize) -> Scan {
    let mut end = label(text, start);
    while let Ok(at) = end
        && has(text, at, b'.')
    {
        end = label(text, at + 1);
    }
    end
}

/// Letters, digits and inner hyphens.
const fn label(text: &[u8], start: usize) -> Scan {
    let end = run(text, start, LABEL);
    if end == start || has(text, start, b'-') {
        Err(start)
    } else if has(text, end - 1, b'-') {
        Err(end)
    } else {
        Ok(end)
    }
}

/// A repository path, of words that are made of `letters`.
pub(crate) const fn path(text: &[u8], start: usize, letters: u8) -> Scan {
    let mut end = component(text, start, letters);
    while let Ok(at) = end
        && has(text, at, b'/')
    {
        end = component(text, at + 1, letters);
    }
    end
}

/// Words joined by separators.
pub(crate) const fn component(text: &[u8], start: usize, letters: u8) -> Scan {
    let mut at = start;
    loop {
        let end = run(text, at, letters);
        if end == at {
            return Err(end);
        }
        at = separator(text, end);
        if at == end {
            return Ok(end);
        }
    }
}

/// The end of the separator at `at`, if there is one: `.`, `_`, `__`, or any number of `-`.
const fn separator(text: &[u8], at: usize) -> usize {
    let mut end = at;
    match get(text, at) {
        Some(b'.') => at + 1,
        Some(b'_') if has(text, at + 1, b'_') => at + 2,
        Some(b'_') => at + 1,
        _ => {
            while has(text, end, b'-') {
                end += 1;
            }
            end
        }
    }
}

/// A tag.
pub(crate) const fn tag(text: &[u8], start: usize) -> Scan {
    let end = run(text, start, TAG);
    match get(text, start) {
        None | Some(b'.' | b'-') => Err(start),
        _ if end == start => Err(start),
        _ if end - start > MAX_TAG => Err(start + MAX_TAG),
        _ => Ok(end),
    }
}

/// The shape of a digest inside a reference, up to the end of the text; its own rules are judged after this.
pub(crate) const fn digest(text: &[u8], start: usize) -> Scan {
    let mut at = start;
    loop {
        if !is(text, at, LOWER | UPPER) || is(text, at, DIGIT) {
            return Err(at);
        }
        at = run(text, at, LOWER | UPPER);
        match get(text, at) {
            Some(b'-' | b'_' | b'+' | b'.') => at += 1,
            Some(b':') => break,
            _ => return Err(at),
        }
    }
    let end = run(text, at + 1, HEX);
    if end != text.len() || end - at <= MIN_HEX { Err(end) } else { Ok(end) }
}

/// What tools read as an image's identifier and not as a name.
pub(crate) const fn is_identifier(text: &[u8]) -> bool {
    let mut at = 0;
    while text.len() == 64 && is(text, at, LOWER) && is(text, at, HEX) {
        at += 1;
    }
    at == 64 && text.len() == 64
}

/// Turns a scanner into the judgement of a whole text.
pub(crate) fn whole(text: &str, scanner: impl Fn(&[u8], usize) -> Scan) -> Result<(), ParseError> {
    match scanner(text.as_bytes(), 0) {
        Ok(end) if end == text.len() => Ok(()),
        Ok(at) | Err(at) => Err(ParseError::format(at)),
    }
}

/// Where the bytes of some classes that start at `start` end.
const fn run(text: &[u8], start: usize, classes: u8) -> usize {
    let mut at = start;
    while is(text, at, classes) {
        at += 1;
    }
    at
}

const fn is(text: &[u8], at: usize, classes: u8) -> bool {
    match get(text, at) {
        Some(byte) => class(byte) & classes != 0,
        None => false,
    }
}

const fn has(text: &[u8], at: usize, byte: u8) -> bool {
    matches!(get(text, at), Some(found) if found == byte)
}

#[allow(clippy::indexing_slicing, reason = "bounded here; const fn has no get")]
const fn get(text: &[u8], at: usize) -> Option<u8> {
    if at < text.len() { Some(text[at]) } else { None }
}
