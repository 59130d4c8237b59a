use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use super::{About, Quirk, Step};

/// Gives at most `most` entries of a list of tags or repositories on a page, of a registry that gives all that come after
/// `last`. `link` makes the value of `Link` of the path of the list and the query of its next page. What is behind sees
/// no number of entries.
#[must_use]
pub fn paged(of: About, most: usize, link: fn(&str, &str) -> String) -> [Quirk; 2] {
    let unnumbered = Quirk::before(of, |request| {
        let last = parameter(request, "last").map(|last| format!("?last={last}")).unwrap_or_default();
        let address = request.uri().to_string().split('?').next().unwrap().to_owned();
        *request.uri_mut() = format!("{address}{last}").parse().unwrap();
        Step::On
    });
    let cut = Quirk::after(of, move |request, response| {
        let number = parameter(request, "n").and_then(|number| number.parse().ok()).unwrap_or(most).min(most);
        cut(request, response, number, link);
    });
    [cut, unnumbered]
}

fn parameter(request: &Request<Bytes>, name: &str) -> Option<String> {
    let mut pairs = request.uri().query().unwrap_or_default().split('&');
    pairs.find_map(|pair| Some(pair.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

/// Cuts the list in a body, which is all that has brackets in it.
fn cut(request: &Request<Bytes>, response: &mut Response<Bytes>, number: usize, link: fn(&str, &str) -> String) {
    let body = String::from_utf8_lossy(response.body()).into_owned();
    let Some((before, rest)) = body.split_once('[') else { return };
    let Some((list, after)) = rest.rsplit_once(']') else { return };
    let entries: Vec<_> = list.split(',').filter(|entry| !entry.is_empty()).collect();
    let page: Vec<_> = entries.iter().take(number).copied().collect();
    let text = format!("{before}[{}]{after}", page.join(","));
    response.headers_mut().remove("link");
    response.headers_mut().insert("content-length", text.len().into());
    *response.body_mut() = text.into();
    if let (true, Some(last)) = (page.len() < entries.len(), page.last()) {
        let link = link(request.uri().path(), &format!("n={number}&last={}", last.trim_matches('"')));
        response.headers_mut().insert("link", HeaderValue::from_str(&link).unwrap());
    }
}
