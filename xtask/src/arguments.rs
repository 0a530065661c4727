//! The few arguments of the checker, read by hand: a library for them would take longer to build than all the rest of it.

use std::{collections::VecDeque, str::FromStr};

use anyhow::{Result, bail};

/// What was typed and is not read yet.
pub struct Arguments(VecDeque<String>);

impl Arguments {
    /// Those of this process.
    pub fn read() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// The next word.
    pub fn word(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    /// Whether this flag was given.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|given| given != name);
        self.0.len() < before
    }

    /// Every value of this option, as `--name VALUE` or `--name=VALUE`.
    pub fn values(&mut self, name: &str) -> Result<Vec<String>> {
        let mut values = Vec::new();
        let mut rest = VecDeque::new();
        while let Some(given) = self.0.pop_front() {
            if given == name {
                let Some(value) = self.0.pop_front() else { bail!("{name} needs a value") };
                values.push(value);
            } else if let Some(value) = given.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                values.push(value.to_string());
            } else {
                rest.push_back(given);
            }
        }
        self.0 = rest;
        Ok(values)
    }

    /// The value of an option that is a number; the last one counts.
    pub fn number<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(last) = self.values(name)?.pop() else { return Ok(None) };
        match last.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => bail!("{name}: `{last}` is not a number"),
        }
    }

    /// Refuses what nobody has read.
    pub fn nothing_more(&mut self) -> Result<()> {
        match self.0.front() {
            Some(unknown) => bail!("`{unknown}` is not understood; see `cargo xtask help`"),
            None => Ok(()),
        }
    }

    /// All that is left, unread.
    pub fn all(self) -> impl Iterator<Item = String> {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn given(words: &[&str]) -> Arguments {
        Arguments(words.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn options_are_read_in_both_forms_and_the_rest_is_refused() {
        let mut arguments = given(&["check", "--only", "docs", "--list", "--only=tests", "--kills", "7"]);
        assert_eq!(arguments.word().as_deref(), Some("check"));
        assert_eq!(arguments.values("--only").unwrap(), ["docs", "tests"]);
        assert!(arguments.flag("--list"));
        assert!(!arguments.flag("--list"));
        assert!(arguments.nothing_more().is_err());
        assert_eq!(arguments.number::<usize>("--kills").unwrap(), Some(7));
        assert!(arguments.nothing_more().is_ok());
        assert!(given(&["--only"]).values("--only").is_err());
        assert!(given(&["--kills", "many"]).number::<usize>("--kills").is_err());
    }
}
