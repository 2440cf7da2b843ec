//! Doors: the addresses at which a push is let in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::meter::{Arrivals, Meter};
use super::recording::{Recording, Recordings};
use crate::house::lock;

/// Doors kept at most; beyond, the oldest without a publisher is forgotten.
const DOORS: usize = 1024;

/// One address at which a push is let in: `rtmp://host/{app}/{name}?{query}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Door {
    /// The RTMP app, without slashes at its ends.
    pub(crate) app: String,
    /// The stream's public name. When the query holds `streamname=` (Bilibili), nothing stands before
    /// the query in the key, and this is the value of `streamname`.
    pub(crate) name: String,
    /// The raw query, without its `?`; empty for none.
    pub(crate) query: String,
}

impl Door {
    /// The stream key that opens this door: what OBS calls *Stream Key*.
    pub(crate) fn key(&self) -> String {
        if self.query.is_empty() {
            self.name.clone()
        } else if stream_name(&self.query).is_some() {
            format!("?{}", self.query)
        } else {
            format!("{}?{}", self.name, self.query)
        }
    }
}

fn stream_name(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("streamname="))
}

/// The public name in a stream key.
fn public_name(key: &str) -> &str {
    let (name, query) = key.split_once('?').unwrap_or((key, ""));
    if name.is_empty() { stream_name(query).unwrap_or("") } else { name }
}

struct Entry {
    key: String,
    /// New publishers are let in.
    open: bool,
    /// Grows with each door.
    serial: u64,
    arrivals: Arrivals,
    publishing: watch::Sender<bool>,
    /// Ends the present publisher's connection.
    publisher: Option<CancellationToken>,
}

#[derive(Default)]
struct Doors {
    entries: BTreeMap<(String, String), Entry>,
    counter: u64,
}

/// The ingest's doors. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ingest {
    rtmp: SocketAddr,
    doors: Arc<Mutex<Doors>>,
    recordings: Option<Recordings>,
}

/// Why a push was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No open door has this app, name and query.
    NoSuchDoor,
    /// Somebody publishes there already.
    Taken,
}

impl Ingest {
    /// Records what arrives into a folder, where there is one.
    pub(crate) fn new(rtmp: SocketAddr, recordings: Option<&Path>) -> Self {
        Self { rtmp, doors: Arc::default(), recordings: recordings.map(Recordings::into) }
    }

    /// `rtmp://127.0.0.1:PORT`.
    pub(crate) fn rtmp_base(&self) -> String {
        format!("rtmp://{}", self.rtmp)
    }

    /// Lets pushes in at `door` from now on. An open door of the same app and name takes the new query;
    /// a publisher who is there stays.
    pub(crate) fn open(&self, door: &Door) {
        let mut doors = lock(&self.doors);
        let (counter, key) = (doors.counter + 1, door.key());
        doors.counter = counter;
        let entry = doors.entries.entry((door.app.clone(), door.name.clone())).or_insert_with(|| Entry {
            key: String::new(),
            open: true,
            serial: counter,
            arrivals: Arrivals::default(),
            publishing: watch::Sender::new(false),
            publisher: None,
        });
        entry.key = key;
        entry.open = true;
        if doors.entries.len() > DOORS {
            let oldest = doors.entries.iter().filter(|(_, entry)| entry.publisher.is_none());
            let oldest = oldest.min_by_key(|(_, entry)| entry.serial).map(|(at, _)| at.clone());
            if let Some(oldest) = oldest {
                doors.entries.remove(&oldest);
            }
        }
    }

    /// Lets nobody new in. A publisher who is there stays, as OBS does after a broadcast was ended.
    pub(crate) fn close(&self, app: &str, name: &str) {
        if let Some(entry) = lock(&self.doors).entries.get_mut(&at(app, name)) {
            entry.open = false;
        }
    }

    /// Forgets the door and cuts its publisher off.
    pub(crate) fn cut(&self, app: &str, name: &str) {
        let entry = lock(&self.doors).entries.remove(&at(app, name));
        if let Some(publisher) = entry.and_then(|entry| entry.publisher) {
            publisher.cancel();
        }
    }

