//! What the platforms answer to calls, over everything that Kaibo asks of them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kaibo_live::account::SignInWay;
use kaibo_live::chat::{ChatOut, Heard, NAME_CAP};
use kaibo_live::clock::Clock as _;
use kaibo_live::driver::{Connection, Outcome, SignIn};
use kaibo_live::moderation::{MuteFor, Silence, SilenceKind, WORD_CAP};
use kaibo_live::problem::clean_text;
use kaibo_live::push::PushAddress;
use kaibo_live::room::{Details, Edit, RemoteId, RoomFacts, Visibility};
use kaibo_platforms::{canned, missed_lines};

use crate::chat::hold;
use crate::frugally;
use crate::pasted::hold_push;
use crate::scene::{Side, Ticking, answers, during, names_the_secret, tells_no_secret};

/// The most calls that one intention may take, repeats too. Chat goes on until something fails.
const ASKED_CAP: usize = 64;
/// How often the last answer is given again, so that a short input reaches the later calls of an intention.
const AGAIN: usize = 40;
const ROOM: &str = "1234";

/// Begins and ends as a picture does; nobody here looks at more of it.
const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xd9];

/// What is asked, by the letter that stands second in an input.
const ASKS: &[u8] = b"cfrnlestdbhyaigpuwvkoqMWSACH";

/// Asks a platform something. The first byte chooses who is asked (`w`, `t`, `x`, `q`, `b`), the second what
/// ([`ASKS`]), and the rest are the answers.
pub fn rest(data: &[u8]) {
    let [side, ask, script @ ..] = data else { return };
    let side = Side::of(*side);
    let ask = if ASKS.contains(ask) { *ask } else { ASKS[usize::from(*ask) % ASKS.len()] };
    let telling = !names_the_secret(script);
    let answers = answers(script);
    let asked = frugally(|| {
        let laid = canned::lay(answers, AGAIN);
        let ended = during(async {
            let connection = side.connect();
            asked(side, connection.as_ref(), ask, telling).await;
        });
        // Waiting for a person to come back from the browser never ends.
        assert!(ended.is_some() || ask == b'q', "it never ends");
        laid.asked()
    });
    assert!(asked <= ASKED_CAP || ask == b'h', "{asked} calls");
}

async fn asked(side: Side, to: &dyn Connection, ask: u8, telling: bool) {
    let room = RemoteId(ROOM.to_owned());
    match ask {
        b'c' => done(to.check().await, telling),
        b'f' => rooms(to.find_rooms().await, telling),
        b'r' => rooms(to.read(&room).await.map(|room| vec![room]), telling),
        b'i' => {
            let push = PushAddress::from_parts("rtmp://127.0.0.1/live", "key?k=v").expect("an address");
            if let Some(signal) = to.signal() {
                done(signal.ask(&push).await, telling);
            }
        }
        b'g' => done(to.picture("https://img.example/face.jpg").await, telling),
        b'q' => sign_in(side, telling).await,
        b'H' => missed(side, telling).await,
        b'M' | b'W' | b'S' | b'A' => moderated(to, ask, &room, telling).await,
        b'n' | b'l' | b'e' | b's' | b't' | b'd' | b'b' => run(to, ask, &room, telling).await,
        _ => around(side, to, ask, &room, telling).await,
    }
}

/// What makes, changes and ends a broadcast.
async fn run(to: &dyn Connection, ask: u8, room: &RemoteId, telling: bool) {
    let details = details();
    if let (b'n', Some(create)) = (ask, to.create()) {
        rooms(create.create(&details).await.map(|room| vec![room]), telling);
    } else if let (b'l', Some(create)) = (ask, to.create()) {
        done(create.look_for(&details, Timestamp::constant(1_795_305_000, 0)).await, telling);
    } else if let (b'e', Some(editing)) = (ask, to.edit()) {
        done(editing.edit(room, &edit(&details)).await, telling);
    } else if let (b's', Some(start)) = (ask, to.start()) {
        let started = start.start(room, &details).await;
        if let Ok(Some(push)) = started.as_ref().map(|started| &started.push) {
            hold_push(push);
        }
        done(started, telling);
    } else if let (b't', Some(end)) = (ask, to.end()) {
        done(end.end(room).await, telling);
    } else if let (b'd', Some(delete)) = (ask, to.delete()) {
        done(delete.delete(room).await, telling);
    } else if let (b'b', Some(alive)) = (ask, to.keep_alive()) {
        done(alive.beat(room).await, telling);
    }
}

/// Who may speak, and what isn't shown.
async fn moderated(to: &dyn Connection, ask: u8, room: &RemoteId, telling: bool) {
    let Some(moderate) = to.moderate() else { return };
    match ask {
        b'M' => {
            done(moderate.mute(room, "77", MuteFor::Hours { hours: 1 }, "广告").await, telling);
            let muted = moderate.muted(room, 1).await;
            for person in muted.iter().flat_map(|page| &page.people) {
                assert!(clean_text(&person.name, NAME_CAP) == person.name, "a name isn't clean");
            }
            done(muted, telling);
            done(moderate.unmute(room, "77").await, telling);
        }
        b'W' => {
            let blocked = moderate.blocked_words(room).await;
            for word in blocked.iter().flat_map(|blocked| &blocked.words) {
                assert!(clean_text(word, WORD_CAP) == *word, "a word isn't clean");
            }
            done(blocked, telling);
            done(moderate.block_word(room, "广告").await, telling);
            done(moderate.unblock_word(room, "广告").await, telling);
        }
        b'S' => {
            done(moderate.silence(room).await, telling);
            let silence = Silence { kind: SilenceKind::Medal, level: 5, minutes: 30 };
            done(moderate.set_silence(room, silence).await, telling);
        }
        _ => {
            done(moderate.moderators(room, 1).await, telling);
            done(moderate.appoint(room, "77").await, telling);
            done(moderate.dismiss(room, "77").await, telling);
        }
    }
}

