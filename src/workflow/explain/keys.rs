//! E01 and E02: the YAML itself; keys and how values are written.

use super::page::{Page, page};

pub(super) const PAGES: &[Page] = &[
    page(
        "E0101",
        (
            "文件不是合法的 YAML，从标出的位置起无法读取：常见的是制表符、缩进不齐、引号或括号没有配对。",
            "The file is not YAML from the marked place on: usually a tab, an uneven indent, or a quote or bracket without its partner.",
        ),
        ("读不懂的文件里，后面的内容都无法检查。", "Nothing after that place can be checked."),
        (
            "缩进只用空格，同级的键对齐；补上缺少的引号或括号；含 `: ` 或以 `*`、`&`、`@`、`%` 开头的文字加引号。",
            "Indent with spaces only and line up keys of one level; add the missing quote or bracket; quote text that contains `: ` or begins with `*`, `&`, `@` or `%`.",
        ),
        "labels: {app: wecom, category: downstream\n",
        "labels: {app: wecom, category: downstream}\n",
    ),
    page(
        "E0102",
        (
            "模板 `{{…}}` 没有加引号，YAML 把 `{` 当成映射的开头。",
            "A template `{{…}}` stands without quotes, and YAML reads the `{` as the start of a map.",
        ),
        ("没有引号，模板就变成另一种数据。", "Without quotes it is not a text at all."),
        (
            "用双引号把整个值括起来。`validate --fix` 会自动加上。",
            "Put the whole value in double quotes; `validate --fix` does it.",
        ),
        "concurrency: {group: {{connections.wecom.corp_id}}, on_conflict: queue}\n",
        "concurrency: {group: \"{{connections.wecom.corp_id}}\", on_conflict: queue}\n",
    ),
    page(
        "E0103",
        ("同一个映射里，一个键写了两次。", "A map has the same key twice."),
        (
            "两个值里只有一个能生效，另一个会被悄悄丢掉。",
            "Only one of the two values could count, and the other would be lost without a word.",
        ),
        ("删除其中一个，或改名。", "Remove one of the two, or rename it."),
        "timeout: 2h\ntimeout: 3h\n",
        "timeout: 2h\n",
    ),
    page(
        "E0105",
        (
            "键 `on` 被按 YAML 1.1 改写成了 `true`。",
            "The key `on` was rewritten to `true` by a tool that speaks YAML 1.1.",
        ),
        (
            "这个文件经过了另一个工具；触发方式因此丢失。",
            "Another tool has been at this file, and the triggers are lost with the key.",
        ),
        (
            "改回 `on:` 或 `\"on\":`，不要再用那个工具改写它。",
            "Write `on:` or `\"on\":` again and keep that tool away from the file.",
        ),
        "true: {manual: {}}\n",
        "on: {manual: {}}\n",
    ),
    page(
        "E0106",
        (
            "文件太大、嵌套太深，或别名展开后太多。上限：2 MiB、40 层、100 个别名。",
            "The file is too large, nested too deeply, or multiplied by aliases. The limits are 2 MiB, 40 levels, 100 aliases.",
        ),
        (
            "几行别名就能展开成几十亿个节点；这里在展开之前就停下。",
            "A few lines of aliases can stand for billions of nodes; reading stops before that.",
        ),
        (
            "拆成几个工作流，或写出内容本身而不用别名。",
            "Split it into several workflows, or write the content itself instead of aliases.",
        ),
        "vars: {deep: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}\n",
        "vars: {flat: [1]}\n",
    ),
    page(
        "E0201",
        (
            "这个键不存在：写错了，用了 kebab-case 或 camelCase，或者是其他工作流语言的词。",
            "There is no such key: a typo, kebab-case or camelCase, or a word of another workflow language.",
        ),
        (
            "不认识的键不会被忽略，否则就是一句没有人兑现的承诺。",
            "Unknown keys are never ignored: each would be a promise that nobody keeps.",
        ),
        ("按提示改；语言参考列出了所有键。", "Take the word that is offered; the language reference lists all keys."),
        "timeout-minutes: 30\n",
        "timeout: 30m\n",
    ),
    page(
        "E0202",
        ("缺少必须写的键。", "A key is missing that has to be there."),
        ("没有它就不知道该做什么。", "Without it nobody knows what to do."),
        ("加上这个键；提示里有例子。", "Add the key; the finding shows an example."),
        "connections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom}\n",
        "connections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom, ref: wecom_main}\n",
    ),
    page(
        "E0203",
        (
            "值的种类不对：例如该写 `true` 的地方写了文字，该写映射的地方写了列表，或不是规定的几个词之一。",
            "The value is of the wrong kind: text where `true` belongs, a list where a map belongs, or none of the words that can stand there.",
        ),
        ("猜测意思会让同一个文件在不同人眼里意思不同。", "Guessing would let one file mean two things."),
        ("写成提示里的样子。", "Write it as the finding says."),
        "concurrency: {group: wecom, on_conflict: queued}\n",
        "concurrency: {group: wecom, on_conflict: queue}\n",
    ),
    page(
        "E0204",
        (
            "id 和名字只能用小写字母、数字和下划线，以字母开头，最多 64 个字符。",
            "Ids and names are small letters, digits and underscores, begin with a letter and have at most 64 characters.",
        ),
        (
            "连字符在表达式里是减号；大小写混用容易认错。",
            "A hyphen is a minus in expressions, and case is easily mistaken.",
        ),
        (
            "改成 snake_case；给人看的名字写在 `name` 里。",
            "Write it in snake_case; what people read goes under `name`.",
        ),
        "id: WeCom-Sync\n",
        "id: wecom_sync\nname: WeCom-Sync\n",
    ),
    page(
        "E0205",
        ("两个步骤的 id 相同。", "Two steps have the same id."),
        ("`steps.id` 和运行记录要能分清它们。", "`steps.ID` and the run log must be able to tell them apart."),
        ("给其中一个改名。", "Rename one of them."),
        "steps:\n  - id: read\n    name: {zh: 读, en: Read}\n    uses: directory/read\n  - id: read\n    name: {zh: 再读, en: Read again}\n    uses: directory/read\n",
        "steps:\n  - id: read\n    name: {zh: 读, en: Read}\n    uses: directory/read\n  - id: read_again\n    name: {zh: 再读, en: Read again}\n    uses: directory/read\n",
    ),
    page(
        "E0206",
        (
            "这个 id 在表达式或模板里另有含义（例如 `inputs`、`source`、`run`）。",
            "The id means something else in expressions or templates (`inputs`, `source`, `run` and others).",
        ),
        ("同一个词不能指两样东西。", "One word cannot name two things."),
        ("换一个名字。", "Choose another name."),
        "steps:\n  - id: source\n    name: {zh: 读, en: Read}\n    uses: directory/read\n",
        "steps:\n  - id: read_source\n    name: {zh: 读, en: Read}\n    uses: directory/read\n",
    ),
    page(
        "E0207",
        (
            "时长、百分比或数量的写法不对。时长写 `30s`、`5m`、`2h`、`3d`；百分比写 `5%`。",
            "A time span, share or number is written in another way. Time spans are `30s`, `5m`, `2h`, `3d`; shares are `5%`.",
        ),
        ("没有单位的 `30` 可以是秒、分或天。", "A bare `30` could be seconds, minutes or days."),
        ("带上单位。", "Add the unit."),
        "timeout: PT30M\n",
        "timeout: 30m\n",
    ),
    page(
        "E0208",
        ("`dsl` 写了一个不存在的语言版本。", "`dsl` names a version of the language that does not exist."),
        ("版本决定每个词的含义。", "The version decides what every word means."),
        ("写 `dsl: 1`。", "Write `dsl: 1`."),
        "dsl: 2\n",
        "dsl: 1\n",
    ),
    page(
        "E0209",
        (
            "两个键不能同时写：它们说的是同一件事，或互相矛盾。",
            "Two keys exclude each other: they say the same thing, or contradict each other.",
        ),
        ("哪一个算数要由作者决定，不能靠猜。", "Which of the two counts is for the author to say."),
        ("删除其中一个。", "Remove one of the two."),
        "on:\n  manual:\n    inputs:\n      mode: {type: string, values: [daily, weekly]}\n",
        "on:\n  manual:\n    inputs:\n      mode: {type: enum, values: [daily, weekly]}\n",
    ),
];
