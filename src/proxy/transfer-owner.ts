import type { Duplex } from "node:stream";

import type { ErrorCode } from "../errors.ts";
import type { ResponseHead } from "../http1/response-head.ts";
import type { ClientWriter } from "./client-writer.ts";
import type { UpstreamConnection } from "./upstream.ts";

/** Whoever serves the client: is told what becomes of the transfer. Exactly one of the last four is called, once. */
export interface TransferOwner {
  readonly socket: Duplex;
  readonly writer: ClientWriter;
  /** The connection must end after this answer. Asked when the head is written. */
  readonly lastAnswer: boolean;
  /** IMF-fixdate. */
  readonly date: string;
  /** Whether the upstream is the Gateway, and not what a route of the operator's leads to. */
  readonly isGateway: boolean;
  /** The final answer's head has been written. */
  transferAnswered(status: number): void;
  /** May answer in the upstream's place: true takes the exchange over, and the upstream's answer is dropped. */
  transferReplaced(head: ResponseHead, body: Buffer): boolean;
  /** The answer is complete. `bodyRead`: so was the request's body; otherwise nothing on the connection can be trusted any more. */
  transferComplete(bodyRead: boolean): void;
  /** There will be no answer, and none was begun. */
  transferFailed(code: ErrorCode): void;
  /** The answer stopped in the middle: it must not look complete to the client. */
  transferCut(code: ErrorCode): void;
  /** Upstream accepted the WebSocket; `bytes` are its first octets. The connection is the tunnel's now. */
  transferSwitched(connection: UpstreamConnection, bytes: Buffer): void;
}
