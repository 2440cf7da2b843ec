//! The few words that are said outside the page: tray menu, system notifications, titles of file dialogs.

use kaibo_live::encoder::AlarmKind;
use kaibo_live::view::Language;

/// The languages the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    Chinese,
    English,
}

impl Tongue {
    /// The streamer's choice, else the system's language.
    pub(crate) fn of(language: Language) -> Self {
        let chinese = match language {
            Language::Chinese => true,
            Language::English => false,
            Language::Auto => sys_locale::get_locale().is_some_and(|l| l.starts_with("zh")),
        };
        if chinese { Self::Chinese } else { Self::English }
    }

    fn pick(self, chinese: &str, english: &str) -> String {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
        .to_owned()
    }

    /// Brings the window to the front.
    pub(crate) fn show(self) -> String {
        self.pick("显示窗口", "Show window")
    }

    /// Ends the program.
    pub(crate) fn quit(self) -> String {
        self.pick("退出", "Quit")
    }

    /// What is on air.
    pub(crate) fn on_air(self, rooms: &[String]) -> String {
        match rooms {
            [] => self.pick("没有直播间在播", "Nothing is live"),
            _ => format!("{}{}", self.pick("直播中：", "Live: "), rooms.join(self.comma())),
        }
    }

    /// An alarm in one line; the room's name stands before it.
    pub(crate) fn alarm(self, kind: &AlarmKind, room: Option<&str>) -> String {
        let said = match kind {
            AlarmKind::LiveWithoutVideo => self.pick("在播，没有画面", "live, but no video arrives"),
            AlarmKind::VideoWithoutLive => {
                self.pick("OBS 在推流，没开播", "OBS is sending, but the room isn't live")
            }
            AlarmKind::CutOff { words } => {
                format!("{}{words}", self.pick("被平台切断：", "cut off by the platform: "))
            }
            AlarmKind::Warned { words } => {
                format!("{}{words}", self.pick("平台警告：", "warned by the platform: "))
            }
            AlarmKind::OtherKey => self.pick("OBS 用的不是这一间的密钥", "OBS uses another stream key"),
            AlarmKind::AddressRunsOut { .. } => {
                self.pick("推流地址快过期了", "the push address is about to run out")
            }
            AlarmKind::EncoderReconnecting => self.pick("OBS 一再断线重连", "OBS keeps losing its server"),
            AlarmKind::EncoderLost => self.pick("在播，OBS 连不上了", "live, but OBS can't be reached"),
            AlarmKind::UploadShort { .. } => {
                self.pick("上行带宽不够转推", "the upload is too slow for the relay")
            }
        };
        match room {
            Some(room) => format!("{room}{}{said}", self.pick("：", ": ")),
            None => said,
        }
    }

    /// Where push addresses are saved.
    pub(crate) fn save_targets(self) -> String {
        self.pick("保存推流目标（含密钥）", "Save push targets (keys included)")
    }

    /// Where the chat's history is saved.
    pub(crate) fn save_history(self) -> String {
        self.pick("导出聊天历史", "Export the chat's history")
    }

    /// Where a session is saved.
    pub(crate) fn save_session(self) -> String {
        self.pick("保存这一场", "Save this session")
    }

    /// Where an evening's summary is saved.
    pub(crate) fn save_summary(self) -> String {
        self.pick("保存这一场的小结", "Save the summary")
    }

    /// Where the log is saved.
    pub(crate) fn save_log(self) -> String {
        self.pick("导出日志", "Export the log")
    }

    fn comma(self) -> &'static str {
        match self {
            Self::Chinese => "、",
            Self::English => ", ",
        }
    }
}
