import { closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Problem } from "../errors.ts";
import { accountNamed, type Account } from "../system/account.ts";

/** Giving up root, in two steps: for the time being, and for good once the ports are bound. */
export interface Demotion {
  /**
   * Makes the state directory where only root may, and has everything done with the account's rights from then on; root can be had back.
   * @returns what is in the way
   */
  begin(state: string): Problem | undefined;
  /** From now on everything is done with the account's rights. */
  lower(): void;
  /** Root again: what is started anew by execve must be able to bind ports. */
  raise(): void;
  /** Does `work` as root, and is the account for good when it has ended, well or not: not even this process can be root again. */
  finish<T>(work: () => Promise<T>): Promise<T>;
}

/** What `--run-as` comes to: nothing to do where this process is that user already. */
export function demotionTo(wanted: string, passwd?: string): Demotion | Problem | undefined {
  // Missing in the runtime's types.
  const { initgroups } = process as { readonly initgroups?: (user: string, extraGroup: number) => void };
  const { geteuid, setuid, setgid, seteuid, setegid } = process;
  const problem = (what: string, mend: string): Problem => ({ where: "--run-as", what, mend });
  if (!geteuid || !setuid || !setgid || !seteuid || !setegid || !initgroups)
    return problem("This system has no users to change to.", "Leave it out.");
  const account = accountNamed(wanted, passwd);
  if (account === undefined) {
    const make = /^\d+$/.test(wanted)
      ? ""
      : `, or make one:\n  sudo useradd --system --home-dir /var/lib/openclaw-edge --shell /usr/sbin/nologin ${wanted}`;
    return problem(`There is no account ${wanted} on this machine.`, `Name one that there is${make}`);
  }
  const { uid, gid, name } = account;
  if (uid === 0) return problem("That is root, which the edge should not be.", "Name an account of the edge's own.");
  if (geteuid() === uid) return undefined;
  if (geteuid() !== 0)
    return problem(`Only root can become ${name}; this process is not root.`, "Leave it out, or start the edge with sudo.");
  const lower = (): void => {
    // Groups first: afterwards there is no right to them any more.
    initgroups(name, gid);
    setegid(gid);
    seteuid(uid);
  };
  const raise = (): void => {
    seteuid(0);
    setegid(0);
  };
  return {
    begin(state) {
      lower();
      if (!isMade(state)) {
        raise();
        makeStateFor(account, state);
        lower();
      }
      return unreadableProgram(account);
    },
    lower,
    raise,
    async finish(work) {
      raise();
      try {
        return await work();
      } finally {
        initgroups(name, gid);
        setgid(gid);
        setuid(uid);
        verify(account);
      }
    },
  };
}

export const isProblem = (found: Demotion | Problem): found is Problem => "what" in found;

/** A process that believes it gave root up, and did not, must not serve. */
function verify({ uid, gid }: Account): void {
  let isBack = false;
  try {
    process.setuid?.(0);
    isBack = true;
  } catch {
    // As it should be.
  }
  const isAccount = process.getuid?.() === uid && process.geteuid?.() === uid && process.getgid?.() === gid && process.getegid?.() === gid;
  if (isBack || !isAccount) throw new Error("Root could not be given up.");
}

/** Makes the state directory with the rights that this process has at the moment: where the account may, root has no part in it. */
function isMade(state: string): boolean {
  try {
    mkdirSync(state, { mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the state directory for the account: its parent must be there. One that is there is left as it is. Whoever may write in the parent
 * could put something else in its place before it is given away: what is given is a directory that root owns, and never what a link leads to.
 */
function makeStateFor({ uid, gid }: Account, state: string): void {
  // It is there; or it can't be made, which the account will find out and say.
  if (!isMade(state)) return;
  let directory: number | undefined;
  try {
    directory = openSync(state, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    if (fstatSync(directory).uid === 0) fchownSync(directory, uid, gid);
  } catch {
    // It is not what was made; the account will find that out, too.
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
}

/** What is wrong when the account can't read the program that it has to go on running: parts of it are loaded only when they are needed. */
function unreadableProgram({ name }: Account): Problem | undefined {
  const program = fileURLToPath(import.meta.url);
  try {
    // access(2) would ask for the real user, which is still root.
    closeSync(openSync(program, "r"));
    return undefined;
  } catch {
    const mend = "Install the package where everybody may read it, for example with: npm install --global openclaw-edge";
    return { where: "--run-as", what: `${name} can't read the program itself, ${program}.`, mend };
  }
}
