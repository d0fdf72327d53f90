import type net from "node:net";

import { errorReply } from "../pages/replies.ts";
import { createAcceptor, type AcceptOptions } from "./accept.ts";
import type { ConnectionContext } from "./connection-context.ts";
import { answerHttp01 } from "./http-01.ts";
import { createPlainListener } from "./plain.ts";
import { createTlsAlpn01, isDecidable, type Validation } from "./tls-alpn-01.ts";

/** What CAs look for. */
export interface Challenges extends Pick<Validation, "context"> {
  readonly keyAuthorization: (token: string) => string | undefined | Promise<string | undefined>;
}

/** Listeners for CAs alone, where no edge runs: everybody else is told that nothing is served here. */
export function createChallengeListeners(
  { keyAuthorization, context }: Challenges,
  accepting: Omit<AcceptOptions, "serve" | "isEnough">,
  connection: Omit<ConnectionContext, "decide" | "upstreams">,
): { readonly plain: () => net.Server; readonly secure: () => net.Server } {
  const decide = answerHttp01(keyAuthorization, (exchange) => ({ kind: "reply", reply: errorReply("misdirected", exchange) }));
  const validate = createTlsAlpn01({ has: () => false, context }, connection.timeouts.handshake);
  return {
    plain: () => createPlainListener({ ...accepting, context: { ...connection, decide, upstreams: undefined } }),
    secure: () =>
      createAcceptor({
        ...accepting,
        isEnough: isDecidable,
        serve: (socket, _client, head) => {
          if (!validate(socket, head)) socket.destroy();
        },
      }),
  };
}
