//! As much of HTTP/1.1 as a registry needs, over a socket of the standard library: one connection for each request, no TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use url::Url;

use crate::Failure;

/// An answer with its body.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

const PATIENCE: Duration = Duration::from_secs(10);
const MAX_HEAD: u64 = 64 << 10;
const MAX_BODY: u64 = 64 << 20;

/// Makes a request and reads its answer.
pub(crate) fn exchange(method: &Method, url: &Url, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Failure> {
    if url.scheme() != "http" {
        return Err("only http is spoken here".into());
    }
    let mut connection = TcpStream::connect(&*url.socket_addrs(|| None)?)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    connection.write_all(&head(method, url, headers, body.len()))?;
    connection.write_all(body)?;
    answer(method, BufReader::new(connection))
}

fn head(method: &Method, url: &Url, headers: &HeaderMap, length: usize) -> Vec<u8> {
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut head =
        format!("{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", url.authority()).into_bytes();
    if length > 0 || [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        head.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
    }
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn answer(method: &Method, mut connection: BufReader<TcpStream>) -> Result<Answer, Failure> {
    let mut lines = Lines { connection: &mut connection, left: MAX_HEAD };
    let status = lines.next()?;
    let status = status.split(' ').nth(1).ok_or("the answer has no status")?.parse()?;
    let mut headers = HeaderMap::new();
    loop {
        let line = lines.next()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or("a header has no value")?;
        headers.append(name.parse::<HeaderName>()?, HeaderValue::try_from(value.trim())?);
    }
    let has_body = *method != Method::HEAD && status != StatusCode::NO_CONTENT;
    let body = if has_body { body(&headers, connection)? } else { Vec::new() };
    Ok(Answer { status, headers, body })
}

fn body(headers: &HeaderMap, mut connection: BufReader<TcpStream>) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        loop {
            let line = Lines { connection: &mut connection, left: MAX_HEAD }.next()?;
            let length = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            if length == 0 {
                return Ok(body);
            }
            let left = MAX_BODY.saturating_sub(body.len() as u64);
            require(length <= left)?;
            require(connection.by_ref().take(length).read_to_end(&mut body)? as u64 == length)?;
            Lines { connection: &mut connection, left: 2 }.next()?;
        }
    }
    let said: Option<u64> =
        headers.get("content-length").map(|length| length.to_str()).transpose()?.map(str::parse).transpose()?;
    let length = connection.take(said.unwrap_or(MAX_BODY)).read_to_end(&mut body)? as u64;
    require(said.is_none_or(|said| said == length && said <= MAX_BODY))?;
    Ok(body)
}

fn require(holds: bool) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err("the body broke off, or is too long".into()) }
}

/// The lines of a head, so many bytes of them at most.
struct Lines<'a> {
    connection: &'a mut BufReader<TcpStream>,
    left: u64,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        let length = self.connection.by_ref().take(self.left).read_line(&mut line)?;
        self.left = self.left.saturating_sub(length as u64);
        let text = line.strip_suffix("\r\n").ok_or("a line of the answer is too long, or broke off")?;
        Ok(text.to_owned())
    }
}
