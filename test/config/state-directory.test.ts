import { chown, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { stateLocation } from "../../src/config/state-directory.ts";
import { scratchDirectory } from "../support/scratch.ts";

interface Machine {
  readonly uid?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Unit files by their path on the machine; the user's home is /home/ann. */
  readonly files?: Readonly<Record<string, string>>;
  /** Who owns /var/lib/openclaw-edge, where there is one. */
  readonly owner?: number;
}

/** The location on a machine of its own. Its own paths are written as the machine would have them. */
async function on({ uid = 1_000, environment = {}, files = {}, owner }: Machine): Promise<string> {
  const root = await scratchDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  if (owner !== undefined) {
    await mkdir(join(root, "var/lib/openclaw-edge"), { recursive: true });
    await chown(join(root, "var/lib/openclaw-edge"), owner, owner);
  }
  const home = uid === 0 ? "/root" : "/home/ann";
  const { path, from } = stateLocation({ root, directory: "/", home: join(root, home), uid, environment });
  return `${path.replace(root, "")} (${from})`;
}

const SYSTEM_UNIT = "/etc/systemd/system/openclaw-edge.service";
const USER_UNIT = "/home/ann/.config/systemd/user/openclaw-edge.service";

describe("the state directory, where none is named", () => {
  test.each<[string, Machine, string]>([
    ["a user's", {}, "/home/ann/.local/state/openclaw-edge (this user's home)"],
    ["with XDG_STATE_HOME", { environment: { XDG_STATE_HOME: "/x" } }, "/x/openclaw-edge (this user's home)"],
    [
      "with a relative XDG_STATE_HOME, which the specification ignores",
      { environment: { XDG_STATE_HOME: "x" } },
      "/home/ann/.local/state/openclaw-edge (this user's home)",
    ],
    ["root's", { uid: 0, environment: { XDG_STATE_HOME: "/x" } }, "/var/lib/openclaw-edge (this machine's usual place)"],
    [
      "of the process that systemd started with StateDirectory=",
      { environment: { STATE_DIRECTORY: "/var/lib/edge:/var/lib/other" } },
      "/var/lib/edge (systemd's STATE_DIRECTORY)",
    ],
    [
      "of an installed service: StateDirectory=",
      { files: { [SYSTEM_UNIT]: "[Service]\nExecStart=/opt/edge serve\nStateDirectory=openclaw-edge\n" } },
      "/var/lib/openclaw-edge (the installed service)",
    ],
    [
      "of an installed service: --state in ExecStart, on a line of its own",
      { files: { [SYSTEM_UNIT]: '[Service]\nExecStart=/opt/edge serve \\\n  --state "/srv/edge state"\nStateDirectory=no\n' } },
      "/srv/edge state (the installed service)",
    ],
    [
      "of an installed service: its environment",
      { files: { [SYSTEM_UNIT]: '[Service]\nEnvironment=A=1 "OPENCLAW_EDGE_STATE=/srv/edge"\n' } },
      "/srv/edge (the installed service)",
    ],
    [
      "of a user's own service before the system's",
      { files: { [USER_UNIT]: "[Service]\nStateDirectory=edge\n", [SYSTEM_UNIT]: "[Service]\nStateDirectory=openclaw-edge\n" } },
      "/home/ann/.local/state/edge (the installed service)",
    ],
    [
      "root looks at the system's service only",
      { uid: 0, files: { [SYSTEM_UNIT]: "[Service]\nExecStart=/opt/edge --state=%S/x\n" } },
      "/var/lib/x (the installed service)",
    ],
    [
      "a unit that says nothing of it, or only in a comment, decides nothing",
      { files: { [SYSTEM_UNIT]: "[Service]\n#StateDirectory=commented\nExecStart=/opt/edge --state relative\n" } },
      "/home/ann/.local/state/openclaw-edge (this user's home)",
    ],
  ])("%s", async (_, machine, location) => {
    expect(await on(machine)).toBe(location);
  });

  test.skipIf(process.getuid?.() !== 0)("is the system's for the user that it belongs to, and for nobody else", async () => {
    expect(await on({ uid: 990, owner: 990 })).toBe("/var/lib/openclaw-edge (this machine's usual place)");
    expect(await on({ uid: 991, owner: 990 })).toBe("/home/ann/.local/state/openclaw-edge (this user's home)");
  });
});
