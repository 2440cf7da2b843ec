//! From the code or the page to an account, and back in after the sign-in ran out.

use std::time::Duration;

use kaibo_live::account::SignInWay;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::room::{Details, Status};
use kaibo_live::secret::{ExposeSecret, VaultState};
use kaibo_live::view::{AccountState, GoLive, PushPart, QrCode, RunState, SignInState};

use crate::world::{Bench, Next, request};

fn code(bench: &Bench) -> Option<QrCode> {
    match bench.state() {
        Some(SignInState::Qr { code, .. }) => Some(code),
        _ => None,
    }
}

fn is_done(bench: &Bench) -> bool {
    matches!(bench.state(), Some(SignInState::Done { .. }))
}

fn failed_with(bench: &Bench) -> Option<ProblemCode> {
    match bench.state() {
        Some(SignInState::Failed { problem }) => Some(problem.code),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_is_shown_scanned_run_out_renewed_and_confirmed() {
    let bench = Bench::new();
    bench.begin(SignInWay::Qr, None).await;
    bench.until("a code", |b| code(b).is_some()).await;
    let first = code(&bench).unwrap();
    assert_eq!(first, QrCode::draw("https://passport.example/1").unwrap());
    bench.world.lock().next.push_back(Next::Scanned);
    bench.until("scanned", |b| matches!(b.state(), Some(SignInState::Qr { scanned: true, .. }))).await;
    bench.world.lock().next.push_back(Next::Expired);
    bench.until("run out", |b| b.state() == Some(SignInState::Expired)).await;
    let polls = bench.world.lock().count("poll");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.world.lock().count("poll"), polls, "a code that ran out is not asked about");
    bench.studio.renew_sign_in();
    bench.until("another code", |b| code(b).is_some_and(|c| c != first)).await;
    assert!(matches!(bench.state(), Some(SignInState::Qr { scanned: false, .. })));
    assert!(bench.keyring.entries.lock().unwrap().is_empty(), "nothing is kept before it is confirmed");
    bench.world.lock().next.push_back(Next::Done("mei"));
    bench.until("signed in", is_done).await;
    let account = bench.account();
    assert_eq!(bench.state(), Some(SignInState::Done { account: account.id.clone() }));
    assert_eq!((account.way, account.state), (SignInWay::Qr, AccountState::SignedIn));
    assert_eq!((account.name.as_str(), account.person.as_deref()), ("MEI", Some("MEI")));
    assert_eq!(bench.rooms().len(), 1);
    assert_eq!(bench.keyring.told(&account.id)["token"], "mei#1");
    assert_eq!(bench.store.accounts().await.unwrap()[0].way, SignInWay::Qr);
    bench.studio.cancel_sign_in();
    assert_eq!((bench.state(), bench.accounts().len()), (None, 1), "closing the dialog takes nothing back");
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_fails_is_tried_again_until_the_code_ends() {
    let bench = Bench::new();
    let fails = |code| Next::Fails(Failure::new(code));
    bench.world.lock().next.extend([
        fails(ProblemCode::Network),
        fails(ProblemCode::PlatformDown),
        Next::Fails(Failure::new(ProblemCode::RateLimited).after(Duration::from_secs(40))),
    ]);
    bench.begin(SignInWay::Qr, None).await;
    bench.until("told to wait", |b| b.world.lock().count("poll") == 3).await;
    tokio::time::sleep(Duration::from_secs(39)).await;
    assert_eq!(bench.world.lock().count("poll"), 3, "the platform's wait is kept");
    bench.world.lock().fails.insert("poll", ProblemCode::Timeout);
    bench.until("run out", |b| b.state() == Some(SignInState::Expired)).await;
    let polls = bench.world.lock().count("poll");
    assert!((6..60).contains(&polls), "not given up, not hammered: {polls}");
    bench.world.lock().fails.clear();
    bench.world.lock().next.push_back(fails(ProblemCode::NotAllowed));
    bench.studio.renew_sign_in();
    bench.until("refused", |b| failed_with(b) == Some(ProblemCode::NotAllowed)).await;
    bench.world.lock().next.push_back(Next::Done("mei"));
    bench.studio.renew_sign_in();
    bench.until("signed in after all", is_done).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_is_opened_and_a_wrong_answer_ends_nothing() {
    let bench = Bench::new();
    bench.begin(SignInWay::Browser, None).await;
    bench.until("a page", |b| b.studio.sign_in_page().is_some()).await;
    assert_eq!(bench.studio.sign_in_page().unwrap(), "https://passport.example/1");
    assert_eq!(
        bench.studio.answer_sign_in("  ").unwrap_err().code,
        Failure::invalid("answer", kaibo_live::problem::InvalidReason::Empty).code
    );
    bench.studio.answer_sign_in("nonsense").unwrap();
    let shown = |b: &Bench| b.studio.snapshot("", "").sign_in.unwrap().answer_problem;
    bench.until("told what is wrong", |b| shown(b).is_some()).await;
    assert!(matches!(shown(&bench).unwrap().code, ProblemCode::Invalid { field, .. } if field == "answer"));
    assert!(bench.studio.sign_in_page().is_some(), "it goes on");
    bench.studio.answer_sign_in("code-of-mei").unwrap();
    bench.until("signed in", is_done).await;
    assert_eq!(bench.studio.sign_in_page(), None);
    let kept = bench.keyring.told(&bench.account().id);
    assert_eq!((kept["app_secret"].as_str(), kept["token"].as_str()), ("secret-of-mine", "mei#1"));
    let account = bench.store.accounts().await.unwrap().remove(0);
    assert_eq!((account.settings.get("app_key"), account.way), (Some("key-of-mine"), SignInWay::Browser));
    assert_eq!(bench.studio.answer_sign_in("code-of-mei").unwrap_err().code, ProblemCode::WrongState);
}

#[tokio::test(start_paused = true)]
async fn a_field_of_the_way_that_is_missing_is_told_at_once() {
    let bench = Bench::new();
    let mut wrong = request(SignInWay::Browser, None);
    wrong.fields.remove("app_secret");
    let refused = bench.studio.begin_sign_in(wrong).await.unwrap_err();
    assert!(matches!(refused.code, ProblemCode::Invalid { field, .. } if field == "app_secret"));
    let by_form = bench.studio.begin_sign_in(request(SignInWay::Form, None)).await.unwrap_err();
    assert_eq!(by_form.code, ProblemCode::NotAllowed);
    assert_eq!((bench.state(), bench.world.lock().calls.len()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn another_person_changes_nothing() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    let before = (bench.keyring.told(&id), bench.store.accounts().await.unwrap());
    bench.world.lock().next.push_back(Next::Done("li"));
    bench.begin(SignInWay::Qr, Some(&id)).await;
    bench.until("refused", |b| failed_with(b) == Some(ProblemCode::WrongAccount)).await;
    assert_eq!((bench.keyring.told(&id), bench.store.accounts().await.unwrap()), before);
    let fields = [("token".to_owned(), bench.world.lock().issue("li"))].into();
    let refused = bench.studio.replace_credentials(&id, fields).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::WrongAccount, "by form as well");
    assert_eq!(bench.keyring.told(&id), before.0);
    bench.world.lock().next.push_back(Next::Done("mei"));
    bench.studio.renew_sign_in();
    bench.until("the right one", is_done).await;
    assert_eq!(bench.keyring.told(&id)["token"], "mei#4", "2 and 3 were Li's");
}

#[tokio::test(start_paused = true)]
async fn a_person_who_is_connected_is_signed_in_again_and_not_twice() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    bench.connect("li").await;
    bench.world.lock().next.push_back(Next::Done("mei"));
    bench.begin(SignInWay::Qr, None).await;
    bench.until("signed in", is_done).await;
    assert_eq!(bench.state(), Some(SignInState::Done { account: id.clone() }));
    assert_eq!((bench.accounts().len(), bench.rooms().len()), (2, 2));
    assert_eq!(bench.keyring.entries.lock().unwrap().len(), 2);
    assert_eq!(bench.keyring.told(&id)["token"], "mei#3");
    assert_eq!(bench.account().way, SignInWay::Qr);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_is_ended_keeps_nothing() {
    let bench = Bench::new();
    bench.begin(SignInWay::Qr, None).await;
    bench.until("a code", |b| code(b).is_some()).await;
    bench.studio.cancel_sign_in();
    assert_eq!(bench.state(), None);
    bench.world.lock().next.push_back(Next::Done("mei"));
    let polls = bench.world.lock().count("poll");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.world.lock().count("poll"), polls, "nobody asks any more");
    assert_eq!(bench.studio.answer_sign_in("code-of-mei").unwrap_err().code, ProblemCode::WrongState);

    // Ended while the credentials are tried.
    bench.world.lock().hangs.insert("check");
    bench.begin(SignInWay::Qr, None).await;
    bench.until("tried", |b| b.state() == Some(SignInState::Finishing)).await;
    bench.studio.cancel_sign_in();
    bench.world.lock().hangs.clear();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((bench.state(), bench.accounts().len()), (None, 0));
    assert!(bench.keyring.entries.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_next_sign_in_ends_the_former() {
    let bench = Bench::new();
    bench.begin(SignInWay::Qr, None).await;
    bench.until("a code", |b| code(b).is_some()).await;
    let polls = bench.world.lock().count("poll");
    bench.begin(SignInWay::Browser, None).await;
    bench.until("a page", |b| b.studio.sign_in_page().is_some()).await;
    let shown = bench.studio.snapshot("", "").sign_in.unwrap();
    assert_eq!((shown.id, shown.way), (2, SignInWay::Browser));
    tokio::time::sleep(Duration::from_secs(10)).await;
    let since = bench.world.lock().count("poll") - polls;
    assert!(since <= 11, "one asks, not two: {since}");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_nobody_touches_is_given_up() {
    for expired in [false, true] {
        let bench = Bench::new();
        let way = if expired { SignInWay::Qr } else { SignInWay::Browser };
        bench.begin(way, None).await;
        tokio::time::sleep(Duration::from_secs(14 * 60)).await;
        assert!(bench.state().is_some());
        tokio::time::sleep(Duration::from_secs(5 * 60)).await;
        assert_eq!(bench.state(), None);
        bench.studio.renew_sign_in();
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!((bench.state(), bench.world.lock().count("begin")), (None, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_locked_keyring_is_told_before_anything_is_scanned() {
    let bench = Bench::new();
    bench.keyring.set(VaultState::Locked);
    let refused = bench.studio.begin_sign_in(request(SignInWay::Qr, None)).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::KeyringLocked);
    assert_eq!((bench.state(), bench.world.lock().calls.len()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn credentials_that_the_check_refuses_are_not_kept() {
    let bench = Bench::new();
    bench.world.lock().fails.insert("check", ProblemCode::CredentialsRefused);
    bench.world.lock().next.push_back(Next::Done("mei"));
    bench.begin(SignInWay::Qr, None).await;
    bench.until("refused", |b| failed_with(b) == Some(ProblemCode::CredentialsRefused)).await;
    assert!(bench.keyring.entries.lock().unwrap().is_empty());
    assert!(bench.store.accounts().await.unwrap().is_empty() && bench.rooms().is_empty());
}

#[tokio::test(start_paused = true)]
async fn signing_in_again_on_air_keeps_room_broadcast_and_key() {
    let bench = Bench::new();
    bench.begin(SignInWay::Browser, None).await;
    bench.until("a page", |b| b.studio.sign_in_page().is_some()).await;
    bench.studio.answer_sign_in("code-of-mei").unwrap();
    bench.until("signed in", is_done).await;
    let (id, room) = (bench.account().id, bench.rooms().remove(0).id);
    let details = Details { title: "今晚".into(), ..Details::default() };
    bench
        .studio
        .go_live(GoLive {
            rooms: vec![room.clone()],
            details,
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    bench.world.lock().rooms.insert("live-1".into(), Status::Live);
    bench.until("on air", |b| b.rooms()[0].status == Status::Live).await;
    bench.world.lock().tokens.clear();
    bench.until("shown as run out", |b| b.account().state == AccountState::Expired).await;

    bench.begin(SignInWay::Browser, Some(&id)).await; // no field is typed: they are kept
    bench.until("a page", |b| b.studio.sign_in_page().is_some()).await;
    bench.studio.answer_sign_in("code-of-mei").unwrap();
    bench.until("signed in again", is_done).await;
    let now = bench.rooms().remove(0);
    assert_eq!((now.id.clone(), now.status), (room.clone(), Status::Live));
    assert_eq!(bench.account().state, AccountState::SignedIn);
    let key = bench.studio.push_part(&room, PushPart::Key).unwrap();
    assert_eq!(key.expose_secret(), "live-1?k=key-of-live-1");
    assert_eq!(bench.world.lock().count("create"), 1);
    let kept = bench.keyring.told(&id);
    assert_eq!((kept["app_secret"].as_str(), kept["token"].as_str()), ("secret-of-mine", "mei#2"));
    assert!(kept.keys().any(|name| name.starts_with("push.")), "the key outlives the program");
    bench.until("read by the new sign-in", |b| b.rooms()[0].problem.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn two_accounts_of_one_platform_are_live_at_once() {
    let bench = Bench::new();
    let (mei, li) = (bench.connect("mei").await, bench.connect("li").await);
    let rooms: Vec<_> = bench.rooms().into_iter().map(|r| r.id).collect();
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
    assert!(run.rooms.iter().all(|r| r.state == RunState::Done), "{run:?}");
    bench.world.lock().rooms.values_mut().for_each(|status| *status = Status::Live);
    bench.until("both on air", |b| b.rooms().iter().all(|r| r.status == Status::Live)).await;
    let remotes: Vec<_> = bench.rooms().into_iter().map(|r| r.remote.unwrap().0).collect();
    assert_eq!(remotes.len(), 2);
    assert_ne!(remotes[0], remotes[1]);
    bench.world.lock().tokens.remove("mei#1");
    bench.until("one ran out", |b| b.account().state == AccountState::Expired).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    let states: Vec<_> = bench.accounts().into_iter().map(|a| (a.id, a.state)).collect();
    assert_eq!(states, [(mei, AccountState::Expired), (li, AccountState::SignedIn)]);
}

#[tokio::test(start_paused = true)]
async fn a_file_brings_fields_and_leaves_the_sign_in() {
    let bench = Bench::new();
    let id = bench.connect("mei").await;
    let wrong = bench.studio.read_account_file(&id, "nonsense").await.unwrap_err();
    assert!(matches!(wrong.code, ProblemCode::Invalid { field, .. } if field == "file"));
    bench.studio.read_account_file(&id, "key-of-mine secret-of-mine").await.unwrap();
    let kept = bench.keyring.told(&id);
    assert_eq!((kept["app_secret"].as_str(), kept["token"].as_str()), ("secret-of-mine", "mei#1"));
    let account = bench.store.accounts().await.unwrap().remove(0);
    assert_eq!((account.settings.get("app_key"), account.way), (Some("key-of-mine"), SignInWay::Form));
}
