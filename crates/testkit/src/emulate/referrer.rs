use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, HeaderValue};
use wharf_registry::{Content, Descriptor, Digest, Document, Index, MediaType};

use super::{About, Quirk, Step, answer};

/// Lists the referrers that are put, of a registry that does not; it says so when it `names` their subject.
#[must_use]
pub fn listing_referrers(names: bool) -> [Quirk; 2] {
    let listed: Arc<Mutex<Vec<(Digest, Descriptor)>>> = Arc::default();
    let kept = Arc::clone(&listed);
    let keep = Quirk::after(About::Manifest.by("PUT"), move |request, response| {
        let document = Document::new(MediaType::IMAGE_MANIFEST, request.body().clone());
        let Some((subject, entry)) = referrer(document).filter(|_| response.status().is_success()) else { return };
        if names {
            let value = HeaderValue::from_str(&subject.to_string()).unwrap();
            response.headers_mut().insert(HeaderName::from_static("oci-subject"), value);
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push((subject, entry));
    });
    let list = Quirk::before(About::Referrers, move |request| {
        let path = request.uri().path();
        let Some(subject) = path.rsplit('/').next().and_then(|text| Digest::parse(text).ok()) else { return Step::On };
        let listed = listed.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = listed.iter().filter(|(of, _)| *of == subject).map(|(_, entry)| entry.clone()).collect();
        let index = Document::assemble(Index::new(entries)).unwrap();
        Step::Answer(answer(200, &[("content-type", MediaType::IMAGE_INDEX.as_str())], index.bytes().clone()))
    });
    [keep, list]
}

fn referrer(document: Document) -> Option<(Digest, Descriptor)> {
    let entry = document.descriptor();
    let document = document.decode::<Content>().ok()?;
    Some((document.view().subject()?.digest.clone(), entry))
}

/// Knows nothing of referrers: no list, and no word of it when one is stored.
#[must_use]
pub fn unsubjected(status: u16, body: &'static str) -> [Quirk; 2] {
    [Quirk::silent(About::Manifest.by("PUT"), "oci-subject"), Quirk::refusing(About::Referrers, status, body)]
}
