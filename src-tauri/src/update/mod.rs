//! Looks for a newer version of Kaibo and installs it, when the streamer asks for that and never otherwise. Without a
//! key that was built in there is nothing of it: the plugin isn't loaded, and whoever asks is told so.
//!
//! [tauri-plugin-updater](https://v2.tauri.app/plugin/updater/) picks the build for this computer, compares versions,
//! checks signatures and puts the new one in place. What comes over the network is fetched here ([`fetch`]), because the
//! plugin bounds neither what it reads nor how long.

mod fetch;
mod place;

use std::sync::{Mutex, MutexGuard, PoisonError};

use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::studio::Studio;
use kaibo_live::view::{UpdateProgress, UpdateView, UpdateWay};
use serde_json::json;
use tauri::{AppHandle, Context, Runtime};
use tauri_plugin_updater::{Error, Update, UpdaterExt};
use url::Url;

/// Where newer versions are announced, and whose signature they carry.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// A minisign public key as `tauri signer generate` writes it.
    key: String,
    /// Where the [manifest](https://v2.tauri.app/plugin/updater/#static-json-file) is.
    address: Url,
    /// Where people find the packages.
    page: Url,
}

impl Source {
    /// What the program was built with; none when key or address are missing. A debug build takes them from its
    /// environment too, so that tests can be the makers.
    pub(crate) fn built_in() -> Option<Self> {
        let given = |name: &str, built: Option<&str>| {
            let told = cfg!(debug_assertions).then(|| std::env::var(name).ok()).flatten();
            told.or(built.map(str::to_owned)).filter(|value| !value.is_empty())
        };
        let key = given("KAIBO_UPDATE_KEY", option_env!("KAIBO_UPDATE_KEY"))?;
        let address = given("KAIBO_UPDATE_URL", option_env!("KAIBO_UPDATE_URL"))?;
        let page = given("KAIBO_UPDATE_PAGE", option_env!("KAIBO_UPDATE_PAGE"));
        Self::read(key, &address, page.as_deref())
    }

    /// Without a page, it is the first one of the manifest's host.
    fn read(key: String, address: &str, page: Option<&str>) -> Option<Self> {
        let address = Url::parse(address).ok().filter(fetch::may_be_asked)?;
        let page = page.and_then(|page| Url::parse(page).ok()).or_else(|| address.join("/").ok())?;
        Some(Self { key, address, page })
    }

    /// The plugin, told of key and address. The window may call nothing of it: it is in no capability.
    pub(crate) fn plugin<R: Runtime>(
        &self,
        context: &mut Context<R>,
    ) -> tauri::plugin::TauriPlugin<R, tauri_plugin_updater::Config> {
        let settings = json!({
            "pubkey": self.key,
            "endpoints": [self.address.as_str()],
            "requireSignedVersion": true,
        });
        context.config_mut().plugins.0.insert("updater".to_owned(), settings);
        tauri_plugin_updater::Builder::new().build()
    }
}

/// What came of the last look.
#[derive(Default)]
enum Found {
    /// Nothing that can be installed here.
    #[default]
    Nothing,
    /// A newer version that can be.
    Newer(Box<Update>),
    /// It stands in this version's place; only the new start is left.
    InPlace,
}

/// Looks and installs, one thing at a time.
pub(crate) struct Updates {
    source: Option<Source>,
    found: Mutex<Found>,
    /// Held while something is looked for or installed.
    gate: tokio::sync::Mutex<()>,
}

impl Updates {
    pub(crate) fn new(source: Option<Source>) -> Self {
        Self { source, found: Mutex::default(), gate: tokio::sync::Mutex::default() }
    }

    /// Was the program built with a key?
    pub(crate) fn is_on(&self) -> bool {
        self.source.is_some()
    }

    /// Looks for a newer version; none when this is the newest, or the newer one isn't there for this computer.
    ///
    /// # Errors
    ///
    /// [`ProblemCode::UpdateByHand`] without a key, [`ProblemCode::UpdateUnreachable`],
    /// [`ProblemCode::UpdateUnreadable`], and [`ProblemCode::WrongState`] while another call is under way.
    pub(crate) async fn look<R: Runtime>(&self, app: &AppHandle<R>) -> Result<Option<UpdateView>, Failure> {
        let source = self.source.as_ref().ok_or_else(|| Failure::new(ProblemCode::UpdateByHand))?;
        let _held = self.gate.try_lock().map_err(|e| Failure::new(ProblemCode::WrongState).because(e))?;
        *self.found() = Found::Nothing;
        let Some(manifest) = fetch::manifest(&source.address).await? else { return Ok(None) };
        let leaving = app.clone();
        // On Windows the plugin ends the program itself, past everything that its end has to do.
        let updater = app.updater_builder().on_before_exit(move || {
            crate::leave(&leaving);
            leaving.cleanup_before_exit();
        });
        let update = match updater.build().map_err(failure)?.restore_update(manifest) {
            Ok(Some(update)) => update,
            Ok(None) => return Ok(None),
            Err(error @ (Error::TargetNotFound(_) | Error::TargetsNotFound(_))) => {
                tracing::info!(%error, "the newer version isn't there for this computer");
                return Ok(None);
            }
            Err(error) => return Err(failure(error)),
        };
        let way = place::way(app, &source.page);
        let published = update.date.map(|date| date.unix_timestamp().saturating_mul(1_000));
        let notes = update.body.as_deref().unwrap_or_default();
        let view = UpdateView::new(update.version.clone(), published, notes, way);
        if view.way == UpdateWay::Install {
            *self.found() = Found::Newer(Box::new(update));
        }
        Ok(Some(view))
    }

