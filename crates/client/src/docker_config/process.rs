//! Running a helper: one line in, a bounded answer out, in bounded time. It blocks, and so runs in a thread of its own.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;
use std::{io, thread};

use super::helper_error::Failure;
use super::{HelperErrorKind, HelperLimits};
use crate::{Clock, SystemClock};

/// What a helper printed, and how it ended. It may hold a secret, so it cannot be printed.
pub(super) struct Output {
    pub(super) status: ExitStatus,
    pub(super) bytes: Vec<u8>,
}

/// Runs a program until it has ended, or until it has broken a limit and was ended.
pub(super) fn run(program: &Path, line: &str, limits: &HelperLimits) -> Result<Output, Failure> {
    let clock = SystemClock::new();
    let left = || limits.time.saturating_sub(clock.now());
    let mut running = Running(start(program)?);
    running.tell(line)?;
    let stdout = running.0.stdout.take().ok_or_else(|| io::Error::from(ErrorKind::BrokenPipe))?;
    let bytes = match collect(stdout, limits.output_bytes)?.recv_timeout(left()) {
        Ok(bytes) => bytes?,
        Err(RecvTimeoutError::Timeout) => return Err(HelperErrorKind::TimedOut.into()),
        Err(RecvTimeoutError::Disconnected) => return Err(io::Error::from(ErrorKind::BrokenPipe).into()),
    };
    if bytes.len() > limits.output_bytes {
        return Err(HelperErrorKind::TooMuchOutput.into());
    }
    Ok(Output { status: running.end(left)?, bytes })
}

/// A process that does not outlive whoever started it.
struct Running(Child);

/// How often it is looked whether a process that has closed its output has ended, too. Most have at the first look.
const PAUSE: Duration = Duration::from_millis(2);

impl Running {
    /// Writes the line and closes the input. A helper need not read what it does not want to know.
    fn tell(&mut self, line: &str) -> io::Result<()> {
        let Some(mut stdin) = self.0.stdin.take() else { return Ok(()) };
        match stdin.write_all(line.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    fn end(&mut self, left: impl Fn() -> Duration) -> Result<ExitStatus, Failure> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            match left() {
                Duration::ZERO => return Err(HelperErrorKind::TimedOut.into()),
                left => thread::sleep(left.min(PAUSE)),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing to a process that has ended and was waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(program: &Path) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// Reads in a thread, which can be left behind: something that the helper started may hold its output open for as long
/// as it likes.
fn collect(stdout: ChildStdout, limit: usize) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = sync_channel(1);
    let read = move || {
        let mut bytes = Vec::new();
        let read = stdout.take(limit as u64 + 1).read_to_end(&mut bytes);
        // Nobody listens any more when the time is over.
        let _ = sender.send(read.map(|_| bytes));
    };
    thread::Builder::new().name("credential-helper-output".into()).spawn(read)?;
    Ok(receiver)
}
