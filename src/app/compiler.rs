//! The compiler for editors and forms: it looks at text that is not saved, and edits it by path. Nothing is stored.

use super::{App, AppError, findings};
use crate::{
    connectors,
    contract::{
        compiler::{
            Checked, Completion, Cursor, DefinitionPlace, EditKind, EditText, EditedText, FileOutline, GraphEdge,
            GraphNode, HoverText, NodeKind, PathPart, SourceText, Suggested, SuggestionSort, TextEdit, TextGraph,
            TextRange, TriggerWords,
        },
        problem::Text,
        workflow::Alias,
    },
    engine::blocking::aside,
    model::definition::Localized,
    workflow::{
        self, Environment,
        assist::{Document, Sort},
        diagnostic::{Diagnostic, Severity, Source, Span},
        outline::{self, Outline},
        yaml_edit::change::{self, Change, Segment, Wrong},
    },
};

/// The name of a text that has none.
const UNNAMED: &str = "workflow.yaml";
/// So many edits are made at once.
const MOST_EDITS: usize = 100;
/// Larger texts are looked at by the command line only: an editor asks at every pause.
const MOST_TEXT: usize = 1 << 20;

fn environment() -> Environment<'static> {
    Environment::new(connectors::ALL)
}

fn both(text: &Localized) -> Text {
    Text { zh: text.zh.clone(), en: text.en.clone() }
}

fn pair(text: &(String, String)) -> Text {
    Text { zh: text.0.clone(), en: text.1.clone() }
}

/// The tag of a text.
#[must_use]
pub fn tag(text: &str) -> String {
    let mut digits = workflow::content_of(text);
    digits.truncate(32);
    digits
}

fn sized(text: &str) -> Result<(), AppError> {
    if text.len() <= MOST_TEXT {
        return Ok(());
    }
    Err(AppError::invalid("text_too_large").arg("most", (MOST_TEXT >> 10).to_string()).field("text"))
}

fn range(span: Span, source: &Source<'_>) -> TextRange {
    let (start, end) = (span.start, span.end.max(span.start));
    let (line, column) = source.position(start);
    let (end_line, end_column) = source.position(end);
    TextRange {
        start,
        end,
        utf16_start: source.units(start),
        utf16_end: source.units(end),
        line,
        column,
        utf16_column: source.utf16(start).1 + 1,
        end_line,
        end_column,
        utf16_end_column: source.utf16(end).1 + 1,
    }
}

fn offset(cursor: &Cursor, source: &Source<'_>) -> usize {
    source.byte(cursor.line.saturating_sub(1), cursor.utf16_column.saturating_sub(1))
}

fn no_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Error)
}

/// What the compiler says about a text.
#[must_use]
pub fn look(file: &str, text: &str, live: bool) -> Checked {
    let found = compile(file, text, live);
    let outline = outline::outline(text, &environment());
    Checked {
        ok: no_errors(&found),
        findings: findings::all(file, text, &found),
        outline: outline.map(shown),
        etag: tag(text),
    }
}

fn compile(file: &str, text: &str, live: bool) -> Vec<Diagnostic> {
    match live {
        true => workflow::compile_live(file, text, &environment()).diagnostics,
        false => workflow::compile(file, text, &environment()).diagnostics,
    }
}

fn shown(outline: Outline) -> FileOutline {
    let alias = |(alias, connector, reference): (String, String, String)| Alias { alias, connector, reference };
    FileOutline {
        id: outline.id,
        name: outline.name.as_ref().map(both),
        labels: outline.labels.into_iter().collect(),
        connections: outline.connections.into_iter().map(alias).collect(),
        content: outline.content,
    }
}

