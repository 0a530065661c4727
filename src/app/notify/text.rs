//! How a message reads: what happened, the next step, and where to look.

use crate::{
    app::App,
    store::notices::{Both, Item, Rule},
};

/// Things that one message tells at most; how many more there are is said.
const MOST_TOLD: usize = 20;
/// Bytes of a text: what an app of WeCom shows at most, with some room for what ends it.
const MOST_BYTES: usize = 1800;

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub title: String,
    pub plain: String,
    pub markdown: String,
}

fn pick(chinese: bool, text: &Both) -> &str {
    if chinese { &text.zh } else { &text.en }
}

/// A text of a record in one line: what stands in it must not make other lines or marks of its own.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for a text with marks.
fn marked(text: &str) -> String {
    line(text).replace(['[', ']', '<', '>', '*', '`'], " ")
}

impl App {
    /// Where an item is looked at.
    pub(super) fn page_of(&self, item: &Item) -> String {
        match (&item.run, &item.connection) {
            (Some(run), _) => self.page_at(&format!("/runs/{run}")),
            (None, Some(connection)) => self.page_at(&format!("/connections/{connection}")),
            (None, None) => self.page_at(""),
        }
    }

    /// The message about these.
    pub(super) fn notice_text(&self, rule: &Rule, items: &[Item], test: bool) -> Message {
        let zh = rule.chinese;
        let word = |chinese: &str, english: &str| if zh { chinese.to_string() } else { english.to_string() };
        let title = match items {
            [] => word("idflow：测试通知", "idflow: a test"),
            [one] => format!("idflow{}{}", word("：", ": "), line(pick(zh, &one.what))),
            more => word(&format!("idflow：{} 条通知", more.len()), &format!("idflow: {} notifications", more.len())),
        };
        let mut plain = String::new();
        let mut markdown = format!("**{}**", marked(&title));
        if test {
            let told = word(
                &format!("这是规则“{}”的测试消息，无需处理。", rule.name),
                &format!("This is a test of the rule `{}`; there is nothing to do.", rule.name),
            );
            plain.push_str(&line(&told));
            plain.push('\n');
            markdown.push_str(&format!("\n{}", marked(&told)));
        }
        let mut told = 0;
        for item in items.iter().take(MOST_TOLD) {
            let (what, next, page) = (pick(zh, &item.what), pick(zh, &item.next), self.page_of(item));
            let next_word = word("下一步", "next");
            let look = word("查看", "look");
            let mark = if page.starts_with('/') { page.clone() } else { format!("[{look}]({page})") };
            let one = format!("\n{}\n> {next_word}{}{} {mark}", marked(what), word("：", ": "), marked(next));
            if told > 0 && markdown.len() + one.len() > MOST_BYTES {
                break;
            }
            markdown.push_str(&one);
            plain.push_str(&format!("{}\n{next_word}{}{}\n{page}\n\n", line(what), word("：", ": "), line(next)));
            told += 1;
        }
        if told < items.len() {
            let more = items.len() - told;
            let runs = self.page_at("/runs");
            let rest = word(&format!("还有 {more} 条：{runs}"), &format!("{more} more: {runs}"));
            markdown.push_str(&format!("\n{rest}"));
            plain.push_str(&rest);
            plain.push('\n');
        }
        Message { title: cut(&title, 120), plain, markdown }
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
