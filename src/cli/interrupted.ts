/** Somebody pressed Ctrl+C, or ended the input, at a question. Nothing has been done. */
export class Interrupted extends Error {
  constructor() {
    super("Interrupted.");
    this.name = "Interrupted";
  }
}
