/** Loaded into the edge's process by `--import`: its wall clock can be set. Date is the only one there is in JavaScript. */
const System = Date;
let by = 0;

class SetDate extends System {
  constructor(...parts: readonly unknown[]) {
    super(...((parts.length === 0 ? [System.now() + by] : parts) as [number]));
  }

  static override now(): number {
    return System.now() + by;
  }
}

// From the start: some take Date.now along.
globalThis.Date = SetDate as DateConstructor;

process.on("message", (message: unknown) => {
  if (typeof message === "object" && message !== null && "clock" in message) by = Number(message.clock);
});
process.channel?.unref();
