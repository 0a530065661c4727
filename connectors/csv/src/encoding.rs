//! Bytes to text, piece by piece: which encoding a file has, and its text without ever holding more than a piece.
//!
//! Bytes that are no text in the encoding are not replaced silently: they come out as a step of their own, so that the
//! row they stand in is known and a replacement character that somebody really wrote stays what it is.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// How many bytes are read at a time, and how many a guess is made from.
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
    /// It is UTF-8 as far as looked.
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
                None => narrow(input, &mut sample, length)?,
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

/// UTF-8 or GB18030, judged by the first stretch that is not plain ASCII: a roster may begin with a thousand English
/// names.
fn narrow(input: &mut dyn Input, sample: &mut [u8], mut length: usize) -> io::Result<(&'static Encoding, By)> {
    let mut start = 0;
    loop {
        if let Some(place) = sample[..length].iter().position(|byte| !byte.is_ascii()) {
            input.seek(SeekFrom::Start(start + place as u64))?;
            length = fill(input, sample)?;
            let cut_at_edge = length == sample.len();
            let valid = match std::str::from_utf8(&sample[..length]) {
                Ok(_) => true,
                Err(error) => cut_at_edge && error.error_len().is_none(),
            };
            return Ok(if valid { (encoding_rs::UTF_8, By::Valid) } else { (encoding_rs::GB18030, By::Guess) });
        }
        if length < sample.len() {
            return Ok((encoding_rs::UTF_8, By::Valid));
        }
        start += length as u64;
        length = fill(input, sample)?;
    }
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
            ("工号".as_bytes()[..5].to_vec(), "gb18030", By::Guess),
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
