//! Who may do what: Alice everything; Bob may read, and write to one repository; Carol may do both in the other one, and
//! must not know of the first; nobody may read the first, and must not know of the other.

use async_trait::async_trait;
use http::request::Parts;
use wharf_distribution::{Access, Action, Challenge};
use wharf_server::{Authorize, Identity, Permission, Unidentified};

pub(crate) const ALICE: &str = "alice";
pub(crate) const BOB: &str = "bob";
pub(crate) const CAROL: &str = "carol";
pub(crate) const NOBODY: &str = "";

pub(crate) struct People;

#[async_trait]
impl Authorize for People {
    async fn identify(&self, head: &Parts) -> Result<Identity, Unidentified> {
        let name = head.headers.get("x-name").and_then(|name| name.to_str().ok());
        Ok(name.map_or(Identity::ANONYMOUS, Identity::named))
    }

    async fn permit(&self, identity: &Identity, access: &Access) -> Permission {
        match access {
            Access::Repository(repository, action) => may(
                identity.name().unwrap_or(NOBODY),
                repository.as_str(),
                *action == Action::Pull,
                *action == Action::Push,
            ),
            // Who may read a repository sees its name.
            Access::Listed(repository) => may(identity.name().unwrap_or(NOBODY), repository.as_str(), true, false),
            _ => Permission::Granted,
        }
    }

    fn challenges(&self, _: &[Access]) -> Vec<Challenge> {
        Challenge::basic("test").into_iter().collect()
    }
}

pub(crate) fn may(who: &str, repository: &str, reads: bool, writes: bool) -> Permission {
    match (who, repository) {
        (ALICE, _) => Permission::Granted,
        (BOB, _) if reads => Permission::Granted,
        (BOB, "a") if writes => Permission::Granted,
        (BOB, _) => Permission::Denied,
        (CAROL, "b") if reads || writes => Permission::Granted,
        (CAROL, "b") => Permission::Denied,
        (CAROL, _) => Permission::Hidden,
        (_, "a") if reads => Permission::Granted,
        (_, "a") => Permission::Unauthorized,
        _ => Permission::Hidden,
    }
}
