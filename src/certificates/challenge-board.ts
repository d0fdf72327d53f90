import { hash } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

import type { Log } from "../log/log.ts";
import type { Challenge } from "./acme/contract.ts";
import { NO_ROOTS } from "./server-options.ts";
import type { CertificateStore } from "./store.ts";

/** What the listeners answer to CAs that validate a name. */
export interface ChallengeBoard {
  present(challenge: Challenge): Promise<void>;
  cleanUp(challenge: Challenge): Promise<void>;
  /** http-01 (RFC 8555 §8.3): the key authorization of a token. At once for our own challenges, later for another edge's. */
  keyAuthorization(token: string): string | undefined | Promise<string | undefined>;
  /** tls-alpn-01 (RFC 8737 §3): the certificate for a server name in lower case. */
  context(serverName: string): SecureContext | undefined | Promise<SecureContext | undefined>;
}

/** Milliseconds after which a challenge that nobody took away (its edge was killed) is answered no more. A CA looks within minutes. */
const LIFE = 3_600_000;
/** Whether a challenge is still posted. One that is posted for much longer than that was posted by a clock that was ahead. */
const isPosted = (until: number): boolean => until > Date.now() && until < Date.now() + 2 * LIFE;

/** Looks into the store at a time, in all; whoever comes when all are busy hears that there is no such challenge. */
const LOOKS = 16;

/** A challenge as the other edges of this store find it. */
interface Posted {
  readonly until: number;
  readonly challenge: Challenge;
}

export function createChallengeBoard(store: CertificateStore, log: Log): ChallengeBoard {
  const own = new Map<string, Challenge>();
  const contexts = new Map<string, SecureContext>();
  let looks = 0;

  /** What another edge that shares the store has posted. */
  const find = async (id: string): Promise<Challenge | undefined> => {
    if (looks >= LOOKS) return undefined;
    looks++;
    try {
      const value = await store.load(keyOf(id));
      const posted = value && (JSON.parse(value.toString("utf8")) as Posted);
      return posted !== undefined && isPosted(posted.until) && idOf(posted.challenge) === id ? posted.challenge : undefined;
    } catch {
      return undefined; // half a file is no answer
    } finally {
      looks--;
    }
  };

  void sweep(store).catch(() => {});
  return {
    async present(challenge) {
      const id = idOf(challenge);
      own.set(id, challenge);
      if (challenge.type === "tls-alpn-01") contexts.set(id, contextOf(challenge));
      await store.store(keyOf(id), JSON.stringify({ until: Date.now() + LIFE, challenge } satisfies Posted)).catch((cause: unknown) => {
        log.warn("A challenge can't be shared with other edges, so only this one answers it.", { error: String(cause) });
      });
    },
    async cleanUp(challenge) {
      const id = idOf(challenge);
      own.delete(id);
      contexts.delete(id);
      await store.delete(keyOf(id)).catch(() => {});
    },
    keyAuthorization(token) {
      if (!/^[\w-]{1,128}$/.test(token)) return undefined;
      const id = `http-01 ${token}`;
      const challenge = own.get(id);
      return challenge === undefined ? find(id).then(authorizationOf) : authorizationOf(challenge);
    },
    context(serverName) {
      const id = `tls-alpn-01 ${serverName}`;
      return contexts.get(id) ?? find(id).then((challenge) => (challenge?.type === "tls-alpn-01" ? contextOf(challenge) : undefined));
    },
  };
}

const idOf = (challenge: Challenge): string => `${challenge.type} ${challenge.type === "http-01" ? challenge.token : challenge.serverName}`;

const keyOf = (id: string): string => `challenges/${hash("sha256", id, "hex").slice(0, 40)}.json`;

const authorizationOf = (challenge: Challenge | undefined): string | undefined =>
  challenge?.type === "http-01" ? challenge.keyAuthorization : undefined;

const contextOf = ({ certificate, privateKey }: Extract<Challenge, { type: "tls-alpn-01" }>): SecureContext =>
  createSecureContext({ ...NO_ROOTS, cert: certificate, key: privateKey, minVersion: "TLSv1.2" });

/** Takes away what killed edges left behind. */
async function sweep(store: CertificateStore): Promise<void> {
  for (const key of await store.list("challenges")) {
    const value = await store.load(key);
    let until = 0;
    try {
      until = (JSON.parse(String(value)) as Partial<Posted>).until ?? 0;
    } catch {
      // Half a file: it goes as well.
    }
    if (!isPosted(until)) await store.delete(key);
  }
}
