//! What a cell is played in: a sandbox, a wire to it, and all that a studio needs, each of which can fail.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kaibo_live::account::{AccountId, Settings};
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver};
use kaibo_live::encoder::NoEncoder;
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::Failure;
use kaibo_live::relay::NoRelay;
use kaibo_live::secret::{Credentials, SecretStore, VaultError, VaultState};
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::Preferences;
use kaibo_platforms::drivers;
use kaibo_sandbox::{Config, Control, Sandbox};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::fault::Fault;
use super::line::{Switch, Switched, moved};
use super::wire::Wire;

/// The machine's clock: tokio's, from now on, as far off as it was put.
pub(crate) struct Wrong {
    began: (Timestamp, Instant),
    off_ms: AtomicI64,
    ids: Mutex<fastrand::Rng>,
}

impl Wrong {
    pub(crate) fn put(&self, off: SignedDuration) {
        self.off_ms.store(i64::try_from(off.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.1.elapsed()).unwrap();
        let off = SignedDuration::from_millis(self.off_ms.load(Ordering::SeqCst));
        self.began.0.checked_add(passed).and_then(|now| now.checked_add(off)).unwrap()
    }
    fn chance(&self) -> f64 {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
    fn fresh_id(&self) -> String {
        let mut chance = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::repeat_with(|| chance.digit(36)).take(16).collect()
    }
}

/// A keyring that can be locked.
#[derive(Default, Clone)]
pub(crate) struct Keyring {
    pub(crate) entries: Arc<Mutex<BTreeMap<AccountId, Credentials>>>,
    pub(crate) locked: Arc<AtomicBool>,
}

impl Keyring {
    fn open(&self) -> Result<std::sync::MutexGuard<'_, BTreeMap<AccountId, Credentials>>, VaultError> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(VaultError::Locked);
        }
        Ok(self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What it holds now, in a keyring of its own.
    pub(crate) fn copy(&self) -> Self {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { entries: Arc::new(Mutex::new(entries)), locked: Arc::default() }
    }
}

#[async_trait]
impl SecretStore for Keyring {
    async fn read(&self, account: &AccountId) -> Result<Option<Credentials>, VaultError> {
        Ok(self.open()?.get(account).cloned())
    }
    async fn write(&self, account: &AccountId, credentials: &Credentials) -> Result<(), VaultError> {
        self.open()?.insert(account.clone(), credentials.clone());
        Ok(())
    }
    async fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.open()?.remove(account);
        Ok(())
    }
    async fn probe(&self) -> VaultState {
        self.state()
    }
    fn state(&self) -> VaultState {
        if self.locked.load(Ordering::SeqCst) { VaultState::Locked } else { VaultState::Unlocked }
    }
    fn use_session_only(&self) {}
}

struct NoSandbox;

#[async_trait]
impl SandboxHost for NoSandbox {
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure> {
        Ok(Vec::new())
    }
    async fn stop(&self) {}
}

/// A database in a file, whose disk can be full.
#[derive(Clone)]
pub(crate) struct Disk(pub(crate) PathBuf);

impl Disk {
    fn direct(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.0).unwrap()
    }

    /// From now on nothing more fits into it, or it does again.
    pub(crate) fn fill(&self, full: bool) {
        let sql: String = ["account", "room", "journal"]
            .into_iter()
            .flat_map(|table| ["insert", "update"].map(|what| (table, what)))
            .map(|(table, what)| {
                let name = format!("full_{table}_{what}");
                let make = format!(
                    "create trigger {name} before {what} on {table}
                     begin select raise(abort, 'database or disk is full'); end;"
                );
                if full { make } else { format!("drop trigger if exists {name};") }
            })
            .collect();
        self.direct().execute_batch(&sql).unwrap();
    }

    /// As it stands at this moment, in a file of its own.
    pub(crate) fn copy(&self, name: &str) -> Self {
        let to = self.0.with_file_name(name);
        self.direct().execute("vacuum into ?1", [to.to_str().unwrap()]).unwrap();
        Self(to)
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.0).unwrap()
    }

    /// The journal: action, outcome.
    pub(crate) fn journal(&self) -> Vec<(String, Option<String>)> {
        let db = self.direct();
        let mut query = db.prepare("select action, outcome from journal order by id").unwrap();
        let text = |text: String| text.trim_matches('"').to_owned();
        let rows = query.query_map([], |r| Ok((text(r.get(0)?), r.get::<_, Option<String>>(1)?.map(text))));
        rows.unwrap().map(Result::unwrap).collect()
    }
}

/// See the module.
pub(crate) struct World {
    pub(crate) platform: &'static str,
    pub(crate) sandbox: Sandbox,
    pub(crate) control: Control,
    pub(crate) wire: Wire,
    pub(crate) switch: Arc<Switch>,
    pub(crate) clock: Arc<Wrong>,
    pub(crate) keyring: Keyring,
    pub(crate) disk: Disk,
    bad: String,
    /// Connections to where nobody may be led.
    pub(crate) misled: Arc<AtomicU32>,
    elsewhere: SocketAddr,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn of(platform: &'static str, fault: Fault, seed: u64) -> Self {
        let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await.unwrap();
        let misled = Arc::<AtomicU32>::default();
        let elsewhere = listen(Trap::Nobody, Arc::clone(&misled)).await;
        let wire = Wire::to(address(&sandbox, platform), elsewhere).await;
        let folder = tempfile::Builder::new();
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() { folder_in(memory) } else { folder.tempdir().unwrap() };
        let ids = Mutex::new(fastrand::Rng::with_seed(seed));
        Self {
            platform,
            control: sandbox.control(),
            sandbox,
            wire,
            switch: Arc::default(),
            clock: Arc::new(Wrong { began: (Timestamp::now(), Instant::now()), off_ms: 0.into(), ids }),
            keyring: Keyring::default(),
            disk: Disk(folder.path().join("kaibo.db")),
            bad: bad_address(fault, &misled).await,
            misled,
            elsewhere,
            _folder: folder,
        }
    }

