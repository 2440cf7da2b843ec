//! Commands as they were sent in 2021 and are sent in 2026; the people are made up.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kaibo_live::chat::Gift;
use proptest::prelude::*;

use super::super::protobuf::tests::{bytes, number};
use super::*;

/// Whether a command was understood, and what it told.
fn read_bytes(json: &[u8]) -> (Meaning, Vec<Heard>) {
    let mut heard = Vec::new();
    let now = Timestamp::from_second(1_000).expect("a time");
    let meaning = Reader { uid: 42, now }.read(json, &mut heard);
    (meaning, heard)
}

fn read(json: &str) -> Meaning {
    read_bytes(json.as_bytes()).0
}

/// What a command that is understood tells.
fn heard(json: &str) -> Vec<Heard> {
    let (meaning, heard) = read_bytes(json.as_bytes());
    assert_eq!(meaning, Meaning::Known, "{json}");
    heard
}

fn events(json: &str) -> Vec<ChatEvent> {
    let event = |heard| match heard {
        Heard::Event(event) => event,
        other => panic!("{other:?} of {json}"),
    };
    heard(json).into_iter().map(event).collect()
}

fn event(json: &str) -> ChatEvent {
    let [event] = <[_; 1]>::try_from(events(json)).expect("one event");
    event
}

fn name(event: &ChatEvent) -> Option<&str> {
    event.who.as_ref().map(|who| who.name.as_str())
}

#[allow(clippy::unnecessary_wraps)] // as it stands in an event
fn gift(name: &str, count: u32, worth: Option<u64>) -> Option<Gift> {
    Some(Gift { name: name.into(), count, worth })
}

/// A command whose data is protobuf.
fn packed(cmd: &str, message: &[u8]) -> String {
    format!(r#"{{"cmd":"{cmd}","data":{{"dmscore":8,"pb":"{}"}}}}"#, BASE64_STANDARD.encode(message))
}

#[test]
fn a_message_of_today() {
    let event = event(
        r#"{"cmd":"DANMU_MSG","info":[[0,1,25,16777215,1795299828637,77,0,"a1",0,0,0,"",0,"{}","{}",
        {"extra":"{\"id_str\":\"abc123\",\"content\":\"晚上好\"}","user":{"uid":7,"base":{"name":"小红"}}}],
        "晚上好",[7,"小红",1,0,0,10000,1,""],[],[12,0,0,">50000"],["",""],0,0,null,{"ts":1,"ct":"x"}]}"#,
    );
    assert_eq!((event.id.as_str(), event.text.as_str()), ("abc123", "晚上好"));
    assert_eq!((event.kind, event.at.as_millisecond()), (ChatKind::Message, 1_795_299_828_637));
    let who = event.who.expect("somebody");
    assert_eq!((who.id.as_str(), who.name.as_str(), who.me, who.moderator), ("7", "小红", false, true));
}

