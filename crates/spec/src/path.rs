//! Where in a JSON document an offset lies.

/// An array or object that is open.
enum Open {
    /// With the position of the current item.
    Array(usize),
    /// With the name of the current member, if one has been read.
    Object(Option<String>),
}

/// The JSON path of the value that the text ends in.
pub(crate) fn at(text: &[u8]) -> String {
    let mut open = Vec::new();
    let mut rest = text.iter().copied();
    // The text that was read last: the name of a member if a colon follows.
    let mut last = String::new();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => last = string(&mut rest),
            b':' => name(&mut open, &last),
            b',' => next(&mut open),
            b'[' => open.push(Open::Array(0)),
            b'{' => open.push(Open::Object(None)),
            b']' | b'}' => drop(open.pop()),
            _ => {}
        }
    }
    print(&open)
}

fn string(rest: &mut impl Iterator<Item = u8>) -> String {
    let mut text = Vec::new();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => text.extend([byte, rest.next().unwrap_or_default()]),
            byte => text.push(byte),
        }
    }
    let plain = text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte));
    if plain { String::from_utf8(text).unwrap_or_default() } else { "?".into() }
}

fn name(open: &mut [Open], last: &str) {
    if let Some(Open::Object(member)) = open.last_mut() {
        *member = Some(last.into());
    }
}

fn next(open: &mut [Open]) {
    match open.last_mut() {
        Some(Open::Array(position)) => *position += 1,
        Some(Open::Object(member)) => *member = None,
        None => {}
    }
}

fn print(open: &[Open]) -> String {
    let mut path = String::from("$");
    for value in open {
        match value {
            Open::Array(position) => path.push_str(&format!("[{position}]")),
            Open::Object(Some(member)) => path.push_str(&format!(".{member}")),
            Open::Object(None) => {}
        }
    }
    path
}
