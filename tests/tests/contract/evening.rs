//! One evening at one platform: each ability that it claims, used once, and its effect as the
//! platform itself tells it.

use std::sync::Arc;
use std::time::Duration;

use kaibo_live::chat::{ChatEvent, ChatOut, Heard};
use kaibo_live::driver::Connection;
use kaibo_live::platform::{DetailKind, PlatformInfo};
use kaibo_live::push::PushAddress;
use kaibo_live::room::{Details, Edit, FigureKind, RemoteId, RoomFacts, Signal, Status, Visibility};
use kaibo_live::secret::ExposeSecret;
use kaibo_sandbox::{Dialect, RoomState};
use kaibo_tests::until;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::stage::{Stage, details, info};

const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Evening {
    pub(crate) stage: Stage,
    platform: &'static str,
    pub(crate) info: PlatformInfo,
    pub(crate) connection: Arc<dyn Connection>,
    pub(crate) room: RemoteId,
    push: Option<PushAddress>,
}

impl Evening {
    /// Connects and has a room: made now where rooms are made, found where they last.
    pub(crate) async fn begin(platform: &'static str, dialect: Dialect) -> Self {
        let stage = Stage::open().await;
        stage.control.set_dialect(platform, dialect);
        let (info, connection) = (info(platform), stage.connect(platform));
        let before = stage.control.rooms(platform).len();
        connection.check().await.unwrap();
        let room = if info.abilities.create && !info.abilities.lasting_room {
            connection.create().unwrap().create(&details()).await.unwrap()
        } else {
            connection.find_rooms().await.unwrap().remove(0)
        };
        let made = usize::from(info.abilities.create && !info.abilities.lasting_room);
        assert_eq!(stage.control.rooms(platform).len(), before + made, "{platform}");
        Self { stage, platform, info, connection, room: room.remote, push: room.push }
    }

    /// The room as the platform sees it.
    pub(crate) fn seen(&self) -> RoomState {
        self.stage.control.room(self.platform, &self.room.0).unwrap()
    }

    pub(crate) async fn read(&self) -> RoomFacts {
        let facts = self.connection.read(&self.room).await.unwrap();
        assert_eq!((&facts.remote, facts.title.as_deref()), (&self.room, Some(self.seen().title.as_str())));
        facts
    }

    /// Goes live: by call, or by pushing where that starts it. The encoder goes on until dropped.
    pub(crate) async fn go_live(&mut self) -> Option<Child> {
        assert!(!self.seen().live, "{}", self.platform);
        assert_eq!(self.read().await.status, Status::NotStarted);
        if let Some(start) = self.connection.start() {
            // Starting a live room again is not an error, and tells the same address.
            let first = start.start(&self.room, &details()).await.unwrap().push;
            let again = start.start(&self.room, &details()).await.unwrap().push;
            let whole =
                |push: &Option<PushAddress>| push.as_ref().map(|p| p.whole().expose_secret().to_owned());
            assert_eq!(whole(&first), whole(&again), "{}", self.platform);
            self.push = first.or(self.push.take());
        }
        if self.info.abilities.lasting_room {
            // Its texts are of the broadcast before until they are changed, once the start was taken.
            let edit = Edit { title: Some(details().title), ..Edit::default() };
            self.connection.edit().unwrap().edit(&self.room, &edit).await.unwrap();
        }
        for kind in self.by_words(&self.info.abilities.set_at_start) {
            assert_eq!(field(kind, &self.seen()), wanted(kind, &details()), "{} {kind:?}", self.platform);
        }
        let push = self.push.clone().expect("a push address");
        self.asks_the_ingest(&push, |signal| matches!(signal, Signal::None)).await;
        let encoder = self.connection.start().is_none().then(|| encode(&push));
        until("the room to go live", || async { self.seen().live.then_some(()) }).await;
        if encoder.is_some() {
            let arriving =
                |signal: &Signal| matches!(signal, Signal::Arriving { kbps: 1.., width: 320, height: 180 });
            self.asks_the_ingest(&push, arriving).await;
        }
        let facts = self.read().await;
        assert_eq!(facts.status, Status::Live, "{}", self.platform);
        assert!(facts.started_at.is_some(), "{}", self.platform);
        encoder
    }

