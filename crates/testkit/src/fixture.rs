//! Images that are the same every time, made of bytes that look random.
//!
//! Layers are bytes and no archives: registries do not look into them. Sizes are the test's to choose, so that a law
//! takes as little time as it can and a limit can still be crossed.

use bytes::Bytes;
use futures_util::stream;
use wharf_registry::{
    Algorithm, Blob, ByteStream, Descriptor, Digest, Document, Hasher, ImageConfig, Index, Manifest, MediaType,
    Platform, Precondition, Registry, Repository, Tag,
};

/// The sizes of the pieces in which content comes: none of them is what a buffer would like, and one is empty.
const ODD: [usize; 5] = [1, 4095, 65_537, 0, 100_003];

/// An image with everything that it is made of.
///
/// ```
/// use wharf_registry::Digest;
/// use wharf_testkit::fixture;
///
/// let image = fixture::image(1, 2, 1000);
/// assert_eq!(image.layers.len(), 2);
/// assert_eq!(image.blobs().count(), 3, "the config, and two layers");
/// assert_eq!(image.manifest.view().layers[0].digest, Digest::of(&image.layers[0]));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Image {
    /// The configuration's bytes.
    pub config: Bytes,
    /// The layers' bytes, from the lowest up.
    pub layers: Vec<Bytes>,
    /// The manifest.
    pub manifest: Document<Manifest>,
}

impl Image {
    /// The manifest, as it is sent and stored.
    #[must_use]
    pub fn document(&self) -> Document {
        self.manifest.clone().into_raw()
    }

    /// The bytes of everything that the manifest needs.
    pub fn blobs(&self) -> impl Iterator<Item = &Bytes> {
        std::iter::once(&self.config).chain(&self.layers)
    }
}

/// An index and the images that it names.
///
/// ```
/// use wharf_testkit::fixture;
///
/// let index = fixture::multi_platform(1, 1, 100);
/// let platforms = index.index.view().manifests.iter().map(|entry| entry.platform.clone().unwrap().to_string());
/// assert_eq!(platforms.collect::<Vec<_>>(), ["linux/amd64", "linux/arm64"]);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MultiPlatform {
    /// One image a platform, in the order of the index.
    pub images: Vec<Image>,
    /// The index.
    pub index: Document<Index>,
}

impl MultiPlatform {
    /// The index, as it is sent and stored.
    #[must_use]
    pub fn document(&self) -> Document {
        self.index.clone().into_raw()
    }
}

/// An image for `linux/amd64` of so many layers, each of `layer_size` bytes. Other seeds give other bytes everywhere.
///
/// ```
/// use wharf_testkit::fixture;
///
/// let [one, same, other] = [1, 1, 2].map(|seed| fixture::image(seed, 1, 100).document());
/// assert_eq!(one.digest(), same.digest());
/// assert_ne!(one.digest(), other.digest());
/// ```
#[must_use]
pub fn image(seed: u64, layers: usize, layer_size: usize) -> Image {
    image_for(&Platform::new("linux", "amd64"), seed, layers, layer_size)
}

/// The same for another platform.
///
/// ```
/// use wharf_testkit::fixture;
///
/// let image = fixture::image_for(&"linux/arm/v7".parse().unwrap(), 1, 1, 100);
/// assert!(String::from_utf8_lossy(&image.config).contains(r#""variant":"v7""#));
/// ```
#[must_use]
pub fn image_for(platform: &Platform, seed: u64, layers: usize, layer_size: usize) -> Image {
    let seeds = (1..=layers as u64).map(|layer| seed.wrapping_mul(1_000).wrapping_add(layer));
    let layers: Vec<_> = seeds.map(|seed| bytes(seed, layer_size)).collect();
    let config = config(platform, seed, &layers);
    let descriptor = Descriptor::new(MediaType::IMAGE_CONFIG, Digest::of(&config), config.len() as u64);
    let described = layers.iter().map(|layer| described(MediaType::LAYER, layer)).collect();
    Image { manifest: Document::author(Manifest::new(descriptor, described)).unwrap(), config, layers }
}

/// The configuration names the seed, so that images without layers differ, too. It holds no time: nothing here does.
fn config(platform: &Platform, seed: u64, layers: &[Bytes]) -> Bytes {
    let mut config = ImageConfig::default();
    config.os.clone_from(&platform.os);
    config.architecture.clone_from(&platform.architecture);
    config.variant.clone_from(&platform.variant);
    config.author = Some(format!("seed {seed}"));
    config.rootfs.diff_ids = layers.iter().map(|layer| Digest::of(layer)).collect();
    Document::author(config).unwrap().bytes().clone()
}

