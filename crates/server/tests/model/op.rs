//! What is done, made up at random.

use std::sync::LazyLock;

use wharf_registry::{Algorithm, Digest, Hasher};

use crate::people::{ALICE, BOB, NOBODY};

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const BLOBS: [&str; 3] = ["", "config", "a layer of which parts are asked for"];
pub(crate) const REPOSITORIES: [&str; 2] = ["a", "b"];
pub(crate) const TAGS: [&str; 3] = ["latest", "1.0", "_"];

/// A manifest, and the digests of what it needs.
pub(crate) struct Manifest {
    pub(crate) media_type: &'static str,
    pub(crate) body: String,
    pub(crate) needs: Vec<Digest>,
}

pub(crate) static MANIFESTS: LazyLock<[Manifest; 3]> = LazyLock::new(|| {
    let [_, config, layer] = BLOBS.map(|blob| Digest::of(blob.as_bytes()));
    let empty = r#"{"schemaVersion":2,"manifests":[]}"#.to_owned();
    let child = Digest::of(empty.as_bytes());
    let described = |kind: &str, digest: &Digest, size: usize| {
        format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#)
    };
    let parts = [described("a/config", &config, BLOBS[1].len()), described("a/layer", &layer, BLOBS[2].len())];
    let image = format!(r#"{{"schemaVersion":2,"mediaType":"{IMAGE}","config":{},"layers":[{}]}}"#, parts[0], parts[1]);
    let parent = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, described(INDEX, &child, empty.len()));
    [
        Manifest { media_type: INDEX, body: empty, needs: Vec::new() },
        Manifest { media_type: IMAGE, body: image, needs: vec![config, layer] },
        Manifest { media_type: INDEX, body: parent, needs: vec![child] },
    ]
});

#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) who: &'static str,
    pub(crate) repository: &'static str,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Restart,
    /// A blob in one request, whose length may be told and whose bytes may be others.
    PostBlob {
        blob: &'static str,
        told: bool,
        right: bool,
    },
    Start,
    Mount {
        blob: &'static str,
        from: &'static str,
    },
    /// The rest of what follows is at the session in this place, which may be somebody else's.
    Append {
        slot: usize,
        length: usize,
        place: Place,
    },
    Finish {
        slot: usize,
        right: bool,
    },
    Status {
        slot: usize,
    },
    Cancel {
        slot: usize,
    },
    GetBlob {
        blob: &'static str,
        head: bool,
        known: bool,
        range: Option<(usize, usize)>,
    },
    DeleteBlob {
        blob: &'static str,
    },
    PutManifest {
        manifest: usize,
        which: Which,
        tags: Vec<&'static str>,
        when: When,
    },
    GetManifest {
        which: Which,
        head: bool,
        known: bool,
    },
    DeleteManifest {
        which: Which,
    },
    Tags {
        n: Option<usize>,
        last: Option<&'static str>,
    },
    Catalog,
}

/// Where a chunk says that it belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Unsaid,
    Right,
    Wrong,
    Lies,
}

#[derive(Clone, Debug)]
pub(crate) enum Which {
    Tag(&'static str),
    Digest(Digest),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    Always,
    Unset,
    /// The tag points to the manifest in this place.
    PointsTo(usize),
}

/// Marsaglia's xorshift: enough to choose with, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    fn often(&mut self) -> bool {
        self.below(4) > 0
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn which(&mut self) -> Which {
        match self.below(2) {
            0 => Which::Tag(self.one(&TAGS)),
            _ => Which::Digest(digest(self.below(MANIFESTS.len()), self.below(3) == 0)),
        }
    }

    fn what(&mut self) -> What {
        let (blob, slot) = (self.one(&BLOBS), self.below(4));
        match self.below(40) {
            0..4 => What::PostBlob { blob, told: self.often(), right: self.often() },
            4..6 => What::Start,
            6..8 => What::Mount { blob, from: self.one(&REPOSITORIES) },
            8..12 => {
                let place = self.one(&[Place::Unsaid, Place::Right, Place::Right, Place::Wrong, Place::Lies]);
                What::Append { slot, length: 1 + self.below(20), place }
            }
            12..14 => What::Finish { slot, right: self.often() },
            14..16 => What::Status { slot },
            16 => What::Cancel { slot },
            17..22 => {
                let range = (self.below(3) == 0).then(|| (self.below(40), self.below(40)));
                What::GetBlob { blob, head: !self.often(), known: !self.often(), range }
            }
            22 => What::DeleteBlob { blob },
            23..30 => {
                let when = match self.below(4) {
                    0 => When::Unset,
                    1 => When::PointsTo(self.below(MANIFESTS.len())),
                    _ => When::Always,
                };
                let tags = (0..self.below(3)).map(|_| self.one(&TAGS)).collect();
                What::PutManifest { manifest: self.below(MANIFESTS.len()), which: self.which(), tags, when }
            }
            30..34 => What::GetManifest { which: self.which(), head: !self.often(), known: !self.often() },
            34 => What::DeleteManifest { which: self.which() },
            35..38 => {
                let last = (self.below(2) == 0).then(|| self.one(&["0", "1.0", "_", "latest", "z"]));
                What::Tags { n: (self.below(2) == 0).then(|| self.below(4)), last }
            }
            _ if self.below(20) == 0 => What::Restart,
            _ => What::Catalog,
        }
    }
}

/// A manifest's digest, of the one algorithm or the other.
pub(crate) fn digest(manifest: usize, strong: bool) -> Digest {
    let mut hasher = Hasher::new(if strong { Algorithm::SHA512 } else { Algorithm::SHA256 }).unwrap();
    hasher.update(MANIFESTS[manifest].body.as_bytes());
    hasher.finish()
}

pub(crate) fn script(seed: u64, steps: usize) -> Vec<Op> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ seed);
    let people = [ALICE, ALICE, ALICE, BOB, BOB, NOBODY];
    (0..steps)
        .map(|_| Op { who: random.one(&people), repository: random.one(&REPOSITORIES), what: random.what() })
        .collect()
}
