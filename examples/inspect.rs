//! Prints what an image is: descriptor, platforms, layers with their sizes and a summary of the config, as JSON; or its
//! manifest's exact bytes; or what refers to it.
//!
//! Shows: resolving, reading documents, and that what was read is a view beside exact bytes. Credentials are those of
//! docker and podman. Leaves out: what is in the layers.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::io::Write;
use std::process::ExitCode;

use common::{Access, Args, Failure, Found, Name};
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use wharf::registry::{Content, Descriptor, Document, ImageConfig, Limits, Manifest};

const USAGE: &str = "inspect [--plain-http] [--certs-d DIR] [--token-service HOST] [--raw | --referrers] SOURCE";

fn main() -> ExitCode {
    let switches = [&Access::SWITCHES[..], &["--raw", "--referrers"]].concat();
    let args = Args::parse(USAGE, &switches, &Access::FLAGS, 1);
    common::main(common::unless_interrupted(inspect(&args)))
}

async fn inspect(args: &Args) -> Result<(), Failure> {
    let source = Name::parse(args.name(0))?.open(&Access::of(args)?)?;
    if args.has("--referrers") {
        let subject = source.registry.resolve(&source.repository, &source.which).await?.digest;
        let referrers: Vec<_> = source.registry.referrers(&source.repository, &subject, None).try_collect().await?;
        println!("{:#}", json!(referrers));
        return Ok(());
    }
    let document = source.registry.manifest(&source.repository, &source.which).await?;
    if args.has("--raw") {
        return Ok(std::io::stdout().write_all(document.bytes())?);
    }
    let descriptor = document.descriptor();
    let summary = match document.decode::<Content>()?.view() {
        Content::Index(index) => {
            let platforms: Value = index.manifests.iter().map(platform).collect();
            json!({ "descriptor": descriptor, "platforms": platforms })
        }
        Content::Manifest(manifest) => {
            let layers: Value = manifest.layers.iter().map(layer).collect();
            let size: u64 = manifest.layers.iter().map(|layer| layer.size).sum();
            let config = config(&source, manifest).await?;
            json!({ "descriptor": descriptor, "layers": layers, "size": size, "config": config })
        }
        _ => json!({ "descriptor": descriptor }),
    };
    println!("{summary:#}");
    Ok(())
}

fn platform(entry: &Descriptor) -> Value {
    let platform = entry.platform.as_ref().map(ToString::to_string);
    json!({ "platform": platform, "digest": entry.digest, "size": entry.size })
}

fn layer(layer: &Descriptor) -> Value {
    json!({ "mediaType": layer.media_type, "digest": layer.digest, "size": layer.size })
}

/// The config if it is an image's; an artifact's is whatever its maker likes.
async fn config(source: &Found, manifest: &Manifest) -> Result<Value, Failure> {
    let media_type = manifest.config.media_type.clone();
    let blob = source.registry.blob(&source.repository, &manifest.config.digest).await?;
    let document = Document::new(media_type.clone(), blob.into_bytes(&Limits::default()).await?);
    let Ok(config) = document.decode::<ImageConfig>() else {
        return Ok(json!({ "mediaType": media_type }));
    };
    let config = config.view();
    let run = &config.config;
    Ok(json!({
        "mediaType": media_type,
        "created": config.created,
        "os": config.os,
        "architecture": config.architecture,
        "variant": config.variant,
        "user": run.user,
        "env": run.env,
        "entrypoint": run.entrypoint,
        "cmd": run.cmd,
        "workingDir": run.working_dir,
        "labels": run.labels,
    }))
}
