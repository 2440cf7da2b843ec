//! The process that kills, and looks at what is left.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use tempfile::TempDir;

use crate::Result;
use crate::tally::Tally;
use crate::value::{Kind, exported};

/// Processes that save at a time: one to a processor.
const SIDE_BY_SIDE: u64 = 2;
/// A process says something within this, however busy the machine is.
const SAYS_WITHIN: Duration = Duration::from_secs(60);
/// Saves that begin before a kill is on its way, at most.
const BEGUN: usize = 16;
/// The kill comes so long after one of them, at most: longer than most saves take.
const AFTER: Duration = Duration::from_millis(8);
/// Size of the disk that gets full, and of a file where there is none.
const DISK: &str = "size=6m";
const FILE_KIB: u32 = 64;

/// What is known of a kind.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    /// The last number that was told to be kept.
    kept: u64,
    /// The last that was begun.
    begun: u64,
    /// Nobody was told yet what came of it.
    under_way: bool,
}

/// Lives in one folder, one after the other.
struct Folder<'a> {
    path: &'a Path,
    known: [Known; Kind::ALL.len()],
    tally: Tally,
}

/// A process that saves, and what it says.
struct Life {
    process: Child,
    said: Receiver<(String, Kind, String)>,
}

impl Drop for Life {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Kills until so many of Kaibo's saves were hit.
pub(crate) fn until_killed(count: u64, seed: u64) -> Result<Tally> {
    let share = count.div_ceil(SIDE_BY_SIDE);
    let mut all = Tally::default();
    std::thread::scope(|scope| {
        let start = |at| scope.spawn(move || kill_in_one(share, seed.wrapping_add(at)));
        let running: Vec<_> = (0..SIDE_BY_SIDE).map(start).collect();
        for one in running {
            all.add(&one.join().map_err(|_| "a thread panicked")??);
        }
        Ok(all)
    })
}

fn kill_in_one(count: u64, seed: u64) -> Result<Tally> {
    let home = TempDir::new()?;
    let mut folder = Folder::new(home.path());
    let mut chance = fastrand::Rng::with_seed(seed);
    while folder.tally.own().killed < count {
        let mut life = folder.start(u64::MAX, None)?;
        let mut before = chance.usize(1..=BEGUN);
        while before > 0 {
            before -= usize::from(folder.hear(&life)?);
        }
        std::thread::sleep(AFTER.mul_f64(chance.f64()));
        folder.kill(&mut life)?;
    }
    folder.look()?;
    Ok(folder.tally)
}

/// Saves while the disk is full; then there is room again. Where no disk can be made, files can't grow instead.
pub(crate) fn without_room() -> Result<Tally> {
    let home = TempDir::new()?;
    let mounted = Disk::mount(home.path());
    let mut folder = Folder::new(home.path());
    folder.live(3)?;
    let mut life = folder.start(u64::MAX, mounted.is_none().then_some(FILE_KIB))?;
    let filler = home.path().join("filler");
    let failed_twice =
        |folder: &mut Folder<'_>| Kind::ALL.iter().all(|kind| folder.tally.of(*kind).failed > 1);
    while !failed_twice(&mut folder) {
        if mounted.is_some() {
            fill(&filler);
        }
        folder.hear(&life)?;
    }
    folder.kill(&mut life)?;
    if mounted.is_some() {
        fs::remove_file(&filler)?;
    }
    folder.look()?;
    let tally = folder.tally;
    println!(
        "{}",
        if mounted.is_some() { "a full disk" } else { "files that can't grow: no disk could be made" }
    );
    Ok(tally)
}

/// Takes all the room that there is.
fn fill(filler: &Path) {
    let Ok(mut file) = File::options().create(true).append(true).open(filler) else { return };
    while file.write_all(&[0; 4096]).is_ok() {}
}

/// A small disk of its own.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", DISK, "kaibo-saves"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(at))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).status());
    }
}

impl<'a> Folder<'a> {
    fn new(path: &'a Path) -> Self {
        Self { path, known: [Known::default(); Kind::ALL.len()], tally: Tally::default() }
    }

