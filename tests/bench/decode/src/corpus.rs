//! Packets as the platform sends them: most messages are lines of chat, compressed with brotli. Made up by a seeded
//! generator; in form they are what is sent in 2026.
//!
//! A packet holds what was said in about a second. In most rooms that is one message, on a busy evening a dozen; the
//! two cost decoders quite different things (building tables, or copying), so there is a corpus of each, and both
//! have the same number of messages.

use std::io::Write as _;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

/// Messages in a corpus.
pub(crate) const MESSAGES: usize = 2_000;
/// The quality that the platform's frames look compressed with.
const QUALITY: u32 = 5;

const WORDS: [&str; 24] = [
    "晚上好",
    "主播",
    "这局",
    "稳了",
    "哈哈哈",
    "再来",
    "一首",
    "好听",
    "来了",
    "打卡",
    "前排",
    "草",
    "太强了",
    "别走",
    "下饭",
    "救命",
    "可爱",
    "666",
    "yyds",
    "弹幕",
    "小猫",
    "今天",
    "加班",
    "刚到家",
];

/// Packets of one kind.
pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    pub(crate) packets: Vec<Vec<u8>>,
    /// The same bytes, compressed alike, in one inner frame that nobody reads: what is left is inflation.
    pub(crate) sealed: Vec<Vec<u8>>,
    /// Inflated bytes in all.
    pub(crate) bytes: usize,
}

/// One message a packet.
pub(crate) fn quiet() -> Corpus {
    Corpus::of("quiet", 1..=1)
}

/// One to twenty messages a packet.
pub(crate) fn busy() -> Corpus {
    Corpus::of("busy", 1..=20)
}

impl Corpus {
    fn of(name: &'static str, messages: RangeInclusive<usize>) -> Self {
        let mut chance = fastrand::Rng::with_seed(20_261_122);
        let mut corpus = Self { name, packets: Vec::new(), sealed: Vec::new(), bytes: 0 };
        let mut left = MESSAGES;
        while left > 0 {
            let count = chance.usize(messages.clone()).min(left);
            left -= count;
            let mut inner = Vec::new();
            for _ in 0..count {
                inner.extend(frame(0, 5, message(&mut chance).to_string().as_bytes()));
            }
            corpus.bytes += inner.len();
            corpus.packets.push(frame(3, 5, &packed(&inner)));
            // Over the first header, so that there are as many bytes.
            let total = u32::try_from(inner.len()).expect("a short packet");
            inner[..4].copy_from_slice(&total.to_be_bytes());
            inner[8..12].copy_from_slice(&SEALED.to_be_bytes());
            corpus.sealed.push(frame(3, 5, &packed(&inner)));
        }
        corpus
    }
}

/// An operation that no decoder knows.
const SEALED: u32 = 99;

fn packed(inner: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, QUALITY, 22);
    writer.write_all(inner).expect("memory takes it");
    drop(writer);
    packed
}

fn frame(version: u16, op: u32, body: &[u8]) -> Vec<u8> {
    let total = u32::try_from(16 + body.len()).expect("a short body");
    let mut frame = total.to_be_bytes().to_vec();
    frame.extend(16_u16.to_be_bytes());
    frame.extend(version.to_be_bytes());
    frame.extend(op.to_be_bytes());
    frame.extend(0_u32.to_be_bytes());
    frame.extend(body);
    frame
}

fn message(chance: &mut fastrand::Rng) -> Value {
    match chance.u32(..100) {
        0..80 => line(chance),
        80..88 => gift(chance),
        88..96 => entry(chance),
        _ => json!({"cmd": "WATCHED_CHANGE", "data": {"num": chance.u32(..1_000_000),
            "text_small": "2.2万", "text_large": "2.2万人看过"}}),
    }
}

fn hex(chance: &mut fastrand::Rng, digits: usize) -> String {
    (0..digits).map(|_| char::from_digit(chance.u32(..16), 16).unwrap_or('0')).collect()
}

fn name(chance: &mut fastrand::Rng) -> String {
    format!("{}{}", WORDS[chance.usize(..WORDS.len())], chance.u32(..10_000))
}

fn medal(chance: &mut fastrand::Rng) -> Value {
    json!({"color": 6_067_854, "color_border": 6_067_854, "color_end": 6_067_854, "color_start": 6_067_854,
        "guard_icon": "", "guard_level": 0, "honor_icon": "", "id": 0, "is_light": 1, "level": chance.u32(1..30),
        "name": "豆芽", "ruid": 5_000_000 + chance.u32(..1000), "score": chance.u32(..50_000), "typ": 0,
        "user_receive_count": 0, "v2_medal_color_border": "#5FC7F4FF", "v2_medal_color_end": "#43B3E3CC",
        "v2_medal_color_level": "#00308C99", "v2_medal_color_start": "#43B3E3CC", "v2_medal_color_text": "#FFFFFFFF"})
}

