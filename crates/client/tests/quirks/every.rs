//! The same work at every registry, with what each of them cannot do.

use futures_util::TryStreamExt;
use wharf_client::{Client, ErrorKind};
use wharf_registry::{
    Delete, Descriptor, Document, List, Manifest, MediaType, Precondition, Read, Repository, Tag, TagOrDigest, Write,
};
use wharf_testkit::emulate::Served;
use wharf_testkit::emulate::registries::{self, Emulation};
use wharf_testkit::fixture::{self, Image};

use crate::support::{client, repository, wire};

pub(crate) type Ours = wharf_testkit::emulate::Emulated;
/// A registry by its name, around ours.
pub(crate) type Emulate = fn(Ours) -> Emulation;

/// A registry, and what it does of what not all of them do.
struct Row {
    name: &'static str,
    emulate: Emulate,
    mounts: bool,
    referrers: Referrers,
    catalog: bool,
    /// Tags, manifests and blobs.
    deletes: [bool; 3],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Referrers {
    /// It lists them.
    Listed,
    /// The client lists them under the fallback tag.
    Tagged,
    /// Nobody can: the fallback tag is the subject itself.
    Nowhere,
}

fn rows() -> [Row; 13] {
    use Referrers::{Listed, Nowhere, Tagged};
    let row = |name, emulate: Emulate, mounts, referrers, catalog, deletes| Row {
        name,
        emulate,
        mounts,
        referrers,
        catalog,
        deletes,
    };
    let (all, none) = ([true; 3], [false; 3]);
    [
        row("docker hub", registries::docker_hub, true, Listed, false, none),
        row("github", registries::github, true, Tagged, false, none),
        row("google", registries::google, true, Listed, true, all),
        row("azure", registries::azure, true, Listed, true, all),
        row("ecr", registries::ecr, true, Listed, true, all),
        row("ecr public", registries::ecr_public, true, Listed, false, all),
        row("gitlab", registries::gitlab, true, Nowhere, true, all),
        row("distribution", registries::distribution, true, Tagged, true, none),
        row("harbor", registries::harbor, true, Listed, true, [false, true, true]),
        row("quay", registries::quay, true, Listed, true, [true, true, false]),
        row("artifactory", registries::artifactory, false, Listed, true, all),
        row("nexus", registries::nexus, true, Tagged, true, all),
        row("zot", registries::zot, true, Listed, true, all),
    ]
}

pub(crate) fn ours() -> Ours {
    wharf_testkit::emulate::Emulated::new(Served::new(wharf_server::Service::new(wharf_store::Store::memory())))
}

fn tags() -> [Tag; 3] {
    ["v1", "v2", "v3"].map(fixture::tag)
}

async fn pushed(row: &Row) -> (Emulation, Client, Image) {
    let emulation = (row.emulate)(ours());
    let client = client(&emulation);
    let image = fixture::image(1, 2, 10_000);
    fixture::push_blobs(&client, &repository(), &image).await;
    fixture::put_document(&client, &repository(), &image.document(), &tags()).await;
    (emulation, client, image)
}

#[tokio::test]
async fn an_image_goes_to_every_registry_and_comes_back_as_it_was() {
    for row in rows() {
        let (_emulation, client, image) = pushed(&row).await;
        let by_digest = TagOrDigest::Digest(image.manifest.digest().clone());
        for which in [TagOrDigest::Tag(fixture::tag("v1")), by_digest] {
            let document = client.manifest(&repository(), &which).await.unwrap();
            assert_eq!(document.bytes(), image.manifest.bytes(), "{}", row.name);
            let descriptor = client.resolve(&repository(), &which).await.unwrap();
            assert_eq!(descriptor, image.manifest.descriptor(), "{}", row.name);
        }
        for bytes in image.blobs() {
            let blob = client.blob(&repository(), &fixture::described(MediaType::LAYER, bytes).digest).await.unwrap();
            let read = blob.into_bytes(&wharf_registry::Limits::default()).await;
            assert_eq!(read.unwrap(), bytes, "{}", row.name);
        }
    }
}

#[tokio::test]
async fn the_size_of_a_blob_is_known_at_every_registry() {
    for row in rows() {
        let (_emulation, client, image) = pushed(&row).await;
        for bytes in image.blobs() {
            let wanted = fixture::described(MediaType::OCTET_STREAM, bytes);
            let found = client.stat_blob(&repository(), &wanted.digest).await;
            let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", row.name));
            assert_eq!((found.digest, found.size), (wanted.digest, wanted.size), "{}", row.name);
        }
        let missing = client.stat_blob(&repository(), &crate::support::digest(b"missing")).await.unwrap_err();
        assert!(missing.is_not_found(), "{}: {missing:?}", row.name);
    }
}

#[tokio::test]
async fn the_tags_of_every_registry_are_read_to_their_end() {
    for row in rows() {
        let (_emulation, client, _image) = pushed(&row).await;
        let found: Result<Vec<Tag>, _> = client.tags(&repository(), None).try_collect().await;
        assert_eq!(found.unwrap_or_else(|error| panic!("{}: {error:?}", row.name)), tags(), "{}", row.name);
        let [first, rest @ ..] = tags();
        let found: Vec<Tag> = client.tags(&repository(), Some(&first)).try_collect().await.unwrap();
        assert_eq!(found, rest, "{}", row.name);
    }
}

#[tokio::test]
async fn the_repositories_of_every_registry_that_tells_them_are_listed() {
    for row in rows() {
        let (_emulation, client, _image) = pushed(&row).await;
        let found: Result<Vec<Repository>, _> = client.repositories(None).try_collect().await;
        match row.catalog {
            true => assert_eq!(found.unwrap(), [repository()], "{}", row.name),
            false => drop(found.unwrap_err()),
        }
    }
}

#[tokio::test]
async fn a_blob_is_mounted_where_the_registry_does_that() {
    for row in rows() {
        let (_emulation, client, image) = pushed(&row).await;
        let (other, layer) = (Repository::from_static("team/other"), crate::support::digest(&image.layers[0]));
        assert_eq!(client.mount(&other, &layer, &repository()).await.unwrap(), row.mounts, "{}", row.name);
        assert_eq!(client.stat_blob(&other, &layer).await.is_ok(), row.mounts, "{}", row.name);
    }
}

#[tokio::test]
async fn a_referrer_is_found_wherever_that_can_be() {
    for row in rows() {
        let (emulation, client, image) = pushed(&row).await;
        let kind = MediaType::parse("application/vnd.example.signature").unwrap();
        let manifest = Manifest::artifact(kind, Vec::new()).with_subject(image.manifest.descriptor());
        let referrer = Document::author(manifest).unwrap().into_raw();
        fixture::push_blobs(&client, &repository(), &empty()).await;
        let put = client.put_manifest(&repository(), &referrer, &[], &Precondition::Always).await;
        let subject = image.manifest.digest();
        let listed: Vec<Descriptor> = client.referrers(&repository(), subject, None).try_collect().await.unwrap();
        let found: Vec<_> = listed.iter().map(|entry| &entry.digest).collect();
        let tagged = emulation.network.sent().iter().any(|sent| sent.method == "PUT" && sent.url.contains("/sha256-"));
        match row.referrers {
            Referrers::Nowhere => {
                assert_eq!(wire(&put.unwrap_err()).kind(), ErrorKind::Referrers, "{}", row.name);
                assert!(found.is_empty() && !tagged, "{}", row.name);
            }
            referrers => {
                put.unwrap_or_else(|error| panic!("{}: {error:?}", row.name));
                assert_eq!(found, [referrer.digest()], "{}", row.name);
                assert_eq!(tagged, referrers == Referrers::Tagged, "{}", row.name);
            }
        }
    }
}

/// What an artifact's manifest needs: the config that is empty.
fn empty() -> Image {
    let mut image = fixture::image(1, 0, 0);
    image.config = "{}".into();
    image
}

#[tokio::test]
async fn what_a_registry_does_not_delete_is_unsupported_there_and_nothing_else_is_tried() {
    for row in rows() {
        let (emulation, client, image) = pushed(&row).await;
        let layer = crate::support::digest(&image.layers[0]);
        drop(emulation.network.take_lines());
        let tag = client.delete_tag(&repository(), &fixture::tag("v1")).await;
        let asked = emulation.network.take_lines();
        assert!(asked.iter().all(|line| !line.contains("/manifests/") || line.contains("/manifests/v1 ")), "{asked:?}");
        let blob = client.delete_blob(&repository(), &layer).await;
        let manifest = client.delete_manifest(&repository(), image.manifest.digest()).await;
        let results = [tag, manifest, blob];
        for (what, (result, deletes)) in results.into_iter().zip(row.deletes).enumerate() {
            match deletes {
                true => result.unwrap_or_else(|error| panic!("{} {what}: {error:?}", row.name)),
                false => assert!(result.unwrap_err().is_unsupported(), "{} {what}", row.name),
            }
        }
    }
}

/// The connection breaks in the middle of a blob, of which the registry has kept a part.
fn broken() -> [wharf_testkit::emulate::Quirk; 2] {
    use std::sync::atomic::{AtomicBool, Ordering};
    use wharf_testkit::emulate::{About, Quirk, Step, answer};
    let (is_first, now) = (std::sync::Arc::new(AtomicBool::new(true)), std::sync::Arc::<AtomicBool>::default());
    let broke = std::sync::Arc::clone(&now);
    let keep = Quirk::before(About::Session.by("PUT"), move |request| {
        if is_first.swap(false, Ordering::SeqCst) {
            now.store(true, Ordering::SeqCst);
            let (part, path) = (request.body().slice(..4_000), request.uri().path().to_owned());
            *request.body_mut() = part;
            (*request.method_mut(), *request.uri_mut()) = (http::Method::PATCH, path.parse().unwrap());
            request.headers_mut().insert("content-length", 4_000.into());
        }
        Step::On
    });
    let fail = Quirk::after(About::Session.by("PUT"), move |_, response| {
        if broke.swap(false, Ordering::SeqCst) {
            assert_eq!(response.status(), 202);
            *response = answer(503, &[], "");
        }
    });
    [fail, keep]
}

#[tokio::test]
async fn a_blob_that_broke_off_gets_to_every_registry() {
    let bytes = fixture::bytes(1, 10_000);
    for row in rows() {
        let emulation = (row.emulate)(wharf_testkit::emulate::Emulated::new(ours()).with_all(broken()));
        let client = client(&emulation);
        let put = client.put_blob(&repository(), wharf_registry::Blob::from_bytes(bytes.clone())).await;
        put.unwrap_or_else(|error| panic!("{}: {error:?}", row.name));
        let blob = client.blob(&repository(), &crate::support::digest(&bytes)).await.unwrap();
        assert_eq!(blob.into_bytes(&wharf_registry::Limits::default()).await.unwrap(), bytes, "{}", row.name);
    }
}
