//! An account as it stands, with its connection.

use std::sync::Arc;

use jiff::Timestamp;

use crate::account::Account;
use crate::driver::{Connection, Covers};
use crate::secret::Credentials;
use crate::view::{AccountState, AccountView};

pub(crate) struct AccountEntry {
    pub account: Account,
    pub view: AccountView,
    pub connection: Option<Arc<dyn Connection>>,
    /// Held while the account's sign-in is changed, renewed or forgotten: one at a time.
    pub gate: Arc<tokio::sync::Mutex<()>>,
    /// That the sign-in doesn't work was told by a reading, so a reading may take it back. Some platforms let
    /// anybody read a room: that says nothing of a sign-in that a check found to be over.
    pub told_by_reading: bool,
    /// A renewed sign-in that couldn't be put into the keyring yet.
    pub unkept: Option<Renewed>,
    /// After a failure: when to look again whether the sign-in wants renewing.
    pub care_after: Option<Timestamp>,
}

/// What a renewal brought.
#[derive(Clone)]
pub(crate) struct Renewed {
    pub credentials: Credentials,
    pub expires_at: Option<Timestamp>,
}

impl AccountEntry {
    pub(crate) fn new(
        account: Account,
        connection: Option<Arc<dyn Connection>>,
        state: AccountState,
    ) -> Self {
        let view = AccountView {
            id: account.id.clone(),
            platform: account.platform,
            name: account.name.clone(),
            sandbox: account.sandbox,
            state,
            way: account.way,
            person: None,
            has_picture: false,
            cover: None,
            expires_at: None,
            calls_left: None,
            problem: None,
            checked_at: None,
        };
        let mut entry = Self {
            account: account.clone(),
            view,
            connection: None,
            gate: Arc::default(),
            told_by_reading: false,
            unkept: None,
            care_after: None,
        };
        entry.take(account);
        if let Some(connection) = connection {
            entry.connect(connection);
        }
        entry
    }

    /// Has this connection from now on.
    pub(crate) fn connect(&mut self, connection: Arc<dyn Connection>) {
        self.view.cover = connection.covers().map(Covers::rule);
        self.connection = Some(connection);
    }

    /// Takes over what changed of the account, and shows it.
    pub(crate) fn take(&mut self, account: Account) {
        self.view.way = account.way;
        self.view.person.clone_from(&account.profile.name);
        self.view.has_picture = account.profile.avatar_url.is_some();
        self.view.expires_at = account.profile.expires_at.map(Timestamp::as_millisecond);
        self.account = account;
    }
}