/// What goes on around it.
async fn around(side: Side, to: &dyn Connection, ask: u8, room: &RemoteId, telling: bool) {
    if let (b'h', Some(chat)) = (ask, to.chat()) {
        // One answer is heard, then nobody listens any more.
        let (out, mut queue) = ChatOut::queue();
        let (ended, _) = tokio::join!(chat.listen(room, out), async move { queue.recv().await });
        done(ended, telling);
    } else if let (b'y', Some(speak)) = (ask, to.speak()) {
        done(speak.say(room, "一二三四五六七八九十一二三四五六七八九十!").await, telling);
    } else if let (b'a', Some(areas)) = (ask, to.areas()) {
        done(areas.list().await, telling);
    } else if let (b'p', Some(right)) = (ask, to.right()) {
        done(right.ask().await, telling);
    } else if let (b'C', Some(covers)) = (ask, to.covers()) {
        done(covers.upload(JPEG.to_vec()).await, telling);
    } else if let (b'u', Some(face)) = (ask, to.face_check()) {
        done(face.passed(room).await, telling);
    } else if let (b'k', Some(revoke)) = (ask, to.revoke()) {
        done(revoke.revoke().await, telling);
    } else if let Some(renew) = to.renew() {
        match ask {
            b'w' => done(renew.is_due().await, telling),
            b'v' => done(renew.renew().await, telling),
            b'o' => done(renew.confirm(&side.form().1).await, telling),
            _ => {}
        }
    }
}

/// What was said while a chat was cut.
async fn missed(side: Side, telling: bool) {
    if !matches!(side, Side::Bilibili) {
        return;
    }
    let heard = last_hour(side).await;
    for line in heard.iter().flatten() {
        hold(line);
    }
    done(heard, telling);
}

async fn last_hour(side: Side) -> Outcome<Vec<Heard>> {
    let (settings, credentials) = side.form();
    let clock = Arc::new(Ticking::new());
    let from = clock.now() - SignedDuration::from_hours(1);
    missed_lines(&settings, &credentials, clock, ROOM, from).await
}

/// A sign-in by code or browser, as far as answers carry it.
async fn sign_in(side: Side, telling: bool) {
    let (settings, credentials) = side.form();
    for way in [SignInWay::Qr, SignInWay::Browser] {
        let clock = Arc::new(Ticking::new());
        let Ok(mut sign_in) = side.driver().sign_in(way, &settings, &credentials, clock) else { continue };
        done(sign_in.begin().await, telling);
        if way == SignInWay::Browser {
            done(sign_in.answer("0f1e2d3c").await, telling);
        } else {
            scan(sign_in.as_mut(), telling).await;
        }
    }
}

async fn scan(sign_in: &mut dyn SignIn, telling: bool) {
    for _ in 0..4 {
        done(sign_in.step().await, telling);
    }
}

#[allow(clippy::needless_pass_by_value)] // it ends here
fn done<T>(outcome: Outcome<T>, telling: bool) {
    if telling {
        tells_no_secret(&outcome);
    }
}

fn rooms(outcome: Outcome<Vec<RoomFacts>>, telling: bool) {
    if let Ok(rooms) = &outcome {
        rooms.iter().filter_map(|room| room.push.as_ref()).for_each(hold_push);
    }
    done(outcome, telling);
}

fn details() -> Details {
    Details {
        title: "晚上好".to_owned(),
        summary: "一起聊聊".to_owned(),
        notice: "八点开播".to_owned(),
        // Bilibili takes its own pictures only; of the others none minds.
        cover_url: "https://i0.hdslb.com/bfs/live/cover.jpg".to_owned(),
        area_id: "235".to_owned(),
        tags: vec!["聊天".to_owned()],
        visibility: Visibility::Public,
    }
}

fn edit(details: &Details) -> Edit {
    Edit {
        title: Some(details.title.clone()),
        summary: Some(details.summary.clone()),
        notice: Some(details.notice.clone()),
        cover_url: Some(details.cover_url.clone()),
        area_id: Some(details.area_id.clone()),
        add_tags: details.tags.clone(),
        remove_tags: vec!["唱歌".to_owned()],
        visibility: Some(Visibility::Private),
        replay_url: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seed whose lines lie outside the gap would try nothing.
    #[test]
    fn the_seed_of_a_gap_tells_its_lines() {
        let seed = include_bytes!("../../seeds/rest/bilibili-history-01");
        let [side, b'H', script @ ..] = &seed[..] else { panic!("asks for a gap") };
        let _laid = canned::lay(answers(script), AGAIN);
        let heard = during(last_hour(Side::of(*side))).expect("ends").expect("told");
        assert_eq!(heard.len(), 2);
    }
}
