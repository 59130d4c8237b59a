//! Laws of digests and references.

use wharf_digest::{Digest, ParseErrorKind as DigestErrorKind};
use wharf_reference::{
    AnyReference, Host, ParseError, ParseErrorKind, RawReference, Reference, ReferenceRef, Repository, Tag, sort,
};

use crate::model;

/// A digest that parses prints as it was written; an error has the kind that the model gives, and lies within the text.
pub fn digest_parse(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let kind = match Digest::parse_registered(text) {
        Ok(digest) => {
            assert_eq!(digest.to_string(), text);
            None
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.at()));
            Some(error.kind())
        }
    };
    assert_eq!(kind, model::digest(text));
    match Digest::parse(text) {
        Ok(digest) => assert_eq!(digest.to_string(), text),
        Err(error) => assert!(Some(error.kind()) == kind && kind != Some(DigestErrorKind::Unsupported)),
    }
}

/// The ways of reading a text agree with each other, and point into it where they refuse it.
pub fn reference_parse(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let owned = Reference::parse(text);
    let borrowed = ReferenceRef::parse(text);
    assert_eq!(borrowed.as_ref().map(ReferenceRef::to_owned).map_err(|error| *error), owned);
    within(text, owned.as_ref().err());
    within(text, RawReference::parse(text).as_ref().err());
    within(text, ReferenceRef::parse_strict(text).as_ref().err());
    let canonical = owned.as_ref().is_ok_and(|reference| reference.to_string() == text);
    assert_eq!(ReferenceRef::parse_strict(text).is_ok(), canonical);
    match AnyReference::parse(text) {
        Ok(AnyReference::Named(reference)) => assert_eq!(Ok(reference), owned),
        Ok(AnyReference::Digest(digest)) => assert!(digest.to_string().ends_with(text)),
        Err(error) => assert_eq!(Err(error), owned),
    }
    let mut one = [text];
    sort(&mut one);
    assert_eq!(one, [text]);
}

fn within(text: &str, error: Option<&ParseError>) {
    assert!(error.is_none_or(|error| text.is_char_boundary(error.at())));
}

/// A reference that parses prints as a text that parses to it, in all forms, and so does each of its parts.
pub fn reference_round_trip(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (Ok(reference), Ok(borrowed)) = (Reference::parse(text), ReferenceRef::parse(text)) else { return };
    let canonical = reference.to_string();
    assert_eq!(borrowed.to_string(), canonical);
    assert_eq!(Reference::parse_strict(&canonical).as_ref(), Ok(&reference));
    assert_eq!(ReferenceRef::parse(&canonical).as_ref(), Ok(&borrowed));
    assert_eq!(Reference::parse(&reference.familiar().to_string()).as_ref(), Ok(&reference));
    assert_eq!(borrowed.familiar().to_string(), reference.familiar().to_string());
    let pull = reference.clone().pull_form();
    assert_eq!(Reference::parse(&pull.to_string()).as_ref(), Ok(&pull));
    assert_eq!(borrowed.clone().pull_form().to_string(), pull.to_string());
    assert_eq!(borrowed.pull_form().to_owned(), pull);
    assert_eq!(pull.clone().pull_form(), pull);
    round_trip_of_parts(&reference);
}

fn round_trip_of_parts(reference: &Reference) {
    let host = Host::parse(reference.host().as_str());
    assert_eq!(host.as_ref(), Ok(reference.host()));
    let repository = Repository::parse(reference.repository().as_str());
    assert_eq!(repository.as_ref(), Ok(reference.repository()));
    let tag = reference.tag().map(|tag| Tag::parse(tag.as_str()));
    assert_eq!(tag, reference.tag().cloned().map(Ok));
    let (host, repository) = (reference.host().clone(), reference.repository().clone());
    let sum = Reference::from_parts(host, repository, reference.tag().cloned(), reference.digest().cloned());
    assert_eq!(sum.as_ref(), Ok(reference));
}

/// The parsers and the model agree: on the parts, or on the kind of error and its place.
pub fn reference_model(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let raw = RawReference::parse(text);
    let found = raw.as_ref().map(|raw| model::Parts {
        host: raw.host().map(str::to_owned),
        path: raw.path().to_owned(),
        tag: raw.tag().map(str::to_owned),
        digest: raw.digest().map(Digest::to_string),
    });
    agree(text, found.map_err(|error| *error), model::raw(text));
    let reference = Reference::parse(text);
    let found = reference.as_ref().map(|reference| model::Parts {
        host: Some(reference.host().as_str().to_owned()),
        path: reference.repository().as_str().to_owned(),
        tag: reference.tag().map(|tag| tag.as_str().to_owned()),
        digest: reference.digest().map(Digest::to_string),
    });
    agree(text, found.map_err(|error| *error), model::normalised(text));
}

fn agree(text: &str, found: Result<model::Parts, ParseError>, expected: Result<model::Parts, model::Error>) {
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text:?}"),
        (Err(found), Err((kind, at))) => {
            assert_eq!(found.kind(), kind, "{text:?}");
            // Where the letters are of other scripts, only the kind is a rule.
            let exact = kind == ParseErrorKind::InvalidFormat || text.is_ascii();
            assert!(at.is_none_or(|at| at == found.at() || !exact), "{text:?}: {kind:?} at {} for {at:?}", found.at());
        }
        (found, expected) => panic!("{text:?}: {found:?} for {expected:?}"),
    }
}
