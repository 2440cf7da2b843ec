//! The gateway's signature, as the server computes it.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

/// The signature over `fields` by `method`, or `None` for a method that the gateway doesn't know.
///
/// Every field but `sign` counts, except those with an empty name or value, in the order of their bytes.
pub(super) fn sign(method: &str, secret: &str, fields: &BTreeMap<String, String>) -> Option<String> {
    let mut text = String::new();
    for (name, value) in fields {
        if name != "sign" && !name.is_empty() && !value.is_empty() {
            text.push_str(name);
            text.push_str(value);
        }
    }
    let code = match method {
        "md5" => Md5::digest(format!("{secret}{text}{secret}")).to_vec(),
        "hmac" => {
            let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).ok()?;
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        "hmac-sha256" => {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        _ => return None,
    };
    Some(hex::encode_upper(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gateway's documentation works this example out for md5.
    #[test]
    fn the_documented_example() {
        let fields = [
            ("method", "taobao.item.seller.get"),
            ("app_key", "12345678"),
            ("session", "test"),
            ("timestamp", "2016-01-01 12:00:00"),
            ("format", "json"),
            ("v", "2.0"),
            ("sign_method", "md5"),
            ("fields", "num_iid,title,nick,price,num"),
            ("num_iid", "11223344"),
            ("empty", ""),
            ("sign", "whatever"),
        ];
        let mut fields: BTreeMap<String, String> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let md5 = sign("md5", "helloworld", &fields);
        assert_eq!(md5.as_deref(), Some("66987CB115214E59E6EC978214934FB8"));
        assert_eq!(sign("sha1", "helloworld", &fields), None);
        fields.insert("sign_method".into(), "hmac".into());
        let hmac = sign("hmac", "helloworld", &fields);
        assert_eq!(hmac.as_deref(), Some("D56D7858309C31B6251083A874D48273"));
        fields.insert("sign_method".into(), "hmac-sha256".into());
        let sha = sign("hmac-sha256", "helloworld", &fields);
        assert_eq!(sha.as_deref(), Some("04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8"));
    }
}
