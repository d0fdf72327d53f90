import { CR, FIELD_OCTET, LF, SP, TCHAR } from "./grammar.ts";

/** Receives body octets: `bytes` from `start` up to `end`. They are valid only during the call. */
export type BodySink = (bytes: Uint8Array, start: number, end: number) => void;

const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** 7 hex digits: chunks up to 256 MiB. */
const SIZE_DIGITS = 7;
/** Octets of extensions on one chunk; nobody uses them, and unbounded ones were an attack (CVE-2023-39326). */
const EXTENSION_LIMIT = 256;
/** Octets of trailer fields. */
const TRAILER_LIMIT = 8_192;

type State =
  | "size"
  | "extension-start"
  | "extension-name"
  | "extension-value"
  | "extension-token"
  | "extension-quoted"
  | "extension-escape"
  | "extension-end"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer-start"
  | "trailer-name"
  | "trailer-value"
  | "trailer-lf"
  | "end-lf"
  | "complete"
  | "malformed";

/**
 * Decodes a chunked body (RFC 9112 §7.1) however it is cut into reads. Extensions are read over and trailers validated, and both dropped.
 * Stricter than the grammar where leniency has been an attack: no whitespace around the size, no sign or prefix, CR LF only.
 */
export class ChunkedDecoder {
  #state: State = "size";
  #digits = 0;
  #remaining = 0;
  #overhead = 0;

  get complete(): boolean {
    return this.#state === "complete";
  }

  /** @returns the offset behind the body when it ends here, `end` when it goes on, -1 when it is malformed */
  decode(bytes: Uint8Array, start: number, end: number, sink: BodySink): number {
    let index = start;
    while (index < end) {
      if (this.#state === "data") {
        const take = Math.min(this.#remaining, end - index);
        sink(bytes, index, index + take);
        index += take;
        this.#remaining -= take;
        if (this.#remaining === 0) this.#state = "data-cr";
        continue;
      }
      this.#state = this.#next(bytes[index] as number);
      if (this.#state === "malformed") return -1;
      index++;
      if (this.#state === "complete") return index;
    }
    return index;
  }

  #next(octet: number): State {
    switch (this.#state) {
      case "size":
        return this.#size(octet);
      case "extension-start":
      case "extension-name":
      case "extension-value":
      case "extension-token":
      case "extension-quoted":
      case "extension-escape":
      case "extension-end":
        return octet !== CR && ++this.#overhead > EXTENSION_LIMIT ? "malformed" : extension(this.#state, octet);
      case "size-lf":
        if (octet !== LF) return "malformed";
        this.#overhead = 0;
        return this.#remaining === 0 ? "trailer-start" : "data";
      case "data-cr":
        return octet === CR ? "data-lf" : "malformed";
      case "data-lf":
        this.#digits = 0;
        return octet === LF ? "size" : "malformed";
      case "trailer-start":
        if (octet === CR) return "end-lf";
        return this.#trailer(TCHAR[octet] === 1, "trailer-name");
      case "trailer-name":
        if (octet === 0x3a) return "trailer-value";
        return this.#trailer(TCHAR[octet] === 1, "trailer-name");
      case "trailer-value":
        if (octet === CR) return "trailer-lf";
        return this.#trailer(FIELD_OCTET[octet] === 1, "trailer-value");
      case "trailer-lf":
        return octet === LF ? "trailer-start" : "malformed";
      case "end-lf":
        return octet === LF ? "complete" : "malformed";
      case "data":
      case "complete":
      case "malformed":
        return "malformed";
      default:
        return this.#state satisfies never;
    }
  }

  #size(octet: number): State {
    const digit = hexDigit(octet);
    if (digit >= 0) {
      if (++this.#digits > SIZE_DIGITS) return "malformed";
      this.#remaining = this.#digits === 1 ? digit : this.#remaining * 16 + digit;
      return "size";
    }
    if (this.#digits === 0) return "malformed";
    if (octet === CR) return "size-lf";
    return octet === SEMICOLON ? "extension-start" : "malformed";
  }

  #trailer(isValid: boolean, state: State): State {
    return isValid && ++this.#overhead <= TRAILER_LIMIT ? state : "malformed";
  }
}

/** `*( ";" token [ "=" ( token / quoted-string ) ] )`, without the whitespace that only obsolete senders put there (§7.1.1). */
function extension(state: State & `extension-${string}`, octet: number): State {
  const ends = octet === CR ? "size-lf" : octet === SEMICOLON ? "extension-start" : "malformed";
  const isToken = TCHAR[octet] === 1;
  switch (state) {
    case "extension-start":
      return isToken ? "extension-name" : "malformed";
    case "extension-name":
      return isToken ? state : octet === EQUALS ? "extension-value" : ends;
    case "extension-value":
      return isToken ? "extension-token" : octet === QUOTE ? "extension-quoted" : "malformed";
    case "extension-token":
      return isToken ? state : ends;
    case "extension-quoted":
      if (octet === QUOTE) return "extension-end";
      return octet === BACKSLASH ? "extension-escape" : FIELD_OCTET[octet] === 1 ? state : "malformed";
    case "extension-escape":
      return FIELD_OCTET[octet] === 1 ? "extension-quoted" : "malformed";
    case "extension-end":
      return ends;
    default:
      return state satisfies never;
  }
}

function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | SP;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The line that begins a chunk of that many octets. */
export function chunkStart(octets: number): string {
  return `${octets.toString(16)}\r\n`;
}
export const CHUNK_END = "\r\n";
export const LAST_CHUNK = "0\r\n\r\n";
