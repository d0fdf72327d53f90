import type { Random } from "./random.ts";

/** Octets and short sequences on which parsers have disagreed. */
// oxfmt-ignore
const PIECES: readonly [string, ...string[]] = [
  "\r", "\n", "\r\n", "\r\r\n", "\n\r", "\r\n\r\n", "\r\n ", "\r\n\t", " ", "  ", "\t", "\v", "\f", "\0", "\x1f", "\x7f", "\x80", "\x85", "\xa0", "\xff",
  ":", ";", ",", "0", "1", "9", "a", "f", "x", "-", "+", "_", ".", "#", "?", "/", "\\", "@", "%", "%0d%0a", "[", "]", '"', "'", "=", "*", "chunked", "close",
  "HTTP/1.1", "0\r\n\r\n", "5\r\nhello\r\n", "GET / HTTP/1.1\r\nHost: evil\r\n\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "X: y\r\n",
];

/** Damages a text in one place, knowing nothing of its grammar. */
export function mutateOctets(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const length = 1 + random.below(random.pick([1, 1, 1, 4, 16]));
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(at);
    case 2:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(at + length);
    case 3:
      return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    case 4:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    default:
      return mutateCase(random, text, at, length);
  }
}

function mutateCase(random: Random, text: string, at: number, length: number): string {
  const part = text.slice(at, at + length);
  return text.slice(0, at) + (random.chance(0.5) ? part.toUpperCase() : part.toLowerCase()) + text.slice(at + length);
}

/** A chunked body of that content. With some strangeness, one of its parts is written in a way that a careless reader might accept. */
export function chunkedBody(random: Random, content: string, strangeness: number): string {
  let text = "";
  for (let position = 0; position < content.length;) {
    const size = Math.min(content.length - position, 1 + random.below(20));
    text += `${chunkSize(random, size, strangeness)}${extension(random, strangeness)}${lineEnd(random, strangeness)}`;
    text += `${content.slice(position, position + size)}${lineEnd(random, strangeness)}`;
    position += size;
  }
  const last = random.mostly(["0", "00", "0000000", "00000000", "0x0", "-0", "+0", "", "0 ", " 0"], strangeness);
  return `${text}${last}${extension(random, strangeness)}${lineEnd(random, strangeness)}${trailers(random, strangeness)}${lineEnd(random, strangeness)}`;
}

function chunkSize(random: Random, size: number, strangeness: number): string {
  const hex = size.toString(16);
  // oxfmt-ignore
  return random.mostly(
    [
      hex, hex.toUpperCase(), `0${hex}`, hex.padStart(7, "0"), hex.padStart(8, "0"), hex.padStart(17, "0"), `0x${hex}`, `+${hex}`, `-${hex}`, ` ${hex}`,
      `${hex} `, `${hex}\t`, `${hex}\v`, `${hex}_0`, `${hex},${hex}`, `${hex}h`, `1${hex.padStart(8, "0")}`, `1${hex.padStart(16, "0")}`, String(size),
    ],
    strangeness,
  );
}

function extension(random: Random, strangeness: number): string {
  // oxfmt-ignore
  return random.mostly(
    [
      "", "", ";", ";a", ";a=b", ';a="b"', ';a="b;c"', '; a = "x\\"y"', " ;a", ";a\n", ";a\r", ";\n", ";a=\r\n", ';a="\r\n', ";\x80", ";\0", `;${"e".repeat(300)}`,
      ";a=b;c=d", ";=", ";a b", ';a="b"c',
    ],
    strangeness,
  );
}

function trailers(random: Random, strangeness: number): string {
  // oxfmt-ignore
  return random.mostly(
    [
      "", "X-Checksum: abc\r\n", "A: b\r\nC: d\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Host: evil\r\n", "bad name: x\r\n", ": x\r\n",
      "A : b\r\n", " A: b\r\n", "A: b\r\n c\r\n", "A: b\n", "A: b\rc\r\n", "A: \0\r\n", "A\r\n", "GET /x HTTP/1.1\r\n",
    ],
    strangeness,
  );
}

export function lineEnd(random: Random, strangeness: number): string {
  return random.mostly(["\r\n", "\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n", "", "\r\n ", " \r\n", "\r\x0b\n"], strangeness / 3);
}
