//! Laws of the distribution protocol: requests, the values of headers, bodies and the heads of answers.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use url::Url;
use wharf_distribution::header::{self, ContentRange, Unsatisfied, UploadRange};
use wharf_distribution::response::{Session, Success};
use wharf_distribution::{
    Challenge, Endpoint, EntityTag, EntityTags, ErrorBody, Held, Location, RateLimit, RepositoryList, RetryAfter,
    TagList, TokenRequest, TokenResponse, link, parse_date, print_date, warning, warnings,
};

/// A request that is read is written as one that reads the same, and never leaves its repository: not as it is written,
/// and not after a URL library has put it right. The input is a method, a path and a query, separated by spaces.
pub fn endpoint(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let mut words = text.splitn(3, ' ');
    let Ok(method) = words.next().unwrap_or_default().parse::<Method>() else { return };
    let Ok(endpoint) = Endpoint::parse(&method, words.next().unwrap_or_default(), words.next()) else { return };
    stays_inside(&endpoint);
    let target = endpoint.target();
    let (path, query) = target.split_once('?').map_or((target.as_str(), None), |(path, query)| (path, Some(query)));
    assert_eq!(Endpoint::parse(&endpoint.method(), path, query), Ok(endpoint));
}

fn stays_inside(endpoint: &Endpoint) {
    const HOST: &str = "https://registry.example";
    let target = endpoint.target();
    let prefix = endpoint.repository().map_or("/v2/".to_owned(), |repository| format!("/v2/{repository}/"));
    assert!(target.starts_with(&prefix), "{target}");
    let url = Url::parse(HOST).and_then(|base| base.join(&target));
    assert_eq!(url.as_ref().ok().and_then(|url| url.as_str().strip_prefix(HOST)), Some(target.as_str()));
}

/// Challenges hold nothing that was not sent, and are written as challenges that read the same; a token is asked for at
/// the realm, and for what the caller needs alone.
pub fn challenge(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let challenges = Challenge::parse(text);
    assert!(challenges.len() <= text.len());
    let written = challenges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    // Quotes and what they escape can make a header longer than any that is read.
    if written.len() <= 8 * 1024 {
        assert_eq!(Challenge::parse(&written), challenges);
    }
    for challenge in &challenges {
        for name in ["realm", "service", "scope", "error"] {
            assert!(challenge.parameter(name).is_none_or(|value| value.len() <= text.len()));
            assert_eq!(challenge.parameter(name), challenge.parameter(&name.to_uppercase()));
        }
        if let Ok(request) = TokenRequest::new(challenge, Vec::new()) {
            let url = request.url();
            assert_eq!((url.origin(), url.path()), (request.realm().origin(), request.realm().path()));
            assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none());
            let pairs: Vec<_> = url.query_pairs().filter(|(name, _)| name == "scope" || name == "account").collect();
            assert!(pairs.is_empty(), "{url}");
        }
    }
}

/// The target of a link is a part of the header, and leads to itself when it is written. What is an address stays one.
pub fn link(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Some(target) = link::next(text) {
        assert!(text.contains(target));
        assert_eq!(link::next(&link::encode(target)), Some(target));
        let after = format!("</other>; rel=\"prev\"; title=\"a, b; \\\"c\\\"\", {}", link::encode(target));
        assert_eq!(link::next(&after), Some(target));
    }
    if let Ok(place) = Location::parse(text) {
        assert_eq!((place.as_str(), place.to_string().as_str()), (text, text));
        assert!(HeaderValue::from_str(text).is_ok());
        assert_eq!(link::next(&link::encode(text)), Some(text));
    }
}

