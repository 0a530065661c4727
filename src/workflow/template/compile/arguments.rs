//! What arguments of helpers must be.

use idflow_sdk::{Field, Kind, Type, Value};

use super::{
    super::{Expr, as_text},
    Compiler,
};
use crate::workflow::{
    diagnostic::Diagnostic,
    helpers::{self, Helper},
    names::Ty,
};

impl Compiler<'_> {
    /// Whether the argument of `target_id` and its kin refers to objects, and to the kind that the field wants.
    pub(super) fn refers_right(
        &mut self,
        spec: &helpers::Spec,
        types: &[Ty],
        spans: &[std::ops::Range<usize>],
    ) -> Option<()> {
        if !spec.helper.refers() {
            return Some(());
        }
        let (Some(wanted), Some(ty), Some(at)) = (self.options.refers_to, types.first(), spans.first()) else {
            return Some(());
        };
        // The cells of a file are text, whatever they refer to.
        let rows = self.names.object.is_none_or(|object| object.schema.kind == Kind::Row);
        let given = match ty {
            Ty::Field(Type::Ref(kind) | Type::Refs { kind, .. } | Type::Members { kind }) => Some(*kind),
            Ty::Field(_) if !rows => None,
            _ => return Some(()),
        };
        if given == Some(wanted) {
            return Some(());
        }
        let title = |kind: Kind| match kind {
            Kind::Department => ("部门", "departments"),
            Kind::User => ("人员", "people"),
            Kind::Row => ("行", "rows"),
            Kind::Group => ("群组", "groups"),
        };
        let (wanted_zh, wanted_en) = title(wanted);
        let (zh, en) = given.map_or(("普通内容", "nothing"), title);
        let span = self.span(at.start, at.end);
        let finding = Diagnostic::new(
            "E0402",
            span,
            format!("这个目标字段要的是{wanted_zh}，这里引用的是{zh}"),
            format!("the field refers to {wanted_en}, and this refers to {en}"),
        );
        // The fields of the source that would do.
        let fitting: Vec<String> = self
            .names
            .object
            .iter()
            .flat_map(|object| {
                object
                    .schema
                    .fields
                    .iter()
                    .filter(move |field| field.ty.refers_to() == Some(wanted))
                    .map(move |field| format!("{}.{}", object.variable, field.name))
            })
            .collect();
        let example = if fitting.is_empty() { spec.example.to_string() } else { fitting.join("`, `") };
        self.report(finding.help(format!("可用：`{example}`"), format!("there is `{example}`")))?;
        None
    }

    /// Literal arguments that no object could make right.
    pub(super) fn check_literals(
        &mut self,
        helper: Helper,
        arguments: &[Expr],
        spans: &[std::ops::Range<usize>],
    ) -> Option<()> {
        for (index, argument) in arguments.iter().enumerate() {
            let Expr::Literal(field) = argument else { continue };
            let written = field.value().and_then(as_text).unwrap_or_default();
            if let Some((zh, en)) = helper.literal_fault(index, &written) {
                let span = self.span(spans[index].start, spans[index].end);
                let example = helper.spec().example;
                self.findings.push(
                    Diagnostic::new("E0402", span, zh, en)
                        .help(format!("例如 `{example}`"), format!("for example `{example}`")),
                );
                return None;
            }
        }
        Some(())
    }

    /// Literal formats and zones are tried at once: better now than in the night.
    pub(super) fn check_date(&mut self, arguments: &[Expr], spans: &[std::ops::Range<usize>]) -> Option<()> {
        let text = |index: usize| match arguments.get(index) {
            Some(Expr::Literal(Field::Value(Value::Text(text)))) => Some(text.as_str()),
            _ => None,
        };
        let zone_span = spans.get(2).map(|range| self.span(range.start, range.end));
        if let (Some(zone), Some(span)) = (text(2), zone_span)
            && zone.parse::<chrono_tz::Tz>().is_err()
        {
            let mut finding = crate::workflow::trigger::unknown_zone(zone, span);
            for fix in &mut finding.fixes {
                fix.text = format!("'{}'", fix.text);
            }
            self.findings.push(finding);
            return None;
        }
        if let Some(format) = text(1)
            && helpers::date("2026-01-02T03:04:05Z", format, "").is_none()
        {
            let span = self.span(spans[1].start, spans[1].end);
            self.findings.push(
                Diagnostic::new("E0404", span, "日期格式写错", "this is not a date format")
                    .help("例如 `'%Y-%m-%d'`", "for example `'%Y-%m-%d'`"),
            );
            return None;
        }
        Some(())
    }

    /// A moment formatted without a zone is a day or an hour of UTC: in the morning in China, yesterday.
    pub(super) fn zoneless(
        &mut self,
        arguments: &[Expr],
        spans: &[std::ops::Range<usize>],
        name: &std::ops::Range<usize>,
    ) {
        if arguments.len() > 2 {
            return;
        }
        let moment = matches!(&arguments[0], Expr::Scope(path) if path.first().is_some_and(|root| root == "run"));
        let clock = match arguments.get(1) {
            Some(Expr::Literal(Field::Value(Value::Text(format)))) => {
                ["%H", "%I", "%M", "%S", "%T", "%R", "%X", "%c", "%p", "%r"].iter().any(|part| format.contains(part))
            }
            _ => false,
        };
        if !moment && !clock {
            return;
        }
        let end = spans.last().map_or(name.end, |range| range.end);
        let span = self.span(name.start, end);
        let at = self.span(end, end);
        let text = if arguments.len() == 1 { " '%Y-%m-%d' 'Asia/Shanghai'" } else { " 'Asia/Shanghai'" };
        self.findings.push(
            Diagnostic::new("W0810", span, "日期没有写时区", "a date is formatted without a time zone")
                .label(
                    "按 UTC：北京时间早上 8 点前还是前一天",
                    "in UTC: before 8 in the morning it is still yesterday in China",
                )
                .help(
                    "在最后加上时区，例如 `'Asia/Shanghai'`",
                    "add the zone at the end, for example `'Asia/Shanghai'`",
                )
                .suggest(at, text),
        );
    }
}
