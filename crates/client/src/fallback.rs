//! The index under a fallback tag (distribution-spec, "Pushing Manifests with Subject"): what a registry without a list
//! of referrers has in its place, and what clients keep for it.
//!
//! When it is kept, and how it is changed without losing what others wrote there, [`wharf_distribution::referrers`]
//! decides. Registries without conditions keep what was written last, which no client can help; of this client, all
//! handles write one after the other, and what waits meanwhile is written at once.

mod queue;

use bytes::Bytes;
use http::{Method, StatusCode};
use wharf_distribution::Scope;
use wharf_distribution::referrers::{self, Change, Reason, Request, Step, Update};
use wharf_registry::{Digest, Referrer, Repository, Tag};

use crate::answer::Answer;
use crate::call::Payload;
use crate::{Client, Error, ErrorKind, Fault};

pub(crate) use queue::Queues;

impl Client {
    /// Sees to it that a manifest that was stored is found among the referrers of its subject. `named` tells whether the
    /// registry said that it does that itself.
    pub(crate) async fn add_referrer(
        &self,
        repository: &Repository,
        referrer: Referrer,
        named: bool,
    ) -> Result<(), Error> {
        match self.lists(repository, &referrer.subject, &referrer.entry.digest, named).await {
            true => Ok(()),
            false => self.amend(repository, &referrer.subject, Change::Add(Box::new(referrer.entry))).await,
        }
    }

    /// Takes a manifest that was deleted out of the index under its subject's fallback tag, if there is one. A registry
    /// that has a list of its own may have one, too, from before.
    pub(crate) async fn remove_referrer(&self, repository: &Repository, referrer: Referrer) -> Result<(), Error> {
        let removed = self.amend(repository, &referrer.subject, Change::Remove(referrer.entry.digest)).await;
        match removed {
            // Nothing is listed there that could be taken out.
            Err(error) if error.kind() == ErrorKind::Peer(Fault::FallbackTag) => Ok(()),
            removed => removed,
        }
    }

    /// Waits for its turn, and makes all changes of the same identity that wait with its own.
    async fn amend(&self, repository: &Repository, subject: &Digest, change: Change) -> Result<(), Error> {
        let place = self.queues.join(repository, &Tag::referrers_fallback(subject), change, &self.tokens);
        let _turn = place.turn().await;
        let changes = place.changes();
        if changes.is_empty() {
            return Ok(());
        }
        self.update(Update::new(repository, subject, changes.values().cloned().collect())).await?;
        place.made(&changes);
        Ok(())
    }

    /// Does one step of an update after another.
    async fn update(&self, mut update: Update) -> Result<(), Error> {
        let mut step = update.start();
        while let Step::Send(request) = step {
            let (answer, body) = self.carry_out(&request).await?;
            step = update.on(answer.status, &answer.headers, &body);
            if let Step::GiveUp(reason) = step {
                return Err(self.failure(reason, answer).await);
            }
            answer.drain(&self.limits).await;
        }
        Ok(())
    }

    /// The error that an answer is, by what is wrong with it.
    async fn failure(&self, reason: Reason, answer: Answer) -> Error {
        match reason {
            Reason::Refused(_) => answer.refusal(&self.limits).await,
            Reason::Fault(referrers::Fault::Content(why)) => answer.fault(Fault::WrongDigest).because(why),
            Reason::Fault(fault) => answer.fault(fault.into()),
            reason => Error::new(ErrorKind::Request, answer.request).because(reason),
        }
    }

    /// An answer, with its body if that is what was asked for.
    async fn carry_out(&self, request: &Request) -> Result<(Answer, Bytes), Error> {
        let deletes = request.endpoint.method() == Method::DELETE;
        let scope = request.endpoint.repository().map(if deletes { Scope::delete } else { Scope::push });
        let mut call = self.call(&request.endpoint, scope.into_iter().collect())?;
        call.headers = request.headers.clone();
        if let Some(content) = &request.content {
            return Ok((self.send(call.with_body(Payload::Bytes(content.bytes().clone()))).await?, Bytes::new()));
        }
        if deletes {
            return Ok((self.send(call).await?, Bytes::new()));
        }
        let limit = self.limits.manifest_bytes;
        let answer = self.send(call.for_document(limit)).await?;
        match answer.status {
            StatusCode::OK => answer.preload(limit, &self.limits).await,
            _ => Ok((answer, Bytes::new())),
        }
    }
}
