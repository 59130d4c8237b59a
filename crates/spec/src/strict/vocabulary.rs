//! Which members documents have, and what is in them.

/// The members of one family of documents, wherever in them they stand.
pub(crate) struct Vocabulary {
    /// All that have a meaning.
    members: &'static [&'static str],
    /// Those that are maps with names of the author's choice.
    free: &'static [&'static str],
    /// Those that are objects.
    objects: &'static [&'static str],
    /// Those that are arrays of objects.
    lists: &'static [&'static str],
    /// Whether texts are limited one by one.
    pub(super) short_texts: bool,
}

/// Manifests, indexes and descriptors.
pub(crate) const MANIFEST: &Vocabulary = &Vocabulary {
    members: &[
        "annotations",
        "architecture",
        "artifactType",
        "config",
        "data",
        "digest",
        "fsLayers",
        "layers",
        "manifests",
        "mediaType",
        "os",
        "os.features",
        "os.version",
        "platform",
        "schemaVersion",
        "size",
        "subject",
        "urls",
        "variant",
    ],
    free: &["annotations"],
    objects: &["annotations", "config", "platform", "subject"],
    lists: &["layers", "manifests"],
    short_texts: true,
};

/// Image configurations.
pub(crate) const CONFIG: &Vocabulary = &Vocabulary {
    members: &[
        "ArgsEscaped",
        "Cmd",
        "Entrypoint",
        "Env",
        "ExposedPorts",
        "Healthcheck",
        "Interval",
        "Labels",
        "OnBuild",
        "Retries",
        "Shell",
        "StartInterval",
        "StartPeriod",
        "StopSignal",
        "StopTimeout",
        "Test",
        "Timeout",
        "User",
        "Volumes",
        "WorkingDir",
        "architecture",
        "author",
        "comment",
        "config",
        "container_config",
        "created",
        "created_by",
        "diff_ids",
        "empty_layer",
        "history",
        "os",
        "os.features",
        "os.version",
        "rootfs",
        "type",
        "variant",
    ],
    free: &["ExposedPorts", "Labels", "Volumes"],
    objects: &["ExposedPorts", "Healthcheck", "Labels", "Volumes", "config", "container_config", "rootfs"],
    lists: &["history"],
    short_texts: false,
};

impl Vocabulary {
    pub(super) fn knows(&self, member: &str) -> bool {
        self.members.contains(&member)
    }

    pub(super) fn is_free(&self, member: &str) -> bool {
        self.free.contains(&member)
    }

    pub(super) fn is_object(&self, member: &str) -> bool {
        self.objects.contains(&member)
    }

    pub(super) fn is_list(&self, member: &str) -> bool {
        self.lists.contains(&member)
    }

    /// Whether a member differs from a known one in case alone.
    pub(super) fn is_look_alike(&self, member: &str) -> bool {
        !self.knows(member) && self.members.iter().any(|known| fold(known).eq(fold(member)))
    }
}

/// Letters without their case, the two that are not ASCII and fold into it among them.
fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|letter| match letter {
        'ſ' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    })
}
