//! What a store on disk costs by its size, and what storing a blob costs beside the plain work with the same bytes.
//!
//! `scale DIRECTORY` uses that directory, which it makes and removes, instead of one in the system's place for temporary
//! files; `scale ingest`, `scale steps`, `scale index`, `scale collect` and `scale fsck` do that part alone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "all data here is its own, and a bench prints"
)]
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock, and compares with plain work on files")]

use std::alloc::System;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Runtime;
use wharf_benches::{Unit, Work, compare, median};
use wharf_registry::{
    Blob, Descriptor, Digest, Document, Hasher, List, Manifest, MediaType, Precondition, Read, Repository, Tag, Write,
};
use wharf_store::Store;
use wharf_store::collect::{Collector, Options};
use wharf_store::layout::fsck::Fsck;
use wharf_store::layout::{Blobs, Directory, Durability, Layout, Names, REPOSITORY};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Disk = Store<Blobs, Names>;

/// As much as a server reads at once.
const PIECE: usize = 64 << 10;
/// Longer than a store waits before it believes that it would see the next change of a file.
const SETTLED: Duration = Duration::from_millis(200);

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [check, place] = asked.as_slice()
        && check == CHECK
    {
        return check_alone(place);
    }
    let parts = ["ingest", "steps", "index", "collect", "fsck"];
    let place = asked.iter().find(|argument| !parts.contains(&argument.as_str()));
    let place = place.map_or_else(|| std::env::temp_dir().join("wharf-scale"), PathBuf::from);
    let is_wanted =
        |part: &str| !asked.iter().any(|it| parts.contains(&it.as_str())) || asked.iter().any(|it| it == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for (part, measure) in [
        ("ingest", ingest as fn(&Runtime, &Path)),
        ("steps", steps),
        ("index", index),
        ("collect", collect),
        ("fsck", fsck),
    ] {
        if is_wanted(part) {
            fs::create_dir_all(&place).unwrap();
            measure(&runtime, &place);
            fs::remove_dir_all(&place).unwrap();
        }
    }
}

/// Blobs that nobody has seen before, beside the plain work: hash, write, sync, rename, sync of the directory.
fn ingest(runtime: &Runtime, place: &Path) {
    println!("\n| a new blob | who | median | speed | time, plain = 1 |\n|---|---|--:|--:|--:|");
    let store = Directory::create(place.join("store")).unwrap();
    fs::create_dir(place.join("plain")).unwrap();
    for (title, size, turns) in [("4 KiB", 4 << 10, 201), ("1 MiB", 1 << 20, 41), ("256 MiB", 256 << 20, 7)] {
        for (name, durability) in [("a power cut", Durability::Power), ("the process", Durability::Process)] {
            let store = store.clone().with_durability(durability);
            let mut content = vec![7; size];
            let (mut plain, mut ours) = (Vec::new(), Vec::new());
            for turn in 0..turns {
                content[..8].copy_from_slice(&(size as u64 + turn).to_le_bytes());
                let blob = Bytes::from(content.clone());
                plain.push(plainly(&place.join("plain"), &blob, durability));
                ours.push(runtime.block_on(put(&store, blob)));
                remove(place, &content);
            }
            let ratio = median(ours.iter().zip(&plain).map(|(ours, plain)| ours / plain).collect());
            for (who, times, ratio) in [("plain", plain, 1.0), ("wharf", ours, ratio)] {
                let time = median(times);
                let speed = size as f64 / time / f64::from(1 << 20);
                let time = Duration::from_secs_f64(time);
                println!("| {title}, survives {name} | {who} | {time:.1?} | {speed:.0} MiB/s | {ratio:.2} |");
            }
        }
    }
}

