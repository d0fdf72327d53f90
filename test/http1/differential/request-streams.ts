import { chunkedBody, lineEnd, mutateOctets } from "./mutations.ts";
import type { Random } from "./random.ts";

/** A stream of one to three pipelined requests, most of them nearly valid. Latin1. */
export function requestStream(random: Random): string {
  let text = random.chance(0.04) ? random.pick(["\r\n", "\r\n\r\n", "\n", "\r", " ", "\0"]) : "";
  for (let count = 1 + random.below(3); count > 0; count--) text += request(random);
  // Half of all streams keep to the table's variants, the other half is damaged blindly as well.
  for (let count = random.pick([0, 0, 0, 1, 1, 2, 4]); count > 0; count--) text = mutateOctets(random, text);
  return text;
}

function request(random: Random): string {
  const strangeness = random.pick([0, 0.01, 0.03, 0.1]);
  const end = (): string => lineEnd(random, strangeness);
  const content = body(random);
  const isHandshake = random.chance(0.08);
  const framing = isHandshake ? "none" : random.pick(["none", "length", "chunked", "both"] as const);
  const lines = [
    `${random.mostly(["Host", "host", "HOST", "Host ", " Host", "H\xf6st", "Ho_st"], strangeness)}${colon(random, strangeness)}${host(random, strangeness)}`,
    ...Array.from({ length: random.below(4) }, () => field(random, strangeness)),
  ];
  if (framing === "length" || (framing === "both" && random.chance(0.2))) lines.push(contentLength(random, content.length, strangeness));
  if (framing === "chunked" || framing === "both") lines.push(transferEncoding(random, strangeness));
  if (isHandshake) lines.push(...handshake(random, strangeness));
  if (random.chance(0.05)) lines.push(lines[random.below(lines.length)] ?? "");
  shuffle(random, lines);

  let text = `${isHandshake ? "GET" : method(random, strangeness)}${space(random, strangeness)}${target(random, strangeness)}${space(random, strangeness)}${version(random, strangeness)}${end()}`;
  for (const line of lines) text += `${line}${end()}`;
  text += end();
  if (framing === "chunked" || framing === "both") return text + chunkedBody(random, content, strangeness);
  return framing === "length" ? text + content : text;
}

