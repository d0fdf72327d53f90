import type { ServedName } from "../../config/served-name.ts";
import type { Desk } from "./desk.ts";
import { alarmOf, failuresOf, type Alarm, type Outlook } from "./outlook.ts";

const WORDS = [
  "there is still no certificate after four attempts.",
  "a third of its certificate's life is left, and it could not be renewed.",
  "a sixth of its certificate's life is left, and it could not be renewed.",
  "its certificate has expired: browsers refuse to connect.",
] as const;

const EVENTS = ["certificate_missing", "certificate_late", "certificate_very_late", "certificate_expired"] as const;

/** Tells the operator how bad it is, unless he has heard that before; how bad it is. */
export function raiseAlarm({ log, tell }: Pick<Desk, "log" | "tell">, name: ServedName, outlook: Outlook): Alarm {
  const level = alarmOf(outlook, Date.now());
  const { stored, record } = outlook;
  if (level <= record.alarms) return level;
  const at = stored === undefined ? 0 : level;
  const last = failuresOf(outlook)?.last;
  const expires = stored?.leaf.validToDate.toISOString();
  log.error(`${name.value}: ${WORDS[at]}`, { expires, code: last?.code, detail: last?.detail });
  tell({ event: EVENTS[at], name: name.value, expires, code: last?.code });
  return level;
}
