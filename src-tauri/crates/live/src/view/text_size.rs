//! How large the window draws everything.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

/// How large text, and with it all else in the window, is drawn: percent of the usual, 80 to 200. A value beyond
/// that, as a file edited by hand may have it, is the nearest that is within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct TextSize(u16);

impl TextSize {
    const LEAST: u16 = 80;
    const MOST: u16 = 200;

    /// As a factor: 1.0 is the usual size.
    pub fn factor(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl From<u16> for TextSize {
    fn from(percent: u16) -> Self {
        Self(percent.clamp(Self::LEAST, Self::MOST))
    }
}

impl<'de> Deserialize<'de> for TextSize {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u16::deserialize(from).map(Self::from)
    }
}

impl Default for TextSize {
    fn default() -> Self {
        Self(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Preferences;

    #[test]
    fn a_size_out_of_bounds_is_the_nearest_within() {
        for (kept, factor) in [("0", 0.8), ("80", 0.8), ("125", 1.25), ("200", 2.0), ("60000", 2.0)] {
            let read: Preferences = serde_json::from_str(&format!("{{\"text_size\":{kept}}}")).unwrap();
            assert!((read.text_size.factor() - factor).abs() < 1e-9, "{kept}");
        }
        assert_eq!(serde_json::from_str::<Preferences>("{}").unwrap().text_size, TextSize::from(100));
        assert_eq!(serde_json::to_string(&TextSize::from(150)).unwrap(), "150");
    }
}
