/** Visitors who come again and again with new connections, and look closely at what they are shown. */
import { connect, type ConnectionOptions } from "node:tls";

export interface Visits {
  /** Handshakes that were completed, with a certificate that the CA vouches for, for that name, valid at that moment. */
  good: number;
  readonly bad: string[];
  /** Fingerprints of the certificates, in the order in which they first appeared. */
  readonly certificates: string[];
  stop(): Promise<Visits>;
}

export interface VisitorOptions {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  readonly ca: string;
  readonly options?: ConnectionOptions;
  /** Visitors at a time. Default 4. */
  readonly visitors?: number;
  /** Milliseconds between two visits of one visitor. Default 0. */
  readonly pause?: number;
}

export function sendVisitors({ host, port, servername, ca, options = {}, visitors = 4, pause = 0 }: VisitorOptions): Visits {
  let going = true;
  const visits: Visits = {
    good: 0,
    bad: [],
    certificates: [],
    async stop() {
      going = false;
      await Promise.all(running);
      return visits;
    },
  };
  const visit = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ host, port, servername, ca, ALPNProtocols: ["http/1.1"], ...options });
      let answered = false;
      socket.once("secureConnect", () => {
        const certificate = socket.getPeerX509Certificate();
        if (certificate !== undefined && !visits.certificates.includes(certificate.fingerprint256))
          visits.certificates.push(certificate.fingerprint256);
        socket.write(`GET / HTTP/1.1\r\nHost: ${servername || host}\r\nConnection: close\r\n\r\n`);
      });
      socket.on("data", () => (answered = true));
      socket.on("error", (error) => visits.bad.push(error.message));
      socket.once("close", () => {
        if (answered) visits.good++;
        else if (visits.bad.length === 0) visits.bad.push("closed without an answer");
        resolve();
      });
    });
  const running = Array.from({ length: visitors }, async () => {
    while (going) {
      await visit();
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  });
  return visits;
}

/** Somebody who stays: one connection, and a request on it now and then. */
export function stay({ host, port, servername, ca }: VisitorOptions): { readonly answers: () => number; readonly leave: () => boolean } {
  const socket = connect({ host, port, servername, ca, ALPNProtocols: ["http/1.1"] });
  let answers = 0;
  let open = true;
  socket.on("data", (chunk: Buffer) => (answers += chunk.toString("latin1").split("HTTP/1.1 ").length - 1));
  socket.on("error", () => (open = false)).on("close", () => (open = false));
  const ask = (): boolean => open && socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\n\r\n`);
  const timer = setInterval(ask, 2_000);
  return {
    answers: () => answers,
    /** Whether the connection was still there. */
    leave() {
      const stayed = open;
      clearInterval(timer);
      socket.destroy();
      return stayed;
    },
  };
}
