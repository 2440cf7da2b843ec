//! What the streamer set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{NoticeSettings, Template, TextSize};
use crate::encoder::EncoderAddress;
use crate::overlay::OverlaySettings;
use crate::platform::Platform;
use crate::relay::RelaySettings;
use crate::room::{Area, Details, RoomId};
use crate::shortcut::ShortcutSettings;

/// What the streamer set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Preferences {
    /// Colours.
    pub theme: Theme,
    /// Words.
    pub language: Language,
    /// How large everything is drawn.
    pub text_size: TextSize,
    /// Last details of *Tonight*.
    pub tonight: Details,
    /// Rooms chosen for tonight.
    pub chosen: Vec<RoomId>,
    /// Forms of *Tonight* that were kept, at most `TEMPLATES_CAP`.
    pub templates: Vec<Template>,
    /// What each room went live with last, at most `LAST_CAP` rooms; the sandbox's aren't among them.
    pub last: BTreeMap<RoomId, Details>,
    /// Keys, addresses, codes and names of accounts aren't shown, and the window asks to be left out of captures.
    pub streamer_mode: bool,
    /// Areas chosen lately, by platform, the last first; at most eight each.
    pub recent_areas: BTreeMap<Platform, Vec<Area>>,
    /// Keep the sandbox although accounts are connected. Without accounts it is on anyway.
    pub sandbox: bool,
    /// Where the encoder is looked for; none: not at all.
    pub encoder: Option<EncoderAddress>,
    /// *Go live* and *End* start and stop the encoder too.
    pub with_encoder: bool,
    /// Take the key out of the encoder when the broadcast ends.
    pub blank_key: bool,
    /// What is told outside the window, and of milestones.
    pub notices: NoticeSettings,
    /// Days that the chat's history is kept; 0: for ever.
    pub keep_history_days: u32,
    /// The least that the thanks list shows, in yuan; 0: whatever was paid.
    pub thanks_from: u32,
    /// The page that OBS shows the chat with; changed by `set_overlay` alone.
    pub overlay: OverlaySettings,
    /// One push for all rooms; changed by `set_relay` and the commands of custom targets alone.
    pub relay: RelaySettings,
    /// Shortcuts that work in other programs; changed by `set_shortcut` and `reset_shortcuts` alone.
    pub shortcuts: ShortcutSettings,
}

/// Colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Theme {
    /// Dark.
    #[default]
    Dark,
    /// Light.
    Light,
    /// As the operating system.
    System,
}

/// Words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub enum Language {
    /// As the operating system.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}
