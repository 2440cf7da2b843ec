//! Chat by polling, and what holds for all that a chat tells.

use kaibo_live::chat::{ChatOut, Heard, ID_CAP, NAME_CAP, TEXT_CAP};
use kaibo_live::room::RemoteId;
use kaibo_platforms::canned;

use crate::frugally;
use crate::scene::{Side, answers, during, tells_no_secret};

/// The most that is read of one answer, and the sign of life with each.
const HEARD_CAP: usize = 2001;

/// Polls Weibo's chat: each part of the script is an answer of `r_sync`.
pub fn r_sync(script: &[u8]) {
    let answers = answers(script);
    let (count, heard) = frugally(|| {
        let laid = canned::lay(answers.clone(), 0);
        let heard = during(async {
            let connection = Side::Weibo.connect();
            let source = connection.chat().expect("Weibo has a chat");
            let (out, mut queue) = ChatOut::queue();
            let room = RemoteId("1042152:live".to_owned());
            let mut all = Vec::new();
            let listening = async {
                let ended = source.listen(&room, out).await;
                assert!(ended.is_err(), "it goes on until something fails");
                tells_no_secret(&ended);
            };
            let hearing = async {
                while let Some(heard) = queue.recv().await {
                    all.push(heard);
                }
            };
            tokio::join!(listening, hearing);
            all
        });
        (laid.asked(), heard.expect("it ends when the answers do"))
    });
    // The last answer of all is none, and asked for three times.
    assert!(count <= 3 * (answers.len() + 1), "{count} calls");
    assert!(heard.len() <= HEARD_CAP * answers.len(), "{} events", heard.len());
    heard.iter().for_each(hold);
}

/// What holds for everything that is heard.
pub(crate) fn hold(heard: &Heard) {
    match heard {
        Heard::Event(event) => {
            assert!(!event.id.is_empty() && event.id.len() <= ID_CAP, "an id of {} bytes", event.id.len());
            clean(&event.text, TEXT_CAP);
            if let Some(who) = &event.who {
                clean(&who.name, NAME_CAP);
                assert!(who.id.len() <= ID_CAP, "an id of {} bytes", who.id.len());
            }
            if let Some(gift) = &event.gift {
                clean(&gift.name, NAME_CAP);
            }
        }
        Heard::Recalled(ids) => assert!(!ids.is_empty() && ids.iter().all(|id| id.len() <= ID_CAP)),
        _ => {} // no words of anybody
    }
}

/// Short (an ellipsis stands for the rest), and nothing in it changes how other text is drawn.
fn clean(text: &str, cap: usize) {
    assert!(text.chars().count() <= cap + 1, "{} characters", text.chars().count());
    let bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.chars().any(bad), "{text:?}");
}