    /// What arrived at a door so far.
    pub(crate) fn meter(&self, app: &str, name: &str) -> Option<Meter> {
        let doors = lock(&self.doors);
        let entry = doors.entries.get(&at(app, name))?;
        Some(entry.arrivals.meter(Instant::now(), entry.publisher.is_some()))
    }

    /// Whether somebody publishes at the door, now and whenever it changes.
    pub(crate) fn watch(&self, app: &str, name: &str) -> Option<watch::Receiver<bool>> {
        lock(&self.doors).entries.get(&at(app, name)).map(|entry| entry.publishing.subscribe())
    }

    /// All doors where something is or was published: app, name, meter.
    pub(crate) fn streams(&self) -> Vec<(String, String, Meter)> {
        let now = Instant::now();
        let doors = lock(&self.doors);
        let used =
            doors.entries.iter().filter(|(_, entry)| entry.publisher.is_some() || entry.arrivals.any());
        used.map(|((app, name), entry)| {
            (app.clone(), name.clone(), entry.arrivals.meter(now, entry.publisher.is_some()))
        })
        .collect()
    }

    /// Does any open door have this app?
    pub(super) fn knows_app(&self, app: &str) -> bool {
        lock(&self.doors).entries.iter().any(|((at, _), entry)| at == app && entry.open)
    }

    /// Lets an encoder in that is only played, at an open door that is free.
    pub(crate) fn play(&self, app: &str, name: &str) -> Option<Pass> {
        let key = lock(&self.doors).entries.get(&at(app, name))?.key.clone();
        self.admit(app, &key).ok()
    }

    /// Lets a publisher in, who stays until the returned pass is dropped.
    pub(super) fn admit(&self, app: &str, key: &str) -> Result<Pass, Refusal> {
        let at = at(app, public_name(key));
        let mut doors = lock(&self.doors);
        let entry = doors.entries.get_mut(&at).filter(|entry| entry.open && entry.key == key);
        let entry = entry.ok_or(Refusal::NoSuchDoor)?;
        if entry.publisher.is_some() {
            return Err(Refusal::Taken);
        }
        let cut = CancellationToken::new();
        entry.publisher = Some(cut.clone());
        let recording = self.recordings.as_ref().and_then(Recordings::begin);
        entry.arrivals.begin(Instant::now(), recording.as_ref().map(Recording::path));
        entry.publishing.send_replace(true);
        let serial = entry.serial;
        drop(doors);
        Ok(Pass { ingest: self.clone(), at, serial, recording, cut })
    }
}

fn at(app: &str, name: &str) -> (String, String) {
    (app.to_owned(), name.to_owned())
}

/// A publisher's place at a door. Dropping it frees the door.
pub(crate) struct Pass {
    ingest: Ingest,
    at: (String, String),
    serial: u64,
    recording: Option<Recording>,
    /// Cancelled when the publisher shall be cut off.
    pub(super) cut: CancellationToken,
}

impl Pass {
    /// Counts what arrived.
    pub(super) fn count(&self, count: impl FnOnce(&mut Arrivals)) {
        let mut doors = lock(&self.ingest.doors);
        let entry = doors.entries.get_mut(&self.at).filter(|entry| entry.serial == self.serial);
        if let Some(entry) = entry {
            count(&mut entry.arrivals);
        }
    }

    /// Keeps a message for whoever looks at it later: [`super::recording::AUDIO`] or `VIDEO`, its time in ms.
    pub(super) fn keep(&mut self, kind: u8, time: u32, body: &[u8]) {
        let full = self.recording.as_mut().is_some_and(|recording| !recording.add(kind, time, body));
        if full {
            self.recording = None;
        }
    }

