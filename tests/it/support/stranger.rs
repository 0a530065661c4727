//! Somebody else on a port where a server was: keeps every byte that it is sent, and answers as it pleases.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// How it answers.
#[derive(Clone)]
pub enum Manners {
    /// With these bytes, whatever is asked.
    Says(Vec<u8>),
    /// It goes away at once.
    Closes,
    /// It hands everything on to somebody else, and the answers back.
    Relays(SocketAddr),
}

impl Manners {
    /// An answer that looks well.
    pub fn ok(body: &str) -> Self {
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        Self::Says(format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes())
    }
}

/// A stranger. It listens as long as the test lives.
pub struct Stranger {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Stranger {
    /// Takes a port, as soon as it is free.
    pub fn at(address: &str, manners: Manners) -> Self {
        let begun = Instant::now();
        let listener = loop {
            match TcpListener::bind(address) {
                Ok(listener) => break listener,
                Err(error) => assert!(begun.elapsed() < super::PATIENCE, "{address}: {error}"),
            }
            thread::sleep(Duration::from_millis(5));
        };
        let address = listener.local_addr().expect("an address");
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let all = heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let number = {
                    let mut all = all.lock().expect("no panic");
                    all.push(Vec::new());
                    all.len() - 1
                };
                let (all, manners) = (all.clone(), manners.clone());
                thread::spawn(move || {
                    talk(stream, &manners, |bytes| {
                        all.lock().expect("no panic")[number].extend_from_slice(bytes);
                    })
                });
            }
        });
        Self { address, heard }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was sent, one text for each connection.
    pub fn heard(&self) -> Vec<String> {
        let all = self.heard.lock().expect("no panic");
        all.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }
}

fn talk(mut stream: TcpStream, manners: &Manners, hear: impl Fn(&[u8])) {
    let mut buffer = [0u8; 16 << 10];
    let mut far = match manners {
        Manners::Relays(address) => {
            let far = TcpStream::connect(address).expect("the other one");
            let (mut back, mut near) = (far.try_clone().expect("twice"), stream.try_clone().expect("twice"));
            thread::spawn(move || {
                let _ = std::io::copy(&mut back, &mut near);
                let _ = near.shutdown(Shutdown::Both);
            });
            Some(far)
        }
        _ => None,
    };
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        hear(&buffer[..read]);
        let answered = match (manners, &mut far) {
            (Manners::Says(answer), _) => stream.write_all(answer),
            (Manners::Relays(_), Some(far)) => far.write_all(&buffer[..read]),
            _ => return,
        };
        if answered.is_err() {
            return;
        }
    }
}
