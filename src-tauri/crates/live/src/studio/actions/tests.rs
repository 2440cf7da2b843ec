//! What is refused before it is sent, what a room says already, and what a change leaves behind.

use super::super::picture::blank_room;
use super::*;
use crate::account::{Profile, Settings, SignInWay};
use crate::limits::{Counting, TextLimit};
use crate::platform::{Abilities, DetailLimit, Platform};
use crate::room::Visibility;

const COVER: &str = "https://i.example/a.png";

/// A platform that takes these details, titles and tags of five characters at most.
fn info(set_at_start: &[DetailKind], edit: &[DetailKind]) -> PlatformInfo {
    let limit = |detail, required| DetailLimit {
        detail,
        limit: TextLimit { max: 5, counting: Counting::Characters, required },
    };
    PlatformInfo {
        platform: Platform::Bilibili,
        abilities: Abilities {
            set_at_start: set_at_start.to_vec(),
            edit: edit.to_vec(),
            ..Abilities::default()
        },
        ways: Vec::new(),
        takes_file: false,
        fields: Vec::new(),
        limits: vec![
            limit(DetailKind::Title, false),
            limit(DetailKind::Notice, true),
            limit(DetailKind::Tags, false),
        ],
        chat_limit: None,
        documentation: String::new(),
    }
}

const TEXTS: [DetailKind; 5] =
    [DetailKind::Title, DetailKind::Summary, DetailKind::Notice, DetailKind::Cover, DetailKind::Tags];

/// As an edit has it.
#[allow(clippy::unnecessary_wraps)]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn tags(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

fn area(id: &str) -> Area {
    Area { id: id.into(), name: String::new(), group: String::new() }
}

/// Changes of one thing each: to what the room of these tests says, and to another.
fn changes() -> Vec<(Edit, Edit)> {
    let edit = Edit::default;
    vec![
        (Edit { title: text("今晚"), ..edit() }, Edit { title: text("明晚"), ..edit() }),
        (Edit { summary: text("长文"), ..edit() }, Edit { summary: text("别的"), ..edit() }),
        (Edit { notice: text("公告"), ..edit() }, Edit { notice: text(""), ..edit() }),
        (Edit { cover_url: text(COVER), ..edit() }, Edit { cover_url: text("https://b"), ..edit() }),
        (Edit { area_id: text("7"), ..edit() }, Edit { area_id: text("8"), ..edit() }),
        (Edit { add_tags: tags(&["a"]), ..edit() }, Edit { add_tags: tags(&["a", "c"]), ..edit() }),
        (Edit { remove_tags: tags(&["c"]), ..edit() }, Edit { remove_tags: tags(&["c", "b"]), ..edit() }),
    ]
}

fn account() -> Account {
    Account {
        id: AccountId("a1".into()),
        platform: Platform::Bilibili,
        name: "小满".into(),
        settings: Settings::default(),
        way: SignInWay::Form,
        profile: Profile::default(),
        renewal_checked_at: None,
        sandbox: false,
    }
}

/// The same room three ways: as it was meant, as it is read, as it is shown.
fn room() -> (Details, RoomFacts, RoomView) {
    let details = Details {
        title: "今晚".into(),
        summary: "长文".into(),
        notice: "公告".into(),
        cover_url: COVER.into(),
        area_id: "7".into(),
        tags: tags(&["a", "b"]),
        visibility: Visibility::Public,
    };
    let facts = RoomFacts {
        title: text("今晚"),
        summary: text("长文"),
        notice: text("公告"),
        cover_url: text(COVER),
        area: Some(area("7")),
        tags: tags(&["a", "b"]),
        ..RoomFacts::of(RemoteId("1".into()))
    };
    let view = RoomView {
        title: "今晚".into(),
        summary: "长文".into(),
        notice: "公告".into(),
        cover_url: COVER.into(),
        area: Some(area("7")),
        tags: tags(&["a", "b"]),
        ..blank_room(RoomId("r1".into()), &account(), "小满".into(), &info(&TEXTS, &TEXTS))
    };
    (details, facts, view)
}

#[test]
fn a_room_says_a_change_or_it_does_not() {
    let (_, facts, _) = room();
    assert!(says(&facts, &Edit::default()));
    for (said, other) in changes() {
        assert!(says(&facts, &said), "{said:?}");
        assert!(!says(&facts, &other), "{other:?}");
    }
    // Platforms don't tell these, so nobody knows.
    assert!(!says(&facts, &Edit { visibility: Some(Visibility::Public), ..Edit::default() }));
    assert!(!says(&facts, &Edit { replay_url: text("https://r"), ..Edit::default() }));
}

#[test]
fn texts_are_checked_where_the_platform_takes_them() {
    let refused = |details: Details, info: &PlatformInfo| {
        check_details(info, &details).err().map(|failure| (failure.code, failure.platform))
    };
    let invalid = |field: &str, reason| {
        Some((ProblemCode::Invalid { field: field.into(), reason }, Some(Platform::Bilibili)))
    };
    let too_long = InvalidReason::TooLong { used: 6, limit: 5 };
    let (good, ..) = room();
    let all = info(&TEXTS, &[]);
    let cases = [
        (good.clone(), None),
        (Details { title: "一二三四五".into(), ..good.clone() }, None),
        (Details { title: " ".into(), ..good.clone() }, invalid("title", InvalidReason::Empty)),
        (Details { title: "一二三四五六".into(), ..good.clone() }, invalid("title", too_long.clone())),
        (Details { summary: String::new(), ..good.clone() }, None),
        (Details { summary: "长".repeat(9), ..good.clone() }, None),
        (Details { notice: String::new(), ..good.clone() }, invalid("notice", InvalidReason::Empty)),
        (Details { notice: "abcdef".into(), ..good.clone() }, invalid("notice", too_long.clone())),
        (Details { tags: tags(&["a", "abcdef"]), ..good.clone() }, invalid("tags", too_long.clone())),
        (Details { cover_url: "a".into(), ..good.clone() }, invalid("cover_url", InvalidReason::Malformed)),
    ];
    for (details, expected) in cases {
        assert_eq!(refused(details.clone(), &all), expected, "{details:?}");
        assert_eq!(refused(details.clone(), &info(&[], &TEXTS)), expected, "by changing: {details:?}");
        assert_eq!(refused(details, &info(&[], &[])), None, "what isn't taken isn't checked");
    }
}

