//! Power cuts and ends of processes at every moment of a store's life (77).

use std::collections::{BTreeMap, HashSet};

use wharf_registry::{Content, Digest, ErrorCode, Repository, UploadId};

use crate::check;
use crate::machine::{Effect, Memory, Outage, Random, Tree, budget, seed};
use crate::model::{Act, Model};
use crate::script::{Client, Shape, repositories, run, script};

/// What happened to a disk while a script ran, with what there was after each step.
struct Story {
    shape: Shape,
    acts: Vec<Act>,
    log: Vec<Effect>,
    sessions: Vec<BTreeMap<Repository, UploadId>>,
}

impl Story {
    async fn of(shape: Shape) -> Self {
        let (acts, disk) = (script(shape), Memory::default());
        let mut client = Client::new(shape.open(disk.clone()).unwrap());
        disk.note(0);
        let mut sessions = vec![BTreeMap::new()];
        for (position, act) in acts.iter().enumerate() {
            client.act(act).await.unwrap();
            disk.note(position + 1);
            sessions.push(client.sessions.clone());
        }
        let story = Self { shape, acts, log: disk.log(), sessions };
        story.has_collected(&disk.tree());
        story
    }

    /// Or nothing was tried.
    fn has_collected(&self, tree: &Tree) {
        let collected: Vec<_> = self.model(usize::MAX).repositories.into_values().flat_map(|it| it.collected).collect();
        assert!(!collected.is_empty());
        let files = tree.files();
        let needed = |digest: &Digest| self.model(usize::MAX).repositories.values().any(|it| it.blobs.contains(digest));
        for digest in collected.iter().filter(|digest| !needed(digest)) {
            assert!(!files.keys().any(|path| path.contains(&digest.encoded().to_string())), "{digest} is left");
        }
    }

    /// What there was when so many steps were reported as done.
    fn model(&self, done: usize) -> Model {
        Model::after(&self.acts[..done.min(self.acts.len())])
    }

    /// Opens what a machine has when it comes up again, and looks at all of it. Then the step that was not done is done
    /// again, and what cannot be there, or was not done, is found.
    async fn reopen(&self, tree: Tree, done: usize) -> Result<Client, String> {
        check::disk(&tree)?;
        let disk = Memory::with(tree);
        let store = self.shape.open(disk.clone()).map_err(|error| format!("it cannot be opened: {error:?}"))?;
        let mut client = Client { store, sessions: self.sessions[done].clone() };
        check::store(&client, &self.model(done), &self.model(done + 1)).await?;
        self.again(&mut client, done).await?;
        self.go_on(&mut client).await?;
        check::disk(&disk.tree())?;
        Ok(client)
    }

    /// Does the step that was not done, and says whether it is.
    async fn again(&self, client: &mut Client, done: usize) -> Result<bool, String> {
        let Some(act) = self.acts.get(done) else { return Ok(false) };
        let again = match client.act_again(act).await {
            Err(error) if self.was_condemned(act, done) && *error.code() == ErrorCode::MANIFEST_BLOB_UNKNOWN => false,
            again => again.map_err(|error| format!("{act:?} fails: {error:?}"))?,
        };
        if again {
            let after = self.model(done + 1);
            check::store(client, &after, &after).await.map_err(|said| format!("after another try: {said}"))?;
        }
        Ok(again)
    }

    /// Whether a manifest needs what was condemned. If both names are lost while that comes back, it has to be pushed again:
    /// file systems whose renames are one step do not do that, and nobody was told yet that the manifest is stored.
    fn was_condemned(&self, act: &Act, done: usize) -> bool {
        let Act::PutManifest { to, document, .. } = act else { return false };
        let content = document.clone().decode::<Content>().unwrap();
        let before = self.model(done);
        content.view().blobs().any(|needed| before.repositories[to].collected.contains(&needed.digest))
    }