/// The text after these edits.
///
/// # Errors
/// The edit that cannot be made.
pub fn edited(text: &str, edits: &[TextEdit]) -> Result<String, AppError> {
    if edits.len() > MOST_EDITS {
        return Err(AppError::invalid("edits_too_many").arg("most", MOST_EDITS.to_string()).field("edits"));
    }
    let mut text = text.to_string();
    for (place, edit) in edits.iter().enumerate() {
        let field = |part: &str| format!("edits[{place}].{part}");
        let missing = |part: &'static str| AppError::invalid("edit_lacks").arg("part", part).field(field(part));
        let value = || edit.value.clone().ok_or_else(|| missing("value"));
        let what = match edit.kind {
            EditKind::Set => Change::Set(edit.value.clone().unwrap_or_default()),
            EditKind::Remove => Change::Remove,
            EditKind::Insert => Change::Insert(value()?),
            EditKind::Move => Change::Move(edit.to.ok_or_else(|| missing("to"))?),
            EditKind::Rename => Change::Rename(edit.name.clone().ok_or_else(|| missing("name"))?),
        };
        let segment = |part: &PathPart| match part {
            PathPart::Item(place) => Segment::Item(*place),
            PathPart::Key(key) => Segment::Key(key.clone()),
        };
        let path: Vec<Segment> = edit.path.iter().map(segment).collect();
        text = change::change(&text, &path, &what).map_err(|wrong| {
            let error = match wrong {
                Wrong::Unreadable => AppError::conflict("edit_unreadable"),
                Wrong::NoPlace(_) => AppError::not_found("edit_no_place").arg("path", words(&edit.path)),
                Wrong::TooMany => AppError::invalid("edit_too_large"),
                Wrong::NotPossible => AppError::conflict("edit_not_possible").arg("path", words(&edit.path)),
            };
            error.field(field("path"))
        })?;
    }
    Ok(text)
}

fn words(path: &[PathPart]) -> String {
    let part = |part: &PathPart| match part {
        PathPart::Item(place) => place.to_string(),
        PathPart::Key(key) => key.clone(),
    };
    path.iter().map(part).collect::<Vec<_>>().join(".")
}

/// The picture of a text.
#[must_use]
pub fn graph(file: &str, text: &str) -> TextGraph {
    let found = compile(file, text, false);
    let ok = no_errors(&found);
    let Some(outline) = outline::outline(text, &environment()) else {
        return TextGraph { nodes: Vec::new(), edges: Vec::new(), ok };
    };
    let source = Source::new(file, text);
    let trigger = |(kind, detail): &(&str, String)| TriggerWords { kind: (*kind).into(), detail: detail.clone() };
    let first = GraphNode {
        id: START.into(),
        kind: NodeKind::Trigger,
        title: Text { zh: "触发器".into(), en: "Trigger".into() },
        uses: None,
        effect: None,
        alias: None,
        connection: None,
        map: None,
        triggers: outline.triggers.iter().map(trigger).collect(),
        range: None,
        errors: 0,
        warnings: 0,
    };
    let reference = |alias: &str| {
        let known = outline.connections.iter().find(|(known, ..)| known == alias);
        known.map(|(.., reference)| reference.clone()).filter(|name| !name.is_empty())
    };
    let node = |step: &outline::Outlined| {
        let (errors, warnings) = step.troubles(&found);
        GraphNode {
            id: step.id.clone(),
            kind: if step.last { NodeKind::Finally } else { NodeKind::Step },
            title: both(&step.name),
            uses: Some(step.uses.clone()).filter(|uses| !uses.is_empty()),
            effect: step.effect.map(super::connections::form::effect),
            connection: step.connection.as_deref().and_then(reference),
            alias: step.connection.clone(),
            map: step.map.clone(),
            triggers: Vec::new(),
            range: Some(range(step.span, &source)),
            errors,
            warnings,
        }
    };
    let id = |place: usize| outline.steps.get(place).map(|step| step.id.clone()).unwrap_or_default();
    let edges = outline.edges.iter().map(|(from, to)| GraphEdge { from: from.map_or(START.into(), id), to: id(*to) });
    TextGraph {
        edges: edges.collect(),
        nodes: std::iter::once(first).chain(outline.steps.iter().map(node)).collect(),
        ok,
    }
}

