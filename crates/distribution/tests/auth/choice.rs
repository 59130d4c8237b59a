//! Every way through a program that makes choices: it is run again and again, each time with another list of them.

/// The choices of one run, each with how many there were to choose from.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    made: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    /// One of several, the first unless this run goes another way.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        if self.at == self.made.len() {
            self.made.push((0, of.len()));
        }
        let (picked, count) = self.made[self.at];
        assert_eq!(count, of.len(), "a run is not the same as the one before");
        self.at += 1;
        of[picked]
    }

    /// Goes on to the next run, if there is one.
    fn advance(&mut self) -> bool {
        assert_eq!(self.at, self.made.len(), "a run is not the same as the one before");
        self.at = 0;
        while let Some((picked, count)) = self.made.pop() {
            if picked + 1 < count {
                self.made.push((picked + 1, count));
                return true;
            }
        }
        false
    }
}

/// Runs a program in every way there is, and tells how many there are.
pub(crate) fn every(mut run: impl FnMut(&mut Choices)) -> usize {
    let mut choices = Choices::default();
    for count in 1.. {
        run(&mut choices);
        if !choices.advance() {
            return count;
        }
    }
    unreachable!()
}

#[test]
fn every_way_is_gone_once() {
    let mut seen = Vec::new();
    let count = every(|choices| {
        let first = choices.pick(&[0, 1]);
        let second = if first == 0 { choices.pick(&[0, 1, 2]) } else { 9 };
        seen.push((first, second));
    });
    assert_eq!((count, seen), (4, vec![(0, 0), (0, 1), (0, 2), (1, 9)]));
}
