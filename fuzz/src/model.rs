//! References as the grammar and the list of steps have them, written down one by one without regard for speed.

use std::sync::LazyLock;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use wharf_digest::ParseErrorKind as DigestErrorKind;
use wharf_reference::ParseErrorKind;

/// The parts of an accepted text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) host: Option<String>,
    pub(crate) path: String,
    pub(crate) tag: Option<String>,
    pub(crate) digest: Option<String>,
}

/// What is wrong with the others, and where if that is a matter of rules.
pub(crate) type Error = (ParseErrorKind, Option<usize>);

const LABEL: &str = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const COMPONENT: &str = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*";
const TAG: &str = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const DIGEST: &str = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";

fn host() -> String {
    format!(r"(?:{LABEL}(?:[.]{LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
}

fn reference() -> String {
    let host = host();
    format!(
        r"\A(?:(?P<host>{host})/)?(?P<path>{COMPONENT}(?:/{COMPONENT})*)(?::(?P<tag>{TAG}))?(?:@(?P<digest>{DIGEST}))?\z"
    )
}

/// A grammar, and where a text stops to be the beginning of anything in it.
struct Grammar {
    regex: Regex,
    automaton: dense::DFA<Vec<u32>>,
}

impl Grammar {
    fn new(pattern: &str) -> Self {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let config = dense::Config::new().match_kind(MatchKind::All).start_kind(StartKind::Anchored);
        let automaton = dense::Builder::new().configure(config).syntax(syntax).build(pattern);
        let regex = Regex::new(pattern);
        match (regex, automaton) {
            (Ok(regex), Ok(automaton)) => Self { regex, automaton },
            (regex, automaton) => panic!("{:?} {:?}", regex.err(), automaton.err()),
        }
    }

    /// The offset of the first byte that nothing in the grammar has there after the bytes before it.
    fn dead_at(&self, text: &str) -> usize {
        let start = self.automaton.start_state_forward(&Input::new(text).anchored(Anchored::Yes));
        let mut state = match start {
            Ok(state) => state,
            Err(error) => panic!("{error}"),
        };
        let alive = text.bytes().position(|byte| {
            state = self.automaton.next_state(state, byte);
            self.automaton.is_dead_state(state)
        });
        alive.unwrap_or(text.len())
    }
}

static REFERENCE: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(&reference()));
static HOST: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(&format!(r"\A{}\z", host())));
static ANY_DIGEST: LazyLock<Regex> = LazyLock::new(|| {
    let digest = Regex::new(r"\A[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+\z");
    digest.unwrap_or_else(|error| panic!("{error}"))
});

/// The raw parse.
pub(crate) fn raw(text: &str) -> Result<Parts, Error> {
    if text.is_empty() {
        return Err((ParseErrorKind::Empty, Some(0)));
    }
    let Some((parts, path_start)) = matched(text) else {
        let lower = text.to_lowercase();
        return Err(match matched(&lower) {
            Some((_, path_start)) => (ParseErrorKind::NotLowercase, first_upper(text, path_start)),
            None => (ParseErrorKind::InvalidFormat, Some(REFERENCE.dead_at(text))),
        });
    };
    if parts.path.len() > 255 {
        return Err((ParseErrorKind::NameTooLong, Some(path_start + 255)));
    }
    let kind = match parts.digest.as_deref().and_then(digest) {
        None => return Ok(parts),
        Some(DigestErrorKind::Length) => ParseErrorKind::DigestLength,
        Some(DigestErrorKind::Unsupported) => ParseErrorKind::DigestUnsupported,
        Some(_) => ParseErrorKind::DigestFormat,
    };
    Err((kind, None))
}

fn matched(text: &str) -> Option<(Parts, usize)> {
    let mut captures = REFERENCE.regex.create_captures();
    REFERENCE.regex.captures(text, &mut captures);
    let group =
        |name| captures.get_group_by_name(name).and_then(|span| text.get(span.start..span.end)).map(str::to_owned);
    let path = captures.get_group_by_name("path")?;
    let parts = Parts { host: group("host"), path: group("path")?, tag: group("tag"), digest: group("digest") };
    Some((parts, path.start))
}

fn first_upper(text: &str, start: usize) -> Option<usize> {
    text.char_indices().find(|(at, letter)| *at >= start && letter.is_uppercase()).map(|(at, _)| at)
}

/// The normalising parse, step by step.
pub(crate) fn normalised(text: &str) -> Result<Parts, Error> {
    // 1. An identifier is no name.
    if text.len() == 64 && text.chars().all(|letter| "0123456789abcdef".contains(letter)) {
        return Err((ParseErrorKind::HexIdentifier, Some(0)));
    }
    // 2. The host.
    let (host, rest) = match text.split_once('/') {
        Some((first, rest)) if first == "localhost" || first.contains(['.', ':']) || has_upper(first) => (first, rest),
        _ => ("", text),
    };
    let rest_start = text.len() - rest.len();
    let meant = if ["", "index.docker.io"].contains(&host) { "docker.io" } else { host };
    // 3. Official images.
    let library = if meant == "docker.io" && !rest.contains('/') { "library/" } else { "" };
    // 4. The name in lower case.
    let name = rest.split(':').next().unwrap_or_default();
    if has_upper(name) {
        return Err((ParseErrorKind::NotLowercase, first_upper(text, rest_start)));
    }
    // 5. The whole.
    let whole = format!("{meant}/{library}{rest}");
    let added = whole.len() - rest.len();
    let back = |at: usize| (at + rest_start).saturating_sub(added);
    match raw(&whole) {
        // Ours: what looks like a host and is none is refused, and not taken for a path without a host.
        result if !is_host(meant) => match result {
            Err((ParseErrorKind::NotLowercase, at)) if has_upper(host) => Err((ParseErrorKind::NotLowercase, at)),
            _ => Err((ParseErrorKind::InvalidFormat, Some(HOST.dead_at(host)))),
        },
        Err((kind, at)) => Err((kind, at.map(back))),
        parts => parts,
    }
}

fn is_host(text: &str) -> bool {
    HOST.regex.is_match(text)
}

fn has_upper(text: &str) -> bool {
    text.to_lowercase() != text
}

/// What is wrong with a digest whose algorithm must be registered.
pub(crate) fn digest(text: &str) -> Option<DigestErrorKind> {
    let expected = |length: usize, encoded: &str| match encoded.len() {
        0 => Some(DigestErrorKind::Format),
        found if found != length => Some(DigestErrorKind::Length),
        _ => encoded.chars().any(|letter| !"0123456789abcdef".contains(letter)).then_some(DigestErrorKind::Format),
    };
    match text.split_once(':') {
        Some(("sha256", encoded)) => expected(64, encoded),
        Some(("sha512", encoded)) => expected(128, encoded),
        _ if ANY_DIGEST.is_match(text) => Some(DigestErrorKind::Unsupported),
        _ => Some(DigestErrorKind::Format),
    }
}
