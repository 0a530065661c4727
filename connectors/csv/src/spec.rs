//! What the compiler and the documentation know of this connector: one action, its parameters and its outputs.

use idflow_sdk::{
    ActionSpec, ConnectorSpec, Effect, Form, Input, Kind, OutputSpec, ParamSpec, ParamType, SettingSpec, Text,
};

use crate::{layout, messages};

/// The connector.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    settings: &[
        SettingSpec::new("title", Text::new("账号名称，显示在列表中", "the name shown in lists"))
            .asked(Form::titled("账号名称", "Account name")),
        SettingSpec {
            default: Some(""),
            ..SettingSpec::new(
                "folder",
                Text::new(
                    "文件所在的文件夹；步骤中的相对路径从这里算起。相对的文件夹（或留空）从数据文件夹所在的文件夹算起",
                    "the folder of the files; relative paths of a step start here. A relative folder, or none, begins in the folder where the data folder lies",
                ),
            )
        }
        .asked(Form { input: Input::Folder, ..Form::titled("文件夹", "Folder") }),
    ],
    actions: &[&READ],
    messages: messages::MESSAGES,
    row_schema: Some(layout::row_schema),
    ..ConnectorSpec::new("csv", Text::new("CSV 文件", "CSV files"), crate::connector::open)
};

/// The words of the parameter `encoding`.
pub(crate) const ENCODINGS: &[&str] = &["auto", "utf-8", "utf-16le", "utf-16be", "gb18030", "windows-1252"];

/// The one action.
pub(crate) static READ: ActionSpec = ActionSpec {
    name: "read",
    title: Text::new("读取 CSV 文件", "Read a CSV file"),
    kind: None,
    effect: Effect::Read,
    capability: None,
    params: PARAMS,
    outputs: &[
        OutputSpec {
            name: "rows",
            list_of: Some(Kind::Row),
            one: false,
            removed: false,
            doc: Text::new("文件中的行", "the rows of the file"),
        },
        OutputSpec {
            name: "row_count",
            list_of: None,
            one: false,
            removed: false,
            doc: Text::new("行数", "how many rows there are"),
        },
        OutputSpec {
            name: "removed_rows",
            list_of: Some(Kind::Row),
            one: false,
            removed: true,
            doc: Text::new(
                "以前同步过、现在不在文件中的行；文件未完整读取时为空",
                "rows synced before that are no longer in the file; empty unless the whole file was read",
            ),
        },
    ],
    max_parallel: 1,
    batch: 1,
};

const fn param(name: &'static str, ty: ParamType, required: bool, zh: &'static str, en: &'static str) -> ParamSpec {
    ParamSpec { name, ty, required, doc: Text::new(zh, en) }
}

const PARAMS: &[ParamSpec] = &[
    param(
        "path",
        ParamType::Text,
        true,
        "文件路径；相对路径从账号连接的文件夹算起",
        "the file; relative to the folder of the connection, or absolute",
    ),
    param(
        "encoding",
        ParamType::Enum(ENCODINGS),
        false,
        "文字编码；auto 识别 UTF-8、UTF-16（带 BOM）和 GB18030，其他编码要写明",
        "how the text is encoded; auto recognises UTF-8, UTF-16 with a byte-order mark, and GB18030; others must be named",
    ),
    param(
        "key",
        ParamType::Text,
        true,
        "能唯一识别一行的列（用 columns 中的名称）",
        "the column that tells one row from another, by its name in columns",
    ),
    param(
        "columns",
        ParamType::Map,
        true,
        "列名对照：这里的名称 → 表头文字，或可接受的多个表头（取第一个存在的）",
        "our name of each column to its header, or to a list of accepted headers, of which the first present one counts",
    ),
    param(
        "required",
        ParamType::Texts,
        false,
        "必须有值的列；缺值的行不导入",
        "columns that must have a value; a row without is refused",
    ),
    param(
        "present",
        ParamType::Texts,
        false,
        "表头中必须有、但值可以留空的列",
        "columns that the header must have although a value may be blank",
    ),
    param(
        "parent",
        ParamType::Text,
        false,
        "保存上级键的列；写了它，各行组成一棵树，可用 `source.path` 匹配",
        "the column that holds the key of the parent: the rows then form a tree and can be matched by `source.path`",
    ),
    param(
        "lists",
        ParamType::Map,
        false,
        "含多个值的列 → 分隔符",
        "columns that hold several values, to what separates them",
    ),
    param(
        "flags",
        ParamType::Map,
        false,
        "多值列 → 与之按顺序对应的 1/0 列（是否负责人）",
        "a list column to the column of 1 and 0, in the same order, that tells who leads",
    ),
    param(
        "words",
        ParamType::MapOfMaps,
        false,
        "列 → 允许的词及其含义；其他词的行不导入",
        "a column to the words allowed in it and what they mean; a row with another word is refused",
    ),
    param(
        "defaults",
        ParamType::Map,
        false,
        "列 → 留空或没有这一列时的值",
        "a column to its value where it is blank or not in the file",
    ),
    param(
        "partial",
        ParamType::Bool,
        false,
        "true 表示文件只是名单的一部分：不在文件中的人和部门保持不变，也不算离开；removed_rows 为空",
        "true: the file is a part of the list only. Whoever is not in it stays as before and has not left; removed_rows is empty",
    ),
    param(
        "where",
        ParamType::Predicate { variable: "row" },
        false,
        "只保留满足条件的行",
        "only rows for which this holds are kept",
    ),
];
