import { execFile } from "node:child_process";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Authority } from "../../certificates/authority.ts";
import type { Surroundings } from "../../config/surroundings.ts";
import { ConfigurationError } from "../../errors.ts";
import { writeFileAtomic } from "../../state/atomic-file.ts";

/** Where Debian takes a machine's own CAs from (update-ca-certificates(8)). */
const ANCHORS = "/usr/local/share/ca-certificates";
/** Milliseconds; it takes a few seconds with hooks (Java's). */
const PATIENCE = 120_000;

/**
 * Lets this machine trust the CA: one file, and the system's own tool. Whoever has the edge's state directory chooses what its CA may vouch
 * for, and root what this machine believes: beyond private names, that is what root has named and nothing else.
 */
export async function installAuthority(authority: Authority, surroundings: Surroundings, named: ReadonlySet<string>): Promise<number> {
  const again = `openclaw-edge trust --install --state ${authority.path.replace(/\/local-ca\/ca\.pem$/, "")}`;
  await mustBeDebian(surroundings, again);
  const unnamed = authority.beyond.filter((name) => !named.has(name));
  if (unnamed.length > 0) {
    const what = `It may vouch for ${unnamed.join(", ")} too, and for whatever is below that, which are no private names.`;
    const mend = `If each of them is your own, name them:\n  sudo ${again}${unnamed.map((name) => ` --domain ${name}`).join("")}`;
    throw new ConfigurationError([{ where: authority.path, what, mend }]);
  }
  const path = join(ANCHORS, `${authority.label}.crt`);
  await writeFileAtomic(path, authority.certificate, 0o644);
  await update([]);
  process.stdout.write(
    [
      `This machine trusts the edge's local CA now: ${path}`,
      "Browsers with a list of their own (Firefox, Chromium) must be told too: openclaw-edge trust",
      "To undo: sudo openclaw-edge trust --uninstall",
      "",
    ].join("\n"),
  );
  return 0;
}

/** Takes away what `--install` put there, whichever CA it was. */
export async function uninstallAuthority(surroundings: Surroundings): Promise<number> {
  await mustBeDebian(surroundings, "openclaw-edge trust --uninstall");
  const ours = (await readdir(ANCHORS)).filter((name) => /^openclaw-edge-[0-9a-f]{8}\.crt$/.test(name));
  if (ours.length === 0) {
    process.stdout.write("This machine trusts no local CA of an edge. Nothing was changed.\n");
    return 0;
  }
  for (const name of ours) await rm(join(ANCHORS, name), { force: true });
  await update(["--fresh"]);
  process.stdout.write(`${ours.map((name) => `No longer trusted: ${join(ANCHORS, name)}`).join("\n")}\n`);
  return 0;
}

async function mustBeDebian({ uid }: Surroundings, again: string): Promise<void> {
  const isDebian = await stat(ANCHORS).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDebian) {
    const mend = "The steps for each system: openclaw-edge trust";
    throw new ConfigurationError([{ where: "--install, --uninstall", what: "They work on Debian and Ubuntu, and this is neither.", mend }]);
  }
  if (uid !== 0) {
    throw new ConfigurationError([
      { where: ANCHORS, what: "Only root may change which CAs this machine trusts.", mend: `Run:\n  sudo ${again}` },
    ]);
  }
}

async function update(flags: readonly string[]): Promise<void> {
  const environment = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  try {
    await promisify(execFile)("update-ca-certificates", [...flags], { env: environment, timeout: PATIENCE });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
    throw new ConfigurationError([
      {
        where: "update-ca-certificates",
        what: `It failed${said === "" ? "" : `: ${said.split("\n").at(-1)}`}.`,
        mend: "Is the package ca-certificates installed? Then run it by hand.",
      },
    ]);
  }
}