/// The least that it takes to have these bytes in a file of this name.
fn plainly(directory: &Path, content: &[u8], durability: Durability) -> f64 {
    let start = Instant::now();
    let path = directory.join("new");
    let (mut file, mut hasher) = (File::create(&path).unwrap(), Hasher::sha256());
    for piece in content.chunks(PIECE) {
        hasher.update(piece);
        file.write_all(piece).unwrap();
    }
    let is_synced = durability == Durability::Power;
    if is_synced {
        file.sync_all().unwrap();
    }
    let name = directory.join(hasher.finish().encoded().to_string());
    fs::rename(path, &name).unwrap();
    if is_synced {
        File::open(directory).unwrap().sync_all().unwrap();
    }
    let time = start.elapsed().as_secs_f64();
    fs::remove_file(name).unwrap();
    time
}

async fn put(store: &Disk, content: Bytes) -> f64 {
    let descriptor = Descriptor::of(MediaType::OCTET_STREAM, &content);
    let pieces: Vec<_> =
        (0..content.len()).step_by(PIECE).map(|at| Ok(content.slice(at..content.len().min(at + PIECE)))).collect();
    let blob = Blob::new(descriptor, stream::iter(pieces).boxed());
    let start = Instant::now();
    store.put_blob(&Repository::from_static("app"), blob).await.unwrap();
    start.elapsed().as_secs_f64()
}

/// Removes content again, so that the disk does not fill.
fn remove(place: &Path, content: &[u8]) {
    let name = Path::new("blobs/sha256").join(Digest::of(content).encoded().to_string());
    for layout in ["store", "store/repositories/app/_oci"] {
        fs::remove_file(place.join(layout).join(&name)).unwrap();
    }
}

/// The steps of a client in stores of many repositories with ten tags each.
fn steps(runtime: &Runtime, place: &Path) {
    println!("\n| step | store of | median | time, 10 tags = 1 |\n|---|---|--:|--:|");
    let sizes = [("10 tags", 1), ("10^3 tags", 100), ("10^5 tags", 10_000)];
    let stores =
        sizes.map(|(name, repositories)| (name, many(runtime, &place.join(name), repositories), place.join(name)));
    std::thread::sleep(SETTLED);
    let each = |title: &str, step: &dyn Fn(&Disk, u64)| {
        let works = stores.iter().map(|(name, store, _)| {
            let mut times = 0;
            Work::new(name, move || {
                times += 1;
                step(store, times);
            })
        });
        compare(title, Unit::Things(1), works.collect());
    };
    let open = stores.iter().map(|(name, _, path)| Work::new(name, move || drop(Directory::open(path).unwrap())));
    compare("open", Unit::Things(1), open.collect());
    let title = "push of a new blob and a manifest with a tag";
    in_turns(title, &stores, &|store, times| runtime.block_on(push(store, times)));
    in_turns("move of a tag", &stores, &|store, times| runtime.block_on(tag(store, &APP, times % 2)));
    each("pull by tag of a manifest and a blob", &|store, _| runtime.block_on(pull(store)));
    each("page of 10 tags", &|store, _| runtime.block_on(page_of_tags(store, &APP, "v")));
    let opened = stores.iter().map(|(name, _, path)| {
        Work::new(name, move || runtime.block_on(page_of_tags(&Directory::open(path).unwrap(), &APP, "v")))
    });
    compare("the same of a store that was just opened", Unit::Things(1), opened.collect());
    for (title, limit) in [("page of 10 of the catalog", 10), ("page of 1000 of the catalog", 1000)] {
        each(title, &|store, _| runtime.block_on(page_of_catalog(store, limit)));
    }
}

