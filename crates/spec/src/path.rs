//! Where in a JSON document something stands, as a path (RFC 9535): `$.layers[0].size`, `$.annotations['a.b']`.
//!
//! The reader knows offsets alone, which cost nothing. A path is made for those who print one, by a walk from the beginning
//! of the bytes to the offset that only counts brackets, commas and names; it need not check what the reader has checked,
//! and works on a document that was refused half-way.

use std::fmt::Write;

use crate::json::Text;

/// Adds the name of a member.
pub(crate) fn push_name(path: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && name.bytes().all(plain) {
        path.push('.');
        return path.push_str(name);
    }
    path.push_str("['");
    for letter in name.chars() {
        match letter {
            '\'' | '\\' => path.extend(['\\', letter]),
            // Whatever could drive a terminal or turn the text around, like all that is not ASCII.
            letter if letter.is_ascii_graphic() || letter == ' ' => path.push(letter),
            letter => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push_unit(path, *unit)),
        }
    }
    path.push_str("']");
}

/// Adds a position in an array.
pub(crate) fn push_item(path: &mut String, position: usize) {
    // Writing to a text cannot fail.
    let _ = write!(path, "[{position}]");
}

fn push_unit(path: &mut String, unit: u16) {
    let _ = write!(path, "\\u{unit:04x}");
}

/// The path of the value or the member that begins at an offset. Names are the author's, so those are shown as `?` that are
/// not made of letters, digits, `.`, `_` and `-`.
pub(crate) fn at(text: &[u8], offset: usize) -> String {
    let mut walker = Walker::new(text);
    walker.advance(offset);
    walker.path(|name| {
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) { name } else { "?" }
    })
}

/// An array or object that is open.
enum Open<'a> {
    /// With the position of the current item.
    Array(usize),
    /// With the name of the current member between its quotes, if it has been read.
    Object(Option<&'a [u8]>),
}

/// Walks through a document and knows where it is. The document need not be good.
pub(crate) struct Walker<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<Open<'a>>,
    /// The text that was read last: the name of a member if a colon follows.
    last: &'a [u8],
}

impl<'a> Walker<'a> {
    pub(crate) const fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, open: Vec::new(), last: &[] }
    }

    /// Goes on to where a value or the name of a member begins.
    pub(crate) fn advance(&mut self, to: usize) {
        while let Some(byte) = self.text.get(self.at).filter(|_| self.at < to) {
            self.at += 1;
            match byte {
                b'"' => self.last = self.string(),
                b':' => self.name(self.last),
                b',' => self.next(),
                b'[' => self.open.push(Open::Array(0)),
                b'{' => self.open.push(Open::Object(None)),
                b']' | b'}' => drop(self.open.pop()),
                _ => {}
            }
        }
        if self.at == to && self.text.get(to) == Some(&b'"') && matches!(self.open.last(), Some(Open::Object(None))) {
            self.at += 1;
            let name = self.string();
            self.name(name);
        }
    }

    /// The path to here, with names as `shown` shows them.
    pub(crate) fn path(&self, shown: impl Fn(&str) -> &str) -> String {
        let mut path = String::from("$");
        for open in &self.open {
            match open {
                Open::Array(position) => push_item(&mut path, *position),
                Open::Object(Some(name)) => match std::str::from_utf8(name) {
                    Ok(name) => push_name(&mut path, shown(&Text::new(name).value())),
                    Err(_) => push_name(&mut path, "?"),
                },
                Open::Object(None) => {}
            }
        }
        path
    }

    /// Goes past the end of a text, of which the quote has been read.
    fn string(&mut self) -> &'a [u8] {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let mut escaped = false;
        let end = rest.iter().position(|byte| match (escaped, byte) {
            (false, b'"') => true,
            (false, b'\\') => {
                escaped = true;
                false
            }
            _ => {
                escaped = false;
                false
            }
        });
        let end = end.unwrap_or(rest.len());
        self.at = (start + end + 1).min(self.text.len());
        rest.get(..end).unwrap_or_default()
    }

    fn name(&mut self, name: &'a [u8]) {
        if let Some(Open::Object(member)) = self.open.last_mut() {
            *member = Some(name);
        }
    }

    fn next(&mut self) {
        match self.open.last_mut() {
            Some(Open::Array(position)) => *position += 1,
            Some(Open::Object(member)) => *member = None,
            None => {}
        }
    }
}
