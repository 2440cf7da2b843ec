//! What the relay tells of the rooms that it feeds.

use std::collections::BTreeMap;

use super::super::picture::{Picture, RoomEntry};
use crate::encoder::AlarmKind;
use crate::relay::{RelaySource, RelayTarget, RelayTargetState, RelayTargetView};
use crate::room::RoomId;

/// Does the room get the encoder's stream by the relay? None: the relay doesn't feed it.
pub(super) fn arrives(picture: &Picture, room: &RoomEntry) -> Option<bool> {
    let of =
        |t: &&RelayTargetView| matches!(&t.target, RelayTarget::Room { room: id } if *id == room.view.id);
    let target = picture.relay.targets.iter().find(of)?;
    let source = matches!(picture.relay.source, RelaySource::Publishing { .. });
    Some(source && target.state == RelayTargetState::Publishing)
}

/// Rooms that a stream goes to, and since when, ms: the encoder's own, and those of the relay.
pub(super) fn pushed(picture: &Picture) -> BTreeMap<RoomId, i64> {
    let direct =
        picture.encoder.room.clone().zip(picture.encoder.since.filter(|_| picture.encoder.streaming));
    picture.relay_facts.publishing.clone().into_iter().chain(direct).collect()
}

/// The line upwards is too narrow for what the relay is to send.
pub(super) fn upload_short(picture: &Picture) -> Option<AlarmKind> {
    let upload = picture.relay.upload;
    let (needed_kbps, budget_kbps) = (upload.needed_kbps, upload.budget.limit());
    upload.short.then_some(AlarmKind::UploadShort { needed_kbps, budget_kbps })
}
