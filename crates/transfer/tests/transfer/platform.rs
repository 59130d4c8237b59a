//! One platform of many.

use wharf_registry::{Descriptor, MediaType, Platform};
use wharf_transfer::{Options, Side, Source, Step, Target, plan};

use crate::fixture::{FROM, TO, blob, copy_latest, image, index, latest, manifest, two_platforms};
use crate::shelf::Shelf;

fn only(platform: &str) -> Options {
    Options::default().with_platform(platform.parse().unwrap())
}

/// A copy of what `latest` offers for a platform, or the platforms that there are instead.
async fn choose(source: &Shelf, platform: &str) -> Result<Descriptor, Vec<String>> {
    let target = Shelf::default();
    let (from, to) = (Source::new(source, &FROM), Target::new(&target, &TO));
    match plan(from, &latest(), to, &only(platform)).await {
        Ok(plan) => Ok(plan.root()),
        Err(error) => {
            assert_eq!((error.side(), error.step()), (Side::Source, &Step::Platform));
            let none = error.no_platform().unwrap();
            assert_eq!(none.wanted, platform.parse().unwrap());
            Err(none.available.iter().map(Platform::to_string).collect())
        }
    }
}

fn attestation(source: &Shelf) -> Descriptor {
    let mut image = image(source, "unknown/unknown", &["provenance"]);
    image.platform = Some(Platform::new("unknown", "unknown"));
    image
}

#[tokio::test]
async fn one_manifest_of_an_index_becomes_the_root() {
    let (source, target) = (Shelf::default(), Shelf::default());
    two_platforms(&source);
    let report = copy_latest(&source, &target, &only("linux/arm64")).await.unwrap();
    assert_eq!((report.manifests, report.blobs, target.manifests()), (1, 3, 1));
    let arm64 = image(&source, "linux/arm64", &["base", "arm64"]);
    assert_eq!(target.tag(&TO, "latest"), Some(arm64.digest));
}

#[tokio::test]
async fn the_first_match_wins_and_the_index_itself_comes_before_those_in_it() {
    let source = Shelf::default();
    let (first, second) = (image(&source, "linux/amd64", &["1"]), image(&source, "linux/amd64", &["2"]));
    let deep = image(&source, "linux/arm64", &["3"]);
    // What an index says of its own platform is not what is asked for: images are chosen.
    let nested = index(&source, &[&second, &index(&source, &[&deep])]).with_platform("linux/amd64".parse().unwrap());
    let root = index(&source, &[&attestation(&source), &nested, &first, &second]);
    source.set_tag(&FROM, "latest", &root.digest);

    assert_eq!(choose(&source, "linux/amd64").await.unwrap().digest, first.digest);
    assert_eq!(choose(&source, "linux/arm64/v8").await.unwrap().digest, deep.digest);
}

#[tokio::test]
async fn the_best_variant_wins_and_no_newer_one_is_chosen() {
    let source = Shelf::default();
    let images = ["linux/386", "linux/amd64/v4", "linux/amd64", "linux/amd64/v2", "linux/arm/v7", "linux/arm/v6"];
    let images = images.map(|platform| image(&source, platform, &[platform]));
    let root = index(&source, &images.each_ref());
    source.set_tag(&FROM, "latest", &root.digest);
    for (wanted, place) in [
        ("linux/amd64", 2),
        ("linux/x86_64", 2),
        ("linux/amd64/v2", 3),
        ("linux/amd64/v3", 3),
        ("linux/amd64/v5", 1),
        ("linux/i386", 0),
        ("linux/arm", 4),
        ("linux/arm/v8", 4),
        ("linux/arm/v6", 5),
    ] {
        assert_eq!(choose(&source, wanted).await.unwrap().digest, images[place].digest, "{wanted}");
    }
    // What runs 32-bit programs is asked for by its own name.
    for wanted in ["linux/arm64", "linux/arm/v5", "windows/amd64"] {
        assert_eq!(choose(&source, wanted).await.unwrap_err().len(), images.len(), "{wanted}");
    }

    let newer = index(&source, &[&images[1], &images[0]]);
    source.set_tag(&FROM, "latest", &newer.digest);
    assert_eq!(choose(&source, "linux/amd64").await.unwrap_err(), ["linux/amd64/v4", "linux/386"]);
}

