//! Made-up viewers and what they say. They are all invented; so is the coffee-and-records evening.

/// One viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Viewer {
    /// The platform's number for them.
    pub(crate) id: u64,
    /// Display name.
    pub(crate) name: &'static str,
}

/// The first viewer's number; the others follow.
const FIRST_ID: u64 = 7_700_000_001;

const NAMES: [&str; 24] = [
    "慢半拍",
    "手冲阿岩",
    "黑胶小满",
    "一粒豆子",
    "南窗下",
    "雨天唱片",
    "拿铁不加糖",
    "橘子汽水",
    "阿木不木",
    "深烘爱好者",
    "B面第三首",
    "云朵邮差",
    "老虎钳",
    "凌晨两点半",
    "耶加的雪",
    "转速三十三",
    "小鹿慢慢走",
    "半杯水",
    "唱针先生",
    "杯测师小禾",
    "kiki在听",
    "Mocha猫",
    "北边的风",
    "一颗方糖",
];

const LINES: [&str; 40] = [
    "来了来了",
    "晚上好呀",
    "今天喝什么豆子？",
    "这张封面好看",
    "声音刚刚好，不用调",
    "第一次来，主播好",
    "水温多少度？",
    "92 度左右吧，浅烘可以再高一点",
    "鼓声一进来就舒服了",
    "这首叫什么名字",
    "求歌单",
    "闷蒸半分钟够吗",
    "隔着屏幕都闻到香味了",
    "研磨度可以再细一格",
    "哈哈哈哈",
    "666",
    "这个唱头是新换的吗",
    "底噪好低",
    "我家也有这张，首版的",
    "可以放一张爵士吗",
    "B 面！B 面！",
    "杯子链接有吗",
    "下班路上听着，治愈",
    "主播喝口水",
    "画面有点暗，开个灯？",
    "现在正好",
    "埃塞的还是哥伦比亚的？",
    "酸度明亮，喜欢",
    "刚泡好一杯，陪你们一起",
    "别切歌，让它放完",
    "这段萨克斯绝了",
    "老唱片的味道",
    "点赞了",
    "请问滤杯是 V60 吗",
    "周末还播吗",
    "几点下播呀",
    "卡了一下，又好了",
    "关注了，下次再来",
    "晚安，先去睡了",
    "唱完这张再走",
];

/// Somebody.
pub(crate) fn anybody() -> Viewer {
    let at = fastrand::usize(..NAMES.len());
    Viewer { id: FIRST_ID + at as u64, name: NAMES[at] }
}

/// The number of the viewer with this name; a name from outside gets a number of its own.
pub(crate) fn id_of(name: &str) -> u64 {
    if let Some(at) = NAMES.iter().position(|known| *known == name) {
        return FIRST_ID + at as u64;
    }
    // FNV-1a, kept under 2^32 so that it stays clear of the known viewers and exact in JavaScript.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u64::from(hash)
}

/// The name of the viewer with this number, among those that come by themselves.
pub(crate) fn name_of(id: u64) -> Option<&'static str> {
    NAMES.get(usize::try_from(id.checked_sub(FIRST_ID)?).ok()?).copied()
}

/// Something to say.
pub(crate) fn anything() -> &'static str {
    LINES[fastrand::usize(..LINES.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewers_keep_their_numbers() {
        let viewer = anybody();
        assert_eq!(id_of(viewer.name), viewer.id);
        assert_ne!(id_of("someone else"), id_of("another"));
        assert!(NAMES.iter().enumerate().all(|(at, name)| id_of(name) == FIRST_ID + at as u64));
    }
}