#[test]
fn a_message_of_years_ago_and_one_from_a_joint_room() {
    let old = event(r#"{"cmd":"DANMU_MSG:4:0:2:2:2:0","info":[[0,1,25,0,1600000000000,9],"hi",[42,"我"]]}"#);
    assert_eq!((old.id.as_str(), old.text.as_str()), ("1600000000000-9-42", "hi"));
    assert!(old.who.expect("somebody").me);
    let bare = event(r#"{"cmd":"DANMU_MSG_MIRROR","info":[[],"x"]}"#);
    assert_eq!((bare.who, bare.at.as_second()), (None, 1_000));
}

#[test]
fn a_gift_is_worth_what_was_paid() {
    let given = event(
        r#"{"cmd":"SEND_GIFT","data":{"giftName":"小花花","num":3,"uid":7,"uname":"小红","price":100,
        "timestamp":1600000000,"tid":"t1","coin_type":"gold","total_coin":250,"discount_price":90}}"#,
    );
    assert_eq!(
        (given.id.as_str(), given.kind, given.text.as_str()),
        ("gift-t1", ChatKind::Gift, "小花花 × 3")
    );
    assert_eq!((given.gift.clone(), name(&given)), (gift("小花花", 3, Some(250)), Some("小红")));
    // 2021: the trade id is a number, and a gift of silver costs nothing.
    let old = event(
        r#"{"cmd":"SEND_GIFT","data":{"giftName":"辣条","num":1,"uid":7,"uname":"小红","price":100,
        "timestamp":1620000000,"tid":1620000000110,"coin_type":"silver","total_coin":100,"medal_info":{},
        "combo_send":{"gift_name":"辣条"},"send_master":null}}"#,
    );
    assert_eq!((old.id.as_str(), old.gift), ("gift-1620000000110", gift("辣条", 1, None)));
    assert!(heard(r#"{"cmd":"COMBO_SEND","data":{"uid":7,"combo_num":3}}"#).is_empty(), "only sums up");
}

#[test]
fn gifts_in_their_form_of_2026() {
    let one = |name: &str, coin: &str, tid: &str| {
        let fields = [
            number(1, 31_036),
            bytes(2, name.as_bytes()),
            number(3, 2),
            number(5, 100),
            number(7, 180),
            bytes(8, coin.as_bytes()),
            bytes(9, tid.as_bytes()),
            number(10, 1_795_300_000),
        ];
        bytes(10, &fields.concat())
    };
    let message =
        [number(1, 7), bytes(2, "小红".as_bytes()), one("小花花", "gold", "a"), one("小心心", "silver", "b")]
            .concat();
    let [first, second] = <[_; 2]>::try_from(events(&packed("SEND_GIFT_V2", &message))).expect("both gifts");
    assert_eq!(
        (first.id.as_str(), first.text.as_str(), name(&first)),
        ("gift-a", "小花花 × 2", Some("小红"))
    );
    assert_eq!((first.gift, first.at.as_second()), (gift("小花花", 2, Some(180)), 1_795_300_000));
    assert_eq!((second.id.as_str(), second.gift), ("gift-b", gift("小心心", 2, None)));

    // Somebody who doesn't want to be known; the sender's place has a name all the same.
    let sender = bytes(15, &bytes(2, &bytes(1, "神秘人".as_bytes())));
    let unknown = event(&packed("SEND_GIFT_V2", &[one("小花花", "gold", "c"), sender].concat()));
    let who = unknown.who.expect("a name");
    assert_eq!((who.id.as_str(), who.name.as_str(), who.me), ("0", "神秘人", false));

    for bad in [&[][..], &[0xff; 9], &number(1, 7)] {
        let unread = read(&packed("SEND_GIFT_V2", bad));
        assert_eq!(unread, Meaning::Unknown("SEND_GIFT_V2".into()), "{bad:?}");
    }
    assert!(matches!(read(r#"{"cmd":"SEND_GIFT_V2","data":{"pb":"?"}}"#), Meaning::Unknown(_)));
}

#[test]
fn a_membership_has_one_id_however_it_is_told() {
    let told = [
        r#"{"cmd":"GUARD_BUY","data":{"uid":7,"username":"小红","guard_level":3,"num":1,"price":198000,
        "gift_id":10003,"gift_name":"舰长","start_time":1600000000,"end_time":1600000000}}"#,
        r#"{"cmd":"USER_TOAST_MSG","data":{"uid":7,"username":"小红","guard_level":3,"num":1,"unit":"月",
        "price":138000,"role_name":"舰长","payflow_id":"p1","start_time":1600000000,"op_type":1}}"#,
        r#"{"cmd":"USER_TOAST_MSG_V2","data":{"sender_uinfo":{"uid":7,"base":{"name":"小红"}},
        "guard_info":{"guard_level":3,"role_name":"舰长","start_time":1600000000},
        "pay_info":{"price":138000,"num":1,"unit":"月","payflow_id":"p1"},"option":{"source":0}}}"#,
    ]
    .map(event);
    for event in &told {
        assert_eq!((event.id.as_str(), event.kind), ("guard-7-1600000000-3", ChatKind::Member));
        assert_eq!((event.text.as_str(), name(event)), ("舰长 × 1", Some("小红")));
    }
    let worth = told.map(|event| event.gift.and_then(|gift| gift.worth));
    assert_eq!(worth, [Some(198_000), Some(138_000), Some(138_000)]);
    let given_on =
        r#"{"cmd":"USER_TOAST_MSG_V2","data":{"guard_info":{"guard_level":3},"option":{"source":2}}}"#;
    assert!(heard(given_on).is_empty());
}

