import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** An account of this machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** An account by its name or number; undefined: there is none. Where /etc/passwd does not know it, the system's own `id` is asked. */
export function accountNamed(wanted: string, passwd = "/etc/passwd"): Account | undefined {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\$?$/.test(wanted)) return undefined;
  return accounts(passwd).find(({ name, uid }) => name === wanted || String(uid) === wanted) ?? byId(wanted);
}

/** What a user id is called; the number itself where it has no name. */
export const accountName = (uid: number, passwd = "/etc/passwd"): string =>
  accounts(passwd).find((account) => account.uid === uid)?.name ?? String(uid);

function accounts(passwd: string): readonly Account[] {
  let text: string;
  try {
    text = readFileSync(passwd, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [name = "", , uid = "", gid = ""] = line.split(":");
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** Accounts may come from elsewhere: LDAP, systemd-userdbd. */
function byId(wanted: string): Account | undefined {
  try {
    const ask = (flags: string): string =>
      execFileSync("id", [flags, "--", wanted], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 5_000 }).trim();
    const [uid, gid, name] = [Number(ask("-u")), Number(ask("-g")), ask("-un")];
    return Number.isInteger(uid) && Number.isInteger(gid) ? { name, uid, gid } : undefined;
  } catch {
    return undefined;
  }
}
