//! What is shown of an account.

use std::time::Duration;

use kaibo_live::budget::CallsLeft;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{Details, Status};
use kaibo_live::secret::VaultState;
use kaibo_live::view::{AccountState, GoLive, RunState, Update};

use crate::world::Bench;

const HOUR: Duration = Duration::from_secs(3600);

async fn on_air(bench: &Bench) {
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
        .await;
    bench.world.lock().rooms.insert("live-1".into(), Status::Live);
    bench.until("on air", |b| b.rooms()[0].status == Status::Live).await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_sign_in_is_shown_and_its_passing_too() {
    let bench = Bench::new();
    bench.studio.open().await;
    let ends = bench.clock.now() + HOUR;
    bench.world.lock().ends = Some(ends);
    let id = bench.connect("mei").await;
    assert_eq!(bench.account().expires_at, Some(ends.as_millisecond()));
    bench.world.lock().only_sign_in_tells_end = true;
    bench.studio.check_account(&id).await.unwrap();
    assert_eq!(bench.account().expires_at, Some(ends.as_millisecond()), "a check that tells none leaves it");
    assert_eq!(bench.store.accounts().await.unwrap()[0].profile.expires_at, Some(ends));

    tokio::time::sleep(HOUR / 2).await;
    assert_eq!(bench.account().state, AccountState::SignedIn);
    bench.world.lock().tokens.clear();
    tokio::time::sleep(HOUR / 2 + Duration::from_secs(60)).await;
    let account = bench.account();
    assert_eq!(account.state, AccountState::Expired);
    assert_eq!(account.problem.unwrap().code, ProblemCode::SignInExpired, "the platform was asked");
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_still_takes_the_sign_in_is_right_about_its_end() {
    let bench = Bench::new();
    bench.studio.open().await;
    bench.world.lock().ends = Some(bench.clock.now() + HOUR);
    bench.connect("mei").await;
    bench.world.lock().only_sign_in_tells_end = true;
    let checks = bench.world.lock().count("check");
    tokio::time::sleep(2 * HOUR).await;
    let account = bench.account();
    assert_eq!((account.state, account.expires_at), (AccountState::SignedIn, None));
    assert_eq!(bench.world.lock().count("check") - checks, 1, "asked once");
}

#[tokio::test(start_paused = true)]
async fn a_check_tells_expired_from_refused_and_unanswered() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    for (code, state) in [
        (ProblemCode::Network, AccountState::SignedIn),
        (ProblemCode::SignInExpired, AccountState::Expired),
        (ProblemCode::CredentialsRefused, AccountState::Refused),
        (ProblemCode::Timeout, AccountState::Refused),
    ] {
        bench.world.lock().fails.insert("check", code.clone());
        assert_eq!(bench.studio.check_account(&id).await.unwrap_err().code, code);
        assert_eq!((bench.account().state, bench.account().problem.unwrap().code), (state, code));
    }
    bench.world.lock().fails.clear();
    bench.studio.check_account(&id).await.unwrap();
    assert_eq!((bench.account().state, bench.account().problem), (AccountState::SignedIn, None));
}

#[tokio::test(start_paused = true)]
async fn a_reading_lifts_only_what_a_reading_told() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    on_air(&bench).await;
    bench.world.lock().fails.insert("read", ProblemCode::SignInExpired);
    bench.until("told by a reading", |b| b.account().state == AccountState::Expired).await;
    bench.world.lock().fails.clear();
    bench.until("lifted by a reading", |b| b.account().state == AccountState::SignedIn).await;
    bench.world.lock().public = true;
    bench.world.lock().tokens.clear();
    bench.studio.check_account(&id).await.unwrap_err();
    let reads = bench.world.lock().count("read");
    bench.until("read again", |b| b.world.lock().count("read") > reads + 3).await;
    assert_eq!(bench.account().state, AccountState::Expired, "anybody may read this room");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_on_air_is_asked_after_where_anybody_may_read_the_room() {
    for (public, told) in [(true, AccountState::Expired), (false, AccountState::SignedIn)] {
        let bench = Bench::new();
        bench.studio.open().await;
        bench.connect("mei").await;
        bench.world.lock().public = public;
        on_air(&bench).await;
        let checks = bench.world.lock().count("check");
        tokio::time::sleep(HOUR).await;
        let asked = bench.world.lock().count("check") - checks;
        if public {
            assert!((15..=20).contains(&asked), "every three minutes: {asked}");
            bench.world.lock().tokens.clear();
            tokio::time::sleep(Duration::from_secs(240)).await;
        } else {
            assert_eq!(asked, 0, "readings tell of it, and calls may be few");
        }
        assert_eq!((bench.account().state, bench.rooms()[0].status), (told, Status::Live));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_start_tells_that_the_sign_in_is_over() {
    let bench = Bench::new();
    bench.connect("mei").await;
    bench.world.lock().tokens.clear();
    let rooms = bench.rooms().into_iter().map(|r| r.id).collect();
    let details = Details { title: "今晚".into(), ..Details::default() };
    let run = bench
        .studio
        .go_live(GoLive {
            rooms,
            details,
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    assert!(
        matches!(&run.rooms[0].state, RunState::Failed { problem } if problem.code == ProblemCode::SignInExpired),
        "{run:?}"
    );
    let account = bench.account();
    assert_eq!(
        (account.state, account.problem.unwrap().code),
        (AccountState::Expired, ProblemCode::SignInExpired)
    );
}

#[tokio::test(start_paused = true)]
async fn calls_left_are_shown_when_they_change() {
    let bench = Bench::new();
    bench.connect("mei").await;
    on_air(&bench).await;
    assert_eq!(bench.account().calls_left, None);
    let left = CallsLeft { left: 41, of: 100, resets_at: 5 };
    bench.world.lock().calls_left = Some(left);
    bench.until("shown", |b| b.account().calls_left == Some(left)).await;
    bench.studio.next_updates().await;
    let reads = bench.world.lock().count("read");
    while bench.world.lock().count("read") < reads + 3 {
        let updates = bench.studio.next_updates().await;
        assert!(
            !updates.iter().any(|u| matches!(u, Update::Account { .. })),
            "nothing of the account changed"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_picture_is_fetched_once_and_missing_one_is_no_problem() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    assert!(bench.account().has_picture);
    bench.world.lock().fails.insert("picture", ProblemCode::Network);
    assert_eq!(bench.studio.account_picture(&id).await.unwrap(), None);
    bench.world.lock().fails.clear();
    for _ in 0..3 {
        assert_eq!(bench.studio.account_picture(&id).await.unwrap().unwrap().mime, "image/png");
    }
    assert_eq!(bench.world.lock().count("picture"), 2, "the failure and one success");
    let told = tokio::time::timeout(Duration::from_secs(5), bench.studio.next_updates()).await;
    assert!(!told.is_ok_and(|all| all.iter().any(|u| matches!(u, Update::Problem { .. }))));
}

#[tokio::test(start_paused = true)]
async fn a_keyring_that_comes_back_connects_without_a_restart() {
    for closed in [VaultState::Locked, VaultState::Absent] {
        let bench = Bench::new();
        bench.connect("mei").await;
        bench.keyring.set(closed.clone());
        let again = bench.again().await;
        tokio::time::sleep(HOUR).await;
        assert_eq!(again.account().state, AccountState::NoSecrets);
        assert_eq!(again.studio.snapshot("", "").vault, closed);
        bench.keyring.set(VaultState::Unlocked);
        tokio::time::sleep(Duration::from_secs(31)).await;
        assert_eq!(again.studio.snapshot("", "").vault, VaultState::Unlocked);
        assert_ne!(again.account().state, AccountState::NoSecrets);
        again.studio.check_account(&again.account().id).await.unwrap();
    }
}
