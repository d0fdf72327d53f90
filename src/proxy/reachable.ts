import net from "node:net";

import type { UpstreamTarget } from "../config/edge-config.ts";
import { endpointOf } from "./endpoint.ts";

/**
 * Whether somebody listens there at this moment.
 *
 * @param time milliseconds to connect in
 */
export function isReachable(target: UpstreamTarget, time: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(endpointOf(target));
    socket.setTimeout(time, () => socket.destroy());
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(false));
  });
}
