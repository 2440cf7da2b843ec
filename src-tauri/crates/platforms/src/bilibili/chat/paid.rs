//! What viewers pay for: gifts, memberships, paid messages.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use kaibo_live::chat::{ChatEvent, ChatKind, Gift};
use serde::Deserialize;

use super::command::Reader;
use super::lenient::{Array, Int, Key, Keys, Object, Text};
use super::protobuf::Fields;

/// Longest protobuf in a command, bytes of base64. Real ones stay under 4 kB.
const PB_CAP: usize = 32 << 10;
/// The most gifts that are read out of one command. A box of surprises holds up to ten.
const GIFTS_CAP: usize = 100;
/// The currency that is paid for; a thousand of it are a yuan. The other one costs nothing.
const GOLD: &str = "gold";
/// A yuan in the domain's unit.
const YUAN: u64 = 1000;
/// The source of a membership that somebody else paid: told a second time for whom it was.
const GIVEN_ON: i64 = 2;

/// A command's protobuf, of `data.pb`.
#[derive(Default, Deserialize)]
pub(super) struct Packed<'a> {
    #[serde(default, borrow)]
    pb: Text<'a>,
}

impl Packed<'_> {
    /// The message's bytes.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let text = self.pb.0.as_deref().filter(|text| text.len() <= PB_CAP)?;
        BASE64_STANDARD.decode(text).ok()
    }
}

/// What is read of a gift in either form.
#[derive(Debug, Default, PartialEq, Eq)]
struct Given {
    uid: Option<u64>,
    who: Option<String>,
    name: Option<String>,
    count: Option<u64>,
    /// Seconds.
    at: Option<i64>,
    tid: Option<String>,
    rnd: Option<String>,
    gold: bool,
    /// Thousandths of a yuan when it is gold.
    paid: Option<u64>,
}

/// `SEND_GIFT`.
#[derive(Default, Deserialize)]
pub(super) struct SendGift<'a> {
    #[serde(rename = "giftName", default, borrow)]
    name: Text<'a>,
    #[serde(default)]
    num: Int,
    #[serde(default)]
    uid: Int,
    #[serde(default, borrow)]
    uname: Text<'a>,
    #[serde(default)]
    timestamp: Int,
    #[serde(default)]
    tid: Key,
    #[serde(default)]
    rnd: Key,
    #[serde(default, borrow)]
    coin_type: Text<'a>,
    #[serde(default)]
    price: Int,
    /// What was paid; with discounts and boxes of surprises not `num` × `price`.
    #[serde(default)]
    total_coin: Int,
}

impl SendGift<'_> {
    /// The gift as an event.
    pub(super) fn event(self, reader: Reader) -> Option<ChatEvent> {
        let count = natural(self.num);
        let times = |price: u64| price.saturating_mul(count.unwrap_or(1));
        let given = Given {
            uid: natural(self.uid),
            who: owned(self.uname),
            name: owned(self.name),
            count,
            at: self.timestamp.0,
            tid: self.tid.0,
            rnd: self.rnd.0,
            gold: self.coin_type.0.as_deref() == Some(GOLD),
            paid: natural(self.total_coin).or_else(|| natural(self.price).map(times)),
        };
        given.event(reader)
    }
}

/// `SEND_GIFT_V2`: one event a gift. `None` when it can't be read.
pub(super) fn gifts(packed: &Packed<'_>, reader: Reader) -> Option<Vec<ChatEvent>> {
    let bytes = packed.bytes()?;
    let (mut uid, mut who) = (None, None);
    for (field, value) in Fields(&bytes) {
        match field {
            1 => uid = value.number(),
            2 => who = value.text(),
            // The giver again, where newer clients look.
            15 if uid.is_none() || who.is_none() => {
                let (id, name) = user(value.fields());
                (uid, who) = (uid.or(id), who.or(name));
            }
            _ => {}
        }
    }
    let gifts = Fields(&bytes).filter(|(field, _)| *field == 10).take(GIFTS_CAP);
    let events: Vec<_> =
        gifts.filter_map(|(_, gift)| given(gift.fields(), uid, who.clone()).event(reader)).collect();
    (!events.is_empty()).then_some(events)
}

/// Id and name of a user: 1 id, 2 { 1 name }.
pub(super) fn user(fields: Fields<'_>) -> (Option<u64>, Option<String>) {
    let (mut uid, mut name) = (None, None);
    for (field, value) in fields {
        match field {
            1 => uid = value.number(),
            2 => name = value.fields().find(|(field, _)| *field == 1).and_then(|(_, name)| name.text()),
            _ => {}
        }
    }
    (uid, name)
}

