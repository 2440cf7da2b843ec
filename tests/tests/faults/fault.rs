//! What goes wrong, and when.

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Nobody listens.
    Refused,
    /// The name has no address.
    Dns,
    /// A certificate that nobody vouches for.
    BadCertificate,
    /// The connection is cut while TLS is being agreed on.
    CutInHandshake,
    /// The connection is reset before the answer's first byte.
    ResetBeforeHeaders,
    /// The connection is reset once the answer's head was sent.
    ResetAfterHeaders,
    /// Half of the answer, then silence on an open connection.
    HalfOpen,
    /// Silence from the first.
    Blackhole,
    /// Five seconds late.
    Delay,
    /// Pieces of any size after pauses of any length, whole in the end.
    Jitter,
    /// A byte a second.
    OneByteASecond,
    /// Many small pieces, whole in the end.
    Sliced,
    /// Half of the body in an answer that looks whole.
    Truncated,
    /// `Content-Length` tells of more than comes.
    LengthTooBig,
    /// `Content-Length` tells of less than comes.
    LengthTooSmall,
    /// The answer comes twice.
    Doubled,
    /// 429.
    TooMany,
    /// 429 with `Retry-After`.
    TooManyWait,
    /// 500 in no words of the platform's.
    Status500,
    /// 502 of a gateway; a chat's upgrade is answered with it too.
    Status502,
    /// To another host.
    Redirect,
    /// 200 MB of nothing, packed.
    Bomb,
    /// Bytes that are no UTF-8 within the texts.
    InvalidUtf8,
    /// JSON that is valid and something else.
    WrongShape,
    /// The sign-in runs out.
    ExpiredToken,
    /// This machine's clock is put an hour forward or back.
    ClockHour,
    /// By a day.
    ClockDay,
    /// The keyring is locked.
    KeyringLocked,
    /// The database takes no more.
    DiskFull,
    /// The program is killed and started again.
    Killed,
}

impl Fault {
    pub(crate) const ALL: [(Self, &'static str); 30] = [
        (Self::Refused, "connection refused"),
        (Self::Dns, "name without an address"),
        (Self::BadCertificate, "bad certificate"),
        (Self::CutInHandshake, "cut in the handshake"),
        (Self::ResetBeforeHeaders, "reset before headers"),
        (Self::ResetAfterHeaders, "reset after headers"),
        (Self::HalfOpen, "half-open"),
        (Self::Blackhole, "blackhole"),
        (Self::Delay, "5 s late"),
        (Self::Jitter, "jitter"),
        (Self::OneByteASecond, "one byte a second"),
        (Self::Sliced, "sliced"),
        (Self::Truncated, "truncated"),
        (Self::LengthTooBig, "length too big"),
        (Self::LengthTooSmall, "length too small"),
        (Self::Doubled, "doubled reply"),
        (Self::TooMany, "429"),
        (Self::TooManyWait, "429, Retry-After"),
        (Self::Status500, "500"),
        (Self::Status502, "502"),
        (Self::Redirect, "redirect to another host"),
        (Self::Bomb, "compression bomb"),
        (Self::InvalidUtf8, "invalid UTF-8"),
        (Self::WrongShape, "JSON of the wrong shape"),
        (Self::ExpiredToken, "sign-in expired"),
        (Self::ClockHour, "clock an hour off"),
        (Self::ClockDay, "clock a day off"),
        (Self::KeyringLocked, "keyring locked"),
        (Self::DiskFull, "disk full"),
        (Self::Killed, "process killed"),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| name)
    }

    /// It is played by the address that is called, not by what answers.
    pub(crate) fn is_of_address(self) -> bool {
        matches!(self, Self::Refused | Self::Dns | Self::BadCertificate | Self::CutInHandshake)
    }

    /// It strikes what is around the wire; on it all goes well.
    pub(crate) fn is_of_machine(self) -> bool {
        matches!(
            self,
            Self::ExpiredToken | Self::ClockHour | Self::ClockDay | Self::KeyringLocked | Self::DiskFull
        )
    }

    /// The call is carried out whatever the phase: it only takes longer.
    pub(crate) fn only_slows(self) -> bool {
        matches!(self, Self::Delay | Self::Jitter | Self::Sliced)
    }
}

/// When it goes wrong, seen from the operation's main call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Before the platform has carried it out.
    Before,
    /// The platform has carried it out; its answer is struck.
    During,
    /// The call is over; whatever follows is struck.
    After,
}

impl Phase {
    pub(crate) const ALL: [Self; 3] = [Self::Before, Self::During, Self::After];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::During => "during",
            Self::After => "after",
        }
    }
}
