//! Bilibili's room and areas in the domain's words.

use kaibo_live::room::{Area, FigureKind, Figures, RemoteId, RoomFacts, Status};

use super::api::{AreaGroup, RoomInfo};
use crate::wire;

/// The most tags that are read.
const TAGS: usize = 50;

/// The room's facts. `asked` is the id it was asked by, in case the answer doesn't tell.
pub(super) fn facts(room: RoomInfo, asked: &str) -> RoomFacts {
    let id = room.room_id.unwrap_or_else(|| asked.to_owned());
    let status = match room.live_status {
        Some(0) => Status::NotStarted,
        Some(1) => Status::Live,
        Some(2) => Status::Replay,
        _ => Status::Unknown,
    };
    let mut figures = Figures::new();
    figures.extend(room.online.map(|n| (FigureKind::Popularity, n)));
    figures.extend(room.attention.map(|n| (FigureKind::Followers, n)));
    let tags = room.tags.unwrap_or_default();
    let tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).take(TAGS);
    RoomFacts {
        title: room.title,
        cover_url: room.user_cover,
        status,
        status_code: room.live_status,
        started_at: room.live_time.as_deref().and_then(wire::beijing_time),
        landing_url: Some(format!("https://live.bilibili.com/{id}")),
        figures,
        area: room.area_id.filter(|id| id != "0").map(|id| Area {
            id,
            name: room.area_name.unwrap_or_default(),
            group: room.parent_area_name.unwrap_or_default(),
        }),
        tags: tags.map(str::to_owned).collect(),
        ..RoomFacts::of(RemoteId(id))
    }
}

/// All areas in one list, each with its group's name.
pub(super) fn areas(groups: Vec<AreaGroup>) -> Vec<Area> {
    let of_group = |group: AreaGroup| {
        let name = group.name.unwrap_or_default();
        group
            .list
            .into_iter()
            .filter_map(move |child| Some(Area { id: child.id?, name: child.name?, group: name.clone() }))
    };
    groups.into_iter().flat_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(json: &str) -> RoomFacts {
        facts(serde_json::from_str(json).expect("a room"), "5")
    }

    #[test]
    fn a_live_room() {
        let facts = room(
            r#"{"room_id":1234,"live_status":1,"live_time":"2026-11-21 20:00:00","title":"写代码","area_id":27,
            "area_name":"学习","parent_area_name":"生活","tags":"编程, 自习,,","attention":7,"online":99}"#,
        );
        assert_eq!(facts.remote, RemoteId("1234".into()));
        assert_eq!(facts.status, Status::Live);
        assert_eq!(facts.started_at.map(|t| t.to_string()).as_deref(), Some("2026-11-21T12:00:00Z"));
        assert_eq!(facts.landing_url.as_deref(), Some("https://live.bilibili.com/1234"));
        assert_eq!(facts.tags, ["编程", "自习"]);
        assert_eq!(facts.area, Some(Area { id: "27".into(), name: "学习".into(), group: "生活".into() }));
        assert_eq!(facts.figures, [(FigureKind::Popularity, 99), (FigureKind::Followers, 7)].into());
    }

    #[test]
    fn zeros_are_nothing() {
        let facts = room(r#"{"live_status":0,"live_time":"0000-00-00 00:00:00","area_id":0,"tags":""}"#);
        assert_eq!((facts.status, facts.started_at, facts.area), (Status::NotStarted, None, None));
        assert_eq!(facts.remote, RemoteId("5".into()));
        assert!(facts.tags.is_empty());
    }

    #[test]
    fn states() {
        assert_eq!(room(r#"{"live_status":2}"#).status, Status::Replay);
        assert_eq!(room(r#"{"live_status":"1"}"#).status, Status::Live);
        let odd = room(r#"{"live_status":8}"#);
        assert_eq!((odd.status, odd.status_code), (Status::Unknown, Some(8)));
    }

    #[test]
    fn child_areas_have_text_for_ids() {
        let groups = serde_json::from_str(
            r#"[{"id":1,"name":"生活","list":[{"id":"27","parent_id":"1","name":"学习","hot_status":0},
            {"id":28,"name":"美食"},{"name":"没有号"}]},{"id":2,"name":"空","list":[]}]"#,
        )
        .expect("areas");
        let area = |id: &str, name: &str| Area { id: id.into(), name: name.into(), group: "生活".into() };
        assert_eq!(areas(groups), [area("27", "学习"), area("28", "美食")]);
    }
}
