use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Healthcheck;

/// How to run an image: the `config` member of an [`ImageConfig`](crate::ImageConfig), with what Docker adds.
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
    /// The user to run as.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Ports to be exposed, such as `8080/tcp`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "empty_objects")]
    pub exposed_ports: BTreeSet<String>,
    /// Environment variables as `NAME=VALUE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The command that arguments are appended to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// The command, or the arguments of the entry point.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// Directories that hold data of their own.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", serialize_with = "empty_objects")]
    pub volumes: BTreeSet<String>,
    /// The directory to run in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Free-form remarks.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The signal that stops the program.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// How long to wait for the program to stop, in seconds (Docker).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<i64>,
    /// Whether the command is one text, escaped as Windows wants it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub args_escaped: bool,
    /// How to see whether the program is well (Docker).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// What to do when an image is built from this one (Docker).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
    /// The shell of commands that are one text (Docker).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
    /// How much memory the program may use, in bytes (reserved).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// How much memory and swap it may use, in bytes (reserved).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_swap: Option<i64>,
    /// Its share of the processors (reserved).
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
