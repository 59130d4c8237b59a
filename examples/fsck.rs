//! Looks whether everything in a store is as it should be: one OCI layout, or a directory of repositories as `serve --dir`
//! keeps it. Ends with 1 when anything is wrong, after whatever repairs were asked for.
//!
//! Shows: findings as data, putting aside, repairing from another registry, who takes how much room. Nothing is changed
//! unless that is asked for, and nothing is ever deleted. Leaves out: a schedule, and reports for machines.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::error::Error;
use std::io::{IsTerminal, stderr};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use common::{Access, Args, Failure, Name, at};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use wharf::registry::{Policy, Registry};
use wharf::store::layout::fsck::{Event, Finding, Fsck, Report, Severity, Source, Tally, Usage};
use wharf::store::layout::{Directory, Layout, REPOSITORY};

const USAGE: &str = "fsck [--usage] [--sparse | --strict] [--jobs N] [--quiet] [--quarantine] [--repair] \
                     [--repair-from SOURCE] [--plain-http] [--certs-d DIR] [--token-service HOST] PATH  (SOURCE is a \
                     repository, ghcr.io/a/b or oci:PATH, or dir:PATH for repositories of the same names)";

fn main() -> ExitCode {
    let own = ["--sparse", "--strict", "--quiet", "--quarantine", "--repair", "--usage"];
    let switches = [&Access::SWITCHES[..], &own].concat();
    let flags = [&Access::FLAGS[..], &["--jobs", "--repair-from"]].concat();
    let args = Args::parse(USAGE, &switches, &flags, 1);
    common::main(common::unless_interrupted(fsck(&args)))
}

async fn fsck(args: &Args) -> Result<(), Failure> {
    let fsck = Fsck::open(args.name(0))?;
    if args.has("--usage") {
        print_usage(&fsck.usage().await?);
        return Ok(());
    }
    let progress = Progress::new(args.has("--quiet"));
    let fsck = configured(fsck, args).with_progress(progress.teller());
    let mut report = fsck.check().await?;
    progress.clear();
    print_report(&report);
    let changes = put_right(&fsck, &report, args).await?;
    if changes > 0 {
        println!("looking again");
        report = fsck.check().await?;
        progress.clear();
        print_report(&report);
    }
    match report.faults().count() {
        0 => Ok(()),
        1 => Err("one thing is wrong".into()),
        faults => Err(format!("{faults} things are wrong").into()),
    }
}

fn configured(mut fsck: Fsck, args: &Args) -> Fsck {
    if args.has("--sparse") {
        fsck = fsck.with_policy(Policy::Sparse);
    }
    if args.has("--strict") {
        fsck = fsck.with_policy(Policy::Strict);
    }
    match args.value("--jobs", str::parse::<NonZeroUsize>) {
        Some(jobs) => fsck.with_jobs(jobs),
        None => fsck,
    }
}

/// Does what was asked for about what was found, and says how much was done.
async fn put_right(fsck: &Fsck, report: &Report, args: &Args) -> Result<usize, Failure> {
    let mut changes = 0;
    if args.has("--quarantine") {
        for moved in fsck.quarantine(report).await? {
            println!("moved    {} to {}", moved.from.display(), moved.to.display());
            changes += 1;
        }
    }
    let from = args.value("--repair-from", |text| Ok::<_, Failure>(text.to_owned()));
    if args.has("--repair") || from.is_some() {
        let source = from.map(|from| open(&from, args).map_err(at("source"))).transpose()?;
        let source = source.as_ref().map(|(registry, repository)| match repository {
            Some(repository) => Source::repository(&**registry, repository.clone()),
            None => Source::new(&**registry),
        });
        let repairs = fsck.repair(report, source.as_ref()).await;
        for done in &repairs.done {
            println!("repaired {}", done.path.display());
            changes += 1;
        }
        for failure in &repairs.failed {
            println!("failed   {}{}", failure.finding.path.display(), causes(Some(&failure.error)));
        }
    }
    Ok(changes)
}

type Opened = (Box<dyn Registry>, Option<wharf::registry::Repository>);

fn open(from: &str, args: &Args) -> Result<Opened, Failure> {
    if let Some(path) = from.strip_prefix("dir:") {
        return Ok((Box::new(Directory::open(path)?), None));
    }
    match Name::parse(from)? {
        Name::Registry(reference) => {
            let registry = Access::of(args)?.identified(&reference)?;
            Ok((Box::new(registry), Some(reference.repository().clone())))
        }
        Name::Layout { path, .. } => Ok((Box::new(Layout::open(path)?), Some(REPOSITORY.clone()))),
    }
}

fn print_report(report: &Report) {
    report.findings.iter().for_each(print_finding);
    println!(
        "{} repositories; {} read; {} documents; {} faults, {} notes",
        report.repositories,
        tally(report.content),
        report.documents,
        report.faults().count(),
        report.notes().count(),
    );
    let beside = [
        ("copies", report.copies),
        ("being written", report.ingest),
        ("trash", report.trash),
        ("quarantine", report.quarantine),
    ];
    for (what, found) in beside {
        if found.files > 0 {
            println!("{what}: {}", tally(found));
        }
    }
}

fn print_finding(finding: &Finding) {
    let severity = if finding.severity == Severity::Fault { "fault" } else { "note " };
    println!("{severity}    {finding}{}", causes(finding.kind.source()));
}

/// An error and its causes, each after a colon.
fn causes(mut error: Option<&(dyn Error + 'static)>) -> String {
    let mut text = String::new();
    while let Some(cause) = error {
        text += &format!(": {cause}");
        error = cause.source();
    }
    text
}

fn print_usage(usage: &Usage) {
    println!("{:>12} {:>12} {:>12}  repository", "logical", "own", "shared");
    for one in &usage.repositories {
        let columns = [one.logical, one.unique, one.shared];
        let [logical, unique, shared] = columns.map(|tally| HumanBytes(tally.bytes).to_string());
        println!("{logical:>12} {unique:>12} {shared:>12}  {}", one.repository);
    }
    println!("stored   {}", tally(usage.stored));
    println!("unlinked {}", tally(usage.unlinked));
    println!("copies   {}", tally(usage.copies));
    println!("saved    {} of {}", HumanBytes(usage.saved()), HumanBytes(usage.logical.bytes));
}

fn tally(tally: Tally) -> String {
    format!("{} files, {}", tally.files, HumanBytes(tally.bytes))
}

/// A bar on a terminal.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(quiet: bool) -> Self {
        if quiet || !stderr().is_terminal() {
            return Self(None);
        }
        let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}");
        Self(Some(ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))))
    }

    fn teller(&self) -> impl Fn(Event<'_>) + Send + Sync + use<> {
        let bar = self.0.clone();
        move |event| bar.iter().for_each(|bar| advance(bar, event))
    }

    fn clear(&self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn advance(bar: &ProgressBar, event: Event<'_>) {
    match event {
        Event::Listed { content } => {
            bar.reset();
            bar.set_length(content.bytes);
        }
        Event::Read { bytes } => bar.inc(bytes),
        Event::Checked { repository } => bar.set_message(repository.to_string()),
        _ => {}
    }
}
