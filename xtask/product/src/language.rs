//! `docs/reference/language.md`: the language reference, from the compiler's own tables.

use std::fmt::Write;

use anyhow::Result;
use idflow::{
    connectors,
    workflow::{
        assist::field_rules,
        codes, evaluate, explain,
        expression::functions::FUNCTIONS,
        foreign,
        helpers::HELPERS,
        keys,
        vocabulary::{self, Shape},
    },
};
use idflow_sdk::{ActionSpec, ConnectorSpec, Effect, Schema};

const INTRO: &str = include_str!("language_intro.md");

/// The page.
pub fn page() -> Result<String> {
    let mut text = String::from(
        "# The workflow language · 工作流语言\n\n<!-- Made by `cargo xtask schema` from the tables of src/workflow and the \
         connectors; the first part is xtask/product/src/language_intro.md. Do not edit. -->\n\n",
    );
    text.push_str(INTRO);
    keys(&mut text)?;
    names(&mut text)?;
    helpers(&mut text)?;
    functions(&mut text)?;
    for connector in connectors::ALL {
        self::connector(&mut text, connector)?;
    }
    codes(&mut text)?;
    foreign(&mut text)?;
    Ok(text)
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn keys(text: &mut String) -> Result<()> {
    writeln!(text, "\n## Keys · 键\n\nKeys marked * have to be there. 带 * 的键必须写。")?;
    for keys in keys::ALL {
        let heading = if keys.id == "top" { "The top of a file · 最外层".to_string() } else { place(keys.id) };
        writeln!(text, "\n### {heading}\n\n| key | value | default | meaning | 含义 |\n|---|---|---|---|---|")?;
        for key in keys.known {
            let Some(row) = vocabulary::find(keys.id, key) else {
                writeln!(text, "| `{key}` | | | | |")?;
                continue;
            };
            let below = match row.shape {
                Shape::Named(place)
                | Shape::Map(place)
                | Shape::MapOrNothing(place)
                | Shape::MapOrList(place)
                | Shape::Maps(place)
                    if vocabulary::keys_of(place).is_some() =>
                {
                    format!(", see [{}](#{})", self::place(place), anchor(&self::place(place)))
                }
                _ => String::new(),
            };
            writeln!(
                text,
                "| `{key}`{} | {}{below} | {} | {} | {} |",
                if row.required { " *" } else { "" },
                cell(&row.shape.title().1),
                default(row.default),
                cell(row.doc.en),
                cell(row.doc.zh),
            )?;
        }
    }
    Ok(())
}

fn default(default: &str) -> String {
    match default {
        "" => String::new(),
        sentence if sentence.contains(' ') && !sentence.starts_with('[') => sentence.to_string(),
        value => format!("`{value}`"),
    }
}

/// Where a sort of map stands.
fn place(id: &str) -> String {
    let within = vocabulary::ROWS.iter().find(|row| match row.shape {
        Shape::Named(place) => place == id,
        Shape::Steps => id == "step",
        shape => shape.below() == Some(id) && id != "name",
    });
    match within {
        Some(row) if row.place == "top" => match row.shape {
            Shape::Named(_) => format!("{}.NAME", row.key),
            Shape::Steps => "steps[] and finally[]".into(),
            _ => row.key.to_string(),
        },
        Some(row) => {
            let above = if row.place == "step" { "step".to_string() } else { place(row.place) };
            match row.shape {
                Shape::Named(_) => format!("{above}.{}.NAME", row.key),
                Shape::Maps(_) => format!("{above}.{}[]", row.key),
                _ if id == "limit" => "safety.create, update, remove".into(),
                _ => format!("{above}.{}", row.key),
            }
        }
        None if id == "field" => "mappings.NAME.fields.FIELD".into(),
        None if id == "name" => "Names in two languages".into(),
        None => id.to_string(),
    }
}

/// The address of a heading, as the usual renderers make it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn names(text: &mut String) -> Result<()> {
    writeln!(
        text,
        "\n## What templates and expressions can read · 可以读取的名字\n\n| name | meaning | 含义 |\n|---|---|---|\n\
         | `source.FIELD`, `target.FIELD` | in mappings: the object at hand and its counterpart (`target` in `match` only) | \
         映射里的来源对象和目标对象（`target` 只在 `match` 里） |\n\
         | `user.FIELD`, `row.FIELD` | under `where`: the object that is looked at | `where` 里的当前对象 |"
    )?;
    for (name, doc) in vocabulary::ROOTS {
        writeln!(text, "| `{name}` | {} | {} |", cell(doc.en), cell(doc.zh))?;
    }
    for (name, doc) in vocabulary::RUN {
        writeln!(text, "| `run.{name}` | {} | {} |", cell(doc.en), cell(doc.zh))?;
    }
    for (name, doc) in vocabulary::STEP_PARTS {
        writeln!(text, "| `steps.ID.{name}` | {} | {} |", cell(doc.en), cell(doc.zh))?;
    }
    Ok(())
}

