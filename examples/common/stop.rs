use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Is done once the program is asked to stop, by SIGTERM or SIGINT. From the call on, neither ends the program at once.
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    })
}
