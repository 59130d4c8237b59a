//! Which versions of Windows run the containers of which.
//!
//! A container shares the host's kernel, whose interface changed with each build until build 20348 (Server 2022). Hosts
//! before it run images of their own build alone; from it on, a host also runs images back to the last build that was
//! declared stable. The fourth number of a version is a month's updates and changes nothing.

/// The builds whose containers later builds run, newest first.
const STABLE: [u64; 2] = [26_100, 20_348];

/// The first build that runs containers of older ones.
const FIRST_STABLE: u64 = 20_348;

/// Whether a host of version `wanted` runs an image of version `candidate`; a host whose version is not known runs all.
pub(super) fn runs(wanted: Option<&str>, candidate: Option<&str>) -> bool {
    let Some(candidate) = candidate.filter(|version| !version.is_empty()) else { return true };
    let Some((major, minor, host)) = wanted.and_then(parse) else { return true };
    let Some((candidate_major, candidate_minor, build)) = parse(candidate) else { return false };
    (candidate_major, candidate_minor) == (major, minor) && oldest(host) <= build && build <= host
}

/// The oldest build whose images run on a host of build `host`.
fn oldest(host: u64) -> u64 {
    match host {
        host if host < FIRST_STABLE => host,
        host => STABLE.into_iter().find(|stable| *stable < host).unwrap_or(FIRST_STABLE),
    }
}

/// Major, minor and build; the revision does not matter.
fn parse(version: &str) -> Option<(u64, u64, u64)> {
    let mut numbers = version.split('.').map(number);
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

/// Digits, and nothing beside them.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
