//! A chat that is cut while people talk.

use std::collections::BTreeSet;
use std::time::Duration;

use kaibo_live::chat::{ChatOut, Heard};
use tokio::time::timeout;

use super::stage::Stage;

/// What the platform tells of a gap at most.
const TOLD: usize = 10;

/// As the domain does, doubles are told by their ids.
#[tokio::test]
async fn lines_said_in_a_cut_are_heard_after_it_and_none_twice() {
    let stage = Stage::open().await;
    let connection = stage.connect("bilibili");
    let room = stage.room("bilibili", connection.as_ref()).await;
    let mut said = Vec::new();
    let mut say = || {
        said.push(format!("第 {} 句", said.len()));
        assert!(stage.control.viewer_says("bilibili", &room.0, "半杯水", said.last().unwrap()));
        said.len()
    };
    // Nobody listens yet: these are no news to anybody.
    let before = (0..3).map(|_| say()).count();
    let (mut ids, mut heard_lines) = (BTreeSet::new(), Vec::new());
    for _ in 0..4 {
        let (out, mut heard) = ChatOut::queue();
        let talk = async {
            assert!(matches!(heard.recv().await, Some(Heard::Alive)));
            for _ in 0..5 {
                let count = say() - before;
                while heard_lines.len() < count {
                    if let Some(Heard::Event(line)) = heard.recv().await
                        && ids.insert(line.id)
                    {
                        heard_lines.push(line.text);
                    }
                }
            }
        };
        // The end of this is the cut.
        let cut = async {
            tokio::select! {
                ended = connection.chat().unwrap().listen(&room, out) => panic!("{ended:?}"),
                () = talk => {}
            }
        };
        timeout(Duration::from_secs(20), cut).await.expect("each line is heard");
        for _ in 1..TOLD {
            say();
        }
    }
    assert_eq!(heard_lines[..], said[before..before + heard_lines.len()], "all, once, in their order");
    assert_eq!(heard_lines.len(), 4 * 5 + 3 * (TOLD - 1));
    assert_eq!(stage.calls("bilibili", "/xlive/web-room/v1/dM/gethistory"), 3, "not at the first connection");
}
