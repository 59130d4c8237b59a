use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Healthcheck;

/// How to run an image: the `config` member of an [`ImageConfig`](crate::ImageConfig), with what Docker adds.
///
/// Each member is a default that whoever runs the image may replace. All are optional. Absent, null and empty are the same
/// here and are not written, since engines do not tell them apart: Docker's classic builder writes `"Volumes":null` and
/// `"WorkingDir":""` where there is nothing to say. The two sets, ports and volumes, are objects whose values are `{}`;
/// null in their place is read too. What Docker adds about terminals and host names (`Tty`, `Hostname`) was never about the
/// image: it is left in the bytes.
///
/// ```
/// let mut config = wharf_spec::ImageConfig::new("linux/amd64".parse().unwrap());
/// config.config.entrypoint = vec!["/wharf".into()];
/// config.config.exposed_ports.insert("5000/tcp".into());
/// let document = wharf_spec::Document::author(config).unwrap();
/// assert!(std::str::from_utf8(document.bytes()).unwrap().contains(r#""ExposedPorts":{"5000/tcp":{}}"#));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Execution {
    /// The user to run as: `user`, `uid`, either of them with `:group` or `:gid`, `1000:1000`. Empty for the engine's
    /// choice, which is root. Names are looked up in the image's own `/etc/passwd`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Ports to be exposed, such as `8080/tcp`; without a protocol it is TCP. Nothing is opened by it. See
    /// [`Rule::ExposedPort`](crate::Rule::ExposedPort) for what else is met.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "empty_objects")]
    pub exposed_ports: BTreeSet<String>,
    /// Environment variables as `NAME=VALUE`. Order counts where a name occurs twice, so they are no map.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The command that arguments are appended to, word by word, without a shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// The command, or the arguments of the entry point where there is one. Arguments on a command line replace all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// Directories that hold data of their own, as absolute paths in the words of the operating system: `/data`, `C:\data`.
    /// Engines make a volume for each.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "empty_objects")]
    pub volumes: BTreeSet<String>,
    /// The directory to run in, as an absolute path; made when it is not there. Empty for the root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Free-form remarks, under keys like those of annotations; [`crate::annotation`] has the usual ones. Builders that
    /// copy whole files in here are why their length has no limit but the document's. Nothing should be done because of a
    /// label: whoever made the image wrote it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The signal that stops the program, as `SIGTERM` or as a number. Empty for the engine's choice, `SIGTERM`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// How long to wait for the program to stop before it is killed, in seconds (Docker); 0 is not to wait. Absent for the
    /// engine's choice, 10 seconds in Docker's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<i64>,
    /// Whether the command is one text, escaped as Windows wants it: the first word of [`Self::cmd`] or
    /// [`Self::entrypoint`] is then the whole line. Deprecated by the specification. BuildKit writes true on images for
    /// Linux too, where it means nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub args_escaped: bool,
    /// How to see whether the program is well (Docker). Not in the specification: Buildah drops it from OCI images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// What to do when an image is built from this one, as lines of a Dockerfile (Docker): `COPY . /srv/app`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
    /// The shell of commands that are one text in a Dockerfile (Docker), `["/bin/sh", "-ec"]`. Of use while building alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
    /// How much memory the program may use, in bytes (reserved). Old versions of Docker wrote 0; nobody limits anything by
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// How much memory and swap it may use together, in bytes (reserved). To Docker's engine, -1 is without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_swap: Option<i64>,
    /// Its share of the processors (reserved), as a weight among all programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_shares: Option<i64>,
}

/// Sets are objects whose values are empty objects, as Go writes them.
fn empty_objects<S: Serializer>(set: &BTreeSet<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(set.len()))?;
    for name in set {
        map.serialize_entry(name, &Empty)?;
    }
    map.end()
}

struct Empty;

impl Serialize for Empty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}
