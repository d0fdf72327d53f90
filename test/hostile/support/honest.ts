/**
 * Somebody honest, in a thread of his own, while others attack: asks again and again, on one connection and now and then on a new one,
 * and notes how long each answer took. He asks what the edge answers itself after sign-in (RFC 9110 §7.6.2), so that the figure is the edge's alone.
 */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { parentPort, workerData, Worker } from "node:worker_threads";

export interface Experience {
  /** Milliseconds, one for each answer. */
  readonly latencies: readonly number[];
  /** What went wrong: no answer, or another than the right one. */
  readonly failures: readonly string[];
}

interface Where {
  readonly port: number;
  readonly ca: string;
  readonly authorization: string;
  readonly localAddress: string;
}

/** Lets somebody honest ask until `stop` is called. Resolves when he is signed in. */
export async function honestClient(where: Where): Promise<{ stop(): Promise<Experience> }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: where });
  await once(worker, "message");
  return {
    async stop() {
      const experience = Promise.withResolvers<Experience>();
      worker.once("message", experience.resolve);
      worker.once("error", experience.reject);
      worker.postMessage("stop");
      const result = await experience.promise;
      await worker.terminate();
      return result;
    },
  };
}

/** Milliseconds between an answer and the next question. */
const INTERVAL = 20;
/** A new connection for every such question. */
const NEW_CONNECTION = 10;
const PATIENCE = 15_000;

async function askAgainAndAgain({ port, ca, authorization, localAddress }: Where): Promise<void> {
  const latencies: number[] = [];
  const failures: string[] = [];
  let stopped = false;
  parentPort?.once("message", () => (stopped = true));
  const question = `OPTIONS /honest HTTP/1.1\r\nHost: ai.example.com\r\nAuthorization: ${authorization}\r\nMax-Forwards: 0\r\n\r\n`;
  let socket: TLSSocket | undefined;
  for (let count = 0; !stopped; count++) {
    if (count % NEW_CONNECTION === 0) socket = void socket?.destroy();
    const start = performance.now();
    try {
      socket ??= await open({ port, ca, localAddress });
      await ask(socket, question);
      latencies.push(performance.now() - start);
      if (latencies.length === 1) parentPort?.postMessage("signed in");
    } catch (error) {
      failures.push(String(error));
      socket = void socket?.destroy();
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
  socket?.destroy();
  parentPort?.postMessage({ latencies, failures } satisfies Experience);
}

function open({ port, ca, localAddress }: Omit<Where, "authorization">): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca, servername: "ai.example.com", localAddress } as object, () => resolve(socket));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed before the handshake was done")));
  });
}

function ask(socket: TLSSocket, question: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE} ms`)), PATIENCE);
    const onClose = (): void => reject(new Error("closed without an answer"));
    socket.once("close", onClose);
    socket.once("data", (bytes: Buffer) => {
      clearTimeout(timer);
      socket.off("close", onClose);
      const line = bytes.toString("latin1", 0, 12);
      if (line === "HTTP/1.1 204") resolve();
      else reject(new Error(`answered ${line}`));
    });
    socket.write(question);
  });
}

if (workerData !== null && typeof workerData === "object" && "authorization" in workerData) void askAgainAndAgain(workerData as Where);
