//! `GET /xlive/web-room/v1/index/getDanmuInfo`: where the chat is heard, and the token for it. Signed
//! (WBI), and with the `buvid3` cookie; without either it is refused with -352.
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use kaibo_live::secret::SecretString;
use serde::Deserialize;

use super::{Answer, Api, Refusal};

const PATH: &str = "/xlive/web-room/v1/index/getDanmuInfo";
/// The most hosts that are looked at.
const HOSTS: usize = 16;

#[derive(Deserialize)]
struct Data {
    token: String,
    #[serde(default)]
    host_list: Vec<ChatHost>,
}

/// A host that speaks the chat's protocol.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ChatHost {
    pub(crate) host: String,
    #[serde(default)]
    pub(crate) ws_port: u16,
    #[serde(default)]
    pub(crate) wss_port: u16,
}

/// The way into a room's chat.
#[derive(Debug)]
pub(crate) struct ChatDoor {
    /// Belongs to the signed-in account.
    pub(crate) token: SecretString,
    /// Never empty.
    pub(crate) hosts: Vec<ChatHost>,
}

impl Api {
    /// Asks for the way in. A refused signature is made once more with a fresh key.
    pub(crate) async fn chat_door(&self, room_id: &str) -> Outcome<ChatDoor> {
        self.buvid3().await?;
        let answer = match self.ask_door(room_id).await? {
            Err(refusal) if refusal.code == -352 => {
                self.drop_wbi_key().await;
                self.ask_door(room_id).await?
            }
            answer => answer,
        };
        let answer = answer.map_err(Refusal::failure)?;
        let mut data: Data = answer.data()?;
        data.host_list.truncate(HOSTS);
        if data.host_list.is_empty() || data.token.is_empty() {
            return Err(answer.malformed());
        }
        Ok(ChatDoor { token: data.token.into(), hosts: data.host_list })
    }

    async fn ask_door(&self, room_id: &str) -> Outcome<Result<Answer, Refusal>> {
        let pairs =
            vec![("id", room_id.to_owned()), ("type", "0".to_owned()), ("web_location", "444.8".to_owned())];
        let query = self.wbi_key().await?.sign(pairs, self.http().platform_now());
        self.read(&self.hosts.live, PATH, &query).await
    }
}
