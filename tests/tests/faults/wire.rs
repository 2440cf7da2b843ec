//! The wire between a client and a played platform, on which things go wrong at a chosen moment.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, TRANSFER_ENCODING};
use reqwest::{Client, Method, redirect};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::answer::Answer;
use super::fault::{Fault, Phase};
use super::request::Request;

/// Which call is the operation's main one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Main {
    /// Empty: any.
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The path is that and no longer.
    pub(crate) whole: bool,
}

impl Main {
    fn is(&self, method: &str, path: &str) -> bool {
        let there = if self.whole { path == self.path } else { path.starts_with(self.path) };
        there && (self.method.is_empty() || self.method == method)
    }
}

/// A fault that is switched on.
pub(crate) struct Armed {
    pub(crate) fault: Fault,
    pub(crate) phase: Phase,
    pub(crate) main: Main,
    /// How often it strikes; none: until it is switched off.
    pub(crate) strikes: Option<u32>,
    pub(crate) chance: fastrand::Rng,
    /// Called once, when the phase has come.
    pub(crate) moment: Option<Box<dyn FnOnce() + Send>>,
    pub(crate) passed: bool,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    /// It passes, and with its answer the moment has come.
    PassThenMoment,
    /// Struck; the platform never hears of it.
    Without(Fault),
    /// The platform carries it out, then it is struck.
    With(Fault),
}

impl Armed {
    fn judge(&mut self, method: &str, path: &str) -> Verdict {
        let main = self.main.is(method, path);
        if self.phase == Phase::After {
            if self.passed {
                return if self.fault.is_of_machine() {
                    Verdict::Pass
                } else {
                    self.strike(Verdict::Without)
                };
            }
            self.passed = main;
            return if main { Verdict::PassThenMoment } else { Verdict::Pass };
        }
        // A killed program's and an address that is gone struck every call from the moment on.
        if self.passed && (self.fault == Fault::Killed || self.fault.is_of_address()) {
            return Verdict::Without(self.fault);
        }
        if !main {
            return Verdict::Pass;
        }
        let first = !std::mem::replace(&mut self.passed, true);
        if self.fault.is_of_machine() {
            // Before the call, the machine is struck when the fault is switched on.
            return if first && self.phase == Phase::During {
                Verdict::PassThenMoment
            } else {
                Verdict::Pass
            };
        }
        match (self.phase, self.fault) {
            // Who turns a call away for having come too often has not carried it out.
            (Phase::During, Fault::TooMany | Fault::TooManyWait) if !first => Verdict::Pass,
            (Phase::During, Fault::TooMany | Fault::TooManyWait) | (Phase::Before, _) => {
                self.strike(Verdict::Without)
            }
            _ => self.strike(Verdict::With),
        }
    }

    fn strike(&mut self, how: fn(Fault) -> Verdict) -> Verdict {
        match &mut self.strikes {
            Some(0) => Verdict::Pass,
            Some(left) => {
                *left -= 1;
                how(self.fault)
            }
            None => how(self.fault),
        }
    }
}

/// See the module. Its listener ends with the runtime.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Line>);

struct Line {
    at: SocketAddr,
    platform: SocketAddr,
    client: Client,
    armed: Mutex<Option<Armed>>,
    /// Where a redirect leads that nobody may follow.
    elsewhere: SocketAddr,
    dead: std::sync::atomic::AtomicBool,
}

