/** Changes one user's line of a users file and nothing else: comments, order, line ends and odd lines stay as they are. Pure, in octets. */

export interface Changed {
  readonly content: Uint8Array;
  /** Lines of that user that were there before; more than one is a mistake that this mends. */
  readonly lines: number;
}

const [LF, CR, COLON] = [0x0a, 0x0d, 0x3a];
const BOM = Buffer.from("\uFEFF");
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/** Gives a user another hash, or adds the user behind the last line. Of a user's several lines the first stays. */
export function setHash(content: Uint8Array, name: string, hash: string): Changed {
  const parts: Uint8Array[] = [];
  let lines = 0;
  for (const line of linesOf(content)) {
    if (nameOn(line) !== name) parts.push(line);
    else if (++lines === 1) parts.push(withHash(line, hash));
  }
  if (lines === 0) {
    const end = lineEnd(content);
    if (content.length > 0 && content.at(-1) !== LF) parts.push(Buffer.from(end));
    parts.push(Buffer.from(`${name}:${hash}${end}`));
  }
  return { content: Buffer.concat(parts), lines };
}

/** Takes out every line of a user. */
export function withoutUser(content: Uint8Array, name: string): Changed {
  const all = [...linesOf(content)];
  const kept = all.filter((line) => nameOn(line) !== name);
  const bom = startsWithBom(content) && kept[0] !== all[0] ? [BOM] : [];
  return { content: Buffer.concat([...bom, ...kept]), lines: all.length - kept.length };
}

/** Every name that a line begins with, whether the edge could use the line or not. */
export function namesIn(content: Uint8Array): ReadonlySet<string> {
  const names = [...linesOf(content)].map(nameOn).filter((name) => name !== undefined);
  return new Set(names);
}

/** Each line with its end. */
function* linesOf(content: Uint8Array): Generator<Uint8Array, void> {
  for (let start = 0; start < content.length;) {
    const found = content.indexOf(LF, start);
    const end = found === -1 ? content.length : found + 1;
    yield content.subarray(start, end);
    start = end;
  }
}

/** The name on a line as the edge reads it (`htpasswdSteps`); undefined for comments and whatever else is no user's line. */
function nameOn(line: Uint8Array): string | undefined {
  const text = Buffer.from(line)
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .trim();
  const colon = text.indexOf(":");
  return text.startsWith("#") || colon === -1 ? undefined : text.slice(0, colon);
}

function withHash(line: Uint8Array, hash: string): Uint8Array {
  const start = line.indexOf(COLON) + 1;
  const second = line.indexOf(COLON, start);
  const old = Buffer.from(line.subarray(start, second === -1 ? undefined : second))
    .toString("latin1")
    .trim();
  // Behind a bcrypt hash a second colon begins a comment. Behind anything else it may be the rest of a password in plain text.
  const comment = second !== -1 && BCRYPT.test(old);
  const rest = comment ? line.subarray(second) : Buffer.from(endOf(line));
  return Buffer.concat([line.subarray(0, start), Buffer.from(hash), rest]);
}

/** What the file's lines end in, by its first line. */
function lineEnd(content: Uint8Array): string {
  const first = content.indexOf(LF);
  return first > 0 && content[first - 1] === CR ? "\r\n" : "\n";
}

function endOf(line: Uint8Array): string {
  if (line.at(-1) !== LF) return "";
  return line.at(-2) === CR ? "\r\n" : "\n";
}

const startsWithBom = (content: Uint8Array): boolean => BOM.equals(content.subarray(0, BOM.length));
