//! The checks before going live: room by room, side by side, each told as it comes.
//!
//! What belongs to the account (sign-in, right, areas, clock, calls) is asked once for all of its rooms. No check
//! waits for another platform's, and none takes longer than [`CHECK_BOUND`].

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join, join_all, join3};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Studio;
use super::actions::check_details;
use super::cover::wanted;
use super::run::ROOMS_A_RUN;
use crate::account::AccountId;
use crate::budget::CallsLeft;
use crate::driver::{Connection, Outcome};
use crate::platform::{Platform, PlatformInfo};
use crate::problem::{Failure, InvalidReason, ProblemCode};
use crate::push::PushAddress;
use crate::room::{Area, Details, RoomId};
use crate::view::{AccountState, Check, CheckKind, CheckLevel, GoLive, PreflightRoom, PreflightView};

/// Longest time that one check may take.
pub(super) const CHECK_BOUND: Duration = Duration::from_secs(8);
/// Longest time to wait for an ingest to take the connection.
const INGEST_BOUND: Duration = Duration::from_secs(3);
/// A sign-in should last for this long.
const SIGN_IN_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// A push address should last for an evening.
const PUSH_LIFE: SignedDuration = SignedDuration::from_hours(4);
/// Clocks further apart than this want attention.
const SKEW_AMBER: SignedDuration = SignedDuration::from_secs(60);
/// Clocks further apart than this make signatures fail.
const SKEW_RED: SignedDuration = SignedDuration::from_mins(5);
/// Time that a platform's list of areas is good for.
const AREAS_KEPT: SignedDuration = SignedDuration::from_mins(10);

/// The lists of areas that were asked for lately, by account.
pub(super) type AreaLists = BTreeMap<AccountId, (Timestamp, Arc<Vec<Area>>)>;

/// A room to check, as it stood when the checks began.
struct Subject {
    room: RoomId,
    account: AccountId,
    info: PlatformInfo,
    connection: Option<Arc<dyn Connection>>,
    /// Why there is no connection.
    no_connection: ProblemCode,
    /// When the sign-in runs out, as last told.
    sign_in_ends: Option<Timestamp>,
    push: Option<PushAddress>,
    area: String,
    details: Details,
}

/// How a check came out, before it is shown.
struct Finding {
    level: CheckLevel,
    expires_at: Option<Timestamp>,
    skew: Option<SignedDuration>,
    failure: Option<Failure>,
}

impl Finding {
    fn of(level: CheckLevel) -> Self {
        Self { level, expires_at: None, skew: None, failure: None }
    }

    fn because(level: CheckLevel, failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::of(level) }
    }
}

/// One press of the checks: the picture as it grows, shown as long as no newer one is under way.
struct Checks<'a> {
    studio: &'a Studio,
    view: Mutex<PreflightView>,
}

