/** `npm run test:browser [-- vitest arguments]`: the demo and the edge's own pages in Chromium. $CHROMIUM names another than Debian's. */
import { fileURLToPath } from "node:url";

import { findChromium } from "../test/support/chromium.ts";
import { runToEnd } from "../test/support/namespace.ts";

const VITEST = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));

if (findChromium() === undefined) {
  console.error("\n*** SKIPPED: the suite in Chromium: there is none. Install the package chromium, or set $CHROMIUM to its path. ***\n");
}
process.exitCode = await runToEnd(process.execPath, [VITEST, "run", "--project", "browser", ...process.argv.slice(2)], process.env);
