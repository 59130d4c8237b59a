//! Which members the documents have and what they may hold: what the generator makes documents from, and what the model
//! knows look-alikes by.

use Verdict::{Accept, Either, Refuse};
use wharf_spec::MediaType;

/// What a strict reader does with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Verdict {
    /// It has to read it.
    Accept,
    /// It may do either.
    Either,
    /// It has to refuse it.
    Refuse,
}

/// A kind of document.
pub(crate) struct Shape {
    /// What it may be given as, and may then say of itself.
    pub(crate) media_types: [MediaType; 2],
    pub(crate) members: &'static [Member],
    /// What makes it a document of two kinds: a name, a value and the verdict.
    pub(crate) rivals: &'static [(&'static str, &'static str, Verdict)],
}

/// A member of an object.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    /// The verdict when it is not there, or null.
    pub(crate) without: Verdict,
    /// The verdict when it is of another type, or its name has other case.
    pub(crate) wrong: Verdict,
    pub(crate) holds: Holds,
}

/// What a value may be.
#[derive(Clone, Copy)]
pub(crate) enum Holds {
    /// The media type that the document was given as.
    Own,
    /// One of the first; the others have to be refused.
    Number(&'static [&'static str], &'static [&'static str]),
    /// One of the first; the others have to be refused.
    Text(&'static [&'static str], &'static [&'static str]),
    Flag,
    List(&'static Self),
    /// An object whose names are the author's choice.
    Map(&'static Self),
    Object(&'static [Member]),
}

const fn member(name: &'static str, without: Verdict, wrong: Verdict, holds: Holds) -> Member {
    Member { name, without, wrong, holds }
}

/// What cannot be missing.
const fn required(name: &'static str, holds: Holds) -> Member {
    member(name, Refuse, Refuse, holds)
}

/// What should not be missing or null, and is in the wild.
const fn expected(name: &'static str, holds: Holds) -> Member {
    member(name, Either, Refuse, holds)
}

const fn optional(name: &'static str, holds: Holds) -> Member {
    member(name, Accept, Refuse, holds)
}

pub(crate) const MANIFEST: &Shape = &Shape {
    media_types: [MediaType::IMAGE_MANIFEST, MediaType::DOCKER_MANIFEST],
    members: &[
        required("schemaVersion", VERSION),
        optional("mediaType", Holds::Own),
        optional("artifactType", MEDIA_TYPE),
        required("config", DESCRIPTOR),
        expected("layers", Holds::List(&DESCRIPTOR)),
        optional("subject", DESCRIPTOR),
        optional("annotations", Holds::Map(&TEXT)),
    ],
    rivals: &[("manifests", "[]", Refuse), ("fsLayers", "[]", Refuse), ("manifests", "null", Either)],
};

pub(crate) const INDEX: &Shape = &Shape {
    media_types: [MediaType::IMAGE_INDEX, MediaType::DOCKER_MANIFEST_LIST],
    members: &[
        required("schemaVersion", VERSION),
        optional("mediaType", Holds::Own),
        optional("artifactType", MEDIA_TYPE),
        expected("manifests", Holds::List(&DESCRIPTOR)),
        optional("subject", DESCRIPTOR),
        optional("annotations", Holds::Map(&TEXT)),
    ],
    rivals: &[
        ("layers", "[]", Refuse),
        ("config", "{}", Refuse),
        ("fsLayers", "[]", Refuse),
        ("layers", "null", Either),
    ],
};

pub(crate) const CONFIG: &Shape = &Shape {
    media_types: [MediaType::IMAGE_CONFIG, MediaType::DOCKER_CONFIG],
    members: &[
        optional("created", TIME),
        optional("author", TEXT),
        expected("architecture", ARCHITECTURE),
        expected("os", SYSTEM),
        optional("os.version", WORD),
        optional("os.features", Holds::List(&WORD)),
        optional("variant", WORD),
        optional("config", Holds::Object(EXECUTION)),
        expected("rootfs", Holds::Object(ROOT_FS)),
        optional("history", Holds::List(&Holds::Object(HISTORY))),
        optional("comment", TEXT),
        optional("container", WORD),
        optional("container_config", Holds::Object(EXECUTION)),
        optional("docker_version", WORD),
    ],
    rivals: &[],
};

const EXECUTION: &[Member] = &[
    optional("User", WORD),
    optional("ExposedPorts", Holds::Map(&Holds::Object(&[]))),
    optional("Env", Holds::List(&TEXT)),
    optional("Entrypoint", Holds::List(&TEXT)),
    optional("Cmd", Holds::List(&TEXT)),
    optional("Volumes", Holds::Map(&Holds::Object(&[]))),
    optional("WorkingDir", TEXT),
    optional("Labels", Holds::Map(&TEXT)),
    optional("StopSignal", WORD),
    optional("ArgsEscaped", Holds::Flag),
    optional("Shell", Holds::List(&TEXT)),
    optional("OnBuild", Holds::List(&TEXT)),
    optional("StopTimeout", NUMBER),
    optional("Memory", NUMBER),
    optional("MemorySwap", Holds::Number(&["-1", "0"], &["-01", "-", "-1.5"])),
    optional("CpuShares", NUMBER),
    optional("Healthcheck", Holds::Object(HEALTHCHECK)),
];

const HEALTHCHECK: &[Member] = &[
    optional("Test", Holds::List(&TEXT)),
    optional("Interval", NUMBER),
    optional("Timeout", NUMBER),
    optional("StartPeriod", NUMBER),
    optional("StartInterval", NUMBER),
    optional("Retries", NUMBER),
];

const ROOT_FS: &[Member] =
    &[expected("type", Holds::Text(&["layers"], &[])), optional("diff_ids", Holds::List(&DIGEST))];

const HISTORY: &[Member] = &[
    optional("created", TIME),
    optional("created_by", TEXT),
    optional("author", TEXT),
    optional("comment", TEXT),
    optional("empty_layer", Holds::Flag),
];

const DESCRIPTOR: Holds = Holds::Object(&[
    required("mediaType", MEDIA_TYPE),
    required("digest", DIGEST),
    required("size", SIZE),
    optional("urls", Holds::List(&Holds::Text(&["https://example.com/a", "http://[::1]:5000/?a=b#c"], &[]))),
    optional("annotations", Holds::Map(&TEXT)),
    optional("data", Holds::Text(&["e30=", "", "AAAA"], &["e30", "e31=", "e3 0=", "e30=\n", "e30=AAAA", "_-=="])),
    optional("artifactType", MEDIA_TYPE),
    optional("platform", Holds::Object(PLATFORM)),
]);

const PLATFORM: &[Member] = &[
    expected("architecture", ARCHITECTURE),
    expected("os", SYSTEM),
    optional("os.version", Holds::Text(&["10.0.17763.1", "6.1", ""], &[])),
    optional("os.features", Holds::List(&WORD)),
    optional("variant", Holds::Text(&["v8", "v7", "8", "V3", ""], &[])),
];

const ARCHITECTURE: Holds = Holds::Text(&["amd64", "arm64", "arm", "x86_64", "unknown", "é"], &[]);
const SYSTEM: Holds = Holds::Text(&["linux", "windows", "unknown", "macOS"], &[]);
const WORD: Holds = Holds::Text(&["win32k", "SIGTERM", "1000:1000", "a b"], &[]);
const TEXT: Holds =
    Holds::Text(&["", "a", "PATH=/bin:/sbin", "<a> & \"b\"\\", "line\nfeed\t", "é€😀", "\0\u{7f}"], &[]);
const TIME: Holds = Holds::Text(&["2024-05-14T08:31:07Z", "1970-01-01T00:00:00.000000001+01:00"], &[]);

const MEDIA_TYPE: Holds = Holds::Text(
    &[
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "TEXT/Html",
        "a/b",
    ],
    &["text", "/", "a/b; c=d", "a/b\n", "a/b/c", "a/é", " a/b"],
);

const DIGEST: Holds = Holds::Text(
    &[
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "sha512:27c74670adb75075fad058d5ceaf7b20c4e7786c83bae8a32f626f9782af34c9a33c2046ef60fd2a7878d378e29fec851806bbd9a67878f3a9f1cda4830763fd",
    ],
    &[
        "sha256:44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A",
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8",
        "sha512:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "sha256:../../x",
        "sha256",
        "",
    ],
);

const VERSION: Holds = Holds::Number(&["2"], &["1", "3", "2.0", "\"2\"", "2e0", "-2", "20", "02", "+2", "2.", "[2]"]);
const SIZE: Holds = Holds::Number(
    &["2", "0", "1234567", "9223372036854775807"],
    &["-1", "1e3", "1.0", "9223372036854775808", "18446744073709551616", "\"5\"", "01", "+1", "0x1", "1.", ".5", "[1]"],
);
const NUMBER: Holds = Holds::Number(&["0", "3", "30000000000"], &["01", "+1", "NaN"]);