    fn driver(&self) -> (Platform, Switched) {
        let named = |platform: &Platform| serde_json::to_value(platform).unwrap() == self.platform;
        let (platform, driver) = drivers().into_iter().find(|(p, _)| named(p)).unwrap();
        let good = format!("http://{}", self.wire.at());
        let driver = Switched { driver, good, bad: self.bad.clone(), switch: Arc::clone(&self.switch) };
        (platform, driver)
    }

    pub(crate) fn studio(&self) -> Studio {
        let (platform, driver) = self.driver();
        let parts = Parts {
            drivers: vec![(platform, Box::new(driver) as Box<dyn Driver>)],
            vault: Arc::new(self.keyring.clone()),
            sandbox_vault: Arc::new(Keyring::default()),
            store: self.disk.open(),
            history: History::private().unwrap(),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            sandbox: Arc::new(NoSandbox),
            encoder: Arc::new(NoEncoder),
            relay: Arc::new(NoRelay),
            preferences: Preferences::default(),
        };
        Studio::new(parts).unwrap()
    }

    /// The program is gone; what it left on disk and in the keyring is what the next start finds.
    pub(crate) async fn begin_anew(&mut self, left: (Keyring, Disk)) {
        self.wire = Wire::to(address(&self.sandbox, self.platform), self.elsewhere).await;
        self.switch = Arc::default();
        (self.keyring, self.disk) = left;
    }

    pub(crate) fn which(&self) -> Platform {
        self.driver().0
    }

    /// The connect form as it has to be filled in now.
    pub(crate) fn form(&self, newcomer: bool) -> (Settings, BTreeMap<String, String>) {
        let account = self.sandbox.accounts().into_iter().find(|a| a.platform == self.platform).unwrap();
        let mut secrets = account.secrets;
        if newcomer {
            secrets.insert("cookie".into(), self.control.newcomer_cookie());
            secrets.remove("refresh_token");
        }
        (moved(&Settings(account.settings), &format!("http://{}", self.wire.at())), secrets)
    }

    /// A connection beside the studio's.
    pub(crate) fn connection(&self) -> Arc<dyn Connection> {
        let (settings, secrets) = self.form(false);
        let mut credentials = Credentials::default();
        for (name, value) in secrets {
            credentials.set(name, value.into());
        }
        self.driver().1.connect(&settings, &credentials, Arc::clone(&self.clock) as Arc<dyn Clock>).unwrap()
    }
}

fn folder_in(place: &std::path::Path) -> TempDir {
    tempfile::tempdir_in(place).or_else(|_| tempfile::tempdir()).unwrap()
}

fn address(sandbox: &Sandbox, platform: &str) -> SocketAddr {
    let all = sandbox.addresses();
    let url = match platform {
        "weibo" => all.weibo,
        "taobao" => all.taobao,
        "qiniu" => all.qiniu,
        _ => all.bilibili,
    };
    url.trim_start_matches("http://").parse().unwrap()
}

/// Where the fault leads that is one of the address; elsewhere it is never called.
async fn bad_address(fault: Fault, misled: &Arc<AtomicU32>) -> String {
    match fault {
        // A label of a name may have 63 characters.
        Fault::Dns => format!("https://{}.invalid", "a".repeat(64)),
        Fault::BadCertificate => format!("https://{}", listen(Trap::Tls, Arc::clone(misled)).await),
        Fault::CutInHandshake => format!("https://{}", listen(Trap::Cut, Arc::clone(misled)).await),
        // Nobody is ever given this port.
        _ => "http://127.0.0.1:1".to_owned(),
    }
}

#[derive(Clone, Copy)]
enum Trap {
    /// Whoever comes was misled.
    Nobody,
    /// Whoever believes the certificate was misled.
    Tls,
    /// Cuts in the handshake.
    Cut,
}

async fn listen(trap: Trap, misled: Arc<AtomicU32>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { continue };
            let misled = Arc::clone(&misled);
            tokio::spawn(async move {
                match trap {
                    Trap::Nobody => drop(misled.fetch_add(1, Ordering::SeqCst)),
                    Trap::Cut => {
                        let _ = stream.read(&mut [0; 64]).await;
                        let _ = stream.set_zero_linger();
                    }
                    Trap::Tls => {
                        let Ok(mut stream) = TlsAcceptor::from(own_certificate()).accept(stream).await else {
                            return;
                        };
                        // A client may tell only after the handshake that it doesn't believe it.
                        if stream.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {
                            misled.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                }
            });
        }
    });
    at
}

fn own_certificate() -> Arc<rustls::ServerConfig> {
    static CONFIG: OnceLock<Arc<rustls::ServerConfig>> = OnceLock::new();
    let make = || {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(config.with_single_cert(vec![own.cert.der().clone()], key).unwrap())
    };
    Arc::clone(CONFIG.get_or_init(make))
}