    /// Starts a process that saves `count` of each kind, and judges what it finds.
    fn start(&mut self, count: u64, file_kib: Option<u32>) -> Result<Life> {
        // Before the process is there: it begins to save at once.
        self.judge_export();
        let from = self.known.iter().map(|known| known.begun).max().unwrap_or_default() + 1;
        let own = std::env::current_exe()?;
        let mut command = match file_kib {
            None => Command::new(own),
            Some(size) => {
                let mut shell = Command::new("bash");
                // A file that would grow beyond it is an error then, and no signal.
                shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {size}; exec \"$0\" \"$@\"")]).arg(own);
                shell
            }
        };
        command.arg("write").arg(self.path).args([from.to_string(), count.to_string()]);
        let mut process =
            command.env("XDG_DATA_HOME", self.path).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take().ok_or("no output")?;
        let (says, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(std::result::Result::ok) {
                let mut words = line.split(' ');
                let (Some(what), Some(kind), Some(value)) = (words.next(), words.next(), words.next()) else {
                    return;
                };
                let Some(kind) = Kind::named(kind) else { return };
                if says.send((what.to_owned(), kind, value.to_owned())).is_err() {
                    return;
                }
            }
        });
        let life = Life { process, said };
        for _ in 0..Kind::ALL.len() - 1 {
            self.hear_found(&life)?;
        }
        Ok(life)
    }

    /// Waits for what was found of one kind.
    fn hear_found(&mut self, life: &Life) -> Result<()> {
        loop {
            let (what, kind, value) =
                life.said.recv_timeout(SAYS_WITHIN).map_err(|_| "it said not what it found")?;
            if what == "found" {
                self.judge(kind, value.parse().ok(), &value);
                return Ok(());
            }
        }
    }

    /// Takes in one word; answers whether a save began.
    fn hear(&mut self, life: &Life) -> Result<bool> {
        let (what, kind, value) =
            life.said.recv_timeout(SAYS_WITHIN).map_err(|_| "nothing is saved any more")?;
        Ok(self.note(&what, kind, value.parse()?))
    }

    fn note(&mut self, what: &str, kind: Kind, number: u64) -> bool {
        let known = &mut self.known[kind as usize];
        known.under_way = what == "begin";
        match what {
            "begin" => known.begun = number,
            "kept" => {
                known.kept = number;
                self.tally.of(kind).kept += 1;
            }
            // It may be there all the same; it needn't.
            "failed" => self.tally.of(kind).failed += 1,
            _ => {}
        }
        what == "begin"
    }

    /// Kills it, and takes in what it still said.
    fn kill(&mut self, life: &mut Life) -> Result<()> {
        life.process.kill()?;
        life.process.wait()?;
        for (what, kind, value) in &life.said {
            self.note(&what, kind, value.parse()?);
        }
        self.tally.kills += 1;
        for kind in Kind::ALL {
            let under_way = std::mem::take(&mut self.known[kind as usize].under_way);
            self.tally.of(kind).killed += u64::from(under_way);
        }
        Ok(())
    }

    /// Starts a process that saves some, and lets it end.
    fn live(&mut self, count: u64) -> Result<()> {
        let mut life = self.start(count, None)?;
        while let Ok((what, kind, value)) = life.said.recv_timeout(SAYS_WITHIN) {
            self.note(&what, kind, value.parse()?);
        }
        life.process.wait()?.success().then_some(()).ok_or_else(|| "it didn't end well".into())
    }

    /// Looks at what is left, and saves nothing more.
    fn look(&mut self) -> Result<()> {
        self.live(0)
    }

    fn judge_export(&mut self) {
        let (read, words) = match exported(&self.path.join("export.csv")) {
            Ok(read) => (read, "none".to_owned()),
            Err(error) => (None, error.to_string()),
        };
        self.judge(Kind::Export, read, &words);
    }

    /// Is what was found whole, and not older than what was kept?
    fn judge(&mut self, kind: Kind, found: Option<u64>, words: &str) {
        let known = &mut self.known[kind as usize];
        let well = match found {
            Some(number) => (known.kept..=known.begun).contains(&number),
            None => known.kept == 0 && words == "none",
        };
        if !well && kind != Kind::Plugin {
            println!("{}: found {found:?} ({words}) after {known:?}", kind.name());
        }
        // What is there now is what the next one must not fall behind.
        known.kept = found.unwrap_or_default();
        self.tally.of(kind).lost += u64::from(!well);
    }
}
