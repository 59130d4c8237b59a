//! Events as the notifications of the distribution project's registry: an envelope with a list of what happened.

use serde_json::{Map, Value, json};
use wharf::registry::{Descriptor, Digest, Event, EventKind, Previous};

pub(crate) const MEDIA_TYPE: &str = "application/vnd.docker.distribution.events.v1+json";

/// One event. `number` is the same each time it is told, so that a receiver can tell a repetition from another one.
///
/// A manifest is pushed under its digest, and once more for each of its tags. That a tag pointed nowhere is `null`, and
/// that it is not known where is nothing.
pub(crate) fn notification(number: u64, event: &Event) -> Value {
    let mut target = Map::new();
    target.insert("repository".into(), event.repository.as_str().into());
    let action = match &event.kind {
        EventKind::ManifestPushed { manifest } | EventKind::BlobPushed { blob: manifest } => {
            describe(&mut target, manifest);
            "push"
        }
        EventKind::TagSet { tag, from, to } => {
            describe(&mut target, to);
            target.insert("tag".into(), tag.as_str().into());
            before(&mut target, from);
            "push"
        }
        EventKind::TagDeleted { tag, from } => {
            target.insert("tag".into(), tag.as_str().into());
            before(&mut target, from);
            "delete"
        }
        EventKind::ManifestDeleted { digest } | EventKind::BlobDeleted { digest } => {
            named(&mut target, digest);
            "delete"
        }
        EventKind::BlobMounted { digest, from } => {
            named(&mut target, digest);
            target.insert("fromRepository".into(), from.as_str().into());
            "mount"
        }
        EventKind::ManifestPulled { manifest, tag } => {
            describe(&mut target, manifest);
            if let Some(tag) = tag {
                target.insert("tag".into(), tag.as_str().into());
            }
            "pull"
        }
        EventKind::BlobPulled { blob } => {
            describe(&mut target, blob);
            "pull"
        }
        _ => "other",
    };
    json!({ "id": number.to_string(), "action": action, "target": target, "actor": { "name": event.by.as_deref() } })
}

fn describe(target: &mut Map<String, Value>, content: &Descriptor) {
    named(target, &content.digest);
    target.insert("mediaType".into(), content.media_type.as_str().into());
    target.insert("size".into(), content.size.into());
}

fn named(target: &mut Map<String, Value>, digest: &Digest) {
    target.insert("digest".into(), digest.to_string().into());
}

fn before(target: &mut Map<String, Value>, from: &Previous) {
    match from {
        Previous::Manifest(digest) => target.insert("previous".into(), digest.to_string().into()),
        Previous::Nothing => target.insert("previous".into(), Value::Null),
        _ => None,
    };
}

/// What is posted.
pub(crate) fn envelope(notifications: &[Value]) -> Vec<u8> {
    json!({ "events": notifications }).to_string().into_bytes()
}
