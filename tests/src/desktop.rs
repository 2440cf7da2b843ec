//! The parts of a desktop that take tray icons and notifications, played on the session bus.
#![allow(clippy::unused_self, clippy::used_underscore_binding, clippy::needless_pass_by_value)] // as the bus calls them

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, connection, interface};

/// What the program told the desktop. Dropping it leaves the bus.
pub struct Desktop {
    bus: Connection,
    told: Arc<Mutex<Vec<String>>>,
    trays: Arc<Mutex<Vec<(String, String)>>>,
}

impl Desktop {
    /// Takes the names that desktops have on the session bus.
    pub async fn begin() -> Self {
        let (told, trays) = (Arc::default(), Arc::default());
        let notifications = Notifications(Arc::clone(&told));
        let watcher = Watcher(Arc::clone(&trays));
        let bus = connection::Builder::session()
            .unwrap()
            .serve_at("/org/freedesktop/Notifications", notifications)
            .unwrap()
            .serve_at("/StatusNotifierWatcher", watcher)
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { bus, told, trays }
    }

    /// Texts of all notifications so far, oldest first.
    pub fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    /// Labels of the newest tray icon's menu, from top to bottom; none while there is no icon.
    pub async fn tray(&self) -> Option<Vec<String>> {
        let (name, item) = self.trays.lock().unwrap().last().cloned()?;
        let item =
            zbus::Proxy::new(&self.bus, name.clone(), item, "org.kde.StatusNotifierItem").await.ok()?;
        let menu: zbus::zvariant::OwnedObjectPath = item.get_property("Menu").await.ok()?;
        let menu = zbus::Proxy::new(&self.bus, name, menu, "com.canonical.dbusmenu").await.ok()?;
        let wanted: (i32, i32, Vec<&str>) = (0, -1, vec!["label"]);
        let (_, layout): (u32, Layout) = menu.call("GetLayout", &wanted).await.ok()?;
        Some(layout.2.iter().filter_map(label).collect())
    }
}

type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

fn label(entry: &OwnedValue) -> Option<String> {
    let Value::Structure(entry) = &**entry else { return None };
    let Value::Dict(properties) = entry.fields().get(1)? else { return None };
    properties.get::<_, String>(&"label").ok()?
}

struct Notifications(Arc<Mutex<Vec<String>>>);

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[allow(clippy::too_many_arguments)] // as the desktop's specification has them
    fn notify(
        &self,
        _app_name: &str,
        _replaces_id: u32,
        _app_icon: &str,
        summary: &str,
        body: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        let mut told = self.0.lock().unwrap();
        told.push(format!("{summary}: {body}"));
        u32::try_from(told.len()).unwrap()
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("played".to_owned(), "Kaibo's tests".to_owned(), "1".to_owned(), "1.2".to_owned())
    }
}

struct Watcher(Arc<Mutex<Vec<(String, String)>>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// A path is the caller's own object, anything else the name of a bus.
    fn register_status_notifier_item(&self, item: &str, #[zbus(header)] header: zbus::message::Header<'_>) {
        let sender = header.sender().unwrap().to_string();
        let registered = if item.starts_with('/') {
            (sender, item.to_owned())
        } else {
            (item.to_owned(), "/StatusNotifierItem".to_owned())
        };
        self.0.lock().unwrap().push(registered);
    }

    fn register_status_notifier_host(&self, _host: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(name, path)| format!("{name}{path}")).collect()
    }
}
