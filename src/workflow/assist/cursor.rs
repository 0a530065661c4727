//! What belongs at a path of a file: walks the tables of keys, and the actions and mappings that the file names.

use idflow_sdk::{ActionSpec, ConnectorSpec, FieldSpec, Kind, ParamSpec, ParamType, Schema};

use super::{
    document::Document,
    tolerant_yaml::Segment::{self, Item, Key},
};
use crate::workflow::vocabulary::{self, Shape};

/// What belongs at a path.
#[derive(Debug, Clone, Copy)]
pub enum Spot {
    /// A map of this sort.
    Map(&'static str),
    /// The value of a key of the tables: its place, the key, and what stands there.
    Value(&'static str, &'static str, Shape),
    /// One entry of a list of such.
    Entry(Shape),
    /// The value of a target's field.
    Field(&'static FieldSpec),
    /// A value that is no more than a template.
    Template,
    /// The value of a parameter.
    Parameter(&'static ParamSpec),
    /// A part of a parameter: `include`, `where`.
    Part(&'static ParamSpec, &'static str),
    /// Something that is not known.
    Unknown,
}

/// A spot with what it belongs to.
#[derive(Debug, Clone)]
pub struct Here {
    /// What belongs there.
    pub spot: Spot,
    /// The path of the step around it.
    pub step: Option<Vec<Segment>>,
    /// The path of the mapping around it.
    pub mapping: Option<Vec<Segment>>,
}

impl Document<'_> {
    /// What belongs at a path.
    pub(super) fn here(&self, path: &[Segment]) -> Here {
        let prefix = |length: usize| path.get(..length).map(<[Segment]>::to_vec);
        let step = match path {
            [Key(list), Item(_), ..] if list == "steps" || list == "finally" => prefix(2),
            _ => None,
        };
        let mapping = match path {
            [Key(list), Key(_), ..] if list == "mappings" => prefix(2),
            _ => None,
        };
        let mut here = Here { spot: Spot::Map("top"), step, mapping };
        for segment in path {
            here.spot = self.enter(&here, segment);
        }
        here
    }

    fn enter(&self, here: &Here, segment: &Segment) -> Spot {
        match (here.spot, segment) {
            (Spot::Map(place), Key(key)) => match vocabulary::keys_of(place) {
                Some(keys) => match keys.known.iter().find(|known| *known == key) {
                    Some(known) => Spot::Value(keys.id, known, vocabulary::shape(keys.id, known)),
                    None => Spot::Unknown,
                },
                None => Spot::Unknown,
            },
            (Spot::Value(_, _, shape), Key(key)) => self.inside(here, shape, key),
            (Spot::Value(_, _, shape), Item(_)) => match shape {
                Shape::Maps(place) => Spot::Map(place),
                Shape::Steps => Spot::Map("step"),
                Shape::WordList(words) => Spot::Entry(Shape::Words(words)),
                Shape::Texts => Spot::Entry(Shape::Text),
                Shape::Roles => Spot::Entry(Shape::Words(crate::model::definition::ROLES)),
                Shape::Rules | Shape::StepIds | Shape::Events | Shape::Workflows => Spot::Entry(shape),
                _ => Spot::Unknown,
            },
            (Spot::Field(field), Key(key)) => match vocabulary::keys_of("field") {
                Some(_) if key == "value" => Spot::Field(field),
                Some(keys) => keys
                    .known
                    .iter()
                    .find(|known| *known == key)
                    .map_or(Spot::Unknown, |known| Spot::Value("field", known, vocabulary::shape("field", known))),
                None => Spot::Unknown,
            },
            (Spot::Parameter(param), Key(key)) => ["include", "exclude", "where"]
                .into_iter()
                .find(|part| part == key)
                .map_or(Spot::Unknown, |part| Spot::Part(param, part)),
            (Spot::Parameter(param), Item(_)) if param.ty == ParamType::Texts => Spot::Template,
            (spot @ Spot::Part(..), Item(_)) => spot,
            _ => Spot::Unknown,
        }
    }

    fn inside(&self, here: &Here, shape: Shape, key: &str) -> Spot {
        match shape {
            Shape::Named(place) => Spot::Map(place),
            Shape::NamedTexts => Spot::Entry(Shape::Text),
            Shape::Fields => here
                .mapping
                .as_ref()
                .and_then(|mapping| self.target_of(mapping))
                .and_then(|schema| schema.fields.iter().find(|field| field.name == key))
                .map_or(Spot::Template, Spot::Field),
            Shape::Parameters => here
                .step
                .as_ref()
                .and_then(|step| self.action_of(step))
                .and_then(|(_, action)| action.params.iter().find(|param| param.name == key))
                .map_or(Spot::Template, Spot::Parameter),
            other => match other.below() {
                Some(place) => self.enter(&Here { spot: Spot::Map(place), ..here.clone() }, &Key(key.into())),
                None => Spot::Unknown,
            },
        }
    }

    /// The text at a path and a key below it.
    pub(super) fn text_at(&self, path: &[Segment], key: &str) -> Option<&str> {
        let mut whole = path.to_vec();
        whole.push(Key(key.into()));
        self.sketch.at(&whole).map(|fact| fact.text.as_str())
    }

    /// The action of a step.
    pub(super) fn action_of(&self, step: &[Segment]) -> Option<(&'static ConnectorSpec, &'static ActionSpec)> {
        self.action(self.text_at(step, "uses")?)
    }

    /// The action of that name.
    pub(super) fn action(&self, uses: &str) -> Option<(&'static ConnectorSpec, &'static ActionSpec)> {
        let (connector, name) = uses.split_once('/')?;
        let connector = self.connector(connector)?;
        Some((connector, connector.action(name)?))
    }

    /// The connector of that name.
    pub(super) fn connector(&self, name: &str) -> Option<&'static ConnectorSpec> {
        self.environment.connectors.iter().copied().find(|connector| connector.name == name)
    }

    /// The schema of `connector/kind`.
    pub(super) fn schema(&self, objects: &str) -> Option<&'static Schema> {
        let (connector, kind) = objects.split_once('/')?;
        self.connector(connector)?.schema(Kind::parse(kind)?)
    }

