/** The field lines of a head, in order and in their sender's spelling (RFC 9110 §5.3); repeated lines stay repeated. */
export class Fields {
  /** Names as sent. */
  readonly names: string[] = [];
  /** The same names in lower case. */
  readonly keys: string[] = [];
  readonly values: string[] = [];

  get length(): number {
    return this.names.length;
  }

  push(name: string, key: string, value: string): void {
    this.names.push(name);
    this.keys.push(key);
    this.values.push(value);
  }

  /** The value of the first line with that name. `key` is in lower case. */
  first(key: string): string | undefined {
    const index = this.keys.indexOf(key);
    return index < 0 ? undefined : this.values[index];
  }

  /** How many lines have that name. `key` is in lower case. */
  count(key: string): number {
    let count = 0;
    for (const candidate of this.keys) if (candidate === key) count++;
    return count;
  }

  /** The values of all lines with that name. `key` is in lower case. */
  all(key: string): string[] {
    return this.values.filter((_, index) => this.keys[index] === key);
  }
}
