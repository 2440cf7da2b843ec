//! Times programs that open a window, and weighs them, from outside and by the same rule for all.
//!
//! ```text
//! measure STARTS SUMMARY.json NAME=PROGRAM NAME=PROGRAM …
//! ```
//!
//! *start*: from starting the process to the first picture of the screen that shows the four platform marks'
//! hues. The empty window paints them as four squares; in Kaibo they are the marks of the four rooms, so the
//! rooms are there to be used.
//!
//! *memory*: five seconds later, the proportional set size of the process and all its descendants.
//!
//! The programs take turns; each is started once before counting. The first one named is what the others are
//! compared with.

mod processes;
mod screen;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use screen::Screen;

const PAINTED_WITHIN: Duration = Duration::from_secs(60);
const SETTLED_AFTER: Duration = Duration::from_secs(5);
/// Between two looks at the screen; also the measure's grain.
const LOOK_EVERY: Duration = Duration::from_millis(8);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Start {
    seconds: f64,
    bytes: f64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [starts, summary, programs @ ..] = arguments.as_slice() else {
        return Err("usage: measure STARTS SUMMARY.json NAME=PROGRAM NAME=PROGRAM …".into());
    };
    let starts: usize = starts.parse()?;
    let programs: Vec<(&str, &str)> = programs
        .iter()
        .map(|p| p.split_once('=').ok_or("NAME=PROGRAM expected"))
        .collect::<std::result::Result<_, _>>()?;
    if programs.is_empty() || starts == 0 {
        return Err("at least one program and one start are needed".into());
    }

    let screen = Screen::open()?;
    let mut seen: BTreeMap<&str, Vec<Start>> = BTreeMap::new();
    for turn in 0..=starts {
        for (name, program) in &programs {
            let start = measure(&screen, program).map_err(|e| format!("{name}: {e}"))?;
            eprintln!(
                "{name:>8}  {}  {:6.3} s  {:6.1} MB",
                if turn == 0 { "warm-up".to_owned() } else { format!("start {turn}") },
                start.seconds,
                start.bytes / 1e6
            );
            if turn > 0 {
                seen.entry(name).or_default().push(start);
            }
        }
    }
    report(&programs, &seen, Path::new(summary))
}

fn measure(screen: &Screen, program: &str) -> Result<Start> {
    // What is still on the screen from before would count as painted.
    let deadline = Instant::now() + PAINTED_WITHIN;
    while screen.is_painted()? {
        if Instant::now() > deadline {
            return Err("an earlier window is still there".into());
        }
        std::thread::sleep(LOOK_EVERY);
    }

    let begin = Instant::now();
    let mut child =
        Command::new(program).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let outcome = watch(screen, &mut child, begin);
    let family = processes::family(child.id());
    processes::end(&mut child, &family);
    outcome
}

fn watch(screen: &Screen, child: &mut std::process::Child, begin: Instant) -> Result<Start> {
    let seconds = loop {
        if screen.is_painted()? {
            break begin.elapsed().as_secs_f64();
        }
        if let Some(status) = child.try_wait()? {
            return Err(format!("ended by itself before its page was painted ({status})").into());
        }
        if begin.elapsed() > PAINTED_WITHIN {
            return Err("its page was not painted within a minute".into());
        }
        std::thread::sleep(LOOK_EVERY);
    };
    std::thread::sleep(SETTLED_AFTER);
    Ok(Start { seconds, bytes: processes::weight(child.id())? })
}

fn report(programs: &[(&str, &str)], seen: &BTreeMap<&str, Vec<Start>>, summary: &Path) -> Result<()> {
    let median_of = |name: &str, of: fn(&Start) -> f64| {
        let mut values: Vec<f64> = seen.get(name).map(|s| s.iter().map(of).collect()).unwrap_or_default();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
    };
    let base = programs[0].0;
    let (base_start, base_memory) = (median_of(base, |s| s.seconds), median_of(base, |s| s.bytes));
    let mut figures = serde_json::Map::new();
    println!("{:>12} {:>10} {:>12}", "", "start, s", "memory, MB");
    for (name, _) in programs {
        let (start, memory) = (median_of(name, |s| s.seconds), median_of(name, |s| s.bytes));
        println!("{name:>12} {start:>10.3} {:>12.1}", memory / 1e6);
        figures.insert(format!("start_{name}_s"), round(start));
        figures.insert(format!("memory_{name}_mb"), round(memory / 1e6));
        if *name != base {
            let suffix = if programs.len() == 2 { String::new() } else { format!("_{name}") };
            println!(
                "{:>12} {:>9.2}x {:>11.2}x",
                format!("vs {base}"),
                start / base_start,
                memory / base_memory
            );
            figures.insert(format!("start_vs_{base}{suffix}"), round(start / base_start));
            figures.insert(format!("memory_vs_{base}{suffix}"), round(memory / base_memory));
        }
    }
    if let Some(folder) = summary.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(summary, serde_json::to_string_pretty(&figures)? + "\n")?;
    println!("written to {}", summary.display());
    Ok(())
}

fn round(value: f64) -> serde_json::Value {
    ((value * 1000.0).round() / 1000.0).into()
}