fn helpers(text: &mut String) -> Result<()> {
    writeln!(
        text,
        "\n## Helpers of templates · 模板函数\n\nAll are pure: the same object gives the same value at any time. Arguments in \
         brackets may be left out.\n\n| helper | gives | 结果 | example |\n|---|---|---|---|"
    )?;
    for helper in HELPERS {
        let (doc, example) = (helper.doc, cell(helper.example));
        writeln!(
            text,
            "| `{} {}` | {} | {} | `{example}` |",
            helper.name,
            helper.signature,
            cell(doc.en),
            cell(doc.zh)
        )?;
    }
    Ok(())
}

fn functions(text: &mut String) -> Result<()> {
    writeln!(
        text,
        "\n## Expressions · 表达式\n\nA small, typed part of CEL. No clock, no random numbers.\n\n\
         What is missing (an input that was not given, a hidden or empty field, a custom field, a part of `trigger`, a place that \
         a list does not have) is empty. An empty value equals nothing but `\"\"` and `null`, is in no text and in no order, and is \
         not true; so every condition has an answer for every object. A condition looks at 20,000 things at most for each object. \
         `where` and the filter of a loop only narrow: people who left are out of scope unless the condition names `user.status`.\n\n\
         没有的值（未填写的输入、看不见或为空的字段、自定义字段、`trigger` 的某一部分、列表里没有的位置）就是空值。\
         空值只等于 `\"\"` 和 `null`，不含在任何文本里，不能比大小，也不算真；所以每个条件对每个对象都有结果。\
         每个条件对每个对象最多看 20000 处。`where` 和循环的筛选只会缩小范围：离职（left）的人不在范围内，除非条件里写了 `user.status`。\n\n\
         | function | gives | 结果 | example |\n|---|---|---|---|"
    )?;
    for function in FUNCTIONS {
        let (doc, example) = (function.doc, cell(function.example));
        writeln!(text, "| `{}` | {} | {} | `{example}` |", cell(function.signature), cell(doc.en), cell(doc.zh))?;
    }
    Ok(())
}

fn connector(text: &mut String, connector: &ConnectorSpec) -> Result<()> {
    writeln!(text, "\n## Connector `{}`: {} · {}", connector.name, connector.title.en, connector.title.zh)?;
    for action in connector.actions {
        self::action(text, connector, action)?;
    }
    for schema in connector.schemas {
        fields(text, schema)?;
    }
    if connector.row_schema.is_some() {
        writeln!(
            text,
            "\n### `{}/row`\n\nThe fields are the names under `columns` of the step that reads the file. \
             字段就是读取步骤 `columns` 里的名字。",
            connector.name
        )?;
    }
    Ok(())
}

