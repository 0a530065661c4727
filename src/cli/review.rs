//! `idflow directory review`: people who wait for somebody to let them in.

use super::{
    Failure, Lang, Session, by_hand, exit,
    lang::{both, say},
    output,
};
use crate::contract::directory::{ReviewDecision, ReviewDone, ReviewPerson};

/// Runs the command.
pub async fn run(
    session: &Session<'_>,
    approve: Vec<String>,
    reject: Vec<String>,
    comment: Option<String>,
    limit: usize,
) -> Result<u8, Failure> {
    let client = session.client().await?;
    let (verb, named) = if reject.is_empty() { ("approve", approve) } else { ("reject", reject) };
    if named.is_empty() && comment.is_some() {
        return Err(Failure::new(both!(
            "--comment 须与 --approve 或 --reject 一起使用",
            "--comment needs --approve or --reject"
        )));
    }
    if named.is_empty() {
        let waiting: Vec<ReviewPerson> = client.list("/directory/review", Some(limit)).await?;
        if session.json() {
            output::json(&waiting);
            return Ok(exit::DONE);
        }
        let mut table = output::table(&match session.lang {
            Lang::Zh => ["编号", "姓名", "账号", "部门", "来源"],
            Lang::En => ["id", "name", "account", "departments", "from"],
        });
        for one in waiting {
            let departments: Vec<String> = one.departments.into_iter().map(|department| department.path).collect();
            let from: Vec<String> = one.links.iter().map(|link| format!("{} {}", link.connection, link.key)).collect();
            table.add_row([one.id, one.name, one.username, departments.join("\n"), from.join("\n")]);
        }
        output::list(session.lang, table);
        return Ok(exit::DONE);
    }
    let mut ids = Vec::new();
    for one in &named {
        ids.push(by_hand::find(&client, "user", one).await?);
    }
    let decision = ReviewDecision { ids, comment };
    let done: ReviewDone = client.send(&format!("/directory/review/{verb}"), &decision).await?;
    if session.json() {
        output::json(&done);
    } else {
        let number = done.decided;
        output::data(&match verb {
            "approve" => say!(session.lang, "已通过 {number} 人", "let in: {number}"),
            _ => say!(session.lang, "已拒绝 {number} 人", "refused: {number}"),
        });
    }
    Ok(exit::DONE)
}
