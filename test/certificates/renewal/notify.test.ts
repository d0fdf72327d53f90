import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { createNotifier, type OperatorMessage } from "../../../src/certificates/renewal/notify.ts";
import { eventually } from "../../support/eventually.ts";
import { recordingLog } from "../../support/recording-log.ts";

const LATE: OperatorMessage = {
  event: "certificate_late",
  name: "ai.example.com",
  expires: "2027-01-03T10:00:00.000Z",
  code: "connection",
};

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** Somebody who is notified. */
async function receiver(answer: (response: ServerResponse, count: number) => void = (response) => response.end()) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      received.push({ method: request.method, path: request.url, headers: request.headers, body: JSON.parse(text) });
      answer(response, received.length);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/wake` };
}

function notifier(url: string, token?: string, waits = [10, 10, 10]) {
  const log = recordingLog();
  const closing = new AbortController();
  onTestFinished(() => closing.abort());
  return { log, closing, tell: createNotifier({ url, token }, log, closing.signal, waits) };
}

describe("a notification", () => {
  it("is a POST of JSON: fixed codes, our own name, and a sentence that the Gateway's hook takes", async () => {
    const { received, url } = await receiver();
    notifier(url, "s3cret").tell(LATE);
    await eventually(() => received.length === 1);
    expect(received[0]).toMatchObject({
      method: "POST",
      path: "/hooks/wake",
      headers: { "content-type": "application/json", authorization: "Bearer s3cret" },
      body: {
        source: "openclaw-edge",
        event: "certificate_late",
        name: "ai.example.com",
        expires: "2027-01-03T10:00:00.000Z",
        code: "connection",
        mode: "now",
        text: "openclaw-edge could not renew the certificate of ai.example.com (connection). It expires on 2027-01-03. On its machine: openclaw-edge certs list",
      },
    });
    expect(Object.keys(received[0]!.body as object).toSorted()).toEqual(["code", "event", "expires", "mode", "name", "source", "text"]);
  });

  it("that is not taken is sent again, a few times, and then the log has the last word", async () => {
    const { received, url } = await receiver((response, count) => response.writeHead(count < 2 ? 503 : 200).end());
    const { tell, log } = notifier(url);
    tell(LATE);
    await eventually(() => received.length === 2);
    expect(log.said("error")).toBe("");

    const never = await receiver((response) => response.writeHead(500).end("text of a stranger"));
    const other = notifier(never.url, undefined, [10]);
    other.tell(LATE);
    await eventually(() => other.log.said("error") !== "", 15_000);
    expect(never.received).toHaveLength(2);
    expect(JSON.stringify(other.log.entries)).not.toContain("stranger");
    expect(JSON.stringify(other.log.entries)).not.toContain("/hooks/wake");
  });

  it("follows no redirect: the token must not travel on", async () => {
    const elsewhere = await receiver();
    const { received, url } = await receiver((response) => response.writeHead(307, { location: elsewhere.url }).end());
    const { tell, log } = notifier(url, "s3cret", []);
    tell(LATE);
    await eventually(() => log.said("error") !== "");
    expect(received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
  });

  it("goes nowhere without a target, and waits for nobody when the edge stops", async () => {
    createNotifier(undefined, recordingLog(), new AbortController().signal)(LATE);
    const { received, url } = await receiver(() => {}); // never answers
    const { tell, closing, log } = notifier(url);
    tell(LATE);
    await eventually(() => received.length === 1);
    closing.abort();
    expect(log.said("error")).toBe("");
  });

  it("of which too many wait is dropped, and said", async () => {
    const { url } = await receiver(() => {});
    const { tell, log } = notifier(url);
    for (let n = 0; n < 20; n++) tell(LATE);
    expect(log.entries.filter(({ message }) => message.includes("dropped"))).toHaveLength(4);
  });
});
