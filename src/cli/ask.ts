/** Questions to a person at a terminal. */
import { StringDecoder } from "node:string_decoder";
import type { ReadStream, WriteStream } from "node:tty";

import { Interrupted } from "./interrupted.ts";
import { wrap } from "./terminal.ts";

export interface Terminal {
  /** Asks for a line. @throws Interrupted on Ctrl+C, and on Ctrl+D where nothing was typed */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string>;
  /** Prints lines, wrapped. */
  say(text: string): void;
}

/** The terminal that this process runs on; undefined where there is nobody to ask: its input is no terminal, or what it says goes elsewhere. */
export function terminal(): Terminal | undefined {
  const { stdin, stderr, stdout } = process;
  // Questions go to standard error: standard output may be a pipe that takes the answer to something else.
  const output = stderr.isTTY ? stderr : stdout;
  return stdin.isTTY && output.isTTY ? new RawTerminal(stdin, output) : undefined;
}

/** Characters of a line; the rest of what is typed is not taken. */
const LONGEST = 4_096;
const [ENTER, CTRL_C, CTRL_D, CTRL_U, CTRL_W, ESCAPE] = [/[\r\n]/, "\u0003", "\u0004", "\u0015", "\u0017", "\u001b"];
const ERASE = /[\b\u007f]/;

/** Within what a key sends that is no character: `ESC [ A`, `ESC O P`, `ESC x` for Alt and x. */
type Escape = "begun" | "going on" | undefined;

function following(escape: Escape, key: string): Escape {
  if (escape === "begun") return key === "[" || key === "O" ? "going on" : undefined;
  return /[A-Za-z~]/.test(key) ? undefined : "going on";
}

/** Reads keys itself while a question is open: the terminal then shows nothing that we don't. */
class RawTerminal implements Terminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  /** What was typed or pasted ahead of the next question. */
  #ahead: string[] = [];

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  say(text: string): void {
    this.#output.write(`${wrap(text, "").join("\n")}\n`);
  }

  async ask(question: string, { hidden = false }: { readonly hidden?: boolean } = {}): Promise<string> {
    // First: what is typed at the question must not be shown by the terminal.
    this.#input.setRawMode(true);
    this.#output.write(question);
    try {
      return await this.#line(hidden);
    } finally {
      this.#input.setRawMode(false);
      this.#input.pause();
      this.#output.write("\n");
    }
  }

  #line(hidden: boolean): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const decoder = new StringDecoder("utf8");
    const typed: string[] = [];
    let escape: Escape;
    const erase = (count: number): void => {
      typed.length -= count;
      if (!hidden) this.#output.write("\b \b".repeat(count));
    };
    const take = (): void => {
      for (let key = this.#ahead.shift(); key !== undefined; key = this.#ahead.shift()) {
        const isPart = escape !== undefined && key >= " ";
        escape = isPart ? following(escape, key) : key === ESCAPE ? "begun" : undefined;
        if (isPart || escape !== undefined) continue;
        if (ENTER.test(key)) return resolve(typed.join(""));
        else if (key === CTRL_C || (key === CTRL_D && typed.length === 0)) return reject(new Interrupted());
        else if (ERASE.test(key)) erase(Math.min(1, typed.length));
        else if (key === CTRL_U || key === CTRL_W) erase(typed.length);
        else if (key >= " " && typed.length < LONGEST) {
          typed.push(key);
          if (!hidden) this.#output.write(key);
        }
      }
    };
    const read = (octets: Buffer): void => {
      // A terminal that sends both for Enter, and text pasted from elsewhere.
      this.#ahead.push(...decoder.write(octets).replaceAll("\r\n", "\n"));
      take();
    };
    const end = (): void => reject(new Interrupted());
    this.#input.on("data", read).on("end", end).resume();
    take();
    return promise.finally(() => this.#input.off("data", read).off("end", end));
  }
}
