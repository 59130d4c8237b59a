//! What the examples share: arguments, the names of images on a command line, and how a program ends.
#![allow(dead_code, unused_imports, reason = "no example uses all of it")]
#![allow(unreachable_pub, reason = "a module of a program has no public but the program")]
#![allow(clippy::print_stderr, reason = "programs print")]

mod access;
mod args;
pub mod image;
mod name;
mod stop;
mod tls;
mod users;

pub use access::{Access, upstream};
pub use args::Args;
pub use name::{Found, Name, Place};
pub use stop::asked_to_stop;
pub use tls::Tls;
pub use users::users;

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

pub type Failure = Box<dyn Error + Send + Sync>;

/// Runs an example: an error becomes one line on standard error with all its causes, and exit code 1.
pub fn main(run: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

/// The same work, given up on SIGINT. Dropping it is safe at any point: nothing is visible before it is whole.
pub async fn unless_interrupted(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::select! {
        ended = work => ended,
        signal = tokio::signal::ctrl_c() => Err(signal.map_or_else(Failure::from, |()| "interrupted".into())),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("error: {}", Chain(error));
    ExitCode::FAILURE
}

/// An error and its causes in one line.
struct Chain<'a>(&'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// An error that says where it belongs: `target: …`.
pub fn at(place: &'static str) -> impl FnOnce(Failure) -> Failure {
    move |source| Box::new(At { place, source })
}

#[derive(Debug)]
struct At {
    place: &'static str,
    source: Failure,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place)
    }
}

impl Error for At {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
