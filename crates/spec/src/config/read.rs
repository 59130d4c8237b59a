//! How configurations are read.
//!
//! The members are a table for each object, and none of them is required: a configuration is a blob, which a registry takes
//! without reading it, and what tools push as one reaches from dozens of members down to `{}`. Values still have their
//! shape: a number in the place of a text is refused here as it is in a manifest. Texts are as long as the document may be,
//! while arrays and maps have [`Limits::entries`], since an entry takes more memory than the few bytes that it is written
//! in.

use std::time::Duration;

use super::{Execution, Healthcheck, History, ImageConfig, RootFs};
use crate::json::{Member, Notes, Reader, Result, members};
use crate::view::{Decoded, Parts};
use crate::{DecodeError, DocumentKind, Limits, Links, MediaType};

impl Parts for ImageConfig {
    const KIND: Option<DocumentKind> = Some(DocumentKind::Config);

    fn read(_: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<Self> {
        // Builders put whole files into labels and histories.
        Reader::document(bytes, limits, limits.document_bytes, notes, image)
            .map(|(read, notes)| (*read, notes))
            .map_err(DecodeError::from)
    }

    fn links(&self) -> Links<'_> {
        Links::none()
    }

    /// Null is as good as absence (config.md), except for the one list that is required.
    fn null_matters(&self) -> bool {
        self.rootfs.diff_ids.is_empty()
    }
}

fn image(reader: &mut Reader<'_>) -> Result<ImageConfig> {
    members! { _at = reader;
        created: "created" => Reader::string,
        author: "author" => Reader::string,
        architecture: "architecture" => Reader::string,
        variant: "variant" => Reader::string,
        os: "os" => Reader::string,
        os_version: "os.version" => Reader::string,
        os_features: "os.features" => Reader::strings,
        config: "config" => execution,
        rootfs: "rootfs" => root_fs,
        history: "history" => |reader| reader.list(step),
        comment: "comment" => Reader::string,
        container: "container" => Reader::string,
        container_config: "container_config" => execution,
        docker_version: "docker_version" => Reader::string,
    }
    Ok(ImageConfig {
        created: created.optional(),
        author: author.optional(),
        architecture: architecture.or_default(),
        variant: variant.optional(),
        os: os.or_default(),
        os_version: os_version.optional(),
        os_features: os_features.or_default(),
        config: config.or_default(),
        rootfs: rootfs.optional().unwrap_or(RootFs { kind: String::new(), diff_ids: Vec::new() }),
        history: history.or_default(),
        comment: comment.optional(),
        container: container.optional(),
        container_config: container_config.optional(),
        docker_version: docker_version.optional(),
    })
}

fn execution(reader: &mut Reader<'_>) -> Result<Execution> {
    members! { _at = reader;
        user: "User" => Reader::string,
        exposed_ports: "ExposedPorts" => Reader::set,
        env: "Env" => Reader::strings,
        entrypoint: "Entrypoint" => Reader::strings,
        cmd: "Cmd" => Reader::strings,
        volumes: "Volumes" => Reader::set,
        working_dir: "WorkingDir" => Reader::string,
        labels: "Labels" => Reader::map,
        stop_signal: "StopSignal" => Reader::string,
        stop_timeout: "StopTimeout" => Reader::integer,
        args_escaped: "ArgsEscaped" => Reader::boolean,
        healthcheck: "Healthcheck" => health,
        on_build: "OnBuild" => Reader::strings,
        shell: "Shell" => Reader::strings,
        memory: "Memory" => Reader::integer,
        memory_swap: "MemorySwap" => Reader::integer,
        cpu_shares: "CpuShares" => Reader::integer,
    }
    Ok(Execution {
        user: user.or_default(),
        exposed_ports: exposed_ports.or_default(),
        env: env.or_default(),
        entrypoint: entrypoint.or_default(),
        cmd: cmd.or_default(),
        volumes: volumes.or_default(),
        working_dir: working_dir.or_default(),
        labels: labels.or_default(),
        stop_signal: stop_signal.or_default(),
        stop_timeout: stop_timeout.optional(),
        args_escaped: args_escaped.or_default(),
        healthcheck: healthcheck.optional(),
        on_build: on_build.or_default(),
        shell: shell.or_default(),
        memory: memory.optional(),
        memory_swap: memory_swap.optional(),
        cpu_shares: cpu_shares.optional(),
    })
}

fn health(reader: &mut Reader<'_>) -> Result<Healthcheck> {
    members! { _at = reader;
        test: "Test" => Reader::strings,
        interval: "Interval" => duration,
        timeout: "Timeout" => duration,
        start_period: "StartPeriod" => duration,
        start_interval: "StartInterval" => duration,
        retries: "Retries" => Reader::size,
    }
    Ok(Healthcheck {
        test: test.or_default(),
        interval: interval.optional(),
        timeout: timeout.optional(),
        start_period: start_period.optional(),
        start_interval: start_interval.optional(),
        retries: retries.optional(),
    })
}

fn duration(reader: &mut Reader<'_>) -> Result<Duration> {
    reader.size().map(Duration::from_nanos)
}

fn root_fs(reader: &mut Reader<'_>) -> Result<RootFs> {
    members! { _at = reader;
        kind: "type" => Reader::string,
        diff_ids: "diff_ids" => |reader| reader.list(Reader::digest),
    }
    if matches!(diff_ids, Member::Absent) {
        reader.note_no_diff_ids();
    }
    Ok(RootFs { kind: kind.or_default(), diff_ids: diff_ids.or_default() })
}

fn step(reader: &mut Reader<'_>) -> Result<History> {
    members! { _at = reader;
        created: "created" => Reader::string,
        created_by: "created_by" => Reader::string,
        author: "author" => Reader::string,
        comment: "comment" => Reader::string,
        empty_layer: "empty_layer" => Reader::boolean,
    }
    Ok(History {
        created: created.optional(),
        created_by: created_by.optional(),
        author: author.optional(),
        comment: comment.optional(),
        empty_layer: empty_layer.or_default(),
    })
}
