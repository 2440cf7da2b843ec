//! A connected OBS in the domain's words.

use async_trait::async_trait;
use kaibo_live::driver::Outcome;
use kaibo_live::encoder::{Encoder, EncoderAddress, EncoderReading, EncoderService, EncoderVersion};
use kaibo_live::problem::{Failure, ProblemCode, UnreadableHow, clean_text};
use kaibo_live::secret::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::link::Link;
use crate::message::{Malformed, Refusal, status};
use crate::service;

/// The longest version that is shown, in characters.
const VERSION_CAP: usize = 40;

/// A connected OBS.
pub(crate) struct Obs {
    link: Link,
    version: EncoderVersion,
}

impl Obs {
    pub(crate) async fn connect(address: &EncoderAddress, password: Option<&SecretString>) -> Outcome<Self> {
        let link = Link::open(address, password).await?;
        let told = ask(&link, "GetVersion").await?;
        let text = |name: &str| told[name].as_str().map(|text| clean_text(text, VERSION_CAP));
        let version = text("obsVersion").zip(text("obsWebSocketVersion"));
        let (encoder, protocol) = version.ok_or_else(|| unreadable(Malformed))?;
        Ok(Self { link, version: EncoderVersion { encoder, protocol } })
    }

    /// Makes a request that tells nothing back; `done` is the refusal that means it was so already.
    async fn tell(&self, kind: &'static str, data: Option<Value>, done: Option<u64>) -> Outcome<()> {
        match self.link.call(kind, data).await? {
            Err(no) if Some(no.code) != done => Err(refused(no)),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Encoder for Obs {
    fn version(&self) -> EncoderVersion {
        self.version.clone()
    }

    async fn service(&self) -> Outcome<EncoderService> {
        let told = ask(&self.link, "GetStreamServiceSettings").await?;
        service::from_obs(&told).map_err(unreadable)
    }

    async fn set_service(&self, service: &EncoderService) -> Outcome<()> {
        let data = service::to_obs(service).map_err(unreadable)?;
        let told = self.link.call("SetStreamServiceSettings", Some(data)).await?;
        told.map(drop).map_err(|no| match no.code {
            status::OUTPUT_RUNNING => Failure::new(ProblemCode::EncoderBusy),
            code => refused(Refusal { code, words: without(service, no.words) }),
        })
    }

    async fn start(&self) -> Outcome<()> {
        self.tell("StartStream", None, Some(status::OUTPUT_RUNNING)).await
    }

    async fn stop(&self) -> Outcome<()> {
        self.tell("StopStream", None, Some(status::OUTPUT_NOT_RUNNING)).await
    }

    async fn read(&self) -> Outcome<EncoderReading> {
        let (stream, video) =
            tokio::join!(ask(&self.link, "GetStreamStatus"), ask(&self.link, "GetVideoSettings"));
        let stream = stream?;
        let streaming = stream["outputActive"].as_bool().ok_or_else(|| unreadable(Malformed))?;
        #[allow(clippy::cast_possible_truncation)] // between 0 and 1
        let congestion = stream["outputCongestion"].as_f64().unwrap_or_default().clamp(0.0, 1.0) as f32;
        Ok(EncoderReading {
            streaming,
            reconnecting: stream["outputReconnecting"].as_bool().unwrap_or_default(),
            uptime_ms: whole(&stream["outputDuration"]),
            bytes: whole(&stream["outputBytes"]),
            dropped_frames: whole(&stream["outputSkippedFrames"]),
            frames: whole(&stream["outputTotalFrames"]),
            congestion,
            size: video.ok().and_then(|video| size(&video)),
        })
    }

    async fn changed(&self) -> Outcome<()> {
        self.link.changed().await
    }
}

async fn ask(link: &Link, kind: &'static str) -> Outcome<Value> {
    link.call(kind, None).await?.map_err(refused)?.value().map_err(unreadable)
}

fn refused(no: Refusal) -> Failure {
    Failure::new(ProblemCode::EncoderRefused).said(no.code.to_string(), no.words)
}

fn unreadable(malformed: Malformed) -> Failure {
    Failure::new(ProblemCode::Unreadable { how: UnreadableHow::Malformed }).because(malformed)
}

/// The words of a refusal, unless they quote what was refused.
fn without(service: &EncoderService, words: String) -> String {
    let quoted = match service {
        EncoderService::Custom(push) => {
            let key = push.key.expose_secret();
            !key.is_empty() && words.contains(key)
        }
        // Any of its texts may be a secret.
        EncoderService::Other { .. } => true,
    };
    if quoted { String::new() } else { words }
}

/// A count; what is none counts as zero.
fn whole(value: &Value) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, which is fine for a count
    let rounded = || value.as_f64().map(|number| number as u64);
    value.as_u64().or_else(rounded).unwrap_or_default()
}

fn size(video: &Value) -> Option<(u32, u32)> {
    let side = |name: &str| video[name].as_u64().and_then(|side| u32::try_from(side).ok());
    side("outputWidth").zip(side("outputHeight"))
}
