//! One cell: an operation, a fault, and when it strikes.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use kaibo_live::problem::ProblemCode;
use kaibo_live::secret::VaultState;
use kaibo_live::studio::Studio;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::fault::{Fault, Phase};
use super::line::Turned;
use super::ops::{Act, Op, Target, seen};
use super::wire::Armed;
use super::world::{Disk, Keyring, World};

/// Presses until it has to be done, once nothing goes wrong any more.
const PRESSES: usize = 3;
/// Nothing takes that long.
const NEVER: Duration = Duration::from_secs(1800);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) op: Op,
    pub(crate) fault: Fault,
    pub(crate) phase: Phase,
    pub(crate) seed: u64,
}

/// How a cell ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Done, in spite of it.
    Done,
    /// A problem was told, and pressing again did it.
    Told(ProblemCode),
    /// The program was killed; what was left open was settled, and pressing again did it.
    Recovered,
}

pub(crate) struct Report {
    pub(crate) ended: Ended,
    pub(crate) took: Duration,
    /// What isn't as it must be.
    pub(crate) wrong: Vec<String>,
}

thread_local! {
    /// Panics of this thread since the cell began.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Has panics of tasks noted: a task that panics ends silently.
pub(crate) fn note_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.with_borrow_mut(|panics| panics.push(info.to_string()));
        before(info);
    }));
}

/// Plays a cell, in a runtime whose time is virtual.
pub(crate) fn play(cell: &Cell) -> Report {
    PANICS.with_borrow_mut(Vec::clear);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    // Before the clock jumps, what is on its way between two sockets gets there.
    let park = || std::thread::sleep(Duration::from_micros(150));
    let runtime = builder.enable_all().start_paused(true).on_thread_park(park).build().unwrap();
    let played = std::panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { timeout(NEVER, play_in(cell)).await })
    }));
    runtime.shutdown_background();
    let nothing = |wrong: &str| Report { ended: Ended::Done, took: NEVER, wrong: vec![wrong.into()] };
    let mut report = match played {
        Ok(Ok(report)) => report,
        Ok(Err(_)) => nothing("it never ended"),
        Err(_) => nothing("the cell itself gave up"),
    };
    PANICS.with_borrow_mut(|panics| report.wrong.extend(panics.drain(..).map(|p| format!("panic: {p}"))));
    report
}

/// A cell as it is played.
struct Play<'a> {
    cell: &'a Cell,
    world: World,
    studio: Studio,
    target: Target,
    wrong: Vec<String>,
    /// What a killed program left.
    left: Arc<Mutex<Option<(Keyring, Disk)>>>,
    killed: Arc<Notify>,
}

async fn play_in(cell: &Cell) -> Report {
    let world = World::of(cell.op.platform, cell.fault, cell.seed).await;
    let studio = world.studio();
    let target = cell.op.set_up(&world, &studio).await;
    let (left, killed) = Default::default();
    let mut play = Play { cell, world, studio, target, wrong: Vec::new(), left, killed };
    play.arm();
    let began = Instant::now();
    let told = play.first().await;
    let took = began.elapsed();
    if cell.fault != Fault::Killed && took > cell.op.act.deadline() {
        play.wrong.push(format!("took {took:?}"));
    }
    if cell.phase == Phase::After {
        // What follows by itself.
        sleep(Duration::from_secs(30)).await;
    }
    if !play.world.wire.reached() {
        play.wrong.push("the main call was never made, so nothing was struck".into());
    }
    let ended = match told {
        None => Ended::Recovered,
        Some(Ok(())) => Ended::Done,
        Some(Err(code)) => Ended::Told(code),
    };
    play.truth(&ended);
    play.all_is_well_again().await;
    play.again(&ended).await;
    play.end().await;
    Report { ended, took, wrong: play.wrong }
}

