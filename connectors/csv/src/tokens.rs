//! Text to rows of fields, in one pass and in bounded memory.
//!
//! Written here because three questions decide about removals and no general reader answers them: on which line a row
//! begins, whether a quote was ever closed, and whether a field has swallowed rows. The last happens when a closing
//! quote is lost: the field then runs to the next quote in the file, which opens another field and so stands behind a
//! separator and before a value.
//!
//! Lines end with CR LF, LF or CR. Where the header ends with CR LF, a lone LF in the middle of a row belongs to a value.
//! A field that begins with a quote runs to its closing quote; a quote in the middle of another field is an ordinary
//! character.

use std::io;

use crate::{
    encoding::{Pieces, Step},
    raw::{End, RawRow},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scanning {
    FieldStart,
    Plain,
    Quoted,
    /// Behind a quote inside a quoted field: it closes the field or is the first of two.
    Quote,
    /// Behind the closing quote and a space.
    Closed,
}

/// The rows of a file.
pub(crate) struct Tokens {
    pieces: Pieces,
    /// What the last step was, while it has not been dealt with.
    pending: Option<Step>,
    place: usize,
    line: u64,
    after_cr: bool,
    separator: u8,
    /// How many fields a row must have before a lone LF ends it; 0 where every LF does.
    width: usize,
    /// The same, in force once the CR that ended the header turns out to be half of CR LF.
    width_to_be: usize,
}

impl Tokens {
    /// Begins with the first piece, from which the separator is told.
    pub(crate) fn new(mut pieces: Pieces) -> io::Result<Self> {
        let first = pieces.step()?;
        let separator = separator(&pieces.text);
        Ok(Self {
            pieces,
            pending: Some(first),
            place: 0,
            line: 1,
            after_cr: false,
            separator,
            width: 0,
            width_to_be: 0,
        })
    }

    /// What separates fields.
    pub(crate) const fn separator(&self) -> u8 {
        self.separator
    }

    /// The text at the beginning of the file.
    pub(crate) fn beginning(&self) -> &str {
        &self.pieces.text
    }

    /// The row just read is the header, with so many fields.
    pub(crate) fn below_header(&mut self, width: usize) {
        self.width_to_be = if self.after_cr { width } else { 0 };
    }

    /// Reads the next row, also an empty one; false at the end.
    pub(crate) fn next(&mut self, row: &mut RawRow) -> io::Result<bool> {
        row.restart(self.line);
        let mut state = Scanning::FieldStart;
        loop {
            if self.place >= self.pieces.text.len() || self.pending.is_some() {
                let step = match self.pending.take() {
                    Some(step) => step,
                    None => self.pieces.step()?,
                };
                self.place = 0;
                match step {
                    Step::Text => {}
                    Step::Bad => {
                        row.stray_quote |= matches!(state, Scanning::Quote | Scanning::Closed);
                        if state != Scanning::Quoted {
                            state = Scanning::Plain;
                        }
                        self.after_cr = false;
                        row.bad();
                    }
                    Step::End => {
                        self.pending = Some(Step::End);
                        return Ok(self.finish(row, state));
                    }
                }
                continue;
            }
            if let Some(next) = self.advance(row, state) {
                state = next;
            } else {
                return Ok(true);
            }
        }
    }

    /// Takes what the state takes from the piece; `None` when the row is at its end.
    fn advance(&mut self, row: &mut RawRow, state: Scanning) -> Option<Scanning> {
        let rest = &self.pieces.text[self.place..];
        let bytes = rest.as_bytes();
        let first = *bytes.first()?;
        if std::mem::take(&mut self.after_cr) && first == b'\n' {
            self.place += 1;
            if state == Scanning::Quoted {
                row.push("\n");
            }
            self.width = self.width.max(std::mem::take(&mut self.width_to_be));
            return Some(state);
        }
        self.width_to_be = 0;
        let (length, next) = match state {
            Scanning::FieldStart if first == b'"' => (1, Scanning::Quoted),
            Scanning::FieldStart => (0, Scanning::Plain),
            Scanning::Plain => match memchr::memchr3(self.separator, b'\r', b'\n', bytes) {
                None => {
                    row.push(rest);
                    (bytes.len(), Scanning::Plain)
                }
                Some(length) if bytes[length] == b'\n' && row.count > 0 && row.count + 1 < self.width => {
                    row.push_line(&rest[..=length], false);
                    self.line += 1;
                    (length + 1, Scanning::Plain)
                }
                Some(length) => {
                    row.push(&rest[..length]);
                    self.place += length;
                    return self.after_field(row, bytes[length]);
                }
            },
            Scanning::Quoted => match memchr::memchr3(b'"', b'\r', b'\n', bytes) {
                None => {
                    row.push(rest);
                    (bytes.len(), Scanning::Quoted)
                }
                Some(length) if bytes[length] == b'"' => {
                    row.push(&rest[..length]);
                    (length + 1, Scanning::Quote)
                }
                Some(length) => {
                    row.push_line(&rest[..=length], true);
                    self.line += 1;
                    self.after_cr = bytes[length] == b'\r';
                    (length + 1, Scanning::Quoted)
                }
            },
            Scanning::Quote if first == b'"' => {
                row.push("\"");
                (1, Scanning::Quoted)
            }
            Scanning::Quote | Scanning::Closed if [self.separator, b'\r', b'\n'].contains(&first) => {
                return self.after_field(row, first);
            }
            Scanning::Quote | Scanning::Closed if first == b' ' || first == b'\t' => (1, Scanning::Closed),
            Scanning::Quote | Scanning::Closed => {
                row.stray_quote = true;
                (0, Scanning::Plain)
            }
        };
        self.place += length;
        Some(next)
    }

    /// Deals with the byte behind a field; `None` when it ends the row.
    fn after_field(&mut self, row: &mut RawRow, byte: u8) -> Option<Scanning> {
        row.end_field(self.separator);
        self.place += 1;
        if byte == self.separator {
            return Some(Scanning::FieldStart);
        }
        self.line += 1;
        self.after_cr = byte == b'\r';
        None
    }

    /// Ends the row that the file ends in, if there is one.
    fn finish(&self, row: &mut RawRow, state: Scanning) -> bool {
        if state == Scanning::FieldStart && row.count == 0 {
            return false;
        }
        row.end_field(self.separator);
        row.end = if state == Scanning::Quoted { End::OpenQuote } else { End::File };
        true
    }
}

/// A comma, unless the first line that holds anything has none, and semicolons or tabs instead.
fn separator(text: &str) -> u8 {
    let mut counts = [(0_usize, b','), (0, b';'), (0, b'\t')];
    let mut quoted = false;
    let line = text.trim_start_matches(|c| c != '\t' && idflow_sdk::text::is_blank(c));
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if !quoted => {
                counts.iter_mut().filter(|(_, candidate)| *candidate == byte).for_each(|(count, _)| *count += 1)
            }
            _ => {}
        }
    }
    let [(commas, _), semicolons, tabs] = counts;
    let (count, other) = if tabs.0 > semicolons.0 { tabs } else { semicolons };
    if commas == 0 && count > 0 { other } else { b',' }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::raw::{MAX_FIELD, MAX_FIELDS};

    fn tokens(text: &str) -> Tokens {
        Tokens::new(Pieces::new(Box::new(Cursor::new(text.as_bytes().to_vec())), encoding_rs::UTF_8)).unwrap()
    }

    fn rows(text: &str) -> Vec<(u64, Vec<String>, End)> {
        let (mut tokens, mut row, mut rows) = (tokens(text), RawRow::default(), Vec::new());
        while tokens.next(&mut row).unwrap() {
            rows.push((row.line, row.iter().map(str::to_string).collect(), row.end));
        }
        assert!(!tokens.next(&mut row).unwrap(), "the end stays the end");
        rows
    }

    #[test]
    fn fields_lines_and_quotes() {
        type Expected = &'static [(u64, &'static [&'static str])];
        let table: &[(&str, Expected)] = &[
            ("", &[]),
            ("a", &[(1, &["a"])]),
            ("a,b\nc,d\n", &[(1, &["a", "b"]), (2, &["c", "d"])]),
            ("a\r\nb\rc\nd", &[(1, &["a"]), (2, &["b"]), (3, &["c"]), (4, &["d"])]),
            ("a,\n,b", &[(1, &["a", ""]), (2, &["", "b"])]),
            ("\n\r\n\ra", &[(1, &[""]), (2, &[""]), (3, &[""]), (4, &["a"])]),
            ("\"a,b\",c\n", &[(1, &["a,b", "c"])]),
            ("\"a\r\nb\"\nc", &[(1, &["a\r\nb"]), (3, &["c"])]),
            ("\"a\rb\n\nc\"\rd", &[(1, &["a\rb\n\nc"]), (5, &["d"])]),
            ("\"a\"\"b\"\"\",\"\"\n", &[(1, &["a\"b\"", ""])]),
            ("a\"b\",c\"", &[(1, &["a\"b\"", "c\""])]),
            ("\"a\" ,b", &[(1, &["a", "b"])]),
            ("=\"01\",\"=\"\"02\"\"\"", &[(1, &["=\"01\"", "=\"02\""])]),
        ];
        for (text, expected) in table {
            let found = rows(text);
            assert_eq!(found.len(), expected.len(), "{text:?}");
            for ((line, fields, end), (wanted_line, wanted)) in found.iter().zip(*expected) {
                assert_eq!(
                    (line, fields.iter().map(String::as_str).collect::<Vec<_>>()),
                    (wanted_line, wanted.to_vec()),
                    "{text:?}"
                );
                assert_ne!(*end, End::OpenQuote, "{text:?}");
            }
        }
    }

    #[test]
    fn a_quote_that_never_closes_is_told() {
        for text in ["\"", "a,\"b", "a\n\"b\n\nc,d\n", "a,\"b\"\"", "a,\"b\"\",\n"] {
            assert_eq!(rows(text).last().map(|row| row.2), Some(End::OpenQuote), "{text:?}");
        }
    }

    #[test]
    fn what_follows_a_closing_quote_is_told() {
        for (text, stray) in [
            ("\"a\"b,c", true),
            ("\"a\" \"b\"", true),
            ("1,\"a\n2,\"b\",c", true),
            ("\"a\"\t,c", false),
            ("\"a\n2,\",\"\"", true),
            ("\"a\n2,\"\"\"", true),
            ("\"a, b\nc\"", false),
        ] {
            let mut row = RawRow::default();
            assert!(tokens(text).next(&mut row).unwrap());
            assert_eq!(row.stray_quote, stray, "{text:?}");
        }
    }

    #[test]
    fn a_lone_line_feed_is_content_where_lines_end_with_both() {
        let fields = |text: &str| {
            let (mut tokens, mut row, mut rows) = (tokens(text), RawRow::default(), Vec::new());
            while tokens.next(&mut row).unwrap() {
                if rows.is_empty() {
                    tokens.below_header(row.count);
                }
                rows.push(format!("{} {}", row.line, row.iter().collect::<Vec<_>>().join("|")));
            }
            rows.split_off(1)
        };
        for (text, expected) in [
            ("a,b,c\r\n1,x\ny,z\r\n2,x,y\r\n", vec!["2 1|x\ny|z", "4 2|x|y"]),
            ("a,b,c\r\n\n1,x,z\n2,x,y\n", vec!["2 ", "3 1|x|z", "4 2|x|y"]),
            ("a,b,c\r\n1\n2,x,y\r\n", vec!["2 1", "3 2|x|y"]),
            ("a,b,c\n1,x\ny,z\n", vec!["2 1|x", "3 y|z"]),
            ("a,b,c\r1,x\ny,z\r\n", vec!["2 1|x", "3 y|z"]),
        ] {
            assert_eq!(fields(text), expected, "{text:?}");
        }
    }

    #[test]
    fn long_fields_and_wide_rows_are_cut() {
        let text = format!("k,{},z\n{}\nend", "x".repeat(MAX_FIELD + 1), ",".repeat(MAX_FIELDS));
        let (mut tokens, mut row) = (tokens(&text), RawRow::default());
        assert!(tokens.next(&mut row).unwrap());
        assert!(row.oversized && row.count == 3 && row.intact(0) && !row.intact(1) && row.intact(2));
        assert_eq!((row.field(0), row.field(2)), (Some("k"), Some("z")));
        assert!(tokens.next(&mut row).unwrap());
        assert_eq!((row.oversized, row.count, row.iter().count()), (true, MAX_FIELDS + 1, MAX_FIELDS));
        assert!(tokens.next(&mut row).unwrap());
        assert_eq!((row.oversized, row.field(0)), (false, Some("end")));
    }

    #[test]
    fn separators() {
        for (text, expected) in [
            ("a,b;c", b','),
            ("a;b", b';'),
            ("a\tb;c\td", b'\t'),
            ("a", b','),
            ("\n\na;b\nc,d", b';'),
            ("\"a,b\";c", b';'),
            ("\ta\tb", b'\t'),
        ] {
            assert_eq!(separator(text), expected, "{text:?}");
        }
    }
}
