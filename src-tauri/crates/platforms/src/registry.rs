//! The one place that names all platforms.

use kaibo_live::driver::Driver;
use kaibo_live::platform::Platform;

use crate::bilibili::BilibiliDriver;
use crate::qiniu::QiniuDriver;
use crate::taobao::TaobaoDriver;
use crate::weibo::WeiboDriver;

/// Every platform's driver, in the order the window shows them.
pub fn drivers() -> Vec<(Platform, Box<dyn Driver>)> {
    vec![
        (Platform::Weibo, Box::new(WeiboDriver)),
        (Platform::Taobao, Box::new(TaobaoDriver)),
        (Platform::Qiniu, Box::new(QiniuDriver)),
        (Platform::Bilibili, Box::new(BilibiliDriver)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_driver_is_the_platform_it_stands_for() {
        let names: Vec<_> = drivers().into_iter().map(|(p, d)| (p, d.info().platform)).collect();
        assert_eq!(
            names,
            [Platform::Weibo, Platform::Taobao, Platform::Qiniu, Platform::Bilibili].map(|p| (p, p))
        );
    }

    #[test]
    fn connect_fields_are_named_once_and_secrets_have_no_default() {
        use kaibo_live::platform::FieldKind;
        for (platform, driver) in drivers() {
            let fields = driver.info().fields;
            for (at, field) in fields.iter().enumerate() {
                assert!(fields[..at].iter().all(|f| f.name != field.name), "{platform:?} {}", field.name);
                assert!(field.kind != FieldKind::Secret || field.default.is_none(), "{}", field.name);
                assert!(!(field.required && field.advanced), "{platform:?} hides {}", field.name);
            }
        }
    }
}
