//! The trace that a call or a run belongs to (W3C Trace Context): who called passes its id in `traceparent`, and what follows from
//! the call is found under it in the log. A run has a trace of its own, whose id is that of the run: it begins again after a
//! crash, on another node or a day later, and is still the same.

use super::{hex::hex, id::RunId};

/// The id of a trace, and the part of it that calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// 32 hex digits.
    pub id: String,
    /// 16 hex digits.
    pub parent: String,
}

fn digits(text: &str, length: usize) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(hex) && text.bytes().any(|byte| byte != b'0')
}

impl Trace {
    /// What a `traceparent` says; `None` where it is none, and then the call begins a trace. A version that is still to come may
    /// say more behind these fields.
    #[must_use]
    pub fn read(header: &str) -> Option<Self> {
        let mut fields = header.trim().split('-');
        let (version, id, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let known = version == "00" && fields.next().is_none();
        let later = version != "00" && version != "ff" && version.len() == 2;
        let flags = flags.len() == 2 && flags.bytes().all(|byte| byte.is_ascii_hexdigit());
        let good = (known || later) && digits(id, 32) && digits(parent, 16) && flags;
        good.then(|| Self { id: id.into(), parent: parent.into() })
    }

    /// The trace of a run; `of` tells this part of it from others.
    #[must_use]
    pub fn of_run(run: RunId, of: u128) -> Self {
        Self::of(u128::from_be_bytes(run.to_bytes()), of)
    }

    /// The trace that has the id of something made here, by its ULID.
    #[must_use]
    pub fn of(ulid: u128, of: u128) -> Self {
        let id = hex(&ulid.max(1).to_be_bytes());
        // The end of a ULID is what is random in it.
        let parent = hex(&of.max(1).to_be_bytes()[8..]);
        Self { id, parent }
    }

    /// As it is passed on.
    #[must_use]
    pub fn header(&self) -> String {
        format!("00-{}-{}-01", self.id, self.parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_traceparent_and_what_is_none() {
        let (id, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let whole = format!("00-{id}-{parent}-01");
        let trace = Trace::read(&whole).unwrap();
        assert_eq!((trace.id.as_str(), trace.parent.as_str(), trace.header()), (id, parent, whole.clone()));
        assert!(Trace::read(&format!("cc-{id}-{parent}-01-what-else")).is_some(), "a version that is still to come");
        for wrong in [
            String::new(),
            whole[..54].into(),
            format!("{whole}-x"),
            format!("ff-{id}-{parent}-01"),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{id}-{}-01", "0".repeat(16)),
            format!("00-{}-{parent}-01", id.to_uppercase()),
            format!("00-{id}\n-{parent}-01"),
            format!("00-{id}-{parent}-zz"),
        ] {
            assert_eq!(Trace::read(&wrong), None, "{wrong}");
        }
        let run = RunId::from_bytes([7; 16]);
        let made = Trace::of_run(run, 5);
        assert_eq!(Trace::read(&made.header()), Some(made));
    }
}
