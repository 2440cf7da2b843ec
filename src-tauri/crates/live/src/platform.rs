//! The platforms and what each lets an account do.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::SignInWay;
use crate::limits::TextLimit;
use crate::room::FigureKind;

/// A company whose live rooms Kaibo runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Platform {
    /// 微博
    Weibo,
    /// 淘宝
    Taobao,
    /// 七牛
    Qiniu,
    /// 哔哩哔哩
    Bilibili,
}

/// What can be done with a platform's rooms; the window shows what is there and hides the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Abilities {
    /// A room can be made through Kaibo.
    pub create: bool,
    /// The room lasts over broadcasts (Bilibili); otherwise each broadcast makes a new live object.
    pub lasting_room: bool,
    /// A call starts the broadcast. Without it, pushing video does (Weibo).
    pub start: bool,
    /// The broadcast can be ended.
    pub end: bool,
    /// The live object can be deleted.
    pub delete: bool,
    /// The platform hands out a push address.
    pub push: bool,
    /// Details that can be set when a broadcast is created or started.
    pub set_at_start: Vec<DetailKind>,
    /// Details that can be changed afterwards.
    pub edit: Vec<DetailKind>,
    /// Chat can be read.
    pub chat_in: bool,
    /// Chat can be answered.
    pub chat_out: bool,
    /// People can be muted, words blocked, the room silenced, moderators appointed.
    pub moderate: bool,
    /// Figures the platform reports, in the order to show them.
    pub figures: Vec<FigureKind>,
    /// Areas (categories) must be chosen from the platform's list.
    pub areas: bool,
    /// A cover must have been uploaded to the platform itself; no address from elsewhere is taken (Bilibili). Where a
    /// picture can be uploaded is the account's ([`AccountView::cover`](crate::view::AccountView)).
    pub own_covers: bool,
}

/// One thing a streamer writes about a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum DetailKind {
    /// The broadcast's title.
    Title,
    /// A longer text beside it (Weibo's post).
    Summary,
    /// The room's notice board.
    Notice,
    /// A cover picture, by address: one from elsewhere, or one that was uploaded.
    Cover,
    /// The area (category).
    Area,
    /// Tags.
    Tags,
    /// Who can see it.
    Visibility,
    /// Where the replay is found.
    ReplayUrl,
}

/// How one text is limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct DetailLimit {
    /// The text meant.
    pub detail: DetailKind,
    /// Its bounds.
    pub limit: TextLimit,
}

/// What a platform is: enough to draw its connect form and its rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PlatformInfo {
    /// Which one.
    pub platform: Platform,
    /// What it lets an account do.
    pub abilities: Abilities,
    /// How an account can be signed in, the best way first.
    pub ways: Vec<SignInWay>,
    /// Fields can be read from a file ([`Driver::read_file`](crate::driver::Driver::read_file)).
    pub takes_file: bool,
    /// The connect form, in order. Labels are the window's (`connect.<platform>.<name>`).
    pub fields: Vec<FieldSpec>,
    /// Bounds of the texts it takes.
    pub limits: Vec<DetailLimit>,
    /// Bound of one chat line that is sent.
    pub chat_limit: Option<TextLimit>,
    /// The platform's own page about these calls.
    pub documentation: String,
}

/// One field of a connect form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct FieldSpec {
    /// Name on both sides, e.g. `access_token`.
    pub name: String,
    /// How it is entered and where it goes.
    pub kind: FieldKind,
    /// Must not be empty.
    pub required: bool,
    /// Filled in beforehand.
    pub default: Option<String>,
    /// Values to choose from; empty means free text.
    pub choices: Vec<String>,
    /// Folded away under *More*.
    pub advanced: bool,
    /// The ways of signing in that it belongs to; empty means all.
    pub ways: Vec<SignInWay>,
}

/// How a connect field is entered. Secrets go to the keyring, the rest to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum FieldKind {
    /// Plain text.
    Text,
    /// A secret: typed blind, kept in the keyring, never shown again.
    Secret,
    /// A base address; empty means the platform's own.
    Url,
    /// Several values, one a line.
    List,
}
