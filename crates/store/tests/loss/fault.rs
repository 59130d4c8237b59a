//! Operations that fail, one at a time, each of them (76, 78, 82).

use std::collections::BTreeMap;
use std::thread;

use wharf_registry::{Blob, Document, Error, MediaType, Precondition, Repository, UploadId, Write};
use wharf_store::layout::Durability;

use crate::check;
use crate::machine::{Fault, Faulty, Memory, Outage, Quirks, Random, Step, seed};
use crate::model::{Act, Model};
use crate::script::{Client, Shape, repositories, run, script, tag};

const EINTR: i32 = 4;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const YEAR_2200: i64 = 7_258_118_400;

/// A disk on which some steps of a script were done, and the next one.
struct Scene {
    shape: Shape,
    disk: Memory,
    sessions: BTreeMap<Repository, UploadId>,
    act: Act,
    before: Model,
    after: Model,
}

/// One for each step of the script.
async fn scenes(shape: Shape) -> Vec<Scene> {
    let (acts, disk) = (script(shape), Memory::default());
    let mut client = Client::new(shape.open(disk.clone()).unwrap());
    let mut scenes = Vec::new();
    for (position, act) in acts.iter().enumerate() {
        let [before, after] = [position, position + 1].map(|done| Model::after(&acts[..done]));
        let (disk, sessions) = (disk.fork(), client.sessions.clone());
        scenes.push(Scene { shape, disk, sessions, act: act.clone(), before, after });
        client.act(act).await.unwrap();
    }
    scenes
}

/// What came of a step on a disk that fails, and who tried it; nobody if the store could not even be opened.
struct Tried {
    disk: Memory,
    faulty: Faulty<Memory>,
    client: Option<Client>,
    done: Result<(), String>,
}

impl Scene {
    /// Opens the store on a disk of its own whose n-th operation does something else, and does the step.
    async fn tried(&self, at: usize, fault: Fault) -> Tried {
        self.on(self.disk.fork(), at, fault).await
    }

    async fn on(&self, disk: Memory, at: usize, fault: Fault) -> Tried {
        let faulty = Faulty::new(disk.clone(), at, fault);
        let (client, done) = match self.shape.open(faulty.clone()) {
            Ok(store) => {
                let mut client = Client { store, sessions: self.sessions.clone() };
                let done = client.act(&self.act).await.map_err(said);
                (Some(client), done)
            }
            Err(error) => (None, Err(format!("{error:?}"))),
        };
        Tried { disk, faulty, client, done }
    }

    /// How the step is done on a disk that does not fail.
    async fn healthy(&self) -> Vec<Step> {
        let tried = self.tried(usize::MAX, Fault::Ends).await;
        tried.done.unwrap();
        tried.faulty.done()
    }

    /// Whoever comes later finds what was there before or what was to be there, and can do the step. What was reported as
    /// done has survived.
    async fn check(&self, tried: Tried) -> Result<(), String> {
        let Tried { disk, client, done, .. } = tried;
        check::disk(&disk.tree())?;
        let least = if done.is_ok() { &self.after } else { &self.before };
        let (least, most) = (self.surviving(least, &done), self.surviving(&self.after, &done));
        self.look(&disk, &least, &most).await?;
        if done.is_ok() {
            return self.cut(&disk, &least, &most).await.map_err(|said| format!("after a power cut: {said}"));
        }
        let open = || self.shape.open(disk.clone()).map_err(|error| format!("it cannot be opened: {error:?}"));
        let fresh = || Ok::<_, String>(Client { store: open()?, sessions: self.sessions.clone() });
        let mut client = client.map_or_else(fresh, Ok)?;
        let again = client.act_again(&self.act).await.map_err(|error| format!("another try fails: {error:?}"))?;
        let least = if again { &most } else { &least };
        check::store(&client, least, &most).await.map_err(|said| format!("after another try: {said}"))?;
        self.cut(&disk, least, &most).await.map_err(|said| format!("after another try and a power cut: {said}"))
    }

    /// A session is over when something failed in it.
    fn surviving(&self, model: &Model, done: &Result<(), String>) -> Model {
        let mut model = model.clone();
        if done.is_err() && self.act.is_of_session() {
            model.sessions.clear();
        }
        model
    }

    async fn look(&self, disk: &Memory, least: &Model, most: &Model) -> Result<(), String> {
        let store = self.shape.open(disk.clone()).map_err(|error| format!("it cannot be opened: {error:?}"))?;
        check::store(&Client { store, sessions: self.sessions.clone() }, least, most).await
    }