#[test]
fn a_change_is_checked_before_it_is_sent() {
    let refused = |edit: Edit| check_edit(&info(&TEXTS, &TEXTS), &edit).err().map(|failure| failure.code);
    let invalid = |field: &str, reason| Some(ProblemCode::Invalid { field: field.into(), reason });
    let too_long = InvalidReason::TooLong { used: 6, limit: 5 };
    let edit = Edit::default;
    assert_eq!(refused(edit()), None);
    for (good, _) in changes() {
        assert_eq!(refused(good.clone()), None, "{good:?}");
    }
    let six = || text("abcdef");
    assert_eq!(refused(Edit { title: six(), ..edit() }), invalid("title", too_long.clone()));
    assert_eq!(refused(Edit { notice: six(), ..edit() }), invalid("notice", too_long.clone()));
    assert_eq!(refused(Edit { add_tags: tags(&["abcdef"]), ..edit() }), invalid("tags", too_long));
    let malformed = |field| invalid(field, InvalidReason::Malformed);
    assert_eq!(refused(Edit { cover_url: text("a"), ..edit() }), malformed("cover_url"));
    assert_eq!(refused(Edit { replay_url: text("a"), ..edit() }), malformed("replay_url"));
}

#[test]
fn an_address_has_a_host_and_no_gap() {
    let all = info(&TEXTS, &TEXTS);
    for good in ["", "  ", "http://a", " https://a.example/b?c#d ", "https://a?b"] {
        assert!(check_url(&all, "cover_url", good).is_ok(), "{good:?}");
    }
    let bad = [
        "a",
        "ftp://a",
        "https://",
        "https:///a",
        "https://?a",
        "http://#a",
        "https://a b",
        "https://a\u{7}b",
    ];
    for bad in bad {
        assert!(check_url(&all, "cover_url", bad).is_err(), "{bad:?}");
    }
}

#[test]
fn only_what_differs_and_can_be_told_is_changed() {
    let kinds = [&TEXTS[..], &[DetailKind::Area]].concat();
    let (details, _, view) = room();
    assert_eq!(edit_towards(&info(&[], &kinds), &view, &details), None, "it says all of it");
    let (_, _, blank) = room();
    let blank = RoomView { title: "昨晚".into(), area: None, tags: tags(&["b"]), ..blank };
    let wanted =
        Edit { title: text("今晚"), area_id: text("7"), add_tags: tags(&["a"]), ..Edit::default() };
    assert_eq!(edit_towards(&info(&[], &kinds), &blank, &details), Some(wanted));
    let title = Edit { title: text("今晚"), ..Edit::default() };
    assert_eq!(edit_towards(&info(&kinds, &[DetailKind::Title]), &blank, &details), Some(title));
    assert_eq!(edit_towards(&info(&kinds, &[]), &blank, &details), None, "it can't be told");
    let nothing = Details { tags: tags(&["b"]), ..Details::default() };
    assert_eq!(edit_towards(&info(&[], &kinds), &blank, &nothing), None, "what is empty stays as it is");
}

#[test]
fn a_change_is_noted_and_shown_as_it_was_sent() {
    let edit = Edit {
        title: text("明晚"),
        summary: text(""),
        notice: text("新的"),
        cover_url: text("https://b"),
        area_id: text("8"),
        add_tags: tags(&["b", "c"]),
        remove_tags: tags(&["a"]),
        visibility: Some(Visibility::Private),
        replay_url: text("https://r"),
    };
    let (details, _, mut view) = room();
    assert_eq!(edited(&details, &Edit::default()), details);
    let noted = edited(&details, &edit);
    let expected = Details {
        title: "明晚".into(),
        summary: String::new(),
        notice: "新的".into(),
        cover_url: "https://b".into(),
        area_id: "8".into(),
        tags: tags(&["b", "c"]),
        visibility: Visibility::Private,
    };
    assert_eq!(noted, expected);
    let before = view.clone();
    show_edit(&mut view, &Edit::default());
    assert_eq!(view, before);
    show_edit(&mut view, &edit);
    let shown = (view.title, view.summary, view.notice, view.cover_url, view.tags, view.visibility);
    let Details { title, summary, notice, cover_url, tags, visibility, .. } = expected;
    assert_eq!(shown, (title, summary, notice, cover_url, tags, visibility));
}

#[test]
fn entries_of_the_sandbox_have_numbers_of_their_own() {
    let real = account();
    let played = Account { sandbox: true, ..account() };
    assert_eq!((shown_number(&real, 7), shown_number(&played, 7)), (7, -7));
}

#[test]
fn only_what_may_have_happened_is_left_open() {
    let how = crate::problem::UnreadableHow::Truncated;
    for (code, open) in [
        (ProblemCode::OutcomeUnknown, true),
        (ProblemCode::Unreadable { how }, true),
        (ProblemCode::Timeout, false),
        (ProblemCode::NotAllowed, false),
    ] {
        assert_eq!(is_open(&Failure::new(code.clone())), open, "{code:?}");
    }
}
