//! Well-known annotation keys, who writes them, and what their values look like.
//!
//! The set is open: whoever owns a domain may make keys under its reversed name. The keys under `org.opencontainers.` are
//! the image-spec's ("Pre-Defined Annotation Keys") where nothing else is said, and builders write them when they are
//! told to. Values are what somebody wrote and nobody checked: [`is_date_time`] and [`is_ref_name`] tell whether two of
//! them are what the image-spec wants them to be.
//!
//! They stand on manifests, indexes and descriptors, and as labels in an image's configuration; a tool that looks in one of
//! these places may not find what another one wrote in the next. Nothing here acts on any of them, and nothing should that
//! is not told to: a key such as `containerd.io/…` or a title with `..` in it comes from whoever made the image.
//!
//! ```
//! use wharf_spec::{Annotations, annotation};
//!
//! let title = Annotations::from([(annotation::TITLE.to_owned(), "Harbour".to_owned())]);
//! assert_eq!(title["org.opencontainers.image.title"], "Harbour");
//! ```

mod date_time;
mod ref_name;

pub use date_time::is_date_time;
pub use ref_name::is_ref_name;

/// When the content was built, as RFC 3339: `2024-05-01T10:00:00Z`. See [`is_date_time`].
pub const CREATED: &str = "org.opencontainers.image.created";

/// Whom to ask about the image, as free text: `Ada <ada@example.com>, Grace`.
pub const AUTHORS: &str = "org.opencontainers.image.authors";

/// Where to learn more about the image: `https://example.com/harbour`.
pub const URL: &str = "org.opencontainers.image.url";

/// Where its documentation is: `https://example.com/harbour/manual`.
pub const DOCUMENTATION: &str = "org.opencontainers.image.documentation";

/// Where its source code is: `https://git.example.com/harbour.git`. Some registries tie a package to a repository by it.
pub const SOURCE: &str = "org.opencontainers.image.source";

/// The version of what is packaged, often a semantic version or a label in version control: `1.4.0`.
pub const VERSION: &str = "org.opencontainers.image.version";

/// The revision in version control of what is packaged: `f0a1c3b`.
pub const REVISION: &str = "org.opencontainers.image.revision";

/// The organisation or person that distributes the image: `Example Ltd`.
pub const VENDOR: &str = "org.opencontainers.image.vendor";

/// The licences under which it is distributed, as an SPDX expression: `Apache-2.0 OR MIT`.
pub const LICENSES: &str = "org.opencontainers.image.licenses";

/// The name of a manifest in an OCI layout's `index.json`; it means nothing anywhere else. One name is one entry's; one
/// manifest may have several entries, and so several names. Usually a tag, `v1`; a whole
/// reference, `docker.io/library/alpine:3`, is met too. See [`is_ref_name`].
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A title for people: `Harbour`. On a layer of an artifact, ORAS and those who follow it write the name of the file that
/// the layer is, which is a name from outside: it may have any form, `../../etc/passwd` included.
pub const TITLE: &str = "org.opencontainers.image.title";

/// What the image has in it, for people: `A harbour master with a web page`.
pub const DESCRIPTION: &str = "org.opencontainers.image.description";

/// The digest of the image that this one was built on: `sha256:` and 64 digits.
pub const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// The reference of the image that this one was built on, in full: `docker.io/library/debian:12`.
pub const BASE_NAME: &str = "org.opencontainers.image.base.name";

/// What an entry of an index is to another one. BuildKit writes [`ATTESTATION_MANIFEST`] on attestations.
pub const DOCKER_REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// The value of [`DOCKER_REFERENCE_TYPE`] on an attestation: it is about an image and is none.
pub const ATTESTATION_MANIFEST: &str = "attestation-manifest";

/// The digest of the entry of the same index that an attestation is about. BuildKit writes it.
pub const DOCKER_REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";

/// What an in-toto statement says, as a URI: `https://slsa.dev/provenance/v0.2`. BuildKit writes it on the layers of
/// attestations.
pub const IN_TOTO_PREDICATE_TYPE: &str = "in-toto.io/predicate-type";

/// The whole reference of an entry of an OCI layout's `index.json`: `docker.io/library/alpine:3`. containerd and Docker
/// write it when they export, and BuildKit does; [`REF_NAME`] is the tag beside it.
pub const CONTAINERD_IMAGE_NAME: &str = "io.containerd.image.name";

/// Which filters a registry applied to a list of referrers, with commas between them: `artifactType`. Registries that
/// follow a draft of the distribution-spec's version 1.1 write it on the list; later ones say it in a header.
pub const REFERRERS_FILTERS_APPLIED: &str = "org.opencontainers.referrers.filtersApplied";

/// A signature of the layer's content, as base64. cosign writes it on the layers of its signature manifests.
pub const COSIGN_SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// The certificate of the key that signed, as PEM. cosign writes it beside [`COSIGN_SIGNATURE`].
pub const COSIGN_CERTIFICATE: &str = "dev.sigstore.cosign/certificate";

/// The certificates above [`COSIGN_CERTIFICATE`], as PEM. cosign writes it.
pub const COSIGN_CHAIN: &str = "dev.sigstore.cosign/chain";

/// What a transparency log answered about the signature, as JSON. cosign writes it.
pub const COSIGN_BUNDLE: &str = "dev.sigstore.cosign/bundle";

/// The digest of the archive before compression, on a layer that is a folder. ORAS writes it.
pub const ORAS_DIGEST: &str = "io.deis.oras.content.digest";

/// Whether a layer is a folder that is to be unpacked: `true`. ORAS writes it; what it asks for is not to be trusted.
pub const ORAS_UNPACK: &str = "io.deis.oras.content.unpack";

/// The digest of an eStargz layer's table of contents. Builders that make such layers write it; the snapshotter reads it.
pub const ESTARGZ_TOC_DIGEST: &str = "containerd.io/snapshot/stargz/toc.digest";

/// The digest of a zstd:chunked layer's table of contents. Podman and Buildah write it, and fetch only the files that
/// they lack by it.
pub const ZSTD_CHUNKED_CHECKSUM: &str = "io.github.containers.zstd-chunked.manifest-checksum";
