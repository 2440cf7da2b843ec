//! A sign-in other than by form: one at a time, driven by one task.
//!
//! The window gives the task its commands over a channel of four places; one that finds it full is dropped,
//! because four answers wait already. The task ends with success, with `cancel_sign_in`, with the next
//! `begin_sign_in`, or when nobody did anything for a quarter of an hour.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::accounts::Fresh;
use super::{Inner, Studio, form, vault_failure};
use crate::account::{AccountId, Settings, SignInWay};
use crate::driver::{SignIn, SignInPrompt, SignInStep, SignedIn};
use crate::platform::Platform;
use crate::problem::{Failure, InvalidReason, ProblemCode};
use crate::secret::Credentials;
use crate::view::{QrCode, SignInRequest, SignInState, SignInView};

/// A sign-in that nobody touches for so long is given up.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// Longest that the platform is waited for to begin, or to take an answer; its calls have shorter bounds.
const CALL_BOUND: Duration = Duration::from_secs(60);
/// Longest that the former sign-in is waited for: it may be keeping what it brought.
const FORMER_BOUND: Duration = Duration::from_secs(10);
/// Most that is waited after a failed poll, at first; it doubles, and the real wait is anywhere below it.
const RETRY_FIRST: Duration = Duration::from_secs(2);
/// Most that is waited after many failed polls.
const RETRY_CAP: Duration = Duration::from_secs(20);
/// Least that is waited after a failed poll.
const RETRY_LEAST: Duration = Duration::from_millis(250);
/// Commands that wait for the task.
const COMMANDS: usize = 4;
/// Longest answer that is taken, in bytes: an address with a code in it.
const ANSWER_CAP: usize = 8 * 1024;

/// The sign-in under way, if any.
#[derive(Default)]
pub(super) struct Current {
    last: u64,
    handle: Option<Handle>,
}

struct Handle {
    id: u64,
    commands: mpsc::Sender<Command>,
    end: CancellationToken,
    task: JoinHandle<()>,
}

enum Command {
    Answer(SecretString),
    Renew,
}

/// What a sign-in was begun with. Dropped, secrets and all, when it is over.
struct Plan {
    id: u64,
    platform: Platform,
    way: SignInWay,
    account: Option<AccountId>,
    name: String,
    settings: Settings,
    /// The secret fields of the way, kept ones among them.
    credentials: Credentials,
    /// Those that were typed.
    typed: Credentials,
}

/// How a round of a sign-in ended.
enum Round {
    Done(SignedIn),
    Expired,
    Failed(Failure),
    Again,
    Idle,
}

impl Studio {
    /// Begins a sign-in; one that is under way ends. Fails at once for a wrong field and for a keyring that
    /// couldn't take the result; what follows is shown (`Update::SignIn`).
    pub async fn begin_sign_in(&self, request: SignInRequest) -> Result<(), Failure> {
        let mut plan = self.plan_sign_in(request).await?;
        let first = self.sign_in_of(&plan)?;
        let mut current = self.0.sign_in();
        let former = current.handle.take();
        if let Some(former) = &former {
            former.end.cancel();
        }
        current.last += 1;
        plan.id = current.last;
        let view = SignInView {
            id: plan.id,
            platform: plan.platform,
            account: plan.account.clone(),
            way: plan.way,
            state: SignInState::Starting,
            answer_problem: None,
        };
        self.0.change(|p| p.change_sign_in(|shown| *shown = Some(view)));
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let (id, end) = (plan.id, CancellationToken::new());
        let task = tokio::spawn({
            let (studio, end) = (self.clone(), end.clone());
            async move {
                // A loopback listener of the former has to be gone first.
                if let Some(former) = former {
                    let _ = timeout(FORMER_BOUND, former.task).await;
                }
                studio.drive_sign_in(plan, first, inbox, end).await;
            }
        });
        current.handle = Some(Handle { id, commands, end, task });
        Ok(())
    }