impl Play<'_> {
    fn arm(&self) {
        let Cell { op, fault, phase, seed } = *self.cell;
        let mut chance = fastrand::Rng::with_seed(seed);
        // Once, so that a second try gets through; or until it is over.
        let strikes = chance.bool().then_some(1);
        let moment = self.moment(fault, &mut chance);
        if phase == Phase::Before && fault.is_of_machine() {
            moment();
            return;
        }
        if phase == Phase::Before && fault.is_of_address() {
            self.world.switch.turn(Turned::From(op.act.asked()));
            return;
        }
        let moment = Some(moment);
        self.world.wire.arm(Armed { fault, phase, main: op.main, strikes, chance, moment, passed: false });
    }

    /// What happens around the wire when the moment has come.
    fn moment(&self, fault: Fault, chance: &mut fastrand::Rng) -> Box<dyn FnOnce() + Send> {
        let world = &self.world;
        let forward = chance.bool();
        let off = move |hours: i64| SignedDuration::from_hours(if forward { hours } else { -hours });
        let (control, platform) = (world.control.clone(), world.platform);
        let (clock, keyring, disk) = (Arc::clone(&world.clock), world.keyring.clone(), world.disk.clone());
        let (switch, wire) = (Arc::clone(&world.switch), world.wire.clone());
        let (left, killed) = (Arc::clone(&self.left), Arc::clone(&self.killed));
        match fault {
            Fault::ExpiredToken => Box::new(move || control.expire_tokens(platform)),
            Fault::ClockHour => Box::new(move || clock.put(off(1))),
            Fault::ClockDay => Box::new(move || clock.put(off(24))),
            Fault::KeyringLocked => {
                Box::new(move || keyring.locked.store(true, std::sync::atomic::Ordering::SeqCst))
            }
            Fault::DiskFull => Box::new(move || disk.fill(true)),
            Fault::Killed => Box::new(move || {
                let now = (keyring.copy(), disk.copy("killed.db"));
                *left.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                wire.cut();
                killed.notify_one();
            }),
            fault if fault.is_of_address() => Box::new(move || switch.turn(Turned::Everything)),
            _ => Box::new(|| {}),
        }
    }

    /// The act, with the fault; none when the program was killed meanwhile.
    async fn first(&mut self) -> Option<Result<(), ProblemCode>> {
        let told = {
            let performing = self.cell.op.perform(&self.world, &self.studio, &self.target);
            tokio::pin!(performing);
            tokio::select! {
                biased;
                () = self.killed.notified() => None,
                told = &mut performing => Some(told),
            }
        };
        if self.cell.fault != Fault::Killed {
            return told;
        }
        if told.is_some() {
            // After the call there may be nothing left to do.
            let _ = timeout(Duration::from_secs(60), self.killed.notified()).await;
        }
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).take();
        let left = left.unwrap_or_else(|| {
            self.wrong.push("it was never killed".into());
            (self.world.keyring.copy(), self.world.disk.copy("late.db"))
        });
        self.world.begin_anew(left).await;
        self.studio = self.world.studio();
        self.studio.open().await;
        self.target.line_anew(&self.world);
        None
    }

    /// Is what was told true?
    fn truth(&mut self, ended: &Ended) {
        let Some(done) = self.cell.op.is_done(&self.world, &self.target) else { return };
        match ended {
            Ended::Done if !done => self.wrong.push("told as done, and it isn't".into()),
            Ended::Told(code) if self.cell.op.act.journalled().is_none() && done && !is_unknown(code) => {
                self.wrong.push(format!("told as {code:?}, but done"));
            }
            _ => {}
        }
        let Some(action) = self.cell.op.act.journalled() else { return };
        let journal = self.world.disk.journal();
        let own = journal.get(self.target.entries..).unwrap_or_default();
        let entry = own.iter().rfind(|(a, _)| a == action).and_then(|(_, outcome)| outcome.clone());
        let full = self.cell.fault == Fault::DiskFull;
        match entry.as_deref() {
            Some("done") if !done => self.wrong.push("journalled as done, and it isn't".into()),
            // Where one act is several calls, *failed* means: not all of it.
            Some("failed") if done => self.wrong.push("journalled as failed, but done".into()),
            None if *ended == Ended::Done && !full => self.wrong.push("it isn't in the journal".into()),
            _ => {}
        }
    }

    /// The fault is over, and the streamer has done what the window asked for.
    async fn all_is_well_again(&mut self) {
        let world = &self.world;
        world.wire.disarm();
        world.switch.turn(Turned::Nothing);
        world.clock.put(SignedDuration::ZERO);
        world.keyring.locked.store(false, std::sync::atomic::Ordering::SeqCst);
        world.disk.fill(false);
        if self.studio.probe_vault().await != VaultState::Unlocked {
            self.wrong.push("the keyring stays locked".into());
        }
        if self.cell.fault == Fault::ExpiredToken {
            self.cell.op.sign_in_again(&self.world, &self.studio, &mut self.target).await;
        }
    }

    /// Presses again until it is done.
    async fn again(&mut self, ended: &Ended) {
        let op = self.cell.op;
        let is_done = op.is_done(&self.world, &self.target);
        let settled = matches!(op.act, Act::Edit | Act::End | Act::Delete | Act::Say | Act::Mute)
            && is_done == Some(true);
        if *ended == Ended::Done || settled {
            return;
        }
        let mut last = Ok(());
        for _ in 0..PRESSES {
            last = op.perform(&self.world, &self.studio, &self.target).await;
            match &last {
                Ok(()) => break,
                // Kaibo can't tell whether there is one, and asks: the streamer looks.
                Err(ProblemCode::OutcomeUnknown) if op.act == Act::Create => self.streamer_looks().await,
                Err(_) => sleep(Duration::from_secs(2)).await,
            }
        }
        if let Err(code) = last {
            self.wrong.push(format!("pressed again: {code:?}"));
        } else if op.is_done(&self.world, &self.target) == Some(false) {
            self.wrong.push("pressed again: told as done, and it isn't".into());
        }
    }

    /// In the platform's own app, and says what there is.
    async fn streamer_looks(&mut self) {
        let Some(room) = self.target.room.clone() else { return };
        if seen(&self.studio).first().is_none_or(|room| room.lost_since.is_none()) {
            self.wrong.push("nobody is asked whether there is a live already".into());
        }
        let rooms = self.world.control.rooms(self.cell.op.platform);
        let made = rooms.get(self.target.rooms).map(|room| kaibo_live::room::RemoteId(room.id.clone()));
        let found = made.is_some();
        let mut settled = self.studio.settle_lost(&room, made).await;
        if found && settled.is_ok() && seen(&self.studio).iter().all(|room| room.push.is_none()) {
            // Where to push to it was told once, and that got lost: it is of no use.
            settled = self.studio.delete_room(&room).await;
        }
        if let Err(failure) = settled {
            self.wrong.push(format!("the streamer's answer isn't taken: {failure:?}"));
        }
    }

    /// What must hold whatever happened.
    async fn end(&mut self) {
        sleep(Duration::from_secs(5)).await;
        let op = self.cell.op;
        let rooms = self.world.control.rooms(op.platform).len();
        let most = self.target.rooms + usize::from(op.act == Act::Create);
        if rooms > most {
            self.wrong.push(format!("{rooms} rooms, {most} were meant"));
        }
        let open = self.world.disk.journal().iter().filter(|(_, outcome)| outcome.is_none()).count();
        if open > 0 {
            self.wrong.push(format!("{open} intents stay open"));
        }
        if self.world.misled.load(std::sync::atomic::Ordering::SeqCst) > 0 {
            self.wrong.push("it went where it must not go".into());
        }
        self.settings().await;
    }

    /// Nothing that was kept is lost, in the database, the keyring and the picture.
    async fn settings(&mut self) {
        let store = self.world.disk.open();
        let (accounts, rooms) = (store.accounts().await.unwrap(), store.rooms().await.unwrap());
        let [account] = accounts.as_slice() else {
            self.wrong.push(format!("{} accounts are kept", accounts.len()));
            return;
        };
        if self.target.account.as_ref().is_some_and(|id| *id != account.id) {
            self.wrong.push("another account is kept".into());
        }
        let kept = self.world.keyring.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, secrets) = self.world.form(false);
        let secret = |name: &str| kept.get(&account.id).is_some_and(|entry| entry.get(name).is_some());
        // A newcomer has no refresh token.
        if let Some(name) = secrets.keys().find(|name| *name != "refresh_token" && !secret(name)) {
            self.wrong.push(format!("{name} is no longer in the keyring"));
        }
        let shown: Vec<_> = seen(&self.studio).into_iter().map(|room| (room.id, room.remote)).collect();
        let stored: Vec<_> = rooms.into_iter().map(|room| (room.id, room.remote)).collect();
        if shown != stored {
            self.wrong.push(format!("shown: {shown:?}, kept: {stored:?}"));
        }
        if self.target.room.as_ref().is_some_and(|id| shown.iter().all(|(known, _)| known != id)) {
            self.wrong.push("the room is gone".into());
        }
        if self.studio.preferences() != kaibo_live::view::Preferences::default() {
            self.wrong.push("the preferences are others".into());
        }
    }
}

fn is_unknown(code: &ProblemCode) -> bool {
    matches!(code, ProblemCode::OutcomeUnknown | ProblemCode::Timeout | ProblemCode::Unreadable { .. })
}
