//! Forms of *Tonight* that are kept, and what is remembered of each room.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{GoLive, Preferences};
use crate::room::{Details, RoomId};

/// Templates kept, at most: further ones are left out.
pub const TEMPLATES_CAP: usize = 50;
/// Longest name of a template, characters.
pub const TEMPLATE_NAME_CAP: usize = 40;
/// Rooms whose last details are remembered, at most.
pub const LAST_CAP: usize = 64;
/// Longest text kept of a detail, characters; platforms take less.
const TEXT_CAP: usize = 2_000;
/// Tags kept of a form, at most.
const TAGS_CAP: usize = 30;

/// A form of *Tonight* under a name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Template {
    /// What the streamer calls it, at most [`TEMPLATE_NAME_CAP`] characters.
    pub name: String,
    /// What it fills in.
    pub details: Details,
}

impl Preferences {
    /// The same within its bounds.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.templates.retain(|t| !t.name.trim().is_empty());
        self.templates.truncate(TEMPLATES_CAP);
        for template in &mut self.templates {
            cut(&mut template.name, TEMPLATE_NAME_CAP);
            bound(&mut template.details);
        }
        while self.last.len() > LAST_CAP {
            self.last.pop_first();
        }
        self.last.values_mut().for_each(bound);
        bound(&mut self.tonight);
        self
    }

    /// What is remembered of a *Go live*: the form, the rooms, and what each of them went live with. Of the sandbox's
    /// rooms nothing is, so that a tour leaves no trace.
    #[must_use]
    pub fn remembering(self, request: &GoLive, own: impl Fn(&RoomId) -> bool) -> Self {
        let rooms: Vec<RoomId> = request.rooms.iter().filter(|r| own(r)).cloned().collect();
        if rooms.is_empty() {
            return self;
        }
        let mut last = self.last.clone();
        while last.len() + rooms.len() > LAST_CAP
            && let Some(other) = last.keys().find(|r| !rooms.contains(r)).cloned()
        {
            last.remove(&other);
        }
        last.extend(rooms.iter().map(|r| (r.clone(), request.details_of(r))));
        Self { tonight: request.details.clone(), chosen: request.rooms.clone(), last, ..self }.bounded()
    }
}

fn bound(details: &mut Details) {
    details.tags.truncate(TAGS_CAP);
    let texts = [&mut details.title, &mut details.summary, &mut details.notice, &mut details.cover_url];
    for text in texts.into_iter().chain(&mut details.tags) {
        cut(text, TEXT_CAP);
    }
}

fn cut(text: &mut String, cap: usize) {
    if let Some((at, _)) = text.char_indices().nth(cap) {
        text.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(rooms: &[&str], title: &str) -> GoLive {
        let rooms = rooms.iter().map(|r| RoomId((*r).into())).collect();
        let details = Details { title: title.into(), ..Details::default() };
        GoLive { rooms, details, covers: std::collections::BTreeMap::new(), encoder: None, relay: false }
    }

    #[test]
    fn preferences_keep_within_their_bounds() {
        let template = |n: usize| Template {
            name: format!("{n}{}", "名".repeat(60)),
            details: Details { title: "长".repeat(9_000), tags: vec!["a".into(); 99], ..Details::default() },
        };
        let mut preferences = Preferences {
            templates: (0..70).map(template).collect(),
            last: (0..90).map(|n| (RoomId(n.to_string()), Details::default())).collect(),
            ..Preferences::default()
        };
        preferences.templates.insert(0, Template { name: " ".into(), ..Template::default() });
        let bounded = preferences.bounded();
        assert_eq!((bounded.templates.len(), bounded.last.len()), (TEMPLATES_CAP, LAST_CAP));
        assert!(bounded.templates[0].name.starts_with("0名"), "one without a name is none");
        assert_eq!(bounded.templates[0].name.chars().count(), TEMPLATE_NAME_CAP);
        assert_eq!(bounded.templates[0].details.title.chars().count(), TEXT_CAP);
        assert_eq!(bounded.templates[0].details.tags.len(), TAGS_CAP);
        assert_eq!(bounded.clone().bounded(), bounded);
    }

    #[test]
    fn each_room_is_remembered_and_the_sandbox_is_not() {
        let own = |room: &RoomId| !room.0.starts_with("sandbox");
        let before = Preferences::default();
        assert_eq!(before.clone().remembering(&request(&["sandbox-1"], "试播"), own), before);
        let after = before.remembering(&request(&["a", "b", "sandbox-1"], "周五"), own);
        let after = after.remembering(&request(&["b"], "周六"), own);
        let titles: Vec<_> = after.last.iter().map(|(r, d)| (r.0.as_str(), d.title.as_str())).collect();
        assert_eq!(titles, [("a", "周五"), ("b", "周六")]);
        assert_eq!(after.tonight.title, "周六");
        let many = (0..LAST_CAP).fold(after, |p, n| p.remembering(&request(&[&format!("c{n}")], "x"), own));
        assert_eq!(many.last.len(), LAST_CAP);
    }
}
