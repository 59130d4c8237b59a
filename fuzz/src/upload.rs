//! An upload that is told anything at all. The input is a script of what becomes of its requests.

use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use http::header::{LOCATION, RANGE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use url::Url;
use wharf_distribution::upload::{Answer, BlobUpload, Content, Event, Failure, Plan, Step, StreamUpload, Window};
use wharf_distribution::{Patience, header};
use wharf_reference::Repository;
use wharf_spec::{Algorithm, Digest};

/// What becomes of a request.
#[derive(Debug)]
enum Fate {
    Answer { status: u16, headers: HeaderMap, flags: u8 },
    Failed(Failure),
    Ended,
    Nonsense,
}

impl Fate {
    fn read(source: &mut Unstructured<'_>) -> Result<Self> {
        Ok(match source.int_in_range(0..=15)? {
            0 => Self::Failed(Failure::Unsent),
            1 => Self::Failed(Failure::Silent),
            2 => Self::Failed(Failure::Broken),
            3 => Self::Failed(Failure::Hopeless),
            4 => Self::Ended,
            5 => Self::Nonsense,
            6 => Self::Answer {
                status: source.int_in_range(100..=599)?,
                headers: headers(source)?,
                flags: source.arbitrary()?,
            },
            _ => Self::Answer {
                status: *source.choose(&STATUSES)?,
                headers: headers(source)?,
                flags: source.arbitrary()?,
            },
        })
    }
}

/// The statuses that mean something.
const STATUSES: [u16; 14] = [200, 201, 202, 204, 307, 400, 401, 404, 408, 413, 416, 429, 500, 503];

const PLACES: [&str; 6] = [
    "one",
    "/v2/a/blobs/uploads/one?_state=a%2Fb",
    "https://store.example.net/x",
    "http://x/",
    "https://10.0.0.1/",
    "\\",
];

fn headers(source: &mut Unstructured<'_>) -> Result<HeaderMap> {
    let flags: u8 = source.arbitrary()?;
    let location = match flags & 3 {
        0 => None,
        1 => Some(String::arbitrary(source)?),
        _ => Some((*source.choose(&PLACES)?).to_owned()),
    };
    let range = match flags >> 2 & 3 {
        0 => None,
        1 => Some(format!("0-{}", u8::arbitrary(source)?)),
        2 => Some(format!("bytes=0-{}", u8::arbitrary(source)?)),
        _ => Some(String::arbitrary(source)?),
    };
    let number = |is_there: bool, source: &mut Unstructured<'_>| -> Result<Option<String>> {
        is_there.then(|| u64::arbitrary(source).map(|number| (number % 300).to_string())).transpose()
    };
    let least = number(flags & 16 > 0, source)?;
    let wait = number(flags & 32 > 0, source)?;
    let texts = [(LOCATION, location), (RANGE, range), (header::OCI_CHUNK_MIN_LENGTH, least), (RETRY_AFTER, wait)];
    let values = texts.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::try_from(text?).ok()?)));
    Ok(values.collect())
}

#[derive(Debug)]
struct Script {
    size: u8,
    at_hand: u8,
    sizes: [u8; 3],
    known: Option<u8>,
    flags: u8,
    appends: u8,
    fates: Vec<Fate>,
}

impl Script {
    fn read(source: &mut Unstructured<'_>) -> Result<Self> {
        let [size, at_hand, flags, appends] = source.arbitrary()?;
        let (sizes, known, mut fates) = (source.arbitrary()?, source.arbitrary()?, Vec::new());
        while !source.is_empty() {
            fates.push(Fate::read(source)?);
        }
        Ok(Self { size, at_hand, sizes, known, flags, appends, fates })
    }
}

/// Whatever an upload is told, it ends, asks for no bytes but those that are at hand, and names no address to which it
/// may not be led.
pub fn upload_machine(input: &[u8]) {
    let Ok(script) = Script::read(&mut Unstructured::new(input)) else { return };
    let Ok(base) = Url::parse("https://registry.example.com/") else { return };
    blob(&script, &base);
    stream(&script, &base);
}

