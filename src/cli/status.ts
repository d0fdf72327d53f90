import { setTimeout as sleep } from "node:timers/promises";

import { askEdge } from "../admin/client.ts";
import { STATUS, type Status } from "../admin/status.ts";
import type { Option } from "../config/option.ts";
import type { OPTIONS } from "../config/options.ts";
import type { StateLocation } from "../config/state-directory.ts";
import { ask, stateOf } from "./ask-edge.ts";
import type { Call } from "./command.ts";
import { count, octets, span } from "./quantities.ts";
import { paint, wrap } from "./terminal.ts";

type Options = { readonly json: Option<boolean>; readonly watch: Option<boolean>; readonly state: (typeof OPTIONS)["state"] };

/** Milliseconds between two looks of `--watch`. */
const INTERVAL = 2_000;

/** `openclaw-edge status`. */
export async function status({ options, surroundings }: Call<Options>): Promise<number> {
  const location = stateOf(options, surroundings);
  const [json, watch] = [options.required("json"), options.required("watch")];
  const outcome = await ask("status", location, STATUS, {});
  if (typeof outcome === "number") return outcome;
  const print = (answer: Status): void => {
    const clears = watch && process.stdout.isTTY;
    const text = json ? `${JSON.stringify(answer, null, watch ? 0 : 2)}\n` : statusText(answer, location, new Date());
    process.stdout.write(`${clears ? "\u001b[H\u001b[2J" : ""}${text}${watch && !json && !clears ? "\n" : ""}`);
  };
  print(outcome.answer);
  return watch ? goOn(location, print) : outcome.answer.gateway.state === "down" ? 1 : 0;
}

/** Looks again and again, over restarts of the edge, for as long as somebody reads it. */
async function goOn(location: StateLocation, print: (answer: Status) => void): Promise<number> {
  let isRead = true;
  // The reader of a pipe has gone: `status --watch | head`.
  process.stdout.once("error", () => (isRead = false));
  for (let wasThere = true; ;) {
    await sleep(INTERVAL);
    const asked = await askEdge(location.path, STATUS, {});
    if (!isRead) return 0;
    const isThere = asked.kind === "answered";
    if (isThere) print(asked.answer);
    else if (wasThere) process.stderr.write("The edge does not answer any more; looking on, until Ctrl+C.\n");
    wasThere = isThere;
  }
}

/** For a person at a terminal of 80 columns. */
export function statusText(answer: Status, location: StateLocation, now: Date): string {
  const { process: own, connections: open, gateway, users, throttle, notices } = answer;
  const style = (name: "bold" | "green" | "yellow" | "red", text: string): string => paint(process.stdout, name, text);
  const gatewayStyle = { ready: "green", starting: "yellow", down: "red" } as const;
  const rows: readonly (readonly [label: string, text: string, mark?: (text: string) => string])[] = [
    ["process", `${own.pid} on ${own.hostname}, Node ${own.node}, ${octets(own.memory.rss)} of memory`],
    ["state", `${location.path} (from ${location.from})`],
    ["serves", answer.names.join(", ")],
    ["listens", [...answer.listening.https, ...answer.listening.http.map((address) => `${address} (redirects)`)].join(", ")],
    ["Gateway", `${gateway.target}: ${gateway.detail} (${gateway.milliseconds} ms)`, (text) => style(gatewayStyle[gateway.state], text)],
    ["users", `${users.count} in ${users.file}`],
    ["signed in", `${count(answer.browsers, "browser")}, connected or not`],
    ...certificates(answer, now),
    ["connections", connectionText(open)],
    ["throttled", throttleText(throttle)],
  ];
  const head = `${style("bold", "openclaw-edge")} ${own.version}, running for ${span(own.uptime)}`;
  const body = rows.flatMap(([label, text, mark = (line: string) => line]) =>
    wrap(text, " ".repeat(COLUMN)).map((line, index) => (index === 0 ? `  ${label.padEnd(COLUMN - 2)}${mark(line.slice(COLUMN))}` : line)),
  );
  const todo = notices.flatMap(({ where, what, mend }) => [
    "",
    `  ${style("yellow", where)}`,
    ...wrap(what, "    "),
    ...wrap(`→ ${mend}`, "    "),
  ]);
  return `${[head, ...body, ...todo].join("\n")}\n`;
}

const COLUMN = 15;

function certificates(
  { certificates: known, names, certificateSource, authority }: Status,
  now: Date,
): readonly (readonly [string, string])[] {
  const lines = names.map((name): string => {
    const expires = known.find((certificate) => certificate.name === name)?.expires;
    if (expires === undefined) return `${name}: none yet`;
    const left = (Date.parse(expires) - now.getTime()) / 1_000;
    return left < 0 ? `${name}: expired on ${expires.slice(0, 10)}` : `${name}: for ${span(left)}, until ${expires.slice(0, 10)}`;
  });
  const from = authority === undefined ? certificateSource : `${certificateSource}, which browsers must be told to trust`;
  return [...lines.map((line, index) => [index === 0 ? "certificates" : "", line] as const), ["", `from ${from}`]];
}

function connectionText({ open, limit, websockets, requests, idle, silent }: Status["connections"]): string {
  const parts = [
    count(websockets, "WebSocket"),
    count(requests, "request"),
    `${idle} idle`,
    ...(silent > 0 ? [`${silent} silent so far`] : []),
  ];
  return `${open} of ${limit}: ${parts.join(", ")}`;
}

function throttleText({ clients, names, devices }: Status["throttle"]): string {
  if (clients + names + devices === 0) return "nobody has to wait after wrong passwords";
  const parts = [count(clients, "client"), count(names, "name"), count(devices, "known browser")];
  return `${parts.filter((part) => !part.startsWith("0 ")).join(", ")} waiting after wrong passwords`;
}
