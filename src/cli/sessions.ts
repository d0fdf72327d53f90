import { END_SESSIONS, PAGE, SESSIONS, type Ended, type LiveConnection } from "../admin/live-connections.ts";
import type { Option } from "../config/option.ts";
import type { OPTIONS } from "../config/options.ts";
import { announceState, ask, stateOf } from "./ask-edge.ts";
import type { Call } from "./command.ts";
import { count, octets, span } from "./quantities.ts";
import { paint } from "./terminal.ts";

type State = { readonly state: (typeof OPTIONS)["state"] };
type ListOptions = State & { readonly json: Option<boolean>; readonly user: Option<string> };
type EndOptions = State & { readonly user: Option<string>; readonly signOut: Option<boolean> };

/** `openclaw-edge sessions`. */
export async function sessions({ options, surroundings }: Call<ListOptions>): Promise<number> {
  const location = stateOf(options, surroundings);
  const user = options.one("user");
  const all: LiveConnection[] = [];
  let anonymous = 0;
  for (let after: string | undefined; ;) {
    const request = { limit: PAGE, ...(after !== undefined && { after }), ...(user !== undefined && { user }) };
    const outcome = await ask("sessions", location, SESSIONS, request);
    if (typeof outcome === "number") return outcome;
    all.push(...outcome.answer.connections);
    anonymous = outcome.answer.anonymous;
    after = outcome.answer.next;
    if (after === undefined) break;
  }
  process.stdout.write(options.required("json") ? `${JSON.stringify(all, null, 2)}\n` : sessionsText(all, anonymous, new Date()));
  return 0;
}

/** For a person at a terminal of 80 columns: two lines for each, since an IPv6 address and a path have none to spare. */
export function sessionsText(connections: readonly LiveConnection[], anonymous: number, now: Date): string {
  const others = anonymous === 0 ? "" : ` ${count(anonymous, "more connection")} of people who have not signed in.`;
  if (connections.length === 0) return `Nobody is connected and signed in.${others}\n`;
  const rows = connections.map((connection) => [
    connection.id,
    cut(connection.user ?? "-", 20),
    KINDS[connection.kind],
    span((now.getTime() - Date.parse(connection.since)) / 1_000),
    octets(connection.received),
    octets(connection.sent),
  ]);
  const table = [["ID", "USER", "KIND", "SINCE", "IN", "OUT"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => (column >= 4 ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  const [head = [], ...body] = table;
  const indent = " ".repeat((widths[0] ?? 0) + 2);
  const detail = (connection: LiveConnection | undefined): string =>
    paint(process.stdout, "dim", cut(`${indent}${connection === undefined ? "" : details(connection)}`, 80));
  const lines = body.flatMap((row, index) => [line(row), detail(connections[index])]);
  return `${[paint(process.stdout, "bold", line(head)), ...lines, "", `${count(connections.length, "live connection")}.${others}`].join("\n")}\n`;
}

const KINDS = { websocket: "WebSocket", request: "request", idle: "idle" } as const;

function details(connection: LiveConnection): string {
  return [connection.client, proof(connection), connection.what].filter((part) => part !== undefined && part !== "").join(", ");
}

/** How somebody came in. A browser's session and a pass live on without the connection, so they are named as what they are. */
function proof({ method, credential, exemption }: LiveConnection): string {
  if (exemption !== undefined) return `open to everybody (${exemption})`;
  switch (method) {
    case "session":
      return `browser session ${credential ?? ""}`.trim();
    case "pass":
      return `pass ${credential ?? ""}`.trim();
    case "basic":
      return "password";
    default:
      return method ?? "";
  }
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** `openclaw-edge sessions end`. */
export async function endSessions({ options, words, surroundings }: Call<EndOptions>): Promise<number> {
  const location = stateOf(options, surroundings);
  const user = options.one("user");
  const [id = ""] = words;
  const which = user === undefined ? { id } : { user };
  const outcome = await ask("sessions end", location, END_SESSIONS, { which, signOut: options.required("signOut") });
  if (typeof outcome === "number") return outcome;
  if (outcome.answer.browsers > 0) announceState(location);
  process.stdout.write(endedText(outcome.answer, user));
  return 0;
}

/** What was ended, and what goes on: a credential outlives the connection that came with it. */
export function endedText({ connections, named, browsers }: Ended, user: string | undefined): string {
  const ended =
    named === undefined ? count(connections, "live connection") : `${named.id} of ${named.user ?? "nobody"} (${KINDS[named.kind]})`;
  const out = browsers === 0 ? "" : ` Signed out: ${count(browsers, "browser")}.`;
  return `Ended: ${ended}.${out}\n${left(named, browsers, user)
    .map((line) => `${line}\n`)
    .join("")}`;
}

function left(named: LiveConnection | undefined, browsers: number, user: string | undefined): readonly string[] {
  if (user !== undefined) {
    return ["The password and passes stay good. To lock the user out:", `  openclaw-edge user remove ${user}`];
  }
  switch (named?.method) {
    case "session":
      if (browsers > 0) return [];
      return ["That browser is still signed in, and may come back. To sign it out:", `  openclaw-edge sessions end --user ${named.user}`];
    case "pass":
      return ["Its pass is still good, and may be used again. To take it back:", `  openclaw-edge pass revoke ${named.credential ?? "ID"}`];
    case "basic":
      return ["The password is still good, and the client may come back. To change it:", `  openclaw-edge user passwd ${named.user}`];
    default:
      return [];
  }
}
