//! Platforms as text.
//!
//! ```text
//! specifier = word | os "/" name | os "/" name "/" name        word = an os or an architecture that is known
//! os        = word [ "(" [ value ] *( "+" value ) ")" ]         the values: version, then features
//! word      = 1*( letter | digit | "_" | "-" )
//! name      = 1*( letter | digit | "_" | "-" | "." )
//! value     = 1*( letter | digit | "_" | "-" | "." | "%" hex hex )
//! ```

use std::fmt::Write;

use super::{InvalidPlatform, InvalidPlatformKind, Platform, names, normal};

/// The variant that 32-bit ARM has when none is said.
const USUAL_ARM: &str = "v7";

/// Reads a specifier; without a host, one that a host would complete is refused.
pub(super) fn parse(text: &str, host: Option<&Platform>) -> Result<Platform, InvalidPlatform> {
    if let Some(at) = text.find('*') {
        return Err(InvalidPlatform::new(InvalidPlatformKind::Wildcard, at));
    }
    let mut parts = Parts { text, at: 0, ended: false };
    let (at, first) = parts.next().unwrap_or_default();
    let system = System::parse(first).map_err(|within| format(at + within))?;
    let Some((at, architecture)) = parts.next() else {
        return lone(system, host);
    };
    name(at, architecture)?;
    let variant = match parts.next() {
        Some((at, variant)) => Some(name(at, variant)?),
        None => None,
    };
    match parts.next() {
        Some((at, _)) => Err(format(at)),
        None => Ok(system.on(normal::architecture(architecture, variant.unwrap_or_default()), variant.is_some())),
    }
}

/// One word: an operating system on the host's processor, or a processor under the host's operating system.
fn lone(system: System, host: Option<&Platform>) -> Result<Platform, InvalidPlatform> {
    let unknown = InvalidPlatform::new(InvalidPlatformKind::Unknown, 0);
    let host = host.ok_or(unknown)?.normalized();
    if names::is_system(&system.name) {
        let variant = host.variant.filter(|_| host.architecture == "arm").unwrap_or_default();
        return Ok(system.on((host.architecture, variant), false));
    }
    let (architecture, variant) = normal::architecture(&system.name, "");
    if system.plain && names::is_architecture(&architecture) {
        return Ok(System { name: host.os, ..system }.on((architecture, variant), false));
    }
    Err(unknown)
}

/// The text between slashes, with offsets.
struct Parts<'a> {
    text: &'a str,
    at: usize,
    ended: bool,
}

impl<'a> Iterator for Parts<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let at = self.at;
        let (part, rest) = self.text.split_once('/').unwrap_or_else(|| {
            self.ended = true;
            (self.text, "")
        });
        self.at += part.len() + 1;
        self.text = rest;
        Some((at, part))
    }
}

/// The first part of a specifier.
struct System {
    name: String,
    version: Option<String>,
    features: Vec<String>,
    /// Whether there are no parentheses.
    plain: bool,
}

impl System {
    /// Reads it, or says where it goes wrong.
    fn parse(text: &str) -> Result<Self, usize> {
        let (name, inner) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(rest.strip_suffix(')').ok_or(text.len())?)),
            None => (text, None),
        };
        if let Some(at) = name.bytes().position(|byte| !is_word(byte)) {
            return Err(at);
        }
        if name.is_empty() {
            return Err(0);
        }
        let start = name.len() + 1;
        let mut values = inner.unwrap_or_default().split('+');
        let version = decode(values.next().unwrap_or_default()).ok_or(start)?;
        let features = values.map(|value| decode(value).filter(|value| !value.is_empty()));
        Ok(Self {
            name: normal::os(name),
            version: Some(version).filter(|version| !version.is_empty()),
            features: features.collect::<Option<_>>().ok_or(start)?,
            plain: inner.is_none(),
        })
    }

    /// The platform with a processor whose names are the usual ones. A variant that was written stays visible, and one
    /// that nobody wrote does not appear.
    fn on(self, (architecture, variant): (String, String), written: bool) -> Platform {
        let variant = match (architecture.as_str(), variant.as_str()) {
            ("arm", USUAL_ARM) if !written => String::new(),
            ("arm64", "") if written => "v8".into(),
            _ => variant,
        };
        Platform {
            architecture,
            os: self.name,
            os_version: self.version,
            os_features: self.features,
            variant: Some(variant).filter(|variant| !variant.is_empty()),
        }
    }
}

/// A part that is no operating system, as it is written.
fn name(at: usize, text: &str) -> Result<&str, InvalidPlatform> {
    match text.bytes().position(|byte| !is_word(byte) && byte != b'.') {
        Some(wrong) => Err(format(at + wrong)),
        None if text.is_empty() => Err(format(at)),
        None => Ok(text),
    }
}

/// A breach of the grammar.
const fn format(at: usize) -> InvalidPlatform {
    InvalidPlatform::new(InvalidPlatformKind::Format, at)
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A value within the parentheses without its escapes.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte if is_word(byte) || byte == b'.' => byte,
            _ => return None,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The full text: what [`parse`] reads as the same platform. Names that no specifier can have are escaped.
pub(super) fn print(platform: &Platform) -> String {
    let mut text = platform.os.escape_default().to_string();
    let version = platform.os_version.as_deref().unwrap_or_default();
    let mut features: Vec<_> = platform.os_features.iter().collect();
    features.sort_unstable();
    if !version.is_empty() || !features.is_empty() {
        text.push('(');
        encode(&mut text, version);
        for feature in features {
            text.push('+');
            encode(&mut text, feature);
        }
        text.push(')');
    }
    for part in [Some(&platform.architecture), platform.variant.as_ref()].into_iter().flatten() {
        text.push('/');
        text.extend(part.escape_default());
    }
    text
}

/// Appends a value within the parentheses, with escapes.
fn encode(text: &mut String, value: &str) {
    for byte in value.bytes() {
        match is_word(byte) || byte == b'.' {
            true => text.push(char::from(byte)),
            // Writing to a text cannot fail.
            false => drop(write!(text, "%{byte:02X}")),
        }
    }
}