function method(random: Random, strangeness: number): string {
  const usual = random.pick(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"]);
  return random.mostly(
    [usual, "get", "PRI", "CONNECT", "TRACE", "M-SEARCH", "QUERY", "SOURCE", "G\0ET", "GET\t", "X", "POST:", "X".repeat(33), ""],
    strangeness,
  );
}

function target(random: Random, strangeness: number): string {
  const usual = random.pick([
    "/",
    "/chat?session=main",
    "/a/../b",
    "//double",
    "/%2e%2e/x",
    "/a?b=c&d=[e]|f",
    "/a\\b",
    "https://gateway.example/abs?x",
  ]);
  // oxfmt-ignore
  return random.mostly(
    [
      usual, "*", "", "/a b", "/a\tb", "/#f", "/\x80", "/\xff", "/\0", "/\x7f", '/"<>', "http://gateway.example/", "https://a.example", "https://a.example?q",
      "HTTPS://A.example/", "https://u@a.example/", "https://a.example:99999/", "https:///x", "https://a b/", "gateway.example:443", "javascript:x", "/a\rb",
      "https://a.example\\@b.example/", "a", "?q", "https://[::1]:8443/x", `/${"l".repeat(3_000)}`,
    ],
    strangeness,
  );
}

function version(random: Random, strangeness: number): string {
  // oxfmt-ignore
  return random.mostly(
    [
      "HTTP/1.1", "HTTP/1.0", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/1.10", "HTTP/11", "http/1.1", "HTTP/1.1 ", "HTTP /1.1", "HTTPS/1.1",
      "HTTP/01.1", "HTTP/1", "", "RTSP/1.0", "ICE/1.0", "HTTP/1,1", "HTTP/1.\x31\x00",
    ],
    strangeness,
  );
}

function space(random: Random, strangeness: number): string {
  return random.mostly([" ", "  ", "\t", "\v", "\f", "\0", "", " \t", "\xa0", "\r"], strangeness / 2);
}

function colon(random: Random, strangeness: number): string {
  return random.mostly([": ", ":", ":\t", ":  \t ", " : ", ":\r\n ", "", ": \v", ":\x85", ";", "\0: ", "\t: "], strangeness);
}

function host(random: Random, strangeness: number): string {
  // oxfmt-ignore
  return random.mostly(
    [
      "gateway.example", "gateway.example:443", "[::1]:8443", "", "a@b", "a b", "a/b", "a,b", "a#b", "a:b", "a:99999", "a:", "\xe9.example", "a\\b", "127.0.0.1:80",
      "a\tb", "[::1", "%41", "_a", "a?b", "a\0",
    ],
    strangeness,
  );
}

function field(random: Random, strangeness: number): string {
  // oxfmt-ignore
  const usual = random.pick([
    "Accept: */*", "Connection: close", "Connection: keep-alive", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "TE: trailers",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Cookie: a=b; __Host-openclaw-edge=x; c=d", "Authorization: Basic YTpi", "Expect: 100-continue",
    "X-Forwarded-For: 1.2.3.4", "x_forwarded_for: 1.2.3.4", "X-Forwarded-User: root", "X.Forwarded.User: root", "X-Empty:", "X-Tabs: \ta\tb\t ", "Trailer: X-Checksum",
    "X-Latin: caf\xe9", "Keep-Alive: timeout=5", "Max-Forwards: 3", "Upgrade: h2c", "Connection: keep-alive, X-Named", "X-Named: 1", "Via: 1.1 other",
  ]);
  // oxfmt-ignore
  return random.mostly(
    [
      usual, "Connection: close, close", "Connection: Close", "Connection: closed", "Connection:", "Connection: ,", "Connection: a b", 'Connection: "close"',
      "Connection: keep-alive, close", "Connection: close\v", "Connection: content-length", "Connection: transfer-encoding, host", "Proxy-Connection: close",
      "Expect: 200-ok", "Expect: 100-continue, 100-continue", "Expect:", "Expect: 100-Continue", "Upgrade: websocket, h2c", "X: a\0b", "X: a\x01b", "X: a\x7fb", "X: a\rb",
      "X: a\r\n b", "X : y", "X\t: y", " X: y", "X y: z", ": y", "X", "", "\xe9: y", "X(: y", "Content_Length: 5", "Content.Length: 5", "Transfer_Encoding: chunked",
      "X: \r\n\tContent-Length: 7", "Host: second.example", "X:\x0by", `X: ${"v".repeat(2_000)}`, "X: y\n", "X: y\nZ: w",
    ],
    strangeness,
  );
}

function handshake(random: Random, strangeness: number): string[] {
  const key = random.mostly(
    ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j", "", "!", "dGhlIHNhbXBsZSBub25jZQ== "],
    strangeness,
  );
  return [
    `Connection: ${random.mostly(["Upgrade", "keep-alive, Upgrade", "upgrade", "Upgrade, Sec-WebSocket-Key", "close"], strangeness)}`,
    `Upgrade: ${random.mostly(["websocket", "WebSocket", "websocket, h2c", "h2c", "websocket/13"], strangeness)}`,
    `Sec-WebSocket-Version: ${random.mostly(["13", "8", "", "13, 8"], strangeness)}`,
    `Sec-WebSocket-Key: ${key}`,
  ];
}

function contentLength(random: Random, length: number, strangeness: number): string {
  const name = random.mostly(
    ["Content-Length", "content-length", "CONTENT-LENGTH", "Content-Length ", " Content-Length", "Content-Length\0", "Content_Length"],
    strangeness,
  );
  // oxfmt-ignore
  const value = random.mostly(
    [
      `${length}`, `0${length}`, `+${length}`, `-${length}`, `${length},${length}`, `${length}, ${length + 1}`, `0x${length.toString(16)}`, `${length}.0`, `${length}e0`,
      `${length} ${length}`, `1_0`, "", `${length}\v`, `${length};`, `"${length}"`, "18446744073709551616", "18446744073709551615", "9007199254740993", "0",
      `${length}\r\nContent-Length: ${length}`, `${length}\r\nContent-Length: ${length + 3}`, `${length}\t`, `${"0".repeat(15)}${length}`, "\xb2",
    ],
    strangeness,
  );
  return `${name}${colon(random, strangeness)}${value}`;
}

function transferEncoding(random: Random, strangeness: number): string {
  const name = random.mostly(
    [
      "Transfer-Encoding",
      "transfer-encoding",
      "Transfer-Encoding ",
      " Transfer-Encoding",
      "Transfer_Encoding",
      "Transfer-Encoding\0",
      "Transfer\xadEncoding",
      "TE",
    ],
    strangeness,
  );
  // oxfmt-ignore
  const value = random.mostly(
    [
      "chunked", "Chunked", "CHUNKED", "chunked, chunked", "chunked, identity", "identity, chunked", "gzip, chunked", "chunked, gzip", "gzip", "identity", "xchunked",
      "chunkedx", "chunked;q=1", "chunked,", ",chunked", " chunked", "\tchunked", "\vchunked", "chunked\v", "chunked\f", "\xa0chunked", "chunked\0", '"chunked"', "'chunked'",
      "chunk", "", "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: identity", "identity\r\nTransfer-Encoding: chunked", "\r\n chunked",
      "cow\r\nTransfer-Encoding: chunked", "chunKed", "chun\\ked", "chunked \t", "\rchunked",
    ],
    strangeness,
  );
  return `${name}${colon(random, strangeness)}${value}`;
}

function body(random: Random): string {
  const length = random.pick([0, 1, 5, 17, 40]);
  if (length === 40) return "GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n";
  return Array.from({ length }, () => random.pick(["a", "0", "\r", "\n", "\xff", "Z"])).join("");
}

function shuffle(random: Random, lines: string[]): void {
  for (let index = lines.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    const line = lines[index] as string;
    lines[index] = lines[other] as string;
    lines[other] = line;
  }
}
