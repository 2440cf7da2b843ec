//! The flood's control: Kaibo's own connections, and from there what usual clients do. Each line of chat is an event
//! to the page, each event a node, and the page keeps the last 500.

use std::collections::BTreeMap;
use std::sync::Arc;

use kaibo_live::account::Settings;
use kaibo_live::chat::{ChatOut, Heard};
use kaibo_live::clock::SystemClock;
use kaibo_live::driver::Connection;
use kaibo_live::platform::Platform;
use kaibo_live::secret::{Credentials, SecretString};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter, Listener};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Deserialize)]
struct Account {
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

#[derive(Clone, Serialize)]
struct Line {
    room: usize,
    name: String,
    text: String,
}

fn main() {
    let run = tauri::Builder::default()
        .setup(|app| {
            let app = app.handle().clone();
            let connections = connections()?;
            app.clone().once("ready", move |_| {
                for (room, connection) in connections.into_iter().enumerate() {
                    tauri::async_runtime::spawn(hear(app.clone(), room, connection));
                }
            });
            Ok(())
        })
        .run(tauri::generate_context!());
    if let Err(error) = run {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn connections() -> Result<Vec<Arc<dyn Connection>>> {
    let file = std::env::var("NAIVE_ACCOUNTS")?;
    let accounts: Vec<Account> = serde_json::from_slice(&std::fs::read(file)?)?;
    let drivers = kaibo_platforms::registry::drivers();
    let (_, driver) = drivers.iter().find(|(p, _)| *p == Platform::Bilibili).ok_or("no driver")?;
    let connect = |account: Account| {
        let mut credentials = Credentials::default();
        for (name, value) in account.secrets {
            credentials.set(name, SecretString::from(value));
        }
        let connected = driver.connect(&Settings(account.settings), &credentials, Arc::new(SystemClock));
        connected.map_err(|failure| format!("{failure:?}").into())
    };
    accounts.into_iter().map(connect).collect()
}

async fn hear(app: AppHandle, room: usize, connection: Arc<dyn Connection>) {
    let Ok(rooms) = connection.find_rooms().await else { return };
    let (Some(found), Some(chat)) = (rooms.first(), connection.chat()) else { return };
    let (out, mut heard) = ChatOut::queue();
    let show = async {
        let mut connected = false;
        while let Some(news) = heard.recv().await {
            match news {
                Heard::Event(event) => {
                    let name = event.who.map(|who| who.name).unwrap_or_default();
                    let _ = app.emit("line", Line { room, name, text: event.text });
                }
                Heard::Alive if !connected => {
                    connected = true;
                    let _ = app.emit("connected", room);
                }
                _ => {}
            }
        }
    };
    let (ended, ()) = tokio::join!(chat.listen(&found.remote, out), show);
    if let Err(failure) = ended {
        eprintln!("room {room}: {failure:?}");
    }
}
