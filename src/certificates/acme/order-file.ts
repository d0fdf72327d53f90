/**
 * The order under way, on disk. What a later step needs is written before the step before it is taken:
 *
 *   key, and that an order is about to be placed   before newOrder
 *   the order's URL                                as soon as it is known, before any challenge
 *
 * so that a killed process goes on where it was. Gone once the certificate is stored, or the order has failed.
 */
import { createHash, X509Certificate } from "node:crypto";
import { join } from "node:path";

import type { ServedName } from "../../config/served-name.ts";
import type { ChallengeType, IssueRequest, Notice } from "./contract.ts";
import { list, oneOf, recordOf, shape, text, type Guard } from "./guard.ts";
import { isSameSet } from "./identifiers.ts";
import { isHttpsUrl } from "./json.ts";
import { isPrivateKey } from "./jws.ts";
import { readKept, removeKept, writeKept } from "./kept-file.ts";

/** What makes two orders the same one. */
interface Intent {
  readonly directory: string;
  readonly names: readonly ServedName[];
  /** What was asked for, which is not always what the CA is told. */
  readonly profile?: string;
  /** SHA-256 fingerprint of the certificate that it replaces. */
  readonly replaces?: string;
}

export interface SavedOrder extends Intent {
  readonly version: 1;
  /** The certificate's private key: PEM, PKCS #8. */
  readonly key: string;
  /** Undefined: the CA may or may not have made the order. */
  readonly url?: string;
  /** What the CA was told, of the profile that it took. */
  readonly ordered?: { readonly profile?: string };
  /** Challenges that have failed, name by name (`keyOf`): the next order tries others. */
  readonly tried: Readonly<Record<string, readonly ChallengeType[]>>;
}

export interface OrderFile {
  /** The order left behind, where it is the one that is wanted now; any other is forgotten. */
  load(): Promise<SavedOrder | undefined>;
  save(order: SavedOrder): Promise<void>;
  forget(): Promise<void>;
  readonly intent: Intent;
}

export function orderFile({ folder, directory, names, profile, replaces }: IssueRequest, notice: (notice: Notice) => void): OrderFile {
  // One for each CA: another one that steps in must not lose the first one's order.
  const path = join(folder, `order-${createHash("sha256").update(directory.url).digest("hex").slice(0, 16)}.json`);
  const intent: Intent = {
    directory: directory.url,
    names,
    ...(profile !== undefined && { profile }),
    ...(replaces !== undefined && { replaces: new X509Certificate(replaces).fingerprint256 }),
  };
  return {
    intent,
    async load() {
      const saved = await readKept(path, decodeOrder, notice);
      if (saved === undefined || isSameIntent(saved, intent)) return saved;
      await removeKept(path);
      return undefined;
    },
    save: (order) => writeKept(path, order),
    forget: () => removeKept(path),
  };
}

const isSameIntent = (one: Intent, other: Intent): boolean =>
  one.directory === other.directory &&
  one.profile === other.profile &&
  one.replaces === other.replaces &&
  isSameSet(one.names, other.names);

const isSavedOrder: Guard<SavedOrder> = shape(
  {
    version: oneOf(1),
    directory: text,
    names: list(shape({ kind: oneOf("name", "ip"), value: text })),
    key: text,
    tried: recordOf(list(oneOf("http-01", "tls-alpn-01"))),
  },
  { profile: text, replaces: text, url: text, ordered: shape({}, { profile: text }) },
);

const decodeOrder = (value: unknown): SavedOrder | undefined =>
  isSavedOrder(value) && isPrivateKey(value.key) && (value.url === undefined || isHttpsUrl(value.url)) ? value : undefined;
