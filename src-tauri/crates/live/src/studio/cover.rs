//! Uploading cover pictures. An upload changes nothing that viewers see: the address it brings does, with the next
//! *Go live* or edit.

use std::time::Duration;

use tokio::time::timeout;

use super::Studio;
use super::run::trimmed;
use crate::platform::Abilities;
use crate::problem::{Failure, ProblemCode};
use crate::room::{Details, RoomId};
use crate::view::GoLive;

/// Uploads under way at once; one more is refused.
pub(super) const AT_ONCE: usize = 8;
/// The longest that one takes.
const BOUND: Duration = Duration::from_secs(30);

impl Studio {
    /// Uploads a cover picture to a room's platform; answers its address there. What isn't a picture as the
    /// account's [`CoverRule`](crate::cover::CoverRule) wants it is `Invalid { field: "cover_picture" }`, and
    /// nothing is sent. A lost answer is a plain `Timeout`: sending it again does no harm.
    pub async fn upload_cover(&self, room: &RoomId, jpeg: Vec<u8>) -> Result<String, Failure> {
        let inner = &self.0;
        let (account, connection, _) = inner.connection_of(room)?;
        let platform = account.platform;
        let uploading = async {
            let full = |_| Failure::new(ProblemCode::RateLimited);
            let _place = inner.uploading.try_acquire().map_err(full)?;
            let covers = connection.covers().ok_or_else(|| Failure::new(ProblemCode::NotAllowed))?;
            covers.rule().check(&jpeg)?;
            let late = |_| Err(Failure::new(ProblemCode::Timeout));
            timeout(BOUND, covers.upload(jpeg)).await.unwrap_or_else(late)
        };
        let failure = match uploading.await {
            Ok(url) => return Ok(url),
            Err(failure) if failure.outcome_unknown() => Failure { code: ProblemCode::Timeout, ..failure },
            Err(failure) => failure,
        }
        .at(platform);
        let shown = failure.without_cause();
        let problem = inner.problem(failure);
        self.note_refusal(&account.id, &connection, &problem);
        Err(shown)
    }
}

/// What a room should say: the form, with the cover that was uploaded for it. Where no cover from elsewhere is taken
/// it is that or none.
pub(super) fn wanted(request: &GoLive, room: &RoomId, abilities: &Abilities) -> Details {
    let mut details = trimmed(&request.details_of(room));
    if abilities.own_covers && !request.covers.contains_key(room) {
        details.cover_url.clear();
    }
    details
}
