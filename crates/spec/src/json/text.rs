//! Texts: where they end, and what they say.
//!
//! Most of a manifest is texts without an escape: digests, media types, names. They are gone through eight bytes at a time
//! for the three things that can end a run of plain ones: a quote, a backslash, a control character, which is an error. An
//! escape must be whole where it stands, with both halves of a character that needs two.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Reader, Result};
use crate::DecodeErrorKind;

/// A text as it stands in the document, between its quotes. Its escapes are known to be good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    pub(crate) fn new(raw: &'a str) -> Self {
        Self { raw, escaped: raw.contains('\\') }
    }

    /// What the text says. It is borrowed unless it has escapes.
    pub(crate) fn value(self) -> Cow<'a, str> {
        match self.escaped {
            true => Cow::Owned(unescape(self.raw)),
            false => Cow::Borrowed(self.raw),
        }
    }

    /// How texts follow each other, whatever their spelling.
    pub(super) fn cmp(self, other: Self) -> Ordering {
        match self.escaped || other.escaped {
            true => letters(self.raw).cmp(letters(other.raw)),
            false => self.raw.cmp(other.raw),
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads a text.
    pub(crate) fn text(&mut self) -> Result<Text<'a>> {
        match self.peek() {
            Some(b'"') => self.text_here(),
            _ => Err(self.misplaced()),
        }
    }

    /// Reads the text whose quote is here.
    pub(super) fn text_here(&mut self) -> Result<Text<'a>> {
        let at = self.at;
        let text = self.raw_text()?;
        if text.raw.len() > self.longest && text.value().len() > self.longest {
            return Err(self.fault_at(DecodeErrorKind::TooLong, at));
        }
        Ok(text)
    }

    fn raw_text(&mut self) -> Result<Text<'a>> {
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                _ => return Err(self.fault(DecodeErrorKind::NotJson)),
            }
            escaped = true;
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Text { raw, escaped })
    }

    /// Looks at one escape, or at the two that make up a character beyond the first plane.
    fn escape(&mut self) -> Result<()> {
        match escape(self.text.get(self.at..).unwrap_or_default()) {
            Some(length) => {
                self.at += length;
                Ok(())
            }
            None => Err(self.fault(DecodeErrorKind::NotJson)),
        }
    }
}

/// The length of an escape that is good.
fn escape(text: &str) -> Option<usize> {
    match text.as_bytes().get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => match unit(text)? {
            0xd800..0xdc00 => text.get(6..).and_then(unit).filter(is_low).map(|_| 12),
            0xdc00..0xe000 => None,
            _ => Some(6),
        },
        _ => None,
    }
}

/// The UTF-16 unit of an escape such as `\u00e9`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.as_bytes().get(..4)?;
    let digit = |unit: u32, byte: &u8| Some(unit << 4 | char::from(*byte).to_digit(16)?);
    digits.iter().try_fold(0, digit).and_then(|unit| u16::try_from(unit).ok())
}

const fn is_low(unit: &u16) -> bool {
    matches!(unit, 0xdc00..0xe000)
}

/// A text whose escapes are good, without them.
#[cold]
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escaped)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        let (letter, length) = unescaped(escaped);
        text.push_str(plain);
        text.push(letter);
        rest = escaped.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// The letters of a text whose escapes are good.
fn letters(raw: &str) -> impl Iterator<Item = char> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let letter = rest.chars().next()?;
        let (letter, length) = if letter == '\\' { unescaped(rest) } else { (letter, letter.len_utf8()) };
        rest = rest.get(length..).unwrap_or_default();
        Some(letter)
    })
}

/// The letter that an escape stands for, and the length of the escape.
fn unescaped(text: &str) -> (char, usize) {
    let letter = match text.as_bytes().get(1) {
        Some(b'u') => return unicode(text),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(&other) => char::from(other),
        None => '\\',
    };
    (letter, 2)
}

fn unicode(text: &str) -> (char, usize) {
    let units = [Some(text), text.get(6..)].into_iter().map_while(|text| text.and_then(unit));
    let mut decoded = char::decode_utf16(units);
    let letter = decoded.next().and_then(|letter| letter.ok()).unwrap_or(char::REPLACEMENT_CHARACTER);
    (letter, 6 * letter.len_utf16())
}

/// How many bytes go by before a text ends, an escape begins, or a byte that no text may hold.
fn plain(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (position, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return position * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    words.len() * 8 + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// The high bits of the bytes that are quotes, backslashes or below space. The lowest bit that is set is right; those above
/// it may be borrowed.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let quotes = word ^ (ONES * b'"' as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    let zero = (quotes.wrapping_sub(ONES) & !quotes) | (backslashes.wrapping_sub(ONES) & !backslashes);
    (zero | (word.wrapping_sub(ONES * b' ' as u64) & !word)) & HIGHS
}
