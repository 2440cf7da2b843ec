//! Everything that is done at a platform: how it is set up, done, and seen to be done.

use std::sync::Arc;
use std::time::Duration;

use kaibo_live::account::AccountId;
use kaibo_live::driver::Connection;
use kaibo_live::moderation::MuteFor;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{Details, Edit, RemoteId, RoomId, Status};
use kaibo_live::studio::Studio;
use kaibo_live::view::{AccountDraft, ChatHealth, GoLive, RoomView, RunState, RunView};
use kaibo_tests::until;
use tokio::time::sleep;

use super::line::Asked;
use super::wire::Main;
use super::world::World;

/// Words for rooms and lines, none of which the sandbox has of itself.
const TITLE: &str = "雨夜电台";
const OTHER_TITLE: &str = "雨停以后";
const LINE: &str = "信号好吗";
const HEARD: &str = "听得很清楚";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    Connect,
    Find,
    Read,
    Figures,
    Right,
    Areas,
    Create,
    Start,
    Edit,
    End,
    Delete,
    Beat,
    Chat,
    Say,
    Mute,
}

/// What is done at a platform, and its main call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Op {
    pub(crate) platform: &'static str,
    pub(crate) act: Act,
    pub(crate) main: Main,
}

const fn op(platform: &'static str, act: Act, method: &'static str, path: &'static str) -> Op {
    Op { platform, act, main: Main { method, path, whole: false } }
}

pub(crate) const OPS: [Op; 31] = [
    op("weibo", Act::Connect, "", "/oauth2/get_token_info"),
    op("weibo", Act::Right, "", "/2/proxy/live2/user/authed"),
    op("weibo", Act::Create, "", "/2/proxy/live/create"),
    op("weibo", Act::Read, "", "/2/proxy/live/show"),
    op("weibo", Act::Edit, "", "/2/proxy/live/update"),
    op("weibo", Act::End, "", "/2/proxy/live/update"),
    op("weibo", Act::Delete, "", "/2/proxy/live/delete"),
    op("weibo", Act::Chat, "", "/2/proxy/live/chatroom/r_sync"),
    op("weibo", Act::Say, "", "/2/proxy/live/chatroom/r_msg"),
    op("taobao", Act::Connect, "", "/router/rest"),
    op("taobao", Act::Find, "", "/router/rest"),
    op("taobao", Act::Read, "", "/router/rest"),
    op("qiniu", Act::Connect, "", "/server/auth/token"),
    op("qiniu", Act::Find, "", "/client/live/room/list"),
    Op {
        platform: "qiniu",
        act: Act::Create,
        main: Main { method: "POST", path: "/server/live", whole: true },
    },
    op("qiniu", Act::Start, "PUT", "/client/live/room/"),
    op("qiniu", Act::Read, "GET", "/server/live/"),
    op("qiniu", Act::Figures, "", "/client/stats/singleLive/"),
    op("qiniu", Act::Beat, "", "/client/live/room/heartbeat/"),
    op("qiniu", Act::End, "POST", "/server/live/"),
    op("qiniu", Act::Delete, "DELETE", "/server/live/"),
    op("bilibili", Act::Connect, "", "/x/web-interface/nav"),
    op("bilibili", Act::Find, "", "/room/v2/Room/room_id_by_uid"),
    op("bilibili", Act::Areas, "", "/room/v1/Area/getList"),
    op("bilibili", Act::Create, "", "/xlive/app-blink/v1/preLive/CreateRoom"),
    op("bilibili", Act::Start, "", "/room/v1/Room/startLive"),
    op("bilibili", Act::Edit, "", "/room/v1/Room/update"),
    op("bilibili", Act::End, "", "/room/v1/Room/stopLive"),
    op("bilibili", Act::Chat, "", "/sub"),
    op("bilibili", Act::Say, "", "/msg/send"),
    op("bilibili", Act::Mute, "", "/xlive/web-ucenter/v1/banned/AddSilentUser"),
];

impl Act {
    /// What is asked of the connection for it.
    pub(crate) fn asked(self) -> Asked {
        match self {
            Self::Connect => Asked::Check,
            Self::Find => Asked::Find,
            Self::Read | Self::Figures => Asked::Read,
            Self::Right => Asked::Right,
            Self::Areas => Asked::Areas,
            Self::Create => Asked::Create,
            Self::Start => Asked::Start,
            Self::Edit => Asked::Edit,
            Self::End => Asked::End,
            Self::Delete => Asked::Delete,
            Self::Beat => Asked::Beat,
            Self::Chat => Asked::Chat,
            Self::Say => Asked::Say,
            Self::Mute => Asked::Moderate,
        }
    }

