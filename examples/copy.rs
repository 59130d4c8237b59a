//! Copies an image, or an index with all its platforms, between any two registries or OCI layouts.
//!
//! Shows: opening both sides as the same trait, one call to copy, progress as events. Credentials are those of docker and
//! podman. Leaves out: mirrors, and names without a registry of one's own choice.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::io::{IsTerminal, stderr};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Mutex;

use common::{Access, Args, Failure, Name, at};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use wharf::registry::{Descriptor, Platform};
use wharf::transfer::{Event, Options, Source, Target};

const USAGE: &str = "copy [--plain-http] [--certs-d DIR] [--token-service HOST] [--platform P] [--jobs N] [--quiet] \
                     SOURCE TARGET";

fn main() -> ExitCode {
    let switches = [&Access::SWITCHES[..], &["--quiet"]].concat();
    let flags = [&Access::FLAGS[..], &["--platform", "--jobs"]].concat();
    let args = Args::parse(USAGE, &switches, &flags, 2);
    common::main(common::unless_interrupted(copy(&args)))
}

async fn copy(args: &Args) -> Result<(), Failure> {
    let access = Access::of(args)?;
    let from = Name::parse(args.name(0)).map_err(at("source"))?;
    let to = Name::parse(args.name(1)).map_err(at("target"))?;
    let source = from.open(&access).map_err(at("source"))?;
    let target = to.create(&access).map_err(at("target"))?;

    let mut options = Options::default().with_same_registry(from.shares_registry(&to));
    options.platform = args.value("--platform", str::parse::<Platform>);
    options.jobs = args.value("--jobs", str::parse::<NonZeroUsize>).unwrap_or(options.jobs);
    let progress = Progress::new(args.has("--quiet"));
    let report = wharf::transfer::copy(
        Source::new(&*source.registry, &source.repository),
        &source.which,
        Target::new(&*target.registry, &target.repository),
        target.tag.as_slice(),
        &options,
        &|event| progress.show(event),
    )
    .await;
    progress.clear();
    let root = report?.root.digest;
    if target.digest.is_some_and(|wanted| wanted != root) {
        return Err(at("target")(format!("the digest asked for is not that of the image, {root}").into()));
    }
    println!("{root}");
    Ok(())
}

/// A bar on a terminal, lines elsewhere.
enum Progress {
    Quiet,
    Bar(ProgressBar),
    Lines(Mutex<()>),
}

impl Progress {
    fn new(quiet: bool) -> Self {
        if quiet {
            return Self::Quiet;
        }
        if !stderr().is_terminal() {
            return Self::Lines(Mutex::default());
        }
        let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}");
        Self::Bar(ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    fn show(&self, event: Event<'_>) {
        match self {
            Self::Quiet => {}
            Self::Bar(bar) => advance(bar, event),
            Self::Lines(alone) => {
                let _alone = alone.lock();
                print(event);
            }
        }
    }

    fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn advance(bar: &ProgressBar, event: Event<'_>) {
    match event {
        Event::Planned { plan } => bar.set_length(plan.bytes()),
        Event::BlobProgress { added, .. } => bar.inc(added),
        Event::BlobStarted { blob } => bar.set_message(short(blob)),
        Event::BlobMounted { blob } => bar.inc(blob.size),
        _ => {}
    }
}

fn print(event: Event<'_>) {
    match event {
        Event::BlobPresent { blob } => eprintln!("skipped  {}, which is there already", short(blob)),
        Event::BlobStarted { blob } => eprintln!("copying  {}, {}", short(blob), HumanBytes(blob.size)),
        Event::BlobDone { blob } => eprintln!("copied   {}", short(blob)),
        Event::BlobMounted { blob } => eprintln!("mounted  {}", short(blob)),
        Event::ManifestDone { manifest } => eprintln!("manifest {}", short(manifest)),
        Event::TagDone { tag } => eprintln!("tag      {tag}"),
        _ => {}
    }
}

fn short(content: &Descriptor) -> String {
    content.digest.to_string().chars().take(19).collect()
}
