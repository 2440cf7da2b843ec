//! Covers: a picture is uploaded first, then its address is given to the room.

use async_trait::async_trait;
use kaibo_live::cover::CoverRule;
use kaibo_live::driver::{Covers, Outcome};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason};
use url::Url;

use super::connection::BilibiliConnection;

/// Where the platform keeps its pictures; it takes a cover from nowhere else.
const PICTURES: &str = "hdslb.com";
/// The platform publishes neither size nor bound. Covers are drawn as wide as the player, 16 to 9; the size is what
/// its lists show at most.
const RULE: CoverRule = CoverRule { width: 1280, height: 720, max_bytes: 1_000_000 };

#[async_trait]
impl Covers for BilibiliConnection {
    fn rule(&self) -> CoverRule {
        RULE
    }

    async fn upload(&self, jpeg: Vec<u8>) -> Outcome<String> {
        let url = self.api.upload_image(&jpeg).await?;
        check(&url, self.api.main())?;
        Ok(url)
    }
}

/// Refuses a cover from elsewhere: `main` is where this account uploads to.
pub(super) fn check(url: &str, main: &Url) -> Outcome<()> {
    let own = Url::parse(url).is_ok_and(|url| {
        let at = url.host_str().unwrap_or_default();
        let pictures = at == PICTURES || at.strip_suffix(PICTURES).is_some_and(|sub| sub.ends_with('.'));
        matches!(url.scheme(), "http" | "https") && (pictures || url.origin() == main.origin())
    });
    if own {
        return Ok(());
    }
    Err(Failure::invalid("cover_url", InvalidReason::Malformed).at(Platform::Bilibili))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_come_from_the_platform() {
        let main: Url = "http://127.0.0.1:8100".parse().unwrap();
        for good in [
            "https://i0.hdslb.com/bfs/live/new_room_cover/a.jpg",
            "http://hdslb.com/a.jpg",
            "http://127.0.0.1:8100/bfs/a.jpg",
        ] {
            assert!(check(good, &main).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.jpg",
            "https://hdslb.com.example/a.jpg",
            "https://nothdslb.com/a.jpg",
            "http://127.0.0.1:8101/a.jpg",
            "ftp://i0.hdslb.com/a.jpg",
            "https://i0.hdslb.com@img.example/a.jpg",
        ] {
            assert!(check(bad, &main).is_err(), "{bad}");
        }
    }
}