    /// Its name in the journal, when it is one that is journalled.
    pub(crate) fn journalled(self) -> Option<&'static str> {
        Some(match self {
            Self::Create => "create",
            Self::Start => "start",
            Self::Edit => "edit",
            Self::End => "end",
            Self::Delete => "delete",
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Find => "find",
            Self::Read => "read",
            Self::Figures => "figures",
            Self::Right => "right",
            Self::Areas => "areas",
            Self::Create => "create",
            Self::Start => "start",
            Self::Edit => "edit",
            Self::End => "end",
            Self::Delete => "delete",
            Self::Beat => "beat",
            Self::Chat => "chat",
            Self::Say => "say",
            Self::Mute => "mute",
        }
    }

    /// The longest that it may take until it is done or a problem is told: a read with its repeats takes 20 s at
    /// most, a write 15 s, and what got lost is looked for.
    pub(crate) fn deadline(self) -> Duration {
        Duration::from_secs(match self {
            Self::Find | Self::Read | Self::Figures | Self::Right | Self::Areas | Self::Beat => 25,
            Self::Connect | Self::Create | Self::Start => 65,
            // Over several tries, each of which may take as long as a call.
            Self::Chat => 600,
            _ => 40,
        })
    }
}

/// The account and the room that it is done with.
#[derive(Default, Clone)]
pub(crate) struct Target {
    pub(crate) account: Option<AccountId>,
    pub(crate) room: Option<RoomId>,
    pub(crate) remote: Option<RemoteId>,
    /// Rooms at the platform beforehand.
    pub(crate) rooms: usize,
    /// Entries of the journal beforehand.
    pub(crate) entries: usize,
    /// Somebody who has said something.
    viewer: String,
    line: Option<Arc<dyn Connection>>,
}

impl Target {
    fn room(&self) -> &RoomId {
        self.room.as_ref().expect("a room")
    }

    pub(crate) fn line_anew(&mut self, world: &World) {
        self.line = Some(world.connection());
    }
}

fn details() -> Details {
    Details { title: TITLE.into(), area_id: "192".into(), ..Details::default() }
}

impl Op {
    fn is_newcomers(&self) -> bool {
        self.platform == "bilibili" && self.act == Act::Create
    }

    pub(crate) fn draft(&self, world: &World) -> AccountDraft {
        let (settings, secrets) = world.form(self.is_newcomers());
        let fields = settings.0.into_iter().chain(secrets).collect();
        AccountDraft { platform: world.which(), name: String::new(), fields }
    }

    /// Everything up to the act, with nothing going wrong.
    pub(crate) async fn set_up(&self, world: &World, studio: &Studio) -> Target {
        let mut target = Target::default();
        target.line_anew(world);
        target.rooms = world.control.rooms(self.platform).len();
        if self.platform == "qiniu" && matches!(self.act, Act::Start | Act::Read | Act::Delete) {
            world.connection().create().unwrap().create(&details()).await.unwrap();
        }
        if self.act == Act::Connect {
            return target;
        }
        target.account = Some(studio.connect_account(self.draft(world)).await.unwrap());
        let room = seen(studio).remove(0);
        target.room = Some(room.id.clone());
        let on_air = matches!(
            self.act,
            Act::Edit | Act::End | Act::Say | Act::Mute | Act::Chat | Act::Beat | Act::Figures
        );
        let made = matches!(self.act, Act::Read | Act::Delete) && self.platform == "weibo";
        if on_air || made {
            let run = go_live(studio, &room.id).await;
            assert_eq!(run.rooms[0].state, RunState::Done, "setting up {self:?}");
        }
        target.remote = seen(studio).remove(0).remote;
        if on_air {
            if self.platform == "weibo" {
                assert!(world.control.weibo_video(&target.remote.as_ref().unwrap().0, true));
                studio.refresh_room(&room.id).unwrap();
            }
            until("on air", || async { (seen(studio)[0].status == Status::Live).then_some(()) }).await;
        }
        if matches!(self.act, Act::Chat | Act::Mute) {
            until("the chat is heard", || async {
                matches!(seen(studio)[0].chat, ChatHealth::Listening { .. }).then_some(())
            })
            .await;
        }
        if let (Act::Mute, Some(remote)) = (self.act, &target.remote) {
            assert!(world.control.viewer_says(self.platform, &remote.0, "半杯水", "来了"));
            let who = || async {
                let line = studio.snapshot("", "").chat.into_iter().find(|line| line.text == "来了")?;
                line.who.map(|who| who.id)
            };
            target.viewer = until("the viewer is heard", who).await;
        }
        target.rooms = world.control.rooms(self.platform).len();
        target.entries = world.disk.journal().len();
        target
    }

