//! Which fields of a mapping are treated in a way of their own: unique ones, ones for creation only, ones that refer to others?

use idflow_sdk::{FieldId, Type};

use crate::workflow::compiled::{Mapping, MatchRule};

/// The fields of a mapping that are treated in a way of their own, see [`super::Task`].
pub(super) struct Fields {
    pub create_only: Vec<FieldId>,
    pub unique: Vec<FieldId>,
    pub claims: Vec<FieldId>,
    pub of_others: Vec<FieldId>,
    pub rule_reads: Vec<FieldId>,
    pub label_reads: Vec<FieldId>,
}

impl Fields {
    pub(in crate::reconcile) fn of(mapping: &Mapping) -> Self {
        let schema = mapping.target;
        let create_only = mapping
            .fields
            .iter()
            .filter(|field| field.create_only || schema.spec(field.target).access == idflow_sdk::Access::CreateOnly)
            .map(|field| field.target)
            .collect();
        let unique: Vec<FieldId> =
            mapping.fields.iter().map(|field| field.target).filter(|id| schema.spec(*id).unique.is_some()).collect();
        let among = unique.iter().filter_map(|id| match schema.spec(*id).unique? {
            idflow_sdk::Unique::AmongSiblings { parent } | idflow_sdk::Unique::AmongSiblingsAtEnd { parent } => {
                schema.field(parent)
            }
            idflow_sdk::Unique::EachCall | idflow_sdk::Unique::AtEnd => None,
        });
        let gone = schema.gone_when.and_then(|(name, _)| schema.field(name));
        let claims = unique.iter().copied().chain(among).chain(gone).collect();
        let (mut rule_reads, mut label_reads) = (Vec::new(), Vec::new());
        for rule in &mapping.rules {
            if let MatchRule::Equal { source, .. } = rule {
                source.reads(&mut rule_reads);
            }
        }
        let depends = |id: &FieldId| match schema.spec(*id).ty {
            Type::Members { .. } => true,
            Type::Refs { kind, .. } => kind == schema.kind,
            _ => false,
        };
        let of_others = mapping.fields.iter().map(|field| field.target).filter(depends).collect();
        let label = schema.field(schema.label);
        for field in mapping.fields.iter().filter(|field| Some(field.target) == label) {
            field.value.reads(&mut label_reads);
        }
        Self { create_only, unique, claims, of_others, rule_reads, label_reads }
    }
}