    /// Hands over what the person pasted: the browser's last address, or the code alone. What is wrong with it
    /// is shown (`answer_problem`) and the sign-in goes on. `WrongState` when there is none.
    pub fn answer_sign_in(&self, text: &str) -> Result<(), Failure> {
        let text = text.trim();
        let refuse = |reason| Err(Failure::invalid("answer", reason));
        if text.is_empty() {
            return refuse(InvalidReason::Empty);
        }
        if text.len() > ANSWER_CAP {
            return refuse(InvalidReason::Malformed);
        }
        self.command_sign_in(Command::Answer(text.into()))
    }

    /// Begins the sign-in under way anew, with the same fields: a new code, a new page.
    pub fn renew_sign_in(&self) {
        if let Err(failure) = self.command_sign_in(Command::Renew) {
            tracing::debug!(?failure, "no sign-in to begin anew");
        }
    }

    /// Ends the sign-in under way, or takes the last one's end off the window.
    pub fn cancel_sign_in(&self) {
        let mut current = self.0.sign_in();
        if let Some(handle) = current.handle.take() {
            handle.end.cancel();
        }
        self.0.change(|p| p.change_sign_in(|shown| *shown = None));
    }

    /// The page to open in the browser, while there is one.
    pub fn sign_in_page(&self) -> Option<String> {
        match &self.0.lock().sign_in.as_ref()?.state {
            SignInState::Browser { url, .. } => Some(url.clone()),
            _ => None,
        }
    }

    fn command_sign_in(&self, command: Command) -> Result<(), Failure> {
        let none = || Failure::new(ProblemCode::WrongState);
        let current = self.0.sign_in();
        let handle = current.handle.as_ref().ok_or_else(none)?;
        handle.commands.try_send(command).map_err(|_| none())
    }

    /// Reads the request's form. The keyring is asked now: nobody should scan a code for nothing.
    async fn plan_sign_in(&self, request: SignInRequest) -> Result<Plan, Failure> {
        let inner = &self.0;
        let SignInRequest { platform, way, account, name, mut fields } = request;
        let (_, info) = inner.driver(platform)?;
        if way == SignInWay::Form || !info.ways.contains(&way) {
            return Err(Failure::new(ProblemCode::NotAllowed).at(platform));
        }
        let known = account.as_ref().map(|id| inner.account(id)).transpose()?;
        if known.as_ref().is_some_and(|known| known.platform != platform) {
            return Err(Failure::new(ProblemCode::NotFound).at(platform));
        }
        if !known.as_ref().is_some_and(|known| known.sandbox) {
            self.demand_keyring().await?;
        }
        let typed = fields.clone();
        if let Some(known) = &known {
            let kept = inner.vault_of(known).read(&known.id).await.map_err(vault_failure)?;
            form::fill(info, &mut fields, &known.settings, &kept.unwrap_or_default());
        }
        let (settings, credentials) = form::part(info, way, fields)?;
        let typed = form::only_typed(&typed, &credentials);
        Ok(Plan { id: 0, platform, way, account, name, settings, credentials, typed })
    }

    fn sign_in_of(&self, plan: &Plan) -> Result<Box<dyn SignIn>, Failure> {
        let (driver, _) = self.0.driver(plan.platform)?;
        driver
            .sign_in(plan.way, &plan.settings, &plan.credentials, std::sync::Arc::clone(&self.0.clock))
            .map_err(|failure| failure.at(plan.platform))
    }