/// An index of two images, for `linux/amd64` and `linux/arm64`.
#[must_use]
pub fn multi_platform(seed: u64, layers: usize, layer_size: usize) -> MultiPlatform {
    let platforms = ["amd64", "arm64"].map(|architecture| Platform::new("linux", architecture));
    let seeds = [seed.wrapping_mul(2), seed.wrapping_mul(2).wrapping_add(1)];
    let images = platforms.iter().zip(seeds).map(|(platform, seed)| image_for(platform, seed, layers, layer_size));
    let images: Vec<_> = images.collect();
    let entries =
        images.iter().zip(platforms).map(|(image, platform)| image.manifest.descriptor().with_platform(platform));
    MultiPlatform { index: Document::author(Index::new(entries.collect())).unwrap(), images }
}

/// The descriptor of some bytes under their SHA-256 digest.
///
/// ```
/// use wharf_registry::MediaType;
/// use wharf_testkit::fixture;
///
/// assert_eq!(fixture::described(MediaType::OCTET_STREAM, b"hello").size, 5);
/// ```
#[must_use]
pub fn described(media_type: MediaType, bytes: &[u8]) -> Descriptor {
    Descriptor::new(media_type, Digest::of(bytes), bytes.len() as u64)
}

/// Bytes that look random and are the same for the same seed: a xorshift generator.
///
/// Content that was mixed up, or that was compressed on its way, is seen to be.
///
/// ```
/// use wharf_testkit::fixture;
///
/// assert_eq!(fixture::bytes(1, 100), fixture::bytes(1, 100));
/// assert_eq!(fixture::bytes(1, 100), fixture::bytes(1, 1000)[..100]);
/// assert_ne!(fixture::bytes(1, 100), fixture::bytes(2, 100));
/// ```
#[must_use]
pub fn bytes(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}

/// The same bytes in pieces of odd sizes.
///
/// ```
/// use futures_util::{FutureExt, TryStreamExt};
/// use wharf_testkit::fixture;
///
/// let bytes = fixture::bytes(1, 10_000);
/// let pieces: Vec<_> = fixture::pieces(&bytes).try_collect().now_or_never().unwrap().unwrap();
/// assert_eq!(pieces.iter().map(|piece| piece.len()).collect::<Vec<_>>(), [1, 4095, 5904]);
/// assert_eq!(pieces.concat(), bytes);
/// ```
#[must_use]
pub fn pieces(bytes: &Bytes) -> ByteStream {
    let (mut rest, mut sizes) = (bytes.clone(), ODD.into_iter().cycle());
    let pieces = std::iter::from_fn(move || {
        let size = sizes.next()?.min(rest.len());
        (!rest.is_empty()).then(|| Ok(rest.split_to(size)))
    });
    Box::pin(stream::iter(pieces))
}

/// The digest of bytes that nobody assumes.
///
/// ```
/// use wharf_testkit::fixture;
///
/// assert_eq!(fixture::sha512(b"hello").algorithm().as_str(), "sha512");
/// ```
#[must_use]
pub fn sha512(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(Algorithm::SHA512).unwrap();
    hasher.update(bytes);
    hasher.finish()
}

/// A repository from a text that is one.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn repository(text: &str) -> Repository {
    Repository::parse(text).unwrap()
}

/// A tag from a text that is one.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

/// Stores what an image's manifest needs.
///
/// # Panics
/// When the registry refuses one of them, as everything below does.
pub async fn push_blobs(registry: &dyn Registry, repository: &Repository, image: &Image) {
    for blob in image.blobs() {
        registry.put_blob(repository, Blob::from_bytes(blob.clone())).await.unwrap();
    }
}

/// Stores an image under a tag.
pub async fn push(registry: &dyn Registry, repository: &Repository, image: &Image, tag: &Tag) {
    push_blobs(registry, repository, image).await;
    put_document(registry, repository, &image.document(), std::slice::from_ref(tag)).await;
}

/// Stores an index and its images; only the index gets the tag.
pub async fn push_index(registry: &dyn Registry, repository: &Repository, index: &MultiPlatform, tag: &Tag) {
    for image in &index.images {
        push_blobs(registry, repository, image).await;
        put_document(registry, repository, &image.document(), &[]).await;
    }
    put_document(registry, repository, &index.document(), std::slice::from_ref(tag)).await;
}

/// Stores a manifest whose content is there, and moves the tags to it.
pub async fn put_document(registry: &dyn Registry, repository: &Repository, document: &Document, tags: &[Tag]) {
    registry.put_manifest(repository, document, tags, &Precondition::Always).await.unwrap();
}
