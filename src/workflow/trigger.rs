//! Are the schedules right: the expression, the zone, and that they ever fire?

use chrono::{DateTime, TimeZone, Utc};

use super::{
    check::given,
    compiled::Input,
    cron::{self, Cron, next_after, zone},
    diagnostic::{Diagnostic, Span},
    suggest::{is_spelling, nearest},
    syntax,
    yaml::Node,
    yaml_edit,
};
use crate::model::definition::Schedule;

/// Names that people try, with what they mean.
const ALIASES: &[(&str, &str)] = &[
    ("Asia/Beijing", "Asia/Shanghai"),
    ("China", "Asia/Shanghai"),
    ("China/Beijing", "Asia/Shanghai"),
    ("Beijing", "Asia/Shanghai"),
    ("CST", "Asia/Shanghai"),
    ("Asia/Peking", "Asia/Shanghai"),
    ("Peking", "Asia/Shanghai"),
    ("Shanghai", "Asia/Shanghai"),
    ("China Standard Time", "Asia/Shanghai"),
    ("China Time", "Asia/Shanghai"),
    ("CN", "Asia/Shanghai"),
    ("北京", "Asia/Shanghai"),
    ("北京时间", "Asia/Shanghai"),
    ("上海", "Asia/Shanghai"),
    ("+8", "Asia/Shanghai"),
    ("+0800", "Asia/Shanghai"),
    ("UTC+08:00", "Asia/Shanghai"),
    ("GMT+08:00", "Asia/Shanghai"),
    ("UTC+8", "Asia/Shanghai"),
    ("GMT+8", "Asia/Shanghai"),
    ("+08:00", "Asia/Shanghai"),
    ("Asia/Shenzhen", "Asia/Shanghai"),
    ("Asia/Guangzhou", "Asia/Shanghai"),
    ("Asia/Chengdu", "Asia/Shanghai"),
    ("Asia/Hangzhou", "Asia/Shanghai"),
    ("Asia/Wuhan", "Asia/Shanghai"),
];

/// Schedules with the defaults in place; what is wrong with them is reported.
pub fn schedules(
    written: &[syntax::Schedule<'_>],
    (inputs, live): (&[Input], bool),
    source: &str,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Schedule> {
    written.iter().filter_map(|schedule| check(schedule, (inputs, live), source, findings)).collect()
}

fn check(
    schedule: &syntax::Schedule<'_>,
    (inputs, live): (&[Input], bool),
    source: &str,
    findings: &mut Vec<Diagnostic>,
) -> Option<Schedule> {
    let (word, node) = schedule.cron?;
    let given = given::inputs(schedule.inputs, inputs, word.span, given::Starts::Schedule, live, findings);
    let timezone = match schedule.timezone {
        Some(name) => {
            if zone(name.text).is_err() {
                findings.push(unknown_zone(name.text, name.span));
            }
            name.text
        }
        None => {
            findings.push(no_zone(schedule.node, word, source));
            "UTC"
        }
    };
    match word.text.parse::<Cron>() {
        Err(error) => {
            let span = if error.range.is_empty() { word.span } else { node.place(source, error.range.clone()) };
            let mut finding = Diagnostic::new("E0601", span, error.zh, error.en).help(
                "例如每天两点 `0 2 * * *`，工作日六点半 `30 6 * * MON-FRI`，每月最后一天 `0 2 L * *`",
                "for example every day at two `0 2 * * *`, on workdays at half past six `30 6 * * MON-FRI`, on the last \
                 day of a month `0 2 L * *`",
            );
            if let Some(meant) = cron::meant(word.text)
                && let Some(first) = meant.readings.first()
            {
                for reading in &meant.readings {
                    finding = finding.help(format!("是否想写 `{reading}`？"), format!("did you mean `{reading}`?"));
                }
                if meant.readings.len() > 1 {
                    finding = finding.help(
                        "不同的程序有不同的写法（秒在前、年在后、星期日是 1 还是 0），请自己选",
                        "programs differ (seconds first, a year last, Sunday as 1 or 0): choose one of them",
                    );
                }
                finding = finding.fix_if(meant.certain, word.span, format!("\"{first}\""));
            }
            findings.push(finding);
        }
        Ok(_) if next_after(word.text, "UTC", epoch()) == Ok(None) => {
            let fields: Vec<&str> = word.text.split_whitespace().collect();
            let start = fields.get(2).and_then(|day| {
                // The third field, counted and not searched: `0 2 30 2 *` has other twos.
                let mut rest = word.text;
                let mut at = 0;
                for field in fields.iter().take(2) {
                    let place = rest.find(field)? + field.len();
                    at += place;
                    rest = &rest[place..];
                }
                rest.find(day)
                    .map(|place| at + place..at + place + day.len() + 1 + fields.get(3).map_or(0, |month| month.len()))
            });
            let span = start.map_or(word.span, |range| node.place(source, range));
            findings.push(
                Diagnostic::new("E0603", span, "这个定时任务永远不会触发", "this schedule never fires")
                    .label("这个月没有这一天", "the month has no such day")
                    .help("每月最后一天写作 `\"0 2 L * *\"`", "for the last day of every month write `\"0 2 L * *\"`"),
            );
        }
        Ok(_) => {}
    }
    Some(Schedule {
        cron: word.text.to_string(),
        timezone: timezone.to_string(),
        catchup: schedule.catchup,
        inputs: given,
    })
}

/// A fixed beginning: what never fires in a hundred years from here never fires.
fn epoch() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).single().unwrap_or_default()
}

