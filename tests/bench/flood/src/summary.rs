//! The figures, added to those of the other benches.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::Result;

/// Figures by key.
#[derive(Default)]
pub(crate) struct Figures(Map<String, Value>);

impl Figures {
    pub(crate) fn put(&mut self, key: &str, value: f64) {
        println!("{key:>28} {value:.1}");
        self.0.insert(key.to_owned(), ((value * 10.0).round() / 10.0).into());
    }

    pub(crate) fn get(&self, key: &str) -> Option<f64> {
        self.0.get(key).and_then(Value::as_f64)
    }

    /// Adds them to a file of figures.
    pub(crate) fn write(self, path: &Path) -> Result<()> {
        let mut all: Map<String, Value> = match fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text)?,
            Err(_) => Map::new(),
        };
        all.extend(self.0);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, serde_json::to_string_pretty(&all)? + "\n")?;
        println!("written to {}", path.display());
        Ok(())
    }
}
