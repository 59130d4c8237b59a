//! Bytes to digests.

use std::hint::black_box;

use wharf_benches::{Unit, Work, compare, table};
use wharf_digest::{Algorithm, Digest, Hasher, Verifier};

const SIZES: [(&str, usize); 4] = [("64 B", 64), ("1 KiB", 1 << 10), ("64 KiB", 1 << 16), ("64 MiB", 1 << 26)];
/// Longer content comes in blocks of this size.
const BLOCK: usize = 1 << 16;

fn main() {
    let content = vec![0xa5; 1 << 26];
    table("hashing");
    for (name, size) in SIZES {
        let content = content.get(..size).unwrap_or_default();
        let unit = Unit::Bytes(size);
        compare(&format!("sha256, {name}"), unit, sha256(content));
        compare(&format!("sha512, {name}"), unit, sha512(content));
    }
}

fn sha256(content: &[u8]) -> Vec<Work<'_>> {
    let mut works = ours(content, Algorithm::SHA256);
    works.extend([
        Work::new("sha2", || hold(raw::<sha2::Sha256>(content))),
        Work::new("ring", || hold(ring(content, &ring::digest::SHA256))),
        Work::new("aws-lc-rs", || hold(aws_lc(content, &aws_lc_rs::digest::SHA256))),
    ]);
    works
}

fn sha512(content: &[u8]) -> Vec<Work<'_>> {
    let mut works = ours(content, Algorithm::SHA512);
    works.extend([
        Work::new("sha2", || hold(raw::<sha2::Sha512>(content))),
        Work::new("ring", || hold(ring(content, &ring::digest::SHA512))),
        Work::new("aws-lc-rs", || hold(aws_lc(content, &aws_lc_rs::digest::SHA512))),
    ]);
    works
}

fn ours<'a>(content: &'a [u8], algorithm: Algorithm<'static>) -> Vec<Work<'a>> {
    let digest = digest(content, algorithm);
    vec![
        Work::new("wharf Hasher", move || drop(black_box(self::digest(black_box(content), algorithm)))),
        Work::new("wharf Verifier", move || verify(black_box(content), &digest)),
    ]
}

/// Makes a result needed.
fn hold<T>(result: T) {
    let _ = black_box(result);
}

fn digest(content: &[u8], algorithm: Algorithm<'static>) -> Option<Digest> {
    let mut hasher = Hasher::new(algorithm).ok()?;
    content.chunks(BLOCK).for_each(|block| hasher.update(block));
    Some(hasher.finish())
}

fn verify(content: &[u8], digest: &Option<Digest>) {
    let verifier = digest.as_ref().and_then(|digest| Verifier::new(digest, content.len() as u64).ok());
    let verified = verifier.map(|mut verifier| {
        content.chunks(BLOCK).all(|block| verifier.update(block).is_ok()) && verifier.finish().is_ok()
    });
    assert_eq!(verified, Some(true));
}

fn raw<D: sha2::Digest>(content: &[u8]) -> sha2::digest::Output<D> {
    let mut hasher = D::new();
    black_box(content).chunks(BLOCK).for_each(|block| hasher.update(block));
    hasher.finalize()
}

fn ring(content: &[u8], algorithm: &'static ring::digest::Algorithm) -> ring::digest::Digest {
    let mut hasher = ring::digest::Context::new(algorithm);
    black_box(content).chunks(BLOCK).for_each(|block| hasher.update(block));
    hasher.finish()
}

fn aws_lc(content: &[u8], algorithm: &'static aws_lc_rs::digest::Algorithm) -> aws_lc_rs::digest::Digest {
    let mut hasher = aws_lc_rs::digest::Context::new(algorithm);
    black_box(content).chunks(BLOCK).for_each(|block| hasher.update(block));
    hasher.finish()
}
