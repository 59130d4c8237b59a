//! Reading the lists of RFC 9110, section 11.6.1, as registries write them.

pub(super) struct Scanner<'a> {
    pub(super) rest: &'a str,
}

/// A quoted value without its closing quote.
pub(super) struct Unterminated;

impl Scanner<'_> {
    /// The next token, past spaces and commas.
    pub(super) fn word(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
        let word = self.take(is_token);
        (!word.is_empty()).then_some(word)
    }

    /// The value of the token just read. Unquoted values may hold what tokens may not, such as the slashes of a URL.
    /// Without a value the token was a scheme.
    pub(super) fn value(&mut self) -> Result<Option<String>, Unterminated> {
        let trimmed = self.rest.trim_start_matches([' ', '\t']);
        let Some(after) = trimmed.strip_prefix('=') else { return Ok(None) };
        self.rest = after.trim_start_matches([' ', '\t']);
        match self.rest.strip_prefix('"') {
            Some(quoted) => self.quoted(quoted).map(Some),
            None => Ok(Some(self.take(|letter| !matches!(letter, ',' | ' ' | '\t' | '"')))),
        }
    }

    /// Past the data that some schemes have in place of parameters (`token68`), so that what follows is still read.
    pub(super) fn skip_data(&mut self) {
        let data = self.rest.trim_start_matches([' ', '\t']);
        let rest = data.trim_start_matches(is_data).trim_start_matches('=').trim_start_matches([' ', '\t']);
        if rest.is_empty() || rest.starts_with(',') {
            self.rest = rest;
        }
    }

    fn quoted(&mut self, text: &str) -> Result<String, Unterminated> {
        let mut value = String::new();
        let mut letters = text.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    let end = self.rest.len() - text.len() + at + 1;
                    self.rest = self.rest.get(end..).unwrap_or_default();
                    return Ok(value);
                }
                '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
                letter => value.push(letter),
            }
        }
        Err(Unterminated)
    }

    fn take(&mut self, of: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|letter| !of(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken.to_owned()
    }
}

/// RFC 9110, section 5.6.2.
pub(super) fn is_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)
}

/// RFC 9110, section 11.2.
fn is_data(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~+/".contains(letter)
}
