//! References and digests, parsed and printed. `oci-client` re-exports the `Reference` of `oci-spec`.

use std::hint::black_box;

use container_image_dist_ref::ImgRef;
use oci_spec::distribution::Reference as OciReference;
use oci_spec::image::Digest as OciDigest;
use wharf_benches::{Unit, Work, compare, table};
use wharf_digest::Digest;
use wharf_reference::{Reference, ReferenceRef};

const HEX: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

fn main() {
    let digest = format!("sha256:{HEX}");
    let mix = [
        "ubuntu".to_owned(),
        "ubuntu:22.04".to_owned(),
        "bitnami/redis:7.2".to_owned(),
        "docker.io/library/alpine:3.20".to_owned(),
        "ghcr.io/oras-project/oras:v1.2.0".to_owned(),
        "quay.io/prometheus/prometheus:v2.45.0".to_owned(),
        format!("localhost:5000/app@{digest}"),
        format!("registry.example.com:5000/team/project/app:1.0@{digest}"),
    ];
    table("references");
    parse("mix of 8", &mix);
    for text in &mix {
        parse(&text.replace(&digest, "sha256:…"), std::slice::from_ref(text));
    }
    parse("refused: ghcr.io/Owner/repo", &["ghcr.io/Owner/repo".to_owned()]);
    table("half a megabyte, refused");
    for unit in ["a-", "a__", "a."] {
        hostile(unit);
    }
    table("digests");
    digests(&digest);
    digests(&format!("sha512:{HEX}{HEX}"));
}

fn parse(title: &str, texts: &[String]) {
    let each = |work: fn(&str)| move || texts.iter().for_each(|text| work(black_box(text)));
    let works = vec![
        Work::new("wharf, borrowed", each(|text| drop(black_box(ReferenceRef::parse(text))))),
        Work::new("wharf, owned", each(|text| drop(black_box(Reference::parse(text))))),
        Work::new("container_image_dist_ref", each(|text| drop(black_box(ImgRef::new(text))))),
        Work::new("oci-spec", each(|text| drop(black_box(text.parse::<OciReference>())))),
    ];
    compare(title, Unit::Things(texts.len() as u32), works);
}

/// What makes a matcher that backtracks slow.
fn hostile(unit: &str) {
    let text = unit.repeat(500_000 / unit.len());
    let works = vec![
        Work::new("wharf, borrowed", || drop(black_box(ReferenceRef::parse(black_box(&text))))),
        Work::new("oci-spec", || drop(black_box(black_box(&text).parse::<OciReference>()))),
    ];
    compare(&format!("{unit} repeated"), Unit::Things(1), works);
}

fn digests(text: &str) {
    let algorithm = text.split(':').next().unwrap_or_default();
    let works = vec![
        Work::new("wharf", || drop(black_box(Digest::parse(black_box(text))))),
        Work::new("oci-spec", || drop(black_box(black_box(text).parse::<OciDigest>()))),
    ];
    compare(&format!("parse {algorithm}"), Unit::Things(1), works);
    let (Ok(ours), Ok(theirs)) = (Digest::parse(text), text.parse::<OciDigest>()) else { return };
    let works = vec![
        Work::new("wharf", || drop(black_box(black_box(&ours).to_string()))),
        Work::new("oci-spec", || drop(black_box(black_box(&theirs).to_string()))),
    ];
    compare(&format!("print {algorithm}"), Unit::Things(1), works);
}
