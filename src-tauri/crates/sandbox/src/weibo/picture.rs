//! `statuses/upload_pic`: pictures that may become covers.
//! <https://open.weibo.com/wiki/2/statuses/upload_pic>

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::wire::{self, Call, Refused, bad_value};
use crate::house::House;
use crate::{jpeg, multipart};

/// The call's path.
pub(super) const PATH: &str = "/2/statuses/upload_pic.json";
/// Pictures kept; the oldest is dropped.
const KEPT: usize = 16;
/// How far a cover's ratio may be off the broadcast's: a pixel of a small picture.
const RATIO_OFF: f64 = 0.01;

/// A picture, with its id.
pub(super) struct Picture {
    id: String,
    bytes: Vec<u8>,
    size: (u32, u32),
}

/// Reads the form, checks who calls, keeps the picture.
pub(super) async fn upload(State(house): State<Arc<House>>, request: Request) -> Response {
    let dialect = house.dialect("weibo");
    let outcome = async {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        if !kind.starts_with("multipart/form-data") {
            return Err(Refused::new(10007, format!("unsupport mediatype ({kind})")));
        }
        let body = Bytes::from_request(request, &()).await;
        let body = body.map_err(|_| Refused::new(10018, "request body length over limit"))?;
        let parts = multipart::parts(&kind, &body);
        let plain = parts.iter().filter(|part| part.file.is_none());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields: BTreeMap<_, _> = plain.map(|part| (part.name.clone(), text(&part.content))).collect();
        wire::admit(&house, &Call::new(fields, dialect), PATH)?;
        let picture = parts.into_iter().find(|part| part.name == "pic" && part.file.is_some());
        let picture = picture.ok_or_else(|| Refused::new(10016, "miss required parameter (pic)"))?;
        let unsupported = || Refused::new(20005, "Unsupported image type, only suport JPG, GIF, PNG");
        let size = jpeg::size(&picture.content).ok_or_else(unsupported)?;
        Ok(keep(&house, picture.content, size))
    };
    wire::answer(outcome.await, PATH, dialect)
}

fn keep(house: &House, bytes: Vec<u8>, size: (u32, u32)) -> Value {
    let id = super::hex(26);
    let at = |folder: &str| format!("{}/{folder}/{id}.jpg", house.addresses().weibo);
    let told = json!({
        "pic_id": id,
        "thumbnail_pic": at("thumbnail"),
        "bmiddle_pic": at("bmiddle"),
        "original_pic": at("large"),
    });
    let pictures: &mut VecDeque<Picture> = &mut house.weibo.memory().pictures;
    if pictures.len() == KEPT {
        pictures.pop_front();
    }
    pictures.push_back(Picture { id, bytes, size });
    told
}

/// GET of a picture. All its sizes are the one that was sent.
pub(super) async fn picture(State(house): State<Arc<House>>, Path(file): Path<String>) -> Response {
    let memory = house.weibo.memory();
    match of(&memory.pictures, &file) {
        Some(picture) => ([(header::CONTENT_TYPE, "image/jpeg")], picture.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn of<'a>(pictures: &'a VecDeque<Picture>, file: &str) -> Option<&'a Picture> {
    let id = file.strip_suffix(".jpg")?;
    pictures.iter().find(|picture| picture.id == id)
}

/// A cover's ratio must be the broadcast's. Pictures from elsewhere aren't looked at.
pub(super) fn check_ratio(house: &House, image: &str, size: (u32, u32)) -> Result<(), Refused> {
    let own = image.strip_prefix(&house.addresses().weibo).and_then(|path| path.rsplit('/').next());
    let memory = house.weibo.memory();
    let Some(picture) = own.and_then(|file| of(&memory.pictures, file)) else { return Ok(()) };
    let ratio = |(width, height): (u32, u32)| f64::from(width) / f64::from(height.max(1));
    if (ratio(picture.size) / ratio(size) - 1.0).abs() > RATIO_OFF {
        return Err(bad_value("image", image));
    }
    Ok(())
}
