//! Content that waits to be deleted, `trash/<epoch>/<algorithm>-<digits>`. Until it is, whoever asks the store for it gets it
//! back; so it is not lost.

use wharf_registry::Digest;

use super::known::TRASH;
use super::site::Site;
use super::tree;

/// Whether some content waits there.
pub(super) fn holds(site: &Site, digest: &Digest) -> bool {
    let (directory, name) = (site.path.join(TRASH), digest.to_string().replacen(':', "-", 1));
    let epochs = tree::list(&site.files, &directory).unwrap_or_default();
    epochs.iter().any(|epoch| {
        let path = directory.join(&epoch.name).join(&name);
        site.files.stat(&path).is_ok_and(|found| found.is_some())
    })
}
