const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Text as octets, written one by one into memory that is used again. A line of the log is made for every request: put together from
 * thirty strings it costs twice as much, and leaves as many behind for the garbage collector.
 *
 * What does not fit is left out; whoever writes makes the memory larger than its longest line.
 */
export class LineWriter {
  readonly bytes: Buffer;
  length = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Text of our own: printable ASCII. */
  raw(text: string): this {
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.length = at;
    return this;
  }

  /**
   * A string that somebody else chose, as a JSON string. Everything outside printable ASCII is escaped, so that neither a log's reader
   * nor a terminal takes it for an instruction (log injection, escape sequences, bidirectional overrides).
   */
  quoted(text: string): this {
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x20 && unit <= 0x7e && unit !== QUOTE && unit !== BACKSLASH) bytes[at++] = unit;
      else {
        this.length = at;
        // A UTF-16 unit is just what a JSON escape holds.
        at = this.raw(unit === QUOTE ? '\\"' : unit === BACKSLASH ? "\\\\" : `\\u${unit.toString(16).padStart(4, "0")}`).length;
      }
    }
    bytes[at++] = QUOTE;
    this.length = at;
    return this;
  }

  /** A number as `String` writes it. */
  number(value: number): this {
    return this.raw(String(value));
  }
}
