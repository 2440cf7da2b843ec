//! Covers: a picture is uploaded to the main site, then its address is given to the room.

use std::collections::VecDeque;

use md5::{Digest, Md5};
use serde_json::json;

use super::call::{Call, Reply};
use super::manage::signed_in;
use super::world::{Service, World};
use crate::house::Dialect;
use crate::jpeg;

/// The folder of the pictures.
const FOLDER: &str = "/bfs/live/new_room_cover/";
/// Pictures kept; the oldest is dropped.
const KEPT: usize = 16;
/// Longest title, in characters.
const TITLE: usize = 40;

/// Pictures that were uploaded, by their paths.
#[derive(Debug, Default)]
pub(super) struct Pictures(VecDeque<(String, Vec<u8>)>);

impl Pictures {
    fn put(&mut self, picture: Vec<u8>) -> String {
        let path = format!("{FOLDER}{}.jpg", hex::encode(Md5::digest(&picture)));
        self.0.retain(|(known, _)| *known != path);
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((path.clone(), picture));
        path
    }

    fn at(&self, path: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, picture)| picture.as_slice())
    }
}

/// POST `/x/upload/web/image?csrf=`: a form in parts, `bucket`, `dir`, `file`.
pub(super) fn upload(world: &mut World, call: &Call, base: &str) -> Reply {
    if world.login(call).is_none() {
        return Reply::new(-101, "账号未登录", serde_json::Value::Null);
    }
    if !world.csrf_of_query(call) {
        return Service::New.csrf_wrong();
    }
    if call.param("bucket") != Some("live") || call.param("dir") != Some("new_room_cover") {
        return Reply::bad_request();
    }
    let Some(file) = call.file("file") else { return Reply::bad_request() };
    if file.kind != "image/jpeg" || jpeg::size(&file.content).is_none() {
        return Reply::bad_request();
    }
    let path = world.pictures.put(file.content.clone());
    Reply::done(json!({ "location": format!("{base}{path}"), "etag": "", "image_width": 0 }))
}

/// GET of a picture.
pub(super) fn serve(world: &World, call: &Call) -> Reply {
    match world.pictures.at(&call.path) {
        Some(picture) => Reply::jpeg(picture.to_vec()),
        None => Reply::no_such_path(),
    }
}

pub(super) fn is_cover(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// POST `/xlive/app-blink/v1/preLive/UpdatePreLiveInfo`: title and cover of the caller's room.
pub(super) fn update(world: &mut World, call: &Call, dialect: Dialect, base: &str) -> Reply {
    let uid = match signed_in(world, call, Service::New, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    if ["platform", "mobi_app", "build"].iter().any(|name| call.filled(name).is_none()) {
        return Reply::bad_request();
    }
    let (title, cover) = (call.filled("title"), call.filled("cover"));
    if title.is_none() && cover.is_none() {
        return Reply::bad_request();
    }
    if title.is_some_and(|title| title.chars().count() > TITLE) {
        return Reply::new(1, "标题长度不合法", json!({}));
    }
    let known = |url: &str| url.strip_prefix(base).is_some_and(|path| world.pictures.at(path).is_some());
    if !cover.is_none_or(known) {
        return Reply::new(100_402, "图片不合适", json!({}));
    }
    let room = world.user(uid).and_then(|user| user.room);
    let Some(room) = room.and_then(|id| world.rooms.get_mut(&id)) else {
        return Reply::new(1, "不是自己的房间", json!({}));
    };
    if let Some(title) = title {
        title.clone_into(&mut room.title);
    }
    if let Some(cover) = cover {
        cover.clone_into(&mut room.cover);
    }
    Reply::done(json!({ "audit_info": {
        "audit_title_reason": "", "audit_title_status": 0, "update_title": title.unwrap_or_default(),
    } }))
}