    /// Counts a picture and a piece of sound of a played encoder. False once it is cut off.
    pub(crate) fn play_moment(&self) -> bool {
        // Ten a second make 2,000 kbit/s. The first byte says: a key frame, H.264.
        static PICTURE: [u8; 24_000] = [0x17; 24_000];
        static SOUND: [u8; 1_000] = [0xaf; 1_000];
        self.count(|arrivals| {
            arrivals.picture(Some(1920), Some(1080));
            arrivals.video(Instant::now(), &PICTURE);
            arrivals.audio(Instant::now(), &SOUND);
        });
        !self.cut.is_cancelled()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        // Whole before it is told that nobody publishes.
        self.recording = None;
        let mut doors = lock(&self.ingest.doors);
        // A door forgotten and opened anew may have another publisher already.
        let entry = doors.entries.get_mut(&self.at).filter(|entry| entry.serial == self.serial);
        if let Some(entry) = entry {
            entry.publisher = None;
            entry.publishing.send_replace(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ingest() -> Ingest {
        Ingest::new(SocketAddr::from(([127, 0, 0, 1], 1935)), None)
    }

    fn door(app: &str, name: &str, query: &str) -> Door {
        Door { app: app.into(), name: name.into(), query: query.into() }
    }

    #[test]
    fn app_name_and_query_must_match() {
        let ingest = ingest();
        ingest.open(&door("live", "room", "key=1&b=2"));
        for (app, key) in [
            ("live", "room"),
            ("live", "room?key=1"),
            ("live", "room?b=2&key=1"),
            ("live", "?streamname=room&key=1&b=2"),
            ("other", "room?key=1&b=2"),
            ("live", "room2?key=1&b=2"),
        ] {
            assert_eq!(ingest.admit(app, key).err(), Some(Refusal::NoSuchDoor), "{app} {key}");
        }
        assert!(ingest.knows_app("live") && !ingest.knows_app("other"));
        assert!(ingest.admit("live", "room?key=1&b=2").is_ok());
    }

    #[test]
    fn a_name_in_the_query_stands_alone() {
        let ingest = ingest();
        let door = door("live-bvc", "live_1_2", "streamname=live_1_2&key=abc");
        assert_eq!(door.key(), "?streamname=live_1_2&key=abc");
        ingest.open(&door);
        assert_eq!(
            ingest.admit("live-bvc", "live_1_2?streamname=live_1_2&key=abc").err(),
            Some(Refusal::NoSuchDoor)
        );
        let _pass = ingest.admit("live-bvc", &door.key()).unwrap();
        assert!(ingest.meter("live-bvc", "live_1_2").unwrap().publishing);
    }

    #[test]
    fn one_publisher_until_the_pass_is_dropped() {
        let ingest = ingest();
        ingest.open(&door("live", "room", ""));
        let watch = ingest.watch("live", "room").unwrap();
        let pass = ingest.admit("live", "room").unwrap();
        assert!(*watch.borrow());
        assert_eq!(ingest.admit("live", "room").err(), Some(Refusal::Taken));
        ingest.close("live", "room");
        assert!(!pass.cut.is_cancelled() && ingest.meter("live", "room").unwrap().publishing);
        drop(pass);
        assert!(!*watch.borrow());
        assert_eq!(ingest.admit("live", "room").err(), Some(Refusal::NoSuchDoor));
    }

    #[test]
    fn a_cut_publisher_leaves_no_trace_in_the_next() {
        let ingest = ingest();
        ingest.open(&door("live", "room", ""));
        let old = ingest.admit("live", "room").unwrap();
        ingest.cut("live", "room");
        assert!(old.cut.is_cancelled());
        ingest.open(&door("live", "room", ""));
        let new = ingest.admit("live", "room").unwrap();
        old.count(|arrivals| arrivals.video(Instant::now(), &[0x17]));
        drop(old);
        let meter = ingest.meter("live", "room").unwrap();
        assert!(meter.publishing && meter.bytes == 0);
        drop(new);
    }

    #[test]
    fn doors_are_bounded_and_those_in_use_stay() {
        let ingest = ingest();
        ingest.open(&door("live", "first", ""));
        let _pass = ingest.admit("live", "first").unwrap();
        for n in 0..DOORS + 5 {
            ingest.open(&door("live", &n.to_string(), ""));
        }
        assert_eq!(lock(&ingest.doors).entries.len(), DOORS);
        assert!(ingest.meter("live", "first").is_some());
        assert!(ingest.meter("live", "0").is_none());
    }
}