fn no_zone(node: &Node, cron: syntax::Word<'_>, source: &str) -> Diagnostic {
    let mut fields = cron.text.split_whitespace().map(str::parse::<u32>);
    let (zh, en) = match (fields.next(), fields.next()) {
        (Some(Ok(minute)), Some(Ok(hour))) if minute < 60 && hour < 24 => {
            let china = (hour + 8) % 24;
            (
                format!("按 UTC {hour:02}:{minute:02} 运行，即北京时间 {china:02}:{minute:02}"),
                format!("runs at {hour:02}:{minute:02} UTC, which is {china:02}:{minute:02} in China"),
            )
        }
        _ => (
            "按 UTC 运行，比北京时间晚 8 小时".to_string(),
            "it runs by UTC, which is 8 hours behind China".to_string(),
        ),
    };
    let finding = Diagnostic::new("W0802", node.span, "定时任务没有写时区", "this schedule has no time zone")
        .label(zh, en)
        .help("加上 `timezone: Asia/Shanghai`", "add `timezone: Asia/Shanghai`");
    match yaml_edit::add_entry(source, node, "timezone: Asia/Shanghai") {
        // By UTC it runs at another hour than in China: which one is meant is not known.
        Some(fix) => finding.suggest(fix.span, fix.text),
        None => finding,
    }
}

/// A zone that does not exist.
pub(crate) fn unknown_zone(name: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::new("E0602", span, format!("没有时区 `{name}`"), format!("unknown time zone `{name}`"))
        .label("时区数据库里没有", "not in the time zone database");
    if let Some((alias, meant)) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)) {
        return finding
            .help(format!("北京时间的标准名称是 `{meant}`"), format!("Beijing time is called `{meant}`"))
            // `CST` is also a zone of America.
            .fix_if(*alias != "CST", span, *meant);
    }
    let zones = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    match nearest(name, zones()) {
        Some(meant) => finding.help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?")).fix_if(
            is_spelling(name, meant, zones()),
            span,
            meant,
        ),
        None => finding.help(
            "写地区和城市，例如 `Asia/Shanghai`、`Europe/Berlin`、`UTC`",
            "write region and city, for example `Asia/Shanghai`, `Europe/Berlin`, `UTC`",
        ),
    }
}
