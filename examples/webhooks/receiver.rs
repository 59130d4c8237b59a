//! Somebody who is told: just enough of an HTTP server to take what the queue posts. The first post finds it busy.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// The largest envelope that is taken, in bytes.
const LARGEST: usize = 1 << 20;

static BUSY: AtomicBool = AtomicBool::new(true);

/// Takes connections one after the other, and passes on the notifications that come.
pub(crate) async fn run(listener: TcpListener, told: mpsc::Sender<Value>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = requests(BufReader::new(stream), &told).await;
    }
}

async fn requests(mut stream: BufReader<TcpStream>, told: &mpsc::Sender<Value>) -> io::Result<()> {
    while let Some(length) = head(&mut stream).await? {
        let mut body = vec![0; length.min(LARGEST)];
        stream.read_exact(&mut body).await?;
        if BUSY.swap(false, Ordering::Relaxed) {
            stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").await?;
            continue;
        }
        let envelope: Value = serde_json::from_slice(&body)?;
        for notification in envelope.get("events").and_then(Value::as_array).into_iter().flatten() {
            let _ = told.send(notification.clone()).await;
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
    }
    Ok(())
}

/// Reads a request up to its body, and says how long that is; nothing when the connection has ended.
async fn head(stream: &mut BufReader<TcpStream>) -> io::Result<Option<usize>> {
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            None if line.trim_end().is_empty() => return Ok(Some(length)),
            _ => {}
        }
    }
}