impl Studio {
    /// Checks the rooms before they go live. Nothing is changed anywhere. Answers when every check has its
    /// result, eight seconds after the start at the latest; the window is told as they come. Beginning anew
    /// ends the checks under way, whose answer is then as far as they came.
    pub async fn preflight(&self, request: GoLive) -> PreflightView {
        let ended = self.0.begin_preflight();
        let subjects = self.subjects(&request);
        let checks = Checks::begin(self, &subjects);
        tokio::select! {
            () = ended.cancelled() => {}
            () = checks.run(&subjects) => checks.finish(),
        }
        checks.view.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn subjects(&self, request: &GoLive) -> Vec<Subject> {
        let picture = self.0.lock();
        let subject = |id: &RoomId| {
            let room = picture.room(id)?;
            let account = picture.account(&room.view.account)?;
            let (_, info) = self.0.driver(account.account.platform).ok()?;
            let own = room.view.area.as_ref().map(|a| a.id.clone()).unwrap_or_default();
            let details = wanted(request, id, &info.abilities);
            Some(Subject {
                room: id.clone(),
                account: account.account.id.clone(),
                info: info.clone(),
                connection: account.connection.clone(),
                no_connection: match account.view.state {
                    AccountState::Refused => ProblemCode::CredentialsRefused,
                    AccountState::Expired => ProblemCode::SignInExpired,
                    _ => ProblemCode::KeyringLocked,
                },
                sign_in_ends: account.account.profile.expires_at,
                push: room.push.clone(),
                area: if details.area_id.is_empty() { own } else { details.area_id.clone() },
                details,
            })
        };
        let mut named = BTreeSet::new();
        let chosen = request.rooms.iter().filter(|id| named.insert(*id)).take(ROOMS_A_RUN);
        chosen.filter_map(subject).collect()
    }

    /// The areas of an account's platform; a list is asked for again after ten minutes.
    pub(super) async fn areas_of(
        &self,
        account: &AccountId,
        connection: &dyn Connection,
    ) -> Outcome<Arc<Vec<Area>>> {
        let now = self.0.clock.now();
        let good = |at: Timestamp| now.duration_since(at).abs() < AREAS_KEPT;
        if let Some((_, list)) = self.0.areas().get(account).filter(|(at, _)| good(*at)) {
            return Ok(Arc::clone(list));
        }
        let list = match connection.areas() {
            Some(areas) => Arc::new(areas.list().await?),
            None => Arc::default(),
        };
        let mut kept = self.0.areas();
        kept.retain(|_, (at, _)| good(*at));
        if !list.is_empty() {
            kept.insert(account.clone(), (now, Arc::clone(&list)));
        }
        Ok(list)
    }
}

impl Subject {
    /// The checks that make sense for it, in order.
    fn kinds(&self) -> Vec<CheckKind> {
        let abilities = &self.info.abilities;
        let line = self.connection.as_deref();
        let says = !abilities.set_at_start.is_empty() || !abilities.edit.is_empty();
        [
            (CheckKind::SignIn, true),
            (CheckKind::Right, line.is_some_and(|c| c.right().is_some())),
            (CheckKind::Area, abilities.push && abilities.areas),
            (CheckKind::Texts, abilities.push && says),
            (CheckKind::PushAddress, self.push.is_some()),
            (CheckKind::Clock, line.is_some()),
            (CheckKind::Ingest, self.push.as_ref().and_then(PushAddress::tcp_host).is_some()),
            (CheckKind::Calls, line.is_some_and(|c| c.calls_left().is_some())),
        ]
        .into_iter()
        .filter_map(|(kind, makes_sense)| makes_sense.then_some(kind))
        .collect()
    }

    fn platform(&self) -> Platform {
        self.info.platform
    }
}

impl<'a> Checks<'a> {
    fn begin(studio: &'a Studio, subjects: &[Subject]) -> Self {
        let check = |subject: &Subject, kind| Check {
            kind,
            level: CheckLevel::Working,
            expires_at: None,
            skew_ms: None,
            host: subject
                .push
                .as_ref()
                .and_then(PushAddress::tcp_host)
                .filter(|_| kind == CheckKind::Ingest)
                .map(|(host, port)| shown_host(&host, port)),
            problem: None,
        };
        let room = |subject: &Subject| PreflightRoom {
            room: subject.room.clone(),
            checks: subject.kinds().into_iter().map(|kind| check(subject, kind)).collect(),
        };
        let rooms = subjects.iter().map(room).collect();
        let view = studio.0.change(|p| {
            let id = p.preflight.as_ref().map_or(1, |former| former.id + 1);
            let view = PreflightView { id, finished_at: None, rooms };
            p.change_preflight(|slot| *slot = Some(view.clone()));
            view
        });
        Self { studio, view: Mutex::new(view) }
    }

    async fn run(&self, subjects: &[Subject]) {
        let mut accounts: BTreeMap<&AccountId, Vec<&Subject>> = BTreeMap::new();
        for subject in subjects {
            accounts.entry(&subject.account).or_default().push(subject);
        }
        let of_accounts = join_all(accounts.values().map(|rooms| self.check_account(rooms)));
        let of_rooms = join_all(subjects.iter().map(|subject| self.check_room(subject)));
        join(of_accounts, of_rooms).await;
    }