    async fn drive_sign_in(
        &self,
        plan: Plan,
        first: Box<dyn SignIn>,
        mut inbox: mpsc::Receiver<Command>,
        end: CancellationToken,
    ) {
        let mut flow = Some(first);
        loop {
            let round = tokio::select! {
                () = end.cancelled() => return,
                round = self.sign_in_round(&plan, flow.take(), &mut inbox) => round,
            };
            let state = match round {
                Round::Again => continue,
                Round::Idle => return self.end_sign_in(plan.id),
                Round::Expired => SignInState::Expired,
                Round::Failed(failure) => self.failed(&plan, failure),
                Round::Done(brought) => {
                    self.show_state(plan.id, SignInState::Finishing);
                    match self.finish_sign_in(&plan, brought, &end).await {
                        Ok(account) => return self.show_state(plan.id, SignInState::Done { account }),
                        Err(_) if end.is_cancelled() => return,
                        Err(failure) => self.failed(&plan, failure),
                    }
                }
            };
            self.show_state(plan.id, state);
            tokio::select! {
                () = end.cancelled() => return,
                again = asked_to_renew(&mut inbox) => if !again {
                    return self.end_sign_in(plan.id);
                },
            }
        }
    }

    /// From asking the platform to an end of one kind or the other. May be dropped at any await.
    async fn sign_in_round(
        &self,
        plan: &Plan,
        flow: Option<Box<dyn SignIn>>,
        inbox: &mut mpsc::Receiver<Command>,
    ) -> Round {
        self.show_state(plan.id, SignInState::Starting);
        let flow = flow.map_or_else(|| self.sign_in_of(plan), Ok);
        let mut flow = match flow {
            Ok(flow) => flow,
            Err(failure) => return Round::Failed(failure),
        };
        let code_ends = match bounded(flow.begin()).await.and_then(|prompt| self.show_prompt(plan, prompt)) {
            Ok(code_ends) => code_ends,
            Err(failure) => return Round::Failed(failure),
        };
        let mut idle_at = Instant::now() + IDLE;
        let mut poll_at = Instant::now();
        let mut failed: u32 = 0;
        loop {
            let step = tokio::select! {
                biased;
                command = inbox.recv() => match command {
                    None => return Round::Idle,
                    Some(Command::Renew) => return Round::Again,
                    Some(Command::Answer(text)) => {
                        idle_at = Instant::now() + IDLE;
                        match self.take_answer(plan, flow.as_mut(), &text).await {
                            Some(round) => return round,
                            None => continue,
                        }
                    }
                },
                () = sleep_until(idle_at) => return Round::Idle,
                step = async { sleep_until(poll_at).await; flow.step().await } => step,
            };
            match step {
                Ok(SignInStep::Done(brought)) => return Round::Done(brought),
                Ok(SignInStep::Expired) => return Round::Expired,
                Ok(SignInStep::Waiting) => failed = 0,
                Ok(SignInStep::Scanned) => {
                    failed = 0;
                    if self.show_scanned(plan.id) {
                        idle_at = Instant::now() + IDLE;
                    }
                }
                Err(failure) if !passes(&failure) => return Round::Failed(failure),
                Err(_) if code_ends.is_some_and(|at| at <= self.0.clock.now()) => return Round::Expired,
                Err(failure) => {
                    failed = failed.saturating_add(1);
                    poll_at = Instant::now() + self.poll_pause(&failure, failed);
                }
            }
        }
    }

    /// How long to wait after a failed poll: as the platform says, else full jitter.
    fn poll_pause(&self, failure: &Failure, failed: u32) -> Duration {
        failure.retry_after.unwrap_or_else(|| {
            let most = RETRY_FIRST.saturating_mul(2u32.saturating_pow(failed.saturating_sub(1).min(5)));
            most.min(RETRY_CAP).mul_f64(self.0.clock.chance()).max(RETRY_LEAST)
        })
    }

    /// Tries what was pasted; none when the sign-in goes on.
    async fn take_answer(&self, plan: &Plan, flow: &mut dyn SignIn, text: &SecretString) -> Option<Round> {
        self.show_sign_in(plan.id, |view| view.answer_problem = None);
        match bounded(flow.answer(text.expose_secret())).await {
            Ok(brought) => Some(Round::Done(brought)),
            Err(failure) if passes(&failure) || matches!(failure.code, ProblemCode::Invalid { .. }) => {
                let problem = self.0.problem(failure.at(plan.platform));
                self.show_sign_in(plan.id, |view| view.answer_problem = Some(problem));
                None
            }
            Err(failure) => Some(Round::Failed(failure)),
        }
    }

