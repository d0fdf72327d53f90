import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A model provider of our own: it speaks as OpenAI's completions API does, and says what the test tells it, when the test tells it. */
export interface Provider {
  /** For `models.providers.mock.baseUrl`. */
  readonly baseUrl: string;
  /** The next run whose prompt contains `marker`; runs nobody waits for are answered "ok" at once. */
  expect(marker: string): Promise<Completion>;
  close(): Promise<void>;
}

/** One run of the model, held by the test. */
export interface Completion {
  /** What the Gateway sent, as JSON text. */
  readonly request: string;
  /** Sends one event with this piece of the answer, now. */
  say(text: string): void;
  /** Ends the answer properly. */
  end(): void;
  /** Resolves when the Gateway has gone before the end: the abort reached the model. */
  readonly aborted: Promise<void>;
}

export async function startProvider(): Promise<Provider> {
  const waiting = new Map<string, (completion: Completion) => void>();
  const server = createServer((request, response) => {
    if (request.method !== "POST" || !request.url?.endsWith("/chat/completions")) {
      response.writeHead(404).end();
      return;
    }
    void readText(request).then(
      (text) => {
        const completion = hold(text, response);
        const marker = [...waiting.keys()].find((each) => text.includes(each));
        const take = marker === undefined ? undefined : waiting.get(marker);
        if (marker !== undefined && take !== undefined) {
          waiting.delete(marker);
          take(completion);
        } else {
          completion.say("ok");
          completion.end();
        }
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    expect: (marker) => new Promise((resolve) => void waiting.set(marker, resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hold(request: string, response: ServerResponse): Completion {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (delta: object, finish: string | null): void => {
    const chunk = {
      id: "run",
      object: "chat.completion.chunk",
      created: 1,
      model: "mock-1",
      choices: [{ index: 0, delta, finish_reason: finish }],
    };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  send({ role: "assistant", content: "" }, null);
  return {
    request,
    say: (text) => send({ content: text }, null),
    end: () => {
      send({}, "stop");
      response.end("data: [DONE]\n\n");
    },
    aborted: new Promise((resolve) => response.once("close", () => void (response.writableFinished || resolve()))),
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
