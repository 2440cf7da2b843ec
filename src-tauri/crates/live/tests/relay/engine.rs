//! A relay that does what a test tells it, and remembers what it was asked.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use kaibo_live::driver::Outcome;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::relay::{
    Relay, RelayDriver, RelayReading, RelayStart, RelayTarget, SourceReading, TargetReading, TargetState,
};
use kaibo_live::secret::{ExposeSecret, SecretString};
use tokio::sync::watch;

/// What it was asked.
#[derive(Default)]
pub struct State {
    /// Another program has the port.
    pub taken: bool,
    /// Port and key of each start.
    pub starts: Vec<(u16, String)>,
    /// `add`, `remove`, `pause`, `resume` and `stop`, each with the target and its address.
    pub calls: Vec<String>,
    pub reading: RelayReading,
}

#[derive(Clone)]
pub struct Engine(Arc<Mutex<State>>, watch::Sender<u64>);

impl Engine {
    pub fn new() -> Self {
        Self(Arc::default(), watch::Sender::new(0))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Does something to it that it tells of.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.1.send_modify(|n| *n += 1);
    }

    /// The encoder begins to push, or goes.
    pub fn source(&self, source: SourceReading) {
        self.change(|s| {
            s.reading.source = source;
            s.settle();
        });
    }

    /// What it was asked since the last time.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }
}

impl State {
    /// Targets follow the source.
    fn settle(&mut self) {
        let state = match self.reading.source {
            SourceReading::Publishing => TargetState::Publishing,
            _ => TargetState::Waiting,
        };
        let following = |t: &&mut TargetReading| t.state != TargetState::Paused;
        self.reading.targets.iter_mut().filter(following).for_each(|t| t.state.clone_from(&state));
    }

    pub fn target(&mut self, target: &RelayTarget) -> Option<&mut TargetReading> {
        self.reading.targets.iter_mut().find(|t| &t.target == target)
    }
}

#[async_trait]
impl RelayDriver for Engine {
    async fn start(&self, wanted: RelayStart) -> Outcome<Arc<dyn Relay>> {
        let mut state = self.state();
        if state.taken {
            return Err(Failure::new(ProblemCode::RelayPort));
        }
        state.starts.push((wanted.port, wanted.key.expose_secret().to_owned()));
        state.reading = RelayReading::default();
        let server = format!("rtmp://127.0.0.1:{}/live", wanted.port);
        let push = PushAddress { server, key: wanted.key };
        Ok(Arc::new(Running(self.clone(), push, tokio::sync::Mutex::new(self.1.subscribe()))))
    }

    fn fresh_key(&self) -> Outcome<SecretString> {
        let count = self.state().starts.len();
        Ok(format!("hidden-relay-key-{count}").into())
    }
}

struct Running(Engine, PushAddress, tokio::sync::Mutex<watch::Receiver<u64>>);

pub fn name(target: &RelayTarget) -> &str {
    match target {
        RelayTarget::Room { room } => &room.0,
        RelayTarget::Custom { id } => id,
    }
}

impl Running {
    fn call(&self, call: &str, target: &RelayTarget, done: impl FnOnce(&mut State)) -> bool {
        let mut known = false;
        self.0.change(|s| {
            s.calls.push(format!("{call} {}", name(target)));
            known = s.target(target).is_some();
            done(s);
        });
        known
    }
}

#[async_trait]
impl Relay for Running {
    fn address(&self) -> PushAddress {
        self.1.clone()
    }

    fn add(&self, target: &RelayTarget, push: PushAddress) -> bool {
        let whole = push.whole().expose_secret().to_owned();
        let reading = TargetReading {
            target: target.clone(),
            state: TargetState::Waiting,
            bits_per_second: 0,
            queued: Duration::ZERO,
            dropped_frames: 0,
            reconnects: 0,
            delay: Duration::ZERO,
        };
        self.0.change(|s| {
            s.calls.push(format!("add {} {whole}", name(target)));
            assert!(s.target(target).is_none(), "it is there already");
            s.reading.targets.push(reading);
            s.settle();
        });
        true
    }

    fn pause(&self, target: &RelayTarget) -> bool {
        self.call("pause", target, |s| {
            s.target(target).into_iter().for_each(|t| t.state = TargetState::Paused);
        })
    }

    fn resume(&self, target: &RelayTarget) -> bool {
        self.call("resume", target, |s| {
            s.target(target).into_iter().for_each(|t| t.state = TargetState::Waiting);
            s.settle();
        })
    }

    fn remove(&self, target: &RelayTarget) -> bool {
        self.call("remove", target, |s| s.reading.targets.retain(|t| &t.target != target))
    }

    fn read(&self) -> RelayReading {
        self.0.state().reading.clone()
    }

    async fn changed(&self) -> bool {
        self.2.lock().await.changed().await.is_ok()
    }

    async fn stop(&self) {
        self.0.change(|s| s.calls.push("stop".into()));
    }
}