    /// What belongs to the account, for all of its rooms.
    async fn check_account(&self, rooms: &[&Subject]) {
        let Some(first) = rooms.first() else { return };
        let Some(connection) = first.connection.as_deref() else {
            let failure = Failure::new(first.no_connection.clone());
            self.show(rooms, CheckKind::SignIn, Finding::because(CheckLevel::Red, failure));
            for room in rooms {
                self.show(&[room], CheckKind::Area, area_finding(room, None));
            }
            return;
        };
        let sign_in = async {
            let checked = bounded(connection.check()).await;
            let now = self.studio.0.clock.now();
            let ends = checked.as_ref().ok().and_then(|p| p.expires_at).or(first.sign_in_ends);
            self.show(rooms, CheckKind::SignIn, sign_in_finding(checked.map(drop), ends, now));
            // Both are told by answers, so they are looked at once there was one.
            self.show(rooms, CheckKind::Clock, clock_finding(connection.clock_skew()));
            self.show(rooms, CheckKind::Calls, calls_finding(connection.calls_left(), now));
        };
        let right = async {
            if let Some(right) = connection.right() {
                self.show(rooms, CheckKind::Right, right_finding(bounded(right.ask()).await));
            }
        };
        let areas = async {
            if !first.info.abilities.areas {
                return;
            }
            let list = bounded(self.studio.areas_of(&first.account, connection)).await;
            for room in rooms {
                self.show(&[room], CheckKind::Area, area_finding(room, Some(&list)));
            }
        };
        join3(sign_in, right, areas).await;
    }

    async fn check_room(&self, subject: &Subject) {
        let texts = match check_details(&subject.info, &subject.details) {
            Ok(()) => Finding::of(CheckLevel::Green),
            Err(failure) => Finding::because(CheckLevel::Red, failure),
        };
        self.show(&[subject], CheckKind::Texts, texts);
        let Some(push) = &subject.push else { return };
        self.show(&[subject], CheckKind::PushAddress, push_finding(push, self.studio.0.clock.now()));
        if let Some((host, port)) = push.tcp_host() {
            self.show(&[subject], CheckKind::Ingest, ingest_finding(&host, port).await);
        }
    }

    /// Shows how a check came out in those of the rooms that have it.
    fn show(&self, rooms: &[&Subject], kind: CheckKind, finding: Finding) {
        let platform = rooms.first().map(|s| s.platform());
        let problem = finding.failure.map(|mut failure| {
            failure.platform = failure.platform.or(platform);
            self.studio.0.problem(failure)
        });
        self.change(|view| {
            let of_these = view.rooms.iter_mut().filter(|r| rooms.iter().any(|s| s.room == r.room));
            for check in of_these.flat_map(|r| &mut r.checks).filter(|c| c.kind == kind) {
                check.level = finding.level;
                check.expires_at = finding.expires_at.map(Timestamp::as_millisecond);
                check.skew_ms = finding.skew.and_then(|s| i64::try_from(s.as_millis()).ok());
                check.problem.clone_from(&problem);
            }
        });
    }

    fn finish(&self) {
        let now = self.studio.0.now_ms();
        self.change(|view| view.finished_at = Some(now));
    }

    fn change(&self, change: impl FnOnce(&mut PreflightView)) {
        let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut view);
        self.studio.0.change(|p| {
            // A newer press shows its own.
            if p.preflight.as_ref().is_some_and(|shown| shown.id == view.id) {
                p.change_preflight(|slot| *slot = Some(view.clone()));
            }
        });
    }
}

/// Ends a question that takes too long.
pub(super) async fn bounded<T>(question: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    timeout(CHECK_BOUND, question).await.unwrap_or_else(|_| Err(Failure::new(ProblemCode::Timeout)))
}

