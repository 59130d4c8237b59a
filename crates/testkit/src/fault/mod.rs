//! Registries that fail when they are told to, and remember what they were asked.
//!
//! Everything is decided by the order of calls and nothing by chance or time: a test that fails once fails every time.

mod forward;
mod stream;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wharf_registry::{Error, ErrorCode, Operation};

/// A registry that behaves as the one it wraps, but for the faults that it was told, and that records every call.
///
/// Without faults it is a recorder: what was asked, in order, and how often.
///
/// ```
/// use wharf_registry::{ErrorCode, Operation, Read, Repository, Tag};
/// use wharf_testkit::{Fault, Faulty};
///
/// # async fn test(registry: impl Read) {
/// let registry = Faulty::new(registry);
/// registry.next(Operation::GetManifest, Fault::Refuse(ErrorCode::TOOMANYREQUESTS));
///
/// let (app, latest) = (Repository::from_static("app"), Tag::LATEST.into());
/// assert_eq!(*registry.manifest(&app, &latest).await.unwrap_err().code(), ErrorCode::TOOMANYREQUESTS);
/// // The next one goes well, or fails as the registry itself does.
/// let _ = registry.manifest(&app, &latest).await;
///
/// let calls = registry.calls();
/// assert_eq!(calls.len(), 2);
/// assert_eq!((calls[0].operation, calls[0].name.as_str()), (Operation::GetManifest, "app latest"));
/// # }
/// ```
pub struct Faulty<R> {
    registry: R,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    /// What is still to go wrong: the operation, how many of its calls go well before, and what happens then.
    planned: VecDeque<(Operation, usize, Fault)>,
    /// What goes wrong each time.
    lasting: Vec<(Operation, Fault)>,
}

/// One call of a registry's method.
///
/// Calls of the methods that list are recorded when the list is made, not when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Which one.
    pub operation: Operation,
    /// What it was about: the repository, and the tag, digest or session if there is one, separated by a space.
    pub name: String,
}

/// What goes wrong.
///
/// A fault of a stream is one of the blob's that is read, or of the one that is stored; an operation without a blob is
/// refused instead, as unavailable.
///
/// | fault | what it stands for |
/// |---|---|
/// | `Refuse` | a registry that is asked too much, or whom the caller may not ask |
/// | `Lose` | an answer that is lost after the registry has acted |
/// | `Cut` | a connection that breaks, and is seen to |
/// | `Truncate` | a connection that breaks, and looks as if the content had ended |
/// | `Corrupt` | a disk or a memory that has gone bad |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The call fails with this code, and does nothing.
    Refuse(ErrorCode),
    /// The call does what it should, and then answers that the registry is unavailable.
    Lose,
    /// The stream fails after so many bytes.
    Cut(u64),
    /// The stream ends, as if all were well, after so many bytes.
    Truncate(u64),
    /// One bit of the byte at this offset is another.
    Corrupt(u64),
}

impl<R> Faulty<R> {
    /// A registry without faults so far.
    pub fn new(registry: R) -> Self {
        Self { registry, state: Mutex::default() }
    }

    /// The registry below, whose calls are not recorded.
    ///
    /// It is what a test looks into to see what has become of its content, without having to forget faults for that.
    pub const fn inner(&self) -> &R {
        &self.registry
    }

    /// Lets the next call of `operation` go wrong, or the next one after those for which this was said already.
    ///
    /// Faults that were said for one operation do not wait for those of another.
    pub fn next(&self, operation: Operation, fault: Fault) {
        self.after(operation, 0, fault);
    }

    /// Lets a call of `operation` go wrong after `good` calls of it that go well.
    ///
    /// ```
    /// use wharf_registry::Operation;
    /// use wharf_testkit::{Fault, Faulty};
    ///
    /// # fn test<R>(registry: R) {
    /// let registry = Faulty::new(registry);
    /// // Two blobs come, and the third breaks off after a kilobyte.
    /// registry.after(Operation::GetBlob, 2, Fault::Cut(1000));
    /// # }
    /// ```
    pub fn after(&self, operation: Operation, good: usize, fault: Fault) {
        self.state().planned.push_back((operation, good, fault));
    }

    /// Lets every call of `operation` go wrong from now on.
    ///
    /// Faults that were said for single calls come first.
    pub fn always(&self, operation: Operation, fault: Fault) {
        self.state().lasting.push((operation, fault));
    }

    /// Forgets faults and calls.
    ///
    /// The registry below is left as it is.
    pub fn reset(&self) {
        *self.state() = State::default();
    }

    /// All calls so far, in order, with those that failed.
    ///
    /// ```
    /// use wharf_registry::Operation;
    /// use wharf_testkit::Faulty;
    ///
    /// /// Whether a copy stored its manifests after its blobs.
    /// fn manifests_come_last<R>(target: &Faulty<R>) -> bool {
    ///     let calls = target.calls();
    ///     let position = |operation| calls.iter().rposition(|call| call.operation == operation);
    ///     position(Operation::PutManifest) > position(Operation::PutBlob)
    /// }
    /// # assert!(!manifests_come_last(&Faulty::new(())));
    /// ```
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// How often `operation` was called so far.
    ///
    /// Calls that failed count as well.
    pub fn count(&self, operation: Operation) -> usize {
        self.state().calls.iter().filter(|call| call.operation == operation).count()
    }

    /// Records a call, and says what is to go wrong with it.
    fn called(&self, operation: Operation, name: &dyn fmt::Display) -> Option<Fault> {
        let mut state = self.state();
        state.calls.push(Call { operation, name: name.to_string() });
        let lasting = state.lasting.iter().find(|(of, _)| *of == operation).map(|(_, fault)| fault.clone());
        let next = state.planned.iter().position(|(of, _, _)| *of == operation);
        match next.and_then(|next| state.planned.get_mut(next)) {
            Some((_, good, _)) if *good > 0 => *good -= 1,
            Some(_) => return next.and_then(|next| state.planned.remove(next)).map(|(_, _, fault)| fault),
            None => {}
        }
        lasting
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a call that has no blob, with its fault.
async fn run<T>(
    fault: Option<Fault>,
    operation: Operation,
    call: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    match fault {
        None => call.await,
        Some(Fault::Lose) => {
            call.await?;
            Err(unavailable(operation))
        }
        Some(Fault::Refuse(code)) => Err(Error::new(code, operation)),
        Some(_) => Err(unavailable(operation)),
    }
}

fn unavailable(operation: Operation) -> Error {
    Error::new(ErrorCode::UNAVAILABLE, operation)
}

impl<R: fmt::Debug> fmt::Debug for Faulty<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("registry", &self.registry).field("state", &*self.state()).finish()
    }
}
