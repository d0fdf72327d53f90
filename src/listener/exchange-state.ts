import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";

import type { Exemption } from "../auth/exemption.ts";
import type { User } from "../auth/user.ts";
import type { ErrorCode } from "../errors.ts";
import type { Client, ConnectionMemo, Exchange, RequestHead } from "../exchange.ts";
import { detached } from "../http1/detached.ts";
import { Fields } from "../http1/fields.ts";
import type { ExchangeRecord } from "../log/log.ts";
import type { Route } from "../routes/route.ts";

const LETTERS = 36;
/** Tells this process's exchanges from another's in the same log. With it an id is short enough to be kept in one piece by the runtime. */
const BOOT = randomInt(LETTERS ** 6)
  .toString(LETTERS)
  .padStart(6, "0");
let count = 0;
const NO_FIELDS = new Fields();

/** An exchange from its head to its line in the log. */
export class ExchangeState implements Exchange {
  readonly #number = ++count;
  readonly #startedAt = performance.now();
  readonly client: Client;
  head: RequestHead;
  readonly memo: ConnectionMemo;
  #controller: AbortController | undefined;
  #aborted = false;
  #firstByteAt: number | undefined;
  user: User | undefined;
  exemption: Exemption | undefined;
  route: Route | undefined;
  status = 0;
  received = 0;
  sent = 0;
  code: ErrorCode | undefined;

  constructor(client: Client, head: RequestHead, memo: ConnectionMemo) {
    this.client = client;
    this.head = head;
    this.memo = memo;
  }

  get id(): string {
    return `${BOOT}-${this.#number.toString(LETTERS)}`;
  }

  /** Made when somebody asks for it: most exchanges need none. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** Keeps of the head what the log's line needs, and lets the rest go: a tunnel may last for days, and there may be thousands. */
  forgetFields(): void {
    const { method, authority, target } = this.head;
    this.head = { ...this.head, method: detached(method), authority: detached(authority), target: detached(target), fields: NO_FIELDS };
  }

  answered(status: number): void {
    this.status = status;
    this.#firstByteAt = performance.now();
  }

  record(tls: string | undefined): ExchangeRecord {
    return {
      id: this.id,
      client: this.client.address,
      user: this.user?.name,
      exemption: this.exemption?.name,
      signIn: this.user?.method,
      method: this.head.method,
      host: this.head.authority,
      target: this.head.target,
      status: this.status,
      received: this.received,
      sent: this.sent,
      firstByte: this.#firstByteAt === undefined ? undefined : this.#firstByteAt - this.#startedAt,
      duration: performance.now() - this.#startedAt,
      tls,
      code: this.code,
    };
  }
}
