//! One talk with a mail server: how it is reached, how it is encrypted, how long it may take.
//!
//! The library knows the commands. Two things it leaves to whoever uses it:
//!
//! * it waits for an answer for ever, so a server that says nothing would keep its place among those that are at work, of which there
//!   are few for all tenants;
//! * it reads ahead. What somebody in between adds to the answer to STARTTLS comes in clear, and would be taken for the first answers
//!   of the encrypted talk: a mail that nobody took would count as delivered. Here nothing is read ahead before the encryption, so
//!   what was added stands where the handshake belongs, which fails.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters},
        extension::ClientId,
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};

/// How long a server is waited for.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// Until it is reached and has let us in.
    begin: Duration,
    /// Until it has taken a mail: some look for malware first.
    take: Duration,
    /// Until it has said farewell.
    farewell: Duration,
}

impl Patience {
    /// Of every mail server.
    pub(super) const USUAL: Self =
        Self { begin: Duration::from_secs(20), take: Duration::from_mins(1), farewell: Duration::from_secs(2) };
}

/// The first byte of a handshake of TLS (RFC 8446, 5.1); no command of SMTP begins with it.
const HANDSHAKE: u8 = 0x16;

/// How a talk is encrypted.
pub(super) enum Security {
    None,
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

/// A mail server.
pub(super) struct Server {
    /// Its addresses, which were looked at; the first that answers is taken.
    pub addresses: Vec<SocketAddr>,
    pub security: Security,
    pub account: Option<Credentials>,
    pub patience: Patience,
}

/// Why a mail was not taken.
pub(super) enum Failed {
    /// It took too long.
    Slow,
    /// The server was not reached.
    Unreachable(io::Error),
    /// What it said, or what the library says of it.
    Smtp(Error),
}

impl Failed {
    /// The code that the server answered.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::Smtp(error) => error.status().map(|code| code.to_string()),
            Self::Slow | Self::Unreachable(_) => None,
        }
    }

    /// Whether the same would be answered the next time.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Smtp(error) if error.is_permanent())
    }
}

async fn within<T>(most: Duration, work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    timeout(most, work).await.unwrap_or(Err(Failed::Slow))
}

impl Server {
    /// Hands a mail over.
    pub async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failed> {
        let mut talk = within(self.patience.begin, self.begin()).await?;
        within(self.patience.take, async { talk.send(envelope, mail).await.map_err(Failed::Smtp) }).await?;
        // It is taken, however the talk ends.
        let _ = timeout(self.patience.farewell, talk.quit()).await;
        Ok(())
    }

    async fn begin(&self) -> Result<AsyncSmtpConnection, Failed> {
        let name = ClientId::default();
        let address = &self.addresses[..];
        let mut talk = match &self.security {
            Security::Tls(parameters) => {
                let parameters = Some(parameters.clone());
                AsyncSmtpConnection::connect_tokio1(address, Some(self.patience.begin), &name, parameters, None).await
            }
            Security::None | Security::StartTls(_) => {
                let stream = TcpStream::connect(address).await.map_err(Failed::Unreachable)?;
                let stream = Box::new(ByteByByte { stream, clear: true });
                AsyncSmtpConnection::connect_with_transport(stream, &name).await
            }
        }
        .map_err(Failed::Smtp)?;
        if let Security::StartTls(parameters) = &self.security {
            talk.starttls(parameters.clone(), &name).await.map_err(Failed::Smtp)?;
        }
        if let Some(account) = &self.account {
            talk.auth(DEFAULT_MECHANISMS, account).await.map_err(Failed::Smtp)?;
        }
        Ok(talk)
    }
}

/// A connection of which nothing is read ahead until it is encrypted.
#[derive(Debug)]
struct ByteByByte {
    stream: TcpStream,
    /// Whether it is not encrypted yet.
    clear: bool,
}

impl AsyncTokioStream for ByteByByte {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for ByteByByte {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.clear || into.remaining() == 0 {
            return Pin::new(&mut self.stream).poll_read(context, into);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut one))?;
        into.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ByteByByte {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.first() == Some(&HANDSHAKE) {
            self.clear = false;
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::TcpListener,
    };

    use super::*;

    /// A mail server that answers so many lines and says nothing more.
    async fn silent_after(answers: &'static [&'static str], patience: Patience) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = vec![listener.local_addr().unwrap()];
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let (mut line, mut in_data) = (String::new(), false);
            for answer in answers {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                line.clear();
                while stream.read_line(&mut line).await.unwrap() > 0 && in_data && !line.ends_with("\r\n.\r\n") {}
                in_data = line.starts_with("DATA");
            }
            std::future::pending::<()>().await;
        });
        Server { addresses, security: Security::None, account: None, patience }
    }

    async fn sent(server: &Server) -> Result<(), Failed> {
        let address = |text: &str| text.parse().unwrap();
        let envelope = Envelope::new(Some(address("a@example.com")), vec![address("b@example.com")]).unwrap();
        server.send(&envelope, b"Subject: x\r\n\r\ntext\r\n").await
    }

    // With the time of the machine: a clock that stands still leaps over what comes from a socket.
    #[tokio::test]
    async fn a_server_that_says_nothing_more_is_not_waited_for() {
        static ANSWERS: [&str; 6] = ["220 mail", "250 mail", "250 from", "250 to", "354 go on", "250 taken"];
        let short = Duration::from_millis(200);
        for answers in 0..ANSWERS.len() {
            let patience = Patience { begin: short, take: short, farewell: short };
            let done = sent(&silent_after(&ANSWERS[..answers], patience).await).await;
            assert!(matches!(done, Err(Failed::Slow)), "after {answers} answers");
        }
        // It has taken the mail; it need not say farewell.
        let patience = Patience { farewell: short, ..Patience::USUAL };
        assert!(sent(&silent_after(&ANSWERS, patience).await).await.is_ok());
    }
}
