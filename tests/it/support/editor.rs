//! An editor that speaks to `idflow lsp`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::{Value, json};

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = super::PATIENCE;

/// A running server, and the editor's end of the line.
pub struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    put_by: Vec<Value>,
    next: i32,
}

impl Editor {
    /// Starts the server; nothing is said yet.
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("an output"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            loop {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    match line.trim().split_once(": ") {
                        Some((_, number)) => length = number.parse().expect("a length"),
                        None => break,
                    }
                }
                let mut body = vec![0; length];
                if output.read_exact(&mut body).is_err() {
                    return;
                }
                let message = serde_json::from_slice(&body).expect("JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { child, input, messages, put_by: Vec::new(), next: 0 }
    }

    /// The same after the greeting; gives what the server can do.
    pub fn greeted(command: Command) -> (Self, Value) {
        let mut editor = Self::start(command);
        let can = editor.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": {}}));
        editor.tell("initialized", json!({}));
        (editor, can)
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the line is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server reads");
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// A notification.
    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// A request; gives the whole answer.
    pub fn answer(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.wait(|message| message["id"] == id)
    }

    /// A request; gives the result, which must not be an error.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The first message of this sort, in the order in which they came.
    pub fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.put_by.iter().position(&wanted) {
            return self.put_by.remove(place);
        }
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
            if wanted(&message) {
                return message;
            }
            self.put_by.push(message);
        }
    }

    /// Opens a file, or tells its new text; gives the findings about that version.
    pub fn open(&mut self, uri: &str, version: i32, text: &str) -> Vec<Value> {
        if version == 1 {
            let document = json!({"uri": uri, "languageId": "yaml", "version": version, "text": text});
            self.tell("textDocument/didOpen", json!({"textDocument": document}));
        } else {
            let document = json!({"uri": uri, "version": version});
            self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"text": text}]}));
        }
        let told = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"] == version
        });
        told["params"]["diagnostics"].as_array().expect("a list").clone()
    }

    /// A request about a place; `line` and `character` from 0.
    pub fn at(&mut self, method: &str, uri: &str, (line, character): (usize, usize)) -> Value {
        let place = json!({"line": line, "character": character});
        self.ask(method, json!({"textDocument": {"uri": uri}, "position": place}))
    }

    /// Takes leave; gives the exit code.
    pub fn leave(mut self) -> i32 {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.child.wait().expect("the server ends").code().unwrap_or(-1)
    }

    /// Hangs up; gives the exit code.
    pub fn hang_up(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().expect("the server ends").code().unwrap_or(-1)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
