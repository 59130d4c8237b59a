//! Places in the texts of rules that are filled in when a rule runs:
//!
//! | place | what it becomes |
//! |---|---|
//! | `{repo}`, `{other}` | the rule's repository, and a second one |
//! | `{location}` | the newest `Location` that was answered |
//! | `{first}` | the first `Location` of an upload session |
//! | `{elsewhere}` | the newest `Location`, below the second repository |
//! | `{sha256:TEXT}`, `{sha512:TEXT}` | the digest of a text |
//!
//! A second `?` in a target becomes `&`: a location may have a query of its own.

use wharf_registry::{Algorithm, Digest, Hasher};

/// What the places become.
pub(super) struct Places {
    repository: String,
    location: String,
    first: Option<String>,
}

impl Places {
    /// The repositories bear the rule's name, and what tells it from those that differ in signs alone.
    pub(super) fn new(rule: &str) -> Self {
        let words = rule.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
        let sign = digest(Algorithm::SHA256, rule.as_bytes()).to_string();
        let sign = sign.get(7..13).unwrap();
        Self { repository: format!("rules/{name}-{sign}"), location: String::new(), first: None }
    }

    pub(super) fn add_location(&mut self, location: &str, is_session: bool) {
        location.clone_into(&mut self.location);
        if is_session {
            self.first.get_or_insert_with(|| location.to_owned());
        }
    }

    pub(super) fn fill(&self, text: &str) -> String {
        let other = format!("{}/other", self.repository);
        let elsewhere = self.location.replacen(&self.repository, &other, 1);
        let text = text
            .replace("{repo}", &self.repository)
            .replace("{other}", &other)
            .replace("{elsewhere}", &elsewhere)
            .replace("{location}", &self.location)
            .replace("{first}", self.first.as_deref().unwrap_or_default());
        digests(&digests(&text, "{sha256:", Algorithm::SHA256), "{sha512:", Algorithm::SHA512)
    }

    pub(super) fn target(&self, text: &str) -> String {
        let target = self.fill(text);
        match target.split_once('?') {
            Some((path, query)) => format!("{path}?{}", query.replace('?', "&")),
            None => target,
        }
    }
}

/// Replaces each `{algorithm:text}` by the text's digest. A text may hold braces that are paired, as those of JSON.
fn digests(text: &str, open: &str, algorithm: Algorithm<'_>) -> String {
    let Some((before, rest)) = text.split_once(open) else { return text.to_owned() };
    let (content, after) = rest.split_at(closing(rest));
    let after = after.strip_prefix('}').unwrap();
    format!("{before}{}{}", digest(algorithm, content.as_bytes()), digests(after, open, algorithm))
}

/// Where the brace is that closes what was opened before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    let close = |(_, letter): &(usize, char)| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    };
    text.char_indices().find(close).unwrap().0
}

fn digest(algorithm: Algorithm<'_>, content: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm).unwrap();
    hasher.update(content);
    hasher.finish()
}
