use std::collections::HashMap;
use std::process::exit;

/// The arguments of an example: switches, flags with a value, and the rest in order. Whatever does not fit the usage
/// ends the program with exit code 2.
pub struct Args {
    usage: &'static str,
    switches: Vec<String>,
    values: HashMap<String, Vec<String>>,
    rest: Vec<String>,
}

impl Args {
    /// Reads the program's arguments. A flag is listed once for each of its values.
    pub fn parse(usage: &'static str, switches: &[&str], flags: &[&str], positional: usize) -> Self {
        let mut args = Self { usage, switches: Vec::new(), values: HashMap::new(), rest: Vec::new() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            if switches.contains(&word.as_str()) {
                args.switches.push(word);
            } else if flags.contains(&word.as_str()) {
                let wanted = flags.iter().filter(|flag| **flag == word).count();
                let values: Vec<_> = words.by_ref().take(wanted).collect();
                if values.len() < wanted {
                    args.refuse(&format!("{word} needs {wanted} value{}", if wanted == 1 { "" } else { "s" }));
                }
                args.values.insert(word, values);
            } else if word.starts_with('-') {
                args.refuse(&format!("{word} is not known"));
            } else {
                args.rest.push(word);
            }
        }
        if args.rest.len() != positional {
            args.refuse(&format!("{positional} names are needed, {} were given", args.rest.len()));
        }
        args
    }

    /// Whether a switch was given.
    pub fn has(&self, switch: &str) -> bool {
        self.switches.iter().any(|given| given == switch)
    }

    /// The value of a flag, read by `parse`.
    pub fn value<T, E: std::fmt::Display>(&self, flag: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        let value = self.values.get(flag)?.first()?;
        match parse(value) {
            Ok(value) => Some(value),
            Err(error) => self.refuse(&format!("{flag}: {error}")),
        }
    }

    /// Both values of a flag that is listed twice.
    pub fn pair(&self, flag: &str) -> Option<(&str, &str)> {
        match self.values.get(flag)?.as_slice() {
            [first, second] => Some((first, second)),
            _ => None,
        }
    }

    /// Whether a flag was given.
    pub fn has_value(&self, flag: &str) -> bool {
        self.values.contains_key(flag)
    }

    /// The argument at `at` that is no flag.
    pub fn name(&self, at: usize) -> &str {
        self.rest.get(at).map_or("", String::as_str)
    }

    fn refuse(&self, why: &str) -> ! {
        eprintln!("error: {why}\nusage: {}", self.usage);
        exit(2)
    }
}