#[test]
fn paid_messages_stay_for_their_time_and_are_taken_back() {
    let chat = event(
        r#"{"cmd":"SUPER_CHAT_MESSAGE","data":{"id":5,"uid":7,"price":30,"message":"加油","time":60,
        "start_time":1600000000,"end_time":1600000060,"user_info":{"uname":"小红"}}}"#,
    );
    assert_eq!((chat.id.as_str(), chat.kind, chat.text.as_str()), ("sc-5", ChatKind::SuperChat, "加油"));
    assert_eq!((chat.gift.clone(), name(&chat)), (gift("", 1, Some(30_000)), Some("小红")));
    assert_eq!(chat.until.map(Timestamp::as_second), Some(1_600_000_060));
    let twin = event(
        r#"{"cmd":"SUPER_CHAT_MESSAGE_JPN","data":{"id":"5","uid":"7","price":30,"message":"加油","time":59,
        "message_jpn":"","ts":1600000001,"user_info":{"uname":"小红"}}}"#,
    );
    assert_eq!((twin.id, twin.until.map(Timestamp::as_second)), (chat.id, Some(1_600_000_060)));
    let gone = heard(r#"{"cmd":"SUPER_CHAT_MESSAGE_DELETE","data":{"ids":[5,"6",null]},"roomid":1}"#);
    assert!(matches!(&gone[..], [Heard::Recalled(ids)] if ids == &["sc-5", "sc-6"]), "{gone:?}");
}

