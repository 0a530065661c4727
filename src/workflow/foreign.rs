//! Words of other workflow languages, with what they are called here.
//!
//! One row per word and place. A row is found by the sort of map ([`Keys::id`](super::keys::Keys::id)) and the key, in any
//! spelling; a row for the place `any` stands in every map.

use super::suggest::snake_case;

/// One foreign word.
#[derive(Debug, Clone, Copy)]
pub struct Foreign {
    /// Whose word it is.
    pub dialect: &'static str,
    /// The sort of map it would stand in, or `any`.
    pub place: &'static str,
    /// The word, in snake_case.
    pub word: &'static str,
    /// What to write here, in Chinese.
    pub zh: &'static str,
    /// What to write here, in English.
    pub en: &'static str,
}

const GITHUB: &str = "GitHub Actions";
const KESTRA: &str = "Kestra";
const ARGO: &str = "Argo Workflows";
const DAGU: &str = "Dagu";
const N8N: &str = "n8n";
const SERVERLESS: &str = "Serverless Workflow";

const fn row(
    dialect: &'static str,
    place: &'static str,
    word: &'static str,
    zh: &'static str,
    en: &'static str,
) -> Foreign {
    Foreign { dialect, place, word, zh, en }
}

/// The table.
pub const TABLE: &[Foreign] = &[
    row(
        GITHUB,
        "top",
        "jobs",
        "`steps`（一个文件就是一张图，没有 jobs 这一层）",
        "`steps` (one file is one graph, without a level of jobs)",
    ),
    row(
        GITHUB,
        "top",
        "env",
        "`vars`（不启动 shell，所以没有环境变量）",
        "`vars` (no shell is started, so there is no environment)",
    ),
    row(
        GITHUB,
        "top",
        "permissions",
        "连接的权限，在账号连接里设置",
        "as rights of the connection, where the account is kept",
    ),
    row(GITHUB, "top", "runs_on", "——不需要：引擎自己执行", "nowhere: the engine runs the steps itself"),
    row(
        GITHUB,
        "top",
        "secrets",
        "`connections: {别名: {type, ref}}`（密钥在账号连接里）",
        "`connections: {alias: {type, ref}}` (secrets live in the connection)",
    ),
    row(GITHUB, "top", "run_name", "`name`", "`name`"),
    row(GITHUB, "any", "timeout_minutes", "`timeout: 30m`", "`timeout: 30m`"),
    row(
        GITHUB,
        "step",
        "continue_on_error",
        "`on_error: continue`（只想跳过失败的单个对象，用 `foreach: {on_item_error: continue}`）",
        "`on_error: continue` (to go on after single failed items: `foreach: {on_item_error: continue}`)",
    ),
    row(GITHUB, "step", "run", "`uses: 连接器/动作`（不执行命令）", "`uses: connector/action` (no commands are run)"),
    row(GITHUB, "step", "strategy", "`foreach: {in: steps.ID.outputs.NAME}`", "`foreach: {in: steps.ID.outputs.NAME}`"),
    row(GITHUB, "step", "matrix", "`foreach`", "`foreach`"),
    row(GITHUB, "step", "env", "`with`", "`with`"),
    row(GITHUB, "foreach", "fail_fast", "`on_item_error: stop`", "`on_item_error: stop`"),
    row(GITHUB, "on", "workflow_dispatch", "`manual`", "`manual`"),
    row(GITHUB, "on", "repository_dispatch", "`webhook`", "`webhook`"),
    row(GITHUB, "on", "workflow_run", "`after`", "`after`"),
    row(GITHUB, "on", "push", "——没有：运行由人、时间或事件触发", "nowhere: runs start by hand, by time or by event"),
    row(GITHUB, "concurrency", "cancel_in_progress", "`on_conflict: cancel_running`", "`on_conflict: cancel_running`"),
    row(KESTRA, "top", "namespace", "——不需要：租户就是命名空间", "nowhere: the tenant takes its place"),
    row(KESTRA, "top", "tasks", "`steps`", "`steps`"),
    row(KESTRA, "top", "triggers", "`on`", "`on`"),
    row(KESTRA, "top", "inputs", "`on: {manual: {inputs: …}}`", "`on: {manual: {inputs: …}}`"),
    row(KESTRA, "top", "variables", "`vars`", "`vars`"),
    row(KESTRA, "top", "plugin_defaults", "`defaults`", "`defaults`"),
    row(
        KESTRA,
        "top",
        "errors",
        "`finally`，用 `if: run.status == \"failed\"`",
        "`finally`, with `if: run.status == \"failed\"`",
    ),
    row(KESTRA, "top", "after_execution", "`finally`", "`finally`"),
    row(KESTRA, "step", "run_if", "`if`", "`if`"),
    row(KESTRA, "step", "type", "`uses`", "`uses`"),
    row(KESTRA, "step", "allow_failure", "`on_error: continue`", "`on_error: continue`"),
    row(KESTRA, "foreach", "values", "`in`", "`in`"),
    row(KESTRA, "foreach", "concurrency_limit", "`max_parallel`", "`max_parallel`"),
    row(KESTRA, "retry", "max_attempt", "`max_attempts`（含第一次）", "`max_attempts` (the first included)"),
    row(KESTRA, "retry", "interval", "`delay`", "`delay`"),
    row(KESTRA, "retry", "max_interval", "`max_delay`", "`max_delay`"),
    row(ARGO, "top", "api_version", "`dsl: 1`", "`dsl: 1`"),
    row(ARGO, "top", "metadata", "`id` 和 `labels`", "`id` and `labels`"),
    row(ARGO, "top", "spec", "——不需要：键直接写在最外层", "nowhere: its keys stand at the top"),
    row(ARGO, "top", "templates", "`steps` 和 `mappings`", "`steps` and `mappings`"),
    row(ARGO, "top", "on_exit", "`finally`", "`finally`"),
    row(ARGO, "step", "template", "`uses`", "`uses`"),
    row(ARGO, "step", "arguments", "`with`", "`with`"),
    row(ARGO, "step", "depends", "`needs: [a, b]`", "`needs: [a, b]`"),
    row(ARGO, "step", "dependencies", "`needs: [a, b]`", "`needs: [a, b]`"),
    row(ARGO, "step", "when", "`if`", "`if`"),
    row(ARGO, "step", "with_items", "`foreach`", "`foreach`"),
    row(ARGO, "step", "with_param", "`foreach`", "`foreach`"),
    row(ARGO, "step", "retry_strategy", "`retry`", "`retry`"),
    row(ARGO, "step", "suspend", "`approval`", "`approval`"),
    row(ARGO, "step", "continue_on", "`on_error: continue`", "`on_error: continue`"),
    row(ARGO, "any", "active_deadline_seconds", "`timeout: 30m`", "`timeout: 30m`"),
    row(
        ARGO,
        "retry",
        "limit",
        "`max_attempts`（含第一次，所以要加 1）",
        "`max_attempts` (the first included: one more)",
    ),
    row(ARGO, "foreach", "parallelism", "`max_parallel`", "`max_parallel`"),
    row(DAGU, "top", "params", "`on: {manual: {inputs: …}}`", "`on: {manual: {inputs: …}}`"),
    row(DAGU, "top", "schedule", "`on: {schedule: [{cron, timezone}]}`", "`on: {schedule: [{cron, timezone}]}`"),
    row(DAGU, "top", "handler_on", "`finally`", "`finally`"),
    row(DAGU, "top", "max_active_runs", "`concurrency`", "`concurrency`"),
    row(DAGU, "step", "command", "`uses: 连接器/动作`", "`uses: connector/action`"),
    row(DAGU, "step", "preconditions", "`if`", "`if`"),
    row(DAGU, "step", "parallel", "`foreach`", "`foreach`"),
    row(DAGU, "step", "retry_policy", "`retry`", "`retry`"),
    row(DAGU, "foreach", "items", "`in`", "`in`"),
    row(DAGU, "foreach", "max_concurrent", "`max_parallel`", "`max_parallel`"),
    row(DAGU, "any", "timeout_sec", "`timeout: 90s`", "`timeout: 90s`"),
    row(DAGU, "retry", "interval_sec", "`delay: 5s`", "`delay: 5s`"),
    row(N8N, "top", "nodes", "`steps`", "`steps`"),
    row(N8N, "step", "retry_on_fail", "`retry: {max_attempts: 3}`", "`retry: {max_attempts: 3}`"),
    row(N8N, "step", "max_tries", "`retry: {max_attempts: 3}`", "`retry: {max_attempts: 3}`"),
    row(N8N, "step", "parameters", "`with`", "`with`"),
    row(N8N, "step", "credentials", "`connection`", "`connection`"),
    row(
        N8N,
        "top",
        "settings",
        "`timeout`、`concurrency` 等顶层键",
        "`timeout`, `concurrency` and other keys at the top",
    ),
    row(SERVERLESS, "top", "document", "`dsl: 1` 和 `id`", "`dsl: 1` and `id`"),
    row(SERVERLESS, "top", "do", "`steps`", "`steps`"),
    row(SERVERLESS, "top", "use", "`connections` 和 `defaults`", "`connections` and `defaults`"),
    row(SERVERLESS, "step", "for", "`foreach`", "`foreach`"),
    row(SERVERLESS, "step", "call", "`uses`", "`uses`"),
    row(SERVERLESS, "step", "try", "`retry` 和 `on_error`", "`retry` and `on_error`"),
    row(SERVERLESS, "foreach", "each", "`as`", "`as`"),
];

/// The row of a word, in whatever spelling.
#[must_use]
pub fn find(place: &str, key: &str) -> Option<&'static Foreign> {
    let word = snake_case(key);
    TABLE.iter().find(|row| row.word == word && (row.place == place || row.place == "any"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_snake_case_and_occur_once() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(snake_case(row.word), row.word);
            assert!(!row.zh.is_empty() && !row.en.is_empty());
            assert!(
                !TABLE[..place].iter().any(|other| other.place == row.place && other.word == row.word),
                "{}",
                row.word
            );
        }
        assert!(TABLE.len() >= 40);
    }

    #[test]
    fn any_spelling_is_found() {
        assert_eq!(find("step", "continue-on-error").unwrap().dialect, GITHUB);
        assert_eq!(find("step", "runIf").unwrap().en, "`if`");
        assert_eq!(find("top", "timeout-minutes").unwrap().en, "`timeout: 30m`");
        assert!(find("step", "nonsense").is_none());
    }
}
