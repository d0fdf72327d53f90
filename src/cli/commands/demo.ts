import { OPTIONS } from "../../config/options.ts";
import { command } from "../command.ts";

export const DEMO = command({
  name: "demo",
  summary: "try it out: a local certificate, a generated password and a small upstream to look at",
  // A few of the edge's own options, with defaults that need no privilege and leave nothing open.
  options: {
    httpsPort: { ...OPTIONS.httpsPort, fallback: undefined, default: "8443, or the next free one" },
    httpPort: { ...OPTIONS.httpPort, default: "off" },
    host: { ...OPTIONS.host, default: "127.0.0.1 and ::1: this machine alone" },
    domain: { ...OPTIONS.domain, help: "another name to answer for; repeatable", default: "localhost and the addresses of --host" },
    logFormat: { ...OPTIONS.logFormat, default: "text" },
  },
  examples: [
    { line: "openclaw-edge demo", does: "open the address that it prints" },
    { line: "openclaw-edge demo --host 0.0.0.0", does: "for the other machines of the network, too" },
  ],
  run: async ({ options }) => {
    const { demo } = await import("../demo.ts");
    const texts = (name: Parameters<typeof options.written>[0]): readonly string[] | undefined =>
      options.isWritten(name) ? options.written(name).map(({ text }) => text) : undefined;
    return demo({
      "https-port": texts("httpsPort"),
      "http-port": texts("httpPort"),
      host: texts("host"),
      domain: texts("domain"),
      "log-format": texts("logFormat"),
    });
  },
});