fn given(fields: Fields<'_>, uid: Option<u64>, who: Option<String>) -> Given {
    let mut given = Given { uid, who, ..Given::default() };
    let (mut price, mut id) = (None, None);
    for (field, value) in fields {
        match field {
            1 => id = value.number(),
            2 => given.name = value.text(),
            3 => given.count = value.number(),
            5 => price = value.number(),
            7 => given.paid = value.number(),
            8 => given.gold = value.text().as_deref() == Some(GOLD),
            9 => given.tid = value.text(),
            10 => given.at = value.number().and_then(|at| i64::try_from(at).ok()),
            12 => given.rnd = value.text(),
            _ => {}
        }
    }
    given.name = given.name.or_else(|| id.map(|id| id.to_string()));
    // Zeros aren't written, so that a gift without a price cost nothing.
    given.paid = given.paid.or_else(|| price.map(|p: u64| p.saturating_mul(given.count.unwrap_or(1))));
    given
}

impl Given {
    fn event(self, reader: Reader) -> Option<ChatEvent> {
        let name = self.name.filter(|name| !name.is_empty())?;
        let count = self.count.filter(|count| *count > 0).unwrap_or(1);
        let at = reader.second(self.at);
        let id = self.tid.unwrap_or_else(|| {
            let (uid, rnd) = (self.uid.unwrap_or_default(), self.rnd.as_deref().unwrap_or_default());
            format!("{uid}-{}-{count}-{rnd}-{name}", at.as_second())
        });
        let who = reader.person(self.uid, self.who, false);
        let text = format!("{name} × {count}");
        let worth = self.paid.filter(|paid| self.gold && *paid > 0);
        let gift = Gift { name, count: u32::try_from(count).unwrap_or(u32::MAX), worth };
        Some(ChatEvent::new(format!("gift-{id}"), at, ChatKind::Gift, who, &text).giving(gift))
    }
}

/// Somebody became or stayed a member. One purchase is told up to three times, by `GUARD_BUY` and both toasts; all
/// of them name the buyer, the second and the level, so that these make the id.
struct Membership {
    uid: Option<u64>,
    who: Option<String>,
    level: Option<i64>,
    name: Option<String>,
    count: Option<u64>,
    at: Option<i64>,
    paid: Option<u64>,
}

impl Membership {
    fn event(self, reader: Reader) -> Option<ChatEvent> {
        let name = self.name.filter(|name| !name.is_empty())?;
        let count = self.count.filter(|count| *count > 0).unwrap_or(1);
        let at = reader.second(self.at);
        let (uid, level) = (self.uid.unwrap_or_default(), self.level.unwrap_or_default());
        let id = format!("guard-{uid}-{}-{level}", at.as_second());
        let who = reader.person(self.uid, self.who, false);
        let text = format!("{name} × {count}");
        let worth = self.paid.filter(|paid| *paid > 0);
        let gift = Gift { name, count: u32::try_from(count).unwrap_or(u32::MAX), worth };
        Some(ChatEvent::new(id, at, ChatKind::Member, who, &text).giving(gift))
    }
}

/// `GUARD_BUY` and `USER_TOAST_MSG`.
#[derive(Default, Deserialize)]
pub(super) struct Guard<'a> {
    #[serde(default)]
    uid: Int,
    #[serde(default, borrow)]
    username: Text<'a>,
    #[serde(rename = "guard_level", default)]
    level: Int,
    #[serde(default)]
    num: Int,
    #[serde(default)]
    price: Int,
    #[serde(default, borrow)]
    gift_name: Text<'a>,
    #[serde(default, borrow)]
    role_name: Text<'a>,
    #[serde(default)]
    start_time: Int,
}

impl Guard<'_> {
    /// `GUARD_BUY`, whose price is the list's for one.
    pub(super) fn bought(self, reader: Reader) -> Option<ChatEvent> {
        let paid = natural(self.price).map(|p| p.saturating_mul(natural(self.num).unwrap_or(1).max(1)));
        self.membership(paid).event(reader)
    }

    /// `USER_TOAST_MSG`, whose price is what was paid.
    pub(super) fn toasted(self, reader: Reader) -> Option<ChatEvent> {
        let paid = natural(self.price);
        self.membership(paid).event(reader)
    }

    fn membership(self, paid: Option<u64>) -> Membership {
        Membership {
            uid: natural(self.uid),
            who: owned(self.username),
            level: self.level.0,
            name: owned(self.gift_name).or_else(|| owned(self.role_name)),
            count: natural(self.num),
            at: self.start_time.0,
            paid,
        }
    }
}

