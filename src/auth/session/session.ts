import { hash, randomBytes } from "node:crypto";

import type { AuthResult } from "../authenticator.ts";
import { User } from "../user.ts";
import type { Agent } from "./agent.ts";

/** What is kept of a session, on disk too. The secret itself is not: whoever reads the state directory can't use what he finds. */
export interface SessionRecord {
  /** Public: what its user names it by. */
  readonly id: string;
  /** SHA-256 of the secret, base64url. */
  readonly key: string;
  readonly name: string;
  /** The fingerprint of the user's line when the session began: another line ends it, also one that changed while the edge was down. */
  readonly line: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly usedAt: number;
  /** Where it was used last. */
  readonly address: string;
  readonly agent: Agent;
}

/** A session that lasts. Whoever holds on to one (a connection's memo) looks at `over` before every use. */
export class Session implements SessionRecord {
  readonly id: string;
  readonly key: string;
  readonly line: string;
  readonly agent: Agent;
  readonly user: User;
  /** Made once: the hot path allocates nothing. */
  readonly result: AuthResult;
  createdAt: number;
  usedAt: number;
  address: string;
  over = false;

  /** Only for a record whose user has just proved who he is, or had when it was written down. */
  constructor({ id, key, name, line, createdAt, usedAt, address, agent }: SessionRecord) {
    this.id = id;
    this.key = key;
    this.line = line;
    this.createdAt = createdAt;
    this.usedAt = usedAt;
    this.address = address;
    this.agent = agent;
    this.user = User.verified(name, { method: "session", credential: id });
    this.result = { kind: "authenticated", user: this.user };
  }

  get name(): string {
    return this.user.name;
  }

  /** The clock was set: what it showed then would be so many milliseconds later now. */
  move(milliseconds: number): void {
    this.createdAt += milliseconds;
    this.usedAt += milliseconds;
  }

  record(): SessionRecord {
    const { id, key, name, line, createdAt, usedAt, address, agent } = this;
    return { id, key, name, line, createdAt, usedAt, address, agent };
  }
}

/** 256 bits (OWASP ASVS 5.0, 7.2.3 asks for 128). */
export const newSecret = (): string => randomBytes(32).toString("base64url");
/** 72 bits: enough never to meet another of the same user. It opens nothing. */
export const newId = (): string => randomBytes(9).toString("base64url");

export const keyOf = (secret: string): string => hash("sha256", secret, "base64url");

/** Tells one password hash from another without being one. */
export const fingerprint = (passwordHash: string): string =>
  hash("sha256", `openclaw-edge session\n${passwordHash}`, "base64url").slice(0, 22);
