//! The few words that are said outside the page: tray menu, system notifications, titles of file dialogs.

use kaibo_live::chat::Gift;
use kaibo_live::encoder::AlarmKind;
use kaibo_live::studio::{Notice, NoticeKind};
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

    /// A notification; the room's name stands before it.
    pub(crate) fn notice(self, notice: &Notice) -> String {
        let room = notice.room.as_deref();
        let said = match &notice.kind {
            NoticeKind::Alarm(kind) => return self.alarm(kind, room),
            NoticeKind::Over => {
                self.pick("直播结束了，不是从这里下播的", "the broadcast has ended, not from here")
            }
            NoticeKind::SignIn { account, hours } => self.sign_in(account.as_deref(), *hours),
            NoticeKind::Paid { who, text, gift, member } => {
                self.paid(who.as_deref(), text, gift.as_ref(), *member)
            }
            NoticeKind::Run { going_live, done, failed } => self.run(*going_live, *done, *failed),
        };
        match room {
            Some(room) => format!("{room}{}{said}", self.pick("：", ": ")),
            None => said,
        }
    }

    fn sign_in(self, account: Option<&str>, hours: i64) -> String {
        let whose = account.map_or_else(|| self.pick("有个账号", "An account"), str::to_owned);
        match hours {
            0 => format!("{whose}{}", self.pick("的登录过期了", ": the sign-in has expired")),
            _ => format!(
                "{whose}{}",
                self.pick(
                    &format!("的登录不到 {hours} 小时就过期"),
                    &format!(": the sign-in expires within {hours} h")
                )
            ),
        }
    }

    fn paid(self, who: Option<&str>, text: &str, gift: Option<&Gift>, member: bool) -> String {
        let yuan = gift.and_then(|g| g.worth).map(|worth| format!(" ¥{}", worth / 1000)).unwrap_or_default();
        let who = who.map_or_else(|| self.pick("有人", "somebody"), str::to_owned);
        let what = if member {
            let name = gift.map(|g| g.name.as_str()).filter(|name| !name.is_empty());
            let name = name.map_or_else(|| self.pick("会员", "a member"), str::to_owned);
            format!("{}{name}", self.pick("开通了", " became "))
        } else {
            self.pick("发了醒目留言", " sent a super chat")
        };
        let said = if text.is_empty() { String::new() } else { format!("{}{text}", self.pick("：", ": ")) };
        format!("{who}{what}{yuan}{said}")
    }

    fn run(self, going_live: bool, done: usize, failed: usize) -> String {
        let worked = match (going_live, failed) {
            (true, 0) => self.pick("都开播了", "all live"),
            (false, 0) => self.pick("都下播了", "all ended"),
            (true, _) => {
                self.pick(&format!("开播 {done} 个，{failed} 个没成"), &format!("{done} live, {failed} not"))
            }
            (false, _) => {
                self.pick(&format!("下播 {done} 个，{failed} 个没成"), &format!("{done} ended, {failed} not"))
            }
        };
        if failed > 0 {
            format!("{worked}{}", self.pick("，去窗口看看", "; see the window"))
        } else {
            worked
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_says_what_happened_and_names_only_whom_it_was_given() {
        let text = |room: Option<&str>, kind| {
            let notice = Notice { room: room.map(str::to_owned), kind };
            [Tongue::Chinese, Tongue::English].map(|tongue| tongue.notice(&notice))
        };
        let gift = Gift { name: String::new(), count: 1, worth: Some(30_000) };
        let paid = |who: Option<&str>, text: &str| NoticeKind::Paid {
            who: who.map(str::to_owned),
            text: text.into(),
            gift: Some(gift.clone()),
            member: false,
        };
        let table = [
            (
                text(Some("小满"), NoticeKind::Over),
                ["小满：直播结束了，不是从这里下播的", "小满: the broadcast has ended, not from here"],
            ),
            (
                text(Some("小满"), paid(Some("青柠"), "点一首")),
                ["小满：青柠发了醒目留言 ¥30：点一首", "小满: 青柠 sent a super chat ¥30: 点一首"],
            ),
            (text(None, paid(None, "")), ["有人发了醒目留言 ¥30", "somebody sent a super chat ¥30"]),
            (
                text(None, NoticeKind::SignIn { account: None, hours: 1 }),
                ["有个账号的登录不到 1 小时就过期", "An account: the sign-in expires within 1 h"],
            ),
            (
                text(None, NoticeKind::Run { going_live: true, done: 2, failed: 1 }),
                ["开播 2 个，1 个没成，去窗口看看", "2 live, 1 not; see the window"],
            ),
        ];
        for (said, expected) in table {
            assert_eq!(said, expected);
        }
    }
}
