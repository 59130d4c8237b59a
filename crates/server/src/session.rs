//! Upload sessions as a service has them: whose they are, how many somebody has, and who has a turn at one.
//!
//! With an [`Authorize`](crate::Authorize) a session is its repository's and its identity's alone, and whoever else asks
//! for it learns nothing of it. One of which nobody knows whose it is, such as after a restart, becomes that of whoever
//! first goes on with it: they may write to its repository, and know its name.

use wharf_registry::{Error, ErrorCode, Operation, Repository, Upload, UploadId};

use crate::call::Call;
use crate::failure::Failure;
use crate::owner::{Reserved, Whose};
use crate::patience::within;
use crate::turn::{Name, Turn};

/// A session that this request alone is at.
pub(crate) struct Held<'a> {
    // Let go of before the next has its turn.
    pub(crate) upload: Box<dyn Upload>,
    _turn: Turn<'a>,
}

/// Takes up a session that is not another's, as soon as no other request is at it.
pub(crate) async fn resume<'a>(call: &Call<'a>, repository: &Repository, id: &UploadId) -> Result<Held<'a>, Failure> {
    let name = (repository.clone(), id.clone());
    if whose(call, &name) == Whose::Anothers {
        return Err(unknown(&name));
    }
    let turn = within(call.patience, 0, call.turns.take(name.clone())).await.flatten();
    let turn = turn.ok_or_else(|| Failure::too_many("too many requests for one upload session"))?;
    match call.registry.resume_upload(repository, id).await {
        Ok(upload) => {
            claim(call, &name).await?;
            Ok(Held { upload, _turn: turn })
        }
        Err(error) => {
            if is_unknown(&error) {
                forget(call, &name);
            }
            Err(error.into())
        }
    }
}

/// Makes a session the caller's if it is nobody's, as far as they may have one more. Whoever had the turn before may have
/// done so meanwhile.
async fn claim(call: &Call<'_>, name: &Name) -> Result<(), Failure> {
    match whose(call, name) {
        Whose::Theirs => Ok(()),
        Whose::Anothers => Err(unknown(name)),
        Whose::Nobodys => {
            if let Some(room) = room(call).await? {
                room.keep(name.clone());
            }
            Ok(())
        }
    }
}

/// Whose a session is; everybody's where nobody decides about rights.
fn whose(call: &Call<'_>, name: &Name) -> Whose {
    call.gate.map_or(Whose::Theirs, |gate| gate.owners.whose(call.identity, name))
}

/// What a registry says of a session that it does not have.
fn unknown((repository, id): &Name) -> Failure {
    Error::new(ErrorCode::BLOB_UPLOAD_UNKNOWN, Operation::Upload).about(repository, id).into()
}

/// Room for one more session of the caller's, where that is counted. Before it is refused, the registry is asked which of
/// the caller's sessions it has forgotten.
pub(crate) async fn room<'a>(call: &Call<'a>) -> Result<Option<Reserved<'a>>, Failure> {
    let Some(gate) = call.gate else { return Ok(None) };
    let most = call.settings.uploads;
    if let Some(reserved) = gate.owners.reserve(call.identity, most) {
        return Ok(Some(reserved));
    }
    for name in gate.owners.doubtful(call.identity) {
        if is_forgotten(call, &name).await {
            gate.owners.forget(call.identity, &name);
            if let Some(reserved) = gate.owners.reserve(call.identity, most) {
                return Ok(Some(reserved));
            }
        }
    }
    Err(Failure::too_many("too many upload sessions are open"))
}

/// A session has come to its end.
pub(crate) fn forget(call: &Call<'_>, name: &Name) {
    if let Some(gate) = call.gate {
        gate.owners.forget(call.identity, name);
    }
}

/// Whether the registry does not know a session any more. One that a request is at is known.
async fn is_forgotten(call: &Call<'_>, name: &Name) -> bool {
    let Some(_turn) = call.turns.take_idle(name.clone()) else { return false };
    let (repository, id) = name;
    matches!(call.registry.resume_upload(repository, id).await, Err(error) if is_unknown(&error))
}

fn is_unknown(error: &Error) -> bool {
    *error.code() == ErrorCode::BLOB_UPLOAD_UNKNOWN
}
