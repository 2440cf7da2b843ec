//! Every message between window and program, written down in the page as it passes.

use kaibo_tests::{Window, until};
use serde_json::Value;

/// Calls leave by `fetch`; answers, batches among them, come back by the map of callbacks. The first batch is given a
/// wrong number: the page notices a gap and subscribes anew, so that the snapshot passes too.
const RECORD: &str = r"
    const passed = window.passed = [];
    const commands = new Map();
    const send = window.fetch;
    window.fetch = function (address, options) {
        const command = decodeURIComponent(new URL(address).pathname.slice(1));
        const body = options.body;
        const text = typeof body === 'string' ? body : new TextDecoder().decode(body ?? new Uint8Array());
        for (const header of ['Tauri-Callback', 'Tauri-Error']) {
            commands.set(Number(options.headers.get(header)), command);
        }
        passed.push(['call', command, text]);
        return send.call(window, address, options);
    };
    const callbacks = window.__TAURI_INTERNALS__.callbacks;
    const get = Map.prototype.get;
    let bent = false;
    callbacks.get = function (id) {
        const callback = get.call(this, id);
        return callback && ((data) => {
            const batch = typeof data?.seq === 'number' && Array.isArray(data.updates);
            passed.push([batch ? 'batch' : 'answer', commands.get(id) ?? '', JSON.stringify(data)]);
            if (!bent && batch) {
                bent = true;
                data = { ...data, seq: data.seq + 1000 };
            }
            return callback(data);
        });
    };
";

/// One message.
pub struct Passed {
    /// `call`, `answer` or `batch`.
    pub kind: String,
    /// The command; empty for the answer to a call from before.
    pub command: String,
    /// What was said.
    pub text: String,
}

/// Begins to write down.
pub async fn record(window: &Window) {
    window.script(RECORD).await;
}

/// What has passed until now; the snapshot must be among it.
pub async fn passed(window: &Window) -> Vec<Passed> {
    until("a snapshot to pass", || async {
        let script = "return window.passed.some((one) => one[2].includes('\"kind\":\"snapshot\"'))";
        window.script(script).await.as_bool()?.then_some(())
    })
    .await;
    let all = window.script("return window.passed").await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |one: &Value| Passed { kind: text(&one[0]), command: text(&one[1]), text: text(&one[2]) };
    all.as_array().unwrap().iter().map(one).collect()
}