fn sign_in_finding(checked: Outcome<()>, ends: Option<Timestamp>, now: Timestamp) -> Finding {
    let finding = match (checked, ends) {
        (Err(failure), _) => {
            let refused = matches!(
                failure.code,
                ProblemCode::SignInExpired | ProblemCode::CredentialsRefused | ProblemCode::WrongAccount
            );
            Finding::because(if refused { CheckLevel::Red } else { CheckLevel::Unknown }, failure)
        }
        (Ok(()), Some(ends)) if ends <= now => {
            Finding::because(CheckLevel::Red, Failure::new(ProblemCode::SignInExpired))
        }
        (Ok(()), Some(ends)) if ends.duration_since(now) < SIGN_IN_LIFE => Finding::of(CheckLevel::Amber),
        (Ok(()), _) => Finding::of(CheckLevel::Green),
    };
    Finding { expires_at: ends, ..finding }
}

fn right_finding(asked: Outcome<()>) -> Finding {
    match asked {
        Ok(()) => Finding::of(CheckLevel::Green),
        Err(failure) if refuses_broadcast(&failure) => Finding::because(CheckLevel::Red, failure),
        Err(failure) => Finding::because(CheckLevel::Unknown, failure),
    }
}

/// Does this answer say that the account can't broadcast? Any other failure tells nothing.
pub(super) fn refuses_broadcast(failure: &Failure) -> bool {
    matches!(failure.code, ProblemCode::VerifyInApp { .. } | ProblemCode::NotAllowed)
}

/// `list` is `None` when nobody can be asked for it.
fn area_finding(subject: &Subject, list: Option<&Outcome<Arc<Vec<Area>>>>) -> Finding {
    if subject.area.is_empty() {
        return Finding::because(CheckLevel::Red, Failure::invalid("area_id", InvalidReason::Empty));
    }
    match list {
        Some(Ok(list)) if list.iter().any(|a| a.id == subject.area) => Finding::of(CheckLevel::Green),
        // A platform without a single area has told nothing.
        Some(Ok(list)) if !list.is_empty() => {
            Finding::because(CheckLevel::Red, Failure::new(ProblemCode::AreaGone))
        }
        Some(Err(failure)) => Finding::because(CheckLevel::Unknown, failure.without_cause()),
        _ => Finding::of(CheckLevel::Unknown),
    }
}

fn push_finding(push: &PushAddress, now: Timestamp) -> Finding {
    let ends = push.expires_at();
    let level = match ends {
        Some(ends) if ends <= now => CheckLevel::Red,
        Some(ends) if ends.duration_since(now) < PUSH_LIFE => CheckLevel::Amber,
        _ => CheckLevel::Green,
    };
    Finding { expires_at: ends, ..Finding::of(level) }
}

fn clock_finding(skew: Option<SignedDuration>) -> Finding {
    let level = match skew.map(SignedDuration::abs) {
        None => CheckLevel::Unknown,
        Some(apart) if apart > SKEW_RED => CheckLevel::Red,
        Some(apart) if apart > SKEW_AMBER => CheckLevel::Amber,
        Some(_) => CheckLevel::Green,
    };
    Finding { skew, ..Finding::of(level) }
}

fn calls_finding(calls: Option<CallsLeft>, now: Timestamp) -> Finding {
    match calls {
        None => Finding::of(CheckLevel::Unknown),
        Some(CallsLeft { left: 0, resets_at, .. }) => {
            let wait = u64::try_from(resets_at - now.as_millisecond()).unwrap_or_default();
            let failure = Failure::new(ProblemCode::RateLimited).after(Duration::from_millis(wait));
            Finding::because(CheckLevel::Red, failure)
        }
        Some(CallsLeft { left, of, .. }) if u64::from(left) * 10 < u64::from(of) => {
            Finding::of(CheckLevel::Amber)
        }
        Some(_) => Finding::of(CheckLevel::Green),
    }
}

async fn ingest_finding(host: &str, port: u16) -> Finding {
    let failure = match timeout(INGEST_BOUND, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => return Finding::of(CheckLevel::Green),
        Ok(Err(error)) => Failure::new(ProblemCode::Network).because(error),
        Err(_) => Failure::new(ProblemCode::Timeout),
    };
    Finding::because(CheckLevel::Red, failure)
}

fn shown_host(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
