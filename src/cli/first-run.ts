/** The first start with a new state directory: somebody has to be able to sign in. */
import { resolve } from "node:path";

import { USER_NAME } from "../auth/basic/htpasswd.ts";
import { readNewPassword } from "../auth/basic/new-password.ts";
import { makePassphrase } from "../auth/basic/passphrase.ts";
import { initialPasswordPath, writeFirstUser } from "../auth/first-user.ts";
import type { EdgeConfig } from "../config/edge-config.ts";
import { isMistake } from "../config/read.ts";
import { readSecretFile } from "../config/secret.ts";
import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { asOwnerOf } from "../state/as-owner.ts";
import { openState } from "../state/version.ts";
import { terminal, type Terminal } from "./ask.ts";
import { askForPassword } from "./user/new-password.ts";

type FirstRunConfig = Pick<EdgeConfig, "state" | "htpasswd" | "domains">;
type Environment = Readonly<Record<string, string | undefined>>;

/** Who is to be the first user, and what is known of the password. */
interface Chosen {
  readonly name: string;
  readonly password: string;
  /** `told`: somebody chose it, or has seen it; `unseen`: it was made, and is nowhere yet. */
  readonly kind: "told" | "unseen";
}

const NAME = "admin";
/** bcrypt's, as `openclaw-edge user add` has it. */
const COST = 12;
/** Milliseconds to wait for another process that makes the same directory. */
const PATIENCE = 30_000;

/**
 * Makes the first user, who is the owner: as the environment says, as somebody at the terminal says, or `admin` with a made passphrase.
 * @throws ConfigurationError where the environment is not right; Interrupted where somebody at the terminal thought better of it
 */
export async function makeFirstUser(config: FirstRunConfig, environment: Environment, log: Log): Promise<void> {
  const domains = config.domains.map(({ value }) => value);
  const asking = terminal();
  const { name, password, kind } =
    (await fromEnvironment(environment, domains)) ??
    (asking === undefined ? made(environment) : await askedFor(asking, environment, config.state, domains));
  const { bcryptOf } = await import("../auth/basic/bcrypt.ts");
  const hash = await bcryptOf(password, COST);
  const screen = kind === "unseen" && process.stderr.isTTY ? process.stderr : undefined;
  // Before it is written: whoever was killed in between has seen a password too many, and not one too few.
  screen?.write(`\nThe first user is ${name}, with this password, which is shown only now:\n\n    ${password}\n\n`);
  const place = { state: config.state, users: config.htpasswd };
  const unseen = kind === "unseen" && screen === undefined ? password : undefined;
  // An edge that root starts may serve as another user, whose directory it is then.
  const isOurs = await asOwnerOf(config.htpasswd, async () => {
    await openState(config.state, { migrate: false });
    return writeFirstUser(place, { name, hash, unseen }, AbortSignal.timeout(PATIENCE));
  });
  if (!isOurs) return log.info("Another process has just made the first user.", { path: config.htpasswd });
  const path = initialPasswordPath(config.state);
  if (unseen === undefined) log.info("The first user is made, and is the owner.", { user: name, path: config.htpasswd });
  else log.warn(`The first user is made, and is the owner. The password is in ${path}`, { user: name, path });
}

/** Undefined: it names no password. */
async function fromEnvironment(environment: Environment, domains: readonly string[]): Promise<Chosen | undefined> {
  const [user, value, file] = ["USER", "PASSWORD", "PASSWORD_FILE"].map((name) => nonEmpty(environment[`OPENCLAW_EDGE_${name}`]));
  if (value === undefined && file === undefined) return undefined;
  const where = value === undefined ? "OPENCLAW_EDGE_PASSWORD_FILE" : "OPENCLAW_EDGE_PASSWORD";
  const problems: Problem[] = [];
  if (value !== undefined && file !== undefined) {
    problems.push({ where, what: "OPENCLAW_EDGE_PASSWORD_FILE is set as well.", mend: "Set one of the two." });
  }
  if (user === undefined) {
    problems.push({
      where: "OPENCLAW_EDGE_USER",
      what: "It is not set, and a password for it is.",
      mend: "Set it to the first user's name.",
    });
  }
  const name = nameIn(user ?? NAME, problems);
  const read = value === undefined ? await readSecretFile(resolve(file ?? ""), false) : { value: value.replace(/\r?\n$/, "") };
  if (isMistake(read)) problems.push({ where, ...read });
  else {
    const password = readNewPassword(read.value, { name, domains, allowWeak: false });
    if (password.kind === "refused") problems.push({ where, what: password.what, mend: password.mend });
    else if (problems.length === 0) return { name, password: password.password, kind: "told" };
  }
  throw new ConfigurationError(problems);
}

function made(environment: Environment): Chosen {
  const problems: Problem[] = [];
  const name = nameIn(nonEmpty(environment["OPENCLAW_EDGE_USER"]) ?? NAME, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { name, password: makePassphrase(), kind: "unseen" };
}

async function askedFor(asking: Terminal, environment: Environment, state: string, domains: readonly string[]): Promise<Chosen> {
  asking.say(`Nobody can sign in yet: ${state} is new. You will be the owner.\n`);
  const usual = nonEmpty(environment["OPENCLAW_EDGE_USER"]) ?? NAME;
  let name: string;
  for (;;) {
    const typed = (await asking.ask(`Your name for signing in (${usual}): `)).trim();
    name = typed === "" ? usual : typed;
    if (USER_NAME.test(name)) break;
    asking.say("Use 1 to 64 characters out of A-Z a-z 0-9 . _ @ + - (the Gateway takes no others).");
  }
  const question = "Password, 12 characters or more (Enter for one that is made): ";
  const password = await askForPassword(asking, { name, domains, allowWeak: false }, { question, mayBeEmpty: true });
  return password === undefined ? { name, password: makePassphrase(), kind: "unseen" } : { name, password, kind: "told" };
}

function nameIn(name: string, problems: Problem[]): string {
  if (!USER_NAME.test(name)) {
    const mend = "Use 1 to 64 characters out of A-Z a-z 0-9 . _ @ + - (the Gateway takes no others).";
    problems.push({ where: "OPENCLAW_EDGE_USER", what: "It is no name that a user can have.", mend });
  }
  return name;
}

const nonEmpty = (text: string | undefined): string | undefined => (text === undefined || text === "" ? undefined : text);
