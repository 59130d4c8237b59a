use bytes::Bytes;

use super::Failure;
use wharf::registry::{Descriptor, Digest, Document, ImageConfig, Manifest, MediaType};

/// An image of one layer, in which there is nothing.
pub struct Image {
    pub layer: Bytes,
    pub config: Document<ImageConfig>,
    pub manifest: Document<Manifest>,
}

/// The smallest image that runs somewhere.
pub fn tiny() -> Result<Image, Failure> {
    let layer = Bytes::from_static(&[0; 1024]); // an empty tar archive
    let mut config = ImageConfig::default();
    config.os = "linux".into();
    config.architecture = "amd64".into();
    config.config.cmd = vec!["/bin/true".into()];
    config.rootfs.diff_ids = vec![Digest::of(&layer)];
    let config = Document::author(config)?;

    let layers = vec![Descriptor::new(MediaType::LAYER, Digest::of(&layer), layer.len() as u64)];
    let manifest = Document::author(Manifest::new(config.descriptor(), layers))?;
    Ok(Image { layer, config, manifest })
}
