//! Trying a scenario in many orders.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use crate::choice::Choice;
use crate::client::Client;
use crate::turns::Turns;
use crate::world::{Crowd, Variant, World};

/// How many orders are tried unless another number is asked for.
const fn schedules(crowd: Crowd) -> u64 {
    match crowd {
        Crowd::Processes | Crowd::Memory => 600,
        Crowd::Tasks => 300,
    }
}

/// What happens in a world.
pub(crate) struct Scenario {
    /// In which worlds it makes sense.
    pub(crate) suits: fn(&Variant) -> bool,
    /// What was before.
    pub(crate) prepare: fn(&Client),
    /// What happens at the same time.
    pub(crate) actors: &'static [fn(&Client)],
    /// What holds then.
    pub(crate) check: fn(&Client),
}

pub(crate) fn everywhere(_: &Variant) -> bool {
    true
}

pub(crate) fn with_a_pool(variant: &Variant) -> bool {
    variant.many
}

/// Tries a scenario in many orders and in all worlds that suit it.
pub(crate) fn explore(scenario: &Scenario, crowd: Crowd) {
    let variants = Variant::all(crowd).into_iter().filter(scenario.suits);
    let mut worlds: Vec<_> = variants.map(|variant| World::new(variant, scenario.prepare)).collect();
    for world in &mut worlds {
        let one_by_one = Choice::Once { first: 0, at: usize::MAX };
        let (_, ended) = run(scenario, world, one_by_one, false);
        world.length = ended.unwrap_or_else(|failure| panic!("at once: {failure:?}"));
    }
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match number("WHARF_SCHEDULE") {
        Some(seed) => try_one(scenario, &worlds, seed, true),
        None => (0..number("WHARF_SCHEDULES").unwrap_or(schedules(crowd)))
            .for_each(|seed| try_one(scenario, &worlds, seed, false)),
    }
}

/// The order of a seed, in one of the worlds.
fn try_one(scenario: &Scenario, worlds: &[World], seed: u64, is_traced: bool) {
    let world = &worlds[usize::try_from(seed).unwrap() % worlds.len()];
    let choice = Choice::new(seed, scenario.actors.len(), world.length);
    let (trace, ended) = run(scenario, world, choice, is_traced);
    trace.iter().for_each(|step| println!("{step}"));
    if let Err(failure) = ended {
        panic!("in {:?}: {failure}\nWHARF_SCHEDULE={seed} shows this order", world.variant);
    }
}

/// Lets everybody do everything in one order, and says what was done, if that is asked for, and in how many steps.
fn run(scenario: &Scenario, world: &World, choice: Choice, is_traced: bool) -> (Vec<String>, Result<usize, String>) {
    let stage = world.stage();
    let turns = Arc::new(Turns::new(scenario.actors.len(), choice, is_traced));
    let ended: Vec<_> = thread::scope(|scope| {
        let act = |(actor, act): (usize, &'static fn(&Client))| {
            let (stage, turns) = (&stage, Arc::clone(&turns));
            scope.spawn(move || turns.take_part(actor, || caught(|| act(&stage.client()))))
        };
        let threads: Vec<_> = scenario.actors.iter().enumerate().map(act).collect();
        turns.begin();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (steps, is_stuck, trace) = Arc::into_inner(turns).unwrap().end();
    let ended = match is_stuck {
        true => Err("everybody waits for somebody else".to_owned()),
        false => ended.into_iter().collect::<Result<(), _>>(),
    };
    let ended = ended.and_then(|()| caught(|| stage.check(scenario.check)));
    (trace, ended.map(|()| steps))
}

/// What is told of an order is what happens when it is tried again. Names that are made up are others.
pub(crate) fn replays(scenario: &Scenario, crowd: Crowd) {
    for variant in Variant::all(crowd) {
        let mut world = World::new(variant, scenario.prepare);
        world.length = 100;
        for seed in 0..8 {
            let [first, second] = [(); 2].map(|()| {
                let choice = Choice::new(seed, scenario.actors.len(), world.length);
                run(scenario, &world, choice, true).0.into_iter().map(|step| named(&step)).collect::<Vec<_>>()
            });
            let at = first.iter().zip(&second).position(|(first, second)| first != second);
            let differ = at.map(|at| (&first[at], &second[at]));
            assert_eq!(differ, None, "{seed} in {variant:?}");
            assert_eq!(first.len(), second.len(), "{seed} in {variant:?}");
        }
    }
}

/// A step without what is made up, and without the second in which something was condemned.
fn named(step: &str) -> String {
    let is_told = |part: &&str| part.len() <= 20 && part.parse::<u64>().is_err();
    step.split(['/', '-']).filter(is_told).collect::<Vec<_>>().join("/")
}

/// Makes a test of each scenario, for each crowd.
macro_rules! in_each_crowd {
    ($($name:ident),* $(,)?) => {
        in_each_crowd!(processes: Processes, $($name)*);
        in_each_crowd!(tasks: Tasks, $($name)*);
        in_each_crowd!(memory: Memory, $($name)*);
    };
    ($module:ident: $crowd:ident, $($name:ident)*) => {
        mod $module {
            $(#[test] fn $name() { $crate::explore::explore(&super::$name(), $crate::world::Crowd::$crowd); })*
        }
    };
}
pub(crate) use in_each_crowd;

fn caught(act: impl FnOnce()) -> Result<(), String> {
    let message = |panic: Box<dyn Any + Send>| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast_ref::<&str>().map_or_else(String::new, |message| (*message).to_owned()),
    };
    catch_unwind(AssertUnwindSafe(act)).map_err(message)
}
