import { isMistake, mistake, type Read } from "../config/read.ts";
import type { Verb } from "./verb.ts";

/**
 * A connection on which somebody is signed in at this moment, or that an exemption lets through. Not to be mixed up with a browser's sign-in (a session of the cookie kind),
 * which outlives its connections, and of which there may be none: passwords and passes come with every request.
 */
export interface LiveConnection {
  /** As `sessions end` takes it: `c1f`. */
  readonly id: string;
  /** Absent where nobody had to sign in. */
  readonly user: string | undefined;
  /** How the user proved it: `basic`, `session`, `pass`. */
  readonly method: string | undefined;
  /** The public id of the browser session or the pass that was used. */
  readonly credential: string | undefined;
  /** The exemption (`--expose`) that lets it through without a sign-in. */
  readonly exemption: string | undefined;
  readonly client: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** `idle`: between two requests. */
  readonly kind: "websocket" | "request" | "idle";
  /** `GET /v1/chat`, masked as in the log; absent when idle. */
  readonly what: string | undefined;
  /** Octets of the whole connection so far. */
  readonly received: number;
  readonly sent: number;
}

export interface LivePage {
  readonly connections: readonly LiveConnection[];
  /** How many there are in all; of the user who was asked for. */
  readonly total: number;
  /** Connections on which nobody has signed in. */
  readonly anonymous: number;
  /** Where to go on; absent on the last page. */
  readonly next?: string;
}

/** Connections in one answer: a page of this size is made within a millisecond or two. */
export const PAGE = 1_000;

export interface LiveRequest {
  /** The last page's `next`. */
  readonly after?: string;
  /** Only this user's. */
  readonly user?: string;
  /** How many, `PAGE` at most. */
  readonly limit: number;
}

/** In the order in which the connections came. */
export const SESSIONS: Verb<LiveRequest, LivePage> = {
  name: "sessions",
  read({ after, user, limit }) {
    const id = after === undefined ? { value: undefined } : readId(after);
    if (isMistake(id)) return id;
    if (user !== undefined && typeof user !== "string") return mistake("The user's name is no text.", "Write one.");
    if (typeof limit !== "number" || !(limit >= 1 && limit <= PAGE)) return mistake("The limit is out of range.", `Write 1 to ${PAGE}.`);
    return { value: { limit, ...(id.value !== undefined && { after: id.value }), ...(user !== undefined && { user }) } };
  },
};

export interface EndRequest {
  /** One connection, or everything of a user: what is live, and all the browsers that are signed in. */
  readonly which: { readonly id: string } | { readonly user: string };
  /** With an id: ends the browser session it came with, too. */
  readonly signOut: boolean;
}

export interface Ended {
  /** How many live connections were ended. */
  readonly connections: number;
  /** The one that was named, as it was. */
  readonly named?: LiveConnection;
  /** How many browser sessions were ended. */
  readonly browsers: number;
}

export const END_SESSIONS: Verb<EndRequest, Ended> = {
  name: "sessions.end",
  read({ which, signOut }) {
    const { id, user } = (which ?? {}) as { readonly id?: unknown; readonly user?: unknown };
    if (typeof user === "string" && user !== "") return { value: { which: { user }, signOut: true } };
    const read = readId(id);
    return isMistake(read) ? read : { value: { which: { id: read.value }, signOut: signOut === true } };
  },
};

export const connectionId = (number: number): string => `c${number.toString(36)}`;

/** The number in an id that `readId` accepted. */
export const connectionNumber = (id: string): number => Number.parseInt(id.slice(1), 36);

function readId(id: unknown): Read<string> {
  if (typeof id === "string" && /^c[0-9a-z]{1,10}$/.test(id)) return { value: id };
  return mistake("That is no connection's id.", "openclaw-edge sessions lists them, like c1f.");
}
