//! Texts that a peer wrote and a person will read.

/// A text of a peer as it may be shown: at most `limit` characters of it, and U+FFFD for whatever is not to be seen or
/// changes how the rest is seen.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    text.chars().take(limit).map(|letter| if is_hidden(letter) { '\u{fffd}' } else { letter }).collect()
}

/// Control characters, separators of lines, and what Unicode calls format characters (category Cf): marks that turn the
/// direction of text, that join or split, and that have no width at all.
fn is_hidden(letter: char) -> bool {
    letter.is_control() || FORMAT.iter().any(|(first, last)| (*first..=*last).contains(&letter))
}

const FORMAT: [(char, char); 20] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];
