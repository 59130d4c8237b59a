use std::fmt;

/// What became of the rules, in the order in which they were tried. Printed, it is one line for each.
#[derive(Clone, Debug, Default)]
#[must_use = "a broken rule is only told"]
pub struct Report(Vec<(String, Outcome)>);

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Every answer was as it must be.
    Kept,
    /// The registry does not offer what the rule is about: this request was refused with `UNSUPPORTED`.
    Skipped(String),
    /// An answer was not as it must be: the request, and what was wrong.
    Broken(String),
}

impl Report {
    pub(super) fn add(&mut self, rule: String, outcome: Outcome) {
        self.0.push((rule, outcome));
    }

    /// The rules and what became of each.
    pub fn outcomes(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        self.0.iter().map(|(rule, outcome)| (rule.as_str(), outcome))
    }

    /// The names of the rules that were broken.
    #[must_use]
    pub fn broken(&self) -> Vec<&str> {
        self.named(|outcome| matches!(outcome, Outcome::Broken(_)))
    }

    /// The names of the rules that were skipped.
    #[must_use]
    pub fn skipped(&self) -> Vec<&str> {
        self.named(|outcome| matches!(outcome, Outcome::Skipped(_)))
    }

    fn named(&self, which: impl Fn(&Outcome) -> bool) -> Vec<&str> {
        self.outcomes().filter(|(_, outcome)| which(outcome)).map(|(rule, _)| rule).collect()
    }

    /// Fails the test when a rule is broken.
    ///
    /// # Panics
    /// With every rule that is broken, and the request that showed it.
    pub fn assert_kept(&self) {
        let broken =
            Self(self.0.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Broken(_))).cloned().collect());
        assert!(broken.0.is_empty(), "{} of {} rules are broken:\n{broken}", broken.0.len(), self.0.len());
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, outcome) in self.outcomes() {
            match outcome {
                Outcome::Kept => writeln!(f, "kept     {rule}")?,
                Outcome::Skipped(why) => writeln!(f, "skipped  {rule}: {why}")?,
                Outcome::Broken(what) => writeln!(f, "BROKEN   {rule}: {what}")?,
            }
        }
        Ok(())
    }
}
