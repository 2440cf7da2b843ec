//! A small obs-websocket server, played from the protocol's document:
//! <https://github.com/obsproject/obs-websocket/blob/master/docs/generated/protocol.md>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use kaibo_live::encoder::EncoderAddress;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The password of the played OBS.
pub(crate) const PASSWORD: &str = "open-sesame-77";

const CHALLENGE: &str = "played challenge";
const SALT: &str = "played salt";

/// An OBS on a port of its own, until it is dropped.
pub(crate) struct Play {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
    orders: broadcast::Sender<Order>,
    task: tokio::task::JoinHandle<()>,
}

/// What the played OBS knows.
pub(crate) struct State {
    password: Option<&'static str>,
    greeting: Greeting,
    /// What `GetStreamServiceSettings` tells.
    pub(crate) service: Value,
    streaming: bool,
    checked: usize,
    connected: usize,
    refusals: HashMap<&'static str, (u64, &'static str)>,
    answers: HashMap<&'static str, Value>,
}

/// What it says first.
#[derive(Clone)]
enum Greeting {
    /// What OBS says.
    Hello,
    /// Something else, and then no more; nothing at all.
    Strange(Option<String>),
}

#[derive(Clone)]
enum Order {
    Say(String),
    Close(u16, &'static str),
    Cut,
    Hang,
}

/// Where it listens.
pub(crate) fn address(port: u16) -> EncoderAddress {
    EncoderAddress { host: "127.0.0.1".into(), port }
}

impl Play {
    pub(crate) async fn start() -> Self {
        Self::with(Some(PASSWORD), Greeting::Hello).await
    }

    pub(crate) async fn without_password() -> Self {
        Self::with(None, Greeting::Hello).await
    }

    /// One that greets with this, or with nothing.
    pub(crate) async fn greeting(hello: Option<String>) -> Self {
        Self::with(Some(PASSWORD), Greeting::Strange(hello)).await
    }

    async fn with(password: Option<&'static str>, greeting: Greeting) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let service = json!({ "streamServiceType": "rtmp_custom", "streamServiceSettings": {} });
        let state = Arc::new(Mutex::new(State {
            password,
            greeting,
            service,
            streaming: false,
            checked: 0,
            connected: 0,
            refusals: HashMap::new(),
            answers: HashMap::new(),
        }));
        let (orders, _) = broadcast::channel(16);
        let task = tokio::spawn({
            let (state, orders) = (state.clone(), orders.clone());
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (state, orders) = (state.clone(), orders.subscribe());
                    tokio::spawn(async move {
                        state.lock().unwrap().connected += 1;
                        serve(stream, &state, orders).await;
                        state.lock().unwrap().connected -= 1;
                    });
                }
            }
        });
        Self { port, state, orders, task }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Refuses a kind of request from now on.
    pub(crate) fn refuse(&self, kind: &'static str, code: u64, words: &'static str) {
        self.state().refusals.insert(kind, (code, words));
    }

    /// Answers a kind of request with this from now on.
    pub(crate) fn answer(&self, kind: &'static str, data: Value) {
        self.state().answers.insert(kind, data);
    }

    /// Sends this to whoever is connected.
    pub(crate) fn say(&self, text: String) {
        self.order(Order::Say(text));
    }

    /// Closes with a code and words.
    pub(crate) fn close(&self, code: u16, words: &'static str) {
        self.order(Order::Close(code, words));
    }

    /// Drops the connection without a word.
    pub(crate) fn cut(&self) {
        self.order(Order::Cut);
    }

    /// Reads and says nothing more; the connection stays.
    pub(crate) fn hang(&self) {
        self.order(Order::Hang);
    }

    fn order(&self, order: Order) {
        assert!(self.orders.send(order).is_ok(), "somebody is connected");
    }

    /// Waits until its service was asked for so many times.
    pub(crate) async fn until_checked(&self, times: usize) {
        self.until(|state| state.checked >= times).await;
    }

    /// Waits until nobody is connected.
    pub(crate) async fn until_gone(&self) {
        self.until(|state| state.connected == 0).await;
    }