    async fn finish_sign_in(
        &self,
        plan: &Plan,
        brought: SignedIn,
        end: &CancellationToken,
    ) -> Result<AccountId, Failure> {
        let SignedIn { credentials: brought, expires_at } = brought;
        let mut credentials = plan.typed.clone();
        credentials.merge(&brought);
        let fresh = Fresh { way: plan.way, settings: plan.settings.clone(), credentials, expires_at };
        match &plan.account {
            Some(id) => self.sign_in_again(id, fresh, end).await.map(|()| id.clone()),
            None => self.connect_new(plan.platform, &plan.name, fresh, end).await,
        }
    }

    /// Shows what the platform wants shown; answers when a code ends.
    fn show_prompt(&self, plan: &Plan, prompt: SignInPrompt) -> Result<Option<Timestamp>, Failure> {
        let (state, ends) = match prompt {
            SignInPrompt::Qr { url, expires_at } => {
                let code = QrCode::draw(&url)?;
                let state = SignInState::Qr { code, expires_at: expires_at.as_millisecond(), scanned: false };
                (state, Some(expires_at))
            }
            SignInPrompt::Browser { url, returns } => (SignInState::Browser { url, returns }, None),
        };
        self.show_state(plan.id, state);
        Ok(ends)
    }

    /// True when that is news.
    fn show_scanned(&self, id: u64) -> bool {
        let mut news = false;
        self.show_sign_in(id, |view| {
            if let SignInState::Qr { scanned, .. } = &mut view.state {
                news = !std::mem::replace(scanned, true);
            }
        });
        news
    }

    fn failed(&self, plan: &Plan, failure: Failure) -> SignInState {
        SignInState::Failed { problem: self.0.problem(failure.at(plan.platform)) }
    }

    fn show_state(&self, id: u64, state: SignInState) {
        self.show_sign_in(id, |view| {
            view.state = state;
            view.answer_problem = None;
        });
    }

    /// Changes what is shown of a sign-in, unless another is shown by now.
    fn show_sign_in(&self, id: u64, change: impl FnOnce(&mut SignInView)) {
        self.0.change(|p| {
            if p.sign_in.as_ref().is_some_and(|shown| shown.id == id) {
                p.change_sign_in(|shown| {
                    if let Some(view) = shown {
                        change(view);
                    }
                });
            }
        });
    }

    /// Takes a sign-in that nobody wants any more off the window.
    fn end_sign_in(&self, id: u64) {
        let mut current = self.0.sign_in();
        if current.handle.as_ref().is_some_and(|handle| handle.id == id) {
            current.handle = None;
            self.0.change(|p| p.change_sign_in(|shown| *shown = None));
        }
    }
}

impl Inner {
    fn sign_in(&self) -> MutexGuard<'_, Current> {
        self.sign_in.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits to be asked for another round; false when nobody does, for too long. An answer comes too late.
async fn asked_to_renew(inbox: &mut mpsc::Receiver<Command>) -> bool {
    let asked = async {
        while let Some(command) = inbox.recv().await {
            if matches!(command, Command::Renew) {
                return true;
            }
        }
        false
    };
    tokio::select! {
        asked = asked => asked,
        () = sleep(IDLE) => false,
    }
}

/// Failures that another try may not meet.
fn passes(failure: &Failure) -> bool {
    matches!(
        failure.code,
        ProblemCode::Network | ProblemCode::Timeout | ProblemCode::PlatformDown | ProblemCode::RateLimited
    )
}

async fn bounded<T>(call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(CALL_BOUND, call).await.unwrap_or_else(|_| Err(Failure::new(ProblemCode::Timeout)))
}
