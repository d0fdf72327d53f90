import { chmodSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package on the disk. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * The package that this program belongs to, and everything that it needs to run, wherever npm has put them. They are copied as they are:
 * what runs now is what will run as the service, and no registry has to be reached.
 *
 * @param start a folder inside the package
 * @throws Error where a dependency is missing
 */
export function runningPackages(start: string = import.meta.dirname): readonly [InstalledPackage, ...InstalledPackage[]] {
  const own = packageAround(start);
  const found = new Map<string, InstalledPackage>();
  const collect = (from: InstalledPackage): void => {
    for (const name of Object.keys(manifestOf(from.directory).dependencies ?? {})) {
      if (found.has(name)) continue;
      const dependency = resolve(name, from.directory);
      found.set(name, dependency);
      collect(dependency);
    }
  };
  collect(own);
  return [own, ...found.values()];
}

/**
 * Copies packages below a folder's node_modules; of the own one, what is published. Modes are not taken over, nor links: npm leaves in a
 * user's cache what that user's umask says, and here root runs it, and the service's account reads it.
 */
export function copyPackages([own, ...dependencies]: readonly [InstalledPackage, ...InstalledPackage[]], target: string): void {
  const place = (name: string): string => join(target, "node_modules", name);
  for (const part of ["package.json", "dist", "contrib", "README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"]) {
    const source = join(own.directory, part);
    if (existsSync(source)) cpSync(source, join(place(own.name), part), { recursive: true, filter: isNoLink });
  }
  for (const { name, directory } of dependencies) {
    cpSync(directory, place(name), {
      recursive: true,
      filter: (path) => isNoLink(path) && (path === directory || !path.startsWith(join(directory, "node_modules"))),
    });
  }
  setModes(target);
}

const isNoLink = (path: string): boolean => !lstatSync(path).isSymbolicLink();

/** Everybody reads, the owner alone writes; what was a program stays one. */
function setModes(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) setModes(path);
    else chmodSync(path, (lstatSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

function packageAround(start: string): InstalledPackage {
  for (let directory = realpathSync(start); ; directory = dirname(directory)) {
    if (existsSync(join(directory, "package.json")) && manifestOf(directory).name === "openclaw-edge") return described(directory);
    if (dirname(directory) === directory) throw new Error(`${start} is in no package`);
  }
}

/** As Node resolves a name from a folder: the nearest node_modules. */
function resolve(name: string, from: string): InstalledPackage {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return described(realpathSync(candidate));
    if (dirname(directory) === directory) throw new Error(`${name} is not installed beside ${from}`);
  }
}

function described(directory: string): InstalledPackage {
  const { name, version } = manifestOf(directory);
  return { name, version, directory };
}

const manifestOf = (directory: string): Manifest => JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