    async fn asks_the_ingest(&self, push: &PushAddress, good: impl Fn(&Signal) -> bool) {
        let ingest = self.connection.signal().unwrap();
        let ask = || async { Some(ingest.ask(push).await.unwrap()).filter(|signal| good(signal)) };
        until("the ingest's word", ask).await;
    }

    /// By reading or, where there is a chat, with that.
    pub(crate) async fn tells_its_figures(&self) {
        let mut told: Vec<_> = self.read().await.figures.into_keys().collect();
        let lacks = |told: &[FigureKind]| self.info.abilities.figures.iter().any(|f| !told.contains(f));
        if let Some(chat) = self.connection.chat()
            && lacks(&told)
        {
            let (out, mut heard) = ChatOut::queue();
            // Viewers come and go by themselves.
            self.stage.control.set_chatter(true);
            let hear = async {
                while lacks(&told) {
                    if let Some(Heard::Figure(kind, _)) = heard.recv().await {
                        told.push(kind);
                    }
                }
            };
            let figures = async {
                tokio::select! {
                    ended = chat.listen(&self.room, out) => panic!("{}: {ended:?}", self.platform),
                    () = hear => {}
                }
            };
            timeout(PATIENCE, figures).await.unwrap();
            self.stage.control.set_chatter(false);
        }
        for figure in &self.info.abilities.figures {
            assert!(told.contains(figure), "{} {figure:?} in {told:?}", self.platform);
        }
    }

    /// Details that are told in words. A cover that must have been uploaded is in `covers.rs`.
    fn by_words(&self, kinds: &[DetailKind]) -> Vec<DetailKind> {
        let own = self.info.abilities.own_covers;
        kinds.iter().copied().filter(|kind| !own || *kind != DetailKind::Cover).collect()
    }

    /// Each detail by itself; the others stay as they are.
    pub(crate) async fn edits_each_detail(&self) {
        for kind in self.by_words(&self.info.abilities.edit) {
            let (edit, told) = edit(kind);
            let before = self.seen();
            self.connection.edit().unwrap().edit(&self.room, &edit).await.unwrap();
            let after = self.seen();
            assert_eq!(field(kind, &after), told, "{} {kind:?}", self.platform);
            for other in self.info.abilities.edit.iter().filter(|other| **other != kind) {
                assert_eq!(field(*other, &after), field(*other, &before), "{} {kind:?}", self.platform);
            }
            self.read().await;
        }
    }

    /// A viewer is heard, the streamer is heard by the viewers and by himself, and listening ends when
    /// nobody wants to hear any more.
    pub(crate) async fn talks(&self) {
        let (out, mut heard) = ChatOut::queue();
        let (connection, room) = (self.connection.clone(), self.room.clone());
        let listening = tokio::spawn(async move { connection.chat().unwrap().listen(&room, out).await });
        let first = timeout(PATIENCE, heard.recv()).await.unwrap();
        assert!(matches!(first, Some(Heard::Alive)), "{first:?}");
        let control = &self.stage.control;
        // Words none of the sandbox's own viewers ever says.
        assert!(control.viewer_says(self.platform, &self.room.0, "半杯水", "滤纸要先冲一遍吗"));
        // What the others said since the figures were heard is caught up with first.
        let line = next_line_saying(&mut heard, "滤纸要先冲一遍吗").await;
        let who = line.who.unwrap();
        assert_eq!((who.name.as_str(), who.me), ("半杯水", false));
        self.connection.speak().unwrap().say(&self.room, "92 度 & 100%").await.unwrap();
        assert_eq!(control.chat_received(self.platform, &self.room.0), ["92 度 & 100%"]);
        // A line said while it was caught up comes twice, under one id: the studio tells doubles.
        let own = next_line_saying(&mut heard, "92 度 & 100%").await;
        assert!(own.who.unwrap().me);
        drop(heard);
        assert!(control.viewer_says(self.platform, &self.room.0, "半杯水", "再见"));
        timeout(PATIENCE, listening).await.unwrap().unwrap().unwrap();
    }

