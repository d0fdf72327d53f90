import type { Framing, Verdict } from "../exchange.ts";
import { BodyReader } from "../http1/body-reader.ts";

/** Octets of the room that a body begins with; a form with a name and a password fits. */
const FIRST_ROOM = 512;

/** That the edge answers a request itself, once it has read the body. */
export type ReadVerdict = Extract<Verdict, { readonly kind: "read" }>;

/** The body of a request that the edge itself answers (a form), taken whole into memory up to a bound. */
export class OwnBody {
  readonly #reader: BodyReader;
  readonly #limit: number;
  readonly #answer: ReadVerdict["answer"];
  /** One piece of memory, whatever the pieces are in which the body comes: an octet kept by itself takes 300. */
  #room = Buffer.alloc(0);
  /** Octets so far, without framing. */
  received = 0;

  constructor(framing: Framing, { limit, answer }: Pick<ReadVerdict, "limit" | "answer">) {
    this.#reader = new BodyReader(framing);
    this.#limit = limit;
    this.#answer = answer;
  }

  get complete(): boolean {
    return this.#reader.complete;
  }

  get tooLarge(): boolean {
    const { framing } = this.#reader;
    return this.received > this.#limit || (framing.kind === "length" && framing.length > this.#limit);
  }

  /** @returns the offset behind the body when it ends here, `bytes.length` when it goes on, -1 when it is malformed */
  take(bytes: Buffer): number {
    return this.#reader.read(bytes, 0, bytes.length, (source, start, end) => {
      const at = this.received;
      this.received += end - start;
      if (this.tooLarge) return;
      this.#makeRoom();
      this.#room.set(source.subarray(start, end), at);
    });
  }

  /** What is decided once all of it has been read. */
  verdict(): Verdict | Promise<Verdict> {
    return this.#answer(this.#room.subarray(0, this.received));
  }

  /** Twice as much each time, and never more than the bound: what is announced and does not come takes nothing. */
  #makeRoom(): void {
    if (this.received <= this.#room.length) return;
    const room = Buffer.alloc(Math.min(this.#limit, Math.max(FIRST_ROOM, this.received, 2 * this.#room.length)));
    room.set(this.#room);
    this.#room = room;
  }
}
