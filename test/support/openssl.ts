import { spawnSync } from "node:child_process";

/** Whether the machine has the openssl command. Tests that hold the edge against it skip, and are counted, where it is missing. */
export const hasOpenssl: boolean = spawnSync("openssl", ["version"]).status === 0;
