//! Threads of which one runs at a time. At each of its steps it is chosen who goes on.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::choice::Choice;

thread_local! {
    /// Which schedule this thread takes part in, and as whom.
    static PLACE: RefCell<Option<(Arc<Turns>, usize)>> = const { RefCell::new(None) };
}

/// A step of this thread, whose turn it is: others may come before it. Who takes no part in a schedule does it at once.
pub(crate) fn step(what: impl FnOnce() -> String) {
    PLACE.with_borrow(|place| {
        if let Some((turns, actor)) = place {
            turns.step(*actor, what);
        }
    });
}

/// This thread cannot go on. It returns when somebody has let go of something, which need not be what this waits for.
pub(crate) fn wait() -> Result<(), Stuck> {
    PLACE.with_borrow(|place| place.as_ref().map_or(Err(Stuck), |(turns, actor)| turns.wait_for_others(*actor)))
}

/// Somebody let go of something that others may wait for.
pub(crate) fn freed() {
    PLACE.with_borrow(|place| place.iter().for_each(|(turns, _)| turns.state().free()));
}

/// Who can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Ready,
    /// Until somebody lets go of something.
    Waiting,
    Ended,
}

/// A schedule while it happens.
#[derive(Debug)]
pub(crate) struct Turns {
    state: Mutex<State>,
    turned: Vec<Condvar>,
}

#[derive(Debug)]
struct State {
    standings: Vec<Standing>,
    running: Option<usize>,
    choice: Choice,
    steps: usize,
    is_stuck: bool,
    /// What was done by whom, if anybody wants to know.
    trace: Option<Vec<String>>,
}

/// Everybody waits for what somebody else has.
#[derive(Debug)]
pub(crate) struct Stuck;

impl Turns {
    pub(crate) fn new(actors: usize, choice: Choice, is_traced: bool) -> Self {
        let trace = is_traced.then(Vec::new);
        let standings = vec![Standing::Ready; actors];
        let state = State { standings, running: None, choice, steps: 0, is_stuck: false, trace };
        Self { state: Mutex::new(state), turned: (0..actors).map(|_| Condvar::new()).collect() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Begins, once all threads are there: from now on one of them runs.
    pub(crate) fn begin(&self) {
        let mut state = self.state();
        state.choose(0);
        self.turned.iter().for_each(Condvar::notify_one);
    }

    /// All that a thread does, from its first turn on.
    pub(crate) fn take_part<T>(self: &Arc<Self>, actor: usize, act: impl FnOnce() -> T) -> T {
        self.wait(actor, self.state());
        PLACE.set(Some((Arc::clone(self), actor)));
        let done = act();
        PLACE.set(None);
        self.leave(actor);
        done
    }

    fn step(&self, actor: usize, what: impl FnOnce() -> String) {
        let mut state = self.state();
        state.steps += 1;
        if let Some(trace) = &mut state.trace {
            trace.push(format!("{actor}: {}", what()));
        }
        self.pass(actor, state);
    }

    fn wait_for_others(&self, actor: usize) -> Result<(), Stuck> {
        let mut state = self.state();
        state.standings[actor] = Standing::Waiting;
        if !state.standings.contains(&Standing::Ready) {
            state.is_stuck = true;
            state.free();
        }
        self.pass(actor, state);
        if self.state().is_stuck { Err(Stuck) } else { Ok(()) }
    }

    /// A thread has done everything.
    fn leave(&self, actor: usize) {
        let mut state = self.state();
        state.standings[actor] = Standing::Ended;
        state.choose(actor);
        if state.running.is_none() && state.standings.contains(&Standing::Waiting) {
            state.is_stuck = true;
            state.free();
            state.choose(actor);
        }
        if let Some(next) = state.running {
            self.turned[next].notify_one();
        }
    }

    /// How many steps there were, whether nobody could go on, and what was done.
    pub(crate) fn end(self) -> (usize, bool, Vec<String>) {
        let state = self.state.into_inner().unwrap();
        (state.steps, state.is_stuck, state.trace.unwrap_or_default())
    }

    fn pass(&self, actor: usize, mut state: MutexGuard<'_, State>) {
        state.choose(actor);
        match state.running {
            Some(next) if next != actor => self.turned[next].notify_one(),
            _ => return,
        }
        self.wait(actor, state);
    }

    fn wait(&self, actor: usize, state: MutexGuard<'_, State>) {
        drop(self.turned[actor].wait_while(state, |state| state.running != Some(actor)).unwrap());
    }
}

impl State {
    fn choose(&mut self, current: usize) {
        let all = self.standings.iter().enumerate();
        let ready: Vec<_> = all.filter(|(_, standing)| **standing == Standing::Ready).map(|(actor, _)| actor).collect();
        let next = (!ready.is_empty()).then(|| self.choice.next(&ready, current, self.steps));
        self.running = next;
    }

    fn free(&mut self) {
        let waiting = self.standings.iter_mut().filter(|standing| **standing == Standing::Waiting);
        waiting.for_each(|standing| *standing = Standing::Ready);
    }
}
