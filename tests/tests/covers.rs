//! A cover in the real window: chosen, cropped, uploaded, and what the platforms have then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

use image::{Rgb, RgbImage};
use kaibo_tests::{Evening, Key, Keys, OtherProgram, until};
use tokio::sync::Mutex;

/// There is one screen.
static SCREEN: Mutex<()> = Mutex::const_new(());

/// A tall picture, red above and blue below.
fn picture(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    let half = |y: u32| if y < 1000 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
    RgbImage::from_fn(1500, 2000, |_, y| half(y)).save(&file).unwrap();
    file
}

/// Width, height, and how red and blue a JPEG is at its upper and lower edge, as `ImageMagick` reads it.
fn look(jpeg: &[u8]) -> (u32, u32, [(u8, u8); 2]) {
    let file = tempfile::NamedTempFile::with_suffix(".jpg").unwrap();
    std::fs::write(file.path(), jpeg).unwrap();
    let raw = Command::new("convert").arg(file.path()).args(["-depth", "8", "ppm:-"]).output().unwrap();
    let mut head = raw.stdout.splitn(4, u8::is_ascii_whitespace);
    assert_eq!(head.next(), Some(&b"P6"[..]), "{}", String::from_utf8_lossy(&raw.stderr));
    let mut number = || std::str::from_utf8(head.next().unwrap()).unwrap().parse::<u32>().unwrap();
    let (width, height) = (number(), number());
    let pixels = &raw.stdout[raw.stdout.len() - (width * height * 3) as usize..];
    let at = |y: u32| {
        let from = ((y * width + width / 2) * 3) as usize;
        (pixels[from], pixels[from + 2])
    };
    (width, height, [at(4), at(height - 5)])
}

async fn cover(evening: &Evening, platform: &str) -> Vec<u8> {
    let url = until(&format!("the cover of {platform}"), || async {
        evening.control.rooms(platform).into_iter().map(|room| room.cover_url).find(|url| !url.is_empty())
    })
    .await;
    let answer = reqwest::get(&url).await.unwrap().error_for_status().unwrap();
    answer.bytes().await.unwrap().to_vec()
}

fn blue((red, blue): (u8, u8)) -> bool {
    blue > 180 && red < 80
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_is_chosen_cropped_and_becomes_the_rooms() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    for platform in ["bilibili", "weibo"] {
        evening.connect(platform).await;
    }
    let folder = tempfile::tempdir().unwrap();
    window.click("go-live").await;
    // A driven web view has no dialogs of the system's: the driver chooses in its place.
    let file = picture(folder.path(), "cover.png");
    window.find("tonight-picture-file").await.send_keys(&file.display().to_string()).await.unwrap();
    window.find("crop-dialog").await;
    window.shot("cover-crop").await;
    // Down to the blue half, by keys.
    window.click("crop-frame").await;
    let keys = Keys::of(window);
    for _ in 0..20 {
        keys.press(&[Key::Shift, Key::Down]).await;
    }
    window.shot("cover-crop-below").await;
    window.click("crop-use").await;
    for platform in ["bilibili", "weibo"] {
        window.until_attribute(&format!("tonight-picture-{platform}"), "data-state", "done").await;
    }
    window.shot("cover-tonight").await;
    window.fill("tonight-title", "深夜手冲").await;
    evening.relay_all(false).await;
    window.click("tonight-go").await;
    for platform in ["bilibili", "weibo"] {
        window.until_attribute(&format!("run-{platform}"), "data-state", "done").await;
    }
    for platform in ["bilibili", "weibo"] {
        let (width, height, [above, below]) = look(&cover(&evening, platform).await);
        assert_eq!((width, height), (1280, 720), "{platform}");
        assert!(blue(above) && blue(below), "{platform}: the part that was chosen: {above:?} {below:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_that_does_not_arrive_is_told() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    evening.connect("bilibili").await;
    let folder = tempfile::tempdir().unwrap();
    window.click("go-live").await;
    window.find("tonight-picture-drop").await;
    let file = picture(folder.path(), "a picture 一.png");
    OtherProgram::open().drop_file(window, &file, "tonight-picture-drop").await;
    // WebKitGTK gives a page the name of what is dropped, and no file.
    window.until_text("tonight-picture-problem", "选一张图片").await;
    window.shot("cover-dropped").await;
    assert!(!window.has("[data-testid=\"crop-dialog\"]").await);
    let url = window.script("return location.href").await;
    assert_eq!(url, "tauri://localhost", "the page stays where it is");
}
