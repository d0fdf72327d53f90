/** The child process of an errand: told over IPC what to do, and out. It ends when the edge does. */
import type { Challenge } from "../acme/contract.ts";
import type { FromErrand, ToErrand } from "./errand.ts";
import { lookAround } from "./look-around.ts";
import { post } from "./post.ts";

process.title = "openclaw-edge errand";
const presented = Promise.withResolvers<void>();

process.on("disconnect", () => process.exit(1));
process.on("message", (message: ToErrand) => {
  switch (message.kind) {
    case "presented":
      return presented.resolve();
    case "preflight":
      return void lookAround(message, present).then((findings) => end({ kind: "findings", findings }), fail);
    case "notify":
      return void post(message).then(end, fail);
    default:
      message satisfies never;
  }
});

function present(challenge: Challenge): Promise<void> {
  process.send?.({ kind: "present", challenge } satisfies FromErrand);
  return presented.promise;
}

const end = (result: FromErrand): void => void process.send?.(result, () => process.exit(0));

const fail = (): void => process.exit(1);
