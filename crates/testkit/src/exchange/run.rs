//! Rules, tried on a peer.

use bytes::Bytes;
use futures_util::future::join_all;
use http::header::{CONTENT_LENGTH, LOCATION, RANGE};
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;

use super::form::{code, well_formed};
use super::report::Outcome;
use super::rule::{Act, Rule, Step, Want};
use super::template::Places;
use crate::emulate::Peer;

/// The name under which requests are sent; whoever carries them elsewhere knows where.
const ORIGIN: &str = "http://registry.test";

pub(super) async fn run(peer: &dyn Peer, rule: &Rule) -> Outcome {
    let mut places = Places::new(&rule.name);
    for act in &rule.acts {
        let done = match act {
            Act::One(step) => one(peer, step, &mut places).await,
            Act::Race(steps, losers) => race(peer, steps, losers, &places).await,
        };
        if let Err(outcome) = done {
            return outcome;
        }
    }
    Outcome::Kept
}

async fn one(peer: &dyn Peer, step: &Step, places: &mut Places) -> Result<(), Outcome> {
    let line = format!("{} {}", step.method, places.target(&step.target));
    let broken = |what: String| Outcome::Broken(format!("{line}: {what}"));
    let response = send(peer, step, places).await.ok_or_else(|| broken("the connection broke".into()))?;
    let unmet = step.wants.iter().find_map(|want| unmet(want, &response, places));
    match unmet {
        Some(_) if is_unsupported(step, &response) => return Err(Outcome::Skipped(line)),
        Some(what) => return Err(broken(format!("{what} in {}", shown(&response)))),
        None => {}
    }
    well_formed(&step.method, &response).map_err(broken)?;
    if let Some(location) = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) {
        places.add_location(location, response.status() == StatusCode::ACCEPTED);
    }
    Ok(())
}

async fn race(peer: &dyn Peer, steps: &[Step], losers: &[u16], places: &Places) -> Result<(), Outcome> {
    let answers = join_all(steps.iter().map(|step| send(peer, step, places))).await;
    let statuses: Vec<_> = answers.iter().flatten().map(|answer| answer.status().as_u16()).collect();
    let won = statuses.iter().filter(|status| **status < 300).count();
    let lost = statuses.iter().filter(|status| losers.contains(status)).count();
    let not_offered = steps.iter().zip(answers.iter().flatten()).all(|(step, answer)| is_unsupported(step, answer));
    match (won, lost) {
        (1, lost) if lost == steps.len() - 1 => Ok(()),
        _ if not_offered => Err(Outcome::Skipped(format!("{} requests at once", steps.len()))),
        _ => Err(Outcome::Broken(format!("{} requests at once: {statuses:?}", steps.len()))),
    }
}

async fn send(peer: &dyn Peer, step: &Step, places: &Places) -> Option<Response<Bytes>> {
    let mut body = places.fill(&step.body);
    body.extend(std::iter::repeat_n(' ', step.length.saturating_sub(body.len())));
    let request = Request::builder().method(&step.method).uri(format!("{ORIGIN}{}", places.target(&step.target)));
    let said = step.headers.iter().any(|(name, _)| *name == CONTENT_LENGTH);
    let request = if said { request } else { request.header(CONTENT_LENGTH, body.len()) };
    let headers = step.headers.iter().map(|(name, value)| (*name, places.fill(value)));
    let request = headers.fold(request, |request, (name, value)| request.header(name, value));
    peer.answer(request.body(body.into()).unwrap()).await
}

/// What is not as it is wanted.
fn unmet(want: &Want, response: &Response<Bytes>, places: &Places) -> Option<String> {
    let values = |name: &str| -> Vec<_> {
        response.headers().get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect()
    };
    let (kept, wanted) = match want {
        Want::Status(statuses) => (statuses.contains(&response.status().as_u16()), format!("status {statuses:?}")),
        Want::Code(wanted) => (code(response.body()).as_deref() == Some(wanted), format!("code {wanted}")),
        Want::Header(name, value) => {
            let value = places.fill(value);
            (values(name) == [value.as_str()], format!("{name}: {value}"))
        }
        Want::Headers(name, wanted) => (values(name) == *wanted, format!("{name}: {wanted:?}")),
        Want::No(name) => (values(name).is_empty(), format!("no {name}")),
        Want::Body(body) => (*response.body() == places.fill(body), format!("the body {body:?}")),
        Want::Json(value) => {
            let wanted: Value = serde_json::from_str(&places.fill(value)).unwrap();
            let found = serde_json::from_slice::<Value>(response.body());
            (found.is_ok_and(|found| found == wanted), format!("the value {wanted}"))
        }
    };
    (!kept).then(|| format!("expected {wanted}"))
}

/// The answer to a `HEAD` has no body to say it, and whoever knows no ranges gives the whole (RFC 9110, section 14.2).
fn is_unsupported(step: &Step, response: &Response<Bytes>) -> bool {
    let wants = |status| step.wants.iter().any(|want| matches!(want, Want::Status(all) if all.contains(&status)));
    let of_a_part = step.headers.iter().any(|(name, _)| *name == RANGE) && !wants(200);
    match step.method {
        _ if of_a_part && response.status() == StatusCode::OK => true,
        Method::HEAD => response.status() == StatusCode::METHOD_NOT_ALLOWED,
        _ => code(response.body()).as_deref() == Some("UNSUPPORTED"),
    }
}

fn shown(response: &Response<Bytes>) -> String {
    let body = String::from_utf8_lossy(response.body());
    let body: String = body.chars().take(300).collect();
    format!("{} {:?} {body}", response.status(), response.headers())
}
