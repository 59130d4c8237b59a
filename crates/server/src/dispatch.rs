//! From a request to the handler of its endpoint.
//!
//! The grammar of paths and queries is that of [`Endpoint::parse`]; nothing here looks at either. Handlers give a
//! response or a [`Failure`], which is one, too, so that a request is always answered.

use http::header::ALLOW;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use wharf_distribution::{Endpoint, RouteError};
use wharf_registry::{Algorithm, Registry};

use crate::call::{Answer, Call};
use crate::failure::Failure;
use crate::gate::{self, Admitted};
use crate::nothing::Nothing;
use crate::patience::Patience;
use crate::payload::Payload;
use crate::shared::Shared;
use crate::{Body, Identity, blob, list, manifest, reply, upload};

/// The methods that any endpoint has.
const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The answer to a request. `HEAD` loses the body here, whoever
/// wrote it; a 405 names the methods that there are (RFC 9110, section 15.5.6).
pub(crate) async fn answer(shared: &Shared, head: &Parts, mut payload: Payload) -> Response<Body> {
    let answer = admit(shared, head, &mut payload).await;
    payload.drain().await;
    let mut response = answer.unwrap_or_else(Failure::into_response);
    shared.warnings.write(response.headers_mut());
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, reply::value(allowed(head)));
    }
    if head.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

/// Carries a request out if there is room for it and whoever sends it may. Without a gate all are anonymous and may.
async fn admit(shared: &Shared, head: &Parts, payload: &mut Payload) -> Answer {
    let ticket = shared.crowd.enter().ok_or_else(crowded)?;
    let endpoint = parse(head, &head.method);
    let admitted = match &shared.gate {
        Some(gate) => gate::admit(&*gate.authorize, head, endpoint).await?,
        None => Admitted { identity: Identity::ANONYMOUS, endpoint: endpoint?, hidden: false },
    };
    let ticket = shared.crowd.enter_as(ticket, &admitted.identity).ok_or_else(crowded)?;
    let response = carry_out(shared, head, admitted, payload).await?;
    Ok(response.map(|body| body.counted(ticket)))
}

/// Carries out what may be. Where an authority decides what may be seen, what is not there sounds always the same.
async fn carry_out(shared: &Shared, head: &Parts, admitted: Admitted, payload: &mut Payload) -> Answer {
    let Admitted { identity, endpoint, hidden } = admitted;
    let registry = (!hidden).then(|| shared.source.of(&identity));
    let call = Call {
        registry: registry.as_deref().unwrap_or(&Nothing as &dyn Registry),
        settings: &shared.settings,
        budget: &shared.budget,
        turns: &shared.turns,
        warnings: &shared.warnings,
        gate: shared.gate.as_deref(),
        identity: &identity,
        headers: &head.headers,
        patience: head.extensions.get::<Patience>().copied(),
    };
    let unknown = call.gate.and_then(|_| gate::unknown(&endpoint));
    let answer = handle(&call, endpoint, payload).await;
    answer.map_err(|failure| failure.unknown_as(unknown))
}

fn crowded() -> Failure {
    Failure::too_many("too many requests at a time")
}

/// The endpoint, of which there is a `HEAD` wherever there is a `GET` (RFC 9110, section 9.1).
fn parse(head: &Parts, method: &Method) -> Result<Endpoint, RouteError> {
    let parse = |method| Endpoint::parse(method, head.uri.path(), head.uri.query());
    match parse(method) {
        Err(RouteError::MethodNotAllowed) if *method == Method::HEAD => parse(&Method::GET),
        parsed => parsed,
    }
}

/// The methods that the path has, but for the one that was refused.
fn allowed(head: &Parts) -> String {
    let has = |method: &&Method| parse(head, method) != Err(RouteError::MethodNotAllowed);
    let others = METHODS.iter().filter(|method| **method != head.method).filter(has);
    others.map(Method::as_str).collect::<Vec<_>>().join(", ")
}

/// One handler for each endpoint of the distribution-spec; those that it may yet get are not offered.
async fn handle(call: &Call<'_>, endpoint: Endpoint, payload: &mut Payload) -> Answer {
    match endpoint {
        Endpoint::Base => Ok(list::base()),
        Endpoint::GetManifest { repository, which } => manifest::get(call, &repository, &which).await,
        Endpoint::HeadManifest { repository, which } => manifest::head(call, &repository, &which).await,
        Endpoint::PutManifest { repository, which, tags } => {
            manifest::put(call, &repository, which, &tags, payload).await
        }
        Endpoint::DeleteManifest { repository, which } => manifest::delete(call, &repository, &which).await,
        Endpoint::GetBlob { repository, digest } => blob::get(call, &repository, &digest).await,
        Endpoint::HeadBlob { repository, digest } => blob::head(call, &repository, &digest).await,
        Endpoint::DeleteBlob { repository, digest } => blob::delete(call, &repository, &digest).await,
        Endpoint::PostBlob { repository, digest } => upload::post(call, &repository, &digest, payload).await,
        Endpoint::MountBlob { repository, digest, from } => {
            upload::mount(call, &repository, &digest, from.as_ref()).await
        }
        Endpoint::StartUpload { repository, algorithm } => {
            upload::start(call, &repository, algorithm.unwrap_or(Algorithm::SHA256)).await
        }
        Endpoint::UploadStatus { repository, upload } => upload::status(call, &repository, &upload).await,
        Endpoint::AppendUpload { repository, upload } => upload::append(call, &repository, &upload, payload).await,
        Endpoint::FinishUpload { repository, upload, digest } => {
            upload::finish(call, &repository, &upload, &digest, payload).await
        }
        Endpoint::CancelUpload { repository, upload } => upload::cancel(call, &repository, &upload).await,
        Endpoint::ListTags { repository, page } => list::tags(call, &repository, page).await,
        Endpoint::ListRepositories { page } => list::repositories(call, page).await,
        Endpoint::ListReferrers { repository, digest, artifact_type, page } => {
            list::referrers(call, &repository, &digest, artifact_type, page).await
        }
        _ => Err(RouteError::MethodNotAllowed.into()),
    }
}