/// The dialects of ranges, each of which is written as it reads; none reads what belongs to another. What a session says
/// that it holds is something that it can hold.
pub fn range(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (wanted, place) = (header::parse_range(text), ContentRange::parse(text));
    let (upload, held) = (UploadRange::parse(text), Held::parse(text));
    let outside = Unsatisfied::parse(text);
    assert_eq!(outside.and_then(|outside| Unsatisfied::parse(&outside.to_string())), outside);
    assert!(
        [wanted.is_some(), place.is_some(), upload.is_some(), outside.is_some()].iter().filter(|read| **read).count()
            <= 1
    );
    if let Some(range) = wanted {
        assert_eq!(header::parse_range(&header::range(range)), Some(range));
        if let Some((offset, length)) = range.resolve(1000) {
            assert!(length > 0 && offset + length <= 1000);
        }
    }
    if let Some(range) = place {
        assert_eq!(ContentRange::parse(&range.to_string()), Some(range));
        assert!(range.first <= range.last && range.size.is_none_or(|size| range.last < size));
    }
    if let Some(range) = upload {
        assert_eq!(UploadRange::parse(&range.to_string()), Some(range));
        assert_eq!(range.length(), range.last - range.first + 1);
    }
    if let Some(held) = held {
        assert_eq!(Held::parse(&held.to_string()), Some(held));
        assert!(held.can_be(held.bytes().unwrap_or(0)));
        assert!(held.bytes().is_none_or(|bytes| bytes < 2 || Held::of(bytes) == held));
    }
}

/// Errors are read from anything, can be shown, hold no more than was sent, and are written as errors that read the same.
pub fn error_body(input: &[u8]) {
    let errors = ErrorBody::decode(input);
    assert_eq!(ErrorBody::decode(&errors.encode()), errors);
    assert!(errors.errors.len() <= 32);
    let letters = |text: &str| text.chars().count();
    assert!(errors.errors.iter().map(|entry| letters(&entry.message)).sum::<usize>() <= input.len());
    assert!(errors.errors.iter().all(|entry| letters(&entry.message) <= 4096));
    assert!(!errors.to_string().contains(char::is_control));
    // What is secret is nowhere in what is read: here everything is.
    let silent = ErrorBody::decode_without(input, |_| true);
    assert!(silent.errors.is_empty());
}

/// A request for a token is written as one that reads the same, and has its secrets in one place. The input is a
/// target, the value of a header, and a form, each on a line.
pub fn token_request(input: &[u8]) {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let Ok(uri) = Uri::try_from(lines.next().unwrap_or_default()) else { return };
    let authorization = lines.next().filter(|line| !line.is_empty()).map(HeaderValue::from_bytes);
    let Ok(authorization) = authorization.transpose() else { return };
    let form = lines.next().unwrap_or_default();
    for method in [Method::GET, Method::POST] {
        let Some(request) = asked(method, uri.clone(), authorization.clone(), form) else { continue };
        let written = request.form().map_or(String::new(), |form| form.reveal().to_owned());
        let Ok(uri) = Uri::try_from(request.url().as_str()) else { panic!("an address that is none") };
        assert!(request.authorization().is_none() || written.is_empty());
        assert_eq!(asked(request.method(), uri, request.authorization(), written.as_bytes()), Some(request));
    }
}

fn asked(method: Method, uri: Uri, authorization: Option<HeaderValue>, form: &[u8]) -> Option<TokenRequest> {
    let (mut head, ()) = Request::new(()).into_parts();
    (head.method, head.uri) = (method, uri);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(TokenRequest::FORM));
    head.headers.extend(authorization.map(|value| (AUTHORIZATION, value)));
    TokenRequest::decode(&head, &Url::parse("https://auth.example").ok()?, form).ok()
}

/// A token can be sent in a header, is not longer than the answer that it came in, is never shown, and is written as an
/// answer that reads the same.
pub fn token_response(input: &[u8]) {
    let Ok(mut response) = TokenResponse::decode(input) else { return };
    assert_eq!(TokenResponse::decode(response.encode().reveal().as_bytes()).as_ref(), Ok(&response));
    // What it allows may be shown, and can be the same text.
    response.scope = None;
    let token = response.token.reveal();
    assert!((1..=input.len()).contains(&token.len()) && HeaderValue::from_str(&format!("Bearer {token}")).is_ok());
    assert!((30..=3600).contains(&response.expires_in.as_secs()));
    // What is shown has no word of that length but the names of types.
    assert!(token.len() < 16 || !format!("{response:?}").contains(token));
}

/// Lists that are read are written as lists that read the same, and hold no more than was sent.
pub fn list(input: &[u8]) {
    if let Some(tags) = TagList::decode(input) {
        assert!(tags.tags.len() <= input.len());
        assert_eq!(TagList::decode(&tags.encode()), Some(tags));
    }
    if let Some(repositories) = RepositoryList::decode(input) {
        assert!(repositories.repositories.len() <= input.len());
        assert_eq!(RepositoryList::decode(&repositories.encode()), Some(repositories));
    }
}

