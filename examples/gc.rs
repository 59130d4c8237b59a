//! Collects the garbage of one OCI layout, or of a directory of repositories as `serve --dir` keeps it, beside whoever
//! works with it meanwhile. Ends with 1 when some of it cannot be collected.
//!
//! Shows: the plan as data, why content goes, running it with progress as events. What goes is condemned first, and gone
//! for good when a grace later nobody has asked for it; so this is to be run again and again. Leaves out: a schedule.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::error::Error as _;
use std::io::{IsTerminal, stderr};
use std::num::ParseIntError;
use std::process::ExitCode;
use std::time::Duration;

use common::{Args, Failure};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use wharf::registry::Repository;
use wharf::store::collect::{Collector, Count, Done, Event, Garbage, Options, Plan, Report, Stop};
use wharf::store::layout::{Blobs, Directory, Layout, Names};
use wharf::store::{Error, Store};

const USAGE: &str = "gc [--dry-run] [--grace SECONDS] [--untagged] [--quiet] PATH  (the grace is 86400 unless said; \
                     with --untagged, manifests without a tag go that are older than it)";

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &["--dry-run", "--untagged", "--quiet"], &["--grace"], 1);
    common::main(common::unless_interrupted(gc(&args)))
}

async fn gc(args: &Args) -> Result<(), Failure> {
    let store = open(args.name(0))?;
    let collector = Collector::begin(&store).await?;
    let plan = collector.plan(&options(args)).await?;
    if args.has("--dry-run") {
        print_plan(&plan);
        let stops = plan.repositories.iter().map(|plan| (Some(&plan.repository), plan.stop.as_ref()));
        let stops = stops.chain([(None, plan.pool.stop.as_ref())]);
        return stopped(stops.filter_map(|(repository, stop)| Some((repository, stop?))));
    }
    let progress = Progress::new(args.has("--quiet"), &plan);
    let report = collector.run(plan, &|event| progress.show(event)).await;
    progress.clear();
    print_report(&report);
    stopped(report.stopped.iter().map(|(repository, stop)| (repository.as_ref(), stop)))
}

/// A layout, or a directory of them.
fn open(path: &str) -> Result<Store<Blobs, Names>, Error> {
    match Layout::open(path) {
        Err(Error::NotALayout { .. }) => Directory::open(path),
        opened => opened,
    }
}

fn options(args: &Args) -> Options {
    let seconds = |text: &str| Ok::<_, ParseIntError>(Duration::from_secs(text.parse()?));
    let options = Options::default();
    let options = options.with_grace(args.value("--grace", seconds).unwrap_or(options.grace));
    match args.has("--untagged") {
        true => options.with_untagged(options.grace),
        false => options,
    }
}

fn print_plan(plan: &Plan) {
    for of in &plan.repositories {
        of.condemn.iter().for_each(|garbage| print("condemn", Some(&of.repository), garbage));
        of.restore.iter().for_each(|digest| println!("restore  {} {digest}", of.repository));
        of.sweep.iter().for_each(|garbage| print("sweep", Some(&of.repository), garbage));
        let [kept, young, waiting] = [of.kept, of.young, of.waiting].map(count);
        println!("{}: {kept} stay, {young} are young, {waiting} are condemned", of.repository);
    }
    plan.pool.condemn.iter().for_each(|garbage| print("condemn", None, garbage));
    plan.pool.sweep.iter().for_each(|garbage| print("sweep", None, garbage));
}

fn print(what: &str, repository: Option<&Repository>, garbage: &Garbage) {
    let Garbage { digest, size, reason, .. } = garbage;
    println!("{what:8} {} {digest}, {}: {reason}", place(repository), HumanBytes(*size));
}

fn print_report(report: &Report) {
    for (place, Done { condemned, swept, restored, .. }) in
        [("repositories", report.repositories), ("without one", report.pool)]
    {
        println!("{place}: condemned {}, swept {}, brought back {restored}", count(condemned), count(swept));
    }
}

fn count(count: Count) -> String {
    format!("{} ({})", count.items, HumanBytes(count.bytes))
}

fn stopped<'a>(stops: impl Iterator<Item = (Option<&'a Repository>, &'a Stop)>) -> Result<(), Failure> {
    let mut all = 0;
    for (repository, stop) in stops {
        println!("stopped  {}: {stop}{}", place(repository), causes(stop));
        all += 1;
    }
    match all {
        0 => Ok(()),
        _ => Err(format!("{all} could not be collected").into()),
    }
}

fn place(repository: Option<&Repository>) -> &str {
    repository.map_or("(no repository)", Repository::as_str)
}

/// What caused it, each after a colon.
fn causes(stop: &Stop) -> String {
    let (mut text, mut next) = (String::new(), stop.source());
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}

/// A bar on a terminal, lines elsewhere.
enum Progress {
    Quiet,
    Bar(ProgressBar),
    Lines,
}

impl Progress {
    fn new(quiet: bool, plan: &Plan) -> Self {
        if quiet {
            return Self::Quiet;
        }
        if !stderr().is_terminal() {
            return Self::Lines;
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} {wide_msg}");
        let steps = plan.repositories.iter().map(|of| of.condemn.len() + of.sweep.len()).sum::<usize>();
        let bar = ProgressBar::new(steps as u64);
        Self::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    fn show(&self, event: Event<'_>) {
        match self {
            Self::Quiet => {}
            Self::Bar(bar) => advance(bar, event),
            Self::Lines => tell(event),
        }
    }

    fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// What no repository names is known only when the repositories are done.
fn advance(bar: &ProgressBar, event: Event<'_>) {
    match event {
        Event::Repository { plan } => bar.set_message(plan.repository.to_string()),
        Event::Pool { plan } => {
            bar.inc_length((plan.condemn.len() + plan.sweep.len()) as u64);
            bar.set_message("what no repository names");
        }
        Event::Condemned { .. } | Event::Swept { .. } => bar.inc(1),
        _ => {}
    }
}

fn tell(event: Event<'_>) {
    match event {
        Event::Condemned { content } => eprintln!("condemned {}: {}", content.digest, content.reason),
        Event::Swept { content } => eprintln!("swept     {}: {}", content.digest, content.reason),
        Event::Restored { digest } => eprintln!("restored  {digest}, which is needed"),
        _ => {}
    }
}