fn blob(script: &Script, base: &Url) {
    let mut plan = Plan::default();
    (plan.check, plan.mount_anywhere) = (script.flags & 1 > 0, script.flags & 2 > 0);
    let [part, least, most] = script.sizes.map(u64::from);
    // A part that is no part at all is the caller's mistake; shorter ones take more requests than are counted here.
    (plan.sizes.part, plan.sizes.least, plan.sizes.most) = (part.max(4), least.max(4), most);
    plan.sizes.known = script.known.map(|known| u64::from(known).max(4));
    let size = u64::from(script.size);
    let mut upload = BlobUpload::new(base, &Repository::from_static("a"), &Digest::of(b"any"), size, plan);
    let step = upload.start();
    let mut world = World::new(script, base, size);
    world.run(step, |event, window, now| upload.on(event, window, now));
    let _ = (upload.cancel(), upload.learnt());
}

fn stream(script: &Script, base: &Url) {
    let mut upload = StreamUpload::new(base, &Repository::from_static("a"), Patience::default());
    let mut world = World::new(script, base, 0);
    let step = upload.open(Algorithm::SHA256);
    world.run(step, |event, window, now| upload.on(event, window, now));
    for _ in 0..script.appends % 4 {
        world.begin(u64::from(script.size));
        let step = upload.append();
        world.run(step, |event, window, now| upload.on(event, window, now));
    }
    world.begin(0);
    let step = upload.commit(&Digest::of(b"any"));
    world.run(step, |event, window, now| upload.on(event, window, now));
    let step = upload.cancel();
    world.run(step, |event, window, now| upload.on(event, window, now));
}

/// No upload of 255 bytes in parts of 4 takes so many steps.
const BOUND: usize = 10_000;

struct World<'a> {
    fates: std::slice::Iter<'a, Fate>,
    base: &'a Url,
    at_hand: u64,
    size: u64,
    window: Window,
    now: Duration,
}

impl<'a> World<'a> {
    fn new(script: &'a Script, base: &'a Url, size: u64) -> Self {
        let (window, now) = (Window { first: 0, end: 0, is_all: size == 0 }, Duration::ZERO);
        Self { fates: script.fates.iter(), base, at_hand: u64::from(script.at_hand), size, window, now }
    }

    /// Another source.
    fn begin(&mut self, size: u64) {
        (self.size, self.window) = (size, Window { first: 0, end: 0, is_all: size == 0 });
    }

    fn run<T>(&mut self, mut step: Step<T>, mut next: impl FnMut(Event<'_>, Window, Duration) -> Step<T>) {
        for _ in 0..BOUND {
            step = match step {
                Step::Done(_) | Step::GiveUp(_) => return,
                Step::Wait(wait) => {
                    assert!(wait.pause.least <= wait.pause.most);
                    self.now += wait.pause.most;
                    next(Event::Waited, self.window, self.now)
                }
                Step::Send(request) => {
                    self.send(request.content);
                    assert!(matches!(request.url.scheme(), "https"), "{}", request.url);
                    assert!(request.is_foreign || request.url.host() == self.base.host());
                    self.tell(&request.url, &mut next)
                }
            };
        }
        panic!("an upload does not end");
    }

    /// Takes what a request carries from the source.
    fn send(&mut self, content: Content) {
        let (from, to) = match content {
            Content::Nothing => return,
            Content::Between { from, to } => (from, to),
            Content::Rest { from } => (from, self.size),
        };
        assert!(self.window.reaches(from), "{content:?} of {:?}", self.window);
        self.window.end = self.window.end.max(to.min(self.size));
        self.window.is_all = self.window.end == self.size;
        self.window.first = self.window.first.max(self.window.end.saturating_sub(self.at_hand));
    }

    fn tell<T>(&mut self, url: &Url, next: &mut impl FnMut(Event<'_>, Window, Duration) -> Step<T>) -> Step<T> {
        let fate = self.fates.next().unwrap_or(&Fate::Failed(Failure::Broken));
        let event = match fate {
            Fate::Answer { status, headers, flags } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::OK);
                let mut answer = Answer::new(status, headers, url);
                (answer.may_renew, answer.is_foreign) = (flags & 1 > 0, flags & 2 > 0);
                Event::Answer(answer)
            }
            Fate::Failed(failure) => Event::Failed(*failure),
            Fate::Ended => Event::Ended,
            Fate::Nonsense => Event::Waited,
        };
        next(event, self.window, self.now)
    }
}