    /// Does it.
    pub(crate) async fn perform(
        &self,
        world: &World,
        studio: &Studio,
        target: &Target,
    ) -> Result<(), ProblemCode> {
        let code = |failure: kaibo_live::problem::Failure| failure.code;
        let line = target.line.as_deref().unwrap();
        let remote = target.remote.clone().unwrap_or_else(|| RemoteId("none".into()));
        match self.act {
            Act::Connect => studio.connect_account(self.draft(world)).await.map(drop).map_err(code),
            Act::Find => line.find_rooms().await.map(drop).map_err(code),
            // Figures are an extra: a reading without them is one.
            Act::Read | Act::Figures => line.read(&remote).await.map(drop).map_err(code),
            Act::Right => line.right().unwrap().ask().await.map_err(code),
            Act::Areas => studio.list_areas(target.room()).await.map(drop).map_err(code),
            Act::Create | Act::Start => result(go_live(studio, target.room()).await),
            Act::Edit => {
                let edit = Edit { title: Some(OTHER_TITLE.into()), ..Edit::default() };
                studio.edit_room(target.room(), edit).await.map_err(code)
            }
            Act::End => result(studio.end_broadcast(std::slice::from_ref(target.room()), false).await),
            Act::Delete => studio.delete_room(target.room()).await.map_err(code),
            Act::Beat => line.keep_alive().unwrap().beat(&remote).await.map(drop).map_err(code),
            Act::Chat => self.listen(world, studio, target).await,
            Act::Say => {
                let mut said = studio.say(std::slice::from_ref(target.room()), LINE).await;
                said.remove(0).problem.map_or(Ok(()), |problem| Err(problem.code))
            }
            Act::Mute => {
                let muted =
                    studio.mute_person(target.room(), &target.viewer, MuteFor::ThisBroadcast, LINE).await;
                muted.map(drop).map_err(code)
            }
        }
    }

    /// Until a viewer is heard; when that takes long, what the chat's health says.
    async fn listen(&self, world: &World, studio: &Studio, target: &Target) -> Result<(), ProblemCode> {
        let remote = target.remote.as_ref().unwrap();
        if self.platform == "bilibili" {
            // The line there is breaks, so that a new one has to be made.
            world.control.stop("bilibili").await;
            world.control.restart("bilibili").await.unwrap();
            sleep(Duration::from_secs(2)).await;
        }
        let mut code = ProblemCode::Timeout;
        for _ in 0..12 {
            let _ = world.control.viewer_says(self.platform, &remote.0, "半杯水", HEARD);
            for _ in 0..20 {
                sleep(Duration::from_secs(2)).await;
                let snapshot = studio.snapshot("", "");
                if snapshot.chat.iter().any(|line| line.text == HEARD) {
                    return Ok(());
                }
                if let ChatHealth::Broken { problem, .. } = &snapshot.rooms[0].chat {
                    code = problem.code.clone();
                } else if let Some(problem) = &snapshot.rooms[0].problem {
                    code = problem.code.clone();
                }
            }
        }
        Err(code)
    }

    /// Is it done, by the platform's own word? None where nothing changes.
    pub(crate) fn is_done(&self, world: &World, target: &Target) -> Option<bool> {
        let control = &world.control;
        let room = || target.remote.as_ref().and_then(|id| control.room(self.platform, &id.0));
        Some(match self.act {
            Act::Create => control.rooms(self.platform).len() > target.rooms,
            Act::Start => room().is_some_and(|room| room.live),
            Act::Edit => room().is_some_and(|room| room.title == OTHER_TITLE),
            Act::End => !room().is_some_and(|room| room.live),
            Act::Delete => room().is_none(),
            Act::Say => {
                let said = control.chat_received(self.platform, &target.remote.as_ref()?.0);
                said.iter().any(|line| line == LINE)
            }
            Act::Mute => !control.bilibili_muted(&target.remote.as_ref()?.0).is_empty(),
            _ => return None,
        })
    }

    /// The fields to sign in with again.
    pub(crate) async fn sign_in_again(&self, world: &World, studio: &Studio, target: &mut Target) {
        if let Some(account) = &target.account {
            let fields = self.draft(world).fields;
            studio.replace_credentials(account, fields).await.unwrap();
        }
        target.line_anew(world);
    }
}

pub(crate) fn seen(studio: &Studio) -> Vec<RoomView> {
    studio.snapshot("", "").rooms
}

async fn go_live(studio: &Studio, room: &RoomId) -> RunView {
    let rooms = vec![room.clone()];
    studio
        .go_live(GoLive {
            rooms,
            details: details(),
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await
}

fn result(mut run: RunView) -> Result<(), ProblemCode> {
    match run.rooms.remove(0).state {
        RunState::Done | RunState::Skipped => Ok(()),
        RunState::Failed { problem } | RunState::Unknown { problem } => Err(problem.code),
        RunState::Working => Err(ProblemCode::Internal),
    }
}
