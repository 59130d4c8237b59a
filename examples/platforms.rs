//! Reads candidate platforms on standard input, one a line, and prints those that will do for WANTED, best first, with
//! the number of their line, counted from 0.
//!
//! Shows: specifiers, the three ways to match, ranking, and the host's own platform. Leaves out: lines that are no
//! platform, which match nothing.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

use std::fs;
use std::io::{BufRead, stdin};
use std::process::ExitCode;

use wharf::registry::{Platform, PlatformMatcher};

const USAGE: &str = "usage: platforms WANTED [--strict|--any-arch]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (flags, words): (Vec<_>, Vec<_>) = args.iter().map(String::as_str).partition(|word| word.starts_with("--"));
    let matcher: fn(&Platform) -> PlatformMatcher = match flags.as_slice() {
        [] => PlatformMatcher::compatible,
        ["--strict"] => PlatformMatcher::exactly,
        ["--any-arch"] => PlatformMatcher::any_architecture,
        _ => return refuse(&USAGE),
    };
    let [wanted] = words.as_slice() else { return refuse(&USAGE) };
    let host = Platform::host_from(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default(), "");
    match Platform::parse(wanted, &host) {
        Ok(wanted) => print(&matcher(&wanted), &host),
        Err(error) => refuse(&format!("error: {error}")),
    }
}

fn print(matcher: &PlatformMatcher, host: &Platform) -> ExitCode {
    let lines: Vec<String> = stdin().lock().lines().map_while(Result::ok).collect();
    let platform = |text: &String| Platform::parse(text.trim(), host).ok();
    let mut ranked: Vec<_> = (lines.iter().enumerate())
        .filter_map(|(number, text)| Some((matcher.rank(&platform(text)?)?, number, text)))
        .collect();
    ranked.sort();
    for (_, number, text) in ranked {
        println!("{number} {text}");
    }
    ExitCode::SUCCESS
}

fn refuse(why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}