    /// A store that came up takes more.
    async fn go_on(&self, client: &mut Client) -> Result<(), String> {
        for to in repositories(self.shape) {
            let more = Act::PutBlob { to, content: b"more".to_vec() };
            client.act(&more).await.map_err(|error| format!("it takes no more: {error:?}"))?;
        }
        Ok(())
    }
}

/// After each thing that happens to the disk, the power is cut: each state that this can leave, or so many of them.
async fn cut_at_every_moment(shape: Shape, most: usize) {
    let (story, mut random) = (Story::of(shape).await, Random(seed()));
    let (mut outage, mut done, mut seen, mut tried, mut sampled) = (Outage::default(), 0, HashSet::new(), 0, 0);
    for (position, effect) in story.log.iter().enumerate() {
        outage.apply(effect);
        done = if let Effect::Noted(progress) = effect { *progress } else { done };
        let (states, is_all) = outage.states(most, &mut random);
        sampled += usize::from(!is_all);
        tried += states.len();
        for tree in states {
            if seen.insert((tree.fingerprint(), done)) {
                let files: Vec<_> = tree.files().into_keys().collect();
                if let Err(said) = story.reopen(tree, done).await {
                    panic!(
                        "{shape:?}, seed {}: cut after {position} {effect:?}, {done} done: {said}\n{files:#?}",
                        seed()
                    );
                }
            }
        }
    }
    println!(
        "{shape:?}, seed {}: {} moments, {sampled} of them sampled; {tried} states, {} of them different",
        seed(),
        story.log.len(),
        seen.len()
    );
}

/// At each moment the process ends, another one goes on, and when that has reported what it did the power is cut.
async fn end_at_every_moment(shape: Shape, most: usize) {
    let (story, mut random) = (Story::of(shape).await, Random(seed()));
    let (mut done, mut tried) = (0, 0);
    for (position, effect) in story.log.iter().enumerate() {
        done = if let Effect::Noted(progress) = effect { *progress } else { done };
        let disk = Memory::after(&story.log[..=position]);
        let said = |said| format!("{shape:?}, seed {}: ended after {position} {effect:?}, {done} done: {said}", seed());
        tried += end(&story, disk, done, most, &mut random).await.map_err(said).unwrap();
    }
    println!("{shape:?}, seed {}: {} moments, {tried} states", seed(), story.log.len());
}

async fn end(story: &Story, disk: Memory, done: usize, most: usize, random: &mut Random) -> Result<usize, String> {
    check::disk(&disk.tree())?;
    let store = story.shape.open(disk.clone()).map_err(|error| format!("it cannot be opened: {error:?}"))?;
    let mut client = Client { store, sessions: story.sessions[done].clone() };
    check::store(&client, &story.model(done), &story.model(done + 1)).await?;
    let is_done = story.again(&mut client, done).await?;
    let mut outage = Outage::default();
    disk.log().iter().for_each(|effect| outage.apply(effect));
    let (mut states, _) = outage.states(most, random);
    states.push(outage.worst());
    let (least, most) = (story.model(done + usize::from(is_done)), story.model(done + 1));
    for tree in &states {
        check::disk(tree)?;
        let store = story.shape.open(Memory::with(tree.clone())).map_err(|error| format!("not opened: {error:?}"))?;
        let client = Client { store, sessions: client.sessions.clone() };
        check::store(&client, &least, &most).await.map_err(|said| format!("after another try and a cut: {said}"))?;
    }
    Ok(states.len())
}

#[test]
fn case_77_a_power_cut_at_any_moment_loses_nothing_of_a_layout() {
    run(cut_at_every_moment(Shape::Layout, budget(24)));
}

#[test]
fn case_77_a_power_cut_at_any_moment_loses_nothing_of_a_directory() {
    run(cut_at_every_moment(Shape::Directory, budget(24)));
}

#[test]
fn case_77_what_another_process_repeats_and_reports_survives_in_a_layout() {
    run(end_at_every_moment(Shape::Layout, budget(4)));
}

#[test]
fn case_77_what_another_process_repeats_and_reports_survives_in_a_directory() {
    run(end_at_every_moment(Shape::Directory, budget(4)));
}
