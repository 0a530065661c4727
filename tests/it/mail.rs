//! Mail servers that encrypt, from the first byte or from STARTTLS on (RFC 3207): the password and the mail reach whoever proves to be
//! the server, and nobody else hears more than that somebody wants to encrypt.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::support::{House, eventually, house::BEGIN};

const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "mail-secret-Qw8zX1";

/// What a mail server does before it encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manners {
    /// Encrypts from the first byte.
    AtOnce,
    /// Offers STARTTLS, and does it.
    Offers,
    /// Knows nothing of STARTTLS: an old server, or somebody in between who has taken the offer away.
    OffersNothing,
    /// Offers it, and is not able to.
    Refuses,
    /// Says more than it was asked before it encrypts, as somebody in between could: that every command that comes was obeyed.
    SaysMore,
}

/// What was said in clear, and what encrypted.
#[derive(Debug, Default, Clone)]
struct Heard {
    clear: String,
    encrypted: String,
}

/// A mail server.
struct Post {
    port: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Post {
    /// Starts one with the certificate in this folder; each connection is talked to until it ends.
    fn start(folder: &Path, manners: Manners) -> Self {
        let certificate = CertificateDer::from_pem_file(folder.join("cert.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).expect("a key");
        let settings = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
        let settings = Arc::new(settings.expect("they belong together"));
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("its address").port().to_string();
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let kept = heard.clone();
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let mut heard = Heard::default();
                talk(stream, manners, &settings, &mut heard);
                kept.lock().expect("no panic").push(heard);
            }
        });
        Self { port, heard }
    }

    /// What was said in each connection, once there were so many.
    fn heard(&self, connections: usize) -> Vec<Heard> {
        eventually("a connection", PATIENCE, || {
            let all = self.heard.lock().expect("no panic").clone();
            (all.len() >= connections).then_some(all)
        })
    }
}

fn talk(stream: TcpStream, manners: Manners, settings: &Arc<ServerConfig>, heard: &mut Heard) {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let encrypt = |stream| ServerConnection::new(settings.clone()).map(|ours| StreamOwned::new(ours, stream)).ok();
    if manners == Manners::AtOnce {
        let Some(mut stream) = encrypt(stream) else { return };
        let greeted = stream.write_all(b"220 mail.example.com\r\n").is_ok();
        if greeted {
            converse(&mut stream, "250 AUTH PLAIN", None, &mut heard.encrypted);
        }
        return;
    }
    if (&stream).write_all(b"220 mail.example.com\r\n").is_err() {
        return;
    }
    let (offer, answer): (&str, Option<&[u8]>) = match manners {
        Manners::OffersNothing => ("250 AUTH PLAIN", None),
        Manners::Refuses => ("250-STARTTLS\r\n250 AUTH PLAIN", None),
        Manners::SaysMore => {
            let all =
                &b"220 go on\r\n250-mail\r\n250 AUTH PLAIN\r\n235 in\r\n250 a\r\n250 b\r\n354 go on\r\n250 taken\r\n"[..];
            ("250-STARTTLS\r\n250 AUTH PLAIN", Some(all))
        }
        _ => ("250-STARTTLS\r\n250 AUTH PLAIN", Some(&b"220 go on\r\n"[..])),
    };
    if converse(&mut &stream, offer, answer, &mut heard.clear) {
        let Some(mut stream) = encrypt(stream) else { return };
        converse(&mut stream, "250 AUTH PLAIN", None, &mut heard.encrypted);
    }
}

/// Answers line by line; ends with true where the client may encrypt from here on. `start`: what is answered to STARTTLS, if that
/// is to be done.
fn converse(stream: &mut (impl Read + Write), offer: &str, start: Option<&[u8]>, said: &mut String) -> bool {
    let mut in_data = false;
    loop {
        // One byte after the other: what comes after STARTTLS is not ours to read.
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            match stream.read(&mut byte) {
                Ok(1) => line.push(byte[0]),
                _ => return false,
            }
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        said.push_str(&line);
        let answer = match line.get(..4).unwrap_or_default() {
            _ if in_data && line != ".\r\n" => continue,
            _ if in_data => {
                in_data = false;
                "250 taken\r\n".to_string()
            }
            "DATA" => {
                in_data = true;
                "354 go on\r\n".into()
            }
            "STAR" => match start {
                Some(answer) => return stream.write_all(answer).is_ok(),
                None => "454 4.7.0 not now\r\n".into(),
            },
            "EHLO" => format!("250-mail.example.com\r\n{offer}\r\n"),
            "AUTH" => "235 welcome\r\n".into(),
            _ => "250 good\r\n".into(),
        };
        if stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return false;
        }
    }
}

/// A certificate for this name in this folder, made by `openssl`; whether that is there.
fn certified(folder: &Path, name: &str) -> bool {
    std::fs::create_dir_all(folder).expect("a folder");
    let made = Command::new("openssl")
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=mail of a test"])
        .args(["-addext", &format!("subjectAltName=DNS:{name}"), "-addext", "basicConstraints=critical,CA:FALSE"])
        .output();
    let made = made.is_ok_and(|made| made.status.success());
    if !made {
        eprintln!("skipped: openssl is not there");
    }
    made
}

