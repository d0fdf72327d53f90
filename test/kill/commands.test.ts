import { expect, test } from "vitest";

import { COMMANDS } from "../../src/cli/commands.ts";

/** Where it is shown what SIGKILL at every write of a command leaves behind. */
const SHOWN: Readonly<Record<string, string>> = {
  serve: "kill/first-start; acme/kills and acme/writes for certificates",
  "certs renew": "acme/kills and acme/writes: it is the edge's own part that runs, where no edge does",
  "certs revoke": "the same",
  "user add": "kill/users",
  "user passwd": "kill/users",
  "user remove": "kill/users",
  "user scopes": "kill/users",
  "pass create": "kill/passes",
  "pass revoke": "kill/passes",
  "config init": "kill/migration-and-config",
  "service install": "kill/service",
  trust: "state/kill: --install writes one file, with writeFileAtomic",
};

/** What writes nothing itself: it reads, prints, deletes whole files, or asks a running edge, whose writes are `serve`'s. */
const WRITES_NOTHING = [
  ...["status", "reload", "stop", "sessions", "sessions end", "certs list"],
  ...["user list", "user check", "pass list", "routes", "config check", "config show", "config schema", "completion"],
  ...["service uninstall", "service status", "demo"],
];

test("every command is known here: by what shows that a kill leaves no third state, or as one that writes nothing", () => {
  expect([...Object.keys(SHOWN), ...WRITES_NOTHING].toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
});
