import { lstat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";

import type { Problem } from "../errors.ts";
import { readConfigFile } from "./config-file.ts";
import { problemAt, type ConfigNode } from "./config-node.ts";
import { fromEnvironment } from "./environment.ts";
import { fromFile } from "./file-source.ts";
import type { Option } from "./option.ts";
import { OPTIONS } from "./options.ts";
import { isMistake, mistake } from "./read.ts";
import { readSecretFile } from "./secret.ts";
import type { StructuredKey } from "./structured.ts";
import type { Surroundings } from "./surroundings.ts";
import { fromFlags, type Flags, type Source, type Written } from "./written.ts";

/** Everything that was written about the edge's options, wherever. */
export interface Sources {
  /** The one that wins first: command line, environment, configuration file. */
  readonly sources: readonly Source[];
  /** The configuration file's keys that hold more than an option can say. */
  readonly nodes: ReadonlyMap<StructuredKey, ConfigNode>;
  /** The configuration file in use, as it was named; undefined: none. */
  readonly file: string | undefined;
  /** What is wrong with the environment and the file, beyond single values. */
  readonly problems: readonly Problem[];
  /** What works, and should be otherwise all the same. */
  readonly warnings: readonly Problem[];
  /** The file could not be read as a whole, so nothing can be said about what is missing. */
  readonly incomplete: boolean;
}

/** What the command line alone says. */
export function onlyFlags(flags: Flags): Sources {
  return { sources: [fromFlags(flags)], nodes: new Map(), file: undefined, problems: [], warnings: [], incomplete: false };
}

/** Where the configuration file is looked for when none is named: the user's own (XDG), then the machine's. */
export function usualConfigFiles({ uid, home, environment }: Surroundings): readonly string[] {
  const xdg = environment["XDG_CONFIG_HOME"];
  // The XDG specification: a relative path in it is invalid and has to be ignored.
  const own = join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".config"), "openclaw-edge", "config.json5");
  return [...(uid === 0 ? [] : [own]), "/etc/openclaw-edge/config.json5"];
}

/** Gathers what the command line, the environment and the configuration file say. May be called again while the edge runs. */
export async function readSources(
  flags: Flags,
  surroundings: Surroundings,
  rows: readonly Option<unknown>[] = Object.values(OPTIONS),
): Promise<Sources> {
  const problems: Problem[] = [];
  const commandLine = await withSecrets(flags, rows, problems, surroundings);
  const environment = await fromEnvironment(rows, surroundings);
  problems.push(...environment.problems);
  const written = commandLine.get("config") ?? environment.source.get("config");
  const found = await findFile(written, surroundings);
  if (found === undefined) {
    return { sources: [commandLine, environment.source], nodes: new Map(), file: undefined, problems, warnings: [], incomplete: false };
  }
  const read = await readConfigFile(found, surroundings);
  if (read.kind !== "read") {
    const absent = {
      where: found,
      ...mistake("It does not exist.", `Check the path, or make the file: openclaw-edge config init ${found}`),
    };
    problems.push(...(read.kind === "absent" ? [absent] : read.problems));
    return { sources: [commandLine, environment.source], nodes: new Map(), file: found, problems, warnings: [], incomplete: true };
  }
  const file = await fromFile(
    read.root,
    rows.filter(({ flag }) => flag !== "config"),
    surroundings,
  );
  problems.push(...read.problems, ...file.problems);
  const exposed = mistake("A secret stands in a file that every user of this machine may read.", `Run: chmod o= ${found}`);
  const warnings = read.exposed ? file.secrets.map((place) => problemAt(place, exposed)) : [];
  if (read.writable) {
    const what = "Every user of this machine may write to it, and so say who is let in, where to, and what is open to everybody.";
    warnings.push({ where: found, what, mend: `Run: chmod o-w ${found}` });
  }
  const sources = [commandLine, environment.source, file.source];
  return { sources, nodes: file.nodes, file: found, problems, warnings, incomplete: false };
}

async function findFile(written: readonly Written[] | undefined, surroundings: Surroundings): Promise<string | undefined> {
  const [named] = written ?? [];
  if (named === undefined) return firstThere(usualConfigFiles(surroundings));
  return namedConfigFile(named.text, surroundings);
}

/** What `--config` says, as a path; undefined: off. */
export function namedConfigFile(written: string, { home }: Surroundings): string | undefined {
  const text = written.trim();
  if (text.toLowerCase() === "off") return undefined;
  return text === "~" || text.startsWith("~/") ? resolve(home, text.slice(2)) : text;
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await lstat(path);
      return path;
    } catch (error) {
      // One that may not be looked at is there, and its rules must not be passed over.
      if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))) return path;
    }
  }
  return undefined;
}

/** The command line's source; the flag of a secret names a file that holds it. */
async function withSecrets(
  flags: Flags,
  rows: readonly Option<unknown>[],
  problems: Problem[],
  { directory }: Surroundings,
): Promise<Source> {
  const source = new Map(fromFlags(flags));
  for (const row of rows) {
    const name = `${row.flag}-file`;
    const paths = row.secret ? source.get(name) : undefined;
    if (paths === undefined) continue;
    source.delete(name);
    const secrets: Written[] = [];
    for (const { text, origin } of paths) {
      const secret = await readSecretFile(resolve(directory, text), row.repeatable);
      if (isMistake(secret)) problems.push({ where: `--${name}`, ...secret });
      else secrets.push({ text: secret.value, origin });
    }
    source.set(row.flag, secrets);
  }
  return source;
}