    /// What a mapping makes.
    pub(super) fn target_of(&self, mapping: &[Segment]) -> Option<&'static Schema> {
        self.schema(self.text_at(mapping, "to")?)
    }

    /// The steps: their paths, in the order of the file.
    pub(super) fn steps(&self) -> Vec<(String, Vec<Segment>)> {
        let mut steps: Vec<(String, Vec<Segment>)> = Vec::new();
        for fact in &self.sketch.facts {
            if let [Key(list), Item(_), Key(id)] = fact.path.as_slice()
                && (list == "steps" || list == "finally")
                && id == "id"
                && !fact.text.is_empty()
            {
                steps.push((fact.text.clone(), fact.path[..2].to_vec()));
            }
        }
        steps
    }

    /// The names below a top-level key, with their places.
    pub(super) fn named(&self, list: &str) -> Vec<(String, crate::workflow::diagnostic::Span)> {
        let mut named = Vec::new();
        for fact in &self.sketch.facts {
            if let [Key(top), Key(name)] = fact.path.as_slice()
                && top == list
            {
                named.push((name.clone(), fact.key));
            }
        }
        named
    }

    /// The inputs, with their places.
    pub(super) fn inputs(&self) -> Vec<(String, crate::workflow::diagnostic::Span)> {
        let mut inputs = Vec::new();
        for fact in &self.sketch.facts {
            if let [Key(on), Key(manual), Key(list), Key(name)] = fact.path.as_slice()
                && on == "on"
                && manual == "manual"
                && list == "inputs"
            {
                inputs.push((name.clone(), fact.key));
            }
        }
        inputs
    }
}