    /// Downloads what was found last, checks its signature and puts it in this version's place. Whoever calls starts the
    /// program anew; on Windows it has ended instead, and the installer starts it.
    ///
    /// # Errors
    ///
    /// [`ProblemCode::UpdateHeld`] while something is on air or under way, before the download, after it, and once the
    /// newer version stands in its place, which then only waits for another call to be started;
    /// [`ProblemCode::UpdateUntrusted`] when the signature is another's or for another version, and then, as with all
    /// others but [`ProblemCode::Storage`], nothing on the disk was touched.
    pub(crate) async fn install(
        &self,
        studio: &Studio,
        tell: impl FnMut(UpdateProgress) + Send,
    ) -> Result<(), Failure> {
        let _held = self.gate.try_lock().map_err(|e| Failure::new(ProblemCode::WrongState).because(e))?;
        let newer = match &*self.found() {
            Found::Nothing => return Err(Failure::new(ProblemCode::UpdateByHand)),
            Found::Newer(update) => Some(update.clone()),
            Found::InPlace => None,
        };
        if let Some(update) = newer {
            studio.may_restart().await?;
            let package = fetch::package(&update.download_url, tell).await?;
            studio.may_restart().await?;
            let installed = tauri::async_runtime::spawn_blocking(move || update.install(package)).await;
            installed.map_err(|e| Failure::new(ProblemCode::Internal).because(e))?.map_err(failure)?;
            *self.found() = Found::InPlace;
        }
        // A broadcast may have been started while it was put there.
        studio.may_restart().await
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the plugin's refusals are to the streamer.
fn failure(error: Error) -> Failure {
    let code = match &error {
        Error::Minisign(_)
        | Error::Base64(_)
        | Error::SignatureUtf8(_)
        | Error::SignedVersionMismatch { .. }
        | Error::MissingSignedVersion => ProblemCode::UpdateUntrusted,
        Error::Serialization(_)
        | Error::Semver(_)
        | Error::UrlParse(_)
        | Error::InvalidUpdaterFormat
        | Error::BinaryNotFoundInArchive => ProblemCode::UpdateUnreadable,
        Error::Io(_)
        | Error::TempDirNotFound
        | Error::TempDirNotOnSameMountPoint
        | Error::PreviousAppNotRestored(_) => ProblemCode::Storage,
        Error::UnsupportedArch | Error::UnsupportedOs => ProblemCode::UpdateByHand,
        _ => ProblemCode::Internal,
    };
    Failure::new(code).because(error)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kaibo_live::clock::SystemClock;
    use kaibo_live::encoder::NoEncoder;
    use kaibo_live::history::History;
    use kaibo_live::platform::Platform;
    use kaibo_live::relay::NoRelay;
    use kaibo_live::room::{Details, RoomId};
    use kaibo_live::store::{Intent, Store};
    use kaibo_live::studio::Parts;
    use kaibo_live::view::{Action, JournalOutcome, Preferences};

    use super::*;

    #[test]
    fn a_source_needs_an_address_that_nobody_can_bend() {
        let read = |address: &str, page| Source::read("key".into(), address, page);
        let far = "https://github.example/kaibo/releases/latest/download/latest.json";
        let source = read(far, None).unwrap();
        assert_eq!((source.address.as_str(), source.page.as_str()), (far, "https://github.example/"));
        let page = "https://github.example/kaibo/releases";
        assert_eq!(read(far, Some(page)).unwrap().page.as_str(), page);
        for bad in ["", "latest.json", "http://github.example/latest.json", "file:///latest.json"] {
            assert!(read(bad, None).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_signature_is_told_as_that() {
        let announced = || "2.0.0".to_owned();
        for error in [
            Error::SignedVersionMismatch { signed: "1.0.0".into(), announced: announced() },
            Error::MissingSignedVersion,
            Error::SignatureUtf8(announced()),
        ] {
            assert_eq!(failure(error).code, ProblemCode::UpdateUntrusted);
        }
        assert_eq!(failure(Error::TempDirNotOnSameMountPoint).code, ProblemCode::Storage);
        assert_eq!(failure(Error::InvalidUpdaterFormat).code, ProblemCode::UpdateUnreadable);
    }

    #[test]
    fn without_a_key_it_is_off() {
        assert!(!Updates::new(None).is_on());
    }

    fn studio(store: &Store) -> Studio {
        let parts = Parts {
            drivers: Vec::new(),
            vault: crate::session_vault(),
            sandbox_vault: crate::session_vault(),
            store: store.clone(),
            history: History::private().unwrap(),
            clock: Arc::new(SystemClock),
            sandbox: Arc::new(crate::sandbox::Host::default()),
            encoder: Arc::new(NoEncoder),
            relay: Arc::new(NoRelay),
            preferences: Preferences::default(),
        };
        Studio::new(parts).unwrap()
    }

    /// Somebody went live after the last look at it, while the file was written.
    #[tokio::test]
    async fn what_stands_in_its_place_is_started_only_when_nothing_is_under_way() {
        let store = Store::in_memory().unwrap();
        let (studio, updates) = (studio(&store), Updates::new(None));
        *updates.found() = Found::InPlace;
        let install = || updates.install(&studio, |_| panic!("nothing is downloaded again"));
        let intent = Intent {
            room: RoomId("r1".into()),
            platform: Platform::Bilibili,
            action: Action::Start,
            at: 1,
            details: Details::default(),
        };
        let number = store.intend(intent).await.unwrap();
        assert_eq!(install().await.unwrap_err().code, ProblemCode::UpdateHeld);
        store.settle(number, JournalOutcome::Done, None, 2).await.unwrap();
        install().await.unwrap();
    }
}
