use std::time::Duration;

use serde::{Serialize, Serializer};

/// How to see whether a program is well (Docker). What is not said is the engine's choice.
///
/// ```
/// use wharf_spec::{Document, ImageConfig, MediaType};
///
/// let bytes = r#"{"architecture":"amd64","os":"linux","config":{"Healthcheck":{"Test":["NONE"],"Interval":1000000}}}"#;
/// let document = Document::new(MediaType::DOCKER_CONFIG, bytes).decode::<ImageConfig>().unwrap();
/// let healthcheck = document.view().config.healthcheck.clone().unwrap();
/// assert_eq!(healthcheck.interval, Some(std::time::Duration::from_millis(1)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Healthcheck {
    /// `NONE`, `CMD` and a command, or `CMD-SHELL` and a text; empty for what the base image does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// The time between checks; written in nanoseconds, like the other times.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub interval: Option<Duration>,
    /// How long a check may take.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub timeout: Option<Duration>,
    /// How long the program may take to start.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub start_period: Option<Duration>,
    /// The time between checks while it starts.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub start_interval: Option<Duration>,
    /// How many checks must fail in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u64>,
}

fn nanoseconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    // More than a document can say is refused when what was written is read.
    serializer.serialize_u128(time.unwrap_or_default().as_nanos())
}