    pub(crate) async fn ends(&self) {
        let end = self.connection.end().unwrap();
        end.end(&self.room).await.unwrap();
        assert!(!self.seen().live, "{}", self.platform);
        let lasting = self.info.abilities.lasting_room;
        let over = if lasting { Status::NotStarted } else { Status::Ended };
        assert_eq!(self.read().await.status, over, "{}", self.platform);
        end.end(&self.room).await.unwrap();
    }

    pub(crate) async fn deletes(&self) {
        let delete = self.connection.delete().unwrap();
        delete.delete(&self.room).await.unwrap();
        assert_eq!(self.stage.control.room(self.platform, &self.room.0), None);
        delete.delete(&self.room).await.unwrap();
    }
}

/// The next line with this text.
async fn next_line_saying(heard: &mut Receiver<Heard>, text: &str) -> ChatEvent {
    let line = async {
        loop {
            match heard.recv().await.unwrap() {
                Heard::Event(event) if event.who.is_some() && event.text == text => return event,
                _ => {}
            }
        }
    };
    timeout(PATIENCE, line).await.unwrap()
}

/// ffmpeg with a test picture.
fn encode(push: &PushAddress) -> Child {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-hide_banner", "-loglevel", "error", "-re"]);
    ffmpeg.args(["-f", "lavfi", "-i", "testsrc=size=320x180:rate=10", "-f", "lavfi", "-i", "sine"]);
    ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-c:a", "aac", "-t", "60"]);
    ffmpeg.args(["-f", "flv", push.whole().expose_secret()]).kill_on_drop(true);
    ffmpeg.stdin(std::process::Stdio::null()).spawn().expect("ffmpeg is installed")
}

/// A detail as the platform has it.
fn field(kind: DetailKind, room: &RoomState) -> String {
    match kind {
        DetailKind::Title => room.title.clone(),
        DetailKind::Summary | DetailKind::Notice => room.notice.clone(),
        DetailKind::Cover => room.cover_url.clone(),
        DetailKind::Area => room.area.clone(),
        DetailKind::Tags => room.tags.join(","),
        DetailKind::Visibility => room.private.to_string(),
        DetailKind::ReplayUrl => room.replay_url.clone(),
    }
}

/// The same detail as it was asked for.
fn wanted(kind: DetailKind, details: &Details) -> String {
    match kind {
        DetailKind::Title => details.title.clone(),
        DetailKind::Summary => details.summary.clone(),
        DetailKind::Notice => details.notice.clone(),
        DetailKind::Cover => details.cover_url.clone(),
        DetailKind::Area => details.area_id.clone(),
        DetailKind::Tags => details.tags.join(","),
        DetailKind::Visibility => (details.visibility == Visibility::Private).to_string(),
        DetailKind::ReplayUrl => String::new(),
    }
}

/// A change of one detail, and the detail after it.
fn edit(kind: DetailKind) -> (Edit, String) {
    let (mut edit, none) = (Edit::default(), String::new());
    let told = match kind {
        DetailKind::Title => edit.title.insert("换一张 & 再来一杯".into()).clone(),
        DetailKind::Summary => edit.summary.insert("换到 B 面 50% + 1".into()).clone(),
        DetailKind::Notice => edit.notice.insert("中场休息".into()).clone(),
        DetailKind::Cover => edit.cover_url.insert("https://img.example/d.jpg?a=1&b=2".into()).clone(),
        DetailKind::Area => edit.area_id.insert("27".into()).clone(),
        DetailKind::ReplayUrl => edit.replay_url.insert("https://v.example/r.m3u8".into()).clone(),
        DetailKind::Visibility => {
            edit.visibility = Some(Visibility::Public);
            false.to_string()
        }
        DetailKind::Tags => {
            (edit.add_tags, edit.remove_tags) = (vec!["现场".into()], vec!["咖啡".into()]);
            "黑胶,现场".into()
        }
    };
    assert_ne!(told, none);
    (edit, told)
}
