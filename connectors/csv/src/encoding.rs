//! Bytes to text, piece by piece: which encoding a file has, and its text without ever holding more than a piece.
//!
//! Bytes that are no text in the encoding are not replaced silently: they come out as a step of their own, so that the
//! row they stand in is known and a replacement character that somebody really wrote stays what it is.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// How many bytes are read at a time.
const CHUNK: usize = 64 * 1024;

/// What a file is read through.
pub(crate) trait Input: Read + Seek + Send {}

impl<T: Read + Seek + Send> Input for T {}

/// What was found out about the encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// The encoding.
    pub(crate) encoding: &'static Encoding,
    /// How we know.
    pub(crate) by: By,
    /// The length of the byte-order mark.
    skip: u64,
}

/// How an encoding was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A byte-order mark says so.
    Mark,
    /// The step says so.
    Declared,
    /// Most of its lines are UTF-8, which no other text is by chance.
    Valid,
    /// Nothing says so; it is likely.
    Guess,
}

/// The encoding of that name in the parameter `encoding`; `None` is `auto`.
pub(crate) fn by_name(name: &str) -> Option<&'static Encoding> {
    match name {
        "utf-8" => Some(encoding_rs::UTF_8),
        "utf-16le" => Some(encoding_rs::UTF_16LE),
        "utf-16be" => Some(encoding_rs::UTF_16BE),
        "gb18030" => Some(encoding_rs::GB18030),
        "windows-1252" => Some(encoding_rs::WINDOWS_1252),
        _ => None,
    }
}

/// Finds the encoding out and leaves the input behind the byte-order mark. A mark outweighs what was declared: three
/// such bytes do not begin a table by chance.
pub(crate) fn detect(input: &mut dyn Input, declared: Option<&'static Encoding>) -> io::Result<Found> {
    let mut sample = vec![0; CHUNK];
    let length = fill(input, &mut sample)?;
    let found = match (Encoding::for_bom(&sample[..length]), declared) {
        (Some((encoding, skip)), _) => Found { encoding, by: By::Mark, skip: skip as u64 },
        (None, Some(encoding)) => Found { encoding, by: By::Declared, skip: 0 },
        (None, None) => {
            let (encoding, by) = match wide(&sample[..length]) {
                Some(encoding) => (encoding, By::Guess),
                None => {
                    input.rewind()?;
                    narrow(input, &mut sample)?
                }
            };
            Found { encoding, by, skip: 0 }
        }
    };
    input.seek(SeekFrom::Start(found.skip))?;
    Ok(found)
}

/// UTF-16 without a mark: a header of ASCII letters then has every other byte 0, which no other encoding has.
fn wide(sample: &[u8]) -> Option<&'static Encoding> {
    match sample.get(..4)? {
        [a, 0, b, 0] if *a != 0 && *b != 0 => Some(encoding_rs::UTF_16LE),
        [0, a, 0, b] if *a != 0 && *b != 0 => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

/// UTF-8 or GB18030, judged by all lines that are not plain ASCII: one line that somebody pasted from elsewhere decides
/// nothing. A file of which neither explains the lines is read as UTF-8, so that its odd lines are refused and no name is
/// made up.
fn narrow(input: &mut dyn Input, buffer: &mut [u8]) -> io::Result<(&'static Encoding, By)> {
    let mut votes = Votes::default();
    let mut line = Vec::new();
    loop {
        let length = fill(input, buffer)?;
        let mut rest = &buffer[..length];
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            add(&mut line, &rest[..end]);
            votes.judge(&line);
            line.clear();
            rest = &rest[end + 1..];
        }
        add(&mut line, rest);
        if length < buffer.len() {
            votes.judge(&line);
            return Ok(votes.winner());
        }
    }
}

/// Keeps of a line as much as it is judged by: from the byte before the first that is not ASCII.
fn add(line: &mut Vec<u8>, mut part: &[u8]) {
    if line.is_ascii() {
        match part.iter().position(|byte| !byte.is_ascii()) {
            Some(0) => {}
            Some(place) => {
                line.clear();
                part = &part[place - 1..];
            }
            None => {
                line.clear();
                part = &part[part.len().saturating_sub(1)..];
            }
        }
    }
    let room = CHUNK.saturating_sub(line.len());
    line.extend_from_slice(&part[..part.len().min(room)]);
}

/// How many lines speak for which encoding.
#[derive(Debug, Default)]
struct Votes {
    lines: u64,
    utf8: u64,
    gb18030: u64,
}

impl Votes {
    fn judge(&mut self, line: &[u8]) {
        if line.is_ascii() {
            return;
        }
        self.lines += 1;
        // A long line may be cut inside a character.
        let cut = line.len() == CHUNK;
        match std::str::from_utf8(line) {
            Ok(_) => self.utf8 += 1,
            Err(error) if cut && error.error_len().is_none() => self.utf8 += 1,
            Err(_) => self.gb18030 += u64::from(is_chinese(line, cut)),
        }
    }

    const fn winner(&self) -> (&'static Encoding, By) {
        if self.gb18030 > self.utf8 { (encoding_rs::GB18030, By::Guess) } else { (encoding_rs::UTF_8, By::Valid) }
    }
}