/// The node of what starts a workflow.
const START: &str = "on";

impl App {
    /// What the compiler says about a text.
    ///
    /// # Errors
    /// A text that is too large.
    pub fn validate_text(&self, given: &SourceText) -> Result<Checked, AppError> {
        sized(&given.text)?;
        Ok(aside(|| look(given.file.as_deref().unwrap_or(UNNAMED), &given.text, given.live)))
    }

    /// The picture of a text as nodes and edges.
    ///
    /// # Errors
    /// A text that is too large.
    pub fn graph_text(&self, given: &SourceText) -> Result<TextGraph, AppError> {
        sized(&given.text)?;
        Ok(aside(|| graph(given.file.as_deref().unwrap_or(UNNAMED), &given.text)))
    }

    /// What can be written at a place.
    ///
    /// # Errors
    /// A text that is too large.
    pub fn complete_text(&self, cursor: &Cursor) -> Result<Completion, AppError> {
        sized(&cursor.text)?;
        let source = Source::new(UNNAMED, &cursor.text);
        let document = Document::new(&cursor.text, environment());
        let item = |made: workflow::assist::Suggestion| Suggested {
            replace: range(made.replace, &source),
            detail: pair(&made.detail),
            doc: pair(&made.doc),
            label: made.label,
            insert: made.insert,
            sort: match made.sort {
                Sort::Key => SuggestionSort::Key,
                Sort::Word => SuggestionSort::Word,
                Sort::Action => SuggestionSort::Action,
                Sort::Name => SuggestionSort::Name,
                Sort::Field => SuggestionSort::Field,
                Sort::Function => SuggestionSort::Function,
            },
        };
        let made = document.complete(offset(cursor, &source));
        Ok(Completion { items: made.into_iter().map(item).collect() })
    }

    /// What stands at a place, in words.
    ///
    /// # Errors
    /// A text that is too large.
    pub fn hover_text(&self, cursor: &Cursor) -> Result<HoverText, AppError> {
        sized(&cursor.text)?;
        let source = Source::new(UNNAMED, &cursor.text);
        let found = Document::new(&cursor.text, environment()).hover(offset(cursor, &source));
        Ok(match found {
            Some(hover) => {
                HoverText { range: Some(range(hover.span, &source)), text: Text { zh: hover.zh, en: hover.en } }
            }
            None => HoverText { range: None, text: Text::default() },
        })
    }

    /// Where what stands at a place is defined.
    ///
    /// # Errors
    /// A text that is too large.
    pub fn define_text(&self, cursor: &Cursor) -> Result<DefinitionPlace, AppError> {
        sized(&cursor.text)?;
        let source = Source::new(UNNAMED, &cursor.text);
        let found = Document::new(&cursor.text, environment()).define(offset(cursor, &source));
        Ok(DefinitionPlace { range: found.map(|span| range(span, &source)) })
    }

    /// Edits a text by paths; comments and order stay.
    ///
    /// # Errors
    /// The edit that cannot be made; nothing of the others is kept then.
    pub fn edit_text(&self, given: &EditText) -> Result<EditedText, AppError> {
        sized(&given.text)?;
        aside(|| {
            let text = edited(&given.text, &given.edits)?;
            let checked = look(given.file.as_deref().unwrap_or(UNNAMED), &text, false);
            Ok(EditedText { changed: text != given.text, text, checked })
        })
    }

    /// Mends what the compiler can mend without guessing.
    ///
    /// # Errors
    /// A text that is too large.
    pub fn mend_text(&self, given: &SourceText) -> Result<EditedText, AppError> {
        sized(&given.text)?;
        let file = given.file.as_deref().unwrap_or(UNNAMED);
        aside(|| {
            let text = workflow::apply_fixes::mend(file, &given.text, &environment()).text;
            Ok(EditedText { changed: text != given.text, checked: look(file, &text, false), text })
        })
    }
}
