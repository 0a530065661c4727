//! `idflow lsp`: a language server over standard input and output.
//!
//! One thread reads messages, this one answers them in order. Findings are published when no message waits, so that a row of
//! keystrokes costs one compilation. Everything it knows of the language comes from [`workflow::assist`] and the compiler;
//! here are only the protocol, the open files and the conversion of positions.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufReader,
    sync::mpsc::{Receiver, TryRecvError, sync_channel},
};

use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use lsp_types::{
    CodeActionParams, CompletionParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, GotoDefinitionParams, HoverParams, TextDocumentPositionParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Lang, Session, exit, output};
use crate::{
    connectors,
    workflow::{self, Environment, apply_fixes, assist::Document, diagnostic::Source},
};

mod convert;
mod frames;

use frames::Incoming;

const ENVIRONMENT: Environment<'_> = Environment::new(connectors::ALL);
/// Messages that wait for an answer; the reader waits when there are more.
const WAITING: usize = 64;

/// Runs the command.
pub fn run(session: &Session<'_>) -> u8 {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::spawn(move || {
        let mut source = BufReader::new(std::io::stdin());
        while let Ok(Some(incoming)) = frames::next(&mut source) {
            if sender.send(incoming).is_err() {
                break;
            }
        }
    });
    let mut server = Server { lang: session.lang, ..Server::default() };
    server.serve(&receiver)
}

#[derive(Default)]
struct Server {
    lang: Lang,
    files: BTreeMap<String, File>,
    changed: BTreeSet<String>,
    stage: Stage,
    gone: bool,
}

#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Stage {
    #[default]
    New,
    Ready,
    ShutDown,
}

struct File {
    text: String,
    version: i32,
}

/// The answer to a request, or why there is none.
type Answer = Result<Value, (ErrorCode, String)>;