/// A house with a certificate for `localhost` in `good`, and one for another name in `other`; nothing without `openssl`.
fn house() -> Option<House> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut house = House::new();
    house.set("MAIL", PASSWORD);
    if !certified(&house.path("good"), "localhost") || !certified(&house.path("other"), "mail.example.com") {
        return None;
    }
    house.good(&BEGIN);
    Some(house)
}

/// Sets the mail server, and sends a mail to see whether that works: what was refused.
fn tried(house: &House, port: &str, security: &str, ca: Option<&str>) -> Option<String> {
    let set = ["notify", "mail", "set", "localhost", "--port", port, "--from", "idflow@example.com"];
    let more = ["--security", security, "--username", "ops", "--password", "env:MAIL"];
    let ca = ca.map(|folder| house.path(folder).join("cert.pem").display().to_string());
    let ca: Vec<&str> = ca.iter().flat_map(|file| ["--ca", file.as_str()]).collect();
    house.good(&[&set[..], &more[..], &ca[..]].concat());
    let answer = house.ask(&["notify", "mail", "test", "ops@example.com"]);
    (answer.code != 0).then(|| answer.out + &answer.err)
}

/// That a mail was sent with its password, encrypted.
#[track_caller]
fn delivered(said: &str) {
    let proof = STANDARD.encode(format!("\0ops\0{PASSWORD}"));
    assert!(said.contains(&format!("AUTH PLAIN {proof}")) && said.contains("RCPT TO:<ops@example.com>"), "{said}");
}

/// That nothing was said in clear but what is said to everybody.
#[track_caller]
fn said_nothing(clear: &str) {
    let known = |line: &str| ["EHLO ", "STARTTLS", "QUIT"].iter().any(|word| line.starts_with(word));
    assert!(clear.lines().all(known), "in clear: {clear}");
}

#[test]
fn a_mail_goes_encrypted_with_its_password_and_to_nobody_whose_certificate_is_not_trusted() {
    let Some(house) = house() else { return };
    let post = Post::start(&house.path("good"), Manners::AtOnce);
    // Nobody has vouched for the certificate: not a word of the mail or the password is said.
    let refused = tried(&house, &post.port, "tls", None).expect("refused");
    assert!(refused.contains("encryption failed"), "{refused}");
    assert_eq!(tried(&house, &post.port, "tls", Some("good")), None);
    let all = post.heard(2);
    let (last, before) = all.split_last().expect("a mail");
    assert!(before.iter().all(|heard| heard.encrypted.is_empty()), "{before:?}");
    delivered(&last.encrypted);
    assert!(!house.heard().contains("mail-secret"), "the password is never shown");
}

#[test]
fn a_mail_by_starttls_says_nothing_before_it_is_encrypted() {
    let Some(house) = house() else { return };
    let post = Post::start(&house.path("good"), Manners::Offers);
    assert_eq!(tried(&house, &post.port, "starttls", Some("good")), None);
    let heard = post.heard(1);
    delivered(&heard[0].encrypted);
    assert!(heard[0].clear.contains("STARTTLS"), "{heard:?}");
    said_nothing(&heard[0].clear);
    // A server that nobody vouches for, and one whose certificate is good for another name.
    let refused = tried(&house, &post.port, "starttls", None).expect("refused");
    assert!(refused.contains("encryption failed"), "{refused}");
    let other = Post::start(&house.path("other"), Manners::Offers);
    let refused = tried(&house, &other.port, "starttls", Some("other")).expect("refused");
    assert!(refused.contains("encryption failed"), "{refused}");
    for heard in [&post.heard(2)[1], &other.heard(1)[0]] {
        assert_eq!(heard.encrypted, "", "{heard:?}");
        said_nothing(&heard.clear);
    }
    assert!(!house.heard().contains("mail-secret"), "the password is never shown");
}

#[test]
fn a_mail_server_that_does_not_encrypt_where_it_must_gets_nothing() {
    let Some(house) = house() else { return };
    for (manners, why) in [(Manners::OffersNothing, "does not offer STARTTLS"), (Manners::Refuses, "SMTP 454")] {
        let post = Post::start(&house.path("good"), manners);
        let refused = tried(&house, &post.port, "starttls", Some("good")).expect("refused");
        assert!(refused.contains(why), "{manners:?}: {refused}");
        let heard = post.heard(1);
        assert!(heard[0].clear.contains("EHLO "), "{heard:?}");
        said_nothing(&heard[0].clear);
    }
    let shown = house.text(&["--lang", "zh", "notify", "mail", "test", "ops@example.com"]);
    assert!(shown.code != 0 && !house.heard().contains("mail-secret"), "{}{}", shown.out, shown.err);
}

#[test]
fn answers_that_came_before_the_encryption_are_no_answers() {
    let Some(house) = house() else { return };
    let post = Post::start(&house.path("good"), Manners::SaysMore);
    let refused = tried(&house, &post.port, "starttls", Some("good"));
    let heard = post.heard(1);
    said_nothing(&heard[0].clear);
    assert!(refused.is_some_and(|why| why.contains("encryption failed")), "believed what came in clear: {heard:?}");
}
