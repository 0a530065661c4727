//! How many requests a second the simulator answers, over real connections.
//!
//! `cargo run --release -p wecom-sim --example throughput [connections] [members]` creates members
//! over keep-alive connections with a client as thin as possible, so that the simulator is what is
//! measured; then it pages through all of them. Server and client each have one thread.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use wecom_sim::{DEFAULT_CONTACTS_SECRET, DEFAULT_CORP_ID, Limits, Options, Simulator};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let connections = arguments.next().transpose()?.unwrap_or(8);
    let members = arguments.next().transpose()?.unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let running = runtime.block_on(Simulator::start(unlimited()))?;
    let mut stdout = std::io::stdout();

    let mut first = Connection::open(running.addr())?;
    let issued = first.get(&format!("gettoken?corpid={DEFAULT_CORP_ID}&corpsecret={DEFAULT_CONTACTS_SECRET}"))?;
    let issued: serde_json::Value = serde_json::from_slice(&issued)?;
    let token = issued["access_token"].as_str().unwrap_or_default();
    for id in 2..52 {
        first.post("department/create", token, &format!("{{\"name\":\"d{id}\",\"parentid\":1,\"id\":{id}}}"))?;
    }

    let mut open = (0..connections).map(|_| Connection::open(running.addr())).collect::<Result<Vec<_>, _>>()?;
    let started = Instant::now();
    for batch in (0..members).collect::<Vec<_>>().chunks(connections) {
        for (connection, number) in open.iter_mut().zip(batch) {
            let body = format!(
                "{{\"userid\":\"user{number}\",\"name\":\"成员{number}\",\"mobile\":\"1{number:010}\",\"email\":\
                 \"user{number}@example.com\",\"department\":[{}],\"position\":\"工程师\",\"to_invite\":false}}",
                2 + number % 50
            );
            connection.send_post("user/create", token, &body)?;
        }
        for (connection, _) in open.iter_mut().zip(batch) {
            connection.receive()?;
        }
    }
    report(&mut stdout, "user/create", members, started.elapsed())?;

    let started = Instant::now();
    let (mut cursor, mut rows, mut pages) = (String::new(), 0, 0);
    loop {
        let page = first.post("user/list_id", token, &format!("{{\"cursor\":\"{cursor}\",\"limit\":1000}}"))?;
        let page: serde_json::Value = serde_json::from_slice(&page)?;
        rows += page["dept_user"].as_array().map_or(0, Vec::len);
        pages += 1;
        cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    report(&mut stdout, &format!("user/list_id ({rows} rows)"), pages, started.elapsed())?;

    let started = Instant::now();
    let size = running.snapshot().to_string().len();
    writeln!(stdout, "snapshot: {size} bytes in {:?}", started.elapsed())?;
    runtime.block_on(running.stop());
    Ok(())
}

/// Limits that are counted and never reached, because this is about speed.
fn unlimited() -> Options {
    let most = Some(u64::MAX);
    let limits = Limits {
        corp_api_per_minute: most,
        corp_api_per_hour: most,
        ip_api_per_minute: most,
        ip_api_per_hour: most,
        ..Limits::default()
    };
    Options { limits, ..Options::default() }
}

fn report(out: &mut impl Write, what: &str, calls: usize, took: Duration) -> std::io::Result<()> {
    writeln!(out, "{what}: {calls} calls in {took:?}, {:.0} a second", calls as f64 / took.as_secs_f64())
}

/// A connection that knows just enough HTTP.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(addr: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    fn get(&mut self, path: &str) -> Result<Vec<u8>, Failure> {
        write!(self.0.get_mut(), "GET /cgi-bin/{path} HTTP/1.1\r\nhost: x\r\n\r\n")?;
        self.receive()
    }

    fn post(&mut self, path: &str, token: &str, body: &str) -> Result<Vec<u8>, Failure> {
        self.send_post(path, token, body)?;
        self.receive()
    }

    fn send_post(&mut self, path: &str, token: &str, body: &str) -> std::io::Result<()> {
        let length = body.len();
        let request = format!(
            "POST /cgi-bin/{path}?access_token={token} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.0.get_mut().write_all(request.as_bytes())
    }

    /// The body of the next answer, which must be a success.
    fn receive(&mut self) -> Result<Vec<u8>, Failure> {
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        if !body.starts_with(b"{\"errcode\":0,") {
            return Err(String::from_utf8_lossy(&body).into_owned().into());
        }
        Ok(body)
    }
}
