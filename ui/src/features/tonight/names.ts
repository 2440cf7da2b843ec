import type { DetailKind } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";

export const detailName = (kind: DetailKind): string =>
  ({
    title: m.word_title,
    summary: m.word_summary,
    notice: m.word_notice,
    cover: m.word_cover,
    area: m.word_area,
    tags: m.word_tags,
    visibility: m.word_visibility,
    replay_url: m.word_replay,
  })[kind]();
