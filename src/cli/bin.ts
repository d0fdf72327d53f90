#!/usr/bin/env node
// Runs on any Node that knows modules: no import that is resolved before the check, and no syntax newer than the
// oldest Node that people have, or the version check would never get to speak.

// Node would open a debugger's port, by which every account of the machine could run code in here. nginx's way to reopen its log is this
// very signal.
process.on("SIGUSR1", function () {});

const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];

if ((major === 24 && minor >= 16) || (major === 26 && minor >= 1) || major > 26) {
  import("./main.ts")
    .then((module) => module.main(process.argv.slice(2)))
    .then(
      // What a slow reader of a pipe has not taken yet would be lost.
      (code) => process.stdout.write("", () => process.stderr.write("", () => process.exit(code))),
      (error) => {
        process.stderr.write(
          "openclaw-edge stopped on a failure of its own:\n" + (error instanceof Error ? error.stack : String(error)) + "\n",
        );
        process.exit(1);
      },
    );
} else {
  process.stderr.write(
    "openclaw-edge needs Node 24.16 or newer in version 24, or 26.1 and up; this is " +
      process.versions.node +
      " (" +
      process.execPath +
      ").\n",
  );
  process.exitCode = 1;
}