impl Wire {
    /// A wire to a platform at `platform`.
    pub(crate) async fn to(platform: SocketAddr, elsewhere: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = Client::builder().no_proxy().tls_certs_only([]).gzip(false);
        let client = client.redirect(redirect::Policy::none()).pool_max_idle_per_host(0).build().unwrap();
        let line = Arc::new(Line {
            at: listener.local_addr().unwrap(),
            platform,
            client,
            armed: Mutex::default(),
            elsewhere,
            dead: false.into(),
        });
        let serving = Arc::clone(&line);
        tokio::spawn(async move {
            loop {
                let Ok((mut stream, _)) = listener.accept().await else { continue };
                let line = Arc::clone(&serving);
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    if line.is_dead() || line.serve(&mut stream).await.is_err() {
                        let _ = stream.set_zero_linger();
                    }
                });
            }
        });
        Self(line)
    }

    /// Where the client is to call.
    pub(crate) fn at(&self) -> SocketAddr {
        self.0.at
    }

    pub(crate) fn arm(&self, armed: Armed) {
        *self.0.armed() = Some(armed);
    }

    /// From now on all goes well.
    pub(crate) fn disarm(&self) {
        *self.0.armed() = None;
    }

    /// Has the main call come since the fault was switched on?
    pub(crate) fn reached(&self) -> bool {
        self.0.armed().as_ref().is_none_or(|armed| armed.passed)
    }

    /// From now on no call gets through: its caller is gone.
    pub(crate) fn cut(&self) {
        self.0.dead.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

/// How a call ended, for the connection that it came on.
enum Then {
    NextCall,
    Close,
    Reset,
}

impl Line {
    fn armed(&self) -> std::sync::MutexGuard<'_, Option<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_dead(&self) -> bool {
        self.dead.load(std::sync::atomic::Ordering::SeqCst)
    }

    async fn serve(&self, stream: &mut TcpStream) -> io::Result<()> {
        while let Some(request) = Request::read(stream).await? {
            match self.answer(stream, &request).await? {
                Then::NextCall if !self.is_dead() => {}
                Then::Close => return Ok(()),
                Then::NextCall | Then::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
            }
        }
        Ok(())
    }

    async fn answer(&self, stream: &mut TcpStream, request: &Request) -> io::Result<Then> {
        let (verdict, mut chance) = match self.armed().as_mut() {
            Some(armed) => {
                let verdict = armed.judge(&request.method, request.path());
                (verdict, armed.chance.fork())
            }
            None => (Verdict::Pass, fastrand::Rng::with_seed(0)),
        };
        if self.is_dead() {
            return Ok(Then::Reset);
        }
        let upgrade = request.header("upgrade").is_some();
        match verdict {
            Verdict::Pass | Verdict::PassThenMoment if upgrade => self.tunnel(stream, request, verdict).await,
            Verdict::Pass => {
                self.fetch(request).await?.write(stream).await?;
                Ok(Then::NextCall)
            }
            Verdict::PassThenMoment => {
                let answer = self.fetch(request).await?;
                // What strikes the machine is there when the answer arrives; what strikes the wire, after it.
                let machine = self.armed().as_ref().is_some_and(|a| a.fault.is_of_machine());
                if machine {
                    self.moment();
                }
                answer.write(stream).await?;
                if !machine {
                    self.moment();
                }
                Ok(Then::NextCall)
            }
            Verdict::Without(fault) if fault.only_slows() && !upgrade => {
                sleep(Duration::from_millis(chance.u64(0..900))).await;
                let answer = self.fetch(request).await?;
                self.strike(stream, fault, answer, &mut chance).await
            }
            Verdict::Without(fault) => {
                self.moment();
                self.strike(stream, fault, Answer::of_a_gateway(), &mut chance).await
            }
            Verdict::With(fault) if upgrade => {
                self.moment();
                self.strike(stream, fault, Answer::of_a_gateway(), &mut chance).await
            }
            Verdict::With(fault) => {
                let answer = self.fetch(request).await?;
                self.moment();
                self.strike(stream, fault, answer, &mut chance).await
            }
        }
    }

    fn moment(&self) {
        let moment = self.armed().as_mut().and_then(|armed| armed.moment.take());
        if let Some(moment) = moment {
            moment();
        }
    }

    /// Has the platform carry it out.
    async fn fetch(&self, request: &Request) -> io::Result<Answer> {
        let method = Method::from_bytes(request.method.as_bytes()).map_err(io::Error::other)?;
        let url = format!("http://{}{}", self.platform, request.target);
        let mut call = self.client.request(method, url).body(request.body.clone());
        for (name, value) in &request.headers {
            if ![CONNECTION.as_str(), CONTENT_LENGTH.as_str()].contains(&name.to_ascii_lowercase().as_str()) {
                call = call.header(name.as_str(), value.as_slice());
            }
        }
        debug_assert!(request.header(HOST.as_str()).is_some());
        let answer = call.send().await.map_err(io::Error::other)?;
        let (status, mut headers): (_, HeaderMap) = (answer.status(), answer.headers().clone());
        for own in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            headers.remove(own);
        }
        let mut body = answer.bytes().await.map_err(io::Error::other)?.to_vec();
        if request.path().ends_with("/getDanmuInfo") {
            // The way into the chat leads along this wire too.
            let text = String::from_utf8_lossy(&body);
            let (theirs, ours) = (self.platform.port().to_string(), self.at.port().to_string());
            body = text.replace(&theirs, &ours).into_bytes();
        }
        Ok(Answer { status: status.as_u16(), headers, body })
    }

    /// Hands an upgraded connection on.
    async fn tunnel(&self, stream: &mut TcpStream, request: &Request, verdict: Verdict) -> io::Result<Then> {
        let mut platform = TcpStream::connect(self.platform).await?;
        platform.write_all(&request.raw).await?;
        if verdict == Verdict::PassThenMoment {
            self.moment();
        }
        copy_bidirectional(stream, &mut platform).await?;
        Ok(Then::Close)
    }

    async fn strike(
        &self,
        stream: &mut TcpStream,
        fault: Fault,
        answer: Answer,
        chance: &mut fastrand::Rng,
    ) -> io::Result<Then> {
        let whole = answer.bytes();
        let then = match fault {
            Fault::ResetAfterHeaders => {
                stream.write_all(&whole[..answer.head().len()]).await?;
                sleep(Duration::from_millis(50)).await;
                Then::Reset
            }
            Fault::HalfOpen => {
                stream.write_all(&whole[..answer.head().len() + answer.body.len() / 2]).await?;
                std::future::pending().await
            }
            Fault::Blackhole => std::future::pending().await,
            Fault::Delay => {
                sleep(Duration::from_secs(5)).await;
                stream.write_all(&whole).await?;
                Then::NextCall
            }
            Fault::Jitter => {
                let mut rest = whole.as_slice();
                while !rest.is_empty() {
                    sleep(Duration::from_millis(chance.u64(0..800))).await;
                    let (piece, more) = rest.split_at(chance.usize(1..=rest.len()));
                    stream.write_all(piece).await?;
                    rest = more;
                }
                Then::NextCall
            }
            Fault::OneByteASecond => {
                for byte in whole {
                    stream.write_all(&[byte]).await?;
                    sleep(Duration::from_secs(1)).await;
                }
                Then::NextCall
            }
            Fault::Sliced => {
                for piece in whole.chunks(chance.usize(3..40)) {
                    stream.write_all(piece).await?;
                    sleep(Duration::from_millis(1)).await;
                }
                Then::NextCall
            }
            Fault::Doubled => {
                stream.write_all(&[whole.as_slice(), &whole].concat()).await?;
                Then::NextCall
            }
            Fault::LengthTooBig => {
                stream.write_all(&answer.with_length(answer.body.len() + 100)).await?;
                Then::Close
            }
            Fault::LengthTooSmall => {
                stream.write_all(&answer.with_length(answer.body.len() / 2)).await?;
                Then::NextCall
            }
            _ => match answer.struck(fault, self.elsewhere, chance) {
                Some(struck) => {
                    struck.write(stream).await?;
                    Then::NextCall
                }
                None => Then::Reset,
            },
        };
        Ok(then)
    }
}
