import { OPTIONS } from "../config/options.ts";

/** The demo's options: a few of the edge's own, with defaults that need no privilege and leave nothing open. */
export const DEMO_OPTIONS = [
  { ...OPTIONS.httpsPort, default: "8443, or the next free one" },
  { ...OPTIONS.httpPort, default: "off" },
  { ...OPTIONS.host, default: "127.0.0.1 and ::1: this machine alone" },
  { ...OPTIONS.domain, help: "another name to answer for; repeatable", default: "localhost and the addresses of --host" },
  { ...OPTIONS.logFormat, default: "text" },
] as const;
