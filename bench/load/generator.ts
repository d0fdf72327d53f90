/** The parent's end of a load generator. */
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { startProcess, stopProcess } from "../process.ts";
import type { Command, LoadPlan, LoadResult, Reply, Target } from "./plan.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

export class Generator {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 0;

  /** `core`: the one core that it may run on; default all. */
  constructor(core?: number) {
    this.#child = startProcess({
      command: process.execPath,
      args: [fileURLToPath(new URL("./main.ts", import.meta.url))],
      ipc: true,
      core,
    });
    this.#child.on("message", (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    this.#child.once("exit", () => {
      for (const [id, answer] of this.#waiting) answer({ id, ok: false, message: "the load generator's process ended" });
    });
  }

  /** Opens the connections of a load; the one before is closed. */
  async prepare(target: Target, plan: LoadPlan): Promise<void> {
    await this.#send({ name: "prepare", target, plan });
  }

  async run(milliseconds: number): Promise<LoadResult> {
    const result = await this.#send({ name: "run", milliseconds });
    if (!result) throw new Error("the load generator gave no result");
    return result;
  }

  async close(): Promise<void> {
    await this.#send({ name: "close" });
  }

  stop(): Promise<void> {
    return stopProcess(this.#child);
  }

  async #send(command: WithoutId<Command>): Promise<LoadResult | undefined> {
    const id = this.#next++;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, ...command }, (error) => error && resolve({ id, ok: false, message: error.message }));
    });
    if (!reply.ok) throw new Error(reply.message);
    return reply.result;
  }
}
