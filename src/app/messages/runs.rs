//! Refusals about runs, their plans, removals and what is exported of them.

use idflow_sdk::{Message, messages};

pub(super) static MESSAGES: &[Message] = messages! {
    "scope_not_counted" Invalid Operator,
        "范围无法计算：{why_zh}", "the scope cannot be counted: {why_en}",
        "{hint_zh}", "{hint_en}";
    "people_whom" Invalid Operator,
        "没有说明要查找谁", "it is not said who is looked for",
        "给出姓名、拼音或账号的开头", "give a name, or the beginning of an account";
    "people_not_read" Invalid Operator,
        "无法读取对方系统的人员：{why_zh}", "the people of the other system cannot be read: {why_en}",
        "{hint_zh}", "{hint_en}";
    "resolve_what" Invalid Operator,
        "userid 和 code 必须填写一个，且只能写一个", "one of `userid` and `code` is needed, and not both",
        "只给出一个", "give one of them";
    "retry_row_fine" Conflict Operator,
        "第 {row} 行没有出错，无需重试", "row {row} did not go wrong: there is nothing to repeat",
        "刷新后从出错的项中选择", "look again, and choose among the items that went wrong";
    "busy" Configuration Operator,
        "同时进行的大查询和导出太多", "too many large questions and exports are answered at once",
        "稍后再试", "try again in a moment";
    "streams_many" Configuration Operator,
        "同时打开的实时视图太多（每个账号最多 {most} 个）", "too many live views are open at once; an account has {most} at most",
        "关闭不用的窗口，稍后再试", "close those that nobody looks at, and try again later";
    "streams_runs_many" Invalid Operator,
        "一个实时视图最多关注 {most} 个运行", "one live view is about {most} runs at most",
        "减少运行，或按主题查看", "name fewer, or watch by topic";
    "topic_unknown" Invalid Operator,
        "没有主题“{word}”", "there is no topic {word}",
        "可用：runs、progress、items、waiting、connections", "there are runs, progress, items, waiting and connections";
    "topic_missing" Invalid Operator,
        "没有说明要看什么", "nothing to watch is named",
        "给出 topics：runs、progress、items、waiting、connections 中的一个或几个", "give topics: one or more of runs, progress, items, waiting and connections";
    "run_id_invalid" Invalid Operator,
        "“{run}”既不是运行的 ID，也不是 WORKFLOW#NUMBER 这样的编号", "`{run}` is neither the id of a run nor WORKFLOW#NUMBER",
        "查看有哪些运行", "look at the runs that there are" => ListRuns;
    "run_number_invalid" Invalid Operator,
        "“{number}”不是运行的编号", "`{number}` is not the number of a run",
        "查看有哪些运行", "look at the runs that there are" => ListRuns;
    "run_number_unknown" NotFound Operator,
        "工作流“{workflow}”没有第 {number} 次运行", "workflow `{workflow}` has no run {number}",
        "查看有哪些运行", "look at the runs that there are" => ListRuns;
    "version_broken" Configuration Operator,
        "这次运行所用的工作流（版本 {version}）无法编译：{message}", "version {version} of the workflow cannot be compiled: {message}",
        "保存一个能编译的新版本", "save a new version that compiles";
    "run_without_plan" Conflict Operator,
        "{workflow} 的第 {no} 次运行没有预演：在算出预演之前就失败了：{why_zh}", "run {no} of {workflow} has no plan: it failed before there was one: {why_en}",
        "{hint_zh}", "{hint_en}";
    "version_none_active" Conflict Operator,
        "工作流“{workflow}”没有启用的版本", "workflow `{workflow}` has no active version",
        "启用它", "activate it" => ActivateWorkflow;
    "export_format_unknown" Invalid Operator,
        "不支持导出格式“{word}”", "the export format `{word}` is unknown",
        "可用的格式：json、jsonl、csv、xlsx", "formats: json, jsonl, csv, xlsx";
    "outcome_unknown" Invalid Operator,
        "“{word}”不是明细的结果", "`{word}` is not an outcome of items",
        "可用的结果：{words}", "outcomes: {words}";
    "item_kind_unknown" Invalid Operator,
        "“{word}”不是对象的类型", "`{word}` is not a kind of object",
        "可用的类型：{words}", "kinds: {words}";
    "run_state_unknown" Invalid Operator,
        "“{word}”不是运行的状态", "`{word}` is not a state of runs",
        "可用的状态：{words}", "states: {words}";
    "run_mode_unknown" Invalid Operator,
        "“{word}”不是运行方式", "`{word}` is not a mode of runs",
        "可用的运行方式：{words}", "modes: {words}";
    "trigger_unknown" Invalid Operator,
        "“{word}”不是触发方式", "`{word}` is not a trigger",
        "可用的触发方式：{words}", "triggers: {words}";
    "time_invalid" Invalid Operator,
        "“{word}”不是时间", "`{word}` is not a time",
        "写成 2026-11-28T09:00:00+08:00、2026-11-28，或距今多久：90m、24h、7d", "write 2026-11-28T09:00:00+08:00, 2026-11-28, or how long ago: 90m, 24h, 7d";
    "picture_format_unknown" Invalid Operator,
        "不支持图形格式“{word}”", "the picture format `{word}` is unknown",
        "可用的格式：text、dot、svg、mermaid", "formats: text, dot, svg, mermaid";
    "removal_state_unknown" Invalid Operator,
        "“{word}”不是移除的状态", "`{word}` is not a state of removals",
        "可用的状态：{words}", "states: {words}";
    "removal_over" Conflict Operator,
        "移除 {id} 已经结束（{state}），没有可决定的", "removal {id} is {state}: there is nothing to decide",
        "查看在等决定的移除", "look at the removals that wait" => ListRemovals;
    "removal_planned_long_ago" Conflict Operator,
        "移除 {id} 是很久以前（{seen}）预演的", "removal {id} was planned too long ago, at {seen}",
        "再次运行工作流：会重新预演，之后就能批准", "run the workflow again: it is planned anew and can be approved then" => RunWorkflow;
    "removals_moved" Conflict Operator,
        "同一时间有一次运行得出了别的结果", "a run found something else at the same moment",
        "再次查看", "look again" => ListRemovals;
    "removal_choice_double" Invalid Operator,
        "要么给出移除的 ID，要么按条件选，不能同时", "either ids, or all that fit: not both",
        "去掉其中一个", "leave one of them out";
    "removals_not_counted" Invalid Operator,
        "没有说明看到了几项", "it is not said how many were seen",
        "在 expected 里写上列表给出的总数", "give the total of the list as `expected`" => ListRemovals;
    "removals_other_number" Conflict Operator,
        "符合条件的移除有 {waiting} 项，不是 {number} 项", "there {waiting|is 1 such removal|are # such removals}, not {number}",
        "再次查看", "look again" => ListRemovals;
    "removal_none_named" Invalid Operator,
        "没有指明是哪一项移除", "no removal is named",
        "给出 ID，或给出在等决定的总数", "give ids, or the number of all that wait" => ListRemovals;
    "removal_id_short" Invalid Operator,
        "“{id}”太短，不能指明一项移除", "`{id}` is too short to name a removal",
        "至少写 6 位", "give 6 digits or more" => ListRemovals;
    "removal_unknown" NotFound Operator,
        "没有移除“{id}”", "there is no removal `{id}`",
        "查看有哪些移除", "look at the removals that there are" => ListRemovals;
    "removal_id_ambiguous" Invalid Operator,
        "有多项移除以“{id}”开头", "several removals begin with `{id}`",
        "多写几位", "give more digits" => ListRemovals;
    "version_unknown" NotFound Operator,
        "工作流“{workflow}”没有版本 {version}", "workflow `{workflow}` has no version {version}",
        "查看这个工作流有哪些版本", "look at which versions the workflow has" => ListWorkflows;
    "runs_wait_already" Temporary Operator,
        "工作流“{workflow}”已有 {number} 次运行在排队", "{number|1 run|# runs} of workflow `{workflow}` {number|waits|wait} to begin already",
        "等它们结束后再调用", "call again when they are over" => ListRuns;
    "note_too_long" Invalid Operator,
        "说明超过 {most} 个字符", "the note has more than {most} characters",
        "写得短一些", "make it shorter";
    "pause_nothing" Invalid Operator,
        "没有说明要暂停哪些工作流", "it is not said which workflows are to be paused",
        "给出工作流，或用 all 表示全部", "name the workflows, or say `all`";
    "count_differs" Conflict Operator,
        "看到的是 {seen} 个，现在是 {found} 个，没有改动", "{seen} were seen and there are {found} by now; nothing was changed",
        "重新查看后再做", "look again, then do it";
    "run_at_work" Conflict Operator,
        "“{workflow}”的运行 {run} 正在进行", "run {run} of `{workflow}` is at work",
        "等它结束后重试", "try again when it is over";
};
