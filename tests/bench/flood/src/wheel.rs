//! A finger on the mouse's wheel: real button events of the X screen.

use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;

use crate::Result;

/// Between two notches: a brisk turn.
const EVERY: Duration = Duration::from_millis(50);
/// Notches one way before it turns back.
const RUN: usize = 40;
/// The wheel's buttons, as X numbers them.
const UP: u8 = 4;
const DOWN: u8 = 5;

/// Turns the wheel at a place of the screen, some way up and back down, again and again.
pub(crate) fn turn(x: i16, y: i16, lasting: Duration) -> Result<()> {
    let (connection, number) = x11rb::connect(None)?;
    let root = connection.setup().roots[number].root;
    connection.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, root, x, y, 0)?;
    let notches = (lasting.as_millis() / EVERY.as_millis()) as usize;
    for notch in 0..notches {
        let button = if (notch / RUN).is_multiple_of(2) { UP } else { DOWN };
        for event in [BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT] {
            connection.xtest_fake_input(event, button, 0, root, 0, 0, 0)?;
        }
        connection.flush()?;
        std::thread::sleep(EVERY);
    }
    Ok(())
}
