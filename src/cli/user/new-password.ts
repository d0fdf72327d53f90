/** Where a command gets a password from: a terminal, standard input or a file, and never an argument. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { MOST_READ, readNewPassword, type NewPasswordContext } from "../../auth/basic/new-password.ts";
import { ConfigurationError, type Problem } from "../../errors.ts";
import { terminal, type Terminal } from "../ask.ts";

export interface PasswordSource {
  readonly stdin: boolean;
  readonly file: string | undefined;
}

/** How often a person may try. */
const TRIES = 3;

/** A new password that may be stored. @throws ConfigurationError where it may not be, or there is nowhere to get it from */
export async function newPassword(source: PasswordSource, context: NewPasswordContext): Promise<string> {
  const written = await withoutAsking(source);
  if (written === undefined) {
    const asked = { question: `New password for ${context.name}: `, mayBeEmpty: false };
    return (await askForPassword(terminal() ?? refuseToAsk(), context, asked)) ?? "";
  }
  const password = readNewPassword(written.text, context);
  if (password.kind === "good") return password.password;
  throw refusal({ where: written.where, what: password.what, mend: password.mend });
}

/** A password to be compared, whatever it is. */
export async function givenPassword(source: PasswordSource, name: string): Promise<string> {
  const written = await withoutAsking(source);
  if (written !== undefined) return written.text.normalize("NFC");
  const asking = terminal() ?? refuseToAsk();
  return (await asking.ask(`Password of ${name}: `, { hidden: true })).normalize("NFC");
}

export interface Question {
  readonly question: string;
  /** Whether nothing at all is an answer. */
  readonly mayBeEmpty: boolean;
}

/** Asks until the password is good and typed twice the same. Undefined: nothing was typed, where that is an answer. */
export async function askForPassword(
  asking: Terminal,
  context: NewPasswordContext,
  { question, mayBeEmpty }: Question,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const first = await asking.ask(question, { hidden: true });
    if (first === "" && mayBeEmpty) return undefined;
    const password = readNewPassword(first, context);
    const again = password.kind === "good" ? await asking.ask("The same once more: ", { hidden: true }) : first;
    if (password.kind === "good" && again === first) return password.password;
    const { what, mend } = password.kind === "refused" ? password : { what: "The two are not the same.", mend: "Type the same one twice." };
    if (attempt === TRIES) throw refusal({ where: "the password", what, mend });
    asking.say(`${what} ${mend}`);
  }
}

async function withoutAsking({ stdin, file }: PasswordSource): Promise<{ readonly text: string; readonly where: string } | undefined> {
  if (file !== undefined) return { text: text(await readPasswordFile(file), file), where: file };
  // At a terminal it would show what is typed: there it is asked for as without the flag.
  if (!stdin || process.stdin.isTTY) return undefined;
  return { text: text(await readStandardInput(), "--stdin"), where: "--stdin" };
}

/** What stands in the octets; the line end behind it is not part of it. */
function text(octets: Buffer, where: string): string {
  if (octets.length > MOST_READ) {
    throw refusal({ where, what: `It has more than ${MOST_READ} octets.`, mend: "Give the password, and nothing else." });
  }
  let decoded: string;
  try {
    decoded = new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    throw refusal({ where, what: "It is no UTF-8.", mend: "Save it as UTF-8." });
  }
  const line = decoded.replace(/\r?\n$/, "");
  if (/[\r\n]/.test(line)) throw refusal({ where, what: "It has more than one line.", mend: "Give the password, and nothing else." });
  return line;
}

async function readPasswordFile(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, constants.O_RDONLY);
    const buffer = Buffer.alloc(MOST_READ + 1);
    let length = 0;
    // A pipe (<(pass show edge)) is as good as a file, and gives what it has piece by piece.
    for (let read = 1; read > 0 && length < buffer.length; length += read) read = (await file.read(buffer, length)).bytesRead;
    return buffer.subarray(0, length);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    const what = code === "ENOENT" ? "The file does not exist." : `The file can't be read (${code}).`;
    throw refusal({ where: `--password-file ${path}`, what, mend: "Name a file that holds the password and nothing else." });
  }
}

async function readStandardInput(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > MOST_READ) break;
  }
  return Buffer.concat(pieces);
}

function refuseToAsk(): never {
  const mend = "Pipe the password in with --stdin, or name a file with --password-file FILE.";
  throw refusal({ where: "the password", what: "There is no terminal to ask for it on.", mend });
}

const refusal = (problem: Problem): ConfigurationError => new ConfigurationError([problem]);
