//! Renewing: in the order that keeps a way in, whatever is cut off.

use std::time::Duration;

use kaibo_live::account::AccountId;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::Details;
use kaibo_live::view::{AccountState, GoLive, RunState, RunView};

use crate::world::{Bench, Trouble};

/// The step that the program stops before.
#[derive(Debug, Clone, Copy)]
enum Cut {
    Renew,
    Keep,
    Confirm,
    Clean,
}

async fn due(bench: &Bench) -> AccountId {
    let id = bench.connect("mei").await;
    bench.world.lock().due = true;
    bench.day_is_over().await;
    id
}

fn tokens(bench: &Bench) -> Vec<String> {
    bench.world.lock().tokens.iter().cloned().collect()
}

fn counts<const N: usize>(bench: &Bench, calls: [&str; N]) -> [usize; N] {
    calls.map(|call| bench.world.lock().count(call))
}

async fn go_live(bench: &Bench) -> RunView {
    let rooms = bench.rooms().into_iter().map(|r| r.id).collect();
    let details = Details { title: "今晚".into(), ..Details::default() };
    bench
        .studio
        .go_live(GoLive {
            rooms,
            details,
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_is_renewed_once_a_day() {
    let bench = Bench::new();
    let id = due(&bench).await;
    let again = bench.again().await;
    again.until("renewed", |b| tokens(b) == ["mei#2"]).await;
    again.until("cleaned", |b| b.keyring.told(&id).len() == 1).await;
    assert_eq!(again.keyring.told(&id)["token"], "mei#2");
    assert_eq!(
        again.world.lock().calls.iter().filter(|c| *c != "check").collect::<Vec<_>>(),
        ["is_due", "renew", "confirm"]
    );
    again.studio.check_account(&id).await.unwrap();
    tokio::time::sleep(Duration::from_secs(23 * 3600)).await;
    assert_eq!(again.world.lock().count("is_due"), 1, "not before the day is over");
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
    assert_eq!(again.world.lock().count("is_due"), 2);
    assert_eq!(again.world.lock().count("renew"), 1, "the platform doesn't want it yet");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_stops_anywhere_finds_a_way_in() {
    for cut in [Cut::Renew, Cut::Keep, Cut::Confirm, Cut::Clean] {
        let bench = Bench::new();
        let id = due(&bench).await;
        match cut {
            Cut::Renew => drop(bench.world.lock().hangs.insert("renew")),
            Cut::Keep => bench.keyring.trouble(Some(Trouble::Hangs)),
            Cut::Confirm => drop(bench.world.lock().hangs.insert("confirm")),
            Cut::Clean => drop(bench.world.lock().hangs.insert("confirm!")),
        }
        let cut_off = bench.again().await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        let reached = match cut {
            Cut::Renew | Cut::Keep => "renew",
            Cut::Confirm | Cut::Clean => "confirm",
        };
        assert_eq!(bench.world.lock().count(reached), 1, "{cut:?}");
        drop(cut_off);
        bench.world.lock().hangs.clear();
        bench.keyring.trouble(None);

        let again = bench.again().await;
        again.studio.check_account(&id).await.unwrap_or_else(|f| panic!("{cut:?} locked out: {f}"));
        let settled = |b: &Bench| {
            let kept = b.keyring.told(&id);
            kept.len() == 1 && b.world.lock().tokens.contains(&kept["token"])
        };
        match cut {
            Cut::Renew => {
                again.until("renewed", |b| tokens(b) == ["mei#2"] && settled(b)).await;
            }
            Cut::Keep => {
                // The platform believes it renewed: what it gave is lost, and the old sign-in works on.
                again.until("settled", settled).await;
                assert_eq!(again.keyring.told(&id)["token"], "mei#1");
            }
            Cut::Confirm | Cut::Clean => {
                again.until("confirmed", |b| tokens(b) == ["mei#2"] && settled(b)).await;
                assert_eq!(again.world.lock().count("renew"), 1, "{cut:?}");
                assert_eq!(again.world.lock().count("confirm"), 2, "{cut:?}");
            }
        }
        again.studio.check_account(&id).await.unwrap();
        assert_eq!(again.account().state, AccountState::SignedIn, "{cut:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_never_confirmed() {
    let bench = Bench::new();
    let id = due(&bench).await;
    bench.keyring.trouble(Some(Trouble::Fails));
    let again = bench.again().await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(counts(&again, ["renew", "confirm"]), [1, 0]);
    again.studio.check_account(&id).await.unwrap();
    bench.keyring.trouble(None);
    again.until("kept after all", |b| tokens(b) == ["mei#2"] && b.keyring.told(&id).len() == 1).await;
    assert_eq!(again.keyring.told(&id)["token"], "mei#2");
    assert_eq!(again.world.lock().count("renew"), 1, "what was brought is tried again, not renewed again");
    again.studio.check_account(&id).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_keyring_too_small_for_both_takes_the_new_alone() {
    let bench = Bench::new();
    let id = due(&bench).await;
    bench.keyring.trouble(Some(Trouble::Full(1)));
    let again = bench.again().await;
    again.until("renewed", |b| tokens(b) == ["mei#2"]).await;
    assert_eq!(again.keyring.told(&id)["token"], "mei#2");
}

#[tokio::test(start_paused = true)]
async fn going_live_renews_first_and_the_day_clock_not_again() {
    let bench = Bench::new();
    due(&bench).await;
    let again = bench.again().await; // the day clock is at it already
    let run = go_live(&again).await;
    assert_eq!(run.rooms[0].state, RunState::Done, "{run:?}");
    assert_eq!(counts(&again, ["renew", "is_due"]), [1, 1]);
    let calls = again.world.lock().calls.clone();
    let at = |what: &str| calls.iter().position(|c| c == what).unwrap();
    assert!(at("confirm") < at("create"), "with the new sign-in: {calls:?}");
    assert_eq!(tokens(&again), ["mei#2"]);
}

#[tokio::test(start_paused = true)]
async fn going_live_asks_even_within_the_day() {
    let bench = Bench::new();
    bench.connect("mei").await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    bench.world.lock().due = true;
    assert_eq!(go_live(&bench).await.rooms[0].state, RunState::Done);
    assert_eq!(tokens(&bench), ["mei#2"]);
}

#[tokio::test(start_paused = true)]
async fn going_live_goes_on_when_it_cannot_be_asked() {
    for hangs in [false, true] {
        let bench = Bench::new();
        bench.connect("mei").await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        if hangs {
            bench.world.lock().hangs.insert("is_due");
        } else {
            bench.world.lock().fails.insert("is_due", ProblemCode::Network);
        }
        let begun = tokio::time::Instant::now();
        assert_eq!(go_live(&bench).await.rooms[0].state, RunState::Done);
        assert!(begun.elapsed() < Duration::from_secs(6));
        assert_eq!(bench.world.lock().count("is_due"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_that_fails_is_made_the_next_day() {
    let bench = Bench::new();
    let id = due(&bench).await;
    bench.world.lock().fails.insert("confirm", ProblemCode::PlatformDown);
    let again = bench.again().await;
    again.until("tried", |b| b.world.lock().count("confirm") == 1).await;
    again.studio.check_account(&id).await.unwrap();
    assert_eq!(again.keyring.told(&id)["renewal.old.token"], "mei#1");
    bench.world.lock().fails.clear();
    tokio::time::sleep(Duration::from_secs(25 * 3600)).await;
    assert_eq!(tokens(&again), ["mei#2"]);
    assert_eq!(again.keyring.told(&id).len(), 1);
}
