import type { FigureKind } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";

export const figureName = (kind: FigureKind): string =>
  ({
    watching: m.figure_watching,
    popularity: m.figure_popularity,
    views: m.figure_views,
    likes: m.figure_likes,
    followers: m.figure_followers,
    page_views: m.figure_page_views,
    visitors: m.figure_visitors,
    duration: m.figure_duration,
  })[kind]();
