/**
 * Loaded into a program by `node --import`: counts what it changes under KILL_UNDER, and kills it with SIGKILL before the change with
 * the number KILL_AT. A write has two such points: before it, and with half of its octets on the disk.
 * When the program ends by itself, the number of points is written to KILL_COUNT, with a line for each.
 */
import fs, { type PathLike } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";

type Call = (...args: unknown[]) => unknown;
type Calls = Record<string, Call>;

const UNDER = process.env["KILL_UNDER"] ?? "";
const AT = Number(process.env["KILL_AT"] ?? 0);
const COUNT = process.env["KILL_COUNT"];
const points: string[] = [];
const kill = process.kill.bind(process);
const { writeSync, writeFileSync, openSync, closeSync } = fs;

/** What an open file is called, so that what is done with it can be told. */
const files = new Map<number, string>();

function point(what: string): void {
  points.push(what);
  if (points.length === AT) {
    kill(process.pid, "SIGKILL");
    // The signal is on its way to ourselves: nothing more may happen.
    for (;;);
  }
}

const isUnder = (path: unknown): boolean => typeof path === "string" && resolve(path).startsWith(UNDER);
const nameOf = (path: unknown): string => resolve(String(path)).slice(UNDER.length + 1);
const octets = (data: unknown): Uint8Array | undefined =>
  typeof data === "string" ? Buffer.from(data) : data instanceof Uint8Array ? data : undefined;
const creates = (flags: unknown): boolean =>
  typeof flags === "number" ? (flags & fs.constants.O_CREAT) !== 0 : typeof flags === "string" && /[wa]/.test(flags);

/** Calls that name a path; of `rename` and the like, the second counts. */
const BY_PATH = ["rename", "unlink", "rm", "rmdir", "mkdir", "link", "symlink", "chmod", "chown", "truncate", "copyFile", "cp", "utimes"];
const BY_HANDLE = ["sync", "datasync", "truncate", "chmod", "chown", "utimes"];

function wrap(
  owner: Calls,
  name: string,
  before: (args: readonly unknown[], self: unknown) => void,
  after?: (result: unknown, args: readonly unknown[]) => void,
): void {
  const original = owner[name];
  if (original === undefined) return;
  owner[name] = function (this: unknown, ...args: unknown[]): unknown {
    before(args, this);
    const result = original.apply(this, args);
    if (after === undefined) return result;
    if (result instanceof Promise) return result.then((value: unknown) => (after(value, args), value));
    after(result, args);
    return result;
  };
}

const changesPath =
  (name: string) =>
  (args: readonly unknown[]): void => {
    const last = args[1];
    if (
      ["rename", "link", "symlink", "copyFile", "cp"].includes(name.replace("Sync", ""))
        ? isUnder(last) || isUnder(args[0])
        : isUnder(args[0])
    )
      point(`${name} ${args.slice(0, 2).filter(isUnder).map(nameOf).join(" → ")}`);
  };

/** A write by path: killed in the middle it leaves half a file. */
const writesPath =
  (name: string) =>
  (args: readonly unknown[]): void => {
    const [path, data] = args;
    if (!isUnder(path)) return;
    point(`${name} ${nameOf(path)}`);
    const bytes = octets(data);
    tear(`${name} half of ${nameOf(path)}`, bytes, () => {
      const fd = openSync(path as PathLike, name.startsWith("append") ? "a" : "w");
      if (bytes !== undefined) writeSync(fd, bytes, 0, bytes.length >> 1);
      closeSync(fd);
    });
  };

const writesFile =
  (name: string, fdOf: (args: readonly unknown[], self: unknown) => number, dataOf: (args: readonly unknown[]) => unknown) =>
  (args: readonly unknown[], self: unknown): void => {
    const fd = fdOf(args, self);
    const file = files.get(fd);
    if (file === undefined) return;
    point(`${name} ${file}`);
    const bytes = octets(dataOf(args));
    tear(`${name} half of ${file}`, bytes, () => bytes !== undefined && writeSync(fd, bytes, 0, bytes.length >> 1));
  };

function tear(what: string, bytes: Uint8Array | undefined, half: () => void): void {
  if (bytes === undefined || bytes.length < 2) return;
  if (points.length + 1 === AT) half();
  point(what);
}

const promises = fs.promises as unknown as Calls;
const direct = fs as unknown as Calls;
for (const [owner, suffix] of [
  [promises, ""],
  [direct, ""],
  [direct, "Sync"],
] as const) {
  for (const name of BY_PATH) wrap(owner, `${name}${suffix}`, changesPath(`${name}${suffix}`));
  for (const name of ["writeFile", "appendFile"]) wrap(owner, `${name}${suffix}`, writesPath(`${name}${suffix}`));
}
const opens = ([path, flags]: readonly unknown[]): void => {
  if (isUnder(path) && creates(flags)) point(`open ${nameOf(path)}`);
};
wrap(promises, "open", opens, (handle, [path]) => {
  if (isUnder(path)) files.set((handle as fs.promises.FileHandle).fd, nameOf(path));
});
wrap(direct, "openSync", opens, (fd, [path]) => {
  if (isUnder(path)) files.set(fd as number, nameOf(path));
});
wrap(
  direct,
  "writeSync",
  writesFile(
    "writeSync",
    ([fd]) => fd as number,
    ([, data]) => data,
  ),
);
wrap(direct, "fsyncSync", ([fd]) => {
  const file = files.get(fd as number);
  if (file !== undefined) point(`fsyncSync ${file}`);
});
wrap(direct, "fchmodSync", ([fd]) => {
  const file = files.get(fd as number);
  if (file !== undefined) point(`fchmodSync ${file}`);
});

const probe = await fs.promises.open("/dev/null", "r");
const handles = Object.getPrototypeOf(probe) as Calls;
await probe.close();
const fdOf = (_: readonly unknown[], self: unknown): number => (self as fs.promises.FileHandle).fd;
for (const name of ["writeFile", "appendFile", "write"])
  wrap(
    handles,
    name,
    writesFile(name, fdOf, ([data]) => data),
  );
for (const name of BY_HANDLE) {
  wrap(handles, name, (args, self) => {
    const file = files.get(fdOf(args, self));
    if (file !== undefined) point(`${name} ${file}`);
  });
}
wrap(handles, "close", (args, self) => void files.delete(fdOf(args, self)));

syncBuiltinESMExports();
process.on("exit", () => {
  if (COUNT !== undefined) writeFileSync(COUNT, points.map((line) => `${line}\n`).join(""));
});
