import { lstat } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";

import type { Problem } from "../errors.ts";
import { RUN, SOCKET } from "./claim.ts";
import { ANSWER_SIZE, type Answering, type Asking } from "./contract.ts";
import { readLine } from "./line.ts";
import { socketAddress } from "./socket-address.ts";
import type { Verb } from "./verb.ts";

/** What became of asking a running edge. */
export type Asked<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** It runs, and says no. */
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  /** There is no socket, or nobody listens on it. */
  | { readonly kind: "not-running" }
  /** Somebody is there who may not be asked, or who does not answer as an edge does. */
  | { readonly kind: "unreachable"; readonly problem: Problem };

/** Milliseconds for an answer, unless it is said otherwise. */
const TIME = 10_000;

/** Asks the edge that runs on a state directory. */
export function askEdge<Request, Answer>(
  state: string,
  verb: Verb<Request, Answer>,
  request: Request,
  time = TIME,
): Promise<Asked<Answer>> {
  return askSocket(join(state, RUN, SOCKET), verb, request, time);
}

/** The same by the socket itself. What comes back is believed to be of the verb's type: the socket's owner is ourselves, or root. */
export async function askSocket<Request, Answer>(
  path: string,
  verb: Verb<Request, Answer>,
  request: Request,
  time = TIME,
): Promise<Asked<Answer>> {
  const found = await lstat(path).catch((cause: NodeJS.ErrnoException) => cause);
  if (found instanceof Error)
    return found.code === "ENOENT" || found.code === "ENOTDIR" ? { kind: "not-running" } : forbidden(path, undefined);
  const self = process.geteuid?.();
  if (!found.isSocket()) return unreachable(path, "It is no socket.", "Stop the edge, delete that file and start the edge again.");
  // Somebody else's socket is not written to: what is said there, and what it answers, would be his.
  if (self !== undefined && self !== 0 && found.uid !== self && found.uid !== 0) return forbidden(path, found.uid);
  await using address = await socketAddress(path);
  const socket = net.createConnection({ path: address.path });
  try {
    socket.write(`${JSON.stringify({ verb: verb.name, request } satisfies Asking)}\n`);
    const line = await readLine(socket, ANSWER_SIZE, time);
    switch (line.kind) {
      case "line":
        return understood(path, line.text);
      case "late":
        return unreachable(
          path,
          `No answer came within ${time / 1_000} seconds.`,
          "The edge hangs or is very busy: look at its log, or restart it.",
        );
      case "too-long":
        return unreachable(path, "The answer does not end.", "Is that an edge? Look which process has the socket: ss -xlp");
      case "ended":
        return failed(path, line.failure, found.uid);
      default:
        return line satisfies never;
    }
  } finally {
    socket.on("error", () => {});
    socket.destroy();
  }
}

function understood<Answer>(path: string, text: string): Asked<Answer> {
  try {
    const answering = JSON.parse(text, (_, value: unknown) => (typeof value === "string" ? printable(value) : value)) as Answering;
    if ("answer" in answering) return { kind: "answered", answer: answering.answer as Answer };
    if (Array.isArray(answering.problems)) return { kind: "refused", problems: answering.problems };
  } catch {
    // Said below.
  }
  return unreachable(path, "What answers there is no edge.", "Look which process has the socket: ss -xlp");
}

/** What is printed of an answer can't move the cursor, whoever wrote it: names and paths in it are other people's. */
const printable = (text: string): string => text.replaceAll(/[^\n\P{C}]/gu, "?");

function failed(path: string, failure: NodeJS.ErrnoException | undefined, owner: number): Asked<never> {
  switch (failure?.code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return { kind: "not-running" };
    case "EACCES":
    case "EPERM":
      return forbidden(path, owner);
    default:
      return unreachable(path, "The connection ended without an answer.", "The edge is busy, or was just stopping: try again.");
  }
}

function forbidden(path: string, owner: number | undefined): Asked<never> {
  const whose =
    owner === undefined
      ? "It can't be looked at as this user."
      : `It belongs to user id ${owner}, and this command runs as ${process.geteuid?.()}.`;
  return unreachable(
    path,
    whose,
    `Run this command as the edge's own user, or with sudo${owner === undefined ? "." : `:\n  sudo -u '#${owner}' openclaw-edge …`}`,
  );
}

const unreachable = (where: string, what: string, mend: string): Asked<never> => ({ kind: "unreachable", problem: { where, what, mend } });