fn action(text: &mut String, connector: &ConnectorSpec, action: &ActionSpec) -> Result<()> {
    let effect = match action.effect {
        Effect::Read => "reads, changes nothing · 只读取",
        Effect::Create => "creates objects without a counterpart · 创建",
        Effect::Update => "changes objects that differ · 更新",
        Effect::Upsert => "creates or changes · 创建或更新",
        Effect::Remove(idflow_sdk::Removal::Delete) => "removes for good: needs `safety.remove` and an approval · 删除",
        Effect::Remove(_) => "takes access away: needs `safety.remove` · 停用",
        Effect::Send => "sends something to people · 发送",
    };
    writeln!(
        text,
        "\n### `{}/{}`\n\n{} · {}. Effect: {effect}.",
        connector.name, action.name, action.title.en, action.title.zh
    )?;
    if !action.params.is_empty() {
        writeln!(text, "\n| parameter | value | meaning | 含义 |\n|---|---|---|---|")?;
        for param in action.params {
            let (_, value) = evaluate::title(param.ty);
            writeln!(
                text,
                "| `{}`{} | {} | {} | {} |",
                param.name,
                if param.required { " *" } else { "" },
                cell(value),
                cell(param.doc.en),
                cell(param.doc.zh)
            )?;
        }
    }
    if !action.outputs.is_empty() {
        writeln!(text, "\n| output | holds | meaning | 含义 |\n|---|---|---|---|")?;
        for output in action.outputs {
            let holds = output.list_of.map_or_else(
                || "a number".to_string(),
                |kind| format!("`{}/{}` objects", connector.name, kind.as_str()),
            );
            writeln!(text, "| `{}` | {holds} | {} | {} |", output.name, cell(output.doc.en), cell(output.doc.zh))?;
        }
    }
    Ok(())
}

fn fields(text: &mut String, schema: &Schema) -> Result<()> {
    writeln!(
        text,
        "\n### `{}/{}`\n\n| field | meaning and rules | 含义和规则 |\n|---|---|---|",
        schema.connector,
        schema.kind.as_str()
    )?;
    for field in schema.fields.iter() {
        let (zh, en) = field_rules(field);
        writeln!(text, "| `{}` | {} | {} |", field.name, cell(&en), cell(&zh))?;
    }
    Ok(())
}

fn codes(text: &mut String) -> Result<()> {
    writeln!(text, "\n## Codes · 代码\n\n`idflow explain CODE` prints a page with a wrong and a right example.")?;
    for group in explain::groups().iter().filter(|group| !group.codes.is_empty()) {
        writeln!(
            text,
            "\n### {} · {}\n\n| code | meaning | how to fix it | 含义 | 怎样改 |\n|---|---|---|---|---|",
            group.title.en, group.title.zh
        )?;
        for row in &group.codes {
            let mend = explain::find(row.code).map(|page| page.mend);
            writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                row.code,
                cell(row.title.en),
                mend.map_or_else(String::new, |mend| cell(mend.en)),
                cell(row.title.zh),
                mend.map_or_else(String::new, |mend| cell(mend.zh)),
            )?;
        }
    }
    debug_assert!(codes::CODES.iter().all(|row| explain::find(row.code).is_some()));
    Ok(())
}

fn foreign(text: &mut String) -> Result<()> {
    writeln!(
        text,
        "\n## Words of other workflow languages · 其他工作流语言的词\n\nThe compiler knows these in any spelling and names the word \
         that is right here.\n\n| word | language | place | here | 这里的写法 |\n|---|---|---|---|---|"
    )?;
    let mut rows: Vec<_> = foreign::TABLE.iter().collect();
    rows.sort_by_key(|row| (row.word, row.place));
    for row in rows {
        writeln!(text, "| `{}` | {} | {} | {} | {} |", row.word, row.dialect, row.place, cell(row.en), cell(row.zh))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_it() {
        let page = page().unwrap();
        for row in codes::CODES {
            assert!(page.contains(&format!("\n| {} |", row.code)), "{}", row.code);
        }
        for keys in keys::ALL {
            for key in keys.known {
                assert!(page.contains(&format!("\n| `{key}`")), "{key}");
            }
        }
        assert!(page.contains("### mappings.NAME.fields.FIELD") && page.contains("### on.schedule[]"));
        assert!(page.contains("wecom/create_user") && page.contains("| `userid` |"));
        // Every link leads to a heading.
        for (at, _) in page.match_indices("](#") {
            let link = page[at + 3..].split(')').next().unwrap();
            assert!(
                page.lines().any(|line| line.starts_with('#') && anchor(line.trim_start_matches('#').trim()) == link),
                "{link}"
            );
        }
    }
}
