import { randomBytes } from "node:crypto";

import { Connection, openMany } from "./connection.ts";
import type { Load, LoadPlan, Target } from "./plan.ts";
import { Tally } from "./tally.ts";

/** Connections opening at a time: bounded, so that a backlog is never what is measured. */
const OPENING = 32;

/** WebSockets with one message in flight each. */
export async function openWebSockets(target: Target, plan: LoadPlan & { kind: "websockets" }): Promise<Load> {
  const payload = randomBytes(plan.size);
  // The key is zero: no proxy looks into a client's frames, and masking would cost only the generator. Sizes of 126 to 65,535 octets.
  const frame = Buffer.concat([Buffer.from([0x82, 0xfe, plan.size >> 8, plan.size & 0xff, 0, 0, 0, 0]), payload]);
  const echoed = Buffer.concat([Buffer.from([0x82, 0x7e, plan.size >> 8, plan.size & 0xff]), payload]);
  const connections = await openMany(plan.connections, OPENING, () => openWebSocket(target, plan.authorization));
  return {
    close: () => connections.forEach((connection) => connection.destroy()),
    async run(milliseconds) {
      const tally = new Tally();
      const deadline = performance.now() + milliseconds;
      await Promise.all(connections.map((connection) => loop(connection, deadline, tally)));
      return tally.result();
    },
  };

  function loop(connection: Connection, deadline: number, tally: Tally): Promise<void> {
    return new Promise((resolve, reject) => {
      let asked = 0;
      let received = 0;
      connection.onBroken = reject;
      connection.takeRaw((bytes) => {
        if (received + bytes.length > echoed.length || bytes.compare(echoed, received, received + bytes.length) !== 0) {
          return reject(new Error("a WebSocket message came back changed"));
        }
        received += bytes.length;
        if (received < echoed.length) return;
        tally.add(asked, plan.size);
        if (performance.now() < deadline) say();
        else resolve();
      });
      say();

      function say(): void {
        received = 0;
        asked = performance.now();
        connection.socket.write(frame);
      }
    });
  }
}

/** WebSockets that stay open and silent. A run fails when one of them has gone. */
export async function openIdleWebSockets(target: Target, plan: LoadPlan & { kind: "idle-websockets" }): Promise<Load> {
  let lost: Error | undefined;
  const connections = await openMany(plan.connections, OPENING, async () => {
    const connection = await openWebSocket(target, plan.authorization);
    connection.onBroken = (error) => (lost ??= error);
    return connection;
  });
  return {
    close: () => connections.forEach((connection) => connection.destroy()),
    async run() {
      if (lost) throw new Error(`an idle WebSocket did not stay open: ${lost.message}`);
      return new Tally().result();
    },
  };
}

async function openWebSocket(target: Target, authorization: string): Promise<Connection> {
  const connection = await Connection.open(target);
  const request = [
    "GET /socket HTTP/1.1",
    `Host: ${target.domain}:${target.port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    `Origin: https://${target.domain}:${target.port}`,
    `Authorization: ${authorization}`,
  ];
  return new Promise((resolve, reject) => {
    connection.onBroken = reject;
    connection.request(Buffer.from(`${request.join("\r\n")}\r\n\r\n`, "latin1"), ({ status }) => {
      if (status === 101) resolve(connection);
      else reject(new Error(`a WebSocket handshake was answered ${status}`));
    });
  });
}
