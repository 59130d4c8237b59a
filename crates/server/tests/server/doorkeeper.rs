//! Somebody who decides by a name in a header what may be done.

use async_trait::async_trait;
use http::request::Parts;
use wharf_distribution::{Challenge, Scope};
use wharf_server::{Access, Action, Authorize, Identity, Permission, Service, Unidentified};
use wharf_store::Store;

/// Who is what they say, in `Authorization`; what they may do is in the table below.
///
/// | name | base | catalog | pull | push | delete |
/// |---|---|---|---|---|---|
/// | - | 401 | 401 | 401 | 401 | 401 |
/// | `nobody` | yes | 403 | 403 | 403 | 403 |
/// | `reader` | yes | yes | yes | 403 | 403 |
/// | `writer`, `other` | yes | yes | yes | yes | 403 |
/// | `keeper` | yes | yes | yes | yes | yes |
///
/// `wrong` are wrong credentials, and `unsure` nobody can judge. What is below `hidden` is so for all but `owner`.
pub(crate) struct Doorkeeper;

#[async_trait]
impl Authorize for Doorkeeper {
    async fn identify(&self, head: &Parts) -> Result<Identity, Unidentified> {
        match head.headers.get("authorization").map(|name| name.to_str().unwrap()) {
            None => Ok(Identity::ANONYMOUS),
            Some("wrong") => Err(Unidentified::Refused),
            Some("unsure") => Err(Unidentified::Unavailable),
            Some(name) => Ok(Identity::named(name)),
        }
    }

    async fn permit(&self, identity: &Identity, access: &Access) -> Permission {
        let Some(name) = identity.name() else { return Permission::Unauthorized };
        let allowed = match (access, name) {
            (Access::Base, _) | (_, "owner") => true,
            (Access::Repository(repository, _) | Access::Listed(repository), _)
                if repository.as_str().starts_with("hidden") =>
            {
                return Permission::Hidden;
            }
            (_, "nobody") => false,
            (Access::Catalog | Access::Listed(_) | Access::Repository(_, Action::Pull), _) | (_, "keeper") => true,
            (Access::Repository(_, Action::Push), name) => matches!(name, "writer" | "other"),
            _ => false,
        };
        if allowed { Permission::Granted } else { Permission::Denied }
    }

    fn challenges(&self, wanted: &[Access]) -> Vec<Challenge> {
        let scopes: Vec<_> = wanted.iter().filter_map(Access::scope).map(|scope: Scope| scope.to_string()).collect();
        let bearer = Challenge::bearer("https://auth.example.com/token").unwrap();
        vec![bearer.with("scope", &scopes.join(" ")).unwrap(), Challenge::basic("the door").unwrap()]
    }
}

/// A store, and the same behind the door.
pub(crate) fn guarded() -> (Store<wharf_store::memory::Blobs, wharf_store::memory::Names>, Service) {
    let store = Store::memory();
    let service = Service::new(store.clone()).with_authorize(Doorkeeper);
    (store, service)
}
