//! Forgetting.

use std::time::Duration;

use kaibo_live::problem::ProblemCode;
use kaibo_live::room::Details;
use kaibo_live::secret::VaultState;
use kaibo_live::view::GoLive;

use crate::world::Bench;

#[tokio::test(start_paused = true)]
async fn forgetting_takes_the_sign_in_back_and_the_history_only_when_asked_to() {
    for with_history in [false, true] {
        let bench = Bench::new();
        let id = bench.connect("mei").await;
        bench.connect("li").await;
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
        let forgotten = bench.studio.forget_account(&id, with_history).await.unwrap();
        assert_eq!(forgotten.revoke_problem, None);
        assert_eq!(bench.world.lock().tokens.iter().collect::<Vec<_>>(), ["li#2"]);
        assert!(bench.keyring.told(&id).is_empty() && bench.keyring.entries.lock().unwrap().len() == 1);
        assert_eq!((bench.accounts().len(), bench.rooms().len()), (1, 1));
        let left = if with_history { 1 } else { 2 };
        assert_eq!(bench.studio.snapshot("", "").journal.len(), left);
        assert_eq!(bench.store.journal(10).await.unwrap().len(), left);
        let again = bench.again().await;
        assert_eq!((again.accounts().len(), again.rooms().len()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_does_not_take_it_back_holds_nothing_up() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    bench.world.lock().fails.insert("revoke", ProblemCode::Network);
    let forgotten = bench.studio.forget_account(&id, false).await.unwrap();
    assert_eq!(forgotten.revoke_problem.unwrap().code, ProblemCode::Network);
    assert!(bench.accounts().is_empty() && bench.keyring.entries.lock().unwrap().is_empty());

    let id = bench.connect("li").await;
    bench.world.lock().hangs.insert("revoke");
    let begun = tokio::time::Instant::now();
    let forgotten = bench.studio.forget_account(&id, false).await.unwrap();
    assert_eq!(forgotten.revoke_problem.unwrap().code, ProblemCode::Timeout);
    assert!(begun.elapsed() <= Duration::from_secs(5));
    assert!(bench.accounts().is_empty() && bench.keyring.entries.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_account_without_secrets_is_forgotten_and_a_locked_keyring_keeps_it() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    bench.keyring.set(VaultState::Locked);
    assert_eq!(bench.studio.forget_account(&id, false).await.unwrap_err().code, ProblemCode::KeyringLocked);
    assert_eq!(bench.world.lock().count("revoke"), 0, "an account that stays keeps its sign-in");
    bench.keyring.set(VaultState::Unlocked);
    bench.keyring.entries.lock().unwrap().clear();
    let again = bench.again().await;
    assert_eq!(again.studio.forget_account(&id, false).await.unwrap().revoke_problem, None);
    assert!(again.accounts().is_empty() && again.store.accounts().await.unwrap().is_empty());
}
