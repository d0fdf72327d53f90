import { BodyReader } from "../../../src/http1/body-reader.ts";
import { findHeadEnd } from "../../../src/http1/head-end.ts";
import { parseResponseHead } from "../../../src/http1/response-head.ts";
import type { ResponseHead } from "../../../src/http1/response-head.ts";
import type { ReadResponse } from "./read-response.ts";

export interface ResponseReader {
  parseResponseHead(text: string, method: string, fieldLimit: number): ResponseHead | undefined;
}

export interface OurResponse {
  readonly response: ReadResponse | undefined;
  readonly interim: readonly number[];
  readonly ending: "complete" | "within" | "refused";
}

/** Reads interim answers and the final one as the proxy does, from a connection that closes behind the last octet. */
export function readOurResponse(reads: readonly Uint8Array[], method: string, reader: ResponseReader = { parseResponseHead }): OurResponse {
  const interim: number[] = [];
  let buffer: Buffer = Buffer.alloc(0);
  let head: ResponseHead | undefined;
  let body: BodyReader | undefined;
  const pieces: Buffer[] = [];
  const outcome = (ending: OurResponse["ending"]): OurResponse => {
    const response = head === undefined ? undefined : understood(head, Buffer.concat(pieces), ending === "complete");
    return { response, interim, ending };
  };

  for (const read of reads) {
    buffer = Buffer.concat([buffer, read]);
    while (body === undefined) {
      const end = findHeadEnd(buffer, 0, buffer.length);
      if (end === -2) return outcome("refused");
      if (end === -1) break;
      const parsed = reader.parseResponseHead(buffer.toString("latin1", 0, end), method, 100);
      if (parsed === undefined) return outcome("refused");
      buffer = buffer.subarray(end);
      if (parsed.status < 200 && parsed.status !== 101) {
        interim.push(parsed.status);
        continue;
      }
      head = parsed;
      body = new BodyReader(parsed.framing);
    }
    if (body === undefined) continue;
    if (body.complete) return outcome("complete");
    const end = body.read(buffer, 0, buffer.length, (bytes, start, stop) => pieces.push(Buffer.from(bytes.subarray(start, stop))));
    if (end < 0) return outcome("refused");
    buffer = buffer.subarray(end);
    if (body.complete) return outcome("complete");
  }
  return outcome(body?.framing.kind === "until-close" ? "complete" : "within");
}

function understood(head: ResponseHead, body: Buffer, complete: boolean): ReadResponse {
  const fields = head.fields.names.flatMap((name, index) => [name, head.fields.values[index] ?? ""]);
  return { status: head.status, reason: head.reason, fields, persistent: head.persistent, body, complete };
}
