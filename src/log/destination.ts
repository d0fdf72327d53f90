import { write, writeSync } from "node:fs";

export interface Destination {
  /** Takes whole lines. Never throws and never waits. */
  write(lines: string): void;
  /** Writes out what is buffered, now; gives up on a reader that takes nothing. */
  flush(): void;
}

export interface DestinationOptions {
  /** Characters gathered before they are written. */
  readonly buffer: number;
  /** The line that says how many lines were dropped. */
  readonly dropped: (count: number) => string;
}

/** Milliseconds after which lines are written however few they are: the longest wait of somebody who follows the log. */
const LONGEST_WAIT = 500;
/** Characters kept for a reader that has stopped reading. What comes beyond them is dropped and counted. */
const MOST_PENDING = 16 * 1_048_576;
/** Characters after which lines that wait become octets: a text put together from thousands of lines takes five times its length. */
const BLOCK = 65_536;
/** Milliseconds between two attempts at a full pipe, and how many are made when the process wants to end. */
const RETRY = 10;
const LAST_RETRIES = 50;

const open = new Set<Destination>();
process.on("exit", () => {
  for (const destination of open) destination.flush();
});

/**
 * A buffered file descriptor for a log that must never stop the process. Our own because sonic-boom 4.2.1 (pino's)
 * repeats a synchronous flush for ever once the reader has gone (EPIPE): the process could neither serve nor exit.
 */
export function openDestination(descriptor: number, { buffer, dropped }: DestinationOptions): Destination {
  let gathered = "";
  /** Blocks that wait behind the one in flight, and their octets. */
  const waiting: Buffer[] = [];
  let pending = 0;
  let inFlight: Buffer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lost = 0;
  let broken = false;

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    if (inFlight !== undefined) return;
    if (waiting.length === 0 && gathered !== "") pack();
    const block = waiting.shift();
    if (block === undefined) return;
    pending -= block.length;
    proceed(block);
  }

  function pack(): void {
    const block = takeGathered();
    waiting.push(block);
    pending += block.length;
  }

  function takeGathered(): Buffer {
    const bytes = Buffer.from(lost === 0 ? gathered : gathered + dropped(lost));
    [gathered, lost] = ["", 0];
    return bytes;
  }

  function proceed(bytes: Buffer): void {
    inFlight = bytes;
    write(descriptor, bytes, (error, count) => {
      if (error !== null && error.code !== "EAGAIN") return abandon();
      const rest = bytes.subarray(error === null ? count : 0);
      if (rest.length === 0) {
        inFlight = undefined;
        if (waiting.length > 0 || gathered.length >= buffer) begin();
        else if (gathered !== "") arm();
      } else if (error === null) proceed(rest);
      else setTimeout(proceed, RETRY, rest).unref();
    });
  }

  /** Nobody reads any more, and there is no place left to say so. */
  function abandon(): void {
    [broken, gathered, inFlight] = [true, "", undefined];
    waiting.length = pending = 0;
    open.delete(destination);
  }

  const arm = (): void => {
    timer ??= setTimeout(begin, LONGEST_WAIT).unref();
  };

  const destination: Destination = {
    write(lines) {
      if (broken) return;
      if (pending + gathered.length + lines.length > MOST_PENDING) return void lost++;
      gathered += lines;
      if (inFlight !== undefined && gathered.length >= BLOCK) pack();
      else if (gathered.length >= buffer) begin();
      else arm();
    },
    flush() {
      if (broken || (gathered === "" && waiting.length === 0)) return;
      // A write that is under way runs in another thread: a moment is all it needs to be the first.
      if (inFlight !== undefined) sleep(RETRY);
      let bytes = Buffer.concat([...waiting.splice(0), takeGathered()]);
      pending = 0;
      for (let retries = 0; bytes.length > 0 && retries < LAST_RETRIES;) {
        try {
          bytes = bytes.subarray(writeSync(descriptor, bytes));
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return abandon();
          retries++;
          sleep(RETRY);
        }
      }
    },
  };
  open.add(destination);
  return destination;
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
