//! Threads of which one runs at a time. At each of its steps it is chosen who goes on.

use std::sync::{Condvar, Mutex, MutexGuard};

use crate::choice::Choice;

/// Who can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Ready,
    /// Until somebody lets go of a lock.
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

/// Everybody waits for a lock that somebody else has.
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

    /// Waits for the first turn of a thread.
    pub(crate) fn enter(&self, actor: usize) {
        self.wait(actor, self.state());
    }

    /// A step of a thread, whose turn it is: others may come before it.
    pub(crate) fn step(&self, actor: usize, what: impl FnOnce() -> String) {
        let mut state = self.state();
        state.steps += 1;
        if let Some(trace) = &mut state.trace {
            trace.push(format!("{actor}: {}", what()));
        }
        self.pass(actor, state);
    }

    /// A thread finds a lock taken. It returns when somebody has let go of one.
    pub(crate) fn wait_for_lock(&self, actor: usize) -> Result<(), Stuck> {
        let mut state = self.state();
        state.standings[actor] = Standing::Waiting;
        if !state.standings.contains(&Standing::Ready) {
            state.is_stuck = true;
            state.unlocked();
        }
        self.pass(actor, state);
        if self.state().is_stuck { Err(Stuck) } else { Ok(()) }
    }

    /// Somebody let go of a file, and of a lock with it if they had it.
    pub(crate) fn unlocked(&self) {
        self.state().unlocked();
    }

    /// A thread has done everything.
    pub(crate) fn leave(&self, actor: usize) {
        let mut state = self.state();
        state.standings[actor] = Standing::Ended;
        state.choose(actor);
        if state.running.is_none() && state.standings.contains(&Standing::Waiting) {
            state.is_stuck = true;
            state.unlocked();
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

    fn unlocked(&mut self) {
        let waiting = self.standings.iter_mut().filter(|standing| **standing == Standing::Waiting);
        waiting.for_each(|standing| *standing = Standing::Ready);
    }
}
