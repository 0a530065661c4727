//! Words of other workflow languages, with what they are called here.
//!
//! One row per word and place. A row is found by the sort of map ([`Keys::id`](super::keys::Keys::id)) and the key, in any
//! spelling; a row for the place `any` stands in every map.

use super::{
    duration::{meant_duration, parse_duration},
    suggest::snake_case,
    yaml::{Node, Plain},
};

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
        "`steps: […]`（一个文件就是一张图，没有 jobs 这一层）",
        "`steps: […]` (one file is one graph, without a level of jobs)",
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
    row(GITHUB, "any", "runs_on", "——不需要：引擎自己执行", "nowhere: the engine runs the steps itself"),
    row(GITHUB, "any", "container", "——不需要：不启动容器", "nowhere: no container is started"),
    row(GITHUB, "any", "services", "——不需要：用 `connections`", "nowhere: connections take their place"),
    row(
        GITHUB,
        "any",
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
    row(GITHUB, "any", "shell", "——不需要：不执行命令", "nowhere: no commands are run"),
    row(
        GITHUB,
        "any",
        "working_directory",
        "——不需要：不执行命令；文件夹在账号连接里",
        "nowhere: no commands are run; files belong to the connection",
    ),
    row(GITHUB, "step", "strategy", "`foreach: {in: steps.ID.outputs.NAME}`", "`foreach: {in: steps.ID.outputs.NAME}`"),
    row(GITHUB, "step", "matrix", "`foreach: {in: steps.ID.outputs.NAME}`", "`foreach: {in: steps.ID.outputs.NAME}`"),
    row(GITHUB, "step", "env", "`with`", "`with`"),
    row(GITHUB, "step", "environment", "`approval: {when: always}`", "`approval: {when: always}`"),
    row(GITHUB, "step", "outputs", "——不需要：输出由动作决定", "nowhere: the outputs of a step follow from its action"),
    row(
        GITHUB,
        "any",
        "fail_fast",
        "`on_item_error: stop`（写在 `foreach` 里）",
        "`on_item_error: stop` (in `foreach`)",
    ),
    row(GITHUB, "on", "workflow_dispatch", "`manual`", "`manual`"),
    row(
        GITHUB,
        "on",
        "workflow_call",
        "——不需要：任何工作流都能被调用",
        "nowhere: any workflow can be used by another",
    ),
    row(GITHUB, "on", "repository_dispatch", "`webhook: {path, verify}`", "`webhook: {path, verify}`"),
    row(GITHUB, "on", "workflow_run", "`after: {…}`", "`after: {…}`"),
    row(GITHUB, "on", "push", "——没有：运行由人、时间或事件触发", "nowhere: runs start by hand, by time or by event"),
    row(
        GITHUB,
        "on",
        "pull_request",
        "——没有：运行由人、时间或事件触发",
        "nowhere: runs start by hand, by time or by event",
    ),
    row(
        GITHUB,
        "on",
        "release",
        "——没有：运行由人、时间或事件触发",
        "nowhere: runs start by hand, by time or by event",
    ),
    row(GITHUB, "on", "issues", "——没有：运行由人、时间或事件触发", "nowhere: runs start by hand, by time or by event"),
    row(GITHUB, "concurrency", "cancel_in_progress", "`on_conflict: cancel_running`", "`on_conflict: cancel_running`"),
    row(GITHUB, "input", "options", "`values`", "`values`"),
    row(GITHUB, "input", "deprecation_message", "`description`", "`description`"),
    row(KESTRA, "top", "namespace", "——不需要：租户就是命名空间", "nowhere: the tenant takes its place"),
    row(KESTRA, "top", "tasks", "`steps`", "`steps`"),
    row(KESTRA, "step", "tasks", "——不需要：步骤不嵌套，用 `needs`", "nowhere: steps are not nested; use `needs`"),
    row(KESTRA, "top", "triggers", "`on: {schedule: […]}`", "`on: {schedule: […]}`"),
    row(KESTRA, "top", "inputs", "`on: {manual: {inputs: …}}`", "`on: {manual: {inputs: …}}`"),
    row(KESTRA, "top", "variables", "`vars`", "`vars`"),
    row(
        KESTRA,
        "top",
        "plugin_defaults",
        "`defaults: {retry, timeout, connection}`",
        "`defaults: {retry, timeout, connection}`",
    ),
    row(
        KESTRA,
        "top",
        "task_defaults",
        "`defaults: {retry, timeout, connection}`",
        "`defaults: {retry, timeout, connection}`",
    ),
    row(
        KESTRA,
        "top",
        "errors",
        "`finally: […]`，用 `if: run.status == \"failed\"`",
        "`finally: […]`, with `if: run.status == \"failed\"`",
    ),
    row(KESTRA, "any", "after_execution", "`finally`", "`finally`"),
    row(
        KESTRA,
        "top",
        "outputs",
        "——不需要：用 `steps.ID.outputs` 读取",
        "nowhere: results are read as `steps.ID.outputs`",
    ),
    row(KESTRA, "top", "disabled", "——不需要：暂停工作流即可", "nowhere: pausing a workflow stops it"),
    row(KESTRA, "step", "disabled", "`if: false`", "`if: false`"),
    row(KESTRA, "step", "run_if", "`if`", "`if`"),
    row(KESTRA, "any", "conditions", "`if: …`", "`if: …`"),
    row(KESTRA, "step", "type", "`uses`", "`uses`"),
    row(KESTRA, "any", "allow_failure", "`on_error: continue`", "`on_error: continue`"),
    row(KESTRA, "foreach", "values", "`in`", "`in`"),
    row(KESTRA, "foreach", "concurrency_limit", "`max_parallel`", "`max_parallel`"),
    row(KESTRA, "step", "concurrency_limit", "`foreach: {max_parallel: 4}`", "`foreach: {max_parallel: 4}`"),
    row(
        KESTRA,
        "concurrency",
        "behavior",
        "`on_conflict: queue`（或 `skip`、`cancel_running`）",
        "`on_conflict: queue` (or `skip`, `cancel_running`)",
    ),
    row(KESTRA, "concurrency", "limit", "——不需要：同一组一次只运行一个", "nowhere: one run of a group at a time"),
    row(KESTRA, "retry", "max_attempt", "`max_attempts`（含第一次）", "`max_attempts` (the first included)"),
    row(KESTRA, "retry", "interval", "`delay`", "`delay`"),
    row(KESTRA, "retry", "max_interval", "`max_delay`", "`max_delay`"),
    row(KESTRA, "retry", "delay_factor", "`backoff: exponential`", "`backoff: exponential`"),
    row(KESTRA, "retry", "max_duration", "步骤的 `timeout: 30m`", "`timeout: 30m` of the step"),
    row(KESTRA, "retry", "type", "`backoff`", "`backoff`"),
    row(KESTRA, "retry", "behavior", "——不需要：重试就是再调用一次", "nowhere: a retry repeats the call"),
    row(KESTRA, "input", "defaults", "`default`", "`default`"),
    row(KESTRA, "input", "display_name", "`label`", "`label`"),
    row(KESTRA, "schedule", "recover_missed_schedules", "`catchup: latest`", "`catchup: latest`"),
    row(KESTRA, "schedule", "backfill", "`catchup: all`", "`catchup: all`"),
    row(KESTRA, "any", "log_level", "——不需要：运行日志记录全部", "nowhere: the run log keeps everything"),
    row(ARGO, "top", "api_version", "`dsl: 1`", "`dsl: 1`"),
    row(ARGO, "top", "kind", "——不需要：每个文件都是工作流", "nowhere: every file is a workflow"),
    row(ARGO, "top", "metadata", "`id` 和 `labels`", "`id` and `labels`"),
    row(ARGO, "top", "spec", "——不需要：键直接写在最外层", "nowhere: its keys stand at the top"),
    row(ARGO, "top", "entrypoint", "——不需要：从 `steps` 的第一步开始", "nowhere: the first of `steps` begins"),
    row(ARGO, "top", "templates", "`steps` 和 `mappings`", "`steps` and `mappings`"),
    row(ARGO, "top", "workflow_spec", "——不需要：键直接写在最外层", "nowhere: its keys stand at the top"),
    row(ARGO, "any", "on_exit", "`finally: […]`", "`finally: […]`"),
    row(ARGO, "top", "synchronization", "`concurrency: {group: …}`", "`concurrency: {group: …}`"),
    row(ARGO, "any", "mutex", "`concurrency: {group: …}`", "`concurrency: {group: …}`"),
    row(ARGO, "any", "semaphore", "`concurrency: {group: …}`", "`concurrency: {group: …}`"),
    row(ARGO, "step", "template", "`uses`", "`uses`"),
    row(ARGO, "step", "template_ref", "`uses`", "`uses`"),
    row(ARGO, "step", "arguments", "`with`", "`with`"),
    row(ARGO, "step", "depends", "`needs`（列表：`needs: [a, b]`）", "`needs` (a list: `needs: [a, b]`)"),
    row(ARGO, "step", "dependencies", "`needs`（列表：`needs: [a, b]`）", "`needs` (a list: `needs: [a, b]`)"),
    row(ARGO, "step", "when", "`if`", "`if`"),
    row(ARGO, "step", "with_items", "`foreach: {in: steps.ID.outputs.NAME}`", "`foreach: {in: steps.ID.outputs.NAME}`"),
    row(ARGO, "step", "with_param", "`foreach: {in: steps.ID.outputs.NAME}`", "`foreach: {in: steps.ID.outputs.NAME}`"),
    row(
        ARGO,
        "step",
        "with_sequence",
        "`foreach: {in: steps.ID.outputs.NAME}`",
        "`foreach: {in: steps.ID.outputs.NAME}`",
    ),
    row(ARGO, "any", "retry_strategy", "`retry`", "`retry`"),
    row(ARGO, "step", "suspend", "`approval: {when: always}`", "`approval: {when: always}`"),
    row(ARGO, "step", "continue_on", "`on_error: continue`", "`on_error: continue`"),
    row(ARGO, "any", "active_deadline_seconds", "`timeout: 30m`", "`timeout: 30m`"),
    row(
        ARGO,
        "retry",
        "limit",
        "`max_attempts`（含第一次，所以要加 1）",
        "`max_attempts` (the first included: one more)",
    ),
    row(ARGO, "retry", "retry_policy", "`on: [timeout, server_error]`", "`on: [timeout, server_error]`"),
    row(ARGO, "retry", "duration", "`delay`", "`delay`"),
    row(ARGO, "retry", "factor", "`backoff: exponential`", "`backoff: exponential`"),
    row(ARGO, "any", "parallelism", "`max_parallel`（写在 `foreach` 里）", "`max_parallel` (in `foreach`)"),
    row(ARGO, "schedule", "schedule", "`cron`", "`cron`"),
    row(ARGO, "schedule", "schedules", "`cron`", "`cron`"),
    row(ARGO, "schedule", "starting_deadline_seconds", "`catchup: latest`", "`catchup: latest`"),
    row(
        ARGO,
        "schedule",
        "concurrency_policy",
        "最外层的 `concurrency: {on_conflict: skip}`",
        "`concurrency: {on_conflict: skip}` at the top",
    ),
    row(ARGO, "top", "service_account_name", "——不需要：账号就是连接", "nowhere: accounts are connections"),
    row(DAGU, "any", "params", "`on: {manual: {inputs: …}}`", "`on: {manual: {inputs: …}}`"),
    row(DAGU, "top", "schedule", "`on: {schedule: [{cron, timezone}]}`", "`on: {schedule: [{cron, timezone}]}`"),
    row(DAGU, "any", "handler_on", "`finally: […]`", "`finally: […]`"),
    row(DAGU, "top", "max_active_runs", "`concurrency: {group: …}`", "`concurrency: {group: …}`"),
    row(DAGU, "top", "max_active_steps", "`foreach: {max_parallel: 1}`", "`foreach: {max_parallel: 1}`"),
    row(DAGU, "top", "tags", "`labels: {name: value}`", "`labels: {name: value}`"),
    row(DAGU, "top", "group", "`labels: {group: NAME}`", "`labels: {group: NAME}`"),
    row(DAGU, "top", "dotenv", "`vars`", "`vars`"),
    row(DAGU, "top", "hist_retention_days", "——不需要：由存储设置", "nowhere: the store keeps its own times"),
    row(DAGU, "top", "mail_on", "`finally: […]`", "`finally: […]`"),
    row(DAGU, "step", "mail_on_error", "`finally: […]`", "`finally: […]`"),
    row(DAGU, "top", "queue", "`concurrency: {group: …}`", "`concurrency: {group: …}`"),
    row(DAGU, "step", "command", "`uses: 连接器/动作`", "`uses: connector/action`"),
    row(DAGU, "step", "script", "`uses: 连接器/动作`", "`uses: connector/action`"),
    row(DAGU, "step", "executor", "`uses: 连接器/动作`", "`uses: connector/action`"),
    row(DAGU, "step", "config", "`with`", "`with`"),
    row(DAGU, "step", "preconditions", "`if: …`", "`if: …`"),
    row(DAGU, "step", "precondition", "`if: …`", "`if: …`"),
    row(DAGU, "step", "parallel", "`foreach: {in: steps.ID.outputs.NAME}`", "`foreach: {in: steps.ID.outputs.NAME}`"),
    row(DAGU, "step", "retry_policy", "`retry`", "`retry`"),
    row(DAGU, "step", "repeat_policy", "最外层的 `on: {schedule: […]}`", "`on: {schedule: […]}` at the top"),
    row(
        DAGU,
        "step",
        "output",
        "——不需要：用 `steps.ID.outputs` 读取",
        "nowhere: results are read as `steps.ID.outputs`",
    ),
    row(DAGU, "foreach", "items", "`in`", "`in`"),
    row(DAGU, "foreach", "max_concurrent", "`max_parallel`", "`max_parallel`"),
    row(DAGU, "foreach", "skip_failures", "`on_item_error: continue`", "`on_item_error: continue`"),
    row(DAGU, "any", "timeout_sec", "`timeout: 90s`", "`timeout: 90s`"),
    row(DAGU, "any", "timeout_seconds", "`timeout: 90s`", "`timeout: 90s`"),
    row(DAGU, "retry", "interval_sec", "`delay: 5s`", "`delay: 5s`"),
    row(DAGU, "retry", "max_interval_sec", "`max_delay: 60s`", "`max_delay: 60s`"),
    row(DAGU, "schedule", "catchup_window", "`catchup: latest`", "`catchup: latest`"),
    row(
        DAGU,
        "schedule",
        "overlap_policy",
        "最外层的 `concurrency: {on_conflict: queue}`",
        "`concurrency: {on_conflict: queue}` at the top",
    ),
    row(DAGU, "retry", "exit_code", "`on: [timeout, server_error]`", "`on: [timeout, server_error]`"),
    row(N8N, "top", "nodes", "`steps`", "`steps`"),
    row(
        N8N,
        "top",
        "settings",
        "`timeout`、`concurrency` 等顶层键",
        "`timeout`, `concurrency` and other keys at the top",
    ),
    row(N8N, "top", "active", "——不需要：启用工作流即可", "nowhere: activating the workflow does that"),
    row(N8N, "step", "retry_on_fail", "`retry: {max_attempts: 3}`", "`retry: {max_attempts: 3}`"),
    row(N8N, "step", "max_tries", "`retry: {max_attempts: 3}`", "`retry: {max_attempts: 3}`"),
    row(N8N, "step", "wait_between_tries", "`retry: {delay: 5s}`", "`retry: {delay: 5s}`"),
    row(N8N, "step", "parameters", "`with`", "`with`"),
    row(N8N, "step", "credentials", "`connection: NAME`", "`connection: NAME`"),
    row(N8N, "step", "notes", "`description`", "`description`"),
    row(N8N, "step", "continue_on_fail", "`on_error: continue`", "`on_error: continue`"),
    row(N8N, "step", "always_output_data", "——不需要：空列表不运行任何对象", "nowhere: an empty list runs no item"),
    row(
        N8N,
        "step",
        "execute_once",
        "——不需要：没有 `foreach` 的步骤只运行一次",
        "nowhere: a step without `foreach` runs once",
    ),
    row(N8N, "step", "position", "——不需要：图自动绘制", "nowhere: the graph is drawn by itself"),
    row(N8N, "top", "error_workflow", "`finally: […]`", "`finally: […]`"),
    row(N8N, "top", "execution_timeout", "`timeout`", "`timeout`"),
    row(SERVERLESS, "top", "document", "`dsl: 1` 和 `id`", "`dsl: 1` and `id`"),
    row(SERVERLESS, "top", "do", "`steps`", "`steps`"),
    row(SERVERLESS, "top", "use", "`connections` 和 `defaults`", "`connections` and `defaults`"),
    row(SERVERLESS, "top", "states", "`steps: […]`", "`steps: […]`"),
    row(SERVERLESS, "top", "functions", "步骤里的 `uses: 连接器/动作`", "`uses: connector/action` in a step"),
    row(SERVERLESS, "top", "start", "——不需要：从 `steps` 的第一步开始", "nowhere: the first of `steps` begins"),
    row(SERVERLESS, "top", "input", "`on: {manual: {inputs: …}}`", "`on: {manual: {inputs: …}}`"),
    row(SERVERLESS, "top", "spec_version", "`dsl: 1`", "`dsl: 1`"),
    row(SERVERLESS, "top", "version", "——不需要：保存即产生版本", "nowhere: saving a workflow makes a version"),
    row(SERVERLESS, "step", "for", "`foreach`", "`foreach`"),
    row(SERVERLESS, "step", "call", "`uses`", "`uses`"),
    row(SERVERLESS, "step", "function_ref", "`uses`", "`uses`"),
    row(SERVERLESS, "step", "try", "`retry` 和 `on_error`", "`retry` and `on_error`"),
    row(SERVERLESS, "step", "catch", "`on_error: continue`", "`on_error: continue`"),
    row(SERVERLESS, "step", "then", "下一步的 `needs`", "`needs` of the next step"),
    row(SERVERLESS, "step", "transition", "下一步的 `needs`", "`needs` of the next step"),
    row(SERVERLESS, "step", "switch", "`if: …`", "`if: …`"),
    row(
        SERVERLESS,
        "step",
        "wait",
        "——不需要：用 `retry: {delay: …}` 等待",
        "nowhere: a step waits by `retry: {delay: …}`",
    ),
    row(SERVERLESS, "foreach", "each", "`as: NAME`", "`as: NAME`"),
    row(SERVERLESS, "foreach", "at", "——不需要：对象用键识别，没有序号", "nowhere: items have keys, no numbers"),
    row(SERVERLESS, "foreach", "input_collection", "`in`", "`in`"),
    row(SERVERLESS, "foreach", "iteration_param", "`as: NAME`", "`as: NAME`"),
    row(SERVERLESS, "on", "one", "`event: […]`", "`event: […]`"),
    row(SERVERLESS, "on", "any", "`event: […]`", "`event: […]`"),
];

