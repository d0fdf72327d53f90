import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * Releases lie beside each other, and the link `current` leads to the one in use. At no moment does it lead to a release that is not
 * whole, whoever kills this process: each has a name that was free.
 */
const releasesIn = (prefix: string): string => join(prefix, "releases");

/** The name of a release of this version that is not there yet: the same version may be installed again. */
export function releaseName(prefix: string, version: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? version : `${version}-${count}`;
    if (!existsSync(join(releasesIn(prefix), name))) return name;
  }
}

/** Makes a release and puts it in use. The one before it stays, all others go. @param fill puts what belongs to it into its directory */
export function placeRelease(prefix: string, name: string, fill: (directory: string) => void): void {
  const target = join(releasesIn(prefix), name);
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o755 });
  fill(fresh);
  renameSync(fresh, target);
  const before = inUse(prefix);
  const current = join(prefix, "current");
  rmSync(`${current}.new`, { force: true });
  symlinkSync(join("releases", name), `${current}.new`);
  renameSync(`${current}.new`, current);
  for (const other of readdirSync(releasesIn(prefix)))
    if (other !== name && other !== before) rmSync(join(releasesIn(prefix), other), { recursive: true, force: true });
}

function inUse(prefix: string): string | undefined {
  try {
    return basename(readlinkSync(join(prefix, "current")));
  } catch {
    return undefined;
  }
}
