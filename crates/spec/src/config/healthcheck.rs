use std::time::Duration;

use serde::{Serialize, Serializer};

/// How to see whether a program is well (Docker). What is not said is the engine's choice.
///
/// The image-spec does not have it, so only Docker's builders write it, under OCI's media types too. Times are whole
/// nanoseconds in the document, from 0 on, and durations here; a fraction or a time below zero is refused. To Docker, 0 is
/// as good as absence: 30 seconds between checks, 30 for a check, none to start, 5 while it starts, and 3 failures.
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
    /// `NONE`, `CMD` and a command, or `CMD-SHELL` and a text for the image's shell; empty for what the base image does.
    /// `NONE` is how an image takes back its base image's check.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// The time between checks; written in nanoseconds, like the other times.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub interval: Option<Duration>,
    /// How long a check may take; one that takes longer has failed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub timeout: Option<Duration>,
    /// How long the program may take to start. Failures do not count until then, or until a check has succeeded.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub start_period: Option<Duration>,
    /// The time between checks while it starts. The youngest member: Docker's engine knows it since version 25.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "nanoseconds")]
    pub start_interval: Option<Duration>,
    /// How many checks must fail in a row for the program to be called unwell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u64>,
}

fn nanoseconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    // More than a document can say is refused when what was written is read.
    serializer.serialize_u128(time.unwrap_or_default().as_nanos())
}