fn line(chance: &mut fastrand::Rng) -> Value {
    let text: String = (0..chance.usize(1..5)).map(|_| WORDS[chance.usize(..WORDS.len())]).collect();
    let (uid, name, at) =
        (chance.u64(1_000_000..4_000_000_000), name(chance), 1_795_000_000_000 + chance.u64(..86_400_000));
    let (crc, face) = (hex(chance, 8), format!("https://i0.hdslb.com/bfs/face/{}.jpg", hex(chance, 40)));
    let extra = json!({"send_from_me": false, "master_player_hidden": false, "mode": 0, "color": 16_777_215,
        "dm_type": 0, "font_size": 25, "player_mode": 1, "show_player_type": 0, "content": text, "user_hash": crc,
        "emoticon_unique": "", "bulge_display": 0, "recommend_score": 2, "main_state_dm_color": "",
        "objective_state_dm_color": "", "direction": 0, "pk_direction": 0, "quartet_direction": 0,
        "anniversary_crowd": 0, "yeah_space_type": "", "yeah_space_url": "", "jump_to_url": "", "space_type": "",
        "space_url": "", "animation": {}, "emots": null, "is_audited": false, "id_str": hex(chance, 24), "icon": null,
        "show_reply": true, "reply_mid": 0, "reply_uname": "", "reply_uname_color": "", "reply_is_mystery": false,
        "reply_type_enum": 0, "hit_combo": 0, "esports_jump_url": ""});
    let medal = medal(chance);
    let base = json!({"face": face, "is_mystery": false, "name": name, "name_color": 0, "name_color_str": "",
        "official_info": {"desc": "", "role": 0, "title": "", "type": -1},
        "origin_info": {"face": face, "name": name}, "risk_ctrl_info": null});
    let user = json!({"base": base, "guard": null, "guard_leader": null, "medal": medal, "title": {"old_title_css_id": "",
        "title_css_id": ""}, "uhead_frame": null, "uid": uid, "wealth": null});
    let newest = json!({"extra": extra.to_string(), "mode": 0, "show_player_type": 0, "user": user});
    json!({"cmd": "DANMU_MSG", "dm_v2": "", "info": [
        [0, 1, 25, 16_777_215, at, chance.i32(..), 0, crc, 0, 0, 0, "", 0, "{}", "{}", newest,
            {"activity_identity": "", "activity_source": 0, "not_show": 0}, 0],
        text, [uid, name, 0, 0, 0, 10_000, 1, ""], [chance.u32(1..30), "豆芽", "豆子", 4_000_000 + chance.u32(..1000),
            6_067_854, "", 0, 6_067_854, 6_067_854, 6_067_854, 0, 1, 5_000_001],
        [chance.u32(..60), 0, 9_868_950, ">50000", 0], ["", ""], 0, 0, null,
        {"ct": hex(chance, 8).to_uppercase(), "ts": at / 1000}, 0, 0, null, null, 0, 105, [16], null]})
}

fn gift(chance: &mut fastrand::Rng) -> Value {
    let at = 1_795_000_000 + chance.u64(..86_400);
    json!({"cmd": "SEND_GIFT", "data": {"action": "投喂", "batch_combo_id": format!("batch:gift:combo_id:{}", hex(chance, 24)),
        "beatId": "", "coin_type": "gold", "combo_resources_id": 1, "combo_send": null, "combo_stay_time": 5,
        "combo_total_coin": 1000, "crit_prob": 0, "demarcation": 1, "discount_price": 1000, "dmscore": 120, "draw": 0,
        "effect": 0, "face": format!("https://i0.hdslb.com/bfs/face/{}.jpg", hex(chance, 40)), "giftId": 31_036,
        "giftName": "小花花", "giftType": 0, "gold": 0, "guard_level": 0, "is_first": true, "magnification": 1,
        "medal_info": medal(chance), "name_color": "", "num": chance.u32(1..20), "price": 1000, "rnd": hex(chance, 12),
        "sender_uinfo": {"base": {"name": name(chance)}, "uid": 7}, "tid": hex(chance, 24), "timestamp": at,
        "total_coin": 1000, "uid": chance.u64(1_000_000..4_000_000_000), "uname": name(chance)}})
}

fn entry(chance: &mut fastrand::Rng) -> Value {
    json!({"cmd": "INTERACT_WORD_V2", "data": {"dmscore": 4, "pb": hex(chance, 520), "pb_decode_message": ""}})
}
