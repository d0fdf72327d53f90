import type { Log } from "./log.ts";

export interface Counted {
  count(client: { readonly prefix: string }): void;
  close(): void;
}

/** Tells once a minute how many clients met with something: a line for each would be a second flood. */
export function oncePerMinute(log: Log, message: string): Counted {
  let count = 0;
  let last = "";
  const timer = setInterval(() => {
    if (count > 0) log.warn(message, { connections: count, lastClient: last });
    count = 0;
  }, 60_000);
  timer.unref();
  return {
    count: ({ prefix }) => {
      count++;
      last = prefix;
    },
    close: () => clearInterval(timer),
  };
}
