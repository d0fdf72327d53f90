import type { Page } from "./page.ts";

/** The Gateway is not there. Whoever sends it adds Retry-After. */
export function gatewayDownPage(status: 502 | 503 | 504 = 502, id?: string): Page {
  return {
    status,
    title: "The Gateway is not answering",
    message:
      "The edge works and you have reached it, but the OpenClaw Gateway behind it can't be reached. It may be starting, restarting or stopped.",
    advice:
      "Wait a moment: this page loads again by itself when the Gateway is ready. If it stays like this, look at the Gateway on its machine:",
    command: "openclaw gateway status",
    ...(id !== undefined && { id }),
  };
}

/**
 * For somebody on the edge's own machine: the Gateway answers 403 `proxy_attribution_required` to client addresses
 * in 127.0.0.0/8 and to ::1, and says nothing of why.
 *
 * @param origin The address that was opened, such as `https://localhost`.
 * @param alternatives Addresses that work, where the edge knows some.
 */
export function loopbackPage(origin: string, alternatives: readonly string[] = [], id?: string): Page {
  return {
    status: 403,
    title: "Open this by another address",
    message:
      `You came to ${origin} from the machine that the edge runs on. The Gateway refuses such clients (proxy_attribution_required): ` +
      "behind a proxy it can't tell a visitor on the same machine from a program that only pretends to be one.",
    advice:
      alternatives.length > 0
        ? "Use an address of this machine that other machines can reach:"
        : "Use this machine's public name or its address in your network in place of localhost, and add it with --domain if the edge does not serve it yet.",
    links: alternatives,
    ...(id !== undefined && { id }),
  };
}

/** Sign-ins have failed too often (429), or too many are being checked (503). The right password is not looked at either. */
export function signInWaitPage(status: number, seconds: number, id?: string): Page {
  return {
    status,
    title: status === 429 ? "Too many failed sign-ins" : "Many people sign in just now",
    message:
      status === 429
        ? "Wrong passwords came from here, or for this name from elsewhere. Until the wait is over no password is looked at, and a right one is answered the same."
        : "More passwords are waiting to be checked than there is room for.",
    advice: `Wait ${inWords(seconds)}, then load this page again.${status === 429 ? " A browser in which you signed in before has tries of its own." : ""}`,
    ...(id !== undefined && { id }),
  };
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? "a second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** On port 80, as long as there is no certificate: HTTPS would fail without a word. It loads itself again. */
export function certificatePendingPage(id?: string): Page {
  return {
    status: 503,
    title: "The certificate is on its way",
    message:
      "The edge works and you have reached it. It is obtaining the certificate that it needs to serve this name by HTTPS; " +
      "until then it serves nothing else, since nothing could be said here in private.",
    advice: "Wait a moment: this page loads again by itself. If it stays like this, ask on the edge's machine what the CA says:",
    command: "openclaw-edge certs list",
    ...(id !== undefined && { id }),
  };
}
