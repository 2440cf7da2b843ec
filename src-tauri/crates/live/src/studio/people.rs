//! People: what the streamer notes of them, and what is known of them.

use super::picture::RoomEntry;
use super::{Inner, Studio};
use crate::chat::NAME_CAP;
use crate::history::person_key;
use crate::platform::Platform;
use crate::problem::{Failure, InvalidReason, clean_text};
use crate::view::{ChatLine, MarkedPerson, Marks, NOTE_CAP, PersonRef, PersonView};

/// The longest id of a person that is taken, in bytes.
const ID_CAP: usize = 128;

/// What tells people apart: of the sandbox or not, where, and the id there or the name.
pub(crate) type PersonKey = (bool, Platform, String);

/// The key of a person.
pub(crate) fn key_of(person: &PersonRef) -> PersonKey {
    (person.sandbox, person.platform, person_key(&person.id, &person.name))
}

/// The key of whoever said a line. None for the streamer, and where nobody is named.
pub(crate) fn key_in(rooms: &[RoomEntry], line: &ChatLine) -> Option<PersonKey> {
    let who = line.who.as_ref().filter(|who| !who.me)?;
    let sandbox = rooms.iter().find(|r| r.view.id == line.room)?.view.sandbox;
    Some((sandbox, line.platform, person_key(&who.id, &who.name)))
}

impl Studio {
    /// Replaces what is noted of a person; nothing takes the person out. Refused when the note is too long, when
    /// nobody is named, and beyond [`MARKED_CAP`](crate::view::MARKED_CAP) people.
    pub async fn mark_person(&self, person: PersonRef, marks: Marks) -> Result<(), Failure> {
        let inner = &self.0;
        let person = checked(person)?;
        let marks = Marks { note: checked_note(&marks.note)?, ..marks };
        let _one_at_a_time = inner.marks_gate.lock().await;
        inner.store_for(person.sandbox).set_marks(person.clone(), marks.clone()).await?;
        inner.show_marks(person, marks);
        inner.thanks_due.notify_one();
        Ok(())
    }

    /// What is known of a person. In large histories it takes the time of a search.
    pub async fn read_person(&self, person: PersonRef) -> Result<PersonView, Failure> {
        let person = checked(person)?;
        let inner = &self.0;
        let (key, tonight) = (key_of(&person), inner.tonight());
        let history = inner.history_of(person.sandbox);
        let known = history.person(person.platform, key.2.clone(), tonight).await?;
        let marks = inner.lock().marks(&key);
        Ok(PersonView {
            person,
            first_seen: known.first_seen,
            last_seen: known.last_seen,
            sessions: known.sessions,
            lines: known.lines,
            messages: known.messages,
            gifts: known.gifts,
            worth: known.worth,
            tonight: known.tonight,
            names: known.names,
            marks,
        })
    }

    /// Shows the marks that were kept.
    pub(super) async fn show_marked(&self) {
        match self.0.store.marked().await {
            Ok(marked) => marked.into_iter().for_each(|(person, marks)| self.0.show_marks(person, marks)),
            Err(failure) => self.tell(failure),
        }
    }
}

impl Inner {
    fn show_marks(&self, person: PersonRef, marks: Marks) {
        let key = key_of(&person);
        let marked = MarkedPerson { key: key.2.clone(), person, marks };
        self.change(|p| p.mark(key, marked));
    }
}

/// A person as the window named them, who has an id or a name.
fn checked(person: PersonRef) -> Result<PersonRef, Failure> {
    let person = PersonRef { name: clean_text(&person.name, NAME_CAP), ..person };
    let named = !person.name.is_empty() || !(person.id.is_empty() || person.id == "0");
    if named && person.id.len() <= ID_CAP {
        Ok(person)
    } else {
        Err(Failure::invalid("person", InvalidReason::Malformed))
    }
}

/// A note without what can't be seen, its lines kept.
fn checked_note(note: &str) -> Result<String, Failure> {
    let used = u32::try_from(note.trim().chars().count()).unwrap_or(u32::MAX);
    if used > NOTE_CAP {
        return Err(Failure::invalid("note", InvalidReason::TooLong { used, limit: NOTE_CAP }));
    }
    let lines = note.trim().lines().map(|line| clean_text(line, NOTE_CAP as usize));
    Ok(lines.collect::<Vec<_>>().join("\n").trim().to_owned())
}