    async fn cut(&self, disk: &Memory, least: &Model, most: &Model) -> Result<(), String> {
        let mut outage = Outage::default();
        disk.log().iter().for_each(|effect| outage.apply(effect));
        let tree = outage.worst();
        check::disk(&tree)?;
        self.look(&Memory::with(tree), least, most).await
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn said(error: Error) -> String {
    format!("{error:?}")
}

const fn changes(step: Step) -> bool {
    !matches!(step, Step::Stat | Step::Open | Step::List | Step::Look | Step::Read | Step::Lock)
}

/// Files that are being written.
fn left(disk: &Memory) -> Vec<String> {
    disk.tree().files().into_keys().filter(|path| path.contains("ingest/wharf-")).collect()
}

/// Lets each operation of each step fail, where it makes sense.
async fn fail_each(shape: Shape, fault: Fault, sense: fn(Step) -> bool) {
    let mut tried = 0;
    for scene in scenes(shape).await {
        let steps = scene.healthy().await;
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| sense(**step)) {
            let outcome = scene.tried(at, fault).await;
            let must_be_clean = *step != Step::RemoveFile && !matches!(fault, Fault::Lost(_));
            let is_clean = !must_be_clean || left(&outcome.disk).is_empty();
            let verdict = scene.check(outcome).await;
            let verdict = verdict.and_then(|()| if is_clean { Ok(()) } else { Err("a file is left".to_owned()) });
            verdict.unwrap_or_else(|said| panic!("{shape:?} {fault:?} at {at} {step:?} of {:?}: {said}", scene.act));
            tried += 1;
        }
    }
    println!("{shape:?} {fault:?}: {tried} operations");
}

#[test]
fn case_76_whatever_fails_leaves_what_was_there_and_can_be_tried_again() {
    for shape in Shape::ALL {
        run(fail_each(shape, Fault::Fails(EIO), |_| true));
    }
}

#[test]
fn case_76_a_full_disk_leaves_what_was_there() {
    for shape in Shape::ALL {
        run(fail_each(shape, Fault::Fails(ENOSPC), changes));
        run(fail_each(shape, Fault::Short(ENOSPC), |step| step == Step::Write));
    }
}

/// As on a file system of a network, which loses the answer to what it did.
#[test]
fn case_84_what_was_done_although_it_failed_does_no_harm() {
    const ENOENT: i32 = 2;
    for (shape, number) in [(Shape::Layout, EIO), (Shape::Directory, EIO), (Shape::Directory, ENOENT)] {
        run(fail_each(shape, Fault::Lost(number), changes));
    }
}

#[test]
fn case_76_what_is_interrupted_is_done_all_the_same() {
    for shape in Shape::ALL {
        run(async {
            for scene in scenes(shape).await {
                for at in 0..scene.healthy().await.len() {
                    let tried = scene.tried(at, Fault::Fails(EINTR)).await;
                    assert_eq!(tried.done, Ok(()), "{shape:?} at {at} of {:?}", scene.act);
                }
            }
        });
    }
}

/// Whoever comes after a process that ended finds nothing that the next collection does not take.
#[test]
fn case_76_what_a_process_leaves_behind_is_collected() {
    for shape in Shape::ALL {
        run(async {
            for scene in scenes(shape).await.into_iter().filter(|scene| matches!(scene.act, Act::PutManifest { .. })) {
                for at in 0..scene.healthy().await.len() {
                    let disk = scene.tried(at, Fault::Ends).await.disk;
                    let mut client = Client::new(shape.open(disk.clone()).unwrap());
                    client.act(&scene.act).await.unwrap();
                    let [app, _] = repositories(shape);
                    let note = Document::new(MediaType::OCTET_STREAM, "a change of the index");
                    client.store.put_manifest(&app, &note, &[tag("note")], &Precondition::Always).await.unwrap();
                    assert_eq!(left(&disk), [""; 0], "{shape:?} at {at} of {:?}", scene.act);
                }
            }
        });
    }
}

/// A sync that fails is not made good by the next, because the system forgets what it could not write: neither the same
/// nor another try may then report what a power cut takes.
#[test]
fn case_78_a_sync_that_failed_once_is_not_believed_later() {
    for shape in Shape::ALL {
        let (failed, mended) = run(fail_syncs(shape));
        println!("{shape:?}: {failed} syncs failed an operation, {mended} were made good by it");
        assert!(failed > 20);
    }
}

async fn fail_syncs(shape: Shape) -> (usize, usize) {
    let (mut failed, mut mended) = (0, 0);
    for scene in scenes(shape).await {
        for after in 0.. {
            let disk = scene.disk.fork();
            disk.fail_sync(after);
            let tried = scene.on(disk.clone(), usize::MAX, Fault::Ends).await;
            if disk.has_sync_to_fail() {
                break;
            }
            failed += usize::from(tried.done.is_err());
            mended += usize::from(tried.done.is_ok());
            let verdict = scene.check(tried).await;
            verdict.unwrap_or_else(|said| panic!("{shape:?} sync {after} of {:?}: {said}", scene.act));
        }
    }
    (failed, mended)
}

/// Content that its writer did not wait for is synced by whoever finds it. If that fails, the bytes that can be read are not
/// those of the disk, whatever the next sync says.
#[test]
fn case_78_content_that_does_not_get_to_the_disk_is_written_again() {
    for shape in Shape::ALL {
        for after in 0..8 {
            run(async {
                let ([app, _], disk) = (repositories(shape), Memory::default());
                let put = Act::PutBlob { to: app.clone(), content: b"content".repeat(200) };
                let calm = shape.open(disk.clone()).unwrap();
                calm.put_blob(&app, Blob::from_bytes("what makes the directories")).await.unwrap();
                Client::new(calm.with_durability(Durability::Process)).act(&put).await.unwrap();
                let mut client = Client::new(shape.open(disk.clone()).unwrap());
                disk.fail_sync(after);
                let first = client.act(&put).await;
                client.act(&put).await.unwrap_or_else(|error| panic!("{shape:?} {after} {first:?}: {error:?}"));
                let mut outage = Outage::default();
                disk.log().iter().for_each(|effect| outage.apply(effect));
                let (tree, model) = (outage.worst(), Model::after(&[put]));
                let client = Client::new(shape.open(Memory::with(tree)).unwrap());
                let verdict = check::store(&client, &model, &model).await;
                verdict.unwrap_or_else(|said| panic!("{shape:?}, sync {after}: {said}"));
            });
        }
    }
}

#[test]
fn case_82_a_full_disk_keeps_the_index_that_was_there() {
    for scene in run(scenes(Shape::Layout)).into_iter().filter(|scene| matches!(scene.act, Act::PutManifest { .. })) {
        let index = |disk: &Memory| disk.tree().files()["index.json"].bytes.to_vec();
        let (steps, old) = (run(scene.healthy()), index(&scene.disk));
        for at in (0..steps.len()).filter(|at| steps[*at] == Step::Write) {
            for fault in [Fault::Fails(ENOSPC), Fault::Short(ENOSPC)] {
                let tried = run(scene.tried(at, fault));
                assert!(tried.done.is_err() && index(&tried.disk) == old, "{fault:?} at {at} of {:?}", scene.act);
            }
        }
    }
}

#[test]
fn case_82_of_two_who_change_an_index_none_is_lost() {
    let disk = Memory::default();
    // Or what each of them writes would be a day old for the other.
    disk.be(Quirks { epoch: YEAR_2200, ..Quirks::default() });
    run(async { drop(Shape::Layout.open(disk.clone()).unwrap()) });
    let write = |writer: usize| {
        run(async {
            let (store, [app, _]) = (Shape::Layout.open(disk.clone()).unwrap(), repositories(Shape::Layout));
            for number in 0..20 {
                let text = format!("of-{writer}-{number}");
                let note = Document::new(MediaType::OCTET_STREAM, text.clone());
                store.put_manifest(&app, &note, &[tag(&text)], &Precondition::Always).await.unwrap();
            }
        });
    };
    thread::scope(|scope| (0..2).for_each(|writer| drop(scope.spawn(move || write(writer)))));
    let tree = disk.tree();
    let index: serde_json::Value = serde_json::from_slice(&tree.files()["index.json"].bytes).unwrap();
    assert_eq!(index["manifests"].as_array().unwrap().len(), 40);
    let mut outage = Outage::default();
    disk.log().iter().for_each(|effect| outage.apply(effect));
    for cut in outage.states(16, &mut Random(seed())).0 {
        assert_eq!(cut.files()["index.json"].bytes, tree.files()["index.json"].bytes, "all of it was reported");
    }
}
