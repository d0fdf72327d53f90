/**
 * The shared vocabulary: types only, no behaviour. Everybody may import this file.
 *
 * A client's exchange (an HTTP request or a WebSocket handshake, the same thing until the end) goes one way:
 * socket → TLS → head → decide → act → log.
 */
import type { Exemption } from "./auth/exemption.ts";
import type { Pass } from "./auth/pass/passes.ts";
import type { Session } from "./auth/session/session.ts";
import type { User } from "./auth/user.ts";
import type { ErrorCode } from "./errors.ts";
import type { Fields } from "./http1/fields.ts";
import type { UpstreamHead } from "./headers/upstream-head.ts";
import type { Route } from "./routes/route.ts";

/** Who is at the other end of a connection, captured at accept: the socket forgets it once the client has left. */
export interface Client {
  /** The address without a port; IPv4-mapped IPv6 (`::ffff:192.0.2.1`) is written as IPv4. */
  readonly address: string;
  /** 0: a proxy of the operator's own speaks for this client, and may send others' requests over the same connection. */
  readonly port: number;
  /** What limits are counted by: the IPv4 address, or the IPv6 /64 (`2001:db8:0:1::/64`). */
  readonly prefix: string;
}

/** How the end of a body is found (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; /** Octets, at least 1. */ readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** A request head that passed the grammar: nothing in it is ambiguous. */
export interface RequestHead {
  /** Case-sensitive token, as sent. */
  readonly method: string;
  /** origin-form (`/path?query`), or `*` for OPTIONS; an absolute-form target has been reduced to origin-form. */
  readonly target: string;
  /** The minor version of HTTP/1.x. */
  readonly minor: 0 | 1;
  /** The authority of the request: from the absolute-form target, else from Host, as sent (RFC 9112 §3.2.2). */
  readonly authority: string;
  /** The authority's host in lower case, without port; IPv6 without brackets. */
  readonly host: string;
  /** The authority's port where it names one. */
  readonly port: number | undefined;
  readonly fields: Fields;
  readonly framing: Framing;
  /** The options of its Connection fields, lower case: among them the names of fields that must not be forwarded (RFC 9110 §7.6.1). */
  readonly connection: readonly string[];
  /** Whether the client lets the connection persist (RFC 9112 §9.3). */
  readonly persistent: boolean;
  /** The client waits for 100 (Continue) before it sends its body (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean;
  /** A complete WebSocket handshake (RFC 6455 §4.1); any other Upgrade is dropped. */
  readonly websocket: boolean;
  /** Octets of the head as received. */
  readonly size: number;
}

/** What the last sign-in on this connection proved; saves hashing the same credentials again for every request. */
export interface ConnectionMemo {
  /** The Authorization value that was verified. */
  authorization: string | undefined;
  user: User | undefined;
  /** The users file's generation when it was verified; another generation voids the memo. */
  generation: number;
  /** The Cookie field that belongs to a session, and that session. */
  session: { readonly cookie: string; readonly session: Session } | undefined;
  /** The field that carried a device pass (its name in lower case, and its value), that pass, and the passes' generation then. */
  pass: { readonly field: string; readonly value: string; readonly pass: Pass; readonly generation: number } | undefined;
}

export interface Exchange {
  /** Unique in this process's life and beyond; short enough to be read aloud. */
  readonly id: string;
  readonly client: Client;
  readonly head: RequestHead;
  readonly memo: ConnectionMemo;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}

/** A complete answer of the edge itself. Content-Length, Date and Connection are added by whoever sends it. */
export interface Reply {
  readonly status: number;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Why, when it is not a success; goes into the log. */
  readonly code?: ErrorCode;
  /** Close the connection afterwards (what follows on it can't be trusted, or need not be read). */
  readonly close?: boolean;
  /** The name that was tried, when a sign-in failed: for the log, which decides whether it may be written out. */
  readonly candidate?: string;
}

/** What the pipeline decided; one place acts on it. */
export type Verdict =
  | {
      readonly kind: "forward";
      readonly head: UpstreamHead;
      /** Where to. */
      readonly route: Route;
      /** Whose request it is; undefined: nobody's, and it goes by the exemption. */
      readonly user: User | undefined;
      readonly exemption: Exemption | undefined;
      readonly setCookies: readonly string[];
    }
  | { readonly kind: "reply"; readonly reply: Reply; readonly user?: User }
  /** The edge answers this itself, and needs the request's body (a form) first. */
  | {
      readonly kind: "read";
      /** Octets; a longer body is answered 413. */
      readonly limit: number;
      readonly answer: (body: Buffer) => Verdict | Promise<Verdict>;
      readonly user?: User;
    };

/** The pipeline as the listener sees it. Answers synchronously whenever it can: that is the hot path. */
export type Decide = (exchange: Exchange) => Verdict | Promise<Verdict>;