/// `USER_TOAST_MSG_V2`.
#[derive(Default, Deserialize)]
pub(super) struct Toast<'a> {
    #[serde(default, borrow)]
    sender_uinfo: Object<Sender<'a>>,
    #[serde(default, borrow)]
    guard_info: Object<GuardInfo<'a>>,
    #[serde(default)]
    pay_info: Object<PayInfo>,
    #[serde(default)]
    option: Object<ToastOption>,
}

#[derive(Default, Deserialize)]
struct Sender<'a> {
    #[serde(default)]
    uid: Int,
    #[serde(default, borrow)]
    base: Object<Base<'a>>,
}

#[derive(Default, Deserialize)]
struct Base<'a> {
    #[serde(default, borrow)]
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
struct GuardInfo<'a> {
    #[serde(default)]
    guard_level: Int,
    #[serde(default, borrow)]
    role_name: Text<'a>,
    #[serde(default)]
    start_time: Int,
}

#[derive(Default, Deserialize)]
struct PayInfo {
    #[serde(default)]
    price: Int,
    #[serde(default)]
    num: Int,
}

#[derive(Default, Deserialize)]
struct ToastOption {
    #[serde(default)]
    source: Int,
}

impl Toast<'_> {
    /// Told before, for the one who paid.
    pub(super) fn is_given_on(&self) -> bool {
        self.option.0.source.0 == Some(GIVEN_ON)
    }

    /// The membership as an event.
    pub(super) fn event(self, reader: Reader) -> Option<ChatEvent> {
        let (sender, guard, pay) = (self.sender_uinfo.0, self.guard_info.0, self.pay_info.0);
        let membership = Membership {
            uid: natural(sender.uid),
            who: owned(sender.base.0.name),
            level: guard.guard_level.0,
            name: owned(guard.role_name),
            count: natural(pay.num),
            at: guard.start_time.0,
            paid: natural(pay.price),
        };
        membership.event(reader)
    }
}

/// `SUPER_CHAT_MESSAGE` and its twin for Japanese.
#[derive(Default, Deserialize)]
pub(super) struct SuperChat<'a> {
    #[serde(default)]
    id: Key,
    #[serde(default)]
    uid: Int,
    /// Yuan.
    #[serde(default)]
    price: Int,
    #[serde(default, borrow)]
    message: Text<'a>,
    #[serde(default)]
    start_time: Int,
    #[serde(default)]
    end_time: Int,
    /// Seconds at the top.
    #[serde(default)]
    time: Int,
    #[serde(default)]
    ts: Int,
    #[serde(default, borrow)]
    user_info: Object<UserInfo<'a>>,
}

#[derive(Default, Deserialize)]
struct UserInfo<'a> {
    #[serde(default, borrow)]
    uname: Text<'a>,
}

impl SuperChat<'_> {
    /// The message as an event.
    pub(super) fn event(self, reader: Reader) -> Option<ChatEvent> {
        let id = super_chat_id(&self.id.0?);
        let at = reader.second(self.start_time.0.or(self.ts.0));
        let lasting = || at.checked_add(SignedDuration::from_secs(self.time.0.filter(|s| *s > 0)?)).ok();
        let until = self.end_time.0.and_then(time).or_else(lasting);
        let who = reader.person(natural(self.uid), owned(self.user_info.0.uname), false);
        let worth = natural(self.price).filter(|yuan| *yuan > 0).map(|yuan| yuan.saturating_mul(YUAN));
        let gift = Gift { name: String::new(), count: 1, worth };
        let event = ChatEvent::new(id, at, ChatKind::SuperChat, who, &self.message.0?);
        Some(event.giving(gift).pinned(until))
    }
}

/// `SUPER_CHAT_MESSAGE_DELETE`.
#[derive(Default, Deserialize)]
pub(super) struct Deleted {
    #[serde(default)]
    ids: Array<Keys>,
}

impl Deleted {
    /// The ids of the events.
    pub(super) fn ids(self) -> Vec<String> {
        self.ids.0.0.iter().map(|id| super_chat_id(id)).collect()
    }
}

fn super_chat_id(id: &str) -> String {
    format!("sc-{id}")
}

fn time(at: i64) -> Option<Timestamp> {
    crate::wire::epoch(at)
}

/// A count: none for what is negative.
pub(super) fn natural(number: Int) -> Option<u64> {
    number.0.and_then(|n| u64::try_from(n).ok())
}

/// A text that says something.
pub(super) fn owned(text: Text<'_>) -> Option<String> {
    text.0.filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned)
}