/// Whether a line makes sense as GB18030. A Chinese character inside a Latin word does not: `M黮ler` is `Müller` in an
/// encoding of the West.
fn is_chinese(line: &[u8], cut: bool) -> bool {
    let (text, wrong) = encoding_rs::GB18030.decode_without_bom_handling(line);
    if wrong && !cut {
        return false;
    }
    let mut before = [' ', ' '];
    text.chars().all(|c| {
        let inside = before[0].is_ascii_alphabetic() && !before[1].is_ascii() && c.is_ascii_lowercase();
        before = [before[1], c];
        !inside
    })
}

/// Reads until the buffer is full or the input ends.
fn fill(input: &mut dyn Input, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// More text, in [`Pieces::text`].
    Text,
    /// Bytes that are not text.
    Bad,
    /// The end.
    End,
}

/// The text of a file, a piece at a time.
pub(crate) struct Pieces {
    /// The piece that [`Step::Text`] announced.
    pub(crate) text: String,
    input: Box<dyn Input>,
    decoder: Decoder,
    bytes: Box<[u8]>,
    from: usize,
    to: usize,
    bad: bool,
    last: bool,
    ended: bool,
}

impl Pieces {
    /// The text of `input` from where it stands.
    pub(crate) fn new(input: Box<dyn Input>, encoding: &'static Encoding) -> Self {
        Self {
            text: String::with_capacity(2 * CHUNK),
            input,
            decoder: encoding.new_decoder_without_bom_handling(),
            bytes: vec![0; CHUNK].into(),
            from: 0,
            to: 0,
            bad: false,
            last: false,
            ended: false,
        }
    }

    /// Goes on to the next piece.
    pub(crate) fn step(&mut self) -> io::Result<Step> {
        self.text.clear();
        loop {
            if std::mem::take(&mut self.bad) {
                return Ok(Step::Bad);
            }
            if self.ended {
                return Ok(Step::End);
            }
            if self.from == self.to && !self.last {
                self.to = fill(&mut *self.input, &mut self.bytes)?;
                self.from = 0;
                self.last = self.to < self.bytes.len();
            }
            let bytes = &self.bytes[self.from..self.to];
            let (result, read) = self.decoder.decode_to_string_without_replacement(bytes, &mut self.text, self.last);
            self.from += read;
            match result {
                DecoderResult::InputEmpty => self.ended = self.last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.bad = true,
            }
            if !self.text.is_empty() {
                return Ok(Step::Text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn found(bytes: Vec<u8>) -> (&'static str, By) {
        let found = detect(&mut Cursor::new(bytes), None).unwrap();
        (found.encoding.name(), found.by)
    }

    #[test]
    fn encodings_are_recognised() {
        let gbk = b"\xd5\xc5\xc8\xfd\r\n".as_slice();
        let late = |bytes: &[u8], ascii: usize| [vec![b'a'; ascii].as_slice(), bytes].concat();
        for (bytes, name, by) in [
            (b"".to_vec(), "UTF-8", By::Valid),
            (b"\xef\xbb\xbfid".to_vec(), "UTF-8", By::Mark),
            (b"\xff\xfei\0d\0".to_vec(), "UTF-16LE", By::Mark),
            (b"\xfe\xff\0i\0d".to_vec(), "UTF-16BE", By::Mark),
            (b"i\0d\0".to_vec(), "UTF-16LE", By::Guess),
            (b"\0i\0d".to_vec(), "UTF-16BE", By::Guess),
            ("工号".into(), "UTF-8", By::Valid),
            (b"\xb9\xa4\xba\xc5".to_vec(), "gb18030", By::Guess),
            (late(b"\xb9\xa4\xba\xc5", CHUNK - 1), "gb18030", By::Guess),
            (late(b"\xb9\xa4\xba\xc5", 3 * CHUNK), "gb18030", By::Guess),
            (late("工".repeat(CHUNK).as_bytes(), CHUNK - 1), "UTF-8", By::Valid),
            ("工号".as_bytes()[..5].to_vec(), "UTF-8", By::Valid),
            // One line of another encoding decides nothing, wherever it stands.
            ([gbk, "李四\n王五\n".as_bytes()].concat(), "UTF-8", By::Valid),
            ([gbk, gbk, b"a\n", gbk, "李四\n".as_bytes()].concat(), "gb18030", By::Guess),
            ([gbk, "李四\n".as_bytes()].concat(), "UTF-8", By::Valid),
            // A German file is neither.
            (b"M\xfcller\nWei\xdf,x\n".to_vec(), "UTF-8", By::Valid),
        ] {
            assert_eq!(found(bytes.clone()), (name, by), "{:?}", &bytes[..bytes.len().min(12)]);
        }
    }

    #[test]
    fn bad_bytes_are_a_step_of_their_own() {
        let mut pieces = Pieces::new(Box::new(Cursor::new(b"a\xff\xffb\xe5".to_vec())), encoding_rs::UTF_8);
        let mut steps = Vec::new();
        loop {
            let step = pieces.step().unwrap();
            steps.push((step, pieces.text.clone()));
            if step == Step::End {
                break;
            }
        }
        let expected =
            [(Step::Text, "a"), (Step::Bad, ""), (Step::Bad, ""), (Step::Text, "b"), (Step::Bad, ""), (Step::End, "")];
        assert_eq!(steps, expected.map(|(step, text)| (step, text.to_string())));
    }
}
