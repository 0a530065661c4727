//! E04: templates and expressions.

use super::page::{Page, page};

macro_rules! person {
    ($line:literal) => {
        concat!(
            "mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n      userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n      department: \"{{target_ids source.departments}}\"\n      ",
            $line,
            "\n"
        )
    };
}

macro_rules! reading {
    ($lines:literal) => {
        concat!("steps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    ", $lines, "\n")
    };
}

/// A list that is long enough.
macro_rules! letters {
    () => {
        "a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a"
    };
}

pub(super) const PAGES: &[Page] = &[
    page(
        "E0401",
        ("没有这个变量、输入或字段。", "There is no such variable, input or field."),
        ("写错的字段名若当成空值，会把真实的数据清空。", "A misspelt field taken as empty would clear real data."),
        ("改成提示里的名字；可用的字段都列出来了。", "Take the name that is offered; the finding lists what there is."),
        person!("mobile: {value: \"{{source.mobil}}\", when_empty: omit}"),
        person!("mobile: {value: \"{{source.mobile}}\", when_empty: omit}"),
    ),
    page(
        "E0402",
        ("值的类型与参数或字段不符。", "The type of a value does not fit the parameter or field."),
        (
            "目标系统会拒绝它，或者更糟：接受一个错误的值。",
            "The target would refuse it or, worse, accept something wrong.",
        ),
        (
            "换一个字段，或用函数转换，例如 `target_ids`、`split`、`eq`。",
            "Map another field, or convert it by a helper such as `target_ids`, `split`, `eq`.",
        ),
        person!("main_department: \"{{source.departments}}\""),
        person!("main_department: \"{{target_id source.primary_department}}\""),
    ),
    page(
        "E0403",
        (
            "表达式里写了花括号。`if`、`in`、`where`、`key` 和 `match` 是表达式，不是模板。",
            "Braces stand in an expression. `if`, `in`, `where`, `key` and `match` take expressions, not templates.",
        ),
        (
            "两种写法不混用，同一个地方只有一种意思。",
            "The two languages are never mixed, so each place has one meaning.",
        ),
        ("去掉引号和花括号。", "Remove the quotes and braces."),
        "on: {manual: {inputs: {deep: {type: boolean, default: false}}}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    if: \"{{inputs.deep}}\"\n",
        "on: {manual: {inputs: {deep: {type: boolean, default: false}}}}\nsteps:\n  - id: read\n    name: {zh: 读取, en: Read}\n    uses: directory/read\n    if: inputs.deep\n",
    ),
    page(
        "E0404",
        (
            "模板写错：括号没有配对、标签没有关闭，或这里不能用模板。",
            "A template cannot be read: braces without a partner, a tag that is not closed, or a place that takes none.",
        ),
        ("半个模板会原样写进目标系统。", "Half a template would be written to the target as it stands."),
        ("写作 `{{source.name}}` 或 `{{函数 参数}}`。", "Write `{{source.name}}` or `{{helper argument}}`."),
        person!("alias: {value: \"{{source.nickname\", when_empty: omit}"),
        person!("alias: {value: \"{{source.nickname}}\", when_empty: omit}"),
    ),
    page(
        "E0405",
        (
            "没有这个函数，或参数个数不对。",
            "There is no such helper or function, or it takes another number of arguments.",
        ),
        ("函数都是纯函数，列表是固定的。", "Helpers are pure and their list is fixed."),
        (
            "改成提示里的函数；语言参考列出了全部。",
            "Take the one that is offered; the language reference lists them all.",
        ),
        person!("alias: {value: \"{{lowr source.nickname}}\", when_empty: omit}"),
        person!("alias: {value: \"{{lower source.nickname}}\", when_empty: omit}"),
    ),
    page(
        "E0406",
        (
            "块模板（`{{#if}}`、`{{#each}}`）用在了需要一个值的地方。",
            "A block (`{{#if}}`, `{{#each}}`) stands where one value is expected.",
        ),
        ("块只产生文本，字段要的是有类型的值。", "Blocks make text; fields take typed values."),
        (
            "用 `default`、`coalesce` 或 `eq`；块只用在消息正文这样的文本参数里。",
            "Use `default`, `coalesce` or `eq`; blocks belong in long texts such as a message.",
        ),
        person!("alias: {value: \"{{#if source.nickname}}{{source.nickname}}{{/if}}\", when_empty: omit}"),
        person!("alias: {value: \"{{coalesce source.nickname source.name}}\", when_empty: omit}"),
    ),
    page(
        "E0407",
        (
            "条件不是真假值，表达式写错，或 `in` 后面不是列表。",
            "A condition is not true or false, an expression cannot be read, or `in` names no list.",
        ),
        ("“大概是真的”不能决定禁用谁。", "Something that is only nearly true must not decide who is disabled."),
        (
            "写成比较，例如 `user.status == \"active\"`；“且”写 `&&`，相等写 `==`。",
            "Write a comparison such as `user.status == \"active\"`; `and` is `&&`, equality is `==`.",
        ),
        reading!("with: {users: {where: user.status}}"),
        reading!("with: {users: {where: 'user.status == \"active\"'}}"),
    ),
    page(
        "E0408",
        (
            "比较永远不成立：这个字段没有这个词，或两边的类型永远不会相等。",
            "A comparison can never be true: the field has no such word, or the two types never meet.",
        ),
        ("永远为假的条件会让人全部落在范围之外。", "A condition that is always false leaves everybody out."),
        ("改成字段真有的词。", "Use a word that the field can have."),
        reading!("with: {users: {where: 'user.status == \"enabled\"'}}"),
        reading!("with: {users: {where: 'user.status == \"active\"'}}"),
    ),
    page(
        "E0409",
        ("映射里用到了时间或随机数。", "A mapping reads the clock or a random number."),
        (
            "每次运行得到的值都不同，于是每次都会改写所有人。",
            "Every run would get another value, and so change everybody every time.",
        ),
        (
            "换成对象自己的字段；需要日期的地方（文件名、消息）放在 `with` 里。",
            "Use a field of the object; dates belong in `with`, for a file name or a message.",
        ),
        person!("alias: \"{{date run.started '%Y%m%d' 'Asia/Shanghai'}}\""),
        person!("alias: {value: \"{{source.nickname}}\", when_empty: omit}"),
    ),
    page(
        "E0410",
        ("来源字段可能为空，而没有写明这时怎么办。", "A source field may be empty and nothing says what to do then."),
        (
            "“没有”可以是“清空”、“别动”或“跳过这个人”，三者的后果差别很大。",
            "Nothing can mean: clear it, leave it alone, leave the person out. The three differ a great deal.",
        ),
        (
            "写 `when_empty: clear`、`omit` 或 `skip_item`。来源看不见的字段从不当作空。",
            "Write `when_empty: clear`, `omit` or `skip_item`. A field that the source hides is never taken as empty.",
        ),
        person!("position: \"{{source.title}}\""),
        person!("position: {value: \"{{source.title}}\", when_empty: clear}"),
    ),
    page(
        "E0411",
        ("条件对每个对象要看的东西太多。", "A condition looks at too many things for each object."),
        (
            "一个几十字节的条件，配上两个长列表，可以让一次运行算上几个小时。每个条件对每个对象最多看 20000 处；看文件时算得出来的在这里指出，算不出来的（对象自己的列表）在运行时拒绝这个对象：`condition_too_long`。",
            "A few words over two long lists can keep a run busy for hours. A condition may look at 20,000 things for each object. What the file shows is told here; what only the objects show (their own lists) refuses the object when it runs: `condition_too_long`.",
        ),
        (
            "查列表用 `值 in vars.列表`：不论多长，只看一处。不要把两个长列表的循环套在一起；与对象无关的部分只算一次，不受影响。",
            "To look something up write `VALUE in vars.LIST`: that is one look, however long the list is. Keep two long lists out of one another. What does not depend on the object is worked out once and costs nothing here.",
        ),
        concat!(
            "vars: {codes: [",
            letters!(),
            "]}\n",
            reading!("with: {users: {where: 'vars.codes.exists(c, vars.codes.exists(d, c + d == user.username))'}}")
        ),
        concat!(
            "vars: {codes: [",
            letters!(),
            "]}\n",
            reading!("with: {users: {where: 'user.username in vars.codes'}}")
        ),
    ),
];