impl Foreign {
    /// The key that takes its place with the same value, when it is as simple as that.
    #[must_use]
    pub fn key(&self, known: &[&'static str]) -> Option<&'static str> {
        let (word, rest) = self.en.strip_prefix('`')?.split_once('`')?;
        (rest.is_empty() || rest.starts_with(" ("))
            .then(|| known.iter().copied().find(|known| *known == word))
            .flatten()
    }

    /// Whether the entry in our words means the same. The version of another language says nothing about ours.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        !matches!(self.word, "api_version" | "spec_version")
    }

    /// Whether this value means the same under our key. What steps wait for is an expression in other languages
    /// (`a && b`, `a.Failed || b`), and only ids can stand here.
    #[must_use]
    pub fn is_plain(&self, value: &Node) -> bool {
        let is_id = |node: &Node| {
            node.text().is_some_and(|text| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            })
        };
        match self.word {
            "depends" | "dependencies" | "transition" | "then" => {
                value.list().map_or_else(|| is_id(value), |items| items.iter().all(is_id))
            }
            _ => true,
        }
    }

    /// The whole entry in our words, where the value has to change too: the key, and what to write.
    #[must_use]
    pub fn converted(&self, value: &Node) -> Option<(&'static str, String)> {
        let number = || match value.scalar() {
            Some(Plain::Int(number)) => u64::try_from(number).ok(),
            Some(Plain::Text(text)) => text.parse().ok(),
            _ => None,
        };
        let flag = || match value.scalar() {
            Some(Plain::Bool(flag)) => Some(flag),
            _ => None,
        };
        let span = || value.text().filter(|text| parse_duration(text).is_none()).and_then(meant_duration);
        let entry = |key: &'static str, value: String| Some((key, format!("{key}: {value}")));
        match self.word {
            "timeout_minutes" => entry("timeout", format!("{}m", number()?)),
            "timeout_sec" | "timeout_seconds" | "active_deadline_seconds" | "execution_timeout" => {
                entry("timeout", format!("{}s", number()?))
            }
            "interval_sec" => entry("delay", format!("{}s", number()?)),
            "max_interval_sec" => entry("max_delay", format!("{}s", number()?)),
            "interval" => entry("delay", span()?),
            "max_interval" => entry("max_delay", span()?),
            "limit" if self.place == "retry" => entry("max_attempts", number()?.checked_add(1)?.to_string()),
            "max_tries" => entry("retry", format!("{{max_attempts: {}}}", number()?)),
            "continue_on_error" | "allow_failure" | "continue_on_fail" => {
                entry("on_error", if flag()? { "continue" } else { "stop" }.into())
            }
            "cancel_in_progress" => entry("on_conflict", if flag()? { "cancel_running" } else { "queue" }.into()),
            "fail_fast" => entry("on_item_error", if flag()? { "stop" } else { "continue" }.into()),
            "skip_failures" => entry("on_item_error", if flag()? { "continue" } else { "stop" }.into()),
            "api_version" | "spec_version" => entry("dsl", "1".into()),
            _ => None,
        }
    }
}

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
        assert!(TABLE.len() >= 120, "{}", TABLE.len());
    }

    #[test]
    fn any_spelling_is_found() {
        assert_eq!(find("step", "continue-on-error").unwrap().dialect, GITHUB);
        assert_eq!(find("step", "runIf").unwrap().en, "`if`");
        assert_eq!(find("top", "timeout-minutes").unwrap().en, "`timeout: 30m`");
        assert!(find("step", "nonsense").is_none());
    }
}
