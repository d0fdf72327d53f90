import type { Language } from "./language.ts";
import type { Page } from "./page.ts";
import { textsOf } from "./texts.ts";

/** Whom a page is for. */
export interface Reader {
  readonly language: Language;
  /** The exchange's id. */
  readonly id?: string | undefined;
}

/** The Gateway is not there. Whoever sends it adds Retry-After. @param reloads what was asked for may be asked for again by itself */
export function gatewayDownPage(status: 502 | 503 | 504, reader: Reader, reloads = false): Page {
  const { adviceOfReloading, ...texts } = textsOf(reader.language).errors.gatewayDown;
  return { status, ...reader, ...texts, ...(reloads && { reloads, adviceOfReloading }), command: "openclaw gateway status" };
}

/**
 * For somebody on the edge's own machine: the Gateway answers 403 `proxy_attribution_required` to client addresses
 * in 127.0.0.0/8 and to ::1, and says nothing of why.
 *
 * @param origin The address that was opened, such as `https://localhost`.
 * @param alternatives Addresses that work, where the edge knows some.
 */
export function loopbackPage(origin: string, reader: Reader, alternatives: readonly string[] = []): Page {
  const { title, message, advice, adviceOfAddresses } = textsOf(reader.language).errors.loopback;
  return {
    status: 403,
    ...reader,
    title,
    message: message(origin),
    advice: alternatives.length > 0 ? adviceOfAddresses : advice,
    links: alternatives,
  };
}

/** Sign-ins have failed too often (429), or too many are being checked (503). The right password is not looked at either. */
export function signInWaitPage(status: number, seconds: number, reader: Reader): Page {
  const { errors, wait } = textsOf(reader.language);
  const { title, message, advice } = status === 429 ? errors.throttled : errors.busy;
  return { status, ...reader, title, message, advice: advice(wait(seconds)) };
}

/** On port 80, as long as there is no certificate: HTTPS would fail without a word. It loads itself again. */
export function certificatePendingPage(reader: Reader): Page {
  return { status: 503, ...reader, ...textsOf(reader.language).errors.certificate, command: "openclaw-edge certs list" };
}
