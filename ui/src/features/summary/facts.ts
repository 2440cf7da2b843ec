import type { SummaryView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { change, elapsed, money, timeOfDay, whole } from "../../state/format";
import { veiledName } from "../../state/privacy.svelte";
import { figureName } from "../figures/names";
import { crowdOf, growthOf, lastOf, meanOf, peakOf, total } from "./sums";

/** A figure of the evening, as the page and the picture show it. */
export interface Fact {
  key: string;
  name: string;
  value: string;
  note: string;
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** The evening in figures. What no platform told isn't there. */
export function facts(view: SummaryView): Fact[] {
  const kind = crowdOf(view);
  const [peak, mean] = [peakOf(view), meanOf(view)];
  const live = view.sessions.some((s) => s.session.live);
  const figure = (key: string, name: string, value: number | null): Fact[] =>
    value === null ? [] : [{ key, name, value: whole(value), note: "" }];
  const followers = growthOf(view, "followers");
  const gifts = total(view, "gifts");
  return [
    {
      key: "length",
      name: m.summary_length(),
      value: elapsed(view.to - view.from),
      note: live ? m.summary_live() : `${timeOfDay(view.from)}–${timeOfDay(view.to)}`,
    },
    ...(kind && peak
      ? [
          {
            key: "peak",
            name: m.summary_peak({ name: lower(figureName(kind)) }),
            value: whole(peak.value),
            note: m.summary_at({ time: timeOfDay(peak.at) }),
          },
        ]
      : []),
    ...(kind ? figure("mean", m.summary_mean({ name: lower(figureName(kind)) }), mean) : []),
    ...figure("views", figureName("views"), lastOf(view, "views")),
    {
      key: "messages",
      name: m.summary_messages(),
      value: whole(total(view, "messages")),
      note: m.summary_from_people({ n: whole(view.people) }),
    },
    ...figure("likes", figureName("likes"), lastOf(view, "likes")),
    ...(gifts > 0
      ? [
          {
            key: "gifts",
            name: m.summary_gifts(),
            value: money(total(view, "worth")),
            note: m.summary_worth_of({ n: whole(gifts) }),
          },
        ]
      : []),
    ...(followers === null
      ? []
      : [{ key: "followers", name: m.summary_new_followers(), value: change(followers), note: "" }]),
  ];
}

/** What the evening was called: the title of its longest session. */
export function titleOfEvening(view: SummaryView): string {
  const length = (at: number): number => {
    const session = view.sessions[at]?.session;
    return session ? (session.ended_at ?? view.to) - session.started_at : 0;
  };
  const order = view.sessions.map((_, at) => at).sort((a, b) => length(b) - length(a));
  const titled = order.map((at) => view.sessions[at]?.session).find((s) => s?.title);
  const first = view.sessions[0]?.session;
  return titled?.title ?? (first ? veiledName(first.platform, first.name) : "");
}
