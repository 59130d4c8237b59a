//! Names that differ from known ones in case alone.
//!
//! Go's `encoding/json` takes `Layers` for `layers` when it fills a struct, and the last of the two wins. Most of the image
//! world is written in Go and most of the rest is not, so such a document is two images. The names of maps, such as
//! annotations, are keys, and nobody folds those.

/// Whether Go's reader, which does not tell the case of letters, would take `name` for one of `known`.
pub(super) fn is_look_alike(known: &[&str], name: &str) -> bool {
    known.iter().any(|known| fold(known).eq(fold(name)))
}

/// Letters without their case, the two that are not ASCII and fold into it among them.
fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|letter| match letter {
        'ſ' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    })
}
