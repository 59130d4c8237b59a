//! Asking for a token with an identity token: a refresh token of OAuth 2 (RFC 6749, section 6), which a token service
//! takes in the body of a `POST`.

use http::HeaderValue;
use url::Url;
use url::form_urlencoded::Serializer;
use wharf_distribution::Secret;

pub(super) const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Where to post, and what, instead of getting `url`. What the token is for moves from the query into the body, where the
/// scopes are one parameter.
pub(super) fn form(url: &Url, token: &Secret) -> (Url, String) {
    let mut query = Serializer::new(String::new());
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token").append_pair("client_id", "wharf");
    let mut scopes = Vec::new();
    for (name, value) in url.query_pairs() {
        match &*name {
            "service" => drop(form.append_pair("service", &value)),
            "scope" => scopes.push(value),
            _ => drop(query.append_pair(&name, &value)),
        }
    }
    if !scopes.is_empty() {
        form.append_pair("scope", &scopes.join(" "));
    }
    form.append_pair("refresh_token", token.reveal());
    let mut target = url.clone();
    target.set_query(Some(query.finish().as_str()).filter(|query| !query.is_empty()));
    (target, form.finish())
}
