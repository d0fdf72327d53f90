/** Run by `fork`: executes one command line after the other, and sends back what each printed. */
import { main } from "../../src/cli/main.ts";

// Every call of main listens for a closed pipe.
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);

process.on("message", (args: readonly string[]) => {
  const printed = { stdout: "", stderr: "" };
  const real = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ["stdout", "stderr"] as const) {
    process[name].write = (text: string | Uint8Array): boolean => {
      printed[name] += String(text);
      return true;
    };
  }
  void main(args).then((code) => {
    for (const name of ["stdout", "stderr"] as const) process[name].write = real[name];
    process.send?.({ code, ...printed });
  });
});
