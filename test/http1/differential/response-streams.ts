import { chunkedBody, lineEnd, mutateOctets } from "./mutations.ts";
import type { Random } from "./random.ts";

/** What an upstream might answer: perhaps interim answers, then a final one, most of them nearly valid. Latin1. */
export function responseStream(random: Random): string {
  let text = "";
  while (random.chance(0.1))
    text += response(
      random,
      random.pick(["100 Continue", "103 Early Hints", "102 Processing", "199 x"]),
      random.pick(["none", "none", "none", "length"]),
    );
  text += response(
    random,
    random.pick(["200 OK", "204 No Content", "304 Not Modified", "404 Not Found", "500 Oops", "200 OK", "200 OK", "101 Switching"]),
    undefined,
  );
  if (random.chance(0.1)) text += response(random, "200 OK", "length");
  for (let count = random.pick([0, 0, 0, 1, 1, 2, 4]); count > 0; count--) text = mutateOctets(random, text);
  return text;
}

type Kind = "none" | "length" | "chunked" | "both" | "close";

function response(random: Random, usualStatus: string, usualKind: Kind | undefined): string {
  const strangeness = random.pick([0, 0.01, 0.03, 0.1]);
  const end = (): string => lineEnd(random, strangeness);
  const kind = usualKind ?? random.pick(["none", "length", "chunked", "both", "close"] as const);
  const content = kind === "none" ? "" : random.pick(["", "a", "hello\r\nworld", "0\r\n\r\n", "\xff".repeat(30)]);
  const lines = Array.from({ length: random.below(4) }, () => field(random, strangeness));
  if (kind === "length" || (kind === "both" && random.chance(0.3)))
    lines.push(`Content-Length: ${length(random, content.length, strangeness)}`);
  if (kind === "chunked" || kind === "both") lines.push(`Transfer-Encoding: ${coding(random, strangeness)}`);
  let text = `${version(random, strangeness)}${random.mostly([" ", "  ", "\t", ""], strangeness)}${status(random, usualStatus, strangeness)}${end()}`;
  for (const line of lines) text += `${line}${end()}`;
  text += end();
  return text + (kind === "chunked" || kind === "both" ? chunkedBody(random, content, strangeness) : content);
}

function version(random: Random, strangeness: number): string {
  return random.mostly(
    ["HTTP/1.1", "HTTP/1.0", "HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/11", "ICY", "HTTP/1.1\t", "RTSP/1.0", "HTTP/0.9"],
    strangeness,
  );
}

function status(random: Random, usual: string, strangeness: number): string {
  // oxfmt-ignore
  return random.mostly(
    [
      usual, "200", "200 ", "200  two", "200 caf\xe9", "200 a\tb", "200\tOK", "20", "2000", "99 x", "600 x", "099 x", "-200 x", "2x0 x", "+20 x", "200 a\0b", "200 a\rb",
      "200OK", "999 x", "205 Reset", "304", "100", "101", "299 OK\x7f",
    ],
    strangeness,
  );
}

function field(random: Random, strangeness: number): string {
  // oxfmt-ignore
  const usual = random.pick([
    "Content-Type: text/plain", "Set-Cookie: a=b", "Set-Cookie: c=d", "Connection: close", "Connection: keep-alive", "Keep-Alive: timeout=5", "Upgrade: h2c",
    "Connection: Upgrade", "Upgrade: websocket", "Trailer: X", "X-Empty:", "Date: Thu, 01 Jan 2026 00:00:00 GMT", "X-Latin: caf\xe9", "Set-Cookie: __Host-openclaw-edge=x",
  ]);
  // oxfmt-ignore
  return random.mostly(
    [
      usual, "X : y", " X: y", "X: a\r\n b", "X: a\0b", "X: a\rb", "X: a\nb", "X", ": y", "", "X\xe9: y", "Connection: close, close", "Connection: a b", "Connection:",
      "Proxy-Connection: close", "Content_Length: 3", "Transfer_Encoding: chunked", "X:\x0bz", "Connection: keep-alive, close",
    ],
    strangeness,
  );
}

function length(random: Random, octets: number, strangeness: number): string {
  // oxfmt-ignore
  return random.mostly(
    [
      `${octets}`, `${octets + 1}`, `0${octets}`, `+${octets}`, `-${octets}`, `${octets}, ${octets}`, `${octets}\r\nContent-Length: ${octets}`, "", "0x5", "18446744073709551616",
      `${octets} `, `${octets}\v`, `${octets}a`, "0",
    ],
    strangeness,
  );
}

function coding(random: Random, strangeness: number): string {
  return random.mostly(
    [
      "chunked",
      "Chunked",
      "gzip, chunked",
      "chunked, chunked",
      "chunked, gzip",
      "gzip",
      "identity",
      "xchunked",
      "",
      "chunked\r\nTransfer-Encoding: chunked",
      "chunked\v",
    ],
    strangeness,
  );
}
