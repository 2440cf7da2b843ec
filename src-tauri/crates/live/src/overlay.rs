//! The overlay: a page on this machine that shows the chat over the picture, as a browser source of OBS. What it shows
//! is decided here; `kaibo-overlay` serves it.

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use ts_rs::TS;

use crate::chat::{ChatKind, Gift};
use crate::platform::Platform;
use crate::problem::{Failure, InvalidReason, Problem};
use crate::secret::SecretString;
use crate::view::{ChatLine, Language};

/// The longest style sheet of one's own, in bytes.
pub const CSS_CAP: usize = 32 * 1024;
/// The port, unless another is chosen.
pub const PORT: u16 = 7345;
/// The lowest port that needs no rights of its own.
const LOWEST_PORT: u16 = 1024;
/// Smallest and largest letters, in px.
const FONT: std::ops::RangeInclusive<u32> = 12..=72;
/// The longest that a line may stay, in seconds.
const LONGEST_STAY: u32 = 600;

/// What the streamer set about the overlay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct OverlaySettings {
    /// Is it served?
    pub on: bool,
    /// The port on 127.0.0.1, 1024 to 65535.
    pub port: u16,
    /// How lines look.
    pub theme: OverlayTheme,
    /// Size of the letters, 12 to 72 px.
    pub font_size: u32,
    /// The newest line stands at the top, else at the bottom.
    pub newest_on_top: bool,
    /// Seconds that a line stays, up to 600; 0: until newer ones push it out.
    pub stay_seconds: u32,
    /// The page's words.
    pub language: Language,
    /// Shows what is said.
    pub messages: bool,
    /// Shows gifts.
    pub gifts: bool,
    /// Shows paid messages.
    pub super_chats: bool,
    /// Shows who became a member.
    pub members: bool,
    /// Shows likes.
    pub likes: bool,
    /// A style sheet of the streamer's own, at most 32 kB. The page loads nothing that it points to.
    pub css: String,
}

impl Default for OverlaySettings {
    fn default() -> Self {
        Self {
            on: false,
            port: PORT,
            theme: OverlayTheme::Outline,
            font_size: 24,
            newest_on_top: false,
            stay_seconds: 0,
            language: Language::Auto,
            messages: true,
            gifts: true,
            super_chats: true,
            members: true,
            likes: false,
            css: String::new(),
        }
    }
}

impl OverlaySettings {
    /// Refuses what is out of bounds.
    pub fn check(&self) -> Result<(), Failure> {
        let wrong = |field: &str| Err(Failure::invalid(field, InvalidReason::Malformed));
        if self.port < LOWEST_PORT {
            return wrong("overlay_port");
        }
        if !FONT.contains(&self.font_size) {
            return wrong("overlay_font_size");
        }
        if self.stay_seconds > LONGEST_STAY {
            return wrong("overlay_stay");
        }
        if self.css.len() > CSS_CAP {
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let reason = InvalidReason::TooLong { used: count(self.css.len()), limit: count(CSS_CAP) };
            return Err(Failure::invalid("overlay_css", reason));
        }
        Ok(())
    }

    /// Is this kind of line shown?
    pub fn shows(&self, kind: ChatKind) -> bool {
        match kind {
            ChatKind::Message => self.messages,
            ChatKind::Gift => self.gifts,
            ChatKind::SuperChat => self.super_chats,
            ChatKind::Member => self.members,
            ChatKind::Like => self.likes,
            ChatKind::Entry | ChatKind::Follow | ChatKind::Share | ChatKind::Notice | ChatKind::Muted => {
                false
            }
        }
    }
}

/// How lines of the overlay look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum OverlayTheme {
    /// Plain text with an outline.
    #[default]
    Outline,
    /// Each line in a bubble.
    Bubbles,
}

/// How the overlay is doing. Its address is a secret and isn't here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct OverlayView {
    /// Is it served?
    pub state: OverlayState,
    /// Pages that are connected.
    pub pages: u32,
}

/// Whether the overlay is served.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum OverlayState {
    /// Switched off.
    #[default]
    Off,
    /// Served.
    On,
    /// Another program has the port; it is tried again every few seconds.
    PortTaken {
        /// It.
        port: u16,
    },
    /// Its address couldn't be fetched from the keyring, or it couldn't be served; it is tried again.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// A line as the overlay shows it. Ids of persons stay behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct OverlayLine {
    /// Its number, as in the pane.
    #[ts(type = "number")]
    pub id: u64,
    /// Where.
    pub platform: Platform,
    /// What.
    pub kind: ChatKind,
    /// Who, by name; empty where nobody is named.
    pub name: String,
    /// The streamer's own.
    pub me: bool,
    /// A moderator's.
    pub moderator: bool,
    /// The text; cleaned, still to be shown as text only.
    pub text: String,
    /// What was given.
    pub gift: Option<Gift>,
    /// When, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
}

impl OverlayLine {
    pub(crate) fn of(line: &ChatLine) -> Self {
        let who = line.who.as_ref();
        Self {
            id: line.id,
            platform: line.platform,
            kind: line.kind,
            name: who.map(|w| w.name.clone()).unwrap_or_default(),
            me: who.is_some_and(|w| w.me),
            moderator: who.is_some_and(|w| w.moderator),
            text: line.text.clone(),
            gift: line.gift.clone(),
            at: line.at,
        }
    }
}

/// What a page of the overlay is told at first, and whenever the settings change.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct OverlayStart {
    /// How to show it.
    pub settings: OverlaySettings,
    /// The last lines, oldest first.
    pub lines: Vec<OverlayLine>,
}

/// What happens in the overlay.
#[derive(Debug, Clone)]
pub enum OverlayEvent {
    /// A line got its number.
    Line(OverlayLine),
    /// A line was taken back.
    Recalled(u64),
}

/// The overlay's lines: those of before, and those to come.
#[derive(Debug)]
pub struct OverlayFeed {
    /// How to show them.
    pub settings: OverlaySettings,
    /// The last [`LAST_LINES`] of the kinds that are shown, oldest first.
    pub last: Vec<OverlayLine>,
    /// What comes.
    pub news: broadcast::Receiver<OverlayEvent>,
}

/// Lines that a page gets when it opens.
pub const LAST_LINES: usize = 20;

/// Hands each event to all pages. It holds [`CAP`](Self::CAP) events; a page that is further behind loses the oldest
/// and goes on. Nothing waits for a page.
pub(crate) struct Fanout(broadcast::Sender<OverlayEvent>);

impl Fanout {
    const CAP: usize = 256;

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<OverlayEvent> {
        self.0.subscribe()
    }

    pub(crate) fn send(&self, event: impl FnOnce() -> OverlayEvent) {
        if self.0.receiver_count() > 0 {
            // The last page may have gone this moment.
            let _ = self.0.send(event());
        }
    }
}

impl Default for Fanout {
    fn default() -> Self {
        Self(broadcast::Sender::new(Self::CAP))
    }
}

/// The overlay's address, for the clipboard. It opens the page to whoever has it.
pub fn address(port: u16, token: &SecretString) -> SecretString {
    use crate::secret::ExposeSecret;
    format!("http://127.0.0.1:{port}/{}/", token.expose_secret()).into()
}
