//! Commands about covers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kaibo_live::cover::{COVER_CAP, COVER_FIELD};
use kaibo_live::problem::{Failure, InvalidReason};
use kaibo_live::room::RoomId;
use kaibo_live::studio::Studio;
use tauri::State;

use super::{Answer, OrProblem};

/// Uploads a cover picture, a JPEG in base64, to a room's platform; answers its address there.
#[tauri::command]
pub(crate) async fn upload_cover(room: RoomId, jpeg: String, studio: State<'_, Studio>) -> Answer<String> {
    let jpeg = picture(&jpeg).or_problem(&studio)?;
    studio.upload_cover(&room, jpeg).await.or_problem(&studio)
}

fn picture(base64: &str) -> Result<Vec<u8>, Failure> {
    let refuse = || Failure::invalid(COVER_FIELD, InvalidReason::Malformed);
    if base64.len() > COVER_CAP.div_ceil(3) * 4 {
        return Err(refuse());
    }
    STANDARD.decode(base64).map_err(|e| refuse().because(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_window_sends_is_bounded() {
        assert_eq!(picture(&STANDARD.encode(vec![7; COVER_CAP])).unwrap().len(), COVER_CAP);
        for bad in [STANDARD.encode(vec![7; COVER_CAP + 3]), "%".into(), "a".into()] {
            assert!(picture(&bad).is_err(), "{} characters", bad.len());
        }
    }
}
