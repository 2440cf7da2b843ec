//! People: what the streamer notes of them, and what is known of them.

use super::{Inner, Studio};
use crate::chat::NAME_CAP;
use crate::history::person_key;
use crate::platform::Platform;
use crate::problem::{Failure, InvalidReason, clean_text};
use crate::view::{MarkedPerson, Marks, NOTE_CAP, PersonRef, PersonTonight, PersonView, ThanksView};

/// The longest id of a person that is taken, in bytes.
const ID_CAP: usize = 128;

/// What tells people apart: of the sandbox or not, where, and the id there or the name.
pub(crate) type PersonKey = (bool, Platform, String);

/// The key of a person.
pub(crate) fn key_of(person: &PersonRef) -> PersonKey {
    (person.sandbox, person.platform, person_key(&person.id, &person.name))
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
        Ok(())
    }

    /// What is known of a person.
    pub async fn read_person(&self, person: PersonRef) -> Result<PersonView, Failure> {
        let person = checked(person)?;
        let marks = self.0.lock().marks(&key_of(&person));
        Ok(PersonView {
            person,
            first_seen: None,
            last_seen: None,
            sessions: 0,
            lines: 0,
            messages: 0,
            gifts: 0,
            worth: 0,
            tonight: PersonTonight::default(),
            names: Vec::new(),
            marks,
        })
    }

    /// Whom to thank for what they gave tonight.
    pub async fn thanks(&self) -> Result<ThanksView, Failure> {
        Ok(ThanksView::default())
    }

    /// Ticks what a person gave in a room up to a line of theirs, or with `thanked` false undoes the tick that the
    /// line has.
    pub async fn thank(&self, _up_to: i64, _thanked: bool) -> Result<(), Failure> {
        Ok(())
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
