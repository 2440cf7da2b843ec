//! An encoder that does what a test tells it, and remembers what it was asked.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use kaibo_live::driver::Outcome;
use kaibo_live::encoder::{
    Encoder, EncoderAddress, EncoderDriver, EncoderReading, EncoderService, EncoderVersion, LocalEncoder,
};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::secret::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use tokio::time::Instant;

/// What it is and was asked.
pub struct State {
    pub up: bool,
    pub hangs: bool,
    pub password: Option<&'static str>,
    pub service: EncoderService,
    pub streaming: bool,
    pub reconnecting: bool,
    /// Bytes a second while it streams.
    pub rate: u64,
    /// Starting doesn't work: it never streams.
    pub never_starts: bool,
    pub never_stops: bool,
    /// It puts something of its own into each key.
    pub mangles: bool,
    pub connects: usize,
    pub calls: Vec<String>,
    pub local: Option<LocalEncoder>,
    bytes: u64,
    since: Instant,
    counted: Instant,
    life: u32,
}

#[derive(Clone)]
pub struct Obs(Arc<Mutex<State>>, Arc<Notify>);

impl Obs {
    pub fn new() -> Self {
        let former = r#"{"service":"Elsewhere","key":"former-key"}"#;
        let state = State {
            up: true,
            hangs: false,
            password: Some("obs-password"),
            service: EncoderService::Other { kind: "rtmp_common".into(), settings: former.into() },
            streaming: false,
            reconnecting: false,
            rate: 250_000,
            never_starts: false,
            never_stops: false,
            mangles: false,
            connects: 0,
            calls: Vec::new(),
            local: None,
            bytes: 0,
            since: Instant::now(),
            counted: Instant::now(),
            life: 0,
        };
        Self(Arc::new(Mutex::new(state)), Arc::default())
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Does something to it that it tells of.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.1.notify_one();
    }

    /// Somebody presses *Start* or *Stop* in it.
    pub fn stream(&self, on: bool) {
        self.change(|s| s.stream(on));
    }

    pub fn kill(&self) {
        self.change(|s| {
            s.up = false;
            s.life += 1;
            s.stream(false);
        });
    }

    pub fn set_key(&self, key: &str) {
        self.change(|s| {
            if let EncoderService::Custom(push) = &mut s.service {
                push.key = SecretString::from(key);
            }
        });
    }

    async fn while_it_hangs(&self) {
        while self.state().up && self.state().hangs {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Server and key, when it is set to such.
    pub fn custom(&self) -> Option<(String, String)> {
        match &self.state().service {
            EncoderService::Custom(push) => Some((push.server.clone(), push.key.expose_secret().to_owned())),
            EncoderService::Other { .. } => None,
        }
    }
}

impl State {
    fn stream(&mut self, on: bool) {
        if on && !self.streaming {
            (self.bytes, self.since, self.counted) = (0, Instant::now(), Instant::now());
        }
        self.streaming = on;
        self.reconnecting &= on;
    }
}

#[async_trait]
impl EncoderDriver for Obs {
    async fn connect(
        &self,
        _: &EncoderAddress,
        password: Option<&SecretString>,
    ) -> Outcome<Arc<dyn Encoder>> {
        let answer = {
            let mut state = self.state();
            state.connects += 1;
            let right =
                state.password.is_none_or(|p| password.is_some_and(|typed| typed.expose_secret() == p));
            match (state.up, right) {
                (false, _) => Err(Failure::new(ProblemCode::EncoderUnreachable)),
                (_, false) => Err(Failure::new(ProblemCode::EncoderPassword)),
                _ => Ok(Arc::new(Line(self.clone(), state.life)) as Arc<dyn Encoder>),
            }
        };
        self.while_it_hangs().await;
        answer
    }

    async fn find(&self) -> Outcome<LocalEncoder> {
        Ok(self.state().local.take().unwrap_or(LocalEncoder::Absent))
    }
}

struct Line(Obs, u32);

impl Line {
    async fn call<T>(&self, name: &str, answer: impl FnOnce(&mut State) -> Outcome<T> + Send) -> Outcome<T> {
        self.0.while_it_hangs().await;
        let mut state = self.0.state();
        if !state.up || state.life != self.1 {
            return Err(Failure::new(ProblemCode::EncoderUnreachable));
        }
        if !name.is_empty() {
            state.calls.push(name.to_owned());
        }
        answer(&mut state)
    }
}

#[async_trait]
impl Encoder for Line {
    fn version(&self) -> EncoderVersion {
        EncoderVersion { encoder: "29.0.2".into(), protocol: "5.1.0".into() }
    }

    async fn service(&self) -> Outcome<EncoderService> {
        self.call("", |s| Ok(s.service.clone())).await
    }

    async fn set_service(&self, service: &EncoderService) -> Outcome<()> {
        let service = service.clone();
        self.call("set", |s| {
            if s.streaming {
                return Err(Failure::new(ProblemCode::EncoderBusy));
            }
            s.service = match service {
                EncoderService::Custom(push) if s.mangles => {
                    let key = format!("{}&more", push.key.expose_secret());
                    EncoderService::Custom(PushAddress { key: key.into(), ..push })
                }
                service => service,
            };
            Ok(())
        })
        .await
    }

    async fn start(&self) -> Outcome<()> {
        self.call("start", |s| {
            if !s.never_starts {
                s.stream(true);
            }
            Ok(())
        })
        .await
    }

    async fn stop(&self) -> Outcome<()> {
        self.call("stop", |s| {
            if !s.never_stops {
                s.stream(false);
            }
            Ok(())
        })
        .await
    }

    async fn read(&self) -> Outcome<EncoderReading> {
        self.call("", |s| {
            let passed = u64::try_from(s.counted.elapsed().as_millis()).unwrap();
            s.counted = Instant::now();
            if s.streaming && !s.reconnecting {
                s.bytes += s.rate * passed / 1000;
            }
            Ok(EncoderReading {
                streaming: s.streaming,
                reconnecting: s.reconnecting,
                uptime_ms: u64::try_from(s.since.elapsed().as_millis()).unwrap(),
                bytes: s.bytes,
                dropped_frames: 3,
                frames: 300,
                congestion: 0.25,
                size: Some((1280, 720)),
            })
        })
        .await
    }

    async fn changed(&self) -> Outcome<()> {
        self.0.1.notified().await;
        self.call("", |_| Ok(())).await
    }
}
