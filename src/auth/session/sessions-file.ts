/** The form of `sessions.json` in the state directory. Pure: no files here. */
import { join } from "node:path";

import type { Agent } from "./agent.ts";
import type { SessionRecord } from "./session.ts";

const VERSION = 1;

export const sessionsPath = (directory: string): string => join(directory, "sessions.json");

export interface KeptSessions {
  /** When they were written, in milliseconds since 1970; 0: it is not known. */
  readonly saved: number;
  readonly sessions: readonly SessionRecord[];
}

export function encodeSessions({ saved, sessions }: KeptSessions): string {
  return `${JSON.stringify({ version: VERSION, saved, sessions })}\n`;
}

/** Undefined: it is no file of this version. What is not a whole session is left out: whoever it was signs in again. */
export function decodeSessions(text: string): KeptSessions | undefined {
  const file = parse(text);
  if (file?.["version"] !== VERSION || !Array.isArray(file["sessions"])) return undefined;
  const saved = Number.isSafeInteger(file["saved"]) ? (file["saved"] as number) : 0;
  return { saved, sessions: file["sessions"].map(decodeSession).filter((session) => session !== undefined) };
}

function decodeSession(value: unknown): SessionRecord | undefined {
  if (!isObject(value)) return undefined;
  const { id, key, name, line, createdAt, usedAt, address, agent } = value;
  if (!isText(id) || !isText(key) || key.length !== 43 || !isText(name) || !isText(line) || !isText(address)) return undefined;
  if (!Number.isSafeInteger(createdAt) || !Number.isSafeInteger(usedAt)) return undefined;
  return { id, key, name, line, address, createdAt: createdAt as number, usedAt: usedAt as number, agent: decodeAgent(agent) };
}

function decodeAgent(value: unknown): Agent {
  const { browser, system } = isObject(value) ? value : {};
  return { browser: isText(browser) ? browser : undefined, system: isText(system) ? system : undefined };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 128;
