/**
 * Test ids that stay as they are; tests click and read these.
 *
 * | id | what | attributes |
 * |---|---|---|
 * | `shell` | the window | `data-ready`, `data-view` |
 * | `go-live` | opens *Tonight* (rail) | |
 * | `room-go-live` | opens *Tonight* with this room alone | |
 * | `rooms-live`, `clock` | rail's head | `data-live` |
 * | `room-<platform>` | a row of the rail | `data-room`, `data-status`, `data-glyph` |
 * | `sandbox-strip`, `nav-accounts`, `nav-settings`, `rail-add-account` | rail | |
 * | `foot-keyring`, `foot-video`, `foot-chat` | rail's foot | `data-state`, `data-glyph` |
 * | `room-page`, `room-title`, `room-status`, `room-elapsed` | the room's head | `data-room`, `data-status` |
 * | `end`, `end-all`, `refresh` | ask to end; read again | |
 * | `problem`, `problem-action` | the banner and its one button | `data-code`, `data-remedy` |
 * | `no-video`, `no-video-start`, `still-pushing` | banners about the signal, and what starts OBS for it | `data-act` |
 * | `lost`, `lost-look`, `lost-none`, `lost-id`, `lost-id-problem`, `lost-use`, `run-lost-none` | a live that may have been made: what the streamer found | `data-since` |
 * | `room-signal`, `signal-video` | pill of the push card | `data-signal` |
 * | `push-server`, `push-key`, `push-none` | what stands there | `data-shown` |
 * | `copy-server`, `copy-key` | what OBS gets: the room's own, or the relay's where that feeds it | |
 * | `copy-whole`, `reveal-key`, `unlock` | | |
 * | `figures`, `figure-<kind>` | a number in full | |
 * | `details`, `detail-area`, `-tags`, `-summary`, `-notice`, `-visibility`, `-cover`, `room-remote`, `landing-url`, `play`, `play-url` | | `data-url` |
 * | `edit-details`, `edit-dialog`, `edit-title`, `-summary`, `-notice`, `-cover`, `-area`, `-tags`, `edit-tags-add`, `-visibility`, `-replay`, `save-edit` | | |
 * | `edit-<field>-problem`, `edit-problem` | at the field; for the whole | `data-code` |
 * | `delete-room` | asks to delete | |
 * | `dialog`, `confirm`, `cancel`, `link-url` | any question | |
 * | `tonight-page`, `tonight-title`, `-summary`, `-notice`, `-cover`, `-area`, `-tags`, `tonight-tags-add`, `-visibility` | | |
 * | `tonight-<field>-problem` | at the field | |
 * | `tonight-picture`, `-drop`, `-file`, `-choose`, `-crop`, `-remove`, `-preview`, `-problem`; the same with `edit-picture` | the cover picture and what is done with it | |
 * | `tonight-picture-<platform>`, `tonight-picture-retry-<platform>` | a room's upload: `sending`, `done`, `refused` or `kept` | `data-state`, `data-room` |
 * | `crop-dialog`, `crop-frame`, `crop-zoom`, `crop-shape-<ratio>`, `crop-soft`, `crop-use`, `crop-cancel` | the part that the cover shows | `data-x`, `data-y`, `data-zoom` |
 * | `preview-cover` | what a platform gets of it | `data-state` |
 * | `tonight-choose-<platform>` | checkbox in the rail | `data-room` |
 * | `area-search`, `area-option-<id>`, `area-option-none`, `area-recent-<id>` | the list under `tonight-area` and `edit-area` | `data-active` |
 * | `preflight-run`, `preflight-problem`, `go-hint` | looks over the chosen rooms | `data-code`, `data-red` |
 * | `preflight-<platform>-<kind>` | a check: `working`, `green`, `amber`, `red` or `unknown` | `data-level` |
 * | `preflight-fix`, `verify-again` | the button of a check; in the dialog with a code to verify | |
 * | `preview-<platform>`, `check` | what each gets; pre-flight | `data-level`, `data-key` |
 * | `tonight-go` | goes live | |
 * | `run-page`, `run-heading`, `run-close` | the run | `data-working` |
 * | `run-<platform>` | a room of it | `data-room`, `data-state`, `data-code` |
 * | `run-problem`, `run-action`, `run-again`, `run-look`, `face-check`, `face-check-again`, `qr` | | |
 * | `chat-lines`, `chat-line` | the pane; `data-through`: lines that its rows ever stood for | `data-lines`, `data-through`, `data-kind`, `data-room`, `data-more`, `data-recalled` |
 * | `chat-tab-all`, `chat-tab-<platform>`, `chat-empty`, `chat-dropped`, `chat-new` | | `data-unseen` |
 * | `chat-target`, `chat-target-all`, `chat-target-<platform>` | menu and its entries | |
 * | `chat-input`, `chat-count`, `chat-send`, `chat-problem`, `chat-resend` | | `data-code` |
 * | `chat-said` | rooms that took a line which another refused | `data-room` |
 * | `chat-source`, `chat-health`, `chat-ages`, `chat-sources` | tells them one by one | `data-state`, `data-broken` |
 * | `chat-more`, `chat-alike` | unfolds messages said alike; they | |
 * | `chat-fold`, `chat-fold-open` | what stands for the rest of a second; its button | `data-count`, `data-skipped` |
 * | `chat-gift-count`, `chat-skipped` | in a gift's row; in a fold some lines of which never came | `data-skipped` |
 * | `chat-pins`, `chat-pin`, `chat-pin-read` | paid messages at the top | `data-pins`, `data-line` |
 * | `chat-kinds`, `chat-kind-<group>`, `chat-hidden`, `chat-show-all` | `messages`, `gifts`, `visits` | `data-hidden` |
 * | `chat-search-open`, `chat-search`, `chat-found` | | `data-found` |
 * | `line-menu`, `menu-person`, `menu-mute`, `menu-block`, `menu-hide`, `menu-favourite`, `menu-watch`, `menu-copy` | a line's menu: a click on the name, the context menu, or Enter on a line that was come to by arrow keys | `data-line`, `aria-checked` |
 * | `mute-hours-<0, 1, 24, 168, 720, ever>`, `menu-back`, `menu-unmute` | how long, after `menu-mute`; 0: this broadcast | |
 * | `block-dialog`, `block-word`, `block-word-problem`, `block-confirm` | the word to block | `data-code` |
 * | `toast`, `toast-undo` | what was just done, for eight seconds with *undo* | `data-kind` |
 * | `chat-line` with `data-mark` | `favourite` or `watch` | `data-mark`, `data-line` |
 * | `person`, `person-close`, `person-name`, `person-back` | a person, beside the chat | `data-person`, `data-platform` |
 * | `person-favourite`, `person-watch`, `person-hide`, `person-note`, `person-note-state`, `person-mute`, `person-unmute` | | `aria-checked`, `data-state` |
 * | `person-first`, `person-tonight`, `person-all` | facts | |
 * | `person-lines` with `person-line` in it | what they said; a choice opens it in the history | `data-count`, `data-line` |
 * | `person-problem`, `person-empty` | | `data-code` |
 * | `thanks-open` | the pane's head | `data-waiting` |
 * | `thanks`, `thanks-close`, `thanks-empty`, `thanks-problem`, `thanks-from`, `thanks-working` | the panel | `data-entries`, `data-code` |
 * | `thanks-entry` with `thanks-tick`, `thanks-say`, `thanks-person` in it | somebody not thanked yet | `data-room`, `data-person` |
 * | `thanks-fresh` | shows what came while the hand was in the panel | |
 * | `thanks-undo`, `thanks-done-show`, `thanks-done` with `thanks-untick` in it | those just thanked | `data-person` |
 * | `room-moderation` | the room's head, where the room can be moderated | |
 * | `moderation`, `moderation-back`, `moderation-again` | the page | `data-room` |
 * | `muted`, `muted-person` with `muted-unmute` in it, `muted-more`, `muted-refresh`, `muted-empty`, `muted-problem` | | `data-total`, `data-person`, `data-code` |
 * | `words`, `words-word` with `words-remove` in it, `words-add`, `words-new`, `words-new-problem`, `words-problem`, `words-empty` | blocked words | `data-limit`, `data-word`, `data-code` |
 * | `silence`, `silence-<kind>`, `silence-level`, `silence-minutes-<30, 60>`, `silence-set`, `silence-off`, `silence-problem`, `silence-set-problem` | the room's silence | `data-kind`, `data-code` |
 * | `moderators`, `moderator` with `moderator-dismiss` in it, `moderators-more`, `moderators-new`, `moderators-add`, `moderators-new-problem`, `moderators-problem`, `moderators-empty` | | `data-max`, `data-person`, `data-code` |
 * | `overlay`, `overlay-on`, `overlay-state`, `overlay-problem`, `overlay-unlock` | the card of *Chat in OBS*, its switch | `data-state`, `data-pages` |
 * | `overlay-copy`, `overlay-renew`, `overlay-renew-sure`, `overlay-preview`, `overlay-steps` | | |
 * | `overlay-kind-<kind>`, `overlay-theme-<theme>`, `overlay-newest-<place>`, `overlay-language-<language>` | options | |
 * | `overlay-font`, `overlay-stay`, `overlay-port`, `overlay-css`; `overlay-port-problem`, `overlay-css-problem` | | |
 * | `foot-relay` | the relay in the rail's foot, while it is on | `data-state` |
 * | `relay-page`, `relay-state`, `relay-off`, `relay-page-problem`, `relay-problem-action`, `relay-again` | its page | `data-state`, `data-code` |
 * | `relay-source`, `relay-source-facts`, `relay-how`, `relay-send`, `relay-start-encoder`, `relay-refused` | what comes in: `absent`, `publishing` or `held` | `data-state`, `data-how`, `data-refused` |
 * | `relay-server` | the address that OBS gets, beside `copy-server` and `copy-key` | |
 * | `relay-targets` with `relay-target` in it; in that `relay-target-state`, `-kbps`, `-facts`, `relay-pause`, `relay-resume`, `relay-remove`, `relay-problem`, `relay-retry`, `relay-fix` | what goes out | `data-targets`, `data-target`, `data-state`, `data-code` |
 * | `relay-add`, `relay-add-<room or id>`, `relay-add-new` | a menu and its entries | |
 * | `relay-upload`, `relay-upload-now`, `relay-budget`, `relay-short` | what it takes of the line | `data-short`, `data-kind` |
 * | `tonight-relay-row`, `tonight-relay`, `tonight-relay-needs`, `tonight-relay-tight`, `tonight-relay-settings` | one push for all | `data-on`, `data-targets`, `data-tight` |
 * | `run-relay`, `run-relay-problem`, `run-relay-address`, `run-relay-again`, `run-relay-settings`, `run-relay-open` | the relay in a run | `data-state`, `data-code` |
 * | `push-relay`, `push-relay-problem`, `push-relay-retry`, `push-relay-resume`, `push-relay-open`, `push-relay-join` | push card of a room that it feeds, or could | `data-state` |
 * | `relay-settings`, `relay-use-<use>`, `relay-port`, `relay-hold`, `relay-upload-told` and `relay-port-problem`, `-hold-`, `-upload-` | settings | `data-state` |
 * | `relay-custom` with `relay-custom-on`, `-edit`, `-forget` in it, `relay-custom-add` | own addresses | `data-custom`, `data-on` |
 * | `relay-custom-dialog`, `relay-custom-name`, `-server`, `-key`, `-each`, `-save`, `-name-problem`, `-server-problem`, `-key-problem`, `relay-custom-problem` | their form | `data-code` |
 * | `relay-export`, `relay-settings-export`, `relay-export-dialog`, `relay-engine-<engine>`, `relay-export-target`, `-warning`, `-confirm`, `-problem` | for another relay program | `data-target`, `data-code` |
 * | `close-relay` | in the dialog that asks to close | |
 * | `pane-rail`, `pane-middle`, `pane-chat` | tabs of a window too narrow for three columns | |
 * | `vault-banner`, `vault-probe`, `vault-session`, `global-problem`, `toast` | | `data-state`, `data-code` |
 * | `accounts`, `keyring`, `probe-vault`, `use-session-only` | the accounts page, its keyring card | `data-state` |
 * | `add-account`, `connect-dialog`, `choose-<platform>` | a new account; asks for the platform | |
 * | `way-form`, `way-qr`, `way-browser` | another way to sign in; the form's fields stand behind `way-form` | |
 * | `signin-dialog`, `signin-pane`, `signin-cancel` | a sign-in under way, after `connect` was pressed | `data-state` |
 * | `signin-qr`, `signin-qr-state` | the code; `waiting`, `scanned` or `expired` | `data-state` |
 * | `signin-renew` | a new code; the same sign-in once more after it failed | |
 * | `signin-open`, `signin-url` | opens the platform's page; its address, with a button to copy it | `data-url` |
 * | `signin-answer-fold`, `signin-answer`, `signin-answer-send`, `signin-answer-problem` | what is pasted; folded where the answer returns by itself | |
 * | `signin-problem` | why it failed | `data-code` |
 * | `field-<name>`, `field-<name>-problem`, `advanced`, `field-name` | the connect form; more fields; what it is called | |
 * | `connect`, `connect-problem` | tries the form; what was refused as a whole | `aria-busy`, `data-code` |
 * | `account-<platform>`, `account-state` | a row | `data-account`, `data-sandbox`, `data-state` |
 * | `account-picture`, `account-expires`, `account-calls` | in a row | `data-picture` |
 * | `account-more`, `import-file`, `enter-identity` | the row's menu, where a file can be read | |
 * | `forget-history`, `confirm` with `forget-confirm` in it | in the dialog that asks to forget | |
 * | `check-account`, `replace-credentials`, `forget-account`, `forget-dialog` | in a row; asks to forget | |
 * | `settings`, `setting-theme-<v>`, `setting-language-<v>`, `setting-sandbox`, `show-firstrun`, `version` | | `aria-checked` |
 * | `notices`, `notices-<alarms, platform, sign_in, runs, paid, milestones>` | what is told outside the window | `aria-checked` |
 * | `summary-milestones` | in the summary | `data-count` |
 * | `text-size`, `text-smaller`, `text-larger`, `text-usual` | how large everything is drawn, in percent | |
 * | `foot-encoder` | OBS in the rail's foot: `off`, `connecting`, `idle`, `streaming`, `reconnecting` or `broken` | `data-state` |
 * | `encoder`, `encoder-state`, `encoder-address`, `encoder-version`, `encoder-set` | OBS in the settings | `data-state`, `data-room` |
 * | `encoder-find`, `encoder-found`, `encoder-steps` | asks, then looks for it: `server_off` or `absent` | `data-found` |
 * | `encoder-manual`, `encoder-change`, `encoder-forget` | | |
 * | `encoder-form`, `encoder-host`, `encoder-port`, `encoder-password`, `encoder-connect`, `encoder-insist`, `encoder-form-cancel` | | `aria-busy` |
 * | `encoder-host-problem`, `encoder-port-problem` | at the field | |
 * | `encoder-problem`, `encoder-problem-action` | of the connection or of the last action | `data-code`, `data-remedy` |
 * | `setting-with-encoder`, `setting-blank-key` | | `aria-checked` |
 * | `send-to-encoder`, `start-encoder`, `stop-encoder`, `restore-encoder`, `push-connect-encoder` | push card | |
 * | `push-encoder`, `push-encoder-state` | how OBS and this room stand | `data-here`, `data-streaming`, `data-link` |
 * | `export-menu`, `export-<format>` | addresses for other programs | |
 * | `export-dialog`, `export-warning`, `export-room`, `export-confirm`, `export-problem` | | `data-room`, `data-code` |
 * | `tonight-encoder`, `tonight-with-encoder`, `tonight-encoder-room`, `tonight-connect-encoder` | OBS goes live too | `data-on` |
 * | `run-encoder` with `data-step`, `data-done` in it | OBS in a run | `data-state`, `data-code` |
 * | `run-encoder-problem`, `run-encoder-ask`, `run-encoder-keep`, `-end`, `-again`, `-open` | | `data-kept` |
 * | `end-with-encoder` | in the dialog that asks to end | |
 * | `encoder-figures`, `encoder-figure-<kbps, dropped, congestion, uptime>` | | `data-old` |
 * | `alarms`, `alarm`, `alarm-action`, `alarm-seen`, `alarms-more` | banners; in the rail `data-alarm` of the room's row | `data-alarms`, `data-kind`, `data-room`, `data-seen`, `data-act` |
 * | `nav-history`, `history`, `history-search`, `history-clear`, `history-where`, `-kind`, `-time`, `-from`, `-to` | the history and what is looked for | `data-asked` |
 * | `history-sessions` with `history-session` in it | sessions | `data-count`, `data-session` |
 * | `history-results` with `history-hit` in it, `history-found` | lines that were found | `data-count`, `data-found`, `data-line`, `data-kind` |
 * | `history-empty`, `history-none`, `history-working`, `history-problem`, `history-again` | | `data-code` |
 * | `history-reading`, `history-lines` with `history-line` in it | a session; the line jumped to has `aria-current` | `data-session`, `data-target`, `data-lines`, `data-placed`, `data-line`, `data-kind` |
 * | `history-back`, `history-delete`, `history-person`, `history-person-chip` | | |
 * | `summary`, `summary-back`, `summary-picture`, `summary-csv`, `summary-problem`, `summary-rooms-<all, alone>` | an evening's summary | `data-session`, `data-code` |
 * | `summary-facts` with `summary-<length, peak, mean, views, messages, likes, gifts, followers>`, `summary-chart`, `summary-table`, `summary-chatters`, `summary-givers`, `summary-troubles`, `summary-lines` | | `data-fact`, `data-count` |
 * | `run-summary`, `room-summary`, `history-summary` | open it | |
 * | `course`, `course-bar`, `course-of-<peak, length>` | the last sessions | `data-sessions`, `data-session` |
 * | `templates`, `template-use`, `template-last`, `template-undo`, `template-keep`, `template-dialog`, `template-name`, `template-save`, `template-delete` | forms of *Tonight* | |
 * | `streamer-mode`, `streamer-strip`, `setting-streamer`, `qr-covered`, `preview-public` | | `aria-pressed` |
 * | `compact`, `compact-head`, `compact-end`, `compact-back`, `compact-alarm`, `compact-unsure`, `compact-<platform>` | the small window | `data-live`, `data-status` |
 * | `tour`, `tour-close`, `tour-connect` | in the rail | `data-next` |
 * | `help`, `open-help`, `help-topic`, `help-tour`, `help-version`, `export-log`, `help-log-problem` | | `data-topic`, `data-code` |
 * | `history-export`, `history-save`, `history-export-dialog`, `history-format-<csv, json_lines, text, whole>`, `history-export-start` | | |
 * | `history-export-progress`, `history-export-done`, `history-export-problem`, `history-export-close` | | `data-lines`, `data-code` |
 * | `setting-keep-history`, `settings-history` | | |
 * | `global-keys`, `global-<action>` with `global-keys-<action>`, `global-on-<action>`, `global-wrong-<action>`; `global-reset`, `global-command-<action>` | shortcuts in other programs | `data-possible`, `data-state`, `data-keys`, `data-recording` |
 * | `update`, `update-look`, `update-newest`, `update-problem` | a newer version of Kaibo, where it can look | `data-known`, `data-code` |
 * | `update-found` with `update-notes`, `update-install`, `update-progress`, `update-page` in it | | `data-version`, `data-way` |
 * | `firstrun`, `firstrun-connect`, `firstrun-dismiss` | the welcome | |
 */
export {};
