//! A checked condition: a tree in which every name is resolved and every part has a type.

use std::{collections::HashSet, sync::Arc};

use idflow_sdk::FieldId;

use super::{
    pattern::Pattern,
    value::{Fold, Val},
};

/// One part of a condition.
#[derive(Debug, Clone)]
pub enum Node {
    /// Known already.
    Known(Val<'static>),
    /// A field of the object.
    Field(FieldId),
    /// Something in the scope.
    Scope(Vec<String>),
    /// The object of a loop; the outermost loop is 0.
    Local(usize),
    /// What stands under a name.
    Part(Box<Self>, String),
    /// What stands in a place, or under a name that is made.
    At(Box<[Self; 2]>),
    /// There is a value.
    Has(Box<Self>),
    /// There is none: `== ""`, `== null`, `== []`.
    Blank(Box<Self>),
    /// Not that.
    Not(Box<Self>),
    /// All of them.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    /// One of two, by a third.
    If(Box<[Self; 3]>),
    /// The same.
    Same(Box<[Self; 2]>, Fold),
    /// Smaller or larger.
    Compare(Box<[Self; 2]>, Order, Fold),
    /// One of a list. `blank`: the list holds `""` or `null`, so that nothing is one of it too.
    In {
        /// The value.
        item: Box<Self>,
        /// The list.
        list: Box<Self>,
        /// How they are compared.
        fold: Fold,
        /// Whether nothing is one of the list.
        blank: bool,
    },
    /// One of a list that was made ready.
    OneOf(Box<Self>, Arc<Wanted>),
    /// A list as written.
    List(Vec<Self>),
    /// How long it is.
    Size(Box<Self>),
    /// A whole number from it.
    Int(Box<Self>),
    /// Text from it.
    Text(Box<Self>),
    /// A time span from it.
    Span(Box<Self>),
    /// Whether a text is in another.
    Search(Search, Box<[Self; 2]>, Fold),
    /// Whether a text fits a pattern.
    Matches(Box<[Self; 2]>),
    /// Whether a text fits a pattern that was made ready.
    Fits(Box<Self>, Arc<Pattern>),
    /// How many objects steps changed, each by its place in the scope.
    Changes(Vec<Vec<String>>),
    /// Sums and the like.
    Math(Math, Box<[Self; 2]>),
    /// The negative.
    Negate(Box<Self>),
    /// A loop over a list.
    Loop(Box<Loop>),
}

/// A loop.
#[derive(Debug, Clone)]
pub struct Loop {
    /// What it is for.
    pub goal: Goal,
    /// The list.
    pub list: Node,
    /// What is asked of each.
    pub test: Option<Node>,
    /// What is made of each that passed.
    pub value: Option<Node>,
}

/// What a loop is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// One fulfils it.
    Exists,
    /// Exactly one fulfils it.
    ExistsOne,
    /// All fulfil it.
    All,
    /// A list of those that fulfil it, or of what is made of them.
    List,
}

/// Orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Where a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    Start,
    End,
    Anywhere,
}

/// Operators on numbers; `+` also joins texts and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Math {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A list in which a value is looked for, made once.
#[derive(Debug)]
pub struct Wanted {
    /// Texts and numbers, as they are compared.
    pub texts: HashSet<Box<str>>,
    /// Whether `false` and `true` are in it.
    pub flags: [bool; 2],
    /// How they are compared.
    pub fold: Fold,
    /// Whether nothing is one of the list.
    pub blank: bool,
}

impl Node {
    /// The parts below.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Known(_) | Self::Field(_) | Self::Scope(_) | Self::Local(_) | Self::Changes(_) => Vec::new(),
            Self::Part(part, _)
            | Self::Has(part)
            | Self::Blank(part)
            | Self::Not(part)
            | Self::OneOf(part, _)
            | Self::Size(part)
            | Self::Int(part)
            | Self::Text(part)
            | Self::Span(part)
            | Self::Fits(part, _)
            | Self::Negate(part) => vec![part],
            Self::At(parts)
            | Self::Same(parts, _)
            | Self::Compare(parts, ..)
            | Self::Search(_, parts, _)
            | Self::Matches(parts)
            | Self::Math(_, parts) => parts.iter().collect(),
            Self::If(parts) => parts.iter().collect(),
            Self::And(parts) | Self::Or(parts) | Self::List(parts) => parts.iter().collect(),
            Self::In { item, list, .. } => vec![item, list],
            Self::Loop(looped) => std::iter::once(&looped.list).chain(&looped.test).chain(&looped.value).collect(),
        }
    }

    /// The same with other parts, which come in the order of [`Self::parts`].
    pub fn map(self, each: &mut dyn FnMut(Self) -> Self) -> Self {
        let mut boxed = |part: Box<Self>| Box::new(each(*part));
        match self {
            Self::Known(_) | Self::Field(_) | Self::Scope(_) | Self::Local(_) | Self::Changes(_) => self,
            Self::Part(part, name) => Self::Part(boxed(part), name),
            Self::Has(part) => Self::Has(boxed(part)),
            Self::Blank(part) => Self::Blank(boxed(part)),
            Self::Not(part) => Self::Not(boxed(part)),
            Self::OneOf(part, wanted) => Self::OneOf(boxed(part), wanted),
            Self::Size(part) => Self::Size(boxed(part)),
            Self::Int(part) => Self::Int(boxed(part)),
            Self::Text(part) => Self::Text(boxed(part)),
            Self::Span(part) => Self::Span(boxed(part)),
            Self::Fits(part, pattern) => Self::Fits(boxed(part), pattern),
            Self::Negate(part) => Self::Negate(boxed(part)),
            Self::At(parts) => Self::At(Box::new(parts.map(each))),
            Self::Same(parts, fold) => Self::Same(Box::new(parts.map(each)), fold),
            Self::Compare(parts, order, fold) => Self::Compare(Box::new(parts.map(each)), order, fold),
            Self::Search(search, parts, fold) => Self::Search(search, Box::new(parts.map(each)), fold),
            Self::Matches(parts) => Self::Matches(Box::new(parts.map(each))),
            Self::Math(math, parts) => Self::Math(math, Box::new(parts.map(each))),
            Self::If(parts) => Self::If(Box::new(parts.map(each))),
            Self::And(parts) => Self::And(parts.into_iter().map(each).collect()),
            Self::Or(parts) => Self::Or(parts.into_iter().map(each).collect()),
            Self::List(parts) => Self::List(parts.into_iter().map(each).collect()),
            Self::In { item, list, fold, blank } => Self::In { item: boxed(item), list: boxed(list), fold, blank },
            Self::Loop(looped) => {
                let Loop { goal, list, test, value } = *looped;
                let list = each(list);
                let test = test.map(&mut *each);
                let value = value.map(&mut *each);
                Self::Loop(Box::new(Loop { goal, list, test, value }))
            }
        }
    }

    /// Whether it is the same for all objects, `depth` loops deep.
    pub fn is_steady(&self, depth: usize) -> bool {
        match self {
            Self::Field(_) => false,
            Self::Local(place) => *place >= depth,
            _ => self.parts().into_iter().all(|part| part.is_steady(depth)),
        }
    }

    /// Whether a field of the object is read anywhere.
    pub fn reads(&self, field: FieldId) -> bool {
        matches!(self, Self::Field(id) if *id == field) || self.parts().into_iter().any(|part| part.reads(field))
    }
}
