//! The binary: the line it prints, the state it reads, the errors it reports.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A child process that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wecom-sim"))
}

fn started(arguments: &[&str]) -> (Process, Value) {
    let child = command().args(arguments).stdout(Stdio::piped()).spawn().expect("a process");
    let mut process = Process(child);
    let stdout = process.0.stdout.take().expect("a pipe");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    (process, serde_json::from_str(&line).expect("JSON"))
}

async fn snapshot(ready: &Value) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}/snapshot", ready["admin"].as_str().unwrap_or_default());
    let answer = client.get(url).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn it_says_where_it_is_and_takes_ids_and_secrets() {
    let (_process, ready) = started(&["--corp-id", "ww9", "--agent-id", "7", "--app-secret", "s"]);
    let base = ready["base_url"].as_str().unwrap_or_default();
    assert_eq!(ready["admin"], format!("{base}/_sim"));
    let corp = snapshot(&ready).await["corps"][0].clone();
    assert_eq!(corp["corpid"], "ww9");
    assert_eq!((&corp["apps"][0]["agentid"], &corp["apps"][0]["secret"]), (&json!(7), &json!("s")));
    assert_eq!(corp["departments"][0]["id"], 1);
}

#[tokio::test]
async fn it_starts_with_a_state_or_says_what_is_wrong_with_it() {
    let file = std::env::temp_dir().join(format!("wecom-sim-{}.json", std::process::id()));
    let write = |text: &str| {
        std::fs::File::create(&file).and_then(|mut file| file.write_all(text.as_bytes())).expect("a file");
    };
    let path = file.to_string_lossy().into_owned();
    write(r#"{"corps":[{"corpid":"ww5","users":[{"userid":"a"}]}]}"#);
    let (_process, ready) = started(&["--state", &path]);
    assert_eq!(snapshot(&ready).await["corps"][0]["users"][0]["userid"], "a");
    write(r#"{"corps":[{"corpid":"ww5","users":[{"userid":"a"},{"userid":"A"}]}]}"#);
    let output = command().args(["--state", &path]).output().expect("an outcome");
    let _ = std::fs::remove_file(&file);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(message.contains("user `A`: the userid is used twice"), "{message}");
}