    async fn until(&self, so: impl Fn(&State) -> bool) {
        let looking = async {
            while !so(&self.state()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), looking).await.expect("in time");
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, state: &Mutex<State>, mut orders: broadcast::Receiver<Order>) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let greeting = state.lock().unwrap().greeting.clone();
    if let Greeting::Strange(greeting) = greeting {
        if let Some(greeting) = greeting {
            let _ = socket.send(Message::text(greeting)).await;
        }
        while socket.next().await.is_some_and(|frame| frame.is_ok()) {}
        return;
    }
    if !signed_in(&mut socket, state).await {
        return;
    }
    loop {
        tokio::select! {
            frame = socket.next() => {
                let Some(Ok(frame)) = frame else { return };
                let Message::Text(text) = frame else { continue };
                let answer = answer(&mut state.lock().unwrap(), &text);
                let _ = socket.send(Message::text(answer)).await;
            }
            order = orders.recv() => match order.unwrap() {
                Order::Say(text) => drop(socket.send(Message::text(text)).await),
                Order::Close(code, words) => {
                    let frame = CloseFrame { code: code.into(), reason: words.into() };
                    let _ = socket.close(Some(frame)).await;
                }
                Order::Cut => return,
                Order::Hang => std::future::pending().await,
            },
        }
    }
}

async fn signed_in(socket: &mut WebSocketStream<TcpStream>, state: &Mutex<State>) -> bool {
    let password = state.lock().unwrap().password;
    let mut hello = json!({ "obsWebSocketVersion": "5.1.0", "rpcVersion": 1 });
    if password.is_some() {
        hello["authentication"] = json!({ "challenge": CHALLENGE, "salt": SALT });
    }
    let _ = socket.send(Message::text(json!({ "op": 0, "d": hello }).to_string())).await;
    let Some(Ok(Message::Text(text))) = socket.next().await else { return false };
    let identify: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&identify["op"], &identify["d"]["rpcVersion"]), (&json!(1), &json!(1)));
    let proof = password.map(|password| {
        let secret = STANDARD.encode(Sha256::digest(format!("{password}{SALT}")));
        STANDARD.encode(Sha256::digest(format!("{secret}{CHALLENGE}")))
    });
    if proof.is_some() && identify["d"]["authentication"].as_str() != proof.as_deref() {
        let reason = "Authentication failed.".into();
        let _ = socket.close(Some(CloseFrame { code: 4009.into(), reason })).await;
        return false;
    }
    let identified = json!({ "op": 2, "d": { "negotiatedRpcVersion": 1 } });
    socket.send(Message::text(identified.to_string())).await.is_ok()
}

fn answer(state: &mut State, text: &str) -> String {
    let request: Value = serde_json::from_str(text).unwrap();
    assert_eq!(request["op"], 6, "a request");
    let kind = request["d"]["requestType"].as_str().unwrap().to_owned();
    let result = match state.refusals.get(kind.as_str()) {
        Some((code, words)) => Err((*code, *words)),
        None => act(state, &kind, &request["d"]["requestData"]),
    };
    let mut answer = json!({ "requestType": kind, "requestId": request["d"]["requestId"] });
    match result {
        Ok(data) => {
            answer["requestStatus"] = json!({ "result": true, "code": 100 });
            if !data.is_null() {
                answer["responseData"] = data;
            }
        }
        Err((code, words)) => {
            answer["requestStatus"] = json!({ "result": false, "code": code, "comment": words });
        }
    }
    json!({ "op": 7, "d": answer }).to_string()
}

fn act(state: &mut State, kind: &str, data: &Value) -> Result<Value, (u64, &'static str)> {
    if let Some(answer) = state.answers.get(kind) {
        return Ok(answer.clone());
    }
    match kind {
        "GetVersion" => {
            Ok(json!({ "obsVersion": "29.0.2", "obsWebSocketVersion": "5.1.0", "rpcVersion": 1 }))
        }
        "GetStreamServiceSettings" => {
            state.checked += 1;
            Ok(state.service.clone())
        }
        "SetStreamServiceSettings" if state.streaming => Err((500, "You cannot change it while streaming.")),
        "SetStreamServiceSettings" => {
            state.service = data.clone();
            Ok(Value::Null)
        }
        "StartStream" if state.streaming => Err((500, "")),
        "StopStream" if !state.streaming => Err((501, "")),
        "StartStream" | "StopStream" => {
            state.streaming = kind == "StartStream";
            Ok(Value::Null)
        }
        "GetStreamStatus" if state.streaming => Ok(json!({
            "outputActive": true, "outputReconnecting": false, "outputTimecode": "00:00:10.000",
            "outputDuration": 10_000, "outputCongestion": 0.25, "outputBytes": 1_234_567,
            "outputSkippedFrames": 3, "outputTotalFrames": 100,
        })),
        "GetStreamStatus" => Ok(json!({ "outputActive": false, "outputReconnecting": false })),
        "GetVideoSettings" => Ok(json!({ "outputWidth": 640, "outputHeight": 360, "fpsNumerator": 10 })),
        _ => Err((204, "Your request type is not valid.")),
    }
}
