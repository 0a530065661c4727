//! One row as it stands in the file: its fields, and what went wrong while they were read. Filled by `tokens`, judged by
//! `header` and `row`. One buffer serves all rows; what is beyond the limits is counted and not kept.

/// The longest field, in bytes.
pub(crate) const MAX_FIELD: usize = 1024 * 1024;
/// The most fields in a row.
pub(crate) const MAX_FIELDS: usize = 10_000;
/// The longest row, in bytes: bounds what ten thousand long fields may take.
const MAX_ROW: usize = 4 * MAX_FIELD;

/// One row, as it stands in the file. Reused for the next row.
#[derive(Debug, Default)]
pub(crate) struct RawRow {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// How many fields it has, also those beyond [`MAX_FIELDS`].
    pub(crate) count: usize,
    /// It goes over several lines.
    pub(crate) spans_lines: bool,
    /// Some field is longer than is kept, or there are too many fields.
    pub(crate) oversized: bool,
    /// Some field holds bytes that are not text.
    pub(crate) bad_bytes: bool,
    /// Quotes do not match: something follows a closing quote, or a field holds what looks like parts of other rows.
    pub(crate) stray_quote: bool,
    /// How it ends.
    pub(crate) end: End,
    text: String,
    fields: Vec<RawField>,
    /// The field that is being read.
    open: RawField,
}

/// How a row ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// With its line.
    #[default]
    Line,
    /// With the file.
    File,
    /// With the file, while a quote is open.
    OpenQuote,
}

#[derive(Debug, Clone, Copy, Default)]
struct RawField {
    end: usize,
    damaged: bool,
    /// A line ends between its quotes.
    spans_lines: bool,
}

impl RawRow {
    /// The text of a field.
    pub(crate) fn field(&self, place: usize) -> Option<&str> {
        let end = self.fields.get(place)?.end;
        let start = if place == 0 { 0 } else { self.fields.get(place - 1)?.end };
        self.text.get(start..end)
    }

    /// The fields that were kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.fields.len()).filter_map(|place| self.field(place))
    }

    /// Whether a field is there and is what stands in the file.
    pub(crate) fn intact(&self, place: usize) -> bool {
        let cut = self.end == End::OpenQuote && place + 1 == self.count;
        !cut && self.fields.get(place).is_some_and(|field| !field.damaged)
    }

    /// Begins a row on this line.
    pub(crate) fn restart(&mut self, line: u64) {
        self.text.clear();
        self.fields.clear();
        self.open = RawField::default();
        self.line = line;
        self.count = 0;
        self.spans_lines = false;
        self.oversized = false;
        self.bad_bytes = false;
        self.stray_quote = false;
        self.end = End::Line;
    }

    /// Adds to the field that is being read.
    pub(crate) fn push(&mut self, text: &str) {
        let start = self.fields.last().map_or(0, |field| field.end);
        let length = self.text.len() + text.len();
        if self.count >= MAX_FIELDS || length - start > MAX_FIELD || length > MAX_ROW {
            self.oversized = true;
            self.open.damaged = true;
        } else {
            self.text.push_str(text);
        }
    }

    /// Notes bytes that are not text in the field that is being read.
    pub(crate) fn bad(&mut self) {
        self.bad_bytes = true;
        self.open.damaged = true;
        self.push("\u{fffd}");
    }

    /// Adds a part that ends with a line break; between quotes it may be the sign of a quote that was lost.
    pub(crate) fn push_line(&mut self, text: &str, quoted: bool) {
        self.push(text);
        self.spans_lines = true;
        self.open.spans_lines |= quoted;
    }

    /// Ends the field that is being read.
    pub(crate) fn end_field(&mut self, separator: u8) {
        if self.open.spans_lines {
            let start = self.fields.last().map_or(0, |field| field.end);
            let field = self.text.as_bytes().get(start..).unwrap_or_default();
            let beside = |pair: &[u8]| pair == [separator, b'"'] || pair == [b'"', separator];
            self.stray_quote |= field.last() == Some(&separator) || field.windows(2).any(beside);
        }
        self.count += 1;
        let field = RawField { end: self.text.len(), ..std::mem::take(&mut self.open) };
        if self.count <= MAX_FIELDS {
            self.fields.push(field);
        } else {
            self.oversized = true;
        }
    }
}
