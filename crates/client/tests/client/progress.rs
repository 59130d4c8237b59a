//! How far blobs have come, as it is told.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt;
use http::Response;
use wharf_client::{Body, Client, Direction, Event, Retry, TransportErrorKind};
use wharf_registry::{Blob, Digest, Read, Write};

use crate::peer::reply;
use crate::peer::{FakeClock, Peer, Sent, repository};
use crate::ranges::{ranges, span};
use crate::resume::{End, broken};

const MIB: usize = 1 << 20;

type Told = Arc<Mutex<Vec<(u64, u64)>>>;

/// A client whose progress with one blob is written down.
fn observed(client: &Client, blob: &Digest, way: Direction) -> (Client, Told) {
    let (told, digest_of) = (Told::default(), blob.clone());
    let events = Arc::clone(&told);
    let client = client.clone().with_observer(move |event| {
        if let Event::Progress { direction, repository: of, digest, bytes, total } = event {
            assert_eq!((direction, of, digest), (&way, &repository(), &digest_of));
            events.lock().unwrap().push((*bytes, *total));
        }
    });
    (client, told)
}

fn content(size: usize) -> Bytes {
    vec![7; size].into()
}

/// Pieces of some length, as far as they are asked for; the whole breaks off after `cut` bytes.
fn serve(sent: &Sent, all: &Bytes, piece: usize, cut: usize) -> Response<Body> {
    let size = all.len();
    let pieces = |first: usize, last: usize| {
        (first..last).step_by(piece).map(|at| all.slice(at..last.min(at + piece))).collect::<Vec<_>>()
    };
    match span(sent) {
        None if cut < size => broken(
            200,
            &[("content-length", &size.to_string())],
            pieces(0, cut),
            End::Fails(TransportErrorKind::Closed),
        ),
        None => broken(200, &[("content-length", &size.to_string())], pieces(0, size), End::Clean),
        Some((first, last)) => {
            let last = last.unwrap_or(size).min(size - 1);
            let range = format!("bytes {first}-{last}/{size}");
            broken(206, &[("content-range", &range)], pieces(first, last + 1), End::Clean)
        }
    }
}

/// Each mebibyte, and the end: however long the pieces are, whether it breaks, and in however many parts it comes.
#[tokio::test]
async fn a_download_is_told_of_at_each_mebibyte_and_at_its_end() {
    const SIZE: usize = 3 * MIB + 5;
    let all = content(SIZE);
    let digest = Digest::of(&all);
    let steps: Vec<_> = [MIB, 2 * MIB, 3 * MIB, SIZE].map(|bytes| (bytes as u64, SIZE as u64)).into();
    for (piece, cut) in [(MIB / 16, SIZE), (MIB, SIZE), (MIB / 2, MIB + MIB / 2)] {
        for parts in [1, 3] {
            let bytes = all.clone();
            let peer = Peer::new(move |sent| serve(sent, &bytes, piece, cut));
            let client = peer.client().with_retry(Retry::default()).with_clock(FakeClock::hasty());
            let (client, told) = observed(&client.with_ranges(ranges(parts, MIB as u64)), &digest, Direction::Download);
            let mut blob = client.blob(&repository(), &digest).await.unwrap();
            assert!(told.lock().unwrap().is_empty(), "nothing has come yet");
            while let Some(piece) = blob.next().await {
                piece.unwrap();
            }
            assert_eq!(*told.lock().unwrap(), steps, "pieces of {piece}, {parts} parts");
        }
    }
}

#[tokio::test]
async fn a_short_blob_is_told_of_once_and_an_empty_one_never() {
    for (size, times) in [(0, 0), (1, 1), (MIB - 1, 1), (MIB, 1), (MIB + 1, 2), (2 * MIB, 2)] {
        let all = content(size);
        let digest = Digest::of(&all);
        let bytes = all.clone();
        let peer = Peer::new(move |sent| serve(sent, &bytes, 4_096, usize::MAX));
        let (client, told) = observed(&peer.client(), &digest, Direction::Download);
        let blob = client.blob(&repository(), &digest).await.unwrap();
        assert_eq!(blob.fold(0, async |sum, piece| sum + piece.unwrap().len()).await, size);
        let told = told.lock().unwrap();
        assert_eq!((told.len(), told.last().copied()), (times, (size > 0).then_some((size as u64, size as u64))));
    }
}

/// What has to be sent twice has passed once.
#[tokio::test]
async fn an_upload_is_told_of_as_it_is_taken_from_its_source() {
    const SIZE: usize = 2 * MIB + MIB / 2;
    for refusals in [0, 1] {
        let refused = Mutex::new(refusals);
        let peer = Peer::new(move |sent| match sent.method.as_str() {
            "POST" => reply(202, &[("location", "/v2/team/app/blobs/uploads/1")], ""),
            "PUT" if !sent.body.is_empty() && std::mem::take(&mut *refused.lock().unwrap()) > 0 => reply(413, &[], ""),
            "PATCH" => reply(202, &[], ""),
            "DELETE" => reply(204, &[], ""),
            _ => reply(201, &[], ""),
        });
        let all = content(SIZE);
        let digest = Digest::of(&all);
        let pieces: Vec<_> = (0..SIZE).step_by(MIB / 4).map(|at| Ok(all.slice(at..(at + MIB / 4).min(SIZE)))).collect();
        let descriptor = Blob::from_bytes(all.clone()).descriptor().clone();
        let blob = Blob::new(descriptor, Box::pin(futures_util::stream::iter(pieces)));
        let (client, told) = observed(&peer.client().with_retry(Retry::default()), &digest, Direction::Upload);
        client.put_blob(&repository(), blob).await.unwrap();
        let steps = [MIB, 2 * MIB, SIZE].map(|bytes| (bytes as u64, SIZE as u64));
        assert_eq!(*told.lock().unwrap(), steps, "{refusals} refusals");
        assert!(refusals == 0 || peer.lines().iter().any(|line| line.starts_with("PATCH")), "{:?}", peer.lines());
    }
}
