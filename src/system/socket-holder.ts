import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** A process that has a socket open. */
export interface SocketHolder {
  readonly pid: number;
  /** The program's name, as the kernel has it (15 characters at most); for Node, `node`. */
  readonly name: string;
  /** The systemd unit it runs in. */
  readonly unit: string | undefined;
}

/** Who holds a socket; undefined where it can't be told: another user's processes show their files to root alone. */
export function holderOf(inode: string, proc = "/proc"): SocketHolder | undefined {
  for (const pid of entries(proc)) {
    if (!/^\d+$/.test(pid)) continue;
    const files = `${proc}/${pid}/fd`;
    if (!entries(files).some((fd) => linkOf(`${files}/${fd}`) === `socket:[${inode}]`)) continue;
    return { pid: Number(pid), name: nameOf(`${proc}/${pid}`), unit: unitOf(textOf(`${proc}/${pid}/cgroup`)) };
  }
  return undefined;
}

/** Node calls its first thread MainThread, and with it, for the kernel, the process. */
function nameOf(directory: string): string {
  const name = textOf(`${directory}/comm`).trim();
  return name === "MainThread" ? basename(linkOf(`${directory}/exe`) ?? name) : name;
}

/** The last part of a control group's path that is a service: `0::/system.slice/nginx.service`. */
const unitOf = (groups: string): string | undefined => /\/([\w@.\\:-]+\.service)(?:\/[^\n]*)?$/m.exec(groups)?.[1];

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
