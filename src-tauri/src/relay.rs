//! The relay in the shell: what was measured is saved, and at the program's end every stream gets its farewell.

use std::time::Duration;

use kaibo_live::studio::Studio;
use tauri::{AppHandle, Manager, Runtime};

use crate::preferences;

/// Longest that the program's end waits for farewells. The relay's own end takes four seconds at most.
const FAREWELLS: Duration = Duration::from_secs(5);

/// Saves the preferences when the relay has measured the line.
pub(crate) fn keep_measurements<R: Runtime>(app: AppHandle<R>, studio: Studio) {
    tauri::async_runtime::spawn(async move {
        loop {
            studio.relay_measured().await;
            if let Err(failure) = preferences::save(&app, &studio.preferences()) {
                studio.tell(failure);
            }
        }
    });
}

/// Begins to end the relay; answers what waits for it.
pub(crate) fn leave<R: Runtime>(app: &AppHandle<R>) -> impl FnOnce() {
    let leaving = app.try_state::<Studio>().map(|studio| {
        let studio = studio.inner().clone();
        let leaving = async move { tokio::time::timeout(FAREWELLS, studio.leave_relay()).await };
        tauri::async_runtime::spawn(leaving)
    });
    move || {
        if let Some(leaving) = leaving
            && !matches!(tauri::async_runtime::block_on(leaving), Ok(Ok(())))
        {
            tracing::warn!("the program ends before the relay's farewells");
        }
    }
}
