//! The areas a room can stand in: a small part of the real tree, with ids of the same kinds.

use serde_json::{Value, json};

struct Parent {
    id: u32,
    name: &'static str,
    areas: &'static [(u32, &'static str)],
}

const PARENTS: &[Parent] = &[
    Parent {
        id: 1, name: "娱乐", areas: &[(21, "视频唱见"), (145, "视频聊天"), (530, "萌宅领域")]
    },
    Parent { id: 5, name: "电台", areas: &[(190, "唱见电台"), (192, "聊天电台")] },
    Parent { id: 6, name: "单机游戏", areas: &[(236, "主机游戏"), (283, "独立游戏")] },
    Parent { id: 9, name: "虚拟主播", areas: &[(371, "虚拟日常")] },
    Parent { id: 10, name: "生活", areas: &[(27, "学习"), (369, "美食"), (646, "生活分享")] },
];

/// An area with its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) id: u32,
    pub(super) name: &'static str,
    pub(super) parent_id: u32,
    pub(super) parent_name: &'static str,
}

/// The child area of this id, as it stands in a request.
pub(super) fn find(id: &str) -> Option<Area> {
    let id: u32 = id.parse().ok()?;
    PARENTS.iter().find_map(|parent| {
        let (id, name) = *parent.areas.iter().find(|(area, _)| *area == id)?;
        Some(Area { id, name, parent_id: parent.id, parent_name: parent.name })
    })
}

/// The whole tree. Ids of parents are numbers, those of children are texts.
pub(super) fn list() -> Value {
    let child = |parent: &Parent, id: u32, name: &str| {
        json!({
            "id": id.to_string(),
            "parent_id": parent.id.to_string(),
            "old_area_id": "0",
            "name": name,
            "act_id": "0",
            "pk_status": "0",
            "hot_status": 0,
            "lock_status": "0",
            "pic": "",
            "complex_area_name": "",
            "parent_name": parent.name,
            "area_type": 0,
        })
    };
    PARENTS
        .iter()
        .map(|parent| {
            let list: Vec<_> = parent.areas.iter().map(|(id, name)| child(parent, *id, name)).collect();
            json!({ "id": parent.id, "name": parent.name, "list": list })
        })
        .collect()
}