/// A step that writes, in each store in turn, and each time beginning with another one: who comes after whom, and whose
/// turn meets the kernel at work, is the same for all.
fn in_turns(title: &str, stores: &[(&'static str, Disk, PathBuf)], step: &dyn Fn(&Disk, u64)) {
    let mut turns = vec![Vec::new(); stores.len()];
    for turn in 0..603 {
        for place in (0..stores.len()).map(|place| (place + turn) % stores.len()) {
            let start = Instant::now();
            step(&stores[place].1, turn as u64);
            turns[place].push(start.elapsed().as_secs_f64());
        }
    }
    for ((name, ..), times) in stores.iter().zip(&turns) {
        let ratio = median(times.iter().zip(&turns[0]).map(|(time, first)| time / first).collect());
        println!("| {title} | {name} | {:.1?} | {ratio:.2} |", Duration::from_secs_f64(median(times.clone())));
    }
}

const APP: Repository = Repository::from_static("team-00/app-00");

/// A hundred repositories for each of a hundred teams.
fn nth(number: u64) -> Repository {
    Repository::parse(&format!("team-{:02}/app-{:02}", number / 100, number % 100)).unwrap()
}

/// A store of so many repositories; what is in the first of them is copied to the others as it is on the disk.
fn many(runtime: &Runtime, place: &Path, repositories: u64) -> Disk {
    let store = Directory::create(place).unwrap().with_durability(Durability::Process);
    runtime.block_on(async {
        for number in 0..2 {
            tag(&store, &APP, number).await;
        }
        let tags: Vec<_> = (0..9).map(|number| Tag::parse(&format!("v{number}")).unwrap()).collect();
        store.put_manifest(&APP, &manifest(0), &tags, &Precondition::Always).await.unwrap();
    });
    let layout = |number| place.join("repositories").join(nth(number).as_str()).join("_oci");
    for number in 1..repositories {
        fs::create_dir_all(layout(number).join("blobs")).unwrap();
        for file in ["index.json", "oci-layout"] {
            fs::copy(layout(0).join(file), layout(number).join(file)).unwrap();
        }
    }
    store
}

fn manifest(number: u64) -> Document {
    let config = Descriptor::of(MediaType::IMAGE_CONFIG, format!("{{\"number\":{number}}}").as_bytes());
    Document::author(Manifest::new(config, Vec::new())).unwrap().into_raw()
}

/// Stores a manifest under the tag `latest`, with what it needs.
async fn tag(store: &Disk, repository: &Repository, number: u64) {
    store.put_blob(repository, Blob::from_bytes(format!("{{\"number\":{number}}}"))).await.unwrap();
    store.put_manifest(repository, &manifest(number), &[Tag::LATEST], &Precondition::Always).await.unwrap();
}

/// The same with a blob and a manifest that were never there, and deleted again so that the index stays as it is.
async fn push(store: &Disk, times: u64) {
    use wharf_registry::Delete as _;
    let number = times + 2;
    tag(store, &APP, number).await;
    store.delete_manifest(&APP, manifest(number).digest()).await.unwrap();
}

async fn pull(store: &Disk) {
    let manifest = store.manifest(&APP, &Tag::parse("v1").unwrap().into()).await.unwrap();
    let content = manifest.decode::<Manifest>().unwrap();
    let pieces: Vec<_> = store.blob(&APP, &content.view().config.digest).await.unwrap().try_collect().await.unwrap();
    std::hint::black_box((content, pieces));
}

async fn page_of_tags(store: &Disk, repository: &Repository, after: &str) {
    let after = Tag::parse(after).unwrap();
    let page: Vec<Tag> = store.tags(repository, Some(&after)).take(10).try_collect().await.unwrap();
    assert!(page.len() >= 9);
}

async fn page_of_catalog(store: &Disk, limit: usize) {
    let page: Vec<_> = store.repositories(None).take(limit).try_collect().await.unwrap();
    std::hint::black_box(page);
}

/// One repository with many tags, whose index is one file.
fn index(runtime: &Runtime, place: &Path) {
    println!("\n| one repository | with | median | time, 10 tags = 1 |\n|---|---|--:|--:|");
    let sizes = [("10 tags", 10), ("10^3 tags", 1000), ("10^5 tags", 100_000)];
    let stores = sizes.map(|(name, tags)| (name, tagged(&place.join(name), tags)));
    std::thread::sleep(SETTLED);
    let each = |title: &str, step: &dyn Fn(&Disk, u64)| {
        let works = stores.iter().map(|(name, store)| {
            let mut times = 0;
            Work::new(name, move || {
                times += 1;
                step(store, times);
            })
        });
        compare(title, Unit::Things(1), works.collect());
    };
    each("page of 10 tags", &|store, _| runtime.block_on(page_of_tags(store, &REPOSITORY, "v000000")));
    each("move of a tag", &|store, times| runtime.block_on(tag(store, &REPOSITORY, times % 2)));
    println!(
        "\n| move of a tag in | plain | wharf | time, plain = 1 | allocations | bytes |\n|---|--:|--:|--:|--:|--:|"
    );
    for (name, store) in &stores {
        beside_plain(runtime, name, store, &place.join(name));
    }
}

/// Moves of a tag beside the least that it takes to replace an entry in a file of this size.
fn beside_plain(runtime: &Runtime, name: &str, store: &Disk, layout: &Path) {
    let (mut plain, mut ours) = (Vec::new(), Vec::new());
    fs::copy(layout.join("index.json"), layout.join("plain.json")).unwrap();
    for turn in 0..41 {
        plain.push(spliced(layout));
        let start = Instant::now();
        runtime.block_on(tag(store, &REPOSITORY, turn % 2));
        ours.push(start.elapsed().as_secs_f64());
    }
    let region = Region::new(ALLOCATOR);
    runtime.block_on(tag(store, &REPOSITORY, 1));
    let asked = region.change();
    let ratio = median(ours.iter().zip(&plain).map(|(ours, plain)| ours / plain).collect());
    let [plain, ours] = [plain, ours].map(|times| Duration::from_secs_f64(median(times)));
    println!(
        "| {name} | {plain:.1?} | {ours:.1?} | {ratio:.2} | {} | {} |",
        asked.allocations + asked.reallocations,
        asked.bytes_allocated
    );
}

/// Reads a file, writes all of it but one entry again, and that one anew, and gives it the name of the first.
fn spliced(layout: &Path) -> f64 {
    let start = Instant::now();
    let [old, new] = ["plain.json", "plain.new"].map(|name| layout.join(name));
    let bytes = fs::read(&old).unwrap();
    let (begin, end) = (bytes.len() / 2, bytes.len() / 2 + 210);
    let mut file = File::create(&new).unwrap();
    for part in [&bytes[..begin], &vec![b' '; end - begin], &bytes[end..]] {
        file.write_all(part).unwrap();
    }
    fs::rename(new, old).unwrap();
    start.elapsed().as_secs_f64()
}

/// A layout with so many tags, each of another manifest, which is not there.
fn tagged(place: &Path, tags: usize) -> Disk {
    drop(Layout::create(place).unwrap());
    let entry = |number: usize| {
        let (media_type, digest) = (MediaType::IMAGE_MANIFEST, Digest::of(&number.to_le_bytes()));
        format!(
            r#"{{"mediaType":"{media_type}","digest":"{digest}","size":1234,"annotations":{{"org.opencontainers.image.ref.name":"v{number:06}"}}}}"#
        )
    };
    let entries: Vec<_> = (0..tags).map(entry).collect();
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
    println!("<!-- {tags} tags: {} KiB -->", index.len() >> 10);
    fs::write(place.join("index.json"), index).unwrap();
    Layout::open(place).unwrap().with_durability(Durability::Process)
}

/// The collection of a repository of which every other blob is needed by nobody.
fn collect(runtime: &Runtime, place: &Path) {
    println!(
        "\n| blobs, half of them needed | plan | for each blob | run | for each that goes |\n|---|--:|--:|--:|--:|"
    );
    for count in [1000_usize, 10_000, 100_000] {
        let (mut plans, mut runs) = (Vec::new(), Vec::new());
        for turn in 0..3 {
            let place = place.join(format!("{count}-{turn}"));
            let store = littered(runtime, &place, count);
            let (plan, run) = runtime.block_on(collected(&store, count / 2));
            plans.push(plan);
            runs.push(run);
            fs::remove_dir_all(place).unwrap();
        }
        let ([plan, run], count) = ([plans, runs].map(median), count as f64);
        let [plan, each, run, gone] = [plan, plan / count, run, run / (count / 2.0)].map(Duration::from_secs_f64);
        println!("| {count} | {plan:.1?} | {each:.1?} | {run:.1?} | {gone:.1?} |");
    }
}

/// A store with so many blobs in one repository, and manifests that need half of them.
fn littered(runtime: &Runtime, place: &Path, count: usize) -> Disk {
    let store = Directory::create(place).unwrap().with_durability(Durability::Process);
    let layers: Vec<_> =
        (0..count as u64).map(|number| Descriptor::of(MediaType::LAYER_GZIP, &number.to_le_bytes())).collect();
    runtime.block_on(tag(&store, &APP, 0));
    let [pool, seen] =
        [PathBuf::from("blobs/sha256"), Path::new("repositories/team-00/app-00/_oci/blobs/sha256").into()];
    for (number, layer) in layers.iter().enumerate() {
        let name = layer.digest.encoded().to_string();
        fs::write(place.join(&pool).join(&name), (number as u64).to_le_bytes()).unwrap();
        fs::hard_link(place.join(&pool).join(&name), place.join(&seen).join(&name)).unwrap();
    }
    let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"{\"number\":0}");
    for layers in layers[count / 2..].chunks(100) {
        let manifest = Document::author(Manifest::new(config.clone(), layers.to_vec())).unwrap().into_raw();
        runtime.block_on(store.put_manifest(&APP, &manifest, &[], &Precondition::Always)).unwrap();
    }
    store
}

/// How long a plan takes, and then what it says.
async fn collected(store: &Disk, gone: usize) -> (f64, f64) {
    let collector = Collector::begin(store).await.unwrap();
    let start = Instant::now();
    let plan = collector.plan(&Options::default().with_grace(Duration::ZERO)).await.unwrap();
    let planned = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let report = collector.run(plan, &|_| ()).await;
    assert_eq!(report.pool.swept.items, gone as u64);
    (planned, start.elapsed().as_secs_f64())
}

/// What this program is asked for to look at a store and to say what that took.
const CHECK: &str = "--check-alone";

/// What memory it takes to look whether everything in a store is right, each time in a process of its own.
fn fsck(runtime: &Runtime, place: &Path) {
    println!("\n| blobs in a repository, half of them needed | memory at its peak | for each blob | time |");
    println!("|---|--:|--:|--:|");
    let mut least = None;
    for count in [10_usize, 1000, 10_000, 100_000] {
        let place = place.join(count.to_string());
        drop(littered(runtime, &place, count));
        let start = Instant::now();
        let checked = Command::new(std::env::current_exe().unwrap()).args([CHECK, place.to_str().unwrap()]).output();
        let (peak, time) = (String::from_utf8(checked.unwrap().stdout).unwrap(), start.elapsed());
        let peak: u64 = peak.trim().parse().unwrap();
        let each = (peak - *least.get_or_insert(peak)) * 1024 / count as u64;
        println!("| {count} | {:.1} MiB | {each} B | {time:.1?} |", peak as f64 / 1024.0);
        fs::remove_dir_all(place).unwrap();
    }
}

/// Looks at a store, and prints how much memory this process had at its peak, in KiB.
fn check_alone(place: &str) {
    let report = tokio::runtime::Runtime::new().unwrap().block_on(Fsck::open(place).unwrap().check()).unwrap();
    assert_eq!(report.faults().count(), 0);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")).unwrap();
    println!("{}", peak.trim());
}