#[test]
fn lines_are_recalled_by_their_id() {
    for field in ["target_id", "id_str", "dmid"] {
        let gone = heard(&format!(r#"{{"cmd":"RECALL_DANMU_MSG","data":{{"{field}":"abc123"}}}}"#));
        assert!(matches!(&gone[..], [Heard::Recalled(ids)] if ids == &["abc123"]), "{gone:?}");
    }
    assert!(matches!(read(r#"{"cmd":"RECALL_DANMU_MSG","data":{}}"#), Meaning::Unknown(_)));
}

#[test]
fn who_comes_follows_and_shares_in_both_forms() {
    let kinds = [
        (1, ChatKind::Entry),
        (2, ChatKind::Follow),
        (3, ChatKind::Share),
        (4, ChatKind::Follow),
        (5, ChatKind::Follow),
    ];
    for (what, kind) in kinds {
        let old = event(&format!(
            r#"{{"cmd":"INTERACT_WORD","data":{{"uid":7,"uname":"小红","msg_type":{what},"timestamp":1620000000,
            "fans_medal":null,"identities":[1]}}}}"#
        ));
        assert_eq!((old.kind, name(&old), old.text.as_str()), (kind, Some("小红"), ""));
        let message = [
            number(1, 7),
            bytes(2, "小红".as_bytes()),
            bytes(4, &[1]),
            number(5, what),
            number(7, 1_620_000_000),
            number(8, 1_620_000_000_123),
        ];
        assert_eq!(event(&packed("INTERACT_WORD_V2", &message.concat())), old, "told twice is told once");
    }
    assert!(heard(r#"{"cmd":"INTERACT_WORD","data":{"uname":"小红","msg_type":6}}"#).is_empty(), "a like");
    assert!(heard(r#"{"cmd":"ENTRY_EFFECT","data":{"uid":7,"copy_writing":"<%小红%>"}}"#).is_empty());
    let newer = [number(5, 1), bytes(22, &[number(1, 9), bytes(2, &bytes(1, "小明".as_bytes()))].concat())];
    let who = event(&packed("INTERACT_WORD_V2", &newer.concat())).who.expect("somebody");
    assert_eq!((who.id.as_str(), who.name.as_str()), ("9", "小明"));
    assert!(matches!(
        read(r#"{"cmd":"INTERACT_WORD","data":{"uname":"小红","msg_type":9}}"#),
        Meaning::Unknown(_)
    ));
}

#[test]
fn figures_come_with_the_chat() {
    let watched = heard(r#"{"cmd":"WATCHED_CHANGE","data":{"num":22097,"text_small":"2.2万"}}"#);
    assert!(matches!(watched[..], [Heard::Figure(FigureKind::Views, 22_097)]), "{watched:?}");
    let online = heard(r#"{"cmd":"ONLINE_RANK_COUNT","data":{"count":90,"online_count":312}}"#);
    assert!(matches!(online[..], [Heard::Figure(FigureKind::Watching, 312)]), "{online:?}");
    assert!(heard(r#"{"cmd":"ONLINE_RANK_COUNT","data":{"count":90}}"#).is_empty(), "2021");
    let likes = event(r#"{"cmd":"LIKE_INFO_V3_UPDATE","data":{"click_count":1234}}"#);
    assert_eq!((likes.kind, likes.text.as_str(), likes.who), (ChatKind::Like, "1234", None));
    assert!(heard(r#"{"cmd":"LIKE_INFO_V3_CLICK","data":{"uname":"小红"}}"#).is_empty());
}

#[test]
fn the_room_changes_and_is_warned() {
    for quiet in [
        r#"{"cmd":"LIVE","live_key":"9","roomid":1}"#,
        r#"{"cmd":"PREPARING","roomid":"1","round":1}"#,
        r#"{"cmd":"ROOM_CHANGE","data":{"title":"x","area_id":1}}"#,
    ] {
        assert!(matches!(heard(quiet)[..], [Heard::RoomChanged]), "{quiet}");
    }
    for loud in [
        r#"{"cmd":"WARNING","msg":"请调整画面","roomid":1}"#,
        r#"{"cmd":"CUT_OFF","msg":"请调整画面","room_id":1}"#,
        r#"{"cmd":"CUT_OFF_V2","data":{"msg":"请调整画面"}}"#,
    ] {
        let heard = heard(loud);
        let [Heard::Event(told), alarm, Heard::RoomChanged] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!((told.kind, told.text.as_str()), (ChatKind::Notice, "请调整画面"));
        let warns = match alarm {
            Heard::Warned { words } if words == "请调整画面" => true,
            Heard::CutOff { words } if words == "请调整画面" => false,
            other => panic!("{other:?}"),
        };
        assert_eq!(warns, loud.contains("WARNING"));
    }
    for blocked in [
        r#"{"cmd":"ROOM_BLOCK_MSG","uid":"7","uname":"小红","data":{"operator":2,"uid":7,"uname":"小红"}}"#,
        r#"{"cmd":"ROOM_BLOCK_MSG","uid":7,"uname":"小红"}"#,
    ] {
        let told = event(blocked);
        assert_eq!((told.kind, told.text.as_str(), name(&told)), (ChatKind::Muted, "", Some("小红")));
        assert_eq!(told.who.map(|who| who.id).as_deref(), Some("7"));
    }
    let wordless = heard(r#"{"cmd":"CUT_OFF","roomid":1}"#);
    assert!(matches!(&wordless[..], [Heard::CutOff { words }, Heard::RoomChanged] if words.is_empty()));
}

#[test]
fn what_is_no_text_is_replaced_and_the_line_stays() {
    let mut line = br#"{"cmd":"DANMU_MSG","info":[[0,1,25,0,1600000000000,9],"hi ?!",[7,"n?m"]]}"#.to_vec();
    for byte in line.iter_mut().filter(|byte| **byte == b'?') {
        *byte = 0xff;
    }
    let (meaning, heard) = read_bytes(&line);
    assert_eq!(meaning, Meaning::Known);
    let [Heard::Event(said)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((said.text.as_str(), name(said)), ("hi \u{fffd}!", Some("n\u{fffd}m")));
}

#[test]
fn the_rest_is_left_alone() {
    for odd in [
        r#"{"cmd":"NEVER_SEEN","data":{}}"#,
        r#"{"cmd":"DANMU_MSG","info":{}}"#,
        r#"{"cmd":"DANMU_MSG","info":[]}"#,
        r#"{"cmd":"DANMU_MSG","info":[[],7,[]]}"#,
        r#"{"cmd":"SEND_GIFT","data":[]}"#,
        r#"{"cmd":7}"#,
        r#"{"cmd":"DANMU_MSG","info":[["#,
        "[]",
        "",
    ] {
        assert!(matches!(read(odd), Meaning::Unknown(_)), "{odd}");
    }
    let deep = format!(r#"{{"cmd":"DANMU_MSG","info":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert!(matches!(read(&deep), Meaning::Unknown(_)));
    assert_eq!(read(r#"{"cmd":"NEVER_SEEN:1","data":{}}"#), Meaning::Unknown("NEVER_SEEN".into()));
    assert_eq!(read(r#"{"data":{},"cmd":"NOR_THIS"}"#), Meaning::Unknown("NOR_THIS".into()));
}

proptest! {
    #[test]
    fn no_arrangement_of_values_hurts(info in "\\[(\\[[0-9,]{0,9}0\\],)?\"[a-z]{0,4}\"(,(\\[\\]|\\{\\}|null|7))?\\]") {
        let _ = read(&format!(r#"{{"cmd":"DANMU_MSG","info":{info}}}"#));
    }
}
