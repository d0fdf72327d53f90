/** Milliseconds between two looks at the clock. One hour: it may be set, and a machine may sleep; timers of over 24.8 days overflow. */
const TICK = 3_600_000;

/**
 * Calls back once, at a moment on the wall clock, however far away it is and however the clock is set meanwhile; soon, where it has passed.
 * Holds no process alive.
 *
 * @param moment milliseconds since the epoch; Infinity: never. Asked at every look: what was put off by a wrong clock is put off no more
 */
export function wakeAt(moment: () => number, wake: () => void, tick = TICK): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const left = moment() - Date.now();
    if (left <= 0) wake();
    else timer = setTimeout(look, Math.min(left, tick)).unref();
  };
  timer = setTimeout(look, Math.min(Math.max(0, moment() - Date.now()), tick)).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