impl Server {
    /// Answers until the editor says that it is over; gives the exit code.
    fn serve(&mut self, receiver: &Receiver<Incoming>) -> u8 {
        while !self.gone {
            let incoming = match receiver.try_recv() {
                Ok(incoming) => incoming,
                Err(TryRecvError::Empty) => {
                    self.publish();
                    match receiver.recv() {
                        Ok(incoming) => incoming,
                        Err(_) => break,
                    }
                }
                Err(TryRecvError::Disconnected) => break,
            };
            match incoming {
                Incoming::Bad { id, reason, code } => self.send(&json!({
                    "jsonrpc": "2.0", "id": id, "error": {"code": code, "message": reason},
                })),
                Incoming::Message(message) => match *message {
                    Message::Request(request) => {
                        let id = request.id.clone();
                        let response = match self.request(request) {
                            Ok(result) => Response::new_ok(id, result),
                            Err((code, message)) => Response::new_err(id, code as i32, message),
                        };
                        self.send(&with_version(&response));
                    }
                    Message::Notification(notification) if notification.method == "exit" => {
                        return if self.stage == Stage::ShutDown { exit::DONE } else { exit::FAILED };
                    }
                    Message::Notification(notification) => self.notification(notification),
                    Message::Response(_) => {}
                },
            }
        }
        if self.stage == Stage::ShutDown { exit::DONE } else { exit::FAILED }
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        if !output::bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()) {
            self.gone = true;
        }
    }

    fn request(&mut self, request: Request) -> Answer {
        match (request.method.as_str(), self.stage) {
            ("initialize", Stage::New) => {
                self.stage = Stage::Ready;
                if request.params["locale"].as_str().is_some_and(|locale| locale.to_lowercase().starts_with("zh")) {
                    self.lang = Lang::Zh;
                }
                return Ok(convert::capabilities());
            }
            (_, Stage::New) => return Err((ErrorCode::ServerNotInitialized, "initialize comes first".into())),
            ("initialize", _) => return Err((ErrorCode::InvalidRequest, "initialize came already".into())),
            (_, Stage::ShutDown) => return Err((ErrorCode::InvalidRequest, "the server was shut down".into())),
            ("shutdown", Stage::Ready) => {
                self.stage = Stage::ShutDown;
                return Ok(Value::Null);
            }
            _ => {}
        }
        match request.method.as_str() {
            "textDocument/completion" => {
                let params: CompletionParams = read(request.params)?;
                self.at(&params.text_document_position, |document, source, offset, lang| {
                    let made = document.complete(offset);
                    json!({"isIncomplete": false, "items": convert::items(&made, source, offset, lang)})
                })
            }
            "textDocument/hover" => {
                let params: HoverParams = read(request.params)?;
                self.at(&params.text_document_position_params, |document, source, offset, lang| {
                    document.hover(offset).map_or(Value::Null, |hover| convert::hover(&hover, source, lang))
                })
            }
            "textDocument/definition" => {
                let params: GotoDefinitionParams = read(request.params)?;
                let uri = params.text_document_position_params.text_document.uri.as_str().to_string();
                self.at(&params.text_document_position_params, |document, source, offset, _| {
                    let range = document.define(offset).map(|span| convert::range(span, source));
                    range.map_or(Value::Null, |range| json!({"uri": uri, "range": range}))
                })
            }
            "textDocument/codeAction" => {
                let params: CodeActionParams = read(request.params)?;
                Ok(self.actions(&params))
            }
            method => Err((ErrorCode::MethodNotFound, format!("`{method}` is not served"))),
        }
    }

    /// An answer about a place of an open file; nothing where the file is unknown.
    fn at(
        &self,
        place: &TextDocumentPositionParams,
        answer: impl FnOnce(&Document<'_>, &Source<'_>, usize, Lang) -> Value,
    ) -> Answer {
        let uri = place.text_document.uri.as_str();
        let Some(file) = self.files.get(uri).filter(|_| !is_test(uri)) else { return Ok(Value::Null) };
        let source = Source::new(uri, &file.text);
        let offset = convert::offset(place.position, &source);
        Ok(answer(&Document::new(&file.text, ENVIRONMENT), &source, offset, self.lang))
    }

    fn actions(&self, params: &CodeActionParams) -> Value {
        let uri = params.text_document.uri.as_str();
        let Some(file) = self.files.get(uri).filter(|_| !is_test(uri)) else { return json!([]) };
        let source = Source::new(uri, &file.text);
        let asked = |kind: &str| {
            params.context.only.as_ref().is_none_or(|only| {
                only.iter().any(|only| kind == only.as_str() || kind.starts_with(&format!("{}.", only.as_str())))
            })
        };
        let mut actions = Vec::new();
        if asked("quickfix") {
            let (start, end) =
                (convert::offset(params.range.start, &source), convert::offset(params.range.end, &source));
            for finding in workflow::compile(uri, &file.text, &ENVIRONMENT).diagnostics {
                if !finding.fixes.is_empty() && finding.span.start <= end && start <= finding.span.end {
                    actions.push(convert::action(&finding, &source, uri, self.lang));
                }
            }
        }
        if params.context.only.is_some() && asked("source.fixAll.idflow") {
            let mended = apply_fixes::mend(uri, &file.text, &ENVIRONMENT);
            if mended.text != file.text {
                actions.push(convert::fix_all(&mended.text, &source, uri, self.lang));
            }
        }
        actions.into()
    }

    fn notification(&mut self, notification: Notification) {
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                let Ok(params) = read::<DidOpenTextDocumentParams>(notification.params) else { return };
                let document = params.text_document;
                self.keep(document.uri.as_str(), document.text, document.version);
            }
            "textDocument/didChange" => {
                let Ok(params) = read::<DidChangeTextDocumentParams>(notification.params) else { return };
                let uri = params.text_document.uri.as_str();
                let Some(file) = self.files.get(uri) else { return };
                let mut text = file.text.clone();
                for change in params.content_changes {
                    match change.range {
                        None => text = change.text,
                        Some(range) => {
                            let source = Source::new(uri, &text);
                            let start = convert::offset(range.start, &source);
                            let end = convert::offset(range.end, &source).max(start);
                            text.replace_range(start..end, &change.text);
                        }
                    }
                }
                self.keep(uri, text, params.text_document.version);
            }
            "textDocument/didClose" => {
                let Ok(params) = read::<DidCloseTextDocumentParams>(notification.params) else { return };
                let uri = params.text_document.uri.as_str();
                if self.files.remove(uri).is_some() {
                    self.changed.insert(uri.to_string());
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, uri: &str, text: String, version: i32) {
        if self.stage == Stage::Ready {
            self.files.insert(uri.to_string(), File { text, version });
            self.changed.insert(uri.to_string());
        }
    }

    /// Tells what is found in the files that were changed; a closed file has no findings.
    fn publish(&mut self) {
        for uri in std::mem::take(&mut self.changed) {
            let mut params = json!({"uri": uri, "diagnostics": []});
            if let Some(file) = self.files.get(&uri) {
                params["version"] = file.version.into();
                if !is_test(&uri) {
                    let source = Source::new(&uri, &file.text);
                    let found = workflow::compile(&uri, &file.text, &ENVIRONMENT).diagnostics;
                    let found = found.iter().map(|finding| convert::finding(finding, &source, &uri, self.lang));
                    params["diagnostics"] = found.collect();
                }
            }
            self.send(&json!({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params}));
        }
    }
}

/// Tests beside workflows are another format.
fn is_test(uri: &str) -> bool {
    uri.ends_with(crate::app::rehearsal::SUFFIX)
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn with_version(response: &Response) -> Value {
    let mut message = serde_json::to_value(response).unwrap_or_default();
    if let Some(map) = message.as_object_mut() {
        map.insert("jsonrpc".into(), "2.0".into());
        // A successful answer has a result, also when it is nothing.
        if !map.contains_key("error") {
            map.entry("result").or_insert(Value::Null);
        }
    }
    message
}