#[tokio::test]
async fn an_absent_platform_is_answered_with_those_that_there_are() {
    let source = Shelf::default();
    let nested = index(&source, &[&image(&source, "linux/arm/v7", &["2"]), &image(&source, "linux/amd64", &["3"])]);
    let nested = nested.with_platform("linux/mips64".parse().unwrap());
    let mut silent = image(&source, "linux/ppc64le", &["4"]);
    silent.platform = None;
    let root = index(&source, &[&image(&source, "linux/amd64", &["1"]), &attestation(&source), &nested, &silent]);
    source.set_tag(&FROM, "latest", &root.digest);

    let available = ["linux/amd64", "linux/arm/v7", "linux/ppc64le"];
    assert_eq!(choose(&source, "linux/s390x").await.unwrap_err(), available);
    assert_eq!(choose(&source, "unknown/unknown").await.unwrap_err(), available);
}

#[tokio::test]
async fn an_entry_that_says_no_platform_is_asked_itself() {
    let source = Shelf::default();
    let mut silent =
        ["linux/arm/v6", "linux/arm/v7", "linux/s390x"].map(|platform| image(&source, platform, &[platform]));
    for entry in &mut silent {
        entry.platform = None;
    }
    let artifact = artifact(&source);
    let artifact = manifest(&source, artifact);
    let mut attestation = image(&source, "linux/riscv64", &["provenance"]);
    attestation.platform = None;
    attestation.annotations.insert("vnd.docker.reference.type".into(), "attestation-manifest".into());
    let said = image(&source, "linux/amd64", &["1"]);
    let nested = index(&source, &[&silent[2]]);
    let config = blob(&source, MediaType::IMAGE_CONFIG, "{}");
    let older = wharf_registry::Manifest::new(config, vec![blob(&source, MediaType::OCTET_STREAM, "thing")]);
    let older = manifest(&source, wharf_registry::Document::author(older).unwrap().into_raw());
    let root = index(&source, &[&artifact, &older, &attestation, &silent[0], &silent[1], &nested, &said]);
    source.set_tag(&FROM, "latest", &root.digest);

    assert_eq!(choose(&source, "linux/arm/v7").await.unwrap().digest, silent[1].digest, "the best of them");
    assert_eq!(choose(&source, "linux/arm/v6").await.unwrap().digest, silent[0].digest);
    assert_eq!(choose(&source, "linux/s390x").await.unwrap().digest, silent[2].digest, "in an index below");
    assert_eq!(choose(&source, "linux/amd64").await.unwrap().digest, said.digest);
    let available = ["linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/s390x"];
    assert_eq!(choose(&source, "linux/riscv64").await.unwrap_err(), available, "attestations are not asked");
}

#[tokio::test]
async fn a_single_image_must_fit_the_platform() {
    let source = Shelf::default();
    let root = image(&source, "linux/arm/v6", &["1"]);
    source.set_tag(&FROM, "latest", &root.digest);
    for wanted in ["linux/arm/v6", "linux/armel", "linux/arm/v7"] {
        assert_eq!(choose(&source, wanted).await.unwrap().digest, root.digest, "{wanted}");
    }
    for wanted in ["linux/arm/v5", "linux/arm64", "windows/arm/v6"] {
        assert_eq!(choose(&source, wanted).await.unwrap_err(), ["linux/arm/v6"], "{wanted}");
    }
}

#[tokio::test]
async fn an_artifact_is_for_no_platform() {
    let source = Shelf::default();
    let artifact = artifact(&source);
    source.set_tag(&FROM, "latest", &manifest(&source, artifact).digest);
    assert_eq!(choose(&source, "linux/amd64").await.unwrap_err(), [""; 0]);
}

#[tokio::test]
async fn the_error_reads_well() {
    let (source, target) = (Shelf::default(), Shelf::default());
    two_platforms(&source);
    let error = copy_latest(&source, &target, &only("linux/s390x")).await.unwrap_err();
    assert_eq!(error.to_string(), "source: cannot choose a platform");
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "there is nothing for linux/s390x, only for linux/amd64, linux/arm64");
    assert!(cause.source().is_none());
}

/// Something that is not an image: its config is the empty object.
fn artifact(source: &Shelf) -> wharf_registry::Document {
    blob(source, MediaType::EMPTY, "{}");
    let artifact_type = MediaType::from_static("application/vnd.example.thing");
    wharf_registry::Document::author(wharf_registry::Manifest::artifact(artifact_type, Vec::new())).unwrap().into_raw()
}
