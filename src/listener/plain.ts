import type net from "node:net";

import type { Decide, Exchange, Reply, Verdict } from "../exchange.ts";
import { respondWith } from "../pages/page.ts";
import { errorReply } from "../pages/replies.ts";
import { createAcceptor, type AcceptOptions } from "./accept.ts";
import { Connection } from "./connection.ts";
import type { ConnectionContext } from "./connection-context.ts";

export interface PlainListenerOptions extends Omit<AcceptOptions, "serve"> {
  readonly context: ConnectionContext;
}

/** The listener on port 80. It redirects and never proxies: it is given no upstream. */
export function createPlainListener(options: PlainListenerOptions): net.Server {
  return createAcceptor({ ...options, serve: (socket, client) => new Connection(socket, client, options.context) });
}

/**
 * Sends a client to the same target by HTTPS, for the names that are served and no others: an unknown Host is never reflected.
 *
 * @param port the HTTPS port as clients see it
 */
export function redirectTo(isServed: (host: string) => boolean, port: () => number): Decide {
  return (exchange): Verdict => ({
    kind: "reply",
    reply: isServed(exchange.head.host) ? redirect(exchange, port()) : errorReply("misdirected", exchange),
  });
}

function redirect(exchange: Exchange, port: number): Reply {
  const { host, target } = exchange.head;
  const name = host.includes(":") ? `[${host}]` : host;
  const location = `https://${name}${port === 443 ? "" : `:${port}`}${target === "*" ? "/" : target}`;
  const page = { status: 308, title: "This site is served by HTTPS", message: "The address is the same with https:// in front." };
  const { body, fields } = respondWith(undefined, page);
  return { status: 308, fields: [["Location", location], ...fields], body };
}
