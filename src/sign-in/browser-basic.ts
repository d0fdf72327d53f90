import type { Authenticator, AuthResult } from "../auth/authenticator.ts";
import { agentOf } from "../auth/session/agent.ts";
import { sessionCookie } from "../auth/session/cookie.ts";
import type { Sessions } from "../auth/session/sessions.ts";
import type { KnownDevices } from "../auth/throttle/known-device.ts";
import type { Exchange } from "../exchange.ts";
import { askerOf } from "./asker.ts";

/**
 * Basic under `--login basic`: whoever signs in by the browser's dialog gets a session with the page that he opened, because WebKit sends
 * no Basic with a WebSocket (WebKit bug 80362), and so that he can sign out.
 */
export function browserBasic(
  basic: Pick<Authenticator, "authenticate">,
  sessions: Sessions,
  devices: Pick<KnownDevices, "setCookie">,
): Pick<Authenticator, "authenticate"> {
  function begin({ head, client }: Exchange, result: AuthResult): AuthResult {
    if (result.kind !== "authenticated" || askerOf(head) !== "navigation") return result;
    const { name } = result.user;
    const begun = sessions.begin(name, { address: client.address, agent: agentOf(head.fields.first("user-agent")) });
    return begun === undefined ? result : { ...result, setCookies: [sessionCookie(begun.secret), devices.setCookie(name)] };
  }

  return {
    authenticate(exchange) {
      const result = basic.authenticate(exchange);
      return result instanceof Promise ? result.then((late) => begin(exchange, late)) : begin(exchange, result);
    },
  };
}
