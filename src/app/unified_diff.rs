//! Two texts line by line, as a unified diff.

use similar::{
    DiffOp, DiffTag, DiffableStr,
    algorithms::{Capture, Compact, Replace, myers},
    group_diff_ops,
    udiff::UnifiedHunkHeader,
};

/// The lines in which two texts differ, with so many lines around them, under the names of the two; empty where they are the
/// same.
///
/// It is what `similar::TextDiff` writes. That chooses among six algorithms when it runs, so all of them would be compiled, each
/// for several kinds of lists: a megabyte of program of which nobody uses more than this one.
#[must_use]
pub fn unified_diff(older: &str, newer: &str, around: usize, (from, to): (&str, &str)) -> String {
    let (old, new) = (older.tokenize_lines(), newer.tokenize_lines());
    let (old, new) = (&old[..], &new[..]);
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut found, old, 0..old.len(), new, 0..new.len());
    let ops = found.into_inner().into_inner().into_ops();
    let mut text = String::new();
    for hunk in group_diff_ops(ops, around).iter().filter(|hunk| !hunk.is_empty()) {
        if text.is_empty() {
            text = format!("--- {from}\n+++ {to}\n");
        }
        text.push_str(&UnifiedHunkHeader::new(hunk).to_string());
        text.push('\n');
        for (tag, before, after) in hunk.iter().map(DiffOp::as_tag_tuple) {
            match tag {
                DiffTag::Equal => write(&mut text, ' ', &old[before]),
                DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                    write(&mut text, '-', &old[before]);
                    write(&mut text, '+', &new[after]);
                }
            }
        }
    }
    text
}

/// Writes lines, each behind a sign.
fn write(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        text.push_str(line);
        if !line.ends_with(['\n', '\r']) {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified_diff;

    #[test]
    fn it_is_what_the_crate_writes() {
        let long: String = (0..400).map(|number| format!("line {number}\n")).collect();
        let other = long.replace("7\n", "seven\n").replace("line 200\n", "").replace("line 9\n", "line 9\nline 9\n");
        for (older, newer) in [
            ("", ""),
            ("a\n", "a\n"),
            ("", "a\nb\n"),
            ("a\nb\n", ""),
            ("a\nb", "a\nb\n"),
            ("a\nb\nc", "x\nb\ny"),
            ("a\r\nb\rc\n", "a\r\nb\rd\n"),
            (long.as_str(), other.as_str()),
            (other.as_str(), long.as_str()),
            (long.as_str(), ""),
        ] {
            for around in [0, 3] {
                let theirs = similar::TextDiff::from_lines(older, newer)
                    .unified_diff()
                    .context_radius(around)
                    .header("x", "y")
                    .to_string();
                assert_eq!(unified_diff(older, newer, around, ("x", "y")), theirs, "{older:?}\n{newer:?}");
            }
        }
    }
}
