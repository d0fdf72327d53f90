/** A program of the system's that was run and failed. What came before it stays done; the whole can be run again. */
export class CommandFailed extends Error {
  readonly command: readonly string[];
  /** What it said. */
  readonly said: string;

  constructor(command: readonly string[], said: string) {
    super(`${command.join(" ")} failed: ${said}`);
    this.name = "CommandFailed";
    this.command = command;
    this.said = said;
  }
}
