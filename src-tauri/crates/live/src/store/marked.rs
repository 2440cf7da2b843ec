//! People with marks. The row's key is what tells people of a platform apart.

use rusqlite::params;

use super::{Store, from_json, to_json};
use crate::history::person_key;
use crate::problem::{Failure, InvalidReason};
use crate::view::{MARKED_CAP, Marks, PersonRef};

impl Store {
    /// Everybody with marks, in no order.
    pub async fn marked(&self) -> Result<Vec<(PersonRef, Marks)>, Failure> {
        self.run(|db| {
            let mut query =
                db.prepare("select platform, id, name, note, favourite, watch, hidden from marked")?;
            let rows = query.query_map([], |r| {
                let person = PersonRef {
                    platform: from_json(&r.get::<_, String>(0)?)?,
                    id: r.get(1)?,
                    name: r.get(2)?,
                    sandbox: false,
                };
                let (note, favourite, watch, hidden) = (r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?);
                Ok((person, Marks { note, favourite, watch, hidden }))
            })?;
            rows.collect()
        })
        .await
    }

    /// Replaces a person's marks; empty ones remove the row. Beyond [`MARKED_CAP`] people it is refused as
    /// `Invalid { field: "marks" }`.
    pub async fn set_marks(&self, person: PersonRef, marks: Marks) -> Result<(), Failure> {
        let there_is_room = self
            .run(move |db| {
                let (platform, key) = (to_json(&person.platform)?, person_key(&person.id, &person.name));
                let tx = db.transaction()?;
                tx.execute("delete from marked where platform = ?1 and key = ?2", params![platform, key])?;
                if !marks.is_empty() {
                    let others: u32 = tx.query_row("select count(*) from marked", [], |r| r.get(0))?;
                    if others >= MARKED_CAP {
                        return Ok(false);
                    }
                    let Marks { note, favourite, watch, hidden } = marks;
                    tx.execute(
                        "insert into marked values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                        params![platform, key, person.id, person.name, note, favourite, watch, hidden],
                    )?;
                }
                tx.commit().map(|()| true)
            })
            .await?;
        let full = InvalidReason::TooMany { limit: MARKED_CAP };
        if there_is_room { Ok(()) } else { Err(Failure::invalid("marks", full)) }
    }
}
