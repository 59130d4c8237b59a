//! Whether a JSON path such as `$.layers[0].size` leads to something. Names that are not plain are `['…']`, or `?` where
//! they are not told.

use super::tree::Tree;

pub(crate) fn leads_somewhere(path: &str, tree: &Tree) -> bool {
    path.strip_prefix('$').is_some_and(|rest| leads(rest, tree))
}

fn leads(path: &str, tree: &Tree) -> bool {
    match tree {
        _ if path.is_empty() => true,
        Tree::Leaf => false,
        Tree::List(items) => item(path, items).unwrap_or(false),
        // A plain name may have dots, and what is there twice is there twice.
        Tree::Object(members) => members.iter().any(|(name, value)| {
            let quoted = format!("['{name}']");
            let told = path.strip_prefix('.').and_then(|path| path.strip_prefix(name.as_str()));
            let untold = path.strip_prefix(".?");
            [told, untold, path.strip_prefix(&quoted)].into_iter().flatten().any(|rest| leads(rest, value))
        }),
    }
}

fn item(path: &str, items: &[Tree]) -> Option<bool> {
    let (position, rest) = path.strip_prefix('[')?.split_once(']')?;
    items.get(position.parse::<usize>().ok()?).map(|item| leads(rest, item))
}