/// What a registry says of time, of limits and to its users, is written as it reads. The input is the value of every
/// header.
pub fn advice(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Some(wait) = RetryAfter::parse(text) {
        assert_eq!(RetryAfter::parse(&wait.to_string()), Some(wait));
        assert!(wait.wait(u64::MAX).as_secs() == 0 || matches!(wait, RetryAfter::Seconds(_)));
    }
    if let Some(date) = parse_date(text) {
        assert_eq!(parse_date(&print_date(date)), Some(date));
    }
    let texts = warnings(text);
    assert!(texts.len() <= 16 && texts.iter().map(|text| text.chars().count()).sum::<usize>() <= text.len());
    assert!(!texts.concat().contains(char::is_control));
    for text in &texts {
        assert_eq!(warnings(&warning(text)), [text.as_str()]);
    }
    limits(text);
    if let Some(tag) = EntityTag::parse(text) {
        assert_eq!(EntityTags::parse(text), Some(EntityTags::Listed(vec![tag.clone()])));
        assert_eq!(EntityTag::parse(&tag.to_string()), Some(tag));
    }
    if let Some(tags) = EntityTags::parse(text) {
        assert_eq!(EntityTags::parse(&tags.to_string()), Some(tags));
    }
}

fn limits(text: &str) {
    let Ok(value) = HeaderValue::from_str(text) else { return };
    for name in ["ratelimit-limit", "x-ratelimit-remaining"] {
        let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value.clone())]);
        let Some(limit) = RateLimit::read(&headers) else { continue };
        let mut written = HeaderMap::new();
        limit.write(&mut written);
        assert_eq!(RateLimit::read(&written), Some(limit));
        assert!(!limit.to_string().contains(char::is_control));
    }
}

/// The requests whose answers are read, one of each kind that is answered alike.
const REQUESTS: [(Method, &str); 11] = [
    (Method::GET, "/v2/"),
    (Method::GET, "/v2/a/manifests/v1"),
    (Method::PUT, "/v2/a/manifests/v1"),
    (Method::DELETE, "/v2/a/manifests/v1"),
    (Method::GET, BLOB),
    (Method::POST, "/v2/a/blobs/uploads/"),
    (Method::GET, "/v2/a/blobs/uploads/x"),
    (Method::PATCH, "/v2/a/blobs/uploads/x"),
    (Method::DELETE, "/v2/a/blobs/uploads/x"),
    (Method::GET, "/v2/_catalog"),
    (Method::POST, UPLOAD),
];
const BLOB: &str = "/v2/a/blobs/sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const UPLOAD: &str =
    "/v2/a/blobs/uploads/?digest=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// The head of an answer that is read is written as one that reads the same, whatever was asked for; one that contradicts
/// itself about what matters is not read. The input is a status, and then a header on each line.
pub fn response(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let Ok(status) = StatusCode::from_bytes(lines.next().unwrap_or_default()) else { return };
    let headers: HeaderMap = lines.take(200).filter_map(field).collect();
    for (method, target) in REQUESTS {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let Ok(endpoint) = Endpoint::parse(&method, path, query) else { panic!("{target} is no request") };
        let Ok(Some(answer)) = Success::decode(&endpoint, status, &headers) else { continue };
        let (status, written) = answer.encode();
        assert_eq!(Success::decode(&endpoint, status, &written).as_ref(), Ok(&Some(answer.clone())));
        assert!(written.iter().map(|(_, value)| value.len()).sum::<usize>() <= input.len() + 64);
        is_of_one_mind(&answer, &headers);
    }
}

fn field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let at = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(at)?;
    let value = value.get(1..)?.trim_ascii();
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
}

fn is_of_one_mind(answer: &Success, headers: &HeaderMap) {
    let values = |name: &str| {
        let mut values: Vec<_> = headers.get_all(name).iter().collect();
        values.dedup();
        values.len()
    };
    match answer {
        Success::Content(_) | Success::Part(..) => {
            assert!(values("content-length") <= 1 && values("docker-content-digest") <= 1);
        }
        Success::Opened(Session { location: Some(_), .. }) => assert_eq!(values("location"), 1),
        Success::Listed(page) => {
            let mut links = headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
            assert_eq!(page.next.is_some(), links.any(|value| link::next(value).is_some()));
        }
        _ => {}
    }
}
