import type { Duplex } from "node:stream";

import type { ErrorCode } from "../errors.ts";
import type { Client, Reply } from "../exchange.ts";
import type { ExchangeRecord, Log } from "../log/log.ts";
import { errorReply } from "../pages/replies.ts";
import { serialiseReply } from "./reply-bytes.ts";

/** Answers somebody whose request could not be read, and writes the line of it. It is the connection's last answer: the caller ends it. */
export function refuseUnread(socket: Duplex, code: ErrorCode, client: Client, tls: string | undefined, log: Log): void {
  const reply = errorReply(code);
  socket.write(serialiseReply(reply, undefined, "", true));
  log.exchange(record(client, reply, tls));
}

function record(client: Client, reply: Reply, tls: string | undefined): ExchangeRecord {
  const unread = {
    id: "-",
    user: undefined,
    signIn: undefined,
    method: "-",
    host: "-",
    target: "-",
    received: 0,
    firstByte: 0,
    duration: 0,
  };
  return { ...unread, client: client.address, status: reply.status, sent: Buffer.byteLength(reply.body), tls, code: reply.code };
}
