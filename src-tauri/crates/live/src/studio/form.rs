//! Parting a filled-in connect form into plain fields and secrets, for one way of signing in.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use crate::account::{Settings, SignInWay};
use crate::platform::{FieldKind, FieldSpec, PlatformInfo};
use crate::problem::{Failure, InvalidReason};
use crate::secret::Credentials;

/// Longest value of a connect field, in bytes. A Bilibili cookie is about 1 kB.
const FIELD_CAP: usize = 8 * 1024;

/// Fields by name, as they were typed.
pub(super) type Typed = BTreeMap<String, String>;

/// Parts a form into plain and secret fields. Fields of other ways are left out; unknown, missing and
/// over-long ones are refused.
pub(super) fn part(
    info: &PlatformInfo,
    way: SignInWay,
    mut typed: Typed,
) -> Result<(Settings, Credentials), Failure> {
    let mut settings = Settings::default();
    let mut credentials = Credentials::default();
    for field in &info.fields {
        let value = typed.remove(&field.name).unwrap_or_default().trim().to_owned();
        if !belongs(field, way) {
            continue;
        }
        let refuse = |reason| Err(Failure::invalid(field.name.as_str(), reason).at(info.platform));
        if value.len() > FIELD_CAP {
            return refuse(InvalidReason::TooLong {
                used: u32::try_from(value.len()).unwrap_or(u32::MAX),
                limit: u32::try_from(FIELD_CAP).unwrap_or(u32::MAX),
            });
        }
        if value.is_empty() {
            if field.required {
                return refuse(InvalidReason::Empty);
            }
            continue;
        }
        if !field.choices.is_empty() && !field.choices.contains(&value) {
            return refuse(InvalidReason::Malformed);
        }
        if field.kind == FieldKind::Secret {
            credentials.set(field.name.as_str(), value.into());
        } else {
            settings.0.insert(field.name.clone(), value);
        }
    }
    match typed.into_keys().next() {
        Some(unknown) => Err(Failure::invalid(unknown, InvalidReason::Malformed).at(info.platform)),
        None => Ok((settings, credentials)),
    }
}

/// Fills fields left empty with what is kept.
pub(super) fn fill(info: &PlatformInfo, typed: &mut Typed, settings: &Settings, kept: &Credentials) {
    for field in &info.fields {
        let value = typed.entry(field.name.clone()).or_default();
        if value.trim().is_empty() {
            let before = match field.kind {
                FieldKind::Secret => kept.get(&field.name).map(|s| s.expose_secret().to_owned()),
                _ => settings.get(&field.name).map(str::to_owned),
            };
            *value = before.unwrap_or_default();
        }
    }
}

/// The secrets among `all` that were typed and not filled in.
pub(super) fn only_typed(typed: &Typed, all: &Credentials) -> Credentials {
    let mut fresh = Credentials::default();
    for (name, secret) in all.iter() {
        if typed.get(name).is_some_and(|value| !value.trim().is_empty()) {
            fresh.set(name, secret.clone());
        }
    }
    fresh
}

/// Was a field typed that belongs to `way` and not to every way?
pub(super) fn tells_way(info: &PlatformInfo, way: SignInWay, typed: &Typed) -> bool {
    let given = |field: &FieldSpec| typed.get(&field.name).is_some_and(|value| !value.trim().is_empty());
    info.fields.iter().any(|field| field.ways.contains(&way) && given(field))
}

fn belongs(field: &FieldSpec, way: SignInWay) -> bool {
    field.ways.is_empty() || field.ways.contains(&way)
}
