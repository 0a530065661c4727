//! What a page about a code says.

use idflow_sdk::Text;

/// When a finding comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// When the file is compiled.
    Compiled,
    /// When the workflow is activated: a file alone does not show it.
    AtActivation,
}

/// One page.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// What it means.
    pub meaning: Text,
    /// Why it matters.
    pub why: Text,
    /// How to mend it.
    pub mend: Text,
    /// A part of a file that has it.
    pub wrong: &'static str,
    /// The same part without it.
    pub right: &'static str,
    /// When it comes.
    pub judged: Judged,
}

/// Two languages: zh, en.
pub(super) type Both = (&'static str, &'static str);

pub(super) const fn page(
    code: &'static str,
    meaning: Both,
    why: Both,
    mend: Both,
    wrong: &'static str,
    right: &'static str,
) -> Page {
    Page {
        code,
        meaning: Text::new(meaning.0, meaning.1),
        why: Text::new(why.0, why.1),
        mend: Text::new(mend.0, mend.1),
        wrong,
        right,
        judged: Judged::Compiled,
    }
}

pub(super) const fn at_activation(mut page: Page) -> Page {
    page.judged = Judged::AtActivation;
    page
}
