/** The load generator: a process of its own, so that its work is on nobody's bill. Holds one load at a time. */
import { openFlood } from "./flood.ts";
import { openHandshakes } from "./handshakes.ts";
import type { Command, Load, LoadPlan, LoadResult, Reply, Target } from "./plan.ts";
import { openRequests } from "./requests.ts";
import { openSignIn } from "./sign-in.ts";
import { openIdleWebSockets, openWebSockets } from "./websockets.ts";

let load: Load | undefined;

process.on("message", (command: Command) => {
  obey(command).then(
    (result) => reply({ id: command.id, ok: true, ...(result && { result }) }),
    (error: unknown) => reply({ id: command.id, ok: false, message: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit());

async function obey(command: Command): Promise<LoadResult | undefined> {
  switch (command.name) {
    case "prepare":
      load?.close();
      load = undefined;
      load = await open(command.target, command.plan);
      return undefined;
    case "run":
      if (!load) throw new Error("no load was prepared");
      return load.run(command.milliseconds);
    case "close":
      load?.close();
      load = undefined;
      return undefined;
  }
}

function open(target: Target, plan: LoadPlan): Promise<Load> | Load {
  switch (plan.kind) {
    case "requests":
      return openRequests(target, plan);
    case "handshakes":
      return openHandshakes(target, plan);
    case "websockets":
      return openWebSockets(target, plan);
    case "idle-websockets":
      return openIdleWebSockets(target, plan);
    case "flood":
      return openFlood(target, plan);
    case "sign-in":
      return openSignIn(target, plan);
  }
}

function reply(message: Reply): void {
  process.send?.(message);
}
