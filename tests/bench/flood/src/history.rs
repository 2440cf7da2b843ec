//! What Kaibo kept: its history, read beside it.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::{ROOMS, Result};

/// How long the last lines may take to be written.
const WRITTEN_WITHIN: Duration = Duration::from_secs(60);

/// The order in which the program numbered the lines of a room: place by number.
pub(crate) struct Order {
    ranks: [Vec<usize>; ROOMS],
    first: usize,
    /// Different lines.
    pub(crate) kept: usize,
    /// Lines that stand there more than once.
    pub(crate) doubled: usize,
}

impl Order {
    /// The place of a line among those that were read, from 1 on.
    pub(crate) fn rank(&self, room: usize, number: usize) -> Option<usize> {
        self.ranks.get(room)?.get(number.checked_sub(self.first)?).copied().filter(|rank| *rank > 0)
    }
}

/// Waits until the history holds all lines, or no more come, and answers what it holds of those from `first` on,
/// `each` a room.
pub(crate) async fn read(home: &Path, first: usize, each: usize) -> Result<Order> {
    let file = home.join("data/cn.kaibo.desktop/history.db");
    let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let deadline = Instant::now() + WRITTEN_WITHIN;
    let mut before = 0;
    loop {
        let order = look(&database, first, each)?;
        if order.kept >= each * ROOMS || order.kept == before || Instant::now() > deadline {
            return Ok(order);
        }
        before = order.kept;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

fn look(database: &Connection, first: usize, each: usize) -> Result<Order> {
    let mut order =
        Order { ranks: std::array::from_fn(|_| vec![0; each]), first, kept: 0, doubled: 0 };
    let mut lines = database.prepare("select text from line order by id")?;
    let mut rows = lines.query(())?;
    let mut rank = 0;
    while let Some(row) = rows.next()? {
        let Some((room, number)) = numbered(row.get_ref(0)?.as_str().unwrap_or_default()) else { continue };
        let Some(at) = number.checked_sub(first).filter(|at| *at < each) else { continue };
        rank += 1;
        match order.ranks.get_mut(room).and_then(|ranks| ranks.get_mut(at)) {
            Some(place) if *place == 0 => {
                *place = rank;
                order.kept += 1;
            }
            _ => order.doubled += 1,
        }
    }
    Ok(order)
}

/// `#ROOM NUMBER …`
fn numbered(text: &str) -> Option<(usize, usize)> {
    let mut parts = text.strip_prefix('#')?.split(' ');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
